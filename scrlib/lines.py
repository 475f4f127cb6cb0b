"""The rows and columns of a cross-table: what each is called, and its condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scrlib.numbers import ALL, Given, both
from scrlib.report import literal
from scrlib.words import lower_first
from tally.codebook import Codebook
from tally.errors import InputError

FACTOR, LEVEL = "factor", "level"
_LEVELS = {"Any level": "present({row})", "High": "score({row}) == 3",
           "Medium": "score({row}) == 2", "Low": "score({row}) == 1"}  # fmt: skip

Spec = str | Sequence[str] | Mapping[str, str]
"""A variable or group; names of risk factors; or labels, each with its condition."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row or a column. `total` marks those that add others up."""

    key: str
    label: str
    where: str = ALL
    total: bool = False

    def of(self, row: Line) -> str:
        """Return its condition in a row: ``{row}`` stands for the row's risk factor."""
        return self.where.replace("{row}", row.key)


def lines_of(spec: Spec, codebook: Codebook) -> list[Line]:
    """Return the lines that a specification stands for.

    Raises
    ------
    InputError
        If it names no variable or group with categories; the error has the nearest match.
    """
    if spec == LEVEL:
        spec = _LEVELS
    if isinstance(spec, Mapping):
        return [Line(label, label, where) for label, where in spec.items()]
    if spec == FACTOR:
        spec = codebook.factors
    if not isinstance(spec, str):
        return [Line(name, codebook.label(name)) for name in spec]
    known = [*codebook.variables, *codebook.groupings]
    if spec not in known or not codebook.categories(spec):
        rule = "No such variable or group with categories."
        raise InputError(codebook.unknown(rule, spec, known))
    return [
        Line(str(item.code), item.label, f"{spec} == {literal(item.code)}")
        for item in codebook.categories(spec)
    ]


def with_subtotals(
    rows: list[Line], subtotals: str | Mapping[str, str] | None, unit: str, given: Given
) -> list[Line]:
    """Add a line under each group of rows, or, if conditions are given, lines at the end."""
    if subtotals is None:
        return rows
    if isinstance(subtotals, Mapping):
        return rows + [Line(label, label, where, True) for label, where in subtotals.items()]
    lines: list[Line] = []
    for group in lines_of(subtotals, given.codebook):
        within = [
            row for row in rows if given.knowledge.possible(both(row.where, group.where), unit)
        ]
        lines += within
        if len(within) > 1:
            lines.append(replace(group, label=f"All: {lower_first(group.label)}", total=True))
    return lines


def possible(line: Line, where: str, unit: str, given: Given) -> bool:
    """Say whether the frame lets anything be counted in a line."""
    if line.where == ALL or "{row}" in line.where:
        return True
    return given.knowledge.possible(both(line.where, where), unit)


def heading(spec: Spec | None, named: str, codebook: Codebook, otherwise: str) -> str:
    """Return what stands over lines: a name of one's own, or else what the frame calls them."""
    if named:
        return named
    if spec is None or isinstance(spec, Mapping):
        return otherwise
    if spec == LEVEL:
        return "Level"
    if spec == FACTOR or not isinstance(spec, str):
        return "Risk factor"
    return codebook.label(spec)
