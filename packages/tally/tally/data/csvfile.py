"""CSV files in, as text with row numbers.

The file is judged by its size and its bytes before it is parsed. What spreadsheet programs write is
read where it can mean one thing only: UTF-8 or UTF-16 with its mark, line ends of any kind, a first
line ``sep=;``, and commas, semicolons, tabs or bars, whichever give the table's columns.
"""

from __future__ import annotations

import csv
import io
import re
from itertools import islice
from pathlib import Path

import pandas as pd

from tally.data.raw import MOST_COLUMNS, SEARCHED, RawTable, headed, known_in, recoded
from tally.errors import Failure, InputError
from tally.escape import unescape_sheet

MOST_BYTES = 512 * 1024**2
_SEPARATORS = ",;\t|"
_SEP_LINE = re.compile(r'"?sep=(.)"?[,;\t|]*\n', re.IGNORECASE)
_QUOTE = "A quotation mark is opened and never closed: a cell runs to the end of the file."
_UTF8 = "The file must be text in UTF-8: save it as 'CSV UTF-8'."


def read(path: Path, known: frozenset[str] = frozenset()) -> RawTable:
    """Read one CSV file.

    Parameters
    ----------
    path : Path
        The file; messages name it by its name without the folder.
    known : frozenset of str
        Names that its columns can have, in small letters: they tell the header from titles above
        it, and which character separates cells. Without them cells are separated by commas.

    Raises
    ------
    InputError
        If the file is empty or holds more than `MOST_BYTES`, is no text, or a quotation mark is
        never closed.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        rule = f"The file may hold at most {MOST_BYTES:,} bytes; it holds {size:,}."
        raise InputError(Failure(rule, path.name))
    text = _text(path.read_bytes(), path.name)
    if not text.strip():
        raise InputError(Failure("The file is empty or has no header in row 1.", path.name))
    declared = _SEP_LINE.match(text)
    # Spreadsheet programs take this line for an instruction: their row 1 is the next one.
    text = text[declared.end() :] if declared else text
    separator = declared[1] if declared else _separator(text, known)
    return headed(path.name, _grid(text, separator, path.name), known)


def _text(data: bytes, place: str) -> str:
    """Return the file as text with line feeds, if one encoding only can be meant."""
    if data.startswith(b"PK"):
        rule = "The file must be text; this is an Excel workbook. Save it as 'CSV UTF-8'."
        raise InputError(Failure(rule, place))
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        raise InputError(Failure(_UTF8, place, str(row))) from error
    if "\x00" in text:
        row = text[: text.index("\x00")].count("\n") + 1
        raise InputError(Failure("A CSV file may not hold NUL bytes.", place, str(row)))
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _sample(text: str, separator: str) -> list[list[str]]:
    """Return the first rows, one of which is the header."""
    head = io.StringIO(text[: 2**20], newline="")
    return list(islice(csv.reader(head, delimiter=separator), SEARCHED))


def _separator(text: str, known: frozenset[str]) -> str:
    """Return the character that gives most of the names that columns can have."""
    counts = {
        separator: max(known_in(row, known) for row in _sample(text, separator))
        for separator in _SEPARATORS
    }
    return max(counts, key=lambda separator: counts[separator])


def _grid(text: str, separator: str, place: str) -> pd.DataFrame:
    """Return all cells as categoricals of text, by row number and position of the column."""
    try:
        width = max(map(len, _sample(text, separator)))
        try:
            frame = _parsed(text, separator, width)
        except pd.errors.ParserError as error:
            if "EOF inside string" in str(error):
                raise InputError(Failure(_QUOTE, place)) from error
            frame = _parsed(text, separator, _longest(text, separator, place))
    except (csv.Error, ValueError) as error:
        raise InputError(Failure(f"The file cannot be read as CSV: {error}.", place)) from error
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    # pandas 3 makes numbers of a column that holds nothing else.
    texts = {n: frame[n].cat.rename_categories(str) for n in frame}
    return pd.DataFrame({n: recoded(texts[n], unescape_sheet) for n in texts}, copy=False)


def _longest(text: str, separator: str, place: str) -> int:
    """Return how many cells the longest row has: one further down is longer than the header."""
    width = max(map(len, csv.reader(io.StringIO(text, newline=""), delimiter=separator)))
    if width > 2 * MOST_COLUMNS:
        rule = f"A table may have at most {MOST_COLUMNS} columns; a row has {width:,}."
        raise InputError(Failure(rule, place))
    return width


def _parsed(text: str, separator: str, width: int) -> pd.DataFrame:
    return pd.read_csv(
        io.StringIO(text), header=None, names=range(width), sep=separator, dtype="category",
        na_filter=False, skip_blank_lines=False,
    )  # fmt: skip
