"""The rules that an entry of the register has to keep: fields, values and expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tally import language
from tally.arithmetic import OPERATIONS
from tally.claims import COMPARISONS
from tally.codebook import Codebook
from tally.errors import Failure, InputError, nearest, not_allowed
from tally.rounding import parse_printed

REASONS = {
    "external": "outside the dataset",
    "process": "about how the report was made or the organisation works",
    "outside_frame": "not logged by the coding frame",
    "figure_only": "in a figure whose values are lost",
    "judgement": "states no number",
}
Entries = list[tuple[str, dict[str, Any]]]
TEXTS = frozenset(
    {
        "id", "section", "says", "printed", "compare", "value", "reason", "why", "population",
        "benchmark", "table", "tolerance", "note",
    }
)  # fmt: skip
_REQUIRED = ("id", "section", "says", "printed")
_READING = ("label", "literal", "quantity", "holds", "arithmetic")
KEYS = tuple(sorted({*TEXTS, "readings", "possible", "same_as", *_READING} - {"label", "literal"}))
_ID = re.compile(r"[a-z0-9-]+")


@dataclass
class Check:
    """Collects what is wrong with one entry."""

    place: str
    failures: list[Failure] = field(default_factory=list)

    def add(self, rule: str, key: str = "", value: object = "") -> None:
        """Note a failure."""
        self.failures.append(Failure(rule, self.place, column=key, value=str(value)))

    def one_of(self, key: str, value: str, allowed: Iterable[str]) -> None:
        """Refuse a value that is not among those allowed."""
        if value and value not in allowed:
            rule = "The field has no such value."
            self.failures.append(not_allowed(rule, value, allowed, place=self.place, column=key))

    def unknown_keys(self, raw: Mapping[str, Any], allowed: Iterable[str]) -> None:
        """Refuse fields that do not exist."""
        for key in raw:
            if key not in allowed:
                rule = "There is no such field."
                self.failures.append(not_allowed(rule, key, allowed, place=self.place))

    def parse(self, key: str, text: str, parser: Callable[[str], object]) -> None:
        """Refuse an expression that its parser refuses."""
        try:
            parser(text)
        except InputError as error:
            self.failures.extend(_moved(item, self.place, key) for item in error.failures)


def _moved(failure: Failure, place: str, key: str) -> Failure:
    return Failure(
        failure.rule, place, "", key, failure.value, failure.allowed, failure.nearest
    )  # fmt: skip


def checked(name: str, raw: dict[str, Any], codebook: Codebook, focus: int) -> Check:
    """Check one entry, which stands in the file of this name."""
    check = Check(f"{name}, {raw.get('id', 'entry without id')}")
    check.unknown_keys(raw, KEYS)
    for key in _REQUIRED:
        if not raw.get(key):
            check.add("The field must be filled in.", key)
    for key in sorted(TEXTS & raw.keys() - {"tolerance"}):
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


def _check_form(check: Check, raw: dict[str, Any]) -> None:
    """Check that a statement is settled in one way, or says why it cannot be."""
    readings = raw_readings(raw)
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
    relations = [bool(item.get("holds")) for item in on_data]
    # Of several readings any may say with a relation what the printed number means.
    wanted = all(relations) if raw.get("compare") == "relation" else len(relations) > 1
    if relations and not wanted and any(relations) != (raw.get("compare") == "relation"):
        check.add("A relation has `holds`, any other comparison a quantity.", "compare")
    if on_data and raw.get("compare") in ("over", "under"):
        check.add("Write over and under as a relation.", "compare")


def _check_value(check: Check, raw: dict[str, Any]) -> None:
    """Where a number is compared there must be one, and a width where a word is vague."""
    if not raw.get("compare"):
        if raw_readings(raw):
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


def raw_readings(raw: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the readings of an entry: itself, or those it lists."""
    own = [raw] if any(raw.get(key) for key in ("quantity", "holds", "arithmetic")) else []
    return [*own, *raw.get("readings", ())]


def _check_expressions(check: Check, raw: dict[str, Any], book: Codebook, focus: int) -> None:
    for item in [*raw_readings(raw), *raw.get("possible", ())]:
        if item.get("quantity"):
            check.parse("quantity", item["quantity"], lambda t: language.parse(t, book, focus))
        if item.get("holds"):
            check.parse("holds", item["holds"], lambda t: language.parse_relation(t, book, focus))
        for operation in item.get("arithmetic", ()):
            check.one_of("arithmetic", operation, OPERATIONS)


def repeated(entries: Entries) -> list[Failure]:
    """Refuse an id that is used twice."""
    seen: set[str] = set()
    failures = []
    for name, raw in entries:
        key = str(raw.get("id"))
        if key in seen:
            failures.append(Failure("An id may be used once only.", f"{name}, {key}", value=key))
        seen.add(key)
    return failures


def dangling(entries: Entries) -> list[Failure]:
    """Refuse a `same_as` that names no statement."""
    known = {str(raw.get("id")) for _, raw in entries}
    rule = "There is no such statement."
    return [
        Failure(rule, f"{name}, {raw.get('id')}", "", "same_as", other, (), nearest(other, known))
        for name, raw in entries
        for other in raw.get("same_as", ())
        if other not in known
    ]
