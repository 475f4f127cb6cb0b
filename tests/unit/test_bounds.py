"""Do ranges hold every value that a dataset can have, and are their ends true ends?"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations_with_replacement
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_frame import KINDS, TINY, claim, tiny

from scrlib import paths
from scrlib.auditing import claims as register
from scrlib.auditing import proof, ranges
from scrlib.bounding import bounds
from scrlib.report import coding_frame, read_dataset
from tally import language
from tally.dataset import Dataset
from tally.evaluate import evaluate, values
from tally.solve.constraint import Constraint
from tally.solve.infeasible_subsets import state
from tally.solve.lp_bounds import Relaxed
from tally.solve.marginal_model import Counted
from tally.solve.partition import Table, coarser, refine
from tally.solve.solvers import Highs

QUANTITIES = (
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
        quantity = language.parse(text, dataset.codebook)
        value = evaluate(quantity, dataset)
        found.append(Constraint(text, quantity, value, value))
    return tuple(found)


@settings(max_examples=25, deadline=None)
@given(datasets(), st.lists(st.sampled_from(QUANTITIES), max_size=5), st.sampled_from(QUANTITIES))
def test_a_range_holds_the_value_of_every_dataset_that_meets_the_claims(
    dataset: Dataset, printed: list[str], asked: str
):
    known = ["count(case, true)", "count(child, true)", *dict.fromkeys(printed)]
    quantity = language.parse(asked, TINY)
    low, high = Relaxed(state(facts_of(dataset, known), TINY), [quantity]).ends(quantity)
    value = evaluate(quantity, dataset)
    assert low is not None
    assert high is not None
    assert value is not None
    assert low <= value <= high


def every(number: int) -> Iterator[Dataset]:
    """Yield every dataset of so many cases without children."""
    for cases in combinations_with_replacement(KINDS, number):
        yield tiny(list(cases), [])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_on_tiny_frames_the_ends_are_those_of_all_datasets_tried_one_by_one(seed: int):
    """All 1,365 datasets of four cases: print fixes two margins, a third is bounded."""
    found = list(every(4))
    of_cases = [text for text in QUANTITIES if "child" not in text]
    printed = [of_cases[seed % 3], of_cases[(seed * 2 + 4) % 6]]
    dataset = found[(seed * 229 + 17) % len(found)]
    known = facts_of(dataset, ["count(case, true)", *dict.fromkeys(printed)])
    agreeing = [item for item in found if all(evaluate(c.quantity, item) == c.low for c in known)]
    for asked in of_cases:
        quantity = language.parse(asked, TINY)
        ends = Relaxed(state(known, TINY), [quantity]).ends(quantity)
        true = [evaluate(quantity, item) for item in agreeing]
        assert ends == (min(true), max(true)), asked


def test_frechet_limits_of_a_pair_are_found():
    """M. Frechet 1951: max(0, a + b - n) and min(a, b), here of 10 cases with 7 and 6."""
    texts = {"count(case, true)": 10, 'count(case, kind == "a")': 7, 'count(case, place == "x")': 6}
    known = [
        Constraint(text, language.parse(text, TINY), Fraction(n), Fraction(n))
        for text, n in texts.items()
    ]
    quantity = language.parse('count(case, kind == "a" and place == "x")', TINY)
    assert Relaxed(state(known, TINY), [quantity]).ends(quantity) == (3, 6)


def test_a_share_of_an_unknown_base_is_bounded():
    """Of 10 cases 4 are at x; at least none and at most all 3 of kind a are there."""
    texts = {"count(case, true)": 10, 'count(case, kind == "a")': 3}
    known = [
        Constraint(text, language.parse(text, TINY), Fraction(n), Fraction(n))
        for text, n in texts.items()
    ]
    quantity = language.parse('percent(case, kind == "a", place == "x")', TINY)
    assert Relaxed(state(known, TINY), [quantity]).ends(quantity) == (0, 100)


@pytest.mark.parametrize(("text", "low", "high"), [
    ("min(case, score(risk))", 0, 1),
    ("max(case, score(risk))", 1, 2),
])  # fmt: skip
def test_a_least_or_greatest_value_is_bounded(text: str, low: int, high: int):
    """Two cases whose ratings come to two points: 1 and 1, or 2 and 0."""
    texts = {"count(case, true)": 2, "sum(case, score(risk))": 2}
    known = [
        Constraint(t, language.parse(t, TINY), Fraction(n), Fraction(n)) for t, n in texts.items()
    ]
    (found,) = bounds.solve(state(known, TINY), [language.parse(text, TINY)])
    assert (found.low, found.high) == (low, high)


def test_an_end_is_proved_by_a_dataset_that_reaches_it_and_by_no_other():
    dataset = tiny([("a", "x", "high"), ("b", "x", "low")], [])
    size = claim("count(case, true)", "2")
    found = bounds.bounds('count(case, kind == "a")', TINY, [size], witnesses=[dataset])
    assert (found.low, found.high) == (0, 2)
    assert not found.proved_low
    assert not found.proved_high
    both = tiny([("a", "x", "high"), ("a", "x", "low")], [])
    other = tiny([("a", "x", "high")], [])
    found = bounds.bounds('count(case, kind == "a")', TINY, [size], witnesses=[both, other])
    assert found.proved_high
    assert not found.proved_low


# -- the report ----------------------------------------------------------------------------------

FRAME = coding_frame()
REPORT = register.claims(FRAME)
OUT = proof.ruled_out(proof.load())


def columns(model: Counted, dataset: Dataset) -> list[int]:
    """Count a dataset into the cells of a counted model, by pandas."""
    found = [0] * len(model.model.lower)
    for unit, tables in model.tables.items():
        for table in tables:
            for n, count in _cells(table, dataset, unit).items():
                found[table.first + n] = int(count)
    return found


def _cells(table: Table, dataset: Dataset, unit: str) -> pd.Series:
    place = pd.Series(0, index=range(dataset.size(unit)))
    for name, groups in table.classes.items():
        group_of = {code: n for n, group in enumerate(groups) for code in group}
        place = place * len(groups) + pd.Series([group_of[c] for c in _codes(name, dataset, unit)])
    return place.value_counts()


def _codes(name: Any, dataset: Dataset, unit: str) -> list[Any]:
    view = dataset.views[unit]
    if isinstance(name, str):
        codes = dataset.codebook.variables[name].codes
        return [codes[n] for n in view.positions(name)]
    root = dataset.codebook.root.name
    found = values(name, dataset, root)
    return list(found if unit == root else found[view.owner])


def test_the_synthetic_cases_are_a_solution_of_the_model_that_bounds_every_quantity():
    """If one row were wrong, ranges could leave out a dataset that agrees with print."""
    dataset = read_dataset(paths.SYNTHETIC)
    model = Counted(FRAME, bounds.facts(REPORT, FRAME, OUT).rows)
    found = columns(model, dataset)
    for row in model.model.rows:
        value = sum(w * found[c] for c, w in zip(row.columns, row.weights, strict=True))
        assert row.low is None or value >= row.low, row.claims
        assert row.high is None or value <= row.high, row.claims
    assert all(n <= most for n, most in zip(found, model.model.upper, strict=True))


def test_every_committed_range_holds_the_value_of_the_synthetic_cases():
    dataset = read_dataset(paths.SYNTHETIC)
    assert bounds.agrees(dataset, REPORT, OUT)
    rows = ranges.read()
    assert len(rows) > 500
    for item in rows:
        value = evaluate(language.parse(item.quantity, FRAME, 2017), dataset)
        assert value is None or item.low is None or item.low <= value, item.quantity
        assert value is None or item.high is None or value <= item.high, item.quantity


def test_ranges_are_read_as_they_were_written(tmp_path):
    found = [ranges.Bounds("count(case, true)", Fraction(1, 3), Fraction(2), True, False)]
    ranges.write(found, tmp_path / "b.csv")
    assert ranges.read(tmp_path / "b.csv") == found


def test_groups_that_are_coarser_than_two_splits_join_what_either_joins():
    assert coarser(((1, 2), (3,), (4,)), ((1,), (2, 3), (4,))) == ((1, 2, 3), (4,))
    assert refine(((1, 2), (3, 4)), {2, 3}) == ((2,), (1,), (3,), (4,))


def test_a_model_without_solution_is_said_to_have_none():
    known = facts_of(tiny([("a", "x", "high")], []), ["count(case, true)"])
    quantity = language.parse('count(case, kind == "a")', TINY)
    wrong = Constraint("wrong", quantity, Fraction(2), Fraction(2))
    model = Counted(TINY, state([*known, wrong], TINY).rows).model
    assert Highs(model, presolve=False).solve().feasible is False
