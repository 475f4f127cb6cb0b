"""What the report prints, for sentences that repeat it: claims by their identifiers."""

from __future__ import annotations

from functools import lru_cache

from scrlib.auditing.known import report
from scrlib.report import coding_frame
from scrlib.showing.prose import START
from scrlib.words import number_word
from tally.errors import InputError, not_allowed
from tally.escape import escape_html, escape_markdown
from tally.rounding import half_up, parse_printed


def printed(claim: str) -> str:
    """Return what the report prints for one of its claims, marked up with the claim.

    A whole number below ten is written in words.

    Raises
    ------
    InputError
        If there is no such claim.
    """
    found = _in_print()
    if claim not in found:
        raise InputError(not_allowed("No such claim.", claim, found))
    text = found[claim]
    few = len(text) == 1 and text in "123456789"
    word = number_word(int(text)) if few else escape_markdown(text)
    return f'{START}<data value="{escape_html(text)}" title="printed: {claim}">{word}</data>'


def fall(first: str, second: str) -> str:
    """Return by how many percent one printed number is below another, by their claims' ids."""
    before, after = (parse_printed(_in_print()[claim]).value for claim in (first, second))
    return f"{half_up(100 * (before - after) / before)}%"


@lru_cache(maxsize=1)
def _in_print() -> dict[str, str]:
    return {item.id: item.printed for item in report(coding_frame())}
