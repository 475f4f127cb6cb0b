"""Evaluate quantities on a dataset: the numbers behind every table, figure and sentence.

Results are exact: counts are whole numbers, percentages and means are fractions, and rounding
happens once, where a number is shown (`tally.rounding.half_up`).
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tally.codebook import Grouping
from tally.dataset import Dataset, View
from tally.expression import (
    OPERATORS,
    Aggregate,
    And,
    Compare,
    Condition,
    In,
    Linear,
    Not,
    Number,
    Quantity,
    Relation,
    Tally,
)
from tally.language import compare, parse_derived

Mask = NDArray[np.bool_]


def mask(condition: Condition, dataset: Dataset, unit: str) -> Mask:
    """Return, for each row of a unit, whether a condition holds."""
    return dataset.views[unit].kept(condition, lambda: _mask(condition, dataset, unit))


def _mask(condition: Condition, dataset: Dataset, unit: str) -> Mask:
    view = dataset.views[unit]
    if isinstance(condition, In):
        codes = dataset.codebook.variables[condition.variable].codes
        table = np.array([code in condition.codes for code in codes], dtype=bool)
        return np.asarray(table[view.positions(condition.variable)])
    if isinstance(condition, Not):
        return ~mask(condition.condition, dataset, unit)
    if isinstance(condition, Compare):
        return _compared(condition, dataset, view)
    parts = [mask(item, dataset, unit) for item in condition.conditions]
    join = np.logical_and if isinstance(condition, And) else np.logical_or
    return reduce(join, parts) if parts else np.full(len(view), isinstance(condition, And))


def values(linear: Linear, dataset: Dataset, unit: str) -> NDArray[np.int64]:
    """Return a whole number for each row of a unit; an unknown value counts as nothing."""
    return dataset.views[unit].kept(linear, lambda: _values(linear, dataset, unit))


def _values(linear: Linear, dataset: Dataset, unit: str) -> NDArray[np.int64]:
    view = dataset.views[unit]
    total = np.full(len(view), linear.constant, dtype=np.int64)
    for item in linear.weights:
        weight_of = dict(item.weights)
        codes = dataset.codebook.variables[item.variable].codes
        table = np.array([weight_of.get(code, 0) for code in codes], dtype=np.int64)
        total += table[view.positions(item.variable)]
    for weight, number in linear.numbers:
        total += weight * _numbers(number, dataset, view)
    return total


def known(linear: Linear, dataset: Dataset, unit: str) -> Mask:
    """Return, for each row of a unit, whether every variable that is summed is known."""
    return mask(And(linear.known(dataset.codebook)), dataset, unit)


def _compared(condition: Compare, dataset: Dataset, view: View) -> Mask:
    total = values(condition.linear, dataset, view.unit)
    holds = OPERATORS[condition.op](total, condition.constant)
    return np.asarray(holds & known(condition.linear, dataset, view.unit))


def _numbers(number: Number, dataset: Dataset, view: View) -> NDArray[np.int64]:
    inside = mask(number.condition, dataset, number.unit)
    owner = dataset.views[number.unit].owner[inside]
    return np.bincount(owner, minlength=len(view)).astype(np.int64)


def tally(item: Tally, dataset: Dataset) -> int:
    """Count the units that meet a condition, or sum a value over them."""
    inside = mask(item.where, dataset, item.unit)
    if item.value is None:
        return int(np.count_nonzero(inside))
    return int(values(item.value, dataset, item.unit)[inside].sum())


def statistic(aggregate: Aggregate, dataset: Dataset) -> Fraction | None:
    """Evaluate one statistic; None where it is not defined, as the mean of nothing."""
    if aggregate.function in ("min", "max", "median"):
        return _order(aggregate, dataset)
    above, below, scale = aggregate.ratio(dataset.codebook)
    base = 1 if below is None else tally(below, dataset)
    return Fraction(scale * tally(above, dataset), base) if base else None


def _order(aggregate: Aggregate, dataset: Dataset) -> Fraction | None:
    assert aggregate.value is not None
    inside = mask(aggregate.ratio(dataset.codebook).above.where, dataset, aggregate.unit)
    found = np.sort(values(aggregate.value, dataset, aggregate.unit)[inside])
    if not len(found):
        return None
    if aggregate.function == "median":
        middle: Any = found[(len(found) - 1) // 2] + found[len(found) // 2]
        return Fraction(int(middle), 2)
    return Fraction(int(found[0] if aggregate.function == "min" else found[-1]))


def evaluate(quantity: Quantity, dataset: Dataset) -> Fraction | None:
    """Evaluate a quantity on a dataset.

    Returns
    -------
    Fraction or None
        The exact value; None where it is not defined, as a percentage of nothing.
    """
    total = Fraction(quantity.constant)
    for weight, aggregate in quantity.terms:
        found = statistic(aggregate, dataset)
        if found is None:
            return None
        total += weight * found
    return total


def holds(relation: Relation, dataset: Dataset) -> bool | None:
    """Say whether every comparison holds; None if one of its sides is not defined."""
    outcome = True
    for left, op, right in relation.comparisons:
        first, second = evaluate(left, dataset), evaluate(right, dataset)
        if first is None or second is None:
            return None
        outcome = outcome and compare(first, op, second)
    return outcome


def derived(dataset: Dataset, unit: str, *, labels: bool = True) -> pd.DataFrame:
    """Return what the frame derives about each row of a unit: groups, scores, conditions.

    Parameters
    ----------
    dataset : Dataset
    unit : str
        Rows are those of ``dataset.frames[unit]``, with its index; groups and derived variables of
        the unit to which it belongs are repeated for each.
    labels : bool
        Whether groups are given by their labels, else by their codes.

    Returns
    -------
    DataFrame
        A column for each grouping, an ordered categorical in the frame's order, and one for each
        derived variable: true or false where it is a condition, else whole numbers, missing where
        a value that is summed is not known.
    """
    codebook = dataset.codebook
    names = [name for name in codebook.names(unit) if name not in codebook.variables]
    columns = {
        name: _grouped(codebook.groupings[name], dataset, unit, labels)
        if name in codebook.groupings
        else _derived(name, dataset, unit)
        for name in names
    }
    return pd.DataFrame(columns, index=dataset.frames[unit].index)


def _grouped(grouping: Grouping, dataset: Dataset, unit: str, labels: bool) -> Any:
    places = {
        code: place
        for place, group in enumerate(grouping.categories)
        for code in grouping.members[group.code]
    }
    variable = dataset.codebook.variables[grouping.variable]
    table = np.array([places.get(code, -1) for code in variable.codes])
    names = [item.label if labels else item.code for item in grouping.categories]
    found = table[dataset.views[unit].positions(variable.name)]
    return pd.Categorical.from_codes(found, categories=pd.Index(names), ordered=True)


def _derived(name: str, dataset: Dataset, unit: str) -> Any:
    parsed, home = parse_derived(name, dataset.codebook), dataset.codebook.derived[name].unit
    rows = slice(None) if home == unit else dataset.views[unit].owner
    if not isinstance(parsed, Linear):
        return mask(parsed, dataset, home)[rows]
    unknown = ~known(parsed, dataset, home)
    return pd.arrays.IntegerArray(values(parsed, dataset, home).copy(), unknown)[rows]
