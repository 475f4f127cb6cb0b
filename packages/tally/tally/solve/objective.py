"""What it takes to reach the end of a range: a sum of tallies, brought to a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm

from tally.codebook import Codebook
from tally.expression import TRUE, Compare, Condition, Not, Or, Quantity
from tally.normal_form import join, normal, spelling
from tally.solve.claim_constraints import Stated
from tally.solve.constraint import Row, Tally
from tally.solve.linear import ratio


@dataclass(frozen=True)
class Goal:
    """A weighted sum of tallies that is brought to a value, or beyond nought for a ratio.

    Parameters
    ----------
    row : Row
        The sum, with its limits.
    limit : int
        The value sought.
    up : bool
        Whether it is approached from below.
    base : Tally or None
        Of which there must be at least one, such as the base of a mean.
    ratio : bool
        Whether the row is what a ratio has above, less its base times a value: beyond nought, the
        ratio is beyond the value.
    """

    row: Row
    limit: int
    up: bool
    base: Tally | None = None
    ratio: bool = False

    @property
    def limits(self) -> tuple[int | None, int | None]:
        """The sum's limits, so that no solver goes beyond the value sought."""
        if self.ratio:
            return None, None
        return (None, self.limit) if self.up else (self.limit, None)

    @property
    def rows(self) -> tuple[Row, ...]:
        """What holds of a dataset that has the value sought, or lies beyond it."""
        low, high = (self.limit, None) if self.up else (None, self.limit)
        base = () if self.base is None else (Row(((1, self.base),), 1, None, frozenset()),)
        return replace(self.row, low=low, high=high), *base

    def reached(self, value: int) -> bool:
        """Say whether there is nothing more to be gained; of a ratio, that is never known."""
        return not self.ratio and value == self.limit


def goal(quantity: Quantity, end: Fraction, up: bool, known: Stated) -> Goal | None:
    """Return what it takes for a quantity to reach an end; None if no sum of tallies says so.

    Of a ratio whose base is open, `end` is best the value that a dataset has (Dinkelbach's method:
    some dataset lies beyond it if the goal's row can be brought beyond nought).
    """
    single = quantity.single
    if single is not None and single.function in ("min", "max"):
        return _extreme(quantity, int(end), up, known.codebook)
    terms: list[tuple[Fraction, Tally]] = []
    open_base = None
    for weight, aggregate in quantity.terms:
        if aggregate.function not in ("count", "sum", "percent", "mean"):
            return None
        above, below, scale = ratio(aggregate, known.codebook)
        size = known.sizes.get(below, (0, ""))[0] if below is not None else 1
        if below is not None and not size:
            if len(quantity.terms) > 1:
                return None
            open_base, size = below, 1
        terms.append((Fraction(weight * scale, size), above))
    target = end - quantity.constant
    if open_base is not None:
        return _whole([*terms, (-target, open_base)], Fraction(0), up, open_base)
    return _whole(terms, target, up, None)


def _whole(
    terms: Sequence[tuple[Fraction, Tally]], target: Fraction, up: bool, base: Tally | None
) -> Goal:
    """Scale to whole numbers without a common factor."""
    scale = lcm(target.denominator, *(weight.denominator for weight, _ in terms))
    whole = tuple((int(weight * scale), tally) for weight, tally in terms if weight)
    row = Row(whole, None, None, frozenset())
    return Goal(row, int(target * scale), up, base, base is not None)


def _extreme(quantity: Quantity, end: int, up: bool, codebook: Codebook) -> Goal | None:
    """Say that a least or greatest value is as small or great as its end, by a count.

    The greatest is as great if one unit reaches the end, as small if none lies above it.
    """
    single = quantity.single
    assert single is not None
    if single.value is None:
        return None
    ahead = up == (single.function == "max")
    op = {"max": ">=" if ahead else ">", "min": "<=" if ahead else "<"}[single.function]
    test = normal(Compare(single.value, op, end), codebook)
    where = join([normal(single.where, codebook), test], True, codebook)
    row = Row(((1, Tally(single.unit, where)),), None, None, frozenset())
    base = Tally(single.unit, normal(single.where, codebook))
    return Goal(row, 1, True, base) if ahead else Goal(row, 0, False, base)


# -- what is asked instead -------------------------------------------------------------------------


def simplest(quantity: Quantity, known: Stated) -> tuple[Quantity, int, Fraction]:
    """Return what is to be asked instead, so that a count and its complement are asked alike.

    Returns
    -------
    tuple
        A quantity, a sign and a constant: the one asked for is ``sign * quantity + constant``.
    """
    single = quantity.single
    size = None if single is None else known.sizes.get(Tally(single.unit, TRUE))
    if single is None or single.function not in ("count", "percent") or size is None:
        return quantity, 1, Fraction(0)
    codebook = known.codebook
    there = normal(single.where, codebook)
    rest = normal(Not(single.where), codebook)
    if min(there, rest, key=_weight) is there:
        return quantity, 1, Fraction(0)
    opposite = Quantity(((1, replace(single, where=Not(single.where))),), text=quantity.text)
    return opposite, -1, Fraction(100 if single.function == "percent" else size[0])


def _weight(condition: Condition) -> tuple[bool, int, str]:
    """Order conditions: a conjunction before what is spelt with `or`, a shorter one first."""
    text = spelling(condition)
    return isinstance(condition, Or), len(text), text
