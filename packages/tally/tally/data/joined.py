"""Tables joined on their cases, as whole numbers: what the rules and the reading both count on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tally.codebook import Codebook
from tally.data import layout
from tally.data.raw import RawTable, texts
from tally.errors import Failure

MOST_LISTED = 200
"""Failures of one rule that are listed; how many more there are is said."""
Ints = NDArray[np.integer[Any]]


def capped(failures: list[Failure], total: int, place: str, column: str = "") -> list[Failure]:
    """List at most `MOST_LISTED` failures of one rule and say how many more there are."""
    more = total - min(len(failures), MOST_LISTED)
    if more <= 0:
        return failures
    return [
        *failures[:MOST_LISTED],
        Failure(f"{more:,} more rows fail likewise.", place, "", column),
    ]


def listed(rows: Ints, place: str, column: str, word: Callable[[int], Failure]) -> list[Failure]:
    """Word the failures of the rows at some positions, capped."""
    found = [word(int(row)) for row in rows[:MOST_LISTED]]
    return capped(found, len(rows), place, column)


@dataclass(frozen=True, eq=False)
class Joined:
    """Tidy tables joined on their cases, as whole numbers.

    Parameters
    ----------
    tables : mapping of str to RawTable
        By name, columns in stored form; some may be missing.
    """

    tables: Mapping[str, RawTable]
    codebook: Codebook
    _owners: dict[str, Ints] = field(default_factory=dict, repr=False)

    @property
    def cases(self) -> RawTable | None:
        """The table of cases, if it has their identifiers."""
        found = self.tables.get(self.codebook.root.table)
        return found if found and self.codebook.root.id in found.frame else None

    @cached_property
    def index(self) -> pd.Index[Any]:
        """Identifiers of the cases, each once."""
        assert self.cases is not None
        ids = self.cases.frame[self.codebook.root.id].astype(object)
        found: pd.Index[Any] = pd.Index(ids.drop_duplicates())
        return found

    @cached_property
    def first_rows(self) -> Ints:
        """For each identifier, the position of its first row among the cases."""
        assert self.cases is not None
        column = self.cases.frame[self.codebook.root.id]
        return np.flatnonzero(~column.duplicated().to_numpy())

    def owner(self, name: str) -> Ints:
        """For each row of a table, the position of its case in `index`; -1 if there is none."""
        if name not in self._owners:
            column = self.tables[name].frame[self.codebook.root.id]
            place = self.index.get_indexer(pd.Index(texts(column), dtype=object))
            self._owners[name] = place[column.cat.codes.to_numpy()]
        return self._owners[name]

    def has(self, name: str, *columns: str) -> bool:
        """Say whether a table was found with some columns."""
        return name in self.tables and set(columns) <= set(self.tables[name].frame)

    @cached_property
    def rated(self) -> tuple[Ints, Ints, Ints]:
        """For each row of the ratings: its case, its factor and its level (-1 where unknown)."""
        frame = self.tables[layout.RATINGS].frame
        factors = list(self.codebook.factors)
        known = pd.Index(factors).get_indexer(pd.Index(texts(frame["risk_factor"]), dtype=object))
        factor = known.astype(np.int8)[frame["risk_factor"].cat.codes.to_numpy()]
        names = texts(frame["rating"])
        levels = np.full((len(factors) + 1, len(names)), -1, dtype=np.int8)
        for number, name in enumerate(factors):
            codes = [str(code) for code in self.codebook.variables[name].codes]
            levels[number] = [codes.index(text) if text in codes else -1 for text in names]
        return self.owner(layout.RATINGS), factor, levels[factor, frame["rating"].cat.codes]

    @cached_property
    def wide(self) -> NDArray[np.int8]:
        """Level of each case (rows, as in `index`) and factor (columns); -1 where not rated."""
        case, factor, level = self.rated
        found = np.full((len(self.index), len(self.codebook.factors)), -1, dtype=np.int8)
        sound = (case >= 0) & (factor >= 0)
        if sound.all():
            found[case, factor] = level
        else:
            found[case[sound], factor[sound]] = level[sound]
        return found

    @property
    def can_rate(self) -> bool:
        """Whether cases and ratings have the columns that join them."""
        wanted = (self.codebook.root.id or "", "risk_factor", "rating")
        return self.cases is not None and self.has(layout.RATINGS, *wanted)
