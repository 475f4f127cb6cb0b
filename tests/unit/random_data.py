"""Random datasets in the frame of the codebook, for properties that must hold on any data."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pandas as pd

from scrlib.report import coding_frame
from tally import codebook
from tally.codebook import Codebook
from tally.dataset import OBSERVED, Dataset, Meta

REPORT = {2012: 23, 2013: 10, 2014: 26, 2015: 23, 2017: 15}


def random_dataset(
    seed: int, sizes: Mapping[int, int] = REPORT, provenance: str = OBSERVED
) -> Dataset:
    """Return a dataset with so many cases in each study, everything else drawn at random.

    A study that the codebook does not list gets its calendar year as its period.
    """
    draw = random.Random(seed)
    frame = _with_studies(coding_frame(), tuple(sizes))
    cases, children, parents = [], [], []
    for study, size in sizes.items():
        for place in range(size):
            case_id = f"R{study}-{place}"
            cases.append({"case_id": case_id, **_case(draw, frame, study)})
            for number in range(draw.choice((1, 1, 1, 2, 4))):
                child = {"child_id": f"{case_id}-{number}", "case_id": case_id}
                children.append({**child, **_drawn(draw, frame, "child")})
            if study >= 2014:
                parents += [
                    {"case_id": case_id, **_drawn(draw, frame, "parent"), "role": role}
                    for role in ("mother", "father")
                ]
    columns = {unit: [v.name for v in frame.of_unit(unit)] for unit in frame.units}
    frames = {
        "case": pd.DataFrame(cases, columns=["case_id", *columns["case"]]),
        "child": pd.DataFrame(children, columns=["child_id", "case_id", *columns["child"]]),
        "parent": pd.DataFrame(parents, columns=["case_id", *columns["parent"]]),
    }
    return Dataset(frame, frames, Meta("Random cases", provenance))


def _with_studies(frame: Codebook, years: tuple[int, ...]) -> Codebook:
    shipped = {item.study: item for item in frame.studies}
    made = (
        shipped.get(y) or codebook.Study(y, str(y), f"{y}-01", f"{y}-12") for y in sorted(years)
    )
    return frame.with_studies(tuple(made))


def _drawn(draw: random.Random, frame: Codebook, unit: str) -> dict[str, object]:
    return {item.name: draw.choice(item.codes) for item in frame.of_unit(unit)}


def _case(draw: random.Random, frame: Codebook, study: int) -> dict[str, object]:
    found = {**_drawn(draw, frame, "case"), "study": study}
    for link in frame.linked:
        absent = {c.code for c in frame.variables[link.factor].categories if not c.score}
        others = [c for c in frame.variables[link.variable].codes if c != link.absent]
        present = found[link.factor] not in absent
        found[link.variable] = draw.choice(others) if present else link.absent
    return found
