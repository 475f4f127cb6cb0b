"""What a whole book about observed cases may tell: planned once, written, read by each chapter.

The plan covers every table and figure and, of the statements, those whose counts join two variables
at most: more would tell ever smaller groups apart. A sentence may tell a number outside the plan
only if it counts the same cases as one that is shown; any other is held back.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

from scrlib import figure_grids
from scrlib.auditing import claims
from scrlib.auditing.known import Knowledge
from scrlib.compare import associations, benchmarks
from scrlib.protecting import disclosure
from scrlib.protecting.disclosure import Protected
from scrlib.protecting.limits import Settings
from scrlib.report import load_tables
from tally.dataset import OBSERVED, Dataset
from tally.errors import Failure, InputError
from tally.expression import Quantity, Relation
from tally.interval import Known, exactly
from tally.language import parse

FILE = "disclosure.json"
VARIABLE = "SCR_DISCLOSURE"
DEFAULT = Settings(suppress_below=5)
"""For observed data, unless asked otherwise: counts under five are held back, none rounded."""
WARNING = (
    "What is held back or rounded may still be worked out, by subtracting some numbers from "
    "others: this page is not fit to be published on the strength of it."
)
NOTHING_HELD = "No number is held back or rounded."
_MOST_JOINED = 2


def quantities(dataset: Dataset, focus: int) -> list[Quantity]:
    """Return what a book about a dataset tells, as far as it can be protected together."""
    cells = _cells(dataset, focus)
    others = (*_stated(dataset, focus), *_compared(dataset, focus))
    few = (item for item in others if disclosure.joins(item, dataset) <= _MOST_JOINED)
    return list(dict.fromkeys((*cells, *few)))


def _cells(dataset: Dataset, focus: int) -> Iterator[Quantity]:
    codebook = dataset.codebook
    tables = [*load_tables(codebook, focus).values()]
    tables += figure_grids.load(codebook, focus).values()
    for table in tables:
        for cell in table.cells:
            if cell.quantity:
                yield parse(cell.quantity, codebook, focus)


def _stated(dataset: Dataset, focus: int) -> Iterator[Quantity]:
    for claim in claims.claims(dataset.codebook, focus):
        for reading in claim.readings:
            if isinstance(reading.parsed, Quantity):
                yield reading.parsed
            elif isinstance(reading.parsed, Relation):
                for left, _, right in reading.parsed.comparisons:
                    yield from (left, right)


def _compared(dataset: Dataset, focus: int) -> Iterator[Quantity]:
    for item in benchmarks.load():
        for text in (item.ours, item.also):
            if text:
                yield parse(text, dataset.codebook, focus)
    for one in associations.load():
        for text in one.quantities(dataset.studies):
            yield parse(text, dataset.codebook, focus)


def settled(
    dataset: Dataset, suppress_below: int | None = None, round_to: int | None = None
) -> Settings:
    """Return what is held back of a dataset if so much, or nothing, is asked for.

    Raises
    ------
    InputError
        If a number is not allowed, or if synthetic data would be treated as if observed.
    """
    observed = dataset.meta.provenance == OBSERVED
    below = DEFAULT.suppress_below if suppress_below is None and observed else suppress_below or 0
    settings = Settings(below, round_to or 0)
    if settings.active and dataset.synthetic:
        rule = "Synthetic cases are nobody's: what the report printed is not held back."
        raise InputError(Failure(rule, "--suppress-below, --round-to"))
    return settings


def notice(settings: Settings) -> str:
    """Return what a page says of numbers that are held back or rounded; empty if none are."""
    if not settings.active:
        return ""
    least = settings.suppress_below
    held = f"Numbers from 1 to {least - 1} are held back." if least else ""
    return " ".join(filter(None, (held, settings.rounding, WARNING)))


def plan(dataset: Dataset, settings: Settings, focus: int) -> Protected:
    """Plan what a book may tell; takes up to a minute for a hundred cases.

    Parameters
    ----------
    focus : int
        Year of the study in focus.
    """
    found = quantities(dataset, focus) if settings.suppress_below else []
    return disclosure.protect(found, dataset, settings, focus)


def teller(protected: Protected) -> Callable[[Quantity, Known], Known]:
    """Return the function through which `scrlib.auditing.known.Knowledge` tells numbers."""

    def tell(quantity: Quantity, known: Known) -> Known:
        marker = protected.mark(quantity)
        if marker:
            return Known(None, None, marker=marker)
        return known if protected.settings.round_to <= 1 else exactly(protected.value(quantity))

    return tell


def planned(dataset: Dataset, settings: Settings, focus: int, folder: Path) -> Path | None:
    """Plan what a book may tell and write it into a folder; None if everything may be told."""
    if not settings.active:
        return None
    path = folder / FILE
    write(plan(dataset, settings, focus), path)
    return path


# -- the plan on disk ------------------------------------------------------------------------------


def write(protected: Protected, path: Path) -> None:
    """Write a plan down for the chapters: which counts are held back, but none of the counts."""
    marks = {
        unit: [protected.marks[unit, space.row(item)] for item in space.conditions]
        for unit, space in protected.spaces.items()
    }
    record = {"settings": asdict(protected.settings), "focus": protected.focus, "marks": marks}
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def read(path: Path, dataset: Dataset) -> Protected:
    """Read a plan that `write` wrote for the same dataset.

    Raises
    ------
    InputError
        If it cannot be read, or is about other quantities than the book tells.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        settings, focus = Settings(**record["settings"]), int(record["focus"])
        given = record["marks"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(
            Failure("The plan of what is held back cannot be read.", path.name)
        ) from error
    found = quantities(dataset, focus) if settings.suppress_below else []
    spaces = disclosure.spaces(found, dataset.codebook)
    if {unit: len(space.conditions) for unit, space in spaces.items()} != {
        unit: len(marks) for unit, marks in given.items()
    }:
        raise InputError(Failure("The plan was made for another book.", path.name))
    marks = {
        (unit, space.row(item)): mark
        for unit, space in spaces.items()
        for item, mark in zip(space.conditions, given[unit], strict=True)
    }
    return Protected(dataset, settings, focus, spaces, marks)


def current(dataset: Dataset) -> Protected | None:
    """Return the plan of the build that runs this chapter; None if there is none."""
    path = os.environ.get(VARIABLE)
    return _read(path, dataset) if path else None


@lru_cache(maxsize=2)
def _read(path: str, dataset: Dataset) -> Protected:
    return read(Path(path), dataset)


def knowledge(dataset: Dataset, focus: int) -> Knowledge:
    """Return what a chapter may tell: all that is known, or what the plan of the build allows."""
    found = current(dataset)
    if found is None:
        return Knowledge(dataset, focus)
    return Knowledge(dataset, focus, teller(found), found.settings.round_to > 1)
