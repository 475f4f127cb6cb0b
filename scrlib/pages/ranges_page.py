"""Chapter 8's table: what the report fixes without printing it, and what it leaves open."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import pandas as pd
from markupsafe import Markup

from scrlib import determined
from scrlib.auditing import ranges
from scrlib.auditing.claims import claims
from scrlib.auditing.ranges import Bounds
from scrlib.book import Book
from scrlib.in_words import in_words
from scrlib.listing import Listing
from scrlib.pages.audited import said
from scrlib.report import coding_frame, in_focus
from scrlib.words import ends, short
from tally.claims import Claim
from tally.interval import Known
from tally.language import parse

FIXED, CLOSE, WIDE = "fixed", "close", "wide"
_ENDS = ("low", "high")
_CLOSE = 5
"""Ends no farther apart than this are called close: most counts of the report are of 97 cases."""
_PROVED = {
    (True, True): "both ends", (True, False): "the least", (False, True): "the greatest",
    (False, False): "neither",
}  # fmt: skip

TELLING = {
    "count(case, present(parental_mental_health))":
        "Cases with parental mental health problems",
    "count(case, present(substance_misuse))": "Cases with substance misuse",
    "count(case, 1 <= trio_count <= 2)": "Cases with one or two of the toxic trio",
    'count(case, domestic_abuse == "none" and law_group == "private")':
        "Private law cases without domestic abuse",
    'count(case, outcome == "death" and law_group == "private")':
        "Private law cases in which a child died",
    'count(case, perpetrator == "both_parents" and da_perpetrator == "reciprocal")':
        "Cases in which both parents were suspected, of reciprocal domestic abuse",
    'count(case, incident_harm == "physical" and (study == 2017))':
        "Incidents of physical abuse in the 2017 study",
    'count(case, trio_count == 0 and incident == "overdose" and number(child, age >= 13) >= 1)':
        "Overdoses of teenagers with none of the toxic trio",
    'count(child, study == 2017 and age_band == "6_10" and sex == "male")':
        "Boys aged 6 to 10 in the 2017 study",
    "count(parent, true)": "Parents",
    'count(parent, role == "mother" and study == 2014)': "Mothers in the 2014 study",
    'count(parent, parent_age_band == "under_21" and role == "mother" and study < 2017)':
        "Mothers before 2017 who were under 21 at the birth of their first child",
}  # fmt: skip
"""Numbers that the report does not print and that say something, in the order of the page."""


def report() -> Book:
    """Return the report's own edition, whatever the data of a book."""
    dataset = determined.agreeing()
    return Book(dataset, in_focus(dataset.codebook))


def reasons() -> Listing:
    """Return telling numbers, each with the printed ones that force its ends."""
    book, forced = report(), ranges.forced()
    rows = [
        (label, book.quantity(text).shown, *(_reason(forced.get((text, end), ())) for end in _ENDS))
        for text, label in TELLING.items()
    ]
    header = ("What is counted", "Number", "At least, because of", "At most, because of")
    return Listing("Why these numbers, and no others", header, rows, numbers=("Number",))


@lru_cache(maxsize=1)
def _claims() -> dict[str, Claim]:
    """Return the claims by their ids, and by those of their readings."""
    found = claims(coding_frame())
    return {reading.id: claim for claim in found for reading in claim.readings} | {
        claim.id: claim for claim in found
    }


def _reason(names: tuple[str, ...]) -> Markup:
    """Return printed numbers as lines of a cell."""
    told = [_claims()[name] for name in names]
    if not told:
        return Markup("nothing that is printed")
    lines = (Markup("{}: <strong>{}</strong>").format(said(item), item.printed) for item in told)
    return Markup("<br>").join(lines)


def listing() -> Listing:
    """Return the ranges that tell something; the download has all of them."""
    found = sorted(_told(), key=lambda item: (item[1].ends[1] - item[1].ends[0], item[0]))
    header = ["What is counted", "At least", "At most", "Range", "Proved to be reached"]
    rows = [
        [words, *_ends(item), kind(item), _PROVED[item.proved_low, item.proved_high]]
        for words, item in found
    ]
    telling = [row for row, (_, item) in zip(rows, found, strict=True) if _tells(item)]
    return Listing(
        "What the report determines and does not print", header, telling,
        numbers=("At least", "At most"), choose="Range", table=pd.DataFrame(rows, columns=header),
    )  # fmt: skip


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
