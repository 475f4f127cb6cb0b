"""The normal form of conditions and quantities: one tree and one spelling for one meaning.

Negations are pushed down to single variables, tests of one variable are merged, and sums that test
one variable become memberships, so that equal conditions compare equal and the solver's model stays
small. ``law_group == "public" and study == focus`` and ``study == 2017 and law in ("s31",
"public_other")`` have one normal form. Equal forms mean equal quantities; different forms may still
mean the same, since conditions are put in order, not solved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from tally.codebook import NOT_ASKED, Code, Codebook
from tally.expression import (
    FALSE,
    OPERATORS,
    OPPOSITE,
    TRUE,
    Aggregate,
    And,
    Compare,
    Condition,
    In,
    Linear,
    Not,
    Number,
    Or,
    Quantity,
    Tally,
    Weights,
)

_MOST_PARTS = 15
"""A variable with more codes, such as age, is not taken apart code by code."""


@lru_cache(maxsize=65536)
def normal(condition: Condition, codebook: Codebook) -> Condition:
    """Return an equal condition without negations, its parts merged and in one order."""
    return _normal(condition, codebook, True)


def normal_tally(tally: Tally, codebook: Codebook, among: Condition = TRUE) -> Tally:
    """Return an equal tally in normal form, of those units only that meet a condition."""
    where = tally.where if among == TRUE else And((tally.where, among))
    return Tally(tally.unit, normal(where, codebook), tally.value)


def _normal(condition: Condition, codebook: Codebook, positive: bool) -> Condition:
    match condition:
        case Not(inner):
            return _normal(inner, codebook, not positive)
        case In(variable, codes):
            return _member(variable, codes, codebook, positive)
        case Compare():
            return _compare(condition, codebook, positive)
        case And(parts) | Or(parts):
            found = [_normal(part, codebook, positive) for part in parts]
            return join(found, isinstance(condition, And) == positive, codebook)


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


def _order(condition: Condition) -> tuple[bool, str, str]:
    return not isinstance(condition, In), type(condition).__name__, spelling(condition)


# -- sums ------------------------------------------------------------------------------------------


def _compare(condition: Compare, codebook: Codebook, positive: bool) -> Condition:
    op = condition.op if positive else OPPOSITE[condition.op]
    weights, numbers, constant = merge(condition.linear)
    limit = condition.constant - constant
    found = _reduced(weights, numbers, op, limit, codebook)
    optional = [name for name in weights if codebook.variables[name].optional]
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
    return Compare(_sum(weights, numbers, 0, codebook), *_whole(op, limit))


def _whole(op: str, limit: int) -> tuple[str, int]:
    """Write a strict comparison of whole numbers as one that is not strict."""
    return {">": (">=", limit + 1), "<": ("<=", limit - 1)}.get(op, (op, limit))


def _sum(
    weights: Mapping[str, Mapping[Code, int]], numbers: Mapping[Number, int], constant: int,
    codebook: Codebook,
) -> Linear:  # fmt: skip
    """Return a merged sum in its order, the conditions of its numbers in normal form."""
    inner = _rewritten(numbers, lambda condition: normal(condition, codebook))
    return Linear(
        tuple(Weights(n, tuple(sorted(t.items(), key=str))) for n, t in sorted(weights.items())),
        tuple(sorted(((w, n) for n, w in inner.items()), key=str)),
        constant,
    )


def _rewritten(
    numbers: Mapping[Number, int], change: Callable[[Condition], Condition]
) -> dict[Number, int]:
    """Return numbers of members with their conditions changed; those that become equal, added."""
    found: dict[Number, int] = {}
    for number, weight in numbers.items():
        same = Number(number.unit, change(number.condition))
        found[same] = found.get(same, 0) + weight
    return found


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


# -- what is known beforehand ----------------------------------------------------------------------


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
    inner = _rewritten(numbers, lambda part: restrict(normal(part, codebook), given, codebook))
    return _reduced(weights, inner, condition.op, limit, codebook)


# -- keys ------------------------------------------------------------------------------------------


def aligned(condition: Condition, codebook: Codebook) -> Condition:
    """Return a condition in normal form, with what the frame links said in one way only.

    Where the frame says that a case has an alleged abuser if, and only if, abuse is rated above
    none, both conditions become the one on the abuser.
    """
    return _aligned(normal(condition, codebook), codebook)


def _aligned(condition: Condition, codebook: Codebook) -> Condition:
    match condition:
        case In():
            return _linked(condition, codebook)
        case Compare(linear, op, limit):
            weights, numbers, _ = merge(linear)
            same = _rewritten(numbers, lambda part: _aligned(part, codebook))
            return Compare(_sum(weights, same, 0, codebook), op, limit)
        case And(parts) | Or(parts):
            found = [_aligned(part, codebook) for part in parts]
            return join(found, isinstance(condition, And), codebook)
    raise TypeError(condition)


def _linked(test: In, codebook: Codebook) -> Condition:
    """Return a test, or its opposite, as what the frame says is the same thing."""
    for _, first, second in equivalences(codebook):
        if test.variable == second.variable:
            every = frozenset(codebook.variables[test.variable].codes)
            if test.codes in (second.codes, every - second.codes):
                same = test.codes == second.codes
                return _member(first.variable, first.codes, codebook, positive=same)
    return test


def equivalences(codebook: Codebook) -> Iterator[tuple[str, In, In]]:
    """Yield what the frame says is the same: a unit, and two tests that both hold or neither.

    A linked variable is absent where its factor is rated as not present; a variable is not asked
    for in the studies before its first and after its last.
    """
    for link in codebook.linked:
        factor = codebook.variables[link.factor]
        absent = frozenset(level.code for level in factor.categories if level.score == 0)
        first = In(link.variable, frozenset({link.absent}))
        yield factor.unit, first, In(factor.name, absent)
    years = next((v for v in codebook.variables.values() if v.kind == "study"), None)
    for variable in codebook.variables.values():
        if years and NOT_ASKED in (item.code for item in variable.categories):
            studies = (item.study for item in codebook.studies)
            others = frozenset(study for study in studies if not variable.asked_in(study))
            not_asked = In(variable.name, frozenset({NOT_ASKED}))
            yield variable.unit, In(years.name, others), not_asked


def spelling(condition: Condition) -> str:
    """Write a condition; conditions of one normal form are spelt alike."""
    match condition:
        case In(name, codes):
            return f"{name}={','.join(sorted(map(str, codes)))}"
        case Compare(linear, op, limit):
            return f"<{_spelt_sum(linear)}> {op} {limit}"
        case And(parts):
            return f"({' & '.join(map(spelling, parts))})" if parts else "always"
        case Or(parts):
            return f"({' / '.join(map(spelling, parts))})" if parts else "never"
        case Not(inner):
            return f"not {spelling(inner)}"


def _spelt_sum(linear: Linear) -> str:
    weights = (
        f"{item.variable}:{','.join(f'{code}*{weight}' for code, weight in item.weights)}"
        for item in linear.weights
    )
    numbers = (f"{w}*{n.unit}[{spelling(n.condition)}]" for w, n in linear.numbers)
    return " + ".join((*weights, *numbers, str(linear.constant)))


@lru_cache(maxsize=65536)
def key(quantity: Quantity, codebook: Codebook) -> str:
    """Return the text by which a quantity is looked up; quantities of one form have one key."""
    terms: dict[str, int] = {}
    for weight, aggregate in quantity.terms:
        text = _aggregate_key(aggregate, codebook)
        terms[text] = terms.get(text, 0) + weight
    parts = (f"{weight} {text}" for text, weight in sorted(terms.items()) if weight)
    return " + ".join((*parts, str(quantity.constant)))


def _aggregate_key(item: Aggregate, codebook: Codebook) -> str:
    conditions = [item.inside]
    if item.function == "percent":
        conditions.append(TRUE if item.base is None else item.base)
    texts = [spelling(aligned(condition, codebook)) for condition in conditions]
    value = _spelt_sum(_sum(*merge(item.value), codebook)) if item.value else ""
    return f"{item.function} {item.unit} {value}[{' | '.join(texts)}]"


def comparison_key(comparison: tuple[Quantity, str, Quantity], codebook: Codebook) -> str:
    """Return the text by which a comparison is looked up, its greater side on the right."""
    left, op, right = comparison
    first, second = key(left, codebook), key(right, codebook)
    if op in (">", ">="):
        first, second, op = second, first, {">": "<", ">=": "<="}[op]
    return f"{first} {op} {second}"


# -- parts of quantities ---------------------------------------------------------------------------


def parts_of_share(quantity: Quantity) -> tuple[Quantity, Quantity]:
    """Return the count and the base of a percentage, each as a quantity."""
    share = quantity.single
    assert share is not None
    base = TRUE if share.base is None else share.base
    return Quantity.count(share.unit, share.inside), Quantity.count(share.unit, base)


def partitions(quantity: Quantity, codebook: Codebook) -> Iterator[tuple[Quantity, ...]]:
    """Yield counts that add up to a count: one for each code of a variable that it restricts.

    ``count(case, law in ("s31", "public_other"))`` is the sum of two counts with one code each.
    """
    single = quantity.single
    if single is None or single.function != "count":
        return
    where = normal(single.where, codebook)
    parts = where.conditions if isinstance(where, And) else (where,)
    for place, part in enumerate(parts):
        if isinstance(part, In) and 1 < len(part.codes) <= _MOST_PARTS:
            rest = (*parts[:place], *parts[place + 1 :])
            yield tuple(
                Quantity.count(single.unit, And((In(part.variable, frozenset({code})), *rest)))
                for code in sorted(part.codes, key=str)
            )
