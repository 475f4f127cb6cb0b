"""The search for one end of a range: closer limits, and datasets that are nearer to it.

Limits come from the relaxed model: of more variables at a time, by readings, in whole numbers.
Datasets come from steps that change one that is known, and from nothing. Effort is in steps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

from tally.errors import BuildError
from tally.evaluate import evaluate
from tally.expression import Quantity, compares
from tally.normal_form import normal
from tally.solve import claim_constraints
from tally.solve.bound import End
from tally.solve.compiled import Case
from tally.solve.first_dataset import tried
from tally.solve.large_neighbourhood import Descent
from tally.solve.lp_bounds import Relaxed
from tally.solve.neighbourhood import as_dataset, records
from tally.solve.objective import Goal, goal

if TYPE_CHECKING:
    from tally.solve.facts import Facts

# One unit of effort: nodes of a search for limits, steps of a search for datasets. Limits come
# first and are cheap; a large step takes as long as five small ones.
NODES = 60
_SMALL, _LARGE = 6, 1
# Solutions from nothing that are tried for each effort: what finds them is random, and quick.
_SEEDS = 2

Step: TypeAlias = tuple[Fraction | None, list[Case] | None]
"""A limit, and a dataset that is nearer to it than the one before."""


def averaged(quantity: Quantity) -> bool:
    """Say whether a quantity is made of counts, sums, percentages and means only."""
    return all(a.function in ("count", "sum", "percent", "mean") for _, a in quantity.terms)


@dataclass(frozen=True, eq=False)
class EndSearch:
    """The search for one end of a quantity's range.

    Parameters
    ----------
    facts : Facts
    quantity : Quantity
    up : bool
        Whether it is the greatest value, not the least.
    effort : int
        How long to look.
    """

    facts: Facts
    quantity: Quantity
    up: bool
    effort: int = 1

    def steps(self, relaxed: Relaxed | None, end: End) -> Iterator[Step]:
        """Yield limits and datasets, nearer and nearer to each other.

        Limits that are cheap come first, since a search is over as soon as a dataset has the limit.
        Whole numbers ask what lies beyond the best dataset, so that they need it first.
        """
        assert end.limit is not None
        limit, value = end.limit, end.value
        cases = None if end.dataset is None else records(end.dataset)
        if relaxed is not None:
            for closer in self._limits(relaxed, end):
                limit = closer
                yield limit, None
        before = asked = None
        for broad in (False, True):
            new, before = limit != before, limit
            for made in self._datasets(limit, cases, broad, new):
                cases, value = made, self.value(made)
                yield None, cases
            if value in (None, limit, asked) or relaxed is None:
                continue
            assert value is not None
            asked = value
            found = relaxed.whole_end(self.quantity, value, self.up, NODES * self.effort)
            if found is not None and self._inside(found, limit):
                limit = found
                yield limit, None

    def _datasets(
        self, limit: Fraction, cases: Sequence[Case] | None, broad: bool, new: bool
    ) -> Iterator[list[Case]]:
        """Yield datasets nearer and nearer to a limit: by steps, and from nothing if it is new."""
        if cases is None:
            return
        last = list(cases)
        if not broad:
            for last in self.towards(limit, cases, _SMALL * self.effort):
                yield last
        if new and self.value(last) != limit:
            made = self._from_nothing(limit, cases)
            if made is not None:
                last = made
                yield made
        if broad:
            yield from self.towards(limit, last, _LARGE * self.effort, broad=True)

    def _from_nothing(self, limit: Fraction, cases: Sequence[Case]) -> list[Case] | None:
        """Return the first dataset found that has a limit, by the readings of two known ones."""
        facts = self.facts
        ways = dict.fromkeys(map(facts.holding, (cases, *facts.pool.datasets[:1])))
        tries = product(range(_SEEDS * self.effort), ways)
        made = (self.anew(limit, readings, seed) for seed, readings in tries)
        return next((found for found in made if found is not None), None)

    def _limits(self, relaxed: Relaxed, end: End) -> Iterator[Fraction]:
        """Yield closer limits: by tables of more variables at a time, then by readings too."""
        limit, model = end.limit, relaxed
        assert limit is not None
        if self._counts:
            model = Relaxed(self.facts.known, [self.quantity], self.facts.base, wide=True)
            closer = model.end(self.quantity, self.up)
            if closer is not None and self._inside(closer, limit):
                limit = closer
                yield limit
        nodes = NODES * self.effort
        found = model.disjunctive_end(self.quantity, self.up, limit, nodes, end.value)
        if found is not None and self._inside(found, limit):
            yield found

    @property
    def _counts(self) -> bool:
        """Whether it is made of counts by codes alone, of which wider tables say more."""
        codebook = self.facts.codebook
        return all(
            item.function in ("count", "percent")
            and not any(compares(normal(item.where, codebook)))
            for _, item in self.quantity.terms
        )

    def towards(
        self, limit: Fraction, cases: Sequence[Case] | None, steps: int, *, broad: bool = False
    ) -> Iterator[list[Case]]:
        """Yield datasets nearer and nearer to a limit; each agrees, by pandas.

        Parameters
        ----------
        cases : sequence of Case, optional
            Where to start, a dataset that agrees; nothing is found from nowhere.
        steps : int
            How many steps to take.
        broad : bool
            See `tally.solve.large_neighbourhood.Descent`.
        """
        wanted = None if cases is None else self._goal(limit, cases)
        if cases is None or wanted is None:
            return
        hunt = Descent(self.facts.search, wanted, cases, broad)
        for made in hunt.go(steps):
            if self.facts.agrees(as_dataset(made, self.facts.codebook)):
                yield made
                hunt.aim(self._goal(limit, made) or wanted)

    def anew(self, limit: Fraction, readings: Collection[str], seed: int = 0) -> list[Case] | None:
        """Solve a dataset that has a limit, from nothing.

        What is far from every dataset known, such as other sizes of the layout's strata, no step
        from one of them reaches. None is found where the layout has no strata.

        Parameters
        ----------
        readings : collection of str
            Ids of readings by which claims are read; by its first one, a claim of which none is.
        seed : int
            Another one finds another dataset, or one where this one finds none.
        """
        facts, wanted = self.facts, goal(self.quantity, limit, self.up, self.facts.known)
        if wanted is None or not facts.layout.strata:
            return None
        demands = claim_constraints.followed(facts.claims, readings, ())
        rows = claim_constraints.state((*demands, *facts.rules), facts.codebook).rows
        try:
            made = tried(
                facts.codebook, [*rows, *wanted.rows], facts.layout, seed, draw=seed, brief=True
            )
        except BuildError:
            return None
        return None if made is None or not facts.agrees(made) else records(made)

    def _goal(self, limit: Fraction, cases: Sequence[Case]) -> Goal | None:
        """Return how an end is reached from a dataset; of a ratio, how the dataset is passed."""
        known = self.facts.known
        found = goal(self.quantity, limit, self.up, known)
        if found is None or not found.ratio:
            return found
        value = self.value(cases)
        return found if value is None else goal(self.quantity, value, self.up, known)

    def value(self, cases: Sequence[Case]) -> Fraction | None:
        """Return the quantity's value of a dataset."""
        return evaluate(self.quantity, as_dataset(cases, self.facts.codebook))

    def _inside(self, closer: Fraction, limit: Fraction) -> bool:
        return closer < limit if self.up else closer > limit
