"""What print leaves open, and what it pins down without printing it: the tables of chapter 8."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from scrlib.auditing.known import BOUNDS
from scrlib.counting.number import Known
from scrlib.counting.tables import simplified
from scrlib.counting.words import ends, short
from scrlib.frame import codebook as frame
from scrlib.frame.language import parse
from scrlib.showing.in_words import in_words

HEADER = ("Number", "Least", "Greatest", "Proved", "Quantity")
AS_NAMED = "as named"
PROVED = {
    (True, True): "both ends", (True, False): "the least", (False, True): "the greatest",
    (False, False): "neither end",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Open:
    """A quantity with the range that print leaves it.

    Parameters
    ----------
    proved_low, proved_high : bool
        Whether a dataset is known that has the least, the greatest value. If not, the true end lies
        within the range.
    """

    quantity: str
    low: Fraction
    high: Fraction
    proved_low: bool
    proved_high: bool

    @property
    def function(self) -> str:
        """The quantity's first aggregate."""
        return self.quantity.partition("(")[0]

    @property
    def pinned(self) -> bool:
        """Whether one value only is left."""
        return self.low == self.high

    @property
    def row(self) -> list[str]:
        """The quantity as a row of a table."""
        low, high = (
            (short(Known(self.low, self.high), self.function),) * 2
            if self.pinned
            else ends(self.low, self.high, self.function)
        )
        text = simplified(self.quantity)
        words = in_words(parse(self.quantity, frame.load()), frame.load())
        proved = PROVED[self.proved_low, self.proved_high]
        return [words, low, high, proved, text] if words else [text, low, high, proved, AS_NAMED]


def _yes(text: str | None) -> bool:
    return str(text).strip().lower() in ("true", "yes", "1")


def read(path: Path = BOUNDS) -> list[Open]:
    """Read the ranges, differences of quantities left out; nothing if there are none."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["low"] and row["high"]]
    return [
        Open(
            row["quantity"], Fraction(row["low"]), Fraction(row["high"]),
            _yes(row.get("proved_low")), _yes(row.get("proved_high")),
        )
        for row in rows
        if ") - " not in row["quantity"]
    ]  # fmt: skip


def about(found: Sequence[Open], study: int) -> Iterator[Open]:
    """Yield the quantities that are about one study."""
    return (item for item in found if f"study == {study}" in item.quantity)


def overall(found: Sequence[Open]) -> Iterator[Open]:
    """Yield the quantities that are about all studies together."""
    return (item for item in found if "study" not in item.quantity)


def unprinted(items: Iterator[Open]) -> tuple[list[Open], list[Open]]:
    """Part quantities into those that print leaves open and those that it pins down."""
    listed = sorted(items, key=lambda item: (item.high - item.low, item.quantity))
    return [item for item in listed if not item.pinned], [item for item in listed if item.pinned]
