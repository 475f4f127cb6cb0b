"""What a test could give where its inputs are known within bounds only.

A dataset that was solved from print fixes some counts and leaves others open. For an open one the
result is the range of p over the bounds; for means without a spread, p at the widest spread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from scrlib.compare.proportions import boschloo
from scrlib.compare.trends import Means, trend

WELCH = "Welch's t test at the widest spread that the limits allow"


def widest_spread(mean: float, base: int, low: float, high: float) -> float:
    """Return the greatest standard deviation (n - 1) of values between limits with a given mean.

    References
    ----------
    Bhatia and Davis 2000, doi:10.1080/00029890.2000.12005203.
    """
    variance = max(0.0, (high - mean) * (mean - low))
    return math.sqrt(variance * base / (base - 1)) if base > 1 else math.nan


def mean_bound(
    first: tuple[float, int, float, float], second: tuple[float, int, float, float]
) -> Means:
    """Compare two means of which only limits of the values are known, at the widest spread.

    Parameters
    ----------
    first, second : tuple
        Mean, base, and the least and the greatest value possible.

    Returns
    -------
    Means
        p and the interval of Welch's test at that spread: at a lesser one, p is less.
    """
    spreads = [widest_spread(mean, base, low, high) for mean, base, low, high in (first, second)]
    difference = first[0] - second[0]
    parts = [spread**2 / item[1] for spread, item in zip(spreads, (first, second), strict=True)]
    if not sum(parts) > 0:
        return Means(difference, math.nan, math.nan, math.nan, WELCH)
    found = stats.ttest_ind_from_stats(
        first[0], spreads[0], first[1], second[0], spreads[1], second[1], equal_var=False
    )
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (first[1] - 1) + parts[1] ** 2 / (second[1] - 1))
    half = float(stats.t.ppf(0.975, freedom)) * math.sqrt(sum(parts))
    return Means(difference, difference - half, difference + half, float(found.pvalue), WELCH)


def pvalue_range(first: tuple[int, int, int], second: tuple[int, int, int]) -> tuple[float, float]:
    """Return the least and the greatest p of Boschloo's test over counts known within bounds.

    Parameters
    ----------
    first, second : tuple of int
        Least count, greatest count, base.

    Notes
    -----
    p falls as the shares part, so the least p stands at a corner and the greatest where the shares
    come closest; the four closest pairs are tried, since an exact p does not fall quite evenly.
    """
    low1, high1, base1 = first
    low2, high2, base2 = second
    corners = [(low1, high2), (high1, low2), (low1, low2), (high1, high2)]
    near = [
        (count, min(max(round(count * base2 / base1), low2), high2))
        for count in range(low1, high1 + 1)
    ]
    near.sort(key=lambda pair: abs(pair[0] / base1 - pair[1] / base2))
    found = [boschloo(k, base1, m, base2)[1] for k, m in (*corners, *near[:4])]
    return min(found), max(found)


def trend_range(
    low: Sequence[int], high: Sequence[int], bases: Sequence[int], scores: Sequence[float],
    total: int | None = None,
) -> tuple[float, float]:  # fmt: skip
    """Return bounds of p of `trend` over counts known within bounds.

    Parameters
    ----------
    low, high, bases, scores : sequence
        Bounds of the count, base and score of each group.
    total : int, optional
        The sum of the counts, if it is known.

    Notes
    -----
    For a given total the statistic is greatest when units are put where the score is greatest.
    The greatest p is exact if the statistic cannot change sign, and otherwise given as 1.
    """
    totals = [total] if total is not None else list(range(sum(low), sum(high) + 1))
    ends = [
        trend(_filled(low, high, order, item), bases, scores)
        for item in totals
        for order in (np.argsort(scores), np.argsort(scores)[::-1])
    ]
    found = [item for item in ends if not math.isnan(item.pvalue)]
    if not found:
        return math.nan, math.nan
    signs = {math.copysign(1, item.statistic) for item in found}
    return min(i.pvalue for i in found), max(i.pvalue for i in found) if len(signs) == 1 else 1.0


def _filled(
    low: Sequence[int], high: Sequence[int], order: NDArray[Any], total: int
) -> tuple[int, ...]:
    """Put a total into the groups, those first in the order filled first."""
    counts = list(low)
    left = total - sum(low)
    for place in order:
        step = min(left, high[place] - low[place])
        counts[place] += step
        left -= step
    return tuple(counts)
