"""Arithmetic between printed numbers: what can be checked without any dataset.

Some statements follow from other printed numbers, such as a fall of so many percent between two
cells of a table. The steps are data (`arithmetic` in the register); this module carries them out
and writes them down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import ceil

from tally.errors import Failure, InputError, nearest
from tally.rounding import half_up, parse_printed

_OPERATIONS: dict[str, tuple[Callable[..., Fraction], str]] = {
    "sum": (lambda *parts: Fraction(sum(parts)), "{sum}"),
    "mean": (lambda *parts: sum(parts, Fraction(0)) / len(parts), "({sum}) / {n}"),
    "pooled_mean": (
        lambda a, n, b, m: (a * n + b * m) / (n + m),
        "({0} x {1} + {2} x {3}) / ({1} + {3})",
    ),
    "total_at_least": (lambda a, b: Fraction(ceil(a * b)), "{0} x {1}, rounded up"),
    "difference": (lambda a, b: a - b, "{0} - {1}"),
    "ratio": (lambda a, b: a / b, "{0} / {1}"),
    "percent": (lambda a, b: 100 * a / b, "100 x {0} / {1}"),
    "percent_cut": (lambda a, b: Fraction(100 * a // b), "100 x {0} / {1}, decimals cut off"),
    "drop_percent": (lambda a, b: 100 * (a - b) / a, "100 x ({0} - {1}) / {0}"),
    "excess_percent": (lambda a, b: 100 * (a - b) / b, "100 x ({0} - {1}) / {1}"),
}
OPERATIONS = tuple(_OPERATIONS)
_SHOWN = 3
_LEAST = ".least"


def operand(name: str, printed: Mapping[str, str]) -> Fraction:
    """Return a printed number.

    Parameters
    ----------
    name : str
        A number, or the id of a statement or table cell; with ``.least`` after it, the least
        value that is printed so.
    printed : mapping of str to str
        What was printed, by id.

    Raises
    ------
    InputError
        If there is no such statement or cell, or it has no number.
    """
    try:
        if name.endswith(_LEAST):
            return parse_printed(printed[name.removesuffix(_LEAST)]).low
        return parse_printed(printed[name]).value if name in printed else Fraction(name)
    except (KeyError, ValueError):
        rule = "Arithmetic needs numbers, or ids of statements or cells that print one."
        raise InputError(Failure(rule, value=name, nearest=nearest(name, printed))) from None


def carry_out(steps: Sequence[str], printed: Mapping[str, str]) -> tuple[Fraction, str]:
    """Carry out one operation.

    Parameters
    ----------
    steps : sequence of str
        Name of an operation, one of `OPERATIONS`, and its operands.

    Returns
    -------
    tuple of Fraction and str
        The result, and the sum as a reader would write it.
    """
    name, *names = steps
    found = [operand(item, printed) for item in names]
    function, form = _OPERATIONS[name]
    texts = [_plain(item) for item in found]
    result = function(*found)
    written = form.format(*texts, sum=" + ".join(texts), n=len(texts))
    return result, written if written == _plain(result) else f"{written} = {_plain(result)}"


def _plain(value: Fraction) -> str:
    """Write a number without needless digits."""
    return str(value.numerator) if value.denominator == 1 else half_up(value, _SHOWN).rstrip("0")
