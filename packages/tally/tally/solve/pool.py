"""Datasets that reach ends of ranges, kept together: what proves many ends, and where to set out.

Each agrees with what was printed and is one of many that do: none says anything about real cases.
They are kept as positions of codes, and a quantity is evaluated on all of them at once. An end is
only taken as proved once pandas has checked, on the dataset by itself, that it agrees and reaches
it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tally import evaluate as quantities
from tally.codebook import Codebook
from tally.dataset import SYNTHETIC, Dataset, Meta
from tally.expression import Aggregate, Linear, Quantity, Tally
from tally.solve.compiled import Case
from tally.solve.neighbourhood import as_dataset, records

_PART = 50

Numbers = NDArray[np.int64]


class Pool:
    """Datasets as positions of codes.

    Parameters
    ----------
    codebook : Codebook
    datasets : sequence of list of Case
    """

    def __init__(self, codebook: Codebook, datasets: Sequence[Sequence[Case]] = ()) -> None:
        self.codebook = codebook
        self.datasets = [list(cases) for cases in datasets]
        starts = range(0, len(self.datasets), _PART)
        self._parts = [Part(codebook, self.datasets[n : n + _PART]) for n in starts]

    def __len__(self) -> int:
        return len(self.datasets)

    def dataset(self, number: int) -> Dataset:
        """Return one of them as a dataset."""
        return as_dataset(self.datasets[number], self.codebook)

    def more(self, cases: Sequence[Case]) -> Pool:
        """Return a pool with one more, last."""
        found, whole = Pool(self.codebook, [*self.datasets, cases]), len(self) // _PART
        found._parts[:whole] = self._parts[:whole]
        return found

    def values(self, quantity: Quantity) -> list[Fraction | None]:
        """Return the value of a quantity on each dataset, None where it is not defined."""
        return [value for part in self._parts for value in part.values(quantity)]


class Part:
    """Some datasets of a pool, on all of which a quantity is evaluated at once."""

    def __init__(self, codebook: Codebook, datasets: Sequence[Sequence[Case]]) -> None:
        self.codebook, self.datasets = codebook, datasets
        self._root = codebook.root.name
        self._units = [unit for unit in codebook.units if unit != self._root]

    def __len__(self) -> int:
        return len(self.datasets)

    @cached_property
    def rows(self) -> dict[str, tuple[NDArray[np.int16], Numbers]]:
        """For each unit, the positions of all rows, and the case to which each belongs."""
        every = [case for cases in self.datasets for case in cases]
        found = {self._root: (_table([case[0] for case in every]), np.arange(len(every)))}
        for n, unit in enumerate(self._units):
            rows = [row for case in every for row in case[1][n]]
            owner = np.repeat(np.arange(len(every)), [len(case[1][n]) for case in every])
            found[unit] = _table(rows, len(self.codebook.of_unit(unit))), owner
        return found

    @cached_property
    def _of(self) -> Numbers:
        """For each case, the dataset in which it is."""
        return np.repeat(np.arange(len(self)), [len(cases) for cases in self.datasets])

    @cached_property
    def _stack(self) -> Dataset:
        """All of them as one dataset, whose views know the positions already."""
        ids, frames = self.codebook.root.id or "", {}
        for unit, (_, owner) in self.rows.items():
            frames[unit] = pd.DataFrame({ids: owner})
        made = Dataset(self.codebook, MappingProxyType(frames), Meta("Pool", SYNTHETIC))
        for unit, (table, _) in self.rows.items():
            for n, variable in enumerate(self.codebook.of_unit(unit)):
                made.views[unit].known[variable.name] = table[:, n]
        return made

    def values(self, quantity: Quantity) -> list[Fraction | None]:
        """Return the value of a quantity on each dataset, None where it is not defined."""
        total: list[Fraction | None] = [Fraction(quantity.constant)] * len(self)
        for weight, aggregate in quantity.terms:
            for n, value in enumerate(self._statistics(aggregate)):
                before = total[n]
                total[n] = None if before is None or value is None else before + weight * value
        return total

    def _statistics(self, aggregate: Aggregate) -> list[Fraction | None]:
        if not len(self):
            return []
        if aggregate.function == "median":
            return [None] * len(self)
        above, below, scale = aggregate.ratio(self.codebook)
        if aggregate.function in ("min", "max"):
            return self._extremes(aggregate.function, above)
        sums = self._sums(above)
        if below is None:
            return [Fraction(value) for value in sums]
        pairs = zip(sums, self._sums(below), strict=True)
        return [Fraction(scale * x, y) if y else None for x, y in pairs]

    def _numbers(self, item: Tally) -> tuple[Numbers, Numbers]:
        """Return what each unit that meets a condition adds, and in which dataset it is."""
        inside = quantities.mask(item.where, self._stack, item.unit)
        value = item.value or Linear(constant=1)
        of = self._of[self.rows[item.unit][1]]
        return quantities.values(value, self._stack, item.unit)[inside], of[inside]

    def _sums(self, item: Tally) -> list[int]:
        numbers, of = self._numbers(item)
        sums = np.bincount(of, numbers, len(self)).round().astype(np.int64)
        return [int(value) for value in sums]

    def _extremes(self, function: str, item: Tally) -> list[Fraction | None]:
        numbers, of = self._numbers(item)
        far = np.iinfo(np.int64).max if function == "min" else np.iinfo(np.int64).min
        found = np.full(len(self), far)
        (np.minimum if function == "min" else np.maximum).at(found, of, numbers)
        return [None if value == far else Fraction(int(value)) for value in found]


def _table(rows: Sequence[Sequence[int]], width: int = 0) -> NDArray[np.int16]:
    return np.array(rows, dtype=np.int16).reshape(len(rows), -1 if rows else width)


# -- kept ----------------------------------------------------------------------


def read(codebook: Codebook, path: Path) -> Pool:
    """Read a pool; an empty one if there is no file, or if it is of another coding frame."""
    if not path.exists():
        return Pool(codebook)
    units = [unit for unit in codebook.units if unit != codebook.root.name]
    with np.load(path) as file:
        if str(file["frame"]) != _fingerprint(codebook):
            return Pool(codebook)
        sizes, roots = file["sizes"].tolist(), file["cases"].tolist()
        members = [
            _split(file[f"{unit}_rows"].tolist(), file[f"{unit}_numbers"].tolist())
            for unit in units
        ]
    every: list[Case] = [
        (row, [found[n] for found in members]) for n, row in enumerate(roots)
    ]  # fmt: skip
    return Pool(codebook, _split(every, sizes))


def _split(items: list[Any], sizes: Sequence[int]) -> list[list[Any]]:
    ends = np.cumsum(sizes).tolist()
    return [items[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def write(pool: Pool, path: Path) -> None:
    """Write a pool; the same datasets give the same bytes."""
    every = [case for cases in pool.datasets for case in cases]
    rows = Part(pool.codebook, pool.datasets).rows
    arrays: dict[str, Any] = {
        "frame": np.array(_fingerprint(pool.codebook)),
        "sizes": np.array([len(cases) for cases in pool.datasets]),
        "cases": rows[pool.codebook.root.name][0].astype(np.uint8),
    }
    units = [unit for unit in pool.codebook.units if unit != pool.codebook.root.name]
    for n, unit in enumerate(units):
        arrays[f"{unit}_rows"] = rows[unit][0].astype(np.uint8)
        arrays[f"{unit}_numbers"] = np.array([len(case[1][n]) for case in every], dtype=np.uint8)
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    path.write_bytes(stream.getvalue())


def _fingerprint(codebook: Codebook) -> str:
    """Name the variables and their codes, on whose positions the file rests."""
    return ";".join(
        f"{variable.unit}.{variable.name}:{','.join(map(str, variable.codes))}"
        for unit in codebook.units for variable in codebook.of_unit(unit)
    )  # fmt: skip


def with_dataset(pool: Pool, dataset: Dataset) -> Pool:
    """Return a pool with one more dataset, first."""
    return Pool(pool.codebook, [records(dataset), *pool.datasets])
