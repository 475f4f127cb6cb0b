"""Words from numbers: number words, ranges, and lists as they stand in sentences.

Pure functions of numbers. House style: whole numbers below ten in words, others in digits;
percentages without decimals and means with one, as the report prints them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from tally.interval import Known
from tally.rounding import half_up

_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NOT_KNOWN = "that is not known"


def number_word(value: int) -> str:
    """Write a whole number: in words below ten ("no" for zero), in digits from ten."""
    return _SMALL[value] if 0 <= value < len(_SMALL) else f"{value:,}"


def alone(value: int) -> str:
    """Write a whole number that no noun follows: "none" for zero."""
    return number_word(value) if value else "none"


def in_full(value: int) -> str:
    """Write a whole number below a hundred in words, as at the start of a sentence."""
    if value < 20:
        return (*_SMALL, *_TEENS)[value]
    ten, one = divmod(value, 10)
    return f"{_TENS[ten - 2]}-{_SMALL[one]}" if one else _TENS[ten - 2]


def digits(value: Fraction, function: str) -> str:
    """Write a number in digits: a percentage with its sign, a mean with one decimal."""
    if function == "percent":
        return f"{half_up(value)}%"
    return half_up(value, 0 if value.denominator == 1 and function != "mean" else 1)


def ends(low: Fraction, high: Fraction, function: str) -> tuple[str, str]:
    """Write the ends of a range, rounded outwards so that it holds every possible value."""
    scale = 10 if function in ("mean", "median") else 1
    down, up = Fraction(math.floor(low * scale), scale), Fraction(math.ceil(high * scale), scale)
    return digits(down, function), digits(up, function)


def phrase(found: Known, function: str = "count", one: str = "", many: str = "") -> str:
    """Write a number as a phrase that fits in a sentence.

    Parameters
    ----------
    found : Known
    function : str
        The aggregate that it comes from: "count", "percent", "mean" and so on.
    one, many : str
        What is counted, for one and for any other number; may be left out.

    Examples
    --------
    >>> phrase(Known(Fraction(5), Fraction(5)), "count", "case", "cases")
    'five cases'
    >>> phrase(Known(Fraction(3), Fraction(9)), "count", "case", "cases")
    'between 3 and 9 cases'
    >>> phrase(Known(Fraction(0), Fraction(1)), "count", "case", "cases")
    'at most one case'
    """
    single = found.high == 1 and found.low in (0, 1)
    noun = f" {one if single else many}" if many else ""
    if not found.defined:
        return f"no{noun}" if noun else "a number that is not defined"
    if found.low is None or found.high is None:
        kind = {"percent": "percentage", "mean": "mean"}.get(function, "number")
        why = f"that is held back {found.marker}" if found.marker else NOT_KNOWN
        return f"a {kind}{f' of{noun}' if noun else ''} {why}"
    if not found.fixed:
        return _range(found.low, found.high, function, noun)
    if function in ("count", "sum", "min", "max") and found.low.denominator == 1:
        write = number_word if noun else alone
        return f"{write(int(found.low))}{noun}"
    return f"{digits(found.low, function)}{noun}"


def _range(low: Fraction, high: Fraction, function: str, noun: str) -> str:
    """Write a range: from nought "at most three cases", otherwise "between 3 and 9 cases"."""
    least, most = ends(low, high, function)
    if least == most:
        return f"{least}{noun}"
    if low == 0 and function == "count" and high.denominator == 1:
        return f"at most {number_word(int(high))}{noun}"
    return f"at most {most}{noun}" if low == 0 else f"between {least} and {most}{noun}"


def short(found: Known, function: str = "count") -> str:
    """Write a number for a cell or a label: digits, a range, or a marker in square brackets."""
    if not found.defined:
        return "[z]"
    if found.low is None or found.high is None:
        return found.marker or "[x]"
    low, high = ends(found.low, found.high, function)
    if found.fixed:
        return digits(found.low, function)
    return low if low == high else f"{low} to {high}"


def mark_in_words(found: Known) -> str:
    """Write a count as `short` does, with words in place of a marker."""
    if not found.defined:
        return "not applicable"
    if found.low is None:
        return "held back" if found.marker else "not known"
    return short(found)


def lower_first(text: str) -> str:
    """Write a label inside a sentence: small first letter, unless it starts an abbreviation."""
    return text if text[1:2].isupper() or text[:1].isdigit() else text[:1].lower() + text[1:]


def joined(items: Sequence[str], word: str = "and") -> str:
    """Join phrases as a list in a sentence: "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"
