"""What claims say together: the ranges they leave, what forces an end, what contradicts what.

A dataset *agrees* with claims if, checked with pandas, at least one reading of each holds, and
every rule. Ranges are over all datasets that agree: a solver says beyond which values there is
none, and looks for datasets that reach them. Nothing depends on a clock: effort is in steps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property, partial
from typing import TypeAlias

from tally.claims import Claim
from tally.codebook import Codebook
from tally.dataset import Dataset
from tally.errors import BuildError, InputError
from tally.evaluate import evaluate
from tally.expression import Quantity, compares
from tally.language import parse
from tally.normal_form import normal
from tally.solve import claim_constraints, infeasible_subsets, joint_table
from tally.solve.bound import Bound, End
from tally.solve.compiled import Case
from tally.solve.constraint import Constraint
from tally.solve.first_dataset import tried
from tally.solve.fork_pool import side_by_side
from tally.solve.infeasible_subsets import Conflict
from tally.solve.joint_table import JointTable
from tally.solve.large_neighbourhood import Descent
from tally.solve.lp_bounds import Base, Relaxed
from tally.solve.markov_chain import Walk
from tally.solve.microdata_model import Layout
from tally.solve.minmax_bounds import extreme
from tally.solve.neighbourhood import as_dataset, records
from tally.solve.objective import Goal, goal, simplest
from tally.solve.partition import Name, scope
from tally.solve.pool import Pool
from tally.solve.readings import Limits
from tally.solve.search import Search

EFFORT = 2
"""Enough for most ends of a frame like that of 97 cases: some ten seconds each when idle."""
# One unit of effort: nodes of a search for limits, steps of a search for datasets. Limits come
# first and are cheap; a large step takes as long as five small ones.
_NODES, _SMALL, _LARGE = 60, 6, 1
# Where a search from nothing finds a dataset, it does so before or by the relaxation at the root,
# after which HiGHS asks a third time whether to go on.
_ANEW = 3
_WALK = 20_000

Step: TypeAlias = tuple[Fraction | None, list[Case] | None]
"""A limit, and a dataset that is nearer to it than the one before."""


class ContradictoryError(InputError):
    """The claims cannot all hold, so that there is no dataset and no range."""


class Facts:
    """What claims say together.

    Parameters
    ----------
    codebook : Codebook
    claims : iterable of Claim
        Each has one reading or several, of which at least one holds. Those that no dataset can
        settle are left aside.
    rules : iterable of Constraint
        What holds of every dataset whatever was published.
    layout : Layout, optional
        What datasets that are looked for are like where claims leave it open; it moves no limit.
    pool : Pool, optional
        Datasets to set out from. Each is checked before anything is said to be proved by it.
    spans : mapping, optional
        See `tally.solve.lp_bounds.Base`; of these very claims and rules.
    """

    def __init__(
        self, codebook: Codebook, claims: Iterable[Claim], rules: Iterable[Constraint] = (), *,
        layout: Layout | None = None, pool: Pool | None = None,
        spans: Mapping[str, Limits] | None = None,
    ) -> None:  # fmt: skip
        self.codebook, self.rules = codebook, tuple(rules)
        self.claims = claim_constraints.surviving(claims, ())
        self.layout, self.spans = layout or Layout(), spans
        self.pool = pool or Pool(codebook)
        self.known = claim_constraints.known(self.claims, codebook, self.rules)
        self._agreeing: dict[int, bool] = {}

    # -- datasets -------------------------------------------------------------------------------

    def agrees(self, dataset: Dataset) -> bool:
        """Say whether every claim holds in some reading, and every rule, by pandas alone."""
        return not self.broken(dataset)

    def broken(self, dataset: Dataset) -> tuple[str, ...]:
        """Return the ids of claims that hold in no reading, and of rules that do not hold."""
        found = [
            claim.id for claim in self.claims
            if not any(
                item.reading.parsed is None or item.holds is True for item in claim.check(dataset)
            )
        ]  # fmt: skip
        broken = (r.id for r in self.rules if isinstance(r.quantity, Quantity)
                  and evaluate(r.quantity, dataset) != r.low)  # fmt: skip
        return (*found, *broken)

    def nearest(self, quantity: Quantity, up: bool) -> list[Case] | None:
        """Return the dataset of the pool that is nearest to an end, of those that agree."""
        values = self.pool.values(quantity)
        known = [(value, n) for n, value in enumerate(values) if value is not None]
        for _, n in sorted(known, key=lambda pair: (-pair[0] if up else pair[0], pair[1])):
            if n not in self._agreeing:
                self._agreeing[n] = self.agrees(self.pool.dataset(n))
            if self._agreeing[n]:
                return self.pool.datasets[n]
        return None

    def first(self) -> list[Case]:
        """Return a dataset that agrees: of the pool, or else of the joint table.

        Raises
        ------
        BuildError
            If none is known.
        """
        count = parse(f"count({self.codebook.root.name}, true)", self.codebook)
        found = self.nearest(count, True)
        if found is None and joint_table.fits(self.known):
            made = self._exact(count, EFFORT)[1].dataset
            found = None if made is None else records(made)
        if found is None:
            raise BuildError("No dataset is known that agrees with the claims: give one to start.")
        return found

    def sample(self, seed: int = 0, count: int = 1) -> Iterator[Dataset]:
        """Yield datasets that agree, by a random walk; their spread is no range.

        Parameters
        ----------
        seed : int
            The same seed gives the same datasets.
        count : int
            How many.
        """
        start = as_dataset(self.first(), self.codebook)
        walk = Walk(start, self.known.rows, seed, self.layout, self.known.statements)
        made = 0
        while made < count:
            walk.walk(_WALK)
            dataset = walk.dataset()
            if self.agrees(dataset):
                made += 1
                yield dataset

    # -- ranges ---------------------------------------------------------------------------------

    @cached_property
    def base(self) -> Base:
        """The relaxed model of what is known.

        Raises
        ------
        ContradictoryError
            If it has no solution.
        """
        found = Base(self.known, self.spans)
        if found.feasible is False:
            raise self._contradictory()
        return found

    def _contradictory(self) -> ContradictoryError:
        found = next(iter(self.conflicts()), None)
        ids = "whole numbers of units" if found is None else ", ".join(found.claims)
        return ContradictoryError(
            f"The claims cannot all hold, so there is no range. They clash: {ids}."
        )

    @cached_property
    def search(self) -> Search:
        """The search among datasets that agree, however many members their cases have."""
        return Search(self.known, replace(self.layout, most={}))

    def quantity(self, text: str | Quantity) -> Quantity:
        """Return a quantity from its text, in the language of quantities."""
        if isinstance(text, Quantity):
            return text
        studies = self.codebook.studies
        return parse(text, self.codebook, studies[-1].study if studies else None)

    def bound(self, quantity: str | Quantity, effort: int = EFFORT) -> Bound:
        """Return the range of a quantity over all datasets that agree.

        Parameters
        ----------
        quantity : str or Quantity
        effort : int
            How long to look: the same effort gives the same range on any machine.

        Raises
        ------
        ContradictoryError
            If no dataset agrees with the claims.
        InputError
            If the text is no quantity, or it is of a kind that cannot be bounded.
        """
        *_, last = self.improve(quantity, effort)
        return last

    def improve(self, quantity: str | Quantity, effort: int = EFFORT) -> Iterator[Bound]:
        """Yield the range as it becomes narrower.

        First come limits by what is said of its own variables, at once; then those of the whole
        relaxed model, which takes seconds to build; then readings, whole numbers and datasets.
        """
        asked = self.quantity(quantity)
        simple, sign, constant = simplest(asked, self.known)
        for item in self._improved(simple, effort):
            ends = [item.end((sign > 0) == up) for up in (False, True)]
            lower, upper = (
                replace(
                    end, limit=_turned(end.limit, sign, constant),
                    value=_turned(end.value, sign, constant),
                ) for end in ends
            )  # fmt: skip
            yield Bound(asked.text, lower, upper)

    def _improved(self, quantity: Quantity, effort: int) -> Iterator[Bound]:
        if joint_table.fits(self.known, [quantity]) and averaged(quantity):
            lower, upper = self._exact(quantity, effort)
            yield Bound(quantity.text, lower, upper)
            return
        ends = {up: self._end(quantity, None, self.nearest(quantity, up)) for up in (False, True)}
        if averaged(quantity):
            ends = {up: replace(ends[up], limit=end) for up, end in self._soon(quantity).items()}
            yield Bound(quantity.text, ends[False], ends[True])
            if all(end.proved for end in ends.values()):
                return
        relaxed, limits = self._outer(quantity)
        ends = {up: replace(ends[up], limit=end) for up, end in limits.items()}
        yield Bound(quantity.text, ends[False], ends[True])
        if effort > 0 and any(_open(end) for end in ends.values()):
            _ = self.base.choices, self.search
            jobs = {
                up: partial(self._side, relaxed, quantity, up, end, effort)
                for up, end in ends.items() if _open(end)
            }  # fmt: skip
            for up, (limit, cases) in side_by_side(jobs):
                ends[up] = self._nearer(quantity, ends[up], limit, cases)
                yield Bound(quantity.text, ends[False], ends[True])

    def _soon(self, quantity: Quantity) -> dict[bool, Fraction | None]:
        """Return limits by what is said of the quantity's own variables, in a part of the time."""
        tallies = Relaxed.tallies([quantity], self.codebook)
        names = frozenset[Name]().union(*(scope(tally.where) for tally in tallies))
        relaxed = Relaxed(claim_constraints.about(self.known, names), [quantity])
        if not relaxed.feasible:
            return dict.fromkeys((False, True))
        return {up: relaxed.end(quantity, up) for up in (False, True)}

    def _outer(self, quantity: Quantity) -> tuple[Relaxed | None, dict[bool, Fraction | None]]:
        """Return the limits of the LP relaxation, and its model."""
        base = self.base
        if not averaged(quantity):
            low, high = extreme(self.known, quantity)
            return None, {False: low, True: high}
        relaxed = Relaxed(self.known, [quantity], base)
        return relaxed, {up: relaxed.end(quantity, up) for up in (False, True)}

    def _exact(self, quantity: Quantity, effort: int) -> tuple[End, End]:
        """Return both ends from one table of all variables, in whole numbers."""
        model = JointTable(self.known, quantity)
        if model.feasible is False:
            raise self._contradictory()
        try:
            low, high = (model.exact_end(quantity, up, effort) for up in (False, True))
        except LookupError:
            raise self._contradictory() from None
        return self._end(quantity, *low), self._end(quantity, *high)

    def _end(
        self, quantity: Quantity, limit: Fraction | None, cases: Sequence[Case] | None
    ) -> End:  # fmt: skip
        """Return an end with a dataset, if it agrees: pandas says so, and what value it has."""
        if cases is None:
            return End(limit)
        dataset = as_dataset(cases, self.codebook)
        if not self.agrees(dataset):
            return End(limit)
        return End(limit, evaluate(quantity, dataset), dataset)

    def _nearer(
        self, quantity: Quantity, end: End, limit: Fraction | None, cases: Sequence[Case] | None
    ) -> End:
        if limit is not None:
            end = replace(end, limit=limit)
        return end if cases is None else replace(self._end(quantity, None, cases), limit=end.limit)

    # -- one end, step by step --------------------------------------------------------------------

    def limits(
        self, quantity: Quantity, effort: int = EFFORT
    ) -> tuple[Fraction | None, Fraction | None]:
        """Return limits of a quantity without looking for datasets: LP, then readings.

        With no `effort` readings are left out, which takes a tenth of the time.
        """
        relaxed, found = self._outer(quantity)
        for up, limit in found.items():
            if effort and relaxed is not None and limit is not None:
                closer = relaxed.disjunctive_end(quantity, up, limit, _NODES * effort)
                found[up] = limit if closer is None else closer
        return found[False], found[True]

    def closer(
        self, quantity: Quantity, up: bool, limit: Fraction, effort: int = EFFORT
    ) -> Iterator[Step]:
        """Yield closer limits of one end, and datasets nearer to it than any of the pool."""
        relaxed = Relaxed(self.known, [quantity], self.base) if averaged(quantity) else None
        end = self._end(quantity, limit, self.nearest(quantity, up))
        return iter(()) if end.proved else self._side(relaxed, quantity, up, end, effort)

    def _side(
        self, relaxed: Relaxed | None, quantity: Quantity, up: bool, end: End, effort: int
    ) -> Iterator[Step]:
        """Yield limits and datasets, nearer and nearer to each other.

        Limits that are cheap come first, since a search is over as soon as a dataset has the limit.
        Whole numbers ask what lies beyond the best dataset, so that they need it first.
        """
        assert end.limit is not None
        limit, value = end.limit, end.value
        cases = None if end.dataset is None else records(end.dataset)
        if relaxed is not None:
            for closer in self._limits(relaxed, quantity, up, end, effort):
                limit = closer
                yield limit, None
        asked: Fraction | None = None
        for broad in (False, True):
            for made in self._datasets(quantity, limit, up, cases, effort, broad):
                cases, value = made, self._value(quantity, made)
                yield None, cases
            if value in (None, limit, asked) or relaxed is None:
                continue
            assert value is not None
            asked = value
            found = relaxed.whole_end(quantity, value, up, _NODES * effort)
            if found is not None and _inside(found, limit, up):
                limit = found
                yield limit, None

    def _datasets(
        self, quantity: Quantity, limit: Fraction, up: bool, cases: Sequence[Case] | None,
        effort: int, broad: bool,
    ) -> Iterator[list[Case]]:  # fmt: skip
        """Yield datasets nearer and nearer to a limit: by small steps and anew, or large steps."""
        if broad or cases is None:
            yield from self.towards(quantity, limit, up, cases, _LARGE * effort, True)
            return
        last = list(cases)
        for last in self.towards(quantity, limit, up, cases, _SMALL * effort, False):
            yield last
        for readings in dict.fromkeys(map(self.holding, (cases, *self.pool.datasets[:1]))):
            made = None
            if self._value(quantity, last) != limit:
                made = self.anew(quantity, limit, up, readings)
            if made is not None:
                last = made
                yield made

    def _limits(
        self, relaxed: Relaxed, quantity: Quantity, up: bool, end: End, effort: int
    ) -> Iterator[Fraction]:
        """Yield closer limits: by tables of more variables at a time, then by readings too."""
        limit, model = end.limit, relaxed
        assert limit is not None
        if all(
            a.function in ("count", "percent") and not any(compares(normal(a.where, self.codebook)))
            for _, a in quantity.terms
        ):
            model = Relaxed(self.known, [quantity], self.base, wide=True)
            closer = model.end(quantity, up)
            if closer is not None and _inside(closer, limit, up):
                limit = closer
                yield limit
        found = model.disjunctive_end(quantity, up, limit, _NODES * effort, end.value)
        if found is not None and _inside(found, limit, up):
            yield found

    def towards(
        self, quantity: Quantity, limit: Fraction, up: bool, cases: Sequence[Case] | None,
        steps: int, broad: bool,
    ) -> Iterator[list[Case]]:  # fmt: skip
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
        wanted = None if cases is None else self._goal(quantity, limit, up, cases)
        if cases is None or wanted is None:
            return
        hunt = Descent(self.search, wanted, cases, broad)
        for made in hunt.go(steps):
            if self.agrees(as_dataset(made, self.codebook)):
                yield made
                hunt.aim(self._goal(quantity, limit, up, made) or wanted)

    def anew(
        self, quantity: Quantity, limit: Fraction, up: bool, readings: Collection[str]
    ) -> list[Case] | None:
        """Solve a dataset that has a limit, from nothing.

        What is far from every dataset known, such as other sizes of the layout's strata, no step
        from one of them reaches. None is found where the layout has no strata.

        Parameters
        ----------
        readings : collection of str
            Ids of readings by which claims are read; by its first one, a claim of which none is.
        """
        wanted = goal(quantity, limit, up, self.known)
        if wanted is None or not self.layout.strata:
            return None
        demands = claim_constraints.followed(self.claims, readings, ())
        rows = claim_constraints.state((*demands, *self.rules), self.codebook).rows
        try:
            made = tried(self.codebook, [*rows, *wanted.rows], self.layout, 0, checks=_ANEW)
        except BuildError:
            return None
        return None if made is None or not self.agrees(made) else records(made)

    def holding(self, cases: Sequence[Case]) -> tuple[str, ...]:
        """Return of each claim the first reading that holds of a dataset."""
        dataset = as_dataset(cases, self.codebook)
        found = (
            next((item.reading.id for item in claim.check(dataset) if item.holds), "")
            for claim in self.claims
        )
        return tuple(found)

    def _value(self, quantity: Quantity, cases: Sequence[Case]) -> Fraction | None:
        return evaluate(quantity, as_dataset(cases, self.codebook))

    def _goal(
        self, quantity: Quantity, end: Fraction, up: bool, cases: Sequence[Case]
    ) -> Goal | None:
        """Return how an end is reached from a dataset; of a ratio, how the dataset is passed."""
        found = goal(quantity, end, up, self.known)
        if found is None or not found.ratio:
            return found
        value = self._value(quantity, cases)
        return found if value is None else goal(quantity, value, up, self.known)

    # -- arguments --------------------------------------------------------------------------------

    def conflicts(self) -> tuple[Conflict, ...]:
        """Return sets of claims that cannot hold together, none of which has a claim to spare."""
        return tuple(infeasible_subsets.conflicts(self.known))

    def why(
        self, quantity: str | Quantity, *, at_most: Fraction | int | None = None,
        at_least: Fraction | int | None = None,
    ) -> tuple[str, ...]:  # fmt: skip
        """Return the fewest claims found that force a quantity to keep to a limit.

        Returns
        -------
        tuple of str
            Ids of claims, none of which can be left out; none at all if they do not force it.
        """
        asked = self.quantity(quantity)
        small = joint_table.fits(self.known, [asked])
        joined = [joint_table.tested(self.known, asked)] if small else []
        return infeasible_subsets.forcing(
            self.known, asked, at_most=at_most, at_least=at_least, joined=joined
        )


def averaged(quantity: Quantity) -> bool:
    """Say whether a quantity is made of counts, sums, percentages and means only."""
    return all(a.function in ("count", "sum", "percent", "mean") for _, a in quantity.terms)


def _open(end: End) -> bool:
    return end.limit is not None and not end.proved


def _inside(closer: Fraction, limit: Fraction, up: bool) -> bool:
    return closer < limit if up else closer > limit


def _turned(value: Fraction | None, sign: int, constant: Fraction) -> Fraction | None:
    return None if value is None else sign * value + constant
