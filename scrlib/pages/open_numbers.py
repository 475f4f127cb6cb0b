"""What print leaves open, and what it pins down without printing it: the tables of chapter 8."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from scrlib.auditing import ranges
from scrlib.auditing.ranges import Bounds
from scrlib.report import coding_frame
from scrlib.in_words import in_words
from scrlib.words import ends, short
from tally.grid import simplified
from tally.interval import Known
from tally.language import parse

HEADER = ("Number", "Least", "Greatest", "Proved", "Quantity")
AS_NAMED = "as named"
PROVED = {
    (True, True): "both ends", (True, False): "the least", (False, True): "the greatest",
    (False, False): "neither end",
}  # fmt: skip


def row(item: Bounds) -> list[str]:
    """Return a quantity with its range as a row of a table."""
    function = item.quantity.partition("(")[0]
    low, high = (
        (short(Known(*item.ends), function),) * 2 if pinned(item) else ends(*item.ends, function)
    )
    text = simplified(item.quantity)
    words = in_words(parse(item.quantity, coding_frame()), coding_frame())
    proved = PROVED[item.proved_low, item.proved_high]
    return [words, low, high, proved, text] if words else [text, low, high, proved, AS_NAMED]


def pinned(item: Bounds) -> bool:
    """Say whether one value only is left."""
    return item.low == item.high


def _width(item: Bounds) -> Fraction:
    low, high = item.ends
    return high - low


def read(path: Path = ranges.FILE) -> list[Bounds]:
    """Read the ranges, differences of quantities left out; nothing if there are none."""
    return [item for item in ranges.read(path) if ") - " not in item.quantity]


def about(found: Sequence[Bounds], study: int) -> Iterator[Bounds]:
    """Yield the quantities that are about one study."""
    return (item for item in found if f"study == {study}" in item.quantity)


def overall(found: Sequence[Bounds]) -> Iterator[Bounds]:
    """Yield the quantities that are about all studies together."""
    return (item for item in found if "study" not in item.quantity)


def unprinted(items: Iterator[Bounds]) -> tuple[list[Bounds], list[Bounds]]:
    """Part quantities into those that print leaves open and those that it pins down."""
    listed = sorted(items, key=lambda item: (_width(item), item.quantity))
    return [item for item in listed if not pinned(item)], [item for item in listed if pinned(item)]
