"""Sheets to fill in: notes on columns, drop-downs of labels, checks made while typing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from tally.data import layout, storage, values
from tally.errors import Failure, InputError

LAST_ROW = 100_000
"""Rows up to which cells are checked as they are typed."""
LISTS = "lists"
_WIDTH, _WIDEST = 24, 48
_FORMATS = {"key": "@", "text": "@", "month": "yyyy-mm"}


@dataclass
class Book:
    """A workbook in the making, with the lists of labels that its drop-downs offer."""

    book: Any
    lists: Any
    offered: dict[tuple[str, ...], str] = field(default_factory=dict)

    def offer(self, labels: tuple[str, ...]) -> str:
        """Return the range that holds some labels, written once for all columns that offer them."""
        from openpyxl.utils import get_column_letter

        if labels not in self.offered:
            letter = get_column_letter(len(self.offered) + 1)
            for row, label in enumerate(labels, start=1):
                self.lists[f"{letter}{row}"] = label
            self.offered[labels] = f"'{LISTS}'!${letter}$1:${letter}${len(labels)}"
        return self.offered[labels]


def write_sheet(table: layout.Table, rows: pd.DataFrame, path: Path) -> None:
    """Write one table to complete by hand, as CSV or as a workbook with its drop-downs.

    Parameters
    ----------
    path : Path
        Ends in `.csv` or `.xlsx` and does not exist.
    """
    if path.suffix.casefold() == ".csv":
        with storage.new(path) as target:
            storage.write_csv(rows, target)
        return
    made = started()
    fill(add_sheet(made, table), rows.astype(object).itertuples(index=False), first=2)
    save(made, path)


def started() -> Book:
    """Return a workbook that holds only its hidden lists."""
    import openpyxl

    book = openpyxl.Workbook()
    lists = book.worksheets[0]
    lists.title = LISTS
    lists.sheet_state = "hidden"
    return Book(book, lists)


def save(made: Book, path: Path) -> None:
    """Write the workbook whole or not at all; nothing may stand there yet."""
    if path.suffix.casefold() != ".xlsx":
        raise InputError(Failure("The name of a workbook ends in .xlsx.", path.name))
    # The hidden lists go last: a workbook opens on its first sheet.
    made.book.move_sheet(LISTS, len(made.book.worksheets))
    made.book.active = 0
    with storage.new(path) as target:
        made.book.save(target)


def fill(sheet: Any, rows: Iterable[Iterable[object]], first: int = 1) -> None:
    """Write rows of cells, from the first row on that is named."""
    for row, record in enumerate(rows, start=first):
        for column, value in enumerate(record, start=1):
            _put(sheet, row, column, value)


def _put(sheet: Any, row: int, column: int, value: object) -> None:
    """Write a cell whose text is never taken for a formula, and whose month is shown as one."""
    cell = sheet.cell(row, column, value)
    if isinstance(value, str):
        cell.data_type = "s"
    if isinstance(value, dt.date):
        cell.number_format = _FORMATS["month"]


def add_sheet(made: Book, table: layout.Table) -> Any:
    """Add an empty sheet for a table and return it."""
    from openpyxl.utils import get_column_letter

    sheet = made.book.create_sheet(table.name)
    sheet.freeze_panes = "A2"
    printed_across(sheet)
    for number, column in enumerate(table.columns, start=1):
        letter = get_column_letter(number)
        _header(sheet.cell(1, number, column.name), _note(column))
        dimension = sheet.column_dimensions[letter]
        texts = [item.label for item in column.categories] or [f"{layout.EXAMPLE} {column.label}"]
        longest = max(map(len, texts))
        dimension.width = min(max(_WIDTH, longest + 2), _WIDEST)
        dimension.number_format = _FORMATS.get(column.kind, "General")
        rule = _validation(made, table, column, letter)
        rule.add(f"{letter}2:{letter}{LAST_ROW}")
        sheet.add_data_validation(rule)
    return sheet


def printed_across(sheet: Any) -> None:
    """Print all columns of a sheet on one page, its first row on each."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"


def _header(cell: Any, note: str) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill

    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="DDE6EE")
    cell.comment = Comment(note, "scr", width=420, height=220)


def _note(column: layout.Column) -> str:
    """Say in a note on a header what belongs in the column."""
    lines = [f"{column.label}. {column.definition}".strip()]
    labels = "; ".join(item.label for item in column.categories)
    if column.kind == "integer":
        lines.append(_whole_number(column))
    elif _is_study(column):
        lines.append(f"A year of the sheet {layout.STUDIES!r}.")
    elif labels:
        lines.append(f"One of: {labels}.")
    lines.append("May not be blank." if column.required else "May be blank.")
    if column.section:
        lines.append(f"Report, section {column.section}.")
    return "\n".join(lines)


def _is_study(column: layout.Column) -> bool:
    return column.name == "study" and column.kind == "category"


def _whole_number(column: layout.Column) -> str:
    others = "".join(f", or {item.label!r}" for item in column.categories)
    return f"A whole number from {column.minimum} to {column.maximum}{others}."


def _validation(made: Book, table: layout.Table, column: layout.Column, letter: str) -> Any:
    """Return what the spreadsheet itself checks as a cell of the column is typed."""
    from openpyxl.worksheet.datavalidation import DataValidation

    kind, operator, first, second = _test(made, table, column, letter)
    return DataValidation(
        type=kind, operator=operator, formula1=first, formula2=second, allow_blank=True,
        showErrorMessage=True, errorTitle=column.label[:32], error=_refusal(column)[:255],
    )  # fmt: skip


def _test(
    made: Book, table: layout.Table, column: layout.Column, letter: str
) -> tuple[Any, Any, str, str | None]:
    """Return a validation's kind, operator and operands."""
    if _is_study(column):
        return "list", None, f"{layout.STUDIES}!$A$2:$A$200", None
    labels = tuple(dict.fromkeys(item.label for item in column.categories))
    if column.kind in values.NUMBERS and labels:
        inside = (
            f"AND({letter}2>={column.minimum},{letter}2<={column.maximum},INT({letter}2)={letter}2)"
        )
        number = f"IF(ISNUMBER({letter}2),{inside},FALSE)"
        others = f"COUNTIF({made.offer(labels)},{letter}2)>0"
        return "custom", None, f"OR({number},{others})", None
    if labels:
        return "list", None, made.offer(labels), None
    if column.kind in values.NUMBERS:
        return "whole", "between", str(column.minimum), str(column.maximum)
    if column.kind == "month":
        return "date", "between", _serial(1990, 1, 1), _serial(2100, 12, 31)
    if table.key == (column.name,):
        others = f"COUNTIF(${letter}$2:${letter}${LAST_ROW},{letter}2)"
        return "custom", None, f"AND(LEN({letter}2)<={values.MOST_KEY},{others}=1)", None
    longest = values.longest(column)
    return "textLength", "lessThanOrEqual", str(longest), None


def _serial(year: int, month: int, day: int) -> str:
    """Return a date as spreadsheets count it, which every language of Excel reads alike."""
    return str((dt.date(year, month, day) - dt.date(1899, 12, 30)).days)


def _refusal(column: layout.Column) -> str:
    if column.kind in values.NUMBERS:
        return _whole_number(column)
    if column.categories:
        return "Choose one of the labels in the list."
    if column.kind == "month":
        return "A month, typed as 2016-12."
    return "This text is too long, or stands in another row already."
