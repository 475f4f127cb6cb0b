"""Does a book about observed cases tell only what its plan allows?"""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pandas as pd
import pytest
from random_data import random_dataset

from scrlib import disclosure, paths
from scrlib.auditing.known import Knowledge
from scrlib.book import Book
from scrlib.cli import main
from scrlib.disclosure import HELD_BACK, Plan, Settings
from scrlib.report import load_tables, read_dataset
from tally.errors import InputError
from tally.evaluate import evaluate
from tally.language import parse

FOCUS = 2018
DATASET = read_dataset(paths.DATA / "example" / "study")
TABLES = load_tables(DATASET.codebook, FOCUS)
QUANTITIES = [
    parse(cell.quantity, DATASET.codebook, FOCUS)
    for table in TABLES.values() for cell in table.cells if cell.quantity
]  # fmt: skip


@pytest.fixture(scope="module")
def protected():
    return disclosure.planned(QUANTITIES, DATASET, Settings(5))


@pytest.fixture(scope="module")
def plan(protected):
    return Plan.of(protected, Settings(5))


@pytest.fixture
def knowledge(plan):
    return told_by(plan)


def told_by(plan, dataset=DATASET):
    return Knowledge(
        dataset, FOCUS, lambda quantity, known: plan.tell(quantity, known, dataset),
        plan.settings.round_to > 1,
    )  # fmt: skip


# -- what is held back -----------------------------------------------------------------------------


def test_no_table_tells_a_count_under_five(knowledge):
    small = [q for q in QUANTITIES if q.single.function == "count" and 0 < value(q) < 5]
    assert len(small) > 30
    assert all(knowledge.known(q).marker == HELD_BACK for q in small)
    assert all(knowledge.known(q).low is None for q in small)


def value(quantity):
    return evaluate(quantity, DATASET)


def test_a_count_that_is_told_is_the_count(knowledge):
    told = [q for q in QUANTITIES if knowledge.known(q).fixed]
    assert len(told) > 15
    assert all(
        knowledge.known(q).low == value(q) for q in told if q.single.function != "mean"
    )  # fmt: skip


def test_each_count_under_five_has_three_values_in_datasets_that_agree_with_all_that_is_told(
    protected, plan
):
    assert protected.narrowest >= 3
    assert plan.datasets == len(protected.others) > 10
    told = [q for q in QUANTITIES if protected.tells(q) and q.single.function != "mean"]
    for other in protected.others:
        assert all(evaluate(q, other) == value(q) for q in told)


def test_of_few_cases_only_counts_by_one_variable_are_told(knowledge):
    assert knowledge.of('count(case, law_group == "private")').fixed
    assert knowledge.of('count(case, law_group == "private" and present(neglect))').marker
    many = random_dataset(1, {2018: 40})
    two = parse('count(case, law_group == "private" and present(neglect))', many.codebook, FOCUS)
    assert disclosure.candidates([two], many) == [two]
    assert disclosure.candidates([two], DATASET) == []


@pytest.mark.parametrize(("size", "shown"), [(4, False), (5, True)])
def test_of_fewer_cases_than_the_limit_not_even_a_none_is_told(size, shown):
    dataset = random_dataset(3, {2018: size})
    none = [q for q in QUANTITIES if q.single.function == "count" and not evaluate(q, dataset)]
    plan = Plan.of(disclosure.planned(none, dataset, Settings(5)), Settings(5))
    assert any(told_by(plan, dataset).known(q).fixed for q in none) is shown


@pytest.mark.parametrize(
    "text",
    [
        'count(case, law == "s31" and perpetrator == "mother" and neglect == "high")',
        'count(case, number(child, sex == "male") > 1)',
        "count(case, total_score > 20)",
        "max(case, total_score)",
        "sum(case, total_score)",
        'count(child, law_group == "public" and sex == "male")',
    ],
)
def test_what_cannot_be_protected_is_held_back(knowledge, text):
    assert knowledge.of(text).marker == HELD_BACK


def test_the_same_cases_in_other_words_are_treated_alike(knowledge):
    pairs = [
        ('count(case, law_group == "public")', 'count(case, law in ("public_other", "s31"))'),
        ("count(case, present(neglect))", 'count(case, not neglect == "none")'),
        ("count(case)", "count(case, study >= 2018)"),
    ]
    for one, other in pairs:
        assert knowledge.of(one) == knowledge.of(other)


def test_a_comparison_with_a_held_back_number_is_left_open(knowledge):
    small = 'count(case, incident == "harm_sexual")'
    assert knowledge.of(small).low is None
    assert knowledge.relation(f"{small} < 6") is None
    assert knowledge.relation("count(case) > 10") is True


def test_a_mean_is_told_with_one_decimal():
    dataset = random_dataset(2, {2018: 40})
    mean = parse("mean(case, total_score)", dataset.codebook, FOCUS)
    count = parse("count(case)", dataset.codebook, FOCUS)
    plan = Plan.of(disclosure.planned([mean, count], dataset, Settings(5)), Settings(5))
    told = told_by(plan, dataset).known(mean).low
    assert (10 * told).denominator == 1
    assert abs(told - evaluate(mean, dataset)) <= Fraction(1, 20)


# -- the plan of a build ---------------------------------------------------------------------------


def test_a_plan_is_written_without_a_single_count(plan, tmp_path):
    disclosure.write(plan, tmp_path / "plan.json")
    record = json.loads((tmp_path / "plan.json").read_text())
    assert set(record) == {"settings", "shown", "held", "datasets", "narrowest", "earlier"}
    assert disclosure.read(tmp_path / "plan.json") == plan


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"settings": {"suppress_below": 2}}'])
def test_a_damaged_plan_is_refused(text, tmp_path):
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(InputError):
        disclosure.read(tmp_path / "plan.json")


def test_a_chapter_finds_the_plan_of_the_build_that_runs_it(plan, tmp_path, monkeypatch):
    monkeypatch.delenv(disclosure.PLAN, raising=False)
    assert disclosure.knowledge(DATASET, FOCUS).withhold is None
    disclosure.write(plan, tmp_path / "plan.json")
    monkeypatch.setenv(disclosure.PLAN, str(tmp_path / "plan.json"))
    found = disclosure.knowledge(DATASET, FOCUS)
    assert found.of('count(case, incident == "harm_sexual")').marker == HELD_BACK


def test_all_that_chapters_ask_for_is_written_down(tmp_path, monkeypatch):
    monkeypatch.setenv(disclosure.ASKED, str(tmp_path))
    found = disclosure.knowledge(DATASET, FOCUS)
    assert found.of("count(case)").low == 18
    found.of('percent(child, sex == "female")')
    assert [q.text for q in disclosure.asked(tmp_path)] == [
        "count(case)", 'percent(child, sex == "female")',
    ]  # fmt: skip


# -- settings --------------------------------------------------------------------------------------


def test_rounded_counts_are_told_without_a_limit():
    found = told_by(Plan(Settings(0, 10)))
    assert found.of("count(case)").low == 20
    # Ten of 18 become ten of twenty.
    assert found.of('percent(case, law_group == "private")').low == Fraction(50)


@pytest.mark.parametrize("least", [-1, 1, 2])
def test_a_limit_that_its_own_mark_would_tell_is_refused(least):
    with pytest.raises(InputError, match="at least 3"):
        Settings(least)


def test_rounding_to_a_negative_number_is_refused_and_all_faults_come_together():
    with pytest.raises(InputError) as found:
        Settings(1, -5)
    assert len(found.value.failures) == 2


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
    assert disclosure.settled(dataset, *asked) == settled


def test_numbers_that_the_report_printed_are_not_held_back():
    with pytest.raises(InputError, match="not held back"):
        disclosure.settled(random_dataset(1, {2018: 1}, "synthetic"), 5)


@pytest.mark.parametrize("arguments", [["--suppress-below", "2"], ["--round-to", "-1"]])
def test_a_book_with_a_limit_that_is_not_allowed_is_refused(arguments, tmp_path, capsys):
    example = str(paths.DATA / "example" / "study")
    assert main(["build", example, "--out", str(tmp_path / "html"), *arguments]) == 2
    assert arguments[0] in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_page_says_what_is_held_back_and_rounded():
    assert Plan(Settings()).notice() == ""
    shown = frozenset({"case [always]"})
    told = Plan(Settings(5, 10), shown, held=2, datasets=4, narrowest=3).notice()
    assert "from 1 to 4" in told
    assert "any of at least three: 4 other datasets" in told
    assert "nearest 10" in told
    none = Plan(Settings(5), shown, narrowest=3).notice()
    assert "from 1 to 4" in none
    assert "prove" not in none
    assert "too few cases" in Plan(Settings(5)).notice()
    assert "may still be worked out" in Plan(Settings(0, 10)).notice()


def test_a_table_made_of_cases_stops_a_book_that_holds_numbers_back(plan, tmp_path, monkeypatch):
    disclosure.write(plan, tmp_path / "plan.json")
    monkeypatch.setenv(disclosure.PLAN, str(tmp_path / "plan.json"))
    book = Book(DATASET, FOCUS)
    counted = pd.crosstab(book.cases["law"], book.cases["outcome"]).reset_index(names="Law")
    with pytest.raises(InputError, match=r"book\.crosstab"):
        book.listing(counted, "Law by outcome")


def test_a_category_that_a_book_has_because_a_case_has_it_is_in_every_dataset_of_the_proof():
    # The frame tells that somebody's plan is not known: were it nobody's, it would not be there.
    name = "child_protection_plan"
    codebook = DATASET.codebook.whole.seen_by(DATASET.studies, {("plan", "not_known")})
    cases = DATASET.frames["case"]
    plans = cases[name].astype(object).where(cases["case_id"] != "INV-01", "not_known")
    cases = cases.assign(**{name: pd.Categorical(plans, list(codebook.variables[name].codes))})
    frames = {**DATASET.frames, "case": cases}
    dataset = replace(DATASET, codebook=codebook, frames=frames)
    laws = [f'count(case, law == "{law}")' for law in sorted(set(cases["law"]))]
    risks = [f'count(case, {factor} == "none")' for factor in codebook.factors[1:]]
    asked = ["mean(case, total_score)", *laws, *risks]
    found = disclosure.planned([parse(text, codebook) for text in asked], dataset, Settings(5))
    assert found.others
    assert all((other.frames["case"][name] == "not_known").any() for other in found.others)


def test_every_category_that_may_be_told_by_being_there_can_be_asked_for():
    whole = DATASET.codebook.whole
    rare = {(item.scale, c.code) for item in whole.variables.values() for c in item.categories
            if c.if_used}  # fmt: skip
    seen = whole.seen_by(DATASET.studies, rare)
    assert len(list(disclosure._in_use(seen))) == len(rare) > 3
