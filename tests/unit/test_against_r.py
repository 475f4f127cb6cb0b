"""Whether every statistic agrees with R.

`tests/reference/statistics.csv` is what `tests/reference/statistics.R` printed. Tolerances: p
values, intervals and standard errors, by formula or enumeration, one part in a million; the share
that power needs, 0.001 of a percentage point.
"""

from __future__ import annotations

import csv
import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from scrlib.compare import clusters, groups, power, shares
from scrlib.compare.groups import Moments
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
def test_two_shares_have_the_p_values_and_the_interval_of_r(name: str) -> None:
    found = shares.two_shares(*PAIRS[name])
    fisher = shares.two_shares(*PAIRS[name], method="fisher")
    ours = {
        "boschloo": found.pvalue, "fisher": fisher.pvalue, "low": 100 * found.low,
        "high": 100 * found.upp,
    }  # fmt: skip
    for part, value in ours.items():
        assert value == pytest.approx(R[f"{name}.{part}"], rel=1e-6), part


@pytest.mark.parametrize(("name", "count", "base"), [("da_54", 69, 97), ("15_of_15", 15, 15)])
def test_a_share_against_a_percentage_has_the_exact_p_value_of_r(
    name: str, count: int, base: int
) -> None:
    found = shares.one_share(count, base, 0.54)
    assert found.pvalue == pytest.approx(R[f"binomial.{name}"], rel=1e-6)


@pytest.mark.parametrize(("count", "base"), [(69, 97), (15, 15), (0, 15)])
def test_wilson_intervals_are_those_of_r(count: int, base: int) -> None:
    low, high = shares.wilson(count, base)
    assert 100 * low == pytest.approx(R[f"wilson.{count}_of_{base}.low"], abs=1e-6)
    assert 100 * high == pytest.approx(R[f"wilson.{count}_of_{base}.high"], abs=1e-6)


def test_a_sample_inside_the_other_gives_the_p_value_of_the_sample_against_the_rest() -> None:
    inside = clusters.overlap_test(58, 97, 58 + 139, 97 + 196, 97)
    assert inside.pvalue == pytest.approx(R["overlap.inside"], rel=1e-6)


def test_samples_without_overlap_have_the_pooled_z_test_of_r() -> None:
    none = clusters.overlap_test(69, 97, 94, 175, 0)
    assert none.pvalue == pytest.approx(R["overlap.none"], rel=1e-6)


def test_holm_adjusts_as_r_does() -> None:
    found = shares.holm((0.0065, 0.317, 0.491, 0.0001, 0.038, 0.901))
    assert found == pytest.approx([R[f"holm.{place}"] for place in range(1, 7)], rel=1e-9)


def test_the_share_detectable_against_a_sample_is_that_of_r() -> None:
    found = power.detectable(97, 0.54, 175)
    assert 100 * found.above == pytest.approx(R["power.two.above"], abs=1e-3)


def test_the_score_test_is_the_test_of_r_without_correction() -> None:
    found = shares.two_shares(69, 97, 94, 175, method="score")
    assert found.pvalue == pytest.approx(R["overlap.none"], rel=1e-6)


@pytest.mark.parametrize("effect", [174 / 97, 45 / 21 / (21 / 15) * 174 / 97])
def test_children_of_one_case_are_allowed_for_as_r_does_it_by_hand(effect: float) -> None:
    found = shares.two_shares(98, 174, 97, 175, deff=effect)
    assert found.pvalue == pytest.approx(R[f"rao_scott.{effect:.2f}"], rel=1e-6)


@pytest.mark.parametrize("both", [0, 6, 12])
def test_pairs_have_the_exact_test_and_newcombes_interval_of_r(both: int) -> None:
    found = shares.paired_shares([[both, 26 - both], [12 - both, 26 + both]])
    ours = {"p": found.pvalue, "low": found.low, "upp": found.upp}
    for part, value in ours.items():
        assert value == pytest.approx(R[f"pairs.{both}.{part}"], rel=1e-6), part


def test_the_greatest_p_of_two_means_is_that_of_r_over_every_spread() -> None:
    public, private = (
        Moments(12, range(211, 212), (3825, 4037)),
        Moments(3, range(34, 35), (406, 406)),
    )
    found = groups.means_within(public, private)
    assert max(found.pvalue) == pytest.approx(R["means.bound.focus"], rel=1e-6)


def test_the_trend_of_girls_over_the_studies_is_that_of_r() -> None:
    dates = groups.study_dates(coding_frame().studies)
    found = groups.trend(GIRLS, CHILDREN, dates)
    assert found.statistic == pytest.approx(R["trend.girls.z"], rel=1e-6)
    assert found.pvalue == pytest.approx(R["trend.girls.p"], rel=1e-6)


def test_an_empty_cell_does_not_weaken_a_trend() -> None:
    """By default statsmodels adds a half to every cell (its issue 8404)."""
    found = groups.trend((0, 3, 5, 9), (20, 20, 20, 20), (1, 2, 3, 4))
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
def test_a_table_has_the_exact_p_value_of_r(name: str, table: list[tuple[int, ...]]) -> None:
    assert groups.independence(table).pvalue == pytest.approx(R[f"table.{name}"], rel=1e-6)


def test_means_of_a_known_spread_have_the_welch_test_of_r() -> None:
    """R's values were made to have the means 16.6 and 9.0 and the widest spread from 0 to 39."""
    first, second = made(49, 16.6), made(41, 9.0)
    found = groups.means(first, second)
    assert found.pvalue == pytest.approx(R["means.welch.p"], rel=1e-6)
    assert found.confint == pytest.approx((R["means.welch.low"], R["means.welch.high"]), rel=1e-6)


def made(nobs: int, mean: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return values as the script makes them: a straight line with a given mean and spread."""
    spread = math.sqrt((39 - mean) * mean * nobs / (nobs - 1))
    line = np.arange(1.0, nobs + 1)
    return np.asarray(mean + spread * (line - line.mean()) / line.std(ddof=1))


def test_means_of_which_moments_are_known_have_the_test_of_their_values() -> None:
    values = groups.means(FIRST, SECOND)
    moments = [
        Moments(len(x), range(sum(x), sum(x) + 1), (squares, squares))
        for x in (FIRST, SECOND) for squares in [sum(v * v for v in x)]
    ]  # fmt: skip
    found = groups.means_within(*moments)
    for one in (found.at(0), found.at(1)):
        assert (one.pvalue, *one.confint) == pytest.approx((values.pvalue, *values.confint))


def test_the_standard_error_of_a_share_of_clustered_children_is_that_of_r() -> None:
    assert clusters.robust_error(FLAGS, OWNERS) == pytest.approx(R["cluster.error"], rel=1e-6)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed here")
def test_the_reference_file_is_what_the_script_prints() -> None:
    command = ["Rscript", "--vanilla", str(REFERENCE / "statistics.R")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    fresh = {row["name"]: float(row["value"]) for row in csv.DictReader(printed.splitlines())}
    assert fresh == pytest.approx(R, rel=1e-6, abs=1e-9)
