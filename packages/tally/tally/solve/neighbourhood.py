"""Datasets near one that is known: some variables of some cases are free, all else stays.

What is free is written as a model case by case (`tally.solve.microdata_model`); the other cases and
variables add constants to its rows, and rows that test nothing free are left out, since they hold
already. So the model is small, and each of its solutions is a whole dataset in which all rows hold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tally.codebook import Code, Codebook
from tally.dataset import SYNTHETIC, Dataset, Meta, positions
from tally.solve.compiled import Case, Compiler
from tally.solve.constraint import Row, Tally
from tally.solve.microdata_model import ONE, Given, Layout, Members, Slot, Slots, is_usual
from tally.solve.model import CONSTANT, Expression, total
from tally.solve.readings import Alternatives, choices, impose
from tally.solve.solvers import Answer, Highs, cp_sat

META = Meta("Dataset found by the solver", SYNTHETIC, "", "none: no real cases are described")
_KEPT = 5_000
# HiGHS is the quicker on models of fewer columns, CP-SAT on larger ones.
_LARGE = 8_000
# The first nodes of a small model find most of what there is to be found.
_NODES = 40


def records(dataset: Dataset) -> list[Case]:
    """Return a dataset's cases in their order, each with its members, as positions of codes."""
    codebook, root = dataset.codebook, dataset.codebook.root.name
    rows = {
        unit: np.column_stack([
            positions(dataset.frames[unit][v.name], v) for v in codebook.of_unit(unit)
        ]).tolist() if dataset.size(unit) else []
        for unit in codebook.units
    }  # fmt: skip
    units = [unit for unit in codebook.units if unit != root]
    found: list[Case] = [(row, [[] for _ in units]) for row in rows[root]]
    for n, unit in enumerate(units):
        for owner, row in zip(dataset.views[unit].owner.tolist(), rows[unit], strict=True):
            found[owner][1][n].append(row)
    return found


def as_dataset(cases: Sequence[Case], codebook: Codebook) -> Dataset:
    """Return cases as a synthetic dataset."""
    root = codebook.root
    ids = [f"S{number:03d}" for number in range(1, len(cases) + 1)]
    frame = pd.DataFrame({root.id or "": ids})
    frames = {root.name: _with_codes(frame, [case[0] for case in cases], root.name, codebook)}
    for n, unit in enumerate(unit for unit in codebook.units if unit != root.name):
        numbers = [len(case[1][n]) for case in cases]
        owners = [name for name, number in zip(ids, numbers, strict=True) for _ in range(number)]
        named = [f"{name}-{place}" for name, number in zip(ids, numbers, strict=True)
                 for place in range(1, number + 1)]  # fmt: skip
        own = codebook.units[unit].id
        frame = pd.DataFrame({**({own: named} if own else {}), root.id or "": owners})
        rows = [row for case in cases for row in case[1][n]]
        frames[unit] = _with_codes(frame, rows, unit, codebook)
    return Dataset(codebook, MappingProxyType(frames), META)


def _with_codes(
    frame: pd.DataFrame, rows: Sequence[Sequence[int]], unit: str, codebook: Codebook
) -> pd.DataFrame:
    columns = {
        variable.name: pd.Series(
            [variable.codes[row[n]] for row in rows],
            dtype="Int64" if variable.numeric else object,
        )
        for n, variable in enumerate(codebook.of_unit(unit))
    }
    return frame.assign(**columns)


def _named(values: Sequence[int], unit: str, codebook: Codebook) -> dict[str, Code]:
    found = zip(codebook.of_unit(unit), values, strict=True)
    return {variable.name: variable.codes[n] for variable, n in found}


class Facts:
    """Rows of which cases are made, what they depend on, and what each case adds to them."""

    def __init__(self, codebook: Codebook, rows: Sequence[Row]) -> None:
        self.codebook, self.rows = codebook, tuple(rows)
        self._compiler = Compiler(codebook, self.rows)
        self._known: dict[int, tuple[Case, NDArray[np.int64]]] = {}

    @property
    def depends(self) -> list[frozenset[str]]:
        """For each row, the variables and units that it tests."""
        return self._compiler.depends

    def touched(self, free: Collection[str]) -> tuple[int, ...]:
        """Return the rows that depend on something free; a free unit frees its variables."""
        inside = {
            variable.name for unit in self.codebook.units if unit in free
            for variable in self.codebook.of_unit(unit)
        }  # fmt: skip
        return self._compiler.touched({*free, *inside})

    def sums(self, cases: Sequence[Case]) -> NDArray[np.int64]:
        """Return what some cases add to every row."""
        found = np.zeros(len(self.rows), dtype=np.int64)
        for case in cases:
            found += self._adds(case)
        return found

    def _adds(self, case: Case) -> NDArray[np.int64]:
        kept = self._known.get(id(case))
        if kept is None or kept[0] is not case:
            rows, adds = self._compiler.adds(tuple(range(len(self.rows))))
            values = np.zeros(len(self.rows), dtype=np.int64)
            values[list(rows)] = adds(*case)
            if len(self._known) > _KEPT:
                self._known.clear()
            # The case is kept beside its numbers, so that its identity stays its own.
            self._known[id(case)] = kept = case, values
        return kept[1]


class Readings:
    """Statements of several readings, and what each case adds to the rows of these."""

    def __init__(self, codebook: Codebook, statements: Sequence[Alternatives]) -> None:
        self.statements = tuple(statements)
        rows = dict.fromkeys(row for item in statements for row in item.rows)
        self.facts = Facts(codebook, list(rows))

    def touched(
        self, free: Collection[str], rest: Sequence[Case]
    ) -> Iterator[Alternatives]:  # fmt: skip
        """Yield the statements that depend on something free, less what other cases add."""
        outside = dict(zip(self.facts.rows, self.facts.sums(rest), strict=True))
        wanted = {self.facts.rows[n] for n in self.facts.touched(free)}
        for item in self.statements:
            if wanted & set(item.rows):
                each = (
                    (name, tuple(_less(row, int(outside[row])) for row in rows))
                    for name, rows in item.readings
                )
                yield Alternatives(item.id, tuple(each))


def _less(row: Row, fixed: int) -> Row:
    """Return a row less what is fixed of its sum."""
    low, high = (None if end is None else end - fixed for end in (row.low, row.high))
    return replace(row, low=low, high=high)


class Near:
    """The model of the datasets that differ from one in what is free, and meet all rows.

    Parameters
    ----------
    facts : Facts
        They hold of the dataset.
    cases : sequence of Case
        The dataset.
    free : collection of str
        Variables, and units whose members are free in number and in everything.
    at : sequence of int
        The places of the cases in which they are free.
    goals : Facts
        Further rows that will be asked for, without limits.
    readings : Readings
        Statements of which at least one reading holds, of the dataset as well.
    """

    def __init__(
        self, facts: Facts, cases: Sequence[Case], free: Collection[str], at: Sequence[int],
        goals: Facts, layout: Layout, readings: Readings,
    ) -> None:  # fmt: skip
        self.codebook, self.cases, self.layout = facts.codebook, list(cases), layout
        self.root = self.codebook.root.name
        self.units = [unit for unit in self.codebook.units if unit != self.root]
        self.free, self.at = frozenset(free), list(at)
        # Members of many types for each case are too many where what they depend on is free too.
        self._both = any(name in self.codebook.variables for name in self.free)
        kept = set(self.at)
        self._rest = [case for n, case in enumerate(cases) if n not in kept]
        rows = list(self._shifted(facts))
        statements = list(readings.touched(self.free, self._rest))
        bare = [replace(row, low=None, high=None) for s in statements for row in s.rows]
        given = [self._given(self.root, cases[n][0]) for n in self.at]
        self.slots = Slots(
            self.codebook, [*rows, *bare, *goals.rows], given, self._most(), layout.each,
            [self._settled(cases[n]) for n in self.at],
            [] if self._both else [unit for unit in self.units if unit not in layout.each],
        )  # fmt: skip
        self._outside = goals.sums(self._rest)
        self._goals = goals
        impose(self.slots.model, self.slots.count, choices(statements, self._span))

    def _span(self, row: Row) -> tuple[int | None, int | None]:
        return self.slots.span(
            total((weight, self.slots.count(tally)) for weight, tally in row.terms)
        )

    def _shifted(self, facts: Facts) -> Iterator[Row]:
        """Yield the rows that are touched, less what the cases that stay add to them."""
        outside = facts.sums(self._rest)
        return (_less(facts.rows[n], int(outside[n])) for n in facts.touched(self.free))

    def _most(self) -> Mapping[str, int]:
        """Return how many slots for members a case has: hardly more than it needs, if one each."""
        most = self.layout.limits(self.codebook)
        if not self._both:
            return most
        there = {
            unit: max((len(case[1][n]) for case in self.cases), default=0) + 1
            for n, unit in enumerate(self.units)
        }
        return {unit: min(n, most[unit]) for unit, n in there.items()}

    def _given(self, unit: str, values: Sequence[int]) -> Given:
        found = zip(self.codebook.of_unit(unit), values, strict=True)
        return {v.name: frozenset({v.codes[n]}) for v, n in found if v.name not in self.free}

    def _settled(self, case: Case) -> Members:
        found = zip(self.units, case[1], strict=True)
        return {
            unit: [self._given(unit, row) for row in rows]
            for unit, rows in found if unit not in self.free
        }  # fmt: skip

    def goal(self, number: int) -> Expression:
        """Return one of the further rows as an expression, with what the other cases add."""
        row, fixed = self._goals.rows[number], int(self._outside[number])
        found: Expression = {CONSTANT: fixed}
        for weight, tally in row.terms:
            for column, value in self._count(tally).items():
                found[column] = found.get(column, 0) + weight * value
        return found

    def _count(self, tally: Tally) -> Expression:
        return self.slots.count(tally)

    # -- solutions --------------------------------------------------------------------------------

    @cached_property
    def solver(self) -> Highs:
        """The model in HiGHS, whole numbers."""
        return Highs(self.slots.model, whole=True)

    def solve(self, sought: Expression, maximise: bool, work: float) -> Answer:
        """Bring an expression as near to an end as can be, from the dataset itself.

        Parameters
        ----------
        work : float
            Deterministic time of CP-SAT; HiGHS visits so many nodes more.
        """
        if len(self.slots.model.lower) > _LARGE:
            hint = self.start()
            return cp_sat(
                self.slots.model, sought, maximise=maximise, work=work, hint=hint, brief=True
            )
        self.solver.begin(self.start())
        return self.solver.solve(sought, maximise=maximise, nodes=int(_NODES * work))

    def start(self) -> dict[int, int]:
        """Return the columns of the dataset itself: those of codes, and of members there."""
        found: dict[int, int] = {}
        for n, slot in zip(self.at, self.slots.cases, strict=True):
            for place, rows in self._pairs(slot, self.cases[n]):
                if CONSTANT not in place.present:
                    found[next(iter(place.present))] = len(rows)
                codes = _named(rows[0], place.unit, self.codebook) if rows else {}
                for name, columns in place.columns.items():
                    for group, column in columns:
                        if column not in (ONE, place.present):
                            found[next(iter(column))] = int(bool(codes) and codes[name] in group)
        return found

    def _pairs(self, slot: Slot, case: Case) -> Iterator[tuple[Slot, list[list[int]]]]:
        """Yield slots with the units that the dataset has there."""
        yield slot, [case[0]]
        for unit, rows in zip(self.units, case[1], strict=True):
            left = list(rows)
            for place in slot.members[unit]:
                here = [row for row in left if self._fits(place, row)][: place.most]
                for row in here:
                    left.remove(row)
                yield place, here

    def _fits(self, slot: Slot, row: Sequence[int]) -> bool:
        codes = _named(row, slot.unit, self.codebook)
        return all(codes[n] in known for n, known in slot.given.items() if n in codes)

    def read(self, values: list[int]) -> list[Case]:
        """Return the dataset that a solution stands for."""
        found = list(self.cases)
        for n, slot in zip(self.at, self.slots.cases, strict=True):
            own: list[int] = []
            members: list[list[list[int]]] = [[] for _ in self.units]
            for place, before in self._pairs(slot, self.cases[n]):
                number = self.slots.model.value(place.present, values)
                fitting: list[list[int] | None] = [*before[:number]]
                fitting += [None] * (number - len(fitting))
                rows = [self._values(place, values, row) for row in fitting]
                if place is slot:
                    own = rows[0]
                else:
                    members[self.units.index(place.unit)] += rows
            found[n] = own, members
        return found

    def _values(self, slot: Slot, values: list[int], before: list[int] | None) -> list[int]:
        """Return a code of each class that the solution has: as before, or else a usual one."""
        found = []
        for n, variable in enumerate(self.codebook.of_unit(slot.unit)):
            group = next(
                group for group, column in slot.columns[variable.name]
                if self.slots.model.value(column, values)
            )  # fmt: skip
            if before is not None and variable.codes[before[n]] in group:
                found.append(before[n])
            else:
                low, high = self.layout.usual.get(variable.name, (None, None))
                inside = [k for k, code in enumerate(variable.codes) if code in group]
                usual = [k for k in inside if is_usual(variable.codes[k], low, high)]
                found.append((usual or inside)[0])
        return found
