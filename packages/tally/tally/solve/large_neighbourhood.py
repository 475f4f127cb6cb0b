"""Look for a dataset at the end of a range: free a part of one that is known, solve, go on.

This is large neighbourhood search. What the goal is about is freed first, then that together with
one thing more, then with several; what was solved to the end is not tried again before something
else has changed. Small steps free little and take a second; large ones free all that the goal is
about in all cases, if that can be with the variables that most claims test. Each gets where the
other does not. Steps are counted and stopped by what the solver has done, so that a search takes
the same way on any machine. What is found meets every row; pandas says whether it agrees.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from tally.solve.compiled import Case
from tally.solve.neighbourhood import Near
from tally.solve.objective import Goal
from tally.solve.search import Search

# Work of a step, in the solver's deterministic time: what small and large steps begin with, and the
# most. A large step is seldom solved to the end in less than three units, a small one often in one.
_SMALL, _LARGE, _MOST_WORK = 1.0, 3.0, 6.0
# Going aside needs any other dataset, not a good one.
_ASIDE_NODES = 4
# Columns of a step's model: at first, of a large step, the least and the most of a small one. Up
# to _EASY all that is free in all cases is solved at once in a few units of work.
_COLUMNS, _BROAD = 20_000, 85_000
_LEAST, _EASY, _MOST = 2_000, 25_000, 30_000
# How many variables more are freed at random, once each by itself has been tried.
_EXTRA = 4
# So many times as there are levels, all of them known to lead nowhere: the search is over.
_TRIES = 20
# Cases of which a model is made to estimate its size.
_FEW = 3


class Descent:
    """A search for one goal; it can be left and taken up again.

    Parameters
    ----------
    search : Search
    wanted : Goal
    start : sequence of Case
        Meets what is known.
    broad : bool
        Whether all that the goal is about is freed from the first, in all cases: a step takes
        longer, and gets where small steps do not.
    """

    def __init__(
        self, search: Search, wanted: Goal, start: Sequence[Case], broad: bool = False
    ) -> None:
        self.search, self._broad, self._draw = search, broad, random.Random(int(broad))
        self._most, self._work = (_BROAD, _LARGE) if broad else (_MOST, _SMALL)
        self._each: dict[frozenset[str], float] = {}
        self._begin(wanted, start)

    def _begin(self, wanted: Goal, start: Sequence[Case]) -> None:
        self.wanted, self.cases = wanted, list(start)
        self._goals = self.search.goals(wanted)
        self._about = self.search.levels({n for names in self._goals.depends for n in names})
        self._levels = self._in_turn()
        self._level, self._columns = 0, float(_BROAD if self._broad else _COLUMNS)
        self._exhausted: list[frozenset[str]] = []
        self.value = self._sum(self.cases)

    def _in_turn(self) -> list[frozenset[str]]:
        """Return what is freed in turn: what the goal is about, that with one thing more each."""
        every = frozenset[str]().union(*self._about)
        if self._broad:
            wide = self.search.with_hubs(every)
            easy = self._columns_each(wide) * len(self.cases) <= _EASY
            found = [wide, every] if easy else [every]
            return list(dict.fromkeys([*found, *self.search.beside(every)]))
        return list(dict.fromkeys([*self._about, every, *self.search.beside(self._about[-1])]))

    def aim(self, wanted: Goal) -> None:
        """Seek another goal from where it is; what was tried for the last one is forgotten."""
        if wanted != self.wanted:
            self._begin(wanted, self.cases)

    def _sum(self, cases: Sequence[Case]) -> int:
        return int(self._goals.sums(cases)[0])

    def go(self, steps: int) -> Iterator[list[Case]]:
        """Yield datasets that come nearer and nearer, the last of them at the end if found.

        Parameters
        ----------
        steps : int
            How many times part of a dataset is freed and solved.
        """
        while steps and not self.wanted.reached(self.value):
            free = self._next()
            if any(free <= known for known in self._exhausted):
                self._level += 1
                if self._level > _TRIES * len(self._levels):
                    return
                continue
            steps -= 1
            if self._step(free):
                yield self.cases

    def _next(self) -> frozenset[str]:
        """Return what is freed next: what the goal is about, with one thing more, with several."""
        if self._level < len(self._levels):
            return self._levels[self._level]
        more = max(2, (self._level - len(self._levels)) % _EXTRA)
        return self.search.wider(self._draw.choice(self._about), more, self._draw)

    def _step(self, free: frozenset[str]) -> bool:
        """Free some variables in as many cases as can be; say whether that came nearer."""
        cases, search = self.cases, self.search
        size = self._columns_each(free) if self._broad else search.size(free)
        number = min(len(cases), max(8, int(self._columns / size)))
        at = sorted(self._draw.sample(range(len(cases)), number))
        near = search.near(cases, free, at, self._goals)
        found, done = _solved(near, self.wanted, self._work)
        moved = self.value if found is None else self._sum(found)
        better = moved > self.value if self.wanted.up else moved < self.value
        if better and found is not None:
            self.cases, self.value = found, moved
            self._exhausted.clear()
        elif done and not self._broad:
            self._aside(near)
            self._exhausted = [known for known in self._exhausted if known >= free]
        if done and number == len(cases):
            self._exhausted.append(free)
        self._pace(better, done)
        return better

    def _pace(self, better: bool, done: bool) -> None:
        """Choose what is freed next, in how many cases, and how long a step may take."""
        self._level = 0 if better and (self._level or not done) else self._level + 1
        if done:
            self._columns = min(self._most, self._columns * 1.2)
        else:
            self._columns = max(_LEAST, self._columns * 0.7)
            self._work = min(_MOST_WORK, 2 * self._work)

    def _columns_each(self, free: frozenset[str]) -> float:
        """Return how many columns a case needs, by a model of a few; asked once of each set."""
        if free not in self._each:
            cases, search = self.cases, self.search
            few = range(0, len(cases), max(1, len(cases) // _FEW))
            near = search.near(cases, free, few, self._goals)
            self._each[free] = max(1, len(near.slots.model.lower) / len(few))
        return self._each[free]

    def _aside(self, near: Near) -> None:
        """Go to another dataset that is as near, from which a step may lead on."""
        sought = near.goal(0)
        chosen = {column: self._draw.choice((-1, 1)) for column in near.start()}
        ends = (self.value, None) if self.wanted.up else (None, self.value)
        with near.solver.extra(sought, *ends):
            answer = near.solver.solve(chosen, maximise=True, nodes=_ASIDE_NODES)
        if answer.values is not None:
            self.cases = near.read(answer.values)


def _solved(near: Near, wanted: Goal, work: float) -> tuple[list[Case] | None, bool]:
    """Bring the goal as near as can be; say also whether the solver was done."""
    sought = near.goal(0)
    model = near.slots.model
    model.row(sought, *wanted.limits)
    if wanted.base is not None:
        model.row(near.goal(1), 1, None)
    answer = near.solve(sought, wanted.up, work)
    return (None if answer.values is None else near.read(answer.values)), answer.optimal
