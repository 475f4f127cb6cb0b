"""The rule by which coders' entries become a rating, read from the codebook; ours, replaceable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from scrlib import paths
from tally.codebook import Category, Codebook
from tally.data import layout
from tally.errors import Failure, InputError

FILE = "coding_rule.yaml"


@dataclass(frozen=True, slots=True)
class Scale:
    """How entries become a level of one scale.

    Parameters
    ----------
    uses : tuple of str
        Criteria that count, the first of which may say that nothing is indicated.
    absent : str
        The level where nothing is indicated.
    levels : mapping of tuple of str to str
        The level for each combination of the criteria used, in the order of `uses`.
    """

    uses: tuple[str, ...]
    absent: str
    levels: Mapping[tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class Rule:
    """The criteria that coders enter, and the levels to which they lead on each scale."""

    columns: tuple[layout.Column, ...]
    scales: Mapping[str, Scale]

    @property
    def first(self) -> layout.Column:
        """The criterion that says whether anything is indicated at all."""
        return self.columns[0]

    @property
    def criteria(self) -> tuple[str, ...]:
        """Names of the criteria."""
        return tuple(column.name for column in self.columns)

    def level(self, scale: str, entry: Mapping[str, str]) -> str:
        """Return the level to which a complete entry leads.

        Parameters
        ----------
        scale : str
            Name of the factor's scale.
        entry : mapping of str to str
            Code of each criterion; those that do not count may be blank.
        """
        found = self.scales[scale]
        if entry[self.first.name] == NOTHING:
            return found.absent
        return found.levels[tuple(entry[name] for name in found.uses)]

    def wrong(self, scale: str, entry: Mapping[str, str]) -> dict[str, str]:
        """Say what is wrong with each criterion that is blank but counts, or given but does not."""
        first = self.first
        if not entry[first.name]:
            return {}
        nothing = entry[first.name] == NOTHING
        wrong = {}
        for column in self.columns[1:]:
            counts = column.name in self.scales[scale].uses and not nothing
            if counts and not entry[column.name]:
                wrong[column.name] = (
                    f"{column.label} may not be blank where {first.name} names a concern."
                )
            elif not counts and entry[column.name]:
                why = f"{first.name} is {NOTHING!r}" if nothing else f"only {first.name} counts"
                wrong[column.name] = f"{column.label} must be blank, since {why} for this factor."
        return wrong


NOTHING = "none"
"""Code of the first criterion where nothing is indicated."""


def load(codebook: Codebook, folder: Path = paths.CODEBOOK) -> Rule:
    """Read the rule.

    Raises
    ------
    InputError
        If a combination has no level, or a level is none of its scale's.
    """
    raw = yaml.safe_load((folder / FILE).read_text(encoding="utf-8"))
    columns = tuple(_column(item, place == 0) for place, item in enumerate(raw["fields"]))
    scales = {name: _scale(item) for name, item in raw["scales"].items()}
    failures = [
        failure for name, scale in scales.items() for failure in _unsound(name, scale, columns)
    ]
    for name in codebook.factors:
        failures += _foreign(
            scales, codebook.variables[name].measure, codebook.variables[name].codes
        )
    if failures:
        raise InputError(list(dict.fromkeys(failures)))
    return Rule(columns, MappingProxyType(scales))


def _column(raw: dict[str, Any], required: bool) -> layout.Column:
    categories = tuple(Category(item["code"], item["label"]) for item in raw["categories"])
    return layout.Column(
        raw["name"],
        "category",
        raw["label"],
        raw["definition"],
        raw["section"],
        required,
        categories,
    )


def _scale(raw: dict[str, Any]) -> Scale:
    return Scale(tuple(raw["uses"]), raw["absent"], MappingProxyType(dict(_flat(raw["levels"]))))


def _flat(levels: Any, before: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], str]]:
    if not isinstance(levels, dict):
        return [(before, str(levels))]
    return [found for code, inner in levels.items() for found in _flat(inner, (*before, str(code)))]


def _unsound(name: str, scale: Scale, columns: tuple[layout.Column, ...]) -> list[Failure]:
    codes = {
        item.name: [str(c.code) for c in item.categories if c.code != NOTHING] for item in columns
    }
    wanted = set(product(*(codes[item] for item in scale.uses)))
    missing, extra = wanted - set(scale.levels), set(scale.levels) - wanted
    rules = [("This combination has no level.", missing), ("There is no such combination.", extra)]
    return [
        Failure(rule, FILE, "", name, ", ".join(item))
        for rule, found in rules
        for item in sorted(found)
    ]


def _foreign(scales: Mapping[str, Scale], name: str, codes: tuple[Any, ...]) -> list[Failure]:
    if name not in scales:
        return [Failure("The rule says nothing about this scale of risk factors.", FILE, "", name)]
    levels = {scales[name].absent, *scales[name].levels.values()}
    rule = "The scale has no such level."
    known = tuple(map(str, codes))
    return [Failure(rule, FILE, "", name, item, known) for item in sorted(levels - set(known))]
