"""XLSX workbooks in, as text with row numbers; refused by size before any of it is parsed.

A workbook is a zip archive of XML. Its declared sizes are added up first (Python's zipfile never
unpacks more than it declares), and parts that declare entities are refused: no spreadsheet program
writes any. Formulas are not computed or trusted: a cell must hold its value.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from tally.data import values
from tally.data.raw import (
    MOST_COLUMNS,
    NOTES,
    RawTable,
    categorical,
    headed,
    letter,
    spans,
    unreadable,
)
from tally.errors import Failure, InputError

MOST_PACKED = 100 * 1024**2
MOST_UNPACKED = 512 * 1024**2
MOST_PARTS = 1000
MOST_RATIO = 100
MOST_ROWS = 1024**2
MOST_REFUSED = 1000
"""Formulas and errors above which a sheet is not read: pasting its values mends them all."""
MOST_RANGES = 20
_RATIO_MATTERS_FROM = 20 * 1024**2
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z0-9:]{1,30})"')
_FAR = re.compile(rb'<(?:\w+:)?c\s[^>]*?r="((?:C[W-Z]|[D-Z][A-Z]|[A-Z]{3})[0-9]+)"[^>]*[^/]>')
_ROW = re.compile(rb'<(?:\w+:)?row\s[^>]*?r="([0-9]{1,18})"')
_HEAD = 64 * 1024
_FORMULA = "A formula is not read: put its value in the cell."
_ERROR = "The spreadsheet shows an error here."
_BEYOND = f"This cell stands beyond column {MOST_COLUMNS} ({letter(MOST_COLUMNS - 1)}): delete it."
_TOGETHER = "Cells may not be merged: a value belongs to one row."
_ROWS = f"A sheet holds at most {MOST_ROWS:,} rows; a row is numbered beyond."
_STRICT = b"http://purl.oclc.org/ooxml/"
_TRANSITIONAL = {
    b"http://purl.oclc.org/ooxml/officeDocument/relationships":
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    b"http://purl.oclc.org/ooxml/spreadsheetml/main":
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    b"http://purl.oclc.org/ooxml/drawingml/main":
        b"http://schemas.openxmlformats.org/drawingml/2006/main",
}  # fmt: skip
"""Namespaces of Strict Open XML, and those in which all programs write the same sheets."""


def read(
    path: Path, known: Mapping[str, frozenset[str]] | None = None
) -> list[tuple[str, RawTable]]:
    """Read every sheet of a workbook that is not one of its notes.

    Parameters
    ----------
    path : Path
        The file; messages name sheets as ``file.xlsx, sheet cases``.
    known : mapping of str to frozenset of str
        By the name of a table, names that its columns can have, as `values.key` leaves them.

    Returns
    -------
    list of (str, RawTable)
        The sheet's name as `values.key` leaves it, and its table with what is wrong with it.

    Raises
    ------
    InputError
        If the file is too large packed or unpacked, or is no sound workbook.
    """
    refuse_bombs(path)
    import openpyxl

    try:
        source = _transitional(path)
        with (
            closing(openpyxl.load_workbook(source, read_only=True, keep_links=False)) as book,
            zipfile.ZipFile(source) as archive,
        ):
            named = [(values.key(sheet.title), sheet) for sheet in book.worksheets]
            return [
                (name, _sheet(sheet, archive, path.name, (known or {}).get(name, frozenset())))
                for name, sheet in named
                if name not in NOTES
            ]
    except InputError:
        raise
    except Exception as error:  # openpyxl raises what its parsers raise: no list of it is complete
        raise InputError(
            Failure(f"The workbook cannot be read: {_said(error)}", path.name)
        ) from error


def _transitional(path: Path) -> Path | io.BytesIO:
    """Return the file, or a copy in memory whose strict namespaces are the usual ones."""
    with zipfile.ZipFile(path) as archive:
        parts = archive.namelist()
        main = next((name for name in parts if name.endswith("workbook.xml")), None)
        if main is None or _STRICT not in archive.read(main):
            return path
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as copy:
            for name in parts:
                data = archive.read(name)
                for strict, usual in _TRANSITIONAL.items():
                    data = data.replace(strict, usual)
                copy.writestr(name, data)
        return made


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


# -- one sheet -------------------------------------------------------------------------------------


@dataclass
class _Cells:
    """Gathers the rows of one sheet as text, and cells that hold no value."""

    rows: dict[int, list[str]] = field(default_factory=dict)
    refused: list[tuple[str, int, int, str]] = field(default_factory=list)

    def add(self, number: int, cells: tuple[Any, ...]) -> None:
        texts = [self.text(cell, number) for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        if texts:
            self.rows[number] = texts

    def text(self, cell: Any, row: int) -> str:
        if cell.value is None:
            return ""
        rule = {"f": _FORMULA, "e": _ERROR}.get(cell.data_type, "")
        text = cell_text(getattr(cell.value, "text", cell.value))
        if rule:
            self.refused.append((rule, row, cell.column - 1, text))
        return text

    def grid(self) -> pd.DataFrame:
        width = max(map(len, self.rows.values()), default=0)
        padded = [row + [""] * (width - len(row)) for row in self.rows.values()]
        columns = {
            n: categorical(column).array for n, column in enumerate(zip(*padded, strict=True))
        }
        return pd.DataFrame(columns, index=pd.Index(list(self.rows), dtype="int64"), copy=False)


def _sheet(sheet: Any, archive: zipfile.ZipFile, file: str, known: frozenset[str]) -> RawTable:
    place = f"{file}, sheet {sheet.title}"
    failures = _faults(archive, sheet, place)
    if failures and failures[0].rule == _ROWS:
        return unreadable(place, failures)
    cells = _Cells()
    sheet.reset_dimensions()  # The size that the file declares is not believed.
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), start=1):
        cells.add(number, row)
        if len(cells.refused) > MOST_REFUSED:
            rule = (
                f"More than {MOST_REFUSED:,} cells hold formulas or errors: the sheet is not read. "
                "Copy it and paste its values."
            )
            return unreadable(place, [*failures, Failure(rule, place)])
    found = headed(place, cells.grid(), known)
    return _marked(found, cells, [item for item in failures if not _above(item, found.header)])


def _above(failure: Failure, header: int) -> bool:
    """Say whether cells are merged in a title, which is not read."""
    last = re.search("[0-9]+$", failure.value)
    return failure.rule == _TOGETHER and last is not None and int(last[0]) < header


def _marked(found: RawTable, cells: _Cells, failures: list[Failure]) -> RawTable:
    """Report the cells that hold no value, and keep their text from being judged as well."""
    header = cells.rows.get(found.header, [])
    names = [values.tidy(text) or letter(n) for n, text in enumerate(header)]
    wrong = pd.DataFrame(
        [
            (rule, names[at] if at < len(names) else letter(at), row, text)
            for rule, row, at, text in cells.refused
        ],
        columns=["rule", "column", "row", "text"],
    )
    for (rule, column), part in wrong.groupby(["rule", "column"], sort=False):
        text = values.shown(str(part["text"].iloc[0]))
        failures.append(Failure(str(rule), found.place, spans(part["row"]), str(column), text))
    unread = frozenset(zip(wrong["row"].tolist(), map(values.key, wrong["column"]), strict=True))
    return replace(found, failures=(*failures, *found.failures), unread=unread)


def _faults(archive: zipfile.ZipFile, sheet: Any, place: str) -> list[Failure]:
    """Look in the bytes of a sheet for what a stream of its cells does not tell.

    Merged cells are not listed in a stream; cells far right are cut off; and between two rows all
    that are left out are made up, one by one.
    """
    merged, far, last, tail = set(), set(), 0, b""
    with archive.open(sheet._worksheet_path) as stream:
        while block := stream.read(2**20):
            text = tail + block
            merged |= set(_MERGED.findall(text))
            far |= set(_FAR.findall(text))
            last = max([last, *map(int, _ROW.findall(text))])
            tail = text[-200:]
    if last > MOST_ROWS:
        return [Failure(_ROWS, place, str(last))]
    rules = ((_TOGETHER, merged), (_BEYOND, far))
    return [
        Failure(rule, place, value=item.decode())
        for rule, found in rules
        for item in sorted(found)[:MOST_RANGES]
    ]


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
