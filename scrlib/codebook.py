"""The coding frame as data: every variable, category, group, risk factor, score and study.

Schema, labels, category order, chapter 2's tables and the solver's domains all derive from the
`Codebook` read here. Nothing in this module knows what the variables are about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import yaml

from scrlib import paths, yamlfile
from scrlib.errors import Failure, InputError

Code: TypeAlias = str | int | None
"""A value of a base variable: a category's code, a whole number, or None where it is not known."""


@dataclass(frozen=True, slots=True)
class Category:
    """A value that a variable can take, with its label and, for a rating, its score."""

    code: Code
    label: str
    short: str = ""
    score: int = 0


@dataclass(frozen=True, slots=True)
class Grouping:
    """A coarser reading of a variable: groups of its categories, or bands of its numbers.

    Parameters
    ----------
    members : mapping
        For each group's code, the codes of the base variable that it holds.
    """

    name: str
    variable: str
    label: str
    section: str
    categories: tuple[Category, ...]
    members: MappingProxyType[Code, frozenset[Code]]


@dataclass(frozen=True, eq=False)
class Variable:
    """One thing logged about a unit: a base variable, of which groups and scores are derived.

    Parameters
    ----------
    kind : {"category", "integer", "study", "rating"}
        What its values are. An integer lies between `minimum` and `maximum`.
    optional : bool
        Whether a blank (not known) is allowed.
    """

    name: str
    unit: str
    kind: str
    label: str
    section: str
    definition: str
    categories: tuple[Category, ...]
    minimum: int = 0
    maximum: int = 0
    optional: bool = False
    measure: str = ""
    formerly: MappingProxyType[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @cached_property
    def codes(self) -> tuple[Code, ...]:
        """Every value in its order, None last where the value may be missing."""
        numbers = tuple(range(self.minimum, self.maximum + 1)) if self.kind == "integer" else ()
        missing = (None,) if self.optional else ()
        return tuple(item.code for item in self.categories) + numbers + missing

    def label_of(self, code: Code) -> str:
        """Return the label of a code; a number is its own label."""
        labels = {item.code: item.label for item in self.categories}
        return labels.get(code, "Not known" if code is None else str(code))


@dataclass(frozen=True, slots=True)
class Unit:
    """What is counted: cases, or the children and parents that belong to a case."""

    name: str
    label: str
    plural: str
    table: str
    of: str | None
    id: str | None


@dataclass(frozen=True, slots=True)
class Study:
    """A study: the year that names it and the months whose submissions it analysed."""

    study: int
    label: str
    first_month: str
    last_month: str


@dataclass(frozen=True, slots=True)
class Derived:
    """A variable computed from others by an expression in the language of quantities."""

    name: str
    unit: str
    label: str
    section: str
    expression: str


@dataclass(frozen=True, slots=True)
class Linked:
    """A variable that is `absent` if, and only if, a risk factor is rated as not present."""

    variable: str
    absent: str
    factor: str


@dataclass(frozen=True, eq=False)
class Codebook:
    """The whole coding frame.

    Parameters
    ----------
    variables : mapping of str to Variable
        Base variables in the order of the frame, the risk factors last.
    groupings : mapping of str to Grouping
    derived : mapping of str to Derived
    factors : tuple of str
        Names of the rated variables.
    """

    units: MappingProxyType[str, Unit]
    variables: MappingProxyType[str, Variable]
    groupings: MappingProxyType[str, Grouping]
    derived: MappingProxyType[str, Derived]
    factors: tuple[str, ...]
    studies: tuple[Study, ...]
    linked: tuple[Linked, ...] = ()

    @cached_property
    def root(self) -> Unit:
        """The unit to which all others belong."""
        return next(unit for unit in self.units.values() if unit.of is None)

    def names(self, unit: str) -> tuple[str, ...]:
        """Names usable on a unit: its own, and those of the unit it belongs to."""
        units = {unit, self.units[unit].of}
        own = [name for name, item in self.variables.items() if item.unit in units]
        groups = [n for n, g in self.groupings.items() if self.variables[g.variable].unit in units]
        return (*own, *groups, *(n for n, d in self.derived.items() if d.unit in units))

    def of_unit(self, unit: str) -> tuple[Variable, ...]:
        """Return the base variables logged about a unit itself."""
        return tuple(item for item in self.variables.values() if item.unit == unit)

    def label(self, name: str, code: Code = None) -> str:
        """Return the label of a name, or of one of its codes."""
        item = self.variables.get(name) or self.groupings.get(name) or self.derived[name]
        if code is None or isinstance(item, Derived):
            return item.label
        return next((c.label for c in item.categories if c.code == code), str(code))

    def with_studies(self, studies: Sequence[Study]) -> Codebook:
        """Return the frame with a dataset's own studies in place of the shipped ones."""
        categories = tuple(Category(item.study, item.label) for item in studies)
        changed = {
            name: replace(item, categories=categories) if item.kind == "study" else item
            for name, item in self.variables.items()
        }
        return replace(self, variables=MappingProxyType(changed), studies=tuple(studies))

    def categories(self, name: str) -> tuple[Category, ...]:
        """Return the categories of a variable or grouping in the frame's order."""
        item = self.variables.get(name) or self.groupings[name]
        return item.categories


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
def load(folder: Path = paths.CODEBOOK) -> Codebook:
    """Read a coding frame.

    Parameters
    ----------
    folder : Path
        Folder with `variables.yaml` and, if there are ratings and studies, `risk_factors.yaml`
        and `studies.yaml`.

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
    codebook = assemble(frame, ratings, studies)
    failures = _ungrouped(codebook) + _repeated(codebook)
    if failures:
        raise InputError(failures)
    return codebook


def assemble(
    frame: dict[str, Any], ratings: dict[str, Any], studies: tuple[Study, ...]
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
    )
