"""Cells of counts: combinations of values as finely as any published condition tells them apart.

Variables that no one condition joins are in blocks of their own, joined by shared margins only. A
sum or a number of members that a condition tests counts as a variable of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from math import prod
from typing import Any, TypeAlias

from tally.codebook import Code, Codebook
from tally.errors import Failure, InputError
from tally.expression import And, Compare, Condition, In, Not
from tally.solve.model import Expression, Model, total

Name: TypeAlias = str | Compare
Cell: TypeAlias = dict[Name, Any]
Row: TypeAlias = frozenset[int]

MOST_CELLS = 100_000


def names(condition: Condition) -> frozenset[Name]:
    """Return the variables, and the sums compared with a number, on which a condition depends."""
    if isinstance(condition, In):
        return frozenset({condition.variable})
    if isinstance(condition, Compare):
        return frozenset({condition})
    inner = (condition.condition,) if isinstance(condition, Not) else condition.conditions
    return frozenset().union(*(names(item) for item in inner))


def holds(condition: Condition, cell: Mapping[Name, Any]) -> bool:
    """Say whether a condition holds in a cell."""
    if isinstance(condition, In):
        return cell[condition.variable] in condition.codes
    if isinstance(condition, Compare):
        return bool(cell[condition])
    if isinstance(condition, Not):
        return not holds(condition.condition, cell)
    found = (holds(item, cell) for item in condition.conditions)
    return all(found) if isinstance(condition, And) else any(found)


def _tests(condition: Condition) -> list[In]:
    if isinstance(condition, In):
        return [condition]
    if isinstance(condition, Compare):
        return []
    inner = (condition.condition,) if isinstance(condition, Not) else condition.conditions
    return [test for item in inner for test in _tests(item)]


@dataclass(frozen=True, eq=False)
class Space:
    """The cells of one unit's counts, in blocks of variables that some condition joins.

    Parameters
    ----------
    conditions : sequence of Condition
        What is counted, of one unit.
    """

    codebook: Codebook
    conditions: tuple[Condition, ...]

    @cached_property
    def _links(self) -> list[tuple[In, In]]:
        """Pairs of tests that the frame makes equal: an absent answer, and no risk rated."""
        used = frozenset().union(*map(names, self.conditions))
        return [
            (In(item.variable, frozenset({item.absent})), In(item.factor, frozenset(zero)))
            for item in self.codebook.linked
            if {item.variable, item.factor} <= used
            for zero in [
                [c.code for c in self.codebook.variables[item.factor].categories if not c.score]
            ]
        ]

    @cached_property
    def _every_test(self) -> list[In]:
        tests = [test for item in self.conditions for test in _tests(item)]
        return tests + [test for pair in self._links for test in pair]

    @cached_property
    def classes(self) -> dict[Name, list[Any]]:
        """For each variable, one value for every set of values that no condition tells apart."""
        found: dict[Name, list[Any]] = {}
        for name in frozenset().union(*map(names, self.conditions)):
            if isinstance(name, Compare):
                found[name] = [False, True]
                continue
            own = [test for test in self._every_test if test.variable == name]
            first: dict[tuple[bool, ...], Code] = {}
            for code in self.codebook.variables[name].codes:
                first.setdefault(tuple(code in test.codes for test in own), code)
            found[name] = list(first.values())
        return found

    @cached_property
    def blocks(self) -> list[frozenset[Name]]:
        """Largest sets of variables that a condition joins, linked ones always together."""
        sets = {self._widened(names(item)) for item in self.conditions}
        largest = [item for item in sets if not any(item < other for other in sets)]
        return sorted(largest, key=lambda item: sorted(map(str, item)))

    def _widened(self, found: frozenset[Name]) -> frozenset[Name]:
        for one, other in self._links:
            pair = frozenset({one.variable, other.variable})
            found = found | pair if found & pair else found
        return found

    @cached_property
    def cells(self) -> list[tuple[int, Cell]]:
        """Every cell that the frame allows, with its block."""
        size = sum(prod(len(self.classes[name]) for name in block) for block in self.blocks)
        if size > MOST_CELLS:
            rule = f"These counts tell {size:,} cells apart, too many to protect together."
            raise InputError(Failure(rule, "disclosure control"))
        found = []
        for number, block in enumerate(self.blocks):
            order = sorted(block, key=str)
            for values in product(*(self.classes[name] for name in order)):
                cell: Cell = dict(zip(order, values, strict=True))
                if self._possible(cell):
                    found.append((number, cell))
        return found

    def _possible(self, cell: Cell) -> bool:
        return all(
            holds(one, cell) == holds(other, cell)
            for one, other in self._links
            if one.variable in cell and other.variable in cell
        )

    def row(self, condition: Condition) -> Row:
        """Return the cells that a condition counts; equal sets mean equal counts."""
        wanted = self._widened(names(condition))
        block = next(place for place, item in enumerate(self.blocks) if wanted <= item)
        return frozenset(
            place
            for place, (number, cell) in enumerate(self.cells)
            if number == block and holds(condition, cell)
        )

    def same(self, condition: Condition) -> Row | None:
        """Return the cells that a further condition counts; None if it tells more cells apart."""
        wanted = self._widened(names(condition))
        if not any(wanted <= block for block in self.blocks) or self._splits(condition):
            return None
        return self.row(condition)

    def _splits(self, condition: Condition) -> bool:
        """Say whether a condition tells values apart that no condition of the plan does."""
        return any(
            len({code in test.codes for code in self._alike(test.variable, first)}) > 1
            for test in _tests(condition)
            for first in self.classes[test.variable]
        )

    def _alike(self, name: str, first: Code) -> list[Code]:
        """Return the codes that no condition of the plan tells apart from one of them."""
        tests = [test for test in self._every_test if test.variable == name]
        wanted = [first in test.codes for test in tests]
        codes = self.codebook.variables[name].codes
        return [code for code in codes if [code in test.codes for test in tests] == wanted]

    @cached_property
    def _shared(self) -> list[frozenset[Name]]:
        """Sets of variables that two blocks have in common, in a fixed order."""
        found = {one & other for one, other in combinations(self.blocks, 2)}
        return sorted(found, key=lambda item: sorted(map(str, item)))

    def _margins(self, shared: frozenset[Name]) -> list[dict[tuple[Any, ...], Expression]]:
        """Return, for each block with some variables, its sums over all others."""
        order = sorted(shared, key=str)
        found: dict[int, dict[tuple[Any, ...], Expression]] = {}
        for place, (number, cell) in enumerate(self.cells):
            if shared <= self.blocks[number]:
                key = tuple(cell[name] for name in order)
                found.setdefault(number, {}).setdefault(key, {})[place] = 1
        return list(found.values())

    def model(self, most: int) -> Model:
        """Return the cells as whole numbers with the margins that blocks share."""
        model = Model()
        model.columns(len(self.cells), most)
        for shared in self._shared:
            sides = self._margins(shared)
            for block in sides[1:]:
                for key in sides[0].keys() | block.keys():
                    parts = [(1, sides[0].get(key, {})), (-1, block.get(key, {}))]
                    model.row(total(parts), 0, 0)
        return model
