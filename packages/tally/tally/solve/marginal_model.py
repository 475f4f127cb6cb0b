"""Count types of unit instead of units: the model whose relaxation bounds every quantity.

Cases are interchangeable, so a dataset is a number of units for every type. Claims join few
variables at a time: there is a table of counts for each set that some condition joins
(`tally.solve.partition`), tables that share variables agree on their margins, and a sum that is
compared is tied to what it sums. Every dataset that meets the claims is a solution; not every
solution is a dataset. So bounds hold for every dataset, though they need not be reached, and what
has no solution has no dataset.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from math import inf, prod

from tally.codebook import Code, Codebook
from tally.expression import TRUE, And, Condition, In, Linear, compares
from tally.normal_form import equivalences, normal
from tally.solve.constraint import Row, Tally
from tally.solve.linear import expand
from tally.solve.membership import Each, each, shared_out
from tally.solve.model import Expression, Model, total
from tally.solve.partition import (
    Classes,
    Scope,
    Table,
    coarser,
    compared_sum,
    holds,
    refine,
    scope,
    told_apart,
    weighed,
)

_LINKED_BY = 2
# A table for one question may have so many cells: with more, one question takes seconds.
_FINE = 4000


class Counted:
    """The counted model of some rows.

    Parameters
    ----------
    codebook : Codebook
    rows : sequence of Row
    queries : iterable of Tally
        Further tallies to be counted, such as those of a quantity that is asked for.
    most : mapping of str to int, optional
        How many units of a kind there are at most, where that is known; else any number.
    joined : sequence of frozenset of str
        Variables for which there is to be a table too, split by every condition about them: a
        bigger model, in which fewer combinations of counts are solutions.
    close : bool
        Whether every condition about a sum tells apart what it is a sum of: bigger as well, for
        limits that are to be close. Proofs are shorter to read without.
    """

    def __init__(
        self, codebook: Codebook, rows: Sequence[Row], queries: Iterable[Tally] = (),
        most: Mapping[str, int] | None = None, joined: Sequence[frozenset[str]] = (),
        close: bool = False,
    ) -> None:  # fmt: skip
        self.codebook, self.model, self._close = codebook, Model(), close
        self._joined: frozenset[Scope] = frozenset(frozenset[str | Linear](s) for s in joined)
        self.most: dict[str, float] = {u: (most or {}).get(u, inf) for u in codebook.units}
        self._tests: dict[str, dict[Condition, None]] = {unit: {} for unit in codebook.units}
        for tally in (*(t for row in rows for _, t in row.terms), *queries):
            for _, part in expand(tally, codebook):
                self._tests[part.unit][part.where] = None
        for unit, first, second in equivalences(self.codebook):
            self._tests[unit][And((first, second))] = None
        self._sums = dict(self._compared())
        for linear in self._sums:
            for _, unit, condition in _numbers(linear):
                self._tests[unit][normal(condition, codebook)] = None
        self.tables = {unit: self._tables(unit) for unit in codebook.units}
        self._known: dict[tuple[str, Condition], Expression] = {}
        for unit in codebook.units:
            self._agree(unit)
        self._tie()
        self._frame()
        self._each = self._members(rows)
        for table in [table for tables in self.tables.values() for table in tables]:
            self._share_out(table)
        self._state(rows)

    def _members(self, rows: Sequence[Row]) -> list[Each]:
        """Return what is known of how many members every case has."""
        return list(each(rows, self.codebook))

    def _state(self, rows: Iterable[Row]) -> None:
        for row in rows:
            parts = [(weight, self.count(tally)) for weight, tally in row.terms]
            self.model.row(total(parts), row.low, row.high, row.claims)

    def count(self, tally: Tally) -> Expression:
        """Return a tally as a sum of columns."""
        return total((weight, self._count(part)) for weight, part in expand(tally, self.codebook))

    def _count(self, tally: Tally) -> Expression:
        key = tally.unit, tally.where
        if key not in self._known:
            table = self._table(tally.unit, frozenset(), tally.where)
            self._known[key] = table.count(tally.where)
        return self._known[key]

    # -- which tables there are ---------------------------------------------------------------

    def _made(self, unit: str, classes: Mapping[str | Linear, Classes]) -> Table:
        size = prod(len(groups) for groups in classes.values())
        return Table(unit, classes, self.model.columns(size, self.most[unit]).start)

    def _finest(self, names: Scope, tables: Iterable[Table]) -> dict[str | Linear, Classes]:
        """Split variables as finely as any of some tables does."""
        classes: dict[str | Linear, Classes] = {}
        for name in sorted(names, key=str):
            groups: Classes = (self._domain(name),)
            for table in tables:
                for group in table.classes[name]:
                    groups = refine(groups, group)
            classes[name] = groups
        return classes

    def _compared(self) -> Iterator[tuple[Linear, tuple[Scope, ...]]]:
        """Yield each compared sum with the sets of variables by which its parts are told apart.

        The first are those of the conditions that name it, or count its members, by which most
        conditions are told apart. In a close model a number of members is also told apart by all
        variables that any one condition joins to it.
        """
        used: Counter[str] = Counter()
        beside: dict[str, Counter[str]] = {unit: Counter() for unit in self._tests}
        together: dict[Linear, Counter[str]] = {}
        joined: dict[Linear, dict[Scope, None]] = {}
        for unit, test in ((unit, test) for unit, found in self._tests.items() for test in found):
            names = scope(test)
            plain = [name for name in names if isinstance(name, str)]
            used.update(plain)
            beside[unit].update(plain)
            for name in names:
                if isinstance(name, Linear):
                    together.setdefault(name, Counter()).update(plain)
                    joined.setdefault(name, {})[frozenset(plain)] = None
        for linear, found in together.items():
            for _, unit, _ in _numbers(linear):
                found.update(beside[unit])
            own = {part.variable for part in linear.weights}
            fitting = [n for n in found if self._unit(n) == self._owner(linear) and n not in own]
            ranked = sorted(fitting, key=lambda n: (-used[n], n))
            by = frozenset[str | Linear](ranked[:_LINKED_BY])
            more = [names & frozenset(fitting) for names in joined[linear]]
            outer = [s for s in dict.fromkeys(more) if not any(s < o for o in (*more, by))]
            yield linear, (by, *(outer if linear.numbers and self._close else ()))

    def _tied(self) -> Iterator[tuple[Linear, Scope]]:
        return ((linear, by) for linear, every in self._sums.items() for by in every)

    def _unit(self, name: str) -> str:
        return self.codebook.variables[name].unit

    def _owner(self, linear: Linear) -> str:
        """Return the unit whose sum it is."""
        for part in linear.weights:
            return self._unit(part.variable)
        return self.codebook.units[linear.numbers[0][1].unit].of or ""

    def _scopes(self, unit: str) -> list[Scope]:
        """Return the sets of variables for which there is a table, none inside another."""
        wanted = {frozenset(), *(scope(test) for test in self._tests[unit])}
        if unit == self.codebook.root.name:
            wanted |= self._joined
        for linear, by in self._tied():
            if self._owner(linear) == unit:
                wanted.add(by | {linear})
                wanted |= {by | {linear, part.variable} for part in linear.weights}
            for _, of, condition in _numbers(linear):
                if of == unit:
                    wanted.add(by | {linear} | scope(normal(condition, self.codebook)))
        outer = (names for names in wanted if not any(names < other for other in wanted))
        return sorted(outer, key=spelt)

    def _tables(self, unit: str) -> list[Table]:
        scopes = self._scopes(unit)
        homes = {
            names: min((s for s in scopes if names <= s), key=lambda s: (len(s), spelt(s)))
            for names in {scope(test) for test in self._tests[unit]}
        }
        found = []
        for names in scopes:
            own = [test for test in self._tests[unit] if homes[scope(test)] == names]
            if any(part <= names for part in self._joined):
                own = [test for test in self._tests[unit] if scope(test) <= names]
            found.append(self._made(unit, self._classes(names, own, unit)))
        return found

    def _classes(
        self, names: Scope, own: Sequence[Condition], unit: str
    ) -> dict[str | Linear, Classes]:
        """Split the variables of a table by the conditions that are counted there.

        A variable by which members are tied to cases is split by all conditions.
        """
        every = [test for found in self._tests.values() for test in found]
        sums = [name for name in names if isinstance(name, Linear)]
        wide = {
            name for linear in sums if linear.numbers for by in self._sums[linear]
            if by >= self._sums[linear][0] for name in by
        }  # fmt: skip
        if self._close:
            about = (test for test in every if scope(test) & set(sums))
            own = [*own, *(test for test in about if scope(test) <= names)]
        inner = [
            normal(condition, self.codebook)
            for linear in sums for _, of, condition in _numbers(linear) if of == unit
        ]  # fmt: skip
        found: dict[str | Linear, Classes] = {}
        for name in sorted(names, key=str):
            domain = self._domain(name)
            tests = every if name in wide or isinstance(name, Linear) else [*own, *inner]
            groups: Classes = (domain,)
            for test in tests:
                if name in scope(test):
                    for codes in told_apart(test, name, domain):
                        groups = refine(groups, codes)
            for linear in sums:
                for other, alike in weighed(linear):
                    groups = refine(groups, alike) if other == name else groups
            found[name] = groups
        return found

    def _domain(self, name: str | Linear) -> tuple[Code, ...]:
        if isinstance(name, str):
            return self.codebook.variables[name].codes
        low: float = sum(min(0, *(w for _, w in part.weights)) for part in name.weights)
        high: float = sum(max(0, *(w for _, w in part.weights)) for part in name.weights)
        for weight, number in name.numbers:
            most = weight * self.most[number.unit]
            low, high = low + min(0, most), high + max(0, most)
        down, up = self._unlimited(name)
        far = self._far(name) if down or up else 0
        return tuple(range(-far if down else int(low), (far if up else int(high)) + 1))

    def _unlimited(self, linear: Linear) -> tuple[bool, bool]:
        """Say whether a sum has no least, and no greatest value: the ends stand for all beyond."""
        endless = [w for w, number in linear.numbers if self.most[number.unit] == inf]
        return any(w < 0 for w in endless), any(w > 0 for w in endless)

    def _far(self, linear: Linear) -> int:
        """Return a value of a sum beyond which no condition tells values apart."""
        limits = [
            abs(item.constant - item.linear.constant)
            for tests in self._tests.values() for test in tests for item in compares(test)
            if compared_sum(item) == linear
        ]  # fmt: skip
        finite = sum(max(abs(w) for _, w in part.weights) for part in linear.weights)
        return 1 + max([*limits, finite])

    # -- what the tables must agree on --------------------------------------------------------

    def _shared(self, unit: str) -> list[Table]:
        """Return tables for what others share, each split as finely as any of them.

        Through them all tables agree on their margins, however coarsely one between is split.
        """
        outer = self.tables[unit]
        scopes = {frozenset(table.classes) for table in outer}
        common: set[Scope] = set()
        new = scopes
        while new:
            new = {a & b for a in new | common for b in scopes} - common - scopes
            common |= new
        found = []
        for names in sorted(common, key=spelt):
            holders = [table for table in outer if names <= frozenset(table.classes)]
            found.append(self._made(unit, self._finest(names, holders)))
        return found

    def _agree(self, unit: str) -> None:
        shared = self._shared(unit)
        for table in (*self.tables[unit], *shared):
            inside = [hub for hub in shared if frozenset(hub.classes) < frozenset(table.classes)]
            for hub in inside:
                names = frozenset(hub.classes)
                if not any(names < frozenset(other.classes) for other in inside):
                    self._equal(table, hub)
        self.tables[unit] = [*self.tables[unit], *shared]

    def _equal(self, table: Table, hub: Table) -> None:
        groups = {n: coarser(table.classes[n], found) for n, found in hub.classes.items()}
        left, right = table.margin(groups), hub.margin(groups)
        for key in left:
            self.model.row(total([(1, left[key]), (-1, right[key])]), 0, 0)

    def _tie(self) -> None:
        """Tie each compared sum to what it is a sum of."""
        for linear, by in self._tied():
            unit, names = self._owner(linear), by | {linear}
            home = self._table(unit, names)
            parts = [
                (weight, self._table(unit, names, test), test)
                for part in linear.weights
                for weight in sorted({w for _, w in part.weights if w})
                for test in [
                    In(part.variable, frozenset(c for c, w in part.weights if w == weight))
                ]
            ]
            members = [
                (weight, self._table(of, names, test), test)
                for weight, of, condition in _numbers(linear)
                for test in [normal(condition, self.codebook)]
            ]
            self._balance(linear, names, home, [*parts, *members])

    def _balance(
        self, linear: Linear, names: Scope, home: Table,
        parts: Sequence[tuple[int, Table, Condition]],
    ) -> None:  # fmt: skip
        groups = {name: home.classes[name] for name in sorted(names, key=str)}
        for _, table, _ in parts:
            groups = {name: coarser(groups[name], table.classes[name]) for name in groups}
        at = list(groups).index(linear)
        ends, (down, up) = self._domain(linear), self._unlimited(linear)
        sums: dict[tuple[int, ...], list[tuple[int, Mapping[int, int]]]] = {}
        for weight, table, test in parts:
            inside = table.count(test)
            for key, cells in table.margin(groups).items():
                found = {column: 1 for column in cells if column in inside}
                sums.setdefault(key, []).append((weight, found))
        for key, cells in home.margin(groups).items():
            values = [v for v in groups[linear][key[at]] if isinstance(v, int)]
            if not (down and min(values) == ends[0]):
                self.model.row(total([*sums.get(key, ()), (-min(values), cells)]), 0, None)
            if not (up and max(values) == ends[-1]):
                self.model.row(total([*sums.get(key, ()), (-max(values), cells)]), None, 0)

    def _table(self, unit: str, names: Scope, condition: Condition = TRUE) -> Table:
        """Return the smallest table that has some variables and can count a condition."""
        wanted = names | scope(condition)
        fitting = [
            table for table in self.tables[unit]
            if wanted <= frozenset(table.classes) and table.tells(condition)
        ]  # fmt: skip
        return min(fitting, key=lambda table: len(table.cells))

    def _frame(self) -> None:
        for unit in self.codebook.units:
            for table in self.tables[unit]:
                self._absent(table)

    def _share_out(self, table: Table) -> None:
        """State that cases of each type have so many members or more, or no more."""
        for item in self._each:
            for row in shared_out(item, table, self.tables[self.codebook.root.name], self.codebook):
                self.model.row(row, *item.limits)

    def _absent(self, table: Table) -> None:
        """State what the coding frame says of linked variables: both are absent, or neither."""
        for unit, first, second in equivalences(self.codebook):
            if unit == table.unit and table.tells(And((first, second))):
                for n, cell in enumerate(table.cells):
                    if holds(first, cell) != holds(second, cell):
                        self.model.upper[table.first + n] = 0

    # -- tables for further questions ---------------------------------------------------------

    def extended(self, queries: Iterable[Tally], wide: bool = False) -> Counted | None:
        """Return a model with tables for further tallies too; None if it must be built anew.

        That is so if they compare a sum, to which members and parts would have to be tied again.

        Parameters
        ----------
        wide : bool
            Whether the tables are also of the variables that claims most often join to theirs:
            slower, and the limits are closer.
        """
        parts = [part for tally in queries for _, part in expand(tally, self.codebook)]
        told = {
            part: any(table.tells(part.where) for table in self.tables[part.unit]) for part in parts
        }
        summed = {part: any(isinstance(n, Linear) for n in scope(part.where)) for part in parts}
        if any(summed[part] and not told[part] for part in parts):
            return None
        new = [part for part in parts if not told[part] or (wide and not summed[part])]
        more = copy(self)
        more.model, more.tables, more._known = self.model.copy(), dict(self.tables), {}
        for unit in self.codebook.units:
            tests = [part.where for part in new if part.unit == unit and scope(part.where)]
            more._add(unit, tests, wide)
        return more

    def _add(self, unit: str, tests: Sequence[Condition], wide: bool) -> None:
        """Add tables for conditions, each agreeing with those that were there before it."""
        scopes = {self._beside(scope(test), unit) if wide else scope(test) for test in tests}
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
        for name in ranked:
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


def _numbers(linear: Linear) -> Iterator[tuple[int, str, Condition]]:
    for weight, number in linear.numbers:
        yield weight, number.unit, number.condition


def spelt(names: Scope) -> list[str]:
    """Return names in an order that is always the same."""
    return sorted(map(str, names))
