"""The tree of conditions and quantities: what every interpreter reads.

The parser of `tally.language` expands groups, bands and derived variables, so only base
variables stand here. pandas evaluates this tree (`tally.evaluate`), the solver turns it
into linear expressions (`tally.solve.linear`); `tally.normal_form` writes equal trees alike. What
all of them ask of a tree is answered here: what it tests, what has to be known, the numerator and
the denominator of a statistic, the least and the greatest value of a sum.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from tally.codebook import Code, Codebook

OPERATORS = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(frozen=True, slots=True)
class In:
    """A base variable has one of the codes."""

    variable: str
    codes: frozenset[Code]

    def __repr__(self) -> str:
        # Trees are sorted by what they look like: a set has no order that is always the same.
        return f"In({self.variable!r}, {sorted(self.codes, key=str)})"


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class And:
    """All conditions hold; none at all is true."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one condition holds; none at all is false."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """How many members of another unit belong to a case and meet a condition."""

    unit: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class Weights:
    """An integer read off one base variable: a rating's score, or a number itself."""

    variable: str
    weights: tuple[tuple[Code, int], ...]


@dataclass(frozen=True, slots=True)
class Linear:
    """A sum of integers over a unit: weights of base variables, numbers of members, a constant.

    An unknown value (None) has no weight; a condition on it does not hold.
    """

    weights: tuple[Weights, ...] = ()
    numbers: tuple[tuple[int, Number], ...] = ()
    constant: int = 0

    def known(self, codebook: Codebook) -> tuple[In, ...]:
        """Return what has to hold for every value that is summed to be known."""
        variables = (codebook.variables[item.variable] for item in self.weights)
        return tuple(
            In(item.name, item.known) for item in variables if len(item.known) < len(item.codes)
        )

    @property
    def span(self) -> tuple[int, int] | None:
        """The least and the greatest sum of known values; None if members are counted."""
        if self.numbers:
            return None
        low, high = (
            sum(end((weight for _, weight in item.weights), default=0) for item in self.weights)
            for end in (min, max)
        )
        return low + self.constant, high + self.constant


@dataclass(frozen=True, slots=True)
class Compare:
    """A sum stands in a relation to a whole number. `op` is one of == != < <= > >=.

    It does not hold where a value that is summed is unknown.
    """

    linear: Linear
    op: str
    constant: int

    @property
    def membership(self) -> In | None:
        """The same as a test of one variable's codes, if it is about one variable only."""
        if len(self.linear.weights) != 1 or self.linear.numbers:
            return None
        (item,) = self.linear.weights
        test, limit = OPERATORS[self.op], self.constant - self.linear.constant
        return In(item.variable, frozenset(code for code, w in item.weights if test(w, limit)))


Condition: TypeAlias = In | Not | And | Or | Compare
TRUE = And(())
FALSE = Or(())


def tests(condition: Condition) -> Iterator[In | Compare]:
    """Yield what a condition tests, in its order: every walk over a tree goes this way.

    Tests inside a `Number` are left out: they are of another unit (`inner_tests`).
    """
    match condition:
        case In() | Compare():
            yield condition
        case Not(inner):
            yield from tests(inner)
        case And(parts) | Or(parts):
            for part in parts:
                yield from tests(part)


def inner_tests(condition: Condition) -> Iterator[In | Compare]:
    """Yield what a condition tests, and after each comparison what its numbers of members test."""
    for test in tests(condition):
        yield test
        if isinstance(test, Compare):
            for _, number in test.linear.numbers:
                yield from inner_tests(number.condition)


def members(condition: Condition) -> Iterator[In]:
    """Yield the tests of single variables' codes."""
    return (test for test in tests(condition) if isinstance(test, In))


def compares(condition: Condition) -> Iterator[Compare]:
    """Yield the comparisons of sums."""
    return (test for test in tests(condition) if isinstance(test, Compare))


def variables(condition: Condition) -> frozenset[str]:
    """Return the base variables that a condition tests, those inside a `Number` left out."""
    sums = (item.variable for test in compares(condition) for item in test.linear.weights)
    return frozenset(test.variable for test in members(condition)) | frozenset(sums)


@dataclass(frozen=True)
class Tally:
    """Units that meet a condition, counted, or a whole number summed over them."""

    unit: str
    where: Condition
    value: Linear | None = None


class Ratio(NamedTuple):
    """A statistic as one tally over another.

    Parameters
    ----------
    below : Tally or None
        None for a count or a sum, which is not divided.
    scale : int
        100 for a percentage.
    """

    above: Tally
    below: Tally | None
    scale: int


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A statistic over a unit where a condition holds.

    Parameters
    ----------
    function : {"count", "percent", "mean", "sum", "min", "max", "median"}
    unit : str
        What is counted.
    where : Condition
    value : Linear or None
        What is averaged or summed; None for count and percent.
    base : Condition or None
        For a percentage, the units it is a share of: all if None. The numerator is the
        number for which both `base` and `where` hold.
    """

    function: str
    unit: str
    where: Condition
    value: Linear | None = None
    base: Condition | None = None

    @property
    def inside(self) -> Condition:
        """What the units counted meet: for a percentage, the base and the condition."""
        return self.where if self.base is None else And((self.base, self.where))

    def ratio(self, codebook: Codebook) -> Ratio:
        """Return the statistic as a numerator over a denominator.

        A least, greatest or median value has the values that it is taken of as its numerator.
        """
        if self.value is not None:
            where = And((self.where, *self.value.known(codebook)))
            below = Tally(self.unit, where) if self.function == "mean" else None
            return Ratio(Tally(self.unit, where, self.value), below, 1)
        above = Tally(self.unit, self.inside)
        if self.function == "count":
            return Ratio(above, None, 1)
        return Ratio(above, Tally(self.unit, TRUE if self.base is None else self.base), 100)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A weighted sum of statistics and a constant: most often one statistic, weight 1."""

    terms: tuple[tuple[int, Aggregate], ...]
    constant: int = 0
    text: str = ""

    @property
    def single(self) -> Aggregate | None:
        """The one statistic, if the quantity is no more than that."""
        alone = len(self.terms) == 1 and self.terms[0][0] == 1 and not self.constant
        return self.terms[0][1] if alone else None

    @classmethod
    def count(cls, unit: str, where: Condition) -> Quantity:
        """Return the number of units that meet a condition."""
        return cls(((1, Aggregate("count", unit, where)),))


@dataclass(frozen=True, slots=True)
class Relation:
    """One or more comparisons of quantities, all of which are claimed to hold."""

    comparisons: tuple[tuple[Quantity, str, Quantity], ...]
    text: str = ""
