"""Time from tables as read to all printed tables, against the same in plain pandas.

    python timings/tabulate.py                       # 10,000 to 1,000,000 cases
    python timings/tabulate.py --cases 1000 --runs 5

Both sides get the same tables in memory: studies, cases, children, parents, and one row per case
and risk factor, as text. Both check that every value is in the coding frame, that identifiers are
unique and known and that each case has every rating; derive groups and bands; add up the scores;
and compute tables 1 and 3 to 13 (table 2 is external). The plain side does so with `isin`, `map`,
`groupby.apply` and `pandas.crosstab`. Each run is a process of its own, so that its peak memory is
its own, and its processor time is taken, which other processes of the machine disturb least. The
counts of both sides are compared in every run.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scrlib import report as published
from scrlib.report import coding_frame
from tally import codebook
from tally import grid as tables
from tally.data import check as checking
from tally.data import raw

FRAME = coding_frame()
FACTORS = list(FRAME.factors)
META = {"title": "Drawn at random", "provenance": "synthetic"}
Frames = dict[str, pd.DataFrame]


# -- the same tables for both sides ------------------------------------------------------------


def categories(name: str) -> list[str]:
    return [str(item.code) for item in FRAME.categories(name)]


def draw(source: np.random.Generator, name: str, size: int) -> pd.Categorical:
    names = categories(name)
    return pd.Categorical.from_codes(source.integers(0, len(names), size), categories=names)


def numbers(source: np.random.Generator, low: int, high: int, size: int) -> pd.Categorical:
    names = ["", *map(str, range(low, high + 1))]
    return pd.Categorical.from_codes(source.integers(0, len(names), size), categories=names)


def identifiers(places: np.ndarray, names: list[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(places, categories=pd.Index(names, dtype=object))


def made(size: int) -> Frames:
    """Return valid tables of a number of cases, every column a categorical of text."""
    source = np.random.default_rng(size)
    cases, every = [f"C{place}" for place in range(size)], np.arange(size)
    extra = source.integers(0, size, int(0.79 * size))
    owners = np.concatenate([every, extra])
    ratings = {name: draw(source, name, size) for name in FACTORS}
    abuser = source.integers(0, 4, size)
    absent = np.asarray(ratings["domestic_abuse"] == "none")
    names = categories("da_perpetrator")
    found = {
        "case_id": identifiers(every, cases),
        **{name: draw(source, name, size) for name in
           ("study", "law", "involvement", "incident", "perpetrator")},
        "da_perpetrator": pd.Categorical.from_codes(
            np.where(absent, names.index("none"), abuser), categories=names
        ),
    }  # fmt: skip
    children = {
        "child_id": identifiers(np.arange(len(owners)), [f"K{n}" for n in range(len(owners))]),
        "case_id": identifiers(owners, cases), "sex": draw(source, "sex", len(owners)),
        "age": numbers(source, 0, 17, len(owners)), "harm": draw(source, "harm", len(owners)),
    }  # fmt: skip
    parents = {
        "case_id": identifiers(np.repeat(every, 2), cases),
        "role": pd.Categorical.from_codes(np.tile([0, 1], size), categories=categories("role")),
        "age_at_first_child": numbers(source, 14, 45, 2 * size),
    }
    levels = list(dict.fromkeys(level for name in FACTORS for level in categories(name)))
    codes = np.stack(
        [pd.Categorical(ratings[name], categories=levels).codes for name in FACTORS], axis=1
    )
    long = {
        "case_id": identifiers(np.repeat(every, len(FACTORS)), cases),
        "risk_factor": pd.Categorical.from_codes(
            np.tile(np.arange(len(FACTORS)), size), categories=FACTORS
        ),
        "rating": pd.Categorical.from_codes(codes.ravel(), categories=levels),
    }
    studies = pd.DataFrame([vars_of(item) for item in FRAME.studies], dtype=str)
    frames = {"cases": found, "children": children, "parents": parents, "ratings": long}
    return {"studies": studies, **{name: pd.DataFrame(item) for name, item in frames.items()}}


def vars_of(study: codebook.Study) -> dict[str, str]:
    names = ("study", "label", "first_month", "last_month")
    return {name: str(getattr(study, name)) for name in names}


# -- this project ------------------------------------------------------------------------------


def ours(found: Frames) -> tuple[dict[str, Any], dict[str, float]]:
    """Check, derive, score and tabulate; return counts by cell and the seconds of each step."""
    start = time.process_time()
    made_of = {
        name: raw.table(f"{name}.csv", list(frame), [frame[column].array for column in frame])
        for name, frame in found.items()
    }
    report, dataset = checking.examine(raw.RawTables("drawn", made_of, META), FRAME)
    assert dataset is not None, str(report)[:2000]
    checked = time.process_time()
    values = [
        item
        for declared in published.load_tables(dataset.codebook).values()
        if not declared.external
        for item in tables.compute(declared, dataset).values
    ]
    done = time.process_time()
    cells = {item.cell.id: item.value for item in values}
    return cells, {"check and read": checked - start, "score and tabulate": done - checked}


# -- plain pandas ------------------------------------------------------------------------------

GROUPS = {
    name: {
        str(code): str(group)
        for group, codes in FRAME.groupings[name].members.items()
        for code in codes
    }
    for name in ("law_group", "incident_group", "perpetrator_group")
}
SCORES = {str(c.code): c.score for name in FACTORS for c in FRAME.categories(name)}


def plain(found: Frames) -> tuple[dict[str, Any], dict[str, float]]:
    """Do the same as an analyst would write it with pandas."""
    start = time.process_time()
    cases, children, parents, ratings = (
        found[name] for name in ("cases", "children", "parents", "ratings")
    )
    check(cases, children, parents, ratings)
    checked = time.process_time()
    cases = derived(cases, ratings)
    children = children.merge(cases[["case_id", "study"]], on="case_id")
    parents = parents.merge(cases[["case_id", "study"]], on="case_id")
    parents["band"] = parents["age_at_first_child"].map(band)
    cells = crossed(cases, children, parents)
    done = time.process_time()
    return cells, {"check": checked - start, "score and tabulate": done - checked}


def check(
    cases: pd.DataFrame, children: pd.DataFrame, parents: pd.DataFrame, ratings: pd.DataFrame
) -> None:
    for frame, names in (
        (cases, ("study", "law", "involvement", "incident", "perpetrator", "da_perpetrator")),
        (children, ("sex", "harm")),
        (parents, ("role",)),
    ):
        for name in names:
            assert frame[name].isin(categories(name)).all(), name
    assert cases["case_id"].is_unique
    assert children["child_id"].is_unique
    for frame in (children, parents, ratings):
        assert frame["case_id"].isin(cases["case_id"]).all()
    assert children["age"].isin(["", *map(str, range(18))]).all()
    assert parents["age_at_first_child"].isin(["", *map(str, range(10, 80))]).all()
    for factor, group in ratings.groupby("risk_factor"):
        assert group["rating"].isin(categories(str(factor))).all()
    assert not ratings.duplicated(["case_id", "risk_factor"]).any()
    assert (ratings.groupby("case_id").size() == len(FACTORS)).all()


def derived(cases: pd.DataFrame, ratings: pd.DataFrame) -> pd.DataFrame:
    scored = ratings.assign(score=ratings["rating"].map(SCORES))
    totals = scored.groupby("case_id")["score"].apply(lambda scores: scores.sum())
    wide = ratings.pivot(index="case_id", columns="risk_factor", values="rating")
    cases = cases.merge(totals.rename("total"), on="case_id")
    cases = cases.merge(wide[["domestic_abuse", "neglect"]], on="case_id")
    cases["law_group"] = cases["law"].map(GROUPS["law_group"])
    cases["incident_group"] = cases["incident"].map(GROUPS["incident_group"])
    cases["perpetrator_group"] = cases["perpetrator"].map(GROUPS["perpetrator_group"])
    return cases


def band(age: str) -> str:
    if not age:
        return "unknown"
    number = int(age)
    bands = ((20, "under_21"), (25, "21_25"), (30, "26_30"))
    return next((name for limit, name in bands if number <= limit), "over_30")


def crossed(cases: pd.DataFrame, children: pd.DataFrame, parents: pd.DataFrame) -> dict[str, Any]:
    """Make tables 1 and 3 to 13; return those counts and means that are compared by cell."""
    focus = str(FRAME.studies[-1].study)
    newest, young = (frame[frame["study"] == focus] for frame in (cases, parents))
    cells: dict[str, Any] = {}
    made_of = {
        "table_01": pd.crosstab(cases["study"], "submissions"),
        "table_03": pd.crosstab(newest["involvement"], newest["law_group"]),
        "table_04": pd.crosstab(young["band"], young["role"]),
        "table_06": pd.crosstab(cases["incident"], cases["law_group"]),
        "table_07": pd.crosstab(cases["perpetrator"], "frequency"),
        "table_09": pd.crosstab(cases["domestic_abuse"], cases["law_group"]),
        "table_10": pd.crosstab(cases["da_perpetrator"], cases["law_group"]),
        "table_11": pd.crosstab(cases["neglect"], cases["law_group"]),
        "table_12": pd.crosstab(children["sex"], children["study"]),
        "table_13": pd.crosstab(parents["band"], parents["role"]),
    }  # fmt: skip
    others = cases[cases["perpetrator_group"] != "child"]
    pd.crosstab(others["perpetrator"], others["incident_group"])
    pd.crosstab(others["perpetrator"], others["incident"])
    for name in ("table_12", "table_13", "table_04"):
        made_of[name] / made_of[name].sum() * 100
    for name, table in made_of.items():
        for column in table:
            for row, value in table[column].items():
                cells[f"{name}:{row}:{column}:count"] = value
    period = np.where(cases["study"] == focus, "focus", "earlier")
    means = cases.groupby(["law", period], observed=True)["total"].apply(lambda total: total.mean())
    counts = cases.groupby(["law", period], observed=True)["total"].apply(len)
    cases.groupby(["law_group", period])["total"].apply(lambda total: total.mean())
    for (law, when), value in means.items():
        cells[f"table_05:{law}:{when}:mean"] = value
        cells[f"table_05:{law}:{when}:count"] = counts[law, when]
    return cells


# -- measuring ---------------------------------------------------------------------------------


def one(side: str, size: int) -> dict[str, Any]:
    """Run one side once and return its seconds, its peak memory and its cells."""
    found = made(size)
    if side == "plain":  # As read_csv gives them: text, not categoricals.
        found = {name: frame.astype(object) for name, frame in found.items()}
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    cells, steps = (ours if side == "ours" else plain)(found)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = {key: float(value) for key, value in cells.items() if value is not None}
    return {"seconds": seconds, "steps": steps, "peak": peak, "held": held, "cells": told}


def measured(side: str, size: int, runs: int) -> list[dict[str, Any]]:
    command = [sys.executable, __file__, "--one", side, str(size)]
    outputs = [
        subprocess.run(command, check=True, capture_output=True, text=True) for _ in range(runs)
    ]
    return [json.loads(item.stdout) for item in outputs]


def agreed(first: dict[str, float], second: dict[str, float]) -> int:
    """Compare the cells that both sides have; return their number."""
    both = first.keys() & second.keys()
    apart = [key for key in both if abs(first[key] - second[key]) > 1e-6 * max(1, abs(first[key]))]
    assert not apart, f"{len(apart)} cells differ: {apart[:5]}"
    return len(both)


def report(size: int, runs: int, plain_runs: int) -> None:
    mine, others = measured("ours", size, runs), measured("plain", size, plain_runs)
    fast, slow = (statistics.median(i["seconds"] for i in part) for part in (mine, others))
    cells = agreed(mine[0]["cells"], others[0]["cells"])
    memory = [max(item["peak"] for item in part) / 1024**2 for part in (mine, others)]
    steps = {
        name: statistics.median(item["steps"][name] for item in mine) for name in mine[0]["steps"]
    }
    told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in steps.items())
    print(
        f"{size:>9,} {fast:>9.2f} {slow:>9.2f} {fast / slow:>7.3f} {memory[0]:>9.2f} "
        f"{memory[1]:>9.2f} {1e6 * fast / size:>11.2f}   {cells} cells alike; {told}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--plain-runs", type=int, help="runs of plain pandas, if fewer")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(one(given.one[0], int(given.one[1]))))
        return
    print(f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}")
    print("    cases     ours s   plain s   ratio  ours GB   plain GB  s a million")
    for size in given.cases:
        report(size, given.runs, given.plain_runs or given.runs)


if __name__ == "__main__":
    main()
