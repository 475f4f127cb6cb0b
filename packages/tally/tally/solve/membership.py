"""How many members every case has: what that says of the members of cases of some type.

Print or the frame may say that a case has so many members, or no more: each submission concerns at
least one child. Then cases of any type have so many between them for each, which a table of members
and one of cases do not know by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tally.codebook import Codebook
from tally.expression import Compare, Condition
from tally.normal_form import normal
from tally.solve.constraint import Row
from tally.solve.model import Expression, total
from tally.solve.partition import Classes, Name, Table, coarser


@dataclass(frozen=True)
class Each:
    """Every case has at least, or at most, so many members that meet a condition."""

    unit: str
    condition: Condition
    number: int
    least: bool

    @property
    def limits(self) -> tuple[int | None, int | None]:
        """Limits of the members of some cases, less so many for each case."""
        return (0, None) if self.least else (None, 0)


def each(rows: Iterable[Row], codebook: Codebook) -> Iterator[Each]:
    """Yield what rows say of the members of every case: that fewer, or more, never occur."""
    for row in rows:
        if row.low == row.high == 0 and len(row.terms) == 1:
            tally = row.terms[0][1]
            if tally.unit == codebook.root.name and isinstance(tally.where, Compare):
                yield from _alone(tally.where, codebook)


def _alone(where: Compare, codebook: Codebook) -> Iterator[Each]:
    found, limit = where.linear.numbers, where.constant - where.linear.constant
    if where.linear.weights or len(found) != 1 or found[0][0] != 1:
        return
    number = found[0][1]
    if where.op in ("<=", ">="):
        condition, least = normal(number.condition, codebook), where.op == "<="
        yield Each(number.unit, condition, limit + 1 if least else limit - 1, least)


def shared_out(
    item: Each, table: Table, others: Sequence[Table], codebook: Codebook
) -> Iterator[Expression]:
    """Yield members less cases, so many times, for each type of case that a table tells apart.

    Parameters
    ----------
    table : Table
        Of members.
    others : sequence of Table
        Of cases.
    """
    if item.unit != table.unit or not table.tells(item.condition):
        return
    inside = table.count(item.condition)
    names = frozenset(
        name for name in table.classes
        if not isinstance(name, str) or codebook.variables[name].unit == codebook.root.name
    )  # fmt: skip
    shared = {names & frozenset(other.classes) for other in others}
    for common in (s for s in shared if not any(s < o for o in shared)):
        holders = (found for found in others if common <= frozenset(found.classes))
        other = min(holders, key=lambda found: (len(found.classes), len(found.cells)))
        groups: dict[Name, Classes] = {
            name: coarser(table.classes[name], other.classes[name])
            for name in sorted(common, key=str)
        }
        cases = other.margin(groups)
        for key, cells in table.margin(groups).items():
            members = {column: 1 for column in cells if column in inside}
            yield total([(1, members), (-item.number, cases[key])])
