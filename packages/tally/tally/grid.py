"""Tables as grids of quantities: a row's condition, a column's condition, and what is measured.

The same declaration computes a table from any dataset and holds what was printed in each cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import pandas as pd

from tally.dataset import Dataset
from tally.evaluate import evaluate
from tally.language import parse
from tally.rounding import half_up, parse_printed
from tally.syntax import simplified as simplified


@dataclass(frozen=True, slots=True)
class Line:
    """A row or a column.

    Parameters
    ----------
    where : str
        The condition that it stands for, in the language of quantities.
    group : str
        Heading over several lines, or an empty string.
    total : bool
        Whether it sums other lines.
    optional : bool
        Whether to leave it out where it counts nothing.
    cell : str
        Template of its cells, if not the table's.
    text : str
        For a column of words, which has no numbers: what they are, such as "period".
    rows : tuple of str
        For a column: the only rows that it has cells in; all if empty.
    """

    key: str
    label: str
    where: str = "true"
    group: str = ""
    total: bool = False
    optional: bool = False
    cell: str = ""
    text: str = ""
    rows: tuple[str, ...] = ()

    @property
    def full(self) -> str:
        """Label that stands alone, without its heading."""
        return f"{self.group}: {self.label}" if self.group else self.label


@dataclass(frozen=True, slots=True)
class Note:
    """A note to a table. `at` is "caption", "rows", or the key of a row or a column."""

    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a table: its quantity and, where the report prints it, the printed digits.

    Parameters
    ----------
    quantity : str
        Empty where no dataset can compute the cell.
    printed : str or None
        Digits as printed; None if the report does not print this number.
    """

    table: str
    row: str
    row_label: str
    column: str
    column_label: str
    measure: str
    quantity: str
    printed: str | None
    section: str

    @property
    def id(self) -> str:
        """Identifier that is unique among all cells, such as ``table_05:s31:focus:mean``."""
        return ":".join((self.table, self.row, self.column, self.measure))


@dataclass(frozen=True, eq=False)
class Declared:
    """A table as declared: what it counts, and what was printed.

    Parameters
    ----------
    measures : mapping of str to str
        Name to a quantity in which `{row}` and `{column}` stand for the conditions.
    cell : str
        Template that puts the measures together, such as ``{mean} ({count})``.
    printed : mapping
        (row key, column key) to the cell as printed, for those that the report prints.
    external : str
        Why no dataset computes the table; empty if one does.
    """

    number: int
    section: str
    caption: str
    unit: str
    row_header: str
    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    measures: Mapping[str, str] = field(default_factory=dict)
    decimals: Mapping[str, int] = field(default_factory=dict)
    cell: str = "{count}"
    empty: str = "-"
    external: str = ""
    notes: tuple[Note, ...] = ()
    printed: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Identifier, such as ``table_05``."""
        return f"table_{self.number:02d}"

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every number of the table, row by row."""
        return tuple(
            c for row in self.rows for column in self.columns for c in self.at(row, column)
        )

    def at(self, row: Line, column: Line) -> Iterator[Cell]:
        """Yield the numbers in one cell, in the order in which they are shown."""
        if column.text or (column.rows and row.key not in column.rows):
            return
        found = self._printed(row, column)
        for measure in ("value",) if self.external else self.shown(row, column):
            where = {"row": f"({row.where})", "column": f"({column.where})"}
            quantity = "" if self.external else simplified(self.measures[measure].format(**where))
            yield Cell(
                self.key, row.key, row.full, column.key, column.full, measure, quantity,
                found.get(measure), self.section,
            )  # fmt: skip

    def template(self, row: Line, column: Line) -> str:
        """Return the template of a cell: the row's before the column's before the table's."""
        return "{value}" if self.external else row.cell or column.cell or self.cell

    def shown(self, row: Line, column: Line) -> tuple[str, ...]:
        """Return the names of the measures that a cell shows."""
        return tuple(re.findall(r"{(\w+)}", self.template(row, column)))

    def _printed(self, row: Line, column: Line) -> dict[str, str]:
        """Split a printed cell into its numbers. A dash says that there is no such case."""
        text = self.printed.get((row.key, column.key))
        if text is None:
            return {}
        if text == self.empty:
            return {"count": "0"}
        pattern = re.escape(self.template(row, column)).replace(r"\{", "{").replace(r"\}", "}")
        found = re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>[\\d.,]+)", pattern), text)
        if found is None:
            raise ValueError(
                f"{self.key}: {text!r} is not of the form {self.template(row, column)!r}"
            )
        return found.groupdict()


@dataclass(frozen=True, slots=True)
class Value:
    """A computed number of a table; `value` is None where it is not defined."""

    cell: Cell
    value: Fraction | None
    shown: str

    @property
    def agrees(self) -> bool | None:
        """Whether the value prints as the report has it; None where the report prints nothing."""
        if self.cell.printed is None:
            return None
        return self.value is not None and parse_printed(self.cell.printed).admits(self.value)


@dataclass(frozen=True, eq=False)
class Table:
    """A table computed from a dataset."""

    declared: Declared
    columns: tuple[Line, ...]
    rows: tuple[Line, ...]
    values: tuple[Value, ...]

    @cached_property
    def grid(self) -> pd.DataFrame:
        """Cells as shown: one row per row of the table, keys as index and columns."""
        found = [[self.shown(row, column) for column in self.columns] for row in self.rows]
        keys = [column.key for column in self.columns]
        return pd.DataFrame(found, index=[row.key for row in self.rows], columns=keys)

    @cached_property
    def _by_cell(self) -> dict[tuple[str, str], dict[str, Value]]:
        found: dict[tuple[str, str], dict[str, Value]] = {}
        for item in self.values:
            found.setdefault((item.cell.row, item.cell.column), {})[item.cell.measure] = item
        return found

    def shown(self, row: Line, column: Line) -> str:
        """Return the text of a cell; the table's mark of emptiness where nothing is defined."""
        found = self._by_cell.get((row.key, column.key))
        if found is None:
            return ""
        if any(not item.shown for item in found.values()):
            return self.declared.empty
        shown = {name: item.shown for name, item in found.items()}
        return self.declared.template(row, column).format(**shown)


def _value(cell: Cell, declared: Declared, dataset: Dataset) -> Value:
    if declared.external:
        printed = cell.printed or ""
        return Value(cell, parse_printed(printed).value if printed else None, printed)
    value = evaluate(parse(cell.quantity, dataset.codebook), dataset)
    decimals = declared.decimals.get(cell.measure, 0)
    return Value(cell, value, "" if value is None else half_up(value, decimals))


def month(text: str) -> str:
    """Write a month of a study's period in words: ``2012-03`` as ``March 2012``."""
    if len(text) == 4:
        return text
    return f"{pd.Timestamp(text).month_name()} {text[:4]}"


def _kept(lines: tuple[Line, ...], values: tuple[Value, ...], side: str) -> tuple[Line, ...]:
    """Leave out the optional lines in which nothing is counted."""
    used = {getattr(item.cell, side) for item in values if item.value}
    return tuple(line for line in lines if not line.optional or line.key in used)


def compute(declared: Declared, dataset: Dataset) -> Table:
    """Compute a table from a dataset.

    Parameters
    ----------
    declared : Declared
        Read with the dataset's own codebook, whose studies may be more than the report's.
    dataset : Dataset
    """
    values = tuple(_value(cell, declared, dataset) for cell in declared.cells)
    columns, rows = _kept(declared.columns, values, "column"), _kept(declared.rows, values, "row")
    keys = {line.key for line in columns}, {line.key for line in rows}
    kept = tuple(v for v in values if v.cell.column in keys[0] and v.cell.row in keys[1])
    return Table(declared, columns, rows, kept)
