"""Is a kept result of a chapter never shown when something of the compendium has changed?"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from compendium import Copy
from small_book import write_book, write_data, write_notebook
from test_build import BUILDER

# Shows something of each input, and when it was run.
SHOWS_INPUTS = """
import json
import time
from importlib import metadata
from pathlib import Path

from scrlib import paths
from scrlib.report import coding_frame, read_dataset

print(json.dumps({
    "run": time.time_ns(),
    "dataset": len(read_dataset(Path(data)).frames["case"]),
    "codebook": coding_frame().variables["law"].label,
    "published": (paths.PUBLISHED / "tables" / "table_01.yaml").read_text(),
    "benchmarks": (paths.BENCHMARKS / "benchmarks.csv").read_text(),
    "scrlib": getattr(paths, "ADDED", 0),
    "environment": [item.version for item in metadata.distributions() if item.name == "made-up"],
}))
"""


class Small(Copy):
    """A copy of the compendium's code and data, with a small book and a store of results."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "scrlib", "data", "packages")
        self.root, self.data = write_book(folder / "root"), write_data(folder / "cases")
        self.write("00_counting", SHOWS_INPUTS)
        self.package("1.0")
        self.shown = self.build()

    def write(self, name: str, source: str) -> None:
        write_notebook(self.root, name, source)

    def package(self, version: str) -> None:
        path = self.folder / "made_up-1.0.dist-info" / "METADATA"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"Metadata-Version: 2.1\nName: made-up\nVersion: {version}\n")

    def build(self) -> dict[str, object]:
        """Build in a process that imports the copy; return what its chapter shows."""
        out, store = self.folder / "html", self.folder / "store"
        subprocess.run(
            [sys.executable, BUILDER, self.root, self.data, out, store, "results"],
            env=self.environment, check=True,
        )  # fmt: skip
        found = json.loads((out / "_sources" / "chapters" / "00_counting.ipynb").read_text())
        return dict(json.loads("".join(found["cells"][2]["outputs"][0]["text"])))


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Copy the compendium once: each test changes one thing in it and builds again."""
    return Small(tmp_path_factory.mktemp("copy"))


def more_cases(copy: Small) -> None:
    for path in copy.data.iterdir():
        path.unlink()
    copy.data.rmdir()
    write_data(copy.data, cases=3)


CHANGES: dict[str, Callable[[Small], None]] = {
    "dataset": more_cases,
    "codebook": lambda copy: copy.edit(
        "data/codebook/variables.yaml", "label: Type of proceedings", "label: Proceedings"
    ),
    "published": lambda copy: copy.edit("data/published/tables/table_01.yaml", "Number", "Count"),
    "benchmarks": lambda copy: copy.edit("data/benchmarks/benchmarks.csv", "Girls", "Female"),
    "scrlib": lambda copy: copy.edit("scrlib/paths.py", "ROOT = ", "ADDED = 1\nROOT = "),
    "environment": lambda copy: copy.package("2.0"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_input_is_never_shown_as_it_was(copy, name):
    before = copy.shown
    CHANGES[name](copy)
    after = copy.shown = copy.build()
    assert after[name] != before[name]
    others = before.keys() - {name, "run"}
    assert {key: after[key] for key in others} == {key: before[key] for key in others}
