"""Ranges of sixty unprinted quantities: time, and how two formulations compare, in one run.

    python benchmarks/bounds.py                      # counted types, all queries of queries.yaml
    python benchmarks/bounds.py --case-by-case 6     # and every tenth or so case by case, as well
    python benchmarks/bounds.py --steps 4000         # and walk towards ends that are not proved

*Counted* is the model behind `scr bounds` (`scrlib.solving.counted`): built for one query, its
relaxation solved at both ends, all of it timed. *Case by case* (`scrlib.synthetic.slots`) has
columns for every case: its relaxation is stopped after `--limit` seconds for each end. HiGHS solves
both on one thread. An end is proved if a dataset that agrees with print, checked by pandas, reaches
it: the synthetic one, or one to which the walk of `scrlib.bounding.witness` comes. Peak memory is
that of the whole run.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import yaml

from scrlib import paths
from scrlib.auditing import claims
from scrlib.bounding import bounds, witness
from scrlib.data import storage
from scrlib.frame import codebook, language
from scrlib.frame.tree import Quantity
from scrlib.solving import demands, proofs
from scrlib.solving.linear import ratio
from scrlib.solving.relaxed import Relaxed
from scrlib.solving.solvers import Highs
from scrlib.synthetic.slots import Slots

FRAME = codebook.load()
REPORT = claims.claims(FRAME)
OUT = proofs.ruled_out(proofs.load())
KNOWN = bounds.facts(REPORT, FRAME, OUT)
START = storage.read(paths.SYNTHETIC)


def queries() -> list[tuple[str, str]]:
    """Return the queries with their kind."""
    path = Path(__file__).with_name("queries.yaml")
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [(kind, text) for kind, texts in found.items() for text in texts]


def counted(quantity: Quantity, steps: int) -> dict[str, Any]:
    """Time the counted model for one query, and try to prove its ends."""
    begin = time.perf_counter()
    low, high = Relaxed(KNOWN, [quantity]).ends(quantity)
    seconds = time.perf_counter() - begin
    found = bounds.proved(quantity, low, high, [START])
    begin = time.perf_counter()
    if steps and not found.proved:
        agrees = lambda made: bounds.agrees(made, REPORT, OUT)  # noqa: E731
        (found,) = witness.prove(KNOWN, [quantity], [found], START, agrees, steps)
    return {
        "low": str(low), "high": str(high), "seconds": round(seconds, 2),
        "walk_seconds": round(time.perf_counter() - begin, 2),
        "proved_low": found.proved_low, "proved_high": found.proved_high,
    }  # fmt: skip


def case_by_case(quantity: Quantity, limit: float) -> dict[str, Any]:
    """Time the relaxation of the model with columns for every case."""
    single = quantity.single
    assert single is not None
    above, below, _ = ratio(single, FRAME)
    if below is not None:
        return {"skipped": "a ratio"}
    begin = time.perf_counter()
    layout = demands.read()["layout"]
    years = list(storage.read(paths.SYNTHETIC).frames["case"]["study"])
    model = Slots(
        FRAME, KNOWN.rows, [{"study": frozenset({year})} for year in years],
        layout["most"], layout["each"],
    )  # fmt: skip
    goal = model.count(above)
    built = time.perf_counter() - begin
    solver = Highs(model.model)
    ends = [solver.solve(goal, maximise=up, limit=limit) for up in (False, True)]
    return {
        "columns": len(model.model.lower), "rows": len(model.model.rows),
        "low": round(ends[0].bound, 2), "high": round(ends[1].bound, 2),
        "done": [end.optimal for end in ends], "built": round(built, 2),
        "seconds": round(time.perf_counter() - begin, 2),
    }  # fmt: skip


def main() -> None:
    """Run the queries and print one line each, then a summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case-by-case", type=int, default=0, metavar="N")
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--limit", type=float, default=30.0)
    given = parser.parse_args()
    found, every = [], queries()
    compared = set(range(0, len(every), max(1, len(every) // max(1, given.case_by_case))))
    for n, (kind, text) in enumerate(every):
        quantity = language.parse(text, FRAME, FRAME.studies[-1].study)
        row = {"kind": kind, "query": text, "counted": counted(quantity, given.steps)}
        if given.case_by_case and n in compared:
            row["case by case"] = case_by_case(quantity, given.limit)
        found.append(row)
        print(json.dumps(row), flush=True)
    seconds = [row["counted"]["seconds"] for row in found]
    ends = [row["counted"][end] for row in found for end in ("proved_low", "proved_high")]
    print(json.dumps({
        "queries": len(found), "median_seconds": statistics.median(seconds),
        "greatest_seconds": max(seconds), "ends": len(ends), "ends_proved": sum(ends),
        "load": os.getloadavg()[0], "cores": os.cpu_count(),
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
