"""Read a coding frame from YAML: what the files may hold, and all that is wrong with them.

Each class says what one kind of entry may hold. `tally.codebook` says what the fields mean.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from tally import yamlfile
from tally.codebook import (
    NOT_ASKED,
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
from tally.errors import Failure, InputError, not_allowed
from tally.yamlfile import Entry

VARIABLES, FACTORS = "variables.yaml", "risk_factors.yaml"
STUDIES, LEARNING = "studies.yaml", "learning.yaml"


Strict = Field(strict=True)
Key = Annotated[str, Strict] | Annotated[int, Strict]
"""A code. YAML reads a bare no or yes as false or true, which are refused."""


class _Category(Entry):
    code: Key
    label: str
    short: str = ""
    score: int = 0
    groups: dict[str, Key] = Field({}, alias="in")
    alias: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None
    if_used: bool = False

    def build(self) -> Category:
        own = self.model_dump(exclude={"groups"})
        return Category(**{**own, "short": self.short or self.label})


class _Group(Entry):
    code: Key
    label: str
    short: str = ""
    alias: tuple[str, ...] = ()
    missing: bool = False
    first: int | None = Field(None, alias="from")
    last: int | None = Field(None, alias="to")

    def build(self) -> Category:
        return Category(self.code, self.label, self.short or self.label, alias=self.alias)

    def members(self, name: str, categories: Iterable[_Category]) -> frozenset[Code]:
        if self.missing:
            return frozenset({None})
        named = frozenset(c.code for c in categories if c.groups.get(name) == self.code)
        if self.first is not None and self.last is not None:
            return named | frozenset(range(self.first, self.last + 1))
        return named


class _Grouping(Entry):
    name: str
    label: str
    section: str = ""
    categories: tuple[_Group, ...]


class _Former(Entry):
    label: str
    code: str
    until: int


class _Element(Entry):
    label: str
    section: str = ""
    definition: str = ""
    formerly: _Former | None = None
    alias: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None

    def build(self, categories: Iterable[Category], **other: Any) -> Variable:
        variable = Variable(
            label=self.label, section=self.section, definition=self.definition,
            categories=tuple(categories),
            formerly=MappingProxyType(self.formerly.model_dump() if self.formerly else {}),
            alias=self.alias, since=self.since, until=self.until, **other,
        )  # fmt: skip
        if not variable.has_history or variable.kind == "integer":
            return variable
        not_asked = Category(NOT_ASKED, "Not asked in this study", "Not asked")
        return replace(variable, categories=(*variable.categories, not_asked))


class _Variable(_Element):
    name: str
    unit: str
    kind: Literal["category", "integer", "study"] = "category"
    categories: tuple[_Category, ...] = ()
    minimum: int = 0
    maximum: int = 0
    optional: bool = False
    measure: str = ""
    agrees_with: str = ""
    groups: tuple[_Grouping, ...] = ()

    def variable(self, studies: Iterable[Study]) -> Variable:
        categories = (item.build() for item in self.categories)
        years = (Category(item.study, item.label) for item in studies)
        chosen = years if self.kind == "study" else categories
        own = {"name", "unit", "kind", "minimum", "maximum", "optional", "measure", "agrees_with"}
        return self.build(chosen, **self.model_dump(include=own))

    def groupings(self) -> Iterator[Grouping]:
        for item in self.groups:
            members: dict[Code, frozenset[Code]] = {
                g.code: g.members(item.name, self.categories) for g in item.categories
            }
            built = tuple(group.build() for group in item.categories)
            yield Grouping(
                item.name, self.name, item.label, item.section, built, MappingProxyType(members)
            )


class _Frame(Entry):
    version: int = 1
    units: dict[str, Unit]
    variables: tuple[_Variable, ...]
    derived: tuple[Derived, ...] = ()
    bases: dict[str, tuple[str, ...]] = Field({})

    @field_validator("units", mode="before")
    @classmethod
    def _named(cls, units: Any) -> Any:
        if not isinstance(units, dict):
            return units
        return {k: {"name": k, **v} if isinstance(v, dict) else v for k, v in units.items()}


class _Scale(Entry):
    section: str = ""
    levels: tuple[_Category, ...]


class _Factor(_Element):
    code: str
    scale: str


class _Ratings(Entry):
    section: str = ""
    scales: dict[str, _Scale] = Field({})
    factors: tuple[_Factor, ...] = ()
    linked: tuple[Linked, ...] = ()


class _Studies(Entry):
    section: str = ""
    studies: tuple[Study, ...] = ()


class _Field(Entry):
    name: str
    label: str
    section: str = ""
    definition: str = ""
    categories: tuple[_Category, ...] = ()

    def build(self) -> Variable:
        categories = tuple(item.build() for item in self.categories)
        kind = "category" if categories else "text"
        return Variable(
            self.name, "", kind, self.label, self.section, self.definition, categories,
            optional=True,
        )  # fmt: skip


class _Learning(Entry):
    fields_: tuple[_Field, ...] = Field((), alias="fields")


_FILES: dict[str, type[Entry]] = {
    VARIABLES: _Frame, FACTORS: _Ratings, STUDIES: _Studies, LEARNING: _Learning,
}  # fmt: skip


def load(folder: Path) -> Codebook:
    """Read a coding frame; see `tally.codebook.load`."""
    if not (folder / VARIABLES).exists():
        raise InputError(Failure("There is no coding frame here.", VARIABLES))
    there = (folder / name for name in _FILES)
    return _checked({path.name: yamlfile.read(path) for path in there if path.exists()})


def assemble(
    frame: Mapping[str, Any], ratings: Mapping[str, Any], studies: Sequence[Study],
    learning: Iterable[Mapping[str, Any]],
) -> Codebook:  # fmt: skip
    """Make a codebook of plain data; see `tally.codebook.assemble`."""
    raw = {VARIABLES: frame, FACTORS: ratings, LEARNING: {"fields": list(learning)}}
    return _checked(raw, studies)


def _checked(raw: Mapping[str, Any], studies: Sequence[Study] | None = None) -> Codebook:
    """Check each file by itself, then what one entry says of another."""
    parts: dict[str, Any] = {}
    failures: list[Failure] = []
    for name, model in _FILES.items():
        try:
            parts[name] = yamlfile.checked(raw.get(name, {}), model, name)
        except InputError as error:
            failures += error.failures
    if failures:
        raise InputError(failures)
    frame, ratings = parts[VARIABLES], parts[FACTORS]
    failures = [*_unknown_names(frame, ratings)]
    if failures:
        raise InputError(failures)
    years = parts[STUDIES] if studies is None else _Studies(studies=tuple(studies))
    codebook = _codebook(frame, ratings, years, parts[LEARNING])
    failures = [*_ungrouped(codebook), *_repeated(codebook)]
    if failures:
        raise InputError(failures)
    return codebook.seen_by(codebook.studies)


def _codebook(frame: _Frame, ratings: _Ratings, told: _Studies, learning: _Learning) -> Codebook:
    root = next(name for name, unit in frame.units.items() if unit.of is None)
    factors = [
        item.build(
            (level.build() for level in ratings.scales[item.scale].levels),
            name=item.code, unit=root, kind="rating", measure=item.scale,
        )
        for item in ratings.factors
    ]  # fmt: skip
    variables = [*(item.variable(told.studies) for item in frame.variables), *factors]
    groupings = [group for item in frame.variables for group in item.groupings()]
    return Codebook(
        units=MappingProxyType(frame.units),
        variables=MappingProxyType({item.name: item for item in variables}),
        groupings=MappingProxyType({item.name: item for item in groupings}),
        derived=MappingProxyType({item.name: item for item in frame.derived}),
        factors=tuple(item.name for item in factors),
        studies=told.studies,
        linked=ratings.linked,
        learning=tuple(item.build() for item in learning.fields_),
        version=frame.version,
        bases=MappingProxyType(frame.bases),
        sections=MappingProxyType({
            "studies": told.section, "factors": ratings.section,
            "ratings": "; ".join(dict.fromkeys(s.section for s in ratings.scales.values())),
        }),
    )  # fmt: skip


# -- what is wrong ---------------------------------------------------------------------------------


def _unknown_names(frame: _Frame, ratings: _Ratings) -> Iterator[Failure]:
    """Yield names that are used and stand nowhere."""
    if all(unit.of for unit in frame.units.values()):
        yield Failure("One unit must belong to no other.", VARIABLES, "", "units")
    variables = {item.name for item in frame.variables}
    groupings = {group.name for item in frame.variables for group in item.groups}
    factors = {item.code for item in ratings.factors}
    used: list[tuple[str, str, str, Collection[str]]] = [
        *((VARIABLES, f"units: {n}", u.of, frame.units) for n, u in frame.units.items() if u.of),
        *((VARIABLES, item.name, item.unit, frame.units) for item in frame.variables),
        *((VARIABLES, item.name, item.unit, frame.units) for item in frame.derived),
        *((FACTORS, item.code, item.scale, ratings.scales) for item in ratings.factors),
        *((FACTORS, "linked", item.variable, variables) for item in ratings.linked),
        *((FACTORS, "linked", item.factor, factors) for item in ratings.linked),
        *((VARIABLES, f"{item.name}: {category.code}", group, [g.name for g in item.groups])
          for item in frame.variables for category in item.categories for group in category.groups),
        *((VARIABLES, i.name, i.agrees_with, groupings) for i in frame.variables if i.agrees_with),
        *((VARIABLES, "bases", unit, frame.units) for unit in frame.bases),
        *((VARIABLES, f"bases: {unit}", name, variables | groupings)
          for unit, names in frame.bases.items() for name in names),
    ]  # fmt: skip
    for place, entry, name, allowed in used:
        if name not in allowed:
            rule = "There is no such name in the frame."
            yield not_allowed(rule, name, sorted(allowed), place=place, column=entry)


def _ungrouped(codebook: Codebook) -> Iterator[Failure]:
    """Every value of a grouped variable has to fall into exactly one group."""
    for grouping in codebook.groupings.values():
        for code in codebook.variables[grouping.variable].codes:
            found = [group for group, codes in grouping.members.items() if code in codes]
            if len(found) != 1 and code != NOT_ASKED:
                rule = f"{code!r} of {grouping.variable} must be in one group of {grouping.name}."
                yield Failure(rule, VARIABLES, value=", ".join(map(str, found)))


def _repeated(codebook: Codebook) -> Iterator[Failure]:
    for name, variable in codebook.variables.items():
        codes = [item.code for item in variable.categories]
        for code in sorted({str(item) for item in codes if codes.count(item) > 1}):
            yield Failure("A code may be used once only.", "codebook", "", name, code)
        known = {str(code) for code in codes} | {item.label for item in variable.categories}
        for text in sorted(known & set(variable.aliases)):
            rule = "A former name may not be one that is used now."
            yield Failure(rule, "codebook", "", name, text)
