"""Files of a dataset as tables of text: a folder of CSV files with `dataset.yaml`, or a workbook.

Nothing is judged here but whether it can be read, and that a table is there once:
`tally.data.check` checks what stands in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from tally.codebook import Codebook
from tally.data import csvfile, layout, recode, values, workbook
from tally.data.raw import META, RawTable, RawTables, unreadable
from tally.errors import Failure, InputError, nearest, not_allowed

META_FILE = "dataset.yaml"
KEY, VALUE = "key", "value"
_MOST_META = 64 * 1024
_OTHER_BOOKS = {".ods", ".xls", ".xlsb", ".xlsm", ".numbers"}
_WANTED = "A dataset is a folder of CSV files or an .xlsx workbook."
Names = Mapping[str, frozenset[str]]
Found = tuple[str, str, RawTable]
"""A table's name as `values.key` leaves it, its name as it stands, and the table."""


def load_tables(path: Path, codebook: Codebook, extra: Iterable[layout.Table] = ()) -> RawTables:
    """Read the tables of a dataset as text with row numbers, without judging their values.

    Parameters
    ----------
    codebook : Codebook
        The coding frame, which says what tables there are.
    extra : iterable of Table
        Tables that may stand beside those of a dataset, such as coders' entries.

    Raises
    ------
    InputError
        If there is no folder or workbook at all to read.
    """
    plan = (*layout.tables(codebook.whole).values(), *extra)
    known = {table.name: frozenset(values.headers(table, codebook.whole)) for table in plan}
    if path.is_dir() and (path / recode.FILE).is_file():
        return _load_recoded(path, known, {table.name: table for table in plan})
    if path.is_dir():
        return _load_folder(path, known)
    _refuse_others(path)
    return _load_workbook(path, known)


def load_table(path: Path, table: layout.Table, codebook: Codebook) -> RawTable:
    """Read one table as text from a CSV file, or from the sheet of its name in a workbook.

    Raises
    ------
    InputError
        If there is no such file or sheet, or several.
    """
    known = frozenset(values.headers(table, codebook.whole))
    if not path.is_file():
        raise InputError(Failure("There is no such file.", str(path)))
    if path.suffix.casefold() == ".csv":
        return _load_csv(path, known)
    _refuse_others(path)
    sheets = workbook.read(path, {table.name: known})
    found = [item for name, item in sheets if name == table.name]
    if len(found) > 1:
        rule = f"Several sheets are named {table.name!r}: keep one."
        raise InputError(Failure(rule, path.name, value=", ".join(item.place for item in found)))
    if not found:
        rule, names = "The workbook has no such sheet.", [name for name, _ in sheets]
        raise InputError(not_allowed(rule, table.name, names, place=path.name))
    return found[0]


def _refuse_others(path: Path) -> None:
    if not path.exists():
        raise InputError(Failure("There is no such folder or workbook.", str(path)))
    if not path.is_file():
        raise InputError(Failure(f"This is no ordinary file. {_WANTED}", str(path)))
    kind = path.suffix.casefold()
    if kind in _OTHER_BOOKS:
        raise InputError(
            Failure(f"{_WANTED} Open this {kind} file and save it as .xlsx.", path.name)
        )
    if kind != ".xlsx":
        raise InputError(Failure(_WANTED, path.name))


# -- which table is which --------------------------------------------------------------------------


def _sorted_out(found: list[Found], known: Names, raw: RawTables) -> RawTables:
    """Add the tables of the frame by name, what is wrong with others, and what is not read."""
    tables: dict[str, RawTable] = {}
    titles: dict[str, str] = {}
    failures, warnings = [], []
    for name, title, table in found:
        if name in tables:
            both = f"{titles[name]!r} and {title!r}"
            rule = f"{both} have one name, and only one can be the table {name!r}: remove one."
            failures.append(Failure(rule, raw.place))
        elif name in known:
            tables[name], titles[name] = table, title
        elif name not in raw.notes | layout.BESIDE and not table.frame.columns.empty:
            near = nearest(name, known)
            if near:
                rule = "A dataset has no such table."
                failures.append(not_allowed(rule, values.shown(title), known, place=raw.place))
            else:
                rule = f"Not read: this is no table. If it holds notes, name it in {META!r}: notes."
                warnings.append(Failure(rule, raw.place, value=values.shown(title)))
    return replace(
        raw, tables=MappingProxyType(tables), failures=(*failures, *raw.failures),
        warnings=tuple(warnings),
    )  # fmt: skip


# -- folders ---------------------------------------------------------------------------------------


def _load_folder(path: Path, known: Names, without: frozenset[str] = frozenset()) -> RawTables:
    meta, failures = read_meta_file(path / META_FILE)
    files = [
        (values.key(item.stem), item)
        for item in sorted(path.iterdir())
        if _is_csv(item) and item.name not in without
    ]
    found = [
        (name, item.stem, _load_csv(item, known.get(name, frozenset()))) for name, item in files
    ]
    raw = RawTables(path.name, {}, MappingProxyType(meta), META_FILE, tuple(failures))
    return _sorted_out(found, known, raw)


def _load_recoded(path: Path, known: Names, plan: dict[str, layout.Table]) -> RawTables:
    """Read a folder whose recoding file says what some tables are made of."""
    try:
        recoding = recode.read(path / recode.FILE, plan)
    except InputError as error:
        return RawTables(path.name, {}, failures=error.failures)
    used = {part.file for parts in recoding.tables.values() for part in parts}
    raw = _load_folder(path, known, frozenset(used))
    made = {name: recode.table(path, recoding, plan[name]) for name in recoding.tables}
    text = (path / recode.FILE).read_text(encoding="utf-8-sig")
    return replace(raw, tables=MappingProxyType({**raw.tables, **made}), recoding=text)


def _is_csv(path: Path) -> bool:
    return path.is_file() and path.suffix.casefold() == ".csv" and not path.name.startswith(".")


def _load_csv(path: Path, known: frozenset[str]) -> RawTable:
    try:
        return csvfile.read(path, known)
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
        name = values.shown(str(key.value)) if isinstance(key, yaml.ScalarNode) else ""
        if not name or not isinstance(value, yaml.ScalarNode):
            failures.append(Failure("A key has one text as its value.", META_FILE, row, name))
        elif key.value in meta:
            failures.append(Failure("A key may stand once only.", META_FILE, row, name))
        else:
            meta[key.value] = "" if value.tag == "tag:yaml.org,2002:null" else value.value
    return meta, failures


# -- workbooks -------------------------------------------------------------------------------------


def _load_workbook(path: Path, known: Names) -> RawTables:
    place = f"{path.name}, sheet {META}"
    sheets = workbook.read(path, {**known, META: frozenset({KEY, VALUE})})
    described = [table for name, table in sheets if name == META]
    meta, wrong = _meta_sheet(described, place)
    found = [(name, _title(table), table) for name, table in sheets if name != META]
    raw = RawTables(path.name, {}, MappingProxyType(meta), place, tuple(wrong))
    return _sorted_out(found, known, raw)


def _title(table: RawTable) -> str:
    return table.place.split(", sheet ", 1)[1]


def _meta_sheet(sheets: list[RawTable], place: str) -> tuple[dict[str, str], list[Failure]]:
    if len(sheets) != 1:
        rule = f"The sheet {META!r} is missing: it says the title and provenance of the dataset."
        return {}, [Failure(rule if not sheets else f"Two sheets are named {META!r}.", place)]
    found = sheets[0]
    header = [values.key(str(name)) for name in found.frame.columns]
    if header[:2] != [KEY, VALUE]:
        rule = f"The sheet must have the columns {KEY!r} and {VALUE!r}."
        return {}, [*found.failures] or [Failure(rule, found.place, "1")]
    meta: dict[str, str] = {}
    failures = list(found.failures)
    columns = (found.frame.iloc[:, number].astype(object) for number in (0, 1))
    for row, key, value in zip(found.frame.index, *columns, strict=True):
        name = str(key).strip()
        if name in meta:
            rule = "A key may stand once only."
            failures.append(Failure(rule, found.place, str(row), values.shown(name)))
        elif name:
            meta[name] = str(value)
    return meta, failures
