"""Do the pages of chapter 7 show every printed number, and keep to the words that it defines?"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from scrlib import determined, paths
from scrlib.auditing import audit_results, coverage
from scrlib.auditing.audit_results import CONTRADICTS, DEPENDS
from scrlib.pages import audited, ranges_page
from scrlib.report import read_dataset

REPORT = audited.report()


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
        if any(result.state == audit_results.FAILS for result in marked):
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
        ("es-all-da-other-person", 1, audit_results.HOLDS),
        ("es-all-da-other-person", 2, audit_results.FAILS),
        ("es-all-da-other-person", 3, audit_results.FAILS),
        ("s532-other-person", 1, audit_results.FAILS),
        ("s532-other-person", 2, audit_results.HOLDS),
        ("s532-other-person", 3, audit_results.HOLDS),
    ],
)
def test_no_reading_has_both_48_and_28_percent(claim: str, reading: int, state: str):
    """The table of chapter 7: whom the numbers leave out decides which of them can be."""
    assert REPORT.by_id(claim).results[reading - 1].state == state


# -- the tables -----------------------------------------------------------------------------------


def test_all_of_the_report_is_in_it_and_in_its_download():
    listing = audited.every_number(REPORT)
    assert len(listing.rows) == len(listing.frame) == len(REPORT.verdicts) > 700


def test_every_token_of_the_report_is_counted_once():
    *numbers, total = (int(row[1]) for row in audited.completeness().rows)
    assert sum(numbers) == total == len(coverage.read())


def test_the_ranges_that_are_shown_tell_something_and_the_download_has_all():
    listing = ranges_page.listing()
    assert {row[3] for row in listing.rows} == {ranges_page.FIXED, ranges_page.CLOSE}
    assert not any(row[2] in ("0", "0%") for row in listing.rows)
    assert len(listing.frame) > len(listing.rows) > 30
