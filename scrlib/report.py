"""What is this report's own: its coding frame, and its tables as declared and printed.

There is one file for each table in `data/published/tables`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from scrlib import paths
from tally import codebook, yamlfile
from tally.codebook import Code, Codebook
from tally.data import storage
from tally.dataset import Dataset
from tally.errors import Failure, InputError, not_allowed
from tally.grid import Declared, Line, Note
from tally.language import parse

_FIELDS = (
    "number", "section", "caption", "unit", "focus", "row_header", "measures", "decimals", "cell",
    "empty", "rows", "columns", "printed", "notes", "external",
)  # fmt: skip


def coding_frame() -> Codebook:
    """Return the coding frame that ships with the report."""
    return codebook.load(paths.CODEBOOK)


def read_dataset(path: Path) -> Dataset:
    """Read and check a dataset in the report's coding frame.

    Raises
    ------
    InputError
        With every failure of every table.
    """
    return storage.read(path, coding_frame())


def in_focus(codebook: Codebook, focus: int | None = None) -> int:
    """Return the study in focus: the newest one if none is named.

    Raises
    ------
    InputError
        If the dataset has no such study; the error lists those that it has.
    """
    years = [item.study for item in codebook.studies]
    if focus is None:
        return years[-1]
    if focus not in years:
        raise InputError(not_allowed("No such study.", focus, years, column="study"))
    return focus


def load_tables(
    codebook: Codebook, focus: int | None = None, folder: Path = paths.PUBLISHED
) -> dict[str, Declared]:
    """Read every declared table, in the report's order.

    Parameters
    ----------
    codebook : Codebook
        The dataset's, so that rows and columns follow its studies and categories.
    focus : int, optional
        The study in focus; the newest by default. Printed cells of a table about the report's own
        study in focus stand only if it is the same study.

    Raises
    ------
    InputError
        If a file has an unknown field or an unreadable expression, or the study is unknown.
    """
    year = in_focus(codebook, focus)
    found = [_load(path, codebook, year) for path in sorted((folder / "tables").glob("*.yaml"))]
    return {item.key: item for item in sorted(found, key=lambda item: item.number)}


def _load(path: Path, codebook: Codebook, focus: int) -> Declared:
    try:
        raw = yamlfile.read(path)
    except yaml.YAMLError as error:
        raise InputError(Failure(f"The file is not valid YAML: {error}", path.name)) from error
    for name in raw:
        if name not in _FIELDS:
            raise InputError(not_allowed("No such field.", name, _FIELDS, place=path.name))
    declared = _declared(raw, codebook, focus)
    for cell in declared.cells:
        if cell.quantity:
            parse(cell.quantity, codebook)
    return declared


def _declared(raw: dict[str, Any], codebook: Codebook, focus: int) -> Declared:
    about_another = raw.get("focus") not in (None, focus)
    optional = {name: raw[name] for name in ("cell", "empty", "external") if name in raw}
    return Declared(
        number=raw["number"], section=str(raw["section"]),
        caption=raw["caption"].format(focus=focus), unit=raw["unit"], row_header=raw["row_header"],
        rows=tuple(lines(raw["rows"], codebook, focus)),
        columns=tuple(lines(raw["columns"], codebook, focus)),
        measures={k: _focused(v, focus) for k, v in raw.get("measures", {}).items()},
        decimals=raw.get("decimals", {}),
        notes=tuple(
            Note(n["at"], n["text"]) for n in raw.get("notes", ()) if _applies(n, codebook)
        ),
        printed=MappingProxyType({} if about_another else _printed(raw["printed"])), **optional,
    )  # fmt: skip


def _applies(note: dict[str, Any], codebook: Codebook) -> bool:
    """Say whether a note is about studies that the dataset has."""
    return "study" not in note or note["study"] in {item.study for item in codebook.studies}


def _focused(text: str, focus: int) -> str:
    return re.sub(r"\bfocus\b", str(focus), text)


def _printed(raw: dict[str, Any]) -> dict[tuple[str, str], str]:
    columns = raw["columns"]
    return {
        (str(row), column): text
        for row, texts in raw["rows"].items()
        for column, text in zip(columns, texts, strict=False)
        if text
    }


def lines(raws: list[dict[str, Any]], codebook: Codebook, focus: int) -> Iterator[Line]:
    """Yield the rows or columns that a file declares, `focus` standing for the study in focus."""
    for raw in raws:
        if "each" in raw:
            yield from _each(raw, codebook)
        else:
            where = _focused(raw.get("where", "true"), focus)
            rest = {k: v for k, v in raw.items() if k not in ("key", "label", "where", "rows")}
            label = raw["label"].format(focus=focus)
            yield Line(str(raw["key"]), label, where, rows=tuple(raw.get("rows", ())), **rest)


def _each(raw: dict[str, Any], codebook: Codebook) -> Iterator[Line]:
    """Yield a line for every category of a variable or grouping, or of a group, or named."""
    name, labels = raw["each"], raw.get("labels", {})
    known = (*codebook.variables, *codebook.groupings)
    if name not in known:
        raise InputError(not_allowed("No such variable or group.", name, known, column="each"))
    for group, code in raw.get("within", {}).items():
        raw = {**raw, "only": codebook.groupings[group].members[code]}
    for item in codebook.categories(name):
        if item.code in raw.get("only", (item.code,)):
            label = item.short if raw.get("short") else item.label
            yield Line(
                key=str(item.code), label=labels.get(item.code, label),
                where=f"{name} == {_literal(item.code)}", group=raw.get("group", ""),
                cell=raw.get("cell", ""), optional=item.code in raw.get("optional", ()),
            )  # fmt: skip


def _literal(code: Code) -> str:
    return str(code) if isinstance(code, int) else f'"{code}"'
