"""The coding frame as data: every variable, category, group, risk factor, score and study.

Schema, labels, category order and the solver's domains all derive from the `Codebook` read here;
`tally.elements` says what it is made of.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from tally import yamlfile
from tally.elements import (
    Category,
    Code,
    Codebook,
    Derived,
    Grouping,
    Linked,
    Study,
    Unit,
    Variable,
)
from tally.errors import Failure, InputError

__all__ = [
    "Category", "Code", "Codebook", "Derived", "Grouping", "Linked", "Study", "Unit", "Variable",
    "assemble", "load",
]  # fmt: skip


def _category(raw: dict[str, Any]) -> Category:
    label = raw["label"]
    return Category(raw["code"], label, raw.get("short", label), raw.get("score", 0))


def _variable(raw: dict[str, Any], studies: tuple[Study, ...]) -> Variable:
    kind = raw.get("kind", "category")
    categories = tuple(_category(item) for item in raw.get("categories", ()))
    if kind == "study":
        categories = tuple(Category(item.study, item.label) for item in studies)
    return Variable(
        name=raw["name"], unit=raw["unit"], kind=kind, label=raw["label"],
        section=raw.get("section", ""), definition=raw.get("definition", ""),
        categories=categories, minimum=raw.get("minimum", 0), maximum=raw.get("maximum", 0),
        optional=raw.get("optional", False), measure=raw.get("measure", ""),
    )  # fmt: skip


def _members(raw: dict[str, Any], group: dict[str, Any], name: str) -> frozenset[Code]:
    if group.get("missing"):
        return frozenset({None})
    if "from" in group:
        return frozenset(range(group["from"], group["to"] + 1))
    inside = (c["code"] for c in raw["categories"] if c.get("in", {}).get(name) == group["code"])
    return frozenset(inside)


def _grouping(raw: dict[str, Any], group: dict[str, Any]) -> Grouping:
    members = {item["code"]: _members(raw, item, group["name"]) for item in group["categories"]}
    return Grouping(
        name=group["name"], variable=raw["name"], label=group["label"],
        section=group.get("section", ""), members=MappingProxyType(members),
        categories=tuple(_category(item) for item in group["categories"]),
    )  # fmt: skip


def _factor(raw: dict[str, Any], scales: dict[str, Any], unit: str) -> Variable:
    scale = scales[raw["scale"]]
    return Variable(
        name=raw["code"], unit=unit, kind="rating", label=raw["label"], section=raw["section"],
        definition=raw.get("definition", ""), measure=raw["scale"],
        categories=tuple(_category(item) for item in scale["levels"]),
        formerly=MappingProxyType(raw.get("formerly", {})),
    )  # fmt: skip


def _learning_field(raw: dict[str, Any]) -> Variable:
    categories = tuple(_category(item) for item in raw.get("categories", ()))
    return Variable(
        raw["name"], "", "category" if categories else "text", raw["label"], raw["section"],
        raw["definition"], categories, optional=True,
    )  # fmt: skip


def _read(folder: Path, name: str) -> dict[str, Any]:
    path = folder / name
    if not path.exists():
        return {}
    try:
        return yamlfile.read(path) or {}
    except yaml.YAMLError as error:
        raise InputError(Failure(f"The file is not valid YAML: {error}", name)) from error


def _ungrouped(codebook: Codebook) -> list[Failure]:
    """Every value of a grouped variable has to fall into exactly one group."""
    failures = []
    for grouping in codebook.groupings.values():
        for code in codebook.variables[grouping.variable].codes:
            found = [group for group, codes in grouping.members.items() if code in codes]
            if len(found) != 1:
                rule = f"{code!r} of {grouping.variable} must be in one group of {grouping.name}."
                failures.append(Failure(rule, "variables.yaml", value=", ".join(map(str, found))))
    return failures


def _repeated(codebook: Codebook) -> list[Failure]:
    failures = []
    for name, variable in codebook.variables.items():
        codes = [item.code for item in variable.categories]
        failures += [
            Failure("A code may be used once only.", "codebook", "", name, code)
            for code in sorted({str(item) for item in codes if codes.count(item) > 1})
        ]
    return failures


@lru_cache(maxsize=8)
def load(folder: Path) -> Codebook:
    """Read a coding frame.

    Parameters
    ----------
    folder : Path
        Folder with `variables.yaml` and, if there are ratings, studies and learning points,
        `risk_factors.yaml`, `studies.yaml` and `learning.yaml`.

    Raises
    ------
    InputError
        If there is no frame, a value of a grouped variable is in no group or in several, or a code
        is repeated.
    """
    frame = _read(folder, "variables.yaml")
    if not frame:
        raise InputError(Failure("There is no coding frame here.", "variables.yaml"))
    ratings = _read(folder, "risk_factors.yaml")
    studies = tuple(Study(**item) for item in _read(folder, "studies.yaml").get("studies", ()))
    learning = _read(folder, "learning.yaml").get("fields", ())
    codebook = assemble(frame, ratings, studies, learning)
    failures = _ungrouped(codebook) + _repeated(codebook)
    if failures:
        raise InputError(failures)
    return codebook


def assemble(
    frame: dict[str, Any],
    ratings: dict[str, Any],
    studies: tuple[Study, ...],
    learning: Iterable[dict[str, Any]] = (),
) -> Codebook:
    """Make a codebook of parsed data, without reading files."""
    units = {
        name: Unit(name, raw["label"], raw["plural"], raw["table"], raw.get("of"), raw.get("id"))
        for name, raw in frame["units"].items()
    }
    root = next(name for name, unit in units.items() if unit.of is None)
    base = [_variable(raw, studies) for raw in frame["variables"]]
    factors = [_factor(raw, ratings["scales"], root) for raw in ratings.get("factors", ())]
    groupings = [
        _grouping(raw, group) for raw in frame["variables"] for group in raw.get("groups", ())
    ]
    derived = [Derived(**raw) for raw in frame.get("derived", ())]
    return Codebook(
        units=MappingProxyType(units),
        variables=MappingProxyType({item.name: item for item in (*base, *factors)}),
        groupings=MappingProxyType({item.name: item for item in groupings}),
        derived=MappingProxyType({item.name: item for item in derived}),
        factors=tuple(item.name for item in factors),
        studies=studies,
        linked=tuple(Linked(**raw) for raw in ratings.get("linked", ())),
        learning=tuple(_learning_field(raw) for raw in learning),
    )
