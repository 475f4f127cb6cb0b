"""One table as found, checked by itself: its headers, its cells, its repeated rows.

Single cells are checked with pandera (https://pandera.readthedocs.io).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import methodcaller
from typing import Any

import numpy as np
import pandas as pd

from tally.data import layout, rules, values
from tally.data.joined import MOST_LISTED, capped
from tally.data.raw import RawTable, RawTables, recode, texts
from tally.errors import Failure, not_allowed


def tidy_table(
    raw: RawTables, table: layout.Table, failures: list[Failure], warnings: list[Failure]
) -> RawTable | None:
    """Check one table by itself; return it with its columns in the frame's names and codes.

    Parameters
    ----------
    failures, warnings : list of Failure
        What is found is added to these.

    Returns
    -------
    RawTable or None
        None if there is no such table or nothing of it could be read.
    """
    found = raw.tables.get(table.name)
    if found is None:
        return None
    failures += found.failures
    if found.frame.columns.empty:
        return None
    failures += _wrong_headers(found, table)
    tidy = _without_examples(_named(found, table), warnings)
    for column in table.columns:
        if column.name in tidy.frame:
            before = tidy.frame[column.name]
            read = values.reader(column)
            tidy.frame[column.name] = recode(before, list(map(read, texts(before))))
    failures += _wrong_cells(tidy, table)
    failures += rules.repeated(tidy, table)
    return tidy


def _wrong_headers(found: RawTable, table: layout.Table) -> list[Failure]:
    names = [values.key(str(name)) for name in found.frame.columns]
    failures = [
        Failure("The column is missing.", found.place, "1", name, allowed=table.names)
        for name in table.names
        if name not in names
    ]
    for number, name in enumerate(names):
        if name in names[:number]:
            rule = "A column's name may stand once only."
            failures.append(Failure(rule, found.place, "1", values.shown(name) or "(no name)"))
        elif name not in table.names and (name or _filled(found, number)):
            rule = f"The table {table.name!r} has no such column."
            shown = values.shown(name)
            failures.append(not_allowed(rule, shown, table.names, place=found.place, row="1"))
    return failures


def _filled(found: RawTable, number: int) -> bool:
    column = found.frame.iloc[:, number]
    used = column.cat.remove_unused_categories().cat.categories
    return any(str(item).strip() for item in used)


def _named(found: RawTable, table: layout.Table) -> RawTable:
    """Keep the frame's columns by their names, and rows in which anything stands."""
    names = [values.key(str(name)) for name in found.frame.columns]
    kept = [names.index(name) for name in table.names if name in names]
    frame = found.frame.iloc[:, kept].copy(deep=False)
    frame.columns = pd.Index([names[number] for number in kept])
    blank = np.ones(len(frame), dtype=bool)
    for name in frame:
        blank &= ~_where(frame[name], str.strip)
    return RawTable(found.place, frame[~blank] if blank.any() else frame, found.failures)


def _without_examples(found: RawTable, warnings: list[Failure]) -> RawTable:
    example = np.zeros(len(found.frame), dtype=bool)
    for name in found.frame:
        example |= _where(found.frame[name], methodcaller("startswith", layout.EXAMPLE))
    if not example.any():
        return RawTable(found.place, found.frame.copy(deep=False), found.failures)
    rule = (
        f"{int(example.sum()):,} row(s) with a cell that starts with {layout.EXAMPLE} are left out."
    )
    warnings.append(Failure(rule, found.place))
    return RawTable(found.place, found.frame[~example].copy(), found.failures)


def _where(column: pd.Series[Any], test: Callable[[str], object]) -> Any:
    """Return a mask of the rows whose text passes a test, which is made once for each text."""
    passed = np.array(list(map(bool, map(test, texts(column)))), dtype=bool)
    if passed.all() or not passed.any():
        return np.full(len(column), passed.any())
    return passed[column.cat.codes.to_numpy()]


def _wrong_cells(tidy: RawTable, table: layout.Table) -> list[Failure]:
    """Check each cell with pandera and say what is wrong in the reader's words."""
    import pandera.pandas as pa

    columns = {item.name: item for item in table.columns if item.name in tidy.frame}
    schema = pandera_schema(table, tidy.frame.columns)
    try:
        schema.validate(tidy.frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        failures = []
        for name, cases in error.failure_cases.groupby("column", sort=False):
            failures += _described(tidy, columns[str(name)], cases.sort_values("index"))
        return failures
    return []


def pandera_schema(table: layout.Table, present: Sequence[str] | pd.Index[Any]) -> Any:
    """Return the pandera schema of one table, as text in stored form.

    Parameters
    ----------
    present : sequence of str
        Columns to check: those of the table that were found.
    """
    import pandera.pandas as pa

    columns = {
        item.name: pa.Column(
            checks=pa.Check(_accepts(item), name=item.name, n_failure_cases=MOST_LISTED),
            description=item.definition or item.label,
        )
        for item in table.columns
        if item.name in present
    }
    return pa.DataFrameSchema(columns, name=table.name, strict=True)


def _accepts(column: layout.Column) -> Callable[[pd.Series[Any]], pd.Series[Any]]:
    def accepts(series: pd.Series[Any]) -> pd.Series[Any]:
        passed = np.array(values.accepted(texts(series), column), dtype=bool)
        codes = series.cat.codes.to_numpy()
        found = np.ones(len(series), bool) if passed.all() else passed[codes]
        return pd.Series(found, index=series.index)

    return accepts


def _described(tidy: RawTable, column: layout.Column, cases: pd.DataFrame) -> list[Failure]:
    rows = zip(cases["index"], cases["failure_case"], strict=True)
    failures = [
        values.failure(str(text), column, tidy.place, str(row))
        for row, text in rows
        if (str(row), column.name) not in tidy.broken
    ]
    if len(cases) < MOST_LISTED:
        return failures
    total = int((~_accepts(column)(tidy.frame[column.name])).sum())
    return capped(failures, total, tidy.place, column.name)
