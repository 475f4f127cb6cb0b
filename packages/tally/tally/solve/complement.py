"""A count and its complement, asked as one: what is left of a number of units that is known."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from tally.expression import TRUE, Aggregate, Condition, Not, Or, Quantity
from tally.normal_form import normal, spelling
from tally.solve.claim_constraints import Stated
from tally.solve.constraint import Tally


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
    opposite = Quantity(((1, _opposite(single)),), text=quantity.text)
    return opposite, -1, Fraction(100 if single.function == "percent" else size[0])


def _opposite(aggregate: Aggregate) -> Aggregate:
    return replace(aggregate, where=Not(aggregate.where))


def _weight(condition: Condition) -> tuple[bool, int, str]:
    """Order conditions: a conjunction before what is spelt with `or`, a shorter one first."""
    text = spelling(condition)
    return isinstance(condition, Or), len(text), text
