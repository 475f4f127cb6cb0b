"""Claims as constraints, and the rows that state them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from tally.claims import Claim, Reading
from tally.codebook import Codebook
from tally.errors import InputError
from tally.expression import Quantity, Relation
from tally.solve.constraint import Constraint, Row
from tally.solve.linear import rows, sizes


def demand(reading: Reading, number: int = 0) -> Constraint | None:
    """Return what a reading demands of a dataset; None if it is not about one."""
    if reading.parsed is None:
        return None
    limits = reading.limits
    if limits.low_open and isinstance(reading.parsed, Quantity):
        assert limits.low is not None
        over = Relation(((reading.parsed, ">", Quantity((), int(limits.low))),))
        return Constraint(reading.id, over)
    return Constraint(reading.id, reading.parsed, limits.low, limits.high, limits.high_open)


def plain(claims: Iterable[Claim]) -> tuple[Constraint, ...]:
    """Return what the claims demand that can be read in one way only."""
    found = (demand(item.readings[0]) for item in claims if len(item.readings) == 1)
    return tuple(item for item in found if item is not None)


def followed(
    claims: Iterable[Claim], readings: Collection[str], aside: Collection[str]
) -> tuple[Constraint, ...]:
    """Return one demand for every claim: of several readings the one named, or else the first."""
    found = []
    for claim in claims:
        named = [item for item in claim.readings if item.id in readings] or claim.readings[:1]
        found += [demand(item) for item in named if item.id not in aside]
    return tuple(item for item in found if item is not None)


@dataclass(frozen=True)
class Demands:
    """Rows, and the constraints that no linear row can state."""

    rows: tuple[Row, ...]
    left_out: tuple[str, ...]


def stated(constraints: Sequence[Constraint], codebook: Codebook) -> Demands:
    """State constraints as rows; those that cannot be stated are named."""
    known = sizes(constraints, codebook)
    found: list[Row] = []
    left_out = []
    for item in constraints:
        try:
            found += rows(item, codebook, known)
        except InputError:
            left_out.append(item.id)
    return Demands(tuple(found), tuple(left_out))
