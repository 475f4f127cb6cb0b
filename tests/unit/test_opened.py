"""Is a test shown as a range exactly where print bounds every number that goes into it?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

import pytest
from example_cases import cases

from scrlib.comparing import associating, benchmarks, verdicts
from scrlib.comparing.associations import Association, Bounds
from scrlib.comparing.clusters import Share
from scrlib.comparing.comparison import compare_all
from scrlib.pages import opened
from scrlib.report import coding_frame
from tally.dataset import SYNTHETIC, Dataset
from tally.interval import UNKNOWN, Known
from tally.language import parse
from tally.normal_form import key

FRAME = coding_frame()
STUDIES = tuple(item.study for item in FRAME.studies)
TREND = Association("t", "T", "5", "trend", "case", where='law_group == "public"')
SHARES = Association(
    "s", "S", "5", "shares", "case", where="present(neglect)", first="study == 2015",
    second="study == 2017",
)  # fmt: skip
MH = next(item for item in benchmarks.load() if item.key == "tr16_mh")


def form(text: str) -> str:
    return key(parse(text, FRAME, 2017), FRAME)


@dataclass
class Told:
    """Stands for what is known: ranges by the meaning of a quantity, and what was asked."""

    dataset: Dataset
    ranges: dict[str, tuple[int, int]]
    asked: list[str] = field(default_factory=list)

    def of(self, text: str) -> Known:
        self.asked.append(text)
        known = {form(name): ends for name, ends in self.ranges.items()}
        ends = known.get(form(text))
        return Known(Fraction(ends[0]), Fraction(ends[1])) if ends else UNKNOWN


def told(ranges: dict[str, tuple[int, int]] | None = None) -> Told:
    rows = [{"study": study} for study in STUDIES for _ in range(4)]
    return Told(cases(*rows, provenance=SYNTHETIC), ranges or {})


def bases(numbers: tuple[int, int] = (4, 4)) -> dict[str, tuple[int, int]]:
    return {f"count(case, study == {study})": numbers for study in STUDIES}


def public(study: int) -> str:
    return f'count(case, law_group == "public" and study == {study})'


def counts(numbers: tuple[int, int] = (1, 3)) -> dict[str, tuple[int, int]]:
    return {public(study): numbers for study in STUDIES}


def found(item: Association, ranges: dict[str, tuple[int, int]]) -> Bounds | None:
    return opened.counts([item], told(ranges)).get(item.key)  # type: ignore[arg-type]


def test_a_trend_is_bounded_where_every_study_is() -> None:
    bounds = found(TREND, {**bases(), **counts()})
    assert bounds == Bounds(((1, 3),) * 5)


def test_the_total_of_a_trend_is_used_where_it_is_known() -> None:
    total = 'count(case, law_group == "public")'
    assert found(TREND, {**bases(), **counts(), total: (9, 9)}) == Bounds(((1, 3),) * 5, 9)
    bounds = found(TREND, {**bases(), **counts(), total: (8, 9)})
    assert bounds is not None
    assert bounds.total is None


def test_one_study_that_nothing_is_known_of_leaves_the_trend_open() -> None:
    ranges = {**bases(), **counts()}
    del ranges[public(2014)]
    assert found(TREND, ranges) is None


def test_a_base_that_is_not_fixed_leaves_the_trend_open() -> None:
    assert found(TREND, {**bases((3, 4)), **counts()}) is None


def test_two_groups_are_bounded_in_their_order() -> None:
    ranges = {
        **bases(),
        "count(case, present(neglect) and study == 2015)": (0, 2),
        "count(case, present(neglect) and study == 2017)": (3, 4),
    }
    assert found(SHARES, ranges) == Bounds(((0, 2), (3, 4)))


@pytest.mark.parametrize("change", [{"printed": "Table 6"}, {"test": "means", "value": "age"}])
def test_what_print_fixes_and_what_no_bound_serves_is_not_asked(change: dict[str, str]) -> None:
    knowledge = told({**bases(), **counts()})
    assert opened.counts([replace(TREND, **change)], knowledge) == {}  # type: ignore[arg-type]
    assert knowledge.asked == []


def test_a_printed_number_of_the_study_in_focus_is_asked_for_too() -> None:
    """Another study may be in focus than the one that the report prints it of."""
    item = replace(SHARES, second="study == focus", printed="Table 5")
    knowledge = told(bases())
    opened.counts([item], knowledge)  # type: ignore[arg-type]
    assert knowledge.asked


def test_bounds_that_leave_one_count_each_are_tested_as_if_printed() -> None:
    data = told().dataset
    bounds = {"t": Bounds(((4, 4), (4, 4), (4, 4), (4, 4), (4, 4)))}
    (item,) = associating.associate_all(data, [TREND], 2017, bounds)
    assert item.groups


def test_a_bounded_trend_has_a_range_of_p_and_no_groups() -> None:
    bounds = {"t": Bounds(((1, 3),) * 5)}
    (item,) = associating.associate_all(told().dataset, [TREND], 2017, bounds)
    assert item.open_range is not None
    low, high = item.open_range
    assert 0 < low < high == 1
    assert (item.groups, item.pvalue, item.verdict) == ((), None, verdicts.OPEN)


def test_a_share_that_is_not_printed_is_asked_for_and_bounded() -> None:
    knowledge = told({MH.ours: (20, 60)})
    assert opened.shares([MH], knowledge) == {MH.key: (20.0, 60.0)}  # type: ignore[arg-type]
    (item,) = compare_all(knowledge.dataset, [MH], 2017, {MH.key: (20.0, 60.0)})
    assert item.open_range is not None
    assert item.estimate is None


@pytest.mark.parametrize(
    "change", [{"printed": (Share(1, 2),)}, {"reason": "Not alike."}, {"ours": ""}]
)
def test_a_share_that_is_printed_or_not_to_be_tested_is_not_asked_for(
    change: dict[str, object],
) -> None:
    knowledge = told()
    assert opened.shares([replace(MH, **change)], knowledge) == {}  # type: ignore[arg-type]
    assert knowledge.asked == []
