"""Does a printed number admit exactly the values that its source would print so?"""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction

import pytest

from tally.interval import ANY, Interval, Known
from tally.rounding import parse_printed

BY_DECIMAL = {
    "half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "half_down": ROUND_HALF_DOWN,
    "up": ROUND_UP, "down": ROUND_DOWN,
}  # fmt: skip


@pytest.mark.parametrize("rounding", BY_DECIMAL)
@pytest.mark.parametrize("decimals", [0, 1, 2])
def test_a_printed_number_admits_what_decimal_rounds_to_it(rounding: str, decimals: int) -> None:
    """The oracle is Python's `decimal`, which rounds away from zero where it rounds up."""
    step = Decimal(1).scaleb(-decimals)
    for eighths in range(-60, 61):
        value = Decimal(eighths) * step / 8
        shown = value.quantize(step, BY_DECIMAL[rounding])
        for other in (shown - step, shown, shown + step):
            admitted = parse_printed(f"{other:f}", rounding).admits(Fraction(value))
            assert admitted == (other == shown), (value, other)


def test_where_it_is_not_known_how_halves_are_rounded_both_are_admitted() -> None:
    exact = Fraction(100 * 13, 80)
    assert [parse_printed(text, "half_any").admits(exact) for text in ("16.2", "16.3")] == [
        True, True,
    ]  # fmt: skip


def test_zeros_at_the_end_were_printed_too() -> None:
    assert parse_printed("16.20").interval == Interval(
        Fraction("16.195"), Fraction("16.205"), high_open=True
    )


def test_a_rule_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="half_odd"):
        parse_printed("16.2", "half_odd")


def test_the_counts_of_a_base_are_those_that_print_so_by_the_sources_rule() -> None:
    assert list(parse_printed("16.2", "half_even").counts(80, 100)) == [13]
    assert list(parse_printed("16.2", "half_up").counts(80, 100)) == []


def test_an_open_end_lies_outside_and_no_end_is_no_limit() -> None:
    over = Interval(Fraction(5), low_open=True)
    assert [over.admits(value) for value in (5, 6, 10**9)] == [False, True, True]
    assert ANY.admits(-(10**9))


def test_a_number_is_fixed_and_a_range_is_not() -> None:
    assert Known(Fraction(3), Fraction(3)).fixed
    assert not Known(Fraction(3), Fraction(4)).fixed
    assert not Known().fixed


def test_counts_that_lie_within_are_whole_and_open_ends_are_left_out() -> None:
    within = Interval(Fraction(10), Fraction(30), high_open=True)
    assert list(within.counts(10, 100)) == [1, 2]
    assert list(Interval(Fraction(1, 2), Fraction(3, 4)).counts(1)) == []
    with pytest.raises(ValueError, match="without a limit"):
        Interval(low=Fraction(1)).counts(10)
