"""Three cases made by hand, and claims about them, for tests of how the report is judged."""

from __future__ import annotations

import pandas as pd

from scrlib.auditing.known import Knowledge
from scrlib.report import coding_frame
from tally import language
from tally.claims import Claim, Reading, limits
from tally.dataset import OBSERVED, Dataset, Meta
from tally.expression import Quantity, Relation

FRAME = coding_frame()
LAWS = ("s31", "s31", "wafh")


def dataset(provenance: str = OBSERVED) -> Dataset:
    """Return two public law cases and a private one, each with a girl of four."""
    rated = dict.fromkeys(FRAME.factors, "none") | {"child_protection_plan": "no"}
    case = {
        "study": 2017, "involvement": "prior", "incident": "harm_physical",
        "perpetrator": "father", "da_perpetrator": "none", **rated,
    }  # fmt: skip
    ids = [f"C{n}" for n, _ in enumerate(LAWS)]
    frames = {
        "case": pd.DataFrame(
            [{"case_id": i, "law": law, **case} for i, law in zip(ids, LAWS, strict=True)]
        ),
        "child": pd.DataFrame(
            [{"child_id": i, "case_id": i, "age": 4, "sex": "female", "harm": "physical"}
             for i in ids]
        ),
        "parent": pd.DataFrame(columns=["case_id", "role", "age_at_first_child"]),
    }  # fmt: skip
    return Dataset(FRAME, frames, Meta("Three cases", provenance))


def knowledge(provenance: str = OBSERVED) -> Knowledge:
    """Return what may be told of them; synthetic ones are taken to agree with the report."""
    found = Knowledge(dataset(provenance), 2017)
    found.__dict__["broken"] = ()
    return found


def reading(
    text: str, compare: str, printed: str, label: str = "", identifier: str = ""
) -> Reading:
    """Return one reading of a claim."""
    parsed: Quantity | Relation
    if compare == "relation":
        parsed = language.parse_relation(text, FRAME, 2017)
        return Reading(identifier, label, text, parsed)
    parsed = language.parse(text, FRAME, 2017)
    return Reading(identifier, label, text, parsed, limits(compare, printed, parsed, "1"))


def claim(text: str, printed: str, compare: str = "equal", **more: object) -> Claim:
    """Return a claim with one reading; its id is `a`."""
    return Claim(
        "a", "1", "Says", printed, compare, (reading(text, compare, printed, "", "a"),), **more
    )  # type: ignore[arg-type]
