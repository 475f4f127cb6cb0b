"""All ranges that the book shows, worked out again: limits first, then datasets at their ends."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from scrlib.bounding import bounds
from scrlib.bounding import pool as kept
from scrlib.bounding.bounds import Bounds
from scrlib.bounding.nearby import as_dataset
from scrlib.bounding.pool import Pool
from scrlib.bounding.prover import Prover, report
from scrlib.bounding.search import SECONDS
from scrlib.frame.language import parse
from scrlib.frame.tree import Quantity
from scrlib.synthetic.compiled import Case

MINUTES = 15.0
_AHEAD = 3
_SAVED = 60.0


def refresh(
    asked: Iterable[str] = (), *, minutes: float = MINUTES, seconds: float = SECONDS,
    workers: int = 2, go_on: bool = False, path: Path = bounds.FILE,
    witnesses: Path = kept.FILE,
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
    texts = [*(item.quantity for item in bounds.ranges(path)), *asked]
    quantities = bounds.unique(texts, book, book.studies[-1].study)
    with ProcessPoolExecutor(workers) as executor:
        old = {item.quantity: item for item in bounds.ranges(path)} if go_on else {}
        new = [item.text for item in quantities if item.text not in old]
        old |= zip(new, executor.map(_limits, new, chunksize=10), strict=True)
        found = [replace(old[q.text], proved_low=False, proved_high=False) for q in quantities]
        yield f"{len(found)} ranges, {len(new)} of them anew"
        by_pool(prover, quantities, found)
        saved = 0.0
        for left in by_search(prover, quantities, found, seconds, minutes, executor):
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
    bounds.write(anew, path)


def _limits(text: str) -> Bounds:
    prover = report()
    book = prover.known.codebook
    return prover.limits(parse(text, book, book.studies[-1].study))


def _unproved(found: Sequence[Bounds]) -> Iterator[tuple[int, bool, Fraction]]:
    for n, item in enumerate(found):
        for up, end, reached in (
            (False, item.low, item.proved_low), (True, item.high, item.proved_high)
        ):  # fmt: skip
            if end is not None and not reached:
                yield n, up, end


def by_pool(prover: Prover, quantities: Sequence[Quantity], found: list[Bounds]) -> list[int]:
    """Prove what datasets of the pool reach; return the places of those that were needed."""
    good: dict[int, bool] = {}
    used: set[int] = set()
    for n, up, end in list(_unproved(found)):
        if end is None or (found[n].proved_high if up else found[n].proved_low):
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


def _task(
    text: str, focus: int, up: bool, end: Fraction, start: list[Case], seconds: float
) -> list[Case] | None:
    """Search in another process."""
    prover = report()
    quantity = parse(text, prover.known.codebook, focus)
    nearer = list(prover.towards(quantity, end, up, start, seconds))
    return nearer[-1] if nearer else None


def by_search(
    prover: Prover, quantities: Sequence[Quantity], found: list[Bounds], seconds: float,
    minutes: float, executor: ProcessPoolExecutor,
) -> Iterator[int]:  # fmt: skip
    """Look for datasets at every end that is not proved; yield how many are left now and then.

    What is found joins the pool of `prover`, and proves whatever ends it reaches.

    Parameters
    ----------
    seconds : float
        For each end.
    minutes : float
        No search sets out later.
    """
    stop, focus = time.monotonic() + 60 * minutes, prover.known.codebook.studies[-1].study
    left = list(_unproved(found))
    # A run that takes up another one tries the ends in another order.
    random.Random(len(prover.pool)).shuffle(left)
    running: set[Future[list[Case] | None]] = set()
    while left or running:
        while left and len(running) < _AHEAD:
            n, up, end = left.pop()
            reached = found[n].proved_high if up else found[n].proved_low
            start = prover.start(quantities[n], up)
            if start is not None and not reached and time.monotonic() < stop:
                text = quantities[n].text
                running.add(executor.submit(_task, text, focus, up, end, start, seconds))
        done, running = wait(running, return_when=FIRST_COMPLETED) if running else (set(), running)
        for task in done:
            cases = task.result()
            if cases is not None:
                _taken(prover, quantities, found, cases)
            yield sum(1 for _ in _unproved(found))


def _taken(
    prover: Prover, quantities: Sequence[Quantity], found: list[Bounds], cases: list[Case]
) -> None:
    """Keep a dataset if it agrees with print and reaches ends that none reached before."""
    made = as_dataset(cases, prover.known.codebook)
    if not prover.agrees(made):
        return
    news = False
    for n in {n for n, _, _ in _unproved(found)}:
        item = bounds.marked(quantities[n], found[n], made)
        news = news or item != found[n]
        found[n] = item
    if news:
        prover.pool = prover.pool.more(cases)
