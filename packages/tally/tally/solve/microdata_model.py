"""A dataset as a linear model with columns for every case: what finds whole datasets.

A *slot* is a place for a unit: each case has one, and every case has slots for the members it may
have. In a slot a variable is one of its *classes*, values that no claim tells apart. Conditions
become columns of nought or one, tied to what they depend on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from operator import itemgetter
from typing import TypeAlias

from tally.codebook import Code, Codebook
from tally.expression import (
    FALSE,
    TRUE,
    And,
    Compare,
    Condition,
    In,
    Linear,
    Or,
    compares,
    members,
    variables,
)
from tally.normal_form import normal, restrict
from tally.solve.constraint import Row, Tally
from tally.solve.linear import expand
from tally.solve.model import CONSTANT, Expression, Model, total
from tally.solve.partition import weighed

Given: TypeAlias = Mapping[str, frozenset[Code]]
Members: TypeAlias = Mapping[str, Sequence[Given]]
MEMBERS = 40
"""More members than a case has in any dataset looked for, if nothing else is said."""
NOUGHT: Expression = {}
ONE: Expression = {CONSTANT: 1}


@dataclass(frozen=True)
class Layout:
    """What datasets that are looked for are like, where claims leave it open.

    Parameters
    ----------
    most : mapping of str to int
        How many members of a unit a case may have; `MEMBERS` where nothing is said, and in a
        search for an end of a range, which any dataset that agrees may reach.
    each : mapping of str to str
        A variable of a member unit, of which every member of a case has another code.
    usual : mapping of str
        For a variable, the least and the greatest number to be chosen where any would do.
    strata : sequence of str
        Variables of cases that a first dataset settles first, and that a random walk leaves alone.
    bundles : sequence of sequence of str
        What a random walk swaps between two cases together; a unit stands for all its members.
    """

    most: Mapping[str, int] = field(default_factory=dict)
    each: Mapping[str, str] = field(default_factory=dict)
    usual: Mapping[str, Sequence[int]] = field(default_factory=dict)
    strata: Sequence[str] = ()
    bundles: Sequence[Sequence[str]] = ()

    def limits(self, codebook: Codebook) -> dict[str, int]:
        """Return how many members of each unit a case may have."""
        found = {}
        for unit in codebook.units:
            if unit != codebook.root.name:
                own = self.each.get(unit)
                codes = len(codebook.variables[own].codes) if own else MEMBERS
                found[unit] = self.most.get(unit, codes)
        return found


def is_usual(code: Code, low: int | None, high: int | None) -> bool:
    """Say whether a number lies within what is usual; anything does where nothing is said."""
    return low is None or high is None or (isinstance(code, int) and low <= code <= high)


@dataclass(eq=False)
class Slot:
    """A place for a unit.

    Parameters
    ----------
    given : mapping
        What is known of it beforehand: the codes that a variable may have.
    present : Expression
        One if there is a unit here; in a slot for several alike, their number.
    owner : Slot or None
        The case to which a member belongs.
    most : int
        How many units there can be.
    """

    unit: str
    given: Given
    present: Expression
    owner: Slot | None = None
    most: int = 1
    columns: dict[str, list[tuple[frozenset[Code], Expression]]] = field(default_factory=dict)
    members: dict[str, list[Slot]] = field(default_factory=dict)
    known: dict[Condition, Expression] = field(default_factory=dict)


def inside(condition: Condition) -> Iterator[tuple[str, frozenset[Code]]]:
    """Yield every set of codes that a condition tells apart, also inside numbers of members."""
    for item in members(condition):
        yield item.variable, item.codes
    for found in compares(condition):
        yield from _parts(found.linear)


def _parts(linear: Linear) -> Iterator[tuple[str, frozenset[Code]]]:
    yield from weighed(linear)
    for _, number in linear.numbers:
        yield from inside(number.condition)


def classes(
    tests: Iterable[tuple[str, frozenset[Code]]], codebook: Codebook
) -> dict[str, list[frozenset[Code]]]:
    """Return the values of each variable in groups that no test tells apart."""
    found = {name: [frozenset(item.codes)] for name, item in codebook.variables.items()}
    for name, codes in dict.fromkeys(tests):
        parts = [part for group in found[name] for part in (group & codes, group - codes)]
        found[name] = [part for part in parts if part]
    return found


def told_apart(rows: Sequence[Row], codebook: Codebook) -> dict[str, list[frozenset[Code]]]:
    """Return the values of each variable in groups that no row tells apart."""
    parts = (part for row in rows for _, t in row.terms for _, part in expand(t, codebook))
    tests = [test for part in parts for test in inside(normal(part.where, codebook))]
    tests += [t for row in rows if row.median for t in _parts(row.median[0].value or Linear())]
    return classes(tests, codebook)


class Slots:
    """The model of a dataset, case by case.

    Parameters
    ----------
    codebook : Codebook
    rows : sequence of Row
        What must hold.
    given : sequence of mapping
        What is known of each case beforehand.
    most : mapping of str to int
        How many members of a unit a case can have.
    each : mapping of str to str
        A variable of a member unit, of which every slot of a case has another code.
    members : sequence of mapping, optional
        For each case, units whose members are settled: what is known of each of them. Their number
        is not asked for again.
    counted : collection of str
        Units whose members are counted by type, in one slot for each: fewer columns for many.
    """

    def __init__(
        self, codebook: Codebook, rows: Sequence[Row], given: Sequence[Given],
        most: Mapping[str, int], each: Mapping[str, str], members: Sequence[Members] | None = None,
        counted: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.codebook, self.model = codebook, Model()
        self._counted, self._never = frozenset(counted), [*_nought(rows)]
        self._bunch: dict[int, Slot] = {}
        self._groups: dict[tuple[str, tuple[str, ...]], list[list[int]]] = {}
        self._thresholds: dict[tuple[tuple[tuple[int, int], ...], int], Expression] = {}
        self._tested: dict[Condition, tuple[str, ...]] = {}
        self.classes = told_apart(rows, codebook)
        settled = members or [{}] * len(given)
        self.cases = [
            self._case(item, most, each, own) for item, own in zip(given, settled, strict=True)
        ]
        for row in rows:
            if row.median is not None:
                self._median(*row.median, row.claims)
            elif row.low is not None or row.high is not None:
                self.model.row(self._sum(row), row.low, row.high, row.claims)

    def _sum(self, row: Row) -> Expression:
        return total((weight, self.count(tally)) for weight, tally in row.terms)

    def _median(
        self, tally: Tally, size: int, low: int, high: int, claims: frozenset[str]
    ) -> None:  # fmt: skip
        """State what the two values in the middle come to.

        The value in place n is above t just if fewer than n values are t or less.
        """
        assert tally.value is not None
        values = {int(w) for table in tally.value.weights for _, w in table.weights}
        middle: list[tuple[int, Expression]] = [(2 * min(values), ONE)]
        for limit in range(min(values), max(values)):
            test = normal(And((tally.where, Compare(tally.value, "<=", limit))), self.codebook)
            below = self.count(Tally(tally.unit, test))
            for place in (size // 2, size // 2 + 1):
                middle += [(1, ONE), (-1, self._over(below, place))]
        self.model.row(total(middle), low, high, claims)

    def _case(
        self, given: Given, most: Mapping[str, int], each: Mapping[str, str], settled: Members
    ) -> Slot:
        root = self.codebook.root.name
        slot = Slot(root, given, ONE)
        self._spell(slot)
        for name in self.codebook.units:
            if name in settled:
                found = [Slot(name, {**given, **own}, ONE, slot) for own in settled[name]]
                for member in found:
                    self._spell(member)
                slot.members[name] = found
            elif name in self._counted:
                slot.members[name] = list(self._types(slot, name, most[name]))
            elif name != root:
                slot.members[name] = list(self._members(slot, name, most[name], each.get(name)))
        return slot

    def _members(self, case: Slot, unit: str, most: int, each: str | None) -> Iterator[Slot]:
        previous = None
        for n in range(most):
            own = {}
            if each is not None:
                own[each] = frozenset({self.codebook.variables[each].codes[n]})
            slot = Slot(unit, {**case.given, **own}, self.model.column(1), case)
            self._spell(slot)
            if previous is not None and each is None:
                self.model.row(total([(1, previous.present), (-1, slot.present)]), 0, None)
            previous = slot
            yield slot

    def _types(self, case: Slot, unit: str, most: int) -> Iterator[Slot]:
        """Yield a slot for each type of member that a case may have, and bound their number."""
        names = [variable.name for variable in self.codebook.of_unit(unit)]
        never = [tally.where for tally in self._never if tally.unit == unit]
        together: list[tuple[int, Expression]] = []
        for groups in product(*(self.classes[name] for name in names)):
            given = {**case.given, **dict(zip(names, groups, strict=True))}
            if any(restrict(where, given, self.codebook) == TRUE for where in never):
                continue
            slot = Slot(unit, given, self.model.column(most), case, most)
            self._spell(slot)
            self._bunch[next(iter(slot.present))] = case
            together.append((1, slot.present))
            yield slot
        self.model.row(total(together), None, most)

    def _spell(self, slot: Slot) -> None:
        """Give each variable of a slot its columns, one for each class that is possible."""
        for variable in self.codebook.of_unit(slot.unit):
            groups = self.classes[variable.name]
            allowed = slot.given.get(variable.name)
            if allowed is not None:
                groups = [group & allowed for group in groups if group & allowed]
            if len(groups) == 1:
                slot.columns[variable.name] = [(groups[0], slot.present)]
                continue
            found = [(group, self.model.column(1)) for group in groups]
            slot.columns[variable.name] = found
            sums = total([*((1, column) for _, column in found), (-1, slot.present)])
            self.model.row(sums, 0, 0)

    # -- conditions -----------------------------------------------------------------------------

    def holds(self, slot: Slot, condition: Condition) -> Expression:
        """Return an expression that is one if there is a unit here and a condition holds of it."""
        return self._held(slot, restrict(condition, slot.given, self.codebook))

    def _held(self, slot: Slot, own: Condition) -> Expression:
        if slot.owner is None:
            return self._literal(slot, own)
        parts = own.conditions if isinstance(own, And) else (own,)
        if any(isinstance(p, In) and p.variable in slot.columns for p in parts):
            return self._literal(slot, own)
        if own == TRUE:
            return slot.present
        if slot.most > 1:
            return self._several(slot, own)
        return self._both(slot, [slot.present, *(self._literal(slot, p) for p in parts)], own)

    def _several(self, slot: Slot, condition: Condition) -> Expression:
        """Return the number of units in a slot if a condition holds of their case, or else 0."""
        assert slot.owner is not None
        if condition not in slot.known:
            held, most = self._literal(slot.owner, condition), slot.most
            column = self.model.column(most)
            self.model.row(total([(1, slot.present), (-1, column)]), 0, None)
            self.model.row(total([(most, held), (-1, column)]), 0, None)
            both = total([(1, slot.present), (most, held), (-1, column)])
            self.model.row(both, None, most)
            slot.known[condition] = column
        return slot.known[condition]

    def _literal(self, slot: Slot, condition: Condition) -> Expression:
        if slot.owner is not None and self._of_case(condition):
            return self._literal(slot.owner, condition)
        if condition not in slot.known:
            slot.known[condition] = self._made(slot, condition)
        return slot.known[condition]

    def _of_case(self, condition: Condition) -> bool:
        root = self.codebook.root.name
        return all(self.codebook.variables[name].unit == root for name in variables(condition))

    def _made(self, slot: Slot, condition: Condition) -> Expression:
        if isinstance(condition, In):
            columns = slot.columns[condition.variable]
            return total((1, column) for codes, column in columns if codes <= condition.codes)
        if isinstance(condition, Compare):
            return self._compared(slot, condition)
        assert isinstance(condition, (And, Or))
        parts = [self._literal(slot, item) for item in condition.conditions]
        if isinstance(condition, And):
            return self._both(slot, parts, condition)
        opposite = [total([(1, ONE), (-1, part)]) for part in parts]
        return total([(1, ONE), (-1, self._both(slot, opposite, condition))])

    def _both(self, slot: Slot, parts: Sequence[Expression], condition: Condition) -> Expression:
        """Return a column that is one if all parts are."""
        parts = [part for part in parts if part != ONE]
        if NOUGHT in parts:
            return NOUGHT
        if len(parts) < 2:
            return parts[0] if parts else ONE
        key = And((TRUE, condition))
        if key not in slot.known:
            column = self.model.column(1)
            for part in parts:
                self.model.row(total([(1, part), (-1, column)]), 0, None)
            self.model.row(total([*((1, p) for p in parts), (-1, column)]), None, len(parts) - 1)
            slot.known[key] = column
        return slot.known[key]

    def _compared(self, slot: Slot, condition: Compare) -> Expression:
        value = self.value(slot, condition.linear)
        limit, op = condition.constant, condition.op
        if op in ("==", "!="):
            same = total([(1, self._over(value, limit)), (-1, self._over(value, limit + 1))])
            found = same if op == "==" else total([(1, ONE), (-1, same)])
        else:
            over = self._over(value, limit + (op in (">", "<=")))
            found = over if op in (">", ">=") else total([(1, ONE), (-1, over)])
        unknown = self._unknown(slot, condition.linear)
        return self._both(slot, [found, *unknown], condition) if unknown else found

    def _unknown(self, slot: Slot, linear: Linear) -> list[Expression]:
        return [self._literal(slot, item) for item in linear.known(self.codebook)]

    def value(self, slot: Slot, linear: Linear) -> Expression:
        """Return a sum over one unit as an expression."""
        parts = [(linear.constant, ONE)]
        for weights in linear.weights:
            table = dict(weights.weights)
            home = slot if weights.variable in slot.columns else slot.owner
            assert home is not None
            for codes, column in home.columns[weights.variable]:
                parts.append((table.get(next(iter(codes)), 0), column))
        for weight, number in linear.numbers:
            where = normal(number.condition, self.codebook)
            case = slot.owner or slot
            parts += [(weight, self.holds(m, where)) for m in case.members[number.unit]]
        return total(parts)

    def _over(self, value: Expression, limit: int) -> Expression:
        """Return an expression that is one if a sum is at least a limit."""
        low, high = self.span(value)
        if limit <= low or limit > high:
            return ONE if limit <= low else NOUGHT
        key = (tuple(sorted(value.items())), limit)
        if key not in self._thresholds:
            column = self.model.column(1)
            self.model.row(total([(1, value), (low - limit, column)]), low, None)
            self.model.row(total([(1, value), (limit - 1 - high, column)]), None, limit - 1)
            self._thresholds[key] = column
        return self._thresholds[key]

    def span(self, value: Expression) -> tuple[int, int]:
        """Return the least and the greatest value that the limits of its columns allow."""
        low = high = value.get(CONSTANT, 0)
        bunches: dict[int, tuple[int, int]] = {}
        for column, weight in value.items():
            if column == CONSTANT:
                continue
            ends = weight * self.model.lower[column], weight * int(self.model.upper[column])
            if column in self._bunch:
                # Members of one case are no more together than each type may be.
                key = id(self._bunch[column])
                least, most = bunches.get(key, (0, 0))
                bunches[key] = min(least, *ends), max(most, *ends)
            else:
                low, high = low + min(ends), high + max(ends)
        return low + sum(x for x, _ in bunches.values()), high + sum(x for _, x in bunches.values())

    # -- counts ---------------------------------------------------------------------------------

    def slots(self, unit: str) -> list[Slot]:
        """Return every slot of a unit."""
        if unit == self.codebook.root.name:
            return self.cases
        return [member for case in self.cases for member in case.members[unit]]

    def count(self, tally: Tally) -> Expression:
        """Return a tally as an expression."""
        found: Expression = {}
        for weight, part in expand(tally, self.codebook):
            for held in self._each(part):
                for column, value in held.items():
                    found[column] = found.get(column, 0) + weight * value
        return {column: value for column, value in found.items() if value}

    def _each(self, tally: Tally) -> Iterator[Expression]:
        """Yield for slots whether a condition holds there; it is restricted once for all alike.

        What is left of the condition depends only on what is known of the variables it tests.
        """
        if tally.where not in self._tested:
            self._tested[tally.where] = tuple(dict.fromkeys(n for n, _ in inside(tally.where)))
        slots = self.slots(tally.unit)
        left: list[tuple[int, Condition]] = []
        for group in self._alike(tally.unit, self._tested[tally.where]):
            own = restrict(tally.where, slots[group[0]].given, self.codebook)
            if own != FALSE:
                left.extend((place, own) for place in group)
        for place, own in sorted(left, key=itemgetter(0)):
            yield self._held(slots[place], own)

    def _alike(self, unit: str, names: tuple[str, ...]) -> list[list[int]]:
        """Return the places of slots in groups of which the same is known of some variables."""
        if (unit, names) not in self._groups:
            found: dict[tuple[object, ...], list[int]] = {}
            for place, slot in enumerate(self.slots(unit)):
                found.setdefault(tuple(slot.given.get(name) for name in names), []).append(place)
            self._groups[unit, names] = list(found.values())
        return self._groups[unit, names]


def _nought(rows: Iterable[Row]) -> Iterator[Tally]:
    """Yield the tallies that rows say are nought."""
    for row in rows:
        if row.median is None and row.low == row.high == 0 and len(row.terms) == 1:
            yield row.terms[0][1]
