"""XLSX workbooks in, as text with row numbers; refused by size before any of it is parsed.

A workbook is a zip archive of XML. Its declared sizes are added up first (Python's zipfile never
unpacks more than it declares), and parts that declare entities are refused: no spreadsheet program
writes any. Formulas are not computed or trusted: a cell must hold its value.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tally.data.raw import RawTable, table, unreadable
from tally.errors import Failure, InputError

MOST_PACKED = 100 * 1024**2
MOST_UNPACKED = 512 * 1024**2
MOST_PARTS = 1000
MOST_RATIO = 100
MOST_COLUMNS = 100
MOST_ROWS = 1024**2
_RATIO_MATTERS_FROM = 20 * 1024**2
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z0-9:]{1,30})"')
_HEAD = 64 * 1024


def read(path: Path, skip: frozenset[str] = frozenset()) -> dict[str, RawTable]:
    """Read every sheet of a workbook.

    Parameters
    ----------
    path : Path
        The file; messages name sheets as ``file.xlsx, sheet cases``.
    skip : frozenset of str
        Names of sheets, in small letters, that hold no data.

    Returns
    -------
    dict
        By the sheet's name in small letters: its table, with what is wrong with it.

    Raises
    ------
    InputError
        If the file is too large packed or unpacked, or is no sound workbook.
    """
    refuse_bombs(path)
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
        with zipfile.ZipFile(path) as archive:
            return {
                sheet.title.strip().casefold(): _sheet(sheet, archive, path.name)
                for sheet in book.worksheets
                if sheet.title.strip().casefold() not in skip
            }
    except InputError:
        raise
    except Exception as error:  # openpyxl raises what its parsers raise: no list of it is complete
        raise InputError(
            Failure(f"The workbook cannot be read: {_said(error)}", path.name)
        ) from error
    finally:
        if "book" in locals():
            book.close()


def _said(error: Exception) -> str:
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}{': ' + text if text else ''}."


def refuse_bombs(path: Path) -> None:
    """Refuse a workbook whose parts are too many or too large, or that declares entities.

    Raises
    ------
    InputError
        Before any part is parsed.
    """
    size = path.stat().st_size
    if size > MOST_PACKED:
        rule = f"A workbook may hold at most {MOST_PACKED:,} bytes; this holds {size:,}."
        raise InputError(Failure(rule, path.name))
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_large(archive.infolist(), size, path.name)
            _refuse_entities(archive, path.name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        rule = "The file is not a sound XLSX workbook (or it is protected by a password)."
        raise InputError(Failure(rule, path.name)) from error


def _refuse_large(parts: list[zipfile.ZipInfo], packed: int, place: str) -> None:
    unpacked = sum(part.file_size for part in parts)
    failures = []
    if len(parts) > MOST_PARTS:
        rule = f"A workbook may have at most {MOST_PARTS:,} parts; this has {len(parts):,}."
        failures.append(Failure(rule, place))
    if unpacked > MOST_UNPACKED:
        rule = f"A workbook may unpack to at most {MOST_UNPACKED:,} bytes; this to {unpacked:,}."
        failures.append(Failure(rule, place))
    elif unpacked > _RATIO_MATTERS_FROM and unpacked > MOST_RATIO * packed:
        rule = f"The workbook unpacks to more than {MOST_RATIO} times its size: it is not read."
        failures.append(Failure(rule, place))
    if failures:
        raise InputError(failures)


def _refuse_entities(archive: zipfile.ZipFile, place: str) -> None:
    for part in archive.infolist():
        with archive.open(part) as stream:
            head = stream.read(_HEAD).replace(b"\x00", b"")
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
            rule = f"The part {part.filename!r} declares XML entities: the workbook is not read."
            raise InputError(Failure(rule, place))


@dataclass
class _Cells:
    """Gathers the texts of one sheet's columns, and cells that hold no value."""

    place: str
    header: list[str]
    columns: list[list[str]]
    failures: list[Failure]

    def add(self, row: int, cells: tuple[Any, ...]) -> None:
        for column, values in enumerate(self.columns):
            cell = cells[column] if column < len(cells) else None
            values.append(self.text(cell, row, self.header[column]) if cell is not None else "")
        for cell in cells[len(self.columns) :]:
            if cell.value not in (None, ""):
                rule = "This cell stands in a column that has no name in row 1."
                self.refuse(rule, row, str(cell.coordinate), cell_text(cell.value))

    def text(self, cell: Any, row: int, column: str) -> str:
        if cell.data_type == "f":
            formula = str(getattr(cell.value, "text", cell.value))
            self.refuse("A formula is not read: put its value in the cell.", row, column, formula)
        elif cell.data_type == "e":
            self.refuse("The spreadsheet shows an error here.", row, column, str(cell.value))
        return cell_text(cell.value)

    def refuse(self, rule: str, row: int, column: str, value: str) -> None:
        self.failures.append(Failure(rule, self.place, str(row), column, value[:80]))


def _sheet(sheet: Any, archive: zipfile.ZipFile, file: str) -> RawTable:
    place = f"{file}, sheet {sheet.title}"
    failures = [
        Failure("Cells may not be merged: a value belongs to one row.", place, value=found)
        for found in _merged(archive, sheet)
    ]
    rows = _rows(sheet)
    header = [cell_text(cell.value) for cell in next(rows, ())]
    while header and not header[-1].strip():
        header.pop()
    if not header:
        empty = Failure("The sheet is empty or has no header in row 1.", place)
        return unreadable(place, [*failures, empty])
    cells = _Cells(place, header, [[] for _ in header], failures)
    for number, row in enumerate(rows, start=2):
        cells.add(number, row)
    return table(place, header, list(cells.columns), tuple(cells.failures))


def _rows(sheet: Any) -> Iterator[tuple[Any, ...]]:
    """Rows of cells; the size that the file declares is not believed."""
    sheet.reset_dimensions()
    rows: Iterator[tuple[Any, ...]] = sheet.iter_rows(max_col=MOST_COLUMNS)
    return rows


def _merged(archive: zipfile.ZipFile, sheet: Any) -> list[str]:
    """Ranges of merged cells, looked for in the bytes: a streamed sheet does not list them."""
    found: list[str] = []
    tail = b""
    with archive.open(sheet._worksheet_path) as stream:
        while block := stream.read(2**20):
            found += [match.decode() for match in _MERGED.findall(tail + block)]
            tail = (tail + block)[-100:]
    return sorted(set(found))[:20]


def cell_text(value: object) -> str:
    """Return a cell's value as text: dates as ``2018-01-31``, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value).replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_\n", "\n")


def plain_cell(sheet: Any, value: Any) -> Any:
    """Return a cell that holds a value as it is: text is never taken for a formula."""
    from openpyxl.cell import WriteOnlyCell

    if value is None or value is pd.NA:
        return None
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell
