"""Claims as constraints, and the rows that state them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tally.claims import Claim, Reading
from tally.codebook import Codebook
from tally.errors import InputError
from tally.expression import TRUE
from tally.solve.constraint import Constraint, Row, Tally
from tally.solve.linear import Sizes, rows, sizes
from tally.solve.partition import Scope, scope
from tally.solve.readings import Alternatives, reduced


def surviving(claims: Iterable[Claim], ruled_out: Collection[str]) -> tuple[Claim, ...]:
    """Return claims that a dataset can settle, without those, and the readings, that are ruled out.

    Parameters
    ----------
    ruled_out : collection of str
        Ids of claims and of readings.
    """
    found = []
    for claim in claims:
        kept = tuple(item for item in claim.readings if item.id not in ruled_out)
        if claim.computable and claim.id not in ruled_out and kept:
            found.append(replace(claim, readings=kept))
    return tuple(found)


def demand(reading: Reading) -> Constraint | None:
    """Return what a reading demands of a dataset; None if it is not about one."""
    if reading.parsed is None:
        return None
    limits = reading.limits
    return Constraint(
        reading.id, reading.parsed, limits.low, limits.high, limits.high_open,
        low_open=limits.low_open,
    )  # fmt: skip


def plain(claims: Iterable[Claim]) -> tuple[Constraint, ...]:
    """Return what the claims demand that can be read in one way only."""
    found = (demand(item.readings[0]) for item in claims if len(item.readings) == 1)
    return tuple(item for item in found if item is not None)


def several(claims: Iterable[Claim]) -> Iterator[tuple[str, tuple[Constraint, ...]]]:
    """Yield claims that can be read in several ways, each with what its readings demand.

    A claim one reading of which is about no dataset demands nothing of one.
    """
    for claim in claims:
        found = [demand(item) for item in claim.readings]
        kept = tuple(item for item in found if item is not None)
        if len(kept) == len(found) > 1:
            yield claim.id, kept


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
class Stated:
    """Claims as rows.

    Parameters
    ----------
    constraints : tuple of Constraint
        Those that have rows.
    sizes : mapping
        Sizes that claims fix: see `tally.solve.linear.sizes`.
    statements : tuple of Alternatives
        Claims that can be read in several ways: at least one reading of each holds.
    readings : tuple of Constraint
        The readings of these.
    left_out : tuple of str
        Claims, and claims of several readings, that no linear row can state.
    """

    codebook: Codebook
    constraints: tuple[Constraint, ...]
    rows: tuple[Row, ...]
    sizes: Sizes
    statements: tuple[Alternatives, ...] = ()
    readings: tuple[Constraint, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def most(self) -> dict[str, int]:
        """The number of units of each kind, where a claim fixes it."""
        every = ((unit, self.sizes.get(Tally(unit, TRUE))) for unit in self.codebook.units)
        return {unit: size[0] for unit, size in every if size is not None}


def state(
    constraints: Sequence[Constraint], codebook: Codebook, others: Iterable[Constraint] = (),
    statements: Iterable[tuple[str, Sequence[Constraint]]] = (),
) -> Stated:  # fmt: skip
    """State claims as rows; those that cannot be stated are named.

    Parameters
    ----------
    others : iterable of Constraint
        Claims whose sizes are not relied on, such as one reading among several.
    statements : iterable of tuple
        Claims of several readings: see `several`.
    """
    fixed = sizes(constraints, codebook)
    kept, found, left_out = [], list[Row](), []
    for item in (*constraints, *others):
        try:
            found += rows(item, codebook, fixed)
            kept.append(item)
        except InputError:
            left_out.append(item.id)
    several_ways = list(statements)
    read, unread = _read(several_ways, codebook, fixed)
    readings = tuple(r for name, own in several_ways if name not in unread for r in own)
    return Stated(
        codebook, tuple(kept), tuple(found), fixed, read, readings, (*left_out, *unread)
    )  # fmt: skip


def _read(
    statements: Iterable[tuple[str, Sequence[Constraint]]], codebook: Codebook, fixed: Sizes
) -> tuple[tuple[Alternatives, ...], tuple[str, ...]]:
    found, left_out = [], []
    for name, readings in statements:
        try:
            each = tuple((r.id, reduced(rows(r, codebook, fixed))) for r in readings)
            if any(row.median for _, own in each for row in own):
                raise InputError("A median cannot be one reading of several.")
            found.append(Alternatives(name, each))
        except InputError:
            left_out.append(name)
    return tuple(found), tuple(left_out)


def about(facts: Stated, names: Scope) -> Stated:
    """Return the rows that say something of some variables, with one other at a time at most.

    Statements of several readings are left out: what the rest says holds all the same.
    """
    rows = (
        row for row in facts.rows
        if not row.median and all(len(scope(tally.where) - names) <= 1 for _, tally in row.terms)
    )  # fmt: skip
    return replace(facts, rows=tuple(rows), statements=(), readings=())


def known(
    claims: Iterable[Claim], codebook: Codebook, rules: Iterable[Constraint] = ()
) -> Stated:  # fmt: skip
    """State what claims say, and rules that hold whatever was printed."""
    kept = list(claims)
    return state((*plain(kept), *rules), codebook, (), several(kept))
