"""What an outsider can work out of published counts, by a model that the plan does not use.

A plan of what is held back (`protect`) is made of tables along a tree, and proved by datasets. Here
are kinds of record: every combination of codes that no published condition tells apart, for the few
variables that say most of one count. How many records there are of each kind is not known; what is
published are equations. The least and the greatest value of a count that is held back, in whole
numbers (SciPy's ``milp``), hold whatever is left out: a narrow range has been worked out indeed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil, floor, inf, prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tally.codebook import Codebook
from tally.errors import BuildError
from tally.expression import OPERATORS, And, Compare, Condition, In, Not, Tally, tests, variables

Row: TypeAlias = NDArray[np.float64]
Names: TypeAlias = frozenset[str]

KINDS = 2000
"""As many kinds of record are told apart at most: a program of this size takes under 0.1 s."""
_NODES = 200
_INFEASIBLE, _UNBOUNDED = 2, 3
"""As SciPy numbers what became of a program."""
_NEAR = 1e-6


@dataclass(frozen=True)
class Learnt:
    """What is left of a count that is held back: it is between two numbers."""

    tally: Tally
    low: int
    high: float

    @property
    def width(self) -> float:
        """How many values are left."""
        return self.high - self.low + 1


@dataclass(frozen=True)
class Published:
    """What a publication tells, and nothing else.

    Parameters
    ----------
    codebook : Codebook
    shown : mapping of Tally to int
        Counts that are shown, and those that the coding frame says are none.
    held : frozenset of Tally
        Counts with a mark.
    least : int
        What a count with a mark is at least.
    members : mapping of str to int
        How many members of each unit a case has at least.
    wanted : frozenset of Tally
        Counts that are neither shown nor marked, and are asked for as well.
    """

    codebook: Codebook
    shown: Mapping[Tally, int]
    held: frozenset[Tally]
    least: int = 1
    members: Mapping[str, int] = field(default_factory=dict)
    wanted: frozenset[Tally] = frozenset()


def intrude(
    published: Published, *, enough: float = inf, kinds: int = KINDS
) -> list[Learnt]:  # fmt: skip
    """Work out between what numbers each count that is held back must be.

    Parameters
    ----------
    published : Published
    enough : float
        With so many values between the least and the greatest that solutions have shown, a count is
        left alone: what is returned of it may be wider in fact.
    kinds : int
        How many kinds of record are told apart at most.

    Returns
    -------
    list of Learnt
        In the order of their text.

    Raises
    ------
    BuildError
        If no data at all could have been published so.
    """
    view = _View(published, kinds)
    models: dict[Names, _Model] = {}
    found = []
    asked = published.held | published.wanted
    for tally in sorted(filter(view.usable, asked), key=repr):
        names = view.around(tally)
        if names not in models:
            models[names] = _Model(view, names)
        found.append(Learnt(tally, *models[names].ends(tally, enough)))
    return found


class _View:
    """What is published, by the variables that it joins."""

    def __init__(self, published: Published, kinds: int) -> None:
        self.published, self.kinds = published, kinds
        said = (*published.shown, *published.held)
        self.tallies = sorted(filter(self.usable, said), key=repr)
        self.every = (*self.tallies, *filter(self.usable, published.wanted))
        self._joined = Counter(variables(tally.where) for tally in self.tallies)

    @staticmethod
    def usable(tally: Tally) -> bool:
        """Whether a count has a part in the model: no sum, and no number of members of a case."""
        return tally.value is None and not any(
            test.linear.numbers for test in tests(tally.where) if isinstance(test, Compare)
        )

    @cached_property
    def classes(self) -> Mapping[str, tuple[frozenset[Any], ...]]:
        """The codes of each variable, in groups that nothing published tells apart."""
        marks: dict[str, dict[Any, list[object]]] = {}
        for tally in self.every:
            for test in tests(tally.where):
                for name, told in _told_apart(test):
                    codes = self.published.codebook.variables[name].codes
                    by_code = marks.setdefault(name, {code: [] for code in codes})
                    for code in codes:
                        by_code[code].append(told.get(code))
        return {
            name: _alike({code: tuple(map(repr, told)) for code, told in by_code.items()})
            for name, by_code in marks.items()
        }

    def tested_by(self, unit: str) -> Names:
        """Return the variables by which members of a unit, or cases, are told apart."""
        return frozenset[str]().union(
            *(variables(tally.where) for tally in self.every if tally.unit == unit)
        )

    def around(self, tally: Tally) -> Names:
        """Return the variables of a count, with those that join most of what is said of them."""
        names = variables(tally.where)
        while True:
            more = {
                name: sum(n for joined, n in self._joined.items()
                          if name in joined and joined <= names | {name})
                for name in sorted(self.classes.keys() - names)
                if self._size(names | {name}) <= self.kinds
            }  # fmt: skip
            if not more or not max(more.values()):
                return names
            names = names | {max(more, key=lambda name: more[name])}

    def _size(self, names: Names) -> int:
        return prod(len(self.classes[name]) for name in names)


def _told_apart(test: In | Compare) -> Iterator[tuple[str, Mapping[Any, object]]]:
    """Yield each variable of a test, with what the test makes of its codes."""
    if isinstance(test, In):
        yield test.variable, dict.fromkeys(test.codes, True)
    else:
        yield from ((item.variable, dict(item.weights)) for item in test.linear.weights)


def _alike(marks: Mapping[Any, object]) -> tuple[frozenset[Any], ...]:
    groups: dict[object, set[Any]] = {}
    for code, mark in marks.items():
        groups.setdefault(mark, set()).add(code)
    return tuple(map(frozenset, groups.values()))


class _Kinds:
    """The kinds of record of a unit that some variables tell apart: an array for each variable."""

    def __init__(self, view: _View, names: Iterable[str], start: int) -> None:
        self.names, self._view, self.start = tuple(sorted(names)), view, start
        shape = [len(view.classes[name]) for name in self.names]
        self.size = prod(shape)
        places = np.indices(shape).reshape(len(shape), -1) if shape else np.zeros((0, 1), int)
        self.place = dict(zip(self.names, places, strict=True))

    def read(self, name: str, values: Mapping[Any, float], otherwise: float) -> Row:
        """Return for each kind what a variable's codes stand for."""
        groups = self._view.classes[name]
        found = [values.get(next(iter(sorted(group, key=repr))), otherwise) for group in groups]
        row: Row = np.array(found, dtype=float)[self.place[name]]
        return row

    def meet(self, condition: Condition) -> NDArray[np.bool_]:
        """Return which kinds meet a condition."""
        match condition:
            case In(name, codes):
                return self.read(name, dict.fromkeys(codes, 1.0), 0.0) > 0
            case Not(inner):
                return ~self.meet(inner)
            case Compare():
                # Where a value is not known the sum is not a number, and nothing holds of it.
                total = sum(
                    (self.read(item.variable, {c: float(w) for c, w in item.weights}, np.nan)
                     for item in condition.linear.weights),
                    np.full(self.size, float(condition.linear.constant)),
                )  # fmt: skip
                holds = OPERATORS[condition.op](total, condition.constant)
                return np.asarray(holds & ~np.isnan(total))
        parts = [self.meet(part) for part in condition.conditions]
        every = isinstance(condition, And)
        whole = np.full(self.size, every)
        return np.asarray((np.logical_and if every else np.logical_or).reduce([whole, *parts]))


class _Model:
    """Equations on how many records there are of each kind, of every unit."""

    def __init__(self, view: _View, names: Names) -> None:
        self._published, codebook = view.published, view.published.codebook
        root = codebook.root.name
        said = [tally for tally in view.tallies if variables(tally.where) <= names]
        self.kinds: dict[str, _Kinds] = {}
        start = 0
        for unit in dict.fromkeys((root, *(tally.unit for tally in view.every))):
            own = names & view.tested_by(unit)
            self.kinds[unit] = _Kinds(view, own, start)
            start += self.kinds[unit].size
        self.width = start
        self._points: list[NDArray[np.int64]] = []
        self.rows: list[tuple[Row, float, float]] = [self._said(tally) for tally in said]
        for unit in self.kinds.keys() - {root}:
            self.rows += self._tied(self.kinds[root], self.kinds[unit], unit)

    def count(self, tally: Tally) -> Row:
        """Return a count as a row."""
        kinds, row = self.kinds[tally.unit], np.zeros(self.width)
        row[kinds.start : kinds.start + kinds.size] = kinds.meet(tally.where)
        return row

    def _said(self, tally: Tally) -> tuple[Row, float, float]:
        number = self._published.shown.get(tally)
        if number is None:
            return self.count(tally), self._published.least, inf
        return self.count(tally), number, number

    def _tied(
        self, cases: _Kinds, members: _Kinds, unit: str
    ) -> Iterator[tuple[Row, float, float]]:
        """Say that cases of each kind have as many members as they must have."""
        shared = [name for name in members.names if name in cases.place]
        least = self._published.members.get(unit, 0)
        for places in np.ndindex(*(len(cases._view.classes[name]) for name in shared)):
            row = np.zeros(self.width)
            for kinds, weight in ((members, 1.0), (cases, -float(least))):
                same = np.full(kinds.size, fill_value=True)
                for name, place in zip(shared, places, strict=True):
                    same &= kinds.place[name] == place
                row[kinds.start : kinds.start + kinds.size] = weight * same
            yield row, 0.0, inf

    def ends(self, tally: Tally, enough: float) -> tuple[int, float]:
        """Return the least and the greatest value of a count, or two that are far enough apart."""
        rows, low, high, alike = self._distinct
        counted = self.count(tally).astype(int)
        seen = [int(counted @ point) for point in self._points]
        if seen and max(seen) - min(seen) + 1 >= enough:
            return min(seen), max(seen)
        # Kinds that no row tells apart, and this count neither, are one: the answer is the same.
        kinds, places = np.unique(2 * alike + counted, return_index=True)
        program = _Program((kinds % 2).astype(float), rows[:, kinds // 2], low, high)
        ends = [program.least(sign) for sign in (1, -1)]
        for point in (point for _, point in ends if point is not None):
            whole = np.zeros(self.width, dtype=int)
            whole[places] = np.rint(point)
            self._points.append(whole)
        least, most = ends[0][0], -ends[1][0]
        return ceil(least - _NEAR), most if most == inf else floor(most + _NEAR)

    @cached_property
    def _distinct(self) -> tuple[Row, Row, Row, NDArray[np.int64]]:
        """The rows over kinds that differ in them, their limits, and which each kind is."""
        rows, low, high = (np.array(part) for part in zip(*self.rows, strict=True))
        distinct, alike = np.unique(rows, axis=1, return_inverse=True)
        return distinct, low, high, alike.ravel()


@dataclass(frozen=True)
class _Program:
    """A row to make least, and the rows that limit it."""

    row: Row
    rows: Row
    low: Row
    high: Row

    def least(self, sign: int) -> tuple[float, Row | None]:
        """Return a limit that the row, times a sign, is never under, and the solution found."""
        from scipy.optimize import LinearConstraint, milp

        found = milp(
            sign * self.row, integrality=np.ones(len(self.row), dtype=int),
            constraints=LinearConstraint(self.rows, self.low, self.high),
            options={"node_limit": _NODES},
        )  # fmt: skip
        if found.status == _INFEASIBLE:
            raise BuildError("What is published contradicts itself: no data could have it so.")
        bound = found.mip_dual_bound
        if bound is None or found.status == _UNBOUNDED:
            return -inf, None
        return float(bound), found.x
