"""Ranges of sixty unprinted quantities: time, and what is proved, in one run.

    python timings/bounds.py                      # all queries of queries.yaml, as `scr bounds`
    python timings/bounds.py --without-pool       # setting out from the synthetic cases alone
    python timings/bounds.py --every 10 --out timings/ranges.csv

The model of what is known is built once and not counted among the queries; each adds its tables to
it, solves its relaxation at both ends, and then works on both ends in two processes. An end is
proved if a dataset that agrees with the report, checked by pandas, reaches it. Effort is in steps:
the ranges are the same on any machine, only the seconds are not. Peak memory is that of the largest
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

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scrlib import determined
from tally.solve import EFFORT, Facts, Pool


def queries() -> list[tuple[str, str]]:
    """Return the queries with their kind."""
    path = Path(__file__).with_name("queries.yaml")
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [(kind, text) for kind, texts in found.items() for text in texts]


def timed(known: Facts, text: str, effort: int) -> dict[str, Any]:
    """Time one query: its limits, and the search for datasets at its ends."""
    begin = time.perf_counter()
    found = known.bound(determined.quantity(text), effort)
    return {
        "low": str(found.low), "high": str(found.high),
        "least": str(found.lower.value), "greatest": str(found.upper.value),
        "seconds": round(time.perf_counter() - begin, 2),
        "proved_low": found.low_proved, "proved_high": found.high_proved,
    }  # fmt: skip


def summary(rows: list[dict[str, Any]], built: float, datasets: int) -> dict[str, Any]:
    """Return what is to be told of all queries together."""
    seconds = [row["seconds"] for row in rows]
    processes = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ends = [row[end] for row in rows for end in ("proved_low", "proved_high")]
    return {
        "queries": len(rows), "built_once_seconds": round(built, 2), "pool": datasets,
        "median_seconds": statistics.median(seconds), "greatest_seconds": max(seconds),
        "within_10_seconds": sum(value <= 10 for value in seconds),
        "proved_at_both_ends": sum(row["proved_low"] and row["proved_high"] for row in rows),
        "ends": len(ends), "ends_proved": sum(ends), "load": os.getloadavg(),
        "cores": os.cpu_count(),
        "peak_megabytes": max(resource.getrusage(who).ru_maxrss for who in processes) // 1024,
    }  # fmt: skip


def main() -> None:
    """Run the queries and print one line each, then a summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every Nth query only")
    parser.add_argument("--effort", type=int, default=EFFORT, help="as of `scr bounds`")
    parser.add_argument("--without-pool", action="store_true")
    parser.add_argument("--out", type=Path, metavar="FILE", help="a CSV with a row for each query")
    given = parser.parse_args()
    begin, known = time.perf_counter(), determined.facts()
    _ = known.base.choices, known.search
    built = time.perf_counter() - begin
    if given.without_pool:
        known.pool = Pool(known.codebook, known.pool.datasets[:1])
    rows = []
    for kind, text in queries()[:: given.every]:
        rows.append({"kind": kind, "query": text, **timed(known, text, given.effort)})
        print(json.dumps(rows[-1]), flush=True)
    if given.out:
        with given.out.open("w", encoding="utf-8", newline="") as stream:
            out = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
            out.writeheader()
            out.writerows(rows)
    print(json.dumps(summary(rows, built, len(known.pool))))


if __name__ == "__main__":
    main()
