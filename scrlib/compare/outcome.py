"""What the tests make of a claim: every test that the published numbers allow, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrlib.compare.associations import Association
from scrlib.compare.benchmarks import Benchmark, Share
from scrlib.compare.shares import ALPHA, Result, holm

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
CLEAR = (SUPPORTED, DIFFERENT, NOT_ALIKE, CONTRADICTED)
"""Those of a difference that chance does not explain, with all claims allowed for."""

HELD_BACK = "A number that this test takes is held back or rounded: the test would give it away."
NOTHING = "There is nothing to test: a group is empty, or all or none of its units count."
UNPRINTED = "The report does not give the numbers that this test needs."
INVENTED = "These synthetic cases are not the report's: a test of them would show nothing."


@dataclass(frozen=True, slots=True)
class Reading:
    """The tests of one reading of our share, over every count that is possible.

    Parameters
    ----------
    test : Result
        Of arrays, if several counts are possible.
    shared : array or None
        p of each by a z test if as many cases as possible are in both samples.
    adjusted : float or None
        The greatest p adjusted by Holm's method over the family; None outside it.
    """

    test: Result
    shared: Any = None
    adjusted: float | None = None

    @property
    def pvalues(self) -> NDArray[np.float64]:
        """The p value of each test."""
        return np.ravel(self.test.pvalue)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a claim.

    Parameters
    ----------
    claim : Benchmark or Association
    own : bool
        Whether the cases are those of which the report speaks.
    readings : dict of str to Reading
        The report's own reading of its share has no name; none if there is no test.
    ours : tuple of (int, int)
        Our share: a count and base, or all that agree with the report; empty if it is not known.
    reason, untried : str
        Why there is no test, or not one of a reading.
    """

    claim: Benchmark | Association
    own: bool = True
    readings: dict[str, Reading] = field(default_factory=dict)
    ours: tuple[Share, ...] = ()
    reason: str = ""
    untried: str = ""

    @property
    def said(self) -> str:
        """What the report says of these cases; empty if nothing, or if they are not its own."""
        return self.claim.said if self.own else ""

    @property
    def note(self) -> str:
        """What else weakens the result."""
        return f"{self.claim.note if self.own else ''} {self.untried}".strip()

    @property
    def tested(self) -> bool:
        """Whether there is a test."""
        return bool(self.readings)

    @property
    def judged(self) -> bool:
        """Whether it is a claim that is tested, so that it has a verdict and an adjusted p."""
        return self.claim.claimed and self.tested

    @property
    def pvalues(self) -> NDArray[np.float64]:
        """The p value of every test."""
        return np.concatenate([reading.pvalues for reading in self.readings.values()])

    @property
    def adjusted(self) -> float | None:
        """The greatest p of all readings, adjusted; None outside the family."""
        found = [reading.adjusted for reading in self.readings.values()]
        return max((p for p in found if p is not None), default=None)

    @property
    def shown(self) -> Result:
        """The test of the report's own reading that favours the claim least."""
        return self.least_favourable("")

    def least_favourable(self, name: str) -> Result:
        """Return the test of a reading that favours the claim least.

        Of a difference that is the greatest p; of a claim that two shares are similar, the least.
        """
        reading = self.readings[name]
        pick = np.argmin if self.said == "similar" else np.argmax
        return reading.test.at(int(pick(reading.pvalues)))

    @property
    def verdict(self) -> str:
        """One of `VERDICTS`."""
        if not self.tested:
            return NOT_TESTED
        if not self.claim.claimed:
            return NO_CLAIM
        tests = [reading.test for reading in self.readings.values()]
        ways = {bool(way) for test in tests for way in np.ravel(test.direction) > 0}
        below = [set((reading.pvalues < ALPHA).tolist()) for reading in self.readings.values()]
        if not any(True in found for found in below):
            return UNCLEAR
        if any(False in found for found in below) or len(ways) > 1:
            settled = len(below) > 1 and all(len(found) == 1 for found in below)
            return DEFINITION if settled else DEPENDS
        agrees = self.said not in ("higher", "lower") or ways == {self.said == "higher"}
        if self.adjusted is None or self.adjusted >= ALPHA:
            return ALONE if agrees else UNCLEAR
        if self.said == "similar" or not agrees:
            return CONTRADICTED
        if self.claim.like_for_like != "yes":
            return NOT_ALIKE
        return SUPPORTED if self.said else DIFFERENT


def adjusted(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """Adjust the greatest p of each reading by Holm's method.

    There are two families, each claim in it with its greatest p: claims beside national figures
    that are tested, and associations that the report claims and that are tested.
    """
    return tuple(replace(item, readings=_adjusted(item, outcomes)) for item in outcomes)


def _adjusted(item: Outcome, outcomes: Sequence[Outcome]) -> dict[str, Reading]:
    if not item.judged:
        return item.readings
    others = [
        float(other.pvalues.max())
        for other in outcomes
        if other.judged and other is not item and isinstance(other.claim, type(item.claim))
    ]
    return {
        name: replace(reading, adjusted=float(holm([float(reading.pvalues.max()), *others])[0]))
        for name, reading in item.readings.items()
    }
