"""CSV files in, as text with row numbers: comma-separated UTF-8, with or without a BOM.

The file is judged by its size and its bytes before it is parsed. pandas' parser then reads columns
straight into categoricals, so that what follows costs by distinct value and not by row.
"""

from __future__ import annotations

import csv
import io
import warnings
from pathlib import Path
from typing import Any

import pandas as pd

from tally.data.raw import RawTable, recode, table, texts
from tally.errors import Failure, InputError
from tally.escape import unescape_sheet

MOST_BYTES = 2 * 1024**3
MOST_COLUMNS = 100
MOST_LISTED = 200
_OTHER_ENCODINGS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PK": "an Excel workbook"}


def read(path: Path, most_bytes: int = MOST_BYTES) -> RawTable:
    """Read one CSV file.

    Parameters
    ----------
    path : Path
        The file; messages name it by its name without the folder.
    most_bytes : int
        Files larger than this are refused unread.

    Raises
    ------
    InputError
        If the file is empty or too large, is not UTF-8 text, or has rows longer than its header.
    """
    size = path.stat().st_size
    if size > most_bytes:
        rule = f"The file may hold at most {most_bytes:,} bytes; it holds {size:,}."
        raise InputError(Failure(rule, path.name))
    data = path.read_bytes()
    header = _header(_decodable(data, path.name), path.name)
    columns = _columns(data, len(header), path.name)
    return table(path.name, header, [_unescaped(column) for column in columns])


def _decodable(data: bytes, place: str) -> str:
    """Return the first lines as text, if all of the file is text in UTF-8."""
    for start, name in _OTHER_ENCODINGS.items():
        if data.startswith(start):
            rule = f"The file must be text in UTF-8; this is {name}. Save it as 'CSV UTF-8'."
            raise InputError(Failure(rule, place))
    if b"\x00" in data:
        row = data[: data.index(b"\x00")].count(b"\n") + 1
        raise InputError(Failure("A CSV file may not hold NUL bytes.", place, str(row)))
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        rule = "The file must be text in UTF-8: save it as 'CSV UTF-8'."
        raise InputError(Failure(rule, place, str(row))) from error
    return data[: 2**20].decode("utf-8-sig", errors="ignore")


def _header(text: str, place: str) -> list[str]:
    rows = csv.reader(io.StringIO(text))
    try:
        header = next(rows, [])
    except csv.Error as error:
        raise InputError(Failure(f"The header cannot be read: {error}.", place, "1")) from error
    if not "".join(header).strip():
        raise InputError(Failure("The file is empty or has no header in row 1.", place))
    if len(header) > MOST_COLUMNS:
        rule = f"A table may have at most {MOST_COLUMNS} columns; this has {len(header):,}."
        raise InputError(Failure(rule, place, "1"))
    for other, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and other in header[0]:
            rule = f"Columns must be separated by commas; here they are separated by {name}."
            raise InputError(Failure(rule, place, "1"))
    return header


def _columns(data: bytes, width: int, place: str) -> list[Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                io.BytesIO(data), header=None, dtype="category", na_filter=False,
                skip_blank_lines=False, encoding="utf-8-sig",
            )  # fmt: skip
    except (ValueError, pd.errors.ParserWarning) as error:
        raise InputError(_ragged(data, width, place, str(error))) from error
    # pandas 3 makes numbers of a column whose header is one too: the frame names no such column.
    return [frame[name].cat.rename_categories(str).iloc[1:] for name in frame]


def _ragged(data: bytes, width: int, place: str, reason: str) -> list[Failure]:
    """Find every row that is longer than the header, or say what else stopped the parser."""
    if "EOF inside string" in reason:
        rule = "A quotation mark is opened and never closed: a cell runs to the end of the file."
        return [Failure(rule, place)]
    found = []
    try:
        rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        for number, row in enumerate(rows, start=1):
            if len(row) > width:
                rule = f"A row may have at most the header's {width} cells; this has {len(row)}."
                found.append(Failure(rule, place, str(number)))
    except csv.Error as error:
        reason = str(error)
    if len(found) > MOST_LISTED:
        more = Failure(f"{len(found) - MOST_LISTED:,} more rows are longer than the header.", place)
        return [*found[:MOST_LISTED], more]
    return found or [Failure(f"The file cannot be read as CSV: {reason}", place)]


def _unescaped(column: pd.Series[Any]) -> Any:
    """Undo the apostrophes and line ends that `tally.data.storage` and spreadsheets write."""
    found = texts(column)
    plain = [
        unescape_sheet(item).replace("\r\n", "\n").replace("\r", "\n")
        if item[:1] == "'" or "\r" in item
        else item
        for item in found
    ]
    return (column if plain == found else recode(column, plain)).array
