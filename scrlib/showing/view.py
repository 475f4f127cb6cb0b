"""A table with what may be told of each of its numbers, before it is laid out for readers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from scrlib.auditing.known import Knowledge
from scrlib.words import short
from tally.grid import Declared, Line, Table, Value, compute
from tally.interval import Known, exactly
from tally.rounding import parse_printed

MARKERS = {
    "[x]": "not known: the printed report does not fix this number, and no range was worked out",
    "[z]": "not applicable: there is nothing to count or to average",
    "[c]": "held back: a small number, or one from which a small one could be worked out",
}
NAMES = {"count": "number", "percent": "percentage", "mean": "mean", "value": "number"}


@dataclass(frozen=True, eq=False)
class View:
    """A table with what may be told of each of its numbers.

    Parameters
    ----------
    table : Table
        As computed from the dataset.
    knowledge : Knowledge
    """

    table: Table
    knowledge: Knowledge

    @property
    def declared(self) -> Declared:
        """The declaration of the table."""
        return self.table.declared

    @cached_property
    def cells(self) -> Mapping[tuple[str, str], dict[str, Known]]:
        """For each row and column, what is known of each measure."""
        found: dict[tuple[str, str], dict[str, Known]] = {}
        for item in self.table.values:
            cell = item.cell
            known = (
                self.knowledge.of(cell.quantity)
                if cell.quantity
                else exactly(parse_printed(cell.printed).value if cell.printed else None)
            )
            found.setdefault((cell.row, cell.column), {})[cell.measure] = known
        return found

    def text(self, row: Line, column: Line) -> str:
        """Return a cell as it is shown; "[z]" where it has nothing to show."""
        if column.text:
            return self.table.texts[row.key, column.key]
        found = self.cells.get((row.key, column.key))
        if found is None or any(not known.defined for known in found.values()):
            return "[z]"
        shown = {name: short(known, name).removesuffix("%") for name, known in found.items()}
        return self.declared.template(row, column).format(**shown)

    @cached_property
    def grid(self) -> list[list[str]]:
        """The cells as shown, row by row."""
        return [
            [self.text(row, column) for column in self.table.columns] for row in self.table.rows
        ]

    @property
    def ranged(self) -> bool:
        """Whether a range stands in the table."""
        return any(known.ranged for cell in self.cells.values() for known in cell.values())

    @property
    def markers(self) -> list[str]:
        """The markers that stand in the table."""
        shown = " ".join(text for row in self.grid for text in row)
        return [marker for marker in MARKERS if marker in shown]


def view(declared: Declared, knowledge: Knowledge) -> View:
    """Compute a table and say what may be told of it."""
    return View(compute(declared, knowledge.dataset), knowledge)


def told(view: View) -> Table:
    """Return a table in which nothing stands but what may be told, for files of many tables."""
    values = []
    for item in view.table.values:
        known = view.cells[item.cell.row, item.cell.column][item.cell.measure]
        value = known.low if known.fixed else None
        values.append(Value(item.cell, value, short(known, item.cell.measure).removesuffix("%")))
    return replace(view.table, values=tuple(values))


def frame(view: View) -> pd.DataFrame:
    """Return a table for its download: a row for each row, a column for each measure.

    A number that is known stands alone. Where any number of a column is a range, the column is
    split into its lowest and its highest value; what is not known stays blank.
    """
    columns: dict[str, list[str]] = {
        view.declared.row_header: [row.full for row in view.table.rows]
    }
    for column in view.table.columns:
        if column.text:
            columns[column.full] = [view.text(row, column) for row in view.table.rows]
        else:
            columns.update(_plain(view, column))
    return pd.DataFrame(columns)


def _plain(view: View, column: Line) -> Iterator[tuple[str, list[str]]]:
    cells = [view.cells.get((row.key, column.key), {}) for row in view.table.rows]
    measures = dict.fromkeys(name for cell in cells for name in cell)
    for measure in measures:
        name = column.full if len(measures) == 1 else f"{column.full}: {NAMES[measure]}"
        found = [cell.get(measure) for cell in cells]
        if any(known and known.ranged for known in found):
            yield f"{name} (lowest)", [_end(known, measure, 0) for known in found]
            yield f"{name} (highest)", [_end(known, measure, -1) for known in found]
        else:
            yield name, [_end(known, measure, 0) for known in found]


def _end(known: Known | None, measure: str, end: int) -> str:
    if known is None or known.low is None:
        return ""
    return short(known, measure).split(" to ")[end].removesuffix("%")
