"""Which counts are held back, so that no small one can be worked out from the others.

Cell suppression with a width (Fischetti and Salazar, Management Science 47, 2001), over all that is
published at once. A count from 1 to `limit` - 1 is *small*. It is safe if there are other datasets
in which every published number is the same, every count that is held back is at least 1, and which
together with the true one give it at least `width` values. So a plan carries its proof: those
datasets, each counted by pandas (`Protected.check`). No solver has to be believed.

They are looked for as the least changes of the true data, by LP in the model of `junction_tree`,
in whole numbers only where the vertex is not whole. Each changes some counts, which are held back
too: those that cost least. In the end a count is shown if, and only if, all datasets agree on it.

What this does not hold off: a reader who knows some of the cases, or who reasons from how the plan
was made; and zeros, which are shown, and may say that all of a small group are alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tally import evaluate
from tally.codebook import Codebook
from tally.dataset import Dataset
from tally.errors import BuildError
from tally.expression import Aggregate, Quantity, Tally
from tally.normal_form import aligned, normal, spelling
from tally.rounding import half_up, parse_printed
from tally.solve.constraint import Constraint, Row
from tally.solve.junction_tree import JunctionTree, summed
from tally.solve.linear import rows as rows_of
from tally.solve.model import Expression, Model, total
from tally.solve.partition import scope
from tally.solve.solvers import Highs

Values: TypeAlias = NDArray[np.int64]

LIMIT, WIDTH = 5, 3
# A cell, and a count, is moved by so many units at most: small changes are looked for.
_STEP = 4
# Weights of a moved unit of a cell; of a shown count; and of one that is held back already. With no
# weight on cells nearly all vertices are fractional.
_CELL, _SHOWN, _HELD = 1, 1000, 20
# A shown total is worth thirty cells of a two-way table, a count by one variable three.
_WORTH = (30, 3, 1)
_NODES = 200
# Whole data are good enough if none cost less by more than this share.
_GAP = 0.2
_NEAR = 1e-6


@dataclass(frozen=True)
class Statistic:
    """What is published or held back as one: a count, or a mean as it is shown.

    Parameters
    ----------
    tally : Tally
        What is counted or summed.
    base : Tally or None
        Of a mean, the number of values.
    """

    tally: Tally
    base: Tally | None = None


def statistics(aggregate: Aggregate, codebook: Codebook) -> tuple[Statistic, ...]:
    """Return what a statistic gives away: a percentage its count and its base, a mean its base.

    None of its parts is a least, greatest or median value, or a sum: those are of single cases.
    """
    above, below, _ = aggregate.ratio(codebook)
    parts = [_normal(item, codebook) for item in (above, below) if item is not None]
    if aggregate.value is None:
        return tuple(Statistic(item) for item in parts)
    return (Statistic(*parts), Statistic(parts[1]))


def _normal(item: Tally, codebook: Codebook) -> Tally:
    return Tally(item.unit, normal(item.where, codebook), item.value)


def publishable(aggregate: Aggregate, codebook: Codebook) -> bool:
    """Say whether a statistic can be protected at all: counts, percentages, means of scores."""
    if aggregate.function not in ("count", "percent", "mean"):
        return False
    if aggregate.value is not None and (aggregate.value.numbers or aggregate.value.constant):
        return False
    return not any(summed(item.tally.where) for item in statistics(aggregate, codebook))


def key(item: Statistic, codebook: Codebook) -> str:
    """Return the text that statistics of one meaning share."""
    where = spelling(aligned(item.tally.where, codebook))
    return f"{item.tally.unit} [{where}]" + (f" {item.tally.value}" if item.tally.value else "")


def tells(shown: Collection[str], quantity: Quantity, codebook: Codebook) -> bool:
    """Say whether a quantity may be told: all that it gives away is among the keys shown."""
    return all(
        publishable(aggregate, codebook)
        and all(key(item, codebook) in shown for item in statistics(aggregate, codebook))
        for _, aggregate in quantity.terms
    )


@dataclass(frozen=True, eq=False)
class Protected:
    """A plan: what is shown, and the datasets that prove that nothing else can be worked out.

    Parameters
    ----------
    dataset : Dataset
        The true one.
    shown : frozenset of str
        Keys of the statistics that may be told. Everything else is held back.
    held : tuple of Statistic
        The counts that would be published and are held back.
    withheld : tuple of Statistic
        Those that could not be protected and are treated as if nobody had asked for them, with all
        that join the same variables: neither marks nor zeros tell anything of them.
    others : tuple of Dataset
        Datasets that nobody who has all that is shown can tell from the true one.
    looks : mapping
        What would be shown of each statistic in all datasets, the true one first.
    """

    dataset: Dataset
    limit: int
    width: int
    shown: frozenset[str]
    statistics: tuple[Statistic, ...]
    held: tuple[Statistic, ...]
    withheld: tuple[Statistic, ...]
    others: tuple[Dataset, ...]
    looks: Mapping[Statistic, tuple[str, ...]]

    @property
    def codebook(self) -> Codebook:
        """The coding frame."""
        return self.dataset.codebook

    def tells(self, quantity: Quantity) -> bool:
        """Say whether a quantity may be told."""
        return tells(self.shown, quantity, self.codebook)

    @property
    def widths(self) -> Mapping[Statistic, int]:
        """How many values each count that is held back may have."""
        return {item: len(set(self.looks[item])) for item in self.held if item.base is None}

    @property
    def narrowest(self) -> int:
        """The fewest values that a small count may have; the width asked for if there is none."""
        small = (item for item in self.widths if int(self.looks[item][0]) < self.limit)
        return min((self.widths[item] for item in small), default=self.width)

    def check(self, rules: Iterable[Constraint] = ()) -> None:
        """See, by counting each dataset, that the plan keeps what it promises.

        Raises
        ------
        BuildError
            If it does not.
        """
        wrong = []
        if self.narrowest < self.width:
            wrong.append("a small count has too few values")
        if any(int(value) < 1 for item in self.held for value in self.looks[item] if not item.base):
            wrong.append("a count that is held back is none")
        told = (item for item in self.statistics if key(item, self.codebook) in self.shown)
        if any(len(set(self.looks[item])) > 1 for item in told):
            wrong.append("a number that is shown differs")
        if not all(_kept(rule, other) for rule in rules for other in self.others):
            wrong.append("a dataset breaks a rule of the coding frame")
        if wrong:
            raise BuildError(f"The plan of what is held back is not sound: {'; '.join(wrong)}.")


def look(item: Statistic, dataset: Dataset) -> str:
    """Return a statistic as it is shown: a count, or a mean with one decimal."""
    above = evaluate.tally(item.tally, dataset)
    below = 1 if item.base is None else evaluate.tally(item.base, dataset)
    return half_up(Fraction(above, below), int(item.base is not None)) if below else ""


def _kept(rule: Constraint, dataset: Dataset) -> bool:
    assert isinstance(rule.quantity, Quantity)
    found = evaluate.evaluate(rule.quantity, dataset)
    return (
        found is not None and (rule.low is None or found >= rule.low)
        and (rule.high is None or found <= rule.high)
    )  # fmt: skip


def protect(
    quantities: Iterable[Quantity], dataset: Dataset, *, limit: int = LIMIT, width: int = WIDTH,
    rules: Sequence[Constraint] = (),
) -> Protected:  # fmt: skip
    """Plan what is held back of quantities that are all published together.

    Parameters
    ----------
    quantities : iterable of Quantity
        All that is published anywhere: whatever is left out is never shown.
    dataset : Dataset
    limit : int
        Counts from 1 to less than this are held back.
    width : int
        How many values each of them may have for all that a reader knows.
    rules : sequence of Constraint
        What holds of every dataset by the coding frame, and so is known to every reader.

    Returns
    -------
    Protected
        Checked.
    """
    codebook = dataset.codebook
    wanted = dict.fromkeys(
        item
        for quantity in quantities
        if all(publishable(aggregate, codebook) for _, aggregate in quantity.terms)
        for _, aggregate in quantity.terms
        for item in statistics(aggregate, codebook)
    )
    asked = sorted(wanted, key=lambda item: key(item, codebook))
    frame = [row for rule in rules for row in rows_of(rule, codebook, {})]
    withheld: list[Statistic] = []
    while True:
        plan = _Plan(dataset, asked, frame, limit, width)
        if not plan.impossible:
            found = plan.protected(tuple(withheld))
            found.check(rules)
            return found
        lost = {scope(item.tally.where) for item in plan.impossible}
        withheld += [item for item in asked if scope(item.tally.where) in lost]
        asked = [item for item in asked if scope(item.tally.where) not in lost]


class _Plan:
    """The search for a plan: least changes of the true data that give small counts their width."""

    def __init__(
        self, dataset: Dataset, asked: Sequence[Statistic], frame: Sequence[Row], limit: int,
        width: int,
    ) -> None:  # fmt: skip
        self.dataset, self.asked, self.limit, self.width = dataset, asked, limit, width
        tallies = [part for item in asked for part in (item.tally, item.base) if part]
        self.tree = JunctionTree(dataset.codebook, frame, tallies, _members(dataset))
        self.truth = self.tree.point(dataset)
        self._merge()
        self.moves = _Moves(self.tree.model, self.truth, self.counts, self.free)
        self.pool: list[Values] = []
        self.impossible: list[Statistic] = []
        for place in sorted(self.small, key=lambda n: (self.values[n], n)):
            if not self._widen(place):
                self.impossible += [s for s in asked if self.place[s] == place]
        if not self.impossible:
            self._prune()

    def _merge(self) -> None:
        """Give each statistic a place; those that count the same cells share one."""
        places: dict[tuple[frozenset[tuple[int, int]], bool], int] = {}
        self.place: dict[Statistic, int] = {}
        self.counts: list[Expression] = []
        self.free: list[tuple[int, int]] = []
        worth: list[int] = []
        for item in self.asked:
            counted = self.tree.count(item.tally)
            same = frozenset(counted.items()), item.base is not None
            if same not in places:
                places[same] = len(self.counts)
                self.counts.append(counted)
                self.free.append(self._leeway(item))
                worth.append(0)
            place = self.place[item] = places[same]
            joined = len(scope(item.tally.where))
            worth[place] = max(worth[place], _WORTH[min(joined, len(_WORTH) - 1)])
        self.sums = _Sums(self.counts)
        self.values = [int(value) for value in self.sums.at(self.truth)]
        self.worth = worth
        means = {self.place[item] for item in self.asked if item.base is not None}
        self.small = {
            n for n, value in enumerate(self.values) if 0 < value < self.limit and n not in means
        }

    def _leeway(self, item: Statistic) -> tuple[int, int]:
        """Return by how much a sum may fall and rise without another look of its mean."""
        if item.base is None:
            return 0, 0
        above = evaluate.tally(item.tally, self.dataset)
        below = evaluate.tally(item.base, self.dataset)
        if not below:
            return 0, 0
        shown = parse_printed(half_up(Fraction(above, below), 1))
        alike = shown.counts(below)
        return above - min(alike), max(alike) - above

    # -- the search ------------------------------------------------------------------------------

    @cached_property
    def _had(self) -> list[set[int]]:
        return [{value} for value in self.values]

    @cached_property
    def _held(self) -> set[int]:
        return set(self.small)

    def _widen(self, place: int) -> bool:
        """Find datasets that give a count its width, as cheaply as can be."""
        value = self.values[place]
        ways = []
        for below in range(self.width):
            steps = [n for n in range(-below, self.width - below) if n]
            if value - below < 1:
                continue
            missing = [step for step in steps if value + step not in self._had[place]]
            if not missing:
                return True
            found = [self._moved(place, step) for step in missing]
            points = [point for point in found if point is not None]
            if len(points) == len(found):
                ways.append((self._price(points), below, points))
        if not ways:
            return False
        for point in min(ways, key=lambda way: way[:2])[2]:
            self._take(point)
        return True

    def _moved(self, place: int, step: int) -> Values | None:
        weights = [
            0 if n in self.small else worth * (_HELD if n in self._held else _SHOWN)
            for n, worth in enumerate(self.worth)
        ]
        return self.moves.least(place, step, weights)

    def _changed(self, point: Values) -> set[int]:
        moved = self.sums.at(point) - self.values
        down, up = np.array(self.free).T
        return {int(n) for n in np.flatnonzero((moved < -down) | (moved > up))}

    def _price(self, points: Iterable[Values]) -> int:
        lost = set[int]().union(*map(self._changed, points)) - self._held
        return sum(self.worth[n] for n in lost)

    def _take(self, point: Values) -> None:
        self.pool.append(point)
        self._held.update(self._changed(point))
        for had, value in zip(self._had, self.sums.at(point), strict=True):
            had.add(int(value))

    def _prune(self) -> None:
        """Leave out datasets that are not needed, first those that hold back most alone."""
        changed = [self._changed(point) for point in self.pool]
        values = [self.sums.at(point) for point in self.pool]
        kept = list(range(len(self.pool)))

        def alone(n: int) -> int:
            rest = set[int]().union(*(changed[other] for other in kept if other != n))
            return sum(self.worth[place] for place in changed[n] - rest - self.small)

        def needed(n: int) -> bool:
            rest = [values[other] for other in kept if other != n]
            return any(
                len({self.values[place], *(item[place] for item in rest)}) < self.width
                for place in self.small
            )

        while True:
            spare = [n for n in kept if not needed(n)]
            if not spare:
                break
            kept.remove(max(spare, key=lambda n: (alone(n), n)))
        self.pool = [self.pool[n] for n in kept]

    # -- the plan --------------------------------------------------------------------------------

    def protected(self, withheld: tuple[Statistic, ...]) -> Protected:
        """Return the plan, its datasets counted: what they do not agree on is held back."""
        others = tuple(self.tree.dataset([int(v) for v in point]) for point in self.pool)
        codebook = self.dataset.codebook
        every = [self._looks(dataset) for dataset in (self.dataset, *others)]
        looks = {item: tuple(found[item] for found in every) for item in self.asked}
        held = [
            item for item in self.asked
            if self.place[item] in self.small or len(set(looks[item])) > 1
        ]  # fmt: skip
        lost = {key(item, codebook) for item in held}
        shown = {
            key(item, codebook) for item in self.asked
            if item.base is None or key(Statistic(item.base), codebook) not in lost
        } - lost  # fmt: skip
        return Protected(
            self.dataset, self.limit, self.width, frozenset(shown), tuple(self.asked),
            tuple(held), withheld, others, looks,
        )  # fmt: skip

    def _looks(self, dataset: Dataset) -> dict[Statistic, str]:
        return {item: look(item, dataset) for item in self.asked}


def _members(dataset: Dataset) -> dict[str, int]:
    """Return how many members of each unit a case has at most."""
    root = dataset.codebook.root.name
    owners = {unit: dataset.views[unit].owner for unit in dataset.codebook.units if unit != root}
    return {unit: int(np.bincount(found).max(initial=0)) for unit, found in owners.items()}


class _Sums:
    """Weighted sums of columns, all evaluated at once."""

    def __init__(self, counts: Sequence[Expression]) -> None:
        self._number = len(counts)
        parts = [(n, *part) for n, counted in enumerate(counts) for part in counted.items()]
        self._at, self._columns, self._weights = np.array(parts, dtype=np.int64).reshape(-1, 3).T

    def at(self, point: Values) -> Values:
        """Return every sum at a solution."""
        found = np.zeros(self._number, dtype=np.int64)
        np.add.at(found, self._at, self._weights * point[self._columns])
        return found


class _Moves:
    """The model in deviation form: how far each cell, and each count, goes up and down."""

    def __init__(
        self, base: Model, truth: Values, counts: Sequence[Expression],
        free: Sequence[tuple[int, int]],
    ) -> None:  # fmt: skip
        self.truth, self.model = truth, Model()
        open_ = [upper > 0 for upper in base.upper]
        self.up = [self.model.column(_STEP if o else 0) for o in open_]
        self.down = [self.model.column(min(_STEP, int(value))) for value in truth]
        self.cells = len(self.model.lower)
        for row in base.rows:
            moved = dict(zip(row.columns, row.weights, strict=True))
            now = sum(int(truth[c]) * w for c, w in moved.items())
            low, high = (None if end is None else end - now for end in (row.low, row.high))
            self.model.row(self._deviation(moved), low, high)
        self.ends = [
            self._count(counted, leeway) for counted, leeway in zip(counts, free, strict=True)
        ]
        self._solver = Highs(self.model)

    def _deviation(self, counted: Mapping[int, int]) -> Expression:
        return total(
            (weight, part)
            for column, weight in counted.items()
            for part in (self.up[column], {c: -w for c, w in self.down[column].items()})
        )  # fmt: skip

    def _count(self, counted: Expression, free: tuple[int, int]) -> tuple[int, int]:
        """Add columns for how far a count rises and falls beyond what nobody sees."""
        value = int(_Sums([counted]).at(self.truth)[0])
        is_sum = any(weight != 1 for weight in counted.values()) or any(free)
        most = 100 * _STEP if is_sum else _STEP
        rise, fall = most if value or is_sum else 0, most if is_sum else min(most, value - 1)
        (up,), (down,) = self.model.column(rise), self.model.column(max(0, fall))
        moved = total([(1, self._deviation(counted)), (-1, {up: 1}), (1, {down: 1})])
        self.model.row(moved, -free[0], free[1])
        return up, down

    def least(self, place: int, step: int, weights: Sequence[int]) -> Values | None:
        """Return the cheapest whole data in which a count is so much more; None if there are none.

        Parameters
        ----------
        weights : sequence of int
            What it costs to move each count by one.
        """
        goal: Expression = dict.fromkeys(range(self.cells), _CELL)
        for (up, down), weight in zip(self.ends, weights, strict=True):
            goal |= {up: weight, down: weight}
        up, down = self.ends[place]
        wanted = {up: 1, down: -1}
        with self._solver.extra(wanted, step, step):
            answer = self._solver.solve(goal)
        if answer.feasible is not True or answer.point is None:
            return None
        point = np.array(answer.point[: self.cells])
        if np.abs(point - np.rint(point)).max(initial=0) > _NEAR:
            return self._whole(goal, wanted, step)
        return self._moved(np.rint(point))

    def _whole(self, goal: Expression, wanted: Expression, step: int) -> Values | None:
        program = self.model.copy()
        program.row(wanted, step, step)
        answer = Highs(program, whole=range(self.cells), gap=_GAP).solve(goal, nodes=_NODES)
        return None if answer.values is None else self._moved(np.array(answer.values[: self.cells]))

    def _moved(self, point: NDArray[np.float64] | Values) -> Values:
        up = np.array([point[next(iter(column))] for column in self.up])
        down = np.array([point[next(iter(column))] for column in self.down])
        return self.truth + np.asarray(up - down, dtype=np.int64)
