"""Rows as Python functions of one case: what a case adds to each row, fast enough to walk on.

Codes are held as positions in the frame. Rows that depend on a variable are compiled together, so
that a change of that variable calls one function; and apart for cases of which something is given
that never changes, so that rows about other cases fall away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from tally.codebook import Code, Codebook
from tally.expression import (
    FALSE,
    OPERATORS,
    And,
    Compare,
    Condition,
    In,
    Linear,
    Or,
    inner_tests,
)
from tally.normal_form import normal, restrict
from tally.solve.constraint import Row
from tally.solve.linear import expand

Case: TypeAlias = tuple[list[int], list[list[list[int]]]]
"""Positions of the case's codes, and for each member unit its members' positions."""
Fixed: TypeAlias = tuple[tuple[str, Code], ...]
"""Variables of a case that never change, with their codes."""
Adds: TypeAlias = Callable[[list[int], list[list[list[int]]]], tuple[int, ...]]


class Compiler:
    """Turn rows into functions.

    Parameters
    ----------
    codebook : Codebook
    rows : sequence of Row
    """

    def __init__(self, codebook: Codebook, rows: Sequence[Row]) -> None:
        self.codebook, self.rows = codebook, rows
        self.root = codebook.root.name
        self.units = [name for name in codebook.units if name != self.root]
        self.place = {
            variable.name: n
            for unit in codebook.units
            for n, variable in enumerate(codebook.of_unit(unit))
        }
        self._constants: dict[str, Any] = {}
        self._names: dict[tuple[Any, ...], str] = {}
        self.depends = [frozenset(self._names_of(row)) for row in rows]
        self._texts: dict[tuple[int, Fixed], str] = {}
        self._made: dict[tuple[tuple[int, ...], Fixed], tuple[tuple[int, ...], Adds]] = {}

    # -- what a row depends on ------------------------------------------------------------------

    def _names_of(self, row: Row) -> Iterable[str]:
        for _, tally in row.terms:
            for _, part in expand(tally, self.codebook):
                if part.unit != self.root:
                    yield part.unit
                for test in inner_tests(normal(part.where, self.codebook)):
                    if isinstance(test, In):
                        yield test.variable
                    else:
                        yield from (weights.variable for weights in test.linear.weights)
                        yield from (number.unit for _, number in test.linear.numbers)

    def touched(self, names: Iterable[str]) -> tuple[int, ...]:
        """Return the rows that depend on any of some variables or member units."""
        wanted = frozenset(names)
        return tuple(n for n, found in enumerate(self.depends) if found & wanted)

    # -- source text ----------------------------------------------------------------------------

    def _constant(self, key: tuple[Any, ...]) -> str:
        if key not in self._names:
            name = f"T{len(self._names)}"
            self._names[key] = name
            self._constants[name] = key
        return self._names[key]

    def _at(self, variable: str, member: str) -> str:
        unit = self.codebook.variables[variable].unit
        return f"{'c' if unit == self.root else member}[{self.place[variable]}]"

    def _row(self, row: Row, fixed: Fixed) -> str:
        given = {name: frozenset({code}) for name, code in fixed}
        parts = []
        for weight, tally in row.terms:
            where = restrict(normal(tally.where, self.codebook), given, self.codebook)
            if where == FALSE:
                continue
            text = self._condition(where, "x")
            value = "1" if tally.value is None else self._sum(tally.value, "x")
            if tally.unit == self.root:
                parts.append(f"{weight}*(({value}) if {text} else 0)")
            else:
                unit = self.units.index(tally.unit)
                parts.append(f"{weight}*sum([{value} for x in m[{unit}] if {text}])")
        return "+".join(parts)

    def _condition(self, condition: Condition, member: str) -> str:
        if isinstance(condition, In):
            codes = self.codebook.variables[condition.variable].codes
            table = self._constant(tuple(code in condition.codes for code in codes))
            return f"{table}[{self._at(condition.variable, member)}]"
        if isinstance(condition, Compare):
            return self._compared(condition, member)
        assert isinstance(condition, (And, Or))
        parts = [self._condition(item, member) for item in condition.conditions]
        if not parts:
            return str(isinstance(condition, And))
        return "(" + (" and " if isinstance(condition, And) else " or ").join(parts) + ")"

    def _compared(self, condition: Compare, member: str) -> str:
        assert condition.op in OPERATORS
        text = f"({self._sum(condition.linear, member)}) {condition.op} {condition.constant}"
        for weights in condition.linear.weights:
            variable = self.codebook.variables[weights.variable]
            if variable.optional:
                table = self._constant(tuple(code is not None for code in variable.codes))
                text = f"{table}[{self._at(variable.name, member)}] and {text}"
        return f"({text})"

    def _sum(self, linear: Linear, member: str) -> str:
        parts = [str(linear.constant)]
        for weights in linear.weights:
            table: dict[Code, int] = dict(weights.weights)
            codes = self.codebook.variables[weights.variable].codes
            name = self._constant(tuple(table.get(code, 0) for code in codes))
            parts.append(f"{name}[{self._at(weights.variable, member)}]")
        for weight, number in linear.numbers:
            inner = self._condition(normal(number.condition, self.codebook), "y")
            unit = self.units.index(number.unit)
            parts.append(f"{weight}*sum([1 for y in m[{unit}] if {inner}])")
        return "+".join(parts)

    # -- functions ------------------------------------------------------------------------------

    def adds(self, rows: tuple[int, ...], fixed: Fixed = ()) -> tuple[tuple[int, ...], Adds]:
        """Return the rows among some to which such a case can add, and what it adds to each."""
        key = rows, fixed
        if key not in self._made:
            texts = {n: self._text(n, fixed) for n in rows}
            kept = tuple(n for n in rows if texts[n])
            body = "".join(f"{texts[n]}," for n in kept)
            names: dict[str, Any] = dict(self._constants)
            # The text is made above from the parsed tree alone: no word of a file stands in it.
            exec(f"def adds(c, m):\n return ({body})", names)  # noqa: S102
            self._made[key] = kept, names["adds"]
        return self._made[key]

    def _text(self, row: int, fixed: Fixed) -> str:
        if (row, fixed) not in self._texts:
            self._texts[row, fixed] = self._row(self.rows[row], fixed)
        return self._texts[row, fixed]
