"""Tests of shares, in the grammar of `statsmodels.stats.proportion`: counts in, results out.

Two shares are compared by Boschloo's exact test with Newcombe's interval, one share with a fixed
one by the exact binomial test with Wilson's interval, shares of the same cases by McNemar's test.
Wald's intervals, statsmodels' default, are not used: for 15 of 15 they claim certainty. Nor is its
"score" interval of a difference, which is wrong in version 0.15 (statsmodels issue 10269).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    proportions_ztest,
)

from scrlib.compare import text
from scrlib.compare.boschloo import boschloo
from tally.escape import escape_html
from tally.rounding import half_up

ALPHA = 0.05
EXACT_UP_TO = 2_000
"""Units of both samples up to which Boschloo's test is taken; its tables grow as their square."""
METHODS = {
    "boschloo": "Boschloo's exact test, Newcombe interval",
    "fisher": "Fisher's exact test, Newcombe interval",
    "score": "score test of two shares, Newcombe interval",
    "rao-scott": "Rao-Scott score test, Newcombe interval on the effective base",
}


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """What every test gives; what differs between several tests is an array.

    Parameters
    ----------
    statistic, pvalue : float or array
        Two-sided; nan where there is nothing to test.
    method : str or array
        The test, and the interval if there is one.
    """

    statistic: Any
    pvalue: Any
    method: Any

    @property
    def direction(self) -> Any:
        """Above nought if the first group has more, or a trend rises."""
        return self.statistic

    @property
    def methods(self) -> str:
        """The method, or all that were used."""
        return ", ".join(dict.fromkeys(np.ravel(self.method).tolist()))

    def at(self, place: int) -> Self:
        """Return one of several tests."""
        arrays = {name: value for name, value in vars(self).items() if np.ndim(value)}
        return replace(self, **{k: np.ravel(value)[place].item() for k, value in arrays.items()})

    @classmethod
    def stacked(cls, tests: Sequence[Self], shape: tuple[int, ...]) -> Self:
        """Return several tests as one of arrays of a shape; () for a single one."""
        if not shape:
            return tests[0]
        names = [name for name in vars(tests[0]) if name != "alpha"]
        columns = {name: [getattr(test, name) for test in tests] for name in names}
        return replace(tests[0], **{k: np.reshape(values, shape) for k, values in columns.items()})

    def summary(self) -> str:
        """Return the result in a sentence."""
        if np.isnan(self.pvalue).any():
            return "Not tested: a number is not known, or a group is empty."
        return f"{self.told()} ({self.methods})."

    def told(self) -> str:
        """Return the numbers of the result, without the method."""
        return text.pvalues(np.ravel(self.pvalue))

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return f'<p class="scr-test">{escape_html(self.summary())}</p>'


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Difference(Result):
    """A difference with its interval.

    Parameters
    ----------
    diff, low, upp : float or array
        First less second; of shares between -1 and 1.
    alpha : float
        The interval holds 1 - alpha.
    """

    SETS: ClassVar[str]
    UNIT: ClassVar[str] = ""
    SCALE: ClassVar[int] = 1
    diff: Any
    low: Any
    upp: Any
    alpha: float = ALPHA

    @property
    def confint(self) -> tuple[Any, Any]:
        """The interval of the difference."""
        return self.low, self.upp

    @property
    def direction(self) -> Any:
        """The difference."""
        return self.diff

    @property
    def compared(self) -> str:
        """What is compared, in words."""
        raise NotImplementedError

    def told(self) -> str:
        """Return what is compared, the difference with its interval, and p."""
        p, scale, level = super().told(), self.SCALE, half_up(100 * (1 - self.alpha))
        if np.size(self.pvalue) > 1:
            ends = text.interval((np.min(self.diff), np.max(self.diff)), scale)
            return f"{np.size(self.pvalue)} sets of {self.SETS}: {ends}{self.UNIT}; {p}"
        return (
            f"{self.compared}: {text.signed(self.diff, scale)}{self.UNIT} "
            f"({level}% interval {text.interval(self.confint, scale)}); {p}"
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TwoShares(Difference):
    """How one share differs from another.

    Parameters
    ----------
    count, nobs, count2, nobs2, deff
        As given to `two_shares`; a fixed share stands as so much of 1.
    """

    SETS = "counts"
    UNIT = " percentage points"
    SCALE = 100
    count: Any
    nobs: Any
    count2: Any
    nobs2: Any
    deff: Any = 1.0

    @property
    def compared(self) -> str:
        """The two shares."""
        other = f"{self.count2:,.0f} of {self.nobs2:,.0f}"
        if self.nobs2 == 1:
            other = f"{half_up(100 * self.count2)}%"
        return f"{self.count:,.0f} of {self.nobs:,.0f} against {other}"


def two_shares(
    count: ArrayLike, nobs: ArrayLike, count2: ArrayLike, nobs2: ArrayLike, *,
    deff: ArrayLike = 1.0, alpha: float = ALPHA, method: str | None = None,
) -> TwoShares:  # fmt: skip
    """Compare two independent shares.

    Parameters
    ----------
    count, nobs, count2, nobs2 : int or array of int
        `count` of `nobs` against `count2` of `nobs2`; arrays are tested entry by entry.
    deff : float or array
        Design effect of the first share, 1 or more: by how much its variance is greater because its
        units come in clusters. `count` and `nobs` are divided by it, unrounded (Rao and Scott 1992,
        doi:10.2307/2532311).
    alpha : float
        The interval holds 1 - alpha.
    method : {"boschloo", "fisher", "score"}, optional
        Boschloo's exact test up to 2,000 units, Fisher's above, where Boschloo's takes too much
        memory; with a design effect, the score test.

    Returns
    -------
    TwoShares
        nan where a number is nan, that is, not known.

    Raises
    ------
    ValueError
        If a count does not lie between 0 and its positive base, or there is no such method.

    Notes
    -----
    Boschloo's test (1970, doi:10.1111/j.1467-9574.1970.tb00104.x) takes for its statistic the p
    value of Fisher's (1935, doi:10.2307/2342435); the score test is the z test whose square is
    Pearson's chi-squared (1900, doi:10.1080/14786440009463897). The interval is Newcombe's hybrid
    score interval (1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I),
    spelt "newcomb" in statsmodels. Test and interval are not inversions of each other and may
    disagree close to the limit.

    Examples
    --------
    >>> two_shares(count=69, nobs=97, count2=95, nobs2=175).summary()
    "69 of 97 against 95 of 175: +16.8 percentage points (95% interval +4.8 to +27.8); p = 0.006
    (Boschloo's exact test, Newcombe interval)."
    """
    numbers = (np.asarray(number, float) for number in (count, nobs, count2, nobs2, deff))
    given = np.broadcast_arrays(*numbers)
    tests = [_two(*map(float, row), alpha=alpha, method=method) for row in np.nditer(given)]
    return TwoShares.stacked(tests, given[0].shape)


def _two(
    count: float, nobs: float, count2: float, nobs2: float, deff: float, *,
    alpha: float, method: str | None,
) -> TwoShares:  # fmt: skip
    usual = "boschloo" if nobs + nobs2 <= EXACT_UP_TO else "fisher"
    name = method or (usual if deff == 1 else "rao-scott")
    if name not in METHODS or (deff != 1 and name in ("boschloo", "fisher")):
        raise ValueError(f"no such method here: {name}; methods are {', '.join(METHODS)}")
    statistic = pvalue = diff = low = upp = math.nan
    if not math.isnan(count + nobs + count2 + nobs2 + deff):
        check(count, nobs)
        check(count2, nobs2)
        units = (count / deff, nobs / deff, count2, nobs2)
        low, upp = confint_proportions_2indep(*units, method="newcomb", compare="diff", alpha=alpha)
        statistic, pvalue = _tested(name, *units)
        diff = count / nobs - count2 / nobs2
    return TwoShares(
        statistic, pvalue, METHODS[name], count=count, nobs=nobs, count2=count2, nobs2=nobs2,
        deff=deff, diff=diff, low=float(low), upp=float(upp), alpha=alpha,
    )  # fmt: skip


def _tested(
    name: str, count: float, nobs: float, count2: float, nobs2: float
) -> tuple[float, float]:
    if name == "boschloo":
        return boschloo(int(count), int(nobs), int(count2), int(nobs2))
    if name == "fisher":
        found: Any = stats.fisher_exact(np.array([[count, count2], [nobs - count, nobs2 - count2]]))
        return float(found.statistic), float(found.pvalue)
    if count + count2 in (0, nobs + nobs2):
        return 0.0, 1.0
    statistic, pvalue = proportions_ztest([count, count2], [nobs, nobs2], prop_var=False)
    return float(statistic), float(pvalue)


def check(count: ArrayLike, nobs: ArrayLike) -> None:
    """Refuse counts that are no share.

    Raises
    ------
    ValueError
        If the base is not positive or the count does not lie between 0 and the base.
    """
    part, whole = np.broadcast_arrays(count, nobs)
    wrong = (whole <= 0) | (part < 0) | (part > whole)
    if wrong.any():
        raise ValueError(f"{part[wrong][0]:g} of {whole[wrong][0]:g} is not a share")


def wilson(count: Any, nobs: Any, alpha: float = ALPHA) -> tuple[Any, Any]:
    """Return Wilson's interval of a share (1927, doi:10.1080/01621459.1927.10502953)."""
    check(count, nobs)
    low, upp = proportion_confint(count, nobs, alpha=alpha, method="wilson")
    return np.maximum(low, 0.0), np.minimum(upp, 1.0)


def one_share(count: int, nobs: int, prop: float = 0.5, *, alpha: float = ALPHA) -> TwoShares:
    """Compare a share with a fixed one by the exact binomial test, with Wilson's interval.

    A percentage that was printed has a base of its own: take `two_shares` where that is known.

    References
    ----------
    Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404; Wilson 1927.
    """
    low, upp = wilson(count, nobs, alpha)
    pvalue = float(stats.binomtest(int(count), int(nobs), prop).pvalue)
    name, share = "exact binomial test, Wilson interval", count / nobs
    return TwoShares(
        share, pvalue, name, count=count, nobs=nobs, count2=prop, nobs2=1,
        diff=share - prop, low=low - prop, upp=upp - prop, alpha=alpha,
    )  # fmt: skip


def pairings(count: int, count2: int, nobs: int) -> Iterator[tuple[tuple[int, int], ...]]:
    """Yield every 2 by 2 table of pairs that has the two counts as its margins.

    Parameters
    ----------
    count, count2 : int
        Of how many of the `nobs` pairs the first counts, and the second.
    """
    for both in range(max(0, count + count2 - nobs), min(count, count2) + 1):
        yield (both, count - both), (count2 - both, nobs - count - count2 + both)


def paired_shares(table: Sequence[Sequence[int]], *, alpha: float = ALPHA) -> TwoShares:
    """Compare two shares of the same pairs by McNemar's exact test.

    Parameters
    ----------
    table : 2 by 2
        As for `statsmodels.stats.contingency_tables.mcnemar`: both, the first only; the second
        only, neither.

    References
    ----------
    McNemar 1947, doi:10.1007/BF02295996; the interval is Newcombe's (1998b, method 10,
    doi:10.1002/(SICI)1097-0258(19981130)17:22<2635::AID-SIM954>3.0.CO;2-C).
    """
    (both, first), (second, neither) = table
    nobs = both + first + second + neither
    count, count2 = both + first, both + second
    low, upp = _paired_interval(count, count2, both, nobs, alpha)
    found = mcnemar(np.array(table), exact=True)
    return TwoShares(
        float(found.statistic), min(1.0, float(found.pvalue)),
        "McNemar's exact test of pairs, Newcombe interval",
        count=count, nobs=nobs, count2=count2, nobs2=nobs,
        diff=(count - count2) / nobs, low=low, upp=upp, alpha=alpha,
    )  # fmt: skip


def _paired_interval(
    count: int, count2: int, both: int, nobs: int, alpha: float
) -> tuple[float, float]:
    """Combine Wilson's intervals of two shares by their correlation, which is shrunk if above 0."""
    (low, upp), (low2, upp2) = wilson(count, nobs, alpha), wilson(count2, nobs, alpha)
    first, second = count / nobs, count2 / nobs
    spread = math.sqrt(count * (nobs - count) * count2 * (nobs - count2))
    excess = both * nobs - count * count2
    phi = (max(0.0, excess - nobs / 2) if excess > 0 else excess) / spread if spread else 0.0

    def combined(one: float, other: float) -> float:
        return math.sqrt(one**2 - 2 * phi * one * other + other**2)

    down, up = combined(first - low, upp2 - second), combined(upp - first, second - low2)
    return first - second - down, first - second + up


def holm(pvalues: Sequence[float]) -> NDArray[np.float64]:
    """Adjust a family of p values by Holm's method (1979, https://www.jstor.org/stable/4615733).

    As `statsmodels.stats.multitest.multipletests` does, which collects garbage at each call: that
    takes seconds in a process that holds many objects.
    """
    values = np.asarray(pvalues, float)
    order = np.argsort(values, kind="stable")
    steps = (len(values) - np.arange(len(values))) * values[order]
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted
