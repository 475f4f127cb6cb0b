"""What is not independent: children of one case, and cases that two samples share.

Children of one case are alike in more ways than children of two, so 174 children in 97 cases say
less than 174 children drawn singly. The design effect is the factor by which the variance of a
share grows (Kish 1965, section 8.2; Rao and Scott 1992, doi:10.2307/2532311).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from scrlib.compare.shares import Result, check

OVERLAP = "z test of two shares whose samples share units"


def alike(sizes: Sequence[int], members: int = 0, clusters: int = 0) -> float:
    """Return the design effect of clusters whose members are always alike.

    Parameters
    ----------
    sizes : sequence of int
        Members of each cluster that is known.
    members, clusters : int
        All of them, if not all sizes are known: their mean size is taken from here, how uneven they
        are from `sizes` (Eldridge, Ashby and Kerry 2006, doi:10.1093/ije/dyl129, with rho = 1).
    """
    known = np.array(sizes, dtype=float)
    if not known.sum():
        return 1.0
    uneven = float((known**2).mean() / known.mean() ** 2)
    return max(1.0, uneven * (members / clusters if clusters else float(known.mean())))


def most_uneven(groups: Iterable[tuple[int, int]]) -> list[int]:
    """Return the most uneven sizes of clusters of which only totals are known.

    Parameters
    ----------
    groups : iterable of (int, int)
        Members and clusters of each group, each cluster with one member at least. A sum of squares
        is greatest where one cluster has all that the others need not have.
    """
    return [
        size for members, clusters in groups if clusters
        for size in (members - clusters + 1, *[1] * (clusters - 1))
    ]  # fmt: skip


def design_effect(flags: NDArray[Any], owners: NDArray[Any]) -> float:
    """Estimate the design effect of a share from its members and the clusters they belong to.

    Parameters
    ----------
    flags : array of bool
        Whether each member counts.
    owners : array of int
        The cluster of each member.

    Returns
    -------
    float
        Robust over simple variance, not below 1: a gain from clustering is not claimed. 1 where
        the share is nothing or all, or there are fewer than two clusters.

    References
    ----------
    Rao and Scott 1992, doi:10.2307/2532311.
    """
    share = float(flags.mean()) if len(flags) else 0.0
    if share in (0.0, 1.0) or len(np.unique(owners)) < 2:
        return 1.0
    return max(1.0, robust_error(flags, owners) ** 2 * len(flags) / (share * (1 - share)))


def robust_error(flags: NDArray[Any], owners: NDArray[Any]) -> float:
    """Return the cluster-robust standard error of a share (statsmodels, intercept only).

    References
    ----------
    Liang and Zeger 1986, doi:10.1093/biomet/73.1.13.
    """
    from statsmodels.api import OLS

    found = OLS(flags.astype(float), np.ones(len(flags))).fit(
        cov_type="cluster", cov_kwds={"groups": owners}
    )
    return float(found.bse[0])


def overlap_test(
    count: ArrayLike, nobs: ArrayLike, count2: ArrayLike, nobs2: ArrayLike, shared: ArrayLike
) -> Result:
    """Compare two shares whose samples have units in common that were coded alike.

    Parameters
    ----------
    count, nobs, count2, nobs2 : float or array
        Need not be whole: divided by a design effect, as `shared` then is too.
    shared : float or array
        Units in both samples, between 0 and the lesser base.

    Returns
    -------
    Result
        z and its two-sided p value; nan if the samples are one and the same.

    Notes
    -----
    Under equal shares p the variance of the difference is p(1 - p)(1/n + 1/N - 2m/(nN)); p is
    estimated from both with the weights n - m and N - m that make its own variance least. With no
    unit shared this is the pooled z test, and with one sample inside the other it is the z test of
    that sample against the rest. Leaving an overlap out makes p too large.

    References
    ----------
    Derrick, Dobson-McKittrick, Toher and White 2015, Journal of Applied Quantitative Methods 10(3),
    http://www.jaqm.ro/issues/volume-10,issue-3/0_BEANDEPA.PHP: their z test, the units that both
    samples share being coded alike.
    """
    k, n, k2, n2, m = (np.asarray(x, float) for x in (count, nobs, count2, nobs2, shared))
    for part, whole in ((k, n), (k2, n2), (m, np.minimum(n, n2))):
        check(part, whole)
    with np.errstate(divide="ignore", invalid="ignore"):  # one and the same sample: nan
        pooled = ((n - m) * k / n + (n2 - m) * k2 / n2) / (n + n2 - 2 * m)
        variance = pooled * (1 - pooled) * (1 / n + 1 / n2 - 2 * m / (n * n2))
        z = np.where(variance > 0, (k / n - k2 / n2) / np.sqrt(variance), np.nan)[()]
    return Result(z, 2 * stats.norm.sf(abs(z)), OVERLAP)
