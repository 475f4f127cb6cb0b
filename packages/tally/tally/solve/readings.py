"""Statements that can be read in several ways, of which at least one holds.

A linear model states the disjunction with a column of nought or one for each reading: where it is
one the reading's rows hold, and of each statement at least one is. The rows are tied to it by the
least and the greatest value that everything else leaves them (big-M, as tight as can be had).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import gcd

from tally.solve.constraint import Row, Tally
from tally.solve.model import Expression, Model, total

Count = Callable[[Tally], Expression]
Limits = tuple[int | None, int | None]
Span = Callable[[Row], Limits]


@dataclass(frozen=True)
class Alternatives:
    """A statement with the rows of each of its readings."""

    id: str
    readings: tuple[tuple[str, tuple[Row, ...]], ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of all readings."""
        return tuple(row for _, rows in self.readings for row in rows)


@dataclass(frozen=True)
class Side:
    """A row of a reading that is not certain, with the values that all else leaves it."""

    row: Row
    least: int | None
    most: int | None

    @property
    def impossible(self) -> bool:
        """Whether all else rules the row out."""
        low, high = self.row.low, self.row.high
        return (low is not None and self.most is not None and self.most < low) or (
            high is not None and self.least is not None and self.least > high
        )

    @property
    def certain(self) -> bool:
        """Whether the row holds whatever the reading."""
        low, high = self.row.low, self.row.high
        return (low is None or (self.least is not None and self.least >= low)) and (
            high is None or (self.most is not None and self.most <= high)
        )


@dataclass(frozen=True)
class Choice:
    """A statement as it enters a model: its possible readings, each with its uncertain rows."""

    id: str
    options: tuple[tuple[str, tuple[Side, ...]], ...]


def named_rows(statements: Iterable[Alternatives]) -> Iterator[tuple[str, Row]]:
    """Yield each row of each reading with a name that depends on nothing but their order."""
    for item in statements:
        for name, rows in item.readings:
            yield from ((f"{name}#{n}", row) for n, row in enumerate(rows))


def reduced(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return rows without a common factor; of a share with a known base, the whole total alone."""
    return tuple(_divided(row) for row in (rows[-1:] if len(rows) == 3 else rows))


def _divided(row: Row) -> Row:
    factor = gcd(*(weight for weight, _ in row.terms)) or 1
    low = None if row.low is None else -(-row.low // factor)
    high = None if row.high is None else row.high // factor
    terms = tuple((weight // factor, tally) for weight, tally in row.terms)
    return replace(row, terms=terms, low=low, high=high)


def choices(statements: Iterable[Alternatives], span: Span) -> tuple[Choice, ...]:
    """Return the statements that still say something, without readings that all else rules out.

    Parameters
    ----------
    span : callable
        The least and the greatest value that all else leaves the sum of a row.
    """
    found: dict[object, Choice] = {}
    for item in statements:
        options = []
        for name, rows in item.readings:
            sides = [Side(row, *span(row)) for row in rows]
            if not any(side.impossible for side in sides):
                options.append((name, tuple(side for side in sides if not side.certain)))
        if all(sides for _, sides in options):
            key = frozenset(
                frozenset((s.row.terms, s.row.low, s.row.high) for s in sides)
                for _, sides in options
            )
            found.setdefault(key, Choice(item.id, tuple(options)))
    return tuple(found.values())


def impose(model: Model, count: Count, wanted: Iterable[Choice]) -> list[int]:
    """Add to a model that at least one reading of every statement holds.

    Returns
    -------
    list of int
        The columns that have to be whole.
    """
    columns: list[int] = []
    for choice in wanted:
        chosen: Expression = {}
        for _, sides in choice.options:
            column = next(iter(model.column(1)))
            columns.append(column)
            chosen[column] = 1
            for side in sides:
                parts = [(weight, count(tally)) for weight, tally in side.row.terms]
                for expression, low, high in tied(side, total(parts), column):
                    model.row(expression, low, high)
        model.row(chosen, 1, None)
    return columns


def tied(
    side: Side, value: Expression, column: int
) -> Iterator[tuple[Expression, int | None, int | None]]:
    """Yield what says that a row holds where its reading's column is one.

    A side without a limit of its own cannot be tied and is left out: that only widens the model.
    """
    row, least, most = side.row, side.least, side.most
    if row.low is not None and least is not None and least < row.low:
        yield total([(1, value), (least - row.low, {column: 1})]), least, None
    if row.high is not None and most is not None and most > row.high:
        yield total([(1, value), (most - row.high, {column: 1})]), None, most
