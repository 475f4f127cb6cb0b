"""Does making a model smaller lose no whole solution, and does it find what follows at once?"""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from tally.solve.bound_propagation import tighten
from tally.solve.model import Model

MOST = 3


def solutions(model: Model) -> set[tuple[int, ...]]:
    """Return every whole solution, tried one by one."""
    spans = [range(low, high + 1) for low, high in zip(model.lower, model.upper, strict=True)]
    return {values for values in product(*spans) if all(
        (row.low is None or row.low <= total) and (row.high is None or total <= row.high)
        for row in model.rows
        for total in [sum(w * values[c] for c, w in zip(row.columns, row.weights, strict=True))]
    )}  # fmt: skip


limits = st.none() | st.integers(-4, 6)
rows = st.tuples(st.lists(st.integers(-2, 2), min_size=4, max_size=4), limits, limits)


@given(st.lists(rows, max_size=4))
def test_no_whole_solution_is_lost(found: list[tuple[list[int], int | None, int | None]]):
    model = Model()
    model.columns(4, MOST)
    for weights, low, high in found:
        model.row(dict(enumerate(weights)), low, high)
    before = solutions(model)
    tighten(model)
    assert solutions(model) == before


def test_what_a_printed_nought_covers_is_nought_and_so_is_what_is_tied_to_it():
    model = Model()
    model.columns(4, MOST)
    model.row({0: 1, 1: 1}, 0, 0)
    model.row({1: 1, 2: -1}, 0, 0)
    tighten(model)
    assert model.upper == [0, 0, 0, MOST]


def test_rows_that_were_looked_at_before_are_left_alone():
    model = Model()
    model.columns(2, MOST)
    model.row({0: 1}, None, 1)
    model.row({1: 1}, None, 2)
    tighten(model, first=1)
    assert model.upper == [MOST, 2]


def test_what_a_row_rules_out_altogether_is_left_to_the_solver():
    model = Model()
    model.columns(2, MOST)
    model.row({0: 1, 1: 1}, None, -1)
    tighten(model)
    assert model.upper == [0, 0]
    assert not solutions(model)
