"""How small a difference could have been seen at all, with as many cases as there are."""

from __future__ import annotations

import math
from dataclasses import dataclass

from statsmodels.stats.power import NormalIndPower

from scrlib.compare.shares import ALPHA, check
from tally.escape import escape_html
from tally.rounding import half_up


@dataclass(frozen=True)
class Detectable:
    """The shares nearest to another that a test of two shares would find different.

    Parameters
    ----------
    nobs, prop2, nobs2, power, alpha
        As given to `detectable`.
    below, above : float
        The greatest share below and the least above; nan where no share would be found.
    """

    nobs: int
    prop2: float
    nobs2: int
    below: float
    above: float
    power: float = 0.8
    alpha: float = ALPHA

    def summary(self) -> str:
        """Return the result in a sentence."""
        gaps = [abs(end - self.prop2) for end in (self.below, self.above) if not math.isnan(end)]
        number = f"{self.nobs:,} {'case' if self.nobs == 1 else 'cases'}"
        share = f"{half_up(100 * self.prop2)}% of {self.nobs2:,}"
        if not gaps:
            return f"With {number} no difference from {share} could have been shown."
        return (
            f"With {number}, a true difference of less than {half_up(100 * min(gaps))} percentage "
            f"points from {share} would be missed more than {half_up(100 * (1 - self.power))}% of "
            "the time."
        )

    def _repr_html_(self) -> str:
        return f'<p class="scr-test">{escape_html(self.summary())}</p>'


def detectable(
    nobs: int, prop2: float, nobs2: int, *, power: float = 0.8, alpha: float = ALPHA
) -> Detectable:
    """Return the shares nearest to another that a test of two shares would find different.

    Parameters
    ----------
    nobs : int
        Units of the first sample.
    prop2, nobs2 : float, int
        The other share, and its base.
    power : float
        How often it would be found.

    References
    ----------
    Cohen 1988, chapter 6: the normal approximation to his h. An exact test needs a little more.
    """
    check(prop2 * nobs2, nobs2)
    h = NormalIndPower().solve_power(nobs1=nobs, alpha=alpha, power=power, ratio=nobs2 / nobs)
    angle = 2 * math.asin(math.sqrt(prop2))
    ends = (angle - h, angle + h)
    below, above = (
        math.sin(end / 2) ** 2 if 0 <= end <= math.pi else math.nan for end in ends
    )  # Beyond them Cohen's scale ends.
    return Detectable(nobs, prop2, nobs2, below, above, power, alpha)
