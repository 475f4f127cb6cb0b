"""An interval of numbers: what a printed number admits, and what is known of one.

It may be open at either end and without limit. `Known` is an interval as it may be told: a number,
a range, not known, not defined, or held back.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tally.expression import OPERATORS


def exact(value: float | int | Fraction | Decimal) -> Fraction:
    """Return `value` as a fraction; a float means the decimal that it prints as."""
    return value if isinstance(value, Fraction) else Fraction(str(value))


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers between two ends, each included unless open.

    Parameters
    ----------
    low, high : Fraction or None
        None where there is no limit.
    low_open, high_open : bool
        Whether the end itself lies outside.
    """

    low: Fraction | None = None
    high: Fraction | None = None
    low_open: bool = False
    high_open: bool = False

    @property
    def fixed(self) -> bool:
        """Whether it is one number."""
        return self.low is not None and self.low == self.high

    def admits(self, value: float | int | Fraction | Decimal) -> bool:
        """Say whether a number lies within."""
        number = exact(value)
        if self.low is not None and (number < self.low or (self.low_open and number == self.low)):
            return False
        return self.high is None or not (
            number > self.high or (self.high_open and number == self.high)
        )

    def counts(self, base: int, scale: int = 1) -> range:
        """Return the whole numbers k for which k * scale / base lies within.

        Parameters
        ----------
        base : int
            The denominator: number of cases, children or parents; must be positive.
        scale : int
            100 for a percentage, 1 for a mean.

        Raises
        ------
        ValueError
            If there is no limit on one side.
        """
        if self.low is None or self.high is None:
            raise ValueError("an interval without a limit holds any number of counts")
        first, last = self.low * base // scale, self.high * base // scale
        return range(
            int(first if self.admits(Fraction(first * scale, base)) else first + 1),
            int(last + 1 if self.admits(Fraction(last * scale, base)) else last),
        )


@dataclass(frozen=True, slots=True)
class Known(Interval):
    """What is known of a number, as it may be told.

    Parameters
    ----------
    low, high : Fraction or None
        Equal where the number is known; None where nothing is known of it.
    defined : bool
        False for a statistic of nothing, such as the mean rating of no cases.
    marker : str
        For a number that is known but held back, so as not to disclose it: the mark that stands
        in its place, such as "[c]".
    """

    defined: bool = True
    marker: str = ""


ANY = Interval()
"""Every number."""
UNKNOWN = Known()
UNDEFINED = Known(defined=False)


def exactly(value: Fraction | int | None) -> Known:
    """Return a number that is known, or one that is not defined if it is None."""
    return UNDEFINED if value is None else Known(Fraction(value), Fraction(value))


def certain(left: Interval, op: str, right: Interval) -> bool | None:
    """Compare two ranges: true or false if it is so for all their values, else None."""
    ends = [(a, b) for a in (left.low, left.high) for b in (right.low, right.high)]
    known = [(a, b) for a, b in ends if a is not None and b is not None]
    if len(known) < len(ends):
        return None
    if op in ("==", "!="):
        apart = left.high < right.low or right.high < left.low  # type: ignore[operator]
        if not apart and not (left.fixed and right.fixed):
            return None
        return apart == (op == "!=")
    outcomes = {bool(OPERATORS[op](a, b)) for a, b in known}
    return outcomes.pop() if len(outcomes) == 1 else None
