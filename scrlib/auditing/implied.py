"""What the coding frame alone says of counts: conditions that exclude each other, and wholes.

``same_perpetrator and not present(domestic_abuse)`` meets no case whatever the data are, so a count
of ``same_perpetrator and present(domestic_abuse)`` is the count of ``same_perpetrator``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tally.codebook import Codebook
from tally.expression import (
    FALSE,
    OPERATORS,
    Aggregate,
    And,
    Compare,
    Condition,
    Linear,
    Not,
    Or,
    Quantity,
)
from tally.normal_form import aligned


def pushed(condition: Condition, positive: bool = True) -> Condition:
    """Return a condition, or its opposite, in which only single tests are negated."""
    if isinstance(condition, Not):
        return pushed(condition.condition, not positive)
    if isinstance(condition, (And, Or)):
        join = And if isinstance(condition, And) == positive else Or
        return join(tuple(pushed(part, positive) for part in condition.conditions))
    return condition if positive else Not(condition)


def conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """Return the conditions that all have to hold, brackets aside."""
    if not isinstance(condition, And):
        return (condition,)
    return tuple(found for part in condition.conditions for found in conjuncts(part))


def never(condition: Condition, codebook: Codebook) -> bool:
    """Say whether no unit can meet a condition: each of its alternatives contradicts the rest.

    False does not mean that one can: conditions are compared variable by variable.
    """
    parts = conjuncts(one_test(condition))
    if aligned(And(parts), codebook) == FALSE:
        return True
    return any(
        isinstance(part, Or)
        and all(
            never(And((*parts[:place], chosen, *parts[place + 1 :])), codebook)
            for chosen in part.conditions
        )
        for place, part in enumerate(parts)
    )


def complements(quantity: Quantity) -> Iterator[tuple[Quantity, Quantity]]:
    """Yield, for each part of a count's condition, the count without it and of its opposite.

    The first less the second is the count itself.
    """
    item = quantity.single
    if item is None or item.function != "count":
        return
    parts = conjuncts(item.where)
    for place, part in enumerate(parts):
        others = (*parts[:place], *parts[place + 1 :])
        opposite = part.condition if isinstance(part, Not) else Not(part)
        rest = Quantity.count(item.unit, And((*others, opposite)))
        yield Quantity.count(item.unit, And(others)), rest


def settled(quantity: Quantity) -> Quantity:
    """Return a quantity whose tests of one number are one test: ``x >= 1 and x < 3 and x != 2``."""
    return replace(
        quantity,
        terms=tuple((weight, _settled(item)) for weight, item in quantity.terms),
    )


def _settled(item: Aggregate) -> Aggregate:
    base = None if item.base is None else one_test(item.base)
    return replace(item, where=one_test(item.where), base=base)


def one_test(condition: Condition) -> Condition:
    """Join the tests of a number that have to hold together into one, within what it can be."""
    parts = conjuncts(pushed(condition))
    held: dict[Linear, set[int]] = {}
    others = []
    for part in parts:
        test = part.condition if isinstance(part, Not) else part
        span = _span(test.linear) if isinstance(test, Compare) else None
        if span is None or not isinstance(test, Compare):
            others.append(part)
            continue
        met = {value for value in span if OPERATORS[test.op](value, test.constant)}
        held.setdefault(test.linear, set(span)).intersection_update(
            set(span) - met if isinstance(part, Not) else met
        )
    return And((*others, *(_as_test(linear, values) for linear, values in held.items())))


def _span(linear: Linear) -> range | None:
    """Return the values of a number that is the sum of rated variables; None for any other."""
    codes = [code for item in linear.weights for code, _ in item.weights]
    if linear.span is None or not codes or not all(isinstance(code, str) for code in codes):
        return None
    low, high = linear.span
    return range(low, high + 1)


def _as_test(linear: Linear, values: set[int]) -> Condition:
    span = _span(linear)
    assert span is not None
    if not values:
        return Or(())
    low, high = min(values), max(values)
    if low == high:
        return Compare(linear, "==", low)
    tests = [Compare(linear, ">=", low)] if low > span[0] else []
    tests += [Compare(linear, "<=", high)] if high < span[-1] else []
    tests += [Compare(linear, "!=", value) for value in range(low, high) if value not in values]
    return And(tuple(tests))
