"""Chapter 7's tables: every printed number, and those that cannot all be right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from markupsafe import Markup

from scrlib import determined
from scrlib.auditing import contradictions, coverage
from scrlib.auditing.audit_output import word
from scrlib.auditing.audit_results import (
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
    Result,
    Verdict,
)
from scrlib.auditing.register import REASONS
from scrlib.listing import Listing
from tally.claims import Claim
from tally.escape import escape_html

SAYS, PRINTED, COMPUTED, VERDICT = "What the report says", "Printed", "Computed", "Verdict"
_SOURCES = {"table": "In tables", "statement": "In the text"}
_OF_REPORT = {
    HOLDS: "agrees with the rest", FAILS: "contradicts the rest", UNSETTLED: "not settled",
    UNCHECKED: "cannot be checked",
}  # fmt: skip
_OF_CASES = {HOLDS: "holds", FAILS: "does not hold", UNCHECKED: "cannot be checked"}
_MEANING = {
    AGREES: "The number computed is the printed one, or the comparison holds.",
    ROUNDS: "The number computed becomes the printed one when it is rounded.",
    DEPENDS: "It holds by one reading of the words and not by another.",
    CONTRADICTS: "It cannot hold together with other printed numbers.",
    NOT_COMPUTABLE: "No case records could settle it.",
}


@lru_cache(maxsize=1)
def report() -> Audit:
    """Return the report held against itself, whatever the data of a book."""
    return contradictions.against_itself(determined.agreeing())


def every_number(audit: Audit) -> Listing:
    """Return every printed number with what was computed and the verdict, as a table to search."""
    rows = [
        [_said(item.claim), item.claim.printed, _computed(item), word(audit, item.verdict)]
        for item in audit.verdicts
    ]
    first = tuple(word(audit, kind) for kind in (CONTRADICTS, DEPENDS))
    return Listing(
        "Every number that the report prints", (SAYS, PRINTED, COMPUTED, VERDICT), rows,
        choose=VERDICT, first=first, first_label="those that do not simply agree",
        table=audit.frame(),
    )  # fmt: skip


def said(claim: Claim) -> str:
    """Return what a claim says; of a cell, whether it is a percentage, or a number averaged."""
    text, _, measure = claim.says.rpartition(" (")
    if claim.source != "table":
        return claim.says
    averaged = measure == "count)" and "average" in text.lower()
    return text + (" (number of cases)" if averaged else " (%)" if measure == "percent)" else "")


def _said(claim: Claim) -> Markup:
    return Markup("{} <small>({})</small>").format(said(claim), place(claim))


def place(claim: Claim) -> str:
    """Return where a claim stands: section, footnote or executive summary."""
    section = claim.section
    return f"section {section}" if section[:1].isdigit() else section[:1].lower() + section[1:]


def _computed(item: Verdict) -> str:
    """Return what was computed, how it has changed, or why it was not."""
    if item.verdict == NOT_COMPUTABLE:
        held_back = "; ".join(dict.fromkeys(result.shown for result in item.results))
        return item.claim.why or held_back or "Not defined on these cases."
    if item.now:
        return item.now
    told = [result for result in item.results if result.shown]
    if len(item.results) == 1:
        return told[0].shown if told else "A comparison: no single number."
    return "; ".join(
        f"{result.reading.label}: {_outcome(result, _OF_REPORT)}" for result in item.results
    )


def _outcome(result: Result, words: Mapping[str, str]) -> str:
    value = f" ({result.shown})" if result.shown else ""
    return f"{words[result.state]}{value}"


def verdicts(audit: Audit) -> Listing:
    """Return the verdicts with their numbers."""
    counts = [audit.counts(source) for source in _SOURCES]
    rows = [
        [word(audit, kind).capitalize(), *(str(count[kind]) for count in counts),
         *([_MEANING[kind]] if audit.of_report else [])]
        for kind in VERDICTS
    ]  # fmt: skip
    header = ["Verdict", *_SOURCES.values(), *(["Meaning"] if audit.of_report else [])]
    title = "How the printed numbers stand"
    return Listing(title, header, rows, numbers=tuple(_SOURCES.values()))


def scope(audit: Audit) -> Listing:
    """Return what is checked and what is not, with the reason."""
    kinds = {"": "Checked on the cases", "print": "Checked by arithmetic between printed numbers"}
    kinds |= {reason: f"Not checked: {text}" for reason, text in REASONS.items()}
    counts = [
        Counter("print" if item.claim.on_print else item.claim.reason
                for item in audit.of(source=source))
        for source in _SOURCES
    ]  # fmt: skip
    rows = [[text, *(str(count[key]) for count in counts)] for key, text in kinds.items()]
    rows.append(["All", *(str(sum(count.values())) for count in counts)])
    header = ("How", *_SOURCES.values())
    return Listing("What is checked, and what is not", header, rows, tuple(_SOURCES.values()))


def completeness() -> Listing:
    """Return what became of every number and word of number in the report's text."""
    numbers = Counter(row.disposition for row in coverage.read())
    rows = [[text, str(numbers[key])] for key, text in coverage.DISPOSITIONS.items()]
    rows.append(["All", str(sum(numbers.values()))])
    title = "Every number and word of number in the report’s text"
    return Listing(title, ("What it is", "Times"), rows, ("Times",))


def contradiction(audit: Audit, name: str) -> Listing:
    """Return the statements that cannot all hold, the argument, and a wrong step if one fits.

    Parameters
    ----------
    name : str
        The id of a contradiction in `data/published/contradictions.yaml`.
    """
    item = audit.contradictions[name]
    accused = [audit.by_id(_claim_id(one)) for one in item.rules_out]
    claims = [one.claim for one in accused] + [audit.by_id(_claim_id(x)).claim for x in item.others]
    rows = [[said(claim), claim.printed, place(claim)] for claim in dict.fromkeys(claims)]
    steps = dict.fromkeys(step for one in accused for step in one.possible)
    slip = f"What may have happened: {'; or '.join(steps)}." if steps else ""
    return Listing(
        "What is printed", (SAYS, PRINTED, "Where"), rows,
        before=escape_html(item.because), after=escape_html(slip), download=False,
    )  # fmt: skip


def _claim_id(name: str) -> str:
    return name.partition("/")[0]


def readings(audit: Audit) -> Listing:
    """Return each number that holds by one reading of its words and not by another."""
    rows = [
        [_said(item.claim), item.claim.printed, _list(_reading(audit, one) for one in item.results)]
        for item in audit.of(DEPENDS)
    ]
    header = (SAYS, PRINTED, "Each reading, and what it comes to")
    return Listing("Numbers that depend on a reading", header, rows)


def _reading(audit: Audit, result: Result) -> str:
    proof = audit.contradictions.get(result.proof)
    why = f" {proof.because}" if proof else ""
    words = _OF_REPORT if audit.of_report else _OF_CASES
    return f"{result.reading.label}: {_outcome(result, words)}.{why}"


def _list(texts: Iterable[str]) -> Markup:
    items = (Markup("<li>{}</li>").format(text) for text in texts)
    return Markup("<ul>{}</ul>").format(Markup("").join(items))
