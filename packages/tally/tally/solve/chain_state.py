"""A dataset on which every row is kept: cases as positions, totals, and changes that are tried.

`tally.solve.markov_chain` says which changes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from tally.codebook import Code, Codebook
from tally.dataset import Dataset, positions
from tally.errors import BuildError
from tally.solve.compiled import Case, Compiler, Fixed
from tally.solve.constraint import Row
from tally.solve.neighbourhood import framed


@dataclass
class State:
    """A dataset in which some rows hold, and stay true of it whatever is tried.

    Parameters
    ----------
    start : Dataset
        Must meet every row.
    rows : sequence of Row
    seed : int or str
    layout : mapping
        What stays (`strata`), what is swapped together (`bundles`), usual values (`usual`), and
        how many members a case may have (`most`, `each`).
    """

    start: Dataset
    rows: Sequence[Row]
    seed: int | str
    layout: Mapping[str, object]

    def __post_init__(self) -> None:
        self.codebook: Codebook = self.start.codebook
        self.compiler = Compiler(self.codebook, self.rows)
        self.first = tuple(self._cases())
        self._begun: tuple[int, ...] = ()
        self.restart(self.seed)
        self.low = [-(10**9) if row.low is None else row.low for row in self.rows]
        self.high = [10**9 if row.high is None else row.high for row in self.rows]
        self.fixed = [self._fixed(values) for values, _ in self.cases]
        self.totals = self._counted()
        self._begun = tuple(self.totals)

    def restart(self, seed: int | str) -> None:
        """Go back to where the walk starts, to take other steps from there."""
        self.draw = random.Random(seed)
        self.cases = [
            (list(values), [[list(row) for row in rows] for rows in members])
            for values, members in self.first
        ]
        self.totals = list(self._begun)

    def _counted(self) -> list[int]:
        """Add up every row over the cases, and check that it holds."""
        every = tuple(range(len(self.rows)))
        totals = [0] * len(self.rows)
        for n, case in enumerate(self.cases):
            rows, adds = self.compiler.adds(every, self.fixed[n])
            for row, value in zip(rows, adds(*case), strict=True):
                totals[row] += value
        wrong = [n for n in every if not self.low[n] <= totals[n] <= self.high[n]]
        if wrong:
            names = sorted({name for n in wrong for name in self.rows[n].claims})
            raise BuildError(f"The walk starts where claims do not hold: {', '.join(names)}.")
        return totals

    def _cases(self) -> Iterator[Case]:
        codebook, root = self.codebook, self.codebook.root
        tables = {
            unit: list(zip(*(
                positions(self.start.frames[unit][variable.name], variable).tolist()
                for variable in codebook.of_unit(unit)
            ), strict=True))
            for unit in codebook.units
        }  # fmt: skip
        owners = {unit: self.start.views[unit].owner.tolist() for unit in self.compiler.units}
        for n, values in enumerate(tables[root.name]):
            yield (
                list(values),
                [
                    [
                        list(row)
                        for row, owner in zip(tables[u], owners[u], strict=True)
                        if owner == n
                    ]
                    for u in self.compiler.units
                ],
            )

    def _fixed(self, values: Sequence[int]) -> Fixed:
        names = self.layout["strata"]
        assert isinstance(names, Sequence)
        codes = self.codebook.variables
        return tuple((n, codes[n].codes[values[self.compiler.place[n]]]) for n in names)

    def dataset(self) -> Dataset:
        """Return the dataset where the walk stands."""
        codebook, root = self.codebook, self.codebook.root
        tables: dict[str, list[dict[str, Code]]] = {name: [] for name in codebook.units}
        for number, (values, members) in enumerate(self.cases, 1):
            ids: dict[str, Code] = {root.id or "": f"S{number:03d}"}
            tables[root.name].append({**ids, **self._codes(root.name, values)})
            for unit, rows in zip(self.compiler.units, members, strict=True):
                own = codebook.units[unit].id
                for place, row in enumerate(rows, 1):
                    named: dict[str, Code] = {own: f"S{number:03d}-{place}"} if own else {}
                    tables[unit].append({**named, **ids, **self._codes(unit, row)})
        # What was learnt is no number of the walk: it stays as it was.
        return replace(framed(codebook, tables, self.start.meta), learning=self.start.learning)

    def _codes(self, unit: str, values: Sequence[int]) -> dict[str, Code]:
        found = zip(self.codebook.of_unit(unit), values, strict=True)
        return {variable.name: variable.codes[n] for variable, n in found}

    def attempt(
        self, names: tuple[str, ...], at: Sequence[int], change: Callable[[], Callable[[], None]]
    ) -> bool:
        """Make a change of some variables of some cases; undo it if a row no longer holds."""
        rows = self._rows(names)
        found = [(*self.compiler.adds(rows, self.fixed[n]), self.cases[n]) for n in at]
        before = [adds(*case) for _, adds, case in found]
        undo = change()
        moved: dict[int, int] = {}
        for (kept, adds, case), old in zip(found, before, strict=True):
            new = adds(*case)
            if new != old:
                for row, x, y in zip(kept, old, new, strict=True):
                    if x != y:
                        moved[row] = moved.get(row, 0) + y - x
        totals = self.totals
        for row, step in moved.items():
            if not self.low[row] <= totals[row] + step <= self.high[row]:
                undo()
                return False
        for row, step in moved.items():
            totals[row] += step
        return True

    @cached_property
    def _known_rows(self) -> dict[tuple[str, ...], tuple[int, ...]]:
        return {}

    def _rows(self, names: tuple[str, ...]) -> tuple[int, ...]:
        key = tuple(sorted(set(names)))
        if key not in self._known_rows:
            self._known_rows[key] = self.compiler.touched(key)
        return self._known_rows[key]
