"""How small a difference could have been seen at all, with as many cases as there are."""

from __future__ import annotations

import math

from statsmodels.stats.power import NormalIndPower

from scrlib.compare.shares import ALPHA, check


def detectable(
    nobs: int, prop2: float, nobs2: int, *, power: float = 0.8, alpha: float = ALPHA
) -> tuple[float, float]:
    """Return the shares nearest to another that a test of two shares would find different.

    Parameters
    ----------
    nobs : int
        Units of the first sample.
    prop2, nobs2 : float, int
        The other share, and its base.
    power : float
        How often it would be found.

    Returns
    -------
    tuple of float
        The greatest share below and the least above; nan where no share would be found.

    References
    ----------
    Cohen 1988, chapter 6: the normal approximation to his h. An exact test needs a little more.
    """
    check(prop2 * nobs2, nobs2)
    h = NormalIndPower().solve_power(nobs1=nobs, alpha=alpha, power=power, ratio=nobs2 / nobs)
    angle = 2 * math.asin(math.sqrt(prop2))
    below, above = angle - h, angle + h
    return (
        math.sin(below / 2) ** 2 if below >= 0 else math.nan,
        math.sin(above / 2) ** 2 if above <= math.pi else math.nan,
    )
