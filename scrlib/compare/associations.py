"""Trends and associations that the report asserts: what a test makes of each.

`data/benchmarks/associations.yaml` states them. On observed data every one is tested. On a dataset
solved from print only those are whose counts print fixes; for the others the result is a range of
p over bounds, or none.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from scrlib import paths
from scrlib.compare import proportions, verdicts
from tally import yamlfile
from tally.codebook import Study
from tally.errors import Failure, InputError, not_allowed

STUDIES = "study"
"""As the one column of a table: every study of the data."""
Group = tuple[str, int, int]
"""Label, count and base of one group."""

_WORDS = {
    "test": ("shares", "split", "trend", "table", "means"),
    "said": ("", "higher", "lower", "similar", "differ"),
    "limits": ("", "printed"),
}
_NEEDS = {
    "shares": ("where", "first", "second"),
    "split": ("first", "second"),
    "trend": ("where",),
    "table": ("rows", "columns"),
    "means": ("value", "first", "second"),
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
    limits: str = ""
    note: str = ""

    @property
    def focused(self) -> bool:
        """Whether it is about the study in focus."""
        texts = (self.where, self.value, self.first, self.second, self.base)
        return any(re.search(r"\bfocus\b", text) for text in (*texts, *self.rows, *self.columns))


@dataclass(frozen=True, slots=True)
class Bounds:
    """What print allows for the counts of the groups of one association.

    Parameters
    ----------
    counts : tuple of (int, int)
        Least and greatest count of each group, in the order of the groups.
    total : int or None
        The sum of the counts, where print fixes it.
    """

    counts: tuple[tuple[int, int], ...]
    total: int | None = None

    @property
    def fixed(self) -> bool:
        """Whether every count is known."""
        return all(low == high for low, high in self.counts)


@dataclass(frozen=True, slots=True)
class Tested:
    """What a test makes of an association.

    Parameters
    ----------
    groups : tuple of (label, count, base)
        For shares, splits and trends.
    table : tuple of tuple of int
        For tables, the counts.
    estimates : tuple of float
        For means, the two means.
    difference, interval : float, tuple of float or None
        First less second: percentage points, or the unit of the values.
    statistic, pvalue, adjusted_pvalue : float or None
        None where there is no test; adjusted by Holm's method over all associations.
    at_most : bool
        Whether p is the greatest that print allows, and not p itself.
    open_range : tuple of float or None
        Range of p where print leaves counts open.
    reason : str
        Why there is no test.
    own : bool
        Whether the cases, and the study in focus if it matters, are those of which the report
        speaks.
    """

    key: str
    label: str
    section: str
    said: str
    method: str = ""
    groups: tuple[Group, ...] = ()
    table: tuple[tuple[int, ...], ...] = ()
    estimates: tuple[float, ...] = ()
    difference: float | None = None
    interval: tuple[float, float] | None = None
    statistic: float | None = None
    pvalue: float | None = None
    adjusted_pvalue: float | None = None
    at_most: bool = False
    open_range: tuple[float, float] | None = None
    caveats: tuple[str, ...] = field(default=())
    reason: str = ""
    own: bool = True

    @property
    def tested(self) -> bool:
        """Whether there is a p value."""
        return self.pvalue is not None

    @property
    def marker(self) -> str:
        """[sss], [ss], [s] or [ns] of the adjusted p value; [z] if there is no test."""
        return proportions.marker(self.adjusted_pvalue)

    @property
    def verdict(self) -> str:
        """One of the verdicts of `scrlib.compare.verdicts.MEANING`."""
        if self.pvalue is None:
            return verdicts.OPEN if self.open_range else verdicts.NOT_TESTED
        adjusted = self.pvalue if self.adjusted_pvalue is None else self.adjusted_pvalue
        # A table has no direction: what is said of it is that its columns differ at all.
        said = "higher" if self.said == "differ" else self.said
        direction = self.difference if self.difference is not None else self.statistic or 1.0
        least = 0.0 if self.at_most else self.pvalue
        greatest = max(self.pvalue, adjusted) if self.at_most else self.pvalue
        return verdicts.judge(said, direction, greatest, least, adjusted)

    @property
    def words(self) -> tuple[str, str, str]:
        """What the report said, what the test supports, and what weakens it."""
        said = verdicts.claimed_words(self.said) if self.own else verdicts.OTHERS
        weakens = " ".join(self.caveats)
        if self.pvalue is None or self.adjusted_pvalue is None:
            return said, self.reason, weakens
        tested = verdicts.shown_words(
            self.difference, self.interval, self.pvalue, self.adjusted_pvalue, self.verdict,
            "points" if self.estimates else "percentage points", self.at_most,
        )  # fmt: skip
        return said, tested, weakens


def of(item: Association, **found: Any) -> Tested:
    """Return the result of an association; a p value that does not exist becomes a reason."""
    result = Tested(item.key, item.label, item.section, item.said, **found)
    caveats = (*result.caveats, item.note) if item.note else result.caveats
    result = replace(result, caveats=caveats, adjusted_pvalue=result.pvalue)
    if result.difference is not None and math.isnan(result.difference):
        result = replace(result, difference=None, interval=None)
    if result.pvalue is not None and math.isnan(result.pvalue):
        return replace(
            result, pvalue=None, adjusted_pvalue=None, statistic=None, reason=verdicts.NOTHING
        )
    return result


def columns(item: Association, studies: Sequence[Study]) -> tuple[str, ...]:
    """Return the conditions of the columns of a table: those written, or one for each study."""
    if item.columns == (STUDIES,):
        return tuple(f"study == {study.study}" for study in studies)
    return item.columns


def adjusted(found: Sequence[Tested]) -> tuple[Tested, ...]:
    """Adjust p values by Holm's method over all associations."""
    values = proportions.holm([item.pvalue for item in found])
    return tuple(
        replace(item, adjusted_pvalue=value) for item, value in zip(found, values, strict=True)
    )


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
    lists = {name: tuple(raw[name]) for name in ("rows", "columns") if name in raw}
    return Association(**{**raw, **lists})


def _wrong(raw: Mapping[str, Any], place: str) -> list[Failure]:
    name = str(raw.get("key", ""))
    known = [item.name for item in fields(Association)]
    failures = [
        not_allowed("No such key.", key, known, place=place, row=name)
        for key in raw
        if key not in known
    ]
    for key, allowed in _WORDS.items():
        if raw.get(key, "") not in allowed:
            rule = "No such word here."
            failures.append(
                not_allowed(rule, raw.get(key), allowed, place=place, row=name, column=key)
            )
    needed = ("key", "label", "section", "test", "unit", *_NEEDS.get(raw.get("test", ""), ()))
    missing = [key for key in needed if not raw.get(key)]
    return failures + [Failure("This key is needed.", place, name, key) for key in missing]
