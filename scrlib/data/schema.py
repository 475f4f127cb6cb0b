"""What a dataset must be, made from the codebook: every failure at once, warnings apart.

Single cells are checked with pandera (https://pandera.readthedocs.io), rules within and between
tables in `scrlib.data.rules`. A report's failures stop whatever wanted the data; warnings do not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import methodcaller
from typing import Any

import numpy as np
import pandas as pd

from scrlib.data import layout, remarks, rules, typed, values
from scrlib.data.dataset import KINDS, Dataset, Meta
from scrlib.data.joined import MOST_LISTED, Joined, capped
from scrlib.data.raw import RawTable, RawTables, recode, texts
from scrlib.errors import Failure, not_allowed
from scrlib.frame.codebook import Codebook, Study

PROVENANCE = tuple(KINDS)
_META_REQUIRED, _META_OPTIONAL = ("title", "provenance"), ("period", "contact")


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found.

    Parameters
    ----------
    failures : tuple of Failure
        Rules that are broken: the data cannot be used.
    warnings : tuple of Failure
        What a reader should know about sound data, such as a study of few cases.
    """

    failures: tuple[Failure, ...] = ()
    warnings: tuple[Failure, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing fails."""
        return not self.failures

    def as_dict(self) -> dict[str, object]:
        """Return the report as plain data, for JSON."""
        return {
            "ok": self.ok,
            "failures": [item.as_dict() for item in self.failures],
            "warnings": [item.as_dict() for item in self.warnings],
        }

    def __str__(self) -> str:
        lines = [str(item) for item in self.failures]
        if self.warnings:
            lines += ["Warnings:", *(f"- {item}" for item in self.warnings)]
        return "\n".join(lines)


def check(raw: RawTables, codebook: Codebook) -> Report:
    """Check tables as found against the coding frame.

    Parameters
    ----------
    raw : RawTables
        From `scrlib.data.storage.load_tables`.
    codebook : Codebook
        The frame; its studies give way to those of the dataset.
    """
    return examine(raw, codebook)[0]


def examine(raw: RawTables, codebook: Codebook) -> tuple[Report, Dataset | None]:
    """Check tables as found, and read them into a dataset if nothing fails.

    There is no dataset either while a table that it needs is empty of columns: ratings that coders
    have yet to settle are given so.
    """
    meta, failures = read_meta(raw)
    plan = layout.tables(codebook)
    failures = [*raw.failures, *failures, *_absent(raw, plan)]
    warnings: list[Failure] = []
    studies = tidy_table(raw, plan[layout.STUDIES], failures, warnings)
    codebook = codebook.with_studies(_studies(studies)) if studies else codebook
    tidied = {layout.STUDIES: studies} if studies else {}
    for name, table in layout.tables(codebook).items():
        found = None if name == layout.STUDIES else tidy_table(raw, table, failures, warnings)
        if found:
            tidied[name] = found
    joined = Joined(tidied, codebook)
    failures += rules.between_tables(joined)
    unread = [name for name, table in plan.items() if table.required and name not in tidied]
    if failures or meta is None or unread:
        return Report(tuple(failures), tuple(warnings)), None
    dataset = Dataset(codebook, typed.frames(joined), meta, _learning(tidied.get(layout.LEARNING)))
    return Report((), (*warnings, *remarks.warnings(dataset))), dataset


def read_meta(raw: RawTables) -> tuple[Meta | None, list[Failure]]:
    """Read what is said about a dataset as a whole."""
    known = (*_META_REQUIRED, *_META_OPTIONAL)
    place, found = raw.meta_place, {values.key(k): v.strip() for k, v in raw.meta.items()}
    failures = [
        not_allowed("A dataset is described by these keys only.", key, known, place=place)
        for key in found
        if key not in known
    ]
    if not any(item.place == place for item in raw.failures):
        absent = [key for key in _META_REQUIRED if not found.get(key)]
        failures += [Failure(f"A dataset must say its {key}.", place, column=key) for key in absent]
    provenance = values.key(found.get("provenance", ""))
    if provenance and provenance not in PROVENANCE:
        rule = "Provenance says whether the cases were observed, are synthetic or are invented."
        shown = values.shown(found["provenance"])
        failures.append(not_allowed(rule, shown, PROVENANCE, place=place, column="provenance"))
    failures += _unsound_meta(found, place)
    if failures or provenance not in PROVENANCE:
        return None, failures
    rest = {key: found.get(key, "") for key in ("title", *_META_OPTIONAL)}
    return Meta(provenance=provenance, **rest), []


def _unsound_meta(found: dict[str, str], place: str) -> list[Failure]:
    column = layout.Column("", "text", "Text", required=False)
    bad = [key for key, text in found.items() if not values.accepted([text], column)[0]]
    return [
        values.failure(found[key], replace(column, name=key, label=key), place, "") for key in bad
    ]


def _absent(raw: RawTables, plan: dict[str, layout.Table]) -> list[Failure]:
    required = [name for name, table in plan.items() if table.required and name not in raw.tables]
    return [Failure(f"The table {name!r} is missing.", raw.place) for name in required]


# -- one table ------------------------------------------------------------------------------------


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


# -- from text to values ---------------------------------------------------------------------------


def _studies(tidy: RawTable) -> tuple[Study, ...]:
    """Return the studies whose year can be read, in the order of their years."""
    frame = tidy.frame.astype(object)
    found = {}
    for row in frame.to_dict("records"):
        year = values.whole(str(row.get("study", "")))
        if year is not None:
            rest = (str(row.get(name, "")) for name in ("label", "first_month", "last_month"))
            found[year] = Study(year, *rest)
    return tuple(found[year] for year in sorted(found))


def _learning(tidy: RawTable | None) -> pd.DataFrame:
    names = [column.name for column in layout.learning_columns()]
    if tidy is None:
        return pd.DataFrame(columns=names, dtype=object)
    return tidy.frame[names].astype(object).reset_index(drop=True)
