"""Shares of a dataset beside national figures: one result per benchmark, with its verdict.

`compare` takes any share and benchmark; `compare_all` reads the shares off a dataset and adjusts
for the number of tests. Where a count or base is not known, every one that is possible is tested
and the least favourable result is the one shown.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from scrlib.compare import caveats, proportions, shares, verdicts
from scrlib.compare.benchmarks import Benchmark
from scrlib.compare.clusters import Share, overlap_test
from scrlib.compare.compared import Comparison, Interval, Pair
from tally import evaluate as quantities
from tally.dataset import Dataset
from tally.expression import Aggregate
from tally.rounding import half_up


def compare(observed: Share | Sequence[Share], benchmark: Benchmark) -> Comparison:
    """Compare a share with a benchmark.

    Parameters
    ----------
    observed : Share or sequence of Share
        The share, or every one that is possible.
    benchmark : Benchmark

    Returns
    -------
    Comparison
        Without a test, and with the reason, where the benchmark forbids one, it has no figure, or
        no unit is in the base. The adjusted p value is that of one test alone.
    """
    possible = (observed,) if isinstance(observed, Share) else tuple(observed)
    possible = tuple(share for share in possible if share.base > 0)
    result = _described(possible, benchmark)
    if result.reason:
        return result
    pairs = tuple(
        Pair(
            share,
            count,
            base,
            proportions.two_shares(share.count, share.base, count, base, share.design_effect),
        )
        for share in possible
        for count, base in benchmark.pairs
    )
    return _tested(result, pairs, benchmark) if pairs else _fixed(result, possible, benchmark)


def _described(possible: Sequence[Share], benchmark: Benchmark) -> Comparison:
    reason = benchmark.reason
    if not possible:
        reason = reason or verdicts.NO_UNIT
    elif benchmark.share is None:
        reason = reason or "The benchmark has no percentage and no count with its base."
    result = Comparison(
        benchmark.key, benchmark.label, benchmark.family, benchmark.section, benchmark.said,
        benchmark.share, benchmark.like_for_like, benchmark.confidence, benchmark.source,
        reason=reason, caveats=(benchmark.note,) if benchmark.note else (),
        inferred=benchmark.inferred,
    )  # fmt: skip
    if len({(share.count, share.base) for share in possible}) > 1:
        return replace(result, estimate=float(half_up(possible[0].percent)))
    return _with_share(result, possible[0]) if possible else result


def _with_share(result: Comparison, share: Share) -> Comparison:
    return replace(
        result, estimate=share.percent, interval=share.interval,
        count=share.count, n=share.base, design_effect=share.design_effect,
        resampled_interval=share.resampled,
    )  # fmt: skip


def _tested(result: Comparison, pairs: tuple[Pair, ...], benchmark: Benchmark) -> Comparison:
    """Fill in the pair with the greatest p value, and what the others say."""
    shown = max(pairs, key=lambda pair: pair.test.pvalue)
    test = shown.test
    least = min(pair.test.pvalue for pair in pairs)
    fixed = _against(shown.share, result.reference) if result.reference is not None else None
    found = replace(
        _with_share(result, shown.share),
        reference_count=shown.count, N=shown.base, method=test.method, pairs=pairs,
        reference_interval=proportions.wilson(shown.count, shown.base),
        difference=test.difference, difference_interval=(test.low, test.high),
        risk_ratio=test.ratio, risk_ratio_interval=(test.ratio_low, test.ratio_high),
        cohen_h=test.h, statistic=test.statistic, pvalue=test.pvalue, pvalue_least=least,
        adjusted_pvalue=test.pvalue, fisher_pvalue=test.fisher_pvalue,
        binomial_pvalue=fixed.pvalue if fixed and benchmark.inferred else None,
        overlap=overlaps(shown, benchmark.overlap),
    )  # fmt: skip
    return replace(found, caveats=(*caveats.of(found, benchmark), *found.caveats))


def _against(share: Share, percent: float) -> proportions.OneShare:
    return proportions.against_percent(share.count, share.base, percent, share.design_effect)


def _fixed(result: Comparison, possible: Sequence[Share], benchmark: Benchmark) -> Comparison:
    """Compare with a percentage of which no base is known."""
    assert result.reference is not None
    tests = {share: _against(share, result.reference) for share in possible}
    share = max(tests, key=lambda item: tests[item].pvalue)
    test = tests[share]
    found = replace(
        _with_share(result, share), method=test.method, difference=test.difference,
        difference_interval=(test.low, test.high), cohen_h=test.h, pvalue=test.pvalue,
        pvalue_least=min(item.pvalue for item in tests.values()),
        adjusted_pvalue=test.pvalue, binomial_pvalue=test.pvalue,
    )  # fmt: skip
    return replace(found, caveats=(*caveats.of(found, benchmark), *found.caveats))


def overlaps(pair: Pair, most: int | None) -> tuple[tuple[int, float], ...]:
    """Return p for each number of cases that may stand in both samples, from none to the most."""
    count, base = pair.share.effective
    limit = min(base, pair.base) if most is None else min(most, base, pair.base)
    tests = (
        (shared, overlap_test(count, base, pair.count, pair.base, shared)[1])
        for shared in range(limit + 1)
    )
    return tuple((shared, pvalue) for shared, pvalue in tests if not math.isnan(pvalue))


def adjusted(found: Iterable[Comparison]) -> tuple[Comparison, ...]:
    """Adjust p values by Holm's method within each family of comparisons."""
    items = list(found)
    for family in dict.fromkeys(item.family for item in items):
        places = [place for place, item in enumerate(items) if item.family == family]
        values = proportions.holm([items[place].pvalue for place in places])
        for place, value in zip(places, values, strict=True):
            items[place] = replace(items[place], adjusted_pvalue=value)
    return tuple(items)


def compare_all(
    dataset: Dataset,
    benchmarks: Sequence[Benchmark],
    focus: int | None = None,
    ranges: Mapping[str, Interval] | None = None,
    held: Collection[str] = (),
) -> tuple[Comparison, ...]:
    """Compare a dataset with every benchmark that has a quantity to be set beside it.

    Parameters
    ----------
    dataset : Dataset
        Observed: shares and design effects are computed from it. Synthetic: shares are those that
        the report printed, since other numbers of it are no findings.
    benchmarks : sequence of Benchmark
        None, one or many; those without a quantity are passed over.
    focus : int, optional
        The study year for which `focus` stands.
    ranges : mapping, optional
        For a synthetic dataset, by benchmark key, the least and greatest percent of a share
        that the report did not print; p is then given as a range.
    held : collection of str
        Keys of the benchmarks whose share must not be shown.

    Returns
    -------
    tuple of Comparison
        In the order of the benchmarks, p values adjusted within each family.

    Raises
    ------
    InputError
        If a quantity cannot be read or is no share; all such rows are named.
    """
    aggregates = shares.of_benchmarks(benchmarks, dataset.codebook, focus)
    bounds, own = ranges or {}, shares.of_report(dataset)
    asked = [
        item if own else _of_others(item, dataset) for item in benchmarks if item.key in aggregates
    ]
    found = (
        _held(item)
        if item.key in held
        else _one(dataset, item, aggregates[item.key], bounds.get(item.key))
        for item in asked
    )
    return adjusted(replace(item, own=own) for item in found)


def _held(benchmark: Benchmark) -> Comparison:
    reason = benchmark.reason or verdicts.HELD_BACK
    return replace(_described((), benchmark), reason=reason, held=True)


def _of_others(benchmark: Benchmark, dataset: Dataset) -> Benchmark:
    """Leave out what is true of the report's cases alone: what it said, and who is in both.

    None can be in both where no study comes within a year of the benchmark's period.
    """
    apart = benchmark.years is not None and not any(
        int(study.first_month[:4]) <= benchmark.years[1] + 1
        and int(study.last_month[:4]) >= benchmark.years[0] - 1
        for study in dataset.studies
    )
    return replace(benchmark, said="", overlap=0 if apart else None, printed=())


def _one(
    dataset: Dataset,
    benchmark: Benchmark,
    aggregate: Aggregate,
    bounds: Interval | None,
) -> Comparison:
    if not dataset.synthetic:
        return compare(shares.observed(aggregate, dataset), benchmark)
    if benchmark.printed:
        return compare(shares.printed(benchmark.printed, aggregate, dataset), benchmark)
    result = replace(_described((), benchmark), unprinted=True)
    if benchmark.reason or not benchmark.pairs:
        return result
    if not shares.of_report(dataset):
        return replace(result, reason=verdicts.INVENTED)
    base = quantities.ratio(aggregate, dataset)[1]
    span = shares.pvalue_span(bounds, base, benchmark.pairs) if bounds else None
    reason = "The report prints no number for this share of its own cases."
    return replace(result, reason=reason, open_range=span)
