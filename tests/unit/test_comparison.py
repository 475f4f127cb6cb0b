"""Whether comparisons take the least favourable count, and say what they may and no more."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from example_cases import cases
from scipy import stats
from test_proportions import Z, wilson

from scrlib.compare import associating, associations, benchmarks, proportions, verdicts
from scrlib.compare.benchmarks import Benchmark
from scrlib.compare.clusters import Share
from scrlib.compare.comparison import compare, compare_all
from tally.codebook import Study
from tally.dataset import OBSERVED, SYNTHETIC, Dataset
from tally.rounding import parse_printed

DA = {"domestic_abuse": "high", "da_perpetrator": "male"}


def benchmark(**changes: object) -> Benchmark:
    plain = Benchmark(
        key="a", family="quoted", section="5.3.2", said="higher", label="A", population="",
        definition="", period="", ours="percent(case, present(domestic_abuse))", printed=(),
        counts=(), percent=parse_printed("54"), bases=(175,), base_status="stated", source="SEED",
        page="", confidence="high", like_for_like="yes", overlap=None, reason="", note="",
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_the_pair_of_counts_with_the_greatest_p_is_shown() -> None:
    found = compare(Share(69, 97), benchmark())
    assert (found.reference_count, found.N) == (95, 175)
    assert found.pvalue == max(pair.test.pvalue for pair in found.pairs)
    assert found.pvalue_least == min(pair.test.pvalue for pair in found.pairs)
    assert found.caveats[0] == "2 sets of counts fit what is printed: p from 0.005 to 0.006."


def test_a_comparison_carries_what_is_known_of_its_benchmark() -> None:
    item = benchmark(key="key", confidence="low", like_for_like="partly")
    found = compare(Share(69, 97), item)
    for name in (
        "key", "label", "family", "section", "said", "confidence", "source", "like_for_like",
    ):  # fmt: skip
        assert getattr(found, name) == getattr(item, name), name
    assert (found.reference, found.inferred) == (54, True)
    assert compare(Share(69, 97), benchmark(note="Mind.")).caveats[-1] == "Mind."
    assert "" not in found.caveats


def test_each_number_of_a_test_is_by_its_definition() -> None:
    """69 of 97 against 94 of 175: tests/reference/statistics.csv has the rest, from R."""
    found = compare(Share(69, 97), benchmark(counts=(94,)))
    ours, theirs = wilson(69 / 97, 97, Z[0.95]), wilson(94 / 175, 175, Z[0.95])
    assert (found.estimate, found.count, found.n) == (pytest.approx(100 * 69 / 97), 69, 97)
    assert found.interval == pytest.approx(ours, rel=1e-9)
    assert found.reference_interval == pytest.approx(theirs, rel=1e-9)
    assert found.method == proportions.BOSCHLOO
    assert found.difference_interval == pytest.approx((5.33396411, 28.36500997), rel=1e-6)
    assert found.risk_ratio == pytest.approx(1.324303575, rel=1e-6)
    assert found.risk_ratio_interval == pytest.approx((1.098385273, 1.596689252), rel=1e-6)
    assert found.cohen_h == pytest.approx(0.3620466826, rel=1e-6)
    assert found.pvalue == found.adjusted_pvalue == pytest.approx(0.004919491315, rel=1e-6)
    assert found.fisher_pvalue == pytest.approx(0.006531195584, rel=1e-6)
    one = stats.fisher_exact([[69, 94], [28, 81]], alternative="greater").pvalue
    assert found.statistic == pytest.approx(one, rel=1e-6)


def test_an_inferred_count_is_also_set_against_the_percentage_alone() -> None:
    expected = stats.binomtest(69, 97, 0.54).pvalue
    assert compare(Share(69, 97), benchmark()).binomial_pvalue == pytest.approx(expected)
    assert compare(Share(69, 97), benchmark(counts=(94,))).binomial_pvalue is None


def test_a_design_effect_is_allowed_for_in_either_test() -> None:
    # 98 of 174 at a design effect of 2 is 49 of 87.
    share = Share(98, 174, 2.0)
    exact = stats.boschloo_exact([[49, 94], [38, 81]]).pvalue
    assert compare(share, benchmark(counts=(94,))).pvalue == pytest.approx(exact, rel=1e-6)
    binomial = stats.binomtest(49, 87, 0.54).pvalue
    assert compare(share, benchmark()).binomial_pvalue == pytest.approx(binomial)
    assert compare(share, benchmark(bases=())).pvalue == pytest.approx(binomial)


def test_of_several_shares_against_a_percentage_the_one_with_the_greatest_p_is_shown() -> None:
    found = compare([Share(70, 97), Share(68, 97), Share(69, 97)], benchmark(bases=()))
    low, high = wilson(68 / 97, 97, Z[0.95])
    assert (found.count, found.n, found.method) == (68, 97, proportions.BINOMIAL)
    assert found.difference == pytest.approx(100 * 68 / 97 - 54)
    assert found.difference_interval == pytest.approx((low - 54, high - 54))
    assert found.cohen_h == pytest.approx(
        2 * math.asin(math.sqrt(68 / 97)) - 2 * math.asin(math.sqrt(0.54))
    )
    greatest = stats.binomtest(68, 97, 0.54).pvalue
    assert (found.pvalue, found.adjusted_pvalue, found.binomial_pvalue) == pytest.approx(
        (greatest, greatest, greatest)
    )
    assert found.pvalue_least == pytest.approx(stats.binomtest(70, 97, 0.54).pvalue)


def test_a_share_of_which_several_counts_would_print_so_has_no_count_without_a_test() -> None:
    found = compare([Share(5, 12), Share(6, 13)], benchmark(reason="It cannot be."))
    assert (found.estimate, found.count, found.n, found.interval) == (42, None, None, None)
    assert (found.key, found.reason) == ("a", "It cannot be.")


def test_a_benchmark_without_a_figure_is_not_tested() -> None:
    nothing = {"percent": None, "bases": ()}
    found = compare(Share(69, 97), benchmark(**nothing))
    assert found.reason == "The benchmark has no percentage and no count with its base."
    assert compare(Share(69, 97), benchmark(reason="Other.", **nothing)).reason == "Other."


def test_one_case_is_enough_for_a_test() -> None:
    assert compare(Share(1, 1), benchmark()).tested


def test_a_percentage_alone_is_tested_as_if_it_were_exact() -> None:
    found = compare(Share(69, 97), benchmark(bases=(), base_status="unknown"))
    assert found.N is None
    assert found.pvalue == pytest.approx(0.0007052989648, rel=1e-6)
    assert any("unknown" in item for item in found.caveats)


def test_a_forbidden_test_gives_both_shares_and_the_reason() -> None:
    found = compare(Share(86, 97), benchmark(reason="It cannot be."))
    assert (found.pvalue, found.marker, found.verdict) == (None, "[z]", verdicts.NOT_TESTED)
    assert (found.estimate, found.reference) == (pytest.approx(88.66, abs=0.005), 54)


def test_a_share_of_no_case_is_not_tested() -> None:
    found = compare(Share(0, 0), benchmark())
    assert not found.tested
    assert "No unit" in found.reason


def test_overlap_is_tried_up_to_what_is_possible() -> None:
    assert compare(Share(69, 97), benchmark(overlap=56)).overlap[-1][0] == 56
    assert compare(Share(69, 97), benchmark(overlap=None)).overlap[-1][0] == 97
    assert len(compare(Share(69, 97), benchmark(overlap=0)).overlap) == 1
    few = benchmark(counts=(20,), bases=(40,), overlap=56)
    assert compare(Share(69, 97), few).overlap[-1][0] <= 40


def test_the_difference_is_that_of_the_shares_shown() -> None:
    found = compare(Share(98, 174, 2.75), benchmark())
    assert found.reference_count is not None
    assert found.N is not None
    shown = 100 * 98 / 174 - 100 * found.reference_count / found.N
    assert found.difference == pytest.approx(shown, rel=1e-9)


@pytest.mark.parametrize(
    ("said", "difference", "pvalue", "least", "adjusted", "verdict"),
    [
        ("higher", 9, 0.01, 0.01, 0.04, verdicts.SUPPORTED),
        ("lower", 9, 0.01, 0.01, 0.04, verdicts.CONTRADICTED),
        ("similar", 9, 0.01, 0.01, 0.04, verdicts.CONTRADICTED),
        ("", 9, 0.01, 0.01, 0.04, verdicts.DIFFERENT),
        ("higher", 9, 0.01, 0.01, 0.06, verdicts.BEFORE_ADJUSTMENT),
        ("higher", 9, 0.06, 0.01, 0.06, verdicts.DEPENDS),
        ("higher", -9, 0.06, 0.01, 0.06, verdicts.NOT_SHOWN),
        ("higher", 9, 0.3, 0.2, 0.9, verdicts.NOT_SHOWN),
        ("similar", 9, 0.3, 0.2, 0.9, verdicts.COMPATIBLE),
        ("higher", 9, 0.05, 0.05, 0.05, verdicts.NOT_SHOWN),
        ("higher", 9, 0.05, 0.01, 0.06, verdicts.DEPENDS),
        ("lower", 1, 0.01, 0.01, 0.04, verdicts.CONTRADICTED),
        ("lower", 0, 0.01, 0.01, 0.04, verdicts.SUPPORTED),
        ("", 9, 0.3, 0.2, 0.9, verdicts.COMPATIBLE),
    ],
)
def test_the_verdict_follows_from_the_numbers(
    said: str, difference: float, pvalue: float, least: float, adjusted: float, verdict: str
) -> None:
    assert verdicts.judge(said, difference, pvalue, least, adjusted) == verdict
    assert verdict in verdicts.MEANING


def test_none_one_and_thirty_benchmarks_are_compared() -> None:
    data = cases(*[DA] * 7, *[{}] * 5)
    assert compare_all(data, ()) == ()
    (alone,) = compare_all(data, [benchmark()])
    thirty = compare_all(data, [benchmark(key=f"b{place}") for place in range(30)])
    assert len(thirty) == 30
    assert alone.pvalue is not None
    assert thirty[0].adjusted_pvalue == min(1.0, 30 * alone.pvalue)


def test_p_values_are_adjusted_within_their_family() -> None:
    data = cases(*[DA] * 11, {})
    other = [benchmark(key=f"b{place}", family="neighbouring") for place in range(3)]
    quoted = compare_all(data, [benchmark(), *other])[0]
    assert quoted.adjusted_pvalue == quoted.pvalue


def test_the_study_in_focus_is_that_of_the_share() -> None:
    data = cases({"study": 2012}, *[{"study": 2017}] * 3)
    (found,) = compare_all(data, [benchmark(ours="percent(case, study == focus)")], 2017)
    assert (found.count, found.n) == (3, 4)


def test_a_share_that_is_held_back_is_not_shown_and_the_others_are() -> None:
    items = [benchmark(), benchmark(key="b"), benchmark(key="c", reason="It cannot be.")]
    first, second, third = compare_all(cases(*[DA] * 7, {}), items, held={"a", "c"})
    assert (first.key, first.estimate, first.count, first.pvalue) == ("a", None, None, None)
    assert (first.reason, first.held, second.held) == (verdicts.HELD_BACK, True, False)
    assert (second.count, second.n) == (7, 8)
    assert (third.reason, third.estimate) == ("It cannot be.", None)


def of_years(*periods: tuple[str, str], provenance: str = OBSERVED) -> Dataset:
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
    item = benchmark(period="2010 to 2012", overlap=56, printed=(Share(69, 97),))
    (found,) = compare_all(of_years(*periods), [item])
    assert (found.count, found.n, found.said) == (7, 8, "")
    assert [shared for shared, _ in found.overlap] == ([0] if apart else list(range(9)))


def test_cases_that_may_be_in_both_are_tried_where_the_benchmark_names_no_year() -> None:
    (found,) = compare_all(of_years(("2020-01", "2020-12")), [benchmark(period="", overlap=3)])
    assert len(found.overlap) == 9


def test_invented_cases_of_others_are_not_tested_and_the_reason_is_given() -> None:
    other = of_years(("2020-01", "2020-12"), provenance=SYNTHETIC)
    (found,) = compare_all(other, [benchmark(printed=(Share(69, 97),))])
    assert (found.key, found.reason, found.pvalue) == ("a", verdicts.INVENTED, None)
    own = cases(*[DA] * 12, provenance=SYNTHETIC)
    (forbidden,) = compare_all(own, [benchmark(reason="It cannot be.")], ranges={"a": (10, 20)})
    assert (forbidden.reason, forbidden.open_range) == ("It cannot be.", None)
    (unprinted,) = compare_all(own, [benchmark()])
    assert unprinted.reason == "The report prints no number for this share of its own cases."
    assert (unprinted.unprinted, found.own) == (True, False)


def test_what_the_report_said_is_said_of_its_own_cases_only() -> None:
    own, item = cases(*[DA] * 7, {}), benchmark(printed=(Share(69, 97),), overlap=56)
    other = replace(own, codebook=own.codebook.with_studies([Study(2012, "L", "2012", "2012")]))
    (found,) = compare_all(own, [item])
    assert (found.own, found.said) == (True, "higher")
    (found,) = compare_all(other, [item])
    assert (found.own, found.said, found.key) == (False, "", "a")


def test_a_benchmark_without_a_quantity_is_passed_over() -> None:
    assert compare_all(cases({}), [benchmark(ours="")]) == ()


def test_observed_children_of_one_case_do_not_count_as_strangers() -> None:
    data = cases(*[{}] * 10, *[{"law": "wtfh"}] * 10, children=3)
    item = benchmark(ours='percent(child, sex == "female")')
    (found,) = compare_all(data, [item])
    assert (found.count, found.n) == (30, 60)
    assert found.design_effect == pytest.approx(3 * 20 / 19)
    assert found.resampled_interval is not None
    low, high = found.resampled_interval
    assert low < 50 < high
    assert any("whole cases anew" in item for item in found.caveats)
    assert any("a design effect of 3.2 is allowed for" in item for item in found.caveats)


def test_a_trend_of_children_allows_for_those_of_one_case() -> None:
    items = [item for item in associations.load() if item.key == "girls_trend"]
    girls = [n % 4 == 0 if n < 12 else n % 4 > 0 for n in range(24)]
    rows = [
        {"law": "s31" if girl else "wtfh", "study": 2012 + n // 12} for n, girl in enumerate(girls)
    ]
    one, three = (
        associating.associate_all(cases(*rows, children=n), items, 2017)[0] for n in (1, 3)
    )
    # All children of a case have one sex here: three of them say little more than one.
    assert one.statistic is not None
    assert one.statistic > 2
    assert three.statistic == pytest.approx(one.statistic, rel=0.1)


def test_invented_cases_are_never_compared() -> None:
    """Of a synthetic dataset the numbers that the report printed are used, and nothing else."""
    data = cases(*[DA] * 12, provenance=SYNTHETIC)
    printed, unprinted = compare_all(
        data, [benchmark(printed=(Share(69, 97),)), benchmark(key="b")]
    )
    assert (printed.count, printed.n) == (69, 97)
    assert (unprinted.estimate, unprinted.pvalue) == (None, None)


def test_an_open_share_has_a_range_of_p() -> None:
    data = cases(*[DA] * 12, provenance=SYNTHETIC)
    (found,) = compare_all(data, [benchmark()], ranges={"a": (25, 500 / 12)})
    assert found.open_range is not None
    every = [compare(Share(count, 12), benchmark()) for count in range(3, 6)]
    pvalues = [pair.test.pvalue for item in every for pair in item.pairs]
    assert found.open_range == pytest.approx((min(pvalues), max(pvalues)))
    assert found.verdict == verdicts.OPEN


def test_printed_shares_of_children_are_tried_with_every_design_effect() -> None:
    data = cases(*[{}] * 4, children=2, provenance=SYNTHETIC)
    item = benchmark(ours='percent(child, sex == "female")', printed=(Share(5, 8),))
    (found,) = compare_all(data, [item], 2012)
    assert {pair.share.design_effect for pair in found.pairs} == {1.0, 2.0}


def test_a_printed_share_that_may_be_of_cases_is_tried_as_independent_only() -> None:
    data = cases(*[{}] * 4, children=2, provenance=SYNTHETIC)
    item = benchmark(ours='percent(child, sex == "female")', printed=(Share(3, 4),))
    (found,) = compare_all(data, [item], 2012)
    assert {pair.share.design_effect for pair in found.pairs} == {1.0}


def test_every_shipped_comparison_can_be_made_on_observed_data() -> None:
    found = compare_all(cases(*[DA] * 3, *[{}] * 2), benchmarks.load(), 2017)
    assert all(item.verdict in verdicts.MEANING for item in found)
    assert all(item.tested or item.reason for item in found)


@pytest.mark.parametrize("provenance", ["observed", "synthetic"])
def test_every_shipped_association_has_a_verdict(provenance: str) -> None:
    data = cases(*[DA] * 3, {"law": "wtfh", "study": 2017}, {}, provenance=provenance)
    found = associating.associate_all(data, associations.load(), 2017)
    assert all(item.verdict in verdicts.MEANING for item in found)
    assert all(item.tested or item.reason for item in found)


def test_counts_that_print_leaves_open_are_not_tested_on_invented_cases() -> None:
    items = [item for item in associations.load() if item.key == "public_trend"]
    data = cases(*[{}] * 6, provenance=SYNTHETIC)
    (found,) = associating.associate_all(data, items, 2017)
    assert (found.pvalue, found.groups) == (None, ())


def test_printed_means_give_no_verdict_beyond_their_widest_spread() -> None:
    items = [item for item in associations.load() if item.key == "rating_by_law"]
    rows = [{"neglect": "high"}] * 3 + [{"law": "wtfh", "neglect": "low"}] * 3
    (found,) = associating.associate_all(cases(*rows, provenance=SYNTHETIC), items, 2017)
    assert found.at_most
    assert found.verdict == verdicts.DEPENDS


def test_two_groups_are_counted_as_their_conditions_say() -> None:
    items = [item for item in associations.load() if item.key == "da_by_law"]
    data = cases(DA, {}, {**DA, "law": "wtfh"}, {**DA, "law": "wafh"})
    (found,) = associating.associate_all(data, items, 2017)
    assert [group[1:] for group in found.groups] == [(2, 2), (1, 2)]


def test_two_counts_of_one_total_differ_by_twice_their_distance_from_half() -> None:
    items = [item for item in associations.load() if item.key == "homicide_parents"]
    rows = [{"incident": "death_homicide", "perpetrator": name} for name in ("father", "mother")]
    data = cases(*[rows[0]] * 11, *[rows[1]] * 7)
    (found,) = associating.associate_all(data, items, 2017)
    assert found.difference == pytest.approx(100 * (11 - 7) / 18)
    assert found.interval is not None
    assert found.interval[0] < found.difference < found.interval[1]


def test_a_verdict_in_words_has_what_was_said_what_is_shown_and_what_weakens_it() -> None:
    said, shown, weakens = compare(Share(69, 97), benchmark(note="A note.")).words
    assert said == "The report calls its own share higher."
    assert shown == (
        "Supported: a difference of +16.8 percentage points (95% interval +4.8 to +27.8), "
        "p = 0.006, and p = 0.006 after adjustment."
    )
    assert weakens.endswith("A note.")


def test_a_comparison_that_is_not_tested_says_why_in_place_of_a_result() -> None:
    assert compare(Share(86, 97), benchmark(reason="It cannot be.")).words[1] == "It cannot be."


def test_a_table_has_no_difference_to_put_in_words() -> None:
    items = [item for item in associations.load() if item.key == "da_level_by_law"]
    data = cases(*[DA] * 4, *[{"law": "wtfh"}] * 4)
    (found,) = associating.associate_all(data, items, 2017)
    assert found.words[1].startswith("Supported: p = 0.0")


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.14, "+3.1"), (-3.14, "\u22123.1"), (0.04, "0.0"), (-0.04, "0.0"), (0.5, "+0.5"), (0, "0.0"),
     (0.05, "+0.1")],
)  # fmt: skip
def test_a_difference_is_shown_with_its_sign_unless_it_rounds_to_nothing(
    value: float, text: str
) -> None:
    assert verdicts.signed(value) == text


@pytest.mark.parametrize(
    ("pvalue", "text"),
    [(0.00099, "p < 0.001"), (0.001, "p = 0.001"), (0.0125, "p = 0.013"), (1, "p = 1.000")],
)
def test_a_p_value_is_said_to_three_decimals(pvalue: float, text: str) -> None:
    assert verdicts.pvalue_text(pvalue) == text


@pytest.mark.parametrize(
    ("said", "share", "association"),
    [
        ("higher", "The report calls its own share higher.",
         "The report says that the first is higher, or that it rises."),
        ("lower", "The report calls its own share lower.",
         "The report says that the first is lower, or that it falls."),
        ("similar", "The report calls its own share similar.",
         "The report says that there is little difference or change."),
        ("differ", None, "The report says that the groups differ."),
        ("", "The report draws no comparison with this figure.",
         "The report prints the numbers and makes no claim."),
    ],
)  # fmt: skip
def test_what_the_report_said_is_told_in_a_sentence(
    said: str, share: str | None, association: str
) -> None:
    assert verdicts.claimed_words(said) == association
    assert share is None or verdicts.said_words(said) == share


@pytest.mark.parametrize(
    ("difference", "interval", "at_most", "text"),
    [
        (None, None, False, "Not shown: p = 0.010, and p = 0.300 after adjustment."),
        (2.0, None, False, "Not shown: p = 0.010, and p = 0.300 after adjustment."),
        (None, (1.0, 3.0), False, "Not shown: p = 0.010, and p = 0.300 after adjustment."),
        (2.0, (math.nan, 3.0), False, "Not shown: p = 0.010, and p = 0.300 after adjustment."),
        (-2.0, (-3.0, 1.0), True,
         "Not shown: a difference of \u22122.0 points (95% interval \u22123.0 to +1.0), "
         "p at most 0.010, and p at most 0.300 after adjustment."),
    ],
)  # fmt: skip
def test_what_a_test_shows_is_told_in_a_sentence(
    difference: float | None, interval: tuple[float, float] | None, at_most: bool, text: str
) -> None:
    words = verdicts.shown_words(
        difference, interval, 0.01, 0.3, verdicts.NOT_SHOWN, "points", at_most
    )
    assert words == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(0.0001, 0.0002, "p < 0.001"), (0.0001, 0.2, "p from below 0.001 to 0.200"),
     (0.0051, 0.0054, "p = 0.005")],
)  # fmt: skip
def test_a_range_of_p_is_said_once_where_its_ends_print_alike(
    low: float, high: float, text: str
) -> None:
    assert verdicts.span(low, high) == text
