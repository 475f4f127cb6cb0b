"""A dataset as DataFrames to explore: codes of the frame, with its groups and scores as columns."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tally.codebook import Codebook
from tally.dataset import Dataset
from tally.errors import InputError
from tally.evaluate import mask, values
from tally.language import parse_condition, parse_value


def frame(dataset: Dataset, unit: str) -> pd.DataFrame:
    """Return the rows of a unit with every variable, group and derived variable that it has.

    Children and parents also carry what is logged about their case. Categories are ordered as in
    the frame; a derived variable is a number, or true or false. A number that is none, such as the
    age of a child not yet born, is missing.
    """
    codebook, rows = dataset.codebook, dataset.frames[unit]
    ids = [name for name in rows.columns if name not in codebook.variables]
    columns: dict[str, object] = {name: rows[name].to_numpy() for name in ids}
    for name in codebook.names(unit):
        columns[name] = _column(name, dataset, unit)
    return pd.DataFrame(columns)


def _column(name: str, dataset: Dataset, unit: str) -> object:
    codebook = dataset.codebook
    if name in codebook.groupings:
        return _grouped(name, dataset, unit)
    if name in codebook.derived:
        return _derived(name, dataset, unit)
    variable, view = codebook.variables[name], dataset.views[unit]
    codes = np.array(variable.codes, dtype=object)[view.positions(name)]
    if variable.kind == "integer":
        numbers = [code if isinstance(code, int) else None for code in codes]
        return pd.array(numbers, dtype="Int64")
    return pd.Categorical(codes, categories=[item.code for item in variable.categories])


def _grouped(name: str, dataset: Dataset, unit: str) -> pd.Categorical:
    grouping = dataset.codebook.groupings[name]
    group_of = {code: group for group, codes in grouping.members.items() for code in codes}
    codes = dataset.codebook.variables[grouping.variable].codes
    groups = np.array([group_of[code] for code in codes], dtype=object)
    found = groups[dataset.views[unit].positions(grouping.variable)]
    return pd.Categorical(found, categories=[item.code for item in grouping.categories])


def _derived(name: str, dataset: Dataset, unit: str) -> object:
    try:
        return mask(parse_condition(name, dataset.codebook, unit), dataset, unit).copy()
    except InputError:
        return values(parse_value(name, dataset.codebook, unit), dataset, unit).copy()


def learning(dataset: Dataset) -> pd.DataFrame:
    """Return one row for each learning point, with the labels of the frame in its order."""
    columns = {}
    for field in dataset.codebook.learning:
        texts = dataset.learning[field.name].fillna("").astype(str)
        labels = {str(item.code): item.label for item in field.categories}
        columns[field.name] = (
            pd.Categorical(texts.map(labels), categories=list(labels.values()))
            if labels
            else texts.where(texts != "")
        )
    return pd.DataFrame(columns)


def ratings(dataset: Dataset) -> pd.DataFrame:
    """Return one row for each case and risk factor, with its level and what that scores."""
    codebook: Codebook = dataset.codebook
    root = codebook.root
    cases = dataset.frames[root.name]
    long = cases.melt([root.id, "study"], list(codebook.factors), "factor", "level")
    scores = {
        (name, item.code): item.score
        for name in codebook.factors
        for item in codebook.variables[name].categories
    }
    long["score"] = [scores[pair] for pair in zip(long["factor"], long["level"], strict=True)]
    long["factor"] = pd.Categorical(long["factor"], categories=list(codebook.factors))
    return long
