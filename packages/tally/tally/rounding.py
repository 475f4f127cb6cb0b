"""Rounding, and what a printed number therefore admits.

Halves are rounded up unless a source is known to do otherwise: one that prints 13.3 for a mean of
106 / 8 = 13.25 rounds them up, one that prints 13.2 rounds them to even, as Python and NumPy do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

_NUMBER = re.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?")


ROUNDINGS = ("half_up", "half_even", "half_down", "up", "down", "half_any")
"""How a source may round; "half_any" where it is not known what it does with halves."""


def exact(value: float | int | Fraction | Decimal) -> Fraction:
    """Return `value` as a fraction; a float means the decimal that it prints as."""
    return value if isinstance(value, Fraction) else Fraction(str(value))


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


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as it was printed: the precision is part of what was said.

    Parameters
    ----------
    value : Fraction
        The number itself.
    decimals : int
        Digits printed after the point.
    """

    value: Fraction
    decimals: int

    @property
    def low(self) -> Fraction:
        """The least exact value that prints so (included, since halves round up)."""
        return self.value - Fraction(1, 2 * 10**self.decimals)

    @property
    def high(self) -> Fraction:
        """The value at which the next number would be printed (not included)."""
        return self.value + Fraction(1, 2 * 10**self.decimals)

    def limits(self, rounding: str = "half_up") -> tuple[Fraction, Fraction, bool, bool]:
        """Return the least and the greatest value that prints so, and whether each is left out.

        Parameters
        ----------
        rounding : str
            One of `ROUNDINGS`.

        Examples
        --------
        >>> parse_printed("16.2").limits("half_even")
        (Fraction(323, 20), Fraction(65, 4), False, False)
        """
        if rounding not in ROUNDINGS:
            raise ValueError(f"{rounding!r} is no way to round: {', '.join(ROUNDINGS)}.")
        step = Fraction(1, 10**self.decimals)
        if rounding in ("up", "down"):
            up = rounding == "up"
            return (self.value - step, self.value, True, False) if up else (
                self.value, self.value + step, False, True
            )  # fmt: skip
        odd = bool(self.value / step % 2)
        is_open = {"half_up": (False, True), "half_down": (True, False), "half_even": (odd, odd)}
        return self.value - step / 2, self.value + step / 2, *is_open.get(rounding, (False, False))

    def admits(self, value: float | int | Fraction) -> bool:
        """Say whether an exact value would have been printed as this number."""
        return self.low <= exact(value) < self.high

    def counts(self, base: int, scale: int = 1) -> range:
        """Return the whole numbers k for which k * scale / base prints as this number.

        Parameters
        ----------
        base : int
            The denominator: number of cases, children or parents; must be positive.
        scale : int
            100 for a percentage, 1 for a mean.
        """
        first = -((-self.low * base) // scale)
        last = -((-self.high * base) // scale)
        return range(int(first), int(last))

    def __str__(self) -> str:
        return half_up(self.value, self.decimals)


def parse_printed(text: str) -> Printed:
    """Read a printed number, keeping its precision; percent signs and thousands commas are allowed.

    Raises
    ------
    ValueError
        If the text holds no number, or more than one.
    """
    found = _NUMBER.findall(text)
    if len(found) != 1:
        raise ValueError(f"expected one number in {text!r}, found {len(found)}")
    digits = found[0].replace(",", "")
    decimals = len(digits.partition(".")[2])
    return Printed(Fraction(digits), decimals)
