"""What a reader should know about sound data: few cases, small bases, categories nobody uses."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tally.data import layout
from tally.dataset import Dataset
from tally.errors import Failure
from tally.evaluate import tally
from tally.expression import In, Tally

FEW_CASES, SMALL_BASE = 10, 20


def warnings(dataset: Dataset) -> list[Failure]:
    """Say what a reader should know about sound data: few cases, small bases, unused categories."""
    return [*_few_cases(dataset), *_small_bases(dataset), *_unused(dataset), *_disagreeing(dataset)]


def _counts(dataset: Dataset, unit: str, name: str) -> dict[str, int]:
    """Count a unit's rows in each category of a variable or group, by label."""
    codebook = dataset.codebook
    grouping = codebook.groupings.get(name)
    variable = grouping.variable if grouping else name
    codes = {
        item.label: grouping.members[item.code] if grouping else frozenset({item.code})
        for item in codebook.categories(name)
    }
    return {label: tally(Tally(unit, In(variable, held)), dataset) for label, held in codes.items()}


def _few_cases(dataset: Dataset) -> Iterable[Failure]:
    root = dataset.codebook.root
    if not dataset.studies:
        return
    for label, number in _counts(dataset, root.name, "study").items():
        if number < FEW_CASES:
            rule = f"Study {label} has {number} {root.plural}: fewer than {FEW_CASES}."
            yield Failure(rule, layout.STUDIES)


def _small_bases(dataset: Dataset) -> Iterable[Failure]:
    codebook = dataset.codebook
    for unit, name in ((unit, name) for unit, names in codebook.bases.items() for name in names):
        for label, number in _counts(dataset, unit, name).items():
            if 0 < number < SMALL_BASE:
                rule = (
                    f"Percentages of {codebook.units[unit].plural} where {codebook.label(name)} is "
                    f"{label!r} have a base of {number}: under {SMALL_BASE}."
                )
                yield Failure(rule, codebook.units[unit].table)


def _unused(dataset: Dataset) -> Iterable[Failure]:
    for variable in dataset.codebook.variables.values():
        if variable.categories and dataset.size(variable.unit):
            counts = _counts(dataset, variable.unit, variable.name)
            unused = [label for label, number in counts.items() if not number]
            if unused:
                unit = dataset.codebook.units[variable.unit]
                table = layout.RATINGS if variable.kind == "rating" else unit.table
                rule = f"{variable.label}: no {unit.label} has {', '.join(map(repr, unused))}."
                yield Failure(rule, table, column=variable.name)


def _disagreeing(dataset: Dataset) -> Iterable[Failure]:
    """Members whose own answer differs from the group into which their case's falls."""
    codebook = dataset.codebook
    for variable in (item for item in codebook.variables.values() if item.agrees_with):
        grouping, view = codebook.groupings[variable.agrees_with], dataset.views[variable.unit]
        base, unit = codebook.variables[grouping.variable], codebook.units[variable.unit]
        of_base = {code: key for key, codes in grouping.members.items() for code in codes}
        wanted = np.array([variable.codes.index(of_base[code]) for code in base.codes])
        number = int((view.positions(variable.name) != wanted[view.positions(base.name)]).sum())
        if number:
            rule = (
                f"{number:,} of {len(view):,} {unit.plural} have a {variable.label.lower()} other "
                f"than that of their case's {base.label.lower()}."
            )
            yield Failure(rule, unit.table, column=variable.name)
