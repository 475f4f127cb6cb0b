"""Do the pages of chapter 7 show every printed number, safely, on synthetic and on other cases?"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import few_cases
import pytest
from few_cases import claim

from scrlib import determined, paths
from scrlib.auditing import audit, coverage
from scrlib.auditing.audit import CONTRADICTS, DEPENDS, Audit, Contradiction, Evidence
from scrlib.pages import audited, ranges_page
from scrlib.report import read_dataset
from tally.claims import Claim
from tally.dataset import OBSERVED, SYNTHETIC

PUBLIC = 'count(case, law_group == "public")'
WRONG = replace(claim(PUBLIC, "3"), id="wrong", says="Three <b>cases</b> are public law")
RIGHT = replace(claim(PUBLIC, "2"), id="right")
OUTSIDE = Claim("out", "2", "Far off", "97", reason="external", why="Not in the data.")
PROOF = Contradiction("P", ("wrong",), ("right",), "Two < three.")
REPORT = audited.report()


def judged(*claims: Claim, provenance: str = SYNTHETIC) -> Audit:
    told = few_cases.knowledge(provenance)
    return audit.audit(told.dataset, Evidence([PROOF]), 2017, claims, told)


def test_the_report_is_held_against_itself_whatever_was_changed_in_the_cases(monkeypatch):
    shipped = read_dataset(paths.SYNTHETIC)
    cases = shipped.frames["case"].assign(law=shipped.frames["case"]["law"].iloc[0])
    frames = MappingProxyType({**shipped.frames, "case": cases})
    monkeypatch.setattr(determined, "read_dataset", lambda path: replace(shipped, frames=frames))
    found = audited.report.__wrapped__()
    assert found.of_report
    assert [item.claim.id for item in found.contradicted] == [
        item.claim.id for item in REPORT.contradicted
    ]


# -- the policy -----------------------------------------------------------------------------------


def test_what_fails_as_the_words_say_contradicts_whatever_looser_reading_holds():
    for item in REPORT.verdicts:
        marked = [result for result in item.results if result.reading.literal]
        if any(result.state == audit.FAILS for result in marked):
            assert item.verdict == CONTRADICTS, item.claim.id


def test_no_reading_of_a_number_that_depends_on_one_is_what_the_words_say():
    for item in REPORT.of(DEPENDS):
        assert not any(result.reading.literal for result in item.results), item.claim.id
        assert "as the words say" not in " ".join(r.reading.label for r in item.results)


def test_a_reading_called_what_the_words_say_is_marked_so():
    for item in REPORT.verdicts:
        for reading in item.claim.readings:
            assert ("as the words say" in reading.label) == reading.literal, reading.id


def test_every_contradiction_names_statements_and_is_told_in_words():
    for item in REPORT.contradicted:
        assert audited.contradiction(REPORT, item.proof).rows, item.claim.id


@pytest.mark.parametrize(
    ("claim", "reading", "state"),
    [
        ("es-all-da-other-person", 1, audit.HOLDS),
        ("es-all-da-other-person", 2, audit.FAILS),
        ("es-all-da-other-person", 3, audit.FAILS),
        ("s532-other-person", 1, audit.FAILS),
        ("s532-other-person", 2, audit.HOLDS),
        ("s532-other-person", 3, audit.HOLDS),
    ],
)
def test_no_reading_has_both_48_and_28_percent(claim: str, reading: int, state: str):
    """The table of chapter 7: whom the numbers leave out decides which of them can be."""
    assert REPORT.by_id(claim).results[reading - 1].state == state


# -- the tables -----------------------------------------------------------------------------------


def test_the_register_has_a_row_for_each_claim_with_its_verdict():
    listing = audited.every_number(judged(RIGHT, WRONG, OUTSIDE))
    assert [row[3] for row in listing.rows] == ["agrees", "contradicts", "not computable"]
    assert listing.rows[2][2] == "Not in the data."
    assert listing.first == ("contradicts", "depends on a reading")


def test_all_of_the_report_is_in_it_and_in_its_download():
    listing = audited.every_number(REPORT)
    assert len(listing.rows) == len(listing.frame) == len(REPORT.verdicts) > 700


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


def test_every_token_of_the_report_is_counted_once():
    *numbers, total = (int(row[1]) for row in audited.completeness().rows)
    assert sum(numbers) == total == len(coverage.read())


def test_the_ranges_that_are_shown_tell_something_and_the_download_has_all():
    listing = ranges_page.listing()
    assert {row[3] for row in listing.rows} == {ranges_page.FIXED, ranges_page.CLOSE}
    assert not any(row[2] in ("0", "0%") for row in listing.rows)
    assert len(listing.frame) > len(listing.rows) > 30
