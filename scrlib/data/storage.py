"""Datasets on disk: a folder of CSV files with `dataset.yaml`, or one XLSX workbook.

Reading checks everything first (`scrlib.data.schema`); writing puts a whole dataset in place or
nothing.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

import numpy as np
import pandas as pd
import yaml

from scrlib.data import csvfile, layout, schema, workbook
from scrlib.data.dataset import Dataset, Meta
from scrlib.data.raw import META, NOTES, RawTable, RawTables, unreadable
from scrlib.data.values import shown
from scrlib.errors import Failure, InputError, not_allowed
from scrlib.escape import escape_sheet
from scrlib.frame import codebook as frame_of
from scrlib.frame.codebook import Codebook

META_FILE = "dataset.yaml"
_MOST_META = 64 * 1024
_KEY, _VALUE = "key", "value"


def read(path: Path, codebook: Codebook | None = None) -> Dataset:
    """Read and check a dataset.

    Parameters
    ----------
    path : Path
        A folder of CSV files or an `.xlsx` file.
    codebook : Codebook, optional
        The coding frame; the one that ships if left out. The dataset's studies replace its own.

    Raises
    ------
    InputError
        With every failure of every table.
    """
    raw = load_tables(path)
    report, dataset = schema.examine(raw, codebook or frame_of.load())
    if dataset is None:
        raise InputError(report.failures)
    return dataset


def load_tables(path: Path, extra: tuple[str, ...] = ()) -> RawTables:
    """Read the tables of a dataset as text with row numbers, without judging their values.

    Parameters
    ----------
    extra : tuple of str
        Names of tables that may stand beside those of a dataset, such as coders' entries.

    Raises
    ------
    InputError
        If there is no folder or workbook at all to read.
    """
    known = (*layout.tables(frame_of.load()), *extra)
    if path.is_dir():
        return _load_folder(path, known)
    if not path.exists():
        raise InputError(Failure("There is no such folder or workbook.", str(path)))
    if path.suffix.casefold() != ".xlsx":
        rule = "A dataset is a folder of CSV files or an .xlsx workbook."
        raise InputError(Failure(rule, path.name))
    return _load_workbook(path, known)


def load_table(path: Path, name: str) -> RawTable:
    """Read one table as text from a CSV file, or from the sheet of that name in a workbook.

    Raises
    ------
    InputError
        If there is no such file or sheet.
    """
    if not path.is_file():
        raise InputError(Failure("There is no such file.", str(path)))
    if path.suffix.casefold() != ".xlsx":
        return _load_csv(path)
    sheets = workbook.read(path, NOTES)
    if name not in sheets:
        raise InputError(
            not_allowed("The workbook has no such sheet.", name, sheets, place=path.name)
        )
    return sheets[name]


# -- folders ---------------------------------------------------------------------------------------


def _load_folder(path: Path, known: tuple[str, ...]) -> RawTables:
    found = {item.stem.strip().casefold(): item for item in sorted(path.iterdir()) if _is_csv(item)}
    failures = _unknown(found, known, path.name)
    tables = {name: _load_csv(found[name]) for name in known if name in found}
    meta, wrong = read_meta_file(path / META_FILE)
    return RawTables(
        path.name, MappingProxyType(tables), MappingProxyType(meta), META_FILE, (*failures, *wrong)
    )


def _is_csv(path: Path) -> bool:
    return path.is_file() and path.suffix.casefold() == ".csv" and not path.name.startswith(".")


def _unknown(found: Any, known: tuple[str, ...], place: str) -> list[Failure]:
    rule = "A dataset has no such table."
    return [
        not_allowed(rule, shown(name), known, place=place) for name in found if name not in known
    ]


def _load_csv(path: Path) -> RawTable:
    try:
        return csvfile.read(path)
    except InputError as error:
        return unreadable(path.name, error.failures)
    except OSError as error:
        return unreadable(
            path.name, [Failure(f"The file cannot be read: {error.strerror}.", path.name)]
        )


def read_meta_file(path: Path) -> tuple[dict[str, str], list[Failure]]:
    """Read `dataset.yaml` as keys and texts; nothing in it is ever run or expanded."""
    if not path.is_file():
        rule = "The file is missing: it says the title and provenance of the dataset."
        return {}, [Failure(rule, META_FILE)]
    try:
        if path.stat().st_size > _MOST_META:
            return {}, [Failure(f"The file may hold at most {_MOST_META:,} bytes.", META_FILE)]
        node = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError, OSError) as error:
        mark = getattr(error, "problem_mark", None)
        row = str(mark.line + 1) if mark else ""
        said = getattr(error, "problem", "") or type(error).__name__
        return {}, [Failure(f"The file is not valid YAML: {said}.", META_FILE, row)]
    return _pairs(node)


def _pairs(node: Any) -> tuple[dict[str, str], list[Failure]]:
    if not isinstance(node, yaml.MappingNode):
        return {}, [Failure("The file must hold keys and values, as 'title: My study'.", META_FILE)]
    meta: dict[str, str] = {}
    failures = []
    for key, value in node.value:
        row = str(key.start_mark.line + 1)
        if not isinstance(key, yaml.ScalarNode) or not isinstance(value, yaml.ScalarNode):
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            failures.append(
                Failure("A key has one text as its value.", META_FILE, row, shown(name))
            )
        elif key.value in meta:
            failures.append(Failure("A key may stand once only.", META_FILE, row, shown(key.value)))
        else:
            meta[key.value] = "" if value.tag == "tag:yaml.org,2002:null" else value.value
    return meta, failures


# -- workbooks -------------------------------------------------------------------------------------


def _load_workbook(path: Path, known: tuple[str, ...]) -> RawTables:
    sheets = workbook.read(path, NOTES)
    described = sheets.pop(META, None)
    place = f"{path.name}, sheet {META}"
    failures = _unknown(sheets, known, path.name)
    tables = {name: sheets[name] for name in known if name in sheets}
    if described is None:
        meta: dict[str, str] = {}
        rule = f"The sheet {META!r} is missing: it says the title and provenance of the dataset."
        failures.append(Failure(rule, place))
    else:
        meta, wrong = _meta_sheet(described)
        failures += wrong
    return RawTables(
        path.name, MappingProxyType(tables), MappingProxyType(meta), place, tuple(failures)
    )


def _meta_sheet(found: RawTable) -> tuple[dict[str, str], list[Failure]]:
    header = [str(name).strip().casefold() for name in found.frame.columns]
    if header[:2] != [_KEY, _VALUE]:
        rule = f"The sheet must have the columns {_KEY!r} and {_VALUE!r}."
        return {}, [*found.failures] or [Failure(rule, found.place, "1")]
    meta: dict[str, str] = {}
    failures = list(found.failures)
    columns = (found.frame.iloc[:, number].astype(object) for number in (0, 1))
    for row, key, value in zip(found.frame.index, *columns, strict=True):
        if str(key).strip() in meta:
            failures.append(
                Failure("A key may stand once only.", found.place, str(row), shown(key))
            )
        elif str(key).strip():
            meta[str(key).strip()] = str(value)
    return meta, failures


# -- writing ---------------------------------------------------------------------------------------


def tables_of(dataset: Dataset) -> dict[str, pd.DataFrame]:
    """Return the tables of a dataset as they stand on disk, in codes, the ratings long."""
    codebook = dataset.codebook
    plan = layout.tables(codebook)
    studies = [vars_of(item) for item in codebook.studies]
    found = {layout.STUDIES: pd.DataFrame(studies, columns=list(plan[layout.STUDIES].names))}
    for name, unit in codebook.units.items():
        found[unit.table] = dataset.frames[name][list(plan[unit.table].names)]
    found[layout.RATINGS] = _long(dataset)
    found[layout.LEARNING] = dataset.learning[list(plan[layout.LEARNING].names)]
    return found


def vars_of(study: frame_of.Study) -> dict[str, object]:
    """Return a study as a row."""
    return {name: getattr(study, name) for name in ("study", "label", "first_month", "last_month")}


def _long(dataset: Dataset) -> pd.DataFrame:
    codebook, cases = dataset.codebook, dataset.frames[dataset.codebook.root.name]
    factors, ids = list(codebook.factors), codebook.root.id or ""
    levels = layout.rating_column(codebook).categories
    names = list(dict.fromkeys(str(item.code) for item in levels))
    codes = np.empty((len(cases), len(factors)), dtype=np.int8)
    for number, name in enumerate(factors):
        codes[:, number] = pd.Categorical(cases[name].astype(object), categories=names).codes
    factor = np.tile(np.arange(len(factors), dtype=np.int8), len(cases))
    return pd.DataFrame({
        ids: np.repeat(cases[ids].to_numpy(), len(factors)),
        "risk_factor": pd.Categorical.from_codes(factor, categories=pd.Index(factors)),
        "rating": pd.Categorical.from_codes(codes.ravel(), categories=pd.Index(names)),
    })  # fmt: skip


def write(dataset: Dataset, path: Path) -> None:
    """Write a dataset as a folder of CSV files or, if the name ends in `.xlsx`, as a workbook.

    Parameters
    ----------
    path : Path
        Must not exist yet, or be an empty folder.

    Raises
    ------
    InputError
        If something stands there already; nothing is written then.
    """
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise InputError(Failure("Something stands there already: choose a new name.", str(path)))
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written beside its place and moved there last: half a dataset never has the wanted name.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as folder:
        target = Path(folder) / path.name
        if path.suffix.casefold() == ".xlsx":
            _write_workbook(dataset, target)
        else:
            _write_folder(dataset, target)
        if path.is_dir():
            path.rmdir()
        shutil.move(target, path)


def _write_folder(dataset: Dataset, path: Path) -> None:
    path.mkdir()
    for name, frame in tables_of(dataset).items():
        write_csv(frame, path / f"{name}.csv")
    text = yaml.safe_dump(meta_of(dataset.meta), sort_keys=False, allow_unicode=True)
    (path / META_FILE).write_text(text, encoding="utf-8")


def meta_of(meta: Meta) -> dict[str, str]:
    """Return what is said about a dataset as keys and values."""
    return {name: getattr(meta, name) for name in ("title", "provenance", "period", "contact")}


def write_csv(frame: pd.DataFrame, path: Path | IO[str]) -> None:
    """Write a table as CSV that no spreadsheet takes for formulas; blanks are empty cells."""
    safe = {_cell(str(name)): _safe(frame[name]) for name in frame}
    pd.DataFrame(safe).to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _safe(column: pd.Series[Any]) -> pd.Series[Any]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.rename_categories([_cell(str(c)) for c in column.cat.categories])
    if column.dtype == object:
        return column.map(lambda item: _cell(str(item)), na_action="ignore")
    return column


def _cell(text: str) -> str:
    # A lone carriage return would end the row: not every version of csv quotes it.
    return escape_sheet(text.replace("\r\n", "\n").replace("\r", "\n"))


def _write_workbook(dataset: Dataset, path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    described = pd.DataFrame(list(meta_of(dataset.meta).items()), columns=[_KEY, _VALUE])
    for name, frame in {META: described, **tables_of(dataset)}.items():
        if len(frame) >= workbook.MOST_ROWS:
            rule = f"A sheet holds at most {workbook.MOST_ROWS:,} rows: write a folder instead."
            raise InputError(Failure(rule, name))
        sheet = book.create_sheet(name)
        sheet.append([str(column) for column in frame])
        for row in frame.astype(object).itertuples(index=False):
            sheet.append([workbook.plain_cell(sheet, value) for value in row])
    book.save(path)
