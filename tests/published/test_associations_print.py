"""Do the tests of associations take the counts that the report printed, and no others?"""

from __future__ import annotations

from typing import Any

import pytest

from scrlib.auditing.claims import claims
from scrlib.auditing.known import of_the_report
from scrlib.compare import associations, comparison, groups
from scrlib.compare.outcome import Outcome
from scrlib.compare.shares import TwoShares
from scrlib.report import coding_frame
from tally.rounding import parse_printed

PRINTED = {item.id: item.printed for item in claims(coding_frame())}
ITEMS = {item.key: item for item in associations.load()}
STUDIES = (2012, 2013, 2014, 2015, 2017)
INCIDENTS = (
    "death_physical", "death_homicide", "death_neglect", "death_cosleeping", "harm_physical",
    "harm_neglect", "harm_sexual", "suicide", "overdose", "other",
)  # fmt: skip


@pytest.fixture(scope="module")
def found() -> dict[str, Outcome]:
    knowledge = of_the_report()
    return {item.claim.key: item for item in comparison.examine(knowledge, (), ITEMS.values())}


def each(item: Outcome) -> list[Any]:
    """Return every test of an outcome, one by one."""
    readings = item.readings.values()
    return [one.test.at(place) for one in readings for place in range(len(one.pvalues))]


def added(*cells: str) -> int:
    """Return the sum of printed cells, a dash being none."""
    return sum(int(PRINTED[cell].split(" ")[0]) for cell in cells)


def by_law(law: str, *rows: str, table: str = "table_06") -> tuple[int, int]:
    """Return a count of some rows in the column of a law type, and that column's cases."""
    return (
        added(*(f"{table}:{row}:{law}:count" for row in rows)),
        added(f"table_06:total:{law}:count"),
    )


DIRECT, NEGLECT = ("death_physical", "death_homicide"), ("death_neglect", "harm_neglect")
HARM = ("harm_physical", "harm_neglect", "harm_sexual")
OTHER = ("death_neglect", "death_cosleeping", "suicide", "overdose")
GROUPS = {
    "homicide_by_law": [by_law("private", "death_homicide"), by_law("public", "death_homicide")],
    "sexual_by_law": [by_law("public", "harm_sexual"), by_law("private", "harm_sexual")],
    "neglect_incident_by_law": [by_law("public", *NEGLECT), by_law("private", *NEGLECT)],
    "da_by_law": [
        by_law("private", "present", table="table_09"),
        by_law("public", "present", table="table_09"),
    ],
    "neglect_by_law": [
        by_law("public", "present", table="table_11"),
        by_law("private", "present", table="table_11"),
    ],
    "public_by_study": [
        (added("table_05:public:focus:count"), added("table_05:all:focus:count")),
        (added("table_05:public:earlier:count"), added("table_05:all:earlier:count")),
    ],
    **{
        key: [(last, 15), (added(*(f"table_06:{row}:total:count" for row in rows)) - last, 82)]
        for key, last, rows in (
            ("harm_by_study", 10, HARM),
            ("direct_death_by_study", 2, DIRECT),
            ("other_death_by_study", 2, OTHER),
        )
    },
    "homicide_parents": [
        (
            added(f"table_08:{one}:death_violent:count"),
            added("table_08:father:death_violent:count", "table_08:mother:death_violent:count"),
        )
        for one in ("father", "mother")
    ],
    "neglect_death_parents": [
        (
            added(f"table_08:{one}:death_other:count"),
            added("table_08:father:death_other:count", "table_08:mother:death_other:count"),
        )
        for one in ("mother", "father")
    ],
    "young_parents": [
        (added(f"table_13:under_21:{role}:count"), added(f"table_13:total:{role}:count"))
        for role in ("mother", "father")
    ],
}
TABLES = {
    "incident_by_law": [
        [added(f"table_06:{row}:{law}:count") for law in ("public", "private")] for row in INCIDENTS
    ],
    "da_perpetrator_by_law": [
        [added(f"table_10:{row}:{law}:count") for law in ("public", "private")]
        for row in ("male", "female", "reciprocal", "unknown")
    ],
    "sex_by_study": [
        [added(f"table_12:{sex}:{study}:count") for study in STUDIES] for sex in ("female", "male")
    ],
}


@pytest.mark.parametrize("key", GROUPS)
def test_the_groups_have_the_counts_that_the_report_printed(
    key: str, found: dict[str, Outcome]
) -> None:
    """Of 2017, section 3.3 prints ten of serious harm and five deaths, two by physical abuse."""
    for test in each(found[key]):
        assert isinstance(test, TwoShares)
        if "binomial" in test.method:
            counts = [(test.count, test.nobs), (test.nobs - test.count, test.nobs)]
        else:
            counts = [(test.count, test.nobs), (test.count2, test.nobs2)]
        assert counts == GROUPS[key]


@pytest.mark.parametrize("key", TABLES)
def test_a_table_is_tested_with_the_counts_that_the_report_printed(
    key: str, found: dict[str, Outcome]
) -> None:
    assert found[key].shown.pvalue == groups.independence(TABLES[key]).pvalue


def test_the_levels_of_domestic_abuse_are_those_printed_and_the_rest_have_none(
    found: dict[str, Outcome],
) -> None:
    levels = [
        [added(f"table_09:{row}:{law}:count") for law in ("public", "private")]
        for row in ("high", "medium", "low")
    ]
    present = [added(f"table_09:present:{law}:count") for law in ("public", "private")]
    cases = [added(f"table_06:total:{law}:count") for law in ("public", "private")]
    absent = [whole - part for whole, part in zip(cases, present, strict=True)]
    assert found["da_level_by_law"].shown.pvalue == groups.independence([*levels, absent]).pvalue


def test_the_trend_of_girls_takes_the_counts_that_the_report_printed(
    found: dict[str, Outcome],
) -> None:
    counts, bases = (
        [added(f"table_12:{row}:{study}:count") for study in STUDIES] for row in ("female", "total")
    )
    dates = groups.study_dates(coding_frame().studies)
    assert max(found["girls_trend"].pvalues) > 0.5
    plain = groups.trend(counts, bases, dates)
    assert found["girls_trend"].pvalues[0] == plain.pvalue


@pytest.mark.parametrize(
    ("key", "cells"),
    [
        ("rating_by_law", ("public:overall", "private:overall")),
        ("rating_by_law_focus", ("public:focus", "private:focus")),
        ("rating_by_study", ("all:focus", "all:earlier")),
    ],
)
def test_means_are_those_that_the_report_printed(
    key: str, cells: tuple[str, str], found: dict[str, Outcome]
) -> None:
    tests = each(found[key])
    assert len(tests) == 2  # the least p that is possible and the greatest
    for test in tests:
        assert isinstance(test, groups.Means)
        for mean, cell in zip((test.mean, test.mean2), cells, strict=True):
            printed = parse_printed(PRINTED[f"table_05:{cell}:mean"].split(" ")[0])
            assert printed.admits(mean)


def test_every_association_is_checked_here(found: dict[str, Outcome]) -> None:
    means = {key for key, item in ITEMS.items() if item.test == "means"}
    checked = {*GROUPS, *TABLES, "da_level_by_law", "girls_trend", *means}
    assert set(ITEMS) == checked
    assert {key for key, item in found.items() if item.tested} == checked
    assert all(item.printed for item in ITEMS.values())
