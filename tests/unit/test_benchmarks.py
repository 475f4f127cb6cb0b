"""Whether benchmarks are read as they were printed, and wrong rows are named."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from example_cases import cases

from scrlib import paths
from scrlib.auditing.known import Knowledge
from scrlib.compare import associations, benchmarks
from scrlib.compare.comparison import examine, share_of
from tally.errors import InputError

GOOD = {
    "key": "a", "family": "quoted", "label": "A", "population": "All", "base_status": "stated",
    "source": "SEED", "confidence": "high", "percent": "54", "N": "175",
}  # fmt: skip


def write(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, benchmarks.columns(), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(tmp_path: Path, **changes: str) -> benchmarks.Benchmark:
    return benchmarks.load(write(tmp_path / "b.csv", {**GOOD, **changes}))[0]


def test_a_percentage_stands_for_every_count_that_prints_as_it(tmp_path: Path) -> None:
    """54% of 175: 94 is 53.7 and 95 is 54.3; 93 is 53.1 and 96 is 54.9."""
    assert read(tmp_path).pairs == ((94, 175), (95, 175))


def test_halves_are_rounded_up(tmp_path: Path) -> None:
    """1 of 8 is 12.5, which the report would print as 13."""
    assert read(tmp_path, percent="13", N="8").pairs == ((1, 8),)


def test_every_base_that_is_possible_is_taken(tmp_path: Path) -> None:
    found = read(tmp_path, percent="55", N="175|293")
    assert {base for _, base in found.pairs} == {175, 293}


def test_a_known_count_is_not_inferred(tmp_path: Path) -> None:
    found = read(tmp_path, n="94..95", percent="54")
    assert found.pairs == ((94, 175), (95, 175))


def test_what_the_report_printed_stands_for_every_share_that_prints_so() -> None:
    """20% is 34 or 35 of 174, or 19 of 97."""
    assert benchmarks.printed_shares("20% of 174|97") == ((34, 174), (35, 174), (19, 97))


def test_a_range_of_counts_is_every_count_in_it() -> None:
    assert benchmarks.printed_shares("2..4/97") == ((2, 97), (3, 97), (4, 97))


@pytest.mark.parametrize("text", ["about 20", "20%", "3/", "66% of 69"])
def test_a_share_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Write a count|No whole number"):
        benchmarks.printed_shares(text)


def test_a_percentage_that_no_count_prints_is_refused(tmp_path: Path) -> None:
    """66% of 69, as the report prints it: 45 is 65.2 and 46 is 66.7."""
    with pytest.raises(InputError, match="No count of the base"):
        read(tmp_path, percent="66", N="69")


def test_all_that_is_wrong_is_named_with_its_row_and_column(tmp_path: Path) -> None:
    wrong = {**GOOD, "key": "b", "said": "highest", "N": "about 200", "label": ""}
    with pytest.raises(InputError) as caught:
        benchmarks.load(write(tmp_path / "b.csv", GOOD, wrong, GOOD))
    places = {(item.row, item.column) for item in caught.value.failures}
    assert {("3", "said"), ("3", "N"), ("3", "label"), ("", "key")} <= places


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text("key,label\na,A\n", encoding="utf-8")
    with pytest.raises(InputError, match="base_status"):
        benchmarks.load(path)


@pytest.mark.parametrize(("percent", "counts"), [("0", [0]), ("100", [50])])
def test_none_and_all_are_counts_that_a_percentage_may_stand_for(
    tmp_path: Path, percent: str, counts: list[int]
) -> None:
    item = read(tmp_path, n="", percent=percent, N="50")
    assert [pair[0] for pair in item.pairs] == counts


def test_a_file_without_rows_has_no_benchmarks(tmp_path: Path) -> None:
    assert benchmarks.load(write(tmp_path / "b.csv")) == ()


def test_a_quantity_that_is_no_share_is_named_with_its_benchmark(tmp_path: Path) -> None:
    found = [read(tmp_path, ours="mean(case, total_score)"), read(tmp_path, key="b", ours="count(")]
    with pytest.raises(InputError) as caught:
        examine(Knowledge(cases({}), 2012), found, ())
    assert [item.place for item in caught.value.failures] == ["benchmark a", "benchmark b"]


def test_every_source_of_the_shipped_benchmarks_is_listed() -> None:
    with (paths.BENCHMARKS / "sources.csv").open(encoding="utf-8") as file:
        known = {row["source"] for row in csv.DictReader(file)}
    used = {part for item in benchmarks.load() for part in item.source.split("+")}
    assert used == known


def test_every_shipped_benchmark_is_tested_or_says_why_not() -> None:
    for item in benchmarks.load():
        assert item.reason or (item.ours and item.pairs), item.key


def test_every_quantity_of_the_shipped_benchmarks_is_a_share() -> None:
    knowledge = Knowledge(cases({}), 2012)
    for item in benchmarks.load():
        for text in filter(None, (item.ours, item.also)):
            assert share_of(text, knowledge).single is not None
        assert bool(item.also) == bool(item.also_label)


def test_an_association_without_what_its_test_needs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("- {key: a, label: A, section: '5', test: shares, unit: case, wher: x}\n")
    with pytest.raises(InputError) as caught:
        associations.load(path)
    rules = {(item.column, item.value) for item in caught.value.failures}
    assert {("first", ""), ("second", ""), ("where", ""), ("", "wher")} <= rules


def test_a_file_without_associations_has_none(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("")
    assert associations.load(path) == ()


def test_a_source_that_is_not_listed_is_named_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"row 2, source: No such source.*SEDE"):
        read(tmp_path, source="SEED+SEDE")
