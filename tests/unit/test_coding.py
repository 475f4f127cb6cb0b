"""Do coders' entries become the ratings that the rule says, and is agreement rightly computed?"""

from __future__ import annotations

import csv
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
from scrlib.coding import ratings as coding
from scrlib.data import storage
from scrlib.errors import InputError
from scrlib.frame import codebook

FRAME = codebook.load()
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


# -- from entries to a dataset --------------------------------------------------------------------


def test_one_coders_entries_are_a_dataset(tmp_path):
    rows = entries(("A1", "neglect", "A", ("current", "repeated", "severe")), coders=("A",))
    found = coding.code(raw(tmp_path, rows), tmp_path / "out")
    assert rating(found, "A1", "neglect") == "high"
    assert found.agreement == ()
    assert storage.read(tmp_path / "out").size("case") == 4


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
    found = coding.code(path, tmp_path / "out", settled=sheet)
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
    coding.code(EXAMPLE / "raw", tmp_path / "study", settled=EXAMPLE / "settled.csv")
    for path in sorted((EXAMPLE / "study").iterdir()):
        assert (tmp_path / "study" / path.name).read_bytes() == path.read_bytes(), path.name


def test_the_example_says_that_it_is_invented():
    dataset = storage.read(EXAMPLE / "study")
    assert dataset.meta.provenance == "invented"
    assert "invented" in dataset.meta.title
    assert dataset.size("case") == 18
    assert not dataset.synthetic


# -- what is refused ------------------------------------------------------------------------------


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
    (failure,) = refusal(tmp_path, rows)
    assert (failure.row, failure.nearest) == (str(number + 1), "child_vulnerabilities")
    assert "until 2015" in failure.rule


def test_an_entry_made_twice_is_refused_even_under_two_names(tmp_path):
    rows = entries(coders=("A",))
    rows.append(["A1", "child_putting_self_at_risk", "A", *NOTHING])
    (failure,) = refusal(tmp_path, rows)
    assert "repeats an earlier row" in failure.rule


def test_a_third_coder_is_refused(tmp_path):
    rows = [*entries(), ["A1", "neglect", "C", *NOTHING]]
    (failure,) = refusal(tmp_path, rows)
    assert "at most 2 coders" in failure.rule


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
    assert any("no entries" in item.rule for item in failures)


def test_ratings_beside_entries_are_refused(tmp_path):
    tables = {**sample_data.tables(), "coding": entries()}
    path = sample_data.write_folder(tmp_path / "raw", tables)
    with pytest.raises(InputError, match="leave this table out"):
        coding.code(path, tmp_path / "out")


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (["A1", "physical_abuse", "", "low"], "do not differ"),
        (["A1", "neglect", "", "current"], "scale of neglect"),
        (["A1", "neglect", "", "hi"], "none of its codes"),
    ],
)
def test_a_settled_rating_that_settles_nothing_is_refused(row, rule, tmp_path):
    rows = entries(("A1", "neglect", "B", ("past", "once", "mild")))
    failures = refusal(tmp_path, rows, settled=[row])
    assert rule in failures[0].rule


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
    assert "to be settled: 1" in str(found)
