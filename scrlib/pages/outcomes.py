"""What came of comparisons or associations as a whole: how many of each verdict, and which."""

from __future__ import annotations

from collections.abc import Sequence

from scrlib.compare import verdicts
from scrlib.compare.associations import Tested
from scrlib.compare.compared import Comparison
from scrlib.compare.proportions import ALPHA
from scrlib.showing import markup
from scrlib.showing.prose import lower_first
from scrlib.showing.words import in_full, number_word

HEADER = ("Verdict", "Number", "Which", "Meaning")


def summary(found: Sequence[Comparison] | Sequence[Tested], noun: str) -> str:
    """Say what came of results, in sentences.

    Parameters
    ----------
    noun : str
        What the results are, in the plural.
    """
    if not found:
        return f"There are no {noun}."
    return f"{_tested(found, noun)} {_remaining(found)}".rstrip()


def rows(found: Sequence[Comparison] | Sequence[Tested]) -> list[tuple[str, ...]]:
    """Return a row for each verdict with the results that have it, in the order of `HEADER`."""
    return [
        (verdict.capitalize(), str(len(labels)), markup.enumerated(labels), meaning)
        for verdict, meaning in verdicts.MEANING.items()
        if (labels := [item.label for item in found if item.verdict == verdict])
    ]


def _tested(found: Sequence[Comparison] | Sequence[Tested], noun: str) -> str:
    part, whole = sum(item.tested for item in found), len(found)
    if whole == 1:
        return f"The one result {'is' if part else 'is not'} that of a test."
    few = in_full(part) if part < 100 else number_word(part)
    word = "none" if not part else "all" if part == whole else few
    return f"{word.capitalize()} of {number_word(whole)} {noun} can be tested."


def _remaining(found: Sequence[Comparison] | Sequence[Tested]) -> str:
    """Name those whose p is below the limit after adjustment."""
    tested = [item for item in found if item.adjusted_pvalue is not None]
    labels = [
        i.label for i in tested if i.adjusted_pvalue is not None and i.adjusted_pvalue < ALPHA
    ]
    if not tested:
        return ""
    named = "; ".join(map(lower_first, labels))
    number = f"{number_word(len(labels))}: {named}" if labels else "none of them"
    return f"After adjustment, p is below {ALPHA} for {number}."
