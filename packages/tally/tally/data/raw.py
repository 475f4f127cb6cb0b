"""Tables as they were found: text with row numbers, before anything is judged or read into codes.

Readers of files (`tally.data.csvfile`, `tally.data.workbook`) make these; `tally.data.schema`
checks them and `tally.data.loading` calls the readers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from tally.errors import Failure

META, NOTES = "dataset", frozenset({"read me", "coding frame", "lists"})
"""The sheet that describes the dataset, and sheets of a workbook that hold no data."""


@dataclass(frozen=True, eq=False)
class RawTable:
    """One table as found.

    Parameters
    ----------
    place : str
        File or sheet, as messages name it.
    frame : DataFrame
        Every column a categorical of text, blank cells as empty text. The index holds the row
        numbers of a spreadsheet: the header is row 1.
    failures : tuple of Failure
        What was wrong already when the table was read. A table of which nothing could be read
        has no columns.
    """

    place: str
    frame: pd.DataFrame
    failures: tuple[Failure, ...] = ()

    @property
    def broken(self) -> frozenset[tuple[str, str]]:
        """Row and column of cells already reported, whose text means nothing."""
        return frozenset((item.row, item.column) for item in self.failures if item.column)


@dataclass(frozen=True, eq=False)
class RawTables:
    """All tables of a dataset as found, and what was wrong already when they were read.

    Parameters
    ----------
    tables : mapping of str to RawTable
        By the name of the table.
    meta : mapping of str to str
        Keys and values that describe the dataset, as text.
    failures : tuple of Failure
        Sheets and files that do not belong here.
    """

    place: str
    tables: Mapping[str, RawTable]
    meta: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    meta_place: str = "dataset.yaml"
    failures: tuple[Failure, ...] = ()


def table(
    place: str, header: list[str], columns: list[Any], failures: tuple[Failure, ...] = ()
) -> RawTable:
    """Make a table of columns of text.

    Parameters
    ----------
    header : list of str
        Names of the columns as found.
    columns : list of sequences of str
        As many as there are names, all of one length; categoricals are kept as they are.
    """
    series = {number: pd.Series(_categorical(values)) for number, values in enumerate(columns)}
    frame = pd.DataFrame(series, copy=False)
    frame.index = pd.RangeIndex(2, 2 + len(frame), name="row")
    frame.columns = pd.Index(header, dtype=object)
    return RawTable(place, frame, failures)


def _categorical(values: Any) -> pd.Categorical:
    if isinstance(values, pd.Categorical):
        return values
    codes, names = pd.factorize(np.asarray(values, dtype=object))
    return pd.Categorical.from_codes(codes, categories=pd.Index(names, dtype=object))


def unreadable(place: str, failures: Iterable[Failure]) -> RawTable:
    """Return a table of which nothing could be read."""
    return RawTable(place, pd.DataFrame(), tuple(failures))


def texts(column: pd.Series[Any]) -> list[str]:
    """Return the distinct texts of a raw column."""
    found: list[str] = column.cat.categories.tolist()
    return found


def recode(column: pd.Series[Any], becomes: list[str]) -> pd.Series[Any]:
    """Replace the distinct texts of a raw column by others, several of which may be the same.

    Parameters
    ----------
    becomes : list of str
        For each of `texts(column)`, what replaces it.
    """
    if becomes == texts(column):
        return column
    places, names = pd.factorize(np.asarray(becomes, dtype=object))
    codes = places.astype(np.int32)[column.cat.codes.to_numpy()]
    values = pd.Categorical.from_codes(codes, categories=pd.Index(names, dtype=object))
    return pd.Series(values, index=column.index, name=column.name)
