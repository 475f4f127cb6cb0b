"""One range worked out with its ends proved: limits and datasets, nearer and nearer to each other.

The quick means come first: limits from the relaxation, datasets that are known. What they leave
open is worked on side by side, both ends at once: a search by small steps, soon also by large ones,
and towards the end closer limits, by tables of more variables at a time and by whole numbers of
cases. Whatever is found when the time is over is told.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import TypeAlias

from scrlib.auditing.ranges import Bounds
from scrlib.bounding.bounds import averaged, marked
from scrlib.bounding.prover import Prover, report
from tally.dataset import Dataset
from tally.evaluate import evaluate
from tally.expression import Quantity
from tally.solve.compiled import Case
from tally.solve.fork_pool import Aside
from tally.solve.lp_bounds import Relaxed
from tally.solve.neighbourhood import as_dataset

SECONDS = 9.5
_FIRST, _LAST, _NICE = 1.8, 4.0, 5

Side: TypeAlias = tuple[Fraction | None, list[Case] | None]
"""A limit of an end, and a dataset near to it."""


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
        How long to work on it, once there is a model of what is known.
    """
    prover = report()
    return proved(prover, prover.quantity(text, focus), seconds)


def proved(prover: Prover, quantity: Quantity, seconds: float = SECONDS) -> Found:
    """Work out a range and look for datasets at its ends, on two cores.

    Parameters
    ----------
    seconds : float
        For all of it, once there is a model of what is known.

    Notes
    -----
    Closer limits come last because most first limits are already the true ends: what is missing
    is a dataset. Whole numbers ask for what lies beyond the best dataset, so they need it first.
    """
    if averaged(quantity):
        prover.prepare()
    stop = time.monotonic() + seconds
    item = _limits(prover, quantity)
    near = {up: prover.start(quantity, up) for up in (False, True)}
    ends = {up: End(prover, quantity, item, up, cases) for up, cases in near.items() if cases}
    soon, late = time.monotonic() + _FIRST, stop - _LAST
    stages = (
        (soon, partial(End.small, stop=late)),
        (late, partial(End.large, stop=stop)),
        (stop, partial(End.closer, stop=stop)),
    )
    with Aside(lambda up: ends[up].met) as aside:
        for until, means in stages:
            for end in (end for end in ends.values() if not end.met):
                aside.add(end.up, partial(means, end))
            for up, side in aside.results(until):
                ends[up].take(*side)
    return _found(quantity, item, ends)


def _limits(prover: Prover, quantity: Quantity) -> Bounds:
    """Return first limits, each worked out by a process of its own."""
    if not averaged(quantity):
        return prover.limits(quantity)
    model, found = prover.model(quantity), dict[bool, Fraction | None]()
    with Aside(found.__contains__) as aside:
        for up in (False, True):
            aside.add(up, partial(_limit, model, quantity, up))
        found.update(aside.results())
    if None in found.values():
        return Bounds(quantity.text, None, None)
    return Bounds(quantity.text, found[False], found[True])


def _limit(model: Relaxed, quantity: Quantity, up: bool) -> Iterator[Fraction | None]:
    yield model.end(quantity, up)


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

    def take(self, limit: Fraction | None, cases: list[Case] | None) -> None:
        """Take over what was found about this end, where it is nearer."""
        self.item = self.item.closer(self.up, limit)
        value = None if cases is None else self._value(cases)
        if cases is not None and value is not None and self._nearer(value):
            self.cases, self.value = cases, value

    def _nearer(self, value: Fraction) -> bool:
        return self.value is None or (value > self.value if self.up else value < self.value)

    def small(self, stop: float) -> Iterator[Side]:
        """Look for nearer datasets by small steps."""
        return self._go(False, stop - time.monotonic())

    def large(self, stop: float) -> Iterator[Side]:
        """Look for nearer datasets by large steps."""
        return self._go(True, stop - time.monotonic())

    def closer(self, stop: float) -> Iterator[Side]:
        """Look for closer limits: by tables of more variables at a time, then by whole numbers."""
        self.take(self.prover.wide(self.quantity, self.up), None)
        yield self.limit, None
        if self.value is not None and not self.met:
            left = stop - time.monotonic()
            limit = self.prover.in_wholes(self.quantity, self.value, self.up, left)
            yield limit, None

    def _go(self, broad: bool, seconds: float) -> Iterator[Side]:
        if self.limit is None:
            return
        _step_back()
        nearer = self.prover.towards(
            self.quantity, self.limit, self.up, self.cases, seconds, broad
        )  # fmt: skip
        for cases in nearer:
            yield None, cases


def _step_back() -> None:
    """Let other processes go first, as those do that look for limits."""
    if multiprocessing.parent_process() is not None:
        os.nice(_NICE)
