"""A copy of a workbook in which the cells that fail are marked, each with what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tally.data import raw, storage, values
from tally.errors import Failure, InputError

MOST_MARKED = 10_000
_COLOUR = "FFC7CE"


def mark(path: Path, copy: Path, failures: Iterable[Failure]) -> int:
    """Write a copy of a workbook with the cells of some failures marked.

    Parameters
    ----------
    path : Path
        The workbook; it is not changed.
    copy : Path
        An `.xlsx` file that does not exist yet.

    Returns
    -------
    int
        How many cells are marked: failures of a sheet as a whole have none.

    Raises
    ------
    InputError
        If it is no workbook, or something stands at `copy`.
    """
    import openpyxl

    if {path.suffix.casefold(), copy.suffix.casefold()} != {".xlsx"}:
        raise InputError("Cells can be marked in a copy of an .xlsx workbook only, itself .xlsx.")
    book = openpyxl.load_workbook(path)
    notes: dict[tuple[str, int, int], list[str]] = {}
    for failure in failures:
        title = failure.place.partition(", sheet ")[2]
        if title in book.sheetnames:
            column = _column(book[title], failure.column)
            for row in failure.rows or ([int(failure.row)] if failure.row.isdigit() else []):
                notes.setdefault((title, row, column), []).append(failure.rule)
    marked = list(notes.items())[:MOST_MARKED]
    for (title, row, column), rules in marked:
        _mark(book[title].cell(row, column), "\n".join(dict.fromkeys(rules)))
    with storage.new(copy) as target:
        book.save(target)
    return len(marked)


def _column(sheet: Any, name: str) -> int:
    """Return where a column stands that a failure names; the first if the sheet has no such."""
    wanted = values.key(name.partition(" and ")[0])
    for row in sheet.iter_rows(max_row=raw.SEARCHED):
        for cell in row:
            if cell.value is not None and values.key(str(cell.value)) == wanted:
                return int(cell.column)
    letters = {raw.letter(n): n + 1 for n in range(raw.MOST_COLUMNS)}
    return letters.get(name, 1)


def _mark(cell: Any, text: str) -> None:
    from openpyxl.cell import MergedCell
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    if not isinstance(cell, MergedCell):
        cell.fill = PatternFill("solid", fgColor=_COLOUR)
        cell.comment = Comment(text, "scr", width=420, height=140)
