"""Datasets as offices write them: kinds of oddities, each in many variants, and what each gets.

    python tests/unit/office_files.py          # a thousand files, and a table of outcomes by kind

A variant is drawn by a seed. A kind is read as the dataset it was made of (`SAME`), read with a
warning that says what was left out or taken for what, or refused in words that name the fault.
"""

from __future__ import annotations

import collections
import csv
import io
import random
import re
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import sample_data

from scrlib.report import coding_frame
from tally.data import check, layout, loading
from tally.errors import InputError

FRAME = coding_frame()
PLAN = layout.tables(FRAME)
SAME, WARNED, REFUSED = "read as it is", "read, with a warning", "refused"


@dataclass
class Files:
    """A dataset about to be written, and how."""

    tables: dict[str, list[list[str]]]
    meta: str = "title: Four cases\nprovenance: invented\n"
    separator: str = ","
    ending: str = "\n"
    encoding: str = "utf-8"
    first: str = ""
    names: dict[str, str] = field(default_factory=dict)
    book: list[Callable[[Any], None]] = field(default_factory=list)
    packed: Callable[[dict[str, bytes]], None] | None = None
    suffix: str = ""

    def write(self, folder: Path) -> Path:
        return (
            self._workbook(folder)
            if self.suffix or self.book or self.packed
            else self._folder(folder)
        )

    def _folder(self, folder: Path) -> Path:
        path = folder / "data"
        path.mkdir()
        (path / "dataset.yaml").write_text(self.meta, encoding="utf-8")
        for name, rows in self.tables.items():
            text = io.StringIO()
            csv.writer(text, delimiter=self.separator, lineterminator="\n").writerows(rows)
            content = (self.first + text.getvalue()).replace("\n", self.ending)
            file = path / f"{self.names.get(name, name)}.csv"
            file.write_bytes(content.encode(self.encoding))
        return path

    def _workbook(self, folder: Path) -> Path:
        path = folder / f"data{self.suffix or '.xlsx'}"
        described = [["key", "value"], *(line.split(": ", 1) for line in self.meta.splitlines())]
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for name, rows in {"dataset": described, **self.tables}.items():
            sheet = book.create_sheet(self.names.get(name, name))
            for row in rows:
                sheet.append(row)
        for change in self.book:
            change(book)
        book.save(path)
        if self.packed:
            with zipfile.ZipFile(path) as archive:
                parts = {name: archive.read(name) for name in archive.namelist()}
            self.packed(parts)
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, data in parts.items():
                    archive.writestr(name, data)
        return path


Change = Callable[[Files, random.Random], None]


def table(files: Files, rng: random.Random) -> list[list[str]]:
    return files.tables[rng.choice(sorted(files.tables))]


def every_cell(files: Files, change: Callable[[str, str], str]) -> None:
    """Change each cell by its column and text."""
    for rows in files.tables.values():
        for row in rows[1:]:
            row[:] = [change(name, text) for name, text in zip(rows[0], row, strict=True)]


def setting(**options: Any) -> Change:
    def change(files: Files, rng: random.Random) -> None:
        for name, value in options.items():
            setattr(files, name, rng.choice(value) if isinstance(value, list) else value)

    return change


def labels(files: Files, rng: random.Random) -> None:
    marks = [("-", "–"), ("'", "’"), (" ", "\u00a0"), (" ", "  "), ("", "")]
    for name, rows in files.tables.items():
        columns = {item.name: item for item in PLAN[name].columns}
        for row in rows[1:]:
            for n, text in enumerate(row):
                known = {str(item.code): item.label for item in columns[rows[0][n]].categories}
                label = known.get(text, text)
                if text in known and rows[0][n] != "study":
                    label = rng.choice([label, label.upper(), f" {label}\u200b"])
                    row[n] = label.replace(*rng.choice(marks))


def months(files: Files, rng: random.Random) -> None:
    names = "January February March April May June July August September October November December"

    def typed(column: str, text: str) -> str:
        if not column.endswith("_month"):
            return text
        year, month = text.split("-")
        name = names.split()[int(month) - 1]
        return rng.choice([
            f"{int(month)}/{year}", f"{month}.{year}", f"{name} {year}", f"{name[:3]}-{year}",
            f"{year}-{int(month)}", f"{year}/{month}", f"28/{month}/{year}", f"{month}/28/{year}",
            f"{year}-{month}-01 00:00:00", f"28 {name} {year}", f"{year}–{month}",
        ])  # fmt: skip

    every_cell(files, typed)


def bad_months(files: Files, rng: random.Random) -> None:
    row = files.tables["studies"][rng.choice([1, 2])]
    row[rng.choice([2, 3])] = rng.choice([
        "2015-13", "0000", "9999-12", "2015-02-30", "31/11/2015", "03/04/2015", "autumn 2015",
        "FY2015/16", "Apr-15", "2015-00", "15-12", "Smarch 2015",
    ])  # fmt: skip


def empty_columns(files: Files, rng: random.Random) -> None:
    for rows in files.tables.values():
        more = rng.randint(1, 60)
        for row in rows:
            row += [""] * more
        rows += [[""] * len(rows[0])] * rng.randint(0, 5)


def titles(files: Files, rng: random.Random) -> None:
    for rows in files.tables.values():
        above = [["Study of serious case reviews"], [], ["Exported on 1 May", "by AB"]]
        rows[:0] = above[: rng.randint(1, 3)]


def merged_title(files: Files, rng: random.Random) -> None:
    titles(files, rng)
    last = rng.choice("CFH")
    files.book.append(lambda book: book["cases"].merge_cells(f"A1:{last}1"))


def own_columns(files: Files, rng: random.Random) -> None:
    rows = files.tables[rng.choice(["cases", "children", "parents"])]
    rows[0] = [rng.choice(["Ref", "M/F", "D.O.B.", "Q{}"]).format(n) for n in range(len(rows[0]))]


def headers(files: Files, rng: random.Random) -> None:
    for rows in files.tables.values():
        rows[0] = [rng.choice([n.upper(), f" {n} ", n.title(), f"\ufeff{n}"]) for n in rows[0]]


def column_order(files: Files, rng: random.Random) -> None:
    for name, rows in files.tables.items():
        order = rng.sample(range(len(rows[0])), len(rows[0]))
        files.tables[name] = [[row[n] for n in order] for row in rows]


def row_order(files: Files, rng: random.Random) -> None:
    rows = files.tables["ratings"]
    rows[1:] = rng.sample(rows[1:], len(rows) - 1)


def wide(files: Files, rng: random.Random) -> None:
    cells = {(case, factor): level for case, factor, level in files.tables["ratings"][1:]}
    names = {f: rng.choice([f, FRAME.variables[f].label, f.upper()]) for f in FRAME.factors}
    order = rng.sample(list(FRAME.factors), len(FRAME.factors))
    cases = list(dict.fromkeys(case for case, _ in cells))
    files.tables["ratings"] = [["case_id", *(names[f] for f in order)]] + [
        [case, *(cells[case, f] for f in order)] for case in cases
    ]


def wide_in_cases(files: Files, rng: random.Random) -> None:
    wide(files, rng)
    header, *rows = files.tables.pop("ratings")
    levels = {row[0]: row[1:] for row in rows}
    at = rng.randint(1, 7)
    cases = files.tables["cases"]
    cases[0][at:at] = header[1:]
    for row in cases[1:]:
        row[at:at] = levels[row[0]]


def not_known(files: Files, rng: random.Random) -> None:
    words = ["N/K", "Not known", "unknown", "nk", " NOT  KNOWN "]
    every_cell(files, lambda name, text: text or rng.choice(words) if "age" in name else text)


def numbers(files: Files, rng: random.Random) -> None:
    forms = ["{}.0", " {}", "{}\u00a0", "+{}", "{}.00", "{},0", "{},00"]
    every_cell(
        files,
        lambda name, text: (
            rng.choice(forms).format(text) if text and name.startswith("age") else text
        ),
    )


def other_ids(files: Files, rng: random.Random) -> None:
    for name in ("children", "parents", "ratings"):
        rows = files.tables[name]
        place, row = rows[0].index("case_id"), rng.choice(rows[1:])
        row[place] = rng.choice([row[place].lower(), f"{row[place][0]} {row[place][1:]}"])


def alike_ids(files: Files, rng: random.Random) -> None:
    rows = files.tables["cases"]
    case = rng.choice(rows[1:])
    odd = rng.choice(["\u200b", "\ufeff", "\u00ad", "\u2060", " ", "\u00a0"])
    text = rng.choice([case[0].lower(), case[0][0] + odd + case[0][1:], f" {case[0]}"])
    rows.append([text, *case[1:]])


def notes_column(files: Files, rng: random.Random) -> None:
    rows = table(files, rng)
    name = rng.choice(["Notes", "Remarks", "Checked by", "Comment 2"])
    for n, row in enumerate(rows):
        row.append("see file" if n else name)


def declared_notes(files: Files, rng: random.Random) -> None:
    notes_column(files, rng)
    files.meta += "notes: Notes, Remarks; Checked by, comment 2\n"


def notes_sheet(files: Files, rng: random.Random) -> None:
    name = rng.choice(["Notes", "Lookup", "Sheet1", "To do"])
    files.book.append(lambda book: book.create_sheet(name).append(["something"]))


def empty_sheet(files: Files, rng: random.Random) -> None:
    def change(book: Any) -> None:
        sheet = book.create_sheet(rng.choice(["Sheet2", "Sheet3", "Tabelle1"]))
        sheet.sheet_state = rng.choice(["visible", "hidden", "veryHidden"])

    files.book.append(change)


def two_tables(files: Files, rng: random.Random) -> None:
    name = rng.choice(sorted(files.tables))
    other = rng.choice([name.upper(), name.title(), f"{name} ", f" {name}"])
    files.tables[other] = [list(row) for row in files.tables[name]]
    files.suffix = ".xlsx" if rng.random() < 0.5 and other.strip() == name else ""


def stray(files: Files, rng: random.Random) -> None:
    rows = table(files, rng)
    row = rng.choice(rows[1:])
    row += [""] * rng.randint(0, 40) + [rng.choice(["7", "?", "check with AB"])]


def stray_in_book(files: Files, rng: random.Random) -> None:
    cell = f"{rng.choice(['J', 'AA', 'CV', 'CW', 'ZZ', 'XFD'])}{rng.randint(2, 30)}"
    files.book.append(lambda book: book["cases"].__setitem__(cell, "note"))


def totals(files: Files, rng: random.Random) -> None:
    rows = files.tables[rng.choice(["cases", "children"])]
    rows.append([rng.choice(["Total", "TOTAL", "Totals", "Sum"]), *[""] * (len(rows[0]) - 1)])


def windows_1252(files: Files, rng: random.Random) -> None:
    files.encoding = rng.choice(["cp1252", "mac_roman"])
    files.tables["learning"][1][3] = rng.choice(["Zoë’s plan", "café", "naïve"])


def strict(files: Files, rng: random.Random) -> None:
    from tally.data.workbook import _TRANSITIONAL

    def change(parts: dict[str, bytes]) -> None:
        for name, data in parts.items():
            for new, old in _TRANSITIONAL.items():
                data = data.replace(old, new)
            parts[name] = data

    files.packed = change


def formulas(files: Files, rng: random.Random) -> None:
    many = rng.choice([1, 3, 2000])

    def change(book: Any) -> None:
        for row in range(2, 2 + many):
            book["children"].cell(row, 4, rng.choice(["=1+2", "=A1", "=NOW()"]))

    files.book.append(change)


def errors(files: Files, rng: random.Random) -> None:
    error = rng.choice(["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?"])
    files.book.append(lambda book: setattr(book["children"]["D3"], "value", error))


def merged(files: Files, rng: random.Random) -> None:
    first = rng.randint(2, 4)
    files.book.append(lambda book: book["cases"].merge_cells(f"C{first}:C{first + 1}"))


def far_row(files: Files, rng: random.Random) -> None:
    number = rng.choice([1048577, 20000000, 10**9, 10**17])

    def change(parts: dict[str, bytes]) -> None:
        name = "xl/worksheets/sheet3.xml"
        parts[name] = re.sub(
            rb"</sheetData>",
            b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
            % (number, number),
            parts[name],
        )

    files.packed = change


def missing_ratings(files: Files, rng: random.Random) -> None:
    factor = rng.choice(FRAME.factors)
    rows = files.tables["ratings"]
    rows[1:] = [row for row in rows[1:] if row[1] != factor]


@dataclass(frozen=True)
class Kind:
    """An oddity, what is to become of it, and what must be said."""

    change: Change
    outcome: str = SAME
    said: str = ""


KINDS = {
    "semicolons, tabs or bars": Kind(setting(separator=[";", "\t", "|"])),
    "a first line sep=": Kind(setting(first=["sep=,\n", '"sep=,"\n', "sep=,,,\n", "SEP=,\n"])),
    "line ends of Windows or old Macs": Kind(setting(ending=["\r\n", "\r"])),
    "UTF-16, or UTF-8 with its mark": Kind(setting(encoding=["utf-16", "utf-8-sig"])),
    "trailing empty columns and rows": Kind(empty_columns),
    "titles above the header": Kind(titles, WARNED, "stands above the header"),
    "titles in merged cells": Kind(merged_title, WARNED, "stands above the header"),
    "columns with names of their own": Kind(own_columns, REFUSED, "recode.yaml"),
    "names of columns in capitals, with spaces": Kind(headers),
    "columns in another order": Kind(column_order),
    "ratings in another order": Kind(row_order),
    "labels, typographic quotes, dashes, spaces": Kind(labels),
    "months as people type them": Kind(months),
    "months that are none, or two": Kind(bad_months, REFUSED, "must be a month"),
    "whole numbers with a point or comma": Kind(numbers),
    "ages not known in words": Kind(not_known),
    "wide ratings": Kind(wide),
    "wide ratings on the sheet of cases": Kind(wide_in_cases),
    "a case written otherwise in another table": Kind(other_ids, WARNED, "Taken for the case"),
    "cases whose identifiers look alike": Kind(alike_ids, REFUSED, "may stand in one row only"),
    "a column of notes": Kind(notes_column, WARNED, "Not read"),
    "a column of notes that is declared": Kind(declared_notes),
    "a sheet of notes": Kind(notes_sheet, WARNED, "Not read"),
    "an empty or hidden sheet": Kind(empty_sheet),
    "a workbook": Kind(setting(suffix=".xlsx")),
    "Strict Open XML": Kind(strict),
    "two tables of one name": Kind(two_tables, REFUSED, "have one name"),
    "a cell beside the table": Kind(stray, REFUSED, "no name in the header"),
    "a cell far right in a sheet": Kind(stray_in_book, REFUSED, "This cell stands"),
    "a row of totals": Kind(totals, REFUSED, "row of totals"),
    "Windows-1252 or Mac Roman": Kind(windows_1252, REFUSED, "CSV UTF-8"),
    "formulas, one or thousands": Kind(formulas, REFUSED, "formula"),
    "a spreadsheet's error": Kind(errors, REFUSED, "shows an error"),
    "merged cells": Kind(merged, REFUSED, "may not be merged"),
    "a row numbered beyond a sheet's last": Kind(far_row, REFUSED, "a row is numbered beyond"),
    "a factor that nobody rated": Kind(missing_ratings, REFUSED, "2 to 5, case_id"),
}  # fmt: skip


def sound() -> Files:
    return Files(sample_data.tables())


def outcome(name: str, seed: int, folder: Path) -> tuple[str, str, Any]:
    """Write and check one variant of a kind: what became of it, all that was said, the data."""
    files = sound()
    KINDS[name].change(files, random.Random(f"{name} {seed}"))
    path = files.write(folder)
    try:
        raw = loading.load_tables(path, FRAME)
        report, dataset = check.examine(raw, FRAME)
    except InputError as error:
        return REFUSED, str(error), None
    if dataset is None:
        return REFUSED, str(report), None
    usual = ("base of", "fewer than", "no SCR", "no child", "no parent", "other than that of")
    told = [str(item) for item in report.warnings if not any(text in item.rule for text in usual)]
    return WARNED if told else SAME, "\n".join(told), dataset


def main(number: int = 1000) -> None:
    """Print how often each kind was read, warned of and refused, and for which seeds otherwise."""
    each = -(-number // len(KINDS))
    print("| kind | variants | outcome | otherwise |\n|---|---:|---|---|")
    for name, kind in KINDS.items():
        found: collections.Counter[str] = collections.Counter()
        for seed in range(each):
            with tempfile.TemporaryDirectory() as folder:
                what, said, _ = outcome(name, seed, Path(folder))
                found[what if kind.said in said or what != kind.outcome else "other words"] += 1
        rest = ", ".join(f"{k} {n}" for k, n in found.items() if k != kind.outcome)
        print(f"| {name} | {each} | {kind.outcome}: {found[kind.outcome]} | {rest} |", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
