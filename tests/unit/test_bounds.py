"""Do the ranges of the report hold every value that a dataset can have?"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pandas as pd

from scrlib import determined, paths
from scrlib.auditing import ranges
from scrlib.report import coding_frame, read_dataset
from tally import language
from tally.dataset import Dataset
from tally.evaluate import evaluate, values
from tally.solve.marginal_model import Counted
from tally.solve.partition import Table

FRAME = coding_frame()


def columns(model: Counted, dataset: Dataset) -> list[int]:
    """Count a dataset into the cells of a counted model, by pandas."""
    found = [0] * len(model.model.lower)
    for unit, tables in model.tables.items():
        for table in tables:
            for n, count in _cells(table, dataset, unit).items():
                found[table.first + n] = int(count)
    return found


def _cells(table: Table, dataset: Dataset, unit: str) -> pd.Series:
    place = pd.Series(0, index=range(dataset.size(unit)))
    for name, groups in table.classes.items():
        group_of = {code: n for n, group in enumerate(groups) for code in group}
        codes = _codes(name, dataset, unit)
        if not isinstance(name, str):
            # The last value stands for all beyond it where no number of units is known.
            codes = [min(max(code, min(group_of)), max(group_of)) for code in codes]
        place = place * len(groups) + pd.Series([group_of[c] for c in codes])
    return place.value_counts()


def _codes(name: Any, dataset: Dataset, unit: str) -> list[Any]:
    view = dataset.views[unit]
    if isinstance(name, str):
        codes = dataset.codebook.variables[name].codes
        return [codes[n] for n in view.positions(name)]
    root = dataset.codebook.root.name
    found = values(name, dataset, root)
    return list(found if unit == root else found[view.owner])


def test_the_synthetic_cases_are_a_solution_of_the_model_that_bounds_every_quantity():
    """If one row were wrong, ranges could leave out a dataset that agrees with the report."""
    dataset = read_dataset(paths.SYNTHETIC)
    model = Counted(FRAME, determined.facts().known.rows)
    found = columns(model, dataset)
    for row in model.model.rows:
        value = sum(w * found[c] for c, w in zip(row.columns, row.weights, strict=True))
        assert row.low is None or value >= row.low, row.claims
        assert row.high is None or value <= row.high, row.claims
    assert all(n <= most for n, most in zip(found, model.model.upper, strict=True))


def test_every_committed_range_holds_the_value_of_the_synthetic_cases():
    dataset = read_dataset(paths.SYNTHETIC)
    assert determined.facts().broken(dataset) == ()
    rows = ranges.read()
    assert len(rows) > 500
    for item in rows:
        value = evaluate(language.parse(item.quantity, FRAME, 2017), dataset)
        assert value is None or item.low is None or item.low <= value, item.quantity
        assert value is None or item.high is None or value <= item.high, item.quantity


def test_ranges_are_read_as_they_were_written(tmp_path):
    found = [ranges.Bounds("count(case, true)", Fraction(1, 3), Fraction(2), True, False)]
    ranges.write(found, tmp_path / "b.csv")
    assert ranges.read(tmp_path / "b.csv") == found
