"""The ends of a quantity over every solution of a relaxed model: valid limits for all datasets."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import TypeAlias

from tally.codebook import Codebook
from tally.expression import TRUE, Aggregate, Quantity
from tally.solve.bound_propagation import tighten
from tally.solve.constraint import Tally
from tally.solve.grown import grown
from tally.solve.infeasible_subsets import Stated
from tally.solve.linear import ratio
from tally.solve.marginal_model import Counted
from tally.solve.model import Expression, total
from tally.solve.solvers import Highs

Ends: TypeAlias = tuple[Fraction | None, Fraction | None]

_NEAR = 1e-5
_STEPS = 30
_SECONDS = 60.0


class Base:
    """The counted model of what is known, solved once, to which quantities are added."""

    def __init__(self, facts: Stated) -> None:
        self.facts = facts
        self.counted = Counted(facts.codebook, facts.rows, (), _most(facts), close=True)
        tighten(self.counted.model)
        self.solver = Highs(self.counted.model)
        self.feasible = self.solver.start()

    @property
    def size(self) -> int:
        """How many rows the model has."""
        return len(self.counted.model.rows)


class Relaxed:
    """The counted model of what is known, for one batch of quantities.

    Parameters
    ----------
    facts : Stated
    quantities : sequence of Quantity
        Every quantity that will be asked for.
    base : Base, optional
        The model without quantities, to be added to rather than built anew.
    wide : bool
        See `tally.solve.grown.grown`.
    """

    def __init__(
        self, facts: Stated, quantities: Sequence[Quantity], base: Base | None = None,
        wide: bool = False,
    ) -> None:  # fmt: skip
        self.facts = facts
        tallies = [t for q in quantities for _, a in q.terms for t in _tallies(a, facts.codebook)]
        # A sum over cases that print does not number is told more exactly by a model made for it.
        apart = any(self.parts(item)[1] for item in quantities)
        usable = base is not None and base.feasible and not apart
        more = grown(base.counted, tallies, wide) if base is not None and usable else None
        self.counted = more or Counted(
            facts.codebook, facts.rows, tallies, _most(facts), close=True
        )
        tighten(self.counted.model, 0 if more is None or base is None else base.size)
        self.solver = Highs(self.counted.model)
        if base is not None and more is not None:
            self.solver.resume(base.solver)
            self.feasible: bool | None = True
        else:
            self.feasible = self.solver.start()
        self.solver.unperturbed()

    def ends(self, quantity: Quantity) -> Ends:
        """Return limits of a quantity; None for both where one of them is not known."""
        low, high = (self.end(quantity, up) for up in (False, True))
        return (None, None) if low is None or high is None else (low, high)

    def end(self, quantity: Quantity, up: bool) -> Fraction | None:
        """Return one limit of a quantity, the greatest value if `up`; None where there is none."""
        whole, rest = self.parts(quantity)
        found = [self._total(whole, up)] if whole else []
        found += [self._share(*item, up) for item in rest]
        known = [value for value in found if value is not None]
        return Fraction(quantity.constant) + sum(known) if len(known) == len(found) else None

    def _total(self, terms: Sequence[tuple[Fraction, Tally]], up: bool) -> Fraction | None:
        goal, step = self.scaled(terms)
        end = self._end(goal, up)
        return None if end is None else end * step

    def scaled(self, terms: Sequence[tuple[Fraction, Tally]]) -> tuple[Expression, Fraction]:
        """Return a sum in whole multiples of a step, and the step."""
        step = Fraction(
            gcd(*(weight.numerator for weight, _ in terms)),
            lcm(*(weight.denominator for weight, _ in terms)),
        )
        return total((int(weight / step), self.counted.count(t)) for weight, t in terms), step

    def parts(
        self, quantity: Quantity
    ) -> tuple[list[tuple[Fraction, Tally]], list[tuple[int, Tally, Tally, int]]]:
        """Part a sum of statistics into those with a known base and the others."""
        whole, rest = [], []
        for weight, aggregate in quantity.terms:
            above, below, scale = ratio(aggregate, self.facts.codebook)
            if below is None:
                whole.append((Fraction(weight), above))
            elif self.facts.sizes.get(below, (0, ""))[0]:
                whole.append((Fraction(weight * scale, self.facts.sizes[below][0]), above))
            else:
                rest.append((weight, above, below, scale))
        return whole, rest

    def _end(self, expression: Expression, maximise: bool) -> int | None:
        answer = self.solver.solve(expression, maximise=maximise, limit=_SECONDS)
        if not answer.optimal:
            return None
        return inwards(answer.bound, maximise)

    def _share(
        self, weight: int, above: Tally, below: Tally, scale: int, up: bool
    ) -> Fraction | None:
        """Return an end of a ratio whose base is not known.

        The base is at least 1, since a ratio of nothing is not defined.
        """
        top, base = self.counted.count(above), self.counted.count(below)
        least, most = _span(above, scale)
        greatest = up == (weight > 0)
        with self.solver.extra(base, 1, None):
            found = self._ratio(top, base, greatest)
        if found is None:
            return None
        value = scale * found
        return weight * (min(Fraction(most), value) if greatest else max(Fraction(least), value))

    def _ratio(self, top: Expression, base: Expression, maximise: bool) -> Fraction | None:
        """Return the end of a ratio, by Dinkelbach's method: one linear program for each step."""
        rate = Fraction(0)
        for _ in range(_STEPS):
            goal = total([(rate.denominator, top), (-rate.numerator, base)])
            answer = self.solver.solve(goal, maximise=maximise, limit=_SECONDS)
            if not answer.optimal or answer.point is None:
                return None
            point = answer.point
            above, below = (sum(w * point[c] for c, w in part.items()) for part in (top, base))
            found = Fraction(above / below).limit_denominator(10_000)
            if found == rate:
                return rate
            rate = found
        return None


def inwards(bound: float, maximise: bool) -> int:
    """Return the last whole number inside a bound that a solver gives, up to its tolerance."""
    return floor(bound + _NEAR) if maximise else ceil(bound - _NEAR)


def _most(facts: Stated) -> dict[str, int]:
    """Return the number of units of each kind, where a claim fixes it."""
    every = ((unit, facts.sizes.get(Tally(unit, TRUE))) for unit in facts.codebook.units)
    return {unit: size[0] for unit, size in every if size is not None}


def _span(above: Tally, scale: int) -> tuple[int, int]:
    """Return the least and the greatest value that one unit can add to a ratio."""
    if above.value is None:
        return 0, scale
    tables = [[w for _, w in item.weights] for item in above.value.weights]
    low = sum(min(table) for table in tables) + above.value.constant
    return low, sum(max(table) for table in tables) + above.value.constant


def _tallies(aggregate: Aggregate, codebook: Codebook) -> list[Tally]:
    above, below, _ = ratio(aggregate, codebook)
    return [above] if below is None else [above, below]
