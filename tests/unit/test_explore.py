"""Are the answers of the page Explore those that the report gives, and narrowed as they may be?"""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product

import pytest
from random_data import random_dataset

from scrlib import explore
from scrlib.auditing.known import Knowledge, of_the_report
from tally.interval import UNKNOWN, Known

KNOWLEDGE = of_the_report()
QUESTIONS = {item.key: item for item in explore.questions(KNOWLEDGE.dataset.codebook)}
(PERPETRATOR,) = (
    item for item in explore.variables(KNOWLEDGE.dataset.codebook) if item.name == "perpetrator"
)
KEPT = explore.read()


def cells(key: str) -> list[list[str]]:
    return [row.split(" ") for row in KEPT[key].split("/")]


# -- what the report prints ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "row", "printed"),
    [
        ("incident|law_group|", 1, "1 12 1 14"),  # Table 6, homicide
        ("law_group|incident|", 1, "11 12 4 2 4 4 2 2 0 0 41"),  # Table 6, private law
        ("law_group|domestic_abuse|", 0, "29 20 49"),  # Table 9; 49 less 29
        ("law_group|neglect|", 2, "4 3 7"),  # Table 11; 7 less 4
        ("study|sex|", 3, "26 12 38"),  # Table 12, 2015
        ("law_group|involvement|2017", 0, "7 3 2 12"),  # Table 3, public law
        ("perpetrator||", 12, "6"),  # Table 7, not known
    ],
)
def test_a_printed_table_can_be_asked_for(key: str, row: int, printed: str):
    first, second, study = key.split("|")
    grid = (
        cells(key) if key in KEPT
        else [list(part) for part in zip(*cells(f"{second}|{first}|{study}"), strict=True)]
    )  # fmt: skip
    assert [cell[:-1] for cell in grid[row]] == printed.split()


def test_what_the_report_counts_apart_counts_for_the_whole():
    """Table 8: of the two cases with a former partner as suspect, both are deaths."""
    columns = [line.key for line in PERPETRATOR.lines]
    assert cells("outcome|perpetrator|")[0][columns.index("ex_boyfriend")] == "2f"


def test_what_the_text_says_nothing_of_is_not_given_as_a_range():
    assert explore.OPEN in {cell for row in cells("perpetrator|involvement|") for cell in row}


# -- as looked up ----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", random.Random(1).sample(sorted(QUESTIONS), 12))
def test_kept_answers_are_what_is_known_now(key: str):
    assert cells(key) == explore.answer(QUESTIONS[key], KNOWLEDGE)


def test_everything_that_can_be_asked_is_kept_in_order():
    assert list(KEPT) == list(QUESTIONS)


def test_other_data_are_counted():
    data = random_dataset(4, {2018: 5, 2021: 9})
    known = Knowledge(data, 2021)
    (grid,) = (
        explore.answer(item, known) for item in explore.questions(data.codebook)
        if item.key == "law_group|outcome|2021"
    )  # fmt: skip
    assert grid[-1][-1] == "9c"
    assert all(cell.endswith(explore.COUNTED) for row in grid for cell in row)


def test_where_small_numbers_are_held_back_the_page_is_left_out():
    held = Knowledge(KNOWLEDGE.dataset, 2017, lambda quantity, known: known)
    assert explore.page(held).markdown == explore.LEFT_OUT


# -- narrowing -------------------------------------------------------------------------------------


def between(low: int, high: int | None) -> Known:
    return Known(Fraction(low), None if high is None else Fraction(high))


def ends(grid: list[list[Known]]) -> list[list[tuple[int, int]]]:
    return [[(int(cell.low or 0), int(cell.high or 0)) for cell in row] for row in grid]


def test_cells_are_narrowed_by_their_totals_to_what_tables_of_these_totals_have():
    """Against every table of two by two that has the totals and keeps to the limits."""
    draw = random.Random(7)
    for _ in range(60):
        true = [[draw.randint(0, 4) for _ in range(2)] for _ in range(2)]
        rows, columns = [sum(r) for r in true], [sum(c) for c in zip(*true, strict=True)]
        low = [[draw.randint(0, cell) for cell in row] for row in true]
        known = [[between(low[i][j], None) for j in range(2)] + [between(rows[i], rows[i])]
                 for i in range(2)]  # fmt: skip
        known.append([between(c, c) for c in columns] + [between(sum(rows), sum(rows))])
        tables = [
            t for t in product(range(9), repeat=4)
            if [t[0] + t[1], t[2] + t[3]] == rows and [t[0] + t[2], t[1] + t[3]] == columns
            and all(t[n] >= low[n // 2][n % 2] for n in range(4))
        ]  # fmt: skip
        found = ends(explore.narrowed(known))
        for n in range(4):
            values = [table[n] for table in tables]
            assert found[n // 2][n % 2] == (min(values), max(values))


def test_a_cell_of_which_nothing_is_known_but_its_totals_stays_open():
    grid = [[UNKNOWN, UNKNOWN, between(3, 3)], [UNKNOWN, UNKNOWN, between(9, 9)],
            [between(6, 6), between(6, 6), between(12, 12)]]  # fmt: skip
    told = explore.without_trivial(explore.narrowed(grid))
    assert told[0][:2] == [UNKNOWN, UNKNOWN]
    assert ends(told)[1][:2] == [(3, 6), (3, 6)]
