"""Time a whole build, to HTML, against jupyter-book running the same chapters itself.

    python timings/whole_build.py            # medians of five runs
    python timings/whole_build.py --runs 1

Baseline (a): `jupyter-book build` with `execute_notebooks: force`. Ours: `scr build` with nothing
kept from an earlier build, in a new process. The time of jupyter-book without running anything is
shown as well: it is what both have in common.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import side_by_side
from side_by_side import jupyter_book, medians, report, run, staged

OURS, BASE = "scr build, nothing kept", "(a) jupyter-book build, execute: force"
PAGES = "jupyter-book build, execute: off"
BUILD = """
import sys
from pathlib import Path
from scrlib.building import book
book.build(Path(sys.argv[1]), out=Path(sys.argv[2]), root=Path(sys.argv[3]), store=None)
"""


def main() -> None:
    given = side_by_side.arguments(__doc__ or "")
    with tempfile.TemporaryDirectory(prefix="scr-") as folder:
        source = staged(Path(folder) / "book", given.data, outputs=True)
        out = Path(folder) / "out"
        ways = {
            OURS: lambda: run(sys.executable, "-c", BUILD, given.data, out, side_by_side.ROOT),
            BASE: lambda: jupyter_book(source, "force"),
            PAGES: lambda: jupyter_book(source, "off"),
        }
        found = medians(ways, given.runs)
    report(found, [(OURS, BASE, 0.4), (PAGES, BASE, 1.0)], given.runs)


if __name__ == "__main__":
    main()
