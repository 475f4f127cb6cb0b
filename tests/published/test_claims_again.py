"""Do the numbers of chapter 6 come out the same by other code: SciPy, and plain formulas?"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import pytest
from scipy import stats

from scrlib.auditing.known import of_the_report
from scrlib.compare import associations, benchmarks, comparison
from scrlib.compare.associations import Association
from scrlib.compare.benchmarks import Benchmark
from scrlib.compare.outcome import Outcome
from scrlib.compare.shares import TwoShares

Z = 1.959963984540054
TABLES = {
    "incident_by_law": ((8, 1, 5, 4, 8, 5, 10, 5, 2, 1), (11, 12, 4, 2, 4, 4, 2, 2, 0, 0)),
    "da_level_by_law": ((16, 10, 3, 20), (14, 15, 4, 8)),
    "da_perpetrator_by_law": ((18, 0, 4, 7), (25, 1, 4, 3)),
    "sex_by_study": ((27, 17, 16, 26, 12), (27, 12, 16, 12, 9)),
}
"""Tables 6, 9, 10 and 12, as printed."""


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    knowledge = of_the_report()
    return list(comparison.examine(knowledge, benchmarks.load(), associations.load()))


def each(item: Outcome) -> list[Any]:
    """Return every test of an outcome, one by one."""
    readings = item.readings.values()
    return [one.test.at(place) for one in readings for place in range(len(one.pvalues))]


def shown(outcomes: Iterable[Outcome]) -> list[tuple[str, TwoShares]]:
    """Return the tests of independent shares that are shown, with their keys."""
    found = [(item.claim.key, item.shown) for item in outcomes if item.tested]
    return [
        (key, test)
        for key, test in found
        if isinstance(test, TwoShares) and not re.search("binomial|McNemar", test.method)
    ]


@pytest.mark.slow
def test_exact_tests_of_two_shares_are_scipys(outcomes: list[Outcome]) -> None:
    exact = [(key, test) for key, test in shown(outcomes) if test.deff == 1]
    assert len(exact) > 15
    for key, test in exact:
        table = [[test.count, test.count2], [test.nobs - test.count, test.nobs2 - test.count2]]
        expected = min(1.0, stats.boschloo_exact(table).pvalue)
        assert test.pvalue == pytest.approx(expected, rel=1e-6), key


def test_tests_of_children_are_the_pooled_z_test(outcomes: list[Outcome]) -> None:
    tests = [(item.claim.key, test) for item in outcomes for test in each(item)]
    clustered = [(key, test) for key, test in tests if getattr(test, "deff", 1) > 1]
    assert len(clustered) == 34  # girls 2 x 5 counts, each age 2 x 2 of ours x 3 national
    for key, test in clustered:
        count, nobs = test.count / test.deff, test.nobs / test.deff
        pooled = (count + test.count2) / (nobs + test.nobs2)
        error = math.sqrt(pooled * (1 - pooled) * (1 / nobs + 1 / test.nobs2))
        expected = 2 * stats.norm.sf(abs(test.diff) / error)
        assert test.pvalue == pytest.approx(expected, rel=1e-9), key


def wilson(share: float, nobs: float) -> tuple[float, float]:
    middle = share + Z * Z / (2 * nobs)
    half = Z * math.sqrt(share * (1 - share) / nobs + Z * Z / (4 * nobs * nobs))
    return (middle - half) / (1 + Z * Z / nobs), (middle + half) / (1 + Z * Z / nobs)


def test_intervals_are_newcombes_formula(outcomes: list[Outcome]) -> None:
    for key, test in shown(outcomes):
        first, second = test.count / test.nobs, test.count2 / test.nobs2
        low, upp = wilson(first, test.nobs / test.deff)
        low2, upp2 = wilson(second, test.nobs2)
        expected = (
            first - second - math.hypot(first - low, upp2 - second),
            first - second + math.hypot(upp - first, second - low2),
        )
        assert test.confint == pytest.approx(expected, abs=1e-9), key


@pytest.mark.parametrize("key", TABLES)
def test_tables_are_counted_in_whole_numbers(key: str, outcomes: list[Outcome]) -> None:
    """Every filling of the first row, by the products of its binomial coefficients."""
    first, second = TABLES[key]
    column = sum(first)
    # The largest total comes last: its count follows from the others.
    *totals, largest = sorted(a + b for a, b in zip(first, second, strict=True))
    fillings = {(0, 1): 1}
    for total in totals:
        grown: dict[tuple[int, int], int] = {}
        for (sum_, ways), number in fillings.items():
            for count in range(min(total, column - sum_) + 1):
                place = sum_ + count, ways * math.comb(total, count)
                grown[place] = grown.get(place, 0) + number
        fillings = grown
    whole = [
        (ways * math.comb(largest, column - sum_), number)
        for (sum_, ways), number in fillings.items()
    ]
    pairs = zip(first, second, strict=True)
    seen = math.prod(math.comb(count + other, count) for count, other in pairs)
    likely = sum(ways * number for ways, number in whole if ways <= seen)
    expected = float(Fraction(likely, math.comb(sum(first + second), column)))
    (found,) = [item for item in outcomes if item.claim.key == key]
    assert found.shown.pvalue == pytest.approx(expected, rel=1e-9)


def test_adjusted_values_are_holms_rule(outcomes: list[Outcome]) -> None:
    """The least p times the number of claims, the next times one fewer, never falling."""
    for kind, number in ((Benchmark, 6), (Association, 18)):
        family = sorted(
            (max(item.pvalues), item.adjusted)
            for item in outcomes
            if item.adjusted and isinstance(item.claim, kind)
        )
        greatest = 0.0
        for place, (pvalue, found) in enumerate(family):
            greatest = max(greatest, min(1.0, pvalue * (number - place)))
            assert found == pytest.approx(greatest, rel=1e-9)
        assert len(family) == number
