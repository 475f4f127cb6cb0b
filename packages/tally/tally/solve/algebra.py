"""Conditions brought to one shape, restricted to part of the cases, and taken apart.

The normal form of `tally.expression` can say the same in several ways. Here negations are pushed
down to single variables, tests of one variable are merged, and sums that test one variable become
memberships, so that equal conditions compare equal and the solver's model stays small.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache

from tally.codebook import Code, Codebook
from tally.expression import (
    FALSE,
    OPERATORS,
    TRUE,
    And,
    Compare,
    Condition,
    In,
    Linear,
    Not,
    Number,
    Or,
    Weights,
)  # fmt: skip

_INVERSE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@lru_cache(maxsize=65536)
def normal(condition: Condition, codebook: Codebook) -> Condition:
    """Return an equal condition without negations, its parts merged and in one order."""
    return _normal(condition, codebook, True)


def _normal(condition: Condition, codebook: Codebook, positive: bool) -> Condition:
    if isinstance(condition, Not):
        return _normal(condition.condition, codebook, not positive)
    if isinstance(condition, In):
        return _member(condition.variable, condition.codes, codebook, positive)
    if isinstance(condition, Compare):
        return _compare(condition, codebook, positive)
    parts = [_normal(item, codebook, positive) for item in condition.conditions]
    return join(parts, isinstance(condition, And) == positive, codebook)


def _member(
    variable: str, codes: Iterable[Code], codebook: Codebook, positive: bool = True
) -> Condition:
    domain = frozenset(codebook.variables[variable].codes)
    inside = domain & frozenset(codes) if positive else domain - frozenset(codes)
    if not inside:
        return FALSE
    return TRUE if inside == domain else In(variable, inside)


def join(parts: Iterable[Condition], conjunction: bool, codebook: Codebook) -> Condition:
    """Return the conjunction or disjunction of normal conditions, as a normal condition."""
    neutral, decisive = (TRUE, FALSE) if conjunction else (FALSE, TRUE)
    members: dict[str, frozenset[Code]] = {}
    rest: dict[Condition, None] = {}
    for part in _flat(parts, And if conjunction else Or):
        if part == decisive:
            return decisive
        if isinstance(part, In):
            known = members.get(part.variable)
            both = part.codes if known is None else (
                known & part.codes if conjunction else known | part.codes
            )  # fmt: skip
            members[part.variable] = both
        elif part != neutral:
            rest[part] = None
    merged = [_member(name, codes, codebook) for name, codes in members.items()]
    if decisive in merged:
        return decisive
    kept = sorted([item for item in merged if item != neutral] + list(rest), key=_order)
    if len(kept) == 1:
        return kept[0]
    return And(tuple(kept)) if conjunction else Or(tuple(kept))


def _flat(parts: Iterable[Condition], kind: type[And] | type[Or]) -> Iterable[Condition]:
    for part in parts:
        if isinstance(part, kind):
            yield from _flat(part.conditions, kind)
        else:
            yield part


def _order(condition: Condition) -> str:
    if isinstance(condition, In):
        return f"0{condition.variable}{sorted(map(str, condition.codes))}"
    return f"1{_written(condition)}"


def _written(item: object) -> str:
    """Write a condition so that it reads the same whatever order sets are kept in."""
    if isinstance(item, frozenset):
        return str(sorted(map(str, item)))
    if isinstance(item, tuple):
        return str([_written(part) for part in item])
    if is_dataclass(item):
        return f"{type(item).__name__}{[_written(getattr(item, f.name)) for f in fields(item)]}"
    return repr(item)


def _compare(condition: Compare, codebook: Codebook, positive: bool) -> Condition:
    op = condition.op if positive else _INVERSE[condition.op]
    weights, numbers, constant = merge(condition.linear)
    limit = condition.constant - constant
    optional = [name for name in weights if codebook.variables[name].optional]
    found = _reduced(weights, numbers, op, limit, codebook)
    if positive or not optional:
        return found
    # A comparison with an unknown value does not hold, so its negation does.
    unknown = [In(name, frozenset({None})) for name in optional]
    return join([*unknown, found], False, codebook)


def _reduced(
    weights: Mapping[str, Mapping[Code, int]], numbers: Mapping[Number, int], op: str, limit: int,
    codebook: Codebook,
) -> Condition:  # fmt: skip
    test = OPERATORS[op]
    if not weights and not numbers:
        return TRUE if test(0, limit) else FALSE
    if len(weights) == 1 and not numbers:
        ((name, table),) = weights.items()
        known = (code for code in codebook.variables[name].codes if code is not None)
        return _member(name, [c for c in known if test(table.get(c, 0), limit)], codebook)
    presence = _presence(weights, numbers, op, limit, codebook)
    if presence is not None:
        return presence
    linear = Linear(
        tuple(Weights(n, tuple(sorted(t.items(), key=str))) for n, t in sorted(weights.items())),
        tuple(sorted(((w, n) for n, w in numbers.items()), key=str)),
    )
    return Compare(linear, op, limit)


def _presence(
    weights: Mapping[str, Mapping[Code, int]], numbers: Mapping[Number, int], op: str, limit: int,
    codebook: Codebook,
) -> Condition | None:  # fmt: skip
    """Read a count of things present as "at least one" or "all", where it says no more."""
    tables = list(weights.values())
    if numbers or any(set(table.values()) - {0, 1} for table in tables):
        return None
    totals = {total for total in range(len(tables) + 1) if OPERATORS[op](total, limit)}
    every = set(range(len(tables) + 1))
    present = [_member(n, [c for c, w in t.items() if w], codebook) for n, t in weights.items()]
    absent = [
        _member(n, [c for c in codebook.variables[n].codes if not t.get(c, 0)], codebook)
        for n, t in weights.items()
    ]
    shapes: tuple[tuple[set[int], bool, list[Condition]], ...] = (
        (every, True, []), (set(), False, []), (every - {0}, False, present), ({0}, True, absent),
        ({len(tables)}, True, present), (every - {len(tables)}, False, absent),
    )  # fmt: skip
    for wanted, conjunction, parts in shapes:
        if totals == wanted:
            return join(parts, conjunction, codebook)
    return None


def merge(linear: Linear) -> tuple[dict[str, dict[Code, int]], dict[Number, int], int]:
    """Return a sum as weights by variable and by number of members, and its constant."""
    weights: dict[str, dict[Code, int]] = {}
    for item in linear.weights:
        table = weights.setdefault(item.variable, {})
        for code, weight in item.weights:
            table[code] = table.get(code, 0) + weight
    numbers: dict[Number, int] = {}
    for weight, number in linear.numbers:
        numbers[number] = numbers.get(number, 0) + weight
    kept = {name: table for name, table in weights.items() if any(table.values())}
    return kept, {n: w for n, w in numbers.items() if w}, linear.constant


def variables(condition: Condition) -> frozenset[str]:
    """Return the base variables that a condition tests, those inside `number` left out."""
    if isinstance(condition, In):
        return frozenset({condition.variable})
    if isinstance(condition, Compare):
        return frozenset(item.variable for item in condition.linear.weights)
    if isinstance(condition, Not):
        return variables(condition.condition)
    return frozenset().union(*(variables(item) for item in condition.conditions))


def compares(condition: Condition) -> Iterable[Compare]:
    """Yield the comparisons of sums inside a condition."""
    if isinstance(condition, Compare):
        yield condition
    elif isinstance(condition, (And, Or)):
        for item in condition.conditions:
            yield from compares(item)


def members(condition: Condition) -> Iterable[In]:
    """Yield the memberships inside a condition, those inside `number` left out."""
    if isinstance(condition, In):
        yield condition
    elif isinstance(condition, (And, Or)):
        for item in condition.conditions:
            yield from members(item)


def restrict(
    condition: Condition, given: Mapping[str, frozenset[Code]], codebook: Codebook
) -> Condition:
    """Return what a normal condition still says where variables are known to lie in `given`."""
    if isinstance(condition, In):
        allowed = given.get(condition.variable)
        if allowed is None:
            return condition
        if allowed <= condition.codes:
            return TRUE
        inside = allowed & condition.codes
        return In(condition.variable, inside) if inside else FALSE
    if isinstance(condition, Compare):
        return _restrict_sum(condition, given, codebook)
    assert isinstance(condition, (And, Or))
    parts = [restrict(item, given, codebook) for item in condition.conditions]
    return join(parts, isinstance(condition, And), codebook)


def _restrict_sum(
    condition: Compare, given: Mapping[str, frozenset[Code]], codebook: Codebook
) -> Condition:
    weights, numbers, _ = merge(condition.linear)
    limit = condition.constant
    for name in [n for n in weights if len(given.get(n, ())) == 1]:
        (code,) = given[name]
        if code is None:
            return FALSE
        limit -= weights.pop(name).get(code, 0)
    inner = {
        Number(n.unit, restrict(normal(n.condition, codebook), given, codebook)): w
        for n, w in numbers.items()
    }
    return _reduced(weights, inner, condition.op, limit, codebook)
