"""What an audit comes to: a result for each reading, a verdict for each claim, and their counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from scrlib.auditing.proof import Proof
from tally.claims import Claim, Reading

AGREES = "agrees"
ROUNDS = "agrees by rounding"
CONTRADICTS = "contradicts"
DEPENDS = "depends on a reading"
NOT_COMPUTABLE = "not computable"
VERDICTS = (AGREES, ROUNDS, DEPENDS, CONTRADICTS, NOT_COMPUTABLE)

HELD = "held back"
HOLDS, FAILS, UNSETTLED, UNCHECKED = "holds", "fails", "not settled", "cannot be checked"


@dataclass(frozen=True, slots=True)
class Result:
    """One reading of a claim against a dataset.

    Parameters
    ----------
    state : str
        `HOLDS`: on synthetic data, it can hold together with the rest of the report. `FAILS`.
        `UNSETTLED`: it fails on these synthetic cases, and nothing shows that it does on all that
        agree with the report. `UNCHECKED`: nothing can be evaluated.
    exact : bool
        Whether the value is the printed number itself, before rounding.
    shown : str
        The value as a reader may be shown it: a number, a range, or nothing. On synthetic data
        never a number that the report does not fix.
    proof : str
        Id of the proof that the report rules the reading out; empty if there is none.
    """

    reading: Reading
    state: str
    exact: bool
    shown: str
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A claim and what became of it.

    Parameters
    ----------
    verdict : str
        One of `VERDICTS`.
    possible : tuple of str
        Simple wrong steps that give the printed number, each in a phrase.
    now : str
        On observed data: how it compares with the report, such as "now 12, was 15".
    """

    claim: Claim
    verdict: str
    results: tuple[Result, ...]
    possible: tuple[str, ...] = ()
    now: str = ""

    @property
    def proof(self) -> str:
        """Id of the first proof against it; empty if there is none."""
        return next((item.proof for item in self.results if item.proof), "")


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Claims that cannot hold together.

    Parameters
    ----------
    id : str
    rules_out : tuple of str
        Ids of statements, readings or cells that the others rule out, each by itself.
    others : tuple of str
        Ids of the claims that do so, none of which can be left out.
    because : str
        The argument, with the numbers that were printed.
    searched : Proof, optional
        What the search by machine found for the same claim.
    """

    id: str
    rules_out: tuple[str, ...]
    others: tuple[str, ...]
    because: str
    searched: Proof | None = None


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of claims beyond one dataset.

    Parameters
    ----------
    contradictions : sequence of Contradiction
        What the report rules out.
    consistent : collection of str
        Ids of readings with which some dataset agrees, and with all other claims that can hold.
    """

    contradictions: Sequence[Contradiction] = ()
    consistent: Collection[str] = ()

    @cached_property
    def proofs(self) -> Mapping[str, str]:
        """By the id of a claim or reading that is ruled out, the id of the contradiction."""
        return {name: item.id for item in self.contradictions for name in item.rules_out}


@dataclass(frozen=True, eq=False)
class Audit:
    """Every claim of the report, with the contradictions that it names by id.

    `of_report` says whether the cases stand for the report, so that it is held against itself.
    """

    title: str
    of_report: bool
    focus: int
    verdicts: tuple[Verdict, ...]
    contradictions: Mapping[str, Contradiction] = field(default_factory=dict)

    def of(self, *kinds: str, source: str = "") -> tuple[Verdict, ...]:
        """Return the verdicts of some kinds, of statements or table cells only if named."""
        return tuple(
            item for item in self.verdicts
            if item.verdict in (kinds or VERDICTS) and source in ("", item.claim.source)
        )  # fmt: skip

    def counts(self, source: str = "") -> dict[str, int]:
        """Return the number of claims by verdict, in the order of `VERDICTS`."""
        found = Counter(item.verdict for item in self.of(source=source))
        return {kind: found[kind] for kind in VERDICTS}

    def score(self, source: str = "") -> tuple[int, int]:
        """Return how many claims hold, and how many could be checked."""
        found = self.counts(source)
        return found[AGREES] + found[ROUNDS], sum(found.values()) - found[NOT_COMPUTABLE]

    @property
    def contradicted(self) -> tuple[Verdict, ...]:
        """The claims that do not hold by any reading."""
        return self.of(CONTRADICTS)

    def by_id(self, identifier: str) -> Verdict:
        """Return the verdict on one claim."""
        return self._index[identifier]

    @cached_property
    def _index(self) -> dict[str, Verdict]:
        return {item.claim.id: item for item in self.verdicts}

    def frame(self) -> pd.DataFrame:
        """One row per claim, in the report's order."""
        return pd.DataFrame([row(item) for item in self.verdicts])


def row(item: Verdict) -> dict[str, str]:
    """Return a verdict as plain texts, the same columns for every claim."""
    claim = item.claim
    return {
        "id": claim.id, "section": claim.section, "source": claim.source, "table": claim.table,
        "says": claim.says, "printed": claim.printed, "compare": claim.compare,
        "verdict": item.verdict, "found": "; ".join(r.shown for r in item.results if r.shown),
        "readings": "; ".join(f"{r.reading.label}: {r.state}" for r in item.results
                              if r.reading.label),
        "proof": item.proof, "possible": "; ".join(item.possible), "now": item.now,
        "reason": claim.reason, "why": claim.why,
        "quantity": "; ".join(r.text for r in claim.readings if r.text), "note": claim.note,
    }  # fmt: skip
