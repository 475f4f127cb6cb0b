"""Whether trends, tables and means behave at their edges, and p is bounded by every dataset."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations_with_replacement, product
from math import factorial, prod

import pytest
from scipy import stats

from scrlib.compare import groups as trends
from scrlib.compare.groups import Moments
from scrlib.report import coding_frame


def test_study_dates_are_the_middle_of_their_months() -> None:
    dates = trends.study_dates(coding_frame().studies)
    # October 2014 to November 2015 are 14 months from 2014.75; 2009 counts from January.
    assert dates[3] == pytest.approx(2014.75 + 7 / 12)
    assert dates[0] == pytest.approx(2009 + 39 / 24)


def test_a_trend_leaves_out_studies_without_members() -> None:
    with_empty = trends.trend((1, 0, 5), (10, 0, 10), (1, 2, 3))
    assert with_empty.pvalue == trends.trend((1, 5), (10, 10), (1, 3)).pvalue


def test_a_design_effect_of_four_halves_the_statistic_of_a_trend() -> None:
    plain, allowed = (trends.trend((2, 5, 9), (20, 20, 20), (1, 2, 3), deff=e) for e in (1.0, 4.0))
    assert allowed.statistic == pytest.approx(plain.statistic / 2)
    assert allowed.pvalue > plain.pvalue


@pytest.mark.parametrize("counts", [(0, 0), (10, 10)])
def test_nothing_or_all_has_no_trend(counts: tuple[int, int]) -> None:
    assert math.isnan(trends.trend(counts, (10, 10), (1, 2)).pvalue)


def test_empty_rows_and_columns_do_not_change_a_table() -> None:
    plain = trends.independence([[8, 2, 3], [1, 9, 4]])
    padded = trends.independence([[8, 2, 0, 3], [0, 0, 0, 0], [1, 9, 0, 4]])
    assert (plain.statistic, plain.pvalue) == (padded.statistic, padded.pvalue)


def test_one_row_is_no_table() -> None:
    assert math.isnan(trends.independence([[3, 4]]).pvalue)


def test_the_mean_of_nothing_is_not_compared() -> None:
    assert math.isnan(trends.means([], [1.0]).pvalue)


def test_a_group_of_one_has_a_difference_and_no_test() -> None:
    found = trends.means([5.0], [1.0, 2.0, 3.0])
    assert found.diff == 3
    assert math.isnan(found.pvalue)


def test_an_interval_of_a_mean_says_its_level() -> None:
    """SciPy's own interval of the difference, at 90%."""
    values = [1.0, 4.0, 6.0], [2.0, 7.0, 9.0, 11.0]
    found = trends.means(*values, alpha=0.1)
    expected = stats.ttest_ind(*values, equal_var=False).confidence_interval(0.9)
    assert found.confint == pytest.approx((expected.low, expected.high), rel=1e-9)
    assert "90% interval" in found.summary()


def test_values_that_are_all_alike_have_no_test() -> None:
    assert math.isnan(trends.means([2, 2, 2], [1, 1]).pvalue)


@pytest.mark.filterwarnings("ignore:Precision loss")
def test_the_ends_of_p_of_two_means_hold_every_dataset() -> None:
    """Four and three whole numbers from 0 to 5 with sums 5 and 9: every pair of multisets."""
    first, second = (
        [values for values in combinations_with_replacement(range(6), size) if sum(values) == total]
        for size, total in ((4, 5), (3, 9))
    )
    moments = [
        Moments(len(part[0]), range(sum(part[0]), sum(part[0]) + 1), (min(squares), max(squares)))
        for part in (first, second)
        for squares in [[sum(x * x for x in values) for values in part]]
    ]
    every = [
        float(stats.ttest_ind(a, b, equal_var=False).pvalue)
        for a in first for b in second if len({*a}) > 1 or len({*b}) > 1
    ]  # fmt: skip
    found = trends.means_within(*moments)
    assert found.pvalue[1] == pytest.approx(max(every), rel=1e-9)
    assert found.pvalue[0] <= min(every) + 1e-12
    assert "2 sets of values" in found.summary()


def test_the_greatest_p_may_stand_at_a_small_variance() -> None:
    """Fewer degrees of freedom can make p greater although the difference is plainer."""
    few = Moments(3, range(34, 35), (406, 406))
    found = trends.means_within(Moments(12, range(211, 212), (3825, 4037)), few)
    ends = [
        float(
            stats.ttest_ind_from_stats(
                211 / 12, math.sqrt((squares - 211**2 / 12) / 11), 12,
                34 / 3, math.sqrt((406 - 34**2 / 3) / 2), 3, equal_var=False,
            ).pvalue
        )
        for squares in (3825, 4037)
    ]  # fmt: skip
    assert found.pvalue[1] == pytest.approx(max(ends), rel=1e-9)
    assert found.pvalue[0] < min(ends)  # the least stands between the two
    assert ends[0] > ends[1]


def test_a_table_of_two_rows_is_exact_and_agrees_with_fishers_test() -> None:
    found = trends.independence([[300, 320], [250, 330]])
    expected = stats.fisher_exact([[300, 320], [250, 330]]).pvalue
    assert found.pvalue == pytest.approx(expected, rel=1e-9)


def test_a_table_too_large_to_count_is_drawn() -> None:
    found = trends.independence([[100_000, 100_100], [99_000, 99_900]])
    assert "drawn" in found.method
    assert 0.1 < found.pvalue < 0.3


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
    exactly = min(len(rows), len(columns)) == 2
    tolerance = 1e-12 if exactly else 0.01
    assert trends.independence(table).pvalue == pytest.approx(float(exact), abs=tolerance)
