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

from scrlib import paths
from tally.errors import Failure, InputError, not_allowed
from tally.rounding import Printed, parse_printed

ALLOWED = {
    "family": ("quoted", "neighbouring", "since"),
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
    """A published figure and what is known of it.

    Parameters
    ----------
    key, label, population, definition, period, source, page, confidence, note : str
        What it is and where it was seen.
    family : {"quoted", "neighbouring", "since"}
        Whether the report itself makes the comparison, or the figure is of the same years or
        before, or of later years.
    section : str
        Section of the report that quotes it; empty if none does.
    said : {"higher", "lower", "similar", ""}
        How the report says its own share stands to this one.
    ours : str
        The quantity it can be set beside, a percentage in the language of quantities, if any.
    printed : tuple of (int, int)
        What the report printed for that quantity: one count and base, or all that would print so.
    also_label, also, also_printed : str, str, tuple of (int, int)
        Another reading of the share, by which the comparison must hold as well, if there is one.
    counts : tuple of int
        The counts that are possible where the source gives the count; empty where it does not.
    percent : Printed or None
        The percentage as printed.
    bases : tuple of int
        The bases that are possible; empty if nothing is known.
    base_status : {"stated", "probable", "assumed", "unknown"}
    like_for_like : {"yes", "partly", "no", ""}
    overlap : int or None
        The most cases of the report's that can be among the benchmark's; None if unknown.
    reason : str
        Why no test may be run; empty if one may.
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

    @property
    def share(self) -> float | None:
        """The benchmark in percent: from its count if that is known, else as printed."""
        pairs = self.pairs
        if self.counts and pairs:
            middle = pairs[len(pairs) // 2]
            return 100 * middle[0] / middle[1]
        return None if self.percent is None else float(self.percent.value)


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
    bases = [int(base) for base in found[2].split("|")]
    shares = tuple((count, base) for base in bases for count in percent.counts(base, 100))
    if not shares:
        raise ValueError("No whole number of the base prints as this percentage.")
    return shares


_READERS = {
    "printed": printed_shares, "also_printed": printed_shares, "n": whole_numbers,
    "N": whole_numbers, "percent": lambda text: parse_printed(text) if text else None,
    "overlap": lambda text: int(text) if text else None,
}  # fmt: skip


def _row(raw: Mapping[str, str], place: str, row: int) -> Benchmark | list[Failure]:
    """Read one row, or list all that is wrong with it."""
    failures = [
        Failure("This column must be filled in.", place, str(row), name)
        for name in _REQUIRED
        if not raw[name]
    ]
    for name, allowed in ALLOWED.items():
        if raw[name] not in allowed:
            rule = "No such word in this column."
            failures.append(
                not_allowed(rule, raw[name], allowed, place=place, row=str(row), column=name)
            )
    values: dict[str, object] = dict(raw)
    for name, reader in _READERS.items():
        try:
            values[name] = reader(raw[name])  # type: ignore[no-untyped-call]
        except ValueError as error:
            failures.append(Failure(str(error), place, str(row), name, raw[name]))
    if failures:
        return failures
    values["counts"], values["bases"] = values.pop("n"), values.pop("N")
    return Benchmark(**values)  # type: ignore[arg-type]


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
        missing = [name for name in columns() if name not in (reader.fieldnames or ())]
        if missing:
            rule = f"Columns are missing: {', '.join(missing)}."
            raise InputError(Failure(rule, path.name))
        raw = [{name: (row[name] or "").strip() for name in columns()} for row in reader]
    read = [_row(item, path.name, place) for place, item in enumerate(raw, start=2)]
    failures = [item for part in read if isinstance(part, list) for item in part]
    found = tuple(item for item in read if isinstance(item, Benchmark))
    failures += _inconsistent(found, path.name)
    if failures:
        raise InputError(failures)
    return found


def _inconsistent(found: Sequence[Benchmark], place: str) -> list[Failure]:
    keys = [item.key for item in found]
    repeated = sorted({key for key in keys if keys.count(key) > 1})
    failures = [Failure("A key may be used once only.", place, "", "key", key) for key in repeated]
    for item in found:
        if item.bases and (item.counts or item.percent) and not item.pairs:
            rule = f"No count of the base prints as the percentage, or n exceeds N ({item.key})."
            failures.append(Failure(rule, place, "", "percent"))
    return failures
