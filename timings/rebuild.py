"""Time a build when nothing, or one chapter's prose, has changed since the last one.

    python timings/rebuild.py            # medians of five runs
    python timings/rebuild.py --runs 1

Baseline: the same build with nothing kept. Each build is a process of its own. Where prose has
changed, two chapters at most are run: the one with the prose, and the colophon, which records it.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from pathlib import Path

import side_by_side
from side_by_side import medians, report, run

from parabook import notebooks, stage

FULL, SAME = "scr build, nothing kept", "scr build, nothing changed"
PROSE = "scr build, one chapter's prose changed"
BUILD = """
import sys
from pathlib import Path
from scrlib.building import book
from parabook import run as engine
data, out, root, store = (Path(text) for text in sys.argv[1:5])
run, most = engine.run, int(sys.argv[5])
def counted(jobs, **settings):
    assert len(jobs) <= most, f"{len(jobs)} chapters were run"
    run(jobs, **settings)
engine.run = counted
book.build(data, out=out, root=root, store=store if store.name else None)
"""


def main() -> None:
    given = side_by_side.arguments(__doc__ or "")
    with tempfile.TemporaryDirectory(prefix="scr-") as name:
        folder = Path(name)
        root = folder / "root"
        stage.stage(side_by_side.ROOT, root, files=("_static",))
        chapter, numbers = notebooks.chapters(root)[1], itertools.count()

        def build(store: str, most: int, out: str = "out") -> None:
            arguments = (given.data, folder / out, root, store and folder / store, most)
            run(sys.executable, "-c", BUILD, *map(str, arguments))

        def change_prose() -> None:
            found = notebooks.load(chapter)
            cell = next(c for c in found["cells"][1:] if c["cell_type"] == "markdown")
            cell["source"] = f"{''.join(cell['source'])}\n\nSentence {next(numbers)}."
            notebooks.save(found, chapter)
            build("store", 2)

        build("store", 100)
        ways = {
            FULL: lambda: build("", 100, "another"),
            PROSE: change_prose,
            SAME: lambda: build("store", 0),
        }
        found = medians(ways, given.runs)
    report(found, [(SAME, FULL, 0.15), (PROSE, FULL, 1.0)], given.runs)


if __name__ == "__main__":
    main()
