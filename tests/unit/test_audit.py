"""Is each claim judged as it should be, on cases whose counts are plain to see?"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import few_cases
import pytest
from few_cases import claim, reading

from scrlib.auditing import audit, audit_output, audit_results
from scrlib.auditing.audit_results import Audit, Contradiction, Evidence, Verdict
from scrlib.auditing.known import Knowledge, Known, exactly
from scrlib.pages import audited
from tally.claims import Claim
from tally.dataset import OBSERVED, SYNTHETIC

PUBLIC = 'count(case, law_group == "public")'
SHARE = 'percent(case, law_group == "public")'
NO_SHARE = 'percent(case, law == "s31", law_group == "both")'


def judged(
    *claims: Claim,
    provenance: str = SYNTHETIC,
    proofs: dict[str, str] | None = None,
    consistent: tuple[str, ...] = (),
) -> Audit:
    contradictions = [
        Contradiction(proof, (name,), (), "It cannot be.") for name, proof in (proofs or {}).items()
    ]
    evidence = Evidence(contradictions, consistent)
    known = few_cases.knowledge(provenance)
    return audit.audit(known.dataset, evidence, 2017, claims, known)


def verdict(given: Claim, **more: object) -> Verdict:
    return judged(given, **more).verdicts[0]  # type: ignore[arg-type]


def two_ways(first: str, second: str, printed: str = "2") -> Claim:
    readings = (
        reading(first, "equal", printed, "first", "a/1"),
        reading(second, "equal", printed, "second", "a/2"),
    )
    return Claim("a", "1", "Says", printed, "equal", readings)


@pytest.mark.parametrize(
    ("text", "printed", "compare", "expected"),
    [
        (PUBLIC, "2", "equal", audit_results.AGREES),
        (PUBLIC, "3", "equal", audit_results.CONTRADICTS),
        (SHARE, "67%", "equal", audit_results.ROUNDS),
        (SHARE, "66%", "equal", audit_results.CONTRADICTS),
        (PUBLIC, "3", "about", audit_results.ROUNDS),
        (PUBLIC, "1", "at_least", audit_results.AGREES),
        (PUBLIC, "3", "at_least", audit_results.CONTRADICTS),
        (f"{PUBLIC} > 1", "more", "relation", audit_results.AGREES),
        (f"{PUBLIC} > 2", "more", "relation", audit_results.CONTRADICTS),
        (NO_SHARE, "50%", "equal", audit_results.NOT_COMPUTABLE),
    ],
)
def test_a_claim_with_one_meaning_is_judged(text: str, printed: str, compare: str, expected: str):
    assert verdict(claim(text, printed, compare)).verdict == expected


def test_a_claim_outside_the_data_is_not_computable():
    given = Claim("a", "1", "Says", "97", reason="external", why="Far away.")
    assert verdict(given).verdict == audit_results.NOT_COMPUTABLE


def test_a_claim_that_holds_by_every_reading_agrees():
    assert verdict(two_ways(PUBLIC, 'count(case, law == "s31")')).verdict == audit_results.AGREES


def test_a_claim_that_holds_by_one_reading_only_depends_on_it():
    found = verdict(two_ways(PUBLIC, "count(case, true)"), provenance=OBSERVED)
    assert found.verdict == audit_results.DEPENDS
    assert [item.state for item in found.results] == [audit_results.HOLDS, audit_results.FAILS]


def test_on_synthetic_cases_a_reading_that_fails_is_not_contradicted_without_a_proof():
    given = two_ways("count(case, true)", PUBLIC, printed="4")
    assert verdict(given).verdict == audit_results.DEPENDS
    assert {item.state for item in verdict(given).results} == {audit_results.UNSETTLED}


def test_a_reading_with_which_other_cases_agree_holds_on_print():
    given = two_ways("count(case, true)", PUBLIC, printed="2")
    assert verdict(given, consistent=("a/1",)).verdict == audit_results.AGREES
    assert verdict(given, proofs={"a/1": "P"}).verdict == audit_results.DEPENDS


def test_a_claim_is_contradicted_when_every_reading_has_a_proof():
    given = two_ways("count(case, true)", PUBLIC, printed="4")
    found = verdict(given, proofs={"a/1": "P1", "a/2": "P2"})
    assert found.verdict == audit_results.CONTRADICTS
    assert [item.proof for item in found.results] == ["P1", "P2"]
    assert found.proof == "P1"


def test_a_proof_of_the_whole_claim_counts_for_each_of_its_readings():
    found = verdict(two_ways("count(case, true)", PUBLIC, printed="4"), proofs={"a": "P"})
    assert found.verdict == audit_results.CONTRADICTS


def test_a_proof_is_named_only_where_the_claim_fails():
    assert verdict(claim(PUBLIC, "2"), proofs={"a": "P"}).proof == ""
    assert verdict(claim(PUBLIC, "3"), proofs={"a": "P"}).proof == "P"


def test_a_wrong_step_is_named_only_if_it_gives_the_printed_number():
    steps = (
        reading("count(case, true)", "equal", "3", "all cases counted"),
        reading('count(case, law == "wtfh")', "equal", "3", "other cases counted"),
    )
    wrong = replace(claim(PUBLIC, "3"), possible=steps)
    assert verdict(wrong).possible == ("all cases counted",)
    assert verdict(replace(claim(PUBLIC, "2"), possible=steps)).possible == ()


@pytest.mark.parametrize(
    ("given", "now"),
    [
        (claim(PUBLIC, "12"), "now 2, was 12"),
        (claim(SHARE, "41%"), "now 66.67%, was 41%"),
        (claim(PUBLIC, "9", "at_least"), "now 2, was at least 9"),
        (claim(f"{PUBLIC} > 1", "more", "relation"), "still so"),
        (claim(f"{PUBLIC} > 2", "more", "relation"), "no longer so"),
        (replace(claim(PUBLIC, "1", "at_least"), printed="16 years"),
         "now 2, was at least 1 (“16 years”)"),
        (replace(claim(PUBLIC, "0"), printed="all"), "now 2 against it, was 0 (“all”)"),
    ],
)  # fmt: skip
def test_new_cases_are_set_beside_what_was_printed(given: Claim, now: str):
    assert verdict(given, provenance=OBSERVED).now == now
    assert verdict(given, provenance=SYNTHETIC).now == ""


def test_synthetic_cases_show_no_number_that_print_does_not_fix():
    shown = verdict(claim('count(case, law == "wafh" and trio_count == 0)', "1")).results[0].shown
    assert shown == ""


def test_synthetic_cases_that_were_changed_are_told_as_other_cases_are():
    data = few_cases.dataset(SYNTHETIC)
    found = audit.audit(data, Evidence(), 2017, [claim(PUBLIC, "3")])
    assert not found.of_report
    assert found.verdicts[0].now == "now 2, was 3"


def test_a_claim_that_fails_as_the_words_say_is_contradicted_though_another_reading_holds():
    given = two_ways("count(case, true)", PUBLIC, printed="2")
    literal = replace(given.readings[0], literal=True)
    found = verdict(replace(given, readings=(literal, given.readings[1])), proofs={"a/1": "P"})
    assert found.verdict == audit_results.CONTRADICTS
    assert [item.state for item in found.results] == [audit_results.FAILS, audit_results.HOLDS]


def test_a_claim_about_a_number_that_is_held_back_is_not_judged():
    """A verdict on a small number would tell the number."""
    data = few_cases.dataset(OBSERVED)
    knowledge = Knowledge(data, 2017, lambda quantity, known: Known(None, None, marker="[c]"))
    claims = (claim(PUBLIC, "2"), claim(f"{PUBLIC} > 1", "more", "relation"))
    found = audit.audit(data, among=claims, knowledge=knowledge)
    assert {item.verdict for item in found.verdicts} == {audit_results.NOT_COMPUTABLE}
    assert found.verdicts[0].results[0].shown == "held back [c]"
    assert "held back [c]" in audited.every_number(found).shown.markdown


def test_rounded_numbers_are_judged_as_they_are_told():
    data = few_cases.dataset(OBSERVED)
    knowledge = Knowledge(data, 2017, lambda quantity, known: exactly(5))
    found = audit.audit(data, among=(claim(PUBLIC, "2"),), knowledge=knowledge)
    assert found.verdicts[0].now == "now 5, was 2"


def test_the_score_counts_what_holds_among_what_can_be_checked():
    external = Claim("b", "1", "Says", "97", reason="external", why="Far away.")
    found = judged(claim(PUBLIC, "2"), claim(SHARE, "67%"), claim(PUBLIC, "3"), external)
    assert found.score() == (2, 3)
    assert found.score("table") == (0, 0)
    assert sum(found.counts().values()) == 4


def test_strict_fails_on_a_contradiction_only():
    assert judged(claim(PUBLIC, "3")).contradicted
    assert not judged(claim(PUBLIC, "2"), claim(SHARE, "67%")).contradicted
    assert not judged(two_ways(PUBLIC, "count(case, true)"), provenance=OBSERVED).contradicted


def test_csv_and_json_hold_every_claim():
    found = judged(
        claim(PUBLIC, "2"), replace(claim(PUBLIC, "3"), id="b", says='A "quote", a comma')
    )
    rows = list(csv.DictReader(io.StringIO(audit_output.as_csv(found))))
    data = json.loads(audit_output.as_json(found))
    assert [item["verdict"] for item in rows] == ["agrees", "contradicts"]
    assert rows[1]["says"] == data["claims"][1]["says"] == 'A "quote", a comma'
    assert (data["hold"], data["checked"], data["of_report"]) == (1, 2, True)
    assert list(found.frame().id) == ["a", "b"]


def test_the_text_names_contradictions_with_their_proof():
    text = audit_output.as_text(judged(claim(PUBLIC, "3"), proofs={"a": "P7"}))
    assert "Contradicts: 1" in text
    assert "(P7: It cannot be.)" in text
    assert "0 of 1 claims that can be checked hold." in text


def test_new_cases_are_not_said_to_contradict_the_report():
    text = audit_output.as_text(judged(claim(PUBLIC, "3"), provenance=OBSERVED))
    assert "contradicts" not in text
    assert "differs" in text
    assert "now 2, was 3" in text
