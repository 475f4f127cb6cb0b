"""The report's seven figures: declared as quantities, drawn from what may be told of them.

A figure has a title that says its message, a subtitle that says its measure, and a text
alternative, all computed from the same numbers; its values stand in a table beneath it and in a CSV
file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from scrlib import paths
from scrlib.auditing.known import Knowledge
from scrlib.report import lines
from scrlib.showing import display, house
from scrlib.showing.narrative import Narrator
from scrlib.showing.prose import plain
from scrlib.showing.view import View, frame, view
from scrlib.words import mark_in_words
from tally import yamlfile
from tally.codebook import Codebook
from tally.data.storage import write_csv
from tally.escape import show_hidden
from tally.grid import Cell, Declared, Line, Note, simplified

FILE = paths.PUBLISHED / "figures.yaml"
NOTHING = "The values of this figure are not known from print, so nothing is drawn."
HELD = "The values of this figure are held back, so nothing is drawn."
_TELLS = 16
_MARKUP = re.compile(r"""[^\w\s.,:;()/'"&+=@%#-]|_|&(?! )""")


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


@dataclass(frozen=True, eq=False)
class Figure:
    """A figure as declared.

    Parameters
    ----------
    grid : Declared
        Its rows, its panels as columns, and the quantity that each bar shows.
    title : str
        A text whose words are computed: the message.
    shown : bool
        Whether the table of its values stands open on the page.
    """

    grid: Declared
    title: str
    shown: bool = False

    @property
    def number(self) -> int:
        """The number that the report gives it."""
        return self.grid.number


@lru_cache(maxsize=1)
def _raw() -> tuple[dict[str, Any], ...]:
    return tuple(yamlfile.read(FILE))


def load(codebook: Codebook, focus: int) -> dict[int, Figure]:
    """Read the declared figures, by number.

    Parameters
    ----------
    codebook : Codebook
        The dataset's own, so that rows and panels follow its studies and categories.
    focus : int
        The study in focus.
    """
    found = (_figure(raw, codebook, focus) for raw in _raw())
    return {item.number: item for item in found}


def _figure(raw: dict[str, Any], codebook: Codebook, focus: int) -> Figure:
    rows = (
        tuple(lines(raw["rows"], codebook, focus))
        if "rows" in raw
        else tuple(Line(name, codebook.label(name)) for name in codebook.factors)
    )
    columns = tuple(lines(raw["columns"], codebook, focus))
    kind = Declared if "rows" in raw else OfFactors
    grid = kind(
        number=raw["number"], section=raw["section"], caption=raw["caption"].format(focus=focus),
        unit=raw["unit"], row_header=raw["row_header"], rows=rows, columns=columns,
        measures={"count": raw["measure"].replace("focus", str(focus))},
        notes=tuple(Note(note["at"], note["text"]) for note in raw.get("notes", ())),
    )  # fmt: skip
    return Figure(grid, raw["title"], raw.get("open", False))


def title(figure: Figure, narrator: Narrator) -> str:
    """Return the message of a figure, in words computed from its numbers."""
    return " ".join(plain(narrator.write(figure.title)).split())


def alternative(figure: Figure, view: View, message: str) -> str:
    """Return the text alternative: what the figure says and shows, and every number if few.

    Labels are told without characters that could be markup. Where there are many numbers, those of
    the first panel are told and the table beneath the figure is named.
    """
    panels = view.table.columns
    many = len(panels) * len(view.table.rows) > _TELLS
    told = [_told(view, column, len(panels) > 1) for column in (panels[:1] if many else panels)]
    drawn = f"Bar chart in {len(panels)} panels" if len(panels) > 1 else "Bar chart"
    rest = " The table under the figure lists every number." if many else ""
    return f"{message}. {drawn}: {figure.grid.caption}. {' '.join(told)}{rest}"


def _told(view: View, column: Line, several: bool) -> str:
    parts = []
    for row in view.table.rows:
        known = view.cells[row.key, column.key]["count"]
        parts.append(f"{_words(row.full)}: {mark_in_words(known)}")
    told = f"{'; '.join(parts)}."
    return f"{_words(column.full)}. {told}" if several else told


def _words(label: str) -> str:
    # MyST drops escaped characters from alternative texts; the table has the label as it is.
    return " ".join(_MARKUP.sub(" ", show_hidden(label)).split())


def markdown(
    figure: Figure, knowledge: Knowledge, narrator: Narrator, folder: Path, address: str
) -> str:
    """Draw a figure, write its downloads, and return all that stands on the page for it.

    Parameters
    ----------
    folder : Path
        Where the SVG and CSV files are written.
    address : str
        The folder as linked from the page.
    """
    seen = view(figure.grid, knowledge)
    message = title(figure, narrator)
    name = f"figure_{figure.number}"
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(frame(seen), folder / f"{name}.csv")
    alt = alternative(figure, seen, message).replace("[", "(").replace("]", ")")
    size = display.file_size(folder / f"{name}.csv")
    download = f"[Download the data of figure {figure.number} ({size} CSV)]({address}/{name}.csv)"
    picture = NOTHING if knowledge.withhold is None else HELD
    if _told_any(seen):
        rows = [row.full for row in seen.table.rows]
        house.save(house.draw(_panels(seen), rows), folder / f"{name}.svg")
        picture = f"![{alt}]({address}/{name}.svg)"
        size = display.file_size(folder / f"{name}.svg")
        download += f" or [the figure ({size} SVG)]({address}/{name}.svg)"
    parts = (
        f'<div class="scr-figure" id="figure-{figure.number}">',
        f"**Figure {figure.number}: {message}**",
        f"{figure.grid.caption}. Unit: {figure.grid.unit}.",
        picture,
        "</div>",
        display.source(seen),
        download,
        _table(figure, seen),
        display.details(figure.grid),
    )
    return "\n\n".join(parts)


def _told_any(view: View) -> bool:
    return any(known.low is not None for cell in view.cells.values() for known in cell.values())


def _panels(view: View) -> list[house.Panel]:
    rows, columns = view.table.rows, view.table.columns
    return [
        house.Panel(
            column.full if len(columns) > 1 else "",
            tuple(view.cells[row.key, column.key]["count"] for row in rows),
        )
        for column in columns
    ]


def _table(figure: Figure, view: View) -> str:
    """Return the values of a figure as a table, folded away unless it is to stand open."""
    name = f"Figure {figure.number} as a table"
    key = display.key(view)
    table = display.html(view, name, f"figure-{figure.number}-table")
    text = "\n\n".join(part for part in (key, table, display.notes(view)) if part)
    if figure.shown:
        return text
    return f'<details class="scr-values on-paper"><summary>{name}</summary>\n\n{text}\n\n</details>'
