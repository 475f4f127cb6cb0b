"""Ranges with their ends proved: limits from the relaxed model, datasets from a search.

The relaxation says beyond which values no dataset lies; the search looks for datasets that are
there. Where both meet, the end is proved. Where they do not, the true end lies between the limit
and the value nearest to it that a dataset was found to have: the end is *bracketed*.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache

from scrlib import paths
from scrlib.auditing import proof
from scrlib.auditing.claims import Claim, claims
from scrlib.auditing.ranges import Bounds
from scrlib.bounding import pool as kept
from scrlib.bounding.bounds import agrees, averaged, facts, marked
from scrlib.bounding.extremes import extreme
from scrlib.bounding.nearby import Layout, as_dataset
from scrlib.bounding.pool import Pool
from scrlib.bounding.search import SECONDS, Search, goal
from scrlib.counting.quantities import evaluate
from scrlib.data import storage
from scrlib.data.dataset import Dataset
from scrlib.errors import InputError
from scrlib.frame import codebook as frame
from scrlib.frame.language import parse
from scrlib.frame.tree import Quantity
from scrlib.solving import demands
from scrlib.solving.algebra import compares, normal
from scrlib.solving.refute import Stated
from scrlib.solving.relaxed import Base, Relaxed
from scrlib.synthetic.compiled import Case

_MOST_MEMBERS = 40


@dataclass(frozen=True)
class Found:
    """A range, and the datasets that come nearest to its ends.

    Parameters
    ----------
    least, greatest : Fraction or None
        The values that those datasets have: those of the range where it is proved.
    lowest, highest : Dataset or None
        None where no dataset was found in which the quantity is defined.
    """

    range: Bounds
    least: Fraction | None = None
    greatest: Fraction | None = None
    lowest: Dataset | None = None
    highest: Dataset | None = None


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

    @cached_property
    def base(self) -> Base:
        """The relaxed model of what is known."""
        return Base(self.known)

    @cached_property
    def search(self) -> Search:
        """The search among datasets that meet what is known."""
        return Search(self.known, self.layout)

    def agrees(self, made: Dataset) -> bool:
        """Say whether a dataset agrees with the claims, by pandas alone."""
        return agrees(made, self.found, self.without)

    def limits(self, quantity: Quantity, wide: bool = False) -> Bounds:
        """Return the limits that the relaxation gives, neither of them proved.

        Parameters
        ----------
        wide : bool
            Whether to take longer for limits that may be closer.
        """
        if averaged(quantity):
            low, high = Relaxed(self.known, [quantity], self.base, wide).ends(quantity)
        else:
            low, high = extreme(self.known, quantity)
        return Bounds(quantity.text, low, high)

    def closer(self, quantity: Quantity, item: Bounds) -> Bounds:
        """Return a range with limits worked out more closely where they are not proved."""
        plain = all(
            a.function == "count" and not any(compares(normal(a.where, self.known.codebook)))
            for _, a in quantity.terms
        )
        if item.proved or not plain:
            return item
        other = self.limits(quantity, wide=True)
        low, high = item.low, item.high
        if not item.proved_low and low is not None and other.low is not None:
            low = max(low, other.low)
        if not item.proved_high and high is not None and other.high is not None:
            high = min(high, other.high)
        return replace(item, low=low, high=high)

    def _known_to_reach(self, quantity: Quantity, item: Bounds) -> Bounds:
        """Prove ends by datasets of the pool, each checked."""
        values = self.pool.values(quantity)
        for end in {item.low, item.high} - {None}:
            for place in (n for n, value in enumerate(values) if value == end):
                made = self.pool.dataset(place)
                if self.agrees(made):
                    item = marked(quantity, item, made)
                    break
        return item

    def prove(self, quantity: Quantity, seconds: float = 2 * SECONDS) -> Found:
        """Work out a range and look for datasets at its ends.

        Parameters
        ----------
        seconds : float
            For all of it; limits are worked out however long it takes.
        """
        stop = time.monotonic() + seconds
        item = self._known_to_reach(quantity, self.limits(quantity))
        item = self.closer(quantity, item)
        ends: dict[bool, tuple[Fraction | None, Dataset | None]] = {}
        for up in (False, True):
            left = (stop - time.monotonic()) / (1 if up else 2)
            ends[up] = self._nearest(quantity, item.high if up else item.low, up, left)
            made = ends[up][1]
            if made is not None:
                item = marked(quantity, item, made)
        return Found(item, ends[False][0], ends[True][0], ends[False][1], ends[True][1])

    def _nearest(
        self, quantity: Quantity, end: Fraction | None, up: bool, seconds: float
    ) -> tuple[Fraction | None, Dataset | None]:
        """Return the value nearest to an end that a dataset was found to have, and the dataset."""
        values = self.pool.values(quantity)
        for start in self.order(values, up):
            made = self.pool.dataset(start)
            if self.agrees(made):
                if end is None or values[start] == end or seconds <= 0:
                    return values[start], made
                for cases in self.towards(quantity, end, up, self.pool.datasets[start], seconds):
                    nearer = as_dataset(cases, self.known.codebook)
                    made = nearer if self.agrees(nearer) else made
                return evaluate(quantity, made), made
        return None, None

    def start(self, quantity: Quantity, up: bool) -> list[Case] | None:
        """Return the dataset of the pool that is nearest to an end."""
        order = self.order(self.pool.values(quantity), up)
        return self.pool.datasets[order[0]] if order else None

    @staticmethod
    def order(values: Sequence[Fraction | None], up: bool) -> list[int]:
        """Return the places of values, the nearest to an end first."""
        known = [(value, n) for n, value in enumerate(values) if value is not None]
        return [n for _, n in sorted(known, key=lambda pair: (pair[0], -pair[1]), reverse=up)]

    def towards(
        self, quantity: Quantity, end: Fraction, up: bool, start: Sequence[Case], seconds: float
    ) -> Iterator[list[Case]]:
        """Yield datasets nearer and nearer to an end."""
        wanted = goal(quantity, end, up, self.known)
        if wanted is not None:
            yield from self.search.reach(wanted, start, seconds)


# -- the report ----------------------------------------------------------------


@lru_cache(maxsize=1)
def report() -> Prover:
    """Return what the report says, but for what it rules out itself, and the pool that is kept.

    Raises
    ------
    InputError
        If it is not known what print rules out.
    """
    book = frame.load()
    found, without = claims(book), proof.ruled_out(proof.load())
    if not without:
        raise InputError("There are no proofs yet: what print rules out must be known first.")
    pool = kept.with_dataset(kept.read(book), storage.read(paths.SYNTHETIC))
    raw = demands.read()["layout"]
    most = {
        unit: len(book.variables[raw["each"][unit]].codes) if unit in raw["each"] else _MOST_MEMBERS
        for unit in book.units if unit != book.root.name
    }  # fmt: skip
    layout = Layout(most, raw["each"], raw["usual"])
    return Prover(facts(found, book, without), found, without, pool, layout)


def prove(text: str, focus: int | None = None, seconds: float = 2 * SECONDS) -> Found:
    """Work out the range of a quantity over all datasets that agree with print.

    Parameters
    ----------
    text : str
        In the language of quantities.
    focus : int, optional
        The study for which `focus` stands; the newest if None.
    seconds : float
        How long to look for datasets at its ends.
    """
    prover = report()
    book = prover.known.codebook
    year = focus if focus is not None else book.studies[-1].study
    return prover.prove(parse(text, book, year), seconds)
