"""Chapter 8's table: what the report fixes without printing it, and what it leaves open."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from scrlib import determined
from scrlib.auditing import ranges
from scrlib.auditing.ranges import Bounds
from scrlib.book import Book
from scrlib.in_words import in_words
from scrlib.listing import Listing
from scrlib.report import coding_frame, in_focus
from scrlib.words import ends, short
from tally.interval import Known
from tally.language import parse

FIXED, CLOSE, WIDE = "fixed", "close", "wide"
_CLOSE = 5
"""Ends no farther apart than this are called close: most counts of the report are of 97 cases."""
_PROVED = {
    (True, True): "both ends", (True, False): "the least", (False, True): "the greatest",
    (False, False): "neither",
}  # fmt: skip


def report() -> Book:
    """Return the report's own edition, whatever the data of a book."""
    dataset = determined.agreeing()
    return Book(dataset, in_focus(dataset.codebook))


def listing() -> Listing:
    """Return the ranges that tell something; the download has all of them."""
    found = sorted(_told(), key=lambda item: (item[1].ends[1] - item[1].ends[0], item[0]))
    header = ["What is counted", "At least", "At most", "Range", "Proved to be reached"]
    rows = [[words, *_ends(item), kind(item), _proved(item)] for words, item in found]
    telling = [row for row, (_, item) in zip(rows, found, strict=True) if _tells(item)]
    return Listing(
        "What the report determines and does not print", header, telling,
        numbers=("At least", "At most"), choose="Range", table=pd.DataFrame(rows, columns=header),
    )  # fmt: skip


def _proved(item: Bounds) -> str:
    return _PROVED[item.proved_low, item.proved_high]


def _tells(item: Bounds) -> bool:
    """Say whether a range says more than a reader would guess: fixed or close, and not nought."""
    low, high = item.ends
    return kind(item) != WIDE and high > 0 and (low > 0 or low == high)


def _told() -> Iterator[tuple[str, Bounds]]:
    """Yield the ranges that have words, each set of words once."""
    frame, seen = coding_frame(), set()
    for item in ranges.read():
        words = in_words(parse(item.quantity, frame), frame) if ") - " not in item.quantity else ""
        if words and words not in seen:
            seen.add(words)
            named = words.replace("SCR submissions", "cases")
            yield named[:1].upper() + named[1:], item


def _ends(item: Bounds) -> tuple[str, str]:
    function = item.quantity.partition("(")[0]
    if kind(item) == FIXED:
        return (short(Known(*item.ends), function),) * 2
    return ends(*item.ends, function)


def kind(item: Bounds) -> str:
    """Say how far the ends of a range are apart."""
    low, high = item.ends
    return FIXED if low == high else CLOSE if high - low <= _CLOSE else WIDE
