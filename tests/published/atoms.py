"""Small claims as linear inequalities over kinds of case, to refute them apart from the solver.

A kind of case (or parent) is a combination of codes that no condition of the claims can tell apart.
The unknowns are how many cases there are of each kind and, where scores are summed, what they come
to. If even fractions of cases cannot meet all claims, no dataset can.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np
from scipy.optimize import linprog

from scrlib.report import coding_frame
from tally import codebook
from tally.claims import Reading
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
    Relation,
)
from tally.interval import Interval

FRAME = coding_frame()
OPERATORS = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge,
}  # fmt: skip
Kind = dict[object, frozenset[object] | bool]
Row = tuple[np.ndarray, float]


def parts(condition: Condition) -> Iterator[In | Compare]:
    if isinstance(condition, (In, Compare)):
        yield condition
    elif isinstance(condition, Not):
        yield from parts(condition.condition)
    else:
        for item in condition.conditions:
            yield from parts(item)


def aggregates(reading: Reading) -> Iterator[Aggregate]:
    found = reading.parsed
    sides = [found] if isinstance(found, Quantity) else []
    if isinstance(found, Relation):
        sides = [side for left, _, right in found.comparisons for side in (left, right)]
    for side in sides:
        yield from (item for _, item in side.terms)


def is_small(condition: Compare) -> bool:
    """Whether a number is one of a few ratings, so that kinds of case can tell it."""
    return len(condition.linear.weights) <= 3 and not condition.linear.numbers


def told_apart(condition: Compare) -> Iterator[In]:
    """Yield the tests by which kinds of case tell a small number."""
    for item in condition.linear.weights:
        for weight in {weight for _, weight in item.weights}:
            yield In(item.variable, frozenset(c for c, w in item.weights if w == weight))


def true_of(condition: Condition, kind: Kind) -> bool:
    if isinstance(condition, In):
        codes = kind[condition.variable]
        assert isinstance(codes, frozenset)
        return next(iter(codes)) in condition.codes
    if isinstance(condition, Compare) and is_small(condition):
        value = condition.linear.constant
        for item in condition.linear.weights:
            codes = kind[item.variable]
            assert isinstance(codes, frozenset)
            value += dict(item.weights)[next(iter(codes))]
        return bool(OPERATORS[condition.op](value, condition.constant))
    if isinstance(condition, Compare):
        return bool(kind[condition])
    if isinstance(condition, Not):
        return not true_of(condition.condition, kind)
    results = [true_of(item, kind) for item in condition.conditions]
    return all(results) if isinstance(condition, And) else any(results)


def classes(variable: str, tests: Sequence[In]) -> list[frozenset[object]]:
    """Group the codes of a variable that all tests treat alike."""
    found: dict[tuple[bool, ...], set[object]] = {}
    for code in FRAME.variables[variable].codes:
        found.setdefault(tuple(code in t.codes for t in tests), set()).add(code)
    return [frozenset(codes) for codes in found.values()]


@dataclass
class Program:
    """A linear program over the kinds that some readings tell apart."""

    kinds: list[Kind]
    values: list[Linear]
    rows: list[Row]

    @property
    def width(self) -> int:
        return len(self.kinds) * (1 + len(self.values))

    def count(self, condition: Condition) -> np.ndarray:
        row = np.zeros(self.width)
        row[: len(self.kinds)] = [true_of(condition, kind) for kind in self.kinds]
        return row

    def total(self, value: Linear, condition: Condition) -> np.ndarray:
        start = len(self.kinds) * (1 + self.values.index(value))
        row = np.zeros(self.width)
        row[start : start + len(self.kinds)] = [true_of(condition, kind) for kind in self.kinds]
        return row

    def above_below(self, item: Aggregate) -> tuple[np.ndarray, np.ndarray]:
        """Return numerator and denominator of a percentage or mean."""
        if item.function == "mean":
            assert item.value is not None
            return self.total(item.value, item.where), self.count(item.where)
        base = item.base or TRUE
        return 100 * self.count(And((item.where, base))), self.count(base)

    def at_least(self, row: np.ndarray, limit: float) -> None:
        self.rows.append((-row, -limit))

    def add(self, reading: Reading) -> None:
        if isinstance(reading.parsed, Relation):
            for left, op, right in reading.parsed.comparisons:
                self.add_order(left, op, right)
            return
        assert reading.parsed is not None
        self.add_limits(reading.parsed, reading.limits)

    def add_limits(self, quantity: Quantity, limits: Interval) -> None:
        single = quantity.single
        if single is not None and single.function in ("percent", "mean"):
            above, below = self.above_below(single)
            if limits.low is not None:
                self.at_least(above - float(limits.low) * below, 1e-6 if limits.low_open else 0)
            if limits.high is not None:
                self.at_least(float(limits.high) * below - above, 1e-6 if limits.high_open else 0)
            return
        row = sum((w * self.count(item.where) for w, item in quantity.terms), np.zeros(self.width))
        assert all(item.function == "count" for _, item in quantity.terms)
        if limits.low is not None:
            self.at_least(row, float(limits.low - quantity.constant))
        if limits.high is not None:
            self.at_least(-row, float(quantity.constant - limits.high))

    def add_order(self, left: Quantity, op: str, right: Quantity) -> None:
        """Add ``left op right``: between counts, or of a percentage and a number."""
        single = left.single
        if single is not None and single.function == "percent":
            limit = Fraction(right.constant)
            self.add_limits(
                left,
                Interval(low=limit, low_open=True)
                if op == ">"
                else Interval(high=limit, high_open=True),
            )
            return
        terms = (*left.terms, *((-w, item) for w, item in right.terms))
        both = Quantity(terms, left.constant - right.constant)
        ends = {
            ">": Interval(low=Fraction(1)),
            "<": Interval(high=Fraction(-1)),
            ">=": Interval(low=Fraction(0)),
            "<=": Interval(high=Fraction(0)),
            "==": Interval(Fraction(0), Fraction(0)),
        }
        self.add_limits(both, ends[op])

    def solvable(self) -> bool:
        """Whether numbers of cases, fractions allowed, can meet every row."""
        n = len(self.kinds)
        for place in range(len(self.values)):
            # A score lies between nothing and three for each of 13 risk factors.
            for kind in range(n):
                row = np.zeros(self.width)
                row[kind], row[n * (1 + place) + kind] = 39, -1
                self.at_least(row, 0)
        matrix = np.array([row for row, _ in self.rows])
        limits = [limit for _, limit in self.rows]
        found = linprog(np.zeros(self.width), matrix, limits, method="highs")
        assert found.status in (0, 2), found.message
        return bool(found.status == 0)


def program(readings: Sequence[Reading]) -> Program:
    found = [item for reading in readings for item in aggregates(reading)]
    conditions = [c for item in found for c in (item.where, item.base or TRUE)]
    tests = [part for condition in conditions for part in parts(condition)]
    small = [item for item in tests if isinstance(item, Compare) and is_small(item)]
    tests += [test for item in small for test in told_apart(item)]
    variables = list(dict.fromkeys(item.variable for item in tests if isinstance(item, In)))
    linked = [item for item in FRAME.linked if {item.variable, item.factor} <= set(variables)]
    tests += [In(item.variable, frozenset({item.absent})) for item in linked]
    axes = [
        classes(name, [t for t in tests if isinstance(t, In) and t.variable == name])
        for name in variables
    ]
    sums = [c for c in dict.fromkeys(tests) if isinstance(c, Compare) and not is_small(c)]
    values = list(dict.fromkeys(item.value for item in found if item.value is not None))
    kinds: list[Kind] = [
        dict(zip([*variables, *sums], combination, strict=True))
        for combination in product(*axes, *([(False, True)] * len(sums)))
    ]
    kinds = [kind for kind in kinds if all(_linked(item, kind) for item in linked)]
    made = Program(kinds, values, [])
    for reading in readings:
        made.add(reading)
    return made


def _linked(item: codebook.Linked, kind: Kind) -> bool:
    present = {c.code for c in FRAME.variables[item.factor].categories if c.score > 0}
    absent = item.absent in kind[item.variable]  # type: ignore[operator]
    return absent != (next(iter(kind[item.factor])) in present)  # type: ignore[arg-type]


def possible(readings: Sequence[Reading]) -> bool:
    """Say whether claims could hold together, as far as counting kinds of case can tell."""
    return program(readings).solvable()


__all__ = ["Or", "possible"]
