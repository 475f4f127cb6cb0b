"""Add a new study to earlier ones, with the checks that each dataset gets by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from tally.codebook import NOT_ASKED, Codebook, Variable
from tally.data import layout, rules, storage, values
from tally.data.raw import few, table
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
    failures = failures or _overlapping(old, new, places)
    if failures:
        raise InputError(failures)
    studies = sorted((*old.studies, *new.studies), key=lambda item: item.study)
    used = {
        (variable.scale, item.code)
        for dataset in (old, new)
        for variable in dataset.codebook.variables.values()
        for item in variable.categories
        if item.if_used
    }
    codebook = old.codebook.seen_by(studies, used)
    frames = {
        unit: _joined(old.frames[unit], new.frames[unit], codebook.of_unit(unit))
        for unit in codebook.units
    }
    return Dataset(
        codebook, MappingProxyType(frames), _meta(old, new),
        pd.concat([old.learning, new.learning], ignore_index=True),
    )  # fmt: skip


def _joined(old: pd.DataFrame, new: pd.DataFrame, variables: Sequence[Variable]) -> pd.DataFrame:
    """Return the rows of both; what the studies of one were not asked is marked."""
    coded = {variable.name for variable in variables}
    parts = [part.astype(dict.fromkeys(coded & {*part}, object)) for part in (old, new)]
    frame = pd.concat(parts, ignore_index=True)
    for variable in variables:
        was_asked = [pd.Series(variable.name in part, part.index) for part in (old, new)]
        column = frame.get(variable.name, pd.Series(index=frame.index, dtype=object))
        column = column.where(pd.concat(was_asked, ignore_index=True), NOT_ASKED)
        frame[variable.name] = rules.typed(column, variable)
    return frame


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
    """Report identifiers that both have, also if letter case or spaces differ, as one failure."""
    both = new[new.map(values.ident).isin(set(old.map(values.ident)))].tolist()
    rule = f"{places[0]} has this {old.name} already: leave the row out, or give it one of its own."
    return [Failure(rule, f"{places[1]}, {name}", "", str(old.name), few(both))] if both else []


def _overlapping(old: Dataset, new: Dataset, places: tuple[str, str]) -> list[Failure]:
    """Check the studies of both together, as those of one dataset are checked."""
    rows = pd.DataFrame([*old.studies, *new.studies]).astype(str)
    place = f"{' + '.join(places)}, studies"
    studies = table(place, [*map(str, rows)], [rows[name].tolist() for name in rows])
    relations = rules.Relations({layout.STUDIES: studies}, old.codebook)
    return rules.between_tables(relations)


def _meta(old: Dataset, new: Dataset) -> Meta:
    """Describe both: what the earlier one says goes first, months and contacts are joined."""
    contact = "; ".join(dict.fromkeys(filter(None, (old.meta.contact, new.meta.contact))))
    title = "; ".join(dict.fromkeys((old.meta.title, new.meta.title)))
    studies = (*old.studies, *new.studies)
    first = min((item.first_month[:4] for item in studies), default="")
    last = max((item.last_month[:4] for item in studies), default="")
    period = f"{first} to {last}" if studies else old.meta.period
    return replace(old.meta, title=title, period=period, contact=contact)


def append(old: Path, new: Path, out: Path, codebook: Codebook) -> Dataset:
    """Merge a study into earlier data, and write both as one dataset.

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
