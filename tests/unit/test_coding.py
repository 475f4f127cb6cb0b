"""Do coders' entries become the ratings that the rule says, and is agreement rightly computed?"""

from __future__ import annotations

import csv
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import sample_data
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scrlib import paths
from scrlib.coding import agreement, coding_rule
from scrlib.coding import entries as tables_of
from scrlib.coding import ratings as coding
from scrlib.coding.agreement import Agreement
from scrlib.report import coding_frame, read_dataset
from tally.errors import Failure, InputError

FRAME = coding_frame()
RULE = coding_rule.load(FRAME)
EXAMPLE = paths.DATA / "example"
NOTHING = ("none", "", "")
CRITERIA = ("recency", "frequency", "severity")


def entries(*changes, coders=("A", "B")):
    """Every factor of four cases, nothing indicated, but for (case, factor, coder, entry)."""
    rows = dict.fromkeys(product(("A1", "A2", "B1", "B2"), FRAME.factors, coders), NOTHING)
    for coder in coders:
        rows["A2", "domestic_abuse", coder] = ("current", "once", "moderate")
        rows["B2", "domestic_abuse", coder] = ("past", "once", "mild")
    for case, factor, coder, entry in changes:
        rows[case, factor, coder] = entry
    table = [["case_id", "risk_factor", "coder", *CRITERIA]]
    return table + [[*key, *entry] for key, entry in rows.items()]


def raw(folder: Path, rows, settled=None, **others):
    tables = {**sample_data.tables(), "coding": rows, **others}
    del tables["ratings"]
    if settled:
        tables["settled"] = [["case_id", "risk_factor", "ratings", "rating"], *settled]
    return sample_data.write_folder(folder / "raw", tables)


def rating(found, case, factor):
    cases = found.dataset.frames["case"].set_index("case_id")
    return cases.loc[case, factor]


def refusal(folder, rows, **others):
    path = raw(folder, rows, **others)
    with pytest.raises(InputError) as caught:
        coding.code(path, folder / "out")
    assert sorted(item.name for item in folder.iterdir()) == ["raw"]
    return caught.value.failures


# -- the rule -------------------------------------------------------------------------------------


def test_the_rule_says_that_it_is_not_the_reports():
    text = (paths.CODEBOOK / coding_rule.FILE).read_text(encoding="utf-8")
    assert "THE RULE IS OURS" in text


@pytest.mark.parametrize(
    ("entry", "level"),
    [
        (("current", "persistent", "severe"), "high"),
        (("current", "once", "mild"), "low"),
        (("past", "once", "severe"), "medium"),
        (NOTHING, "none"),
    ],
)
def test_corners_of_the_rule(entry, level):
    assert RULE.level("rating", dict(zip(CRITERIA, entry, strict=True))) == level


@pytest.mark.parametrize(
    ("recency", "level"), [("current", "current"), ("past", "previous"), ("none", "no")]
)
def test_a_plan_is_rated_by_when_there_was_one(recency, level):
    assert RULE.level("plan", {"recency": recency, "frequency": "", "severity": ""}) == level


def test_a_more_recent_frequent_or_severe_concern_is_never_rated_lower():
    scores = {item.code: item.score for item in FRAME.variables["neglect"].categories}
    order = {c.name: [i.code for i in c.categories if i.code != "none"] for c in RULE.columns}
    order["recency"] = ["past", "current"]
    levels = RULE.scales["rating"].levels
    for combination in product(*order.values()):
        for place, name in enumerate(CRITERIA):
            at = order[name].index(combination[place])
            if at:
                lower = list(combination)
                lower[place] = order[name][at - 1]
                assert scores[levels[tuple(lower)]] <= scores[levels[combination]]


def test_a_rule_with_a_gap_is_refused(tmp_path):
    content = yaml.safe_load((paths.CODEBOOK / coding_rule.FILE).read_text(encoding="utf-8"))
    del content["scales"]["rating"]["levels"]["past"]["once"]["mild"]
    content["scales"]["plan"]["levels"]["past"] = "sometimes"
    (tmp_path / coding_rule.FILE).write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        coding_rule.load(FRAME, tmp_path)
    assert {item.value for item in caught.value.failures} == {"past, once, mild", "sometimes"}


def changed_rule(folder, change):
    """Return the failures of the rule after a change to its parsed file."""
    content = yaml.safe_load((paths.CODEBOOK / coding_rule.FILE).read_text(encoding="utf-8"))
    change(content)
    (folder / coding_rule.FILE).write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        coding_rule.load(FRAME, folder)
    return caught.value.failures


def test_each_fault_of_a_rule_is_named(tmp_path):
    def spoil(content):
        levels = content["scales"]["rating"]["levels"]
        del levels["past"]["once"]["mild"]
        levels["current"]["often"] = {"mild": "low"}
        content["scales"]["plan"]["absent"] = "never"

    file = coding_rule.FILE
    assert changed_rule(tmp_path, spoil) == (
        Failure("This combination has no level.", file, "", "rating", "past, once, mild"),
        Failure("There is no such combination.", file, "", "rating", "current, often, mild"),
        Failure(
            "The scale has no such level.", file, "", "plan", "never", ("current", "previous", "no")
        ),
    )


def test_a_scale_of_which_a_rule_says_nothing_is_named(tmp_path):
    rule = "The rule says nothing about this scale of risk factors."
    failures = changed_rule(tmp_path, lambda content: content["scales"].pop("plan"))
    assert failures == (Failure(rule, coding_rule.FILE, "", "plan"),)


def test_the_criteria_are_what_the_file_says_and_only_the_first_is_always_asked():
    raw = yaml.safe_load((paths.CODEBOOK / coding_rule.FILE).read_text(encoding="utf-8"))
    for place, (item, column) in enumerate(zip(raw["fields"], RULE.columns, strict=True)):
        told = (column.name, column.kind, column.label, column.definition, column.section)
        texts = (item["name"], "category", item["label"], item["definition"], item["section"])
        assert told == texts
        assert column.required == (place == 0)
        found = [(c.code, c.label) for c in column.categories]
        assert found == [(c["code"], c["label"]) for c in item["categories"]]
    assert RULE.first.name == "recency"


def test_the_tables_of_coders_have_the_columns_that_the_guide_names():
    coding_table, settled_table = (
        tables_of.coding_table(FRAME, RULE),
        tables_of.settled_table(FRAME),
    )
    assert (coding_table.name, settled_table.name) == ("coding", "settled")
    assert coding_table.names == ("case_id", "risk_factor", "coder", *CRITERIA)
    assert settled_table.names == (
        "case_id", "risk_factor", "ratings", "rating", "settled_by", "settled_on",
    )  # fmt: skip
    kinds = [column.kind for column in (*coding_table.columns, *settled_table.columns)]
    assert kinds == [
        "key",
        "category",
        "key",
        *["category"] * 3,
        "key",
        "category",
        "text",
        "rating",
        "text",
        "text",
    ]
    asked = [column.name for column in settled_table.columns if column.required]
    assert asked == ["case_id", "risk_factor"]
    former = [(c.code, c.label) for c in coding_table.columns[1].categories[-2:]]
    # From risk_factors.yaml, read by eye.
    assert former == [
        ("child_putting_self_at_risk", "Child putting self at risk"),
        ("parental_self_harm_suicide", "Parental self-harm, suicide"),
    ]
    assert (coding_table.key, settled_table.key) == ((), ())
    assert (coding_table.holds, settled_table.holds) == (
        "case, risk factor and coder", "case and risk factor",
    )  # fmt: skip
    told = [(column.label, column.definition) for column in settled_table.columns[2:]]
    assert told == [
        ("Coders' ratings", "The levels to which the coders came; not read back."),
        ("Rating", "The level agreed upon. Left blank, the rating is still to settle."),
        ("Settled by", "Who agreed on it."),
        ("Settled on", "When, as 2018-06-30."),
    ]
    who = coding_table.columns[2]
    assert (who.label, who.definition) == ("Coder", "Who made the entry: initials or a number.")


# -- from entries to a dataset --------------------------------------------------------------------


def test_one_coders_entries_are_a_dataset(tmp_path):
    rows = entries(("A1", "neglect", "A", ("current", "repeated", "severe")), coders=("A",))
    found = coding.code(raw(tmp_path, rows), tmp_path / "out")
    assert rating(found, "A1", "neglect") == "high"
    assert found.agreement == ()
    assert read_dataset(tmp_path / "out").size("case") == 4


def test_labels_spaces_and_letter_case_are_forgiven(tmp_path):
    entry = (" longer AGO ", "More than  once", "SEVERE")
    rows = entries(("A1", "neglect", "A", entry), coders=("A",))
    rows[1][1] = "  child protection PLAN "
    found = coding.code(raw(tmp_path, rows), tmp_path / "out")
    assert rating(found, "A1", "neglect") == "medium"


def test_a_difference_is_put_on_a_sheet_and_no_dataset_is_written(tmp_path):
    rows = entries(("A1", "neglect", "B", ("past", "once", "mild")))
    found = coding.code(raw(tmp_path, rows), tmp_path / "out")
    assert found.dataset is None
    assert not (tmp_path / "out").exists()
    with (tmp_path / "out-to-settle.csv").open(encoding="utf-8") as stream:
        (row,) = csv.DictReader(stream)
    assert row == {
        "case_id": "A1", "risk_factor": "neglect", "ratings": "A: none; B: low", "rating": "",
        "settled_by": "", "settled_on": "",
    }  # fmt: skip


def test_different_entries_of_one_level_are_no_difference(tmp_path):
    first, second = ("past", "once", "mild"), ("current", "once", "mild")
    rows = entries(("A1", "neglect", "A", first), ("A1", "neglect", "B", second))
    found = coding.code(raw(tmp_path, rows), tmp_path / "out")
    assert rating(found, "A1", "neglect") == "low"


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_sheet_is_filled_in_and_read_back(suffix, tmp_path):
    rows = entries(("A1", "neglect", "B", ("past", "once", "mild")))
    path, sheet = raw(tmp_path, rows), tmp_path / f"settle.{suffix}"
    coding.code(path, tmp_path / "out", settle=sheet)
    if suffix == "csv":
        text = sheet.read_text(encoding="utf-8")
        sheet.write_text(text.replace("B: low,", "B: low,Low"), encoding="utf-8")
    else:
        import openpyxl

        book = openpyxl.load_workbook(sheet)
        book["settled"]["D2"] = "Low"
        book.save(sheet)
    found = coding.code(path, tmp_path / "out", settled=[sheet])
    assert rating(found, "A1", "neglect") == "low"


def test_a_settled_rating_in_the_raw_data_is_read(tmp_path):
    rows = entries(("A1", "neglect", "B", ("past", "once", "mild")))
    settled = [["A1", "neglect", "", "medium"]]
    found = coding.code(raw(tmp_path, rows, settled), tmp_path / "out")
    assert rating(found, "A1", "neglect") == "medium"


def test_names_of_the_earlier_edition_become_this_editions(tmp_path):
    rows = entries(coders=("A",))
    names = {"child_vulnerabilities": "Child putting self at risk",
             "parental_vulnerabilities": "parental_self_harm_suicide"}  # fmt: skip
    for row in rows:
        if row[0] == "A1" and row[1] in names:
            row[1], row[3:] = names[row[1]], ["current", "once", "severe"]
    found = coding.code(raw(tmp_path, rows), tmp_path / "out")
    assert rating(found, "A1", "child_vulnerabilities") == "high"
    assert rating(found, "A1", "parental_vulnerabilities") == "high"


def test_the_example_that_ships_is_coded_as_it_stands(tmp_path):
    coding.code(EXAMPLE / "raw", tmp_path / "study", settled=[EXAMPLE / "settled.csv"])
    for path in sorted((EXAMPLE / "study").iterdir()):
        assert (tmp_path / "study" / path.name).read_bytes() == path.read_bytes(), path.name


def test_the_example_says_that_it_is_invented():
    dataset = read_dataset(EXAMPLE / "study")
    assert dataset.meta.provenance == "invented"
    assert "invented" in dataset.meta.title
    assert dataset.size("case") == 18
    assert not dataset.synthetic


# -- what is refused ------------------------------------------------------------------------------


BLANK = "Frequency must be blank, since {} for this factor."


@pytest.mark.parametrize(
    ("factor", "entry", "column", "rule"),
    [
        ("neglect", ("current", "", "severe"), "frequency",
         "Frequency may not be blank where recency names a concern."),
        ("neglect", ("past", "once", ""), "severity",
         "Severity may not be blank where recency names a concern."),
        ("neglect", ("none", "once", ""), "frequency", BLANK.format("recency is 'none'")),
        ("child_protection_plan", ("current", "once", ""), "frequency",
         BLANK.format("only recency counts")),
    ],
)  # fmt: skip
def test_an_entry_that_says_too_little_or_too_much_is_named(factor, entry, column, rule, tmp_path):
    rows = entries(("A1", factor, "A", entry), coders=("A",))
    row = next(n for n, item in enumerate(rows, 1) if item[:2] == ["A1", factor])
    found = dict(zip(CRITERIA, entry, strict=True))[column]
    assert refusal(tmp_path, rows) == (Failure(rule, "coding.csv", str(row), column, found),)


@pytest.mark.parametrize(
    ("entry", "column", "rule"),
    [
        (("current", "", "severe"), "frequency", "may not be blank"),
        (("past", "once", ""), "severity", "may not be blank"),
        (("none", "once", ""), "frequency", "must be blank"),
        (("", "", ""), "recency", "may not be blank"),
        (("yesterday", "once", "mild"), "recency", "none of its codes"),
        (("current", "daily", "mild"), "frequency", "none of its codes"),
        (("current", "once", "grave"), "severity", "none of its codes"),
    ],
)
def test_an_entry_that_does_not_hang_together_is_refused(entry, column, rule, tmp_path):
    failures = refusal(tmp_path, entries(("A1", "neglect", "A", entry), coders=("A",)))
    assert [(item.row, item.column) for item in failures] == [("6", column)]
    assert rule in failures[0].rule


def test_how_often_there_was_a_plan_is_not_asked(tmp_path):
    entry = ("current", "once", "")
    failures = refusal(tmp_path, entries(("A1", "child_protection_plan", "A", entry)))
    assert "only recency counts" in failures[0].rule


def test_a_name_of_the_earlier_edition_is_refused_in_a_later_study(tmp_path):
    rows = entries(coders=("A",))
    number = next(n for n, row in enumerate(rows) if row[:2] == ["B1", "child_vulnerabilities"])
    rows[number][1] = "child_putting_self_at_risk"
    rule = "Studies until 2015 used this name; the case belongs to study 2017."
    assert refusal(tmp_path, rows) == (
        Failure(
            rule, "coding.csv", str(number + 1), "risk_factor", "child_putting_self_at_risk", (),
            "child_vulnerabilities",
        ),
    )  # fmt: skip


def test_an_entry_made_twice_is_refused_even_under_two_names(tmp_path):
    rows = entries(coders=("A",))
    rows.append(["A1", "child_putting_self_at_risk", "A", *NOTHING])
    rule = "A coder may enter a case and risk factor once: this repeats an earlier row."
    value = "A1, child_vulnerabilities, A"
    found = Failure(rule, "coding.csv", str(len(rows)), "coder", value)
    assert refusal(tmp_path, rows) == (found,)


def test_a_third_coder_is_heard_like_the_others(tmp_path):
    past = ("past", "once", "mild")
    rows = [*entries(), ["A1", "neglect", "C", *past], ["B1", "neglect", "C", *NOTHING]]
    found = coding.code(raw(tmp_path, rows), tmp_path / "out")
    (row,) = found.to_settle.to_dict("records")
    assert (row["case_id"], row["ratings"]) == ("A1", "A: none; B: none; C: low")
    assert {item.coders for item in found.agreement} == {("A", "B"), ("A", "C"), ("B", "C")}


@pytest.mark.parametrize("name", ["a", " A ", "\u200bA"])
def test_a_coder_whose_name_is_written_in_two_ways_is_one_coder_and_it_is_said(name, tmp_path):
    rows = entries()
    for row in rows[1:9]:
        row[2] = name if row[2] == "A" else row[2]
    found = coding.code(raw(tmp_path, rows), tmp_path / "out")
    assert len({item.coders for item in found.agreement}) == 1
    assert next(item for item in found.agreement if not item.factor).ratings == 52


def test_a_coder_whose_name_differs_in_letter_case_is_said_with_the_rows(tmp_path):
    rows = entries()
    rows[1][2] = rows[3][2] = "a"
    found = coding.code(raw(tmp_path, rows), tmp_path / "out")
    rule = "Taken for coder 'A': letter case and spaces do not matter."
    assert Failure(rule, "coding.csv", "2, 4", "coder", "a") in found.warnings


def test_a_half_filled_sheet_names_its_blank_rows_and_the_rest_goes_to_a_second_sheet(tmp_path):
    past = ("past", "once", "mild")
    path = raw(tmp_path, entries(("A1", "neglect", "B", past), ("A2", "neglect", "B", past)))
    coding.code(path, tmp_path / "out")
    first = tmp_path / "out-to-settle.csv"
    text = first.read_text(encoding="utf-8").replace(
        "A1,neglect,A: none; B: low,", "A1,neglect,x,low"
    )
    first.write_text(text, encoding="utf-8")
    found = coding.code(path, tmp_path / "out", settled=[first])
    assert first.read_text(encoding="utf-8") == text
    assert found.sheet == tmp_path / "out-to-settle-2.csv"
    assert found.to_settle["case_id"].tolist() == ["A2"]
    assert "out-to-settle.csv, row 3, rating: Coders differ here" in str(found)
    text = found.sheet.read_text(encoding="utf-8").replace("B: low,", "B: low,none")
    found.sheet.write_text(text, encoding="utf-8")
    both = coding.code(path, tmp_path / "out", settled=[first, found.sheet])
    assert [rating(both, case, "neglect") for case in ("A1", "A2")] == ["low", "none"]


def test_who_settled_what_and_when_goes_with_the_data(tmp_path):
    rows = entries(("A1", "neglect", "B", ("past", "once", "mild")))
    path = raw(tmp_path, rows)
    coding.code(path, tmp_path / "out")
    sheet = tmp_path / "out-to-settle.csv"
    text = sheet.read_text(encoding="utf-8").replace("B: low,,,", "B: low,Low,C and D,2018-06-30")
    sheet.write_text(text, encoding="utf-8")
    coding.code(path, tmp_path / "out", settled=[sheet])
    with (tmp_path / "out" / "settled.csv").open(encoding="utf-8") as stream:
        (row,) = csv.DictReader(stream)
    assert list(row.values()) == [
        "A1", "neglect", "A: none; B: low", "low", "C and D", "2018-06-30",
    ]  # fmt: skip
    assert read_dataset(tmp_path / "out").size("case") == 4


def test_each_coder_can_have_a_file(tmp_path):
    both = entries(("A1", "neglect", "B", ("past", "once", "mild")))
    head, *rows = both
    path = raw(tmp_path, [head, *(row for row in rows if row[2] == "A")])
    other = tmp_path / "b.csv"
    with other.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([head, *(row for row in rows if row[2] == "B")])
    found = coding.code(path, tmp_path / "out", more=[other])
    assert found.to_settle["ratings"].tolist() == ["A: none; B: low"]


def test_another_entry_of_the_same_coder_is_refused_though_it_says_something_else(tmp_path):
    rows = [*entries(coders=("A",)), ["A1", "neglect", "A", "past", "once", "mild"]]
    (failure,) = refusal(tmp_path, rows)
    assert "repeats an earlier row" in failure.rule


def test_an_example_row_is_left_out(tmp_path):
    rows = entries(coders=("A",))
    example = ["EXAMPLE-1", "neglect", "A", "past", "once", "mild"]
    found = coding.code(raw(tmp_path, [rows[0], example, *rows[1:]]), tmp_path / "out")
    assert found.dataset.size("case") == 4


def test_an_entry_made_many_times_is_one_failure_with_all_its_rows(tmp_path):
    rows = entries(coders=("A",))
    rule = "A coder may enter a case and risk factor once: this repeats an earlier row."
    value = ", ".join(rows[1][:3])
    found = Failure(rule, "coding.csv", "54 to 303", "coder", value)
    assert refusal(tmp_path, rows + [rows[1]] * 250) == (found,)


def test_a_factor_that_nobody_entered_is_missing(tmp_path):
    rows = [row for row in entries(coders=("A",)) if row[:2] != ["A1", "neglect"]]
    (failure,) = refusal(tmp_path, rows)
    assert "missing: neglect" in failure.rule


def test_an_entry_about_no_case_is_refused(tmp_path):
    rows = [*entries(coders=("A",)), ["C9", "neglect", "A", *NOTHING]]
    (failure,) = refusal(tmp_path, rows)
    assert (failure.column, failure.value) == ("case_id", "C9")


def test_raw_data_without_entries_are_refused(tmp_path):
    failures = refusal(tmp_path, entries()[:1])
    assert Failure("There are no entries here.", "coding.csv") in failures


def test_raw_data_without_the_table_of_entries_are_refused(tmp_path):
    tables = sample_data.tables()
    del tables["ratings"]
    path = sample_data.write_folder(tmp_path / "raw", tables)
    with pytest.raises(InputError) as caught:
        coding.code(path, tmp_path / "out")
    rule = "The table 'coding' is missing: it holds the coders' entries."
    assert Failure(rule, "raw") in caught.value.failures


def test_ratings_beside_entries_are_refused(tmp_path):
    tables = {**sample_data.tables(), "coding": entries()}
    path = sample_data.write_folder(tmp_path / "raw", tables)
    with pytest.raises(InputError) as caught:
        coding.code(path, tmp_path / "out")
    rule = "Ratings are made of 'coding' here: leave this table out."
    assert caught.value.failures == (Failure(rule, "ratings.csv"),)


@pytest.mark.parametrize(
    ("row", "rule", "column", "value", "allowed"),
    [
        (["A1", "physical_abuse", "", "low"],
         "The coders do not differ on this case and risk factor.", "risk_factor",
         "A1, physical_abuse", ()),
        (["A1", "neglect", "", "current"], "The scale of neglect has no such level.", "rating",
         "current", ("high", "medium", "low", "none", "not_known")),
    ],
)  # fmt: skip
def test_a_settled_rating_that_settles_nothing_is_refused(
    row, rule, column, value, allowed, tmp_path
):
    rows = entries(("A1", "neglect", "B", ("past", "once", "mild")))
    found = Failure(rule, "settled.csv", "2", column, value, allowed)
    assert refusal(tmp_path, rows, settled=[row]) == (found,)


def test_a_settled_rating_that_no_scale_has_is_refused(tmp_path):
    rows = entries(("A1", "neglect", "B", ("past", "once", "mild")))
    (failure,) = refusal(tmp_path, rows, settled=[["A1", "neglect", "", "hi"]])
    assert "none of its codes" in failure.rule


def test_a_rating_is_settled_once(tmp_path):
    rows = entries(("A1", "neglect", "B", ("past", "once", "mild")))
    rule = "A case and risk factor is settled once: this repeats an earlier row."
    settled = [["A1", "neglect", "", "low"], ["A1", "neglect", "", "low"]]
    found = Failure(rule, "settled.csv", "3", "risk_factor", "A1, neglect")
    assert refusal(tmp_path, rows, settled=settled) == (found,)


def test_a_blank_on_the_sheet_is_still_to_settle_and_the_rest_is_settled(tmp_path):
    past = ("past", "once", "mild")
    rows = entries(("A1", "neglect", "B", past), ("A2", "neglect", "A", past))
    settled = [["A1", "neglect", "", ""], ["A2", "neglect", "", "none"]]
    found = coding.code(raw(tmp_path, rows, settled), tmp_path / "out")
    assert found.dataset is None
    left = found.to_settle.astype(str).to_dict("records")
    assert [tuple(row.values())[:4] for row in left] == [("A1", "neglect", "A: none; B: low", "")]
    rule = "Coders differ here and the rating is still blank: settle it."
    assert found.warnings[0] == Failure(rule, "settled.csv", "2", "rating", "A1, neglect")


def test_faults_of_entries_and_of_other_tables_come_together(tmp_path):
    tables = sample_data.tables()
    tables["children"][1][2] = "girl"
    rows = entries(("A1", "neglect", "A", ("current", "", "")), coders=("A",))
    failures = refusal(tmp_path, rows, children=tables["children"])
    assert {item.column for item in failures} == {"frequency", "severity", "sex"}


# -- agreement ------------------------------------------------------------------------------------

SCORES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=30)


def test_kappa_of_two_levels_is_that_worked_by_hand():
    # 35 of 50 agree, half would by chance (.5 x .6 + .5 x .4): (.7 - .5) / (1 - .5) = .4.
    pairs = [(0, 0)] * 20 + [(0, 1)] * 5 + [(1, 0)] * 10 + [(1, 1)] * 15
    first, second = np.array(pairs).T
    assert agreement.kappa(first, second) == pytest.approx(0.4)


@settings(max_examples=50, deadline=None)
@given(SCORES)
def test_kappa_is_one_less_the_observed_over_the_expected_squared_distance(pairs):
    first, second = np.array(pairs).T
    expected = np.mean([(a - b) ** 2 for a in first for b in second])
    found = agreement.kappa(first, second)
    if expected == 0:
        assert found is None
    else:
        assert found == pytest.approx(1 - np.mean((first - second) ** 2) / expected)


def test_a_scale_without_a_score_keeps_its_distances():
    # Plans score 0, 2 and 3. By hand: squared distances 4 and 1 over 6 pairs, against the mean
    # square distance of unrelated pairs, 26/6 + 35/6 - 2 x 10/6 x 13/6 = 2.944.
    first, second = np.array([0, 0, 2, 3, 2, 3]), np.array([0, 2, 2, 3, 3, 3])
    assert agreement.kappa(first, second) == pytest.approx(1 - (5 / 6) / (106 / 36))


def test_kappa_is_not_defined_where_nobody_differs_from_one_level():
    same = np.zeros(5, dtype=int)
    assert agreement.kappa(same, same) is None


@settings(max_examples=30, deadline=None)
@given(SCORES)
def test_an_interval_never_passes_one(pairs):
    first, second = np.array(pairs).T
    span = agreement.interval(np.arange(len(pairs)), first, second)
    if span:
        assert -1 <= span[0] <= span[1] <= 1


def test_an_interval_is_about_as_wide_as_the_large_sample_one():
    # With many independent pairs the bootstrap agrees with statsmodels' asymptotic interval.
    from statsmodels.stats.inter_rater import cohens_kappa, to_table

    draw = np.random.default_rng(1)
    first = draw.integers(0, 4, 600)
    second = np.clip(first + draw.choice([-1, 0, 0, 0, 1], 600), 0, 3)
    table, _ = to_table(np.column_stack([first, second]), bins=np.arange(5) - 0.5)
    wald = cohens_kappa(table, wt="quadratic")
    low, high = agreement.interval(np.arange(600), first, second)
    assert low == pytest.approx(wald.kappa_low, abs=0.01)
    assert high == pytest.approx(wald.kappa_upp, abs=0.01)


def test_an_interval_holds_the_middle_95_in_100_of_cases_drawn_again():
    # Drawn here ten times as often, with kappa by its definition; 0.12 standard errors apart.
    draw = np.random.default_rng(3)
    first = draw.integers(0, 4, 60)
    second = np.clip(first + draw.choice([-2, -1, 0, 0, 1, 2], 60), 0, 3)
    chosen = draw.integers(60, size=(20_000, 60))
    one, two = first[chosen], second[chosen]
    chance = (one**2).mean(1) + (two**2).mean(1) - 2 * one.mean(1) * two.mean(1)
    expected = np.percentile(1 - ((one - two) ** 2).mean(1) / chance, [2.5, 97.5])
    found = agreement.interval(np.arange(60), first, second)
    assert found == pytest.approx(tuple(expected), abs=0.12 * (expected[1] - expected[0]) / 3.92)


def test_factors_of_one_case_are_drawn_together():
    # Thirteen copies of each case add no information: the interval stays as wide as without.
    draw = np.random.default_rng(2)
    first, second = draw.integers(0, 4, (2, 20))
    single = agreement.interval(np.arange(20), first, second)
    repeated = agreement.interval(
        np.repeat(np.arange(20), 13), np.repeat(first, 13), np.repeat(second, 13)
    )
    assert repeated == pytest.approx(single)


def test_agreement_is_told_by_factor_and_in_all(tmp_path):
    rows = entries(("A1", "neglect", "B", ("past", "once", "mild")))
    found = coding.code(raw(tmp_path, rows), tmp_path / "out")
    by_factor = {item.factor: item for item in found.agreement}
    assert list(by_factor) == [*FRAME.factors, ""]
    assert by_factor["neglect"].percent == 75
    assert by_factor["neglect"].kappa == pytest.approx(0)
    assert by_factor["other_risk"].kappa is None
    assert by_factor[""].ratings == 52
    assert by_factor[""].percent == pytest.approx(100 * 51 / 52)
    assert "51" not in str(by_factor["other_risk"])
    last = "Ratings on which coders differ, to be settled: 1."
    warned = [f"Warning: {item}" for item in found.warnings]
    *first, settle = str(found).split("\n")[: len(found.agreement) + 1]
    assert first == list(map(str, found.agreement))
    assert settle == f"{last} They are listed in {tmp_path / 'out-to-settle.csv'}."
    assert str(replace(found, sheet=None, warnings=())).split("\n")[-1] == last
    assert str(found).split("\n")[len(found.agreement) + 1 :] == warned


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (("neglect", 4, 75.0, 0.5, 0.125, 0.9), "neglect: 75% of 4 equal; weighted kappa 0.50"
         " (95% interval 0.12 to 0.90)"),
        (("", 52, 98.08, 0.5, None, None), "all risk factors: 98% of 52 equal; weighted kappa"
         " 0.50 (no interval can be estimated)"),
        (("neglect", 4, 100.0, None, None, None), "neglect: 100% of 4 equal; weighted kappa is"
         " not defined: each coder used one level only"),
    ],
)  # fmt: skip
def test_agreement_is_told_in_a_sentence(found, text):
    assert str(Agreement(("A", "B"), *found)) == f"A and B, {text}"


def test_every_two_coders_who_rated_the_same_are_compared(tmp_path):
    # A rated all, B the cases of 2015 and C those of 2017: B and C share none.
    rows = entries(("A1", "neglect", "B", ("past", "once", "mild")))
    for row in rows[1:]:
        if row[0].startswith("B") and row[2] == "B":
            row[2] = "C"
    found = coding.code(raw(tmp_path, rows), tmp_path / "out").agreement
    assert list(dict.fromkeys(item.coders for item in found)) == [("A", "B"), ("A", "C")]
    alone = {item.coders: item for item in found if not item.factor}
    assert (alone["A", "B"].ratings, alone["A", "C"].ratings) == (26, 26)
    # By hand: 25 of 26 equal; squared distance 1, against scores of mean square from either coder.
    assert alone["A", "B"].percent == pytest.approx(100 * 25 / 26)
    assert alone["A", "C"].percent == 100


def test_a_factor_that_only_one_coder_rated_is_not_compared(tmp_path):
    rows = entries()
    rows = [row for row in rows if row[2] != "B" or row[1] == "neglect"]
    found = coding.code(raw(tmp_path, rows), tmp_path / "out")
    assert [(item.factor, item.ratings) for item in found.agreement] == [("neglect", 4), ("", 4)]
    assert list(found.to_settle.columns)[:4] == ["case_id", "risk_factor", "ratings", "rating"]
    assert len(found.to_settle) == 0


def test_what_is_to_settle_stands_in_the_order_of_the_entries(tmp_path):
    past = ("past", "once", "mild")
    changes = [(case, factor, "B", past) for case in ("A1", "B1")
               for factor in ("neglect", "antagonism")]  # fmt: skip
    head, *rows = entries(*changes)
    found = coding.code(raw(tmp_path, [head, *reversed(rows)]), tmp_path / "out")
    pairs = found.to_settle[["case_id", "risk_factor"]].astype(str).to_numpy().tolist()
    assert pairs == [
        ["B1", "antagonism"], ["B1", "neglect"], ["A1", "antagonism"], ["A1", "neglect"],
    ]  # fmt: skip
    assert set(found.to_settle["ratings"]) == {"A: none; B: low"}


def test_of_one_case_there_is_no_interval():
    one = np.array([0, 1, 2])
    assert agreement.interval(np.zeros(3, dtype=int), one, one) is None
    assert agreement.interval(np.arange(2), np.array([0, 0]), np.array([0, 0])) is None
    assert agreement.interval(np.arange(2), np.array([0, 3]), np.array([0, 3])) is None


def test_nobody_has_no_kappa():
    nobody = np.array([], dtype=int)
    assert agreement.kappa(nobody, nobody) is None
    assert agreement.kappa(nobody + 1, nobody + 1) is None
    assert agreement.kappa(np.array([1]), np.array([1])) is None
    assert agreement.kappa(np.array([1]), np.array([2])) == pytest.approx(0)
    # One coder of one level, the other of two: no better than chance.
    assert agreement.kappa(np.array([1, 1]), np.array([1, 2])) == pytest.approx(0)


@pytest.mark.parametrize("number", [5, 18])
def test_coders_who_agree_on_every_case_have_no_interval_without_width(number):
    levels = np.arange(number) % 4
    assert agreement.kappa(levels, levels) == 1
    assert agreement.interval(np.arange(number), levels, levels) is None
