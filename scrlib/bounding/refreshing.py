"""All ranges that the book shows, worked out again: limits first, then datasets at their ends."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TypeAlias

from scrlib.auditing import ranges
from scrlib.auditing.ranges import Bounds
from scrlib.bounding import bounds
from scrlib.bounding.prover import Prover, report
from scrlib.solving.consistency import read
from tally.expression import Quantity
from tally.solve import pool as kept
from tally.solve.compiled import Case
from tally.solve.markov_chain import Walk
from tally.solve.neighbourhood import as_dataset, records
from tally.solve.objective import Goal, goal
from tally.solve.pool import Pool

MINUTES, SECONDS = 15.0, 8.0
_WALKED, _APART = 300, 1_500
_AHEAD = 3
_SAVED, _WHOLES = 60.0, 4.0
_TOGETHER, _AT_ONCE, _IDLE = 8, 8.0, 4
_SMALL = 0.2


def refresh(
    asked: Iterable[str] = (), *, minutes: float = MINUTES, seconds: float = SECONDS,
    workers: int = 2, go_on: bool = False, path: Path = ranges.FILE,
    witnesses: Path = ranges.WITNESSES,
) -> Iterator[str]:  # fmt: skip
    """Work out again the ranges of every quantity in the file, and of others asked for.

    What is found is written every minute, so that a run that is broken off, or that ends with its
    time, can be taken up.

    Parameters
    ----------
    asked : iterable of str
        Further quantities, such as those for which chapters ask.
    minutes : float
        How long to look for datasets at ends that are not proved, once all limits are known.
    seconds : float
        The most for one end.
    go_on : bool
        Whether limits in the file are taken as they are: what print says must be what it was then.

    Yields
    ------
    str
        How far it has come.
    """
    prover = report()
    book = prover.known.codebook
    texts = [*(item.quantity for item in ranges.read(path)), *asked]
    quantities = bounds.unique(texts, book, book.studies[-1].study)
    with ProcessPoolExecutor(workers) as executor:
        old = {item.quantity: item for item in ranges.read(path)} if go_on else {}
        new = [item.text for item in quantities if item.text not in old]
        old |= zip(new, executor.map(_limits, new, chunksize=10), strict=True)
        found = [replace(old[q.text], proved_low=False, proved_high=False) for q in quantities]
        yield f"{len(found)} ranges, {len(new)} of them anew"
        by_pool(prover, quantities, found)
        if not go_on:
            by_walk(prover, quantities, found)
        yield f"{sum(1 for _ in _unproved(found))} of {2 * len(found)} ends not proved"
        saved, sixth = 0.0, 60 * minutes / 6
        stop = time.monotonic() + 60 * minutes
        steps = chain(
            by_groups(prover, quantities, found, sixth, executor),
            closer(prover, quantities, found, 2 * sixth, executor),
            by_groups(prover, quantities, found, sixth, executor),
            by_search(prover, quantities, found, seconds, stop, executor),
        )
        for left in steps:
            if time.monotonic() - saved > _SAVED:
                _save(prover, quantities, found, path, witnesses)
                saved = time.monotonic()
                yield f"{left} of {2 * len(found)} ends not proved, {len(prover.pool)} datasets"
    _save(prover, quantities, found, path, witnesses)
    yield f"{sum(1 for _ in _unproved(found))} of {2 * len(found)} ends not proved"


def _save(
    prover: Prover, quantities: Sequence[Quantity], found: Sequence[Bounds], path: Path,
    witnesses: Path,
) -> None:  # fmt: skip
    """Write ranges and the datasets that prove their ends, without those that none needs."""
    anew = [replace(item, proved_low=False, proved_high=False) for item in found]
    used = by_pool(prover, quantities, anew)
    own = prover.pool.datasets[1:]
    kept.write(Pool(prover.known.codebook, [own[n - 1] for n in used if n]), witnesses)
    ranges.write(anew, path)


def _limits(text: str) -> Bounds:
    prover = report()
    return prover.limits(prover.quantity(text))


def closer(
    prover: Prover, quantities: Sequence[Quantity], found: list[Bounds], seconds: float,
    executor: ProcessPoolExecutor,
) -> Iterator[int]:  # fmt: skip
    """Work out limits more closely where they are not proved, for so long; yield the ends left."""
    stop = time.monotonic() + seconds
    left = list({n for n, _, _ in _unproved(found)})
    random.Random(len(prover.pool)).shuffle(left)
    running: dict[Future[Bounds], int] = {}
    while left or running:
        while left and len(running) < _AHEAD:
            n = left.pop()
            if time.monotonic() < stop:
                values = [v for v in prover.pool.values(quantities[n]) if v is not None]
                near = (min(values), max(values)) if values else None
                running[executor.submit(_closer, found[n], near)] = n
        for task in wait(running, return_when=FIRST_COMPLETED)[0] if running else ():
            found[running.pop(task)] = task.result()
        yield sum(1 for _ in _unproved(found))
    by_pool(prover, quantities, found)


def _closer(item: Bounds, near: tuple[Fraction, Fraction] | None) -> Bounds:
    """Work out limits more closely: by wider tables, and then by whole numbers.

    Parameters
    ----------
    near : tuple of Fraction, optional
        The least and the greatest value that a dataset has.
    """
    prover = report()
    quantity = prover.quantity(item.quantity)
    item = prover.closer(quantity, item)
    for up in (False, True):
        if near is not None and not item.reached(up) and item.end(up) != near[up]:
            item = item.closer(up, prover.in_wholes(quantity, near[up], up, _WHOLES))
    return item


def _unproved(found: Sequence[Bounds]) -> Iterator[tuple[int, bool, Fraction]]:
    for n, item in enumerate(found):
        for up in (False, True):
            end = item.end(up)
            if end is not None and not item.reached(up):
                yield n, up, end


def by_pool(prover: Prover, quantities: Sequence[Quantity], found: list[Bounds]) -> list[int]:
    """Prove what datasets of the pool reach; return the places of those that were needed."""
    good: dict[int, bool] = {}
    used: set[int] = set()
    for n, up, end in list(_unproved(found)):
        if found[n].reached(up):
            continue
        values = prover.pool.values(quantities[n])
        for place in sorted((p for p, value in enumerate(values) if value == end),
                            key=lambda p: p not in used):  # fmt: skip
            made = prover.pool.dataset(place)
            if place not in good:
                good[place] = prover.agrees(made)
            if good[place]:
                found[n] = bounds.marked(quantities[n], found[n], made)
                used.add(place)
                break
    return sorted(used)


def by_walk(prover: Prover, quantities: Sequence[Quantity], found: list[Bounds]) -> None:
    """Prove ends that a random walk comes across; it is cheap, and most of them are nought."""
    start = prover.pool.dataset(0)
    walk = Walk(start, prover.known.rows, len(prover.pool), {**read()["layout"], "strata": ()})
    for _ in range(_WALKED):
        walk.walk(_APART)
        taken(prover, quantities, found, records(walk.dataset()))


End: TypeAlias = tuple[str, bool, Fraction]
"""A quantity, whether it is the greatest value, and that value."""


def _together(ends: list[End], free: frozenset[str], start: list[Case]) -> list[Case] | None:
    """Search for several ends at once, in another process."""
    prover = report()
    goals = [_goal(prover, *end) for end in ends]
    return prover.search.together([g for g in goals if g is not None], free, start, _AT_ONCE)


def _goal(prover: Prover, text: str, up: bool, end: Fraction) -> Goal | None:
    return goal(prover.quantity(text), end, up, prover.known)


def by_groups(
    prover: Prover, quantities: Sequence[Quantity], found: list[Bounds], seconds: float,
    executor: ProcessPoolExecutor,
) -> Iterator[int]:  # fmt: skip
    """Look for datasets that reach several ends at once; yield how many ends are left.

    Ends go together if they can be reached by a change of the same variables. A group is left
    when several tries in a row gained nothing.
    """
    stop, draw = time.monotonic() + seconds, random.Random(len(prover.pool))
    groups = _groups(prover, quantities, found)
    idle = dict.fromkeys(groups, 0)
    running: dict[Future[list[Case] | None], frozenset[str]] = {}
    while time.monotonic() < stop or running:
        for free in groups:
            groups[free] = [item for item in groups[free] if not found[item[0]].reached(item[1])]
        open_ = [free for free in groups if groups[free] and idle[free] < _IDLE]
        while open_ and len(running) < _AHEAD and time.monotonic() < stop:
            (free,) = draw.choices(open_, [len(groups[free]) for free in open_])
            chosen = draw.sample(groups[free], min(_TOGETHER, len(groups[free])))
            ends = [(quantities[n].text, up, end) for n, up, end in chosen]
            start = prover.start(quantities[chosen[0][0]], chosen[0][1])
            if start is None:
                idle[free] = _IDLE
                break
            running[executor.submit(_together, ends, free, start)] = free
        if not running:
            break
        for task in wait(running, return_when=FIRST_COMPLETED)[0]:
            free, cases = running.pop(task), task.result()
            news = cases is not None and taken(prover, quantities, found, cases)
            idle[free] = 0 if news else idle[free] + 1
            yield sum(1 for _ in _unproved(found))


def _groups(
    prover: Prover, quantities: Sequence[Quantity], found: Sequence[Bounds]
) -> dict[frozenset[str], list[tuple[int, bool, Fraction]]]:
    groups: dict[frozenset[str], list[tuple[int, bool, Fraction]]] = {}
    for n, up, end in _unproved(found):
        wanted = goal(quantities[n], end, up, prover.known)
        if wanted is not None and wanted.base is None:
            for free in prover.search.alone(wanted):
                groups.setdefault(free, []).append((n, up, end))
    return groups


def _task(
    text: str, up: bool, end: Fraction, start: list[Case], seconds: float
) -> list[Case] | None:
    """Search in another process."""
    prover, known = report(), start
    quantity = prover.quantity(text)
    for broad, share in ((False, _SMALL), (True, 1 - _SMALL)):
        for cases in prover.towards(quantity, end, up, known, seconds * share, broad):
            known = cases
    return None if known is start else known


def by_search(
    prover: Prover, quantities: Sequence[Quantity], found: list[Bounds], seconds: float,
    stop: float, executor: ProcessPoolExecutor,
) -> Iterator[int]:  # fmt: skip
    """Look for datasets at every end that is not proved; yield how many are left now and then.

    What is found joins the pool of `prover`, and proves whatever ends it reaches.

    Parameters
    ----------
    seconds : float
        For each end.
    stop : float
        No search sets out later, by the clock that only runs forward.
    """
    left = list(_unproved(found))
    # A run that takes up another one tries the ends in another order.
    random.Random(len(prover.pool)).shuffle(left)
    running: set[Future[list[Case] | None]] = set()
    while left or running:
        while left and len(running) < _AHEAD:
            n, up, end = left.pop()
            start = prover.start(quantities[n], up)
            if start is not None and not found[n].reached(up) and time.monotonic() < stop:
                text = quantities[n].text
                running.add(executor.submit(_task, text, up, end, start, seconds))
        done, running = wait(running, return_when=FIRST_COMPLETED) if running else (set(), running)
        for task in done:
            cases = task.result()
            if cases is not None:
                taken(prover, quantities, found, cases)
            yield sum(1 for _ in _unproved(found))


def taken(
    prover: Prover, quantities: Sequence[Quantity], found: list[Bounds], cases: list[Case]
) -> bool:
    """Keep a dataset if it agrees with print and reaches ends that none reached before."""
    made = as_dataset(cases, prover.known.codebook)
    if not prover.agrees(made):
        return False
    news = False
    for n in {n for n, _, _ in _unproved(found)}:
        item = bounds.marked(quantities[n], found[n], made)
        news = news or item != found[n]
        found[n] = item
    if news:
        prover.pool = prover.pool.more(cases)
    return news
