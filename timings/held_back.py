"""What it costs to hold small numbers back: a protected book against a plain one of the same cases.

    python timings/held_back.py --runs 1    # the synthetic cases, given as observed

Nothing is kept between builds. The plain book is built with `--suppress-below 0`.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import side_by_side

from scrlib.building import book
from scrlib.report import read_dataset
from tally.data import storage
from tally.dataset import OBSERVED

PROTECTED, PLAIN = "data to a protected book", "the same book, nothing held back"


def main() -> None:
    given = side_by_side.arguments(__doc__ or "")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dataset = read_dataset(given.data)
        meta = replace(dataset.meta, provenance=OBSERVED)
        storage.write(replace(dataset, meta=meta), folder / "cases")

        def build(below: int | None) -> None:
            where = folder / f"book-{below}"
            book.build(folder / "cases", out=where, suppress_below=below, store=None)

        ways = {PROTECTED: lambda: build(None), PLAIN: lambda: build(0)}
        found = side_by_side.medians(ways, given.runs)
    side_by_side.report(found, [(PROTECTED, PLAIN, None)], given.runs)


if __name__ == "__main__":
    main()
