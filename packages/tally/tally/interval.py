"""A number as it may be told: itself, a range, not known, not defined, or held back."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tally.language import compare


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a number: its least and its greatest possible value.

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

    low: Fraction | None
    high: Fraction | None
    defined: bool = True
    marker: str = ""

    @property
    def fixed(self) -> bool:
        """Whether the number itself is known."""
        return self.low is not None and self.low == self.high

    @property
    def ranged(self) -> bool:
        """Whether a range is known, but not the number."""
        return self.low is not None and not self.fixed


UNKNOWN = Known(None, None)
UNDEFINED = Known(None, None, defined=False)


def exactly(value: Fraction | int | None) -> Known:
    """Return a number that is known, or one that is not defined if it is None."""
    return UNDEFINED if value is None else Known(Fraction(value), Fraction(value))


def certain(left: Known, op: str, right: Known) -> bool | None:
    """Compare two ranges: true or false if it is so for all their values, else None."""
    ends = [(a, b) for a in (left.low, left.high) for b in (right.low, right.high)]
    if any(a is None or b is None for a, b in ends):
        return None
    if op in ("==", "!="):
        apart = left.high < right.low or right.high < left.low  # type: ignore[operator]
        if not apart and not (left.fixed and right.fixed):
            return None
        return apart == (op == "!=")
    outcomes = {compare(a, op, b) for a, b in ends if a is not None and b is not None}
    return outcomes.pop() if len(outcomes) == 1 else None
