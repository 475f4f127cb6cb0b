"""Tables as readers see them: accessible HTML inside Markdown, with notes, source and download.

One table is one block of Markdown that MyST and JupyterLab both render. The guidance followed is
the Government Analysis Function's on tables: a caption with the number, headers with their scope,
units, notes as ``[note 1]``, markers explained above the table, no merged cells.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scrlib.showing.markup import region
from scrlib.showing.view import MARKERS, NAMES, View, frame
from tally.data.storage import write_csv
from tally.escape import escape_html
from tally.grid import Declared, Line, simplified

_RANGE = "A range such as 3 to 9 holds every value that agrees with what the report prints."


def html(view: View, name: str = "", anchor: str = "") -> str:
    """Return a table as HTML, with caption, headers and references to its notes.

    Parameters
    ----------
    name, anchor : str, optional
        What it is called and linked by, if not "Table 5" and "table-05".
    """
    declared, table = view.declared, view.table
    name, anchor = name or f"Table {declared.number}", anchor or declared.key.replace("_", "-")
    head = "".join(
        f'<th scope="col"{_class(kind)}>{escape_html(text)}{refs}</th>'
        for text, refs, kind in (
            (declared.row_header, _refs(declared, "rows"), ""),
            *((c.full, _refs(declared, c.key), _kind(c)) for c in table.columns),
        )
    )
    rows = (
        f'<tr{_class("scr-total" if row.total else "")}><th scope="row">{escape_html(row.full)}'
        f"{_refs(declared, row.key)}</th> {_cells(view, row, texts)}</tr>"
        for row, texts in zip(table.rows, view.grid, strict=True)
    )
    caption = (
        f"<caption><strong>{name}: {escape_html(declared.caption)}"
        f"{_refs(declared, 'caption')}</strong><br>Unit: {escape_html(declared.unit)}.</caption>"
    )
    return region(anchor, name, caption, head, _lines(rows))


def _cells(view: View, row: Line, texts: list[str]) -> str:
    return " ".join(
        f"<td{_class(_kind(column))}>{escape_html(text)}</td>"
        for column, text in zip(view.table.columns, texts, strict=True)
    )


def _kind(column: Line) -> str:
    return "" if column.text else "scr-number"


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def _refs(declared: Declared, at: str) -> str:
    """Return the references to the notes about a row, a column, or the caption."""
    numbers = [place for place, note in enumerate(declared.notes, 1) if note.at == at]
    return "".join(f" [note&nbsp;{number}]" for number in numbers)


def _lines(items: Iterator[str]) -> str:
    return "\n".join(items)


def markdown(view: View, folder: Path, address: str, audit: str) -> str:
    """Write a table's download and return all that stands on the page for it.

    Parameters
    ----------
    folder : Path
        Where the CSV file is written.
    address : str
        The folder as linked from the page.
    audit : str
        Address of the page that compares every number with print.
    """
    declared = view.declared
    path = folder / f"{declared.key}.csv"
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(frame(view), path)
    parts = [
        key(view),
        html(view),
        notes(view),
        f"{source(view)} {agreement(view, audit)}",
        f"[Download table {declared.number} ({file_size(path)} CSV)]({address}/{path.name})",
        details(declared),
    ]
    return "\n\n".join(part for part in parts if part)


def key(view: View) -> str:
    """Explain the markers and ranges that stand in a table, before it is read."""
    found = [f"{marker}: {MARKERS[marker]}." for marker in view.markers]
    return " ".join(found + ([_RANGE] if view.ranged else []))


def notes(view: View) -> str:
    """Return the notes as a list."""
    return "\n".join(
        f"- [note&nbsp;{place}] {escape_html(note.text)}"
        for place, note in enumerate(view.declared.notes, 1)
    )


def source(view: View) -> str:
    """Say where the numbers of a table come from."""
    declared, dataset = view.declared, view.knowledge.dataset
    if declared.external:
        return f"Source: the report, section {declared.section}. {escape_html(declared.external)}"
    section = escape_html(declared.section)
    return f"Source: {dataset.meta.kind}; laid out as in section {section} of the report."


def agreement(view: View, audit: str) -> str:
    """Say how many numbers agree with print, where the table is the one that was printed."""
    if view.declared.external or not view.knowledge.covers_print:
        return ""
    same, printed = view.table.agreement
    if not printed:
        return "The report does not print this table for this study."
    return f"[{same} of {printed} numbers agree with print]({audit})."


def details(declared: Declared) -> str:
    """Return, folded away, the quantities behind each cell of a table."""
    if declared.external:
        return ""
    measures = "".join(
        f"<li>{NAMES[name]}: <code>{escape_html(simplified(text))}</code></li>"
        for name, text in declared.measures.items()
    )
    lines = "".join(
        f"<li>{where} “{escape_html(line.full)}”: <code>{escape_html(line.where)}</code></li>"
        for where, lines in (("row", declared.rows), ("column", declared.columns))
        for line in lines
        if line.where != "true"
    )
    return (
        '<details class="scr-how"><summary>How this is computed</summary>\n'
        "<p>Each cell puts its row’s and its column’s condition into these quantities.</p>\n"
        f"<ul>{measures}{lines}</ul>\n</details>"
    )


def file_size(path: Path) -> str:
    """Write the size of a file in kilobytes, at least one."""
    return f"{max(1, round(path.stat().st_size / 1000))} kB"
