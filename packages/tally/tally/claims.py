"""A published number as a claim: what it says of a dataset, in one reading or several.

A reading is a quantity that lies between limits, a relation, or arithmetic on other published
numbers. The same claims are checked on a dataset with pandas (`Claim.check`) and given to the
solver (`Reading.parsed`, `Reading.limits`).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from tally import evaluate
from tally.codebook import Codebook
from tally.dataset import Dataset
from tally.errors import Failure, InputError
from tally.expression import Quantity, Relation
from tally.language import parse, parse_relation
from tally.rounding import exact, parse_printed

COMPARISONS = ("equal", "at_least", "at_most", "about", "over", "under", "relation")
_WHOLE = ("count", "sum", "min", "max")


@dataclass(frozen=True, slots=True)
class Limits:
    """The values that a printed number admits: an interval, each end included unless open."""

    low: Fraction | None = None
    high: Fraction | None = None
    low_open: bool = False
    high_open: bool = False

    def admits(self, value: float | int | Fraction) -> bool:
        """Say whether a value lies within."""
        number = exact(value)
        if self.low is not None and (number < self.low or (self.low_open and number == self.low)):
            return False
        beyond = self.high is not None and (
            number > self.high or (self.high_open and number == self.high)
        )
        return not beyond


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
        For arithmetic on print: its result.
    steps : str
        For arithmetic on print: the sum in writing.
    """

    id: str
    label: str = ""
    text: str = ""
    parsed: Quantity | Relation | None = None
    limits: Limits = Limits()
    given: Fraction | None = None
    steps: str = ""

    def check(self, dataset: Dataset | None) -> Checked:
        """Evaluate the reading on a dataset, or on print if it is arithmetic."""
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
        """Evaluate every reading; arithmetic on print needs no dataset."""
        return tuple(item.check(dataset) for item in self.readings)


def whole(quantity: Quantity | None) -> bool:
    """Whether a quantity is a whole number, such as a count."""
    return quantity is not None and all(a.function in _WHOLE for _, a in quantity.terms)


def limits(
    compare: str, text: str, quantity: Quantity | None = None, tolerance: str = "",
    rounding: str = "half_up",
) -> Limits:  # fmt: skip
    """Return the values that a printed number admits.

    Parameters
    ----------
    compare : str
        One of `COMPARISONS`. "equal" admits what rounds to the printed digits; of a count
        printed without decimals, that number only.
    text : str
        The number as printed.
    tolerance : str
        For "about": how far it reaches either way.
    rounding : str
        How the source rounds: one of `tally.rounding.ROUNDINGS`.
    """
    if compare in ("", "relation"):
        return Limits()
    printed = parse_printed(text)
    value = printed.value
    if compare == "equal" and not (whole(quantity) and printed.decimals == 0):
        low, high, low_open, high_open = printed.limits(rounding)
        return Limits(low, high, low_open, high_open)
    width = Fraction(tolerance) if compare == "about" else Fraction(0)
    least = None if compare in ("at_most", "under") else value - width
    most = None if compare in ("at_least", "over") else value + width
    return Limits(least, most, low_open=compare == "over", high_open=compare == "under")


# -- claims as a CSV file ----------------------------------------------------------------------

HEADER = ("id", "quantity", "printed", "compare", "rounding")


def read_csv(path: Path, codebook: Codebook) -> tuple[Claim, ...]:
    """Read claims: a line each, or several lines of one id for several readings of one claim.

    Parameters
    ----------
    path : Path
        A CSV file with the columns `HEADER`. `compare` is one of `COMPARISONS`, "equal" if empty;
        `rounding` one of `tally.rounding.ROUNDINGS`, "half_up" if empty. With "relation", the
        quantity is a comparison, and nothing is printed.

    Raises
    ------
    InputError
        With every line that cannot be read.
    """
    failures: list[Failure] = []
    found: dict[str, list[tuple[dict[str, str], Reading]]] = {}
    for number, row in enumerate(_lines(path), 2):
        try:
            own = found.setdefault(row["id"], [])
            own.append((row, _reading(row, len(own) + 1, codebook)))
        except (InputError, ValueError) as error:
            failures.append(Failure(str(error), path.name, str(number), value=row["quantity"]))
    if failures:
        raise InputError(failures)
    return tuple(_claim(name, rows) for name, rows in found.items())


def _lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        missing = [name for name in HEADER[:3] if name not in (reader.fieldnames or ())]
        if missing:
            rule = f"A file of claims needs the columns {', '.join(HEADER[:3])}."
            raise InputError(Failure(rule, path.name, value=", ".join(missing)))
        return [{name: (row.get(name) or "").strip() for name in HEADER} for row in reader]


def _reading(row: Mapping[str, str], number: int, codebook: Codebook) -> Reading:
    compare, name = row["compare"] or "equal", f"{row['id']}/{number}"
    if compare not in COMPARISONS:
        raise ValueError(f"{compare!r} is no way to compare: {', '.join(COMPARISONS)}.")
    if compare == "relation":
        relation = parse_relation(row["quantity"], codebook)
        return Reading(name, text=row["quantity"], parsed=relation)
    quantity = parse(row["quantity"], codebook)
    admitted = limits(compare, row["printed"], quantity, rounding=row["rounding"] or "half_up")
    return Reading(name, text=row["quantity"], parsed=quantity, limits=admitted)


def _claim(name: str, rows: Sequence[tuple[Mapping[str, str], Reading]]) -> Claim:
    first, _ = rows[0]
    readings = [reading for _, reading in rows]
    if len(readings) == 1:
        readings = [replace(readings[0], id=name)]
    compare = first["compare"] or "equal"
    return Claim(name, "", first["quantity"], first["printed"], compare, tuple(readings))
