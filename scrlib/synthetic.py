"""Synthetic datasets that agree with the report: the first one solved, more by random walks.

What a walk visits is not a probability distribution over what might be true, and its spread is no
range: it only shows that the printed numbers leave room.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from scrlib import consistency
from scrlib.report import coding_frame
from tally.claims import Claim
from tally.dataset import SYNTHETIC, Dataset, Meta
from tally.errors import BuildError
from tally.solve import claim_constraints
from tally.solve.first_dataset import first_dataset
from tally.solve.markov_chain import Walk

STEPS = 15_000
"""Of a walk between two datasets that it finds."""
APART = 20_000
"""Of a walk of its own: after so many, cases differ as far as walks ever take them, nearly."""
_LOOSEN, _TRIES = 6, 20
META = Meta(
    "Synthetic dataset solved from the printed report", SYNTHETIC, "2009 to 2016",
    "none: no real cases are described",
)  # fmt: skip


def solved(claims: Sequence[Claim], seed: int, ruled_out: Collection[str] = ()) -> Dataset:
    """Solve a dataset from the claims alone; where words can be read in several ways, in one.

    Parameters
    ----------
    ruled_out : collection of str
        Ids of claims and readings that the report itself rules out.
    """
    codebook, named = coding_frame(), consistency.read().layout.readings
    wanted = claim_constraints.followed(claims, named, ruled_out)
    rules = consistency.rules(codebook, "meaning", "plausible")
    stated = claim_constraints.state([*wanted, *rules], codebook)
    made = first_dataset(codebook, stated.rows, consistency.layout(), seed)
    return replace(made, meta=META)


class Ensemble:
    """The datasets that walks from one dataset find.

    Parameters
    ----------
    start : Dataset
    claims : sequence of Claim
        Of these, every one that holds on the start, in some reading, holds on all.
    seed : int
    """

    def __init__(self, start: Dataset, claims: Sequence[Claim], seed: int) -> None:
        self.seed = seed
        self.holding = [c for c in claims if any(item.holds for item in c.check(start))]
        rules = consistency.rules(start.codebook, "meaning", "plausible")
        known = claim_constraints.known(self.holding, start.codebook, rules)
        self.walk = Walk(start, known.rows, seed, consistency.layout(), known.statements)

    def next(self, steps: int = STEPS) -> Dataset:
        """Walk on, until claims that no row can state hold as well."""
        for _ in range(_TRIES):
            self.walk.walk(steps)
            made = self.walk.dataset()
            if all(any(item.holds for item in claim.check(made)) for claim in self.holding):
                return made
        raise BuildError("The walk found no further dataset in which every claim holds.")

    def apart(self, number: int, steps: int = APART) -> Dataset:
        """Return the dataset of a number, by a walk of its own, whichever was asked for before."""
        self.walk.restart(f"{self.seed}:{number}")
        return self.next(steps)


def draw(
    start: Dataset, claims: Sequence[Claim], number: int, seed: int, steps: int = STEPS
) -> Iterator[Dataset]:
    """Yield so many datasets, each some steps of a walk from the one before."""
    found = Ensemble(start, claims, seed)
    return (found.next(steps) for _ in range(number))


def first(
    claims: Sequence[Claim], seed: int, *, start: Dataset | None = None,
    ruled_out: Collection[str] = (),
) -> Dataset:  # fmt: skip
    """Return the first dataset of a seed: by a walk from a start, or solved anew and loosened."""
    if start is not None:
        return next(draw(start, claims, 1, seed))
    made = solved(claims, seed, ruled_out)
    # The readings by which it was solved stay true of it, as the file says that they do.
    return next(draw(made, _in_one_reading(claims, made), 1, seed, _LOOSEN * STEPS))


def _in_one_reading(claims: Sequence[Claim], dataset: Dataset) -> list[Claim]:
    """Return claims by the readings that hold: those the layout names, or else the first."""
    named, found = consistency.read().layout.readings, list[Claim]()
    for claim in claims:
        holding = [item.reading for item in claim.check(dataset) if item.holds]
        wanted = [item for item in holding if item.id in named] or holding[:1]
        found += [replace(claim, id=item.id, readings=(item,)) for item in wanted]
    return found
