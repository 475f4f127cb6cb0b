"""A random walk over datasets in which every claim holds.

A step changes a few values: it swaps some between two cases, moves a rating, redraws a value. It is
kept if every row still holds, and at least one reading of every statement. What a walk visits is no
probability distribution over what might be true.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

from tally.dataset import Dataset
from tally.errors import BuildError
from tally.solve.compiled import Compiler, Fixed
from tally.solve.constraint import Row
from tally.solve.microdata_model import Layout, is_usual
from tally.solve.neighbourhood import as_dataset, records
from tally.solve.readings import Alternatives


class Walk:
    """A walk from one dataset.

    Parameters
    ----------
    start : Dataset
        Must meet every row, and every statement in some reading.
    rows : sequence of Row
    seed : int or str
        The same seed takes the same steps.
    layout : Layout
        What stays, what is swapped together, usual values, and how many members a case may have.
    statements : sequence of Alternatives
        Of which at least one reading holds throughout.

    Raises
    ------
    BuildError
        If some row does not hold of the start.
    """

    def __init__(
        self, start: Dataset, rows: Sequence[Row], seed: int | str, layout: Layout,
        statements: Sequence[Alternatives] = (),
    ) -> None:  # fmt: skip
        self.start, self.seed, self.layout = start, seed, layout
        self.codebook = start.codebook
        self._plain = len(rows)
        self.rows = [*rows, *dict.fromkeys(row for item in statements for row in item.rows)]
        place = {row: n for n, row in enumerate(self.rows[self._plain :], self._plain)}
        self._readings = [
            [[place[row] for row in own] for _, own in item.readings] for item in statements
        ]
        self._concerns: dict[int, list[int]] = {}
        for n, readings in enumerate(self._readings):
            for row in {row for own in readings for row in own}:
                self._concerns.setdefault(row, []).append(n)
        self.compiler = Compiler(self.codebook, self.rows)
        self._known_rows: dict[tuple[str, ...], tuple[int, ...]] = {}
        self.low = [-(10**9) if row.low is None else row.low for row in self.rows]
        self.high = [10**9 if row.high is None else row.high for row in self.rows]
        self._most = layout.limits(self.codebook)
        self._first = records(start)
        self.restart(seed)
        self.fixed = [self._fixed(values) for values, _ in self.cases]
        self._begun = tuple(self._counted())
        self.totals = list(self._begun)

    def restart(self, seed: int | str) -> None:
        """Go back to where the walk starts, to take other steps from there."""
        self.draw = random.Random(seed)
        self.cases = [
            (list(values), [[list(row) for row in rows] for rows in members])
            for values, members in self._first
        ]
        self.totals = list(getattr(self, "_begun", ()))

    def _counted(self) -> list[int]:
        """Add up every row over the cases, and check that it holds."""
        every = tuple(range(len(self.rows)))
        totals = [0] * len(self.rows)
        for n, case in enumerate(self.cases):
            rows, adds = self.compiler.adds(every, self.fixed[n])
            for row, value in zip(rows, adds(*case), strict=True):
                totals[row] += value
        wrong = [
            n for n in range(self._plain) if not self.low[n] <= totals[n] <= self.high[n]
        ]  # fmt: skip
        unread = [n for n in range(len(self._readings)) if not self._met(n, totals, {})]
        if wrong or unread:
            wrong += [row for n in unread for own in self._readings[n] for row in own]
            names = sorted({name for n in wrong for name in self.rows[n].claims})
            raise BuildError(f"The walk starts where claims do not hold: {', '.join(names)}.")
        return totals

    def _met(self, statement: int, totals: Sequence[int], moved: dict[int, int]) -> bool:
        """Say whether at least one reading holds once some rows have moved."""
        return any(
            all(self.low[n] <= totals[n] + moved.get(n, 0) <= self.high[n] for n in own)
            for own in self._readings[statement]
        )

    def _fixed(self, values: Sequence[int]) -> Fixed:
        codes = self.codebook.variables
        return tuple(
            (n, codes[n].codes[values[self.compiler.place[n]]]) for n in self.layout.strata
        )

    def dataset(self) -> Dataset:
        """Return the dataset where the walk stands."""
        made = as_dataset(self.cases, self.codebook)
        # What was learnt is no number of the walk: it stays as it was.
        return replace(made, meta=self.start.meta, learning=self.start.learning)

    def walk(self, steps: int) -> int:
        """Take steps; return how many were kept."""
        moves = [self._swap, self._redraw]
        moves += [self._shift] if self.codebook.factors else []
        moves += [self._member] if self._own else []
        moves += [self._move] if self._movable else []
        moves += [self._swap]
        choose = self.draw.randrange
        return sum(moves[choose(len(moves))]() for _ in range(steps))

    @cached_property
    def _free(self) -> list[str]:
        names = self.codebook.of_unit(self.codebook.root.name)
        return [item.name for item in names if item.name not in self.layout.strata]

    @cached_property
    def _bundles(self) -> list[tuple[str, ...]]:
        named = (tuple(item) for item in self.layout.bundles)
        return [*((name,) for name in self._free), *named]

    @cached_property
    def _own(self) -> list[tuple[int, str, tuple[int, ...]]]:
        """Variables of members that can be redrawn: unit, name and positions to draw from."""
        usual, each = self.layout.usual, self.layout.each
        found = []
        for n, unit in enumerate(self.compiler.units):
            for variable in self.codebook.of_unit(unit):
                if variable.name != each.get(unit):
                    low, high = usual.get(variable.name, (None, None))
                    at = tuple(
                        k
                        for k, code in enumerate(variable.codes)
                        if code is None or is_usual(code, low, high)
                    )
                    found.append((n, variable.name, at))
        return found

    @cached_property
    def _movable(self) -> list[int]:
        """Units of which a case may have any number of members."""
        return [n for n, unit in enumerate(self.compiler.units) if unit not in self.layout.each]

    def _two(self) -> tuple[int, int]:
        a, b = self.draw.sample(range(len(self.cases)), 2)
        return a, b

    def _swap(self) -> bool:
        """Swap a bundle of variables, or all members of a unit, between two cases."""
        names = self.draw.choice(self._bundles)
        a, b = self._two()

        def exchange() -> None:
            (first, mine), (second, theirs) = self.cases[a], self.cases[b]
            for name in names:
                if name in self.compiler.units:
                    n = self.compiler.units.index(name)
                    mine[n], theirs[n] = theirs[n], mine[n]
                else:
                    n = self.compiler.place[name]
                    first[n], second[n] = second[n], first[n]

        def change() -> Callable[[], None]:
            exchange()
            return exchange

        return self.attempt(names, (a, b), change)

    def _set(self, targets: Sequence[tuple[list[int], int, int]]) -> Callable[[], None]:
        old = [(values, n, values[n]) for values, n, _ in targets]
        for values, n, value in targets:
            values[n] = value

        def undo() -> None:
            for values, n, value in reversed(old):
                values[n] = value

        return undo

    def _redraw(self) -> bool:
        """Draw one variable of a case anew."""
        name, a = self.draw.choice(self._free), self.draw.randrange(len(self.cases))
        value = self.draw.randrange(len(self.codebook.variables[name].codes))
        place = self.compiler.place[name]
        return self.attempt((name,), (a,), lambda: self._set([(self.cases[a][0], place, value)]))

    def _shift(self) -> bool:
        """Move a rating up in one place and another down elsewhere."""
        first, second = (self.draw.choice(self.codebook.factors) for _ in range(2))
        a, b = (
            self._two() if self.draw.random() < 0.5 else (self.draw.randrange(len(self.cases)),) * 2
        )
        targets = []
        for name, n, step in ((first, a, 1), (second, b, -1)):
            place, values = self.compiler.place[name], self.cases[n][0]
            value = values[place] + step
            if not 0 <= value < len(self.codebook.variables[name].codes):
                return False
            targets.append((values, place, value))
        if first == second and a == b:
            return False
        return self.attempt((first, second), sorted({a, b}), lambda: self._set(targets))

    def _member(self) -> bool:
        """Draw one variable of a member anew, or swap it with that of another case's member."""
        unit, name, allowed = self.draw.choice(self._own)
        a, b = self._two()
        mine, theirs = self.cases[a][1][unit], self.cases[b][1][unit]
        place = self.compiler.place[name]
        if not mine or not allowed:
            return False
        x = self.draw.choice(mine)
        if theirs and self.draw.random() < 0.5:
            y = self.draw.choice(theirs)
            targets = [(x, place, y[place]), (y, place, x[place])]
        else:
            targets, b = [(x, place, self.draw.choice(allowed))], a
        names = (name, self.compiler.units[unit])
        return self.attempt(names, sorted({a, b}), lambda: self._set(targets))

    def _move(self) -> bool:
        """Give a member to another case that may have one more."""
        unit = self.draw.choice(self._movable)
        name = self.compiler.units[unit]
        a, b = self._two()
        mine, theirs = self.cases[a][1][unit], self.cases[b][1][unit]
        if not mine or len(theirs) >= self._most[name]:
            return False
        place = self.draw.randrange(len(mine))

        def change() -> Callable[[], None]:
            theirs.append(mine.pop(place))
            return lambda: mine.insert(place, theirs.pop())

        return self.attempt((name, *(v.name for v in self.codebook.of_unit(name))), (a, b), change)

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
        if not self._allowed(moved):
            undo()
            return False
        for row, step in moved.items():
            totals[row] += step
        return True

    def _allowed(self, moved: dict[int, int]) -> bool:
        totals = self.totals
        concerned: set[int] = set()
        for row, step in moved.items():
            if row >= self._plain:
                concerned.update(self._concerns[row])
            elif not self.low[row] <= totals[row] + step <= self.high[row]:
                return False
        return all(self._met(n, totals, moved) for n in concerned)

    def _rows(self, names: tuple[str, ...]) -> tuple[int, ...]:
        key = tuple(sorted(set(names)))
        if key not in self._known_rows:
            self._known_rows[key] = self.compiler.touched(key)
        return self._known_rows[key]
