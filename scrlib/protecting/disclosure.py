"""Small counts held back or rounded wherever they would show: one plan for all numbers of a book.

A count from 1 to N - 1 is marked `[c]`. Others are marked `[k]` where a held-back one could be
worked out without them; `scrlib.protecting.attack` checks that with a solver. Where the markers
themselves would give a small number away, all that is held back is marked `[k]`. A percentage is
held back with its count or its base, a mean with its number of units. The plan is made for
quantities, not tables: the same quantity is treated alike in every table, figure and sentence, and
one that is not in the plan is not shown. Rounding follows, and makes everything less certain still.

**What is held back may still be worked out by subtraction.** Sums that a condition compares and
numbers of members are taken for variables of their own, tied to nothing, units are planned apart,
and not every number of a book is asked for here (figure 3's levels, resampled intervals). Do not
publish a book about real cases on the strength of this plan.

Nor does it hide zeros, nor that all units of a group are alike, unless there are fewer cases than
the limit in all: then nothing about them is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf

import numpy as np
import pandas as pd

from scrlib.protecting.attack import PRIMARY, SECONDARY, SHOWN, Attack, plan
from scrlib.protecting.limits import Settings
from scrlib.protecting.space import Row, Space, names
from tally.codebook import Codebook
from tally.dataset import Dataset
from tally.evaluate import evaluate, mask
from tally.expression import TRUE, Aggregate, And, Condition, In, Quantity
from tally.grid import Line, Table, Value
from tally.language import parse
from tally.rounding import half_up

_SINGLE = ("min", "max")
"""Statistics that are the value of one unit: never told where anything is held back."""


def _parts(aggregate: Aggregate, codebook: Codebook) -> Iterator[Condition]:
    """Yield the conditions whose counts a statistic gives away."""
    where = aggregate.where
    if aggregate.value is not None:
        used = (item.variable for item in aggregate.value.weights)
        optional = [codebook.variables[name] for name in used if codebook.variables[name].optional]
        known = (In(item.name, frozenset(item.codes) - {None}) for item in optional)
        yield And((where, *known))
    elif aggregate.function == "percent":
        base = aggregate.base or TRUE
        yield from (And((where, base)), base)
    else:
        yield where


@dataclass(frozen=True, eq=False)
class Protected:
    """A dataset's quantities with what may be shown of each.

    Parameters
    ----------
    spaces : mapping of str to Space
        By unit.
    marks : mapping
        Unit and cells counted, to "", "[c]" or "[k]".
    """

    dataset: Dataset
    settings: Settings
    focus: int | None
    spaces: Mapping[str, Space]
    marks: Mapping[tuple[str, Row], str]

    def mark(self, quantity: Quantity | str) -> str:
        """Return "" for a quantity that may be shown, else the marker to show in its place."""
        if not self.settings.suppress_below:
            return SHOWN
        parsed = self._parsed(quantity)
        found = {self._mark(a, part) for _, a in parsed.terms for part in self._conditions(a)}
        return PRIMARY if PRIMARY in found else SECONDARY if SECONDARY in found else SHOWN

    def _parsed(self, quantity: Quantity | str) -> Quantity:
        if isinstance(quantity, Quantity):
            return quantity
        return parse(quantity, self.dataset.codebook, self.focus)

    def _conditions(self, aggregate: Aggregate) -> Iterator[Condition]:
        return _parts(aggregate, self.dataset.codebook)

    def _mark(self, aggregate: Aggregate, condition: Condition) -> str:
        space = self.spaces.get(aggregate.unit)
        row = space.same(condition) if space is not None else None
        if row is None or aggregate.function in _SINGLE:
            return SECONDARY
        return self.marks.get((aggregate.unit, row), SECONDARY)

    def value(self, quantity: Quantity | str) -> Fraction | None:
        """Return a quantity as it may be shown, its counts rounded; None if it is held back."""
        parsed = self._parsed(quantity)
        if self.mark(parsed):
            return None
        if self.settings.round_to <= 1:
            return evaluate(parsed, self.dataset)
        total = Fraction(parsed.constant)
        for weight, aggregate in parsed.terms:
            found = self._rounded(aggregate)
            if found is None:
                return None
            total += weight * found
        return total

    def _rounded(self, aggregate: Aggregate) -> Fraction | None:
        if aggregate.value is not None:
            return evaluate(Quantity(((1, aggregate),)), self.dataset)
        counts = [
            _nearest(_count(part, self.dataset, aggregate.unit), self.settings.round_to)
            for part in self._conditions(aggregate)
        ]
        if aggregate.function != "percent":
            return Fraction(counts[0])
        return Fraction(100 * counts[0], counts[1]) if counts[1] else None

    def table(self, table: Table) -> Table:
        """Return a computed table with markers, and with rounded counts."""
        return replace(table, values=tuple(map(self._shown, table.values)))

    def _shown(self, item: Value) -> Value:
        if not item.cell.quantity or not self.settings.active:
            return item
        marker = self.mark(item.cell.quantity)
        if marker:
            return replace(item, value=None, shown=marker)
        decimals = len(item.shown.partition(".")[2])
        value = self.value(item.cell.quantity)
        return replace(item, value=value, shown="" if value is None else half_up(value, decimals))


def _count(condition: Condition, dataset: Dataset, unit: str) -> int:
    return int(np.count_nonzero(mask(condition, dataset, unit)))


def _nearest(count: int, base: int) -> int:
    return (2 * count + base) // (2 * base) * base


def protect(
    quantities: Iterable[Quantity | str], dataset: Dataset, settings: Settings,
    focus: int | None = None,
) -> Protected:  # fmt: skip
    """Plan what may be shown of quantities that are all published together.

    Parameters
    ----------
    quantities : iterable of Quantity or str
        Everything that will be shown anywhere: whatever is left out is never shown.
    focus : int, optional
        The study for which the name `focus` stands.

    Returns
    -------
    Protected
        No held-back count is determined by what else of its own unit is shown, as far as the
        conditions are tied: see the warning above.
    """
    codebook = dataset.codebook
    parsed = [q if isinstance(q, Quantity) else parse(q, codebook, focus) for q in quantities]
    if not settings.suppress_below:
        return Protected(dataset, settings, focus, {}, {})
    found = spaces(parsed, codebook)
    if 0 < dataset.size(codebook.root.name) < settings.suppress_below:
        # Which numbers are none and which are held back would tell all there is of these few.
        every = {(u, space.row(c)): PRIMARY for u, space in found.items() for c in space.conditions}
        return Protected(dataset, settings, focus, found, every)
    marks = {}
    for unit, space in found.items():
        for row, mark in _planned(space, dataset, unit, settings.suppress_below).items():
            marks[unit, row] = mark
    return Protected(dataset, settings, focus, found, marks)


def spaces(quantities: Iterable[Quantity], codebook: Codebook) -> dict[str, Space]:
    """Return, by unit, the cells of all counts that some quantities give away."""
    conditions: dict[str, dict[Condition, None]] = {}
    for quantity in quantities:
        for _, aggregate in quantity.terms:
            own = conditions.setdefault(aggregate.unit, {})
            own.update(dict.fromkeys(_parts(aggregate, codebook)))
    return {unit: Space(codebook, tuple(found)) for unit, found in conditions.items()}


def joins(quantity: Quantity, dataset: Dataset) -> float:
    """Return how many variables a quantity's counts join at most; infinite for sums compared."""
    found = [
        names(part)
        for _, aggregate in quantity.terms
        for part in _parts(aggregate, dataset.codebook)
    ]
    if any(not isinstance(name, str) for item in found for name in item):
        return inf
    return max(map(len, found), default=0)


def _planned(space: Space, dataset: Dataset, unit: str, least: int) -> dict[Row, str]:
    counts = {space.row(item): _count(item, dataset, unit) for item in space.conditions}
    attack = Attack(space, list(counts), list(counts.values()), least)
    marks = plan(attack) or plan(replace(attack, telling=False))
    # Where nothing less protects them, no count of the unit is shown.
    return dict(zip(counts, marks or [SECONDARY] * len(counts), strict=True))


def protect_tables(
    tables: Mapping[str, Table], dataset: Dataset, settings: Settings,
    further: Iterable[Quantity | str] = (), focus: int | None = None,
) -> tuple[dict[str, Table], Protected]:  # fmt: skip
    """Protect computed tables, together with other quantities that the same book shows.

    Returns
    -------
    dict of str to Table
        The same tables with markers; `Table.frame` and `Table.grid` show nothing held back.
    Protected
        For everything else that shows a number: `Protected.mark` and `Protected.value`.
    """
    own = (item.cell.quantity for table in tables.values() for item in table.values)
    protected = protect([*filter(None, own), *further], dataset, settings, focus)
    return {key: protected.table(table) for key, table in tables.items()}, protected


def grid(table: Table) -> pd.DataFrame:
    """Return the cells of a protected table as shown; a cell with a marker shows it once."""
    found = [[_once(table, row, column) for column in table.columns] for row in table.rows]
    keys = [column.key for column in table.columns]
    return pd.DataFrame(found, index=[row.key for row in table.rows], columns=keys)


def _once(table: Table, row: Line, column: Line) -> str:
    shown = table.shown(row, column)
    for marker in (PRIMARY, SECONDARY):
        if marker in shown:
            return marker
    return shown
