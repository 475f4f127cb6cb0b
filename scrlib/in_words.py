"""Quantities in plain words, for readers who do not want to read expressions.

Only what can be said simply is said: a statistic over units that meet several conditions at once,
each on one variable or on one number that the frame names. Anything else has no words here, and
its expression stands alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

from scrlib.words import joined, lower_first
from tally.codebook import Code, Codebook, Variable
from tally.errors import InputError
from tally.expression import (
    OPPOSITE,
    TRUE,
    Aggregate,
    And,
    Compare,
    Condition,
    In,
    Linear,
    Not,
    Or,
    Quantity,
)
from tally.language import parse_condition, parse_value

# Of many categories those left out are named, if they are fewer than this.
_FEW = 4
_STATISTICS = {
    "mean": "Mean", "median": "Median", "sum": "Total", "min": "Least", "max": "Greatest",
}  # fmt: skip


class _NotSimpleError(Exception):
    """A condition or number that has no plain words."""


def in_words(quantity: Quantity, codebook: Codebook) -> str:
    """Say a quantity in words; an empty string if it cannot be said simply.

    Examples
    --------
    ``count(child, sex == "female" and age_band == "1_5")`` is "Children (Sex: female; Age at the
    incident: 1 to 5)".
    """
    if quantity.single is None:
        return ""
    try:
        return _sentence(quantity.single, codebook)
    except _NotSimpleError:
        return ""


def _sentence(item: Aggregate, codebook: Codebook) -> str:
    where = _said(item.where, codebook)
    unit = codebook.units[item.unit].plural
    if item.value is not None:
        value = lower_first(_number(item.value, codebook))
        named = f"{unit} ({'; '.join(where)})" if where else f"all {unit}"
        return f"{_STATISTICS[item.function]} {value} of {named}"
    unit = unit[:1].upper() + unit[1:]
    named = f"{unit} ({'; '.join(where)})" if where else f"{unit}, all"
    if item.function == "count":
        return named
    base = _said(item.base or TRUE, codebook)
    whole = f"those with {'; '.join(base)}" if base else "all"
    return f"{named}, as a percentage of {whole}"


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a condition says: codes of variables, limits of numbers, and what else holds."""

    codes: dict[str, frozenset[Code]] = field(default_factory=dict)
    limits: dict[str, tuple[int | None, int | None]] = field(default_factory=dict)
    flags: dict[str, None] = field(default_factory=dict)


def _said(condition: Condition, codebook: Codebook) -> list[str]:
    """Say each part of a condition."""
    facts = _Facts()
    for part, positive in _parts(condition, True, codebook):
        _note(facts, part, positive, codebook)
    found = [
        *(_membership(In(name, codes), codebook) for name, codes in facts.codes.items()),
        *(f"{name}: {_span(*ends)}" for name, ends in facts.limits.items()),
        *facts.flags,
    ]
    return [text for text in found if text]


def _parts(
    condition: Condition, positive: bool, codebook: Codebook
) -> Iterator[tuple[Condition, bool]]:
    """Yield what holds at once, each with whether it holds or does not."""
    if isinstance(condition, Not):
        yield from _parts(condition.condition, not positive, codebook)
    elif condition in _flags(codebook):
        yield condition, positive
    elif isinstance(condition, And if positive else Or):
        for part in condition.conditions:
            yield from _parts(part, positive, codebook)
    else:
        yield condition, positive


def _note(facts: _Facts, part: Condition, positive: bool, codebook: Codebook) -> None:
    """Add a part of a condition to what is known of its variable or number."""
    flag = _flags(codebook).get(part)
    if flag:
        facts.flags[f"{flag}: {'yes' if positive else 'no'}"] = None
        return
    single = part.membership if isinstance(part, Compare) else part
    if isinstance(single, In):
        every = frozenset(codebook.variables[single.variable].codes)
        codes = single.codes & every if positive else every - single.codes
        facts.codes[single.variable] = facts.codes.get(single.variable, every) & codes
    elif isinstance(part, Compare):
        name = _number(part.linear, codebook)
        low, high = _limits(part.op if positive else OPPOSITE[part.op], part.constant)
        before = facts.limits.get(name, (None, None))
        lows, highs = ([end for end in ends if end is not None]
                       for ends in ((low, before[0]), (high, before[1])))  # fmt: skip
        facts.limits[name] = (max(lows, default=None), min(highs, default=None))
    else:
        raise _NotSimpleError


def _limits(op: str, constant: int) -> tuple[int | None, int | None]:
    """Return the least and the greatest whole number for which a comparison holds."""
    ends = {
        "==": (constant, constant), ">=": (constant, None), "<=": (None, constant),
        ">": (constant + 1, None), "<": (None, constant - 1),
    }  # fmt: skip
    if op not in ends:
        raise _NotSimpleError
    return ends[op]


def _span(low: int | None, high: int | None) -> str:
    if low is None:
        return f"{high} or fewer"
    if high is None:
        return f"{low} or more"
    return str(low) if low == high else f"{low} to {high}"


# -- names ---------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _flags(codebook: Codebook) -> Mapping[Condition, str]:
    """Return the labels of the variables that the frame defines by a condition."""
    numbers = set(_numbers(codebook).values())
    return {
        parse_condition(item.expression, codebook, item.unit): item.label
        for item in codebook.derived.values() if item.label not in numbers
    }  # fmt: skip


@lru_cache(maxsize=8)
def _numbers(codebook: Codebook) -> Mapping[Linear, str]:
    """Return the labels of the numbers that the frame names."""
    found = {}
    for derived in codebook.derived.values():
        # A variable that is no number is a condition.
        with suppress(InputError):
            found[parse_value(derived.expression, codebook, derived.unit)] = derived.label
    for name, item in codebook.variables.items():
        if item.kind == "integer":
            found[parse_value(name, codebook, item.unit)] = item.label
        elif item.kind == "rating":
            found[parse_value(f"score({name})", codebook, item.unit)] = f"score of {item.label}"
    return found


def _number(linear: Linear, codebook: Codebook) -> str:
    """Say a number: one that the frame names, or how many members a unit has."""
    name = _numbers(codebook).get(linear)
    if name:
        return name
    if linear.weights or linear.constant or len(linear.numbers) != 1:
        raise _NotSimpleError
    ((weight, members),) = linear.numbers
    if weight != 1:
        raise _NotSimpleError
    where = _said(members.condition, codebook)
    return f"Number of {codebook.units[members.unit].plural}" + (
        f" ({'; '.join(where)})" if where else ""
    )


def _membership(item: In, codebook: Codebook) -> str:
    """Say which values a variable has: by a group if it is one, else by its categories."""
    variable = codebook.variables[item.variable]
    codes = [code for code in variable.codes if code in item.codes]
    if not codes:
        raise _NotSimpleError
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
    others = [code for code in variable.codes if code not in codes]
    if len(others) < _FEW <= len(codes) - len(others):
        return f"any but {joined([lower_first(variable.label_of(code)) for code in others], 'or')}"
    return joined([lower_first(variable.label_of(code)) for code in codes], "or")
