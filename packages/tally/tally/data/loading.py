"""Files of a dataset as tables of text: a folder of CSV files with `dataset.yaml`, or a workbook.

Nothing is judged here but whether it can be read: `tally.data.schema` checks what stands in it.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from tally.codebook import Codebook
from tally.data import csvfile, layout, workbook
from tally.data.raw import META, NOTES, RawTable, RawTables, unreadable
from tally.data.values import shown
from tally.errors import Failure, InputError, not_allowed

META_FILE = "dataset.yaml"
KEY, VALUE = "key", "value"
_MOST_META = 64 * 1024


def load_tables(path: Path, codebook: Codebook, extra: tuple[str, ...] = ()) -> RawTables:
    """Read the tables of a dataset as text with row numbers, without judging their values.

    Parameters
    ----------
    codebook : Codebook
        The coding frame, which says what tables there are.
    extra : tuple of str
        Names of tables that may stand beside those of a dataset, such as coders' entries.

    Raises
    ------
    InputError
        If there is no folder or workbook at all to read.
    """
    known = (*layout.tables(codebook), *extra)
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
    if header[:2] != [KEY, VALUE]:
        rule = f"The sheet must have the columns {KEY!r} and {VALUE!r}."
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
