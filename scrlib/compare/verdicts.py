"""What a comparison comes to in words, computed from its numbers so that none goes stale."""

from __future__ import annotations

from fractions import Fraction

from scrlib.compare.proportions import ALPHA
from tally.rounding import half_up

SUPPORTED = "supported"
BEFORE_ADJUSTMENT = "a difference before adjustment only"
DEPENDS = "depends on numbers not published"
NOT_SHOWN = "not shown"
CONTRADICTED = "contradicted"
COMPATIBLE = "no difference shown"
DIFFERENT = "a difference shown"
NOT_TESTED = "not tested"
OPEN = "not fixed by print"

HELD_BACK = "A number that this test takes is held back or rounded: the test would give it away."
NO_UNIT = "No unit of the dataset belongs to the base of this share."
NOTHING = "There is nothing to test: a group is empty, or all or none of its units count."
INVENTED = "These synthetic cases are not the report's: a test of them would show nothing."
OTHERS = "What the report says is about other cases."

MEANING = {
    SUPPORTED: "What the report said is borne out after adjustment, whichever count is taken.",
    BEFORE_ADJUSTMENT: "p is below 5% alone but not once the number of tests is allowed for.",
    DEPENDS: "Some numbers that would print the same give p below 5%, and others do not.",
    NOT_SHOWN: "The report names a difference that the counts are too few, or too close, to show.",
    CONTRADICTED: "The test shows other than what the report said.",
    COMPATIBLE: "The test finds no difference; that does not show that there is none.",
    DIFFERENT: "The test shows a difference on which the report does not comment.",
    NOT_TESTED: "There is no test, for the reason given.",
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


def signed(value: float) -> str:
    """Return a difference to one decimal with its sign, which is a true minus."""
    text = points(value)
    return f"+{text}" if value > 0 and text != "0.0" else text.replace("-", "\N{MINUS SIGN}")


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


def said_words(said: str) -> str:
    """Return what the report said, in a sentence."""
    if not said:
        return "The report draws no comparison with this figure."
    return f"The report calls its own share {said}."


def claimed_words(said: str) -> str:
    """Return what the report said of an association, in a sentence."""
    return {
        "higher": "The report says that the first is higher, or that it rises.",
        "lower": "The report says that the first is lower, or that it falls.",
        "similar": "The report says that there is little difference or change.",
        "differ": "The report says that the groups differ.",
    }.get(said, "The report prints the numbers and makes no claim.")


def shown_words(
    difference: float | None,
    interval: tuple[float, float] | None,
    pvalue: float,
    adjusted: float,
    verdict: str,
    unit: str = "percentage points",
    at_most: bool = False,
) -> str:
    """Return what a test supports, in a sentence.

    Parameters
    ----------
    difference, interval : float, tuple of float or None
        In `unit`; None where there is neither.
    at_most : bool
        Whether the p values are the greatest that are possible.
    """
    texts = [pvalue_text(value) for value in (pvalue, adjusted)]
    if at_most:
        texts = [text.replace("=", "at most") for text in texts]
    numbers = f"{texts[0]}, and {texts[1]} after adjustment"
    if difference is None or interval is None or interval[0] != interval[0]:
        return f"{verdict.capitalize()}: {numbers}."
    low, high = (signed(value) for value in interval)
    found = f"a difference of {signed(difference)} {unit} (95% interval {low} to {high})"
    return f"{verdict.capitalize()}: {found}, {numbers}."
