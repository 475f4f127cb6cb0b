"""Whether every statistic agrees with R.

`tests/reference/statistics.csv` is what `tests/reference/statistics.R` printed. Tolerances: p
values, intervals, ratios and standard errors by formula or enumeration, one part in a million; the
shares that power needs, 0.0001 of a percentage point against a percentage and 0.001 against a
sample; p values of drawn tables, four standard errors of the draw; bootstrap limits, 0.3 for the
means of eleven values and 2.8 percentage points for a share of twelve clusters, whose resamples
take few distinct values.
"""

from __future__ import annotations

import csv
import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from scrlib.compare import clusters, power, proportions, pvalue_bounds, trends
from scrlib.report import coding_frame

REFERENCE = Path(__file__).parent.parent / "reference"
with (REFERENCE / "statistics.csv").open(encoding="utf-8") as file:
    R = {row["name"]: float(row["value"]) for row in csv.DictReader(file)}

PAIRS = {
    "da_175": (69, 97, 94, 175), "da_293": (69, 97, 158, 293), "trio": (27, 97, 39, 175),
    "under_1": (19, 97, 120, 293), "homicide": (12, 41, 1, 49), "sexual": (10, 49, 2, 41),
    "public_2017": (12, 15, 37, 82), "deaths": (58, 97, 143, 236), "all_or_none": (15, 15, 3, 20),
}  # fmt: skip
GIRLS, CHILDREN = (27, 17, 16, 26, 12), (54, 29, 32, 38, 21)
FIRST, SECOND = (1, 2, 3, 4, 9), (5, 6, 7, 8, 12, 10)
SIZES = (1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5)
FLAGS = np.array(
    [1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0], dtype=bool
)
OWNERS = np.repeat(np.arange(12), SIZES)


@pytest.mark.parametrize("name", PAIRS)
def test_two_shares_have_the_p_values_interval_ratio_and_h_of_r(name: str) -> None:
    found = proportions.two_shares(*PAIRS[name])
    ours = {
        "boschloo": found.pvalue, "fisher": found.fisher_pvalue, "low": found.low,
        "high": found.high, "ratio": found.ratio, "ratio_low": found.ratio_low,
        "ratio_high": found.ratio_high, "h": found.h,
    }  # fmt: skip
    for part, value in ours.items():
        assert value == pytest.approx(R[f"{name}.{part}"], rel=1e-6), part


@pytest.mark.parametrize(("name", "count", "base"), [("da_54", 69, 97), ("15_of_15", 15, 15)])
def test_a_share_against_a_percentage_has_the_exact_p_value_of_r(
    name: str, count: int, base: int
) -> None:
    found = proportions.against_percent(count, base, 54)
    assert found.pvalue == pytest.approx(R[f"binomial.{name}"], rel=1e-6)


@pytest.mark.parametrize(("count", "base"), [(69, 97), (15, 15), (0, 15)])
def test_wilson_intervals_are_those_of_r(count: int, base: int) -> None:
    low, high = proportions.wilson(count, base)
    assert low == pytest.approx(R[f"wilson.{count}_of_{base}.low"], abs=1e-6)
    assert high == pytest.approx(R[f"wilson.{count}_of_{base}.high"], abs=1e-6)


def test_a_sample_inside_the_other_gives_the_p_value_of_the_sample_against_the_rest() -> None:
    _, inside = clusters.overlap_test(58, 97, 58 + 139, 97 + 196, 97)
    assert inside == pytest.approx(R["overlap.inside"], rel=1e-6)


def test_samples_without_overlap_have_the_pooled_z_test_of_r() -> None:
    _, none = clusters.overlap_test(69, 97, 94, 175, 0)
    assert none == pytest.approx(R["overlap.none"], rel=1e-6)


def test_holm_adjusts_as_r_does() -> None:
    found = proportions.holm((0.0065, 0.317, 0.491, 0.0001, 0.038, 0.901))
    assert found == pytest.approx([R[f"holm.{place}"] for place in range(1, 7)], rel=1e-9)


@pytest.mark.parametrize("base", [15, 97])
def test_the_smallest_share_detectable_is_that_of_an_enumeration_in_r(base: int) -> None:
    found = power.against_fixed(base, 54)
    assert found.below == pytest.approx(R[f"power.{base}.below"], abs=1e-4)
    assert found.above == pytest.approx(R[f"power.{base}.above"], abs=1e-4)


def test_the_share_detectable_against_a_sample_is_that_of_r() -> None:
    assert power.against_sample(97, 54, 175).above == pytest.approx(R["power.two.above"], abs=1e-3)


def test_the_trend_of_girls_over_the_studies_is_that_of_r() -> None:
    dates = trends.study_dates(coding_frame().studies)
    found = trends.trend(GIRLS, CHILDREN, dates)
    assert found.statistic == pytest.approx(R["trend.girls.z"], rel=1e-6)
    assert found.pvalue == pytest.approx(R["trend.girls.p"], rel=1e-6)


def test_an_empty_cell_does_not_weaken_a_trend() -> None:
    """By default statsmodels adds a half to every cell (its issue 8404)."""
    found = trends.trend((0, 3, 5, 9), (20, 20, 20, 20), (1, 2, 3, 4))
    assert found.statistic == pytest.approx(R["trend.empty.z"], rel=1e-6)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("incident", [(8, 1, 5, 4, 8, 5, 10, 5, 2, 1), (11, 12, 4, 2, 4, 4, 2, 2, 0, 0)]),
        ("sex", [GIRLS, tuple(n - k for k, n in zip(GIRLS, CHILDREN, strict=True))]),
        ("da_level", [(16, 10, 3, 20), (14, 15, 4, 8)]),
        ("da_perpetrator", [(18, 0, 4, 7), (25, 1, 4, 3)]),
    ],
)
def test_a_table_has_the_exact_p_value_of_r_within_four_standard_errors(
    name: str, table: list[tuple[int, ...]]
) -> None:
    exact = R[f"table.{name}"]
    error = math.sqrt(exact * (1 - exact) / 99_999)
    assert abs(trends.independence(table).pvalue - exact) < 4 * error


def test_means_are_permuted_as_every_split_in_r() -> None:
    found = trends.mean_difference(FIRST, SECOND)
    assert found.pvalue == pytest.approx(R["means.permutation"], rel=1e-6)


def test_the_bootstrap_interval_of_a_difference_of_means_is_near_that_of_r() -> None:
    found = trends.mean_difference(FIRST, SECOND)
    assert found.low == pytest.approx(R["means.bca.low"], abs=0.3)
    assert found.high == pytest.approx(R["means.bca.high"], abs=0.3)


def test_printed_means_at_the_widest_spread_have_the_welch_test_of_r() -> None:
    found = pvalue_bounds.mean_bound((16.6, 49, 0, 39), (9.0, 41, 0, 39))
    assert found.pvalue == pytest.approx(R["means.welch.p"], rel=1e-6)
    assert (found.low, found.high) == pytest.approx(
        (R["means.welch.low"], R["means.welch.high"]), rel=1e-6
    )


def test_the_standard_error_of_a_share_of_clustered_children_is_that_of_r() -> None:
    assert clusters.robust_error(FLAGS, OWNERS) == pytest.approx(R["cluster.error"], rel=1e-6)


def test_the_bootstrap_interval_over_cases_is_near_that_of_r() -> None:
    low, high = clusters.bootstrap_share(FLAGS, OWNERS)
    assert low == pytest.approx(R["cluster.boot.low"], abs=2.8)
    assert high == pytest.approx(R["cluster.boot.high"], abs=2.8)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed here")
def test_the_reference_file_is_what_the_script_prints() -> None:
    command = ["Rscript", "--vanilla", str(REFERENCE / "statistics.R")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    fresh = {row["name"]: float(row["value"]) for row in csv.DictReader(printed.splitlines())}
    # Without R's package boot, which r-base-core lacks, two numbers are not printed.
    assert R.keys() - fresh.keys() <= {"means.bca.low", "means.bca.high"}
    assert fresh == pytest.approx({name: R[name] for name in fresh}, rel=1e-6, abs=1e-9)
