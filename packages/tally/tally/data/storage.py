"""Datasets on disk: a folder of CSV files with `dataset.yaml`, or one XLSX workbook.

Reading checks everything first (`tally.data.check`); writing puts a whole dataset in place or
nothing.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

import numpy as np
import pandas as pd
import yaml

from tally.codebook import Codebook
from tally.data import check, layout, workbook
from tally.data.loading import KEY, META_FILE, VALUE, load_tables
from tally.data.raw import META
from tally.dataset import OBSERVED, Dataset, Meta
from tally.errors import Failure, InputError
from tally.escape import escape_sheet

_MARK, _ALL = ".gitignore", "# Made by a command; Git takes nothing of it.\n*\n"
"""What tells Git to take nothing of a folder: real cases are not committed by mistake."""


def read(path: Path, codebook: Codebook) -> Dataset:
    """Read and check a dataset.

    Parameters
    ----------
    path : Path
        A folder of CSV files or an `.xlsx` file.
    codebook : Codebook
        The coding frame. The dataset's studies replace its own.

    Raises
    ------
    InputError
        With every failure of every table.
    """
    raw = load_tables(path, codebook)
    report, dataset = check.examine(raw, codebook)
    if dataset is None:
        raise InputError(report.failures)
    return dataset


def tables_of(dataset: Dataset) -> dict[str, pd.DataFrame]:
    """Return the tables of a dataset as they stand on disk, in codes, the ratings long."""
    codebook = dataset.codebook
    plan = layout.tables(codebook)
    found = {
        layout.STUDIES: pd.DataFrame(list(codebook.studies)),
        layout.RATINGS: _long(dataset) if codebook.factors else pd.DataFrame(),
        layout.LEARNING: dataset.learning,
    }
    found |= {unit.table: dataset.frames[name] for name, unit in codebook.units.items()}
    return {name: found[name][list(table.names)] for name, table in plan.items()}


def _long(dataset: Dataset) -> pd.DataFrame:
    codebook, cases = dataset.codebook, dataset.frames[dataset.codebook.root.name]
    factors, ids = list(codebook.factors), codebook.root.id or ""
    levels = layout.rating_column(codebook).categories
    names = list(dict.fromkeys(str(item.code) for item in levels))
    codes = [pd.Categorical(cases[name].astype(object), categories=names).codes for name in factors]
    factor = np.tile(np.arange(len(factors), dtype=np.int8), len(cases))
    return pd.DataFrame({
        ids: np.repeat(cases[ids].to_numpy(), len(factors)),
        "risk_factor": pd.Categorical.from_codes(factor, categories=pd.Index(factors)),
        "rating": pd.Categorical.from_codes(
            np.column_stack(codes).ravel(), categories=pd.Index(names)
        ),
    })  # fmt: skip


def write(
    dataset: Dataset, path: Path, beside: Mapping[str, pd.DataFrame] = MappingProxyType({})
) -> None:
    """Write a dataset as a folder of CSV files or, if the name ends in `.xlsx`, as a workbook.

    Only the user can read what is written.

    Parameters
    ----------
    path : Path
        Must not exist yet, or be an empty folder.
    beside : mapping of str to DataFrame
        Tables that go with the data and are not read as such: who settled which rating.

    Raises
    ------
    InputError
        If something stands there already; nothing is written then.
    """
    tables = {**tables_of(dataset), **beside}
    with new(path) as target:
        if path.suffix.casefold() == ".xlsx":
            _write_workbook(dataset.meta, tables, target)
        else:
            _write_folder(dataset.meta, tables, target)


def refuse_existing(path: Path) -> None:
    """Refuse to write where anything stands but an empty folder.

    Raises
    ------
    InputError
        Naming what stands there.
    """
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise InputError(Failure("Something stands there already: choose a new name.", str(path)))


@contextmanager
def new(path: Path) -> Iterator[Path]:
    """Give a place to write a file or folder, which is put where it is wanted once it is whole.

    Only the user can read it. Nothing is overwritten, and what is half written never has the name.

    Raises
    ------
    InputError
        If something stands there already, another command is writing it, or it cannot be written.
    """
    refuse_existing(path)
    try:
        with _apart(path) as folder:
            made = folder / path.name
            yield made
            for item in (made, *made.rglob("*")):
                item.chmod(0o700 if item.is_dir() else 0o600)
            refuse_existing(path)
            if path.is_dir():
                path.rmdir()
            _move(made, path)
    except OSError as error:
        rule = f"This cannot be written ({error.strerror or error}): choose another place."
        raise InputError(Failure(rule, str(path))) from error


def _move(made: Path, path: Path) -> None:
    if made.is_file():
        try:
            os.link(made, path)  # Unlike renaming, this overwrites nothing.
            return
        except FileExistsError:
            refuse_existing(path)
        except OSError:  # The file system has no links.
            pass
    made.rename(path)


@contextmanager
def _apart(path: Path) -> Iterator[Path]:
    """Give a folder beside a file's or folder's place, which is gone afterwards.

    Git ignores all in it; what a killed command left behind is removed by the next one. Libraries
    put their own temporary files, which hold cases too, into it.
    """
    folder = path.parent / f".{path.name}.part"
    if _left_behind(folder):
        shutil.rmtree(folder)
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError as error:
        rule = "Another command is writing here, or this is yours: wait for it, or move this."
        raise InputError(Failure(rule, str(folder))) from error
    before = tempfile.tempdir
    try:
        with (folder / _MARK).open("x", encoding="utf-8") as mark:
            _hold(mark)
            mark.write(_ALL)
            mark.flush()
            tempfile.tempdir = str(folder)
            yield folder
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)


def _left_behind(folder: Path) -> bool:
    """Say whether a command made a folder and has ended without removing it."""
    mark = folder / _MARK
    if folder.is_symlink() or not folder.is_dir():
        return False
    inside = [path.name for path in folder.iterdir()]
    if not inside or not mark.is_file():
        return not inside
    marked = mark.read_text(encoding="utf-8")
    if marked != _ALL and (marked or len(inside) > 1):
        return False
    with mark.open("r+", encoding="utf-8") as stream:
        return _hold(stream)


def _hold(stream: IO[str]) -> bool:
    """Lock an open file until it is closed; say whether nobody else had locked it.

    On Windows an open file cannot be removed, which does the same.
    """
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _write_folder(meta: Meta, tables: Mapping[str, pd.DataFrame], path: Path) -> None:
    path.mkdir()
    if meta.provenance == OBSERVED:
        (path / _MARK).write_text(_ALL, encoding="utf-8")
    for name, frame in tables.items():
        write_csv(frame, path / f"{name}.csv")
    text = yaml.safe_dump(meta_of(meta), sort_keys=False, allow_unicode=True)
    (path / META_FILE).write_text(text, encoding="utf-8")


def meta_of(meta: Meta) -> dict[str, str]:
    """Return what is said about a dataset as keys and values."""
    always = ("title", "provenance", "period", "contact")
    return {name: text for name, text in asdict(meta).items() if text or name in always}


def write_csv(frame: pd.DataFrame, path: Path | IO[str]) -> None:
    """Write a table as CSV that no spreadsheet takes for formulas; blanks are empty cells."""
    safe = {_cell(str(name)): _safe(frame[name]) for name in frame}
    pd.DataFrame(safe).to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _safe(column: pd.Series[Any]) -> pd.Series[Any]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.rename_categories([_cell(str(c)) for c in column.cat.categories])
    # All but numbers is guarded, whatever type a version of pandas gives to text.
    if pd.api.types.is_numeric_dtype(column):
        return column
    return column.map(lambda item: _cell(str(item)), na_action="ignore")


def _cell(text: str) -> str:
    # A lone carriage return would end the row: not every version of csv quotes it.
    return escape_sheet(text.replace("\r\n", "\n").replace("\r", "\n"))


def _write_workbook(meta: Meta, tables: Mapping[str, pd.DataFrame], path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    described = pd.DataFrame(list(meta_of(meta).items()), columns=[KEY, VALUE])
    for name, frame in {META: described, **tables}.items():
        if len(frame) >= workbook.MOST_ROWS:
            rule = f"A sheet holds at most {workbook.MOST_ROWS:,} rows: write a folder instead."
            raise InputError(Failure(rule, name))
        sheet = book.create_sheet(name)
        sheet.append([str(column) for column in frame])
        for row in frame.astype(object).itertuples(index=False):
            sheet.append([workbook.plain_cell(sheet, value) for value in row])
    book.save(path)
