"""What claims say together: the ranges they leave, what forces an end, what contradicts what.

A dataset *agrees* with claims if, checked with pandas, at least one reading of each holds, and
every rule. Ranges are over all datasets that agree: a solver says beyond which values there is
none, and looks for datasets that reach them. Nothing depends on a clock: effort is in steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property, partial

from tally.claims import Claim
from tally.codebook import Codebook
from tally.dataset import Dataset
from tally.errors import BuildError, InputError
from tally.evaluate import evaluate
from tally.expression import Quantity
from tally.language import parse
from tally.solve import claim_constraints, infeasible_subsets, joint_table
from tally.solve.bound import Bound, End
from tally.solve.compiled import Case
from tally.solve.constraint import Constraint
from tally.solve.end_search import NODES, EndSearch, Step, averaged
from tally.solve.fork_pool import side_by_side
from tally.solve.infeasible_subsets import Conflict
from tally.solve.joint_table import JointTable
from tally.solve.lp_bounds import Base, Relaxed
from tally.solve.markov_chain import Walk
from tally.solve.microdata_model import Layout
from tally.solve.minmax_bounds import extreme
from tally.solve.neighbourhood import as_dataset, records
from tally.solve.objective import simplest
from tally.solve.partition import Name, scope
from tally.solve.pool import Pool
from tally.solve.readings import Limits
from tally.solve.search import Search

EFFORT = 2
"""Enough for most ends of a frame like that of 97 cases, in seconds; minutes for the others."""
_WALK = 20_000


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

    def holding(self, cases: Sequence[Case]) -> tuple[str, ...]:
        """Return of each claim the first reading that holds of a dataset."""
        dataset = as_dataset(cases, self.codebook)
        found = (
            next((item.reading.id for item in claim.check(dataset) if item.holds), "")
            for claim in self.claims
        )
        return tuple(found)

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
                up: partial(EndSearch(self, quantity, up, effort).steps, relaxed, end)
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
                closer = relaxed.disjunctive_end(quantity, up, limit, NODES * effort)
                found[up] = limit if closer is None else closer
        return found[False], found[True]

    def closer(
        self, quantity: Quantity, up: bool, limit: Fraction, effort: int = EFFORT
    ) -> Iterator[Step]:
        """Yield closer limits of one end, and datasets nearer to it than any of the pool."""
        relaxed = Relaxed(self.known, [quantity], self.base) if averaged(quantity) else None
        end = self._end(quantity, limit, self.nearest(quantity, up))
        search = EndSearch(self, quantity, up, effort)
        return iter(()) if end.proved else search.steps(relaxed, end)

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


def _open(end: End) -> bool:
    return end.limit is not None and not end.proved


def _turned(value: Fraction | None, sign: int, constant: Fraction) -> Fraction | None:
    return None if value is None else sign * value + constant
