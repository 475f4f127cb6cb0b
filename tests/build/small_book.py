"""A book of three pages and a dataset of a few cases, for tests of how books are built."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import yaml

from scrlib import paths
from scrlib.report import coding_frame
from tally.data import storage
from tally.dataset import INVENTED, Dataset, Meta

COUNTING = """
from pathlib import Path

from scrlib.report import read_dataset

cases = read_dataset(Path(data)).frames["case"]
folder = Path("_outputs") / "00_counting"
folder.mkdir(parents=True, exist_ok=True)
_ = (folder / "cases.csv").write_text(f"cases\\n{len(cases)}\\n")
print(f"{len(cases)} cases, study {study}")
"""
COLOPHON = """
from parabook import record

made_of = record.current()
print(made_of.commit if made_of else "no record")
"""
INTRO = """
# A small book

% synthetic only

Its cases are not real.

% end

The rest.
"""
TOC = {
    "format": "jb-book",
    "root": "intro",
    "chapters": [{"file": "chapters/00_counting"}, {"file": "chapters/colophon"}],
}


def _cell(kind: str, name: str, source: str, *tags: str) -> dict[str, object]:
    code = {"outputs": [], "execution_count": None} if kind == "code" else {}
    metadata = {"tags": list(tags)} if tags else {}
    return {"cell_type": kind, "id": name, "source": source.strip(), "metadata": metadata, **code}


def notebook(title: str, source: str) -> dict[str, object]:
    """Return a chapter that has not been run: a heading, parameters, one cell of code."""
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"language_info": {"name": "python"}},
        "cells": [
            _cell("markdown", "title", f"# {title}"),
            _cell("code", "parameters", 'data = ""  # a dataset\nstudy = 2017', "parameters"),
            _cell("code", "work", source),
        ],
    }


def write_notebook(root: Path, name: str, source: str) -> None:
    """Put a chapter into a book."""
    path = root / "chapters" / f"{name}.ipynb"
    path.write_text(json.dumps(notebook(name.title(), source)), encoding="utf-8")


def write_book(root: Path) -> Path:
    """Make the sources of a book with the settings of the real one."""
    (root / "chapters").mkdir(parents=True)
    shutil.copyfile(paths.ROOT / "_config.yml", root / "_config.yml")
    shutil.copytree(paths.ROOT / "_static", root / "_static")
    (root / "_toc.yml").write_text(yaml.safe_dump(TOC), encoding="utf-8")
    (root / "intro.md").write_text(INTRO, encoding="utf-8")
    (root / "references.bib").touch()
    write_notebook(root, "00_counting", COUNTING)
    write_notebook(root, "colophon", COLOPHON)
    return root


def write_data(path: Path, cases: int = 2, provenance: str = INVENTED) -> Path:
    """Write a dataset of cases that are alike, each with one child and a mother."""
    storage.write(dataset(cases, provenance), path)
    return path


def dataset(cases: int, provenance: str) -> Dataset:
    """Return cases that are alike, each with one child and a mother."""
    frame = coding_frame()
    plain = {variable.name: variable.codes[0] for variable in frame.of_unit("case")}
    ids = [f"C{number}" for number in range(cases)]
    frames = {
        "case": pd.DataFrame([{"case_id": name, **plain, "study": 2017} for name in ids]),
        "child": pd.DataFrame([
            {"child_id": f"{name}-1", "case_id": name, "sex": "male", "age": 3, "harm": "physical"}
            for name in ids
        ]),
        "parent": pd.DataFrame([
            {"case_id": name, "role": "mother", "age_at_first_child": 24} for name in ids
        ]),
    }  # fmt: skip
    return Dataset(frame, frames, Meta("Example", provenance))
