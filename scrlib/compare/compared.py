"""The result of setting a share beside a benchmark: every number under its own name."""

from __future__ import annotations

from dataclasses import dataclass

from scrlib.compare import proportions, verdicts
from scrlib.compare.clusters import Share

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Pair:
    """One test among those possible: our share against a count and base of the benchmark."""

    share: Share
    count: int
    base: int
    test: proportions.TwoShares


@dataclass(frozen=True, slots=True)
class Comparison:
    """A share beside a benchmark.

    Parameters
    ----------
    estimate, reference : float or None
        Our share and the benchmark in percent; None if there is none. Ours is as printed, without a
        count, where several counts would print so and there is no test.
    interval, reference_interval : tuple of float or None
        Wilson intervals in percent; ours allows for the design effect.
    count, n, design_effect : int, int, float
        Our count and base, and what is allowed for children who share a case.
    resampled_interval : tuple of float or None
        Ours by drawing whole cases anew, for observed children or parents.
    reference_count, N : int or None
        The benchmark's count and base that give the greatest p value.
    difference, difference_interval : float, tuple of float
        In percentage points.
    risk_ratio, risk_ratio_interval, cohen_h : float, tuple of float, float
    statistic, pvalue, adjusted_pvalue : float or None
        The greatest over all counts possible; adjusted by Holm's method within the family.
    pvalue_least : float or None
        The least over all counts possible.
    fisher_pvalue, binomial_pvalue : float or None
        Fisher's test for the pair shown; the exact binomial test against the percentage alone.
    open_range : tuple of float or None
        Range of p where our own share is known within bounds only.
    pairs : tuple of Pair
        Every count and base that was tested.
    overlap : tuple of (int, float)
        p by the z test for each number of cases that both samples may share.
    caveats : tuple of str
    reason : str
        Why there is no test; empty if there is one.
    inferred : bool
        Whether the national count had to be inferred from a percentage.
    own : bool
        Whether the cases are the report's, so that what it said is about them.
    held : bool
        Whether our share is held back.
    unprinted : bool
        Whether it is not known because print does not tell it.
    """

    key: str
    label: str
    family: str
    section: str
    said: str
    reference: float | None
    like_for_like: str
    confidence: str
    source: str
    estimate: float | None = None
    interval: Interval | None = None
    count: int | None = None
    n: int | None = None
    design_effect: float = 1.0
    resampled_interval: Interval | None = None
    reference_count: int | None = None
    N: int | None = None
    reference_interval: Interval | None = None
    difference: float | None = None
    difference_interval: Interval | None = None
    risk_ratio: float | None = None
    risk_ratio_interval: Interval | None = None
    cohen_h: float | None = None
    statistic: float | None = None
    pvalue: float | None = None
    adjusted_pvalue: float | None = None
    pvalue_least: float | None = None
    fisher_pvalue: float | None = None
    binomial_pvalue: float | None = None
    open_range: Interval | None = None
    method: str = ""
    pairs: tuple[Pair, ...] = ()
    overlap: tuple[tuple[int, float], ...] = ()
    caveats: tuple[str, ...] = ()
    reason: str = ""
    inferred: bool = False
    own: bool = True
    held: bool = False
    unprinted: bool = False

    @property
    def tested(self) -> bool:
        """Whether there is a p value."""
        return self.pvalue is not None

    @property
    def marker(self) -> str:
        """[sss], [ss], [s] or [ns] of the adjusted p value; [z] if there is no test."""
        return proportions.marker(self.adjusted_pvalue)

    @property
    def verdict(self) -> str:
        """One of the verdicts of `scrlib.compare.verdicts.MEANING`."""
        if self.pvalue is None or self.difference is None:
            return verdicts.OPEN if self.open_range else verdicts.NOT_TESTED
        least = self.pvalue if self.pvalue_least is None else self.pvalue_least
        adjusted = self.pvalue if self.adjusted_pvalue is None else self.adjusted_pvalue
        return verdicts.judge(self.said, self.difference, self.pvalue, least, adjusted)

    @property
    def words(self) -> tuple[str, str, str]:
        """What the report said, what the test supports, and what weakens it."""
        said = verdicts.said_words(self.said) if self.own else verdicts.OTHERS
        weakens = " ".join(self.caveats)
        if self.pvalue is None or self.adjusted_pvalue is None:
            return said, self.reason, weakens
        tested = verdicts.shown_words(
            self.difference,
            self.difference_interval,
            self.pvalue,
            self.adjusted_pvalue,
            self.verdict,
        )
        return said, tested, weakens
