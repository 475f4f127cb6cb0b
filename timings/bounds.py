"""Ranges of sixty unprinted quantities: time, what is proved, and two formulations, in one run.

    python timings/bounds.py                      # all queries of queries.yaml, as `scr bounds`
    python timings/bounds.py --without-pool       # setting out from the synthetic cases alone
    python timings/bounds.py --case-by-case 6     # and every tenth or so case by case, as well
    python timings/bounds.py --out timings/ranges.csv

*Counted* is what stands behind `scr bounds`: the model of what is known is built once and not
counted among the queries; each adds its tables to it, solves its relaxation at both ends, and then
works on both ends in two processes (`scrlib.bounding.proving`), all of it timed. An end is proved
if a dataset that agrees with print, checked by pandas, reaches it. *Case by case*
(`tally.solve.microdata_model`) has columns for every case: its relaxation is stopped after
`--limit` seconds for each end. HiGHS solves both on one thread. Peak memory is that of the largest
process.
"""

from __future__ import annotations

import argparse
import csv
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
from scrlib.bounding import prover, proving
from scrlib.bounding.prover import Prover
from scrlib.solving import consistency

from scrlib import paths
from scrlib.report import read_dataset
from tally.expression import Quantity
from tally.solve.linear import ratio
from tally.solve.microdata_model import Slots
from tally.solve.pool import Pool
from tally.solve.solvers import Highs


def queries() -> list[tuple[str, str]]:
    """Return the queries with their kind."""
    path = Path(__file__).with_name("queries.yaml")
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [(kind, text) for kind, texts in found.items() for text in texts]


def counted(known: Prover, quantity: Quantity, seconds: float) -> dict[str, Any]:
    """Time one query: its limits, and the search for datasets at its ends."""
    begin = time.perf_counter()
    found = proving.proved(known, quantity, seconds)
    item = found.range
    return {
        "low": str(item.low), "high": str(item.high),
        "least": str(found.least), "greatest": str(found.greatest),
        "seconds": round(time.perf_counter() - begin, 2),
        "proved_low": item.proved_low, "proved_high": item.proved_high,
    }  # fmt: skip


def case_by_case(known: Prover, quantity: Quantity, limit: float) -> dict[str, Any]:
    """Time the relaxation of the model with columns for every case."""
    single, book = quantity.single, known.known.codebook
    assert single is not None
    above, below, _ = ratio(single, book)
    if below is not None:
        return {"skipped": "a ratio"}
    begin = time.perf_counter()
    layout = consistency.read()["layout"]
    years = list(read_dataset(paths.SYNTHETIC).frames["case"]["study"])
    model = Slots(
        book, known.known.rows, [{"study": frozenset({year})} for year in years],
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


def summary(found: list[dict[str, Any]], built: float, datasets: int) -> dict[str, Any]:
    """Return what is to be told of all queries together."""
    rows = [row["counted"] for row in found]
    seconds = [row["seconds"] for row in rows]
    processes = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ends = [row[end] for row in rows for end in ("proved_low", "proved_high")]
    return {
        "queries": len(found), "built_once_seconds": round(built, 2), "pool": datasets,
        "median_seconds": statistics.median(seconds), "greatest_seconds": max(seconds),
        "within_10_seconds": sum(value <= 10 for value in seconds),
        "proved_at_both_ends": sum(row["proved_low"] and row["proved_high"] for row in rows),
        "ends": len(ends), "ends_proved": sum(ends), "load": os.getloadavg(),
        "cores": os.cpu_count(),
        "peak_megabytes": max(resource.getrusage(who).ru_maxrss for who in processes) // 1024,
    }  # fmt: skip


def write(found: list[dict[str, Any]], path: Path) -> None:
    """Write a row for each query: its range, the values reached, what is proved, and the time."""
    rows = [{"kind": row["kind"], "query": row["query"], **row["counted"]} for row in found]
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        out.writeheader()
        out.writerows(rows)


def main() -> None:
    """Run the queries and print one line each, then a summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case-by-case", type=int, default=0, metavar="N")
    parser.add_argument("--seconds", type=float, default=proving.SECONDS)
    parser.add_argument("--without-pool", action="store_true")
    parser.add_argument("--limit", type=float, default=30.0)
    parser.add_argument("--compared-only", action="store_true")
    parser.add_argument("--out", type=Path, metavar="FILE", help="a CSV with a row for each query")
    given = parser.parse_args()
    begin, known = time.perf_counter(), prover.report()
    known.prepare()
    built = time.perf_counter() - begin
    if given.without_pool:
        known.pool = Pool(known.known.codebook, known.pool.datasets[:1])
    found, every = [], queries()
    compared = set(range(0, len(every), max(1, len(every) // max(1, given.case_by_case))))
    for n, (kind, text) in enumerate(every):
        if given.compared_only and n not in compared:
            continue
        quantity = known.quantity(text)
        row = {"kind": kind, "query": text, "counted": counted(known, quantity, given.seconds)}
        if given.case_by_case and n in compared:
            row["case by case"] = case_by_case(known, quantity, given.limit)
        found.append(row)
        print(json.dumps(row), flush=True)
    if given.out:
        write(found, given.out)
    print(json.dumps(summary(found, built, len(known.pool))))


if __name__ == "__main__":
    main()
