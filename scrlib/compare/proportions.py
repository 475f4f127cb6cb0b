"""Tests on shares: counts in, named results out; no data, no files.

Two shares are compared by Boschloo's exact test with Newcombe's interval for the difference, one
share with a fixed percentage by the exact binomial test with Wilson's interval. Wald intervals and
tests are not used: for 15 of 15 they claim certainty.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    proportion_effectsize,
)

from scrlib.compare.boschloo import two_sided
from tally.rounding import half_up

ALPHA = 0.05
BOSCHLOO = "Boschloo's exact test, Newcombe interval"
BINOMIAL = "exact binomial test, Wilson interval"
MARKERS = ((0.001, "[sss]"), (0.01, "[ss]"), (0.05, "[s]"))


@dataclass(frozen=True, slots=True)
class TwoShares:
    """How one share differs from another.

    Parameters
    ----------
    difference : float
        First share less the second, in percentage points; `low` and `high` are its interval.
    ratio : float
        First share over the second, with `ratio_low` and `ratio_high`; nan if both are nothing.
    h : float
        Cohen's h, the difference on the arcsine scale.
    statistic : float
        Boschloo's: the one-sided p value of Fisher's test, which the test then orders tables by.
    pvalue, fisher_pvalue : float
        Two-sided.
    """

    difference: float
    low: float
    high: float
    ratio: float
    ratio_low: float
    ratio_high: float
    h: float
    statistic: float
    pvalue: float
    fisher_pvalue: float
    method: str = BOSCHLOO


@dataclass(frozen=True, slots=True)
class OneShare:
    """How one share differs from a percentage that is taken as exact.

    Parameters
    ----------
    difference, low, high : float
        Share less the percentage, with Wilson's interval moved by the same amount, in points.
    """

    difference: float
    low: float
    high: float
    h: float
    pvalue: float
    method: str = BINOMIAL


def check(count: float, base: float) -> None:
    """Refuse counts that are no share.

    Raises
    ------
    ValueError
        If the base is not positive or the count does not lie between 0 and the base.
    """
    if base <= 0 or not 0 <= count <= base:
        raise ValueError(f"{count} of {base} is not a share")


def wilson(count: float, base: float, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval for a share, in percent.

    References
    ----------
    Wilson 1927, doi:10.1080/01621459.1927.10502953.
    """
    check(count, base)
    low, high = proportion_confint(count, base, alpha=1 - confidence, method="wilson")
    return 100 * max(0.0, float(low)), 100 * min(1.0, float(high))


@lru_cache(maxsize=4096)
def boschloo(count: int, base: int, other: int, other_base: int) -> tuple[float, float]:
    """Return the statistic and the two-sided p value of Boschloo's test for two shares.

    See Also
    --------
    scrlib.compare.boschloo : how it is computed.
    """
    if count + other in (0, base + other_base):
        return 1.0, 1.0
    return two_sided(count, base, other, other_base)


def risk_ratio(
    count: float, base: float, other: float, other_base: float, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Return the ratio of two shares with its log interval (Katz); nan where it has none."""
    if not count or not other:
        return (math.inf if count else 0.0 if other else math.nan), math.nan, math.nan
    low, high = confint_proportions_2indep(
        count, base, other, other_base, method="log", compare="ratio", alpha=1 - confidence
    )
    return count * other_base / (base * other), float(low), float(high)


def cohen_h(share: float, other: float) -> float:
    """Return Cohen's h of two shares between 0 and 1: 2 asin(sqrt share) - 2 asin(sqrt other)."""
    return float(proportion_effectsize(share, other))


def effective(count: int, base: int, design_effect: float) -> tuple[int, int]:
    """Return whole count and base of as much information from independent units.

    Parameters
    ----------
    design_effect : float
        1 or more: the factor by which the variance of the share is greater.
    """
    if design_effect == 1.0:
        return count, base
    smaller = max(1, int(base / design_effect + 1e-9))
    return int(half_up(Fraction(count * smaller, base))), smaller


@lru_cache(maxsize=4096)
def two_shares(
    count: int, base: int, other: int, other_base: int, design_effect: float = 1.0
) -> TwoShares:
    """Compare two independent shares.

    Parameters
    ----------
    count, base, other, other_base : int
        `count` of `base` against `other` of `other_base`.
    design_effect : float
        Of the first share. The test takes the `effective` whole counts, the 95 % intervals the
        effective base with the share unrounded.

    Raises
    ------
    ValueError
        If a base is not positive or a count does not fit its base.

    Notes
    -----
    The interval is Newcombe's hybrid score interval (1998, doi:10.1002/(SICI)1097-0258(19980430)
    17:8<873::AID-SIM779>3.0.CO;2-I). statsmodels spells it "newcomb"; its "score" interval for a
    difference is wrong in version 0.15 (statsmodels issue 10269). Test and interval are not
    inversions of each other and may disagree close to the limit.
    """
    check(count, base)
    check(other, other_base)
    reduced, smaller = effective(count, base, design_effect)
    first, second = count / base, other / other_base
    scaled = (first * smaller, smaller, other, other_base)
    low, high = confint_proportions_2indep(*scaled, method="newcomb", compare="diff")
    table = np.array([[reduced, other], [smaller - reduced, other_base - other]])
    return TwoShares(
        100 * (first - second), 100 * float(low), 100 * float(high), *risk_ratio(*scaled),
        cohen_h(first, second), *boschloo(reduced, smaller, other, other_base),
        float(stats.fisher_exact(table).pvalue),
    )  # fmt: skip


def against_percent(count: int, base: int, percent: float, design_effect: float = 1.0) -> OneShare:
    """Compare a share with a percentage taken as exact, as if its base had no end.

    Parameters
    ----------
    percent : float
        Between 0 and 100.
    design_effect : float
        As for `two_shares`.

    Notes
    -----
    A printed percentage has a base of its own, so this test claims more than is known: show the
    run over the bases that could have printed it beside it.
    """
    check(count, base)
    reduced, smaller = effective(count, base, design_effect)
    share = 100 * count / base
    low, high = wilson(share * smaller / 100, smaller)
    pvalue = float(stats.binomtest(reduced, smaller, percent / 100).pvalue)
    h = cohen_h(share / 100, percent / 100)
    return OneShare(share - percent, low - percent, high - percent, h, pvalue)


def holm(pvalues: Sequence[float | None]) -> tuple[float | None, ...]:
    """Adjust a family of p values by Holm's method; None stays None and is not counted.

    References
    ----------
    Holm 1979, https://www.jstor.org/stable/4615733.
    """
    known = [value for value in pvalues if value is not None]
    adjusted = iter(multipletests(known, method="holm")[1] if known else ())
    return tuple(None if value is None else float(next(adjusted)) for value in pvalues)


def marker(pvalue: float | None) -> str:
    """Return the marker of a p value: [sss], [ss] or [s] below 0.1, 1 or 5 %, [ns] above.

    A comparison that was not tested has the marker [z], not applicable.
    """
    if pvalue is None:
        return "[z]"
    return next((mark for limit, mark in MARKERS if pvalue < limit), "[ns]")
