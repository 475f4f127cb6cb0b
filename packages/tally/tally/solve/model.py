"""A linear model in whole numbers, and the two solvers that read it.

HiGHS solves the relaxation, which proves bounds and contradictions; CP-SAT and HiGHS find whole
solutions. A `Model` is built once; rows carry the claims they state, so that claims can be switched
off without building it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Expression: TypeAlias = dict[int, int]
"""Weights of columns; the weight of column -1 is a constant."""

CONSTANT = -1


def total(parts: Iterable[tuple[int, Mapping[int, int]]]) -> Expression:
    """Return a weighted sum of expressions."""
    found: Expression = {}
    for weight, part in parts:
        for column, value in part.items():
            found[column] = found.get(column, 0) + weight * value
    return {column: value for column, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class ModelRow:
    """``low <= sum <= high``, from the claims named (none: part of the frame)."""

    columns: tuple[int, ...]
    weights: tuple[int, ...]
    low: int | None
    high: int | None
    claims: frozenset[str]


@dataclass
class Model:
    """Columns with limits (`inf` where there is no upper one), and rows."""

    lower: list[int] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    rows: list[ModelRow] = field(default_factory=list)

    def copy(self) -> Model:
        """Return a model to which columns and rows can be added without changing this one."""
        return Model([*self.lower], [*self.upper], [*self.rows])

    def column(self, upper: float, lower: int = 0) -> Expression:
        """Add a whole-number column and return it as an expression."""
        self.lower.append(lower)
        self.upper.append(upper)
        return {len(self.lower) - 1: 1}

    def columns(self, number: int, upper: float) -> range:
        """Add several columns with the same limits and return their positions."""
        start = len(self.lower)
        self.lower.extend([0] * number)
        self.upper.extend([upper] * number)
        return range(start, start + number)

    def row(
        self, expression: Mapping[int, int], low: int | None, high: int | None,
        claims: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        """Add a row; its constant moves to the limits."""
        constant = expression.get(CONSTANT, 0)
        inside = {c: w for c, w in expression.items() if c != CONSTANT and w}
        self.rows.append(
            ModelRow(
                tuple(inside), tuple(inside.values()),
                None if low is None else low - constant,
                None if high is None else high - constant, claims,
            )
        )  # fmt: skip

    def value(self, expression: Mapping[int, int], values: list[int]) -> int:
        """Evaluate an expression at a solution."""
        return sum(w * (values[c] if c != CONSTANT else 1) for c, w in expression.items())
