"""Upper limits of columns that follow from one row at a time, by which a model becomes smaller.

A cell that some printed nought covers can only be nought, and so can what is tied to it. Solvers
find this as well, but each time anew; here it is done once for all questions.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isinf

from tally.solve.model import Model, ModelRow

_ROUNDS = 20


def tighten(model: Model, first: int = 0) -> None:
    """Lower the upper limits of columns as far as single rows say; no whole solution is lost.

    Parameters
    ----------
    first : int
        The first row that is looked at: those before it have been.
    """
    rows = model.rows[first:]
    for _ in range(_ROUNDS):
        changed = False
        for row in rows:
            for column, most in _limits(row, model):
                if most < model.upper[column]:
                    model.upper[column], changed = most, True
        if not changed:
            return


def _limits(row: ModelRow, model: Model) -> Iterator[tuple[int, float]]:
    """Yield columns with the most that a row leaves them, the others being as favourable as can be.

    A solution that a row rules out altogether is for the solver to refuse: no limit falls below
    the least value of its column.
    """
    for sign, end in ((1, row.high), (-1, None if row.low is None else -row.low)):
        if end is None:
            continue
        pairs = [
            (column, sign * weight) for column, weight in zip(row.columns, row.weights, strict=True)
        ]
        least = sum(w * (model.lower[c] if w > 0 else model.upper[c]) for c, w in pairs)
        if isinf(least):
            continue
        for column, weight in pairs:
            if weight > 0:
                low = model.lower[column]
                yield column, max(low, low + (end - least) // weight)
