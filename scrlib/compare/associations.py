"""Trends and associations that the report asserts, as data: `data/benchmarks/associations.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from scrlib import paths
from scrlib.compare.benchmarks import repeated, wrong_words
from scrlib.compare.groups import Moments
from tally import yamlfile
from tally.codebook import Study
from tally.errors import Failure, InputError, not_allowed

STUDIES = "study"
"""As the one column of a table: every study of the data."""
_NEEDS = {
    "shares": ("where", "first", "second"),
    "split": ("first", "second"),
    "trend": ("where",),
    "table": ("rows", "columns"),
    "means": ("value", "first", "second"),
    "pairs": ("where", "first", "second"),
}
"""The tests, and what each takes."""
_WORDS = {
    "test": tuple(_NEEDS),
    "said": ("", "higher", "lower", "similar", "differ"),
    "like_for_like": ("yes", "partly", "no"),
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

    def quantities(self, studies: Sequence[Study]) -> list[str]:
        """Return every number that goes into the test: counts group by group, each with its base.

        For a table they are its cells row by row, for means the two means.
        """
        by_study = tuple(f"study == {study.study}" for study in studies)
        groups = by_study if self.test == "trend" else self.rows or (self.first, self.second)
        if self.test == "means":
            base = (_joined(self.base, group) for group in groups)
            return [f"mean({self.unit}, {self.value}, {text})" for text in base]
        cells: tuple[str, ...] = (self.where, "true")
        if self.test == "table":
            cells = by_study if self.columns == (STUDIES,) else self.columns
        elif self.test == "split":
            cells = ("true",)
        counted = (_joined(self.base, group, cell) for group in groups for cell in cells)
        return [f"count({self.unit}, {text})" for text in counted]


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
    failures += repeated([str(entry.get("key")) for entry in raw], path.name)
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
    unknown = [key for key in raw if key not in known]
    failures = [not_allowed("No such key.", key, known, place=place, row=name) for key in unknown]
    failures += wrong_words({key: raw[key] for key in _WORDS if key in raw}, _WORDS, place, name)
    needed = ("key", "label", "section", "test", "unit", *_NEEDS.get(raw.get("test", ""), ()))
    missing = [key for key in needed if not raw.get(key)]
    return failures + [Failure("This key is needed.", place, name, key) for key in missing]
