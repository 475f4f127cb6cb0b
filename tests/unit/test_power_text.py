"""Does the chapter say rightly how small a difference could have been seen?"""

from __future__ import annotations

from dataclasses import replace

from scrlib.compare import benchmarks
from scrlib.compare.clusters import Share
from scrlib.compare.compared import Comparison
from scrlib.compare.comparison import compare
from scrlib.pages import power_text
from tally.rounding import parse_printed

DA = next(item for item in benchmarks.load() if item.key == "tr16_da")


def found(*percents: str) -> list[Comparison]:
    return [compare(Share(69, 97), replace(DA, percent=parse_printed(text))) for text in percents]


def test_each_national_figure_that_is_tested_has_a_row() -> None:
    rows = power_text.rows(found("54", "22", "54"), (97, 15))
    assert [row[0] for row in rows] == ["22% of 175", "54% of 175"]


def test_a_row_gives_the_shares_that_r_finds_detectable() -> None:
    """Beside 54%, by enumeration in R: `tests/reference/statistics.csv`."""
    ((_, many, few, sample),) = power_text.rows(found("54"), (97, 15))
    assert many == "39.6% or less, 68.4% or more"
    assert few == "21.3% or less, 89.6% or more"
    assert sample.endswith("71.1% or more")


def test_a_share_that_no_count_could_show_to_be_lower_has_one_side_only() -> None:
    ((_, few, _),) = power_text.rows(found("5"), (15,))
    assert "or less" not in few


def test_the_sentence_takes_the_national_figure_nearest_to_a_half() -> None:
    text = power_text.sentence(found("22", "54"), (97, 15))
    assert "Beside a national figure of 54%" in text
    # 54 less 39.644 and 89.592 less 54 and so on, by R: the lesser of the two distances.
    assert "with 97 cases, 14.4 percentage points" in text
    assert "with 15 cases, 32.7 percentage points" in text


def test_one_case_is_one_case() -> None:
    assert "with 1 case, larger than any that there can be" in power_text.sentence(
        found("54"), (1,)
    )


def test_the_header_has_a_column_for_each_number_of_cases() -> None:
    assert power_text.header((97, 15))[1:] == (
        "97 cases, national figure taken as exact", "15 cases, national figure taken as exact",
        "97 cases, national base",
    )  # fmt: skip


def test_without_a_test_or_a_case_there_is_no_power_to_state() -> None:
    forbidden = [compare(Share(69, 97), replace(DA, reason="Not alike."))]
    assert power_text.rows(forbidden, (97,)) == []
    assert "No comparison is tested" in power_text.sentence(forbidden, (97,))
    assert "No comparison is tested" in power_text.sentence(found("54"), ())
