"""Tests of groups: trends over studies, tables of counts, means. Numbers in, results out."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats
from statsmodels.stats.contingency_tables import Table

from scrlib.compare import text
from scrlib.compare.shares import ALPHA, EXACT_UP_TO, Difference, Result
from tally.codebook import Study

TREND = "linear-by-linear (Cochran-Armitage) test, study dates as scores"
TABLE = "Fisher-Freeman-Halton exact test"
DRAWN = "Fisher-Freeman-Halton test, 99,999 tables drawn"
WELCH = "Welch's t test"
_MOST_HALVES = 2_000_000
"""Fillings of half a table that are counted; more would not fit in memory beside their ways."""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Means(Difference):
    """How two means differ, in the unit of the values.

    Parameters
    ----------
    mean, mean2 : float or array
    """

    SETS = "values"
    mean: Any
    mean2: Any

    @property
    def compared(self) -> str:
        """The two means."""
        return f"Mean {text.points(self.mean)} against {text.points(self.mean2)}"


# -- trends ----------------------------------------------------------------------------------------


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
    count: Sequence[int], nobs: Sequence[int], scores: Sequence[float], *, deff: float = 1.0
) -> Result:
    """Test whether a share rises or falls with a score; the statistic is z.

    Parameters
    ----------
    count, nobs, scores : sequence
        One entry per group; groups without members are left out.
    deff : float
        By which the variance is greater where members come in clusters.

    References
    ----------
    Armitage 1955, doi:10.2307/3001775; Agresti 2002, section 3.4. The variance has N - 1 below, so
    z is Cochran-Armitage's times sqrt((N - 1) / N). statsmodels adds a half to every cell if one is
    empty unless told not to (its issue 8404).
    """
    kept = [(k, n, s) for k, n, s in zip(count, nobs, scores, strict=True) if n > 0]
    table = np.array([[k for k, _, _ in kept], [n - k for k, n, _ in kept]])
    if table.shape[1] < 2 or 0 in table.sum(axis=1):
        return Result(math.nan, math.nan, TREND)
    found = Table(table, shift_zeros=False).test_ordinal_association(
        row_scores=np.array([1.0, 0.0]), col_scores=np.array([s for _, _, s in kept])
    )
    z = float(found.zscore) / math.sqrt(deff)
    return Result(z, float(2 * stats.norm.sf(abs(z))), TREND)


# -- tables ----------------------------------------------------------------------------------------


def independence(table: ArrayLike) -> Result:
    """Test whether rows and columns of a table of counts are independent.

    Returns
    -------
    Result
        Exact for tables of two rows or two columns with few enough fillings; SciPy draws tables for
        others, and has no exact test of them. The statistic is the probability of the table.

    References
    ----------
    Freeman and Halton 1951, doi:10.1093/biomet/38.1-2.141.
    """
    counts = np.asarray(table, dtype=np.int64)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(counts.shape) < 2:
        return Result(math.nan, math.nan, TABLE)
    rows = counts if counts.shape[1] == 2 else counts.T
    middle = _middle(rows.sum(axis=1))
    if rows.shape[1] == 2 and middle and rows.sum() <= EXACT_UP_TO:
        return _exact(rows, middle)
    draw = stats.MonteCarloMethod(n_resamples=99_999, rng=np.random.default_rng(20170601))
    found: Any = stats.fisher_exact(counts, method=draw)
    # SciPy gives numbers for some tables and arrays of one number for others.
    statistic, pvalue = (np.asarray(item).item() for item in (found.statistic, found.pvalue))
    return Result(statistic, pvalue, DRAWN)


def _middle(totals: NDArray[np.int64]) -> int:
    """Return where to halve the rows so that the fillings of each half are few; 0 if nowhere."""
    cuts = range(1, len(totals))
    sizes = [max(np.prod(part + 1.0) for part in np.split(totals, [cut])) for cut in cuts]
    best = int(np.argmin(sizes))
    return best + 1 if sizes[best] <= _MOST_HALVES else 0


def _exact(rows: NDArray[np.int64], middle: int) -> Result:
    """Sum the chances of all tables no likelier than the one given: two halves, then their pairs.

    The chance of a table is the product of ways to fill its rows over the ways to fill the column.
    """
    totals, column = rows.sum(axis=1), int(rows[:, 0].sum())
    all_ways = _log_ways(totals.sum(), column)
    seen = float(_log_ways(totals, rows[:, 0]).sum())
    halves = np.split(totals, [middle])
    (sums, ways), (sums2, ways2) = (_fillings(part) for part in halves)
    pvalue = 0.0
    for total in np.unique(sums2[(sums2 <= column) & (column - sums2 <= halves[0].sum())]):
        # The ways of each half, in parts of all that give the half its sum, are at most 1.
        whole = _log_ways(halves[0].sum(), column - total)
        whole2 = _log_ways(halves[1].sum(), total)
        first, rest = np.sort(ways[sums == column - total]), ways2[sums2 == total]
        upto = np.concatenate([[0.0], np.cumsum(np.exp(first - whole))])
        # Tables whose chances differ by rounding error alone are as likely as each other.
        likely = np.searchsorted(first, seen - rest + 1e-9, "right")
        pvalue += float(np.exp(whole + whole2 - all_ways) * (np.exp(rest - whole2) @ upto[likely]))
    return Result(math.exp(seen - all_ways), min(1.0, pvalue), TABLE)


def _log_ways(nobs: Any, count: Any) -> Any:
    return (
        special.gammaln(nobs + 1) - special.gammaln(count + 1) - special.gammaln(nobs - count + 1)
    )


def _fillings(totals: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the sum and the logarithm of the ways of every filling of some rows."""
    sums, ways = np.zeros(1, np.int64), np.zeros(1)
    for total in totals:
        counts = np.arange(total + 1)
        sums = np.add.outer(sums, counts).ravel()
        ways = np.add.outer(ways, _log_ways(total, counts)).ravel()
    return sums, ways


# -- means -----------------------------------------------------------------------------------------


def means(x1: ArrayLike, x2: ArrayLike, *, alpha: float = ALPHA) -> Means:
    """Compare two means by Welch's t test (1947, doi:10.1093/biomet/34.1-2.28).

    Returns
    -------
    Means
        nan for what cannot be had: all but the difference if a group has one value only or all
        values are alike, all if a group is empty.
    """
    groups = [np.asarray(x, dtype=float) for x in (x1, x2)]
    first, second = (float(x.mean()) if len(x) else math.nan for x in groups)
    if min(map(len, groups)) < 2 or not any(np.ptp(x) for x in groups):
        return Means(
            math.nan, math.nan, WELCH, mean=first, mean2=second, diff=first - second,
            low=math.nan, upp=math.nan, alpha=alpha,
        )  # fmt: skip
    with warnings.catch_warnings():
        # SciPy warns where the values of one group are all alike: whole numbers lose no precision.
        warnings.filterwarnings("ignore", "Precision loss")
        found: Any = stats.ttest_ind(*groups, equal_var=False)
    ends = found.confidence_interval(1 - alpha)
    return Means(
        float(found.statistic), float(found.pvalue), WELCH, mean=first, mean2=second,
        diff=first - second, low=float(ends.low), upp=float(ends.high), alpha=alpha,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moments:
    """What is published of whole numbers: how many, what they may sum to, and their squares.

    Parameters
    ----------
    nobs : int
    sums : range
    squares : tuple of int
        The least and the greatest sum of squares.
    """

    nobs: int
    sums: range
    squares: tuple[int, int]

    def deviations(self, total: int) -> NDArray[np.float64]:
        """Return every standard deviation that the sums of squares allow for a sum."""
        least = max(self.squares[0], -(-total * total // self.nobs))
        squares = np.arange(least, self.squares[1] + 1)
        spread = np.maximum(squares - total * total / self.nobs, 0)
        return np.asarray(np.sqrt(spread / (self.nobs - 1)))


def means_within(first: Moments, second: Moments) -> Means:
    """Compare two means whose values are not published, by Welch's test (1947).

    Returns
    -------
    Means
        Of arrays of two: the tests with the least and the greatest p that are possible.

    Notes
    -----
    p depends on the variances of the two means by their sum and by Welch's degrees of freedom. For
    a given sum the inverse of these is convex in how it is shared out: it is greatest where one
    variance is as small or as great as can be, and least there too or on the ray on which the
    degrees of freedom are the same all along, where p is least at the smallest sum. So both ends of
    p stand on the edge of what is possible, and every whole sum of squares on that edge is tried.
    """
    pairs = product(first.sums, second.sums)
    edges = [case for pair in pairs for case in _edges(first, second, *pair)]
    tests = [_welch(first.nobs, second.nobs, *case) for case in (min(edges), max(edges))]
    return Means.stacked(tests, (2,))


def _edges(
    first: Moments, second: Moments, total: int, total2: int
) -> Iterator[tuple[float, float, float, float, float]]:
    """Yield, for each edge of the possible spreads, the least and the greatest p with its data."""
    one, two = first.deviations(total), second.deviations(total2)
    mean, mean2 = total / first.nobs, total2 / second.nobs
    for edge in ((one, two[:1]), (one, two[-1:]), (one[:1], two), (one[-1:], two)):
        std, std2 = np.broadcast_arrays(*edge)
        varies = (std > 0) | (std2 > 0)
        found: Any = stats.ttest_ind_from_stats(
            mean, std[varies], first.nobs, mean2, std2[varies], second.nobs, equal_var=False
        )
        yield from (
            (float(found.pvalue[at]), mean, mean2, float(std[varies][at]), float(std2[varies][at]))
            for at in ({found.pvalue.argmin(), found.pvalue.argmax()} if varies.any() else ())
        )


def _welch(
    nobs: int, nobs2: int, pvalue: float, mean: float, mean2: float, std: float, std2: float
) -> Means:
    """Return Welch's test and interval from moments; SciPy gives no interval of these."""
    one, two = std**2 / nobs, std2**2 / nobs2
    freedom = (one + two) ** 2 / (one**2 / (nobs - 1) + two**2 / (nobs2 - 1))
    diff, error = mean - mean2, math.sqrt(one + two)
    low, upp = stats.t.interval(1 - ALPHA, freedom, diff, error)
    return Means(
        diff / error, pvalue, WELCH, mean=mean, mean2=mean2, diff=diff, low=float(low),
        upp=float(upp),
    )  # fmt: skip
