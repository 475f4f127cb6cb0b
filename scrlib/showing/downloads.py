"""Every table in one accessible workbook, and in one zip of CSV files with a data dictionary.

The workbook follows the Government Analysis Function's guidance on spreadsheets through gptables
(https://gptables.readthedocs.io): a cover, contents, notes, and one table on each sheet. Both files
are the same bytes whenever they are made of the same tables.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd

from tally.data.storage import write_csv
from tally.dataset import Dataset
from tally.escape import show_hidden
from tally.grid import Note, Table, Value
from tally.rounding import parse_printed

_MADE = datetime(2017, 6, 1)
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
NOT_APPLICABLE = "[z]"
SYNTHETIC_NOTE = (
    "Synthetic data: the cases behind these tables were solved to agree with the printed report. "
    "They are not records of real cases. Only numbers that the report prints are its findings."
)
_NAMES = {"count": "number", "percent": "percentage", "mean": "mean", "value": "number"}
DICTIONARY = {
    "table": "Identifier of the table",
    "row_key": "Identifier of the row",
    "row_label": "Label of the row",
    "column_key": "Identifier of the column",
    "column_label": "Label of the column",
    "measure": "count, percent or mean; value in a table of external counts",
    "value": "The number, unrounded; blank where it is not defined",
    "shown": "The number as the book shows it, rounded half up, or a marker",
    "printed": "The number as the 2017 report printed it; blank where it did not print one",
    "quantity": "How it is computed, in the language that chapter 2 explains; blank if external",
}


def wide(table: Table) -> pd.DataFrame:
    """Return a table with one column per measure, numbers as numbers and markers as text."""
    header = table.declared.row_header
    found: dict[str, list[object]] = {header: [plain(row.full) for row in table.rows]}
    values = {(v.cell.row, v.cell.column, v.cell.measure): v for v in table.values}
    for column in table.columns:
        label = plain(column.full)
        if column.text:
            found[label] = [table.shown(row, column) for row in table.rows]
            continue
        measures = dict.fromkeys(
            v.cell.measure for v in table.values if v.cell.column == column.key
        )
        for measure in measures:
            name = f"{label}: {_NAMES[measure]}" if len(measures) > 1 else label
            found[name] = [_cell(values.get((row.key, column.key, measure))) for row in table.rows]
    return pd.DataFrame(found)


def plain(text: str) -> str:
    """Return text in which gptables sees no link (``[text](address)``) and no note (``$$note$$``).

    A space parts the two characters by which it tells them; hidden characters are made visible.
    """
    return re.sub(r"](?=\()|\$(?=\$)", r"\g<0> ", show_hidden(text))


def _cell(item: Value | None) -> float | int | str:
    """Return a number as it is shown, or the marker or range that stands where none is known."""
    if item is None or not item.shown:
        return NOT_APPLICABLE
    if item.value is None:
        return item.shown
    printed = parse_printed(item.shown)
    return float(printed.value) if printed.decimals else int(printed.value)


def _note_numbers(tables: Iterable[Table]) -> dict[tuple[str, int], str]:
    """Return a reference for each note of the workbook, by table and place among its notes."""
    places = [(t.declared.key, at) for t in tables for at in range(len(t.declared.notes))]
    return {place: f"note {number}" for number, place in enumerate(places, start=1)}


def _column_notes(table: Table, frame: pd.DataFrame, names: dict[int, str]) -> dict[object, object]:
    """Attach notes: to the column they are about, or to the first column for rows."""
    attached: dict[object, object] = {}
    for at, note in enumerate(table.declared.notes):
        if note.at == "caption":
            continue
        labels = [plain(column.full) for column in table.columns if column.key == note.at]
        targets = [name for name in frame.columns if labels and str(name).startswith(labels[0])]
        for target in targets[:1] or [frame.columns[0]]:
            attached[target] = f"{attached.get(target, '')}$${names[at]}$$"
    return attached


def _title_notes(table: Table, names: dict[int, str]) -> str:
    notes = table.declared.notes
    return "".join(f"$${names[at]}$$" for at, note in enumerate(notes) if note.at == "caption")


def _about_row(table: Table, note: Note) -> str:
    """Say which row a note is about, where it is about one."""
    labels = {row.key: plain(row.full) for row in table.rows}
    return f"{labels[note.at]}: {note.text}" if note.at in labels else note.text


def write_workbook(tables: Sequence[Table], dataset: Dataset, path: Path) -> None:
    """Write every table into one workbook.

    Parameters
    ----------
    tables : sequence of Table
    dataset : Dataset
        Whose title and provenance the cover states.
    path : Path
        An `.xlsx` file, replaced if it exists.
    """
    import gptables
    from gptables.core.api import produce_workbook

    numbers = _note_numbers(tables)
    sheets = {}
    for table in tables:
        names = {at: ref for (key, at), ref in numbers.items() if key == table.declared.key}
        frame, declared = wide(table), table.declared
        sheets[table.declared.key] = gptables.GPTable(
            table=frame, table_name=table.declared.key, index_columns={2: 0},
            title=f"Table {declared.number}: {declared.caption}{_title_notes(table, names)}",
            subtitles=[SYNTHETIC_NOTE] if dataset.synthetic else [],
            scope=f"Unit: {table.declared.unit}",
            source=f"{plain(dataset.meta.title)}; report section {table.declared.section}",
            legend=[f"{NOT_APPLICABLE}: not applicable"],
            table_notes=_column_notes(table, frame, names) or None,
        )  # fmt: skip
    notes = pd.DataFrame(
        {
            "Note reference": list(numbers.values()),
            "Note text": [_about_row(t, note) for t in tables for note in t.declared.notes],
        }
    )
    workbook = produce_workbook(
        str(path), sheets=sheets, cover=_cover(dataset), notes_table=None if notes.empty else notes,
        workbook_options={"strings_to_formulas": False, "strings_to_urls": False},
    )  # fmt: skip
    workbook.set_properties({"title": dataset.meta.title, "created": _MADE})
    workbook.close()


def _about(dataset: Dataset) -> str:
    return SYNTHETIC_NOTE if dataset.synthetic else f"{dataset.meta.kind.capitalize()}."


def _cover(dataset: Dataset) -> object:
    import gptables

    about = [
        "Tables of the executable edition of the 2017 report "
        "Learning from Cafcass submissions to Serious Case Reviews.",
        "Percentages and means are rounded half up, as in the report.",
    ]
    return gptables.Cover(
        cover_label="Cover", title=plain(dataset.meta.title),
        intro=[_about(dataset)], about=about,
        contact=[plain(dataset.meta.contact) or "See the book's home page."],
    )  # fmt: skip


def write_zip(tables: Sequence[Table], dataset: Dataset, path: Path) -> None:
    """Write a zip of one CSV file per table, a data dictionary and a readme."""
    dictionary = pd.DataFrame({"column": list(DICTIONARY), "meaning": list(DICTIONARY.values())})
    texts = {f"{t.declared.key}.csv": _csv(t.frame) for t in tables}
    texts["data_dictionary.csv"] = _csv(dictionary)
    about = _about(dataset)
    captions = "\n".join(f"{t.declared.key}.csv  {t.declared.caption}" for t in tables)
    texts["README.txt"] = f"{dataset.meta.title}\n\n{about}\n\n{captions}\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_TIME), text, zipfile.ZIP_DEFLATED)


def _csv(frame: pd.DataFrame) -> str:
    text = io.StringIO()
    write_csv(frame, text)
    return text.getvalue()
