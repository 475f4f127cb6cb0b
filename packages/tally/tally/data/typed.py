"""Sound tables of text turned into the frames of a dataset: codes in the frame's order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tally.codebook import Codebook, Variable
from tally.data import values
from tally.data.joined import Joined
from tally.data.raw import RawTable, texts


def frames(joined: Joined) -> dict[str, pd.DataFrame]:
    """Turn sound tidy tables into one frame per unit, the ratings as columns of the cases.

    Returns
    -------
    dict of str to DataFrame
        By unit. Identifiers are text, coded columns categoricals in the frame's order, whole
        numbers `Int64`, studies plain integers.
    """
    tables, codebook = joined.tables, joined.codebook
    found = {
        name: _frame(tables[unit.table], codebook, name) for name, unit in codebook.units.items()
    }
    root = codebook.root.name
    ratings = {
        name: _levels(joined.wide[:, number], codebook.variables[name])
        for number, name in enumerate(codebook.factors)
    }
    found[root] = pd.concat([found[root], pd.DataFrame(ratings)], axis=1)
    return found


def _levels(codes: Any, variable: Variable) -> Any:
    return pd.Categorical.from_codes(codes, categories=pd.Index(variable.codes, dtype=object))


def _frame(tidy: RawTable, codebook: Codebook, unit: str) -> pd.DataFrame:
    variables = {item.name: item for item in codebook.of_unit(unit)}
    columns = {}
    for name in tidy.frame:
        column = tidy.frame[name]
        item = variables.get(str(name))
        columns[str(name)] = _typed(column, item) if item else _objects(column)
    return pd.DataFrame(columns)


def _objects(column: pd.Series[Any]) -> Any:
    return np.asarray(texts(column), dtype=object)[column.cat.codes.to_numpy()]


def _typed(column: pd.Series[Any], variable: Variable) -> Any:
    codes, names = column.cat.codes.to_numpy(), texts(column)
    if variable.kind == "integer":
        numbers = pd.array([values.whole(text) for text in names], dtype="Int64")
        return numbers.take(codes)
    if variable.kind == "study":
        years = np.array([values.whole(text) or 0 for text in names], dtype=np.int64)
        return years[codes]
    place = {str(code): number for number, code in enumerate(variable.codes)}
    found = np.array([place.get(text, -1) for text in names], dtype=np.int8)
    return _levels(found[codes], variable)
