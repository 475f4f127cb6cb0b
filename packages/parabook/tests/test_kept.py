"""Is a kept result used when nothing has changed, and never when anything has?"""

from __future__ import annotations

import os

import pytest
from weather import text, write_book, write_data, write_notebook

import parabook
from parabook import notebooks, run, site
from parabook.kept import Store

SHOWS_TIME = """
import time
from pathlib import Path

print("run", time.time_ns(), "of", len(Path(data or "../measured/default.csv").read_text()))
"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Write a book whose notebook shows when it was run, and its data."""
    folder = tmp_path_factory.mktemp("kept")
    root = write_book(folder / "root")
    write_notebook(root, "days", SHOWS_TIME)
    return root, write_data(folder / "data.csv", days=2), folder / "html"


def shown(sources, **more) -> str:
    """Build and return the line that the notebook printed."""
    root, data, out = sources
    page = text(parabook.build(root, out, inputs={"data": data}, **more))
    return page[page.index("run 1") :].partition("\n")[0]


def outputs_alone(source, folder, **_):
    """Stand in for making pages, which takes longer than all else: write what notebooks print."""
    for path in notebooks.chapters(source):
        cells = [cell for cell in notebooks.load(path)["cells"] if cell["cell_type"] == "code"]
        page = folder / "html" / path.relative_to(source).with_suffix(".html")
        page.parent.mkdir(parents=True, exist_ok=True)
        lines = [line for cell in cells for out in cell["outputs"] for line in out["text"]]
        page.write_text("".join(lines), encoding="utf-8")
    return folder / "html"


@pytest.mark.slow
def test_what_results_depend_on_is_never_shown_as_it_was_and_all_else_is_kept(
    sources, monkeypatch, tmp_path
):
    monkeypatch.setattr(site, "make", outputs_alone)
    root, data, _ = sources
    sources = root, data, tmp_path / "html"
    seen = [shown(sources)]
    assert shown(sources) == seen[0]
    write_notebook(root, "about", "print('another text')")
    assert shown(sources) == seen[0]
    changes = (
        lambda: shown(sources, parameters={"year": 2018}),
        lambda: (write_data(data, days=9), shown(sources))[1],
        lambda: ((root / "measured" / "more.csv").touch(), shown(sources))[1],
        lambda: shown(sources, before_running=[_planned]),
        lambda: (write_notebook(root, "days", SHOWS_TIME + "\n# more"), shown(sources))[1],
    )
    for change in changes:
        line = change()
        assert line not in seen
        seen.append(line)


def _planned(book, folder):
    (folder / "plan").write_text("hold back one number")
    return {}


@pytest.mark.slow
def test_a_book_that_stands_is_not_built_again(sources, monkeypatch):
    shown(sources)
    monkeypatch.setattr(run, "run", lambda *_, **__: pytest.fail("notebooks were run"))
    monkeypatch.setattr(site, "make", lambda *_, **__: pytest.fail("pages were made"))
    shown(sources)


@pytest.mark.slow
def test_a_page_that_was_changed_by_hand_is_built_again_from_kept_results(sources, monkeypatch):
    shown(sources)
    page = sources[2] / "intro.html"
    whole = page.read_text(encoding="utf-8")
    page.write_text(whole + "changed", encoding="utf-8")
    monkeypatch.setattr(
        run, "run", lambda jobs, **_: pytest.fail("notebooks were run") if jobs else None
    )
    shown(sources)
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


def test_fingerprints_that_are_published_need_the_secret_of_the_store(tmp_path):
    first, second = Store(tmp_path / "one"), Store(tmp_path / "two")
    assert first.secret() == first.secret() != second.secret()
    assert (tmp_path / "one" / "secret").stat().st_mode & 0o077 == 0
