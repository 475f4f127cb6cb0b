"""A published number as a claim: what it says of a dataset, in one reading or several.

A reading is a quantity that lies between limits, a relation, or arithmetic on other published
numbers. The same claims are checked on a dataset with pandas (`Claim.check`) and given to the
solver (`Reading.parsed`, `Reading.limits`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tally import evaluate
from tally.dataset import Dataset
from tally.expression import Quantity, Relation
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
    literal : bool
        Whether it takes the words as they stand, so that the claim is wrong if it fails.
    """

    id: str
    label: str = ""
    text: str = ""
    parsed: Quantity | Relation | None = None
    limits: Limits = Limits()
    given: Fraction | None = None
    steps: str = ""
    literal: bool = False

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
    compare: str, text: str, quantity: Quantity | None = None, tolerance: str = ""
) -> Limits:
    """Return the values that a printed number admits.

    Parameters
    ----------
    compare : str
        One of `COMPARISONS`. "equal" admits what rounds half up to the printed digits; of
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
