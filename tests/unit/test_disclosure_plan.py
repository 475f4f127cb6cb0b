"""Does a whole book about observed cases tell only what its plan allows?"""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from random_data import random_dataset

from scrlib import disclosure_plan, paths
from scrlib.auditing.known import Knowledge
from scrlib.cli import main
from scrlib.protecting.limits import Settings
from scrlib.report import read_dataset
from tally.errors import InputError
from tally.evaluate import evaluate
from tally.language import parse

pytestmark = pytest.mark.slow
FOCUS = 2018
DATASET = read_dataset(paths.DATA / "example" / "study")


@pytest.fixture(scope="module")
def plan():
    return disclosure_plan.plan(DATASET, disclosure_plan.DEFAULT, FOCUS)


@pytest.fixture
def knowledge(plan):
    return Knowledge(DATASET, FOCUS, disclosure_plan.teller(plan))


def every_quantity():
    return [*disclosure_plan.quantities(DATASET, FOCUS), *disclosure_plan._stated(DATASET, FOCUS)]


def test_observed_data_hold_back_counts_under_five_and_round_none_unless_asked():
    assert Settings(5, 0) == disclosure_plan.DEFAULT


def test_no_table_figure_or_statement_tells_a_count_under_five(knowledge):
    held = 0
    for quantity in every_quantity():
        if quantity.single and quantity.single.function == "count":
            known = knowledge.known(quantity)
            if 0 < evaluate(quantity, DATASET) < 5:
                assert known.marker in ("[c]", "[k]")
                assert known.low is None
                held += 1
    assert held > 50


def test_no_percentage_is_told_of_a_count_or_a_base_that_is_held_back(knowledge):
    for quantity in every_quantity():
        single = quantity.single
        if single and single.function == "percent" and knowledge.known(quantity).low is not None:
            share, base = evaluate(quantity, DATASET), parse("count(case)", DATASET.codebook)
            if single.base is None and single.unit == "case":
                number = share * evaluate(base, DATASET) / 100
                assert number == 0 or number >= 5


def test_a_number_that_is_told_is_the_number(knowledge):
    told = [q for q in every_quantity() if knowledge.known(q).fixed]
    assert len(told) > 100
    assert all(knowledge.known(q).low == evaluate(q, DATASET) for q in told)


def test_the_same_cases_in_other_words_are_treated_alike(knowledge):
    pairs = [
        ('count(case, law_group == "public")', 'count(case, law in ("public_other", "s31"))'),
        ("count(case, present(neglect))", 'count(case, not neglect == "none")'),
        ("count(case, study == focus)", "count(case, study >= 2018)"),
    ]
    for one, other in pairs:
        assert knowledge.of(one) == knowledge.of(other)


def test_what_the_plan_does_not_cover_is_held_back(knowledge):
    for text in (
        'count(case, law == "s31" and perpetrator == "mother" and neglect == "high")',
        "count(case, trio_count == 3)",
        'count(case, number(child, sex == "male") > 1)',
    ):
        assert knowledge.of(text).marker == "[k]"


def test_the_least_and_the_greatest_value_are_those_of_one_case(knowledge):
    assert knowledge.of("max(case, total_score)").marker == "[k]"
    assert knowledge.of("mean(case, total_score)").fixed


def test_a_comparison_with_a_held_back_number_is_left_open(knowledge):
    small = 'count(case, incident == "harm_sexual")'
    assert knowledge.of(small).low is None
    assert knowledge.relation(f"{small} < 6") is None
    assert knowledge.relation("count(case) > 10") is True


def test_a_plan_is_written_without_a_single_count(plan, tmp_path):
    disclosure_plan.write(plan, tmp_path / "plan.json")
    record = json.loads((tmp_path / "plan.json").read_text())
    assert set(record) == {"settings", "focus", "marks"}
    assert {mark for marks in record["marks"].values() for mark in marks} <= {"", "[c]", "[k]"}


def test_a_plan_reads_back_the_same(plan, tmp_path):
    disclosure_plan.write(plan, tmp_path / "plan.json")
    assert disclosure_plan.read(tmp_path / "plan.json", DATASET).marks == plan.marks


def test_the_plan_of_another_book_is_refused(plan, tmp_path):
    disclosure_plan.write(plan, tmp_path / "plan.json")
    other = random_dataset(1, {2016: 3, 2018: 3})
    with pytest.raises(InputError, match="another book"):
        disclosure_plan.read(tmp_path / "plan.json", other)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"settings": {"suppress_below": 2}}'])
def test_a_damaged_plan_is_refused(text, tmp_path):
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(InputError):
        disclosure_plan.read(tmp_path / "plan.json", DATASET)


def test_a_chapter_finds_the_plan_of_the_build_that_runs_it(plan, tmp_path, monkeypatch):
    monkeypatch.delenv(disclosure_plan.VARIABLE, raising=False)
    assert disclosure_plan.knowledge(DATASET, FOCUS).withhold is None
    disclosure_plan.write(plan, tmp_path / "plan.json")
    monkeypatch.setenv(disclosure_plan.VARIABLE, str(tmp_path / "plan.json"))
    found = disclosure_plan.knowledge(DATASET, FOCUS)
    assert found.of('count(case, incident == "harm_sexual")').low is None


def test_rounded_counts_are_told_without_a_limit():
    plan = disclosure_plan.plan(DATASET, Settings(0, 10), FOCUS)
    found = Knowledge(DATASET, FOCUS, disclosure_plan.teller(plan))
    assert found.of("count(case)").low == 20
    # Ten of 18 become ten of twenty.
    assert found.of('percent(case, law_group == "private")').low == Fraction(50)


@pytest.mark.parametrize(
    ("provenance", "asked", "settled"),
    [
        ("observed", (None, None), Settings(5, 0)),
        ("observed", (0, None), Settings(0, 0)),
        ("observed", (None, 10), Settings(5, 10)),
        ("observed", (7, None), Settings(7, 0)),
        ("invented", (None, None), Settings(0, 0)),
        ("invented", (5, 5), Settings(5, 5)),
        ("synthetic", (None, None), Settings(0, 0)),
    ],
)
def test_what_is_held_back_depends_on_what_the_cases_are(provenance, asked, settled):
    dataset = random_dataset(1, {2018: 1}, provenance)
    assert disclosure_plan.settled(dataset, *asked) == settled


def test_numbers_that_the_report_printed_are_not_held_back():
    with pytest.raises(InputError, match="not held back"):
        disclosure_plan.settled(random_dataset(1, {2018: 1}, "synthetic"), 5)


@pytest.mark.parametrize("arguments", [["--suppress-below", "2"], ["--round-to", "-1"]])
def test_a_book_with_a_limit_that_is_not_allowed_is_refused(arguments, tmp_path, capsys):
    example = str(paths.DATA / "example" / "study")
    assert main(["build", example, "--out", str(tmp_path / "html"), *arguments]) == 2
    assert arguments[0] in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_page_says_what_is_held_back_and_rounded():
    assert disclosure_plan.notice(Settings()) == ""
    assert "from 1 to 4" in disclosure_plan.notice(Settings(5))
    assert "nearest 10" in disclosure_plan.notice(Settings(5, 10))
