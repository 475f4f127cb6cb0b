"""What is not independent: children of one case, and cases that two samples share.

Children of one case are alike in more ways than children of two, so 174 children in 97 cases say
less than 174 children drawn singly. The design effect is the factor by which the variance of a
share grows; count and base divided by it can be tested as if every child stood alone (Rao and
Scott 1992, doi:10.2307/2532311).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from scrlib.compare.proportions import check, effective, wilson

SEED = 20170601
_MOST_DRAWN = 10_000_000


@dataclass(frozen=True, slots=True)
class Share:
    """A count of a base, with the design effect that is allowed for.

    Parameters
    ----------
    design_effect : float
        1 where the units are independent; more where they come in clusters.
    resampled : tuple of float or None
        Interval in percent by drawing whole clusters anew, where they were observed.
    """

    count: int
    base: int
    design_effect: float = 1.0
    resampled: tuple[float, float] | None = None

    @property
    def percent(self) -> float:
        """The share in percent."""
        return 100 * self.count / self.base

    @property
    def effective(self) -> tuple[int, int]:
        """Whole count and base of as much information from independent units."""
        return effective(self.count, self.base, self.design_effect)

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval in percent, on the effective base."""
        base = self.effective[1]
        return wilson(self.percent * base / 100, base)


def equal_sizes(members: int, clusters: int) -> float:
    """Return the greatest design effect of clusters of one size: members per cluster.

    It holds where the members of a cluster are always alike, so that each cluster counts once.
    """
    return max(1.0, members / clusters) if clusters else 1.0


def unequal_sizes(members: int, clusters: int, sizes: Sequence[int]) -> float:
    """Return the design effect of alike members in clusters as uneven as those known.

    Parameters
    ----------
    members, clusters : int
        All children and all cases.
    sizes : sequence of int
        Sizes of the clusters that are known, such as those of the study in focus; their
        coefficient of variation is taken for all.

    References
    ----------
    Eldridge, Ashby and Kerry 2006, doi:10.1093/ije/dyl129: 1 + ((1 + cv^2) mean - 1) rho, here
    with rho = 1.
    """
    known = np.array([size for size in sizes if size > 0], dtype=float)
    if not len(known) or not clusters:
        return equal_sizes(members, clusters)
    spread = float(known.var() / known.mean() ** 2)
    return max(1.0, (1 + spread) * members / clusters)


def robust_error(flags: NDArray[Any], owners: NDArray[Any]) -> float:
    """Return the cluster-robust standard error of a share (statsmodels, intercept only)."""
    from statsmodels.api import OLS

    found = OLS(flags.astype(float), np.ones(len(flags))).fit(
        cov_type="cluster", cov_kwds={"groups": owners}
    )
    return float(found.bse[0])


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
    """
    share = float(flags.mean()) if len(flags) else 0.0
    if share in (0.0, 1.0) or len(np.unique(owners)) < 2:
        return 1.0
    return max(1.0, robust_error(flags, owners) ** 2 * len(flags) / (share * (1 - share)))


def at_once(members: int) -> int:
    """Return how many resamples of so many members to hold in memory together."""
    return max(1, _MOST_DRAWN // max(1, members))


def totals(flags: NDArray[Any], owners: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return, for each cluster that has members, how many count and how many there are."""
    _, places = np.unique(owners, return_inverse=True)
    return np.bincount(places, weights=flags), np.bincount(places)


def bootstrap_share(
    flags: NDArray[Any], owners: NDArray[Any], confidence: float = 0.95, resamples: int = 9999
) -> tuple[float, float]:
    """Return a percentile interval, in percent, for a share by drawing whole clusters.

    Notes
    -----
    The seed is fixed, so the same data give the same interval.
    """
    counted, sizes = totals(flags, owners)

    def share(above: NDArray[Any], below: NDArray[Any], axis: int = -1) -> NDArray[Any]:
        return np.asarray(100 * above.sum(axis=axis) / below.sum(axis=axis))

    found = stats.bootstrap(
        (counted, sizes), share, paired=True, vectorized=True, method="percentile",
        confidence_level=confidence, n_resamples=resamples, rng=np.random.default_rng(SEED),
        batch=at_once(len(sizes)),
    ).confidence_interval  # fmt: skip
    return float(found.low), float(found.high)


def overlap_test(
    count: int, base: int, other: int, other_base: int, shared: int
) -> tuple[float, float]:
    """Compare two shares whose samples have units in common that were coded alike.

    Parameters
    ----------
    shared : int
        Units in both samples, between 0 and the lesser base.

    Returns
    -------
    tuple of float
        z and its two-sided p value; nan if the samples are one and the same.

    Notes
    -----
    Under equal shares p the variance of the difference is p(1 - p)(1/n + 1/N - 2m/(nN)); p is
    estimated from both with the weights n - m and N - m that make its own variance least. With no
    unit shared this is the pooled z test, and with one sample inside the other it is the z test of
    that sample against the rest. Leaving an overlap out makes p too large.
    """
    check(count, base)
    check(other, other_base)
    check(shared, min(base, other_base))
    first, second = count / base, other / other_base
    only, other_only = base - shared, other_base - shared
    if not only + other_only:
        return math.nan, math.nan
    pooled = (only * first + other_only * second) / (only + other_only)
    spread = 1 / base + 1 / other_base - 2 * shared / (base * other_base)
    variance = pooled * (1 - pooled) * spread
    if variance <= 0:
        return math.nan, math.nan
    z = (first - second) / math.sqrt(variance)
    return z, float(2 * stats.norm.sf(abs(z)))
