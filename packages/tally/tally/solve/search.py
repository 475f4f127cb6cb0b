"""What a search for the end of a range frees.

Claims join variables. Those that the goal is about are freed with what hardly moves without them,
such as the parts of one sum; others are joined to them the sooner, the closer claims join them
(`tally.solve.large_neighbourhood` does the steps).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import permutations
from math import fsum

from tally.expression import compares
from tally.solve.claim_constraints import Stated
from tally.solve.compiled import Case
from tally.solve.constraint import Row
from tally.solve.microdata_model import Layout
from tally.solve.model import total
from tally.solve.neighbourhood import Facts, Near, Readings
from tally.solve.objective import Goal

_WEIGHT = 200
_HUBS, _NEARLY_ALONE = 4, 2
_MEMBERS, _MEMBERS_TOO, _CROSSED = 60, 600, 11


class Search:
    """Searches among the datasets that meet what is known.

    Parameters
    ----------
    known : Stated
    layout : Layout
    """

    def __init__(self, known: Stated, layout: Layout) -> None:
        self.known, self.layout = known, layout
        self.codebook = known.codebook
        self.facts = Facts(self.codebook, known.rows)
        self.readings = Readings(self.codebook, known.statements)
        self._names = [*self.codebook.variables, *self._units]
        self._near = self._coupling()
        self._tied, self._parts = self._ties(hard=True), self._ties(hard=False)

    @property
    def _units(self) -> list[str]:
        root = self.codebook.root.name
        return [unit for unit in self.codebook.units if unit != root]

    # -- what is freed together -------------------------------------------------------------------

    def _unit(self, name: str) -> str:
        return name if name in self.codebook.units else self.codebook.variables[name].unit

    def _coupling(self) -> Counter[tuple[str, str]]:
        """Count how closely claims join variables: one over their number, for each row."""
        found: Counter[tuple[str, str]] = Counter()
        for names in self.facts.depends:
            for pair in permutations(sorted(names), 2):
                found[pair] += 1 / len(names)  # type: ignore[assignment]
        return found

    def _ties(self, hard: bool) -> dict[str, set[str]]:
        """Return the variables that hardly move alone: parts of one sum, or joined by the frame."""
        found: dict[str, set[str]] = {}
        for row, depends in zip(self.facts.rows, self.facts.depends, strict=True):
            groups = list(_sums(row))
            if row.hard and hard:
                groups.append(set(depends) - set(self._units))
            for names in groups:
                for name in names:
                    found.setdefault(name, set()).update(names)
        return found

    def closure(self, names: Iterable[str]) -> frozenset[str]:
        """Return variables and units with all that must move with them."""
        found, left = set[str](), set(names)
        while left:
            name = left.pop()
            found.add(name)
            left |= self._tied.get(name, set()) - found
        return frozenset(found)

    def alone(self, wanted: Goal) -> list[frozenset[str]]:
        """Return sets of what a goal is about that can be freed by themselves: none if few do."""
        (about,) = Facts(self.codebook, [wanted.row]).depends
        root = self.codebook.root.name
        units = {self._unit(name) for name in about} - {root}
        if units:
            return [frozenset(units)]
        return [frozenset({name, *self._parts.get(name, ())}) for name in sorted(about)]

    def together(
        self, goals: Sequence[Goal], free: frozenset[str], start: Sequence[Case], nodes: int
    ) -> list[Case] | None:
        """Bring several goals near at once, each weighted by how far it is: a dataset, or none."""
        rows = Facts(self.codebook, [item.row for item in goals])
        values = rows.sums(start)
        near = self.near(start, free, range(len(start)), rows)
        parts = []
        for n, item in enumerate(goals):
            sought = near.goal(n)
            near.slots.model.row(sought, *item.limits)
            weight = max(1, _WEIGHT // max(1, abs(int(values[n]) - item.limit)))
            parts.append((weight if item.up else -weight, sought))
        near.solver.begin(near.start())
        answer = near.solver.solve(total(parts), maximise=True, nodes=nodes)
        return None if answer.values is None else near.read(answer.values)

    def levels(self, about: set[str]) -> list[frozenset[str]]:
        """Return what is freed in turn: members, each variable alone, then more and more."""
        root = self.codebook.root.name
        units = {self._unit(name) for name in about} - {root}
        own = [name for name in about if self._unit(name) == root]
        alone = [frozenset({name, *self._parts.get(name, ())}) for name in own]
        ordered = sorted(alone, key=lambda free: (len(self.facts.touched(free)), sorted(free)))
        found = [frozenset(units)] if units else []
        found += ordered
        found += [frozenset[str]().union(*ordered[: n + 1]) for n in range(1, len(ordered))]
        found.append(self.closure(about - set(self._units)))
        return [free for free in dict.fromkeys(found) if free]

    @cached_property
    def hubs(self) -> list[str]:
        """Return variables of cases that most claims test, of those that move nearly alone."""
        tests = Counter(name for names in self.facts.depends for name in names)
        root = self.codebook.root.name
        alone = [
            name for name in tests
            if self._unit(name) == root and len(self.closure({name})) <= _NEARLY_ALONE
        ]  # fmt: skip
        return sorted(alone, key=lambda name: (-tests[name], name))[:_HUBS]

    def with_hubs(self, free: frozenset[str]) -> frozenset[str]:
        """Return a set with all hubs."""
        return free | frozenset[str]().union(*(self.closure({name}) for name in self.hubs))

    def beside(self, free: frozenset[str]) -> list[frozenset[str]]:
        """Return a set with each thing more that claims join to it, closest and cheapest first."""
        near = {
            free | self.closure({name}): fsum(self._near[name, other] for other in free)
            for name in self._names if not {name, self._unit(name)} & free
        }  # fmt: skip
        found = [names for names, joined in near.items() if joined]
        return sorted(found, key=lambda names: (-near[names] / self.size(names), sorted(names)))

    def wider(self, free: frozenset[str], extra: int, draw: random.Random) -> frozenset[str]:
        """Free further variables, those most joined to the free ones most often."""
        for _ in range(extra):
            rest = [name for name in self._names if not {name, self._unit(name)} & free]
            if not rest:
                break
            weights = [fsum(self._near[name, other] for other in free) + 1e-6 for name in rest]
            free |= self.closure(draw.choices(rest, weights))
        return free

    def size(self, free: frozenset[str]) -> int:
        """Estimate how many columns a case needs."""
        total = sum(
            min(len(self.codebook.variables[name].codes), 12) for name in free
            if name in self.codebook.variables
        )  # fmt: skip
        units, others = free & set(self._units), free - set(self._units)
        total += (_MEMBERS_TOO if others else _MEMBERS) * len(units)
        own = {name for name in self._names if self._unit(name) in units}
        total += _CROSSED * sum(
            bool(names & own and names & others) for names in self.facts.depends
        )
        joined = [names & free for names in self.facts.depends]
        return 1 + total + sum(len(names) > 1 for names in set(joined)) * 8

    def near(
        self, cases: Sequence[Case], free: frozenset[str], at: Sequence[int], goals: Facts
    ) -> Near:
        """Return the model of the datasets that differ from one in some variables of some cases."""
        return Near(self.facts, cases, free, at, goals, self.layout, self.readings)

    def goals(self, wanted: Goal) -> Facts:
        """Return the rows of a goal: its sum, and its base if it has one."""
        return Facts(self.codebook, [replace(row, low=None, high=None) for row in wanted.rows])


def _sums(row: Row) -> Iterator[set[str]]:
    """Yield the variables of each sum in a row."""
    for _, tally in row.terms:
        linears = [item.linear for item in compares(tally.where)]
        if tally.value is not None:
            linears.append(tally.value)
        for linear in linears:
            yield {weights.variable for weights in linear.weights}
