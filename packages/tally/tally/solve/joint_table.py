"""Exact ranges where the whole frame is small: one table of whole counts over all variables.

A dataset of one unit is then nothing but the counts of this table, so that its whole solutions are
the datasets themselves: what is best among them is an end, and shows the dataset that reaches it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, inf, isfinite, prod

from tally.codebook import Codebook
from tally.expression import Quantity, variables
from tally.solve.bound_propagation import tighten
from tally.solve.claim_constraints import Stated
from tally.solve.compiled import Case
from tally.solve.constraint import Row, Tally
from tally.solve.linear import expand
from tally.solve.lp_bounds import Relaxed, end, inwards, last_fraction
from tally.solve.microdata_model import told_apart
from tally.solve.model import Expression, total
from tally.solve.partition import Table
from tally.solve.readings import choices, impose
from tally.solve.solvers import Answer, Highs

# More cells take minutes where one table takes seconds.
CELLS = 50_000
# Nodes of the search tree for one unit of effort; small tables need one.
_NODES = 500
_STEPS = 50


def fits(known: Stated, quantities: Sequence[Quantity] = ()) -> bool:
    """Say whether there are so few types of unit that one table holds all of them."""
    if len(known.codebook.units) > 1 or any(row.median for row in known.rows):
        return False
    rows = [*known.rows, *(row for item in known.statements for row in item.rows)]
    return prod(len(groups) for groups in told_apart(rows, known.codebook).values()) <= CELLS


class JointTable(Relaxed):
    """The table of all variables, in whole numbers, for one quantity."""

    def __init__(self, known: Stated, quantity: Quantity) -> None:
        self._names = tested(known, quantity)
        super().__init__(known, [quantity], joined=[self._names])
        tighten(self.counted.model)
        self._program = self.counted.model.copy()
        self._whole = [*range(len(self.counted.model.lower))]
        wanted = choices(known.statements, self._span)
        self._whole += impose(self._program, self.counted.count, wanted)

    def _span(self, row: Row) -> tuple[int | None, int | None]:
        value = total((weight, self.counted.count(tally)) for weight, tally in row.terms)
        return end(self.solver, value, False), end(self.solver, value, True)

    @property
    def _table(self) -> Table:
        tables = self.counted.tables[self.counted.codebook.root.name]
        return next(table for table in tables if self._names <= frozenset(table.classes))

    def exact_end(
        self, quantity: Quantity, up: bool, effort: int
    ) -> tuple[Fraction | None, list[Case] | None]:
        """Return a limit, and a dataset that comes nearest to it.

        Raises
        ------
        LookupError
            If there is no dataset in whole numbers at all.
        """
        whole, rest = self.parts(quantity)
        if not rest:
            goal, step = self.scaled(whole)
            limit, made = self._best(goal, up, effort)
            return None if limit is None else quantity.constant + step * limit, made
        if whole or len(rest) > 1:
            return self.end(quantity, up), None
        weight, above, below, scale = rest[0]
        sign = 1 if up == (weight > 0) else -1
        top = total([(sign, self.counted.count(above))])
        found, made = self._best_ratio(top, self.counted.count(below), effort)
        if found is None:
            return None, made
        return quantity.constant + weight * scale * sign * found, made

    def _best(
        self, goal: Expression, up: bool, effort: int
    ) -> tuple[Fraction | None, list[Case] | None]:
        answer = self._solved(goal, up, effort)
        if not isfinite(answer.bound):
            return None, None
        made = None if answer.values is None else self.cases(answer.values)
        if answer.optimal and answer.values is not None:
            # The gap of the solver is less than one: what it ends with is the best whole value.
            return Fraction(self._program.value(goal, answer.values)), made
        return Fraction(inwards(answer.bound, up)), made

    def _solved(self, goal: Expression, up: bool, effort: int) -> Answer:
        solver = Highs(self._program, whole=self._whole)
        answer = solver.solve(goal, maximise=up, nodes=_NODES * effort)
        if answer.feasible is False:
            raise LookupError
        return answer

    def _best_ratio(
        self, top: Expression, base: Expression, effort: int
    ) -> tuple[Fraction | None, list[Case] | None]:
        """Return the greatest ratio by Dinkelbach's method, in whole numbers throughout."""
        most = end(self.solver, base, True)
        self._program.row(base, 1, None)
        rate, made = Fraction(0), None
        for step in range(_STEPS):
            goal = total([(rate.denominator, top), (-rate.numerator, base)])
            answer = self._solved(goal, True, effort)
            if answer.values is None or not answer.optimal:
                break
            above, below = (self._program.value(part, answer.values) for part in (top, base))
            if step and Fraction(above, below) <= rate:
                return rate, made
            rate, made = Fraction(above, below), self.cases(answer.values)
        excess = ceil(answer.bound) if isfinite(answer.bound) else inf
        if excess == inf:
            return None, made
        return last_fraction(rate + Fraction(int(excess), rate.denominator), most), made

    def cases(self, values: Sequence[int]) -> list[Case]:
        """Return the dataset that a whole solution stands for."""
        table, codebook = self._table, self.counted.codebook
        found: list[Case] = []
        for n, cell in enumerate(table.cells):
            positions = [
                v.codes.index(cell[v.name]) if v.name in cell else 0
                for v in codebook.of_unit(codebook.root.name)
            ]
            found += [(list(positions), []) for _ in range(values[table.first + n])]
        return found


def tested(known: Stated, quantity: Quantity) -> frozenset[str]:
    """Return all variables that claims or the quantity test."""
    codebook: Codebook = known.codebook
    rows = [*known.rows, *(row for item in known.statements for row in item.rows)]
    tallies: list[Tally] = [tally for row in rows for _, tally in row.terms]
    tallies += Relaxed.tallies([quantity], codebook)
    parts = (part for tally in tallies for _, part in expand(tally, codebook))
    return frozenset[str]().union(*(variables(part.where) for part in parts))
