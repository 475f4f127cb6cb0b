"""The normal form of conditions and quantities: what every interpreter reads.

The parser of `tally.language` expands groups, bands and derived variables, so only base
variables stand here. pandas evaluates this tree (`tally.evaluate`), the solver turns it
into linear expressions (`tally.solve.linear`).
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TypeAlias

from tally.codebook import Code

OPERATORS = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class In:
    """A base variable has one of the codes."""

    variable: str
    codes: frozenset[Code]


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


@dataclass(frozen=True, slots=True)
class Compare:
    """A sum stands in a relation to a whole number. `op` is one of == != < <= > >=."""

    linear: Linear
    op: str
    constant: int


Condition: TypeAlias = In | Not | And | Or | Compare
TRUE = And(())
FALSE = Or(())


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


@dataclass(frozen=True, slots=True)
class Relation:
    """One or more comparisons of quantities, all of which are claimed to hold."""

    comparisons: tuple[tuple[Quantity, str, Quantity], ...]
    text: str = ""
