"""A frame so small that all its datasets can be tried, and claims about them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement, product
from types import MappingProxyType

import pandas as pd

from tally import codebook, language
from tally.claims import Claim, Reading, limits
from tally.dataset import SYNTHETIC, Dataset, Meta
from tally.evaluate import evaluate

LEVELS = ("high", "low", "none")
FRAME = codebook.assemble(
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
QUANTITIES = (
    'count(case, kind == "a")',
    'count(case, kind == "a" and place == "x")',
    'count(case, kind == "a" or risk == "none")',
    'sum(case, score(risk), kind == "b")',
    'count(child, sex == "f" and kind == "a")',
    'count(case, number(child, sex == "m") == 1 and place == "x")',
    'mean(case, score(risk), kind == "a")',
    'percent(child, sex == "f", kind == "a")',
    "max(case, score(risk))",
    'min(case, score(risk), place == "x")',
)


def tiny(cases: list[tuple[str, str, str]], children: list[tuple[int, str]]) -> Dataset:
    """Return a dataset of cases (kind, place, risk) and children (place of their case, sex)."""
    frame = pd.DataFrame(cases, columns=["kind", "place", "risk"])
    frame.insert(0, "case_id", [str(n) for n in range(len(cases))])
    members = pd.DataFrame(
        [(str(k), str(n), sex) for k, (n, sex) in enumerate(children)],
        columns=["child_id", "case_id", "sex"],
    )
    return Dataset(FRAME, MappingProxyType({"case": frame, "child": members}), Meta("T", SYNTHETIC))


def every(number: int) -> Iterator[Dataset]:
    """Yield all datasets of so many cases, each with one child."""
    for cases in combinations_with_replacement(KINDS, number):
        for sexes in product("fm", repeat=number):
            yield tiny(list(cases), list(enumerate(sexes)))


def claim(name: str, *readings: tuple[str, str]) -> Claim:
    """Return a claim with one reading or several: a quantity and the number printed of it each."""
    made = []
    for n, (text, printed) in enumerate(readings, 1):
        parsed = language.parse(text, FRAME)
        own = name if len(readings) == 1 else f"{name}/{n}"
        made.append(Reading(own, "", text, parsed, limits("equal", printed, parsed)))
    return Claim(name, "", name, readings[0][1], "equal", tuple(made))


def printed(dataset: Dataset, *texts: str) -> list[Claim]:
    """Return what a dataset would print of some quantities."""
    return [claim(t, (t, str(evaluate(language.parse(t, FRAME), dataset)))) for t in texts]
