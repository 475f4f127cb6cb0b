"""Print against a dataset, claim by claim: what agrees, contradicts, or depends on a reading.

On the dataset solved from the report this audits the report itself: all claims that can hold
together do, so one that fails is contradicted by the others, and a proof names them. On any other
dataset, and on that one once it was altered, it says how each claim stands to the cases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction

from scrlib import report as published
from scrlib.auditing.audit_results import (
    AGREES,
    CONTRADICTS,
    DEPENDS,
    FAILS,
    HELD,
    HOLDS,
    NOT_COMPUTABLE,
    ROUNDS,
    UNCHECKED,
    UNSETTLED,
    Audit,
    Evidence,
    Result,
    Verdict,
)
from scrlib.auditing.claims import claims
from scrlib.auditing.known import Knowledge
from tally.claims import Checked, Claim, Reading
from tally.dataset import Dataset
from tally.expression import Quantity, Relation
from tally.rounding import half_up, plain


def audit(
    dataset: Dataset,
    evidence: Evidence | None = None,
    focus: int | None = None,
    among: Sequence[Claim] | None = None,
    knowledge: Knowledge | None = None,
) -> Audit:
    """Check every claim of the report on a dataset.

    Parameters
    ----------
    dataset : Dataset
    evidence : Evidence, optional
        Proofs and witnesses; none if None.
    focus : int, optional
        The study that takes the place of the report's newest; the newest of the dataset if None.
    among : sequence of Claim, optional
        The claims to check; the report's if None.
    knowledge : Knowledge, optional
        What may be told of the dataset, where small numbers are held back: a claim about one is
        then not judged, as the verdict would tell the number.
    """
    year = published.in_focus(dataset.codebook, focus)
    known = knowledge or Knowledge(dataset, year)
    found = claims(dataset.codebook, year) if among is None else among
    known_of = evidence or Evidence()
    return Audit(
        dataset.meta.title, known.solved, year,
        tuple(_judged(claim, known_of, known) for claim in found),
        {item.id: item for item in known_of.contradictions},
    )  # fmt: skip


def _judged(claim: Claim, evidence: Evidence, knowledge: Knowledge) -> Verdict:
    dataset = knowledge.dataset
    checks = (_checked(reading, knowledge) for reading in claim.readings)
    results = tuple(_result(item, claim, evidence, knowledge) for item in checks)
    verdict = _verdict(results)
    wrong = knowledge.solved and verdict in (CONTRADICTS, DEPENDS)
    possible = slips(claim, dataset) if wrong else ()
    now = "" if knowledge.solved or verdict == NOT_COMPUTABLE else _now(claim, results)
    return Verdict(claim, verdict, results, possible, now)


def _checked(reading: Reading, knowledge: Knowledge) -> Checked:
    """Evaluate a reading from the cases, or from what may be told of them."""
    if knowledge.withhold is None or reading.parsed is None:
        return reading.check(knowledge.dataset)
    if isinstance(reading.parsed, Relation):
        return Checked(reading, None, knowledge.relation(reading.text))
    told = knowledge.known(reading.parsed)
    value = told.low if told.fixed else None
    return Checked(reading, value, None if value is None else reading.limits.admits(value))


def _result(
    check: Checked, claim: Claim, evidence: Evidence, knowledge: Knowledge
) -> Result:  # fmt: skip
    reading, proofs = check.reading, evidence.proofs
    failing = check.holds is False
    of_print = knowledge.solved
    proof = proofs.get(reading.id, proofs.get(claim.id, "")) if failing and of_print else ""
    state = {True: HOLDS, False: FAILS, None: UNCHECKED}[check.holds]
    if failing and of_print and not proof and reading.parsed and len(claim.readings) > 1:
        state = _beyond(reading, evidence, knowledge)
    number = _number(claim)
    exact = check.holds is not True or None in (check.value, number) or check.value == number
    return Result(reading, state, exact, _shown(check, knowledge), proof)


def _beyond(reading: Reading, evidence: Evidence, knowledge: Knowledge) -> str:
    """Return the state of a reading that fails on one dataset that agrees, over all of them."""
    if reading.id in evidence.consistent:
        return HOLDS
    return FAILS if _ruled_out(reading, knowledge) else UNSETTLED


def _ruled_out(reading: Reading, knowledge: Knowledge) -> bool:
    """Whether no dataset that agrees with the report has a value that the reading admits."""
    if not isinstance(reading.parsed, Quantity):
        return knowledge.relation(reading.text) is False
    known, limits = knowledge.known(reading.parsed), reading.limits
    if known.low is None or known.high is None:
        return False
    if known.fixed:
        return not limits.admits(known.low)
    above = limits.low is not None and known.high < limits.low
    return above or (limits.high is not None and known.low > limits.high)


def _number(claim: Claim) -> Fraction | None:
    """Return the printed number where closeness to it can be a matter of rounding."""
    if claim.compare not in ("equal", "about"):
        return None
    limits = claim.readings[0].limits
    if limits.low is None or limits.high is None:
        return None
    return (limits.low + limits.high) / 2


def _shown(check: Checked, knowledge: Knowledge) -> str:
    """Return the value as a reader may see it."""
    if check.reading.given is not None:
        return check.reading.steps
    parsed = check.reading.parsed
    if not isinstance(parsed, Quantity):
        return ""
    known = knowledge.known(parsed)
    if known.marker:
        return f"{HELD} {known.marker}"
    if known.low is None or known.high is None:
        return ""
    ends = [_with_unit(known.low, parsed), _with_unit(known.high, parsed)]
    return ends[0] if known.fixed else f"{ends[0]} to {ends[1]}"


def _with_unit(value: Fraction, quantity: Quantity) -> str:
    single = quantity.single
    unit = "%" if single is not None and single.function == "percent" else ""
    return f"{plain(value)}{unit}"


def _verdict(results: tuple[Result, ...]) -> str:
    states = {item.state for item in results}
    if not states - {UNCHECKED}:
        return NOT_COMPUTABLE
    if any(item.state == FAILS and item.reading.literal for item in results):
        return CONTRADICTS
    if states == {HOLDS}:
        return AGREES if all(item.exact for item in results) else ROUNDS
    return CONTRADICTS if states == {FAILS} else DEPENDS


def slips(claim: Claim, dataset: Dataset | None = None) -> tuple[str, ...]:
    """Say which wrong steps give the printed number; without a dataset, by printed numbers only."""
    return tuple(
        f"{step.label} ({step.steps})" if step.steps else step.label
        for step in claim.possible if step.check(dataset).holds
    )  # fmt: skip


def _now(claim: Claim, results: Iterable[Result]) -> str:
    """Say how new data compare with what was printed."""
    parts = []
    for item in results:
        label = f"{item.reading.label}: " if item.reading.label else ""
        parts.append(f"{label}{_change(claim, item)}")
    return "; ".join(parts)


_BOUND = {"at_least": "at least ", "at_most": "at most ", "about": "about "}


def _change(claim: Claim, result: Result) -> str:
    if result.reading.given is not None:
        return "printed numbers only, not about these cases"
    if result.state == UNCHECKED:
        return "not defined on these cases"
    if claim.compare == "relation":
        return "still so" if result.state == HOLDS else "no longer so"
    was = f"{_BOUND.get(claim.compare, '')}{_printed(claim)}"
    # Such a claim counts what speaks against it.
    against = " against it" if claim.printed.startswith(("all", "each")) else ""
    return f"now {result.shown}{against}, was {was}"


def _printed(claim: Claim) -> str:
    """Return the number that the report gives or stands for."""
    if re.fullmatch(r"[\d.,]+%?", claim.printed):
        return claim.printed
    limits = claim.readings[0].limits
    end = limits.low if limits.low is not None else limits.high
    return f"{half_up(end) if end is not None else ''} (“{claim.printed}”)"
