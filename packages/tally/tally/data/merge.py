"""Add a new study to earlier ones, with the checks that each dataset gets by itself."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tally.codebook import Codebook
from tally.data import storage
from tally.data.joined import capped
from tally.data.raw import RawTables, table
from tally.data.schema import examine
from tally.dataset import Dataset, Meta
from tally.errors import Failure, InputError

_MIXED = "Cases of different provenance may not be mixed: a reader could not tell them apart."


def merge(old: Dataset, new: Dataset, places: tuple[str, str] = ("OLD", "NEW")) -> Dataset:
    """Return the cases of two datasets as one.

    Parameters
    ----------
    old, new : Dataset
        With no study, case or child in common, and of one provenance.
    places : tuple of str
        How messages name the two.

    Raises
    ------
    InputError
        With everything that they have in common, or because their studies overlap.
    """
    failures = _mixed(old, new, places) + _shared_studies(old, new, places)
    for unit in old.codebook.units.values():
        if unit.id:
            failures += _shared(old.frames[unit.name][unit.id], new.frames[unit.name][unit.id],
                                unit.table, places)  # fmt: skip
    if failures:
        raise InputError(failures)
    report, merged = examine(_raw(old, new, places), old.codebook)
    if merged is None:
        raise InputError(report.failures)
    return merged


def _mixed(old: Dataset, new: Dataset, places: tuple[str, str]) -> list[Failure]:
    if old.meta.provenance == new.meta.provenance:
        return []
    value = f"{places[0]} is {old.meta.provenance}, {places[1]} is {new.meta.provenance}"
    return [Failure(_MIXED, places[1], column="provenance", value=value)]


def _shared_studies(old: Dataset, new: Dataset, places: tuple[str, str]) -> list[Failure]:
    known = {item.study for item in old.studies}
    rule = f"{places[0]} has this study already: give the new one a year of its own."
    return [
        Failure(rule, f"{places[1]}, studies", column="study", value=str(item.study))
        for item in new.studies
        if item.study in known
    ]


def _shared(
    old: pd.Series[str], new: pd.Series[str], name: str, places: tuple[str, str]
) -> list[Failure]:
    both = new[new.isin(set(old))]
    rule = f"{places[0]} has this {old.name} already."
    place = f"{places[1]}, {name}"
    failures = [Failure(rule, place, column=str(old.name), value=str(item)) for item in both[:200]]
    return capped(failures, len(both), place, str(old.name))


def _raw(old: Dataset, new: Dataset, places: tuple[str, str]) -> RawTables:
    """Return both datasets' tables, one under the other, to be checked as any others are."""
    one, two = storage.tables_of(old), storage.tables_of(new)
    tables = {}
    for name, frame in one.items():
        texts = [part.astype(object).map(_text) for part in (frame, two[name])]
        both = pd.concat(texts, ignore_index=True)
        columns = [both[column].tolist() for column in both]
        tables[name] = table(f"{' + '.join(places)}, {name}", list(map(str, both)), columns)
    return RawTables(" + ".join(places), tables, storage.meta_of(_meta(old, new)))


def _text(value: object) -> str:
    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]


def _meta(old: Dataset, new: Dataset) -> Meta:
    first, last = min(s.first_month for s in (*old.studies, *new.studies)), _last(old, new)
    contact = "; ".join(dict.fromkeys(filter(None, (old.meta.contact, new.meta.contact))))
    title = (
        old.meta.title
        if old.meta.title == new.meta.title
        else f"{old.meta.title}; {new.meta.title}"
    )
    return Meta(title, old.meta.provenance, f"{first[:4]} to {last[:4]}", contact)


def _last(old: Dataset, new: Dataset) -> str:
    return max(item.last_month for item in (*old.studies, *new.studies))


def append(old: Path, new: Path, out: Path, codebook: Codebook) -> Dataset:
    """Merge a study into earlier data (``scr append OLD NEW --out ALL``).

    Parameters
    ----------
    old, new : Path
        Datasets: folders or workbooks.
    out : Path
        Where the merged dataset is written; must not exist.

    Raises
    ------
    InputError
        With every failure of both datasets, or of the two together; nothing is written.
    """
    found, failures = [], []
    for path in (old, new):
        try:
            found.append(storage.read(path, codebook))
        except InputError as error:
            failures += [*error.failures]
    if failures:
        raise InputError(failures)
    merged = merge(found[0], found[1], (old.name, new.name))
    storage.write(merged, out)
    return merged
