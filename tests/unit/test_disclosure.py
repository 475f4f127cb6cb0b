"""Can a held-back number be worked out from what is shown?"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import inf

import example_cases
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model
from random_data import random_dataset

from scrlib import report as published
from scrlib.protecting import disclosure
from scrlib.protecting.attack import Attack, plan
from scrlib.protecting.limits import Settings
from scrlib.protecting.space import Space
from tally import grid as tables
from tally.errors import Failure, InputError
from tally.evaluate import evaluate, mask
from tally.language import parse

pytestmark = pytest.mark.slow
LEAST = 5
LINKED = ("table_03", "table_05", "table_06", "table_09", "table_10", "table_11")
WITNESS = random_dataset(99, {2016: 400, 2018: 400})
"""Many cases of every kind, on which conditions that differ are seen to differ."""


def computed(dataset, keys=LINKED):
    declared = published.load_tables(dataset.codebook)
    return {key: tables.compute(declared[key], dataset) for key in keys}


def protected(dataset, keys=LINKED, least=LEAST, base=0):
    return disclosure.protect_tables(computed(dataset, keys), dataset, Settings(least, base))


def counts(table):
    return [item for item in table.values if item.cell.measure == "count"]


@pytest.fixture(scope="module")
def two_studies():
    return random_dataset(4, {2016: 60, 2018: 40})


@pytest.fixture(scope="module")
def shown(two_studies):
    return protected(two_studies)[0]


def test_no_count_from_one_to_the_limit_is_shown(two_studies, shown):
    for key, table in computed(two_studies).items():
        for before, after in zip(counts(table), counts(shown[key]), strict=True):
            if 0 < before.value < LEAST:
                assert after.shown in ("[c]", "[k]")
                assert after.value is None


def test_what_is_shown_is_the_truth(two_studies, shown):
    for key, table in computed(two_studies).items():
        for before, after in zip(table.values, shown[key].values, strict=True):
            assert after.shown in (before.shown, "[c]", "[k]")


def test_some_numbers_are_left_to_show(shown):
    numbers = [item.shown for table in shown.values() for item in counts(table)]
    assert sum(text.isdigit() for text in numbers) > len(numbers) / 3


def test_a_small_cell_takes_at_least_one_more_in_its_row_and_one_in_its_column(shown):
    grid = disclosure.grid(shown["table_06"])
    for row, column in product(grid.index, grid.columns):
        if grid.loc[row, column] == "[c]":
            assert (grid.loc[row] != "0").sum() == 1 or grid.loc[row].str.startswith("[").sum() > 1
            assert grid[column].str.startswith("[").sum() > 1


def test_a_protected_grid_has_the_rows_and_columns_of_its_table(two_studies, shown):
    for key, table in computed(two_studies).items():
        grid = disclosure.grid(shown[key])
        assert list(grid.index) == list(table.grid.index)
        assert list(grid.columns) == list(table.grid.columns)
        clear = ~grid.map(lambda text: text.startswith("["))
        assert (grid.where(clear) == table.grid.where(clear)).where(clear, True).all().all()
        assert clear.to_numpy().any(), key


def test_a_mean_of_what_is_not_always_known_is_held_back_with_the_number_known(two_studies):
    ages = two_studies.frames["child"]["age"]
    few = (ages.notna() & (two_studies.frames["child"]["sex"] == "male")).sum()
    asked = 'mean(child, age, sex == "male")'
    for least, mark in ((int(few), ""), (int(few) + 1, "[")):
        found = disclosure.protect([asked], two_studies, Settings(least)).mark(asked)
        assert found.startswith(mark)
        assert bool(found) == bool(mark)


def test_a_mean_and_a_percentage_are_held_back_with_their_counts(shown):
    for table in shown.values():
        marks = {(i.cell.row, i.cell.column): i.shown for i in counts(table)}
        for item in table.values:
            if item.cell.measure in ("mean", "percent"):
                mark = marks[item.cell.row, item.cell.column]
                assert not mark.startswith("[") or item.shown.startswith("[")


def test_a_cell_shows_its_marker_once(shown):
    assert not disclosure.grid(shown["table_05"]).map(lambda text: "([" in text).any().any()


# -- attacks written without the code under test ---------------------------------------------------


def masks(quantity, dataset=WITNESS):
    """Return the rows that a count counts, on many cases."""
    aggregate = parse(quantity, dataset.codebook, 2018).single
    return aggregate.unit, mask(aggregate.where, dataset, aggregate.unit)


def solutions(table, telling):
    """Yield each held-back cell, and whether what is shown leaves it two values (CP-SAT)."""
    cells = [(item, masks(item.cell.quantity)[1]) for item in counts(table)]
    kinds = np.unique(np.array([m for _, m in cells]).T, axis=0)
    for item, _ in cells:
        if item.shown.startswith("["):
            found = set()
            found |= one_solution(cells, kinds, item, None, telling)
            for bar in list(found):
                found |= one_solution(cells, kinds, item, bar, telling)
            yield item, len(found) > 1


def one_solution(cells, kinds, item, bar, telling):
    model = cp_model.CpModel()
    # One variable for each way of being counted in some cells and not in others.
    numbers = [model.new_int_var(0, 1000, "") for _ in kinds]
    for place, (other, _) in enumerate(cells):
        total = sum(n for n, kind in zip(numbers, kinds, strict=True) if kind[place])
        if other is item:
            wanted = total
        if other.shown == "[c]":
            model.add(total >= 1)
            model.add(total < LEAST)
        elif other.shown == "[k]":
            model.add(total >= (LEAST if telling else 0))
        else:
            model.add(total == int(other.shown))
    if bar is not None:
        model.add(wanted != bar)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    status = solver.solve(model)
    return {solver.value(wanted)} if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else set()


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([{2018: 18}, {2016: 30, 2018: 15}, {2018: 60}]))
def test_no_held_back_count_follows_from_the_table_in_which_it_stands(seed, sizes):
    dataset = random_dataset(seed, sizes)
    found, plan_ = protected(dataset, ("table_03", "table_05", "table_06"))
    telling = "[c]" in {mark for (unit, _), mark in plan_.marks.items() if unit == "case"}
    for table in found.values():
        for item, safe in solutions(table, telling):
            assert safe, item.cell.id


def test_the_same_count_is_treated_alike_in_every_table(shown):
    found = {}
    for table in shown.values():
        for item in counts(table):
            unit, which = masks(item.cell.quantity)
            found.setdefault((unit, which.tobytes()), set()).add(item.shown)
    assert max(map(len, found.values())) == 1
    assert len(found) < sum(len(counts(table)) for table in shown.values())


EVERY_CELL = np.indices((8,) * 6).reshape(6, -1)


def with_margins(c):
    columns = [c[i] + c[i + 3] for i in range(3)]
    return [*c, *columns, c[0] + c[1] + c[2], c[3] + c[4] + c[5], sum(c)]


EVERY_TABLE = np.array(with_margins(list(EVERY_CELL)))
"""All 2 x 3 tables of numbers up to 7, with their margins."""


def naive_attack(truth, marks, least):
    """Return the counts that have one value in all tables that agree with what is shown."""
    agreeing = EVERY_TABLE
    for place, (mark, value) in enumerate(zip(marks, truth, strict=True)):
        row = agreeing[place]
        small, large = (row >= 1) & (row < least), row >= least
        agreeing = agreeing[:, small if mark == "[c]" else large if mark == "[k]" else row == value]
    return [place for place, row in enumerate(agreeing) if len(np.unique(row)) == 1]


SPACE = Space(
    WITNESS.codebook,
    tuple(
        parse(f"count(case, {text})", WITNESS.codebook).single.where
        for text in [
            *(f"{r} and {c}" for r in ("study == 2016", "study == 2018")
              for c in (f'law_group == "{g}"' for g in ("public", "private", "both"))),
            *(f'law_group == "{g}"' for g in ("public", "private", "both")),
            "study == 2016", "study == 2018", "true",
        ]
    ),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=6, max_size=6).filter(any))
def test_trying_every_table_recovers_no_count_that_is_held_back(cells):
    truth = with_margins(cells)
    attack = Attack(SPACE, [SPACE.row(item) for item in SPACE.conditions], truth, 3)
    marks = plan(attack)
    if marks is not None and sum(map(bool, marks)):
        known = naive_attack(truth, marks, 3)
        assert not [place for place in known if marks[place]]


def attack_on(cells, least=3, telling=True):
    truth = with_margins(cells)
    return Attack(SPACE, [SPACE.row(item) for item in SPACE.conditions], truth, least, telling)


# By hand: of the two rectangles of cells around the small one, that of 4, 4 and 5 hides least.
SMALL = [1, 9, 4, 4, 9, 5]


def test_the_cheapest_rectangle_of_cells_goes_with_a_small_one():
    assert plan(attack_on(SMALL)) == ["[c]", "", "[k]", "[k]", "", "[k]", *[""] * 6]


def test_where_markers_would_tell_all_that_is_held_back_is_marked_alike():
    found = plan(attack_on(SMALL, telling=False))
    assert found == ["[k]", "", "[k]", "[k]", "", "[k]", *[""] * 6]


@pytest.mark.parametrize("telling", [True, False])
def test_each_count_of_a_rectangle_is_determined_once_one_of_them_is_shown(telling):
    attack = attack_on(SMALL, telling=telling)
    marks = plan(attack)
    held = [place for place, mark in enumerate(marks) if mark]
    assert attack.determined(marks, held) == []
    assert attack.first_determined(marks, held) == (None, [])
    for place in held[1:]:
        fewer = [("" if p == place else mark) for p, mark in enumerate(marks)]
        others = [p for p in held if p != place]
        assert attack.determined(fewer, others) == others
        assert attack.first_determined(fewer, others) == (others[0], others[1:])


def test_what_has_to_go_beside_a_small_count_is_the_cheapest_there_is():
    attack = attack_on(SMALL)
    marks = ["[c]", *[""] * 11]
    assert attack.further(marks, 0) == [2, 3, 5]
    assert attack.further(["[c]", "", "[k]", "[k]", "", "[k]", *[""] * 6], 0) is None


def test_no_small_count_needs_no_mark():
    assert plan(attack_on([3, 9, 0, 4, 9, 5])) == [""] * 12


def test_a_count_at_either_end_of_the_small_ones_can_still_be_another():
    # 2 of at most 2 can be 1; and of 1, 2 or 3 a count of 3 can be less.
    for small, least in ((2, 3), (3, 4), (1, 4)):
        cells = [small, 9, 5, 5, 9, 6]
        found = plan(attack_on(cells, least))
        assert found == ["[c]", "", "[k]", "[k]", "", "[k]", *[""] * 6]


def test_without_further_marks_the_attack_succeeds():
    truth = with_margins([1, 4, 4, 4, 4, 4])
    attack = Attack(SPACE, [SPACE.row(item) for item in SPACE.conditions], truth, 3)
    marks = ["[c]" if value == 1 else "" for value in truth]
    assert attack.determined(marks, [0]) == [0]
    assert 0 in naive_attack(truth, marks, 3)


def test_markers_that_give_a_number_away_are_seen_through():
    # Two small numbers that add up to two are one each, though neither is shown.
    truth = with_margins([1, 1, 0, 4, 4, 4])
    attack = Attack(SPACE, [SPACE.row(item) for item in SPACE.conditions], truth, 5)
    marks = ["[c]", "[c]", "", "[k]", "[k]", "", "", "", "", "[c]", "", ""]
    marks[9] = ""
    assert attack.determined(marks, [0]) == [0]


def test_an_absent_abuser_gives_no_rating_of_domestic_abuse_away():
    # Table 9's cases with domestic abuse are Table 10's cases with an alleged abuser.
    dataset = example_cases.cases(
        *({"domestic_abuse": "high", "da_perpetrator": "male"} for _ in range(2)),
        *({} for _ in range(20)),
    )
    found, _ = protected(dataset, ("table_09", "table_10"))
    totals = [
        next(i.shown for i in counts(found[key]) if (i.cell.row, i.cell.column) == where)
        for key, where in (("table_09", ("present", "total")), ("table_10", ("total", "total")))
    ]
    assert totals[0] == totals[1]
    assert totals[0].startswith("[")


# -- settings, rounding, and what is not in the plan -----------------------------------------------


LIMIT = (
    "The limit is 0 (hold back nothing) or at least 3. "
    "A limit of 2 would hold back ones only: the mark would tell the number."
)
MULTIPLE = "Counts are rounded to a multiple of a whole number, or not at all (0)."


@pytest.mark.parametrize("least", [-1, 1, 2])
def test_a_limit_that_its_own_marker_would_tell_is_refused(least):
    with pytest.raises(InputError) as caught:
        Settings(least)
    assert caught.value.failures == (Failure(LIMIT, "--suppress-below", value=str(least)),)


def test_rounding_to_a_negative_number_is_refused_and_all_faults_come_together():
    with pytest.raises(InputError) as caught:
        Settings(1, -1)
    assert caught.value.failures == (
        Failure(LIMIT, "--suppress-below", value="1"), Failure(MULTIPLE, "--round-to", value="-1"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("least", "base", "active"),
    [(0, 0, False), (0, 1, False), (3, 0, True), (0, 2, True), (3, 5, True)],
)
def test_settings_that_are_allowed_say_whether_they_change_anything(least, base, active):
    assert Settings(least, base).active is active


def test_with_nothing_set_a_table_stays_as_it_is(two_studies):
    found, _ = protected(two_studies, least=0)
    for key, table in computed(two_studies).items():
        assert found[key].frame.equals(table.frame)


def test_rounded_counts_are_multiples_and_halves_go_up(two_studies):
    found, _ = protected(two_studies, least=0, base=5)
    for key, table in computed(two_studies).items():
        for before, after in zip(counts(table), counts(found[key]), strict=True):
            assert int(after.shown) % 5 == 0
            assert -Fraction(5, 2) < int(after.shown) - before.value <= Fraction(5, 2)


def test_a_percentage_is_made_of_rounded_counts(two_studies):
    _, plan_ = protected(two_studies, ("table_09",), least=0, base=10)
    top = evaluate(parse("count(case, present(domestic_abuse))", two_studies.codebook), two_studies)
    share = Fraction(100 * ((int(top) + 5) // 10 * 10), 100)
    assert plan_.value("percent(case, present(domestic_abuse))") == share


def test_a_quantity_that_is_not_in_the_plan_is_not_shown(two_studies):
    _, plan_ = protected(two_studies, ("table_03",))
    assert plan_.mark('count(case, sexual_abuse == "high")') == "[k]"
    assert plan_.value('count(case, sexual_abuse == "high")') is None


def test_a_sentence_and_a_table_hold_back_the_same(two_studies):
    _, plan_ = protected(two_studies)
    for item in counts(computed(two_studies)["table_06"]):
        if 0 < item.value < LEAST:
            assert plan_.mark(item.cell.quantity).startswith("[")
            assert plan_.mark(f"{item.cell.quantity} - count(case, true)").startswith("[")


def test_markers_are_explained_where_there_are_any():
    assert set(Settings(5).meaning) == {"[c]", "[k]"}
    assert Settings(5).meaning["[c]"] == (
        "held back: a number from 1 to 4, or one worked out from such a number"
    )
    assert not Settings().meaning
    assert Settings(0, 1).rounding == Settings().rounding == ""
    text = "Numbers are rounded to the nearest 10; parts may not add up to their total."
    assert Settings(0, 10).rounding == text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("count(case)", 0),
        ('count(case, law == "s31")', 1),
        ('count(case, law_group == "public" and study == 2017)', 2),
        ('count(case, law == "s31") - count(child, sex == "male" and age < 3 and law == "s31")', 3),
        ("percent(case, present(neglect), study == 2017)", 2),
        ("count(case, total_score > 10)", inf),
    ],
)
def test_a_quantity_joins_as_many_variables_as_its_greatest_count(two_studies, text, number):
    assert disclosure.joins(parse(text, two_studies.codebook), two_studies) == number


def test_a_rounded_sum_is_made_of_rounded_counts_and_a_mean_is_not_rounded(two_studies):
    frame = two_studies.codebook
    _, plan_ = protected(two_studies, ("table_03",), least=0, base=7)
    cases, children = two_studies.size("case"), two_studies.size("child")
    # By the definition: the nearest multiple of 7.
    rounded = [7 * ((2 * number + 7) // 14) for number in (cases, children)]
    assert plan_.value("2 * count(case) - count(child) + 3") == 2 * rounded[0] - rounded[1] + 3
    assert plan_.value("mean(case, total_score)") == evaluate(
        parse("mean(case, total_score)", frame), two_studies
    )
    assert plan_.value("percent(case, true, study == 1999)") is None
    assert plan_.value("count(case) + mean(case, total_score, study == 1999)") is None


def test_the_value_of_one_case_is_never_told_where_anything_is_held_back(two_studies):
    asked = ["count(case)", "max(case, total_score)", "median(case, total_score)"]
    plan_ = disclosure.protect(asked, two_studies, Settings(5))
    assert [plan_.mark(text) for text in asked] == ["", "[k]", ""]
    assert plan_.value("max(case, total_score)") is None
    assert plan_.value("count(case)") == two_studies.size("case")
    assert plan_.mark("count(parent)") == "[k]"
    free = disclosure.protect(asked, two_studies, Settings(0))
    assert free.value("max(case, total_score)") == evaluate(
        parse(asked[1], two_studies.codebook), two_studies
    )


def test_the_study_in_focus_is_that_of_the_plan(two_studies):
    asked = "count(case, study == focus)"
    for settings_ in (Settings(5), Settings(0, 5)):
        assert disclosure.protect([asked], two_studies, settings_, 2018).value(asked) == 40
        found = disclosure.protect_tables({}, two_studies, settings_, [asked], 2018)[1]
        assert found.value(asked) == 40


@pytest.mark.parametrize(("size", "shown"), [(4, False), (5, True)])
def test_of_fewer_cases_than_the_limit_not_even_a_none_is_told(size: int, shown: bool):
    few = random_dataset(1, {2018: size})
    asked = ["count(case, true)", "count(child, true)", 'count(case, incident == "suicide")',
             'percent(child, sex == "female")', "mean(case, total_score)"]  # fmt: skip
    few.frames["case"]["incident"] = "harm_neglect"
    plan_ = disclosure.protect(asked, few, Settings(5))
    marks = [plan_.mark(text) for text in asked]
    assert marks[2] == ("" if shown else "[c]")
    assert shown or set(marks) == {"[c]"}
    assert [plan_.value(text) is None for text in asked] == [mark != "" for mark in marks]
