"""A published number as a claim: what it says of a dataset, in one reading or several.

A reading is a quantity that lies between limits, a relation, or arithmetic on other published
numbers. The same claims are checked on a dataset with pandas (`Claim.check`) and given to the
solver (`Reading.parsed`, `Reading.limits`).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from tally import evaluate
from tally.codebook import Codebook
from tally.dataset import Dataset
from tally.errors import Failure, InputError, not_allowed
from tally.expression import Quantity, Relation
from tally.interval import ANY, Interval
from tally.language import parse, parse_relation
from tally.rounding import HALF_UP, ROUNDINGS, parse_printed

COMPARISONS = ("equal", "at_least", "at_most", "about", "over", "under", "relation")
_WHOLE = ("count", "sum", "min", "max")
_BLANK = {"compare": "equal", "rounding": HALF_UP}
"""What a blank cell of a column means."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a claim.

    Parameters
    ----------
    id : str
        The claim's id, with ``/1``, ``/2`` where there are several readings.
    label : str
        What the words are taken to mean; empty if there is one reading only.
    text : str
        The quantity or relation as written in the language of quantities.
    parsed : Quantity, Relation or None
        None for arithmetic, or where nothing can be checked.
    limits : Limits
        What the printed number admits; no limits for a relation.
    given : Fraction or None
        For arithmetic on printed numbers: its result.
    steps : str
        For arithmetic on printed numbers: the sum in writing.
    literal : bool
        Whether it takes the words as they stand, so that the claim is wrong if it fails.
    """

    id: str
    label: str = ""
    text: str = ""
    parsed: Quantity | Relation | None = None
    limits: Interval = ANY
    given: Fraction | None = None
    steps: str = ""
    literal: bool = False

    def check(self, dataset: Dataset | None) -> Checked:
        """Evaluate the reading on a dataset, or on printed numbers if it is arithmetic."""
        if self.given is not None:
            return Checked(self, self.given, self.limits.admits(self.given))
        if self.parsed is None or dataset is None:
            return Checked(self, None, None)
        if isinstance(self.parsed, Relation):
            return Checked(self, None, evaluate.holds(self.parsed, dataset))
        value = evaluate.evaluate(self.parsed, dataset)
        return Checked(self, value, None if value is None else self.limits.admits(value))


@dataclass(frozen=True, slots=True)
class Checked:
    """A reading evaluated.

    Parameters
    ----------
    value : Fraction or None
        None for a relation, and where the quantity is not defined.
    holds : bool or None
        None where nothing could be evaluated.
    """

    reading: Reading
    value: Fraction | None
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Claim:
    """Something a publication says in a number.

    Parameters
    ----------
    id : str
        Id of the statement, or of the table cell such as ``table_05:s31:focus:mean``.
    section, says, printed : str
    compare : str
        One of `COMPARISONS`; empty where nothing is compared.
    readings : tuple of Reading
        None for a claim that cannot be checked at all.
    possible : tuple of Reading
        Wrong steps that may have led to the printed number.
    reason, why : str
        Why no dataset can settle it: a key of the caller's, and a sentence.
    source : {"statement", "table"}
    table : str
        The table that it belongs to or is about, such as ``table_05``.
    """

    id: str
    section: str
    says: str
    printed: str
    compare: str = ""
    readings: tuple[Reading, ...] = ()
    possible: tuple[Reading, ...] = ()
    reason: str = ""
    why: str = ""
    source: str = "statement"
    table: str = ""
    population: str = ""
    benchmark: str = ""
    note: str = ""
    same_as: tuple[str, ...] = ()

    @property
    def computable(self) -> bool:
        """Whether a case-level dataset can settle it."""
        return not self.reason

    @property
    def on_print(self) -> bool:
        """Whether it is settled by arithmetic between printed numbers."""
        return any(item.given is not None for item in self.readings)

    @property
    def quantity(self) -> str:
        """Text of the quantity or relation, where there is one reading only."""
        return self.readings[0].text if len(self.readings) == 1 else ""

    def admits(self, value: float | int | Fraction) -> bool:
        """Say whether a value agrees with the printed number, by any reading."""
        return any(item.limits.admits(value) for item in self.readings)

    def check(self, dataset: Dataset | None = None) -> tuple[Checked, ...]:
        """Evaluate every reading; arithmetic on printed numbers needs no dataset."""
        return tuple(item.check(dataset) for item in self.readings)


def whole(quantity: Quantity | None) -> bool:
    """Whether a quantity is a whole number, such as a count."""
    return quantity is not None and all(a.function in _WHOLE for _, a in quantity.terms)


def limits(
    compare: str, text: str, quantity: Quantity | None = None, tolerance: str = "",
    rounding: str = HALF_UP,
) -> Interval:  # fmt: skip
    """Return the values that a printed number admits.

    Parameters
    ----------
    compare : str
        One of `COMPARISONS`. "equal" admits what rounds to the printed digits; of a count printed
        without decimals, that number only.
    text : str
        The number as printed.
    tolerance : str
        For "about": how far it reaches either way.
    rounding : str
        How the source rounds: one of `tally.rounding.ROUNDINGS`.
    """
    if compare in ("", "relation"):
        return ANY
    printed = parse_printed(text, rounding)
    value = printed.value
    if compare == "equal" and not (whole(quantity) and printed.decimals == 0):
        return printed.interval
    width = Fraction(tolerance) if compare == "about" else Fraction(0)
    low = None if compare in ("at_most", "under") else value - width
    high = None if compare in ("at_least", "over") else value + width
    return Interval(low, high, low_open=compare == "over", high_open=compare == "under")


# -- claims as a CSV file --------------------------------------------------------------------------

REQUIRED = ("id", "quantity", "printed")
COLUMNS = (*REQUIRED, "compare", "rounding", "tolerance", "reading", "says")


def read_csv(path: Path, codebook: Codebook, focus: int | None = None) -> tuple[Claim, ...]:
    """Read claims from a CSV file: a row each, or a row for each reading of one.

    Parameters
    ----------
    path : Path
        A file with the columns `REQUIRED` and any others of `COLUMNS`. `compare` is one of
        `COMPARISONS`, "equal" if blank; `rounding` one of `tally.rounding.ROUNDINGS`, "half_up" if
        blank; `tolerance` belongs to "about". With "relation" the quantity is a comparison of
        quantities and nothing need be printed. Rows with one id are readings of one claim, of
        which at least one holds; `reading` says what the words are taken to mean.
    codebook : Codebook
    focus : int, optional
        The study for which the name `focus` stands.

    Raises
    ------
    InputError
        All that is wrong with the file, each with its row and column.
    """
    rows, failures = _rows(path), []
    made: dict[str, list[tuple[dict[str, str], Reading]]] = {}
    for number, row in enumerate(rows, 2):
        found = list(_wrong(row))
        reading = None
        if not found:
            reading, found = _read_reading(row, codebook, focus)
        own = made.setdefault(row["id"], [])
        found += _unlike(row, [before for before, _ in own])
        failures += [replace(item, place=path.name, row=str(number)) for item in found]
        if reading is not None:
            own.append((row, reading))
    if failures:
        raise InputError(failures)
    return tuple(_of_rows(identifier, own) for identifier, own in made.items())


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream, restkey="")
        header = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = header
        failures = [
            Failure("The column is missing.", path.name, "1", name, allowed=COLUMNS)
            for name in REQUIRED if name not in header
        ]  # fmt: skip
        failures += [
            not_allowed("A file of claims has no such column.", name, COLUMNS, place=path.name,
                        row="1")
            for name in header if name not in COLUMNS
        ]  # fmt: skip
        if failures:
            raise InputError(failures)
        return [
            {name: (row.get(name) or "").strip() or _BLANK.get(name, "") for name in COLUMNS}
            for row in reader
        ]


def _wrong(row: Mapping[str, str]) -> Iterator[Failure]:
    """Yield what is wrong with the cells of a row, its quantity aside."""
    for column, allowed in (("compare", COMPARISONS), ("rounding", ROUNDINGS)):
        if row[column] not in allowed:
            rule = "There is no such way to compare or to round."
            yield not_allowed(rule, row[column], allowed, column=column)
    if not row["id"]:
        yield Failure("A claim needs an id.", column="id")
    numbers = {
        "printed": row["compare"] != "relation", "tolerance": row["compare"] == "about",
    }  # fmt: skip
    for column in (name for name, needed in numbers.items() if needed):
        try:
            parse_printed(row[column])
        except ValueError:
            yield Failure("One number was expected here.", column=column, value=row[column])


def _read_reading(
    row: Mapping[str, str], codebook: Codebook, focus: int | None
) -> tuple[Reading | None, list[Failure]]:
    compare, text = row["compare"], row["quantity"]
    try:
        if compare == "relation":
            relation = parse_relation(text, codebook, focus)
            return Reading(row["id"], row["reading"], text, relation), []
        quantity = parse(text, codebook, focus)
    except InputError as error:
        return None, [replace(item, column="quantity") for item in error.failures]
    admitted = limits(compare, row["printed"], quantity, row["tolerance"], row["rounding"])
    return Reading(row["id"], row["reading"], text, quantity, admitted), []


def _unlike(row: Mapping[str, str], others: Sequence[Mapping[str, str]]) -> list[Failure]:
    """Say what is wrong with a row that has the id of others."""
    if any(row["quantity"] == other["quantity"] for other in others):
        return [Failure("The same claim stands twice.", column="id", value=row["id"])]
    shared = ("printed", "compare", "rounding", "tolerance")
    rule = "Readings of one claim differ in the quantity only; another claim needs another id."
    return [
        Failure(rule, column=column, value=row[column])
        for column in shared if others and row[column] != others[0][column]
    ]  # fmt: skip


def _of_rows(identifier: str, rows: Sequence[tuple[Mapping[str, str], Reading]]) -> Claim:
    first, readings = rows[0][0], tuple(reading for _, reading in rows)
    if len(readings) > 1:
        readings = tuple(
            replace(item, id=f"{identifier}/{n}") for n, item in enumerate(readings, 1)
        )
    return Claim(
        identifier, "", first["says"] or first["quantity"], first["printed"], first["compare"],
        readings,
    )  # fmt: skip
