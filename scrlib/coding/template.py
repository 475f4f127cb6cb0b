"""A workbook to fill in, made from the codebook: one sheet per table, checked as it is typed.

Excel and LibreOffice offer the labels of each coded column, and refuse numbers, months and
identifiers that `scr check` would refuse. What is filled in reads back with `tally.data.storage`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from scrlib.coding import coding_rule, entries
from scrlib.coding.sheets import Book, add_sheet, fill, printed_across, save, started, write_sheet
from scrlib.report import coding_frame
from tally.codebook import Category, Codebook, Variable
from tally.data import check, layout, loading, recode, storage, values
from tally.data.raw import META
from tally.errors import Failure, InputError

_README, _FRAME = "read me", "coding frame"
_META_NOTES = {
    "title": "What the dataset is called in the book.",
    "provenance": "observed: coded from real cases; invented: made up to practise with.",
    "period": "The months or years from which the cases come.",
    "contact": "Whom to ask about the data.",
    "agency": "Whose book it is. May be blank, as may what follows.",
    "label": "How the newest study is called in tables, such as 2018/19.",
    "logo": "The file of a picture beside this one, .png, .jpg or .svg.",
    "notes": "Names of sheets and columns that hold notes and are not read, with commas between.",
}


def template(path: Path, codebook: Codebook | None = None, coding: bool = False) -> None:
    """Write a workbook to fill in (``scr template FILE.xlsx``).

    Parameters
    ----------
    path : Path
        Must end in `.xlsx` and not exist.
    coding : bool
        Whether coders enter recency, frequency and severity (sheet `coding`) in place of ratings.

    Raises
    ------
    InputError
        If something stands there already or the name is of another kind; nothing is written.
    """
    codebook = codebook or coding_frame().whole
    tables = layout.tables(codebook)
    if coding:
        coded = entries.coding_table(codebook, coding_rule.load(codebook))
        tables = {n: coded if n == layout.RATINGS else t for n, t in tables.items()}
    made = started()
    _readme(made.book.create_sheet(_README), tables, coding)
    _described(made)
    for table in tables.values():
        sheet = add_sheet(made, table)
        _example(sheet, table)
    _coding_frame(made.book.create_sheet(_FRAME), codebook, coding)
    save(made, path)


def recoding(path: Path, codebook: Codebook | None = None) -> None:
    """Write a recoding file to fill in (``scr template recode.yaml --recode``).

    Raises
    ------
    InputError
        If something stands there already.
    """
    with storage.new(path) as target:
        target.write_text(recode.skeleton(codebook or coding_frame().whole), encoding="utf-8")


def for_coder(path: Path, data: Path, coder: str, codebook: Codebook | None = None) -> None:
    """Write a coder's sheet, a row for each case and factor (``scr template FILE --coder AB``).

    A factor that the study of a case does not ask for has no row.

    Parameters
    ----------
    path : Path
        Ends in `.xlsx` or `.csv` and does not exist.
    data : Path
        Folder or workbook with the table of cases; the others may still be missing.

    Raises
    ------
    InputError
        If something stands there already, or the table of cases has failures.
    """
    codebook = codebook or coding_frame().whole
    rule = coding_rule.load(codebook)
    plan = entries.coding_table(codebook, rule)
    cases = layout.tables(codebook)[codebook.root.table]
    tables = loading.load_tables(data, codebook, (plan, entries.settled_table(codebook))).tables
    if cases.name not in tables:
        raise InputError(Failure(f"The table {cases.name!r} is missing.", data.name))
    case, study = (column for column in cases.columns if column.name in (codebook.root.id, "study"))
    study = replace(study, kind="text", required=False, expected=False)
    found = check.clean_table(tables[cases.name], replace(cases, columns=(case, study)), codebook)
    if found.failures:
        raise InputError(found.failures)
    asked = [
        (row[0], codebook.variables[name].label, coder)
        for row, name in product(found.frame.itertuples(index=False), codebook.factors)
        if _asked(codebook.variables[name], *row[1:])
    ]
    rows = pd.DataFrame(asked, columns=list(plan.names[:3]))
    write_sheet(plan, rows.reindex(columns=list(plan.names)).fillna(""), path)


def _asked(factor: Variable, study: str = "") -> bool:
    """Say whether a factor is asked for in a study; where none is named yet, it is."""
    year = values.whole(study)
    return year is None or factor.asked_in(year)


def _example(sheet: Any, table: layout.Table) -> None:
    fill(sheet, [map(_example_of, table.columns)], first=2)
    marked = any(column.kind in ("key", "text") for column in table.columns)
    assert marked, f"the example of {table.name} cannot be told from data"


def _example_of(column: layout.Column) -> object:
    if column.kind in ("key", "text"):
        return f"{layout.EXAMPLE} {column.label}"
    if column.kind == "month":
        return dt.date(2018, 1, 1)
    if column.kind == "year" or column.name == "study":
        return 2018
    return column.minimum + 10 if column.kind == "integer" else column.categories[0].label


# -- sheets about the workbook --------------------------------------------------------------------


def _described(made: Book) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet = made.book.create_sheet(META)
    blank = ((key, None, note) for key, note in _META_NOTES.items())
    fill(sheet, [("key", "value", "what it is"), *blank])
    rule = DataValidation("list", formula1=made.offer(check.PROVENANCE), allow_blank=True)
    rule.add(f"B{2 + list(_META_NOTES).index('provenance')}")
    sheet.add_data_validation(rule)
    printed_across(sheet)
    sheet.column_dimensions["A"].width = 14
    sheet.column_dimensions["B"].width = sheet.column_dimensions["C"].width = 50


def _readme(sheet: Any, tables: dict[str, layout.Table], coding: bool) -> None:
    lines = [
        "Workbook for a study of submissions to serious case reviews",
        "Fill in one row for each unit of each sheet.",
        "Hover over a column's name to see what belongs in it.",
        "Row 2 of each sheet is an example.",
        f"Rows with a cell that starts with {layout.EXAMPLE} are left out when read.",
        "Coded columns take the label from the list, or its code from the sheet 'coding frame'.",
        "Use your own references for cases and children; no names, addresses or dates of birth.",
        f"Check it with:  scr {'code THIS.xlsx --out DATA' if coding else 'check THIS.xlsx'}",
        "",
        *(f"{table.name}: one row per {table.holds}" for table in tables.values()),
        f"{META}: what the dataset is",
    ]  # fmt: skip
    fill(sheet, ([line] for line in lines))
    sheet.column_dimensions["A"].width = 110


def _coding_frame(sheet: Any, codebook: Codebook, coding: bool) -> None:
    rows: list[tuple[object, ...]] = [
        ("sheet", "column", "label", "code", "label of the code", "definition", "report, section")
    ]
    for table in layout.tables(codebook).values():
        for column in table.columns:
            rows += _explained(table.name, column)
    if coding:
        for column in coding_rule.load(codebook).columns:
            rows += _explained(entries.CODING, column)
    fill(sheet, rows)
    for letter, width in zip("ABCDEFG", (12, 22, 34, 24, 44, 80, 30), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    printed_across(sheet)


def _explained(name: str, column: layout.Column) -> list[tuple[object, ...]]:
    rest = (column.definition, column.section)
    if not column.categories or column.name == "study":
        return [(name, column.name, column.label, "", "", *rest)]
    return [
        (name, column.name, column.label, str(item.code), item.label, _dated(item, column), rest[1])
        for item in column.categories
    ]


def _dated(item: Category, column: layout.Column) -> str:
    return column.definition + (f" Only in studies {item.span}." if item.span else "")
