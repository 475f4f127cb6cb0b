"""One spelling for quantities that mean the same, so that a quantity can be looked up.

``count(case, law_group == "public" and study == focus)`` and ``count(case, study == 2017 and law
in ("s31", "public_other"))`` have the same normal form. Equal forms mean equal quantities;
different forms may still mean the same, since conditions are put in order, not solved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tally.codebook import Code, Codebook
from tally.expression import (
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
from tally.language import compare

ALWAYS, NEVER = "always", "never"
_MOST_PARTS = 15
OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def normal(quantity: Quantity, codebook: Codebook) -> str:
    """Return the normal form of a quantity, as text to look up."""
    if quantity.single:
        return _aggregate(quantity.single, codebook)
    terms: dict[str, int] = {}
    for weight, aggregate in quantity.terms:
        text = _aggregate(aggregate, codebook)
        terms[text] = terms.get(text, 0) + weight
    parts = (f"{weight} {text}" for text, weight in sorted(terms.items()) if weight)
    return " + ".join((*parts, str(quantity.constant)))


def normal_comparison(found: tuple[Quantity, str, Quantity], codebook: Codebook) -> str:
    """Return the normal form of a comparison, its greater side on the right."""
    left, op, right = found
    first, second = normal(left, codebook), normal(right, codebook)
    if op in (">", ">="):
        first, second, op = second, first, {">": "<", ">=": "<="}[op]
    return f"{first} {op} {second}"


def parts_of_share(quantity: Quantity) -> tuple[Quantity, Quantity]:
    """Return the count and the base of a percentage, each as a quantity."""
    share = quantity.single
    assert share is not None
    base = share.base if share.base is not None else TRUE
    inside = Aggregate("count", share.unit, And((base, share.where)))
    return Quantity(((1, inside),)), Quantity(((1, Aggregate("count", share.unit, base)),))


def impossible(quantity: Quantity, codebook: Codebook) -> bool:
    """Say whether a count is of a condition that contradicts itself, so that it is nought."""
    item = quantity.single
    return item is not None and condition(item.where, codebook) == NEVER


def partitions(quantity: Quantity) -> Iterator[tuple[Quantity, ...]]:
    """Yield counts that add up to a count: one for each code of a variable that it restricts.

    ``count(case, law in ("s31", "public_other"))`` is the sum of two counts with one code each.
    """
    item = quantity.single
    if item is None or item.function != "count":
        return
    parts = [part for part, _ in _flat(item.where, True, True)]
    if not _is_plain(item.where):
        return
    for place, part in enumerate(parts):
        if isinstance(part, In) and 1 < len(part.codes) <= _MOST_PARTS:
            rest = (*parts[:place], *parts[place + 1 :])
            yield tuple(
                Quantity(
                    ((1, replace(item, where=And((In(part.variable, frozenset({code})), *rest)))),)
                )
                for code in sorted(part.codes, key=str)
            )


def _is_plain(item: Condition) -> bool:
    """Say whether a condition is an `and` of parts, brackets aside, in which nothing is negated."""
    if isinstance(item, And):
        return all(_is_plain(part) for part in item.conditions)
    return not isinstance(item, Not)


def _aggregate(item: Aggregate, codebook: Codebook) -> str:
    where, base = item.where, item.base
    if item.function == "percent":
        base = TRUE if base is None else base
        where = And((base, where))
    texts = [condition(where, codebook)]
    if base is not None:
        texts.append(condition(base, codebook))
    value = _linear(item.value, codebook) if item.value else ""
    return f"{item.function} {item.unit} {value}[{' | '.join(texts)}]"


def condition(item: Condition, codebook: Codebook, positive: bool = True) -> str:
    """Return the normal form of a condition, or of its opposite."""
    if isinstance(item, Not):
        return condition(item.condition, codebook, not positive)
    if isinstance(item, In):
        item = _linked(item, codebook)
        codes = frozenset(codebook.variables[item.variable].codes)
        return _membership(item.variable, item.codes & codes if positive else codes - item.codes,
                           codebook)  # fmt: skip
    if isinstance(item, Compare):
        return _compare(item, codebook, positive)
    joined = isinstance(item, And) == positive
    return _joined(_flat(item, joined, positive), joined, codebook)


def _flat(item: Condition, joined: bool, positive: bool) -> Iterable[tuple[Condition, bool]]:
    """Yield what is joined by the same word, through brackets and double negation."""
    if isinstance(item, Not):
        yield from _flat(item.condition, joined, not positive)
    elif isinstance(item, (And, Or)) and (isinstance(item, And) == positive) == joined:
        for part in item.conditions:
            yield from _flat(part, joined, positive)
    else:
        yield item, positive


def _linked(item: In, codebook: Codebook) -> In:
    """Return presence or absence of a factor as what the frame says is the same thing.

    A case has an alleged domestic abuser if, and only if, domestic abuse is rated above none.
    """
    for link in codebook.linked:
        if link.factor == item.variable:
            rated = codebook.variables[link.factor].categories
            present = frozenset(level.code for level in rated if level.score > 0)
            others = frozenset(codebook.variables[link.variable].codes) - {link.absent}
            if item.codes == present:
                return In(link.variable, others)
            if item.codes == frozenset(level.code for level in rated) - present:
                return In(link.variable, frozenset({link.absent}))
    return item


def _joined(parts: Iterable[tuple[Condition, bool]], both: bool, codebook: Codebook) -> str:
    """Join parts by `and` or `or`, those on one variable into one membership."""
    members: dict[str, frozenset[Code]] = {}
    texts = set()
    for part, positive in parts:
        if isinstance(part, Compare):
            part = as_membership(part) or part
        if not isinstance(part, In):
            texts.add(condition(part, codebook, positive))
            continue
        part = _linked(part, codebook)
        every = frozenset(codebook.variables[part.variable].codes)
        codes = part.codes & every if positive else every - part.codes
        held = members.get(part.variable)
        members[part.variable] = codes if held is None else held & codes if both else held | codes
    texts |= {_membership(name, codes, codebook) for name, codes in members.items()}
    ends, neutral = (NEVER, ALWAYS) if both else (ALWAYS, NEVER)
    if ends in texts:
        return ends
    texts -= {neutral}
    if not texts:
        return neutral
    return texts.pop() if len(texts) == 1 else f"({(' & ' if both else ' / ').join(sorted(texts))})"


def _membership(name: str, codes: frozenset[Code], codebook: Codebook) -> str:
    every = codebook.variables[name].codes
    if not codes:
        return NEVER
    if len(codes) == len(every):
        return ALWAYS
    return f"{name}={','.join(str(code) for code in every if code in codes)}"


def as_membership(item: Compare) -> In | None:
    """Return a comparison of one variable's number as the codes for which it holds."""
    if len(item.linear.weights) != 1 or item.linear.numbers:
        return None
    weights = item.linear.weights[0]
    holding = (
        code
        for code, weight in weights.weights
        if compare(weight + item.linear.constant, item.op, item.constant)
    )
    return In(weights.variable, frozenset(holding))


def _compare(item: Compare, codebook: Codebook, positive: bool) -> str:
    single = as_membership(item)
    if single:
        return condition(single, codebook, positive)
    op, constant = item.op if positive else OPPOSITE[item.op], item.constant
    if op == ">":
        op, constant = ">=", constant + 1
    if op == "<":
        op, constant = "<=", constant - 1
    return f"{_linear(item.linear, codebook)} {op} {constant}"


def _linear(item: Linear, codebook: Codebook) -> str:
    weights = (
        f"{part.variable}:{','.join(f'{code}*{weight}' for code, weight in part.weights)}"
        for part in item.weights
    )
    numbers = (
        f"{weight}*{part.unit}[{condition(part.condition, codebook)}]"
        for weight, part in item.numbers
    )
    return "<" + " + ".join((*sorted(weights), *sorted(numbers), str(item.constant))) + ">"
