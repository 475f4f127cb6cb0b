"""A small book that is nobody's report: two notebooks about the rain of a year, and its data.

Run as a program it builds the book: sources, data, folder of the book, store if any.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import yaml

import parabook

CONFIG = {"title": "Rain", "author": "", "logo": "", "html": {"use_issues_button": False}}
TOC = {
    "format": "jb-book",
    "root": "intro",
    "chapters": [{"file": "chapters/days"}, {"file": "chapters/about"}],
}
INTRO = "# Rain\n\nDays with rain, year by year.\n"
DAYS = """
import csv
from pathlib import Path

with open(data or "../measured/default.csv") as file:
    rows = [row for row in csv.DictReader(file) if int(row["year"]) == year]
folder = Path("_outputs") / "days"
folder.mkdir(parents=True, exist_ok=True)
_ = (folder / "days.csv").write_text(f"days\\n{len(rows)}\\n")
print(f"{len(rows)} days with rain in {year}")
"""
ABOUT = """
from parabook import record

made_of = record.current()
print(made_of.asked if made_of else "no record")
"""
ONLY_HERE = "These are the days of the first edition."


def _cell(kind: str, name: str, source: str, *tags: str) -> dict[str, object]:
    code = {"outputs": [], "execution_count": None} if kind == "code" else {}
    metadata = {"tags": list(tags)} if tags else {}
    return {"cell_type": kind, "id": name, "source": source.strip(), "metadata": metadata, **code}


def notebook(title: str, source: str) -> dict[str, object]:
    """Return a notebook that has not been run: heading, parameters, a note, one cell of code."""
    values = 'data = ""  # a CSV file\nyear = 2017'
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"language_info": {"name": "python"}},
        "cells": [
            _cell("markdown", "title", f"# {title}"),
            _cell("code", "parameters", values, "parameters"),
            _cell("markdown", "note", ONLY_HERE, "first-edition"),
            _cell("code", "work", source),
        ],
    }


def write_notebook(root: Path, name: str, source: str) -> None:
    """Put a notebook into a book."""
    path = root / "chapters" / f"{name}.ipynb"
    path.write_text(json.dumps(notebook(name.title(), source)), encoding="utf-8")


def write_book(root: Path) -> Path:
    """Write the sources of the book, and the data that it shows unless told otherwise."""
    (root / "chapters").mkdir(parents=True)
    (root / "_config.yml").write_text(yaml.safe_dump(CONFIG), encoding="utf-8")
    (root / "_toc.yml").write_text(yaml.safe_dump(TOC), encoding="utf-8")
    (root / "intro.md").write_text(INTRO, encoding="utf-8")
    (root / "measured").mkdir()
    write_data(root / "measured" / "default.csv", days=5)
    write_notebook(root, "days", DAYS)
    write_notebook(root, "about", ABOUT)
    return root


def write_data(path: Path, days: int, year: int = 2017) -> Path:
    """Write a dataset: a row for each day with rain."""
    path.write_text("year,day\n" + "".join(f"{year},{n}\n" for n in range(days)), encoding="utf-8")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def text(book: Path, page: str = "days") -> str:
    """Return a page of a built book."""
    return (book / "chapters" / f"{page}.html").read_text(encoding="utf-8")


def main(root: str, data: str, out: str, store: str = "") -> int:
    """Build the book in this process."""
    from parabook.cli import run_command

    def command() -> None:
        kept = Path(store) if store else None
        print(parabook.build(root, out, inputs={"data": data}, store=kept))

    return run_command(command)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
