"""Trends over studies, association in tables, differences of means: numbers in, results out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from statsmodels.stats.contingency_tables import Table

from scrlib.compare.clusters import SEED, at_once
from tally.codebook import Study

TREND = "linear-by-linear (Cochran-Armitage) test, study dates as scores"
INDEPENDENCE = "Fisher-Freeman-Halton test, 99,999 tables drawn"
PERMUTATION = "permutation test of the means, BCa bootstrap interval"
_DRAWS = 99_999


@dataclass(frozen=True, slots=True)
class Tested:
    """A statistic and its two-sided p value; nan where there is nothing to test."""

    statistic: float
    pvalue: float
    method: str


@dataclass(frozen=True, slots=True)
class Means:
    """How two means differ: first less second, in the unit of the values."""

    difference: float
    low: float
    high: float
    pvalue: float
    method: str


def study_dates(studies: Sequence[Study]) -> tuple[float, ...]:
    """Return the middle of each study's months as a date in years, for use as scores.

    A year without a month, as the first study has, counts from January or to December.
    """
    return tuple(
        (_years(item.first_month, 1) + _years(item.last_month, 12) + 1 / 12) / 2 for item in studies
    )


def _years(month: str, otherwise: int) -> float:
    year, _, number = str(month).partition("-")
    return int(year) + ((int(number) if number else otherwise) - 1) / 12


def trend(
    counts: Sequence[int],
    bases: Sequence[int],
    scores: Sequence[float],
    design_effect: float = 1.0,
) -> Tested:
    """Test whether a share rises or falls with a score.

    Parameters
    ----------
    counts, bases, scores : sequence
        One entry per group; groups without members are left out.
    design_effect : float
        By which the variance is greater where members come in clusters.

    Notes
    -----
    The variance has N - 1 below, so z is Cochran-Armitage's times sqrt((N - 1) / N). statsmodels
    adds a half to every cell if one is empty unless told not to (its issue 8404); a linear trend
    in the counts of one group has no use for it.
    """
    kept = [(k, n, s) for k, n, s in zip(counts, bases, scores, strict=True) if n > 0]
    table = np.array([[k for k, _, _ in kept], [n - k for k, n, _ in kept]])
    if table.shape[1] < 2 or 0 in table.sum(axis=1):
        return Tested(math.nan, math.nan, TREND)
    found = Table(table, shift_zeros=False).test_ordinal_association(
        row_scores=np.array([1.0, 0.0]), col_scores=np.array([s for _, _, s in kept])
    )
    z = float(found.zscore) / math.sqrt(design_effect)
    return Tested(z, float(2 * stats.norm.sf(abs(z))), TREND)


def independence(table: ArrayLike) -> Tested:
    """Test whether rows and columns of a table of counts are independent.

    Notes
    -----
    Tables with the same margins are drawn from a fixed seed; the standard error of a p value of
    0.05 is 0.0007. Empty rows and columns are left out. The statistic
    is the probability of the table.

    References
    ----------
    Freeman and Halton 1951, doi:10.1093/biomet/38.1-2.141.
    """
    counts = np.asarray(table, dtype=np.int64)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(counts.shape) < 2:
        return Tested(math.nan, math.nan, INDEPENDENCE)
    draw = stats.MonteCarloMethod(n_resamples=_DRAWS, rng=np.random.default_rng(SEED))
    found: Any = stats.fisher_exact(counts, method=draw)
    # SciPy gives numbers for some tables and arrays of one number for others.
    statistic, pvalue = (np.asarray(item).item() for item in (found.statistic, found.pvalue))
    return Tested(statistic, pvalue, INDEPENDENCE)


def _difference(first: NDArray[Any], second: NDArray[Any], axis: int = -1) -> NDArray[Any]:
    return np.asarray(first.mean(axis=axis) - second.mean(axis=axis))


def mean_difference(
    first: Sequence[float], second: Sequence[float], resamples: int = 9999
) -> Means:
    """Compare two means by permuting who belongs to which group.

    Returns
    -------
    Means
        nan for what cannot be had: all but the difference if a group has one value only, all if one
        is empty, and the interval if the values of a group are all alike.
    """
    groups = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if min(len(group) for group in groups) < 2:
        filled = all(len(group) for group in groups)
        difference = float(_difference(*groups)) if filled else math.nan
        return Means(difference, math.nan, math.nan, math.nan, PERMUTATION)
    tested = stats.permutation_test(
        groups, _difference, vectorized=True, n_resamples=resamples,
        rng=np.random.default_rng(SEED), batch=at_once(sum(map(len, groups))),
    )  # fmt: skip
    low, high = _interval(groups, resamples)
    return Means(float(tested.statistic), low, high, float(tested.pvalue), PERMUTATION)


def _interval(groups: tuple[NDArray[Any], ...], resamples: int) -> tuple[float, float]:
    if any(np.ptp(item) == 0 for item in groups):
        return math.nan, math.nan
    found = stats.bootstrap(
        groups, _difference, vectorized=True, method="BCa", n_resamples=resamples,
        rng=np.random.default_rng(SEED), batch=at_once(max(map(len, groups))),
    ).confidence_interval  # fmt: skip
    return float(found.low), float(found.high)
