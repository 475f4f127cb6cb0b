"""What is known of a dataset: claims as intervals of quantities, and as rows of whole numbers.

A claim says that a quantity lies in an interval (what a printed number admits), or that quantities
stand in an order. Either becomes `Row`s: linear inequalities between *tallies*, which are numbers
of units that meet a condition, or sums over them. Nothing here knows what is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tally.expression import Quantity, Relation
from tally.expression import Tally as Tally


@dataclass(frozen=True)
class Constraint:
    """A claim: a quantity lies between two values, or a relation holds.

    Parameters
    ----------
    id : str
        The claim's name, by which proofs call it.
    quantity : Quantity or Relation
    low, high : Fraction, optional
        Least and greatest value; None where there is no limit, and for a relation.
    low_open, high_open : bool
        Whether `low` or `high` itself is excluded, as `high` is for a number rounded half up.
    hard : bool
        Whether it belongs to the frame and is never doubted.
    """

    id: str
    quantity: Quantity | Relation
    low: Fraction | None = None
    high: Fraction | None = None
    high_open: bool = False
    hard: bool = False
    low_open: bool = False


Terms = tuple[tuple[int, Tally], ...]


@dataclass(frozen=True)
class Row:
    """A linear inequality between tallies: ``low <= sum of terms <= high``.

    Parameters
    ----------
    claims : frozenset of str
        The claims from which it follows; it holds if all of them do.
    median : tuple
        For the median of an even number of values, which only a model case by case can state: the
        values, their number, and the least and the greatest sum of the two in the middle.
    """

    terms: Terms
    low: int | None
    high: int | None
    claims: frozenset[str]
    hard: bool = False
    median: tuple[Tally, int, int, int] | None = None
