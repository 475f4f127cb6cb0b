"""Tables as they were found: text with row numbers, before anything is judged or read into codes.

Readers of files (`tally.data.csvfile`, `tally.data.workbook`) make grids of text; `headed` finds
the header in one. `grouped` words the failures of many rows as few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from types import MappingProxyType
from typing import Any

import pandas as pd

from tally.data import values
from tally.errors import Failure

META, NOTES = "dataset", frozenset({"read me", "coding frame", "lists"})
"""The sheet that describes the dataset, and sheets of a workbook that hold no data."""
MOST_COLUMNS = 100
MOST_LISTED = 200
"""Failures of one rule that are listed; how many more rows there are is said."""
MOST_SPANS = 12
"""Rows, or runs of rows, that one failure names."""
MOST_NAMED = 3
"""Identifiers that one failure names; how many more there are is said."""
SEARCHED = 20
"""Rows in which a header is looked for: titles above it are short."""


@dataclass(frozen=True, eq=False)
class RawTable:
    """One table as found.

    Parameters
    ----------
    place : str
        File or sheet, as messages name it.
    frame : DataFrame
        Every column a categorical of text, blank cells as empty text. The index holds the row
        numbers of a spreadsheet.
    failures, warnings : tuple of Failure
        What was wrong already when the table was read, and what was not read. A table of which
        nothing could be read has no columns.
    unread : frozenset of (int, str)
        Row and column of cells that `failures` reports: their text means nothing.
    header : int
        Row of the header.
    """

    place: str
    frame: pd.DataFrame
    failures: tuple[Failure, ...] = ()
    warnings: tuple[Failure, ...] = ()
    unread: frozenset[tuple[int, str]] = frozenset()
    header: int = 1


@dataclass(frozen=True, eq=False)
class RawTables:
    """All tables of a dataset as found, and what was wrong already when they were read.

    Parameters
    ----------
    tables : mapping of str to RawTable
        By the name of the table.
    meta : mapping of str to str
        Keys and values that describe the dataset, as text.
    failures, warnings : tuple of Failure
        Sheets and files that do not belong here.
    recoding : str
        The recoding file by which tables were made, if any.
    """

    place: str
    tables: Mapping[str, RawTable]
    meta: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    meta_place: str = "dataset.yaml"
    failures: tuple[Failure, ...] = ()
    warnings: tuple[Failure, ...] = ()
    recoding: str = ""

    @property
    def notes(self) -> frozenset[str]:
        """Names of sheets, files and columns that are declared to hold notes, not data."""
        return values.listed_names(self.meta.get("notes", ""))


def categorical(column: Iterable[str]) -> pd.Series[Any]:
    """Return texts as a categorical column: what follows costs by distinct text, not by row."""
    if isinstance(column, pd.Categorical):
        return pd.Series(column)
    return pd.Series(column, dtype=object).astype("category")


def recoded(column: pd.Series[Any], becomes: Callable[[str], object]) -> pd.Series[Any]:
    """Return what each text of a column becomes, again as a categorical; called once for each."""
    changed = column.map(becomes)
    return changed if isinstance(changed.dtype, pd.CategoricalDtype) else changed.astype("category")


def having(column: pd.Series[Any], test: Callable[[str], object]) -> pd.Series[bool]:
    """Return a mask of the rows whose text passes a test, which is made once for each text."""
    return column.map(lambda text: bool(test(text))).astype(bool)


def table(place: str, header: Sequence[str], columns: Iterable[Iterable[str]]) -> RawTable:
    """Make a table of columns of text, as if its header stood in row 1."""
    frame = pd.DataFrame(
        {n: categorical(column).array for n, column in enumerate(columns)}, copy=False
    )
    frame.index = pd.RangeIndex(2, 2 + len(frame))
    frame.columns = pd.Index(header, dtype=object)
    return RawTable(place, frame)


def unreadable(place: str, failures: Iterable[Failure]) -> RawTable:
    """Return a table of which nothing could be read."""
    return RawTable(place, pd.DataFrame(), tuple(failures))


# -- the header in a grid --------------------------------------------------------------------------


def known_in(cells: Iterable[object], known: frozenset[str]) -> int:
    """Count the different names of columns among some cells."""
    return len({values.key(str(cell)) for cell in cells} & known)


def headed(place: str, grid: pd.DataFrame, known: frozenset[str] = frozenset()) -> RawTable:
    """Find the header of a grid of text and name its columns.

    Parameters
    ----------
    grid : DataFrame
        Categoricals of text by the position of the column, the row numbers as the index.
    known : frozenset of str
        Names that columns of this table can have, as `values.key` leaves them. The header is the
        first of the rows that hold most of them; the first row in which anything stands if none
        holds two.
    """
    top = grid.head(SEARCHED).astype(object)
    counts = [known_in(cells, known) for cells in top.itertuples(index=False)]
    filled = [bool("".join(map(str, cells)).strip()) for cells in top.itertuples(index=False)]
    if not any(filled):
        return unreadable(place, [Failure("It is empty or has no header in row 1.", place)])
    at = counts.index(max(counts)) if max(counts) > 1 else filled.index(True)
    names = [values.tidy(str(cell)) for cell in top.iloc[at]]
    above = [int(row) for row, full in zip(top.index[:at], filled, strict=False) if full]
    rows = grid.iloc[at + 1 :]
    empty = [n for n, name in enumerate(names) if not name]
    stray = [failure for n in empty for failure in _stray(rows.iloc[:, n], n, place, top.index[at])]
    named = [n for n, name in enumerate(names) if name]
    if len(named) > MOST_COLUMNS:
        rule = f"A table may have at most {MOST_COLUMNS} columns; this has {len(named):,}."
        return unreadable(place, [Failure(rule, place, str(top.index[at]))])
    frame = rows.iloc[:, named]
    frame.columns = pd.Index([names[n] for n in named], dtype=object)
    said = [Failure("Not read: this stands above the header.", place, spans(above))] * bool(above)
    return RawTable(place, frame, tuple(stray), tuple(said), header=int(top.index[at]))


def _stray(column: pd.Series[Any], number: int, place: str, header: int) -> list[Failure]:
    rule = f"This cell stands in a column that has no name in the header, row {header}."
    return each_value(column[having(column, str.strip)], rule, place, letter(number))


def letter(number: int) -> str:
    """Return a column's letters in a spreadsheet; the first is 0."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


# -- many rows, few failures -----------------------------------------------------------------------


def spans(rows: Iterable[int]) -> str:
    """Name rows in few words: ``3``, or ``2, 5 to 9, 12``, and how many more there are."""
    ordered = sorted(set(rows))
    runs: list[list[int]] = []
    for row in ordered:
        if runs and row == runs[-1][-1] + 1:
            runs[-1][1:] = [row]
        else:
            runs.append([row])
    text = ", ".join(" to ".join(f"{n}" for n in run) for run in runs[:MOST_SPANS])
    named = sum(run[-1] - run[0] + 1 for run in runs[:MOST_SPANS])
    return text if named == len(ordered) else f"{text} and {len(ordered) - named:,} more"


def few(texts: Sequence[str]) -> str:
    """Name the first of some texts, and how many more there are."""
    named, more = ", ".join(map(values.shown, texts[:MOST_NAMED])), len(texts) - MOST_NAMED
    return f"{named} and {more:,} more" if more > 0 else named


def each_value(
    found: pd.Series[Any], rule: str, place: str, column: str, allowed: tuple[str, ...] = ()
) -> list[Failure]:
    """Word the failures of rows that break one rule: one for each different value."""
    return grouped(
        found, lambda text: Failure(rule, place, "", column, values.shown(text), allowed)
    )


def grouped(found: pd.Series[Any], word: Callable[[str], Failure]) -> list[Failure]:
    """Word the failures of rows: one for each different value, naming all its rows.

    Parameters
    ----------
    found : Series
        The rows that fail: the value found, by row number.
    word : callable
        Returns the failure of a value, without its row.
    """
    if not len(found):
        return []
    plain = found.astype(object)
    parts = list(islice(plain.groupby(plain, sort=False), MOST_LISTED))
    failures = [
        replace(word(str(value)), row=spans(rows.index), rows=tuple(rows.index))
        for value, rows in parts
    ]
    more = len(found) - sum(len(rows) for _, rows in parts)
    if more:
        last = failures[-1]
        failures.append(Failure(f"{more:,} more rows fail likewise.", last.place, "", last.column))
    return failures
