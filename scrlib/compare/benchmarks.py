"""National figures to compare with, as data: what is known of each count, base and definition.

One row of `data/benchmarks/benchmarks.csv` is one benchmark; its README describes the columns.
Counts that the source does not give are never typed: they are the whole numbers that print as the
percentage on each base that is possible.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from scrlib import paths
from tally.errors import Failure, InputError, not_allowed
from tally.rounding import Printed, parse_printed

ALLOWED = {
    "family": ("quoted", "neighbouring", "notified", "since"),
    "said": ("", "higher", "lower", "similar"),
    "base_status": ("stated", "probable", "assumed", "unknown"),
    "confidence": ("high", "medium-high", "medium", "low-medium", "low", "do not use"),
    "like_for_like": ("", "yes", "partly", "no"),
}
_REQUIRED = ("key", "family", "label", "population", "source", "confidence", "base_status")
_WHOLE = re.compile(r"\d+(\.\.\d+)?(\|\d+(\.\.\d+)?)*")
_COUNTED = re.compile(r"(\d+)(?:\.\.(\d+))?/(\d+)")
_PRINTED = re.compile(r"(\d+(?:\.\d+)?%) of (\d+(?:\|\d+)*)")
Share = tuple[int, int]
"""A count and its base."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A published figure and what is known of it, as the README of `data/benchmarks` says.

    Of a number that the report or the source leaves open it holds all that are possible.
    """

    key: str
    family: str
    section: str
    said: str
    label: str
    population: str
    definition: str
    period: str
    ours: str
    printed: tuple[Share, ...]
    also_label: str
    also: str
    also_printed: tuple[Share, ...]
    counts: tuple[int, ...]
    percent: Printed | None
    bases: tuple[int, ...]
    base_status: str
    source: str
    page: str
    confidence: str
    like_for_like: str
    overlap: int | None
    reason: str
    note: str

    @property
    def claimed(self) -> bool:
        """Whether the report makes a claim of it, which belongs to the family that is adjusted."""
        return self.family == "quoted" and bool(self.said)

    @property
    def years(self) -> tuple[int, int] | None:
        """The first and the last year that the period names; None if it names none."""
        found = [int(year) for year in re.findall(r"\b(?:19|20)\d\d\b", self.period)]
        return (min(found), max(found)) if found else None

    @property
    def pairs(self) -> tuple[Share, ...]:
        """Every count and base that the source allows."""
        return tuple((count, base) for base in self.bases for count in self._counts(base))

    def _counts(self, base: int) -> Sequence[int]:
        if self.counts or self.percent is None:
            return [count for count in self.counts if count <= base]
        return [count for count in self.percent.counts(base, 100) if 0 <= count <= base]


def columns() -> tuple[str, ...]:
    """Return the columns of the file in order: `counts` is written as n and `bases` as N."""
    names = {"counts": "n", "bases": "N"}
    return tuple(names.get(item.name, item.name) for item in fields(Benchmark))


def whole_numbers(text: str) -> tuple[int, ...]:
    """Read whole numbers: one, alternatives ``175|293``, or a range ``196..198``.

    Raises
    ------
    ValueError
        If the text is none of these.
    """
    if not text:
        return ()
    if not _WHOLE.fullmatch(text):
        raise ValueError("Write a whole number, alternatives as 175|293, or a range as 196..198.")
    found: list[int] = []
    for part in text.split("|"):
        first, _, last = part.partition("..")
        found.extend(range(int(first), int(last or first) + 1))
    return tuple(dict.fromkeys(found))


def printed_shares(text: str) -> tuple[Share, ...]:
    """Read what the report allows for a share: ``69/97``, ``2..35/97`` or ``20% of 174|97``.

    Returns
    -------
    tuple of (int, int)
        For a percentage, every count that prints as it on each base.

    Raises
    ------
    ValueError
        If the text is none of these, or no count prints so.
    """
    if not text:
        return ()
    if counted := _COUNTED.fullmatch(text):
        first, last, base = int(counted[1]), int(counted[2] or counted[1]), int(counted[3])
        return tuple((count, base) for count in range(first, last + 1))
    found = _PRINTED.fullmatch(text)
    if not found:
        rule = "Write a count as 69/97 or 2..35/97, or a percentage with its base as 20% of 174|97."
        raise ValueError(rule)
    percent = parse_printed(found[1])
    bases = whole_numbers(found[2])
    shares = tuple((count, base) for base in bases for count in percent.counts(base, 100))
    if not shares:
        raise ValueError("No whole number of the base prints as this percentage.")
    return shares


_READERS = {
    "printed": printed_shares, "also_printed": printed_shares, "n": whole_numbers,
    "N": whole_numbers, "percent": lambda text: parse_printed(text) if text else None,
    "overlap": lambda text: int(text) if text else None,
}  # fmt: skip


def load(path: Path = paths.BENCHMARKS / "benchmarks.csv") -> tuple[Benchmark, ...]:
    """Read benchmarks in the order of the file.

    Raises
    ------
    InputError
        If a column is missing, a cell cannot be read, a key is used twice, or no count of the base
        would print as the percentage.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if missing := [name for name in columns() if name not in (reader.fieldnames or ())]:
            raise InputError(Failure(f"Columns are missing: {', '.join(missing)}.", path.name))
        raw = [{name: (row[name] or "").strip() for name in columns()} for row in reader]
    read = [_row(item, path.name, str(place)) for place, item in enumerate(raw, start=2)]
    failures = [item for part in read if isinstance(part, list) for item in part]
    failures += repeated([item["key"] for item in raw], path.name)
    failures += _unlisted([item["source"] for item in raw], path.name)
    if failures:
        raise InputError(failures)
    return tuple(item for item in read if isinstance(item, Benchmark))


def sources() -> list[dict[str, str]]:
    """Return the sources of all figures: `data/benchmarks/sources.csv`."""
    with (paths.BENCHMARKS / "sources.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _unlisted(used: Sequence[str], place: str) -> list[Failure]:
    """Return a failure for each row whose source has no row of its own."""
    listed = [row["source"] for row in sources()]
    return [
        not_allowed(
            "No such source in sources.csv.", key, listed, place=place, row=str(row),
            column="source",
        )
        for row, keys in enumerate(used, start=2) for key in filter(None, keys.split("+"))
        if key not in listed
    ]  # fmt: skip


def _row(raw: Mapping[str, str], place: str, row: str) -> Benchmark | list[Failure]:
    """Read one row, or list all that is wrong with it."""
    failures = [
        Failure("This column must be filled in.", place, row, name)
        for name in _REQUIRED
        if not raw[name]
    ]
    failures += wrong_words(raw, ALLOWED, place, row)
    values: dict[str, Any] = dict(raw)
    for name, reader in _READERS.items():
        try:
            values[name] = reader(raw[name])  # type: ignore[no-untyped-call]
        except ValueError as error:
            failures.append(Failure(str(error), place, row, name, raw[name]))
    if failures:
        return failures
    values["counts"], values["bases"] = values.pop("n"), values.pop("N")
    found = Benchmark(**values)
    if found.bases and (found.counts or found.percent) and not found.pairs:
        rule = "No count of the base prints as the percentage, or n exceeds N."
        return [Failure(rule, place, row, "percent", found.key)]
    return found


def wrong_words(
    raw: Mapping[str, str], allowed: Mapping[str, Sequence[str]], place: str, row: str
) -> list[Failure]:
    """Return a failure for each part whose word is none of those allowed."""
    return [
        not_allowed("No such word here.", word, allowed[name], place=place, row=row, column=name)
        for name, word in raw.items()
        if name in allowed and word not in allowed[name]
    ]


def repeated(keys: Sequence[str], place: str) -> list[Failure]:
    """Return a failure for each key that is used more than once."""
    rule, found = "A key may be used once only.", sorted({k for k in keys if keys.count(k) > 1})
    return [Failure(rule, place, "", "key", key) for key in found]
