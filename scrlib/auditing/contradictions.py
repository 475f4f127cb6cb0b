"""What the report rules out: each with the other claims that show it, and the argument in words.

What is ruled out is on record in `proofs.json`, found by machine. The words are written by hand:
a test turns the claims that they name into inequalities and refutes them by another path. The
numbers in an argument are filled in from the report, never typed. A proof without words is told in
the machine's own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import Field

from scrlib import paths
from scrlib.auditing import proof, register
from scrlib.auditing.audit import audit
from scrlib.auditing.audit_results import Audit, Contradiction, Evidence
from scrlib.auditing.claims import claims
from scrlib.auditing.known import Knowledge
from scrlib.auditing.proof import Proof
from scrlib.report import coding_frame, in_focus
from tally.arithmetic import carry_out
from tally.claims import Claim
from tally.dataset import Dataset
from tally.errors import Failure, InputError, nearest
from tally.rounding import plain
from tally.syntax import one_line
from tally.yamlfile import Entry

FILE = paths.PUBLISHED / "contradictions.yaml"
CONSISTENT = paths.PUBLISHED / "consistent.txt"
_NAME = re.compile(r"\{([\w:/.-]+)\}")


class _Argument(Entry):
    """An entry of the file: what the other claims rule out, and why, in words.

    `results` has arithmetic on printed numbers by the name that the words have for what it gives.
    """

    id: str
    rules_out: tuple[str, ...] = Field(min_length=1)
    others: tuple[str, ...] = Field(alias="with")
    results: dict[str, dict[str, tuple[str, ...]]] = Field({})
    because: str


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
    printed = {item.id: item.printed for item in found}
    known = {*printed, *(reading.id for item in found for reading in item.readings)}
    proofs = {name: item for item in proof.load(record) for name in item.rules_out}
    arguments, failures = register.entries(path, _Argument)
    for place, raw in arguments:
        failures += _wrong_names(raw, known, proofs.keys(), place)
    if failures:
        raise InputError(failures)
    worded = [_contradiction(raw, printed, proofs) for _, raw in arguments]
    told = {name for item in worded for name in item.rules_out}
    rest = [item for item in proofs.values() if told.isdisjoint(item.rules_out)]
    return (*worded, *_unworded(rest))


def _unworded(proofs: Iterable[Proof]) -> Iterator[Contradiction]:
    for item in dict.fromkeys(proofs):
        yield Contradiction(item.id, item.rules_out, item.others, item.because, item)


def _wrong_names(
    raw: _Argument, known: Collection[str], ruled_out: Collection[str], place: str
) -> Iterator[Failure]:
    for name in (*raw.rules_out, *raw.others):
        if name not in known:
            rule = "There is no such claim."
            yield Failure(rule, place, value=name, nearest=nearest(name, known))
        elif name in raw.rules_out and name not in ruled_out:
            rule = "No proof on record rules this out: `scr audit --prove` looks for them again."
            yield Failure(rule, place, value=name)


def _contradiction(
    raw: _Argument, printed: Mapping[str, str], proofs: Mapping[str, Proof]
) -> Contradiction:
    texts = dict(printed)
    for name, steps in raw.results.items():
        ((operation, operands),) = steps.items()
        texts[name] = plain(carry_out((operation, *operands), texts)[0])

    def shown(found: re.Match[str]) -> str:
        if found[1] not in texts:
            rule = "The argument names no claim or result."
            raise InputError(
                Failure(rule, raw.id, value=found[1], nearest=nearest(found[1], texts))
            )
        return texts[found[1]]

    because = _NAME.sub(shown, one_line(raw.because))
    return Contradiction(raw.id, raw.rules_out, raw.others, because, proofs[raw.rules_out[0]])


def consistent() -> frozenset[str]:
    """Read the ids of readings that hold on some dataset with every other claim that can."""
    return frozenset(CONSISTENT.read_text(encoding="utf-8").split())


def against_itself(dataset: Dataset) -> Audit:
    """Audit the report on cases that were solved from it, whatever was changed in them since."""
    return audit(dataset, Evidence(load(claims(coding_frame())), consistent()))


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
