"""What a coding frame is made of: units, variables, categories, groups, scores and studies.

`tally.codebook` reads one. Nothing in this module knows what the variables are about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeAlias

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
    learning : tuple of Variable
        Fields of a learning point, in the order of their columns.
    """

    units: MappingProxyType[str, Unit]
    variables: MappingProxyType[str, Variable]
    groupings: MappingProxyType[str, Grouping]
    derived: MappingProxyType[str, Derived]
    factors: tuple[str, ...]
    studies: tuple[Study, ...]
    linked: tuple[Linked, ...] = ()
    learning: tuple[Variable, ...] = ()

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
