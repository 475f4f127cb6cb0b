"""An audit as text, CSV and JSON: what `scr audit` prints."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from scrlib.auditing.audit_results import CONTRADICTS, DEPENDS, Audit, Result, Verdict, row

_COLUMNS = ("verdict", "section", "id", "printed", "found")
_WIDEST = 44
_IN_READINGS = ("readings", "found", "proof", "quantity")
_OBSERVED_WORDS = {
    "agrees": "as in the report",
    "agrees by rounding": "as in the report, rounded",
    "depends on a reading": "depends on a reading",
    "contradicts": "differs",
    "not computable": "not computable",
}


def word(found: Audit, verdict: str) -> str:
    """Return the word for a verdict: new cases differ from the report, which is no fault of it."""
    return verdict if found.of_report else _OBSERVED_WORDS[verdict]


def summary(found: Audit) -> str:
    """Return the score and the number of claims by verdict, in a few lines."""
    held, checked = found.score()
    lines = [f"{held} of {checked} claims that can be checked hold."]
    for source, plural in (("statement", "statements"), ("table", "table cells")):
        counts = found.counts(source)
        parts = (f"{n} {word(found, kind)}" for kind, n in counts.items() if n)
        lines.append(f"{sum(counts.values())} {plural}: {', '.join(parts)}.")
    return "\n".join(lines)


def details(item: Verdict, found: Audit) -> str:
    """Return a claim that does not simply hold, with its readings, proof and possible causes."""
    claim = item.claim
    lines = [f"{claim.id} (section {claim.section}): {claim.says}. Printed: {claim.printed}."]
    lines += [f"  - {_of_result(result, found)}" for result in item.results]
    lines += [f"  possibly: {text}" for text in item.possible]
    return "\n".join(lines)


def _of_result(result: Result, found: Audit) -> str:
    parts = [result.reading.label, result.shown, result.state]
    text = ": ".join(part for part in parts if part)
    proof = found.contradictions.get(result.proof)
    return f"{text} ({proof.id}: {proof.because})" if proof else text


def as_text(found: Audit) -> str:
    """Return every claim in a line, then what contradicts and what depends, then the score."""
    rows = [{**row(item), "verdict": word(found, item.verdict)} for item in found.verdicts]
    columns = _COLUMNS if found.of_report else (*_COLUMNS[:-1], "now")
    parts = [_grid(rows, columns)]
    for kind in (CONTRADICTS, DEPENDS):
        items = found.of(kind) if found.of_report else ()
        if items:
            heading = f"{word(found, kind).capitalize()}: {len(items)}"
            parts.append("\n".join([heading, *(details(item, found) for item in items)]))
    return "\n\n".join([*parts, summary(found)])


def _grid(rows: Sequence[dict[str, str]], columns: Sequence[str]) -> str:
    """Set texts in columns, as wide as the widest but no wider than `_WIDEST`."""
    shown = [[_cut(item[name]) for name in columns] for item in rows]
    widths = [max(map(len, column)) for column in zip(columns, *shown, strict=True)]
    lines = [columns, ["-" * width for width in widths], *shown]
    return "\n".join(_line(cells, widths) for cells in lines)


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."


def as_csv(found: Audit) -> str:
    """Return one row per claim, for a spreadsheet."""
    return found.frame().to_csv(index=False, lineterminator="\n")


def as_json(found: Audit) -> str:
    """Return the audit as JSON: the score, and every claim with its readings."""
    held, checked = found.score()
    data = {
        "dataset": found.title, "of_report": found.of_report, "study": found.focus,
        "hold": held, "checked": checked, "verdicts": found.counts(),
        "claims": [_plain(item) for item in found.verdicts],
        "proofs": [asdict(item) for item in found.contradictions.values()],
    }  # fmt: skip
    return json.dumps(data, indent=1, ensure_ascii=False)


def _plain(item: Verdict) -> dict[str, Any]:
    """Return a claim as plain data, what is empty left out; texts of readings stand there."""
    kept = {key: text for key, text in row(item).items() if key not in _IN_READINGS}
    return _filled({**kept, "readings": [_reading(result) for result in item.results]})


def _reading(result: Result) -> dict[str, Any]:
    reading = result.reading
    return _filled(
        {"id": reading.id, "label": reading.label, "quantity": reading.text,
         "state": result.state, "found": result.shown, "proof": result.proof}
    )  # fmt: skip


def _filled(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value}
