"""What a page says at its head: what its data are, and what is held back."""

from __future__ import annotations

from scrlib import disclosure
from scrlib.auditing.known import Knowledge
from scrlib.report import label_of
from scrlib.shown import Shown
from tally.codebook import Codebook
from tally.dataset import INVENTED
from tally.escape import escape_html

SYNTHETIC = (
    "<strong>The case records are synthetic; the numbers are the report’s.</strong> A number is "
    "shown where the report’s text fixes it. Where it does not, the page gives the range that the "
    "text allows, or nothing. The report also printed charts; we had only its text."
)


def notice(knowledge: Knowledge) -> Shown:
    """Return the notice of a page."""
    text = f'<aside class="scr-notice" role="note"><p>{_about(knowledge)}</p></aside>'
    return Shown("notice", text)


def _about(knowledge: Knowledge) -> str:
    meta, codebook = knowledge.dataset.meta, knowledge.dataset.codebook
    focus = escape_html(label_of(codebook, knowledge.focus))
    about = f"Data: {escape_html(meta.title)}. Study in focus: {focus}."
    if knowledge.solved:
        return f"{SYNTHETIC} {about}"
    if knowledge.broken:
        return (
            "<strong>These synthetic cases no longer agree with the report:</strong> "
            f"{len(knowledge.broken)} of its printed numbers differ. Every number here is counted "
            f"from them. {about}"
        )
    finding = " Nothing here is a finding." if meta.provenance == INVENTED else ""
    kind = f"<strong>{meta.kind.capitalize()}.{finding}</strong>"
    return " ".join(filter(None, (kind, about, disclosure.notice(), _not_known(codebook))))


def _not_known(codebook: Codebook) -> str:
    """Say how answers that are not known count, where there are such."""
    rare = [item for item in codebook.variables.values() if any(c.if_used for c in item.categories)]
    text = (
        "Percentages are of all, including those of whom the answer is not known." if rare else ""
    )
    if any(item.kind == "rating" for item in rare):
        text += (
            " A rating that is not known counts as not present and scores nothing: totals and "
            "averages are minimums."
        )
    return text
