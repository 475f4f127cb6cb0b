"""What the report rules out: each with the other claims that show it, and the argument in words.

What is ruled out is on record in `proofs.json`, found by machine. The words are written by hand:
a test turns the claims that they name into inequalities and refutes them by another path. The
numbers in an argument are filled in from the report, never typed. A proof without words is told in
the machine's own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from scrlib import paths
from scrlib.auditing import proof
from scrlib.auditing.audit import audit
from scrlib.auditing.audit_results import Audit, Contradiction, Evidence
from scrlib.auditing.claims import claims
from scrlib.auditing.known import Knowledge
from scrlib.auditing.proof import Proof
from scrlib.report import coding_frame, in_focus
from tally.arithmetic import carry_out
from tally.claims import Claim
from tally.dataset import Dataset
from tally.errors import Failure, InputError, nearest, not_allowed
from tally.rounding import half_up

FILE = paths.PUBLISHED / "contradictions.yaml"
CONSISTENT = paths.PUBLISHED / "consistent.txt"
_FIELDS = ("id", "rules_out", "with", "results", "because")
_NAME = re.compile(r"\{([\w:/.-]+)\}")


def load(
    found: Sequence[Claim], path: Path = FILE, record: Path = proof.FILE
) -> tuple[Contradiction, ...]:
    """Read the contradictions of the report.

    Parameters
    ----------
    found : sequence of Claim
        Every claim of the report.
    path : Path
        The arguments in words.
    record : Path
        The proofs that were found by machine.

    Raises
    ------
    InputError
        If an entry has an unknown field, names a claim or result that there is not, or argues
        against a claim that no proof rules out.
    """
    raws = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    printed = {item.id: item.printed for item in found}
    known = {*printed, *(reading.id for item in found for reading in item.readings)}
    proofs = {name: item for item in proof.load(record) for name in item.rules_out}
    failures = [failure for raw in raws for failure in _check(raw, known, proofs.keys(), path.name)]
    if failures:
        raise InputError(failures)
    worded = [_contradiction(raw, printed, proofs) for raw in raws]
    told = {name for item in worded for name in item.rules_out}
    rest = [item for item in proofs.values() if told.isdisjoint(item.rules_out)]
    return (*worded, *_unworded(rest))


def _unworded(proofs: Iterable[Proof]) -> Iterator[Contradiction]:
    for item in dict.fromkeys(proofs):
        yield Contradiction(item.id, item.rules_out, item.others, item.because, item)


def _check(
    raw: dict[str, Any], known: Collection[str], ruled_out: Collection[str], file: str
) -> list[Failure]:
    place = f"{file}, {raw.get('id', 'entry without id')}"
    found = [
        not_allowed("No such field.", key, _FIELDS, place=place) for key in raw.keys() - _FIELDS
    ]
    for name in (*raw.get("rules_out", ()), *raw.get("with", ())):
        if name not in known:
            rule = "There is no such claim."
            found.append(Failure(rule, place, "", "", name, (), nearest(name, known)))
        elif name in raw.get("rules_out", ()) and name not in ruled_out:
            rule = "No proof on record rules this out: `scr audit --prove` looks for them again."
            found.append(Failure(rule, place, "", "", name, ()))
    return found


def _contradiction(
    raw: dict[str, Any], printed: Mapping[str, str], proofs: Mapping[str, Proof]
) -> Contradiction:
    texts = dict(printed)
    for name, steps in raw.get("results", {}).items():
        ((operation, operands),) = steps.items()
        texts[name] = plain(carry_out((operation, *map(str, operands)), texts)[0])

    def shown(found: re.Match[str]) -> str:
        if found[1] not in texts:
            rule = "The argument names no claim or result."
            raise InputError(
                Failure(rule, raw["id"], value=found[1], nearest=nearest(found[1], texts))
            )
        return texts[found[1]]

    because = _NAME.sub(shown, " ".join(raw["because"].split()))
    searched = proofs[raw["rules_out"][0]]
    return Contradiction(raw["id"], tuple(raw["rules_out"]), tuple(raw["with"]), because, searched)


def plain(value: Fraction) -> str:
    """Write a number: whole, or with two decimals."""
    return half_up(value, 0 if value.denominator == 1 else 2)


def consistent(path: Path = CONSISTENT) -> frozenset[str]:
    """Read the ids of readings that hold on some dataset with every other claim that can."""
    return frozenset(path.read_text(encoding="utf-8").split()) if path.exists() else frozenset()


def report() -> tuple[Contradiction, ...]:
    """Return the contradictions of the report that ships."""
    return load(claims(coding_frame()))


def against_itself(dataset: Dataset) -> Audit:
    """Audit the report on cases that were solved from it, whatever was changed in them since."""
    return audit(dataset, Evidence(report(), consistent()))


def audited(
    dataset: Dataset, focus: int | None = None, knowledge: Knowledge | None = None
) -> Audit:
    """Audit a dataset with all that is known of the report's claims.

    Parameters
    ----------
    dataset : Dataset
        Cases; by those that were solved from the report, the report itself is audited.
    focus : int, optional
        The study that takes the place of the report's newest.
    knowledge : Knowledge, optional
        What may be told of the cases.
    """
    known = knowledge or Knowledge(dataset, in_focus(dataset.codebook, focus))
    if known.solved:
        return against_itself(dataset)
    return audit(dataset, focus=known.focus, knowledge=known)
