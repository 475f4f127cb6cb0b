"""A first dataset that agrees with claims, solved case by case, where there is none to start from.

How many cases have each combination of some variables is settled first, from the claims about those
variables alone; then the whole dataset is solved (`tally.solve.microdata_model`). It describes
nobody: it is one of many that agree, and a random walk then loosens it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import product

from tally.codebook import Code, Codebook
from tally.dataset import Dataset
from tally.errors import BuildError
from tally.expression import TRUE, Condition, compares, variables
from tally.normal_form import restrict
from tally.solve.compiled import Case
from tally.solve.constraint import Row
from tally.solve.microdata_model import Given, Layout, Slot, Slots, is_usual
from tally.solve.model import Expression, Model, total
from tally.solve.neighbourhood import as_dataset
from tally.solve.solvers import Highs, cp_sat

# Deterministic time in which CP-SAT settles what HiGHS found; it takes a tenth of it.
_WORK = 200.0
_TRIES = 5
_CORNERS, _CORNER_WORK = 24, 10.0
# More cases than any dataset looked for has of one combination.
_MANY = 1000


def first_dataset(
    codebook: Codebook, rows: Sequence[Row], layout: Layout, seed: int
) -> Dataset:  # fmt: skip
    """Return a dataset in which every row holds.

    Parameters
    ----------
    rows : sequence of Row
        Of a statement that can be read in several ways, the rows of one reading.
    layout : Layout
        Its `strata` are settled first.
    seed : int
        The same seed gives the same cases, another one gives others.

    Raises
    ------
    BuildError
        If no dataset was found.
    """
    for attempt in range(_TRIES):
        found = tried(codebook, rows, layout, seed, draw=seed * _TRIES + attempt)
        if found is not None:
            return found
    raise BuildError("No dataset was found that agrees with the claims.")


def tried(
    codebook: Codebook, rows: Sequence[Row], layout: Layout, seed: int, *, draw: int = 0,
    brief: bool = False,
) -> Dataset | None:  # fmt: skip
    """Look once for a dataset in which every row holds.

    Parameters
    ----------
    draw : int
        Another one settles the strata in another way.
    brief : bool
        Whether HiGHS gives up where its first heuristic finds nothing: ten seconds, not minutes.

    Raises
    ------
    BuildError
        If the rows about the strata alone rule each other out.
    """
    given = strata(codebook, rows, layout.strata, draw)
    model = Slots(codebook, rows, given, layout.limits(codebook), layout.each)
    # HiGHS finds a solution, the same one each time; CP-SAT, whose sums are exact, settles it.
    highs = Highs(model.model, whole=True, seed=seed)
    hint = (highs.jump() if brief else highs.solve()).values
    if hint is None and brief:
        return None
    known = None if hint is None else dict(enumerate(hint))
    found = cp_sat(model.model, seed=seed, hint=known, work=_WORK).values
    return None if found is None else _dataset(model, found, layout.usual, random.Random(seed))


def strata(codebook: Codebook, rows: Sequence[Row], names: Sequence[str], seed: int) -> list[Given]:
    """Settle how many cases have each combination of some variables' codes.

    Only the rows that test no other variable count here. The columns are counts of cases.
    """
    model, root = Model(), codebook.root.name
    combinations = list(product(*(codebook.variables[name].codes for name in names)))
    columns = [model.column(_MANY) for _ in combinations]
    facts = [dict(zip(names, found, strict=True)) for found in combinations]

    def counted(row: Row) -> Expression:
        return total(
            (weight, column)
            for weight, tally in row.terms
            for fact, column in zip(facts, columns, strict=True)
            if _true(tally.where, fact, codebook)
        )

    for row in rows:
        plain = all(
            tally.unit == root and tally.value is None
            and variables(tally.where) <= set(names) and not _summed(tally.where)
            for _, tally in row.terms
        )  # fmt: skip
        if plain:
            model.row(counted(row), row.low, row.high)
    values = _amid(model, columns, names, seed)
    return [
        {name: frozenset({code}) for name, code in fact.items()}
        for fact, column in zip(facts, columns, strict=True)
        for _ in range(model.value(column, values))
    ]


def _amid(
    model: Model, columns: Sequence[Expression], names: Sequence[str], seed: int
) -> list[int]:
    """Return a solution near the middle of several far apart, which is a likelier one."""
    draw = random.Random(seed)
    corners = []
    for _ in range(_CORNERS):
        wish = total((draw.randint(-3, 3), column) for column in columns)
        found = cp_sat(model, wish, seed=seed, work=_CORNER_WORK)
        if found.values is None:
            raise BuildError(f"The claims about {' and '.join(names)} rule each other out.")
        corners.append(found.values)
    apart = []
    for column in columns:
        middle = round(sum(model.value(column, item) for item in corners) / _CORNERS)
        apart.append(model.column(_MANY))
        model.row(total([(1, apart[-1]), (1, column)]), middle, None)
        model.row(total([(1, apart[-1]), (-1, column)]), -middle, None)
    near = cp_sat(model, total((1, item) for item in apart), seed=seed, work=_CORNER_WORK).values
    return near if near is not None else corners[0]


def _summed(condition: Condition) -> bool:
    return any(True for _ in compares(condition))


def _true(condition: Condition, fact: Mapping[str, Code], codebook: Codebook) -> bool:
    given = {name: frozenset({code}) for name, code in fact.items()}
    return restrict(condition, given, codebook) == TRUE


# -- from a solution to tables ---------------------------------------------------------------------


def _dataset(
    model: Slots, values: list[int], usual: Mapping[str, Sequence[int]], draw: random.Random
) -> Dataset:
    codebook = model.codebook
    order = list(model.cases)
    draw.shuffle(order)
    years = [name for name, item in codebook.variables.items() if item.kind == "study"]
    study = [[_code(model, case, n, values, usual, draw) for n in years] for case in order]
    found: list[Case] = []
    for _, case in sorted(zip(study, order, strict=True), key=lambda pair: str(pair[0])):
        own = _positions(model, case, values, usual, draw)
        there = (
            [slot for slot in slots if model.model.value(slot.present, values)]
            for slots in case.members.values()
        )
        found.append(
            (own, [[_positions(model, s, values, usual, draw) for s in slots] for slots in there])
        )
    return as_dataset(found, codebook)


def _positions(
    model: Slots, slot: Slot, values: list[int], usual: Mapping[str, Sequence[int]],
    draw: random.Random,
) -> list[int]:  # fmt: skip
    return [
        variable.codes.index(_code(model, slot, variable.name, values, usual, draw))
        for variable in model.codebook.of_unit(slot.unit)
    ]


def _code(
    model: Slots, slot: Slot, name: str, values: list[int], usual: Mapping[str, Sequence[int]],
    draw: random.Random,
) -> Code:  # fmt: skip
    """Return a code of the class that the solution has; any does, a usual one is preferred."""
    group = next(g for g, column in slot.columns[name] if model.model.value(column, values))
    codes = sorted(group, key=str)
    if name in usual:
        low, high = usual[name]
        codes = [c for c in codes if is_usual(c, low, high)] or codes
    return draw.choice(codes)
