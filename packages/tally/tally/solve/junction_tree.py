"""The counted model in which every whole solution is a dataset: tables along a tree.

Variables that a condition joins are joined into cliques of a triangulated graph, with a table of
counts for each. Tables that agree on what they share then fit together, unit by unit, into whole
records (a *decomposable* model; Lauritzen 1996, chapter 2), and members are shared out among cases
of their kind. Of the model that bounds quantities (`tally.solve.marginal_model`) all solutions are
wanted, here only those that somebody's data could be: it is the same model on other tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations
from math import prod

import numpy as np
from numpy.typing import NDArray

from tally.codebook import Code, Codebook
from tally.dataset import Dataset
from tally.evaluate import mask
from tally.expression import TRUE, Condition, In
from tally.solve.compiled import Case
from tally.solve.constraint import Row, Tally
from tally.solve.marginal_model import Counted, spelt
from tally.solve.membership import Each, each
from tally.solve.neighbourhood import as_dataset
from tally.solve.partition import Classes, Name, Scope, Table, refine, scope, told_apart


def summed(where: Condition) -> bool:
    """Say whether a condition compares a sum that no few variables stand for."""
    return not all(isinstance(name, str) for name in scope(where))


class JunctionTree(Counted):
    """A counted model whose whole solutions are datasets.

    Parameters
    ----------
    codebook : Codebook
    rows : sequence of Row
        What holds of every dataset. What rows say of the number of members of a case is kept.
    counts : iterable of Tally
        What is counted; none may compare a sum of many parts (`summed`).
    members : mapping of str to int
        How many members of each unit a case has at most: some number must be set, so that there are
        none without a case.
    """

    def __init__(
        self, codebook: Codebook, rows: Sequence[Row], counts: Iterable[Tally],
        members: Mapping[str, int],
    ) -> None:  # fmt: skip
        self._most = members
        self._ties = [row for row in rows if any(summed(tally.where) for _, tally in row.terms)]
        plain = [row for row in rows if row not in self._ties]
        super().__init__(codebook, plain, counts)

    def _members(self, rows: Sequence[Row]) -> list[Each]:
        ends = (Each(unit, TRUE, most, False) for unit, most in self._most.items())
        return [*each(self._ties, self.codebook), *ends]

    # -- tables along a tree ---------------------------------------------------------------------

    @cached_property
    def _by(self) -> Mapping[str, Scope]:
        """For each unit of members, the variables of cases that its conditions test."""
        found = {}
        for unit in self.codebook.units:
            names = frozenset[Name]().union(*map(scope, self._tests[unit]))
            found[unit] = frozenset(n for n in names if self._unit(str(n)) != unit)
        return found

    @cached_property
    def _groups(self) -> Mapping[Name, Classes]:
        """The codes of each variable in groups that no condition of any unit tells apart."""
        every = [test for tests in self._tests.values() for test in tests]
        every += [item.condition for item in each(self._ties, self.codebook)]
        found: dict[Name, Classes] = {}
        for name in sorted(frozenset[Name]().union(*map(scope, every)), key=str):
            domain = self._domain(name)
            found[name] = (domain,)
            for test in every:
                for codes in told_apart(test, name, domain):
                    found[name] = refine(found[name], codes)
        return found

    def _scopes(self, unit: str) -> list[Scope]:
        wanted = [scope(test) for test in self._tests[unit]]
        if unit == self.codebook.root.name:
            wanted += self._by.values()
        else:
            limited = [i for i in each(self._ties, self.codebook) if i.unit == unit]
            wanted += [self._by[unit] | scope(item.condition) for item in limited]
        sizes = {name: len(groups) for name, groups in self._groups.items()}
        return cliques(wanted, sizes) or [frozenset()]

    def _classes(
        self, names: Scope, own: Sequence[Condition], unit: str
    ) -> dict[str | Name, Classes]:
        return {name: self._groups[name] for name in sorted(names, key=str)}

    # -- from a dataset, and back ----------------------------------------------------------------

    def point(self, dataset: Dataset) -> NDArray[np.int64]:
        """Return the solution that stands for a dataset."""
        found = np.zeros(len(self.model.lower), dtype=np.int64)
        for unit, tables in self.tables.items():
            for table in tables:
                places = np.zeros(dataset.size(unit), dtype=np.int64)
                for name, groups in table.classes.items():
                    places = places * len(groups) + self._places(name, groups, dataset, unit)
                np.add.at(found, table.first + places, 1)
        return found

    def near(self, point: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return the cells that one unit comes to if one of its variables changes, or none does."""
        found = np.zeros(len(point), dtype=np.bool_)
        for table in (table for tables in self.tables.values() for table in tables):
            places = slice(table.first, table.first + len(table.cells))
            taken = (point[places] > 0).reshape([len(g) for g in table.classes.values()] or [1])
            for axis in range(taken.ndim):
                found[places] |= np.broadcast_to(
                    taken.any(axis=axis, keepdims=True), taken.shape
                ).ravel()  # fmt: skip
        return found

    @staticmethod
    def _places(name: Name, groups: Classes, dataset: Dataset, unit: str) -> NDArray[np.int64]:
        found = np.zeros(dataset.size(unit), dtype=np.int64)
        for place, codes in enumerate(groups):
            found[mask(In(str(name), frozenset(codes)), dataset, unit)] = place
        return found

    def dataset(self, values: Sequence[int]) -> Dataset:
        """Return a dataset that a whole solution stands for.

        Variables that nothing tests have their first code. Members are shared out evenly among the
        cases of their kind, so that each case has as many as `rows` demand.
        """
        root = self.codebook.root.name
        records = {unit: self._records(unit, values) for unit in self.codebook.units}
        units = [unit for unit in self.codebook.units if unit != root]
        cases: list[Case] = [
            (self._positions(root, record), [[] for _ in units]) for record in records[root]
        ]
        for n, unit in enumerate(units):
            for place, record in self._owned(unit, records[unit], records[root]):
                cases[place][1][n].append(self._positions(unit, record))
        return as_dataset(cases, self.codebook)

    def _positions(self, unit: str, record: Mapping[Name, Code]) -> list[int]:
        return [
            variable.codes.index(record[variable.name]) if variable.name in record else 0
            for variable in self.codebook.of_unit(unit)
        ]

    def _records(self, unit: str, values: Sequence[int]) -> list[dict[Name, Code]]:
        """Fit the tables of a unit together, each to those before it in the tree."""
        records: list[dict[Name, Code]] = []
        for n, table in enumerate(_along_tree(self.tables[unit])):
            cells = [
                cell for place, cell in enumerate(table.cells)
                for _ in range(values[table.first + place])
            ]  # fmt: skip
            if not n:
                records = [dict(cell) for cell in cells]
                continue
            shared = sorted(records[0].keys() & table.classes.keys(), key=str) if records else []
            records = [
                one | other for one, other in zip(
                    sorted(records, key=lambda record: _spelt(record, shared)),
                    sorted(cells, key=lambda record: _spelt(record, shared)), strict=True,
                )
            ]  # fmt: skip
        return records

    def _owned(
        self, unit: str, members: Sequence[dict[Name, Code]], cases: Sequence[dict[Name, Code]]
    ) -> Iterator[tuple[int, dict[Name, Code]]]:
        """Yield each member with the place of the case that it belongs to."""
        by = sorted(self._by[unit], key=str)
        kinds: dict[tuple[str, ...], list[int]] = {}
        for place, case in enumerate(cases):
            kinds.setdefault(_spelt(case, by), []).append(place)
        conditions = [item.condition for item in self._each if item.unit == unit]
        names = sorted(frozenset[Name]().union(*map(scope, conditions)), key=str)
        given: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
        for member in members:
            kind, own = _spelt(member, by), _spelt(member, names)
            number = given.get((kind, own), 0)
            given[kind, own] = number + 1
            yield kinds[kind][number % len(kinds[kind])], member


def _spelt(record: Mapping[Name, Code], names: Iterable[Name]) -> tuple[str, ...]:
    return tuple(repr(record[name]) for name in names)


def cliques(scopes: Iterable[Scope], sizes: Mapping[Name, int]) -> list[Scope]:
    """Return the cliques of a triangulation of the graph in which each scope is joined.

    Variables are taken out one by one, first those whose neighbours make the smallest table.
    """
    beside: dict[Name, set[Name]] = {}
    for names in scopes:
        for name in names:
            beside.setdefault(name, set()).update(names - {name})
    found: list[Scope] = []
    while beside:
        name = min(beside, key=lambda item: _cost(item, beside, sizes))
        clique = frozenset({name, *beside[name]})
        if not any(clique <= other for other in found):
            found.append(clique)
        for one, other in combinations(beside.pop(name), 2):
            beside[one].add(other)
            beside[other].add(one)
        for other in clique - {name}:
            beside[other].discard(name)
    return sorted(found, key=spelt)


def _cost(
    name: Name, beside: Mapping[Name, set[Name]], sizes: Mapping[Name, int]
) -> tuple[int, int, str]:
    around = beside[name]
    missing = sum(other not in beside[one] for one, other in combinations(around, 2))
    return prod(sizes[item] for item in around | {name}), missing, str(name)


def _along_tree(tables: Sequence[Table]) -> Iterator[Table]:
    """Yield the outermost tables so that what each shares with all before it, one of them has."""
    every = [frozenset(table.classes) for table in tables]
    left = [
        table for table, names in zip(tables, every, strict=True)
        if not any(names < other for other in every)
    ]  # fmt: skip
    done: list[Scope] = []
    while left:
        # Prim's way to a tree with the most shared variables, which has that property.
        table = max(
            left,
            key=lambda item: (
                max((len(frozenset(item.classes) & names) for names in done), default=0),
                -left.index(item),
            ),
        )
        left.remove(table)
        done.append(frozenset(table.classes))
        yield table
