"""Are numbers rounded as the report rounds them, and printed numbers read with their precision?"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally.rounding import Printed, half_up, parse_printed

EXACT = settings(deadline=None, derandomize=True)
SMALL = st.fractions(min_value=-1000, max_value=1000, max_denominator=500)


# -- rounding ----------------------------------------------------------------------------------


def test_the_report_rounds_a_mean_of_eight_cases_half_up() -> None:
    """Table 5 prints 13.3: of whole scores over eight cases only 106 lies near enough."""
    assert half_up(Fraction(106, 8), 1) == "13.3"
    assert half_up(Fraction(105, 8), 1) == "13.1"
    assert half_up(Fraction(107, 8), 1) == "13.4"


@pytest.mark.parametrize(
    ("count", "base", "printed"),
    [
        # Counts with the percentages that the report prints beside them.
        (73, 97, "75"), (11, 97, "11"), (7, 97, "7"), (6, 97, "6"),  # Table 7
        (29, 49, "59"), (33, 41, "80"), (7, 7, "100"), (69, 97, "71"),  # Table 9
        (46, 69, "67"), (1, 69, "1"), (9, 69, "13"), (13, 69, "19"),  # Table 10
        (27, 54, "50"), (17, 29, "59"), (16, 32, "50"), (26, 38, "68"), (12, 21, "57"),  # Table 12
        (12, 29, "41"), (12, 38, "32"), (9, 21, "43"), (98, 174, "56"), (76, 174, "44"),
        (26, 64, "41"), (15, 64, "23"), (11, 64, "17"), (9, 64, "14"), (3, 64, "5"),  # Table 13
        (12, 64, "19"), (14, 64, "22"), (20, 64, "31"), (6, 64, "9"),
    ],
)  # fmt: skip
def test_percentages_are_those_that_the_report_prints(count: int, base: int, printed: str) -> None:
    assert half_up(Fraction(100 * count, base)) == printed


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (Fraction(5, 2), 0, "3"), (Fraction(7, 2), 0, "4"), (Fraction(-5, 2), 0, "-3"),
        (2.5, 0, "3"), (0.125, 2, "0.13"), (1.005, 2, "1.01"), (13.25, 1, "13.3"),
        (Decimal("0.45"), 1, "0.5"), (0, 1, "0.0"), (-0.04, 1, "0.0"), (12, 2, "12.00"),
        (999.95, 1, "1000.0"), (10**12, 0, "1000000000000"), (Fraction(1, 3), 3, "0.333"),
    ],
)  # fmt: skip
def test_halves_go_away_from_zero(value: float, decimals: int, expected: str) -> None:
    assert half_up(value, decimals) == expected


@EXACT
@given(st.decimals(-10_000, 10_000, allow_nan=False, places=4), st.integers(0, 3))
def test_rounding_is_that_of_the_standard_library(value: Decimal, decimals: int) -> None:
    expected = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    assert Decimal(half_up(value, decimals)) == expected


# -- reading what was printed ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value", "decimals"),
    [
        ("13.3", Fraction(133, 10), 1), ("48", Fraction(48), 0), ("12%", Fraction(12), 0),
        ("1,234", Fraction(1234), 0), ("1,234,567.50", Fraction(1234567.5), 2),
        ("(71%)", Fraction(71), 0), ("-3", Fraction(-3), 0), ("0.0", Fraction(0), 1),
    ],
)  # fmt: skip
def test_a_printed_number_keeps_its_digits(text: str, value: Fraction, decimals: int) -> None:
    assert parse_printed(text) == Printed(value, decimals)


@pytest.mark.parametrize("text", ["", "-", "none", "7 (12%)", "12 to 15"])
def test_text_with_no_number_or_several_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected one number"):
        parse_printed(text)


@pytest.mark.parametrize("text", ["13.3", "0", "1000.0", "-2.50"])
def test_a_printed_number_is_shown_as_it_was_printed(text: str) -> None:
    assert str(parse_printed(text)) == text


def test_what_a_printed_number_admits_begins_with_its_lower_half_and_ends_before_its_upper() -> (
    None
):
    printed = parse_printed("13.3")
    assert (printed.low, printed.high) == (Fraction(1325, 100), Fraction(1335, 100))
    assert printed.admits(13.25)
    assert printed.admits(Fraction(13349, 1000))
    assert not printed.admits(13.35)
    assert not printed.admits(13.249)


@EXACT
@given(st.fractions(min_value=0, max_value=1000, max_denominator=500), st.integers(0, 2))
def test_what_prints_so_is_what_is_admitted(value: Fraction, decimals: int) -> None:
    printed = parse_printed(half_up(value, decimals))
    assert printed.admits(value)
    assert not printed.admits(value + Fraction(1, 10**decimals))
    assert not printed.admits(value - Fraction(1, 10**decimals))


# -- which counts print so ---------------------------------------------------------------------


def test_one_count_of_97_prints_as_71_percent() -> None:
    assert list(parse_printed("71%").counts(97, 100)) == [69]


def test_two_counts_of_175_print_as_54_percent() -> None:
    """94 is 53.7% and 95 is 54.3%."""
    assert list(parse_printed("54%").counts(175, 100)) == [94, 95]


def test_one_sum_over_eight_cases_prints_as_13_3() -> None:
    assert list(parse_printed("13.3").counts(8)) == [106]


def test_no_sum_over_three_cases_prints_as_13_1() -> None:
    assert list(parse_printed("13.1").counts(3)) == []


@EXACT
@given(st.integers(1, 400), st.integers(0, 100), st.integers(0, 1))
def test_the_counts_are_all_those_that_print_so_and_no_other(
    base: int, percent: int, decimals: int
) -> None:
    printed = parse_printed(f"{percent}{'.5' if decimals else ''}%")
    expected = [
        count
        for count in range(-base, 3 * base)
        if count >= 0 and half_up(Fraction(100 * count, base), decimals) == str(printed)
    ]
    assert [count for count in printed.counts(base, 100) if count >= 0] == expected
