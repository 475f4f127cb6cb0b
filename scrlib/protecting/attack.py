"""What a reader can work out of published counts of one unit, as far as this model ties them.

The reader knows every count that is shown, that a count marked `[c]` lies between 1 and N - 1 and
one marked `[k]` is at least N, and the coding frame (`scrlib.protecting.space`). A held-back count
is safe if a whole solution exists in which it differs from the truth, which HiGHS finds
(`tally.solve.solvers`). Method: cell suppression as an integer program (Fischetti and Salazar,
Management Science 47, 2001), without their requirement of a width.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scrlib.protecting.space import Row, Space
from tally.solve.model import total
from tally.solve.solvers import Highs

SHOWN, PRIMARY, SECONDARY = "", "[c]", "[k]"
# Nodes of the search for one plan, or one count.
_NODES = 2_000
_SIGNS = ((1,), (-1,), (1, -1))
"""Counts are first moved many at a time, up and down in several patterns."""


@dataclass(frozen=True, eq=False)
class Attack:
    """Counts of one unit, which of them are held back, and what that leaves open.

    Parameters
    ----------
    space : Space
    rows : sequence of frozenset of int
        Cells that each count sums.
    truth : sequence of int
        The counts themselves.
    least : int
        Counts from 1 to less than this are held back.
    telling : bool
        Whether the reader can tell from the marker if a count is small.
    """

    space: Space
    rows: Sequence[Row]
    truth: Sequence[int]
    least: int
    telling: bool = True

    @property
    def _most(self) -> int:
        return 2 * max(*self.truth, self.least, 1)

    def determined(self, marks: Sequence[str], suspects: Sequence[int]) -> list[int]:
        """Return those held-back counts that what is shown determines."""
        found, left = [], list(suspects)
        while left:
            place, left = self.first_determined(marks, left)
            found += [] if place is None else [place]
        return found

    def first_determined(
        self, marks: Sequence[str], suspects: Sequence[int]
    ) -> tuple[int | None, list[int]]:
        """Return a held-back count that what is shown determines, and suspects not yet cleared."""
        model = self.space.model(self._most)
        for place, row in enumerate(self.rows):
            low, high = self._limits(marks[place], self.truth[place])
            model.row(dict.fromkeys(row, 1), low, high)
        solver = Highs(model, whole=True)
        left = list(suspects)
        for signs in _SIGNS:
            left = self._unmoved(solver, left, {p: signs[p % len(signs)] for p in left})
        while left:
            place = left[0]
            for sign in (1, -1):
                if place in left:
                    left = self._unmoved(solver, left, {place: sign})
            if place in left:
                return place, left[1:]
        return None, []

    def _unmoved(self, solver: Highs, left: list[int], signs: Mapping[int, int]) -> list[int]:
        """Return the counts that are still at their truth where a signed sum is greatest."""
        if not left:
            return left
        goal = total((sign, dict.fromkeys(self.rows[p], 1)) for p, sign in signs.items())
        values = solver.solve(goal, maximise=True, nodes=_NODES).values
        return [p for p in left if values is None or not self._moved(p, values)]

    def _moved(self, place: int, values: list[int]) -> bool:
        return sum(values[column] for column in self.rows[place]) != self.truth[place]

    def _limits(self, mark: str, truth: int) -> tuple[int, int | None]:
        if not mark:
            return truth, truth
        if not self.telling:
            return 0, None
        return (1, self.least - 1) if mark == PRIMARY else (self.least, None)

    def further(self, marks: Sequence[str], place: int) -> list[int] | None:
        """Return the shown counts, few and small, that have to go to make a count uncertain.

        Returns
        -------
        list of int or None
            None if no choice of counts does it.
        """
        found = [self._further(marks, place, step) for step in (1, -1)]
        costs = [(sum(self.truth[p] for p in item), item) for item in found if item]
        return min(costs)[1] if costs else None

    def _further(self, marks: Sequence[str], place: int, step: int) -> list[int]:
        model = self.space.model(self._most)
        switches: dict[int, int] = {}
        for number, row in enumerate(self.rows):
            count = dict.fromkeys(row, 1)
            truth = self.truth[number]
            if number == place:
                low, high = self._limits(marks[number], truth)
                ends = (truth + 1, high) if step > 0 else (low, truth - 1)
                model.row(count, *ends)
            elif marks[number] or (self.telling and truth < self.least):
                model.row(count, *self._limits(marks[number], truth))
            else:
                (switch,) = model.column(1)
                switches[switch] = number
                lowest = self.least if self.telling else 0
                model.row(total([(1, count), (truth - lowest, {switch: 1})]), truth, None)
                model.row(total([(1, count), (-self._most, {switch: 1})]), None, truth)
        cost = {switch: self.truth[number] + 1 for switch, number in switches.items()}
        answer = Highs(model, whole=True).solve(cost, nodes=_NODES)
        values = answer.values
        return [] if values is None else [n for switch, n in switches.items() if values[switch]]


def plan(attack: Attack) -> list[str] | None:
    """Mark counts that are too small, and others until no held-back count is determined.

    Returns
    -------
    list of str or None
        For each count "", "[c]" or "[k]"; None if no such marks protect all of them. Where the
        reader cannot tell them apart, all that is held back is marked "[k]".
    """
    marks = [PRIMARY if 0 < value < attack.least else SHOWN for value in attack.truth]
    suspects = [place for place, mark in enumerate(marks) if mark]
    while suspects:
        place, suspects = attack.first_determined(marks, suspects)
        if place is not None:
            further = attack.further(marks, place)
            if not further:
                return None
            for other in further:
                marks[other] = SECONDARY
            # What is cleared stays cleared: with more held back, the same solutions exist.
            suspects = [place, *further, *suspects]
    return marks if attack.telling else [SECONDARY if mark else SHOWN for mark in marks]
