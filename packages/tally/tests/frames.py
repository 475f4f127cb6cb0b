"""Small frames and datasets for the tests: road accidents, and a rated factor with a history."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from tally import codebook
from tally.codebook import Codebook, Study
from tally.data import storage
from tally.dataset import OBSERVED, Dataset, Meta

EXAMPLE = Path(__file__).parents[1] / "examples" / "accidents"

UNITS = {
    "case": {"label": "case", "plural": "cases", "table": "cases", "id": "case_id"},
    "child": {
        "label": "child", "plural": "children", "table": "children", "of": "case", "id": "child_id",
    },
}  # fmt: skip
LEVELS = [
    {"code": "high", "label": "High", "score": 2, "alias": ["severe", "Very high"]},
    {"code": "low", "label": "Low", "score": 1},
    {"code": "none", "label": "None", "score": 0},
]


def accidents() -> Dataset:
    """Return the six accidents and eight casualties of the example."""
    return storage.read(EXAMPLE / "data", codebook.load(EXAMPLE / "frame"))


def rated(**history: Any) -> Codebook:
    """Return a frame with two rated factors, `noise` and `dust`; the second has a history."""
    studies = [Study(year, str(year), f"{year}-01", f"{year}-12") for year in (2015, 2017, 2019)]
    factor = {"scale": "rating", "section": "1"}
    return codebook.assemble(
        {
            "version": 3,
            "units": UNITS,
            "variables": [
                {"name": "study", "unit": "case", "kind": "study", "label": "Study"},
                {"name": "kind", "unit": "case", "label": "Kind", "categories": [
                    {"code": "a", "label": "A"}, {"code": "b", "label": "B"},
                ]},
                {"name": "age", "unit": "child", "kind": "integer", "label": "Age", "maximum": 17,
                 "optional": True},
            ],
        },
        {
            "scales": {"rating": {"section": "1", "levels": LEVELS}},
            "factors": [
                {"code": "noise", "label": "Noise", **factor},
                {"code": "dust", "label": "Dust", **factor, **history},
            ],
        },
        studies,
    )  # fmt: skip


def cases(frame: Codebook, rows: list[tuple[int, str, str, str]]) -> Dataset:
    """Return cases (study, kind, noise, dust), each with one child whose age is not known."""
    ids = [f"C{n}" for n in range(len(rows))]
    table = pd.DataFrame(rows, columns=["study", "kind", "noise", "dust"]).assign(case_id=ids)
    children = pd.DataFrame({"child_id": ids, "case_id": ids, "age": None})
    return Dataset(frame, {"case": table, "child": children}, Meta("Cases", OBSERVED))
