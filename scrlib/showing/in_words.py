"""Quantities in plain words, for readers who do not want to read expressions.

Only what can be said simply is said: a count or a percentage of units that meet conditions on
single variables. Anything else has no words here, and its expression stands alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from scrlib.counting.words import joined
from scrlib.frame.codebook import Code, Codebook, Variable
from scrlib.frame.tree import Aggregate, And, Condition, In, Quantity
from scrlib.showing.prose import lower_first


def in_words(quantity: Quantity, codebook: Codebook) -> str:
    """Say a quantity in words; an empty string if it cannot be said simply.

    Examples
    --------
    ``count(child, sex == "female" and age_band == "1_5")`` is "Children (Sex: female; Age at the
    incident: 1 to 5)".
    """
    item = quantity.single
    if item is None or item.function not in ("count", "percent"):
        return ""
    where, base = _said(item.where, codebook), _said(item.base or And(()), codebook)
    if where is None or base is None:
        return ""
    return _sentence(item, codebook, where, base)


def _sentence(item: Aggregate, codebook: Codebook, where: list[str], base: list[str]) -> str:
    unit = codebook.units[item.unit].plural
    unit = unit[:1].upper() + unit[1:]
    named = f"{unit} ({'; '.join(where)})" if where else f"{unit}, all"
    if item.function == "count":
        return named
    whole = f"those with {'; '.join(base)}" if base else "all"
    return f"{named}, as a percentage of {whole}"


def _said(condition: Condition, codebook: Codebook) -> list[str] | None:
    """Say each part of a condition; None if a part is not about one variable."""
    parts = list(_parts(condition))
    if any(not isinstance(part, In) for part in parts):
        return None
    found = [_membership(part, codebook) for part in parts if isinstance(part, In)]
    return [text for text in found if text]


def _parts(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, And):
        for part in condition.conditions:
            yield from _parts(part)
    else:
        yield condition


def _membership(item: In, codebook: Codebook) -> str:
    """Say which values a variable has: by a group if it is one, else by its categories."""
    variable = codebook.variables[item.variable]
    codes = [code for code in variable.codes if code in item.codes]
    if len(codes) == len(variable.codes):
        return ""
    if variable.kind == "rating":
        return _rating(variable, codes)
    group = _group(item, codebook)
    value = lower_first(group) if group else _values(variable, codes)
    return f"{variable.label}: {value}"


def _rating(variable: Variable, codes: list[Code]) -> str:
    present = [item.code for item in variable.categories if item.score > 0]
    if codes == present:
        word = "now or before" if variable.measure == "plan" else "indicated"
        return f"{variable.label}: {word}"
    return f"{variable.label}: {_values(variable, codes)}"


def _group(item: In, codebook: Codebook) -> str:
    for grouping in codebook.groupings.values():
        for group, members in grouping.members.items():
            if grouping.variable == item.variable and members == item.codes:
                return codebook.label(grouping.name, group)
    return ""


def _values(variable: Variable, codes: list[Code]) -> str:
    numbers = [code for code in codes if isinstance(code, int)]
    if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        rest = " or not known" if None in codes else ""
        return f"{numbers[0]} to {numbers[-1]}{rest}"
    return joined([lower_first(variable.label_of(code)) for code in codes], "or")
