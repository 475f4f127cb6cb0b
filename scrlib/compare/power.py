"""How small a difference could have been seen at all, with as many cases as there are."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats
from statsmodels.stats.power import NormalIndPower

from scrlib.compare.proportions import ALPHA, check

POWER = 0.8


@dataclass(frozen=True, slots=True)
class Detectable:
    """The shares nearest to a reference that a test would find different.

    Parameters
    ----------
    reference : float
        Percent.
    below, above : float
        The greatest share below and the least above the reference, in percent, that would be found
        with the power asked; nan where no share would.
    """

    base: int
    reference: float
    below: float
    above: float
    power: float
    method: str


def rejected(base: int, percent: float, alpha: float = ALPHA) -> NDArray[np.bool_]:
    """Return, for every count of a base, whether the exact binomial test rejects a percentage.

    Its p value rises with the count up to the likeliest one and falls from there, so the two ends
    of what is not rejected are found by bisection.
    """

    def pvalue(count: int) -> float:
        return float(stats.binomtest(count, base, percent / 100).pvalue)

    likeliest = min(base, int((base + 1) * percent / 100))
    low = bisect_left(range(likeliest + 1), alpha, key=pvalue)
    above = range(likeliest, base + 1)
    high = base + 1 - bisect_left(above, alpha, key=lambda count: pvalue(base + likeliest - count))
    counts = np.arange(base + 1)
    return np.asarray((counts < low) | (counts >= high))


def binomial_power(base: int, percent: float, share: float, alpha: float = ALPHA) -> float:
    """Return the chance that the exact binomial test rejects a percentage, by enumeration.

    Parameters
    ----------
    share : float
        The true share in percent.
    """
    check(0, base)
    weights = stats.binom.pmf(np.arange(base + 1), base, share / 100)
    return float(weights[rejected(base, percent, alpha)].sum())


def _nearest_share(percent: float, end: float, inside: NDArray[np.bool_], power: float) -> float:
    """Find where power first reaches its target between the reference and 0 or 100 percent."""
    base = len(inside) - 1
    counts = np.arange(base + 1)

    def short_of(share: float) -> float:
        return float(stats.binom.pmf(counts, base, share / 100)[inside].sum()) - power

    if percent == end or short_of(end) < 0:
        return math.nan
    return float(optimize.brentq(short_of, percent, end))


def against_fixed(
    base: int, percent: float, power: float = POWER, alpha: float = ALPHA
) -> Detectable:
    """Return what the exact binomial test would find against a percentage taken as exact."""
    inside = rejected(base, percent, alpha)
    below, above = (_nearest_share(percent, end, inside, power) for end in (0.0, 100.0))
    return Detectable(base, percent, below, above, power, "exact binomial test, enumerated")


def against_sample(
    base: int, percent: float, other_base: int, power: float = POWER, alpha: float = ALPHA
) -> Detectable:
    """Return what a test of two independent shares would find, on the arcsine scale.

    Parameters
    ----------
    other_base : int
        Base of the reference share.

    Notes
    -----
    The normal approximation to Cohen's h; an exact test needs a little more. Use `against_fixed`
    for small bases.
    """
    check(0, base)
    h = NormalIndPower().solve_power(nobs1=base, alpha=alpha, power=power, ratio=other_base / base)
    angle = 2 * math.asin(math.sqrt(percent / 100))
    below = angle - h
    above = angle + h
    return Detectable(
        base, percent,
        100 * math.sin(below / 2) ** 2 if below >= 0 else math.nan,
        100 * math.sin(above / 2) ** 2 if above <= math.pi else math.nan,
        power, "two shares, normal approximation to Cohen's h",
    )  # fmt: skip
