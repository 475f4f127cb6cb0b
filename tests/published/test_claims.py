"""What does a printed number admit, and which claims does the report make?"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pandas as pd
import pytest

from scrlib import paths
from scrlib import report as published
from scrlib.auditing.claims import claims
from scrlib.report import coding_frame, read_dataset
from tally import arithmetic, language
from tally.claims import Claim, limits
from tally.errors import InputError

FRAME = coding_frame()
CLAIMS = {item.id: item for item in claims(FRAME)}
COUNT = language.parse("count(case, true)", FRAME)
SHARE = language.parse('percent(child, sex == "female")', FRAME)


def of(identifier: str) -> Claim:
    return CLAIMS[identifier]


def test_a_count_admits_itself_only():
    found = limits("equal", "15", COUNT)
    assert found.admits(15)
    assert not found.admits(Fraction(29, 2))
    assert not found.admits(16)


def test_a_percentage_admits_what_rounds_half_up_to_it():
    found = limits("equal", "66%", SHARE)
    assert found.admits(Fraction(131, 2))
    assert not found.admits(Fraction(133, 2))
    # 46 of 69 is 66.67%: section 5.3.2 prints 66% and Table 10 prints 67%.
    assert not found.admits(Fraction(4600, 69))
    assert limits("equal", "67%", SHARE).admits(Fraction(4600, 69))


def test_a_mean_admits_what_rounds_half_up_to_its_decimal():
    mean = language.parse("mean(case, total_score)", FRAME)
    # Table 5: eight cases with a total of 106 print 13.3.
    assert limits("equal", "13.3", mean).admits(Fraction(106, 8))
    assert not limits("equal", "13.2", mean).admits(Fraction(106, 8))


@pytest.mark.parametrize(
    ("compare", "inside", "outside"),
    [
        ("at_least", (12, 97), (11,)),
        ("at_most", (12, 0), (13,)),
        ("over", (13,), (12, 11)),
        ("under", (11,), (12, 13)),
        ("about", (10, 14), (9, 15)),
        ("relation", (0, 97), ()),
    ],
)
def test_a_comparison_admits_its_side(
    compare: str, inside: tuple[int, ...], outside: tuple[int, ...]
):
    found = limits(compare, "12", COUNT, tolerance="2")
    assert all(found.admits(value) for value in inside)
    assert not any(found.admits(value) for value in outside)


def test_every_printed_number_of_every_table_is_a_claim():
    printed = {
        cell.id: cell.printed
        for table in published.load_tables(FRAME).values()
        for cell in table.cells
        if cell.printed
    }
    found = {name: item for name, item in CLAIMS.items() if item.source == "table"}
    assert found.keys() == printed.keys()
    assert {name: item.printed.rstrip("%") for name, item in found.items()} == printed


def test_only_table_2_is_outside_the_data():
    outside = {c.table for c in CLAIMS.values() if c.source == "table" and not c.computable}
    assert outside == {"table_02"}


def test_a_cell_keeps_its_percent_sign():
    assert of("table_13:under_21:mother:percent").printed == "41%"
    assert of("table_13:under_21:mother:count").printed == "26"


def test_a_word_stands_for_its_number():
    both = of("s31-current-injured-under-1")
    assert both.printed == "both"
    assert both.admits(2)
    assert not both.admits(1)


def test_a_statement_that_can_be_read_in_several_ways_names_each_reading():
    claim = of("s342-fewer-cases")
    assert [item.id for item in claim.readings] == [f"s342-fewer-cases/{n}" for n in (1, 2, 3)]
    assert all(item.label and item.text for item in claim.readings)
    assert claim.quantity == ""


def test_a_new_study_takes_the_place_of_the_newest():
    old, new = of("es-intro-focus-cases"), None
    new = next(c for c in claims(FRAME, 2015) if c.id == old.id)
    assert old.printed == new.printed == "15"
    assert "2015" not in new.quantity
    assert old.readings[0].parsed != new.readings[0].parsed


@pytest.mark.parametrize(
    ("identifier", "steps", "holds"),
    [
        ("s12-reviews-drop", "100 x (174 - 146) / 174 = 16.092", False),
        ("s521-half-the-size", "14 / 28 = 0.5", True),
        ("es-intro-one-in-percent", "100 x 1 / 4000 = 0.025", True),
        ("es-all-homicides-a-year", "14 / 8 = 1.75", True),
    ],
)
def test_arithmetic_between_printed_numbers_needs_no_dataset(
    identifier: str, steps: str, holds: bool
):
    (found,) = of(identifier).check()
    assert (found.reading.steps, found.holds) == (steps, holds)


def test_a_fall_taken_as_a_share_of_the_later_number_prints_the_report_s_19_percent():
    (step,) = of("s12-reviews-drop").possible
    assert step.check(None).holds
    assert step.steps == "100 x (174 - 146) / 146 = 19.178"


def test_two_ways_of_averaging_averages_print_the_report_s_13_1():
    """The overall mean of Table 5 lies below what its own rows and columns allow."""
    unweighted, without_both = of("table_05:all:overall:mean").possible
    assert unweighted.check(None).holds
    assert unweighted.steps == "(17.3 + 13.3 + 7.1 + 10.4 + 17.3) / 5 = 13.08"
    # 49 x 16.6 + 41 x 9.0 = 1,182.4 over 90 cases.
    assert without_both.check(None).holds
    assert without_both.steps == "(16.6 x 49 + 9 x 41) / (49 + 41) = 13.138"


def test_the_parts_of_the_overall_mean_cannot_come_to_13_1():
    """By hand: 15 cases with a mean of 16.3 and 82 with 12.9."""
    parts = [(15, limits("equal", "16.3").low), (82, limits("equal", "12.9").low)]
    least = sum(number * low for number, low in parts if low is not None)
    assert not of("table_05:all:overall:mean").admits(least / 97)


def test_a_reading_of_the_words_as_they_stand_makes_the_claim_wrong_if_it_fails():
    """The policy for the word "contradicts": 97 reviews cannot be fewer than five years' 107."""
    literal, other = of("es-intro-all-contributed").readings
    assert (literal.literal, literal.given) == (True, 107)
    assert not literal.check(None).holds
    assert not other.literal


def test_arithmetic_on_something_that_is_not_printed_is_refused():
    with pytest.raises(InputError, match="s12-drop"):
        arithmetic.carry_out(("ratio", "s12-drop", "2"), {"s12-reviews-drop": "19%"})


@pytest.mark.parametrize(
    ("harm", "identifiers"),
    [
        ("physical", ["s32-physical-under-6"]),
        ("sexual", ["s32-sexual-age-from", "s32-sexual-age-to"]),
    ],
)
def test_a_child_of_no_known_age_is_not_among_those_whose_ages_the_report_tells(
    harm: str, identifiers: list[str]
):
    """Section 3.2: physical abuse was of children under six, sexual abuse of one to ten."""
    data = read_dataset(paths.SYNTHETIC)
    children = data.frames["child"].copy()
    studies = data.frames["case"].set_index("case_id")["study"].astype(int)
    latest = children["case_id"].map(studies).eq(2017) & children["harm"].eq(harm)
    children.loc[latest.idxmax(), "age"] = pd.NA
    changed = replace(data, frames={**data.frames, "child": children})
    for name in identifiers:
        assert [item.holds for item in of(name).check(data)] == [True]
        assert [item.holds for item in of(name).check(changed)] == [False]
