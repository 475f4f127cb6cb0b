"""What published numbers say together: ranges, reasons, conflicts and samples, by two solvers.

    from tally import solve
    facts = solve.Facts(codebook, claims)
    facts.bound("count(case, sex == 'f')")

The solvers are an extra, ``tally[solve]``: highspy and ortools. Without them this imports, and
says so when it is asked for anything.
"""

from tally.solve.bound import Bound, End
from tally.solve.facts import EFFORT, ContradictoryError, Facts
from tally.solve.infeasible_subsets import Conflict
from tally.solve.microdata_model import Layout
from tally.solve.pool import Pool

__all__ = ["EFFORT", "Bound", "Conflict", "ContradictoryError", "End", "Facts", "Layout", "Pool"]
