"""Do the claims named really rule each other out, with none of them to spare?"""

from __future__ import annotations

from pathlib import Path

import atoms
import pandas as pd
import pytest

from scrlib import paths
from scrlib.auditing import audit_results, contradictions, proof
from scrlib.auditing.audit_results import Contradiction
from scrlib.auditing.claims import claims
from scrlib.report import coding_frame, read_dataset
from tally.claims import limits
from tally.dataset import SYNTHETIC, Dataset, Meta
from tally.errors import InputError

FRAME = coding_frame()
CLAIMS = claims(FRAME)
READINGS = {reading.id: reading for item in CLAIMS for reading in item.readings}
FOUND = contradictions.load(CLAIMS)
# Two are arithmetic between numbers that no case-level data hold.
# Settled by arithmetic on printed numbers: no case can show them.
ON_PRINT = ("fall-in-reviews", "any-of-the-trio", "contributed")
ON_CASES = [item for item in FOUND if item.id not in ON_PRINT]
AUDIT = contradictions.audited(read_dataset(paths.SYNTHETIC))
WITNESSES = sorted((Path(__file__).parent / "witnesses").glob("*/"))


def witness(folder: Path) -> Dataset:
    """Return invented cases that were solved to agree with the report by other readings."""
    names = {"case": "cases.csv", "child": "children.csv", "parent": "parents.csv"}
    types = {"age": "Int64", "age_at_first_child": "Int64"}
    frames = {unit: pd.read_csv(folder / file, dtype=types) for unit, file in names.items()}
    return Dataset(FRAME, frames, Meta("Witness", SYNTHETIC))


def holding(dataset: Dataset) -> set[str]:
    """Return the ids of the readings that hold on a dataset."""
    return {c.reading.id for item in CLAIMS for c in item.check(dataset) if c.holds}


@pytest.mark.parametrize("item", ON_CASES, ids=lambda item: item.id)
def test_the_claims_cannot_hold_together(item: Contradiction):
    others = [READINGS[name] for name in item.others]
    for name in item.rules_out:
        assert not atoms.possible([READINGS[name], *others])


@pytest.mark.parametrize("item", ON_CASES, ids=lambda item: item.id)
def test_no_claim_can_be_left_out(item: Contradiction):
    for name in item.rules_out:
        every = [READINGS[name], *(READINGS[other] for other in item.others)]
        for left_out in every:
            assert atoms.possible([r for r in every if r is not left_out]), left_out.id


def test_claims_that_hold_on_the_cases_are_not_refuted():
    """The refuter itself: claims of one table, true of the synthetic cases, stay possible."""
    for table in ("table_03", "table_06", "table_07", "table_09", "table_10", "table_13"):
        found = [c.readings[0] for c in CLAIMS if c.table == table and c.source == "table"]
        assert atoms.possible(found), table


@pytest.mark.parametrize("name", ["table_10:male:total:count", "table_13:unknown:father:count"])
def test_a_planted_number_is_refuted(name: str):
    table = name.partition(":")[0]
    cells = [c for c in CLAIMS if c.table == table and c.source == "table"]
    readings = [c.readings[0] for c in cells if c.id != name]
    planted = next(c for c in cells if c.id == name)
    wrong = limits("equal", str(int(planted.printed) + 1), planted.readings[0].parsed)  # type: ignore[arg-type]
    plant = type(planted.readings[0])(name, "", "", planted.readings[0].parsed, wrong)
    assert not atoms.possible([plant, *readings])


@pytest.mark.parametrize("folder", WITNESSES, ids=lambda folder: folder.name)
def test_a_witness_agrees_with_every_claim_that_can_hold(folder: Path):
    held = holding(witness(folder))
    ruled_out = {name for item in FOUND for name in item.rules_out}
    for item in CLAIMS:
        names = {reading.id for reading in item.readings}
        assert not item.computable or names & held or names <= ruled_out, item.id


@pytest.mark.parametrize("folder", WITNESSES, ids=lambda folder: folder.name)
def test_a_witness_keeps_the_frame_s_own_rules(folder: Path):
    """A child's harm is that of the incident, and there is an abuser only where there is abuse."""
    found = witness(folder)
    assert all(
        view.positions(v.name).min() >= 0
        for unit, view in found.views.items()
        for v in FRAME.of_unit(unit)
    )
    harm = FRAME.groupings["incident_harm"].members
    for code, incidents in harm.items():
        inside = found.frames["case"].set_index("case_id").incident.isin(incidents)
        children = found.frames["child"]
        assert set(children[children.case_id.map(inside)].harm) <= {code}
    cases = found.frames["case"]
    assert ((cases.da_perpetrator == "none") == (cases.domestic_abuse == "none")).all()


def test_every_reading_that_is_called_consistent_holds_on_a_witness():
    held = set().union(*(holding(witness(folder)) for folder in WITNESSES))
    assert contradictions.consistent() <= held
    assert not {name for item in FOUND for name in item.rules_out} & held


def test_every_claim_that_fails_has_its_contradiction():
    named = {name for item in FOUND for name in item.rules_out}
    failing = {
        r.reading.id for v in AUDIT.verdicts for r in v.results if r.state == audit_results.FAILS
    }
    assert failing == named
    assert all(item.proof for item in AUDIT.contradicted)


def test_every_other_reading_is_settled():
    unsettled = [
        r.reading.id
        for v in AUDIT.verdicts
        for r in v.results
        if r.state == audit_results.UNSETTLED
    ]
    assert unsettled == []


def test_a_claim_that_does_not_exist_is_refused_with_the_nearest(tmp_path: Path):
    path = tmp_path / "c.yaml"
    path.write_text("- {id: a, rules_out: [s12-reviews-dropp], with: [], because: So.}\n")
    with pytest.raises(InputError, match="Did you mean 's12-reviews-drop'"):
        contradictions.load(CLAIMS, path)


def test_an_argument_against_a_claim_that_no_proof_rules_out_is_refused(tmp_path: Path):
    path = tmp_path / "c.yaml"
    path.write_text("- {id: a, rules_out: [s31-cases], with: [], because: So.}\n")
    with pytest.raises(InputError, match="No proof on record rules this out"):
        contradictions.load(CLAIMS, path)


def test_a_proof_without_words_is_told_in_the_machine_s_own(tmp_path: Path):
    path = tmp_path / "c.yaml"
    path.write_text("[]\n")
    found = contradictions.load(CLAIMS, path)
    assert [item.rules_out for item in found] == [item.rules_out for item in proof.load()]
    assert all(item.because == item.searched.because for item in found if item.searched)


def test_every_proof_has_an_argument_in_words():
    assert all(item.searched and item.because != item.searched.because for item in FOUND)


def test_an_argument_that_lacks_a_part_or_has_another_is_refused(tmp_path: Path):
    path = tmp_path / "c.yaml"
    path.write_text("- {id: a, rules_out: [s12-reviews-drop], with: [], becuase: So.}\n")
    with pytest.raises(InputError, match="This must be given") as refused:
        contradictions.load(CLAIMS, path)
    assert {item.nearest for item in refused.value.failures} == {"", "because"}


def test_an_argument_that_names_no_number_is_refused(tmp_path: Path):
    path = tmp_path / "c.yaml"
    path.write_text('- {id: a, rules_out: [s12-reviews-drop], with: [], because: "So {x}."}\n')
    with pytest.raises(InputError, match="no claim or result"):
        contradictions.load(CLAIMS, path)
