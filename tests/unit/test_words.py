"""Do words agree with the numbers that they stand for?"""

from __future__ import annotations

from fractions import Fraction

import pytest

from scrlib.words import (
    ends,
    in_full,
    joined,
    lower_first,
    mark_in_words,
    number_word,
    phrase,
    short,
)
from tally.interval import UNDEFINED, UNKNOWN, Known, exactly


def between(low: int, high: int) -> Known:
    return Known(Fraction(low), Fraction(high))


def test_a_number_below_ten_is_a_word_and_takes_the_noun_that_agrees() -> None:
    found = [phrase(exactly(n), "count", "case", "cases") for n in (0, 1, 2, 9, 10, 97)]
    assert found == ["no cases", "one case", "two cases", "nine cases", "10 cases", "97 cases"]


def test_zero_without_a_noun_is_none() -> None:
    assert phrase(exactly(0)) == "none"


def test_a_range_names_both_ends_and_takes_the_plural() -> None:
    assert phrase(between(3, 9), "count", "case", "cases") == "between 3 and 9 cases"
    assert phrase(Known(Fraction(0), Fraction(30)), "percent") == "at most 30%"


def test_a_range_from_nought_is_told_by_its_greatest_value() -> None:
    found = [phrase(between(0, n), "count", "case", "cases") for n in (1, 5, 23)]
    assert found == ["at most one case", "at most five cases", "at most 23 cases"]
    assert short(between(0, 5)) == "0 to 5"


def test_a_range_is_rounded_outwards_so_that_it_holds_every_value() -> None:
    found = Known(Fraction(101, 10), Fraction(201, 10))
    assert phrase(found, "percent") == "between 10% and 21%"
    assert ends(Fraction(1001, 100), Fraction(1101, 100), "mean") == ("10.0", "11.1")


def test_an_unknown_number_shows_no_digit() -> None:
    assert phrase(UNKNOWN, "count", "case", "cases") == "a number of cases that is not known"
    assert short(UNKNOWN) == "[x]"
    assert mark_in_words(UNKNOWN) == "not known"


def test_a_mean_of_nothing_is_not_defined() -> None:
    assert phrase(UNDEFINED, "mean") == "a number that is not defined"
    assert short(UNDEFINED) == "[z]"
    assert mark_in_words(UNDEFINED) == "not applicable"


def test_a_number_that_is_held_back_says_so_in_words() -> None:
    held = Known(None, None, marker="[c]")
    assert (short(held), mark_in_words(held)) == ("[c]", "held back")


def test_halves_are_rounded_up_as_in_the_report() -> None:
    # Table 5 prints 13.3 for eight cases whose ratings sum to 106.
    assert phrase(exactly(Fraction(106, 8)), "mean") == "13.3"


def test_small_numbers_are_words_and_others_digits() -> None:
    assert [number_word(n) for n in (0, 1, 9, 10, 1234)] == ["no", "one", "nine", "10", "1,234"]
    assert [in_full(n) for n in (10, 20, 41, 99)] == ["ten", "twenty", "forty-one", "ninety-nine"]


@pytest.mark.parametrize(
    ("items", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_lists_are_written_as_in_a_sentence(items: list[str], text: str) -> None:
    assert joined(items) == text


def test_a_label_inside_a_sentence_starts_small_unless_it_is_an_abbreviation() -> None:
    assert lower_first("Mother's partner") == "mother's partner"
    assert lower_first("SGO") == "SGO"
