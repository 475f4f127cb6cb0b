"""Ranges with their ends proved: limits from the relaxed model, datasets from a search.

The relaxation says beyond which values no dataset lies; the search looks for datasets that are
there. Where both meet, the end is proved. Where they do not, the true end lies between the limit
and the value nearest to it that a dataset was found to have: the end is *bracketed*.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache

from scrlib import paths
from scrlib.auditing import proof, ranges
from scrlib.auditing.claims import claims
from scrlib.auditing.ranges import Bounds
from scrlib.bounding.bounds import agrees, averaged, facts
from scrlib.report import coding_frame, read_dataset
from scrlib.solving import consistency
from tally.claims import Claim
from tally.dataset import Dataset
from tally.errors import InputError
from tally.evaluate import evaluate
from tally.expression import Quantity
from tally.language import parse
from tally.solve import integer_bounds as wholes
from tally.solve import pool as kept
from tally.solve.algebra import compares, normal
from tally.solve.compiled import Case
from tally.solve.infeasible_subsets import Stated
from tally.solve.large_neighbourhood import Descent
from tally.solve.lp_bounds import Base, Relaxed
from tally.solve.minmax_bounds import extreme
from tally.solve.neighbourhood import Layout, as_dataset
from tally.solve.objective import Goal, goal
from tally.solve.pool import Pool
from tally.solve.search import Search

_MOST_MEMBERS = 40


class Prover:
    """What is known, and datasets that agree with it.

    Parameters
    ----------
    known : Stated
    found : sequence of Claim
        The claims with which a dataset must agree; pandas checks it.
    without : collection of str
        Ids of claims that are left aside.
    pool : Pool
        Datasets to set out from. They are checked before anything is said to be proved by them.
    """

    def __init__(
        self, known: Stated, found: Sequence[Claim], without: Collection[str], pool: Pool,
        layout: Layout,
    ) -> None:  # fmt: skip
        self.known, self.found, self.without = known, found, frozenset(without)
        self.pool, self.layout = pool, layout
        self._last: tuple[Quantity, Relaxed] | None = None

    @cached_property
    def base(self) -> Base:
        """The relaxed model of what is known."""
        return Base(self.known)

    @cached_property
    def search(self) -> Search:
        """The search among datasets that meet what is known."""
        return Search(self.known, self.layout)

    def prepare(self) -> None:
        """Make what does not depend on a quantity, rather than when it is first needed."""
        _ = self.base, self.search

    def quantity(self, text: str, focus: int | None = None) -> Quantity:
        """Return a quantity from its text; `focus` stands for the newest study if None."""
        book = self.known.codebook
        return parse(text, book, focus if focus is not None else book.studies[-1].study)

    def agrees(self, made: Dataset) -> bool:
        """Say whether a dataset agrees with the claims, by pandas alone."""
        return agrees(made, self.found, self.without)

    def model(self, quantity: Quantity) -> Relaxed:
        """Return the relaxed model for a quantity; the last one is kept."""
        if self._last is None or self._last[0] != quantity:
            self._last = quantity, Relaxed(self.known, [quantity], self.base)
        return self._last[1]

    def limits(self, quantity: Quantity) -> Bounds:
        """Return the limits that the relaxation gives, neither of them proved."""
        if averaged(quantity):
            low, high = self.model(quantity).ends(quantity)
        else:
            low, high = extreme(self.known, quantity)
        return Bounds(quantity.text, low, high)

    def closer(self, quantity: Quantity, item: Bounds) -> Bounds:
        """Return a range with limits worked out more closely where they are not proved."""
        for up in (False, True):
            if item.end(up) is not None and not item.reached(up):
                item = item.closer(up, self.wide(quantity, up))
        return item

    def wide(self, quantity: Quantity, up: bool) -> Fraction | None:
        """Return a limit from tables of more variables at a time, where that can be closer."""
        plain = all(
            a.function in ("count", "percent")
            and not any(compares(normal(a.where, self.known.codebook)))
            for _, a in quantity.terms
        )
        if not plain:
            return None
        return Relaxed(self.known, [quantity], self.base, wide=True).end(quantity, up)

    def in_wholes(
        self, quantity: Quantity, value: Fraction, up: bool, seconds: float
    ) -> Fraction | None:
        """Return a limit from whole numbers of cases: `value` if nothing can lie beyond it."""
        if not averaged(quantity) or seconds <= 0:
            return None
        return wholes.limit(self.model(quantity), quantity, value, up, seconds)

    def start(self, quantity: Quantity, up: bool) -> list[Case] | None:
        """Return the dataset of the pool that is nearest to an end, if it agrees with print."""
        for place in self.order(self.pool.values(quantity), up):
            if self.agrees(self.pool.dataset(place)):
                return self.pool.datasets[place]
        return None

    @staticmethod
    def order(values: Sequence[Fraction | None], up: bool) -> list[int]:
        """Return the places of values, the nearest to an end first."""
        known = [(value, n) for n, value in enumerate(values) if value is not None]
        return [n for _, n in sorted(known, key=lambda pair: (pair[0], -pair[1]), reverse=up)]

    def towards(
        self, quantity: Quantity, end: Fraction, up: bool, start: Sequence[Case], seconds: float,
        broad: bool = False,
    ) -> Iterator[list[Case]]:  # fmt: skip
        """Yield datasets nearer and nearer to an end; each agrees with the claims, by pandas.

        Parameters
        ----------
        start : sequence of Case
            Agrees with the claims.
        broad : bool
            See `tally.solve.large_neighbourhood.Descent`.
        """
        wanted = self._goal(quantity, end, up, start)
        if wanted is None:
            return
        hunt = Descent(self.search, wanted, start, broad)
        for cases in hunt.go(seconds):
            if self.agrees(as_dataset(cases, self.known.codebook)):
                yield cases
                hunt.aim(self._goal(quantity, end, up, cases) or wanted)

    def _goal(
        self, quantity: Quantity, end: Fraction, up: bool, cases: Sequence[Case]
    ) -> Goal | None:
        """Return how an end is reached from a dataset; of a ratio, how the dataset is passed."""
        found = goal(quantity, end, up, self.known)
        if found is None or not found.ratio:
            return found
        value = evaluate(quantity, as_dataset(cases, self.known.codebook))
        return found if value is None else goal(quantity, value, up, self.known)


# -- the report ----------------------------------------------------------------


@lru_cache(maxsize=1)
def report() -> Prover:
    """Return what the report says, but for what it rules out itself, and the pool that is kept.

    Raises
    ------
    InputError
        If it is not known what print rules out.
    """
    book = coding_frame()
    found, without = claims(book), proof.ruled_out(proof.load())
    if not without:
        raise InputError("There are no proofs yet: what print rules out must be known first.")
    pool = kept.with_dataset(kept.read(book, ranges.WITNESSES), read_dataset(paths.SYNTHETIC))
    raw = consistency.read()["layout"]
    most = {
        unit: len(book.variables[raw["each"][unit]].codes) if unit in raw["each"] else _MOST_MEMBERS
        for unit in book.units if unit != book.root.name
    }  # fmt: skip
    layout = Layout(most, raw["each"], raw["usual"])
    return Prover(facts(found, book, without), found, without, pool, layout)
