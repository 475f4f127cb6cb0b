"""The coding frame: every variable, category, group, score and study, and the frame's history.

Schema, labels, the order of categories, tables and the solver's domains all derive from a
`Codebook`. `load` reads one from a folder of YAML files (`tally.codebook_file` checks them).
Nothing here knows what the variables are about.

A frame has a history, and data of any age stay readable. ``alias`` lists texts by which a category
or a variable was called before, and ``formerly`` says until which study: `Variable.aliases` and
`Codebook.aliases` give what each means now. ``since`` and ``until`` name the first and the last
study that asked for a variable: of other studies its value is `NOT_ASKED`, a category that scores
nothing (a whole number is not known). `Codebook.version` says which edition of the frame it is.

Data see of the frame what concerns them (`Codebook.seen_by`): a factor that none of their studies
rated is not there, nor is a category that none of them uses, or that is `Category.if_used`, such as
*not known*, and that no row has. `Codebook.whole` is the frame with all of its history.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

from tally.errors import Failure, not_allowed

Code: TypeAlias = str | int | None
"""A value of a base variable: a category's code, a whole number, or None where it is not known."""

NOT_ASKED = "not_asked"
"""The code of a variable in the studies before its `since` or after its `until`."""


def _span(since: int | None, until: int | None) -> str:
    if since and until:
        return f"from {since} to {until}"
    return f"from {since} on" if since else f"until {until}" if until else ""


@dataclass(frozen=True, slots=True)
class Category:
    """A value that a variable can take, with its label and, for a rating, its score.

    Parameters
    ----------
    alias : tuple of str
        Former codes and labels, which are still read.
    since, until : int or None
        The first and the last study that uses it.
    if_used : bool
        Whether it is part of the frame of those data only in which a row has it.
    """

    code: Code
    label: str
    short: str = ""
    score: int = 0
    alias: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None
    if_used: bool = False

    def used_in(self, study: int) -> bool:
        """Say whether a study uses it."""
        return (self.since or study) <= study <= (self.until or study)

    @property
    def span(self) -> str:
        """The studies that use it, in words; empty if all do."""
        return _span(self.since, self.until)


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
    members: Mapping[Code, frozenset[Code]]


@dataclass(frozen=True, eq=False, repr=False)
class Variable:
    """One thing logged about a unit: a base variable, of which groups and scores are derived.

    Parameters
    ----------
    kind : {"category", "integer", "study", "rating", "text"}
        What its values are. An integer lies between `minimum` and `maximum`, or is one of the
        categories, which are no numbers: *not yet born* for an age.
    optional : bool
        Whether a blank (not known) is allowed.
    measure : str
        The unit of measurement of a whole number, or the scale of a rating.
    formerly : mapping
        What it was called before: `label`, `code`, and the last study `until` which that was so.
    alias : tuple of str
        Former names of its column or factor, which are still read.
    since, until : int or None
        The first and the last study that asked for it.
    agrees_with : str
        A grouping of a variable of its case, into whose group of the same code most members fall:
        readers of data are told how many do not.
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
    formerly: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    alias: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None
    agrees_with: str = ""

    def __repr__(self) -> str:
        return f"Variable({self.name!r}, {self.kind} of {self.unit}, {len(self.codes)} values)"

    @cached_property
    def codes(self) -> tuple[Code, ...]:
        """Every value in its order, None last where the value may be missing."""
        numbers = tuple(range(self.minimum, self.maximum + 1)) if self.kind == "integer" else ()
        missing = (None,) if self.optional else ()
        return tuple(item.code for item in self.categories) + numbers + missing

    @cached_property
    def known(self) -> frozenset[Code]:
        """Its values but those that are not known or, where it is a number, are none."""
        number = self.kind == "integer"
        known = (code for code in self.codes if code is not None)
        return frozenset(code for code in known if not number or isinstance(code, int))

    @cached_property
    def aliases(self) -> Mapping[str, Code]:
        """Former codes and labels of its categories, each with the code that it means now."""
        return MappingProxyType({text: c.code for c in self.categories for text in c.alias})

    @property
    def scale(self) -> str:
        """What its categories are shared with: the scale of a rating, else its own name."""
        return self.measure if self.kind == "rating" else self.name

    @property
    def numeric(self) -> bool:
        """Whether its values are whole numbers, known or not, and nothing else."""
        return self.kind == "integer" and not self.categories

    @property
    def has_history(self) -> bool:
        """Whether some studies only asked for it."""
        return self.since is not None or self.until is not None

    def asked_in(self, study: int) -> bool:
        """Say whether a study asked for it."""
        return (self.since or study) <= study <= (self.until or study)

    @property
    def span(self) -> str:
        """The studies that ask for it, in words; empty if all do."""
        return _span(self.since, self.until)

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
    of: str | None = None
    id: str | None = None


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
    expression: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class Linked:
    """A variable that is `absent` if, and only if, a risk factor is rated as not present."""

    variable: str
    absent: str
    factor: str


@dataclass(frozen=True, eq=False, repr=False)
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
    version : int
        Edition of the frame; a newer one has a greater number.
    bases : mapping of str to tuple of str
        For a unit, variables and groupings of which shares are taken: readers of data are told
        which of their groups are small.
    sections : mapping of str to str
        Where the source tells of "studies", "factors" and "ratings".
    history : Codebook, optional
        See `whole`.
    """

    units: Mapping[str, Unit]
    variables: Mapping[str, Variable]
    groupings: Mapping[str, Grouping]
    derived: Mapping[str, Derived]
    factors: tuple[str, ...]
    studies: tuple[Study, ...]
    linked: tuple[Linked, ...] = ()
    learning: tuple[Variable, ...] = ()
    version: int = 1
    bases: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    sections: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    history: Codebook | None = None

    def __repr__(self) -> str:
        sizes = f"{len(self.variables)} variables, {len(self.studies)} studies"
        return f"Codebook({', '.join(self.units)}: {sizes}, version {self.version})"

    @cached_property
    def root(self) -> Unit:
        """The unit to which all others belong."""
        return next(unit for unit in self.units.values() if unit.of is None)

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """Former names of variables and factors, each with the name that it has now."""
        found = {text: v.name for v in self.variables.values() for text in v.alias}
        named = (v for v in self.variables.values() if "code" in v.formerly)
        return MappingProxyType(found | {str(v.formerly["code"]): v.name for v in named})

    def unknown(self, rule: str, name: object, allowed: Iterable[object], **at: str) -> Failure:
        """Return the failure of a name that is not allowed; a former one is told as it is now."""
        failure = not_allowed(rule, name, allowed, **at)
        now = self.aliases.get(str(name))
        if now not in failure.allowed:
            return failure
        return replace(failure, rule=f"{rule} It is called {now!r} now.", allowed=(), nearest="")

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

    def categories(self, name: str) -> tuple[Category, ...]:
        """Return the categories of a variable or grouping in the frame's order."""
        item = self.variables.get(name) or self.groupings[name]
        return item.categories

    @property
    def whole(self) -> Codebook:
        """The frame with all of its history, of which this may be what some data see."""
        return self.history or self

    def with_studies(self, studies: Sequence[Study]) -> Codebook:
        """Return the whole frame with a dataset's own studies in place of the shipped ones."""
        categories = tuple(Category(item.study, item.label) for item in studies)
        changed = {
            name: replace(item, categories=categories) if item.kind == "study" else item
            for name, item in self.whole.variables.items()
        }
        return replace(self.whole, variables=MappingProxyType(changed), studies=tuple(studies))

    def seen_by(
        self, studies: Sequence[Study], used: Collection[tuple[str, Code]] = ()
    ) -> Codebook:
        """Return what data of some studies see of the frame.

        Parameters
        ----------
        used : collection of (str, code)
            By `Variable.scale`, the categories, of those that are `Category.if_used`, that rows
            have.
        """
        whole = self.with_studies(studies)
        found = (_seen(item, studies, used) for item in whole.variables.values())
        variables = {item.name: item for item in found if item}
        groupings = {
            name: _grouped(item, variables[item.variable])
            for name, item in whole.groupings.items()
            if item.variable in variables
        }
        return replace(
            whole, variables=MappingProxyType(variables), groupings=MappingProxyType(groupings),
            factors=tuple(name for name in whole.factors if name in variables),
            linked=tuple(i for i in whole.linked if {i.variable, i.factor} <= variables.keys()),
            history=whole,
        )  # fmt: skip


def _seen(
    variable: Variable, studies: Sequence[Study], used: Collection[tuple[str, Code]]
) -> Variable | None:
    """Return a variable with the values that data can have; None for a factor never rated."""
    asked = [variable.asked_in(item.study) for item in studies]
    if studies and not any(asked) and variable.kind == "rating":
        return None
    always = bool(studies) and all(asked)
    categories = tuple(
        item
        for item in variable.categories
        if (item.code != NOT_ASKED or not always)
        and (not item.if_used or (variable.scale, item.code) in used)
        and (not studies or any(item.used_in(study.study) for study in studies))
    )
    numbers = variable.kind == "integer" and variable.has_history and not always
    return replace(variable, categories=categories, optional=variable.optional or numbers)


def _grouped(grouping: Grouping, variable: Variable) -> Grouping:
    """Return a grouping without the groups that exist for categories alone that are gone."""
    members = {code: codes & {*variable.codes} for code, codes in grouping.members.items()}
    kept = {code: codes for code, codes in members.items() if codes or not grouping.members[code]}
    return replace(
        grouping, members=MappingProxyType(kept),
        categories=tuple(item for item in grouping.categories if item.code in kept),
    )  # fmt: skip


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
        All that is wrong with the files at once: each with its file, entry, value and nearest
        match.
    """
    from tally import codebook_file  # pydantic is not loaded before there is a frame to read

    return codebook_file.load(folder)


def assemble(
    frame: Mapping[str, Any], ratings: Mapping[str, Any] | None = None,
    studies: Sequence[Study] = (), learning: Iterable[Mapping[str, Any]] = (),
) -> Codebook:  # fmt: skip
    """Make a codebook of the plain data that the files would hold, without reading files.

    Raises
    ------
    InputError
        As for `load`.
    """
    from tally import codebook_file

    return codebook_file.assemble(frame, ratings or {}, studies, learning)
