"""The ends of a quantity over every solution of a relaxed model: valid limits for all datasets.

The LP relaxation comes first: a solution in fractions of units, in which statements of several
readings are left out. Then at least one reading of each has to hold; last, all counts are whole.
Every dataset is a solution of all three, so each gives valid limits, and each later one closer
ones. A limit is only said to be reached once a dataset has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from math import ceil, floor, gcd, inf, isfinite, lcm
from typing import TypeAlias

from tally.codebook import Codebook
from tally.expression import Quantity
from tally.solve.bound_propagation import tighten
from tally.solve.claim_constraints import Stated
from tally.solve.constraint import Row, Tally
from tally.solve.linear import ratio, size_of
from tally.solve.marginal_model import Counted
from tally.solve.model import CONSTANT, Expression, total
from tally.solve.readings import Choice, Limits, choices, impose, named_rows
from tally.solve.solvers import Highs

Ends: TypeAlias = tuple[Fraction | None, Fraction | None]

# Solvers keep rows to 1e-6 and 1e-7: what they give is taken to be that much further out.
_NEAR = 1e-5
_CLOSE = 1e-6
_STEPS = 50
_WORKING = 10**6


class Base:
    """The marginal model of what is known, solved once, to which quantities are added.

    Parameters
    ----------
    facts : Stated
    spans : mapping, optional
        For rows of readings, by their names in `named_rows`, the least and the greatest value that
        all else leaves them, where they are known from before: the longest part of the work.
    """

    def __init__(self, facts: Stated, spans: Mapping[str, Limits] | None = None) -> None:
        self.facts, self.spans = facts, spans or {}
        self.counted = _counted(facts)
        tighten(self.counted.model)
        self.solver = Highs(self.counted.model)
        self.feasible = self.solver.start()

    @property
    def size(self) -> int:
        """How many rows the model has."""
        return len(self.counted.model.rows)

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """The statements of which at least one reading holds, as far as they are not certain."""
        self.solver.unperturbed()
        names = {row.terms: name for name, row in named_rows(self.facts.statements)}
        found = {terms: self.spans.get(name) for terms, name in names.items()}

        def span(row: Row) -> Limits:
            known = found[row.terms]
            if known is None:
                known = found[row.terms] = self._span(row)
            return known

        return choices(self.facts.statements, span)

    def _span(self, row: Row) -> Limits:
        value = total((weight, self.counted.count(tally)) for weight, tally in row.terms)
        return end(self.solver, value, False), end(self.solver, value, True)

    def found_spans(self) -> dict[str, Limits]:
        """Work out the spans of all rows of readings, for use as `spans` of the same facts."""
        self.solver.unperturbed()
        rows = {row.terms: (name, row) for name, row in named_rows(self.facts.statements)}
        return {name: self._span(row) for name, row in rows.values()}


class Relaxed:
    """The marginal model of what is known, for one batch of quantities.

    Parameters
    ----------
    facts : Stated
    quantities : sequence of Quantity
        Every quantity that will be asked for.
    base : Base, optional
        The model without quantities, to be added to rather than built anew.
    wide : bool
        See `tally.solve.marginal_model.Counted.extended`.
    joined : sequence of frozenset of str
        See `tally.solve.marginal_model.Counted`.
    """

    def __init__(
        self, facts: Stated, quantities: Sequence[Quantity], base: Base | None = None,
        wide: bool = False, joined: Sequence[frozenset[str]] = (),
    ) -> None:  # fmt: skip
        self.facts, self.base = facts, base
        tallies = self.tallies(quantities, facts.codebook)
        # A sum over cases whose number was not printed is told more exactly by a model for it.
        apart = any(self.parts(item)[1] for item in quantities)
        usable = base is not None and base.feasible and not apart
        more = base.counted.extended(tallies, wide) if base is not None and usable else None
        self.counted = more or _counted(facts, tallies, joined)
        tighten(self.counted.model, 0 if more is None or base is None else base.size)
        self.solver = Highs(self.counted.model)
        if base is not None and more is not None:
            self.solver.resume(base.solver)
            self.feasible: bool | None = True
        else:
            self.feasible = self.solver.start()
        self.solver.unperturbed()

    @staticmethod
    def tallies(quantities: Sequence[Quantity], codebook: Codebook) -> list[Tally]:
        """Return what has to be counted for some quantities."""
        pairs = (ratio(a, codebook)[:2] for q in quantities for _, a in q.terms)
        return [tally for pair in pairs for tally in pair if tally is not None]

    def ends(self, quantity: Quantity) -> Ends:
        """Return limits of a quantity by the LP relaxation; None for an end without one."""
        return self.end(quantity, False), self.end(quantity, True)

    def end(self, quantity: Quantity, up: bool) -> Fraction | None:
        """Return one limit of a quantity, the greatest value if `up`; None where there is none."""
        whole, rest = self.parts(quantity)
        found = [self._total(whole, up)] if whole else []
        found += [self._share(*item, up) for item in rest]
        known = [value for value in found if value is not None]
        return Fraction(quantity.constant) + sum(known) if len(known) == len(found) else None

    def _total(self, terms: Sequence[tuple[Fraction, Tally]], up: bool) -> Fraction | None:
        goal, step = self.scaled(terms)
        found = end(self.solver, goal, up)
        return None if found is None else found * step

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
            size = None
            if below is not None:
                size = size_of(below, self.facts.sizes, self.facts.codebook)
            if below is None:
                whole.append((Fraction(weight), above))
            elif size is not None and size[0]:
                whole.append((Fraction(weight * scale, size[0]), above))
            else:
                rest.append((weight, above, below, scale))
        return whole, rest

    # -- at least one reading of every statement holds ------------------------------------------

    def disjunctive_end(
        self, quantity: Quantity, up: bool, limit: Fraction, nodes: int,
        value: Fraction | None = None,
    ) -> Fraction | None:  # fmt: skip
        """Return a limit over the solutions in which each statement holds in some reading.

        Parameters
        ----------
        limit : Fraction
            The limit that is known, by which the search starts.
        value : Fraction, optional
            A value that a dataset has: no solution on the near side of it is looked at.
        nodes : int
            How many nodes of the search tree to visit.

        Returns
        -------
        Fraction or None
            None if nothing was learned, as where a share's base is not known.
        """
        whole, rest = self.parts(quantity)
        if self.base is None or not self.base.choices or rest or not whole:
            return None
        goal, step = self.scaled(whole)
        known = int((limit - quantity.constant) / step)
        program = self.counted.model.copy()
        columns = impose(program, self.counted.count, self.base.choices)
        # A whole column between the quantity and its limit: a fraction of a unit is none.
        sign = 1 if up else -1
        gap = next(iter(program.column(inf if value is None else int(abs(limit - value) / step))))
        program.row(total([(sign, goal), (1, {gap: 1})]), sign * known, None)
        answer = Highs(program, whole=[*columns, gap], prove=True).solve({gap: 1}, nodes=nodes)
        if answer.feasible is False or not isfinite(answer.bound):
            return None
        return limit - sign * step * max(0, ceil(answer.bound - _NEAR))

    # -- all counts are whole -------------------------------------------------------------------

    def whole_end(
        self, quantity: Quantity, value: Fraction, up: bool, nodes: int
    ) -> Fraction | None:  # fmt: skip
        """Return a limit from whole counts: `value`, which a dataset has, if none lies beyond it.

        Half a unit of each of two types is a solution of the relaxation; here it is not. That
        takes longer, and so is asked last: is there any solution beyond the value?

        Returns
        -------
        Fraction or None
            None if nothing was learned.
        """
        found = self._beyond(quantity, value, up)
        if found is None:
            return None
        excess, base, step = found
        program = self.counted.model.copy()
        impose(program, self.counted.count, self.base.choices if self.base is not None else ())
        program.row(excess, 1, None)
        if base is not None:
            program.row(base, 1, None)
        answer = Highs(program, whole=True, prove=True).solve(excess, maximise=True, nodes=nodes)
        if answer.feasible is False:
            return value
        if base is not None or not isfinite(answer.bound):
            return None
        return value + (1 if up else -1) * step * inwards(answer.bound, True)

    def _beyond(
        self, quantity: Quantity, value: Fraction, up: bool
    ) -> tuple[Expression, Expression | None, Fraction] | None:
        """Return by how many steps a quantity is beyond a value; with a base if it is one ratio.

        None if it is made of a ratio and of other parts.
        """
        whole, rest = self.parts(quantity)
        sign, away = (1 if up else -1), value - quantity.constant
        if not rest:
            goal, step = self.scaled(whole)
            return total([(sign, goal), (-sign, {CONSTANT: int(away / step)})]), None, step
        if whole or len(rest) > 1:
            return None
        weight, above, below, scale = rest[0]
        top, base = self.counted.count(above), self.counted.count(below)
        parts = [(weight * scale * away.denominator, top), (-away.numerator, base)]
        return total((sign * number, part) for number, part in parts), base, Fraction(1)

    # -- shares of a base that is not known -----------------------------------------------------

    def _share(
        self, weight: int, above: Tally, below: Tally, scale: int, up: bool
    ) -> Fraction | None:
        """Return an end of a ratio whose base is not known.

        The base is at least 1, since a ratio of nothing is not defined.
        """
        top, base = self.counted.count(above), self.counted.count(below)
        span = _span(above, scale)
        greatest = up == (weight > 0)
        sign = 1 if greatest else -1
        most = end(self.solver, base, True)
        with self.solver.extra(base, 1, None):
            found = greatest_ratio(self.solver, total([(sign, top)]), base, most)
        if found is None:
            return None
        value = scale * sign * found
        if span is not None:
            value = min(span[1], value) if greatest else max(span[0], value)
        return weight * value


def greatest_ratio(
    solver: Highs, top: Expression, base: Expression, most: int | None
) -> Fraction | None:
    """Return a limit of a ratio by Dinkelbach's method: one linear program for each step.

    No solution has a ratio beyond ``rate + excess / least base``, where the excess is the greatest
    value of ``top - rate * base``. A dataset's ratio is a fraction whose denominator is its base,
    so that the last fraction inside with a denominator up to `most` is a limit too.
    """
    rate, first = Fraction(0), True
    for _ in range(_STEPS):
        goal = total([(rate.denominator, top), (-rate.numerator, base)])
        answer = solver.solve(goal, maximise=True)
        if not answer.optimal or answer.point is None:
            return None
        excess = Fraction(answer.bound) / rate.denominator
        if not first and excess <= _CLOSE:
            return last_fraction(rate + max(excess, Fraction(0)) + Fraction(_CLOSE), most)
        point, first = answer.point, False
        above, below = (sum(w * point[c] for c, w in part.items()) for part in (top, base))
        rate = Fraction(above / below).limit_denominator(_WORKING)
    return None


def last_fraction(value: Fraction, most: int | None) -> Fraction:
    """Return the greatest fraction up to a value whose denominator is no more than `most`.

    Examples
    --------
    >>> last_fraction(Fraction(66, 100), 5)
    Fraction(3, 5)
    """
    if most is None:
        return value
    near = value.limit_denominator(most)
    if near <= value:
        return near
    # The one before it in the Farey sequence: the nearest on the other side of the value.
    above, below = near.numerator, near.denominator
    first = pow(above, -1, below) if below > 1 else 0
    denominator = most - (most - first) % below
    return Fraction((above * denominator - 1) // below, denominator)


def end(solver: Highs, expression: Expression, maximise: bool) -> int | None:
    """Return the last whole value that a relaxation admits; None if there is none."""
    answer = solver.solve(expression, maximise=maximise)
    return inwards(answer.bound, maximise) if answer.optimal else None


def inwards(bound: float, maximise: bool) -> int:
    """Return the last whole number inside a bound that a solver gives, up to its tolerance."""
    return floor(bound + _NEAR) if maximise else ceil(bound - _NEAR)


def _counted(
    facts: Stated, tallies: Sequence[Tally] = (), joined: Sequence[frozenset[str]] = ()
) -> Counted:
    read = [t for item in facts.statements for row in item.rows for _, t in row.terms]
    return Counted(
        facts.codebook, facts.rows, [*read, *tallies], facts.most, joined, close=True
    )  # fmt: skip


def _span(above: Tally, scale: int) -> tuple[Fraction, Fraction] | None:
    """Return the least and the greatest value of a ratio of one unit, where there are any."""
    found = (0, scale) if above.value is None else above.value.span
    return None if found is None else (Fraction(found[0]), Fraction(found[1]))
