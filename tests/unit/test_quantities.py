"""Is every quantity the number that a plain count by hand gives, on any dataset?"""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import naive
import pytest
import sample_data
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scrlib.report import read_dataset
from tally.dataset import Dataset
from tally.evaluate import evaluate, holds, mask, tally, values
from tally.language import parse, parse_condition, parse_relation, parse_value

SETTINGS = settings(
    max_examples=60, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Return the four invented cases of `sample_data`, whose numbers are counted by hand below."""
    return read_dataset(sample_data.write_folder(tmp_path_factory.mktemp("small")))


def value(text: str, data: Dataset, focus: int | None = None) -> Fraction | None:
    return evaluate(parse(text, data.codebook, focus), data)


# -- against a plain evaluation ----------------------------------------------------------------


@SETTINGS
@given(naive.families(), naive.statistics_())
def test_a_statistic_is_what_a_plain_evaluation_of_each_row_gives(
    cases: list[naive.Row], asked: naive.Meaning
) -> None:
    assert value(asked.text, naive.dataset(cases)) == asked.of(cases)


@SETTINGS
@given(naive.families(), st.sampled_from(["case", "child", "parent"]), st.data())
def test_a_condition_holds_for_the_rows_for_which_it_holds_one_by_one(
    cases: list[naive.Row], unit: str, data: st.DataObject
) -> None:
    asked = data.draw(naive.conditions(unit))
    made = naive.dataset(cases)
    found = mask(parse_condition(asked.text, made.codebook, unit), made, unit)
    assert found.tolist() == [bool(asked.of(row)) for row in naive.units(cases, unit)]


@SETTINGS
@given(naive.families(), naive.conditions("child"), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    cases: list[naive.Row], asked: naive.Meaning, source: random.Random
) -> None:
    made = naive.dataset(cases)
    mixed = {
        name: frame.sample(frac=1, random_state=source.randrange(2**31))
        for name, frame in made.frames.items()
    }
    text = f"count(child, {asked.text}) - count(case, number(child, {asked.text}) > 0)"
    assert value(text, made) == value(text, replace(made, frames=mixed))


@SETTINGS
@given(naive.families(), naive.conditions("case"))
def test_a_condition_and_its_opposite_share_all_cases(
    cases: list[naive.Row], asked: naive.Meaning
) -> None:
    text = f"count(case, {asked.text}) + count(case, not ({asked.text}))"
    assert value(text, naive.dataset(cases)) == len(cases)


# -- scoring -----------------------------------------------------------------------------------


@SETTINGS
@given(naive.families())
def test_a_total_score_lies_between_0_and_39(cases: list[naive.Row]) -> None:
    """Thirteen factors of three points each (report, section 3.4.2)."""
    made = naive.dataset(cases)
    outside = value("count(case, total_score < 0 or total_score > 39)", made)
    assert outside == 0
    assert value("max(case, total_score)", made) == (
        max((sum(naive.SCORES[c[f]] for f in made.codebook.factors) for c in cases), default=None)
    )


def rated(**given: str) -> Dataset:
    """Return one case with every factor at its highest, but for those given."""
    case = dict.fromkeys(naive.FRAME.factors, "high") | {"child_protection_plan": "current"}
    base = {item.name: item.codes[0] for item in naive.FRAME.of_unit("case")}
    return naive.dataset([{**base, **case, **given, "child": [], "parent": []}])


def test_the_limits_of_a_total_score_are_reached() -> None:
    none = dict.fromkeys(naive.FRAME.factors, "none") | {"child_protection_plan": "no"}
    assert value("sum(case, total_score)", rated()) == 39
    assert value("sum(case, total_score)", rated(**none)) == 0


@pytest.mark.parametrize("factor", naive.FRAME.factors)
def test_a_lower_rating_lowers_the_total_by_what_it_scores_less(factor: str) -> None:
    levels = [item.code for item in naive.FRAME.categories(factor)]
    totals = [value("sum(case, total_score)", rated(**{factor: str(code)})) for code in levels]
    assert totals == sorted(totals, reverse=True)
    assert totals == [39 - 3 + naive.SCORES[str(code)] for code in levels]


@SETTINGS
@given(naive.families(), st.permutations(naive.FRAME.factors))
def test_a_total_score_does_not_depend_on_the_order_of_the_factors(
    cases: list[naive.Row], order: list[str]
) -> None:
    made = naive.dataset(cases)
    assert value(f"sum(case, score({', '.join(order)}))", made) == value(
        "sum(case, total_score)", made
    )


# -- by hand -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count(case)", 4),
        ("count(child)", 5),
        ('count(case, law_group == "public")', 2),
        ('count(child, law_group == "public")', 3),
        ('percent(child, sex == "female")', 60),
        ('percent(child, sex == "female", study == 2017)', 100),
        ('percent(child, age < 1, age_band != "unknown")', 25),
        ("mean(child, age)", Fraction(31, 4)),
        ("median(child, age)", Fraction(15, 2)),
        ("median(child, age, age > 0)", 12),
        ("median(case, total_score, study == 2015)", Fraction(7, 2)),
        ("median(child, age, age > 12)", 16),
        ("min(child, age)", 0),
        ("max(child, age)", 16),
        ("sum(child, age, study == 2015)", 3),
        ("mean(parent, age_at_first_child)", 25),
        ("mean(case, total_score)", 3),
        ("median(case, number(child))", 1),
        ("count(case, number(child) > 1)", 1),
        ('count(case, number(child, sex == "male") == 1)', 2),
        ("count(case, trio_count == 1)", 2),
        ("count(case, same_perpetrator)", 1),
        ("count(child, age != 3)", 3),
        ("count(child, not age == 3)", 4),
        ('count(child, age_band == "unknown")', 1),
        ("count(child) - 2 * count(case) + 10", 7),
        ("count(child, age + 0 >= 0)", 4),
        ("count(child, age + 0 < 3)", 1),
        ("count(child, age + 0 <= 3)", 2),
        ("count(child, age + 0 > 12)", 1),
        ("count(child, age + 0 >= 12)", 2),
        ("count(child, age + 0 == 3)", 1),
        ("count(child, age + 0 != 3)", 3),
        ("count(child, age + 0 not in (0, 3))", 2),
        ("count(case, 3 - number(child) == 1)", 1),
        ("sum(case, total_score - number(child) - number(child))", 2),
        ("sum(case, breadth(child_protection_plan, neglect))", 3),
    ],
)
def test_small_numbers_are_those_counted_by_hand(
    small: Dataset, text: str, expected: int | Fraction
) -> None:
    assert value(text, small) == expected


@pytest.mark.parametrize("function", ["mean", "min", "max", "median"])
def test_a_moment_of_nothing_is_not_defined(small: Dataset, function: str) -> None:
    assert value(f"{function}(child, age, study == 1999)", small) is None


def test_a_percentage_of_nothing_is_not_defined_and_a_count_is_nothing(small: Dataset) -> None:
    assert value("percent(case, true, study == 1999)", small) is None
    assert value("count(case, study == 1999)", small) == 0
    assert value("sum(child, age, study == 1999)", small) == 0


def test_what_is_not_defined_makes_a_sum_undefined(small: Dataset) -> None:
    assert value("count(case) + percent(case, true, study == 1999)", small) is None


def test_a_share_has_the_units_of_its_base_below(small: Dataset) -> None:
    asked = parse('percent(child, sex == "female", law_group == "public")', small.codebook).single
    assert asked is not None
    above, below, _ = asked.ratio(small.codebook)
    assert below is not None
    assert (tally(above, small), tally(below, small)) == (2, 3)


def test_a_value_that_is_not_known_counts_as_nothing(small: Dataset) -> None:
    ages = values(parse_value("age", small.codebook, "child"), small, "child")
    assert sorted(ages.tolist()) == [0, 0, 3, 12, 16]


def test_the_study_in_focus_is_the_one_that_is_named(small: Dataset) -> None:
    assert value("count(child, study == focus)", small, 2015) == 3
    assert value("count(child, study == focus)", small, 2017) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count(child) > count(case)", True),
        ("count(case) == 4 and count(child) == 4", False),
        ("1 < count(case) < 3", False),
        ("1 < count(case) <= 4", True),
        ("mean(child, age, study == 1999) > 1", None),
        ("count(case) == 5 and mean(child, age, study == 1999) > 1", None),
    ],
)
def test_a_relation_holds_where_every_comparison_does(
    small: Dataset, text: str, expected: bool | None
) -> None:
    assert holds(parse_relation(text, small.codebook), small) is expected
