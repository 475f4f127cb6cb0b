"""One range worked out with its ends proved: limits and datasets, nearer and nearer to each other.

The quick means come first: limits from the relaxation, datasets that are known. What they leave
open is worked on at two cores: a search for nearer datasets, tables of more variables at a time,
and whole numbers of cases. Whatever is found when the time is over is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import TypeAlias

from scrlib.auditing.ranges import Bounds
from scrlib.bounding.aside import each
from scrlib.bounding.bounds import marked
from scrlib.bounding.descent import Descent
from scrlib.bounding.nearby import as_dataset
from scrlib.bounding.prover import Prover, report
from scrlib.bounding.search import goal
from scrlib.counting.quantities import evaluate
from scrlib.data.dataset import Dataset
from scrlib.frame.language import parse
from scrlib.frame.tree import Quantity
from scrlib.synthetic.compiled import Case

SECONDS = 7.0
_FIRST, _WHOLES, _LAST = 1.5, 4.0, 2.5

Side: TypeAlias = tuple[bool, Fraction | None, list[Case] | None]
"""Whether it is the greatest value, a limit of it, and a dataset near to it."""


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


def prove(text: str, focus: int | None = None, seconds: float = SECONDS) -> Found:
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
    return proved(prover, parse(text, book, year), seconds)


def proved(prover: Prover, quantity: Quantity, seconds: float = SECONDS) -> Found:
    """Work out a range and look for datasets at its ends, on two cores.

    Parameters
    ----------
    seconds : float
        For what follows the first limits; one step more may be taken.
    """
    stop = time.monotonic() + seconds
    item = prover.known_to_reach(quantity, prover.limits(quantity))
    near = {up: prover.start(quantity, up) for up in (False, True)}
    ends = {up: End(prover, quantity, item, up, cases) for up, cases in near.items() if cases}
    left = [end for end in ends.values() if not end.met]
    jobs = [partial(end.work, stop - _LAST) for end in left]
    if len(left) == 1:
        jobs.append(partial(left[0].look, stop - _LAST))
    _taken(ends, jobs)
    _taken(ends, [partial(end.whole, stop) for end in left if not end.met])
    return _found(quantity, item, ends)


def _taken(ends: Mapping[bool, End], jobs: Sequence[Callable[[], Side]]) -> None:
    """Let ends take over what jobs find, until nothing is left to find."""
    for side in each(jobs):
        ends[side[0]].take(*side)
        if all(end.met for end in ends.values()):
            return


def _found(quantity: Quantity, item: Bounds, ends: Mapping[bool, End]) -> Found:
    made = {up: as_dataset(end.cases, end.prover.known.codebook) for up, end in ends.items()}
    for up, end in ends.items():
        item = item.closer(up, end.limit)
    for dataset in made.values():
        item = marked(quantity, item, dataset)
    values = {up: evaluate(quantity, dataset) for up, dataset in made.items()}
    return Found(
        item, values.get(False), values.get(True), made.get(False), made.get(True)
    )  # fmt: skip


class End:
    """One end of a range: a limit, and a dataset that comes near to it.

    Parameters
    ----------
    item : Bounds
        The range as far as it is known.
    up : bool
        Whether it is the greatest value.
    cases : list of Case
        A dataset that agrees with print.
    """

    def __init__(
        self, prover: Prover, quantity: Quantity, item: Bounds, up: bool, cases: list[Case]
    ) -> None:  # fmt: skip
        self.prover, self.quantity, self.item, self.up = prover, quantity, item, up
        self.cases, self.value = cases, self._value(cases)

    def _value(self, cases: list[Case]) -> Fraction | None:
        return evaluate(self.quantity, as_dataset(cases, self.prover.known.codebook))

    @property
    def limit(self) -> Fraction | None:
        """The value beyond which no dataset lies."""
        return self.item.end(self.up)

    @property
    def met(self) -> bool:
        """Whether the dataset has the value of the limit; there is nothing more to do."""
        return self.limit is None or self.value == self.limit

    def take(self, up: bool, limit: Fraction | None, cases: list[Case] | None) -> None:
        """Take over what was found about this end, where it is nearer."""
        assert up == self.up
        self.item = self.item.closer(up, limit)
        value = None if cases is None else self._value(cases)
        if cases is not None and value is not None and self._nearer(value):
            self.cases, self.value = cases, value

    def _nearer(self, value: Fraction) -> bool:
        return self.value is None or (value > self.value if self.up else value < self.value)

    def work(self, stop: float) -> Side:
        """Bring limit and dataset nearer to each other by all means, the quick ones first."""
        hunt = self._hunt(0)
        self._go(hunt, min(_FIRST, stop - time.monotonic()))
        if not self.met:
            self.item = self.item.closer(self.up, self.prover.wide(self.quantity, self.up))
        if not self.met:
            self.whole(min(stop, time.monotonic() + _WHOLES))
        self._go(hunt, stop - time.monotonic())
        return self.up, self.limit, self.cases

    def look(self, stop: float) -> Side:
        """Look for a nearer dataset by another way than `work` does."""
        self._go(self._hunt(1), stop - time.monotonic())
        return self.up, self.limit, self.cases

    def whole(self, stop: float) -> Side:
        """Look for a closer limit by whole numbers."""
        if self.value is not None:
            left = stop - time.monotonic()
            limit = self.prover.in_wholes(self.quantity, self.value, self.up, left)
            self.item = self.item.closer(self.up, limit)
        return self.up, self.limit, self.cases

    def _hunt(self, seed: int) -> Descent | None:
        if self.limit is None:
            return None
        wanted = goal(self.quantity, self.limit, self.up, self.prover.known)
        return None if wanted is None else Descent(self.prover.search, wanted, self.cases, seed)

    def _go(self, hunt: Descent | None, seconds: float) -> None:
        """Search on; what is found is believed once pandas agrees."""
        if hunt is None or self.limit is None or self.met:
            return
        wanted = goal(self.quantity, self.limit, self.up, self.prover.known)
        assert wanted is not None
        hunt.aim(wanted)
        for cases in [*hunt.go(seconds)][::-1]:
            if self.prover.agrees(as_dataset(cases, self.prover.known.codebook)):
                self.take(self.up, None, cases)
                return
