"""What a comparison comes to in words, computed from its numbers so that none goes stale."""

from __future__ import annotations

from fractions import Fraction

from scrlib.proportions import ALPHA
from scrlib.rounding import half_up

SUPPORTED = "supported"
BEFORE_ADJUSTMENT = "a difference before adjustment only"
DEPENDS = "depends on numbers not published"
NOT_SHOWN = "not shown"
CONTRADICTED = "contradicted"
COMPATIBLE = "no difference shown"
DIFFERENT = "a difference shown"
NOT_TESTED = "not tested"
OPEN = "not fixed by print"

MEANING = {
    SUPPORTED: "What the report said is borne out after adjustment, whichever count is taken.",
    BEFORE_ADJUSTMENT: "p is below 5% alone but not once the number of tests is allowed for.",
    DEPENDS: "Some numbers that would print the same give p below 5%, and others do not.",
    NOT_SHOWN: "The report names a difference that the counts are too few, or too close, to show.",
    CONTRADICTED: "The test shows other than what the report said.",
    COMPATIBLE: "The test finds no difference; that does not show that there is none.",
    DIFFERENT: "The test shows a difference on which the report does not comment.",
    NOT_TESTED: "A test would mislead, for the reason given.",
    OPEN: "The report prints no number of its own, so only a range of p can be given.",
}


def judge(
    said: str, difference: float, pvalue: float, least: float, adjusted: float, alpha: float = ALPHA
) -> str:
    """Return the verdict on what was said of a difference.

    Parameters
    ----------
    said : {"higher", "lower", "similar", ""}
        How the first share was said to stand to the second; empty if nothing was.
    difference : float
        First less second.
    pvalue, least, adjusted : float
        The greatest and the least p value over all counts that are possible, and the greatest
        adjusted for the number of tests.
    """
    directed = said in ("higher", "lower")
    opposite = directed and difference != 0 and (difference > 0) != (said == "higher")
    if adjusted < alpha:
        against = opposite or said == "similar"
        return CONTRADICTED if against else SUPPORTED if directed else DIFFERENT
    if least < alpha and not opposite:
        return BEFORE_ADJUSTMENT if pvalue < alpha else DEPENDS
    return NOT_SHOWN if directed else COMPATIBLE


def points(value: float) -> str:
    """Return percentage points to one decimal."""
    return half_up(Fraction(str(value)), 1)


def pvalue_text(pvalue: float) -> str:
    """Return a p value as text: "p < 0.001", or to three decimals."""
    return "p < 0.001" if pvalue < 0.001 else f"p = {half_up(Fraction(str(pvalue)), 3)}"


def span(low: float, high: float) -> str:
    """Return a range of p values as text, such as "p from below 0.001 to 0.200"."""
    first, second = pvalue_text(low), pvalue_text(high)
    if first == second:
        return first
    start, end = (text.removeprefix("p ").removeprefix("= ") for text in (first, second))
    return f"p from {start.replace('<', 'below')} to {end}"


def direction(difference: float) -> str:
    """Return "12.3 points higher", "12.3 points lower" or "the same" of a difference in points."""
    text = points(abs(difference))
    if float(text) == 0:
        return "the same to one decimal"
    return f"{text} points {'higher' if difference > 0 else 'lower'}"


def said_words(said: str) -> str:
    """Return what the report said, in a sentence."""
    if not said:
        return "The report draws no comparison with this figure."
    word = "similar to it" if said == "similar" else f"{said} than it"
    return f"The report calls its own share {word}."
