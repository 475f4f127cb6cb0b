"""Numbers of tests as text: percentage points, p values and their ranges."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from tally.rounding import half_up

MINUS = "\N{MINUS SIGN}"


def points(value: float) -> str:
    """Return a number to one decimal, halves up."""
    return half_up(Fraction(str(value)), 1)


def signed(value: float, scale: int = 100) -> str:
    """Return a difference to one decimal with its sign; of shares, in percentage points."""
    text = points(scale * value)
    return f"+{text}" if value > 0 and text != "0.0" else text.replace("-", MINUS)


def interval(ends: tuple[float, float], scale: int = 100) -> str:
    """Return the ends of an interval, such as "+4.8 to +27.8"."""
    return f"{signed(ends[0], scale)} to {signed(ends[1], scale)}"


def bare_pvalue(value: float) -> str:
    """Return a p value without its letter: "below 0.001", or to three decimals."""
    return "below 0.001" if value < 0.001 else half_up(Fraction(str(value)), 3)


def pvalue(value: float) -> str:
    """Return a p value as text: "p < 0.001", or to three decimals."""
    return "p < 0.001" if value < 0.001 else f"p = {bare_pvalue(value)}"


def pvalues(values: Iterable[float]) -> str:
    """Return p values as text, as a range unless all read alike: "p from 0.005 to 0.125"."""
    found = sorted(values)
    start, end = bare_pvalue(found[0]), bare_pvalue(found[-1])
    return pvalue(found[0]) if start == end else f"p from {start} to {end}"
