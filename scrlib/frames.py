"""A dataset as DataFrames to explore: codes of the frame, with its groups and scores as columns."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tally.dataset import Dataset
from tally.evaluate import derived


def frame(dataset: Dataset, unit: str) -> pd.DataFrame:
    """Return the rows of a unit with every variable, group and derived variable that it has.

    Children and parents also carry what is logged about their case. Categories are ordered as in
    the frame; a derived variable is a number, or true or false. A number that is none, such as the
    age of a child not yet born, is missing.
    """
    variables, rows = dataset.codebook.variables, dataset.frames[unit]
    ids = {name: rows[name].to_numpy() for name in rows.columns if name not in variables}
    logged = {
        name: _column(name, dataset, unit)
        for name in dataset.codebook.names(unit)
        if name in variables
    }
    others = derived(dataset, unit, labels=False).reset_index(drop=True)
    return pd.DataFrame({**ids, **logged, **others})


def _column(name: str, dataset: Dataset, unit: str) -> object:
    variable = dataset.codebook.variables[name]
    codes = np.array(variable.codes, dtype=object)[dataset.views[unit].positions(name)]
    if variable.kind == "integer":
        numbers = [code if isinstance(code, int) else None for code in codes]
        return pd.array(numbers, dtype="Int64")
    return pd.Categorical(codes, categories=[item.code for item in variable.categories])


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
    codebook = dataset.codebook
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
