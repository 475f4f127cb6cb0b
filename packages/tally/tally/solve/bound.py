"""The range of a quantity: its ends, each with what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tally.dataset import Dataset
from tally.rounding import plain


@dataclass(frozen=True)
class End:
    """One end of a range.

    Parameters
    ----------
    limit : Fraction or None
        No dataset that agrees with the claims has a value beyond it; None where there is no limit.
    value : Fraction or None
        The value nearest to it that a dataset was found to have; None if none was found.
    dataset : Dataset or None
        That dataset. It agrees with the claims, and was checked with pandas, not by the solver.
    """

    limit: Fraction | None
    value: Fraction | None = None
    dataset: Dataset | None = None

    @property
    def proved(self) -> bool:
        """Whether a dataset reaches the limit; if not, the true end lies between the two."""
        return self.limit is not None and self.value == self.limit

    def __str__(self) -> str:
        if self.limit is None:
            return "not limited"
        if self.proved:
            return f"{plain(self.limit)} (proved: a dataset has it, none lies beyond)"
        found = "no dataset found" if self.value is None else f"a dataset has {plain(self.value)}"
        return f"bracketed: none lies beyond {plain(self.limit)}, {found}"


@dataclass(frozen=True)
class Bound:
    """The least and the greatest value of a quantity over all datasets that agree with claims.

    Parameters
    ----------
    quantity : str
    lower, upper : End
    """

    quantity: str
    lower: End
    upper: End

    @property
    def low(self) -> Fraction | None:
        """No dataset has less; None where there is no limit."""
        return self.lower.limit

    @property
    def high(self) -> Fraction | None:
        """No dataset has more; None where there is no limit."""
        return self.upper.limit

    @property
    def low_proved(self) -> bool:
        """Whether a dataset has the least value."""
        return self.lower.proved

    @property
    def high_proved(self) -> bool:
        """Whether a dataset has the greatest value."""
        return self.upper.proved

    def __str__(self) -> str:
        return f"least {self.lower}\ngreatest {self.upper}"

    def end(self, up: bool) -> End:
        """Return the upper end if `up`, or else the lower."""
        return self.upper if up else self.lower
