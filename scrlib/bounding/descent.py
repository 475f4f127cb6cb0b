"""Look for a dataset at the end of a range: free a part of one that is known, solve, go on.

This is large neighbourhood search. What the goal is about is freed first, then that together with
one thing more, then with several; what was solved to the end is not tried again before something
else has changed. What is found meets every row; whether it agrees with print is for pandas to say.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence

from scrlib.bounding.nearby import Near
from scrlib.bounding.search import Goal, Search
from scrlib.synthetic.compiled import Case

_STEP, _ASIDE = 5.0, 0.5
_COLUMNS = 20_000
_LEAST, _MOST = 2_000, 30_000
_EXTRA = 4


class Descent:
    """A search for one goal; it can be left and taken up again.

    Parameters
    ----------
    search : Search
    wanted : Goal
    start : sequence of Case
        Meets what is known.
    """

    def __init__(self, search: Search, wanted: Goal, start: Sequence[Case], seed: int = 0) -> None:
        self.search, self._seed, self._draw = search, seed, random.Random(seed)
        self._begin(wanted, start)

    def _begin(self, wanted: Goal, start: Sequence[Case]) -> None:
        self.wanted, self.cases = wanted, list(start)
        self._goals = self.search.goals(wanted)
        self._about = self.search.levels({n for names in self._goals.depends for n in names})
        self._levels = self._in_turn()
        self._level, self._columns = 0, float(_COLUMNS)
        self._exhausted: list[frozenset[str]] = []
        self.value = self._sum(self.cases)

    def _in_turn(self) -> list[frozenset[str]]:
        """Return what is freed first: what the goal is about, then that with one thing more each.

        With another seed the things more come from the other end.
        """
        beside = self.search.beside(self._about[-1])
        every = frozenset[str]().union(*self._about)
        return list(dict.fromkeys([*self._about, every, *(beside[::-1] if self._seed else beside)]))

    def aim(self, wanted: Goal) -> None:
        """Seek another value; what was tried is forgotten if it is one of another sum."""
        if wanted.row != self.wanted.row:
            self._begin(wanted, self.cases)
        self.wanted = wanted

    def _sum(self, cases: Sequence[Case]) -> int:
        return int(self._goals.sums(cases)[0])

    def go(self, seconds: float) -> Iterator[list[Case]]:
        """Yield datasets that come nearer and nearer, the last of them at the end if found."""
        stop = time.monotonic() + seconds
        while self.value != self.wanted.limit and (left := stop - time.monotonic()) > 0:
            free = self._next()
            if any(free <= known for known in self._exhausted):
                self._level += 1
            elif self._step(free, left):
                yield self.cases

    def _next(self) -> frozenset[str]:
        """Return what is freed next: what the goal is about, with one thing more, with several."""
        if self._level < len(self._levels):
            return self._levels[self._level]
        more = max(2, (self._level - len(self._levels)) % _EXTRA)
        return self.search.wider(self._draw.choice(self._about), more, self._draw)

    def _step(self, free: frozenset[str], seconds: float) -> bool:
        """Free some variables in as many cases as can be; say whether that came nearer."""
        cases, search = self.cases, self.search
        number = min(len(cases), max(8, int(self._columns / search.size(free))))
        at = sorted(self._draw.sample(range(len(cases)), number))
        near = Near(search.facts, cases, free, at, self._goals, search.layout)
        found, done = _solved(near, self.wanted, min(seconds, _STEP))
        moved = self.value if found is None else self._sum(found)
        better = moved > self.value if self.wanted.up else moved < self.value
        if better and found is not None:
            self.cases, self.value = found, moved
            self._exhausted.clear()
        elif done:
            self._aside(near)
            self._exhausted = [known for known in self._exhausted if known >= free]
        if done and number == len(cases):
            self._exhausted.append(free)
        self._level = 0 if better and self._level else self._level + 1
        self._columns = (
            min(_MOST, self._columns * 1.2) if done else max(_LEAST, self._columns * 0.7)
        )
        return better

    def _aside(self, near: Near) -> None:
        """Go to another dataset that is as near, from which a step may lead on."""
        sought = near.goal(0)
        chosen = {column: self._draw.choice((-1, 1)) for column in near.start()}
        ends = (self.value, None) if self.wanted.up else (None, self.value)
        with near.solver.extra(sought, *ends):
            answer = near.solver.solve(chosen, maximise=True, limit=_ASIDE)
        if answer.values is not None:
            self.cases = near.read(answer.values)


def _solved(near: Near, wanted: Goal, seconds: float) -> tuple[list[Case] | None, bool]:
    """Bring the goal as near as can be; say also whether the solver was done."""
    sought = near.goal(0)
    model = near.slots.model
    model.row(sought, *wanted.limits)
    if wanted.base is not None:
        model.row(near.goal(1), 1, None)
    answer = near.solve(sought, wanted.up, seconds)
    return (None if answer.values is None else near.read(answer.values)), answer.optimal
