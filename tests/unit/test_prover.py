"""Are ends proved by datasets that are there and agree, are they the true ends, and no others?"""

from __future__ import annotations

import time
from fractions import Fraction
from functools import lru_cache
from itertools import combinations_with_replacement, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_frame import KINDS, TINY, claim, tiny

from scrlib import cli, paths
from scrlib.auditing import ranges
from scrlib.bounding import bounds, prover, refreshing
from scrlib.bounding.prover import Prover
from scrlib.bounding.proving import End, proved
from scrlib.report import coding_frame, read_dataset
from tally import language
from tally.claims import Claim
from tally.dataset import Dataset
from tally.evaluate import evaluate
from tally.solve import pool
from tally.solve.lp_bounds import Base, Relaxed
from tally.solve.neighbourhood import Layout, as_dataset, records
from tally.solve.pool import Pool

LAYOUT = Layout({"child": 5}, {}, {})


def knowing(found: list[Claim], start: Dataset) -> Prover:
    known = bounds.facts(found, TINY)
    return Prover(known, found, (), Pool(TINY, [records(start)]), LAYOUT)


@lru_cache(maxsize=1)
def every() -> list[Dataset]:
    """Return all datasets of three cases and three children, each case having one or more."""
    return [
        tiny(list(cases), list(enumerate(sexes)))
        for cases in combinations_with_replacement(KINDS, 3)
        for sexes in product("fm", repeat=3)
    ]


QUANTITIES = (
    'count(case, kind == "a")',
    'count(case, kind == "a" and place == "x")',
    'count(case, kind == "a" or risk == "none")',
    'sum(case, score(risk), kind == "b")',
    'count(child, sex == "f" and kind == "a")',
    'count(case, number(child, sex == "m") == 1 and place == "x")',
    'mean(case, score(risk), kind == "a")',
    'percent(child, sex == "f", kind == "a")',
    "max(case, score(risk))",
    'min(case, score(risk), place == "x")',
)


def four_numbers() -> tuple[list[Claim], Dataset]:
    """Return what print tells of three cases with a child each, beside that each has one."""
    start = tiny([("a", "x", "high"), ("b", "x", "low"), ("b", "y", "none")],
                 [(0, "f"), (1, "m"), (2, "m")])  # fmt: skip
    texts = ["count(case, true)", "count(child, true)", "count(case, number(child) < 1)",
             'count(case, place == "x")', "sum(case, score(risk))"]  # fmt: skip
    found = [claim(text, str(evaluate(language.parse(text, TINY), start))) for text in texts]
    return found, start


@pytest.mark.slow
@pytest.mark.parametrize("asked", QUANTITIES)
def test_the_ends_proved_are_those_of_all_datasets_tried_one_by_one(asked: str):
    """All 2,912 datasets of three cases with a child each, of which print tells four numbers."""
    found, start = four_numbers()
    quantity = language.parse(asked, TINY)
    agreeing = [evaluate(quantity, item) for item in every() if bounds.agrees(item, found)]
    true = [value for value in agreeing if value is not None]
    got = proved(knowing(found, start), quantity, 4)
    item = got.range
    assert item.low is not None
    assert item.high is not None
    assert item.low <= min(true)
    assert item.high >= max(true)
    assert item.proved_low == (item.low == min(true))
    assert item.proved_high == (item.high == max(true))
    assert (got.least, got.greatest) == (min(true), max(true))
    for made, value in ((got.lowest, got.least), (got.highest, got.greatest)):
        assert made is not None
        assert bounds.agrees(made, found)
        assert evaluate(quantity, made) == value


@pytest.mark.slow
@pytest.mark.parametrize("broad", [False, True])
@pytest.mark.parametrize("asked", QUANTITIES[:8])
def test_small_and_large_steps_reach_the_true_ends_of_all_datasets(asked: str, broad: bool):
    """The same 2,912 datasets; the limit is ten too wide, as that of a mean often is."""
    found, start = four_numbers()
    quantity, known = language.parse(asked, TINY), knowing(found, start)
    values = [evaluate(quantity, item) for item in every() if bounds.agrees(item, found)]
    true = [value for value in values if value is not None]
    for up, end in ((False, min(true)), (True, max(true))):
        last = records(start)
        if evaluate(quantity, start) == end:
            continue
        for cases in known.towards(quantity, end + (10 if up else -10), up, last, 60, broad):
            last = cases
            if evaluate(quantity, as_dataset(last, TINY)) == end:
                break
        assert evaluate(quantity, as_dataset(last, TINY)) == end


@pytest.mark.slow
@pytest.mark.parametrize("asked", [text for text in QUANTITIES if not text.startswith("m")])
def test_whole_numbers_move_no_limit_inside_the_values_of_all_datasets(asked: str):
    """The same 2,912 datasets; from every value one of them has, in both directions."""
    found, start = four_numbers()
    quantity, known = language.parse(asked, TINY), knowing(found, start)
    values = [evaluate(quantity, item) for item in every() if bounds.agrees(item, found)]
    true = {value for value in values if value is not None}
    for value in true:
        low, high = (known.in_wholes(quantity, value, up, 20) for up in (False, True))
        assert low is None or low <= min(true)
        assert high is None or high >= max(true)


def test_whole_numbers_say_that_half_a_case_is_none():
    """Nine children, four cases: with three of one child the fourth has six, and there is one."""
    start = tiny([("a", "x", "low")] * 4, [(0, "f")] * 6 + [(n, "f") for n in (1, 2, 3)])
    texts = {"count(case, true)": "4", "count(child, true)": "9",
             "count(case, number(child) < 1)": "0"}  # fmt: skip
    known = knowing([claim(text, printed) for text, printed in texts.items()], start)
    quantity = language.parse("count(case, number(child) == 1)", TINY)
    relaxed = known.limits(quantity).high
    assert relaxed is not None
    assert relaxed >= 3
    assert known.in_wholes(quantity, Fraction(3), True, 20) == 3


def test_children_of_some_cases_are_bounded_by_those_that_the_others_must_have():
    """Five children, three cases with one or more each, one of kind a: from 1 to 3 are its own."""
    start = tiny([("a", "x", "low"), ("b", "x", "low"), ("b", "x", "low")],
                 [(0, "f"), (1, "f"), (1, "f"), (2, "f"), (2, "m")])  # fmt: skip
    texts = {"count(case, true)": "3", "count(child, true)": "5", 'count(case, kind == "a")': "1",
             "count(case, number(child) < 1)": "0"}  # fmt: skip
    found = [claim(text, printed) for text, printed in texts.items()]
    quantity = language.parse('count(child, kind == "a")', TINY)
    item = proved(knowing(found, start), quantity, 20).range
    assert (item.low, item.high) == (1, 3)
    assert item.proved


def test_no_end_is_proved_that_no_dataset_reaches():
    """Beyond the true end there is nothing to be found, however long one looks."""
    start = tiny([("a", "x", "low"), ("b", "x", "low")], [(0, "f"), (1, "f")])
    known = knowing([claim("count(case, true)", "2")], start)
    quantity = language.parse('count(case, kind == "a")', TINY)
    too_wide = ranges.Bounds("", Fraction(-1), Fraction(3))
    end = End(known, quantity, too_wide, True, records(start))
    for hunt in (end.small, end.large):
        for side in hunt(time.monotonic() + 1):
            end.take(*side)
    assert end.value == 2
    assert not end.met
    beyond = bounds.marked(quantity, too_wide, as_dataset(end.cases, TINY))
    assert not beyond.proved_low
    assert not beyond.proved_high
    for side in end.closer(time.monotonic() + 5):
        end.take(*side)
    assert end.met
    assert end.limit == 2


def test_a_dataset_that_disagrees_with_a_claim_proves_nothing():
    right, wrong = tiny([("a", "x", "low")], []), tiny([("b", "x", "low")], [])
    found = [claim("count(case, true)", "1"), claim('count(case, kind == "a")', "1")]
    known = knowing(found, right)
    known.pool = Pool(TINY, [records(wrong)])
    got = proved(known, language.parse('count(case, place == "x")', TINY), 1)
    assert not got.range.proved_low
    assert got.lowest is None


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    cases = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=5))
    member = st.tuples(st.integers(0, len(cases) - 1), st.sampled_from("fm"))
    return tiny(cases, draw(st.lists(member, max_size=6)))


@settings(max_examples=30, deadline=None)
@given(st.lists(datasets(), min_size=1, max_size=4))
def test_a_pool_is_evaluated_as_each_of_its_datasets_is(made: list[Dataset]):
    found = Pool(TINY, [records(item) for item in made])
    for text in QUANTITIES:
        quantity = language.parse(text, TINY)
        assert found.values(quantity) == [evaluate(quantity, item) for item in made], text
        again = [evaluate(quantity, as_dataset(cases, TINY)) for cases in found.datasets]
        assert again == found.values(quantity), text


def test_a_pool_is_read_as_it_was_written_and_only_in_its_own_frame(tmp_path):
    made = tiny([("a", "x", "high"), ("b", "y", "none")], [(1, "m")])
    more = tiny([("b", "x", "low")], [])
    found = Pool(TINY, [records(made)]).more(records(more))
    pool.write(found, tmp_path / "w.npz")
    assert pool.read(TINY, tmp_path / "w.npz").datasets == found.datasets
    first = (tmp_path / "w.npz").read_bytes()
    pool.write(found, tmp_path / "w.npz")
    assert (tmp_path / "w.npz").read_bytes() == first
    assert len(pool.read(coding_frame(), tmp_path / "w.npz")) == 0


# -- the report ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_end_that_is_said_to_be_proved_is_reached_by_a_dataset_that_agrees_with_print():
    known = prover.report()
    book = known.known.codebook
    made = [known.pool.dataset(n) for n in range(len(known.pool))]
    assert all(known.agrees(item) for item in made)
    for item in ranges.read():
        values = set(known.pool.values(language.parse(item.quantity, book, 2017)))
        assert not item.proved_low or item.low in values, item.quantity
        assert not item.proved_high or item.high in values, item.quantity
        inside = {value for value in values if value is not None}
        assert all(item.low <= value <= item.high for value in inside), item.quantity


@pytest.mark.slow
@pytest.mark.parametrize("text", [
    "count(case, present(parental_mental_health) and study == 2012)",
    'count(case, involvement == "none" and perpetrator == "extended_family")',
    "count(parent, age_at_first_child < 18)",
    "count(case, number(child) > 3)",
])  # fmt: skip
def test_a_model_to_which_a_query_is_added_gives_the_ends_of_one_made_for_it(text: str):
    known = prover.report().known
    quantity = language.parse(text, known.codebook, 2017)
    apart = Relaxed(known, [quantity]).ends(quantity)
    assert Relaxed(known, [quantity], Base(known)).ends(quantity) == apart


@pytest.mark.slow
def test_large_steps_bring_the_datasets_of_the_report_nearer():
    """Study and law have to move together in many of the 97 cases."""
    known = prover.report()
    text = 'count(case, law_group == "public" and study == 2014)'
    quantity, start = language.parse(text, known.known.codebook, 2017), known.pool.datasets[0]
    before, limit = evaluate(quantity, known.pool.dataset(0)), known.limits(quantity).high
    assert before is not None
    assert limit is not None
    assert before < limit
    cases = next(known.towards(quantity, limit, True, start, 120, broad=True))
    made = as_dataset(cases, known.known.codebook)
    after = evaluate(quantity, made)
    assert after is not None
    assert before < after <= limit
    assert known.agrees(made)


@pytest.mark.slow
def test_the_command_says_which_ends_are_proved_and_writes_a_dataset_at_each(tmp_path, capsys):
    """Frechet's limits by hand: 69 cases had domestic abuse, 58 neglect, of 97."""
    text = "count(case, present(neglect) and present(domestic_abuse))"
    assert cli.main(["bounds", text, "--examples", str(tmp_path), "--seconds", "60"]) == 0
    assert "least 30 (proved" in capsys.readouterr().out
    quantity = language.parse(text, coding_frame())
    least = read_dataset(tmp_path / "least")
    assert evaluate(quantity, least) == 30
    assert least.synthetic
    assert prover.report().agrees(least)


@pytest.mark.slow
def test_ranges_are_worked_out_again_and_their_datasets_kept(tmp_path):
    path, witnesses = tmp_path / "b.csv", tmp_path / "w.npz"
    text = "count(case, present(parental_mental_health))"
    list(refreshing.refresh([text], minutes=0.2, seconds=30, workers=1, path=path,
                            witnesses=witnesses))  # fmt: skip
    (item,) = ranges.read(path)
    book = coding_frame()
    start = evaluate(language.parse(text, book), read_dataset(paths.SYNTHETIC))
    assert start is not None
    assert item.low is not None
    assert item.low < start < item.high
    values = pool.read(book, witnesses).values(language.parse(text, book))
    assert item.proved_low == (item.low in values)
    assert item.proved_high == (item.high in values)
