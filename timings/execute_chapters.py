"""Time the running of the book's chapters against the two usual ways, with the same results.

    python timings/execute_chapters.py            # medians of five runs
    python timings/execute_chapters.py --runs 1

Baselines: (a) jupyter-book running the notebooks itself (`execute_notebooks: force`), less the time
of the same build with `off`; (b) papermill, one chapter after another in one process, as projects
do that join papermill with jupyter-book. Ours starts cold each time: the process that imports the
libraries and forks the kernels is part of it. Every output is compared with that of (b).
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import side_by_side
from side_by_side import jupyter_book, medians, report, run, staged

from parabook import notebooks
from parabook import run as runner
from parabook.kernels import Kernels

OURS = "parabook, forked kernels"
ORDINARY = "parabook, ordinary kernels"
FORCE, OFF = "jupyter-book build, execute: force", "jupyter-book build, execute: off"
BOOK = "(a) jupyter-book, running only"
SERIES = "(b) papermill in series"
PAPERMILL = """
import sys
from pathlib import Path
import papermill
for path in map(Path, sys.argv[1:]):
    papermill.execute_notebook(
        path, path, kernel_name="python3", cwd=path.parent, progress_bar=False
    )
"""


def in_series(source: Path) -> None:
    run(sys.executable, "-c", PAPERMILL, *notebooks.chapters(source))


def with_engine(source: Path, kernels: Kernels) -> None:
    os.environ["PARABOOK_KERNELS"] = kernels
    with tempfile.TemporaryDirectory(prefix="scr-") as runtime:
        runner.run({path: {} for path in notebooks.chapters(source)}, scratch=Path(runtime))


def results(source: Path) -> dict[str, object]:
    """Return what the chapters show, with what they offer for download."""
    return {
        path.name: [
            cell.get("outputs") for cell in notebooks.settled(notebooks.load(path))["cells"]
        ]
        for path in notebooks.chapters(source)
    }


def main() -> None:
    given = side_by_side.arguments(__doc__ or "")
    with tempfile.TemporaryDirectory(prefix="scr-") as folder:
        made = {
            name: staged(Path(folder) / name, given.data, outputs=name == "book")
            for name in ("forked", "ordinary", "series", "book")
        }
        ways = {
            OURS: lambda: with_engine(made["forked"], "forked"),
            ORDINARY: lambda: with_engine(made["ordinary"], "ordinary"),
            SERIES: lambda: in_series(made["series"]),
            FORCE: lambda: jupyter_book(made["book"], "force"),
            OFF: lambda: jupyter_book(made["series"], "off"),
        }
        found = medians(ways, given.runs)
        expected = results(made["series"])
        for name in ("forked", "ordinary"):
            assert results(made[name]) == expected, f"results of {name} kernels differ"
    found[BOOK] = found[FORCE] - found[OFF]
    print(f"{len(notebooks.chapters(side_by_side.ROOT))} chapters; all outputs identical.\n")
    report(found, [(OURS, SERIES, 0.2), (OURS, BOOK, 0.2), (ORDINARY, SERIES, 1.0)], given.runs)


if __name__ == "__main__":
    main()
