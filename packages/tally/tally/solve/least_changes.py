"""Other data near the true data, by which counts that are held back have several values.

Each is a least change, found by LP (`deviation`), in whole numbers only where the vertex is not
whole. A change that is found is also tried the other way, and twice: that holds back nothing more.
In the end all changes that fit together are made at once, for the data that are least like the true
ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from tally.solve.deviation import Added, Limits, Moves, Sum, Values
from tally.solve.model import Model

# Changes by one and by two are looked for whatever width is asked for: one of them may be whole.
_LEAST = 3
# What it costs to move a count that is shown by one, and one that is held back already.
_SHOWN, _HELD = 1000, 20
_NEAR = 1e-6
# What is tried of a change besides itself.
_MULTIPLES = (-1, 2, -2)


class LeastChanges:
    """The search for data in which the sums that need it have several values, as cheaply as may be.

    Parameters
    ----------
    model : Model
    truth : array of int
        The solution that stands for the true data.
    near : array of bool
        Columns among which changes are looked for first.
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
        self._added = Added([item.counted for item in sums])
        self._limits = Limits(model, [item.counted for item in sums], sums)
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
        for wide in (False, True):
            reach = _Reach(self, place, self._all if wide else self._few)
            yield (found := reach.scaled(steps))
            yield found | reach.whole([step for step in steps if step not in found])

    @cached_property
    def _few(self) -> Moves:
        """Changes among the cells near those of the true data: most that are wanted are."""
        return Moves(self._model, self.truth, self.sums, self._near, self.sizes)

    @cached_property
    def _all(self) -> Moves:
        every = np.full(len(self.truth), fill_value=True)
        return Moves(self._model, self.truth, self.sums, every, self.sizes)

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

    def __init__(self, search: LeastChanges, place: int, moves: Moves) -> None:
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
