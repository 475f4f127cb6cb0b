"""What a reader can work out of published counts: the attack against which a plan is checked.

Counts of one unit are sums over cells: combinations of the values of variables, as finely as any
published condition tells them apart. The reader knows every count that is shown, that a count
marked `[c]` lies between 1 and N - 1 and one marked `[k]` is at least N, and the coding frame. A
held-back count is safe if a whole solution exists in which it differs from the truth, which HiGHS
finds (`scrlib.solvers`). Method: cell suppression as an integer program (Fischetti and Salazar,
Management Science 47, 2001), without their requirement of a width.

Variables that no one condition joins are joined by their shared margins only. A sum or number of
members that a condition tests counts as a variable of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from math import prod
from typing import Any, TypeAlias

from scrlib.codebook import Code, Codebook
from scrlib.errors import Failure, InputError
from scrlib.model import Expression, Model, total
from scrlib.solvers import Highs
from scrlib.tree import And, Compare, Condition, In, Not

Name: TypeAlias = str | Compare
Cell: TypeAlias = dict[Name, Any]
Row: TypeAlias = frozenset[int]

SHOWN, PRIMARY, SECONDARY = "", "[c]", "[k]"
MOST_CELLS = 100_000
_SECONDS = 30.0
_SIGNS = ((1,), (-1,), (1, -1))
"""Counts are first moved many at a time, up and down in several patterns."""


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
    def classes(self) -> dict[Name, list[Any]]:
        """For each variable, one value for every set of values that no condition tells apart."""
        tests = [test for item in self.conditions for test in _tests(item)]
        tests += [test for pair in self._links for test in pair]
        found: dict[Name, list[Any]] = {}
        for name in frozenset().union(*map(names, self.conditions)):
            if isinstance(name, Compare):
                found[name] = [False, True]
                continue
            own = [test for test in tests if test.variable == name]
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


@dataclass(frozen=True, eq=False)
class Attack:
    """Counts of one unit, which of them are held back, and what that leaves open.

    Parameters
    ----------
    space : Space
    rows : sequence of frozenset of int
        Cells that each count sums.
    truth : sequence of int
        The counts themselves.
    least : int
        Counts from 1 to less than this are held back.
    telling : bool
        Whether the reader can tell from the marker if a count is small.
    """

    space: Space
    rows: Sequence[Row]
    truth: Sequence[int]
    least: int
    telling: bool = True

    @property
    def _most(self) -> int:
        return 2 * max(*self.truth, self.least, 1)

    def determined(self, marks: Sequence[str], suspects: Sequence[int]) -> list[int]:
        """Return those held-back counts that what is shown determines."""
        found, left = [], list(suspects)
        while left:
            place, left = self.first_determined(marks, left)
            found += [] if place is None else [place]
        return found

    def first_determined(
        self, marks: Sequence[str], suspects: Sequence[int]
    ) -> tuple[int | None, list[int]]:
        """Return a held-back count that what is shown determines, and suspects not yet cleared."""
        model = self.space.model(self._most)
        for place, row in enumerate(self.rows):
            low, high = self._limits(marks[place], self.truth[place])
            model.row(dict.fromkeys(row, 1), low, high)
        solver = Highs(model, whole=True)
        left = list(suspects)
        for signs in _SIGNS:
            left = self._unmoved(solver, left, {p: signs[p % len(signs)] for p in left})
        while left:
            place = left[0]
            for sign in (1, -1):
                if place in left:
                    left = self._unmoved(solver, left, {place: sign})
            if place in left:
                return place, left[1:]
        return None, []

    def _unmoved(self, solver: Highs, left: list[int], signs: Mapping[int, int]) -> list[int]:
        """Return the counts that are still at their truth where a signed sum is greatest."""
        if not left:
            return left
        goal = total((sign, dict.fromkeys(self.rows[p], 1)) for p, sign in signs.items())
        values = solver.solve(goal, maximise=True, limit=_SECONDS).values
        return [p for p in left if values is None or not self._moved(p, values)]

    def _moved(self, place: int, values: list[int]) -> bool:
        return sum(values[column] for column in self.rows[place]) != self.truth[place]

    def _limits(self, mark: str, truth: int) -> tuple[int, int | None]:
        if not mark:
            return truth, truth
        if not self.telling:
            return 0, None
        return (1, self.least - 1) if mark == PRIMARY else (self.least, None)

    def further(self, marks: Sequence[str], place: int) -> list[int] | None:
        """Return the shown counts, few and small, that have to go to make a count uncertain.

        Returns
        -------
        list of int or None
            None if no choice of counts does it.
        """
        found = [self._further(marks, place, step) for step in (1, -1)]
        costs = [(sum(self.truth[p] for p in item), item) for item in found if item]
        return min(costs)[1] if costs else None

    def _further(self, marks: Sequence[str], place: int, step: int) -> list[int]:
        model = self.space.model(self._most)
        switches: dict[int, int] = {}
        for number, row in enumerate(self.rows):
            count = dict.fromkeys(row, 1)
            truth = self.truth[number]
            if number == place:
                low, high = self._limits(marks[number], truth)
                ends = (truth + 1, high) if step > 0 else (low, truth - 1)
                model.row(count, *ends)
            elif marks[number] or (self.telling and truth < self.least):
                model.row(count, *self._limits(marks[number], truth))
            else:
                (switch,) = model.column(1)
                switches[switch] = number
                lowest = self.least if self.telling else 0
                model.row(total([(1, count), (truth - lowest, {switch: 1})]), truth, None)
                model.row(total([(1, count), (-self._most, {switch: 1})]), None, truth)
        cost = {switch: self.truth[number] + 1 for switch, number in switches.items()}
        answer = Highs(model, whole=True).solve(cost, limit=_SECONDS)
        values = answer.values
        return [] if values is None else [n for switch, n in switches.items() if values[switch]]


def plan(attack: Attack) -> list[str] | None:
    """Mark counts that are too small, and others until no held-back count is determined.

    Returns
    -------
    list of str or None
        For each count "", "[c]" or "[k]"; None if no such marks protect all of them. Where the
        reader cannot tell them apart, all that is held back is marked "[k]".
    """
    marks = [PRIMARY if 0 < value < attack.least else SHOWN for value in attack.truth]
    suspects = [place for place, mark in enumerate(marks) if mark]
    while suspects:
        place, suspects = attack.first_determined(marks, suspects)
        if place is not None:
            further = attack.further(marks, place)
            if not further:
                return None
            for other in further:
                marks[other] = SECONDARY
            # What is cleared stays cleared: with more held back, the same solutions exist.
            suspects = [place, *further, *suspects]
    return marks if attack.telling else [SECONDARY if mark else SHOWN for mark in marks]
