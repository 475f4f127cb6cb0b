"""What the tests make of a claim: every run that the published numbers allow, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from scrlib.compare.shares import ALPHA, Result, TwoShares, holm

SUPPORTED = "supported"
NOT_ALIKE = "a difference, not of like with like"
ALONE = "only if tested alone"
DEFINITION = "depends on the definition"
DEPENDS = "depends on what was not published"
UNCLEAR = "unclear"
CONTRADICTED = "contradicted"
DIFFERENT = "a difference"
NO_CLAIM = "no claim"
NOT_TESTED = "not tested"
VERDICTS = (
    SUPPORTED, DIFFERENT, NOT_ALIKE, ALONE, DEFINITION, DEPENDS, UNCLEAR, CONTRADICTED, NO_CLAIM,
    NOT_TESTED,
)  # fmt: skip
"""Each is explained in the annex to chapter 6."""

HELD_BACK = "A number that this test takes is held back or rounded: the test would give it away."
NOTHING = "There is nothing to test: a group is empty, or all or none of its units count."
UNPRINTED = "The report does not give the numbers that this test needs."
INVENTED = "These synthetic cases are not the report's: a test of them would show nothing."


@dataclass(frozen=True, slots=True)
class Run:
    """One test among those possible.

    Parameters
    ----------
    reading : str
        Which reading of our share it is of; empty for the report's own.
    test : Result
    shared : float or None
        p of a z test if as many cases as possible are in both samples.
    """

    reading: str
    test: Result
    shared: float | None = None

    @property
    def pvalue(self) -> float:
        """The p value."""
        return float(self.test.pvalue)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a claim.

    Parameters
    ----------
    key, label, section, like_for_like, note : str
        As its benchmark or association has them.
    said : str
        What the report says of these cases; empty if it says nothing, or they are not its own.
    claimed : bool
        Whether it belongs to the family over which p values are adjusted.
    runs : tuple of Run
        Every test that the published numbers allow; none if there is no test.
    ours : tuple of (int, int)
        Our share: a count and base, or all that agree with the report; empty if it is not known.
    reason : str
        Why there is no test.
    adjusted : float or None
        The greatest p adjusted by Holm's method over all claims tested; None outside the family.
    own : bool
        Whether the cases are those of which the report speaks.
    """

    key: str
    label: str
    section: str
    like_for_like: str
    note: str
    said: str
    claimed: bool
    runs: tuple[Run, ...] = ()
    ours: tuple[tuple[int, int], ...] = ()
    reason: str = ""
    adjusted: float | None = None
    own: bool = True

    @property
    def tested(self) -> bool:
        """Whether there is a test."""
        return bool(self.runs)

    @property
    def pvalues(self) -> tuple[float, float]:
        """The least and the greatest p of all runs."""
        found = [run.pvalue for run in self.runs]
        return min(found), max(found)

    @property
    def readings(self) -> dict[str, tuple[Run, ...]]:
        """The runs of each reading."""
        names = dict.fromkeys(run.reading for run in self.runs)
        return {name: tuple(run for run in self.runs if run.reading == name) for name in names}

    @property
    def shown(self) -> Run:
        """The run of the report's own reading that favours the claim least."""
        return self.least_favourable(next(iter(self.readings.values())))

    def least_favourable(self, runs: Iterable[Run]) -> Run:
        """Return the run that favours the claim least.

        Of a difference that is the greatest p; of a claim that two shares are similar, the least.
        """
        sign = -1 if self.said == "similar" else 1
        return max(runs, key=lambda run: sign * run.pvalue)

    @property
    def shares(self) -> TwoShares | None:
        """The test that is shown, if it is one of shares."""
        found = self.shown.test if self.runs else None
        return found if isinstance(found, TwoShares) else None

    @property
    def verdict(self) -> str:
        """One of `VERDICTS`."""
        if not self.runs:
            return NOT_TESTED
        if not self.claimed:
            return NO_CLAIM
        below = [run.pvalue < ALPHA for run in self.runs]
        ways = {run.test.direction > 0 for run in self.runs}
        if not any(below):
            return UNCLEAR
        if not all(below) or len(ways) > 1:
            each = ({run.pvalue < ALPHA for run in part} for part in self.readings.values())
            settled = len(self.readings) > 1 and all(len(part) == 1 for part in each)
            return DEFINITION if settled else DEPENDS
        if self.adjusted is None or self.adjusted >= ALPHA:
            return ALONE if self._agrees or self.said == "similar" else UNCLEAR
        if self.said == "similar" or not self._agrees:
            return CONTRADICTED
        if self.like_for_like != "yes":
            return NOT_ALIKE
        return SUPPORTED if self.said else DIFFERENT

    @property
    def _agrees(self) -> bool:
        """Whether the difference goes the way that is said, if a way is said."""
        directed = self.said in ("higher", "lower")
        return not directed or (self.shown.test.direction > 0) == (self.said == "higher")


def adjusted(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """Adjust the greatest p of each claim by Holm's method, over all claims that are tested."""
    family = [item for item in outcomes if item.claimed and item.tested]
    values = dict(zip((i.key for i in family), holm([i.pvalues[1] for i in family]), strict=True))
    return tuple(
        replace(item, adjusted=float(values[item.key]) if item.key in values else None)
        for item in outcomes
    )
