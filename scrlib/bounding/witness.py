"""Datasets that reach the ends of ranges: a walk that keeps every claim and does not turn back.

The walk of `scrlib.synthetic.walk` takes small steps between datasets that agree with print.
While one end is the goal, no step may move away from it. Where the walk reaches the limit that the
relaxed model gives, and pandas finds that the dataset agrees with print, that limit is the true
end. Where it does not, nothing is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from scrlib.bounding.bounds import Bounds, marked
from scrlib.data.dataset import Dataset
from scrlib.frame.tree import Quantity
from scrlib.solving import demands
from scrlib.solving.constraint import Row, Tally
from scrlib.solving.linear import ratio
from scrlib.solving.refute import Stated
from scrlib.synthetic.walk import Walk

STEPS = 6_000
APART = 1_500
_SPURT = 200
_PATIENCE = 8
_FREE = 10**9


def prove(
    known: Stated, quantities: Sequence[Quantity], ranges: Sequence[Bounds], start: Dataset,
    agrees: Callable[[Dataset], bool], steps: int = STEPS,
) -> list[Bounds]:  # fmt: skip
    """Walk towards every end that is not proved.

    Parameters
    ----------
    known : Stated
        What every dataset must meet.
    quantities, ranges
        Each with its range.
    start : Dataset
        Meets what is known; the walk sets out from it.
    agrees : callable
        Checks a dataset by pandas.
    steps : int
        The most steps towards one end.

    Returns
    -------
    list of Bounds
        The ranges, with what is proved now.
    """
    climber = Climber(known, quantities, start)
    found = list(ranges)
    for place, up in climber.goals(found):
        if found[place].proved_high if up else found[place].proved_low:
            continue
        end = found[place].high if up else found[place].low
        for _ in climber.climb(place, up, end, steps):
            reached = [n for n, item in enumerate(found) if climber.reaches(n, item)]
            if reached:
                made = climber.walk.dataset()
                if agrees(made):
                    for n in reached:
                        found[n] = marked(quantities[n], found[n], made)
            if found[place].proved_high if up else found[place].proved_low:
                break
    return found


def wander(
    known: Stated, start: Dataset, number: int, steps: int = APART, seed: int = 0
) -> Iterator[Dataset]:
    """Yield datasets that meet what is known, some steps of a walk apart.

    What they have in common shows nothing; that one of them reaches an end of a range proves it.
    """
    walk = Walk(start, known.rows, seed, {**demands.read()["layout"], "strata": ()})
    for _ in range(number):
        walk.walk(steps)
        yield walk.dataset()


class Climber:
    """A walk that keeps count of some quantities, one of which it raises or lowers."""

    def __init__(self, known: Stated, quantities: Sequence[Quantity], start: Dataset) -> None:
        self.quantities = quantities
        self.steps: dict[int, Fraction] = {}
        self.rows: dict[int, int] = {}
        rows = list(known.rows)
        for n, item in enumerate(quantities):
            terms = _terms(item, known)
            if terms:
                step = min(Fraction(1, weight.denominator) for weight, _ in terms)
                self.steps[n], self.rows[n] = step, len(rows)
                whole = tuple((int(weight / step), tally) for weight, tally in terms)
                rows.append(Row(whole, None, None, frozenset()))
        layout = {**demands.read()["layout"], "strata": ()}
        self.walk = Walk(start, rows, 0, layout)

    def goals(self, ranges: Sequence[Bounds]) -> Iterator[tuple[int, bool]]:
        """Yield the ends to walk to: all the least ones, then all the greatest."""
        for up in (False, True):
            for n, item in enumerate(ranges):
                if n in self.rows and item.low is not None and item.high is not None:
                    yield n, up

    def value(self, place: int) -> Fraction:
        """Return a quantity at the dataset where the walk stands."""
        total = self.walk.totals[self.rows[place]] * self.steps[place]
        return total + self.quantities[place].constant

    def reaches(self, place: int, item: Bounds) -> bool:
        """Say whether the walk stands at an end that is not proved."""
        if place not in self.rows:
            return False
        value = self.value(place)
        return (value == item.low and not item.proved_low) or (
            value == item.high and not item.proved_high
        )

    def climb(self, place: int, up: bool, end: Fraction | None, steps: int) -> Iterator[None]:
        """Walk in spurts towards an end, giving up when nothing has been gained for some."""
        assert end is not None
        row, walk = self.rows[place], self.walk
        limit = int((end - self.quantities[place].constant) / self.steps[place])
        idle = 0
        for _ in range(steps // _SPURT):
            before = walk.totals[row]
            walk.low[row], walk.high[row] = (before, limit) if up else (limit, before)
            walk.walk(_SPURT)
            yield
            idle = idle + 1 if walk.totals[row] == before else 0
            if idle >= _PATIENCE:
                break
        walk.low[row], walk.high[row] = -_FREE, _FREE


def _terms(quantity: Quantity, known: Stated) -> list[tuple[Fraction, Tally]]:
    """Return a quantity as weights of tallies; none if it is no such sum or a base is open."""
    found = []
    for weight, aggregate in quantity.terms:
        if aggregate.function not in ("count", "sum", "percent", "mean"):
            return []
        above, below, scale = ratio(aggregate, known.codebook)
        size = 1 if below is None else known.sizes.get(below, (0, ""))[0]
        if not size:
            return []
        found.append((Fraction(weight * scale, size), above))
    return found
