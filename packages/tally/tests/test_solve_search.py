"""Do limits from whole numbers, and searches by small and large steps, keep to what is true?"""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_solve_facts import EITHER, START, TOLD, agreeing, facts, true_ends
from tiny import FRAME, KINDS, QUANTITIES, printed, tiny

from tally import language, solve
from tally.dataset import Dataset
from tally.evaluate import evaluate
from tally.solve import pool
from tally.solve.end_search import EndSearch
from tally.solve.lp_bounds import Relaxed
from tally.solve.neighbourhood import as_dataset, records

NODES = 2_000


@pytest.mark.slow
@pytest.mark.parametrize("broad", [False, True])
@pytest.mark.parametrize("asked", QUANTITIES[:8])
def test_small_and_large_steps_reach_the_true_ends(asked: str, broad: bool):
    """The limit is ten too wide, as that of a mean often is."""
    quantity, known = language.parse(asked, FRAME), facts(TOLD)
    for up, end in zip((False, True), true_ends(asked, False), strict=True):
        last = records(START)
        limit = end + (10 if up else -10)
        search = EndSearch(known, quantity, up)
        for cases in search.towards(limit, last, 40, broad=broad):
            last = cases
            if evaluate(quantity, as_dataset(last, FRAME)) == end:
                break
        assert evaluate(quantity, as_dataset(last, FRAME)) == end


@pytest.mark.parametrize("asked", QUANTITIES)
def test_from_nothing_a_dataset_that_has_the_true_end_is_found_and_none_beyond(asked: str):
    quantity, layout = language.parse(asked, FRAME), solve.Layout(strata=("place",))
    known = solve.Facts(FRAME, TOLD, layout=layout)
    readings = known.holding(records(START))
    for up, end in zip((False, True), true_ends(asked, False), strict=True):
        search = EndSearch(known, quantity, up)
        cases = search.anew(end, readings)
        assert cases is not None
        found = as_dataset(cases, FRAME)
        assert evaluate(quantity, found) == end
        assert known.agrees(found)
        assert search.anew(end + (1 if up else -1), readings) is None


def test_a_search_for_an_end_gives_a_case_more_members_than_synthetic_cases_have():
    start = tiny([("a", "x", "none")] * 3, [(n % 3, "f") for n in range(6)])
    told = printed(
        start, "count(case, true)", "count(child, true)", "count(case, number(child) < 1)"
    )
    pool_ = solve.Pool(FRAME, [records(start)])
    known = solve.Facts(FRAME, told, layout=solve.Layout(most={"child": 2}), pool=pool_)
    asked = language.parse("count(case, number(child) == 1)", FRAME)
    *_, last = EndSearch(known, asked, True).towards(Fraction(2), records(start), 6)
    assert evaluate(asked, as_dataset(last, FRAME)) == 2


@pytest.mark.slow
@pytest.mark.parametrize("asked", [text for text in QUANTITIES if not text.startswith("m")])
def test_whole_numbers_move_no_limit_inside_the_values_of_all_datasets(asked: str):
    quantity, known = language.parse(asked, FRAME), facts(TOLD)
    model = Relaxed(known.known, [quantity], known.base)
    ends = true_ends(asked, False)
    for value in ends:
        low, high = (model.whole_end(quantity, value, up, NODES) for up in (False, True))
        assert low is None or low <= ends[0]
        assert high is None or high >= ends[1]


@pytest.mark.slow
@pytest.mark.parametrize("asked", [text for text in QUANTITIES if text[0] in "cs"])
def test_a_value_that_a_dataset_has_hides_no_closer_limit_by_readings(asked: str):
    quantity, known = language.parse(asked, FRAME), facts([*TOLD, EITHER])
    model = Relaxed(known.known, [quantity], known.base)
    values = {evaluate(quantity, item) for item in agreeing(True)} - {None}
    for up in (False, True):
        limit = model.end(quantity, up)
        assert limit is not None
        closest = model.disjunctive_end(quantity, up, limit, NODES)
        assert closest is not None
        for value in values:
            assert model.disjunctive_end(quantity, up, limit, NODES, value) == closest


def test_whole_numbers_say_that_half_a_case_is_none():
    """Nine children, four cases: with three of one child the fourth has six, and there is one."""
    start = tiny([("a", "x", "low")] * 4, [(0, "f")] * 6 + [(n, "f") for n in (1, 2, 3)])
    told = printed(start, "count(case, true)", "count(child, true)",
                   "count(case, number(child) < 1)")  # fmt: skip
    known = facts(told, start)
    quantity = language.parse("count(case, number(child) == 1)", FRAME)
    model = Relaxed(known.known, [quantity], known.base)
    relaxed = model.end(quantity, True)
    assert relaxed is not None
    assert relaxed >= 3
    assert model.whole_end(quantity, Fraction(3), True, NODES) == 3


def test_children_of_some_cases_are_bounded_by_those_that_the_others_must_have():
    """Five children, three cases with one or more each, one of kind a: from 1 to 3 are its own."""
    start = tiny([("a", "x", "low"), ("b", "x", "low"), ("b", "x", "low")],
                 [(0, "f"), (1, "f"), (1, "f"), (2, "f"), (2, "m")])  # fmt: skip
    told = printed(start, "count(case, true)", "count(child, true)", 'count(case, kind == "a")',
                   "count(case, number(child) < 1)")  # fmt: skip
    found = facts(told, start).bound('count(child, kind == "a")')
    assert (found.low, found.high) == (1, 3)
    assert found.low_proved
    assert found.high_proved


def test_nothing_is_found_beyond_the_true_end_and_whole_numbers_say_so():
    start = tiny([("a", "x", "low"), ("b", "x", "low")], [(0, "f"), (1, "f")])
    known = facts(printed(start, "count(case, true)"), start)
    quantity = language.parse('count(case, kind == "a")', FRAME)
    found = list(known.closer(quantity, True, Fraction(3)))
    values = [evaluate(quantity, as_dataset(cases, FRAME)) for _, cases in found if cases]
    assert max(value for value in values if value is not None) == 2
    assert [limit for limit, _ in found if limit is not None][-1] == 2


# -- datasets kept -----------------------------------------------------------------------------


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    cases = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=5))
    member = st.tuples(st.integers(0, len(cases) - 1), st.sampled_from("fm"))
    return tiny(cases, draw(st.lists(member, max_size=6)))


@settings(max_examples=30, deadline=None)
@given(st.lists(datasets(), min_size=1, max_size=4))
def test_a_pool_is_evaluated_as_each_of_its_datasets_is(made: list[Dataset]):
    found = solve.Pool(FRAME, [records(item) for item in made])
    for text in QUANTITIES:
        quantity = language.parse(text, FRAME)
        assert found.values(quantity) == [evaluate(quantity, item) for item in made], text
        again = [evaluate(quantity, as_dataset(cases, FRAME)) for cases in found.datasets]
        assert again == found.values(quantity), text


def test_a_pool_is_read_as_it_was_written(tmp_path):
    made = tiny([("a", "x", "high"), ("b", "y", "none")], [(1, "m")])
    found = solve.Pool(FRAME, [records(made)]).more(records(tiny([("b", "x", "low")], [])))
    pool.write(found, tmp_path / "w.npz")
    assert pool.read(FRAME, tmp_path / "w.npz").datasets == found.datasets
    first = (tmp_path / "w.npz").read_bytes()
    pool.write(found, tmp_path / "w.npz")
    assert (tmp_path / "w.npz").read_bytes() == first
