"""Is what the tests take for possible just what the report's tables allow? Proved by other code."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import combinations_with_replacement

import numpy as np
import pytest
from scipy.optimize import linprog

from scrlib import paths
from scrlib.auditing.claims import claims
from scrlib.auditing.known import Knowledge
from scrlib.compare import associations, benchmarks, comparison
from scrlib.compare.shares import TwoShares
from scrlib.report import coding_frame, read_dataset

PRINTED = {item.id: item.printed for item in claims(coding_frame())}
STUDIES = (2012, 2013, 2014, 2015, 2017)
CASES = (23, 10, 26, 23, 15)
"""Table 1."""
SIZES_2017 = (1,) * 12 + (2, 2, 5)
"""Section 3.2."""
BENCHMARKS = {item.key: item for item in benchmarks.load()}
MOMENTS = {item.key: item.moments for item in associations.load() if item.moments}


def printed(cell: str) -> int:
    return int(PRINTED[cell].split(" ")[0])


CHILDREN = tuple(printed(f"table_12:total:{study}:count") for study in STUDIES)
GIRLS = tuple(printed(f"table_12:female:{study}:count") for study in STUDIES)


# -- how many cases have such a child --------------------------------------------------------------


@cache
def numbers_of_cases(children: int, cases: int, marked: int) -> frozenset[int]:
    """Return how many cases can have one of the marked children, by building them one by one."""
    if not cases:
        return frozenset({0} if not children and not marked else ())
    found = set()
    for size in range(1, children - cases + 2):
        for here in range(min(size, marked) + 1):
            rest = numbers_of_cases(children - size, cases - 1, marked - here)
            found |= {number + (here > 0) for number in rest}
    return frozenset(found)


def sums(*parts: frozenset[int]) -> set[int]:
    found = {0}
    for part in parts:
        found = {one + other for one in found for other in part}
    return found


def test_small_numbers_of_cases_are_those_of_the_rule() -> None:
    """The rule: from as few as hold them, others keeping one child each, to one case a child."""
    for children, cases, marked in ((7, 4, 3), (9, 4, 6), (6, 6, 2), (8, 3, 8)):
        least = max(min(marked, 1), marked - (children - cases))
        assert numbers_of_cases(children, cases, marked) == set(
            range(least, min(marked, cases) + 1)
        )


def by_rule(children: int, cases: int, marked: int) -> frozenset[int]:
    if marked > children:
        return frozenset()
    least = max(min(marked, 1), marked - (children - cases))
    return frozenset(range(least, min(marked, cases) + 1))


def test_reviews_with_a_girl_are_as_many_as_table_12_allows() -> None:
    parts = [by_rule(*study) for study in zip(CHILDREN, CASES, GIRLS, strict=True)]
    found = sums(*parts)
    # Of 2017 the sizes are printed too: five, two and two children, twelve alone.
    last = {number for number in parts[-1] if number >= 6}
    found = sums(*parts[:-1], frozenset(last))
    assert [count for count, _ in BENCHMARKS["tr16_girls"].also_printed] == sorted(found)


@pytest.mark.parametrize(
    ("name", "children"), [("tr16_age_u1", (34, 35)), ("tr16_age_1_5", (57, 58))]
)
def test_reviews_with_a_child_of_an_age_are_as_many_as_tables_1_and_12_allow(
    name: str, children: tuple[int, ...]
) -> None:
    """20% and 33% are 34 or 35 and 57 or 58 of 174; how they fall on the studies is not printed."""
    largest = sorted((n - k + 1 for n, k in zip(CHILDREN[:-1], CASES[:-1], strict=True)))[::-1]
    fewest = next(n for n in range(1, 9) if sum(largest[:n]) >= children[0])
    found = BENCHMARKS[name].also_printed
    assert found == tuple((count, 97) for count in range(fewest, children[-1] + 1))


def test_the_greatest_design_effect_is_that_of_table_12() -> None:
    data = read_dataset(paths.SYNTHETIC)
    sizes = [
        size
        for children, cases in zip(CHILDREN[:-1], CASES[:-1], strict=True)
        for size in (children - cases + 1, *[1] * (cases - 1))
    ] + list(SIZES_2017)
    assert (len(sizes), sum(sizes)) == (97, 174)
    squares = sum(size**2 for size in sizes)
    (found,) = comparison.examine(Knowledge(data, 2017), [BENCHMARKS["tr16_girls"]], ())
    (test,) = [reading.test for name, reading in found.readings.items() if not name]
    assert isinstance(test, TwoShares)
    effects = set(test.deff)
    assert max(effects) == pytest.approx(squares / 174)
    assert squares / 174 == pytest.approx(10.64, abs=0.005)
    assert min(effects) == 1


# -- what the ratings can be -----------------------------------------------------------------------

LEVELS = np.arange(4)
DA, NEGLECT, REST = (
    part.ravel() for part in np.meshgrid(LEVELS, LEVELS, np.arange(34), indexing="ij")
)
SCORES = DA + NEGLECT + REST
"""A rating is domestic abuse, neglect and eleven other factors, each from 0 to 3."""


def levels(table: str, law: str, cases: int) -> list[int]:
    """Return how many cases have each level of a factor, from none to high."""
    found = [printed(f"{table}:{level}:{law}:count") for level in ("low", "medium", "high")]
    return [cases - sum(found), *found]


def extremes(law: str, cases: int, total: int, last: tuple[int, int, int, int]) -> list[float]:
    """Return the least and greatest sum of squares of ratings (linear programming: a proof).

    The tables give how many cases have each level of domestic abuse and of neglect; section 3.4 how
    many cases of 2017 there are, the sum, least and greatest of their ratings.
    """
    number, sum_, least, most = last
    both = [
        (np.tile(factor == level, 2).astype(float), count)
        for factor, table in ((DA, "table_09"), (NEGLECT, "table_11"))
        for level, count in enumerate(levels(table, law, cases))
    ]
    of_last = np.repeat([0.0, 1.0], len(SCORES))
    scores = np.tile(SCORES, 2)
    rows = [*both, (scores, total), (of_last, number), (of_last * scores, sum_)]
    limits = [(0, None)] * len(SCORES) + [
        (0, None if least <= score <= most else 0) for score in SCORES
    ]
    return [
        sign * linprog(
            sign * scores**2, A_eq=np.array([row for row, _ in rows]),
            b_eq=[count for _, count in rows], bounds=limits, method="highs",
        ).fun
        for sign in (1, -1)
    ]  # fmt: skip


PUBLIC_2017, PRIVATE_2017 = (12, 211, 11, 24), (3, 34, 9, 15)
ALL_2017 = (15, 245, 9, 24)


def counts_of(mean: str, nobs: int) -> range:
    """Return the sums of so many whole numbers whose mean prints so, halves up, by trying all."""
    low, high = (float(mean) + step for step in (-0.05, 0.05))
    found = [
        total for total in range(40 * nobs) if low - 1e-9 <= total / nobs < high - 1e-9
    ]  # fmt: skip
    return range(found[0], found[-1] + 1)


@pytest.mark.parametrize(
    ("name", "side", "law", "cases", "last", "cell"),
    [
        ("rating_by_law", 0, "public", 49, PUBLIC_2017, "public:overall"),
        ("rating_by_law", 1, "private", 41, PRIVATE_2017, "private:overall"),
    ],
)
def test_ratings_by_law_spread_no_further_than_is_allowed_for(
    name: str, side: int, law: str, cases: int, last: tuple[int, int, int, int], cell: str
) -> None:
    moments = MOMENTS[name][side]
    assert moments.nobs == cases
    assert moments.sums == counts_of(PRINTED[f"table_05:{cell}:mean"].split(" ")[0], cases)
    for total in moments.sums:
        least, most = extremes(law, cases, total, last)
        assert moments.squares[0] <= least + 1e-6
        assert most <= moments.squares[1] + 1e-6


def multisets(size: int, low: int, high: int, total: int) -> Iterator[tuple[int, ...]]:
    return (
        values
        for values in combinations_with_replacement(range(low, high + 1), size)
        if sum(values) == total
    )


def test_ratings_of_2017_spread_as_section_3_4_allows() -> None:
    """Twelve public law ratings: one of 24, two more over 20, one of 11, eight from 11 to 20."""
    public, private = MOMENTS["rating_by_law_focus"]
    assert list(multisets(3, 9, 15, 34)) != []
    with_ends = [v for v in multisets(3, 9, 15, 34) if v[0] == 9 and v[-1] == 15]
    assert with_ends == [(9, 10, 15)]
    assert private.squares == (406, 406)
    squares = {
        24**2 + 11**2 + one**2 + other**2 + rest
        for one in range(21, 25)
        for other in range(one, 25)
        for rest in _squares(8, 211 - 24 - 11 - one - other)
    }
    assert public.squares == (min(squares), max(squares))
    assert (public.sums, private.sums) == (range(211, 212), range(34, 35))


@cache
def _squares(size: int, total: int) -> frozenset[int]:
    """Return every sum of squares of so many whole numbers from 11 to 20 with a sum."""
    if not size:
        return frozenset({0} if not total else ())
    return frozenset(
        value**2 + rest
        for value in range(11, 21)
        if 11 * (size - 1) <= total - value <= 20 * (size - 1)
        for rest in _squares(size - 1, total - value)
    )


def test_ratings_of_2017_and_before_spread_no_further_than_is_allowed_for() -> None:
    last, before = MOMENTS["rating_by_study"]
    public, private = MOMENTS["rating_by_law_focus"]
    assert last.squares == tuple(public.squares[end] + private.squares[end] for end in (0, 1))
    assert before.sums == counts_of(PRINTED["table_05:all:earlier:mean"].split(" ")[0], 82)
    for total in (before.sums[0], before.sums[-1]):
        _, most = extremes("total", 97, total + 245, ALL_2017)
        assert most - last.squares[0] <= before.squares[1] + 1
    assert before.squares[0] <= -(-(before.sums[0] ** 2) // 82)
