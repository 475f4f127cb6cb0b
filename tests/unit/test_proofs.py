"""Is what a report contradicts found, and nothing else? Small reports with one wrong number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
import yaml

from scrlib import consistency, paths, proofs
from scrlib.auditing import claims as register
from scrlib.auditing import contradictions, proof
from scrlib.report import coding_frame, read_dataset
from tally import language
from tally.claims import Claim, Reading
from tally.expression import Quantity, Relation
from tally.rounding import parse_printed

FRAME = coding_frame()
REPORT = register.claims(FRAME)
# Ten cases: six of public law, four of private law; seven with neglect.
CONSISTENT = {
    "all": ("count(case, true)", "10"),
    "public": ('count(case, law_group == "public")', "6"),
    "private": ('count(case, law_group == "private")', "4"),
    "both": ('count(case, law == "both")', "0"),
    "neglect": ("count(case, present(neglect))", "7"),
    "neglect-public": ('count(case, present(neglect) and law_group == "public")', "5"),
    "neglect-private": ('count(case, present(neglect) and law_group == "private")', "2"),
    "neglect-percent": ("percent(case, present(neglect))", "70%"),
    "mean-public": ('mean(case, total_score, law_group == "public")', "12.5"),
    "mean-private": ('mean(case, total_score, law_group == "private")', "9.8"),
    "mean-all": ("mean(case, total_score)", "11.4"),
}
SENTENCE = (
    'count(case, present(neglect) and law_group == "public")'
    ' > count(case, present(neglect) and law_group == "private")'
)


def claim(name: str, text: str, printed: str) -> Claim:
    parsed = language.parse(text, FRAME)
    limits = register.limits("equal", printed, parsed)
    return Claim(name, "1", name, printed, "equal", (Reading(name, "", text, parsed, limits),))


def sentence(name: str, text: str) -> Claim:
    parsed = language.parse_relation(text, FRAME)
    return Claim(name, "1", name, "more", "relation", (Reading(name, "", text, parsed),))


def report(**changed: str) -> list[Claim]:
    """Return the small report with some numbers printed otherwise."""
    printed = {name: text for name, (_, text) in CONSISTENT.items()}
    printed |= {name.replace("_", "-"): text for name, text in changed.items()}
    found = [claim(name, quantity, printed[name]) for name, (quantity, _) in CONSISTENT.items()]
    return [*found, sentence("more-in-public", SENTENCE)]


def accused(found: Sequence[Claim]) -> set[str]:
    return set(proof.ruled_out(proofs.find(found, FRAME)))


def test_nothing_is_found_in_a_consistent_report():
    assert proofs.find(report(), FRAME) == ()


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("neglect", "8"),  # the parts come to 7
        ("neglect_percent", "69%"),  # 7 of 10
        ("mean_all", "11.5"),  # 75 and 39 points, 114 / 10
        ("all", "11"),  # six, four and none
    ],
)
def test_a_planted_number_is_in_the_proof(name: str, printed: str):
    found = proofs.find(report(**{name: printed}), FRAME)
    planted = name.replace("_", "-")
    assert found
    assert all(planted in (*item.rules_out, *item.others) for item in found)


def test_the_number_that_several_others_refute_is_the_only_one_accused():
    assert accused(report(neglect_percent="60%")) == {"neglect-percent"}


def test_a_planted_sentence_is_accused():
    wrong = SENTENCE.replace(" > ", " < ")
    found = proofs.find([*report()[:-1], sentence("planted", wrong)], FRAME)
    assert len(found) == 1
    core = {*found[0].rules_out, *found[0].others}
    assert "planted" in core
    assert len(core) == 3  # the sentence and two numbers that it goes against


def test_no_claim_of_a_proof_can_be_left_out():
    found = {item.id: item for item in report(mean_all="11.5")}
    (one,) = proofs.find(list(found.values()), FRAME)
    every = [*one.rules_out, *one.others]
    for name in every:
        assert not proofs.find([found[other] for other in every if other != name], FRAME), name


def test_a_mean_of_whole_scores_leaves_only_the_totals_that_print_so():
    """12.5 of six is 75 points; 9.8 of four, 39; together 114 of ten: 11.4 and no other mean."""
    again = [claim(f"{name}-again", *CONSISTENT[name]) for name in ("mean-public", "mean-private")]
    (one,) = proofs.find([*report(mean_all="11.5"), *again], FRAME)
    assert one.rules_out == ("mean-all",)
    assert (Fraction(one.least), Fraction(one.greatest)) == (Fraction(57, 5), Fraction(57, 5))


def test_a_mean_that_no_whole_total_gives_is_refuted_by_its_size_alone():
    """Brown and Heathers 2017, The GRIM test: 5.19 cannot be the mean of 28 whole numbers."""
    found = [
        claim("size", "count(case, true)", "28"),
        claim("mean", "mean(case, total_score)", "5.19"),
    ]
    (one,) = proofs.find(found, FRAME)
    assert {*one.rules_out, *one.others} == {"size", "mean"}
    assert parse_printed("5.19").counts(28) == range(146, 146)


@pytest.mark.parametrize("printed", ["5.18", "5.21"])
def test_a_mean_that_a_whole_total_gives_is_not_accused(printed: str):
    """145 / 28 = 5.179 and 146 / 28 = 5.214."""
    found = [
        claim("size", "count(case, true)", "28"),
        claim("mean", "mean(case, total_score)", printed),
    ]
    assert proofs.find(found, FRAME) == ()


def test_the_machine_rules_out_what_was_argued_by_hand_and_nothing_else():
    raws = yaml.safe_load(contradictions.FILE.read_text(encoding="utf-8"))
    by_hand = {name for raw in raws for name in raw["rules_out"]}
    assert proof.ruled_out(proof.load()) == by_hand


def test_no_accused_claim_holds_on_the_synthetic_cases_and_every_other_single_one_does():
    dataset, out = read_dataset(paths.SYNTHETIC), proof.ruled_out(proof.load())
    for item in REPORT:
        for check in item.check(dataset):
            if check.reading.id in out:
                assert check.holds is False, check.reading.id
            elif len(item.readings) == 1 and check.holds is not None:
                assert check.holds, item.id


def test_a_planted_cell_of_the_report_is_named():
    """One cell of table 7 printed as 9 instead of 8: table 8 repeats it, and the total clashes."""
    name = "table_07:extended_family:frequency:count"
    tables = [c for c in REPORT if c.table in ("table_07", "table_08") and c.source == "table"]
    planted = [_reprinted(c, "9") if c.id == name else c for c in tables]
    assert accused(planted) == {name}
    assert not accused(tables)


def _reprinted(item: Claim, printed: str) -> Claim:
    (reading,) = item.readings
    assert isinstance(reading.parsed, Quantity | Relation)
    assert isinstance(reading.parsed, Quantity)
    limits = register.limits("equal", printed, reading.parsed)
    return replace(item, printed=printed, readings=(replace(reading, limits=limits),))


def test_proofs_are_read_as_they_were_written(tmp_path):
    found = proofs.find(report(mean_all="11.5"), FRAME)
    proof.write(found, tmp_path / "proofs.json")
    assert proof.load(tmp_path / "proofs.json") == found


def test_rules_of_the_frame_are_never_accused():
    rules = consistency.rules(FRAME, "meaning")
    found = [
        claim("cases", "count(case, true)", "10"),
        claim("children", "count(child, true)", "9"),
    ]
    (one,) = proofs.find(found, FRAME, rules)
    assert set(one.rules_out) <= {"cases", "children"}
