"""The register of statements: what the report says in numbers outside its tables, as data.

One entry of a file in `data/published/statements` is one statement: where it stands, what it says
in our words, what was printed, and the quantity that settles it. `data/published/README.md`
describes the fields. Everything wrong with the files is reported at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from scrlib import language, paths
from scrlib.arithmetic import OPERATIONS
from scrlib.codebook import Codebook
from scrlib.errors import Failure, InputError, nearest, not_allowed
from scrlib.rounding import parse_printed

COMPARISONS = ("equal", "at_least", "at_most", "about", "over", "under", "relation")
REASONS = {
    "external": "outside the dataset",
    "process": "about how the report was made or the organisation works",
    "outside_frame": "not logged by the coding frame",
    "figure_only": "in a figure whose values are lost",
    "judgement": "states no number",
}
FOLDER = paths.PUBLISHED / "statements"
_REQUIRED = ("id", "section", "says", "printed")
_READING = ("label", "quantity", "holds", "arithmetic")
_ID = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a statement: a quantity, a relation, or arithmetic on printed numbers.

    Parameters
    ----------
    label : str
        What this reading takes the words to mean; empty if the statement has one meaning only.
    quantity, holds : str
        Texts in the language of quantities; one of them is empty.
    arithmetic : tuple
        Name of an operation and its operands: numbers, ids of statements or of table cells.
    """

    label: str = ""
    quantity: str = ""
    holds: str = ""
    arithmetic: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One quantitative statement of the report.

    Parameters
    ----------
    id, section, says, printed : str
        Its name, its place, what it says in our words, and the number or words printed.
    compare : str
        How the printed value bounds the quantity: one of `COMPARISONS`; empty if nothing does.
    value : str
        The number that a word stands for ("both", "all but one"); empty if `printed` is one.
    readings : tuple of Reading
        One for a plain statement, several for one that can be read in several ways.
    possible : tuple of Reading
        Wrong steps that might have led to the printed number.
    reason, why : str
        Why no case-level dataset can settle it: one of `REASONS`, and a sentence.
    tolerance : str
        How far a word such as "about" reaches, in the unit of the value.
    """

    id: str
    section: str
    says: str
    printed: str
    compare: str = ""
    value: str = ""
    readings: tuple[Reading, ...] = ()
    possible: tuple[Reading, ...] = ()
    reason: str = ""
    why: str = ""
    population: str = ""
    benchmark: str = ""
    table: str = ""
    same_as: tuple[str, ...] = ()
    tolerance: str = ""
    note: str = ""

    @property
    def computable(self) -> bool:
        """Whether a case-level dataset can settle it."""
        return not self.reason


_TEXTS = {item.name for item in fields(Statement)} - {"readings", "possible", "same_as"}
KEYS = tuple(sorted(_TEXTS | {"readings", "possible", "same_as", *_READING} - {"label"}))


@dataclass
class _Check:
    """Collects what is wrong with one entry."""

    place: str
    failures: list[Failure] = field(default_factory=list)

    def add(self, rule: str, key: str = "", value: object = "") -> None:
        self.failures.append(Failure(rule, self.place, column=key, value=str(value)))

    def one_of(self, key: str, value: str, allowed: Iterable[str]) -> None:
        if value and value not in allowed:
            rule = "The field has no such value."
            self.failures.append(not_allowed(rule, value, allowed, place=self.place, column=key))

    def unknown_keys(self, raw: Mapping[str, Any], allowed: Iterable[str]) -> None:
        for key in raw:
            if key not in allowed:
                rule = "There is no such field."
                self.failures.append(not_allowed(rule, key, allowed, place=self.place))

    def parse(self, key: str, text: str, parser: Callable[[str], object]) -> None:
        try:
            parser(text)
        except InputError as error:
            self.failures.extend(_moved(item, self.place, key) for item in error.failures)


def _moved(failure: Failure, place: str, key: str) -> Failure:
    return Failure(
        failure.rule, place, "", key, failure.value, failure.allowed, failure.nearest
    )  # fmt: skip


@lru_cache(maxsize=8)
def load(codebook: Codebook, focus: int | None = None, folder: Path = FOLDER) -> tuple[
    Statement, ...
]:  # fmt: skip
    """Read every statement of the report, in the order of files and of print.

    Parameters
    ----------
    codebook : Codebook
        The frame whose names the expressions use.
    focus : int, optional
        The study in focus; the last study of the frame if None.
    folder : Path
        Folder of YAML files, each a list of entries.

    Raises
    ------
    InputError
        If a field is unknown, missing or out of range, an id is used twice, or an expression
        cannot be parsed: every failure with its file and id.
    """
    entries = [(path.name, raw) for path in sorted(folder.glob("*.yaml")) for raw in _read(path)]
    year = focus if focus is not None else codebook.studies[-1].study
    checks = [_checked(name, raw, codebook, year) for name, raw in entries]
    failures = [item for check in checks for item in check.failures]
    failures += _repeated(entries) + _dangling(entries)
    if failures:
        raise InputError(failures)
    return tuple(_statement(raw) for _, raw in entries)


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    except yaml.YAMLError as error:
        raise InputError(Failure(f"The file is not valid YAML: {error}", path.name)) from error
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise InputError(Failure("The file must be a list of entries.", path.name))
    return found


def _checked(name: str, raw: dict[str, Any], codebook: Codebook, focus: int) -> _Check:
    check = _Check(f"{name}, {raw.get('id', 'entry without id')}")
    check.unknown_keys(raw, KEYS)
    for key in _REQUIRED:
        if not raw.get(key):
            check.add("The field must be filled in.", key)
    for key in sorted(_TEXTS & raw.keys() - {"tolerance"}):
        if not isinstance(raw[key], str):
            check.add("The field must be text: put it in quotes.", key, raw[key])
    if raw.get("id") and not _ID.fullmatch(str(raw["id"])):
        check.add("An id has small letters, digits and hyphens only.", "id", raw["id"])
    check.one_of("compare", raw.get("compare", ""), COMPARISONS)
    check.one_of("reason", raw.get("reason", ""), REASONS)
    _check_form(check, raw)
    _check_value(check, raw)
    for key in ("readings", "possible"):
        for item in raw.get(key, ()):
            check.unknown_keys(item, _READING)
    _check_expressions(check, raw, codebook, focus)
    return check


def _check_form(check: _Check, raw: dict[str, Any]) -> None:
    """Check that a statement is settled in one way, or says why it cannot be."""
    readings = _raw_readings(raw)
    on_data = [item for item in readings if item.get("quantity") or item.get("holds")]
    if bool(on_data) == bool(raw.get("reason")):
        check.add("Give a quantity or relation, or else the reason why there is none.")
    if bool(raw.get("reason")) != bool(raw.get("why")):
        check.add("A reason and why go together.", "why")
    if any(bool(item.get("quantity")) and bool(item.get("holds")) for item in readings):
        check.add("Give a quantity or a relation, not both.", "holds")
    if raw.get("readings") and len(readings) != len(raw["readings"]):
        check.add("Give readings, or one quantity or relation.", "readings")
    if len(raw.get("readings", "ab")) < 2:
        check.add("Give two readings or more, or none.", "readings")
    if any(bool(item.get("holds")) != (raw.get("compare") == "relation") for item in on_data):
        check.add("A relation has `holds`, any other comparison a quantity.", "compare")
    if on_data and raw.get("compare") in ("over", "under"):
        check.add("Write over and under as a relation.", "compare")


def _check_value(check: _Check, raw: dict[str, Any]) -> None:
    """Where a number is compared there must be one, and a width where a word is vague."""
    if not raw.get("compare"):
        if _raw_readings(raw):
            check.add("Say how the printed value is to be compared.", "compare")
        return
    if raw["compare"] == "relation":
        return
    for key in ("value" if "value" in raw else "printed", "tolerance"):
        if key in raw:
            try:
                parse_printed(str(raw[key]))
            except ValueError:
                check.add("One number was expected.", key, raw[key])
    if raw["compare"] == "about" and "tolerance" not in raw and not raw.get("reason"):
        check.add("`about` needs a tolerance.", "tolerance")


def _raw_readings(raw: dict[str, Any]) -> list[dict[str, Any]]:
    own = [raw] if any(raw.get(key) for key in ("quantity", "holds", "arithmetic")) else []
    return [*own, *raw.get("readings", ())]


def _check_expressions(check: _Check, raw: dict[str, Any], book: Codebook, focus: int) -> None:
    for item in [*_raw_readings(raw), *raw.get("possible", ())]:
        if item.get("quantity"):
            check.parse("quantity", item["quantity"], lambda t: language.parse(t, book, focus))
        if item.get("holds"):
            check.parse("holds", item["holds"], lambda t: language.parse_relation(t, book, focus))
        for operation in item.get("arithmetic", ()):
            check.one_of("arithmetic", operation, OPERATIONS)


def _repeated(entries: list[tuple[str, dict[str, Any]]]) -> list[Failure]:
    seen: set[str] = set()
    failures = []
    for name, raw in entries:
        key = str(raw.get("id"))
        if key in seen:
            failures.append(Failure("An id may be used once only.", f"{name}, {key}", value=key))
        seen.add(key)
    return failures


def _dangling(entries: list[tuple[str, dict[str, Any]]]) -> list[Failure]:
    """`same_as` names statements that exist."""
    known = {str(raw.get("id")) for _, raw in entries}
    rule = "There is no such statement."
    return [
        Failure(rule, f"{name}, {raw.get('id')}", "", "same_as", other, (), nearest(other, known))
        for name, raw in entries
        for other in raw.get("same_as", ())
        if other not in known
    ]


def _reading(raw: dict[str, Any], label: str = "") -> Reading:
    steps = tuple(
        str(part)
        for name, operands in (raw.get("arithmetic") or {}).items()
        for part in (name, *operands)
    )
    texts = [" ".join(raw.get(key, "").split()) for key in ("quantity", "holds")]
    return Reading(raw.get("label", label), texts[0], texts[1], steps)


def _statement(raw: dict[str, Any]) -> Statement:
    texts = {key: str(raw[key]) for key in _TEXTS if key in raw}
    return Statement(
        **texts,
        readings=tuple(_reading(item) for item in _raw_readings(raw)),
        possible=tuple(_reading(item) for item in raw.get("possible", ())),
        same_as=tuple(raw.get("same_as", ())),
    )
