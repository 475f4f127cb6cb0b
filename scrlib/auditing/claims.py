"""Every printed number as a claim: the statements of the register and the cells of the tables.

A claim has one reading, or several where the words allow them. A reading is a quantity that lies
between limits, a relation, or arithmetic on other printed numbers. The same claims are checked on a
dataset with pandas (`Claim.check`) and given to the solver (`Reading.parsed`, `low`, `high`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from scrlib.auditing import register
from scrlib.auditing.arithmetic import carry_out
from scrlib.counting import published, quantities
from scrlib.counting.tables import Cell, Declared
from scrlib.data.dataset import Dataset
from scrlib.frame import codebook as frame
from scrlib.frame import language
from scrlib.frame.codebook import Codebook
from scrlib.frame.tree import Quantity, Relation
from scrlib.rounding import exact, parse_printed

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
            return Checked(self, None, quantities.holds(self.parsed, dataset))
        value = quantities.evaluate(self.parsed, dataset)
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
    """Something the report says in a number.

    Parameters
    ----------
    id : str
        Id of the statement, or of the table cell such as ``table_05:s31:focus:mean``.
    section, says, printed : str
    compare : str
        One of `register.COMPARISONS`; empty where nothing is compared.
    readings : tuple of Reading
        None for a claim that cannot be checked at all.
    possible : tuple of Reading
        Wrong steps that may have led to the printed number.
    reason, why : str
        Why no dataset can settle it: one of `register.REASONS`, and a sentence.
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
    compare: str, text: str, quantity: Quantity | None = None, tolerance: str = ""
) -> Limits:
    """Return the values that a printed number admits.

    Parameters
    ----------
    compare : str
        One of `register.COMPARISONS`. "equal" admits what rounds half up to the printed digits; of
        a count printed without decimals, that number only.
    text : str
        The number as printed.
    tolerance : str
        For "about": how far it reaches either way.
    """
    if compare in ("", "relation"):
        return Limits()
    printed = parse_printed(text)
    value = printed.value
    if compare == "equal" and not (whole(quantity) and printed.decimals == 0):
        return Limits(printed.low, printed.high, high_open=True)
    width = Fraction(tolerance) if compare == "about" else Fraction(0)
    low = None if compare in ("at_most", "under") else value - width
    high = None if compare in ("at_least", "over") else value + width
    return Limits(low, high, low_open=compare == "over", high_open=compare == "under")


def _of_statement(
    item: register.Statement, codebook: Codebook, focus: int, printed: Mapping[str, str]
) -> Claim:
    number = item.value or item.printed
    several = len(item.readings) > 1

    def made(position: int, raw: register.Reading, kind: str = "") -> Reading:
        identifier = f"{item.id}/{kind}{position}" if several or kind else item.id
        parsed = _parsed(raw, codebook, focus)
        known = parsed if isinstance(parsed, Quantity) else None
        given, steps = carry_out(raw.arithmetic, printed) if raw.arithmetic else (None, "")
        bounds = limits(item.compare, number, known, item.tolerance)
        return Reading(
            identifier, raw.label, raw.quantity or raw.holds, parsed, bounds, given, steps
        )

    return Claim(
        item.id, item.section, item.says, item.printed, item.compare,
        readings=tuple(made(n, raw) for n, raw in enumerate(item.readings, 1)),
        possible=tuple(made(n, raw, "possible-") for n, raw in enumerate(item.possible, 1)),
        reason=item.reason, why=item.why, table=item.table, population=item.population,
        benchmark=item.benchmark, note=item.note, same_as=item.same_as,
    )  # fmt: skip


def _parsed(
    raw: register.Reading, codebook: Codebook, focus: int
) -> Quantity | Relation | None:  # fmt: skip
    if raw.quantity:
        return language.parse(raw.quantity, codebook, focus)
    return language.parse_relation(raw.holds, codebook, focus) if raw.holds else None


def _of_cell(
    cell: Cell, table: Declared, codebook: Codebook, printed: Mapping[str, str],
    steps: tuple[register.Reading, ...],
) -> Claim:  # fmt: skip
    text = printed[cell.id]
    shown = f"{text}%" if cell.measure == "percent" else text
    says = f"Table {table.number}: {cell.row_label}, {cell.column_label} ({cell.measure})"
    if not cell.quantity:
        return Claim(
            cell.id, cell.section, says, shown, reason="external", why=table.external,
            source="table", table=cell.table,
        )  # fmt: skip
    parsed = language.parse(cell.quantity, codebook)
    bounds = limits("equal", text, parsed)
    possible = tuple(
        Reading(f"{cell.id}/possible-{n}", step.label, "", None, bounds,
                *carry_out(step.arithmetic, printed))
        for n, step in enumerate(steps, 1)
    )  # fmt: skip
    return Claim(
        cell.id, cell.section, says, shown, "equal",
        (Reading(cell.id, "", cell.quantity, parsed, bounds),), possible,
        source="table", table=cell.table,
    )  # fmt: skip


def _cells(tables: Iterable[Declared]) -> Iterator[tuple[Declared, Cell]]:
    return ((table, cell) for table in tables for cell in table.cells)


def claims(codebook: Codebook, focus: int | None = None) -> tuple[Claim, ...]:
    """Return every claim of the report: its statements in order of print, then its table cells.

    Parameters
    ----------
    codebook : Codebook
        A dataset's own frame, whose studies may be more than the report's.
    focus : int, optional
        The study that takes the place of the report's newest; the newest of the frame if None.

    Notes
    -----
    What was printed does not change with `codebook` and `focus`; what is counted does, so that a
    new study can be set beside the report.
    """
    year = published.in_focus(codebook, focus)
    own = published.load_tables(frame.load())
    printed = {cell.id: cell.printed for _, cell in _cells(own.values()) if cell.printed}
    statements = register.load(codebook, year)
    texts = {item.id: item.printed for item in statements} | printed
    found = [_of_statement(item, codebook, year, texts) for item in statements]
    tables, steps = published.load_tables(codebook, year).values(), register.possible()
    for table, cell in _cells(tables):
        if cell.id in printed:
            found.append(_of_cell(cell, table, codebook, printed, steps.get(cell.id, ())))
    return tuple(found)
