"""Whether trends, tables, means and ranges of p behave at their edges."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import factorial, prod

import pytest

from scrlib.compare import power, proportions, pvalue_bounds, trends
from scrlib.report import coding_frame


def test_study_dates_are_the_middle_of_their_months() -> None:
    dates = trends.study_dates(coding_frame().studies)
    # October 2014 to November 2015 are 14 months from 2014.75; 2009 counts from January.
    assert dates[3] == pytest.approx(2014.75 + 7 / 12)
    assert dates[0] == pytest.approx(2009 + 39 / 24)


def test_a_trend_leaves_out_studies_without_members() -> None:
    with_empty = trends.trend((1, 0, 5), (10, 0, 10), (1, 2, 3))
    assert with_empty == trends.trend((1, 5), (10, 10), (1, 3))


def test_a_design_effect_of_four_halves_the_statistic_of_a_trend() -> None:
    plain, allowed = (trends.trend((2, 5, 9), (20, 20, 20), (1, 2, 3), e) for e in (1.0, 4.0))
    assert allowed.statistic == pytest.approx(plain.statistic / 2)
    assert allowed.pvalue > plain.pvalue


@pytest.mark.parametrize("counts", [(0, 0), (10, 10)])
def test_nothing_or_all_has_no_trend(counts: tuple[int, int]) -> None:
    assert math.isnan(trends.trend(counts, (10, 10), (1, 2)).pvalue)


def test_empty_rows_and_columns_do_not_change_a_table() -> None:
    plain = trends.independence([[8, 2, 3], [1, 9, 4]])
    padded = trends.independence([[8, 2, 0, 3], [0, 0, 0, 0], [1, 9, 0, 4]])
    assert plain == padded


def test_one_row_is_no_table() -> None:
    assert math.isnan(trends.independence([[3, 4]]).pvalue)


def test_the_mean_of_nothing_is_not_compared() -> None:
    assert math.isnan(trends.mean_difference([], [1.0]).pvalue)


def test_a_group_of_one_has_a_difference_and_no_test() -> None:
    found = trends.mean_difference([5.0], [1.0, 2.0, 3.0])
    assert found.difference == 3
    assert math.isnan(found.pvalue)


def test_no_values_between_limits_spread_more_than_the_widest() -> None:
    """Four ones and four fives have the mean 3 and the greatest variance possible, 32 / 7."""
    assert pvalue_bounds.widest_spread(3, 8, 1, 5) == pytest.approx(math.sqrt(32 / 7))


def test_the_range_of_p_is_that_of_every_pair_of_counts() -> None:
    pairs = product(range(3, 7), range(9, 13))
    every = [proportions.boschloo(count, 12, other, 30)[1] for count, other in pairs]
    assert pvalue_bounds.pvalue_range((3, 6, 12), (9, 12, 30)) == pytest.approx(
        (min(every), max(every))
    )


def test_known_counts_have_one_p_value() -> None:
    low, high = pvalue_bounds.pvalue_range((5, 5, 12), (9, 9, 30))
    assert low == high == proportions.boschloo(5, 12, 9, 30)[1]


def test_the_least_p_of_a_trend_is_that_of_every_table_with_the_total() -> None:
    bases, scores, total = (4, 3, 5), (1.0, 2.0, 4.0), 5
    every = [
        trends.trend(counts, bases, scores).pvalue
        for counts in product(range(5), range(4), range(6))
        if sum(counts) == total
    ]
    low, high = pvalue_bounds.trend_range((0, 0, 0), bases, bases, scores, total)
    assert low == pytest.approx(min(every))
    assert high >= max(every)


def test_fewer_cases_need_a_greater_difference() -> None:
    few, many = power.against_fixed(15, 54), power.against_fixed(97, 54)
    assert few.below < many.below < 54 < many.above < few.above


def test_power_against_the_share_itself_is_the_size_of_the_test() -> None:
    assert power.binomial_power(97, 54, 54) <= 0.05


def test_where_no_share_is_low_enough_none_is_given() -> None:
    assert math.isnan(power.against_fixed(15, 5).below)


def fillings(rows: list[int], columns: list[int]) -> Iterator[list[list[int]]]:
    """Yield every table of counts with these margins."""
    if len(rows) == 1:
        yield [columns]
        return
    for first in product(*(range(most + 1) for most in columns)):
        if sum(first) == rows[0]:
            left = [most - used for most, used in zip(columns, first, strict=True)]
            yield from ([list(first), *rest] for rest in fillings(rows[1:], left))


@pytest.mark.parametrize(
    "table",
    [
        [[1, 0], [0, 1]],
        [[0, 2, 1, 1], [1, 1, 0, 0]],
        [[1, 0, 0], [1, 1, 1], [0, 3, 1]],
        [[3, 0], [1, 0], [0, 1], [0, 1]],
        [[2, 0, 2], [0, 1, 1], [1, 0, 0], [0, 0, 0]],
    ],
)
def test_the_test_of_a_small_table_is_that_of_counting_every_table(table: list[list[int]]) -> None:
    """Counted in full, by the definition of Freeman and Halton."""
    rows, columns = [sum(row) for row in table], [sum(column) for column in zip(*table)]  # noqa: B905

    def chance(cells: list[list[int]]) -> Fraction:
        ways = prod(factorial(total) for total in (*rows, *columns))
        return Fraction(ways, prod(factorial(count) for row in cells for count in row))

    every = [chance(cells) for cells in fillings(rows, columns)]
    exact = sum(item for item in every if item <= chance(table)) / sum(every)
    assert trends.independence(table).pvalue == pytest.approx(float(exact), abs=0.01)
