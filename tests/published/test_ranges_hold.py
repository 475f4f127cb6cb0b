"""Do datasets that agree with the report lie within the ranges that it leaves open?

The datasets are made by a solver and a random walk, the ranges by another model: a value beyond a
range would refute it.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from scrlib import paths
from scrlib.auditing import ranges
from scrlib.auditing.claims import claims
from scrlib.report import coding_frame, read_dataset
from scrlib.synthetic import draw
from tally.dataset import Dataset
from tally.evaluate import evaluate
from tally.language import parse

FRAME = coding_frame()
DATA = read_dataset(paths.SYNTHETIC)
RANGES = [(item, parse(item.quantity, FRAME, 2017)) for item in ranges.read()]


def _beyond(dataset: Dataset) -> Iterable[str]:
    for item, quantity in RANGES:
        value, (low, high) = evaluate(quantity, dataset), item.ends
        if value is not None and not low <= value <= high:
            yield f"{item.quantity}: {value} is not between {low} and {high}"


def test_the_synthetic_cases_lie_within_every_range():
    assert len(RANGES) > 900
    assert list(_beyond(DATA)) == []


@pytest.mark.slow
def test_twenty_datasets_of_the_ensemble_lie_within_every_range():
    for dataset in draw(DATA, claims(FRAME), 20, seed=2017):
        assert list(_beyond(dataset)) == []
