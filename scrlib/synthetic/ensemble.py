"""Many datasets that agree with print, by random walks that keep every claim.

What a walk visits is not a probability distribution over what might be true, and the spread it
shows is not a bound (`scrlib.bounding.bounds`): it only shows that the printed numbers leave room.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from scrlib.report import coding_frame
from scrlib.solving import consistency
from scrlib.synthetic.synthesis import synthesise
from tally.claims import Claim
from tally.dataset import Dataset
from tally.errors import BuildError
from tally.solve import claim_constraints
from tally.solve.constraint import Row
from tally.solve.markov_chain import Walk

STEPS = 15_000
"""Of a walk between two datasets that it finds."""
APART = 20_000
"""Of a walk of its own: after so many, cases differ as far as walks ever take them, nearly."""
_LOOSEN = 6


def rows_of(claims: Sequence[Claim], dataset: Dataset) -> list[Row]:
    """Return rows for every claim, by readings that hold on a dataset, and for the rules."""
    wanted = consistency.read()["layout"]["readings"]
    found = []
    for claim in claims:
        holding = [item.reading for item in claim.check(dataset) if item.holds]
        named = [item for item in holding if item.id in wanted]
        found += [claim_constraints.demand(item) for item in named or holding[:1]]
    codebook = dataset.codebook
    every = [item for item in found if item is not None]
    return list(
        claim_constraints.stated(
            [*every, *consistency.rules(codebook, "meaning", "plausible")], codebook
        ).rows
    )


def draw(
    start: Dataset, claims: Sequence[Claim], number: int, seed: int, steps: int = STEPS
) -> Iterator[Dataset]:
    """Yield datasets in which every claim holds that holds on the first.

    Parameters
    ----------
    start : Dataset
    number : int
        How many.
    seed : int
        The same seed gives the same datasets.
    steps : int
        Steps of the walk between two of them.
    """
    found = Ensemble(start, claims, seed)
    for _ in range(number):
        yield found.next(steps)


class Ensemble:
    """The datasets that walks from one dataset find.

    Parameters
    ----------
    start : Dataset
    claims : sequence of Claim
        Of these, every one that holds on the start holds on all.
    seed : int
    """

    def __init__(self, start: Dataset, claims: Sequence[Claim], seed: int) -> None:
        self.seed = seed
        self.walk = Walk(start, rows_of(claims, start), seed, consistency.read()["layout"])
        self.holding = [c for c in claims if any(item.holds for item in c.check(start))]

    def next(self, steps: int = STEPS) -> Dataset:
        """Walk on, until claims that no row can state hold as well."""
        for _ in range(20):
            self.walk.walk(steps)
            made = self.walk.dataset()
            if all(any(item.holds for item in claim.check(made)) for claim in self.holding):
                return made
        raise BuildError("The walk found no further dataset in which every claim holds.")

    def apart(self, number: int, steps: int = APART) -> Dataset:
        """Return the dataset of a number, by a walk of its own, whichever was asked for before."""
        self.walk.restart(f"{self.seed}:{number}")
        return self.next(steps)


def make(
    claims: Sequence[Claim], seed: int, number: int = 1, *, start: Dataset | None = None,
    aside: Collection[str] = (), steps: int = STEPS,
) -> Iterator[Dataset]:  # fmt: skip
    """Yield synthetic datasets: what `scr synthesise` writes.

    Parameters
    ----------
    start : Dataset, optional
        Where the walk starts, most often the dataset that ships: then the same seed gives the same
        datasets. Without it a first one is solved and loosened by a long walk.
    aside : collection of str
        Ids of claims and readings that print itself rules out.
    """
    if start is not None:
        yield from draw(start, claims, number, seed, steps)
        return
    solved, _ = synthesise(coding_frame(), claims, seed, aside)
    first = next(draw(solved, claims, 1, seed, _LOOSEN * steps))
    yield first
    if number > 1:
        yield from draw(first, claims, number - 1, seed, steps)
