"""Tables of counts: how many units there are of each type, over a few variables at a time.

A type, or *stratum*, is a combination of groups of values that no condition tells apart. A sum that
a condition tests, such as an overall rating, counts as a variable of its own, unless it has so few
parts that their variables stand for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import TypeAlias

from tally.codebook import Code
from tally.expression import OPERATORS, And, Compare, Condition, In, Linear, Or, compares, members
from tally.solve.model import Expression

Name: TypeAlias = str | Linear
"""A base variable, or a sum that is compared."""
Classes: TypeAlias = tuple[tuple[Code, ...], ...]
Cell: TypeAlias = dict[Name, Code]
Scope: TypeAlias = frozenset[Name]

_SPELT_OUT = 4


def compared_sum(compare: Compare) -> Linear | None:
    """Return the sum that a comparison is about; None if its variables stand for it."""
    if not compare.linear.numbers and len(compare.linear.weights) < _SPELT_OUT:
        return None
    return Linear(compare.linear.weights, compare.linear.numbers)


@lru_cache(maxsize=65536)
def scope(condition: Condition) -> Scope:
    """Return the variables and sums that a condition joins."""
    found: set[Name] = {item.variable for item in members(condition)}
    for item in compares(condition):
        linear = compared_sum(item)
        found |= {linear} if linear else {weights.variable for weights in item.linear.weights}
    return frozenset(found)


def holds(condition: Condition, cell: Mapping[Name, Code]) -> bool:
    """Say whether a normal condition holds in a cell."""
    if isinstance(condition, In):
        return cell[condition.variable] in condition.codes
    if isinstance(condition, Compare):
        return _compared(condition, cell)
    assert isinstance(condition, (And, Or))
    found = (holds(item, cell) for item in condition.conditions)
    return all(found) if isinstance(condition, And) else any(found)


def _compared(condition: Compare, cell: Mapping[Name, Code]) -> bool:
    linear = compared_sum(condition)
    if linear is None:
        parts = condition.linear.weights
        value = sum(dict(part.weights).get(cell[part.variable], 0) for part in parts)
    else:
        known = cell[linear]
        assert isinstance(known, int)
        value = known
    return bool(OPERATORS[condition.op](value + condition.linear.constant, condition.constant))


def told_apart(condition: Condition, name: Name, domain: Iterable[Code]) -> Iterator[set[Code]]:
    """Yield the sets of values of a variable or sum that a condition tells from the others."""
    for item in members(condition):
        if item.variable == name:
            yield set(item.codes)
    for compare in compares(condition):
        if compared_sum(compare) is None:
            yield from (set(codes) for other, codes in weighed(compare.linear) if other == name)
        elif compared_sum(compare) == name:
            test, shift = OPERATORS[compare.op], compare.linear.constant
            yield {v for v in domain if isinstance(v, int) and test(v + shift, compare.constant)}


def weighed(linear: Linear) -> Iterator[tuple[str, frozenset[Code]]]:
    """Yield, by variable, the sets of values that weigh alike in a sum."""
    for part in linear.weights:
        for value in {weight for _, weight in part.weights}:
            yield part.variable, frozenset(code for code, w in part.weights if w == value)


def refine(groups: Classes, inside: Iterable[Code]) -> Classes:
    """Split groups of values by whether they lie inside a set."""
    wanted = frozenset(inside)
    found: list[tuple[Code, ...]] = []
    for group in groups:
        parts = tuple(c for c in group if c in wanted), tuple(c for c in group if c not in wanted)
        found.extend(part for part in parts if part)
    return tuple(found)


def coarser(first: Classes, second: Classes) -> Classes:
    """Return the finest groups that are coarser than both."""
    parts = [set(group) for group in first]
    for group in second:
        touched = [part for part in parts if part & set(group)]
        rest = [part for part in parts if not part & set(group)]
        parts = [*rest, set().union(*touched)]
    place = {code: n for n, code in enumerate(c for group in first for c in group)}
    found = [tuple(sorted(part, key=place.__getitem__)) for part in parts]
    return tuple(sorted(found, key=lambda part: place[part[0]]))


@dataclass(frozen=True, eq=False)
class Table:
    """Counts of a unit for every combination of some variables' groups of values.

    Parameters
    ----------
    classes : mapping of Name
        For each variable, its values in groups.
    first : int
        The model's column of the first cell; the others follow.
    """

    unit: str
    classes: Mapping[Name, Classes]
    first: int

    @cached_property
    def cells(self) -> list[Cell]:
        """Every cell: each variable with the first value of its group."""
        firsts = [[group[0] for group in groups] for groups in self.classes.values()]
        return [dict(zip(self.classes, values, strict=True)) for values in product(*firsts)]

    def tells(self, condition: Condition) -> bool:
        """Say whether a condition holds in a cell either of all units or of none."""
        if not scope(condition) <= frozenset(self.classes):
            return False
        for name, groups in self.classes.items():
            domain = [code for group in groups for code in group]
            for codes in told_apart(condition, name, domain):
                if len(refine(groups, codes)) > len(groups):
                    return False
        return True

    def count(self, condition: Condition) -> Expression:
        """Return the number of units for which a condition holds."""
        return {self.first + n: 1 for n, cell in enumerate(self.cells) if holds(condition, cell)}

    def margin(self, groups: Mapping[Name, Classes]) -> dict[tuple[int, ...], Expression]:
        """Return the counts over coarser groups of some of the variables."""
        place = {
            name: {code: n for n, group in enumerate(found) for code in group}
            for name, found in groups.items()
        }
        sums: dict[tuple[int, ...], Expression] = {}
        for n, cell in enumerate(self.cells):
            key = tuple(place[name][cell[name]] for name in groups)
            sums.setdefault(key, {})[self.first + n] = 1
        return sums
