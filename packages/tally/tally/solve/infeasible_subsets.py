"""Sets of claims that cannot hold together, made as small as they can be.

The relaxation of the counted model decides: what has no solution there has no dataset. The solver's
certificate names the rows that clash; a second, small model of these alone is then thinned out by
leaving claims away one by one (a deletion filter), so that none can be spared in the end.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from tally.expression import Quantity
from tally.solve.claim_constraints import Stated
from tally.solve.constraint import Constraint
from tally.solve.linear import expand, rows
from tally.solve.marginal_model import Counted
from tally.solve.partition import scope
from tally.solve.solvers import Highs

# Orders in which claims are left away at random, beside the two of the claims themselves.
_ATTEMPTS = 6
_ASKED = "the value asked for"


@dataclass(frozen=True)
class Conflict:
    """Claims that cannot hold together, none of which can be spared.

    Parameters
    ----------
    accused : tuple of str
        Each of these, left away alone, settles it; if none does, all but what is never doubted.
    others : tuple of str
        The claims that show it.
    """

    accused: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def claims(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.accused, *self.others)


class Refuter:
    """A model of claims, any of which can be switched off.

    Parameters
    ----------
    stated : Stated
    active : collection of str
        Ids of the claims that are switched on at first.
    joined, close
        See `tally.solve.marginal_model.Counted`.
    """

    def __init__(
        self, stated: Stated, active: Collection[str], joined: Sequence[frozenset[str]] = (),
        close: bool = False,
    ) -> None:  # fmt: skip
        self.stated, self.joined = stated, tuple(joined)
        # No number of units is taken for granted: it is a claim like any other.
        self.model = Counted(stated.codebook, stated.rows, joined=joined, close=close).model
        self.solver = Highs(self.model, presolve=False)
        self._off: set[int] = set()
        self.active: frozenset[str] = frozenset()
        self.switch(active)

    def switch(self, active: Collection[str]) -> None:
        """Leave these claims on, and no others."""
        self.active = frozenset(active)
        off = {n for n, row in enumerate(self.model.rows) if not row.claims <= self.active}
        self.solver.relax(sorted(off - self._off))
        self.solver.restore(sorted(self._off - off))
        self._off = off

    def impossible(self) -> bool:
        """Say whether the relaxation has no solution, so that no dataset has all of it."""
        return self.solver.start() is False

    def clash(self) -> frozenset[str]:
        """Return claims that cannot hold together; none if the relaxation has a solution."""
        if self.solver.solve().feasible is not False:
            return frozenset()
        found = (self.model.rows[row].claims for row in self.solver.refutation())
        return frozenset().union(*found)

    def without(self, left_out: Iterable[str]) -> frozenset[str]:
        """Return a clash among the active claims but some."""
        before = self.active
        self.switch(before - frozenset(left_out))
        found = self.clash()
        self.switch(before)
        return found


def near(stated: Stated, names: Collection[str]) -> frozenset[str]:
    """Return the claims that are about no other variables than some claims are."""
    about: dict[str, set[object]] = {}
    for row in stated.rows:
        inside = {
            variable for _, tally in row.terms for _, part in expand(tally, stated.codebook)
            for variable in scope(part.where)
        }  # fmt: skip
        for name in row.claims:
            about.setdefault(name, set()).update(inside)
    wanted = set().union(*(about.get(name, set()) for name in names))
    return frozenset(name for name, inside in about.items() if inside <= wanted)


def smallest(
    stated: Stated, clash: Collection[str], keep: Sequence[str] = (),
    joined: Sequence[frozenset[str]] = (), close: bool = False,
) -> tuple[str, ...]:  # fmt: skip
    """Thin out a clash until every claim in it is needed; the shortest of several attempts.

    Parameters
    ----------
    keep : sequence of str
        Claims that are left away last: those of which the clash is to be shown.
    """
    inside = tuple(row for row in stated.rows if row.claims <= frozenset(clash))
    part = Stated(stated.codebook, stated.constraints, inside, stated.sizes)
    model = Refuter(part, clash, joined, close)
    order = [item.id for item in stated.constraints if item.id in clash and item.id not in keep]
    draw = random.Random(len(order))
    orders = [order[::-1], order, *(draw.sample(order, len(order)) for _ in range(_ATTEMPTS))]
    found = [_thinned(model, frozenset(clash), [*names, *keep]) for names in orders]
    place = {item.id: n for n, item in enumerate(stated.constraints)}
    best = min(found, key=lambda core: (len(core), sum(place[name] for name in core)))
    return tuple(sorted(best, key=place.__getitem__))


def _thinned(model: Refuter, clash: frozenset[str], order: Sequence[str]) -> frozenset[str]:
    """Leave claims away in an order, each for good if the rest still clashes (deletion filter)."""
    left = clash
    for name in order:
        if name in left:
            model.switch(left - {name})
            left = model.clash() or left
    return left


def together(stated: Stated, name: str, more: int = 2) -> frozenset[str]:
    """Return the variables that a claim is about, and those that others most often join to them."""
    about: set[str] = set()
    tests = [
        (row.claims, scope(part.where)) for row in stated.rows for _, tally in row.terms
        for _, part in expand(tally, stated.codebook)
        if part.unit == stated.codebook.root.name
    ]  # fmt: skip
    for claims, names in tests:
        if name in claims:
            about |= {item for item in names if isinstance(item, str)}
    beside = Counter(
        item for _, names in set(tests) if names & about
        for item in names - about if isinstance(item, str)
    )  # fmt: skip
    return frozenset(about | {item for item, _ in beside.most_common(more)})


def culprits(model: Refuter, clash: Sequence[str]) -> tuple[str, ...]:
    """Return the claims of a clash each of which, left away alone, settles it.

    Other clashes that have no claim in common with this one are set aside meanwhile.
    """
    return tuple(name for name in clash if _settles(model, name, frozenset(clash)))


def _settles(model: Refuter, name: str, clash: frozenset[str]) -> bool:
    aside = {name}
    while True:
        found = model.without(aside)
        if not found:
            return True
        if found & clash:
            return False
        aside |= found


# -- conflicts ------------------------------------------------------------------------------------


def conflicts(stated: Stated) -> Iterator[Conflict]:
    """Yield the conflicts between claims, and of claims with statements that no reading saves."""
    model = Refuter(_readable(stated), [item.id for item in stated.constraints])
    for accused, others in clashes(model):
        yield Conflict(tuple(accused), tuple(others))
    for statement in stated.statements:
        clash = _in_every_reading(model, [name for name, _ in statement.readings])
        if clash is not None:
            yield Conflict((statement.id,), clash)


def clashes(model: Refuter) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Yield the claims accused and the others, switching off the accused until no clash is left."""
    stated = model.stated
    hard = {item.id for item in stated.constraints if item.hard}
    while clash := model.clash():
        core = smallest(stated, clash)
        accused = [name for name in culprits(model, core) if name not in hard]
        accused = accused or [name for name in core if name not in hard]
        yield accused, shown_by(model, core, accused)
        model.switch(model.active - set(accused))


def shown_by(model: Refuter, clash: Iterable[str], accused: Sequence[str]) -> list[str]:
    """Return the fewest other claims, of those at hand, that show a clash."""
    at_hand = {*clash, *(near(model.stated, accused) & model.active)}
    return [name for name in smallest(model.stated, at_hand, accused) if name not in accused]


def _readable(stated: Stated) -> Stated:
    """Return claims with every reading of the statements as a claim of its own."""
    rows_of = [row for item in stated.statements for row in item.rows]
    return replace(
        stated, rows=(*stated.rows, *rows_of), constraints=(*stated.constraints, *stated.readings)
    )


def _in_every_reading(model: Refuter, readings: Sequence[str]) -> tuple[str, ...] | None:
    """Return the claims that rule out each of some readings; None if one is left."""
    base, found = model.active, set[str]()
    for name in readings:
        model.switch(base | {name})
        clash = model.clash()
        if clash:
            found |= set(smallest(model.stated, clash, [name])) - {name}
        model.switch(base)
        if not clash:
            return None
    place = {item.id: n for n, item in enumerate(model.stated.constraints)}
    return tuple(sorted(found, key=place.__getitem__))


def forcing(
    stated: Stated, quantity: Quantity, *, at_most: Fraction | int | None = None,
    at_least: Fraction | int | None = None, joined: Sequence[frozenset[str]] = (),
) -> tuple[str, ...]:  # fmt: skip
    """Return claims that force a quantity to keep to a limit, none of which can be spared.

    The opposite is stated as a claim of its own; what it clashes with is what forces the limit.
    Claims that can be read in one way are tried first, then one statement more, in each reading.

    Parameters
    ----------
    joined : sequence of frozenset of str
        See `tally.solve.marginal_model.Counted`.

    Returns
    -------
    tuple of str
        Ids of claims and of statements; none if these do not show it.
    """
    over = None if at_most is None else Fraction(at_most)
    under = None if at_least is None else Fraction(at_least)
    asked = Constraint(_ASKED, quantity, over, under, high_open=True, low_open=True)
    added = rows(asked, stated.codebook, stated.sizes)
    every = _readable(stated)
    part = replace(
        every, rows=(*every.rows, *added), constraints=(*every.constraints, asked)
    )  # fmt: skip
    active = [*(item.id for item in stated.constraints), _ASKED]
    for close in (False, True):
        model = Refuter(part, active, joined, close)
        clash = model.clash()
        if clash:
            found = smallest(part, clash, [_ASKED], joined, close)
            return tuple(name for name in found if name != _ASKED)
    for statement in stated.statements:
        others = _in_every_reading(model, [name for name, _ in statement.readings])
        if others is not None:
            return (*(name for name in others if name != _ASKED), statement.id)
    return ()
