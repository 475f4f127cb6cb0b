"""Is every printed number the same when it is computed from the cases?

Expected values are the report's printed digits and nothing else. A number that the others
rule out is set aside by name, with the reason; anything else that differs fails.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from scrlib import paths
from scrlib import report as published
from scrlib.auditing import audit, audit_results, contradictions, coverage
from scrlib.auditing.claims import claims
from scrlib.report import read_dataset
from tally import grid as tables
from tally.claims import Claim, limits
from tally.expression import Quantity
from tally.rounding import parse_printed

DATA = read_dataset(paths.SYNTHETIC)
TABLES = published.load_tables(DATA.codebook)
CLAIMS = claims(DATA.codebook)
FOUND = contradictions.audited(DATA)

# Cells of tables that the report itself rules out, and why.
CELLS_SET_ASIDE = {
    "es-intro-all-contributed": "Table 2 alone counts 107 contributions in five years, not 97",
    "s341-physical-incidents": "section 3.3 has two deaths and five injuries: seven, not eight",
    "s532-other-person": "69 less 36 leaves 33; at most 11 are by children: 22 at least",
    "s532-other-person-percent": "69 less 36 leaves 33; at most 11 are by children: 22 at least",
    "table_05:all:overall:mean": "15 cases at 16.3 and 82 at 12.9 come to 13.4, not 13.1",
}

# Statements that the rest of the report rules out, and why.
SET_ASIDE = {
    "s12-reviews-drop": "Table 2: from 174 to 146 is a fall of 16%, not 19%",
    "s532-male-percent": "Table 10: 46 of 69 is 67%, not 66%",
}

# Readings of statements with several that the report rules out, and why.
RULED_OUT = {
    "es-intro-all-contributed/1": "Table 2 has 15, 11, 30, 26 and 25: 107",
    "s341-physical-incidents/1": "section 3.3 has two deaths and five injuries: seven, not eight",
    "s531-none-kinds/4": "Table 8: five with extended family, three from outside, two overdoses",
    "es-2017-deaths/2": "section 3.3 codes four deaths: two, one and one",
    "s33-deaths/2": "section 3.3 codes four deaths: two, one and one",
    "es-2017-deaths-maltreatment/2": "without co-sleeping section 3.3 has two and one",
    "es-all-da-other-person/2": "Table 6: one case by a child has both laws, all with abuse",
    "es-all-da-other-person/3": "Table 10: 13 of the 33 have an unknown abuser",
    "s32-mothers-young-before/1": "Table 13 less Table 4: 18 of 49 mothers",
    "s342-fewer-cases/3": "Table 1: ten cases in the study of 2013",
    "s521-exceptions-exploitation/2": "Tables 7 and 8: four of 24",
    "s531-any-review/1": "54% have domestic abuse, one of the three factors",
    "s531-none-kinds/3": "Table 8: three with extended family, four from outside, two overdoses",
    "s532-same-both/2": "Table 10: one female and nine reciprocal, for six mothers and six couples",
    "s532-other-person-percent/1": "69 less 36 leaves 33; at most 11 are by children: 22 at least",
    "s532-other-person/1": "69 less 36 leaves 33; at most 11 are by children: 22 at least",
    "s542-mothers-majority/1": "Table 13: 41% is no more than half",
    "s542-fathers-majority/1": "Table 13: 31% is no more than half",
}


@pytest.mark.parametrize("key", TABLES)
def test_every_cell_of_a_table_is_computed_as_printed(key: str):
    table = tables.compute(TABLES[key], DATA)
    differing = {
        item.cell.id: (item.shown, item.cell.printed)
        for item in table.values
        if item.agrees is False and item.cell.id not in CELLS_SET_ASIDE
    }
    assert differing == {}


def test_all_printed_cells_are_compared():
    """316 numbers in the text of the 12 tables, and three dashes that mean no case."""
    compared = [
        item
        for key, declared in TABLES.items()
        if not declared.external
        for item in tables.compute(declared, DATA).values
        if item.agrees is not None
    ]
    in_text = [row for row in coverage.read() if row.disposition == "table"]
    outside = [row for row in in_text if row.ids == ("table_02",)]
    dashes = sum(t == d.empty for d in TABLES.values() for t in d.printed.values())
    assert (len(in_text) - len(outside), len(outside), dashes) == (316, 10, 3)
    assert len(compared) == 316 + 3


def test_every_statement_that_can_hold_holds():
    failing = {item.claim.id for item in FOUND.contradicted}
    assert failing == set(SET_ASIDE) | set(CELLS_SET_ASIDE)


def test_the_readings_that_print_rules_out_do_not_hold():
    results = {r.reading.id: r.state for item in FOUND.verdicts for r in item.results}
    assert {name for name in RULED_OUT if results[name] == audit_results.HOLDS} == set()


def test_no_other_reading_is_said_to_be_ruled_out():
    failing = {
        result.reading.id
        for item in FOUND.verdicts
        for result in item.results
        if result.state == audit_results.FAILS and len(item.results) > 1
    }
    assert failing == RULED_OUT.keys()


def test_statements_that_say_the_same_get_the_same_verdict():
    """One may be a word and another a rounded number: either agrees."""
    plain = {audit_results.ROUNDS: audit_results.AGREES}
    differing = [
        (item.claim.id, other)
        for item in FOUND.verdicts
        for other in item.claim.same_as
        if plain.get(FOUND.by_id(other).verdict, FOUND.by_id(other).verdict)
        != plain.get(item.verdict, item.verdict)
    ]
    assert differing == []


def test_every_statement_with_several_readings_can_hold_by_one_of_them():
    several = [item for item in FOUND.verdicts if len(item.results) > 1]
    assert len(several) > 25
    wrong = [
        item.claim.id
        for item in several
        if not item.claim.reason and all(r.state != audit_results.HOLDS for r in item.results)
    ]
    assert wrong == []


def planted(claim: Claim) -> Claim:
    """Return a claim with its last printed digit one higher."""
    printed = parse_printed(claim.printed)
    text = str(replace(printed, value=printed.value + 1 / (10**printed.decimals)))
    (reading,) = claim.readings
    parsed = reading.parsed
    assert isinstance(parsed, Quantity)
    return replace(
        claim, printed=text, readings=(replace(reading, limits=limits("equal", text, parsed)),)
    )


def test_a_printed_number_changed_by_one_is_found():
    plain = [
        c for c in CLAIMS
        if c.compare == "equal" and len(c.readings) == 1 and c.computable and c.id not in SET_ASIDE
        and c.printed.rstrip("%").replace(".", "").isdigit()
    ]  # fmt: skip
    assert len(plain) > 400
    found = audit.audit(DATA, among=[planted(claim) for claim in plain])
    missed = [item.claim.id for item in found.verdicts if item.verdict != audit_results.CONTRADICTS]
    assert missed == []
