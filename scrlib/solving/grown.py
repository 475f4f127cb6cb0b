"""A counted model to which tables for further quantities are added, instead of one built anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from scrlib.frame.tree import Condition, Linear
from scrlib.solving.constraint import Tally
from scrlib.solving.counted import Counted, spelt
from scrlib.solving.linear import expand
from scrlib.solving.model import Model
from scrlib.solving.strata import Classes, Table, refine, scope

_FINE = 4000


def grown(base: Counted, queries: Iterable[Tally]) -> Grown | None:
    """Return a model with tables for further tallies; None if it must be built anew.

    That is so if they compare a sum, to which members and parts would have to be tied again.
    """
    parts = [part for tally in queries for _, part in expand(tally, base.codebook)]
    new = [part for part in parts if not any(
        table.tells(part.where) for table in base.tables[part.unit]
    )]  # fmt: skip
    if any(isinstance(name, Linear) for part in new for name in scope(part.where)):
        return None
    return Grown(base, new)


class Grown(Counted):
    """A counted model with further tables; the one that it sets out from stays as it is."""

    def __init__(self, base: Counted, new: Sequence[Tally]) -> None:
        self.__dict__.update(base.__dict__)
        self.model = Model([*base.model.lower], [*base.model.upper], [*base.model.rows])
        self.tables, self._known = dict(base.tables), {}
        for unit in self.codebook.units:
            self._add(unit, [part.where for part in new if part.unit == unit])

    def _add(self, unit: str, tests: Sequence[Condition]) -> None:
        """Add tables for conditions, each agreeing with those that were there before it."""
        scopes = {scope(test) for test in tests}
        for names in sorted((s for s in scopes if not any(s < o for o in scopes)), key=spelt):
            own = [test for test in tests if scope(test) <= names]
            coarse = self._classes(names, own, unit)
            fine = {name: self._as_elsewhere(name, groups) for name, groups in coarse.items()}
            small = prod(len(groups) for groups in fine.values()) <= _FINE
            table = self._made(unit, fine if small else coarse)
            self._join(table)
            self.tables[unit] = [*self.tables[unit], table]
            self._absent(table)
            self._share_out(table)

    def _as_elsewhere(self, name: str | Linear, groups: Classes) -> Classes:
        """Split a variable further, as other tables do: what they know is then passed on."""
        for table in (table for tables in self.tables.values() for table in tables):
            for group in table.classes.get(name, ()):
                groups = refine(groups, group)
        return groups

    def _join(self, table: Table) -> None:
        """Make a table agree with all others on whatever they share.

        Also on less than two share, since what is shared by more may be split more coarsely.
        """
        names, others = frozenset(table.classes), self.tables[table.unit]
        for common in sorted({names & frozenset(o.classes) for o in others}, key=spelt):
            holders = [other for other in others if common <= frozenset(other.classes)]
            hubs = [other for other in holders if frozenset(other.classes) == common]
            if not hubs:
                hub = self._made(table.unit, self._finest(common, holders))
                for other in holders:
                    self._equal(other, hub)
                self.tables[table.unit] = [*self.tables[table.unit], hub]
                hubs = [hub]
            for hub in hubs:
                self._equal(table, hub)
