"""Boschloo's exact test of two shares, fast enough to run over every count that could be meant.

SciPy's `boschloo_exact` sums over all tables anew for every nuisance share that it tries, which
takes a fifth of a second for samples of 97 and 293. Here the tables are summed once for each total:
given the total, the chance of a table at least as extreme does not depend on the nuisance share,
so p is a mean of those chances over a binomial total. The results are SciPy's and R's. Of large
samples only tables with a chance worth the name are summed: thousands of cases take moments.

References
----------
Boschloo 1970, doi:10.1111/j.1467-9574.1970.tb00104.x.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

# Tables whose chances differ by rounding error alone are as extreme as each other.
_TIE = 1 + 1e-9
_GRID = np.sin(np.linspace(0, np.pi / 2, 513)) ** 2
# By Hoeffding's inequality, counts further than this many roots of the sample's size from what is
# expected of them have a chance below 1e-30 together.
_REACH = math.sqrt(math.log(2e30) / 2)


def two_sided(count: int, base: int, other: int, other_base: int) -> tuple[float, float]:
    """Return the statistic and the two-sided p value.

    Parameters
    ----------
    count, base, other, other_base : int
        `count` of `base` against `other` of `other_base`, the bases fixed beforehand.

    Returns
    -------
    tuple of float
        The one-sided p value of Fisher's test by which tables are ordered, and twice the lesser of
        the two one-sided p values, at most 1.
    """
    less = one_sided(count, base, other, other_base)
    greater = one_sided(base - count, base, other_base - other, other_base)
    statistic, pvalue = min(less, greater, key=lambda found: found[1])
    return statistic, min(1.0, 2 * pvalue)


def one_sided(count: int, base: int, other: int, other_base: int) -> tuple[float, float]:
    """Return the statistic and p value of the alternative that the first share is the lesser."""
    if base > other_base:
        # The same said of those that do not count: the same tables, by the smaller sample.
        count, base, other, other_base = other_base - other, other_base, base - count, base
    first, chance, below = _given_total(base, other_base)
    place = count - int(first[count + other])
    statistic = 0.0 if place < 0 else min(1.0, float(below[count + other, : place + 1][-1]))
    extreme = np.where(below <= statistic * _TIE, chance, 0).sum(axis=1)
    return statistic, min(1.0, _greatest(extreme))


@lru_cache(maxsize=64)
def _choices(size: int) -> NDArray[np.float64]:
    """Return the logarithm of the number of ways to choose 0 to `size` of `size`."""
    some = np.arange(size + 1)
    return np.asarray(
        special.gammaln(size + 1) - special.gammaln(some + 1) - special.gammaln(size - some + 1)
    )


@lru_cache(maxsize=4)
def _given_total(
    base: int, other_base: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the chance of each first count (columns) given each total (rows), and its sums.

    The columns of a row are counts in order; the first of each row comes with them.
    """
    total = np.arange(base + other_base + 1)
    reach = math.ceil(_REACH * math.sqrt(base)) + 1
    expected = total * base // (base + other_base)
    first = np.clip(expected - reach, 0, max(0, base - 2 * reach))
    count = first[:, None] + np.arange(min(base, 2 * reach) + 1)[None, :]
    rest = total[:, None] - count
    possible = (rest >= 0) & (rest <= other_base)
    ways = _choices(base)[count] + _choices(other_base)[np.where(possible, rest, 0)]
    ways -= _choices(base + other_base)[total][:, None]
    chance = np.exp(np.where(possible, ways, -np.inf))
    return first, chance, np.cumsum(chance, axis=1)


def _binomial(size: int, share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the chance of each total (columns) for each share (rows)."""
    total = np.arange(size + 1)
    powers = special.xlogy(total, share[:, None]) + special.xlog1py(size - total, -share[:, None])
    return np.asarray(np.exp(_choices(size) + powers))


@lru_cache(maxsize=4)
def _on_grid(size: int) -> NDArray[np.float64]:
    return _binomial(size, _GRID)


def _greatest(extreme: NDArray[np.float64]) -> float:
    """Return the greatest mean of chances given the total, over every nuisance share."""
    size = len(extreme) - 1
    found = _on_grid(size) @ extreme
    top = int(found.argmax())
    ends = (_GRID[max(top - 1, 0)], _GRID[min(top + 1, len(_GRID) - 1)])
    refined = optimize.minimize_scalar(
        lambda share: -float(_binomial(size, np.array([share]))[0] @ extreme),
        bounds=ends, method="bounded", options={"xatol": 1e-9},
    )  # fmt: skip
    return max(float(found[top]), -float(refined.fun))
