"""Evaluate associations on a dataset: counts and values in, test results out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrlib.compare import associations, proportions, pvalue_bounds, trends, verdicts
from scrlib.compare.associations import Association, Bounds, Tested
from scrlib.compare.shares import greatest_effect, of_report
from tally import evaluate as quantities
from tally import language
from tally.dataset import Dataset
from tally.expression import Aggregate
from tally.rounding import half_up

OPEN = "The report does not print the counts that this test needs."


def associate_all(
    dataset: Dataset,
    items: Sequence[Association],
    focus: int | None = None,
    bounds: Mapping[str, Bounds] | None = None,
    held: Collection[str] = (),
) -> tuple[Tested, ...]:
    """Test every association on a dataset.

    Parameters
    ----------
    dataset : Dataset
        Observed: all are tested on its values. Synthetic: those alone whose counts print fixes.
    items : sequence of Association
    focus : int, optional
        The study year for which `focus` stands.
    bounds : mapping, optional
        For a synthetic dataset, by key, what print allows for the counts of shares and trends that
        it leaves open; p is then given as a range.
    held : collection of str
        Keys of the associations with a number that must not be shown.

    Returns
    -------
    tuple of Tested
        In the order given, p values adjusted over all that were tested.

    Raises
    ------
    InputError
        If a condition cannot be read.
    """
    known = bounds or {}
    return associations.adjusted(
        [
            _held(dataset, item, focus)
            if item.key in held
            else associate(dataset, item, focus, known.get(item.key))
            for item in items
        ]
    )


def associate(
    dataset: Dataset, item: Association, focus: int | None = None, bounds: Bounds | None = None
) -> Tested:
    """Test one association, unadjusted; see `associate_all`."""
    own = _own(dataset, item, focus)
    view = _View(dataset, item if own else replace(item, said=""), focus)
    return replace(_associate(view, own, bounds), own=own)


def _own(dataset: Dataset, item: Association, focus: int | None) -> bool:
    """Say whether what the report says of an association is about these cases."""
    return of_report(dataset) and (not item.focused or focus == dataset.studies[-1].study)


def _held(dataset: Dataset, item: Association, focus: int | None) -> Tested:
    own = _own(dataset, item, focus)
    said = item.said if own else ""
    return replace(associations.of(item, reason=verdicts.HELD_BACK), said=said, own=own)


def _associate(view: _View, own: bool, bounds: Bounds | None) -> Tested:
    dataset, item = view.dataset, view.item
    if dataset.synthetic and not of_report(dataset):
        return associations.of(item, reason=verdicts.INVENTED)
    printed = own and (item.printed or (bounds is not None and bounds.fixed))
    if dataset.synthetic and not printed:
        return _open(view, bounds)
    tests = {"shares": _shares, "split": _split, "trend": _trend, "table": _table, "means": _means}
    return tests[item.test](view)


class _View:
    """The conditions of one association as masks over the units of a dataset."""

    def __init__(self, dataset: Dataset, item: Association, focus: int | None) -> None:
        self.dataset, self.item, self.focus = dataset, item, focus
        self.base = self.mask(item.base)

    def mask(self, text: str) -> NDArray[np.bool_]:
        condition = language.parse_condition(
            text, self.dataset.codebook, self.item.unit, self.focus
        )
        return quantities.mask(condition, self.dataset, self.item.unit)

    def group(self, label: str, inside: NDArray[np.bool_]) -> associations.Group:
        base = self.base & inside
        return label, int((base & self.mask(self.item.where)).sum()), int(base.sum())

    def design_effect(self) -> float:
        """Return what is allowed for members of one case: 1 where cases are counted."""
        item, frame = self.item, self.dataset.codebook
        if frame.units[item.unit].of is None:
            return 1.0
        texts = (item.where, item.base)
        where, base = (language.parse_condition(t, frame, item.unit, self.focus) for t in texts)
        share = Aggregate("percent", item.unit, where, base=base)
        return greatest_effect(share, self.dataset)

    def pair(self) -> tuple[associations.Group, associations.Group]:
        first, second = self.item.first, self.item.second
        return self.group(first, self.mask(first)), self.group(second, self.mask(second))

    def studies(self) -> tuple[associations.Group, ...]:
        return tuple(
            self.group(item.label, self.mask(f"study == {item.study}"))
            for item in self.dataset.studies
        )


def _shares(view: _View) -> Tested:
    groups = view.pair()
    result = partial(associations.of, view.item, method=proportions.BOSCHLOO, groups=groups)
    if not groups[0][2] or not groups[1][2]:
        return result(pvalue=float("nan"))
    found = proportions.two_shares(*groups[0][1:], *groups[1][1:])
    return result(
        difference=found.difference, interval=(found.low, found.high), statistic=found.statistic,
        pvalue=found.pvalue,
    )  # fmt: skip


def _split(view: _View) -> Tested:
    counts = [
        int((view.base & view.mask(text)).sum()) for text in (view.item.first, view.item.second)
    ]
    total = sum(counts)
    groups = tuple(
        (text, count, total)
        for text, count in zip((view.item.first, view.item.second), counts, strict=True)
    )
    result = partial(associations.of, view.item, method=proportions.BINOMIAL, groups=groups)
    if not total:
        return result(pvalue=float("nan"))
    found = proportions.against_percent(counts[0], total, 50)
    # Two shares of one total: their difference is twice the distance of the first from half.
    return result(
        difference=2 * found.difference, interval=(2 * found.low, 2 * found.high),
        pvalue=found.pvalue,
    )  # fmt: skip


def _trend(view: _View) -> Tested:
    groups = view.studies()
    counts, bases = [group[1] for group in groups], [group[2] for group in groups]
    effect = view.design_effect()
    found = trends.trend(counts, bases, trends.study_dates(view.dataset.studies), effect)
    allowed = f"A design effect of {half_up(effect, 1)} is allowed for members of one case."
    return associations.of(
        view.item, method=found.method, groups=groups, statistic=found.statistic,
        pvalue=found.pvalue, caveats=(allowed,) if effect > 1 else (),
    )  # fmt: skip


def _table(view: _View) -> Tested:
    rows = [view.base & view.mask(text) for text in view.item.rows]
    texts = associations.columns(view.item, view.dataset.studies)
    columns = [view.mask(text) for text in texts]
    table = tuple(tuple(int((row & column).sum()) for column in columns) for row in rows)
    found = trends.independence(table)
    return associations.of(
        view.item, method=found.method, table=table, statistic=found.statistic, pvalue=found.pvalue
    )


def _means(view: _View) -> Tested:
    groups = [_values(view, text) for text in (view.item.first, view.item.second)]
    bound = view.dataset.synthetic and all(len(group) for group in groups)
    if bound:
        sides = [_side(view, group) for group in groups]
        found = pvalue_bounds.mean_bound(sides[0], sides[1])
        estimates = tuple(side[0] for side in sides)
        caveat: tuple[str, ...] = (
            "The report prints means without a spread: p is at the widest spread possible.",
        )
    else:
        found = trends.mean_difference(groups[0].tolist(), groups[1].tolist())
        estimates = tuple(float(group.mean()) for group in groups if len(group))
        caveat = ()
    return associations.of(
        view.item, method=found.method, estimates=estimates, difference=found.difference,
        interval=(found.low, found.high), pvalue=found.pvalue, caveats=caveat, at_most=bound,
    )  # fmt: skip


def _linear(view: _View) -> Any:
    return language.parse_value(view.item.value, view.dataset.codebook, view.item.unit, view.focus)


def _values(view: _View, text: str) -> NDArray[np.int64]:
    linear = _linear(view)
    inside = view.base & view.mask(text)
    inside &= quantities.known(linear, view.dataset, view.item.unit)
    return quantities.values(linear, view.dataset, view.item.unit)[inside]


def _side(view: _View, values: NDArray[np.int64]) -> tuple[float, int, float, float]:
    """Return what print gives of a group: mean to one decimal, size, and limits of the values."""
    mean = float(half_up(float(values.mean()), 1))
    if view.item.limits == "printed":
        return mean, len(values), float(values.min()), float(values.max())
    weights = [[weight for _, weight in part.weights] for part in _linear(view).weights]
    return mean, len(values), float(sum(map(min, weights))), float(sum(map(max, weights)))


def _open(view: _View, bounds: Bounds | None) -> Tested:
    """Return the range of p over the bounds, if there are any, and no test."""
    result = partial(associations.of, view.item, reason=OPEN)
    if bounds is None or view.item.test not in ("shares", "trend"):
        return result()
    low, high = (tuple(ends) for ends in zip(*bounds.counts, strict=True))
    if view.item.test == "shares":
        bases = [group[2] for group in view.pair()]
        sides = [(low[i], high[i], bases[i]) for i in (0, 1)]
        return result(method=proportions.BOSCHLOO, open_range=pvalue_bounds.pvalue_range(*sides))
    bases = [group[2] for group in view.studies()]
    dates = trends.study_dates(view.dataset.studies)
    span = pvalue_bounds.trend_range(low, high, bases, dates, bounds.total)
    return result(method=trends.TREND, open_range=span)
