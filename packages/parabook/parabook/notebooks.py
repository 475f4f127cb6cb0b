"""Notebooks as files: their order in the book, their parameters, and what stays of a run."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from parabook.errors import InputError, reason

OUTPUTS = "_outputs"
PARAMETERS, INJECTED = "parameters", "injected-parameters"
_NOTEBOOK = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_RUN_NOTES = ("papermill", "execution", "ExecuteTime")
_ENDINGS = ("", ".ipynb", ".md", ".rst")


def read_yaml(path: Path) -> Any:
    """Read one of a book's two YAML files.

    Raises
    ------
    InputError
        If it is not there, or no YAML.
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        said = f"{path.parent}: there is no {path.name}: name the folder of a Jupyter Book."
        raise InputError(said) from error
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {reason(error)}.") from error
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise InputError(f"{path.name} is no YAML file: {error}") from error


def in_book(root: Path) -> list[Path]:
    """Return the files that the table of contents names, in the book's order.

    Parameters
    ----------
    root : Path
        Folder with `_toc.yml`. A notebook is meant where both it and a `.md` file could be.
    """
    return [_file(root, name) for name in _names(read_yaml(root / "_toc.yml"))]


def _names(toc: Any) -> Iterator[str]:
    if isinstance(toc, list):
        for entry in toc:
            yield from _names(entry)
    elif isinstance(toc, dict):
        for key, value in toc.items():
            if key in ("root", "file"):
                yield str(value)
            else:
                yield from _names(value)


def _file(root: Path, name: str) -> Path:
    possible = [root / f"{name}{ending}" for ending in _ENDINGS]
    # What is missing is for the page builder to say: it knows who asks for it.
    return next((path for path in possible if path.is_file()), root / f"{name}.md")


def chapters(root: Path) -> list[Path]:
    """Return the notebooks of the book, in its order."""
    return [path for path in in_book(root) if path.suffix == ".ipynb"]


def outputs(notebook: Path) -> Path:
    """Return the folder of the files that a notebook offers for download."""
    return notebook.parent / OUTPUTS / notebook.stem


def load(path: Path) -> dict[str, Any]:
    """Read a notebook as plain data."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        _ = found["cells"], found["metadata"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{path.name}: this is no notebook of format 4 ({error}).") from error
    return dict(found)


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


def without(notebook: Mapping[str, Any], tags: Collection[str]) -> dict[str, Any]:
    """Return a notebook without the cells that have any of the tags."""
    cells = [cell for cell in notebook["cells"] if not {*_tags(cell)} & {*tags}]
    return {**notebook, "cells": cells}


def parameters(notebook: Mapping[str, Any]) -> frozenset[str]:
    """Return the names that the cell tagged `parameters` assigns."""
    cells = (cell for cell in notebook["cells"] if PARAMETERS in _tags(cell))
    return frozenset(name for cell in cells for name in _assigned(joined(cell["source"])))


def _assigned(source: str) -> Iterator[str]:
    try:
        body = ast.parse(source).body
    except SyntaxError:  # of a language other than Python, or for the cell to report when it runs
        return
    for line in body:
        targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


# -- what stays of a run ---------------------------------------------------------------------------


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
    cells = [_settled(cell, values or {}) for cell in without(notebook, [INJECTED])["cells"]]
    _count(cells)
    metadata = {k: v for k, v in notebook["metadata"].items() if k not in _RUN_NOTES}
    return {**notebook, "cells": cells, "metadata": {**metadata, **_NOTEBOOK}}


def before_saving(model: dict[str, Any], **_: Any) -> None:
    """Let Jupyter save a notebook's metadata as they are committed: its `pre_save_hook`.

    JupyterLab writes the version of Python that opened a notebook into it, so that opening and
    saving one would be a change to commit.
    """
    if model["type"] == "notebook" and model["content"] is not None:
        metadata = model["content"]["metadata"]
        model["content"]["metadata"] = {**metadata, **_NOTEBOOK}


def _tags(cell: Mapping[str, Any]) -> list[str]:
    return list(cell["metadata"].get("tags", ()))


def _settled(cell: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {k: v for k, v in cell["metadata"].items() if k not in _RUN_NOTES}
    if not metadata.get("tags"):
        metadata.pop("tags", None)
    result = {**cell, "metadata": metadata}
    if PARAMETERS in _tags(cell):
        result["source"] = _with_values(joined(cell["source"]), values).splitlines(keepends=True)
    return result


def joined(text: str | list[str]) -> str:
    """Return a text of a notebook, which may be a list of its lines."""
    return text if isinstance(text, str) else "".join(text)


def _with_values(source: str, values: Mapping[str, Any]) -> str:
    for name, value in values.items():
        source = _with_value(source, name, f"{name} = {_literal(value)}")
    return source


def _literal(value: Any) -> str:
    """Write a value as Python does, text in double quotes."""
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _with_value(source: str, name: str, shown: str) -> str:
    pattern = re.compile(rf"^{re.escape(name)}\s*=[^#\n]*?(?=\s*(?:#|$))", re.MULTILINE)
    return pattern.sub(lambda _: shown, source)


def _count(cells: list[dict[str, Any]]) -> None:
    """Give the code cells the numbers of one run from the first to the last."""
    number = 0
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        ran = bool(joined(cell["source"]).strip())
        number += ran
        cell["execution_count"] = number if ran else None
        cell["outputs"] = [_counted(output, number) for output in cell["outputs"]]


def _counted(output: dict[str, Any], number: int) -> dict[str, Any]:
    return {**output, "execution_count": number} if "execution_count" in output else output
