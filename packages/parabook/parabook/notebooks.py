"""Notebooks as files: their order in the book, and what stays of them once they have been run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tally import yamlfile

PARAMETERS, INJECTED = "parameters", "injected-parameters"
_NOTEBOOK = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_RUN_NOTES = ("papermill", "execution", "ExecuteTime")


def in_book(root: Path) -> list[Path]:
    """Return the files that the table of contents names, in the book's order.

    Parameters
    ----------
    root : Path
        Folder with `_toc.yml`. A notebook is meant where both it and a `.md` file could be.
    """
    toc = yamlfile.read(root / "_toc.yml")
    return [_file(root, name) for name in _names(toc)]


def _names(toc: Any) -> Iterator[str]:
    if isinstance(toc, list):
        for item in toc:
            yield from _names(item)
    elif isinstance(toc, dict):
        for key, value in toc.items():
            if key in ("root", "file"):
                yield str(value)
            else:
                yield from _names(value)


def _file(root: Path, name: str) -> Path:
    notebook = root / f"{name}.ipynb"
    return notebook if notebook.exists() else root / f"{name}.md"


def chapters(root: Path) -> list[Path]:
    """Return the notebooks of the book, in its order."""
    return [path for path in in_book(root) if path.suffix == ".ipynb"]


def load(path: Path) -> dict[str, Any]:
    """Read a notebook as plain data."""
    return dict(json.loads(path.read_text(encoding="utf-8")))


def save(notebook: Mapping[str, Any], path: Path) -> None:
    """Write a notebook as Jupyter does, so that a change in one line is a change in one line."""
    text = json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def sources(notebook: Mapping[str, Any]) -> str:
    """Return all of a notebook that decides its results: everything but outputs and counts."""
    kept = [
        {key: cell.get(key) for key in ("cell_type", "id", "metadata", "source")}
        for cell in notebook["cells"]
    ]
    return json.dumps([kept, notebook["metadata"]], sort_keys=True)


def settled(notebook: dict[str, Any], values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a run notebook without traces of the run: who, when, where, in which Python.

    Parameters
    ----------
    notebook : dict
        As papermill leaves it.
    values : mapping, optional
        What the cell tagged `parameters` is to show, in place of its defaults. The cell that
        papermill injected goes: it would show paths of the machine.
    """
    cells = [_settled(cell, values or {}) for cell in notebook["cells"] if not _injected(cell)]
    _count(cells)
    metadata = {k: v for k, v in notebook["metadata"].items() if k not in _RUN_NOTES}
    return {**notebook, "cells": cells, "metadata": {**metadata, **_NOTEBOOK}}


def _tags(cell: Mapping[str, Any]) -> list[str]:
    return list(cell["metadata"].get("tags", ()))


def _injected(cell: Mapping[str, Any]) -> bool:
    return INJECTED in _tags(cell)


def _settled(cell: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {k: v for k, v in cell["metadata"].items() if k not in _RUN_NOTES}
    if not metadata.get("tags"):
        metadata.pop("tags", None)
    found = {**cell, "metadata": metadata}
    if PARAMETERS in _tags(cell):
        found["source"] = _with_values(_text(cell["source"]), values).splitlines(keepends=True)
    return found


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def _with_values(source: str, values: Mapping[str, Any]) -> str:
    for name, value in values.items():
        source = _with_value(source, name, f"{name} = {json.dumps(value)}")
    return source


def _with_value(source: str, name: str, shown: str) -> str:
    pattern = re.compile(rf"^{re.escape(name)}\s*=[^#\n]*?(?=\s*(?:#|$))", re.MULTILINE)
    return pattern.sub(lambda _: shown, source)


def _count(cells: list[dict[str, Any]]) -> None:
    """Give the code cells the numbers of one run from the first to the last."""
    number = 0
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        ran = bool(_text(cell["source"]).strip())
        number += ran
        cell["execution_count"] = number if ran else None
        cell["outputs"] = [_counted(output, number) for output in cell["outputs"]]


def _counted(output: dict[str, Any], number: int) -> dict[str, Any]:
    return {**output, "execution_count": number} if "execution_count" in output else output
