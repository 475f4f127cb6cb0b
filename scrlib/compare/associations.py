"""Trends and associations that the report asserts, as data: `data/benchmarks/associations.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from scrlib import paths
from scrlib.compare.groups import Moments
from tally import yamlfile
from tally.codebook import Study
from tally.errors import Failure, InputError, not_allowed

STUDIES = "study"
"""As the one column of a table: every study of the data."""
_WORDS = {
    "test": ("shares", "split", "trend", "table", "means", "pairs"),
    "said": ("", "higher", "lower", "similar", "differ"),
    "like_for_like": ("yes", "partly", "no"),
}
_NEEDS = {
    "shares": ("where", "first", "second"),
    "split": ("first", "second"),
    "trend": ("where",),
    "table": ("rows", "columns"),
    "means": ("value", "first", "second"),
    "pairs": ("where", "first", "second"),
}


@dataclass(frozen=True, slots=True)
class Association:
    """One assertion as data; the README of `data/benchmarks` says what each part holds."""

    key: str
    label: str
    section: str
    test: str
    unit: str
    said: str = ""
    where: str = "true"
    value: str = ""
    first: str = ""
    second: str = ""
    base: str = "true"
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    printed: str = ""
    moments: tuple[Moments, ...] = ()
    like_for_like: str = "yes"
    note: str = ""

    @property
    def claimed(self) -> bool:
        """Whether the report makes a claim of it, which belongs to the family that is adjusted."""
        return bool(self.said)

    @property
    def focused(self) -> bool:
        """Whether it is about the study in focus."""
        texts = (self.where, self.value, self.first, self.second, self.base)
        return any(re.search(r"\bfocus\b", text) for text in (*texts, *self.rows, *self.columns))

    def groups(self, studies: Sequence[Study]) -> tuple[str, ...]:
        """Return the conditions of the groups that a test sets beside each other."""
        if self.test == "trend":
            return tuple(f"study == {study.study}" for study in studies)
        return self.rows or (self.first, self.second)

    def cells(self, studies: Sequence[Study]) -> tuple[str, ...]:
        """Return the conditions of the columns of a table: those written, or one per study."""
        if self.columns == (STUDIES,):
            return tuple(f"study == {study.study}" for study in studies)
        return self.columns

    def count(self, *conditions: str) -> str:
        """Return the quantity that counts the units of the base that meet conditions."""
        return f"count({self.unit}, {_joined(self.base, *conditions)})"

    def quantities(self, studies: Sequence[Study]) -> list[str]:
        """Return every number that goes into the test."""
        groups = self.groups(studies)
        if self.test == "means":
            base = (_joined(self.base, group) for group in groups)
            return [f"mean({self.unit}, {self.value}, {text})" for text in base]
        if self.test == "table":
            return [self.count(row, cell) for row in groups for cell in self.cells(studies)]
        if self.test == "split":
            return [self.count(group) for group in groups]
        return [self.count(group, *also) for group in groups for also in ((self.where,), ())]


def _joined(*conditions: str) -> str:
    return " and ".join(f"({text})" for text in conditions if text != "true") or "true"


def load(path: Path = paths.BENCHMARKS / "associations.yaml") -> tuple[Association, ...]:
    """Read associations in the order of the file.

    Raises
    ------
    InputError
        If an entry lacks what its test needs, or has a key or word that is not known.
    """
    raw = yamlfile.read(path) or []
    failures = [part for entry in raw for part in _wrong(entry, path.name)]
    keys = [entry.get("key") for entry in raw]
    repeated = sorted({str(key) for key in keys if keys.count(key) > 1})
    failures += [Failure("A key may be used once only.", path.name, value=key) for key in repeated]
    if failures:
        raise InputError(failures)
    return tuple(_entry(entry) for entry in raw)


def _entry(raw: Mapping[str, Any]) -> Association:
    values = {**raw, **{name: tuple(raw[name]) for name in ("rows", "columns") if name in raw}}
    values["moments"] = tuple(
        Moments(item["nobs"], range(item["sums"][0], item["sums"][1] + 1), tuple(item["squares"]))
        for item in raw.get("moments", ())
    )
    return Association(**values)


def _wrong(raw: Mapping[str, Any], place: str) -> list[Failure]:
    name = str(raw.get("key", ""))
    known = [item.name for item in fields(Association)]
    failures = [
        not_allowed("No such key.", key, known, place=place, row=name)
        for key in raw
        if key not in known
    ]
    for key, allowed in _WORDS.items():
        if raw.get(key, allowed[0]) not in allowed:
            rule = "No such word here."
            failures.append(
                not_allowed(rule, raw.get(key), allowed, place=place, row=name, column=key)
            )
    needed = ("key", "label", "section", "test", "unit", *_NEEDS.get(raw.get("test", ""), ()))
    missing = [key for key in needed if not raw.get(key)]
    return failures + [Failure("This key is needed.", place, name, key) for key in missing]
