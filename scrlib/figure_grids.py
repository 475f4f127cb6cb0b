"""The numbers behind the report's seven figures, as quantities: what a plan of a book covers.

Chapters draw them by `scrlib.book`; here stands what each counts, in which rows and panels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from scrlib import paths
from scrlib.report import lines
from tally import yamlfile
from tally.codebook import Codebook
from tally.grid import Cell, Declared, Line, Note, simplified

FILE = paths.PUBLISHED / "figures.yaml"


@dataclass(frozen=True, eq=False)
class OfFactors(Declared):
    """A grid whose rows are the risk factors: a column's condition names the row's factor."""

    def at(self, row: Line, column: Line) -> Iterator[Cell]:
        """Yield the one count in a cell."""
        where = column.where.format(factor=row.key)
        quantity = simplified(self.measures["count"].format(column=f"({where})"))
        yield Cell(
            self.key, row.key, row.full, column.key, column.full, "count", quantity, None,
            self.section,
        )  # fmt: skip


@lru_cache(maxsize=1)
def _raw() -> tuple[dict[str, Any], ...]:
    return tuple(yamlfile.read(FILE))


def load(codebook: Codebook, focus: int) -> dict[int, Declared]:
    """Read the declared figures, by number.

    Parameters
    ----------
    codebook : Codebook
        The dataset's own, so that rows and panels follow its studies and categories.
    focus : int
        The study in focus.
    """
    return {raw["number"]: _grid(raw, codebook, focus) for raw in _raw()}


def _grid(raw: dict[str, Any], codebook: Codebook, focus: int) -> Declared:
    rows = (
        tuple(lines(raw["rows"], codebook, focus))
        if "rows" in raw
        else tuple(Line(name, codebook.label(name)) for name in codebook.factors)
    )
    kind = Declared if "rows" in raw else OfFactors
    return kind(
        number=raw["number"], section=raw["section"], caption=raw["caption"].format(focus=focus),
        unit=raw["unit"], row_header=raw["row_header"], rows=rows,
        columns=tuple(lines(raw["columns"], codebook, focus)),
        measures={"count": raw["measure"].replace("focus", str(focus))},
        notes=tuple(Note(note["at"], note["text"]) for note in raw.get("notes", ())),
    )  # fmt: skip
