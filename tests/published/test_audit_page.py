"""Does chapter 7 show every claim, safely, on synthetic and on observed cases?"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import few_cases
from few_cases import claim

from scrlib.auditing import audit, coverage
from scrlib.auditing.audit import Audit, Contradiction, Evidence
from scrlib.auditing.proof import Proof
from scrlib.pages import audit_list, audit_page
from tally.claims import Claim
from tally.dataset import OBSERVED, SYNTHETIC

PUBLIC = 'count(case, law_group == "public")'
WRONG = replace(claim(PUBLIC, "3"), id="wrong", says="Three <b>cases</b> are public law")
RIGHT = replace(claim(PUBLIC, "2"), id="right")
OUTSIDE = Claim("out", "2", "Far off", "97", reason="external", why="Not in the data.")


PROOF = Contradiction("P", ("wrong",), ("right",), "Two < three.")


def judged(*claims: Claim, provenance: str = SYNTHETIC, searched: Proof | None = None) -> Audit:
    known = Evidence([replace(PROOF, searched=searched)])
    told = few_cases.knowledge(provenance)
    return audit.audit(told.dataset, known, 2017, claims, told)


def rows(html: str) -> list[list[str]]:
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    found = re.findall(r"<tr>(.*?)</tr>", body)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in found]


def test_the_list_has_a_row_for_each_claim_with_its_verdict():
    found = rows(audit_list.listing(judged(RIGHT, WRONG, OUTSIDE)))
    assert [re.sub("<[^>]*>", "", row[3]) for row in found] == [
        "agrees", "contradicts", "not computable",
    ]  # fmt: skip
    assert found[2][4] == "Not in the data."


def test_the_list_needs_no_network_and_is_whole_without_scripts():
    html = audit_list.listing(judged(RIGHT))
    assert not re.search(r"https?://|src=|@import", html)
    assert re.search(r"<form[^>]* hidden>", html)
    assert "<tr hidden" not in html


def test_a_contradiction_tells_what_the_search_by_machine_found():
    proof = Proof(("wrong",), ("right", "out"), "7/2", "4", "By machine.")
    page = audit_page.contradictions(judged(RIGHT, WRONG, OUTSIDE, searched=proof))
    assert "It shows it with:" in page
    assert "They leave 3.50 to 4." in page


def test_each_contradiction_has_a_heading_to_which_the_list_links():
    found = judged(RIGHT, WRONG)
    page = audit_page.contradictions(found)
    (target,) = re.findall(r'<h3 id="([^"]+)">', page)
    assert f'href="#{target}"' in audit_list.listing(found)
    assert "<p>Two &lt; three.</p>" in page
    assert re.search(r"<li>Says: “2” \(section 1\)</li>", page)


def test_text_is_shown_as_text():
    found = judged(RIGHT, WRONG)
    for html in (audit_page.contradictions(found), audit_list.listing(found)):
        assert "&lt;b&gt;cases&lt;/b&gt;" in html
        assert "<b>" not in html


def test_new_cases_show_changes_and_no_contradictions():
    found = judged(WRONG, provenance=OBSERVED)
    assert audit_page.contradictions(found) == ""
    assert "now 2, was 3" in audit_list.listing(found)
    assert "contradicts" not in audit_list.listing(found)


def test_readings_of_print_are_contradicted_and_those_of_new_cases_do_not_hold():
    readings = (
        few_cases.reading(PUBLIC, "equal", "2", "one", "a/1"),
        few_cases.reading("count(case, true)", "equal", "2", "other", "a/2"),
    )
    given = Claim("a", "1", "Says", "2", "equal", readings)
    proof = Contradiction("P", ("a/2",), (), "There are three.")
    for provenance, words in ((SYNTHETIC, "contradicted"), (OBSERVED, "does not hold")):
        told = few_cases.knowledge(provenance)
        found = audit.audit(told.dataset, Evidence([proof]), 2017, [given], told)
        page = audit_page.readings(found).html
        assert f"other: <strong>{words}</strong>" in page
        assert ("There are three." in page) == (provenance == SYNTHETIC)


def test_the_scope_counts_what_is_checked_and_what_is_not():
    found = {row[0]: row[1:] for row in rows(audit_page.scope(judged(RIGHT, WRONG, OUTSIDE)).html)}
    assert found["Checked on the cases"] == ["0", "2"]
    assert found["Not checked: outside the dataset"] == ["0", "1"]
    assert found["All"] == ["0", "3"]


def test_every_token_of_the_report_is_counted_once():
    numbers = [int(row[1]) for row in rows(audit_page.completeness().html)]
    assert sum(numbers[:-1]) == numbers[-1] == len(coverage.read())


def test_downloads_are_the_same_each_time(tmp_path: Path):
    found = judged(RIGHT, WRONG)
    text = audit_page.downloads(found, tmp_path, "_outputs/07_audit")
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    audit_page.downloads(found, tmp_path, "_outputs/07_audit")
    assert first.keys() == {"audit.csv", "audit.json"}
    assert first == {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert all(f"(_outputs/07_audit/{name})" in text for name in first)
