"""A frame of three variables and one risk factor, small enough to try every dataset of it."""

from __future__ import annotations

from itertools import product
from types import MappingProxyType

import pandas as pd

from scrlib.auditing import claims as register
from tally import codebook, language
from tally.claims import Claim, Reading
from tally.dataset import SYNTHETIC, Dataset, Meta

LEVELS = ("high", "low", "none")
TINY = codebook.assemble(
    {
        "units": {
            "case": {"label": "case", "plural": "cases", "table": "cases", "id": "case_id"},
            "child": {"label": "child", "plural": "children", "table": "children", "of": "case",
                      "id": "child_id"},
        },
        "variables": [
            {"name": name, "unit": unit, "label": name, "section": "", "definition": "",
             "categories": [{"code": code, "label": code} for code in codes]}
            for name, unit, codes in (
                ("kind", "case", "ab"), ("place", "case", "xy"), ("sex", "child", "fm"),
            )
        ],
    },
    {
        "scales": {"rating": {"section": "", "levels": [
            {"code": code, "label": code, "score": 2 - n} for n, code in enumerate(LEVELS)
        ]}},
        "factors": [{"code": "risk", "label": "Risk", "scale": "rating", "section": ""}],
    },
    (),
)  # fmt: skip
KINDS = list(product("ab", "xy", LEVELS))
"""Every case that there can be: kind, place, risk."""


def tiny(cases: list[tuple[str, str, str]], children: list[tuple[int, str]]) -> Dataset:
    """Return a dataset of cases (kind, place, risk) and children (place of their case, sex)."""
    frame = pd.DataFrame(cases, columns=["kind", "place", "risk"])
    frame.insert(0, "case_id", [str(n) for n in range(len(cases))])
    members = pd.DataFrame(
        [(str(k), str(n), sex) for k, (n, sex) in enumerate(children)],
        columns=["child_id", "case_id", "sex"],
    )
    tables = MappingProxyType({"case": frame, "child": members})
    return Dataset(TINY, tables, Meta("Tiny", SYNTHETIC))


def claim(text: str, printed: str) -> Claim:
    """Return a claim, named by its quantity, that a number was printed of it."""
    parsed = language.parse(text, TINY)
    limits = register.limits("equal", printed, parsed)
    return Claim(text, "1", text, printed, "equal", (Reading(text, "", text, parsed, limits),))
