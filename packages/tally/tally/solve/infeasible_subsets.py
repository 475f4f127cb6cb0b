"""Sets of claims that cannot hold together, made as small as they can be.

The relaxation of the counted model decides: what has no solution there has no dataset. The solver's
certificate names the rows that clash; a second, small model of these alone is then thinned out by
leaving claims away one by one (a deletion filter), so that none can be spared in the end.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from tally.codebook import Codebook
from tally.solve.constraint import Constraint, Row
from tally.solve.linear import Sizes, expand, rows, sizes
from tally.solve.marginal_model import Counted
from tally.solve.partition import scope
from tally.solve.solvers import Highs

_ATTEMPTS = 6


@dataclass(frozen=True)
class Stated:
    """Claims as rows.

    Parameters
    ----------
    sizes : mapping
        Sizes that claims fix: see `tally.solve.linear.sizes`.
    """

    codebook: Codebook
    constraints: tuple[Constraint, ...]
    rows: tuple[Row, ...]
    sizes: Sizes


def state(
    plain: Sequence[Constraint], codebook: Codebook, others: Iterable[Constraint] = ()
) -> Stated:
    """State claims as rows.

    Parameters
    ----------
    others : iterable of Constraint
        Claims whose sizes are not relied on, such as one reading among several.
    """
    fixed, every = sizes(plain, codebook), (*plain, *others)
    found = tuple(row for item in every for row in rows(item, codebook, fixed))
    return Stated(codebook, every, found, fixed)


class Refuter:
    """A model of claims, any of which can be switched off.

    Parameters
    ----------
    stated : Stated
    active : collection of str
        Ids of the claims that are switched on at first.
    joined : sequence of frozenset of str
        See `tally.solve.marginal_model.Counted`.
    """

    def __init__(
        self, stated: Stated, active: Collection[str], joined: Sequence[frozenset[str]] = ()
    ) -> None:
        self.stated, self.joined = stated, tuple(joined)
        self.model = Counted(stated.codebook, stated.rows, joined=joined).model
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
    joined: Sequence[frozenset[str]] = (),
) -> tuple[str, ...]:  # fmt: skip
    """Thin out a clash until every claim in it is needed; the shortest of several attempts.

    Parameters
    ----------
    keep : sequence of str
        Claims that are left away last: those of which the clash is to be shown.
    """
    inside = tuple(row for row in stated.rows if row.claims <= frozenset(clash))
    part = Stated(stated.codebook, stated.constraints, inside, stated.sizes)
    model = Refuter(part, clash, joined)
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
