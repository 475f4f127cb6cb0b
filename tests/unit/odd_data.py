"""Datasets with something missing, or out of all proportion: what a page says must stay true."""

from __future__ import annotations

from dataclasses import replace

from example_cases import cases
from random_data import random_dataset

from scrlib.report import coding_frame
from tally.dataset import Dataset


def changed(dataset: Dataset, **columns: object) -> Dataset:
    """Return a dataset in which every case has the given codes."""
    frames = {**dataset.frames, "case": dataset.frames["case"].assign(**columns)}
    return replace(dataset, frames=frames)


def without_parents(dataset: Dataset) -> Dataset:
    """Return a dataset without parents."""
    frames = {**dataset.frames, "parent": dataset.frames["parent"].head(0)}
    return replace(dataset, frames=frames)


ODD = {
    "one case": random_dataset(1, {2020: 1}),
    "one study": random_dataset(2, {2020: 12}),
    "a study of nobody": random_dataset(5, {2018: 12, 2021: 0}),
    "no private law": changed(random_dataset(3), law="s31"),
    "no public law": changed(random_dataset(3), law="wtfh"),
    "no deaths": changed(random_dataset(4), incident="harm_neglect"),
    "deaths only": changed(random_dataset(4), incident="death_homicide"),
    "nobody known": changed(random_dataset(5), perpetrator="not_known", da_perpetrator="unknown"),
    "no domestic abuse": changed(random_dataset(6), domestic_abuse="none", da_perpetrator="none"),
    "no risk at all": changed(
        random_dataset(7), da_perpetrator="none",
        **{**dict.fromkeys(coding_frame().factors, "none"), "child_protection_plan": "no"},
    ),
    "no parents": without_parents(random_dataset(8)),
    "every case alike": cases(*[{"study": 2017}] * 5),
    "many cases": random_dataset(9, {2018: 900, 2021: 1100}),
}  # fmt: skip
