"""Cross-tables whose cells are quantities: a row's condition, a column's condition, a base.

They are made by `scrlib.book.Book.crosstab`, in the words of `pandas.crosstab`. ``long`` and
``wide`` are DataFrames of the numbers that may be told, for seaborn, pandas and statsmodels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from scrlib.lines import FACTOR, LEVEL, Line, Spec, heading, lines_of, possible, with_subtotals
from scrlib.numbers import ALL, NAN, Given, Quantity, Share, both, plural_of, unit_of
from scrlib.words import lower_first, mark_in_words, short
from tally.errors import InputError, not_allowed
from tally.interval import exactly
from tally.language import parse_condition

NORMALIZE = ("all", "index", "columns")
TOTAL = "Total"


@dataclass(frozen=True, eq=False)
class Crosstab:
    """A table that knows its quantities.

    Parameters
    ----------
    given : Given
    unit : str
        What is counted.
    rows, columns : tuple of Line
    where : str
        The condition of the whole table.
    names : tuple of str
        What the rows and the columns are, for headers.
    normalize : {None, "all", "index", "columns"}
        What percentages are of, as in `pandas.crosstab`.
    values : str
        A number that is averaged in each cell, in place of counting alone.
    """

    given: Given
    unit: str
    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    where: str
    names: tuple[str, str]
    normalize: str | None = None
    values: str = ""

    def share(self, row: Line, column: Line) -> Share:
        """Return the count in a cell, with the base that its percentage is of."""
        if self.normalize == "columns":
            inside, base = row.where, column.of(row)
        elif self.normalize == "index":
            inside, base = column.of(row), row.where
        else:
            inside, base = both(row.where, column.of(row)), ALL
        return Share(self.given, self.unit, inside, both(base, self.where))

    def mean(self, row: Line, column: Line) -> Quantity:
        """Return the average in a cell."""
        where = both(row.where, column.where, self.where)
        condition = f", {where}" if where != ALL else ""
        return Quantity(self.given, f"mean({self.unit}, {self.values}{condition})")

    def expression(self, row: Line, column: Line) -> str:
        """Return what a cell shows: a percentage, which has its count, or an average."""
        if self.values:
            return self.mean(row, column).expression
        return self.share(row, column).texts[2]

    def cells(self, *, totals: bool = True) -> Iterator[tuple[Line, Line, Share]]:
        """Yield the rows' cells, row by row."""
        for row in self.rows:
            for column in self.columns:
                if totals or not (row.total or column.total):
                    yield row, column, self.share(row, column)

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """Every number that the table shows: counts, percentages and averages."""
        found = []
        for row, column, share in self.cells():
            count, _, percent = share.texts
            found.append(Quantity(self.given, count))
            found += [Quantity(self.given, percent)] if self.normalize else []
            found += [self.mean(row, column)] if self.values else []
        return tuple(found)

    @cached_property
    def long(self) -> pd.DataFrame:
        """One row for each cell but totals: `n` and `percent`, or `low` and `high` where open."""
        columns = [*self.names, "n", "percent", "nobs", "low", "high"]
        data = [
            (row.label, column.label, share.count, share.percent, share.nobs, *self._ends(share))
            for row, column, share in self.cells(totals=False)
        ]
        frame = pd.DataFrame(data, columns=columns)
        if self.values:
            frame["mean"] = [self.mean(*cell[:2]).value for cell in self.cells(totals=False)]
        for name in self.names:
            frame[name] = pd.Categorical(frame[name], list(dict.fromkeys(frame[name])))
        return frame

    def _ends(self, share: Share) -> tuple[float, float]:
        """Return the ends of the range of a count, as numbers that a chart may hold."""
        known = share.known[0]
        if known.high is None:
            return NAN, NAN
        return self.given.give(exactly(known.low)), self.given.give(exactly(known.high))

    @cached_property
    def wide(self) -> pd.DataFrame:
        """The counts as `pandas.crosstab` lays them out; not a number where a count is open."""
        rows = [row for row in self.rows if not row.total]
        columns = [column for column in self.columns if not column.total]
        counts = [[self.share(row, column).count for column in columns] for row in rows]
        return pd.DataFrame(
            counts,
            pd.Index([row.label for row in rows], name=self.names[0]),
            pd.Index([column.label for column in columns], name=self.names[1]),
        )

    @property
    def fixed(self) -> float:
        """The share of the cells, totals aside, whose count is a number."""
        return float(self.long["n"].notna().mean()) if len(self.long) else 0.0

    @property
    def words(self) -> str:
        """The counts in words, for the text alternative of a chart."""
        alone = len([column for column in self.columns if not column.total]) == 1
        told = (
            f"{row.label}{'' if alone else f', {lower_first(column.label)}'}: "
            f"{mark_in_words(share.known[0])}"
            for row, column, share in self.cells(totals=False)
        )
        return "; ".join(told)

    def sort_values(self) -> Crosstab:
        """Return the table with its rows ordered by their first column, the greatest first.

        Rows whose number is open come last, and totals stay at the end.
        """
        first = self.columns[0]

        def place(row: Line) -> tuple[bool, bool, float]:
            known = self.share(row, first).known[0]
            return row.total, known.low is None, -float(known.high or 0)

        return replace(self, rows=tuple(sorted(self.rows, key=place)))

    def dropna(self) -> Crosstab:
        """Return the table without the rows in which every count is open and nothing limits it."""
        open_rows = {
            row.key for row in self.rows
            if all(not self.share(row, column).known[0].fixed for column in self.columns)
        }  # fmt: skip
        return replace(self, rows=tuple(row for row in self.rows if row.key not in open_rows))

    def observed(self) -> Crosstab:
        """Return the table without rows and columns, totals aside, that count nothing."""
        rows = (row for row in self.rows if self._counts(row, self.columns))
        columns = (column for column in self.columns if self._counts(column, self.rows))
        return replace(self, rows=tuple(rows), columns=tuple(columns))

    def _counts(self, line: Line, others: tuple[Line, ...]) -> bool:
        pairs = [(line, x) if line in self.rows else (x, line) for x in others if not x.total]
        return line.total or any(self.share(*pair).known[0].high != 0 for pair in pairs)

    def __repr__(self) -> str:
        size = f"{len(self.rows)} rows, {len(self.columns)} columns"
        return f"<Crosstab of {self.names[0]} by {self.names[1]}: {size}; show it by book.show()>"


def build(
    given: Given, rows: Spec, columns: Spec | None, *, where: str, normalize: str | None,
    subtotals: str | Mapping[str, str] | None, margins: bool | str, observed: bool, values: str,
    names: tuple[str, str], unit: str,
) -> Crosstab:  # fmt: skip
    """Make a cross-table: see `scrlib.book.Book.crosstab`."""
    codebook = given.codebook
    if normalize not in (None, *NORMALIZE):
        raise InputError(not_allowed("No such way to normalize.", normalize, NORMALIZE))
    down, across = lines_of(rows, codebook), lines_of(columns, codebook) if columns else []
    conditions = [line.of(down[0]) for line in (*down, *across)]
    unit = unit or unit_of([*conditions, where], codebook)
    parse_condition(where, codebook, unit, given.knowledge.focus)
    if rows == FACTOR or (columns == LEVEL and not isinstance(rows, Mapping)):
        margins = False  # a case has many risks: they do not add up
    total = [Line("total", TOTAL, total=True)] if margins else []
    down = with_subtotals(down, subtotals, unit, given)
    down += total if margins != "columns" else []
    across += total if margins != "rows" else []
    if not columns:
        across = [Line("n", plural_of(unit, codebook).capitalize())]
    down, across = (
        [line for line in side if possible(line, where, unit, given)] for side in (down, across)
    )
    names = (
        heading(rows, names[0], codebook, "Group"), heading(columns, names[1], codebook, "Column")
    )  # fmt: skip
    table = Crosstab(given, unit, tuple(down), tuple(across), where, names, normalize, values)
    return table.observed() if observed else table


def cell_text(table: Crosstab, row: Line, column: Line) -> tuple[str, str]:
    """Return what a cell shows: its number, and what stands in brackets after it."""
    share = table.share(row, column)
    count, _, percent = share.known
    if table.values:
        mean = table.mean(row, column).known
        return (short(mean, "mean"), short(count)) if mean.defined else ("–", "")
    whole = (table.normalize == "columns" and row.where == ALL) or (
        table.normalize == "index" and column.where == ALL
    )
    shown = bool(table.normalize) and not whole and percent.defined and percent.low is not None
    return short(count), short(percent, "percent") if shown else ""
