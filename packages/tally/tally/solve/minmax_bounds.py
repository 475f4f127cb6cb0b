"""Ranges of a least, greatest or median value: whether it can be so small, or so great.

Such a value is no sum, so each candidate is tried: can it be stated together with what is known?
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from tally.errors import InputError
from tally.expression import Quantity
from tally.solve.claim_constraints import Stated
from tally.solve.constraint import Constraint
from tally.solve.infeasible_subsets import Refuter
from tally.solve.linear import rows
from tally.solve.lp_bounds import Ends

_NAME = "the value asked for"


def extreme(known: Stated, quantity: Quantity) -> Ends:
    """Return limits of a least or greatest value of whole numbers.

    Raises
    ------
    InputError
        If the quantity is a median, or mixes such a value with other statistics.
    """
    single = quantity.single
    if single is None or single.function not in ("min", "max") or single.value is None:
        raise InputError("A range can be given of a min or max only if it stands alone.")
    span = single.value.span
    if span is None:
        raise InputError("The least or greatest number of members cannot be bounded.")
    low, high = span

    def possible(least: int, most: int) -> bool:
        asked = Constraint(_NAME, quantity, Fraction(least), Fraction(most))
        added = tuple(rows(asked, known.codebook, known.sizes))
        every = (*known.constraints, asked)
        stated = Stated(known.codebook, every, (*known.rows, *added), known.sizes)
        return not Refuter(stated, [item.id for item in every]).impossible()

    if not possible(low, high):
        return None, None
    first = _first(low, high, lambda value: possible(low, value))
    last = -_first(-high, -low, lambda value: possible(-value, high))
    return Fraction(first), Fraction(last)


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """Return the least number from which on something holds."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
