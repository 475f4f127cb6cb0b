"""A counted model to which tables for further quantities are added, instead of one built anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import prod

from tally.expression import Condition, Linear
from tally.solve.constraint import Tally
from tally.solve.linear import expand
from tally.solve.marginal_model import Counted, spelt
from tally.solve.partition import Classes, Scope, Table, refine, scope

_FINE = 4000
_BESIDE = 2


def grown(base: Counted, queries: Iterable[Tally], wide: bool = False) -> Grown | None:
    """Return a model with tables for further tallies; None if it must be built anew.

    That is so if they compare a sum, to which members and parts would have to be tied again.

    Parameters
    ----------
    wide : bool
        Whether the tables are also of the variables that claims most often join to theirs: slower,
        and the limits are closer.
    """
    parts = [part for tally in queries for _, part in expand(tally, base.codebook)]
    told = {
        part: any(table.tells(part.where) for table in base.tables[part.unit]) for part in parts
    }
    summed = {part: any(isinstance(n, Linear) for n in scope(part.where)) for part in parts}
    if any(summed[part] and not told[part] for part in parts):
        return None
    new = [part for part in parts if not told[part] or (wide and not summed[part])]
    return Grown(base, [part for part in new if scope(part.where)], wide)


class Grown(Counted):
    """A counted model with further tables; the one that it sets out from stays as it is."""

    def __init__(self, base: Counted, new: Sequence[Tally], wide: bool) -> None:
        self.__dict__.update(base.__dict__)
        self.model = base.model.copy()
        self.tables, self._known, self._wide = dict(base.tables), {}, wide
        for unit in self.codebook.units:
            self._add(unit, [part.where for part in new if part.unit == unit])

    def _add(self, unit: str, tests: Sequence[Condition]) -> None:
        """Add tables for conditions, each agreeing with those that were there before it."""
        scopes = {self._beside(scope(test), unit) for test in tests}
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

    def _beside(self, names: Scope, unit: str) -> Scope:
        """Add variables that claims most often join to some: what holds in each is then used."""
        found: Counter[str] = Counter()
        for test in self._tests[unit]:
            inside = scope(test)
            if inside & names:
                found.update(name for name in inside - names if isinstance(name, str))
        ranked = sorted(found, key=lambda name: (-found[name], name))
        wider = names
        for name in ranked[: _BESIDE if self._wide else 0]:
            more = wider | {name}
            if prod(len(self._finest_of(item)) for item in more) <= _FINE:
                wider = more
        return wider

    def _finest_of(self, name: str | Linear) -> Classes:
        return self._as_elsewhere(name, (self._domain(name),))

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
