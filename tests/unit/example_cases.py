"""A few cases with children, made by hand, for tests that need a dataset of known counts."""

from __future__ import annotations

import pandas as pd

from scrlib.report import coding_frame
from tally.dataset import OBSERVED, Dataset, Meta

PLAIN = {
    "study": 2012, "law": "s31", "involvement": "prior", "incident": "harm_physical",
    "perpetrator": "father", "da_perpetrator": "none", "child_protection_plan": "no",
}  # fmt: skip


def cases(*rows: dict[str, object], children: int = 1, provenance: str = OBSERVED) -> Dataset:
    """Return a dataset of cases that differ from a plain one as each row says.

    Each case has `children` children: girls where the law is public, boys elsewhere.
    """
    frame = coding_frame()
    ratings = {name: "none" for name in frame.factors if name != "child_protection_plan"}
    records = [
        {"case_id": f"C{place}", **PLAIN, **ratings, **row} for place, row in enumerate(rows, 1)
    ]
    columns = ["case_id", *(item.name for item in frame.of_unit("case"))]
    family = [
        {"child_id": f"{item['case_id']}-{number}", "case_id": item["case_id"], "age": 0,
         "sex": "female" if item["law"] == "s31" else "male", "harm": "physical"}
        for item in records for number in range(children)
    ]  # fmt: skip
    parents = [
        {"case_id": item["case_id"], "role": role, "age_at_first_child": 20}
        for item in records
        for role in ("mother", "father")
    ]
    frames = {
        "case": pd.DataFrame(records, columns=columns),
        "child": pd.DataFrame(family, columns=["child_id", "case_id", "sex", "age", "harm"]),
        "parent": pd.DataFrame(parents, columns=["case_id", "role", "age_at_first_child"]),
    }
    return Dataset(frame, frames, Meta("Example", provenance))
