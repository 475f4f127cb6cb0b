"""Other data near the true data, by which counts that are held back have several values.

Each is a least change, found by LP in deviation form (how far each cell goes up and down), in whole
numbers only where the vertex is not whole. A change that is found is also tried the other way, and
twice: that holds back nothing more. In the end all changes that fit together are made at once, for
the data that are least like the true ones.
"""

from __future__ import annotations

from collections import ChainMap, Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tally.solve.model import Expression, Model, total
from tally.solve.solvers import Highs

Values: TypeAlias = NDArray[np.int64]

# A cell, and a count, is moved by so many units at most: small changes are looked for.
_STEP = 4
# Changes by one and by two are looked for whatever width is asked for: one of them may be whole.
_LEAST = 3
# Weights of a moved unit of a cell; of a shown count; and of one that is held back already. With no
# weight on cells nearly all vertices are fractional.
_CELL, _SHOWN, _HELD = 1, 1000, 20
_NODES = 200
# Whole data are good enough if none cost less by more than this share.
_GAP = 0.2
_NEAR = 1e-6
# What is tried of a change besides itself.
_MULTIPLES = (-1, 2, -2)


@dataclass(frozen=True)
class Sum:
    """A count, or a sum that is averaged, as a weighted sum of the model's columns.

    Parameters
    ----------
    counted : dict of int to int
    value : int
        What it comes to in the true data.
    low, high : int or None
        Between what it has to stay; None if anything will do.
    unseen : tuple of int
        By how much it may fall and rise without another look.
    worth : int
        What it costs to hold it back; nothing if it is held back anyway or never shown.
    wanted : bool
        Whether it needs several values.
    """

    counted: Expression
    value: int
    low: int | None
    high: int | None
    unseen: tuple[int, int]
    worth: int
    wanted: bool


class LeastChanges:
    """The search for data in which the sums that need it have several values, as cheaply as may be.

    Parameters
    ----------
    model : Model
    truth : array of int
        The solution that stands for the true data.
    sums : sequence of Sum
    width : int
        How many values those that need several must have.

    Attributes
    ----------
    pool : list of array of int
        The data found.
    impossible : list of int
        The places of sums that cannot have so many values.
    """

    def __init__(
        self, model: Model, truth: Values, near: NDArray[np.bool_], sums: Sequence[Sum], width: int
    ) -> None:  # fmt: skip
        self.truth, self.sums, self.width = truth, sums, width
        # A small count cannot fall far: it must be possible to find all its values above.
        self.sizes = range(1, max(width, _LEAST))
        self._added = _Added([item.counted for item in sums])
        self._limits = _Limits(model, [item.counted for item in sums], sums)
        self._model, self._near = model, near
        self._values = np.array([item.value for item in sums], dtype=np.int64)
        unseen = np.array([item.unseen for item in sums], dtype=np.int64).reshape(-1, 2)
        self._down, self._up = unseen.T
        self.wanted = [n for n, item in enumerate(sums) if item.wanted]
        self._had = {n: {sums[n].value} for n in self.wanted}
        self._held = {n for n, item in enumerate(sums) if not item.worth}
        self.pool: list[Values] = []
        self.impossible: list[int] = []

    @property
    def steps(self) -> list[int]:
        """By how much a sum is moved to have other values."""
        return [sign * size for size in self.sizes for sign in (1, -1)]

    def search(self, known: Iterable[Values] = ()) -> None:
        """Fill the pool, setting out from data that are known to be possible."""
        for point in known:
            if self._limits.met(point):
                self._take(point)
        for place in sorted(self.wanted, key=lambda n: (self.sums[n].value, n)):
            if not self._widen(place):
                self.impossible.append(place)
        if not self.impossible:
            self._prune()
            self._join()

    # -- one sum ---------------------------------------------------------------------------------

    def _widen(self, place: int) -> bool:
        """Find data that give a sum its width, as cheaply as can be."""
        self._combine(place)
        missing = self.width - len(self._had[place])
        if missing <= 0:
            return True
        steps = [
            step for step in self.steps if self.sums[place].value + step not in self._had[place]
        ]
        for found in self._reached(place, steps):
            ways = list(combinations(found.items(), missing))
            if ways:
                for _, point in min(ways, key=self._price):
                    self._take(point)
                return True
        return False

    def _reached(self, place: int, steps: Sequence[int]) -> Iterator[dict[int, Values]]:
        """Yield data in which a sum is so much more, by step: first what is found soonest."""
        for moves in ("_few", "_all"):
            reach = _Reach(self, place, getattr(self, moves))
            yield (found := reach.scaled(steps))
            yield found | reach.whole([step for step in steps if step not in found])

    @cached_property
    def _few(self) -> _Moves:
        """Changes among the cells near those of the true data: most that are wanted are."""
        return _Moves(self._model, self.truth, self.sums, self._near, self.sizes)

    @cached_property
    def _all(self) -> _Moves:
        every = np.full(len(self.truth), fill_value=True)
        return _Moves(self._model, self.truth, self.sums, every, self.sizes)

    def _combine(self, place: int) -> None:
        """Try two changes at once of those that are known to change a sum."""
        value, had = self.sums[place].value, self._had[place]
        counted = (
            {
                point: int(self._added.at(self.pool[point])[place]) - value
                for point in range(len(self.pool))
            }
            if 1 < len(had) < self.width
            else {}
        )
        moved = [n for n, step in counted.items() if step]
        for one, other in combinations(moved, 2):
            if len(had) >= self.width:
                return
            if value + counted[one] + counted[other] in had:
                continue
            both = self.pool[one] + self.pool[other] - self.truth
            if self._limits.met(both) and self.changed(both) <= self._held:
                self._keep(both)

    def _price(self, way: Sequence[tuple[int, Values]]) -> tuple[int, list[int]]:
        lost = set[int]().union(*(self.changed(point) for _, point in way)) - self._held
        return sum(self.sums[n].worth for n in lost), sorted(abs(step) for step, _ in way)

    def weights(self) -> list[int]:
        """Return what it costs to move each sum by one."""
        return [
            item.worth * (_HELD if n in self._held else _SHOWN) for n, item in enumerate(self.sums)
        ]

    def possible(self, point: NDArray[np.float64]) -> Values | None:
        """Return data in whole numbers, if they are whole and keep every limit."""
        near = np.rint(point)
        if np.abs(point - near).max(initial=0) > _NEAR:
            return None
        found = near.astype(np.int64)
        return found if self._limits.met(found) else None

    def changed(self, point: Values) -> set[int]:
        """Return the sums of worth that look otherwise."""
        moved = self._added.at(point) - self._values
        return {int(n) for n in np.flatnonzero((moved < -self._down) | (moved > self._up))}

    # -- the pool --------------------------------------------------------------------------------

    def _take(self, point: Values) -> None:
        """Keep data, and what can be had from them without holding back more."""
        self._keep(point)
        for factor in _MULTIPLES:
            other = self.truth + factor * (point - self.truth)
            if self._limits.met(other) and self.changed(other) <= self._held and self._adds(other):
                self._keep(other)

    def _keep(self, point: Values) -> None:
        self.pool.append(point)
        self._held |= self.changed(point)
        values = self._added.at(point)
        for place, had in self._had.items():
            had.add(int(values[place]))

    def _adds(self, point: Values) -> bool:
        values = self._added.at(point)
        return any(
            len(had) < self.width and int(values[place]) not in had
            for place, had in self._had.items()
        )

    def _prune(self) -> None:
        """Leave out data that are not needed, first those that hold back most alone."""
        values = [self._added.at(point)[self.wanted] for point in self.pool]
        changed = [self.changed(point) for point in self.pool]
        seen = [Counter({self.sums[n].value: 1}) for n in self.wanted]
        for row in values:
            for place, value in enumerate(row):
                seen[place][int(value)] += 1
        losers = Counter(n for lost in changed for n in lost)
        kept = dict.fromkeys(range(len(self.pool)))

        def needed(n: int) -> bool:
            return any(
                len(seen[place]) <= self.width and seen[place][int(value)] == 1
                for place, value in enumerate(values[n])
            )

        def alone(n: int) -> int:
            return sum(self.sums[place].worth for place in changed[n] if losers[place] == 1)

        while spare := [n for n in kept if not needed(n)]:
            out = max(spare, key=lambda n: (alone(n), n))
            del kept[out]
            losers.subtract(changed[out])
            for place, value in enumerate(values[out]):
                seen[place][int(value)] -= 1
                seen[place] = +seen[place]
        self.pool = [self.pool[n] for n in kept]

    def _join(self) -> None:
        """Add the data in which as many of the changes as fit together are made at once."""
        held = {n for n, item in enumerate(self.sums) if not item.worth}
        held = held.union(*map(self.changed, self.pool))
        point, most = self.truth, 0
        for other in self.pool:
            both = point + other - self.truth
            moved = int(np.count_nonzero(self._added.at(both) - self._values))
            if moved > most and self._limits.met(both) and self.changed(both) <= held:
                point, most = both, moved
        if not any(np.array_equal(point, other) for other in (self.truth, *self.pool)):
            self.pool.append(point)


class _Reach:
    """What is found of one sum: changes by LP, their multiples, and changes in whole numbers."""

    def __init__(self, search: LeastChanges, place: int, moves: _Moves) -> None:
        self._search, self._place, self._moves = search, place, moves
        self._relaxed = self._least(search.steps, whole=False)

    def _least(
        self, steps: Sequence[int], *, whole: bool
    ) -> dict[int, NDArray[np.float64] | None]:  # fmt: skip
        return self._moves.least(self._place, steps, self._search.weights(), whole=whole)

    def scaled(self, steps: Iterable[int]) -> dict[int, Values]:
        """Return, by step, data that are whole as they are, or as a multiple of another change."""
        found = {}
        for step in steps:
            starts = dict.fromkeys((step // abs(step), -step // abs(step), step))
            points = (self._scaled(start, step // start) for start in starts)
            if (point := next((point for point in points if point is not None), None)) is not None:
                found[step] = point
        return found

    def whole(self, steps: Iterable[int]) -> dict[int, Values]:
        """Return, by step, data in whole numbers that are asked for as such, which takes longer."""
        possible = [step for step in steps if self._relaxed[step] is not None]
        moved = self._least(possible, whole=True)
        points = {n: None if p is None else self._search.possible(p) for n, p in moved.items()}
        return {step: point for step, point in points.items() if point is not None}

    def _scaled(self, start: int, factor: int) -> Values | None:
        point, truth = self._relaxed[start], self._search.truth
        return None if point is None else self._search.possible(truth + factor * (point - truth))


class _Added:
    """Weighted sums of columns, all evaluated at once."""

    def __init__(self, counts: Sequence[Mapping[int, int]]) -> None:
        self._number = len(counts)
        parts = [(n, *part) for n, counted in enumerate(counts) for part in counted.items()]
        self._at, self._columns, self._weights = np.array(parts, dtype=np.int64).reshape(-1, 3).T

    def at(self, point: Values) -> Values:
        """Return every sum at a solution."""
        return np.bincount(
            self._at, self._weights * point[self._columns], self._number
        ).astype(np.int64)  # fmt: skip


class _Limits:
    """What data have to keep: the model's rows, and the limits of columns and sums."""

    def __init__(
        self, model: Model, counts: Sequence[Expression], sums: Sequence[Sum]
    ) -> None:  # fmt: skip
        rows = [dict(zip(row.columns, row.weights, strict=True)) for row in model.rows]
        limits = [(row.low, row.high) for row in model.rows]
        self._upper = np.array(model.upper)
        self._added = _Added([*rows, *counts])
        limits += [(item.low, item.high) for item in sums]
        self._low = np.array([-np.inf if low is None else low for low, _ in limits])
        self._high = np.array([np.inf if high is None else high for _, high in limits])

    def met(self, point: Values) -> bool:
        """Say whether data keep every limit."""
        if (point < 0).any() or (point > self._upper).any():
            return False
        values = self._added.at(point)
        return bool((values >= self._low).all() and (values <= self._high).all())


class _Moves:
    """The model in deviation form: how far each cell, and each sum, goes up and down."""

    def __init__(
        self, base: Model, truth: Values, sums: Sequence[Sum], near: NDArray[np.bool_],
        sizes: Sequence[int],
    ) -> None:  # fmt: skip
        self.truth, self.sizes, self.model = truth, sizes, Model()
        open_ = np.flatnonzero(near & (np.array(base.upper) > 0))
        self.up = self._cells({int(cell): _STEP for cell in open_})
        self.down = self._cells(
            {int(cell): min(_STEP, int(truth[cell])) for cell in np.flatnonzero(truth)}
        )
        self.cells = len(self.model.lower)
        for row in base.rows:
            moved = dict(zip(row.columns, row.weights, strict=True))
            now = sum(int(truth[c]) * w for c, w in moved.items())
            low, high = (None if end is None else end - now for end in (row.low, row.high))
            if deviation := self._deviation(moved):
                self.model.row(deviation, low, high)
        self.ends = [self._add(item) for item in sums]

    # Changes by one, by two and so on are looked for side by side, each by a solver of its own.

    @cached_property
    def _relaxed(self) -> dict[int, Highs]:
        return {size: Highs(self.model) for size in self.sizes}

    @cached_property
    def _whole(self) -> dict[int, Highs]:
        return {size: Highs(self.model, whole=range(self.cells), gap=_GAP) for size in self.sizes}

    def _cells(self, most: Mapping[int, int]) -> dict[int, int]:
        """Add a column for each cell that can move, and no others: most cannot."""
        return {cell: next(iter(self.model.column(step))) for cell, step in most.items()}

    def _deviation(self, counted: Mapping[int, int]) -> Expression:
        return {
            columns[cell]: sign * weight
            for columns, sign in ((self.up, 1), (self.down, -1))
            for cell, weight in counted.items() if cell in columns
        }  # fmt: skip

    def _add(self, item: Sum) -> tuple[int, int]:
        """Add columns for how far a sum rises and falls beyond what nobody sees."""
        is_sum = any(weight != 1 for weight in item.counted.values()) or any(item.unseen)
        most = 100 * _STEP if is_sum else _STEP
        rise = most if item.high is None else min(most, item.high - item.value)
        fall = most if item.low is None else min(most, item.value - item.low)
        (up,), (down,) = self.model.column(max(0, rise)), self.model.column(max(0, fall))
        moved = total([(1, self._deviation(item.counted)), (-1, {up: 1}), (1, {down: 1})])
        self.model.row(moved, -item.unseen[0], item.unseen[1])
        return up, down

    def least(
        self, place: int, steps: Sequence[int], weights: Sequence[int], *, whole: bool
    ) -> dict[int, NDArray[np.float64] | None]:
        """Return, by step, the cheapest data in which a sum is so much more, or None.

        Parameters
        ----------
        weights : sequence of int
            What it costs to move each sum by one.
        whole : bool
            Whether whole numbers are asked for, which takes longer.
        """
        goal: Expression = dict.fromkeys(range(self.cells), _CELL)
        for (up, down), weight in zip(self.ends, weights, strict=True):
            goal |= {up: weight, down: weight}
        solvers = self._whole if whole else self._relaxed

        def of_size(size: int) -> dict[int, NDArray[np.float64] | None]:
            alike = (step for step in steps if abs(step) == size)
            return {step: self._least(solvers[size], place, step, goal) for step in alike}

        with ThreadPoolExecutor() as threads:
            found = ChainMap(*threads.map(of_size, solvers))
        return {step: found[step] for step in steps}

    def _least(
        self, solver: Highs, place: int, step: int, goal: Expression
    ) -> NDArray[np.float64] | None:  # fmt: skip
        wanted = dict(zip(self.ends[place], (max(step, 0), max(-step, 0)), strict=True))
        if any(value > self.model.upper[column] for column, value in wanted.items()):
            return None
        with solver.fixed(wanted):
            answer = solver.solve(goal, nodes=_NODES)
        if answer.feasible is not True or answer.point is None:
            return None
        return self._moved(np.array(answer.point))

    def _moved(self, point: NDArray[np.float64]) -> NDArray[np.float64]:
        found = self.truth.astype(np.float64)
        for columns, sign in ((self.up, 1), (self.down, -1)):
            found[list(columns)] += sign * point[list(columns.values())]
        return found
