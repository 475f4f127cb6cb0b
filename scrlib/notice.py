"""What a page says at its head: what its data are, and what is held back."""

from __future__ import annotations

from scrlib.auditing.known import Knowledge
from scrlib.showing import telling
from scrlib.shown import Shown
from tally.dataset import INVENTED
from tally.escape import escape_html

SYNTHETIC = (
    "<strong>The case records are synthetic; the numbers are the report’s.</strong> A number is "
    "shown where the report’s text fixes it. Where it does not, the page gives the range that the "
    "text allows, or nothing. The report’s charts were printed; we had its text alone."
)


def notice(knowledge: Knowledge) -> Shown:
    """Return the notice of a page."""
    text = f'<aside class="scr-notice" role="note"><p>{_about(knowledge)}</p></aside>'
    return Shown("notice", text)


def _about(knowledge: Knowledge) -> str:
    meta, plan = knowledge.dataset.meta, telling.current(knowledge.dataset)
    about = f"Data: {escape_html(meta.title)}. Study in focus: {knowledge.focus}."
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
    held = telling.notice(plan.settings) if plan else telling.NOTHING_HELD
    return f"{kind} {about} {held}"
