"""Is a committed notebook whose outputs are no longer its own found, and no other?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parabook import notebooks
from parabook.stale import stale, stamped


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: one\n", encoding="utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "cases.csv").write_text("a\n1\n", encoding="utf-8")
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": ["1 + 1"], "outputs": []}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    notebooks.save(stamped(notebook, code(tmp_path)), tmp_path / "one.ipynb")
    return tmp_path


def code(root: Path) -> dict[str, Path]:
    return {"data": root / "data"}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_notebook_that_was_just_run_is_not_stale(book):
    assert stale(book, code(book)) == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [("one.ipynb", "1 + 1", "1 + 2"), ("data/cases.csv", "1", "2")],
    ids=["source", "data"],
)
def test_a_change_of_source_or_data_makes_it_stale(book, name, old, new):
    edit(book / name, old, new)
    assert stale(book, code(book)) == [book / "one.ipynb"]


def test_a_notebook_without_a_fingerprint_is_stale(book):
    notebook = notebooks.load(book / "one.ipynb")
    notebooks.save({**notebook, "metadata": {}}, book / "one.ipynb")
    assert stale(book, code(book)) == [book / "one.ipynb"]


def test_metadata_that_jupyterlab_writes_makes_nothing_stale(book):
    notebook = json.loads((book / "one.ipynb").read_text(encoding="utf-8"))
    notebook["metadata"]["language_info"] = {"name": "python", "version": "3.13.0"}
    notebooks.save(notebook, book / "one.ipynb")
    assert stale(book, code(book)) == []


def test_opening_and_saving_in_jupyterlab_changes_nothing(book):
    committed = notebooks.settled(notebooks.load(book / "one.ipynb"))
    saved = notebooks.settled(committed)
    saved["metadata"]["language_info"] = {"name": "python", "version": "3.14.8"}
    saved["metadata"]["kernelspec"] = {"display_name": "Python 3.14", "name": "python3"}
    notebooks.before_saving({"type": "notebook", "content": saved}, path="one.ipynb")
    assert saved == committed
