"""Whether claims are run over every count possible, and verdicts say no more than they may."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from example_cases import cases
from random_data import random_dataset
from scipy import stats

from scrlib import paths
from scrlib.auditing.known import Knowledge
from scrlib.compare import associations, benchmarks, clusters, groups, outcome, shares
from scrlib.compare.associations import Association
from scrlib.compare.benchmarks import Benchmark
from scrlib.compare.comparison import examine
from scrlib.compare.outcome import Outcome, Reading
from scrlib.compare.shares import TwoShares
from scrlib.report import read_dataset
from tally.codebook import Study
from tally.dataset import SYNTHETIC, Dataset
from tally.expression import Quantity
from tally.interval import Known
from tally.rounding import parse_printed

DA = {"domestic_abuse": "high", "da_perpetrator": "male"}
SHIPPED = {item.key: item for item in benchmarks.load()}
ASSERTED = {item.key: item for item in associations.load()}


def benchmark(**changes: object) -> Benchmark:
    plain = Benchmark(
        key="a", family="quoted", section="5.3.2", said="higher", label="A", population="",
        definition="", period="", ours="percent(case, present(domestic_abuse))", printed=(),
        also_label="", also="", also_printed=(), counts=(), percent=parse_printed("54"),
        bases=(175,), base_status="stated", source="SEED", page="", confidence="high",
        like_for_like="yes", overlap=None, reason="", note="",
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def each(item: Outcome) -> list[Any]:
    """Return every test of an outcome, one by one."""
    readings = item.readings.values()
    return [one.test.at(place) for one in readings for place in range(len(one.pvalues))]


def outcomes(data: Dataset, *items: Benchmark | Association, focus: int = 2017) -> list[Outcome]:
    figures = [item for item in items if isinstance(item, Benchmark)]
    asserted = [item for item in items if isinstance(item, Association)]
    return list(examine(Knowledge(data, focus), figures, asserted))


@pytest.fixture(scope="module")
def report() -> dict[str, Outcome]:
    """Return what came of every claim on the report's own edition."""
    data = read_dataset(paths.SYNTHETIC)
    found = outcomes(data, *SHIPPED.values(), *ASSERTED.values())
    return {item.claim.key: item for item in found}


# -- every count that is possible ------------------------------------------------------------------


def test_every_count_of_the_benchmark_is_tested_and_the_least_favourable_is_shown() -> None:
    (found,) = outcomes(cases(*[DA] * 69, *[{}] * 28), benchmark())
    expected = [shares.two_shares(69, 97, count, 175).pvalue for count in (94, 95)]
    assert found.pvalues.tolist() == [test.pvalue for test in each(found)] == expected
    assert found.shown.pvalue == max(expected)
    assert found.ours == ((69, 97),)


def test_a_claim_about_children_is_run_over_every_number_of_reviews(
    report: dict[str, Outcome],
) -> None:
    """34 or 35 children under one live in 2 to 35 of 97 cases; from 29 on p passes 5%."""
    test: Any = report["tr16_age_u1"].readings["reviews with a child under 1"].test
    assert set(test.count) == set(range(2, 36))
    below = set(test.count[(test.count2 == 119) & (test.pvalue < 0.05)])
    assert below == set(range(2, 29))
    assert report["tr16_age_u1"].verdict == outcome.DEPENDS


def test_children_are_tested_with_every_design_effect(report: dict[str, Outcome]) -> None:
    """Rao and Scott's test of girls at the effect of the 2017 study, by R's formula: 0.902."""
    of_2017 = {}
    for key in ("tr16_girls", "tr16_age_1_5"):
        test: Any = report[key].readings[""].test
        of_2017[key] = test.pvalue[(test.deff > 2) & (test.deff < 3)].max()
    assert of_2017["tr16_girls"] == pytest.approx(0.9024, abs=0.00005)
    assert of_2017["tr16_age_1_5"] == pytest.approx(0.0742, abs=0.00005)


def test_the_overlap_is_scaled_to_effective_children(report: dict[str, Outcome]) -> None:
    """Of 57 of 174 at 2.7457 against 65 of 293: 56 of 97 cases are 36.6 of 63.4 children.

    With whole children, 21 of 63 and 36 shared, p would be 0.033.
    """
    reading = report["tr16_age_1_5"].readings[""]
    test: Any = reading.test
    at = (test.count == 57) & (test.count2 == 65) & (test.deff.round(1) == 2.7)
    (deff,) = test.deff[at]
    expected = clusters.overlap_test(57 / deff, 174 / deff, 65, 293, 56 * 174 / deff / 97)
    assert reading.shared[at] == pytest.approx(expected.pvalue)
    assert expected.pvalue == pytest.approx(0.0425, abs=0.00005)


def test_of_a_claim_that_shares_are_similar_the_least_p_is_shown(
    report: dict[str, Outcome],
) -> None:
    """The greatest would favour the claim; of a difference it is the other way round."""
    girls, abuse = report["tr16_girls"], report["tr16_da"]
    assert girls.shown.pvalue == min(girls.readings[""].pvalues)
    assert abuse.shown.pvalue == max(abuse.readings[""].pvalues)


def test_domestic_abuse_hangs_on_its_definition(report: dict[str, Outcome]) -> None:
    found = report["tr16_da"]
    by_reading = {name: max(reading.pvalues) for name, reading in found.readings.items()}
    assert by_reading[""] == pytest.approx(0.00647, abs=0.000005)
    assert by_reading["rated high or medium"] == pytest.approx(0.1249, abs=0.00005)
    assert found.verdict == outcome.DEFINITION


def test_parents_are_paired_in_every_way(report: dict[str, Outcome]) -> None:
    """McNemar's test of 26 mothers and 12 fathers of 64 pairs: two tails of a fair coin."""
    found = report["young_parents"].pvalues
    assert min(found) == pytest.approx(2 * 0.5**14)
    assert max(found) == pytest.approx(0.0336, abs=0.00005)
    assert len(found) == 13


def test_observed_parents_are_paired_as_they_are() -> None:
    data = read_dataset(paths.SYNTHETIC)
    observed = replace(data, meta=replace(data.meta, provenance="observed"))
    (found,) = outcomes(observed, ASSERTED["young_parents"])
    (test,) = each(found)
    assert (test.count, test.count2, test.nobs) == (26, 12, 64)


# -- families --------------------------------------------------------------------------------------


def test_only_claims_are_adjusted_in_two_families(report: dict[str, Outcome]) -> None:
    """Claims beside national figures, and claims that groups of the cases differ."""
    family = [item for item in report.values() if item.adjusted is not None]
    assert all(item.claim.claimed for item in family)
    assert {item.claim.key for item in family} >= {"tr16_da", "homicide_by_law"}
    assert report["girls_trend"].adjusted is report["tr16_fatal"].adjusted is None
    for kind, number in ((Benchmark, 6), (Association, 18)):
        same = [item for item in family if isinstance(item.claim, kind)]
        assert len(same) == number
        expected = shares.holm([max(item.pvalues) for item in same])
        assert [item.adjusted for item in same] == pytest.approx(list(expected))


def test_each_definition_is_adjusted_by_itself(report: dict[str, Outcome]) -> None:
    """Domestic abuse at any level is the least of six: 6 times 0.00647."""
    readings = report["tr16_da"].readings
    assert readings[""].adjusted == pytest.approx(0.0388, abs=0.00005)
    assert readings["rated high or medium"].adjusted == pytest.approx(6 * 0.12486, abs=0.0001)
    assert report["tr16_da"].adjusted == readings["rated high or medium"].adjusted


def test_children_under_one_in_26_cases_or_more_fail_with_six_claims_allowed_for(
    report: dict[str, Outcome],
) -> None:
    """Of the counts of cases that agree with the report, up to 25 would be below 5% six times."""
    test: Any = report["tr16_age_u1"].readings["reviews with a child under 1"].test
    greatest = {count: test.pvalue[test.count == count].max() for count in set(test.count)}
    assert {count for count, p in greatest.items() if 6 * p < 0.05} == set(range(2, 26))


def test_ratings_of_2017_hang_on_their_spread(report: dict[str, Outcome]) -> None:
    """Twelve with sum 211 and squares 3825 to 4037, against 9, 10 and 15: Welch's test of each."""
    found = report["rating_by_law_focus"]
    means, error = (211 / 12, 34 / 3), math.sqrt((406 - 34**2 / 3) / 2)
    every = [
        stats.ttest_ind_from_stats(
            means[0], math.sqrt((squares - 211**2 / 12) / 11), 12, means[1], error, 3,
            equal_var=False,
        ).pvalue
        for squares in range(3825, 4038)
    ]  # fmt: skip
    assert sorted(found.pvalues) == pytest.approx([min(every), max(every)], rel=1e-9)
    assert min(every) < 0.05 < max(every)
    assert found.verdict == report["rating_by_study"].verdict == outcome.DEPENDS


def test_none_one_and_thirty_benchmarks_are_compared() -> None:
    data = cases(*[DA] * 7, *[{}] * 5)
    assert outcomes(data) == []
    (alone,) = outcomes(data, benchmark())
    thirty = outcomes(data, *(benchmark(key=f"b{place}") for place in range(30)))
    assert len(thirty) == 30
    assert thirty[0].adjusted == pytest.approx(min(1.0, 30 * max(alone.pvalues)))


def test_a_neighbouring_figure_makes_no_claim() -> None:
    (found,) = outcomes(cases(*[DA] * 11, {}), benchmark(family="neighbouring"))
    assert (found.verdict, found.adjusted) == (outcome.NO_CLAIM, None)


# -- verdicts --------------------------------------------------------------------------------------


def reading(*tests: tuple[float, float], adjusted: float) -> Reading:
    """Return tests that have p values and differences."""
    counts = {"count": 1, "nobs": 2, "count2": 1, "nobs2": 2}
    made = [TwoShares(0.0, p, "test", **counts, diff=d, low=d - 0.1, upp=d + 0.1) for p, d in tests]
    return Reading(TwoShares.stacked(made, (len(made),)), adjusted=adjusted)


def verdict(
    *pvalues: float, said: str = "higher", diff: float = 0.1, alike: str = "yes",
    adjusted: float | None = None, also: tuple[float, ...] = (),
) -> str:  # fmt: skip
    most = max(*pvalues, *also, 0) if adjusted is None else adjusted
    readings = {"": reading(*((p, diff) for p in pvalues), adjusted=most)}
    if also:
        readings["b"] = reading(*((p, diff) for p in also), adjusted=most)
    claim = benchmark(said=said or "higher", like_for_like=alike)
    return Outcome(claim, bool(said), readings).verdict


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (verdict(0.01), outcome.SUPPORTED),
        (verdict(0.01, said="lower"), outcome.CONTRADICTED),
        (verdict(0.01, said="lower", diff=-0.1), outcome.SUPPORTED),
        (verdict(0.01, said="similar"), outcome.CONTRADICTED),
        (verdict(0.01, said="differ"), outcome.SUPPORTED),
        (verdict(0.01, said=""), outcome.DIFFERENT),
        (verdict(0.01, alike="partly"), outcome.NOT_ALIKE),
        (verdict(0.01, alike="no"), outcome.NOT_ALIKE),
        (verdict(0.01, adjusted=0.05), outcome.ALONE),
        (verdict(0.01, adjusted=0.06, said="lower"), outcome.UNCLEAR),
        (verdict(0.01, adjusted=0.06, said="similar"), outcome.ALONE),
        (verdict(0.01, 0.05), outcome.DEPENDS),
        (verdict(0.05), outcome.UNCLEAR),
        (verdict(0.3, said="similar"), outcome.UNCLEAR),
        # For a claim of "similar" the least p is the least favourable.
        (verdict(0.3, 0.04, said="similar"), outcome.DEPENDS),
        (verdict(0.01, also=(0.2,)), outcome.DEFINITION),
        (verdict(0.01, 0.2, also=(0.2,)), outcome.DEPENDS),
    ],
)
def test_the_verdict_follows_from_the_numbers(found: str, expected: str) -> None:
    assert found == expected
    assert found in outcome.VERDICTS


def test_tests_that_point_both_ways_support_nothing() -> None:
    both = reading((0.01, 0.1), (0.01, -0.1), adjusted=0.01)
    found = Outcome(benchmark(), readings={"": both})
    assert found.verdict == outcome.DEPENDS


def test_no_claim_beside_a_national_figure_is_supported_that_is_not_of_like_with_like(
    report: dict[str, Outcome],
) -> None:
    for item in report.values():
        if item.verdict in (outcome.SUPPORTED, outcome.DIFFERENT):
            assert item.claim.like_for_like == "yes"
    supported = {item.claim.key for item in report.values() if item.verdict == outcome.SUPPORTED}
    assert supported == {"homicide_by_law", "neglect_by_law"}
    alone = {item.claim.key for item in report.values() if item.verdict == outcome.ALONE}
    assert alone == {  # chapter 6 names these seven
        "incident_by_law", "sexual_by_law", "rating_by_law", "da_by_law", "public_by_study",
        "harm_by_study", "young_parents",
    }  # fmt: skip


def test_chapter_6_says_in_short_what_came_of_the_claims(report: dict[str, Outcome]) -> None:
    """Ten claims, six tested: one hangs on a definition, three on counts, two could be chance."""
    claimed = [item for item in report.values() if item.claim.claimed]
    found = [item.verdict for item in claimed if isinstance(item.claim, Benchmark)]
    expected = {
        outcome.NOT_TESTED: 4, outcome.DEFINITION: 1, outcome.DEPENDS: 3, outcome.UNCLEAR: 2,
    }  # fmt: skip
    assert Counter(found) == expected
    within = Counter(item.verdict for item in claimed if isinstance(item.claim, Association))
    assert (within[outcome.SUPPORTED], within[outcome.ALONE], within[outcome.DEPENDS]) == (2, 7, 2)


# -- what may not be tested ------------------------------------------------------------------------


def test_a_forbidden_test_gives_the_share_and_the_reason() -> None:
    (found,) = outcomes(cases(*[DA] * 3, {}), benchmark(reason="It cannot be."))
    assert (found.verdict, found.reason) == (outcome.NOT_TESTED, "It cannot be.")
    assert found.ours == ((3, 4),)


@pytest.mark.parametrize("change", [{"bases": ()}, {"percent": None, "bases": ()}])
def test_a_figure_of_which_no_base_is_known_is_not_tested(change: dict[str, object]) -> None:
    (found,) = outcomes(cases(DA, {}), benchmark(**change))
    assert "base" in found.reason


def test_a_share_of_no_case_is_not_tested() -> None:
    nobody = 'percent(case, present(neglect), incident == "suicide")'
    (found,) = outcomes(cases({}), benchmark(ours=nobody))
    assert found.reason == outcome.NOTHING


def test_a_benchmark_without_a_quantity_is_passed_over() -> None:
    assert outcomes(cases({}), benchmark(ours="")) == []


def test_a_share_that_is_held_back_is_neither_shown_nor_tested() -> None:
    knowledge = Knowledge(cases(*[DA] * 7, {}), 2017, lambda _, __: Known(None, None, marker="[c]"))
    for found in examine(knowledge, SHIPPED.values(), ASSERTED.values()):
        assert not found.tested
        assert not found.ours
        assert found.reason in {outcome.HELD_BACK, *(i.reason for i in SHIPPED.values())}


def test_a_reading_that_is_held_back_leaves_the_others_and_is_named() -> None:
    plain = benchmark(also_label="rated high", also='percent(case, domestic_abuse == "high")')
    data = cases(*[DA] * 7, *[{"domestic_abuse": "low", "da_perpetrator": "male"}] * 4, {})

    def withhold(_: Quantity, known: Known) -> Known:
        return Known(None, None, marker="[c]") if known.low == 7 else known

    (found,) = examine(Knowledge(data, 2017, withhold), [plain], ())
    assert list(found.readings) == [""]
    assert "rated high" in found.note
    assert outcome.HELD_BACK in found.note


def test_nothing_is_tested_on_rounded_numbers() -> None:
    knowledge = Knowledge(cases(*[DA] * 7, {}), 2017, lambda _, known: known, rounded=True)
    assert not any(item.tested for item in examine(knowledge, SHIPPED.values(), ASSERTED.values()))


def test_under_disclosure_control_no_test_tells_spread_pairs_or_likeness_of_children() -> None:
    data = random_dataset(3, {2015: 20, 2017: 20})
    knowledge = Knowledge(data, 2017, lambda _, known: known)
    found = {
        item.claim.key: item for item in examine(knowledge, SHIPPED.values(), ASSERTED.values())
    }
    assert found["rating_by_law"].reason == outcome.HELD_BACK
    assert len(found["young_parents"].pvalues) > 1
    effects = {test.deff for test in each(found["tr16_girls"])}
    assert effects == {1.0, max(1.0, data.size("child") / 40)}


# -- other data ------------------------------------------------------------------------------------


def of_years(*periods: tuple[str, str], provenance: str = "observed") -> Dataset:
    """Return eight cases of one study, and that study with others of given months."""
    found = cases(*[DA] * 7, {}, provenance=provenance)
    studies = [Study(2012 + n, f"S{n}", *months) for n, months in enumerate(periods)]
    return replace(found, codebook=found.codebook.with_studies(studies))


@pytest.mark.parametrize(
    ("periods", "apart"),
    [
        ([("2013-01", "2014-12")], False), ([("2014-01", "2015-12")], True),
        ([("2008-01", "2009-12")], False), ([("2007-01", "2008-12")], True),
        ([("2011-02", "2011-03")], False),
        ([("2007-01", "2008-12"), ("2012-01", "2012-12")], False),
    ],
)  # fmt: skip
def test_cases_of_other_years_than_the_benchmarks_cannot_be_in_both(
    periods: list[tuple[str, str]], apart: bool
) -> None:
    # A year is allowed on either side of 2010 to 2012.
    item = benchmark(period="2010 to 2012", overlap=56, printed=((69, 97),))
    (found,) = outcomes(of_years(*periods), item)
    assert (found.ours, found.said) == (((7, 8),), "")
    assert (found.readings[""].shared is None) == apart


def test_what_the_report_said_is_said_of_its_own_cases_only() -> None:
    (own,) = outcomes(cases(*[DA] * 7, {}), benchmark())
    (other,) = outcomes(of_years(("2020-01", "2020-12")), benchmark())
    assert (own.own, own.said) == (True, "higher")
    assert (other.own, other.said, other.claim.claimed) == (False, "", True)


def test_invented_cases_of_others_are_not_tested_and_the_reason_is_given() -> None:
    other = of_years(("2020-01", "2020-12"), provenance=SYNTHETIC)
    for found in outcomes(other, benchmark(printed=((69, 97),)), *ASSERTED.values(), focus=2012):
        assert (found.reason, found.readings) == (outcome.INVENTED, {})


def test_what_the_report_fixes_of_one_study_is_not_taken_for_another() -> None:
    """Table 5 has columns for the report's newest study and those before it, and no other."""
    data = read_dataset(paths.SYNTHETIC)
    for key in ("harm_by_study", "rating_by_law_focus"):
        (newest,) = outcomes(data, ASSERTED[key])
        (older,) = outcomes(data, ASSERTED[key], focus=2015)
        assert newest.tested
        assert (older.tested, older.own, older.reason) == (False, False, outcome.UNPRINTED)


def test_observed_children_of_one_case_do_not_count_as_strangers() -> None:
    data = cases(*[{}] * 10, *[{"law": "wtfh"}] * 10, children=3)
    (found,) = outcomes(data, benchmark(ours='percent(child, sex == "female")'))
    for test in each(found):
        assert (test.count, test.nobs) == (30, 60)
        # statsmodels corrects by G / (G - 1): three alike children, twenty cases.
        assert test.deff == pytest.approx(3 * 20 / 19)


def test_a_trend_of_children_allows_for_those_of_one_case() -> None:
    girls = [n % 4 == 0 if n < 12 else n % 4 > 0 for n in range(24)]
    rows = [
        {"law": "s31" if girl else "wtfh", "study": 2012 + n // 12} for n, girl in enumerate(girls)
    ]
    one, three = (outcomes(cases(*rows, children=n), ASSERTED["girls_trend"])[0] for n in (1, 3))
    # All children of a case have one sex here: three of them say little more than one.
    statistics = [item.shown.direction for item in (one, three)]
    assert statistics[0] > 2
    assert statistics[1] == pytest.approx(statistics[0], rel=0.1)


def test_an_association_of_no_case_says_that_there_is_nothing_to_test() -> None:
    for found in outcomes(cases({}), *ASSERTED.values()):
        assert not found.tested
        assert found.reason == outcome.NOTHING


@pytest.mark.slow
def test_two_hundred_thousand_cases_are_tested() -> None:
    """In bounded memory and moments: nothing is resampled, no table grows with the cases."""
    data = random_dataset(1, {2019: 100_000, 2022: 100_000})
    found = outcomes(data, *SHIPPED.values(), *ASSERTED.values(), focus=2022)
    assert sum(item.tested for item in found) > 30
    tests = [test for item in found for test in each(item)]
    assert all(0 <= test.pvalue <= 1 for test in tests)
    means = [test for test in tests if isinstance(test, groups.Means)]
    assert means
    assert all(test.low < test.diff < test.upp for test in means)
