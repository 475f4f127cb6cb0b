"""Make cases that agree with print: CP-SAT finds a dataset, a random walk then loosens it.

The result describes nobody. How many cases each study had of each kind of proceedings is settled
first, from the claims about those variables alone; then the whole dataset is solved case by case
(`tally.solve.microdata_model`). Where words can be read in several ways, one reading holds
(`layout` in `consistency.yaml`).
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from itertools import product

from scrlib.solving import consistency
from tally.claims import Claim
from tally.codebook import Code, Codebook
from tally.dataset import SYNTHETIC, Dataset, Meta
from tally.errors import BuildError
from tally.expression import TRUE, Condition
from tally.solve import claim_constraints
from tally.solve.algebra import compares, restrict, variables
from tally.solve.constraint import Row
from tally.solve.microdata_model import Given, Slot, Slots
from tally.solve.model import Expression, Model, total
from tally.solve.neighbourhood import framed
from tally.solve.solvers import Highs, cp_sat

META = Meta(
    "Synthetic dataset solved from the printed report", SYNTHETIC, "2009 to 2016",
    "none: no real cases are described",
)  # fmt: skip
_SECONDS = 240.0
_TRIES = 5
_CORNERS = 24


def synthesise(
    codebook: Codebook, claims: Sequence[Claim], seed: int, aside: Collection[str] = (),
) -> tuple[Dataset, tuple[str, ...]]:  # fmt: skip
    """Make a dataset in which every claim holds but those set aside.

    Parameters
    ----------
    claims : sequence of Claim
    seed : int
        The same seed gives the same cases, another one gives others.
    aside : collection of str
        Ids of claims and readings that print itself rules out.

    Returns
    -------
    tuple
        The dataset, and the ids of the claims that were set aside.

    Raises
    ------
    BuildError
        If no dataset was found.
    """
    layout = consistency.read()["layout"]
    must = claim_constraints.followed(claims, layout["readings"], aside)
    hard = consistency.rules(codebook, "meaning", "plausible")
    stated = claim_constraints.stated([*must, *hard], codebook)
    for attempt in range(_TRIES):
        given = strata(codebook, stated.rows, layout["strata"], seed * _TRIES + attempt)
        model = Slots(codebook, stated.rows, given, layout["most"], layout["each"])
        # HiGHS finds a solution, the same one each time; CP-SAT, whose sums are exact, settles it.
        hint = Highs(model.model, whole=True, seed=seed).solve(limit=_SECONDS).values
        known = None if hint is None else dict(enumerate(hint))
        found = cp_sat(model.model, seed=seed, hint=known, limit=_SECONDS)
        if found.values is not None:
            made = _dataset(model, found.values, layout["usual"], random.Random(seed))
            return made, tuple(item.id for item in claims if item.id in aside)
    raise BuildError("No dataset was found that agrees with the claims.")


def strata(codebook: Codebook, rows: Sequence[Row], names: Sequence[str], seed: int) -> list[Given]:
    """Settle how many cases have each combination of some variables' codes.

    Only the rows that test no other variable count here. The columns are counts of cases.
    """
    model, root = Model(), codebook.root.name
    combinations = list(product(*(codebook.variables[name].codes for name in names)))
    columns = [model.column(1000) for _ in combinations]
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
        found = cp_sat(model, wish, seed=seed, limit=20)
        if found.values is None:
            raise BuildError(f"The claims about {' and '.join(names)} rule each other out.")
        corners.append(found.values)
    apart = []
    for column in columns:
        middle = round(sum(model.value(column, item) for item in corners) / _CORNERS)
        apart.append(model.column(1000))
        model.row(total([(1, apart[-1]), (1, column)]), middle, None)
        model.row(total([(1, apart[-1]), (-1, column)]), -middle, None)
    near = cp_sat(model, total((1, item) for item in apart), seed=seed, limit=20).values
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
    root = codebook.root
    order = [n for n, _ in enumerate(model.cases)]
    draw.shuffle(order)
    study = {n: _code(model, model.cases[n], _study(codebook), values, usual, draw) for n in order}
    order.sort(key=lambda n: str(study[n]))
    tables: dict[str, list[dict[str, Code]]] = {name: [] for name in codebook.units}
    for number, n in enumerate(order, 1):
        case, ids = model.cases[n], {root.id or "": f"S{number:03d}"}
        tables[root.name].append({**ids, **_codes(model, case, values, usual, draw)})
        for unit, slots in case.members.items():
            there = [slot for slot in slots if model.model.value(slot.present, values)]
            for place, slot in enumerate(there, 1):
                own = codebook.units[unit].id
                named = {own: f"S{number:03d}-{place}"} if own else {}
                row = _codes(model, slot, values, usual, draw)
                tables[unit].append({**named, **ids, **row})
    return framed(codebook, tables, META)


def _study(codebook: Codebook) -> str:
    return next(name for name, item in codebook.variables.items() if item.kind == "study")


def _codes(
    model: Slots, slot: Slot, values: list[int], usual: Mapping[str, Sequence[int]],
    draw: random.Random,
) -> dict[str, Code]:  # fmt: skip
    return {name: _code(model, slot, name, values, usual, draw) for name in slot.columns}


def _code(
    model: Slots, slot: Slot, name: str, values: list[int], usual: Mapping[str, Sequence[int]],
    draw: random.Random,
) -> Code:  # fmt: skip
    """Return a code of the class that the solution has; any does, a usual one is preferred."""
    group = next(g for g, column in slot.columns[name] if model.model.value(column, values))
    codes = sorted(group, key=str)
    if name in usual:
        low, high = usual[name]
        codes = [c for c in codes if isinstance(c, int) and low <= c <= high] or codes
    return draw.choice(codes)
