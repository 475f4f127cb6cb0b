"""Does the relaxed model hold every dataset, and are its ends true ends where they should be?"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations_with_replacement

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import FRAME, KINDS, tiny

from tally.dataset import Dataset
from tally.evaluate import evaluate
from tally.language import parse
from tally.solve.claim_constraints import state
from tally.solve.constraint import Constraint
from tally.solve.lp_bounds import Relaxed
from tally.solve.marginal_model import Counted
from tally.solve.minmax_bounds import extreme
from tally.solve.partition import coarser, refine
from tally.solve.solvers import Highs

for _solver in ("highspy", "ortools"):
    pytest.importorskip(_solver, reason="the solvers are an extra: tally[solve]")

SIMPLE = (
    'count(case, kind == "a")',
    'count(case, kind == "a" and place == "x")',
    'count(case, place == "y" and risk == "high")',
    'count(case, kind == "a" or risk == "none")',
    "sum(case, score(risk))",
    'sum(case, score(risk), kind == "b")',
    'count(child, sex == "f")',
    'count(child, sex == "f" and kind == "a")',
    "count(case, number(child) > 1)",
    'count(case, number(child, sex == "m") == 1 and place == "x")',
)


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    cases = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=5))
    member = st.tuples(st.integers(0, len(cases) - 1), st.sampled_from("fm"))
    return tiny(cases, draw(st.lists(member, max_size=6)))


def facts_of(dataset: Dataset, texts: list[str]) -> tuple[Constraint, ...]:
    """Return what a dataset would print of some quantities."""
    found = []
    for text in texts:
        quantity = parse(text, dataset.codebook)
        value = evaluate(quantity, dataset)
        found.append(Constraint(text, quantity, value, value))
    return tuple(found)


@settings(max_examples=25, deadline=None)
@given(datasets(), st.lists(st.sampled_from(SIMPLE), max_size=5), st.sampled_from(SIMPLE))
def test_a_range_holds_the_value_of_every_dataset_that_meets_the_claims(
    dataset: Dataset, printed: list[str], asked: str
):
    known = ["count(case, true)", "count(child, true)", *dict.fromkeys(printed)]
    quantity = parse(asked, FRAME)
    low, high = Relaxed(state(facts_of(dataset, known), FRAME), [quantity]).ends(quantity)
    value = evaluate(quantity, dataset)
    assert low is not None
    assert high is not None
    assert value is not None
    assert low <= value <= high


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_on_tiny_frames_the_ends_are_those_of_all_datasets_tried_one_by_one(seed: int):
    """All 1,365 datasets of four cases: what is published fixes two margins, a third is bounded."""
    found = [tiny(list(cases), []) for cases in combinations_with_replacement(KINDS, 4)]
    of_cases = [text for text in SIMPLE if "child" not in text]
    printed = [of_cases[seed % 3], of_cases[(seed * 2 + 4) % 6]]
    dataset = found[(seed * 229 + 17) % len(found)]
    known = facts_of(dataset, ["count(case, true)", *dict.fromkeys(printed)])
    agreeing = [item for item in found if all(evaluate(c.quantity, item) == c.low for c in known)]
    for asked in of_cases:
        quantity = parse(asked, FRAME)
        ends = Relaxed(state(known, FRAME), [quantity]).ends(quantity)
        true = [evaluate(quantity, item) for item in agreeing]
        assert ends == (min(true), max(true)), asked


def test_frechet_limits_of_a_pair_are_found():
    """M. Frechet 1951: max(0, a + b - n) and min(a, b), here of 10 cases with 7 and 6."""
    texts = {"count(case, true)": 10, 'count(case, kind == "a")': 7, 'count(case, place == "x")': 6}
    known = [
        Constraint(text, parse(text, FRAME), Fraction(n), Fraction(n)) for text, n in texts.items()
    ]
    quantity = parse('count(case, kind == "a" and place == "x")', FRAME)
    assert Relaxed(state(known, FRAME), [quantity]).ends(quantity) == (3, 6)


def test_a_share_of_an_unknown_base_is_bounded():
    """Of 10 cases 4 are at x; at least none and at most all 3 of kind a are there."""
    texts = {"count(case, true)": 10, 'count(case, kind == "a")': 3}
    known = [
        Constraint(text, parse(text, FRAME), Fraction(n), Fraction(n)) for text, n in texts.items()
    ]
    quantity = parse('percent(case, kind == "a", place == "x")', FRAME)
    assert Relaxed(state(known, FRAME), [quantity]).ends(quantity) == (0, 100)


@pytest.mark.parametrize(("text", "low", "high"), [
    ("min(case, score(risk))", 0, 1),
    ("max(case, score(risk))", 1, 2),
])  # fmt: skip
def test_a_least_or_greatest_value_is_bounded(text: str, low: int, high: int):
    """Two cases whose ratings come to two points: 1 and 1, or 2 and 0."""
    texts = {"count(case, true)": 2, "sum(case, score(risk))": 2}
    known = [Constraint(t, parse(t, FRAME), Fraction(n), Fraction(n)) for t, n in texts.items()]
    assert extreme(state(known, FRAME), parse(text, FRAME)) == (low, high)


def test_groups_that_are_coarser_than_two_splits_join_what_either_joins():
    assert coarser(((1, 2), (3,), (4,)), ((1,), (2, 3), (4,))) == ((1, 2, 3), (4,))
    assert refine(((1, 2), (3, 4)), {2, 3}) == ((2,), (1,), (3,), (4,))


def test_a_model_without_solution_is_said_to_have_none():
    known = facts_of(tiny([("a", "x", "high")], []), ["count(case, true)"])
    quantity = parse('count(case, kind == "a")', FRAME)
    wrong = Constraint("wrong", quantity, Fraction(2), Fraction(2))
    model = Counted(FRAME, state([*known, wrong], FRAME).rows).model
    assert Highs(model, presolve=False).solve().feasible is False
