"""A model seen from one solution: how far each column, and each sum, goes up and down.

In this *deviation form* a small change is a solution with few columns that are not nought, and what
a change costs is linear.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tally.solve.model import Expression, Model, total
from tally.solve.solvers import Highs

Values: TypeAlias = NDArray[np.int64]

# A cell, and a count, is moved by so many units at most: small changes are looked for.
_STEP = 4
# Weight of a moved unit of a cell: with none nearly all vertices are fractional.
_CELL = 1
_NODES = 200
# Whole data are good enough if none cost less by more than this share.
_GAP = 0.2


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


class Added:
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


class Limits:
    """What data have to keep: the model's rows, and the limits of columns and sums."""

    def __init__(
        self, model: Model, counts: Sequence[Expression], sums: Sequence[Sum]
    ) -> None:  # fmt: skip
        rows = [dict(zip(row.columns, row.weights, strict=True)) for row in model.rows]
        limits = [(row.low, row.high) for row in model.rows]
        self._upper = np.array(model.upper)
        self._added = Added([*rows, *counts])
        limits += [(item.low, item.high) for item in sums]
        self._low = np.array([-np.inf if low is None else low for low, _ in limits])
        self._high = np.array([np.inf if high is None else high for _, high in limits])

    def met(self, point: Values) -> bool:
        """Say whether data keep every limit."""
        if (point < 0).any() or (point > self._upper).any():
            return False
        values = self._added.at(point)
        return bool((values >= self._low).all() and (values <= self._high).all())


class Moves:
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
