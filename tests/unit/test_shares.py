"""Whether tests on shares are right at their edges and agree with published examples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from scrlib.compare import shares
from scrlib.compare.boschloo import boschloo

# -- published examples ----------------------------------------------------------------------------


def test_newcombes_own_example_is_reproduced() -> None:
    """Newcombe 1998, method 10, 56 of 70 against 48 of 80: 0.0524 to 0.3339, to four decimals."""
    found = shares.two_shares(count=56, nobs=70, count2=48, nobs2=80)
    assert found.confint == pytest.approx((0.0524, 0.3339), abs=0.00005)


def test_wilsons_interval_in_newcombes_review_is_reproduced() -> None:
    """Newcombe 1998 on one proportion, 81 of 263: 0.2553 to 0.3662, to four decimals."""
    assert shares.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=0.00005)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data(), st.integers(1, 40), st.integers(1, 60))
def test_boschloos_test_is_that_of_scipy(data: st.DataObject, nobs: int, nobs2: int) -> None:
    count, count2 = data.draw(st.integers(0, nobs)), data.draw(st.integers(0, nobs2))
    if 0 < count + count2 < nobs + nobs2:
        expected = stats.boschloo_exact([[count, count2], [nobs - count, nobs2 - count2]])
        found = boschloo(count, nobs, count2, nobs2)
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
        assert boschloo(count, 15, 20, 50)[1] <= min(1.0, 2 * one) + 1e-12


# -- edges -----------------------------------------------------------------------------------------


def test_exchanging_the_groups_changes_the_sign_and_not_the_p_value() -> None:
    first, second = shares.two_shares(1, 49, 12, 41), shares.two_shares(12, 41, 1, 49)
    assert first.pvalue == pytest.approx(second.pvalue, rel=1e-9)
    assert first.confint == pytest.approx((-second.upp, -second.low), rel=1e-9)


@pytest.mark.parametrize("count", [0, 10])
@pytest.mark.parametrize("method", ["boschloo", "fisher", "score"])
def test_two_shares_that_are_both_nothing_or_both_all_do_not_differ(
    count: int, method: str
) -> None:
    found = shares.two_shares(count, 10, 2 * count, 20, method=method)
    assert (found.diff, found.pvalue) == (0, 1)


def test_fifteen_of_fifteen_is_not_certain() -> None:
    low, upp = shares.wilson(15, 15)
    assert low < 0.8
    assert upp == 1


@pytest.mark.parametrize(("count", "nobs"), [(1, 0), (0, 0), (-1, 5), (6, 5)])
def test_counts_that_are_no_share_are_refused(count: int, nobs: int) -> None:
    with pytest.raises(ValueError, match="is not a share"):
        shares.two_shares(count, nobs, 1, 2)


def test_a_number_that_is_not_known_is_not_tested() -> None:
    found = shares.two_shares(math.nan, 97, 95, 175)
    assert math.isnan(found.pvalue)
    assert found.summary().startswith("Not tested")


def test_a_method_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no such method"):
        shares.two_shares(1, 2, 1, 2, method="wald")
    with pytest.raises(ValueError, match="no such method"):
        shares.two_shares(1, 2, 1, 2, deff=2, method="boschloo")


# -- arrays ----------------------------------------------------------------------------------------


def test_an_array_is_tested_entry_by_entry() -> None:
    found = shares.two_shares(count=69, nobs=97, count2=[94, 95], nobs2=175)
    each = [shares.two_shares(69, 97, count2, 175) for count2 in (94, 95)]
    assert found.pvalue.tolist() == [one.pvalue for one in each]
    assert np.array(found.confint).T.tolist() == [list(one.confint) for one in each]
    assert "2 sets of counts" in found.summary()


# -- large samples and clusters --------------------------------------------------------------------


def test_large_samples_are_tested_by_fishers_test() -> None:
    found = shares.two_shares(30_000, 100_000, 30_500, 100_000)
    exact = stats.fisher_exact([[30_000, 30_500], [70_000, 69_500]]).pvalue
    assert found.pvalue == pytest.approx(exact, rel=1e-9)
    assert "Fisher" in found.method


def test_a_design_effect_is_that_of_rao_and_scott_unrounded() -> None:
    """The pooled z test, written out, of 98 of 174 divided by 2.7 against 97 of 175."""
    found = shares.two_shares(98, 174, 97, 175, deff=2.7)
    n, m = 174 / 2.7, 175
    pooled = (98 / 2.7 + 97) / (n + m)
    z = (98 / 174 - 97 / 175) / math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    assert found.pvalue == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-9)
    assert found.statistic == pytest.approx(z, rel=1e-9)


def test_a_design_effect_leaves_the_difference_and_widens_the_interval() -> None:
    plain = shares.two_shares(98, 174, 96, 175)
    allowed = shares.two_shares(98, 174, 96, 175, deff=174 / 97)
    assert allowed.diff == plain.diff
    assert allowed.low < plain.low
    assert allowed.upp > plain.upp


# -- intervals -------------------------------------------------------------------------------------


def wilson(share: float, nobs: float, z: float) -> tuple[float, float]:
    """Wilson's formula of 1927, written out."""
    middle, spread = share + z * z / (2 * nobs), share * (1 - share) / nobs + (z / (2 * nobs)) ** 2
    ends = (middle - z * math.sqrt(spread), middle + z * math.sqrt(spread))
    low, upp = (end / (1 + z * z / nobs) for end in ends)
    return low, upp


Z = {0.1: 1.6448536269514722, 0.05: 1.959963984540054}
"""Normal quantiles, from tables."""


@pytest.mark.parametrize("alpha", Z)
def test_wilsons_interval_is_its_formula_at_any_level(alpha: float) -> None:
    assert shares.wilson(69, 97, alpha) == pytest.approx(wilson(69 / 97, 97, Z[alpha]), rel=1e-9)


def test_a_wider_interval_is_asked_for_by_a_smaller_alpha() -> None:
    narrow, wide = (shares.two_shares(69, 97, 95, 175, alpha=a) for a in (0.1, 0.01))
    assert wide.low < narrow.low < narrow.upp < wide.upp
    assert "99% interval" in wide.summary()
    narrow, wide = (shares.paired_shares([[6, 20], [6, 32]], alpha=a) for a in (0.1, 0.01))
    assert wide.low < narrow.low < narrow.upp < wide.upp


def test_a_share_against_a_fixed_one_has_every_number_by_its_definition() -> None:
    found = shares.one_share(49, 87, 0.54)
    low, upp = wilson(49 / 87, 87, Z[0.05])
    assert found.diff == pytest.approx(49 / 87 - 0.54, rel=1e-9)
    assert found.confint == pytest.approx((low - 0.54, upp - 0.54), rel=1e-9)
    assert found.pvalue == pytest.approx(stats.binomtest(49, 87, 0.54).pvalue, rel=1e-9)


# -- pairs -----------------------------------------------------------------------------------------


def test_every_pairing_has_the_margins_and_none_is_left_out() -> None:
    """26 and 12 of 64: from none to all 12 fathers paired with young mothers."""
    found = list(shares.pairings(26, 12, 64))
    assert len(found) == 13
    for (both, first), (second, neither) in found:
        assert (both + first, both + second, both + first + second + neither) == (26, 12, 64)
        assert min(both, first, second, neither) >= 0


def test_mcnemars_test_is_the_binomial_test_of_the_pairs_that_differ() -> None:
    for table in shares.pairings(26, 12, 64):
        (_, first), (second, _) = table
        exact = stats.binomtest(first, first + second, 0.5).pvalue
        assert shares.paired_shares(table).pvalue == pytest.approx(exact, rel=1e-9)


def test_uncorrelated_pairs_have_the_interval_of_independent_groups() -> None:
    """Newcombe 1998b: with a correlation of nought it is his interval of two samples."""
    paired, apart = shares.paired_shares([[10, 10], [10, 10]]), shares.two_shares(20, 40, 20, 40)
    assert paired.confint == pytest.approx(apart.confint, rel=1e-9)


def test_pairs_that_agree_have_a_narrower_interval() -> None:
    agree, apart = (shares.paired_shares(t) for t in ([[30, 10], [2, 22]], [[16, 24], [16, 8]]))
    assert agree.diff == apart.diff == 0.125
    assert agree.upp - agree.low < apart.upp - apart.low


# -- many tests ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 9, 24])
def test_holm_s_adjustment_is_that_of_statsmodels(size: int):
    pvalues = np.random.default_rng(size).uniform(size=size).round(2)
    expected = multipletests(pvalues, method="holm")[1]
    assert shares.holm(pvalues.tolist()) == pytest.approx(expected)


def test_holm_of_two_tests_is_by_hand() -> None:
    assert shares.holm([0.01, 0.04]).tolist() == [0.02, 0.04]


def test_holm_of_no_test_is_no_test() -> None:
    assert shares.holm([]).tolist() == []
