"""Does what some datasets show lie within what is proved of all of them?"""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from scrlib import paths
from scrlib.bounding import spread
from scrlib.report import coding_frame, read_dataset
from tally import codebook
from tally.evaluate import evaluate
from tally.language import parse

FRAME = coding_frame()
DATA = read_dataset(paths.SYNTHETIC)


def _read(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["quantity"]: row for row in csv.DictReader(stream)}


BOUNDS = _read(paths.PUBLISHED / "bounds.csv")
SPREAD = _read(spread.FILE)


def test_spreads_are_of_quantities_with_bounds():
    assert len(SPREAD) > 100
    assert set(SPREAD) <= set(BOUNDS)


@pytest.mark.parametrize("text", sorted(SPREAD))
def test_no_dataset_of_the_ensemble_lies_beyond_the_bounds(text: str):
    """The walk and the bounds share no model: a value beyond a bound would refute it."""
    found, ends = SPREAD[text], BOUNDS[text]
    assert Fraction(ends["low"]) <= Fraction(found["least"])
    assert Fraction(found["least"]) <= Fraction(found["greatest"])
    assert Fraction(found["greatest"]) <= Fraction(ends["high"])


@pytest.mark.parametrize("text", sorted(BOUNDS))
def test_the_synthetic_cases_lie_within_the_bounds(text: str):
    value = evaluate(parse(text, FRAME, 2017), DATA)
    ends = BOUNDS[text]
    assert value is None or Fraction(ends["low"]) <= value <= Fraction(ends["high"])


def test_the_ensemble_moves_where_print_is_silent():
    wide = [item for item in SPREAD.values() if item["least"] != item["greatest"]]
    assert len(wide) > len(SPREAD) / 4


def test_least_and_greatest_are_of_the_datasets_given():
    texts = ["count(case, true)", "mean(case, total_score, study == 2030)"]
    newer = FRAME.with_studies([*FRAME.studies, codebook.Study(2030, "2030", "2029", "2030")])
    found = spread.spread([parse(text, newer) for text in texts], [DATA, DATA])
    assert (found[0].least, found[0].greatest) == (97, 97)
    assert (found[1].least, found[1].greatest) == (None, None)
