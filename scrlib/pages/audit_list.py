"""Every claim of the report as a table with a filter, which works without a network."""

from __future__ import annotations

from markupsafe import Markup

from scrlib.auditing import audit_output
from scrlib.auditing.audit import (
    CONTRADICTS,
    DEPENDS,
    HELD,
    NOT_COMPUTABLE,
    VERDICTS,
    Audit,
    Verdict,
)
from scrlib.pages.audit_page import anchor
from scrlib.showing.markup import Sheet
from tally.escape import escape_html


def listing(found: Audit) -> str:
    """Return every claim as a table, with a filter that works without a network."""
    rows = [_row(found, item) for item in found.verdicts]
    last = "Found" if found.of_report else "Now"
    header = ["Claim", "Section", "Printed", "Verdict", last]
    shown = Sheet("Every claim of the report", header, rows, "audit-list").html
    options = "".join(
        f"<option>{escape_html(audit_output.word(found, kind))}</option>" for kind in VERDICTS
    )
    return _FILTER.format(options=options, count=len(rows)) + f"\n\n{shown}\n\n{_SCRIPT}"


def _row(found: Audit, item: Verdict) -> list[str]:
    claim = item.claim
    texts = (claim.says, claim.section, claim.printed, audit_output.word(found, item.verdict))
    cells = [*texts, _last(found, item)]
    if found.of_report and item.verdict in (CONTRADICTS, DEPENDS):
        target = anchor(claim.id) if item.verdict == CONTRADICTS else "audit-readings"
        cells[3] = Markup('<a href="#{}">{}</a>').format(target, cells[3])
    return cells


def _last(found: Audit, item: Verdict) -> str:
    """Return what was found, how it has changed, or why it was not checked."""
    if item.verdict == NOT_COMPUTABLE:
        held_back = "; ".join(dict.fromkeys(result.shown for result in item.results))
        return item.claim.why or held_back or _unsettled(found)
    if found.of_report and item.verdict == DEPENDS:
        return "Each reading is in the table above."
    shown = item.results[0].shown if found.of_report and len(item.results) == 1 else item.now
    return shown or "A comparison: no single number."


def _unsettled(found: Audit) -> str:
    """Say why a comparison was not checked, where the claim itself has no reason."""
    held = any(result.shown.startswith(HELD) for item in found.verdicts for result in item.results)
    return "Held back, or not defined on these cases." if held else "Not defined on these cases."


_FILTER = """<form class="scr-filter" id="audit-filter" hidden>
<label>Verdict <select name="verdict"><option value="">all</option>{options}</select></label>
<label>Words <input name="words" type="search" placeholder="such as: neglect"></label>
<output aria-live="polite">{count} claims</output>
</form>"""

# Without scripts the form stays hidden and the whole list is shown.
_SCRIPT = """<script>
(() => {
  const form = document.getElementById("audit-filter");
  const rows = [...document.querySelectorAll("#audit-list tbody tr")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const verdicts = rows.map((row) => row.cells[3].textContent);
  const filter = () => {
    const words = form.words.value.toLowerCase().split(" ").filter(Boolean);
    let shown = 0;
    rows.forEach((row, place) => {
      const kept = (!form.verdict.value || verdicts[place] === form.verdict.value)
        && words.every((word) => texts[place].includes(word));
      row.hidden = !kept;
      shown += kept;
    });
    form.querySelector("output").textContent = `${shown} of ${rows.length} claims`;
  };
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
})();
</script>"""
