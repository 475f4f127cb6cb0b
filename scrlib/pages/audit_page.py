"""Chapter 7 in parts: scope, score, contradictions and their proofs, readings, the full list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path

from markupsafe import Markup

from scrlib.auditing import audit_output, coverage
from scrlib.auditing.audit import (
    AGREES,
    CONTRADICTS,
    DEPENDS,
    FAILS,
    HOLDS,
    NOT_COMPUTABLE,
    ROUNDS,
    UNCHECKED,
    UNSETTLED,
    VERDICTS,
    Audit,
    Contradiction,
    Result,
    Verdict,
)
from scrlib.auditing.proof import Proof
from scrlib.auditing.register import REASONS
from scrlib.showing.display import file_size
from scrlib.showing.markup import Sheet
from tally.claims import Claim
from tally.escape import escape_html
from tally.rounding import half_up

_KINDS = (("table", "Numbers in tables"), ("statement", "Statements in text and footnotes"))
_OF_PRINT = {
    HOLDS: "agrees with the rest", FAILS: "contradicted", UNSETTLED: "not settled",
    UNCHECKED: "cannot be checked",
}  # fmt: skip
_OF_CASES = {HOLDS: "holds", FAILS: "does not hold", UNCHECKED: "cannot be checked"}
_MEANING = {
    AGREES: "The number found is the printed one, or the comparison holds.",
    ROUNDS: "The number found becomes the printed one when it is rounded.",
    DEPENDS: "It holds by one reading of the words and not by another.",
    CONTRADICTS: "It cannot hold together with other numbers in print.",
    NOT_COMPUTABLE: "No case-level data can settle it.",
}


def scope(found: Audit) -> Sheet:
    """Return what is checked and what is not, with the reason."""
    kinds = {"": "Checked on the cases", "print": "Checked by arithmetic between printed numbers"}
    kinds |= {reason: f"Not checked: {text}" for reason, text in REASONS.items()}
    numbers = [Counter(_kind(item) for item in found.of(source=name)) for name, _ in _KINDS]
    rows = [[text, *(str(n[key]) for n in numbers)] for key, text in kinds.items()]
    rows.append(["All", *(str(sum(n.values())) for n in numbers)])
    header = ["How", *(label for _, label in _KINDS)]
    return Sheet("What is checked, and what is not", header, rows, "audit-scope", (1, 2))


def _kind(item: Verdict) -> str:
    return "print" if item.claim.on_print else item.claim.reason


def completeness() -> Sheet:
    """Say how many numbers and quantifiers the report's text holds, and what became of them."""
    rows = coverage.read()
    numbers = Counter(row.disposition for row in rows)
    shown = [[text, str(numbers[key])] for key, text in coverage.DISPOSITIONS.items()]
    shown.append(["All", str(len(rows))])
    caption = (
        "Numbers and words of number or comparison in the report's text, by what became of them"
    )
    return Sheet(caption, ["What it is", "Number"], shown, "audit-coverage", (1,))


def score(found: Audit) -> str:
    """Return the score in a sentence for each source."""
    sentences = []
    for source, _ in reversed(_KINDS):
        held, checked = found.score(source)
        noun = "statements" if source == "statement" else "numbers in tables"
        verb = "hold" if found.of_report else "are as the report has them"
        sentences.append(f"**{held} of {checked}** {noun} that can be checked {verb}.")
    return " ".join(sentences)


def verdicts(found: Audit) -> Sheet:
    """Return the verdicts with their numbers."""
    rows = [
        [audit_output.word(found, kind).capitalize(), *_counts(found, kind), _meaning(found, kind)]
        for kind in VERDICTS
    ]
    header = ["Verdict", *(label for _, label in _KINDS), "Meaning"]
    return Sheet("Verdicts", header, rows, "audit-verdicts", (1, 2))


def _counts(found: Audit, kind: str) -> list[str]:
    return [str(found.counts(source)[kind]) for source, _ in _KINDS]


def _meaning(found: Audit, kind: str) -> str:
    if kind == CONTRADICTS and not found.of_report:
        return (
            "These cases give another number, or the comparison does not hold for them; of a claim "
            "about print alone, other printed numbers do not bear it out."
        )
    if kind == NOT_COMPUTABLE and not found.of_report:
        return "No case-level data can settle it, or these cases hold nothing to settle it by."
    return _MEANING[kind]


def contradictions(found: Audit) -> str:
    """Return a heading for each claim that print contradicts, with what was printed and why."""
    if not found.of_report:
        return ""
    parts = [_contradiction(item, found) for item in found.contradicted]
    return "\n\n".join(parts) or "<p>None: all claims can hold together.</p>"


def _contradiction(item: Verdict, found: Audit) -> str:
    claim = item.claim
    lines = [
        f'<h3 id="{anchor(claim.id)}">{escape_html(claim.says)}</h3>',
        f"<p>Printed: {_quoted(claim)} ({escape_html(place(claim))}).</p>",
    ]
    proof = found.contradictions.get(item.proof)
    lines.append(_proof(proof, found) if proof else _steps(item))
    if item.possible:
        items = "".join(f"<li>{escape_html(text)}</li>" for text in item.possible)
        lines.append(f"<p>The printed number would follow from:</p><ul>{items}</ul>")
    return "\n".join(line for line in lines if line)


def _proof(proof: Contradiction, found: Audit) -> str:
    """Return the claims that rule a claim out, and the argument."""
    return (
        f"<p>{escape_html(proof.because)}</p>\n"
        f'<details class="scr-how"><summary>The claims that it cannot hold together with</summary>'
        f"\n{_named(proof.others, found)}\n{_searched(proof, found)}</details>"
    )


def _named(names: Iterable[str], found: Audit) -> str:
    claims = [found.by_id(name.partition("/")[0]).claim for name in names]
    items = "".join(
        f"<li>{escape_html(item.says)}: {_quoted(item)} ({escape_html(place(item))})</li>"
        for item in claims
    )
    return f"<ul>{items}</ul>"


def _searched(proof: Contradiction, found: Audit) -> str:
    """Return what the search by machine came to, where its set of claims is another one."""
    search = proof.searched
    if search is None or not search.others:
        return ""
    text = "A search by machine, which was not told where to look, names the same claim."
    left = f" They leave {_between(search)}." if search.least else ""
    if set(search.others) == set(proof.others):
        return f"<p>{text}{left}</p>\n"
    shown = f"<p>{text} It shows it with:</p>\n{_named(search.others, found)}\n"
    return f"{shown}<p>{left.strip()}</p>\n" if left else shown


def _between(search: Proof) -> str:
    ends = [half_up(Fraction(end), 0 if Fraction(end).denominator == 1 else 2)
            for end in (search.least, search.greatest)]  # fmt: skip
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def _steps(item: Verdict) -> str:
    return "".join(_shown_steps(result) for result in item.results)


def _shown_steps(result: Result) -> str:
    if result.shown and result.reading.steps:
        return f"<p>From the printed numbers: {escape_html(result.shown)}.</p>"
    return f"<p>From the rest of print: {escape_html(result.shown)}.</p>" if result.shown else ""


def place(claim: Claim) -> str:
    """Return where a claim stands: section, footnote or executive summary."""
    section = claim.section
    return f"section {section}" if section[:1].isdigit() else section[:1].lower() + section[1:]


def _quoted(claim: Claim) -> str:
    return f"“{escape_html(claim.printed)}”"


def anchor(identifier: str) -> str:
    """Return the name by which a page links to a claim."""
    return f"claim-{identifier.replace(':', '-').replace('/', '-').replace('_', '-')}"


def readings(found: Audit) -> Sheet:
    """Return each claim that depends on how it is read, with what every reading comes to."""
    arguments = {name: item.because for name, item in found.contradictions.items()}
    words = _OF_PRINT if found.of_report else _OF_CASES
    rows = []
    for item in found.of(DEPENDS):
        if item.claim.on_print and not found.of_report:
            continue
        items = (f"<li>{_reading(result, arguments, words)}</li>" for result in item.results)
        told = Markup(f"<ul>{' '.join(items)}</ul>")
        rows.append([f"{item.claim.says} ({place(item.claim)})", f"“{item.claim.printed}”", told])
    header = ["Statement", "Printed", "Each reading, and what it comes to"]
    return Sheet("Statements that depend on a reading", header, rows, "audit-readings")


def _reading(result: Result, arguments: Mapping[str, str], words: Mapping[str, str]) -> str:
    label = escape_html(result.reading.label or "as printed")
    value = f" ({escape_html(result.shown)})" if result.shown and not result.proof else ""
    why = escape_html(arguments.get(result.proof, ""))
    return f"{label}: <strong>{words[result.state]}</strong>{value}. {why}".rstrip()


def downloads(found: Audit, folder: Path, address: str) -> str:
    """Write the audit as CSV and JSON, and return links to both.

    Parameters
    ----------
    folder : Path
        Where the files are written.
    address : str
        The folder as linked from the page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"audit.csv": audit_output.as_csv(found), "audit.json": audit_output.as_json(found)}
    links = []
    for name, text in texts.items():
        path = folder / name
        path.write_text(text, encoding="utf-8", newline="\n")
        kind = path.suffix[1:].upper()
        links.append(f"[Download every claim ({file_size(path)} {kind})]({address}/{name})")
    return " · ".join(links)
