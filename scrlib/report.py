"""What is this report's own: its coding frame, and its tables as declared and printed.

There is one file for each table in `data/published/tables`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag, TypeAdapter

from scrlib import paths
from tally import codebook, yamlfile
from tally.codebook import Code, Codebook
from tally.data import storage
from tally.dataset import Dataset
from tally.errors import InputError, not_allowed
from tally.grid import Declared, Line, Note
from tally.language import parse
from tally.yamlfile import Entry


class _Each(Entry):
    """A row or a column for each category of a variable, or of those in one group."""

    each: str
    within: dict[str, str] = Field({})
    only: tuple[int | str, ...] = ()
    labels: dict[str, str] = Field({})
    short: bool = False
    group: str = ""
    cell: str = ""
    optional: tuple[int | str, ...] = ()


def _kind(raw: Any) -> str:
    return "each" if isinstance(raw, _Each) or (isinstance(raw, dict) and "each" in raw) else "line"


_Lines = tuple[
    Annotated[Annotated[_Each, Tag("each")] | Annotated[Line, Tag("line")], Discriminator(_kind)],
    ...,
]


class _Note(Entry):
    at: str
    text: str
    study: int | None = None


class _Printed(Entry):
    columns: tuple[str, ...]
    rows: dict[str, tuple[str | None, ...]]

    def cells(self) -> dict[tuple[str, str], str]:
        return {
            (row, column): text
            for row, texts in self.rows.items()
            for column, text in zip(self.columns, texts, strict=False)
            if text
        }


class _Table(Entry):
    """What the file of a table holds; `focus` is the study that the report has in focus there."""

    number: int
    section: str
    caption: str
    unit: str
    focus: int | None = None
    row_header: str
    measures: dict[str, str] = Field({})
    decimals: dict[str, int] = Field({})
    cell: str = "{count}"
    empty: str = "-"
    external: str = ""
    rows: _Lines
    columns: _Lines
    printed: _Printed
    notes: tuple[_Note, ...] = ()


NEWEST = 2017
"""The report's newest study: later ones that the frame may hold are no part of the report."""


def coding_frame() -> Codebook:
    """Return the coding frame as the report's studies see it; `Codebook.whole` has all of it."""
    return _as_reported(paths.CODEBOOK)


@lru_cache(maxsize=8)
def _as_reported(folder: Path) -> Codebook:
    frame = codebook.load(folder)
    return frame.seen_by([item for item in frame.studies if item.study <= NEWEST])


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


def label_of(codebook: Codebook, study: int) -> str:
    """Return how a study is called, such as 2018/19 for the one that 2018 names."""
    return next(item.label for item in codebook.studies if item.study == study)


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
    declared = _declared(yamlfile.load(path, _Table), codebook, focus)
    for cell in declared.cells:
        if cell.quantity:
            parse(cell.quantity, codebook)
    return declared


def _declared(raw: _Table, codebook: Codebook, focus: int) -> Declared:
    called = label_of(codebook, focus)
    about_another = raw.focus not in (None, focus)
    studies = {item.study for item in codebook.studies}
    return Declared(
        number=raw.number, section=raw.section, caption=raw.caption.format(focus=called),
        unit=raw.unit, row_header=raw.row_header,
        rows=tuple(lines(raw.rows, codebook, focus, raw.printed.rows)),
        columns=tuple(lines(raw.columns, codebook, focus, raw.printed.columns)),
        measures={name: _focused(text, focus) for name, text in raw.measures.items()},
        decimals=raw.decimals, cell=raw.cell, empty=raw.empty, external=raw.external,
        notes=tuple(Note(n.at, n.text) for n in raw.notes if n.study in (None, *studies)),
        printed=MappingProxyType({} if about_another else raw.printed.cells()),
    )  # fmt: skip


def _focused(text: str, focus: int) -> str:
    return re.sub(r"\bfocus\b", str(focus), text)


def lines(
    raws: Iterable[Any], codebook: Codebook, focus: int, printed: Collection[str] = ()
) -> Iterator[Line]:
    """Yield the rows or columns that a file declares, `focus` standing for the study in focus.

    A category that was renamed keeps the key under which its numbers are `printed`.
    """
    for raw in TypeAdapter(_Lines).validate_python(tuple(raws)):
        if isinstance(raw, _Each):
            yield from _each(raw, codebook, printed)
        else:
            where = _focused(raw.where, focus)
            yield replace(raw, where=where, label=raw.label.format(focus=label_of(codebook, focus)))


def _each(raw: _Each, codebook: Codebook, printed: Collection[str]) -> Iterator[Line]:
    """Yield a line for every category of a variable or grouping, or of a group, or named."""
    known = (*codebook.variables, *codebook.groupings)
    if raw.each not in known:
        rule = "No such variable or group."
        raise InputError(codebook.unknown(rule, raw.each, known, column="each"))
    chosen: list[frozenset[Code]] = [frozenset(raw.only)] if raw.only else []
    chosen += [codebook.groupings[name].members[code] for name, code in raw.within.items()]
    for item in codebook.categories(raw.each):
        names: tuple[Code, ...] = (item.code, *item.alias)
        if all(codes.intersection(names) for codes in chosen):
            label = item.short if raw.short else item.label
            yield Line(
                key=next((str(name) for name in names if str(name) in printed), str(item.code)),
                label=next((raw.labels[str(n)] for n in names if str(n) in raw.labels), label),
                where=f"{raw.each} == {literal(item.code)}", group=raw.group, cell=raw.cell,
                optional=bool({*names}.intersection(raw.optional)),
            )  # fmt: skip


def literal(code: Code) -> str:
    """Write a code as it stands in an expression."""
    return str(code) if isinstance(code, int) else f'"{code}"'
