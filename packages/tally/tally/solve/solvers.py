"""HiGHS and CP-SAT behind one small interface, with settings that repeat.

Both run on one thread, and are stopped by what they have done (nodes, deterministic time), never by
the clock: the same model, seed and effort give the same answer on any machine, however busy.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from itertools import count
from math import inf
from typing import Any

import numpy as np

from tally.errors import InputError
from tally.solve.model import CONSTANT, Model

_TOLERANCE = 1e-6
_PRIMAL_SIMPLEX = 4
_ALL_NODES = 2**31 - 1
# Whole-number objectives: what is less than one unit better is not better.
_GAP = 0.999
# HiGHS 1.16 asks so often whether to go on before it tries feasibility jump.
_BEFORE_JUMP = 2
# They run at the root whatever their effort is, and the LP of a smaller problem can stall there.
_HEURISTICS = ("feasibility_jump", "rens", "rins", "root_reduced_cost")
WANTED = (
    "Ranges, proofs, samples and protection need solvers: run 'make solve', "
    "or 'pip install highspy ortools'."
)


def needed(name: str) -> Any:
    """Return a solver's module.

    Raises
    ------
    InputError
        If it is not installed, with the command that installs it.
    """
    try:
        return import_module(name)
    except ImportError:
        raise InputError(WANTED) from None


@dataclass(frozen=True)
class Answer:
    """What a solver found.

    Parameters
    ----------
    feasible : bool or None
        None if the solver stopped before it knew.
    bound : float
        No solution lies beyond this value of the objective.
    values : list of int or None
        A whole solution, if one was found.
    objective : float or None
        Its value, or that of the relaxation.
    point : sequence of float or None
        The solution as the solver gives it, not rounded.
    """

    feasible: bool | None
    bound: float
    values: list[int] | None = None
    objective: float | None = None
    optimal: bool = False
    point: Sequence[float] | None = None


@contextmanager
def _silent() -> Iterator[None]:
    """Keep standard output clean: HiGHS greets as it is made, before it can be told not to."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


class Highs:
    """A model in HiGHS, kept between questions so that each starts where the last one ended.

    Parameters
    ----------
    model : Model
    whole : bool or collection of int
        Whether columns are whole numbers, or which of them are.
    presolve : bool
        Whether the model is made smaller before it is solved.
    prove : bool
        Whether limits are wanted rather than solutions: no time goes to looking for any.
    gap : float
        A whole solution is good enough if no other is better by more than this share.
    """

    def __init__(
        self, model: Model, *, whole: bool | Collection[int] = False, seed: int = 0,
        presolve: bool = True,
        prove: bool = False, gap: float = 0.0,
    ) -> None:  # fmt: skip
        self.model, self.api = model, needed("highspy")
        with _silent():
            self.solver = self.api.Highs()
        for name, value in (
            ("output_flag", False), ("threads", 1), ("random_seed", seed), ("mip_rel_gap", gap),
            ("mip_abs_gap", _GAP),
        ):  # fmt: skip
            self.solver.setOptionValue(name, value)
        if not presolve:
            self.solver.setOptionValue("presolve", "off")
        if prove:
            self.solver.setOptionValue("mip_heuristic_effort", 0.0)
            for name in _HEURISTICS:
                self.solver.setOptionValue(f"mip_heuristic_run_{name}", False)
        self.solver.passModel(self._program(whole))
        self._objective: list[int] = []

    def _program(self, whole: bool | Collection[int]) -> Any:
        api, model = self.api, self.model
        program = api.HighsLp()
        program.num_col_, program.num_row_ = len(model.lower), len(model.rows)
        program.col_cost_ = np.zeros(len(model.lower))
        program.col_lower_ = np.array(model.lower, dtype=float)
        program.col_upper_ = np.array(model.upper, dtype=float)
        program.row_lower_ = np.array([_low(row.low) for row in model.rows])
        program.row_upper_ = np.array([_high(row.high) for row in model.rows])
        matrix = program.a_matrix_
        matrix.format_ = api.MatrixFormat.kRowwise
        lengths = [len(row.columns) for row in model.rows]
        matrix.start_ = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        matrix.index_ = np.array([c for row in model.rows for c in row.columns], dtype=np.int32)
        matrix.value_ = np.array([w for row in model.rows for w in row.weights], dtype=float)
        kinds = api.HighsVarType
        chosen = range(len(model.lower)) if whole is True else frozenset(whole or ())
        if chosen:
            program.integrality_ = [
                kinds.kInteger if n in chosen else kinds.kContinuous
                for n in range(len(model.lower))
            ]
        return program

    def begin(self, values: Mapping[int, int]) -> None:
        """Set out from a solution of which some columns are given."""
        self.solver.setSolution(
            len(values), np.array(list(values), dtype=np.int32),
            np.array(list(values.values()), dtype=float),
        )  # fmt: skip

    def relax(self, rows: Sequence[int]) -> None:
        """Switch rows off."""
        for row in rows:
            self.solver.changeRowBounds(row, -inf, inf)

    def restore(self, rows: Sequence[int]) -> None:
        """Switch rows on again."""
        for index in rows:
            row = self.model.rows[index]
            self.solver.changeRowBounds(index, _low(row.low), _high(row.high))

    def start(self) -> bool | None:
        """Look for a solution of the relaxation, from which later questions start.

        An interior point method finds it; the simplex method is quick from there, slow before.
        """
        self.solver.setOptionValue("solver", "ipm")
        found = self.solve().feasible
        self._primal()
        return found

    def _primal(self) -> None:
        self.solver.setOptionValue("solver", "simplex")
        self.solver.setOptionValue("simplex_strategy", _PRIMAL_SIMPLEX)

    def unperturbed(self) -> None:
        """Keep limits where they are: moved a little against cycling, they must be moved back.

        Questions asked one after the other are answered sooner, and from another vertex if there
        are several: what is read from a vertex, such as a refutation, is another one then.
        """
        self.solver.setOptionValue("primal_simplex_bound_perturbation_multiplier", 0.0)

    def resume(self, other: Highs) -> None:
        """Start where another model stopped, of which this one has all columns and rows first."""
        kinds, known = self.api.HighsBasisStatus, other.solver.getBasis()
        basis = self.api.HighsBasis()
        columns = len(self.model.lower) - len(known.col_status)
        rows = len(self.model.rows) - len(known.row_status)
        basis.col_status = [*known.col_status, *([kinds.kLower] * columns)]
        basis.row_status = [*known.row_status, *([kinds.kBasic] * rows)]
        self.solver.setBasis(basis)
        self._primal()

    def refutation(self) -> frozenset[int]:
        """Return rows that have no common solution, once `solve` has found that there is none.

        They are those with a weight in the certificate of infeasibility (Farkas).
        """
        _, there, weights = self.solver.getDualRay()
        if not there:
            return frozenset(range(len(self.model.rows)))
        return frozenset(int(row) for row in np.flatnonzero(np.abs(weights) > _TOLERANCE))

    @contextmanager
    def extra(
        self, expression: Mapping[int, int], low: int | None, high: int | None
    ) -> Iterator[None]:
        """Add a row for as long as the block runs."""
        columns = [column for column in expression if column != CONSTANT]
        constant = expression.get(CONSTANT, 0)
        self.solver.addRow(
            _low(low) - constant, _high(high) - constant, len(columns),
            np.array(columns, dtype=np.int32),
            np.array([float(expression[column]) for column in columns]),
        )  # fmt: skip
        try:
            yield
        finally:
            last = self.solver.getNumRow() - 1
            self.solver.deleteRows(1, np.array([last], dtype=np.int32))

    @contextmanager
    def fixed(self, values: Mapping[int, int]) -> Iterator[None]:
        """Fix columns for as long as the block runs: unlike a row, this keeps the basis."""
        for column, value in values.items():
            self.solver.changeColBounds(column, float(value), float(value))
        try:
            yield
        finally:
            for column in values:
                low, high = self.model.lower[column], self.model.upper[column]
                self.solver.changeColBounds(column, float(low), float(high))

    def solve(
        self, objective: Mapping[int, int] | None = None, *, maximise: bool = False,
        nodes: int | None = None,
    ) -> Answer:  # fmt: skip
        """Optimise an expression, or look for any solution.

        Parameters
        ----------
        nodes : int, optional
            After how many nodes of the search tree to stop; no limit if None.
        """
        self._cost(objective or {})
        sense = self.api.ObjSense.kMaximize if maximise else self.api.ObjSense.kMinimize
        self.solver.changeObjectiveSense(sense)
        self.solver.setOptionValue("mip_max_nodes", _ALL_NODES if nodes is None else nodes)
        self.solver.run()
        return self._answer((objective or {}).get(CONSTANT, 0), maximise)

    def jump(self) -> Answer:
        """Look for a solution with what HiGHS begins with, feasibility jump, and nothing else.

        No setting says so. HiGHS asks whether to go on twice before, and again after the relaxation
        at the root, of which an interior point method may do one step.
        """
        self.solver.setOptionValue("mip_lp_solver", "ipm")
        self.solver.setOptionValue("ipm_iteration_limit", 1)
        asked = count(1)

        def stop(event: Any) -> None:
            if next(asked) > _BEFORE_JUMP:
                event.interrupt()

        self.solver.cbMipInterrupt.subscribe(stop)
        return self.solve(nodes=1)

    def _cost(self, objective: Mapping[int, int]) -> None:
        wanted = [column for column in objective if column != CONSTANT]
        costs = dict.fromkeys(self._objective, 0.0) | {c: float(objective[c]) for c in wanted}
        if costs:
            self.solver.changeColsCost(
                len(costs), np.array(list(costs), dtype=np.int32), np.array(list(costs.values()))
            )
        self._objective = wanted

    def _answer(self, constant: int, maximise: bool) -> Answer:
        status, info = self.solver.getModelStatus(), self.solver.getInfo()
        kinds = self.api.HighsModelStatus
        if status == kinds.kInfeasible:
            return Answer(False, -inf if maximise else inf)
        found = info.primal_solution_status == 2
        values = self.solver.getSolution().col_value if found else None
        rounded = [round(value) for value in values] if values is not None else None
        bound = info.mip_dual_bound if self._whole() else info.objective_function_value
        done = status == kinds.kOptimal
        if not done and not self._whole():
            bound = inf if maximise else -inf
        return Answer(
            True if found else None, bound + constant, rounded,
            info.objective_function_value + constant if found else None, done, values,
        )  # fmt: skip

    def _whole(self) -> bool:
        return len(self.solver.getLp().integrality_) > 0


def _low(value: int | None) -> float:
    return -inf if value is None else float(value)


def _high(value: int | None) -> float:
    return inf if value is None else float(value)


def cp_sat(
    model: Model, objective: Mapping[int, int] | None = None, *, maximise: bool = False,
    seed: int = 0, work: float = inf, hint: Mapping[int, int] | None = None, brief: bool = False,
) -> Answer:  # fmt: skip
    """Find a whole solution with CP-SAT; the best one if there is an objective.

    Parameters
    ----------
    work : float
        Deterministic time after which to stop; a unit is one to two seconds of an idle machine.
    hint : mapping of int to int, optional
        Values of columns to set out from.
    brief : bool
        Whether the model is searched soon rather than made small first: for seconds, not minutes.
    """
    cp_model = needed("ortools.sat.python.cp_model")
    program, columns = _program(model)
    wanted = {c: w for c, w in (objective or {}).items() if c != CONSTANT}
    constant = (objective or {}).get(CONSTANT, 0)
    if wanted:
        goal = cp_model.LinearExpr.weighted_sum([columns[c] for c in wanted], list(wanted.values()))
        (program.maximize if maximise else program.minimize)(goal)
    for index, value in (hint or {}).items():
        program.add_hint(columns[index], value)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.linearization_level = 2
    solver.parameters.max_deterministic_time = work
    if brief:
        solver.parameters.cp_model_probing_level = 0
        solver.parameters.symmetry_level = 0
    status = solver.solve(program)
    if status == cp_model.INFEASIBLE:
        return Answer(False, -inf if maximise else inf)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Answer(None, inf if maximise else -inf)
    values = [solver.value(column) for column in columns]
    bound = solver.best_objective_bound + constant if wanted else 0.0
    found = solver.objective_value + constant if wanted else None
    return Answer(True, bound, values, found, status == cp_model.OPTIMAL)


def _program(model: Model) -> tuple[Any, list[Any]]:
    cp_model = needed("ortools.sat.python.cp_model")
    program = cp_model.CpModel()
    columns = [
        program.new_int_var(low, high, "")
        for low, high in zip(model.lower, model.upper, strict=True)
    ]
    for row in model.rows:
        low = cp_model.INT32_MIN if row.low is None else row.low
        high = cp_model.INT32_MAX if row.high is None else row.high
        expression = cp_model.LinearExpr.weighted_sum(
            [columns[c] for c in row.columns], list(row.weights)
        )
        program.add_linear_constraint(expression, low, high)
    return program, columns
