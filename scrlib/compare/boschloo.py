"""Boschloo's exact test of two shares, fast enough to run over every count that could be meant.

SciPy's `boschloo_exact` sums over all tables anew for every nuisance share that it tries. The
claims of the report are run over some 600 pairs of counts: at 0.1 s a pair that takes SciPy a
minute, and this a second. Given the total, the chance of a table at least as extreme does not
depend on the nuisance share, so tables are summed once for each total and p is a mean of those
chances over a binomial total. The results are SciPy's and R's.

References
----------
Boschloo 1970, doi:10.1111/j.1467-9574.1970.tb00104.x.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

# Tables whose chances differ by rounding error alone are as extreme as each other.
_TIE = 1 + 1e-9
_GRID = np.sin(np.linspace(0, np.pi / 2, 513)) ** 2


@lru_cache(maxsize=4096)
def boschloo(count: int, nobs: int, count2: int, nobs2: int) -> tuple[float, float]:
    """Return the statistic and the two-sided p value.

    Parameters
    ----------
    count, nobs, count2, nobs2 : int
        `count` of `nobs` against `count2` of `nobs2`. Time and memory grow with the product of the
        two sizes: thousands, not hundreds of thousands.

    Returns
    -------
    tuple of float
        The one-sided p value of Fisher's test by which tables are ordered, and twice the lesser of
        the two one-sided p values, at most 1.
    """
    if count + count2 in (0, nobs + nobs2):
        return 1.0, 1.0
    less = _one_sided(count, nobs, count2, nobs2)
    greater = _one_sided(nobs - count, nobs, nobs2 - count2, nobs2)
    statistic, pvalue = min(less, greater, key=lambda found: found[1])
    return statistic, min(1.0, 2 * pvalue)


def _one_sided(count: int, nobs: int, count2: int, nobs2: int) -> tuple[float, float]:
    """Return the statistic and p value of the alternative that the first share is the lesser."""
    chance, below = _given_total(nobs, nobs2)
    statistic = min(1.0, float(below[count + count2, count]))
    extreme = np.where(below <= statistic * _TIE, chance, 0).sum(axis=1)
    return statistic, min(1.0, _greatest(extreme))


@lru_cache(maxsize=4)
def _given_total(nobs: int, nobs2: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the chance of each first count (columns) given each total (rows), and its sums."""
    total, count = np.arange(nobs + nobs2 + 1)[:, None], np.arange(nobs + 1)
    # Given the total it is the same for every share: one half is as good as any.
    first, all_ = (_log_chance(part, size) for part, size in ((count, nobs), (total, nobs + nobs2)))
    rest = _log_chance(np.arange(-nobs, nobs + nobs2 + 1), nobs2)[total - count + nobs]
    chance = np.exp(first + rest - all_)
    return chance, np.cumsum(chance, axis=1)


def _log_chance(count: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    return np.asarray(stats.binom.logpmf(count, size, 0.5))


@lru_cache(maxsize=4)
def _on_grid(size: int) -> NDArray[np.float64]:
    return np.asarray(stats.binom.pmf(np.arange(size + 1), size, _GRID[:, None]))


def _greatest(extreme: NDArray[np.float64]) -> float:
    """Return the greatest mean of chances given the total, over every nuisance share."""
    size = len(extreme) - 1
    found = _on_grid(size) @ extreme
    top = int(found.argmax())
    refined = optimize.minimize_scalar(
        lambda share: -float(stats.binom.pmf(np.arange(size + 1), size, share) @ extreme),
        bounds=(_GRID[max(top - 1, 0)], _GRID[min(top + 1, len(_GRID) - 1)]),
        method="bounded", options={"xatol": 1e-9},
    )  # fmt: skip
    return max(float(found[top]), -float(refined.fun))
