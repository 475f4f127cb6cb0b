"""Whether a quantity can lie beyond a value, when all counts are whole numbers.

The relaxation allows half a case of each of two types; whole numbers do not, so limits may be
closer. It takes seconds instead of a fraction of one, and so is asked last, about one end: is there
any solution beyond the value that a dataset is known to have?
"""

from __future__ import annotations

from fractions import Fraction
from math import isfinite

from tally.expression import Quantity
from tally.solve.lp_bounds import Relaxed, inwards
from tally.solve.model import CONSTANT, Expression, total
from tally.solve.solvers import Highs


def limit(
    model: Relaxed, quantity: Quantity, value: Fraction, up: bool, seconds: float
) -> Fraction | None:
    """Return a limit of a quantity: `value` if nothing lies beyond it.

    Parameters
    ----------
    value : Fraction
        Some dataset has it.
    up : bool
        Whether the greatest value is asked for.
    seconds : float
        After which the solver is stopped; what it has shown by then counts.

    Returns
    -------
    Fraction or None
        None if nothing was learned.
    """
    found = _beyond(model, quantity, value, up)
    if found is None:
        return None
    excess, base, step = found
    program = model.counted.model.copy()
    program.row(excess, 1, None)
    if base is not None:
        program.row(base, 1, None)
    solver = Highs(program, whole=True, prove=True)
    answer = solver.solve(excess, maximise=True, limit=seconds)
    if answer.feasible is False:
        return value
    if base is not None or not isfinite(answer.bound):
        return None
    return value + (1 if up else -1) * step * inwards(answer.bound, True)


def _beyond(
    model: Relaxed, quantity: Quantity, value: Fraction, up: bool
) -> tuple[Expression, Expression | None, Fraction] | None:
    """Return by how many steps a quantity is beyond a value; with a base if it is a single ratio.

    None if it is made of a ratio and of other parts.
    """
    whole, rest = model.parts(quantity)
    sign, away = (1 if up else -1), value - quantity.constant
    if not rest:
        goal, step = model.scaled(whole)
        return total([(sign, goal), (-sign, {CONSTANT: int(away / step)})]), None, step
    if whole or len(rest) > 1:
        return None
    weight, above, below, scale = rest[0]
    top, base = model.counted.count(above), model.counted.count(below)
    parts = [(weight * scale * away.denominator, top), (-away.numerator, base)]
    return total((sign * number, part) for number, part in parts), base, Fraction(1)
