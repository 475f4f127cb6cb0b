"""Which counts are held back, so that no small one can be worked out from the others.

Cell suppression with a width (Fischetti and Salazar, Management Science 47, 2001), over all that is
published at once. A count from 1 to `limit` - 1 is *small*. It is safe if there are other datasets
in which every published number is the same, every count that is held back is at least 1, and which
together with the true one give it at least `width` values. So a plan carries its proof: those
datasets, each counted by pandas (`Protected.check`). No solver has to be believed.

They are looked for in the model of `junction_tree`, by `least_changes`. Each changes some counts,
which are held back too: those that cost least. In the end a count is shown if, and only if, all
datasets agree on it.

What was published before of the same cases, or of some of them, is part of it (`Earlier`): it stays
as it is, and what follows of the other cases by subtraction is held back as well.

What this does not hold off: a reader who knows some of the cases, or who reasons from how the plan
was made; and zeros, which are shown unless asked otherwise, and may say that all of a small group
are alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from tally import evaluate
from tally.codebook import Codebook
from tally.dataset import Dataset
from tally.errors import BuildError
from tally.expression import TRUE, Aggregate, Condition, Not, Quantity, Tally
from tally.normal_form import aligned, normal_tally, spelling
from tally.rounding import half_up, parse_printed
from tally.solve.constraint import Constraint, Row
from tally.solve.deviation import Sum, Values
from tally.solve.junction_tree import JunctionTree, summed
from tally.solve.least_changes import LeastChanges
from tally.solve.linear import rows as rows_of
from tally.solve.partition import scope
from tally.solve.solvers import Highs

LIMIT, WIDTH = 5, 3
# A shown total is worth thirty cells of a two-way table, a count by one variable three.
_WORTH = (30, 3, 1)


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
    parts = [normal_tally(item, codebook) for item in (above, below) if item is not None]
    if aggregate.value is None:
        return tuple(Statistic(item) for item in parts)
    return (Statistic(*parts), Statistic(parts[1]))


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


@dataclass(frozen=True)
class Earlier:
    """What an earlier publication tells of the same cases, or of some of them.

    Parameters
    ----------
    among : Condition
        Which of the cases it is about.
    shown, held, withheld : tuple of Statistic
        What it shows, what it marks as at least 1, and of what it tells nothing though it was
        asked for: each of all its cases.
    """

    among: Condition
    shown: tuple[Statistic, ...]
    held: tuple[Statistic, ...]
    withheld: tuple[Statistic, ...] = ()

    def of(self, item: Statistic, codebook: Codebook) -> Statistic:
        """Return the statistic of these cases that one of all its cases is."""
        return _within(item, self.among, codebook)

    def parts(self, item: Statistic, codebook: Codebook) -> tuple[Statistic, ...]:
        """Return what a count comes to in its cases and in the others."""
        if self.among == TRUE or item.base is not None:
            return ()
        return tuple(_within(item, part, codebook) for part in (self.among, Not(self.among)))


def _within(item: Statistic, condition: Condition, codebook: Codebook) -> Statistic:
    base = None if item.base is None else normal_tally(item.base, codebook, condition)
    return Statistic(normal_tally(item.tally, codebook, condition), base)


@dataclass(frozen=True, eq=False)
class Protected:
    """A plan: what is shown, and the datasets that prove that nothing else can be worked out.

    Parameters
    ----------
    dataset : Dataset
        The true one.
    limit, width : int
    zeros : bool
        Whether counts of none are held back with the small ones.
    shown : frozenset of str
        Keys of the statistics that may be told. Everything else is held back.
    statistics : tuple of Statistic
        What would be published.
    held : tuple of Statistic
        What of it is held back.
    withheld : tuple of Statistic
        Those that could not be protected and are treated as if nobody had asked for them, with all
        that join the same variables: neither marks nor zeros tell anything of them.
    told : tuple of Statistic
        What earlier publications show.
    secret : tuple of Statistic
        What earlier publications hold back, and what follows by subtraction from them.
    others : tuple of Dataset
        Datasets that nobody who has all that is shown can tell from the true one.
    looks : mapping
        What would be shown of each statistic in all datasets, the true one first.
    """

    dataset: Dataset
    limit: int
    width: int
    zeros: bool
    shown: frozenset[str]
    statistics: tuple[Statistic, ...]
    held: tuple[Statistic, ...]
    withheld: tuple[Statistic, ...]
    told: tuple[Statistic, ...]
    secret: tuple[Statistic, ...]
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
    def asked(self) -> int:
        """How many counts and averages would be published if nothing were held back."""
        return len(self.statistics) + len(self.withheld)

    @property
    def narrowest(self) -> int:
        """The fewest values that a small count may have; the width asked for if there is none."""
        counts = (item for item in (*self.held, *self.secret) if item.base is None)
        small = (item for item in counts if self._small(item))
        return min((len(set(self.looks[item])) for item in small), default=self.width)

    def _small(self, item: Statistic) -> bool:
        value = int(self.looks[item][0])
        return value < self.limit and (value > 0 or (self.zeros and item in self.held))

    def check(self, rules: Iterable[Constraint] = ()) -> None:
        """See that the plan keeps what it promises, by counting its datasets.

        Raises
        ------
        BuildError
            If it does not.
        """
        wrong = []
        if self.narrowest < self.width:
            wrong.append("a small count has too few values")
        marked = (item for item in self.held if not item.base and not self.zeros)
        if any(int(value) < 1 for item in marked for value in self.looks[item]):
            wrong.append("a count that is held back is none")
        shown = (item for item in self.statistics if key(item, self.codebook) in self.shown)
        if any(len(set(self.looks[item])) > 1 for item in (*shown, *self.told)):
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
    zeros: bool = False, rules: Sequence[Constraint] = (), earlier: Sequence[Earlier] = (),
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
    zeros : bool
        Whether counts of none are held back as well, unless the coding frame allows no other.
    rules : sequence of Constraint
        What holds of every dataset by the coding frame, and so is known to every reader.
    earlier : sequence of Earlier
        What has been published of the same cases, or of some of them.

    Returns
    -------
    Protected
        Checked.

    Notes
    -----
    What cannot be protected is withheld with all that joins the same variables; in the end, where
    it follows from what was published before, with all that joins any of them.
    """
    codebook = dataset.codebook
    asked = sorted(of(quantities, codebook), key=lambda item: key(item, codebook))
    frame = [row for rule in rules for row in rows_of(rule, codebook, {})]
    withheld: list[Statistic] = []
    found: tuple[Dataset, ...] = ()
    before = _Before(dataset.codebook, earlier)
    if earlier:
        alone = _Plan(dataset, (), before, frame, (limit, width, zeros))
        alone.search(())
        before = _Before(dataset.codebook, earlier, frozenset(alone.impossible))
    while True:
        plan = _Plan(dataset, asked, before, frame, (limit, width, zeros))
        plan.search(found)
        if not plan.impossible:
            protected = plan.protected(tuple(withheld))
            protected.check(rules)
            return protected
        found = plan.others()
        lost = _lost(plan.impossible, asked)
        withheld += [item for item in asked if item in lost]
        asked = [item for item in asked if item not in lost]


def of(quantities: Iterable[Quantity], codebook: Codebook) -> dict[Statistic, None]:
    """Return what quantities give away, of those that can be protected at all."""
    return dict.fromkeys(
        item
        for quantity in quantities
        if all(publishable(aggregate, codebook) for _, aggregate in quantity.terms)
        for _, aggregate in quantity.terms
        for item in statistics(aggregate, codebook)
    )


def _lost(impossible: Sequence[Statistic], asked: Sequence[Statistic]) -> set[Statistic]:
    """Return what has to be withheld since some counts cannot be protected beside it."""
    scopes = {scope(item.tally.where) for item in impossible}
    alike = {item for item in asked if scope(item.tally.where) in scopes}
    if alike:
        return alike
    joined = frozenset[object]().union(*scopes)
    return {item for item in asked if scope(item.tally.where) & joined} or set(asked)


@dataclass(frozen=True)
class _Before:
    """What earlier publications tell of these cases.

    Parameters
    ----------
    gone : frozenset of Statistic
        What they have given away already, whatever is published now.
    """

    codebook: Codebook
    earlier: Sequence[Earlier]
    gone: frozenset[Statistic] = frozenset()

    def _each(self, name: str) -> dict[Statistic, None]:
        parts = ((one, item) for one in self.earlier for item in getattr(one, name))
        return dict.fromkeys(one.of(item, self.codebook) for one, item in parts)

    @cached_property
    def told(self) -> dict[Statistic, None]:
        """What they show."""
        return self._each("shown")

    @cached_property
    def marked(self) -> dict[Statistic, None]:
        """What they mark as at least 1."""
        return self._each("held")

    def secret(self, asked: Sequence[Statistic]) -> dict[Statistic, None]:
        """Return what they do not tell: themselves, or by subtraction from what is asked for."""
        parts = (
            part
            for one in self.earlier
            for item in asked
            for part in one.parts(item, self.codebook)
        )
        every = dict.fromkeys((*self.marked, *self._each("withheld"), *parts))
        return {item: None for item in every if item not in self.told and item not in self.gone}


class _Plan:
    """The statistics of a plan, and the search for datasets among which they are lost."""

    def __init__(
        self, dataset: Dataset, asked: Sequence[Statistic], before: _Before, frame: Sequence[Row],
        settings: tuple[int, int, bool],
    ) -> None:  # fmt: skip
        self.dataset, self.asked, self.settings = dataset, asked, settings
        self.told, self.marked, self.secret = before.told, before.marked, before.secret(asked)
        self.every = tuple(dict.fromkeys((*asked, *self.told, *self.secret)))
        tallies = [part for item in self.every for part in (item.tally, item.base) if part]
        self.tree = JunctionTree(dataset.codebook, frame, tallies, _members(dataset))
        self._merge()
        truth = self.tree.point(dataset)
        self._search = LeastChanges(
            self.tree.model, truth, self.tree.near(truth), self._sums(truth), settings[1]
        )  # fmt: skip

    def _merge(self) -> None:
        """Give each statistic a place; those that count the same cells share one."""
        places: dict[tuple[frozenset[tuple[int, int]], bool], list[Statistic]] = {}
        for item in self.every:
            counted = frozenset(self.tree.count(item.tally).items())
            places.setdefault((counted, item.base is not None), []).append(item)
        self.places = list(places.values())
        self.place = {item: n for n, items in enumerate(self.places) for item in items}

    def _sums(self, truth: Values) -> list[Sum]:
        return [self._sum(items, truth) for items in self.places]

    def _sum(self, items: Sequence[Statistic], truth: Values) -> Sum:
        """Return how the search sees statistics that count the same."""
        limit, _, zeros = self.settings
        first, counted = items[0], self.tree.count(items[0].tally)
        value = sum(weight * int(truth[column]) for column, weight in counted.items())
        told = any(item in self.told for item in items)
        asked = [item for item in items if item in self._asked]
        unseen = self._unseen(first, value)
        if first.base is not None:
            low, high = (value - unseen[0], value + unseen[1]) if told else (None, None)
            return Sum(counted, value, low, high, unseen, _worth(asked), wanted=False)
        free = zeros and bool(asked) and (value > 0 or self._may_count(counted))
        marked = bool(asked) or any(item in self.marked for item in items)
        low, high = int(marked and not free), None
        if told or (asked and not value and not free):
            low, high = value, value
        wanted = not told and int(not free) <= value < limit
        worth = 0 if wanted or told else _worth(asked)
        return Sum(counted, value, low, high, unseen, worth, wanted)

    @cached_property
    def _asked(self) -> frozenset[Statistic]:
        return frozenset(self.asked)

    @cached_property
    def _frame(self) -> Highs:
        return Highs(self.tree.model)

    def _may_count(self, counted: Mapping[int, int]) -> bool:
        """Whether the coding frame lets there be any of what a count of none counts."""
        with self._frame.extra(counted, 1, None):
            return self._frame.solve().feasible is not False

    def _unseen(self, item: Statistic, above: int) -> tuple[int, int]:
        """Return by how much a sum may fall and rise without another look of its mean."""
        below = evaluate.tally(item.base, self.dataset) if item.base else 0
        if not below:
            return 0, 0
        alike = parse_printed(half_up(Fraction(above, below), 1)).counts(below)
        return above - min(alike), max(alike) - above

    # -- the search ------------------------------------------------------------------------------

    def search(self, known: Sequence[Dataset]) -> None:
        """Look for datasets, setting out from those of another plan of the same data."""
        self._search.search(self.tree.point(dataset) for dataset in known)

    @property
    def impossible(self) -> list[Statistic]:
        """What cannot have so many values."""
        return [item for place in self._search.impossible for item in self.places[place]]

    def others(self) -> tuple[Dataset, ...]:
        """Return the datasets found."""
        return tuple(self.tree.dataset([int(v) for v in point]) for point in self._search.pool)

    def protected(self, withheld: tuple[Statistic, ...]) -> Protected:
        """Return the plan, its datasets counted: what they do not agree on is held back."""
        others, codebook = self.others(), self.dataset.codebook
        looks = {
            item: tuple(look(item, dataset) for dataset in (self.dataset, *others))
            for item in self.every
        }
        small = set(self._search.wanted)
        held = [i for i in self.asked if self.place[i] in small or len(set(looks[i])) > 1]
        lost = {key(item, codebook) for item in held}
        shown = {
            key(item, codebook) for item in self.asked
            if item.base is None or key(Statistic(item.base), codebook) not in lost
        } - lost  # fmt: skip
        return Protected(
            self.dataset, *self.settings, frozenset(shown), tuple(self.asked), tuple(held),
            withheld, tuple(self.told), tuple(self.secret), others, looks,
        )  # fmt: skip


def _worth(asked: Sequence[Statistic]) -> int:
    """Return what it costs to hold back what would be shown of one count."""
    joined = (len(scope(item.tally.where)) for item in asked)
    return max((_WORTH[min(number, len(_WORTH) - 1)] for number in joined), default=0)


def _members(dataset: Dataset) -> dict[str, int]:
    """Return how many members of each unit a case has at most."""
    root = dataset.codebook.root.name
    owners = {unit: dataset.views[unit].owner for unit in dataset.codebook.units if unit != root}
    return {unit: int(np.bincount(found).max(initial=0)) for unit, found in owners.items()}
