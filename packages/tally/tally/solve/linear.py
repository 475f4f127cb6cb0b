"""Turn claims into linear rows: the solver's reading of the language of quantities.

A count is a tally; a mean or percentage is a ratio of tallies, cleared of its denominator; a least,
greatest or median value says how many units lie beyond it. Whole numbers throughout: limits are
rounded inwards, so that a mean of whole scores admits only the totals that print so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor, lcm

from tally.codebook import Codebook
from tally.errors import InputError
from tally.expression import (
    Aggregate,
    And,
    Compare,
    Condition,
    In,
    Quantity,
    Ratio,
    Relation,
    Tally,
)
from tally.normal_form import join, merge, normal
from tally.solve.constraint import Constraint, Row, Terms

Sizes = Mapping[Tally, tuple[int, str]]


def count_of(unit: str, where: Condition, codebook: Codebook) -> Tally:
    """Return the tally of units that meet a condition."""
    return Tally(unit, normal(where, codebook))


def ratio(aggregate: Aggregate, codebook: Codebook) -> Ratio:
    """Return a statistic as one tally over another, their conditions in normal form."""
    above, below, scale = aggregate.ratio(codebook)
    base = below and replace(below, where=normal(below.where, codebook))
    return Ratio(replace(above, where=normal(above.where, codebook)), base, scale)


def sizes(constraints: Iterable[Constraint], codebook: Codebook) -> dict[Tally, tuple[int, str]]:
    """Return the tallies that a claim fixes, with their number and the claim's name."""
    found: dict[Tally, tuple[int, str]] = {}
    for item in constraints:
        single = item.quantity.single if isinstance(item.quantity, Quantity) else None
        fixed = item.low is not None and item.low == item.high and item.low.denominator == 1
        if single and fixed and single.function == "count":
            tally = count_of(single.unit, single.where, codebook)
            found.setdefault(tally, (int(item.low or 0), item.id))
    return found


def size_of(
    tally: Tally, known: Sizes, codebook: Codebook
) -> tuple[int, frozenset[str]] | None:  # fmt: skip
    """Return a size that claims fix, or that is the sum of such over the codes of a variable.

    Returns
    -------
    tuple or None
        The size, and the names of the claims from which it follows.
    """
    if tally in known:
        size, source = known[tally]
        return size, frozenset({source})
    parts = tally.where.conditions if isinstance(tally.where, And) else (tally.where,)
    for part in parts if tally.value is None else ():
        if isinstance(part, In):
            rest = [other for other in parts if other is not part]
            single = [In(part.variable, frozenset({c})) for c in sorted(part.codes, key=str)]
            split = [Tally(tally.unit, join([item, *rest], True, codebook)) for item in single]
            if all(item in known for item in split):
                sizes = [known[item] for item in split]
                return sum(n for n, _ in sizes), frozenset(source for _, source in sizes)
    return None


def rows(constraint: Constraint, codebook: Codebook, known: Sizes) -> list[Row]:
    """Turn a claim into rows.

    Parameters
    ----------
    constraint : Constraint
    codebook : Codebook
    known : mapping of Tally
        Sizes that other claims fix: with them a mean or percentage admits only whole totals.

    Raises
    ------
    InputError
        If the quantity mixes statistics that no linear row can state.
    """
    if isinstance(constraint.quantity, Relation):
        return [
            row
            for left, op, right in constraint.quantity.comparisons
            for row in _ordered(constraint, left, op, right, codebook, known)
        ]
    single = constraint.quantity.single
    if single and single.function in ("min", "max"):
        return _extreme(constraint, single, codebook)
    if single and single.function == "median":
        return _median(constraint, single, codebook, known)
    if single and single.function in ("mean", "percent"):
        return _share(constraint, single, codebook, known)
    terms, constant, used = _weighted(constraint.quantity, codebook, known)
    claims = frozenset({constraint.id, *used})
    return [_row(constraint, terms, constant, claims)]


def _row(
    constraint: Constraint, terms: Sequence[tuple[Fraction, Tally]], constant: Fraction,
    claims: frozenset[str],
) -> Row:  # fmt: skip
    """Scale to whole numbers, and round the limits inwards."""
    scale = lcm(*(weight.denominator for weight, _ in terms)) if terms else 1
    low, high = constraint.low, constraint.high
    least = None if low is None else _least((low - constant) * scale, constraint.low_open)
    most = None if high is None else _most((high - constant) * scale, constraint.high_open)
    whole = tuple((int(weight * scale), tally) for weight, tally in terms)
    return Row(whole, least, most, claims, constraint.hard)


def _least(limit: Fraction, is_open: bool) -> int:
    """Round a lower limit inwards, to the least whole number that it admits."""
    return floor(limit) + 1 if is_open else ceil(limit)


def _most(limit: Fraction, is_open: bool) -> int:
    """Round an upper limit inwards, to the greatest whole number that it admits."""
    return ceil(limit) - 1 if is_open else floor(limit)


def _weighted(
    quantity: Quantity, codebook: Codebook, known: Sizes
) -> tuple[list[tuple[Fraction, Tally]], Fraction, set[str]]:
    """Return a sum of statistics as weights of tallies; bases must be known."""
    terms: list[tuple[Fraction, Tally]] = []
    used: set[str] = set()
    for weight, aggregate in quantity.terms:
        if aggregate.function in ("min", "max", "median"):
            raise InputError(f"{aggregate.function} can only stand alone in a claim.")
        above, below, scale = ratio(aggregate, codebook)
        base = 1
        if below is not None:
            size = size_of(below, known, codebook)
            if size is None or not size[0]:
                raise InputError(f"The base of a {aggregate.function} is not known: {below}.")
            base = size[0]
            used |= size[1]
        terms.append((Fraction(weight * scale, base), above))
    return terms, Fraction(quantity.constant), used


def _ordered(
    constraint: Constraint, left: Quantity, op: str, right: Quantity, codebook: Codebook,
    known: Sizes,
) -> list[Row]:  # fmt: skip
    negative = tuple((-weight, item) for weight, item in right.terms)
    both = Quantity(left.terms + negative, left.constant - right.constant)
    crossed = _crossed(left, op, right, codebook, known)
    if crossed is not None:
        return [Row(crossed, *_limits(op, 1), frozenset({constraint.id}), constraint.hard)]
    terms, constant, used = _weighted(both, codebook, known)
    scale = lcm(*(weight.denominator for weight, _ in terms), constant.denominator)
    whole = tuple((int(weight * scale), tally) for weight, tally in terms)
    low, high = _limits(op, 1)
    shift = int(constant * scale)
    claims = frozenset({constraint.id, *used})
    limits = [None if item is None else item - shift for item in (low, high)]
    return [Row(whole, limits[0], limits[1], claims, constraint.hard)]


def _crossed(
    left: Quantity, op: str, right: Quantity, codebook: Codebook, known: Sizes
) -> Terms | None:
    """Compare a share whose base is not known with a whole number, free of division."""
    single = left.single
    if single is None or single.function not in ("mean", "percent") or right.terms:
        return None
    above, below, scale = ratio(single, codebook)
    if below is None or size_of(below, known, codebook) is not None:
        return None
    return ((scale, above), (-right.constant, below))


def _limits(op: str, step: int) -> tuple[int | None, int | None]:
    table: dict[str, tuple[int | None, int | None]] = {
        ">": (step, None), ">=": (0, None), "<": (None, -step), "<=": (None, 0), "==": (0, 0),
    }  # fmt: skip
    if op not in table:
        raise InputError("A relation with != cannot be stated as a linear row.")
    return table[op]


def _share(
    constraint: Constraint, single: Aggregate, codebook: Codebook, known: Sizes
) -> list[Row]:
    """State a mean or percentage: free of its base, and as whole totals where that is known."""
    above, below, scale = ratio(single, codebook)
    assert below is not None
    found = []
    for limit, upper in ((constraint.low, False), (constraint.high, True)):
        if limit is None:
            continue
        terms = ((scale * limit.denominator, above), (-limit.numerator, below))
        low = None if upper else int(constraint.low_open)
        high = -int(constraint.high_open) if upper else None
        found.append(Row(terms, low, high, frozenset({constraint.id}), constraint.hard))
    size = size_of(below, known, codebook)
    if size is not None and size[0]:
        claims = frozenset({constraint.id, *size[1]})
        found.append(_row(constraint, [(Fraction(scale, size[0]), above)], Fraction(0), claims))
    return found


def _at(aggregate: Aggregate, op: str, limit: int, codebook: Codebook) -> Tally:
    assert aggregate.value is not None
    test = normal(Compare(aggregate.value, op, limit), codebook)
    inside = ratio(aggregate, codebook).above.where
    return Tally(aggregate.unit, join([inside, test], True, codebook))


def _extreme(constraint: Constraint, single: Aggregate, codebook: Codebook) -> list[Row]:
    """State a least or greatest value: none beyond it, and at least one that reaches it."""
    claims, hard = frozenset({constraint.id}), constraint.hard
    low = None if constraint.low is None else _least(constraint.low, constraint.low_open)
    high = None if constraint.high is None else _most(constraint.high, constraint.high_open)
    beyond, reach = ((low, "<"), (high, "<=")) if single.function == "min" else (
        (high, ">"), (low, ">=")
    )  # fmt: skip
    found = []
    if beyond[0] is not None:
        tally = _at(single, beyond[1], beyond[0], codebook)
        found.append(Row(((1, tally),), 0, 0, claims, hard))
    if reach[0] is not None:
        tally = _at(single, reach[1], reach[0], codebook)
        found.append(Row(((1, tally),), 1, None, claims, hard))
    return found


def _median(
    constraint: Constraint, single: Aggregate, codebook: Codebook, known: Sizes
) -> list[Row]:
    """State a median of a known number of values: half of them on either side."""
    base = Tally(single.unit, ratio(single, codebook).above.where)
    if base not in known or constraint.low is None or constraint.high is None:
        raise InputError("A median needs the number of its values as another claim.")
    size, source = known[base]
    claims, low, high = frozenset({constraint.id, source}), constraint.low, constraint.high
    if size % 2 == 0:
        whole = Tally(single.unit, base.where, single.value)
        ends = _least(2 * low, constraint.low_open), _most(2 * high, constraint.high_open)
        return [Row((), None, None, claims, constraint.hard, (whole, size, *ends))]
    least, most = _least(low, constraint.low_open), _most(high, constraint.high_open)
    half = (size - 1) // 2
    below, above = _at(single, "<", least, codebook), _at(single, ">", most, codebook)
    return [Row(((1, item),), None, half, claims, constraint.hard) for item in (below, above)]


def expand(tally: Tally, codebook: Codebook) -> list[tuple[int, Tally]]:
    """Return a sum over units as weighted counts; a count is itself."""
    if tally.value is None:
        return [(1, tally)]
    weights, numbers, constant = merge(tally.value)
    found = [(constant, Tally(tally.unit, tally.where))] if constant else []
    for name, table in weights.items():
        for weight in sorted({item for item in table.values() if item}):
            codes = frozenset(code for code, item in table.items() if item == weight)
            both = join([tally.where, normal(In(name, codes), codebook)], True, codebook)
            found.append((weight, Tally(tally.unit, both)))
    for number, weight in numbers.items():
        inside = join([tally.where, normal(number.condition, codebook)], True, codebook)
        found.append((weight, Tally(number.unit, inside)))
    return found
