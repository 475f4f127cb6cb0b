"""Which share of a dataset a benchmark is set beside, and how far its units are independent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from scrlib.compare import clusters
from scrlib.compare.benchmarks import Benchmark
from scrlib.compare.clusters import Share
from scrlib.compare.pvalue_bounds import pvalue_range
from scrlib.report import coding_frame
from tally import evaluate as quantities
from tally import language
from tally.codebook import Codebook
from tally.dataset import Dataset
from tally.errors import Failure, InputError
from tally.expression import TRUE, Aggregate


def of_benchmarks(
    benchmarks: Sequence[Benchmark], frame: Codebook, focus: int | None = None
) -> Mapping[str, Aggregate]:
    """Parse the quantity of each benchmark that has one.

    Raises
    ------
    InputError
        For every quantity that cannot be read or is not one count or percentage.
    """
    found: dict[str, Aggregate] = {}
    failures: list[Failure] = []
    for item in benchmarks:
        if item.ours:
            try:
                found[item.key] = aggregate(item.ours, frame, focus)
            except InputError as error:
                place = f"benchmark {item.key}"
                failures += [replace(part, place=place, column="ours") for part in error.failures]
    if failures:
        raise InputError(failures)
    return found


def aggregate(text: str, frame: Codebook, focus: int | None = None) -> Aggregate:
    """Parse a share: one count or percentage.

    Raises
    ------
    InputError
        If the text cannot be read or is another quantity.
    """
    single = language.parse(text, frame, focus).single
    if single is None or single.function not in ("count", "percent"):
        raise InputError(Failure("Only one percentage or count can be compared.", value=text))
    return single


def observed(item: Aggregate, dataset: Dataset) -> Share:
    """Return a share as observed, with the design effect of its units' cases.

    Parameters
    ----------
    item : Aggregate
        A count (of all units) or a percentage.
    """
    count, base = quantities.ratio(item, dataset)
    if not base or dataset.codebook.units[item.unit].of is None:
        return Share(count, base)
    inside = quantities.mask(item.base or TRUE, dataset, item.unit)
    flags = quantities.mask(item.where, dataset, item.unit)[inside]
    owners = np.asarray(dataset.views[item.unit].owner)[inside]
    effect = clusters.design_effect(flags, owners)
    several = len(np.unique(owners)) > 1
    resampled = clusters.bootstrap_share(flags, owners) if several else None
    return Share(count, base, effect, resampled)


def greatest_effect(item: Aggregate, dataset: Dataset) -> float:
    """Return the design effect that makes a share least certain: estimated, or the most possible.

    Parameters
    ----------
    item : Aggregate
        A percentage. Of a synthetic dataset nothing but its numbers of units is used.
    """
    if not dataset.synthetic:
        return observed(item, dataset).design_effect
    share = Share(*quantities.ratio(item, dataset))
    return max(found.design_effect for found in printed([share], item, dataset))


def of_report(dataset: Dataset) -> bool:
    """Say whether the cases are those of the report, so that what it says is about them."""
    return dataset.studies == coding_frame().studies


def printed(possible: Sequence[Share], item: Aggregate, dataset: Dataset) -> tuple[Share, ...]:
    """Return printed shares, each with every design effect that is tried.

    Notes
    -----
    Which children of a case are alike is not printed. A share of all children is tested as if none
    were, as if all were in cases of equal size, and as if all were in cases as uneven as those of
    the last study, whose sizes are printed (report, section 3.2).
    """
    members = dataset.size(item.unit)
    cases = dataset.size(dataset.codebook.root.name)
    if dataset.codebook.units[item.unit].of is None:
        return tuple(possible)
    effects = dict.fromkeys(
        (
            1.0,
            clusters.equal_sizes(members, cases),
            clusters.unequal_sizes(members, cases, _sizes(item.unit, dataset)),
        )
    )
    return tuple(
        replace(share, design_effect=effect)
        for share in possible
        for effect in (effects if share.base == members else (1.0,))
    )


def _sizes(unit: str, dataset: Dataset) -> list[int]:
    """Return how many units each case of the last study has."""
    root = dataset.codebook.root.name
    sizes = np.bincount(dataset.views[unit].owner, minlength=dataset.size(root))
    inside = dataset.frames[root]["study"].to_numpy() == dataset.studies[-1].study
    return [int(size) for size in sizes[inside]]


def pvalue_span(
    percent: tuple[float, float], base: int, pairs: Sequence[tuple[int, int]]
) -> tuple[float, float]:
    """Return the range of p for a share between two percentages of a base."""
    low, high = (min(base, max(0, round(value * base / 100))) for value in percent)
    found = [pvalue_range((low, high, base), (count, count, other)) for count, other in pairs]
    return min(item[0] for item in found), max(item[1] for item in found)
