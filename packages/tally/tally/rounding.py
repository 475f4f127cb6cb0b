"""Rounding as a source rounds, and what a printed number therefore admits.

The rule belongs to the source. One that prints 13.3 for a mean of 106 / 8 = 13.25 rounds halves up;
one that prints 16.2% for 13 of 80, which is 16.25%, rounds halves to the even digit, as Python's
`round` and NumPy's do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tally.interval import Interval, exact

_NUMBER = re.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?")

HALF_UP = "half_up"
ROUNDINGS = (HALF_UP, "half_even", "half_down", "up", "down", "half_any")
"""How a source may round, away from zero being up; "half_any" if it is not known for halves."""


def half_up(value: float | int | Fraction | Decimal, decimals: int = 0) -> str:
    """Round a number half up (away from zero) and return its digits.

    Parameters
    ----------
    value : number
        An exact `Fraction` avoids the error of binary floats: pass one where there is one.
    decimals : int
        Digits after the point.

    Examples
    --------
    >>> half_up(Fraction(106, 8), 1)
    '13.3'
    """
    scaled = abs(exact(value)) * 10**decimals
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    sign = "-" if value < 0 and whole else ""
    return f"{sign}{Decimal(whole).scaleb(-decimals):.{decimals}f}"


def plain(value: Fraction) -> str:
    """Write a number as it is if it is whole, or else with two decimals."""
    return half_up(value, 0 if value.denominator == 1 else 2)


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as it was printed: the precision is part of what was said.

    Parameters
    ----------
    value : Fraction
        The number itself.
    decimals : int
        Digits printed after the point, zeros at the end included.
    rounding : str
        How its source rounds: one of `ROUNDINGS`.
    """

    value: Fraction
    decimals: int
    rounding: str = HALF_UP

    @property
    def interval(self) -> Interval:
        """The exact values that print so.

        Examples
        --------
        >>> parse_printed("16.2", "half_even").interval.admits(Fraction(100 * 13, 80))
        True
        >>> parse_printed("16.3", "half_even").interval.admits(Fraction(100 * 13, 80))
        False
        """
        step, size = Fraction(1, 10**self.decimals), abs(self.value)
        inner, outer = size - step / 2, size + step / 2
        match self.rounding:
            case "up":
                inner, outer, inner_open, outer_open = size - step, size, True, False
            case "down":
                inner, outer, inner_open, outer_open = size, size + step, False, True
            case "half_even":
                inner_open = outer_open = bool(size / step % 2)
            case _:
                inner_open = self.rounding == "half_down"
                outer_open = self.rounding == HALF_UP
        if not self.value:
            return Interval(-outer, outer, outer_open, outer_open)
        if self.value < 0:
            return Interval(-outer, -inner, outer_open, inner_open)
        return Interval(inner, outer, inner_open, outer_open)

    @property
    def low(self) -> Fraction:
        """The lower end of what prints so."""
        assert self.interval.low is not None
        return self.interval.low

    @property
    def high(self) -> Fraction:
        """The upper end of what prints so."""
        assert self.interval.high is not None
        return self.interval.high

    def admits(self, value: float | int | Fraction) -> bool:
        """Say whether an exact value would have been printed as this number."""
        return self.interval.admits(value)

    def counts(self, base: int, scale: int = 1) -> range:
        """Return the whole numbers k for which k * scale / base prints as this number."""
        return self.interval.counts(base, scale)

    def __str__(self) -> str:
        return half_up(self.value, self.decimals)


def parse_printed(text: str, rounding: str = HALF_UP) -> Printed:
    """Read a printed number, keeping its precision; percent signs and thousands commas are allowed.

    Raises
    ------
    ValueError
        If the text holds no number, or more than one, or there is no such way to round.
    """
    if rounding not in ROUNDINGS:
        raise ValueError(f"expected a way to round ({', '.join(ROUNDINGS)}), found {rounding!r}")
    found = _NUMBER.findall(text)
    if len(found) != 1:
        raise ValueError(f"expected one number in {text!r}, found {len(found)}")
    digits = found[0].replace(",", "")
    decimals = len(digits.partition(".")[2])
    return Printed(Fraction(digits), decimals, rounding)
