"""Read a coding frame from YAML: what the files may hold, and all that is wrong with them.

Each class says what one kind of entry may hold; pydantic checks it. `tally.codebook` says what the
fields mean.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

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
from tally.errors import Failure, InputError, nearest, not_allowed

VARIABLES, FACTORS = "variables.yaml", "risk_factors.yaml"
STUDIES, LEARNING = "studies.yaml", "learning.yaml"


Strict = Field(strict=True)
Key = Annotated[str, Strict] | Annotated[int, Strict]
"""A code. YAML reads a bare no or yes as false or true, which are refused."""


class _Entry(BaseModel):
    # A section 3.1 or a label 2012 is text, though YAML reads a number.
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class _Unit(_Entry):
    label: str
    plural: str
    table: str
    of: str | None = None
    id: str | None = None


class _Category(_Entry):
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
        return Category(
            self.code, self.label, self.short or self.label, self.score, self.alias, self.since,
            self.until, self.if_used,
        )  # fmt: skip


class _Group(_Entry):
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


class _Grouping(_Entry):
    name: str
    label: str
    section: str = ""
    categories: tuple[_Group, ...]


class _Former(_Entry):
    label: str
    code: str
    until: int


class _Element(_Entry):
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
    groups: tuple[_Grouping, ...] = ()

    def variable(self, studies: Iterable[Study]) -> Variable:
        names = ("name", "unit", "kind", "minimum", "maximum", "optional", "measure")
        categories = (item.build() for item in self.categories)
        years = (Category(item.study, item.label) for item in studies)
        chosen = years if self.kind == "study" else categories
        return self.build(chosen, **{name: getattr(self, name) for name in names})

    def groupings(self) -> Iterator[Grouping]:
        for item in self.groups:
            members: dict[Code, frozenset[Code]] = {
                g.code: g.members(item.name, self.categories) for g in item.categories
            }
            built = tuple(group.build() for group in item.categories)
            yield Grouping(
                item.name, self.name, item.label, item.section, built, MappingProxyType(members)
            )


class _Frame(_Entry):
    version: int = 1
    units: dict[str, _Unit]
    variables: tuple[_Variable, ...]
    derived: tuple[Derived, ...] = ()


class _Scale(_Entry):
    section: str = ""
    levels: tuple[_Category, ...]


class _Factor(_Element):
    code: str
    scale: str


class _Ratings(_Entry):
    scales: dict[str, _Scale] = Field({})
    factors: tuple[_Factor, ...] = ()
    linked: tuple[Linked, ...] = ()


class _Studies(_Entry):
    section: str = ""
    studies: tuple[Study, ...] = ()


class _Field(_Entry):
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


class _Learning(_Entry):
    fields_: tuple[_Field, ...] = Field((), alias="fields")


_FILES: dict[str, type[_Entry]] = {
    VARIABLES: _Frame, FACTORS: _Ratings, STUDIES: _Studies, LEARNING: _Learning,
}  # fmt: skip
_FIELDS = {
    field.alias or name
    for model in (*_Entry.__subclasses__(), *_Element.__subclasses__())
    for name, field in model.model_fields.items()
}


def load(folder: Path) -> Codebook:
    """Read a coding frame; see `tally.codebook.load`."""
    if not (folder / VARIABLES).exists():
        raise InputError(Failure("There is no coding frame here.", VARIABLES))
    return _checked({name: _read(folder / name) for name in _FILES})


def assemble(
    frame: Mapping[str, Any], ratings: Mapping[str, Any], studies: Sequence[Study],
    learning: Iterable[Mapping[str, Any]],
) -> Codebook:  # fmt: skip
    """Make a codebook of plain data; see `tally.codebook.assemble`."""
    raw = {VARIABLES: frame, FACTORS: ratings, LEARNING: {"fields": list(learning)}}
    return _checked(raw, studies)


def _read(path: Path) -> Any:
    try:
        return (yamlfile.read(path) if path.exists() else None) or {}
    except yaml.YAMLError as error:
        raise InputError(Failure(f"The file is not valid YAML: {error}", path.name)) from error


def _checked(raw: Mapping[str, Any], studies: Sequence[Study] | None = None) -> Codebook:
    """Check each file by itself, then what one entry says of another."""
    parts: dict[str, Any] = {}
    failures: list[Failure] = []
    for name, model in _FILES.items():
        try:
            parts[name] = model.model_validate(raw.get(name, {}))
        except ValidationError as error:
            failures += [_failure(item, name, raw[name]) for item in error.errors()]
    if failures:
        raise InputError(failures)
    frame, ratings = parts[VARIABLES], parts[FACTORS]
    failures = [*_unknown_names(frame, ratings)]
    if failures:
        raise InputError(failures)
    years = parts[STUDIES].studies if studies is None else tuple(studies)
    codebook = _codebook(frame, ratings, years, parts[LEARNING])
    failures = [*_ungrouped(codebook), *_repeated(codebook)]
    if failures:
        raise InputError(failures)
    return codebook.seen_by(years)


def _codebook(
    frame: _Frame, ratings: _Ratings, studies: tuple[Study, ...], learning: _Learning
) -> Codebook:
    units = {
        name: Unit(name, item.label, item.plural, item.table, item.of, item.id)
        for name, item in frame.units.items()
    }
    root = next(name for name, unit in units.items() if unit.of is None)
    factors = [
        item.build(
            (level.build() for level in ratings.scales[item.scale].levels),
            name=item.code, unit=root, kind="rating", measure=item.scale,
        )
        for item in ratings.factors
    ]  # fmt: skip
    variables = [*(item.variable(studies) for item in frame.variables), *factors]
    groupings = [group for item in frame.variables for group in item.groupings()]
    return Codebook(
        units=MappingProxyType(units),
        variables=MappingProxyType({item.name: item for item in variables}),
        groupings=MappingProxyType({item.name: item for item in groupings}),
        derived=MappingProxyType({item.name: item for item in frame.derived}),
        factors=tuple(item.name for item in factors),
        studies=studies,
        linked=ratings.linked,
        learning=tuple(item.build() for item in learning.fields_),
        version=frame.version,
    )


# -- what is wrong ---------------------------------------------------------------------------------


def _failure(error: Mapping[str, Any], place: str, raw: Any) -> Failure:
    """Return what pydantic found, with the entry called by its name and not by its number."""
    path = _named(error["loc"], raw)
    match error["type"]:
        case "extra_forbidden" | "unexpected_keyword_argument":
            name = str(error["loc"][-1])
            rule = "There is no such field here."
            return Failure(rule, place, "", path, name, nearest=nearest(name, _FIELDS))
        case "missing":
            return Failure("This must be given.", place, "", path)
        case "model_type" | "dataclass_type":
            return Failure("Fields with names were expected here.", place, "", path)
    hint = ' Write "no" and "yes" in quotes.' if isinstance(error["input"], bool) else ""
    rule = error["msg"].replace("Input should", "This should") + "." + hint
    return Failure(rule, place, "", path, str(error["input"])[:80])


def _named(path: Sequence[str | int], raw: Any) -> str:
    names = []
    for step in path:
        within = isinstance(raw, (Mapping, Sequence)) and not isinstance(raw, str)
        inside = isinstance(step, int) or (isinstance(raw, Mapping) and step in raw)
        raw = raw[step] if within and inside else None
        if isinstance(step, int) and isinstance(raw, Mapping):
            step = next((str(raw[k]) for k in ("name", "code", "study") if k in raw), step + 1)
        names.append(str(step))
    return ": ".join(names)


def _unknown_names(frame: _Frame, ratings: _Ratings) -> Iterator[Failure]:
    """Yield names that are used and stand nowhere."""
    if all(unit.of for unit in frame.units.values()):
        yield Failure("One unit must belong to no other.", VARIABLES, "", "units")
    variables = {item.name for item in frame.variables}
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
