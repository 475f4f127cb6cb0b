"""Whether tests on shares are right at their edges and agree with published examples."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from scrlib.compare import proportions


def test_newcombes_own_example_is_reproduced() -> None:
    """Newcombe 1998, method 10, 56 of 70 against 48 of 80: 0.0524 to 0.3339, to four decimals."""
    found = proportions.two_shares(56, 70, 48, 80)
    assert (found.low, found.high) == pytest.approx((5.24, 33.39), abs=0.005)


def test_wilsons_interval_in_newcombes_review_is_reproduced() -> None:
    """Newcombe 1998 on one proportion, 81 of 263: 0.2553 to 0.3662, to four decimals."""
    assert proportions.wilson(81, 263) == pytest.approx((25.53, 36.62), abs=0.005)


def test_exchanging_the_groups_changes_the_sign_and_not_the_p_value() -> None:
    first, second = proportions.two_shares(1, 49, 12, 41), proportions.two_shares(12, 41, 1, 49)
    assert first.pvalue == pytest.approx(second.pvalue, rel=1e-9)
    assert (first.low, first.high) == pytest.approx((-second.high, -second.low), rel=1e-9)


@pytest.mark.parametrize("count", [0, 10])
def test_two_shares_that_are_both_nothing_or_both_all_do_not_differ(count: int) -> None:
    found = proportions.two_shares(count, 10, 2 * count, 20)
    assert (found.difference, found.pvalue) == (0, 1)


def test_the_ratio_of_nothing_to_nothing_is_not_a_number() -> None:
    assert math.isnan(proportions.two_shares(0, 10, 0, 20).ratio)
    assert all(map(math.isnan, proportions.risk_ratio(0, 10, 0, 20)))


def test_fifteen_of_fifteen_is_not_certain() -> None:
    low, high = proportions.wilson(15, 15)
    assert low < 80
    assert high == 100


@pytest.mark.parametrize(("count", "base"), [(1, 0), (0, 0), (-1, 5), (6, 5)])
def test_counts_that_are_no_share_are_refused(count: int, base: int) -> None:
    with pytest.raises(ValueError, match="is not a share"):
        proportions.two_shares(count, base, 1, 2)


def wilson(share: float, base: float, z: float) -> tuple[float, float]:
    """Wilson's formula of 1927, written out: in percent."""
    middle, spread = share + z * z / (2 * base), share * (1 - share) / base + (z / (2 * base)) ** 2
    ends = (middle - z * math.sqrt(spread), middle + z * math.sqrt(spread))
    low, high = (100 * end / (1 + z * z / base) for end in ends)
    return low, high


Z = {0.9: 1.6448536269514722, 0.95: 1.959963984540054}
"""Normal quantiles, from tables."""


@pytest.mark.parametrize("confidence", Z)
def test_wilsons_interval_is_its_formula_at_any_confidence(confidence: float) -> None:
    expected = wilson(69 / 97, 97, Z[confidence])
    assert proportions.wilson(69, 97, confidence) == pytest.approx(expected, rel=1e-9)


def test_one_of_one_is_a_share() -> None:
    assert proportions.wilson(1, 1)[1] == 100
    assert proportions.two_shares(1, 1, 1, 2).difference == 50


@pytest.mark.parametrize("confidence", Z)
def test_a_ratio_has_the_interval_of_katz_on_the_log_scale(confidence: float) -> None:
    """Katz and others 1978: exp(log ratio ± z sqrt(1/a - 1/n + 1/b - 1/m))."""
    found = proportions.risk_ratio(69, 97, 94, 175, confidence)
    ratio, width = (69 / 97) / (94 / 175), math.sqrt(1 / 69 - 1 / 97 + 1 / 94 - 1 / 175)
    ends = (ratio * math.exp(sign * Z[confidence] * width) for sign in (-1, 1))
    assert found == pytest.approx((ratio, *ends), rel=1e-9)


@pytest.mark.parametrize(("counts", "ratio"), [((5, 0), math.inf), ((0, 5), 0.0)])
def test_a_ratio_with_nothing_on_one_side_has_no_interval(
    counts: tuple[int, int], ratio: float
) -> None:
    found, low, high = proportions.risk_ratio(counts[0], 10, counts[1], 20)
    assert found == ratio
    assert math.isnan(low)
    assert math.isnan(high)


def test_a_share_against_a_percentage_has_every_number_by_its_definition() -> None:
    found = proportions.against_percent(98, 174, 54, 2.0)
    low, high = wilson(98 / 174, 87, Z[0.95])
    assert found.difference == pytest.approx(100 * 98 / 174 - 54, rel=1e-9)
    assert (found.low, found.high) == pytest.approx((low - 54, high - 54), rel=1e-9)
    h = 2 * math.asin(math.sqrt(98 / 174)) - 2 * math.asin(math.sqrt(0.54))
    assert found.h == pytest.approx(h, rel=1e-9)
    # 98 of 174 at a design effect of 2 is 49 of 87.
    assert found.pvalue == pytest.approx(stats.binomtest(49, 87, 0.54).pvalue, rel=1e-9)


@pytest.mark.parametrize(
    ("given", "found"),
    [((98, 174, 1.0), (98, 174)), ((10, 20, 2.0), (5, 10)), ((1, 2, 5.0), (1, 1)),
     ((0, 2, 5.0), (0, 1)), ((7, 21, 3.0), (2, 7)), ((9, 30, 2.0), (5, 15))],
)  # fmt: skip
def test_an_effective_share_has_whole_counts_and_at_least_one_unit(
    given: tuple[int, int, float], found: tuple[int, int]
) -> None:
    # By hand: 7 of 21 is 2.33 of 7, and 9 of 30 is 4.5 of 15, rounded half up.
    assert proportions.effective(*given) == found


def test_a_design_effect_leaves_the_difference_and_widens_the_interval() -> None:
    plain = proportions.two_shares(98, 174, 96, 175)
    allowed = proportions.two_shares(98, 174, 96, 175, 174 / 97)
    assert allowed.difference == plain.difference
    assert allowed.low < plain.low
    assert allowed.high > plain.high


def test_children_of_equal_families_count_as_many_as_there_are_families() -> None:
    assert proportions.effective(98, 174, 174 / 97) == (55, 97)


def test_holm_leaves_out_what_was_not_tested() -> None:
    assert proportions.holm([0.01, None, 0.04]) == (0.02, None, 0.04)


def test_holm_of_no_test_is_no_test() -> None:
    assert proportions.holm([]) == ()
    assert proportions.holm([None]) == (None,)


@pytest.mark.parametrize(
    ("pvalue", "mark"),
    [(0.0009, "[sss]"), (0.001, "[ss]"), (0.01, "[s]"), (0.05, "[ns]"), (1, "[ns]"), (None, "[z]")],
)
def test_markers_stand_for_p_below_their_limits(pvalue: float | None, mark: str) -> None:
    assert proportions.marker(pvalue) == mark


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data(), st.integers(1, 40), st.integers(1, 60))
def test_boschloos_test_is_that_of_scipy(data: st.DataObject, base: int, other_base: int) -> None:
    count, other = data.draw(st.integers(0, base)), data.draw(st.integers(0, other_base))
    if 0 < count + other < base + other_base:
        table = [[count, other], [base - count, other_base - other]]
        expected = stats.boschloo_exact(table)
        found = proportions.boschloo(count, base, other, other_base)
        assert found[1] == pytest.approx(min(1.0, expected.pvalue), rel=1e-6)
        assert found[0] == pytest.approx(expected.statistic, rel=1e-6)


def test_boschloos_test_never_gives_a_greater_p_than_fishers() -> None:
    """Boschloo 1970: it is uniformly more powerful; one-sided, twice the lesser."""
    for count in range(16):
        table = [[count, 15 - count], [20, 30]]
        one = min(
            float(stats.fisher_exact(table, alternative=side).pvalue)
            for side in ("less", "greater")
        )
        assert proportions.boschloo(count, 15, 20, 50)[1] <= min(1.0, 2 * one) + 1e-12
