"""Is a kept result used when nothing has changed, and never when anything has?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from compendium import Copy
from small_book import notebook, write_book, write_data, write_notebook
from test_build import BUILDER

from scrlib.building import book, cache, engine, manifest, notebooks
from scrlib.building.cache import Store

# Shows something of each input, and when it was run.
SHOWS_INPUTS = """
import json
import time
from importlib import metadata
from pathlib import Path

from tally import codebook
from scrlib import paths
from tally.data import storage

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
        super().__init__(folder, "scrlib", "data")
        self.root, self.data = write_book(folder / "root"), write_data(folder / "cases")
        self.write("00_counting", SHOWS_INPUTS)
        self.package("1.0")

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
            [sys.executable, BUILDER, self.root, self.data, out, store],
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
    before = copy.build()
    CHANGES[name](copy)
    after = copy.build()
    assert after[name] != before[name]
    others = before.keys() - {name, "run"}
    assert {key: after[key] for key in others} == {key: before[key] for key in others}


@pytest.mark.slow
def test_only_the_chapter_whose_text_changed_is_run_again(copy):
    before = copy.build()
    copy.write("colophon", "print('another text')")
    assert copy.build()["run"] == before["run"]
    copy.write("00_counting", SHOWS_INPUTS + "\n# another text")
    assert copy.build()["run"] != before["run"]


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """Build a small book whose results are kept."""
    folder = tmp_path_factory.mktemp("standing")
    where = {"out": folder / "html", "root": write_book(folder / "root"), "store": folder / "store"}
    data = write_data(folder / "cases")
    book.build(data, **where)
    return data, where


@pytest.mark.slow
def test_a_book_that_stands_is_not_built_again(standing, monkeypatch):
    data, where = standing
    monkeypatch.setattr(engine, "run", lambda *_, **__: pytest.fail("chapters were run"))
    monkeypatch.setattr(book.pages, "make", lambda *_, **__: pytest.fail("pages were made"))
    assert book.build(data, **where) == where["out"]


@pytest.mark.slow
def test_a_page_that_was_changed_by_hand_is_built_again_from_kept_results(standing, monkeypatch):
    data, where = standing
    page = where["out"] / "intro.html"
    whole = page.read_text(encoding="utf-8")
    page.write_text(whole + "changed", encoding="utf-8")
    monkeypatch.setattr(
        engine, "run", lambda jobs, **_: pytest.fail("chapters were run") if jobs else None
    )
    book.build(data, **where)
    assert page.read_text(encoding="utf-8") == whole


# -- the store ---------------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path):
    """Keep one result: a notebook and the file that it offers."""
    store = Store(tmp_path / "store")
    source, outputs = tmp_path / "a.ipynb", tmp_path / "outputs"
    source.write_text("a notebook", encoding="utf-8")
    outputs.mkdir()
    (outputs / "table.csv").write_text("1,2\n", encoding="utf-8")
    store.keep("key", source, outputs)
    return store


def test_a_kept_result_is_given_back_whole(kept, tmp_path):
    assert kept.fetch("key", tmp_path / "b.ipynb", tmp_path / "b")
    assert (tmp_path / "b.ipynb").read_text(encoding="utf-8") == "a notebook"
    assert (tmp_path / "b" / "table.csv").read_text(encoding="utf-8") == "1,2\n"


def test_an_unknown_key_gives_nothing(kept, tmp_path):
    assert not kept.fetch("another", tmp_path / "b.ipynb", tmp_path / "b")
    assert not (tmp_path / "b.ipynb").exists()


@pytest.mark.parametrize("name", ["notebook.ipynb", "outputs/table.csv"])
def test_a_damaged_result_gives_nothing(kept, tmp_path, name):
    path = kept.folder / "key" / name
    path.write_text(path.read_text(encoding="utf-8")[:-1], encoding="utf-8")
    assert not kept.fetch("key", tmp_path / "b.ipynb", tmp_path / "b")


def test_the_results_unused_longest_are_dropped(kept, tmp_path):
    for number, key in enumerate(("old", "new")):
        kept.keep(key, tmp_path / "a.ipynb", tmp_path / "outputs")
        os.utime(kept.folder / key, (number, number))
    kept.trim(most=2)
    assert {path.name for path in kept.folder.iterdir()} == {"key", "new"}


# -- keys --------------------------------------------------------------------------------------


ASKED = {"data": "", "study": ""}


def key_of(
    path: Path, study: int = 2017, asked: dict[str, str | int] = ASKED, **inputs: str
) -> str:
    record = manifest.Manifest(asked, inputs, {}, "commit", "time", study)
    return cache.key(path, record)


@pytest.fixture
def chapter(tmp_path):
    """Write a chapter that has not been run."""
    path = tmp_path / "00_chapter.ipynb"
    notebooks.save(notebook("A chapter", "print(1)"), path)
    return path


def test_the_key_of_a_chapter_depends_on_the_study_and_on_every_input_but_other_chapters(chapter):
    plain = key_of(chapter, dataset="a", scrlib="b", book="c")
    assert key_of(chapter, dataset="a", scrlib="b", book="other chapters") == plain
    assert key_of(chapter, 2015, dataset="a", scrlib="b", book="c") != plain
    assert key_of(chapter, dataset="another", scrlib="b", book="c") != plain
    assert key_of(chapter, dataset="a", scrlib="another", book="c") != plain


def test_the_key_of_a_chapter_depends_on_all_that_was_asked_for(chapter):
    plain = key_of(chapter)
    assert key_of(chapter, asked={**ASKED, "suppress_below": 10}) != plain
    assert key_of(chapter, asked={**ASKED, "data": "cases.xlsx"}) != plain
    # The newest study, whether it was named or not.
    assert key_of(chapter, asked={**ASKED, "study": 2017}) == plain


def test_the_key_of_a_chapter_depends_on_its_cells_but_not_on_their_outputs(chapter):
    plain = key_of(chapter)
    found = notebooks.load(chapter)
    found["cells"][2]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "1\n"}]
    found["cells"][2]["execution_count"] = 7
    notebooks.save(found, chapter)
    assert key_of(chapter) == plain
    found["cells"][0]["source"] = "# Another title"
    notebooks.save(found, chapter)
    assert key_of(chapter) != plain
