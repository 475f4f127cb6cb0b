"""Do the tables of chapter 7 say, and safely, what became of each claim?"""

from __future__ import annotations

from dataclasses import replace

import few_cases
import pytest
from few_cases import claim

from scrlib.auditing import audit
from scrlib.auditing.audit_results import Audit, Contradiction, Evidence
from scrlib.pages import audited
from tally.claims import Claim
from tally.dataset import OBSERVED, SYNTHETIC

PUBLIC = 'count(case, law_group == "public")'
WRONG = replace(claim(PUBLIC, "3"), id="wrong", says="Three <b>cases</b> are public law")
RIGHT = replace(claim(PUBLIC, "2"), id="right")
OUTSIDE = Claim("out", "2", "Far off", "97", reason="external", why="Not in the data.")
PROOF = Contradiction("P", ("wrong",), ("right",), "Two < three.")


def judged(*claims: Claim, provenance: str = SYNTHETIC) -> Audit:
    told = few_cases.knowledge(provenance)
    return audit.audit(told.dataset, Evidence([PROOF]), 2017, claims, told)


def test_the_register_has_a_row_for_each_claim_with_its_verdict():
    listing = audited.every_number(judged(RIGHT, WRONG, OUTSIDE))
    assert [row[3] for row in listing.rows] == ["agrees", "contradicts", "not computable"]
    assert listing.rows[2][2] == "Not in the data."
    assert listing.first == ("contradicts", "depends on a reading")


def test_a_contradiction_shows_the_argument_and_what_is_printed():
    page = audited.contradiction(judged(RIGHT, WRONG), "P").shown.markdown
    assert "<p>Two &lt; three.</p>" in page
    assert page.index("Three &lt;b&gt;cases") < page.index("Says")
    assert "<b>" not in page


def test_new_cases_show_changes_and_no_contradictions():
    found = judged(WRONG, provenance=OBSERVED)
    listing = audited.every_number(found)
    assert listing.rows[0][2:] == ["now 2, was 3", "differs"]
    assert "contradicts" not in listing.shown.markdown


@pytest.mark.parametrize(
    ("provenance", "words"), [(SYNTHETIC, "contradicts the rest"), (OBSERVED, "does not hold")]
)
def test_each_reading_is_told_with_what_it_comes_to(provenance: str, words: str):
    readings = (
        few_cases.reading(PUBLIC, "equal", "2", "one", "a/1"),
        few_cases.reading("count(case, true)", "equal", "2", "other", "a/2"),
    )
    given = Claim("a", "1", "Says", "2", "equal", readings)
    told = few_cases.knowledge(provenance)
    proof = Contradiction("P", ("a/2",), (), "There are three.")
    found = audit.audit(told.dataset, Evidence([proof]), 2017, [given], told)
    page = audited.readings(found).shown.markdown
    assert f"other: {words}" in page
    assert ("There are three." in page) == (provenance == SYNTHETIC)


def test_the_scope_counts_what_is_checked_and_what_is_not():
    found = {row[0]: row[1:] for row in audited.scope(judged(RIGHT, WRONG, OUTSIDE)).rows}
    assert found["Checked on the cases"] == ["0", "2"]
    assert found["Not checked: outside the dataset"] == ["0", "1"]
    assert found["All"] == ["0", "3"]
