"""Does a build give a whole book, or a clear error and the earlier book as it was?"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from small_book import write_book, write_data, write_notebook

from scrlib.building import book, engine, place
from tally.errors import BuildError, InputError

pytestmark = pytest.mark.slow
BUILDER = Path(__file__).with_name("build_small_book.py")


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Write a small book's sources and a dataset of two observed cases."""
    folder = tmp_path_factory.mktemp("sources")
    return write_book(folder / "root"), write_data(folder / "cases")


@pytest.fixture(scope="module")
def built(sources, tmp_path_factory):
    """Build the small book once for the tests that only look at it."""
    root, data = sources
    return book.build(data, out=tmp_path_factory.mktemp("out") / "html", root=root, store=None)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_page_of_the_table_of_contents_stands_in_the_book(built):
    for page in ("index", "intro", "chapters/00_counting", "chapters/colophon"):
        assert (built / f"{page}.html").is_file()


def test_chapters_are_run_about_the_dataset_and_the_newest_study(built):
    page = (built / "chapters" / "00_counting.html").read_text(encoding="utf-8")
    assert "2 cases, study 2017" in page


def test_the_study_asked_for_is_in_focus(sources, tmp_path):
    root, data = sources
    out = book.build(data, study=2015, out=tmp_path / "html", root=root, store=None)
    page = (out / "chapters" / "00_counting.html").read_text(encoding="utf-8")
    assert "2 cases, study 2015" in page
    shown = json.loads((out / "_sources" / "chapters" / "00_counting.ipynb").read_text())
    assert "".join(shown["cells"][1]["source"]) == 'data = "cases"  # a dataset\nstudy = 2015'


def test_no_file_of_the_book_names_a_folder_of_this_machine(built, sources):
    root, data = sources
    for name, text in contents(built).items():
        for path in (str(root), str(data.parent), str(built.parent), "scr-building", "scr-run-"):
            assert path.encode() not in text, f"{name} names {path}"


def test_a_build_leaves_nothing_beside_the_book(built):
    assert [path.name for path in built.parent.iterdir()] == ["html"]


def test_a_build_leaves_its_sources_as_they_were(sources, tmp_path):
    root, data = sources
    before = contents(root)
    book.build(data, out=tmp_path / "html", root=root, store=None)
    assert contents(root) == before


def test_the_manifest_says_what_the_book_was_made_of(built):
    found = json.loads((built / "manifest.json").read_text(encoding="utf-8"))
    assert found["asked"] == {"data": "cases", "study": ""}
    assert found["study"] == 2017
    assert set(found["inputs"]) >= {"dataset", "data/codebook", "data/published", "scrlib"}
    assert found["made"].endswith("Z")


def test_two_builds_give_the_same_bytes_but_for_the_time(sources, built, tmp_path):
    root, data = sources
    again = tmp_path / "elsewhere" / "book"
    elsewhere = {"TZ": "Pacific/Auckland", "LC_ALL": "de_DE.UTF-8", "PYTHONHASHSEED": "2017"}
    command = [sys.executable, BUILDER, root, data, again]
    subprocess.run(command, env={**os.environ, **elsewhere}, check=True, stdout=subprocess.DEVNULL)
    first, second = contents(built), contents(again)
    for found in (first, second):
        del found["manifest.json"], found[".scr-seal"]
    assert first == second


@pytest.mark.parametrize(("provenance", "banner"), [("synthetic", True), ("observed", False)])
def test_only_a_book_of_synthetic_cases_says_that_they_are(sources, tmp_path, provenance, banner):
    data = write_data(tmp_path / "cases", provenance=provenance)
    out = book.build(data, out=tmp_path / "html", root=sources[0], store=None)
    for page in out.rglob("*.html"):
        if page.parent.name == "chapters":
            assert ("Synthetic data" in page.read_text(encoding="utf-8")) == banner
    home = (out / "intro.html").read_text(encoding="utf-8")
    assert ("Its cases are not real." in home) == banner
    assert "The rest." in home


# -- errors ------------------------------------------------------------------------------------


def test_an_unknown_study_is_an_error_that_lists_the_studies(sources, tmp_path):
    root, data = sources
    with pytest.raises(InputError, match="2012, 2013, 2014, 2015, 2017") as caught:
        book.build(data, study=2016, out=tmp_path / "html", root=root)
    assert caught.value.exit_status == 2
    assert not list(tmp_path.iterdir())


def test_the_command_ends_with_status_2_on_an_unknown_study_and_writes_nothing(tmp_path):
    scr = Path(sys.executable).with_name("scr")
    command = [scr, "build", "--study", "2016", "--out", tmp_path / "html"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "2012, 2013, 2014, 2015, 2017" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_dataset_that_does_not_exist_is_an_error_before_anything_is_written(sources, tmp_path):
    with pytest.raises(InputError, match="no such folder or workbook"):
        book.build(tmp_path / "none", out=tmp_path / "html", root=sources[0])
    assert not list(tmp_path.iterdir())


def failing_book(folder: Path) -> Path:
    root = write_book(folder)
    write_notebook(root, "00_counting", "raise ValueError('the chapter fails')")
    return root


def warning_book(folder: Path) -> Path:
    root = write_book(folder)
    (root / "intro.md").write_text("# A small book\n\n[nowhere](nowhere.md)\n", encoding="utf-8")
    return root


def speaking_book(folder: Path) -> Path:
    root = write_book(folder)
    write_notebook(root, "00_counting", "import warnings; warnings.warn('the chapter warns')")
    return root


def pageless_book(folder: Path) -> Path:
    root = write_book(folder)
    (root / "intro.md").unlink()
    return root


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (failing_book, r"00_counting\.ipynb: ValueError: the chapter fails"),
        (warning_book, r"intro\.md.*nowhere"),
        (speaking_book, r"00_counting\.ipynb.*stderr"),
        (pageless_book, "intro"),
    ],
)
def test_the_earlier_book_stands_when_a_build_fails(sources, tmp_path, built, broken, said):
    root, data = broken(tmp_path / "root"), sources[1]
    before = contents(built)
    with pytest.raises(BuildError, match=said) as caught:
        book.build(data, out=built, root=root, store=None)
    assert caught.value.exit_status == 1
    assert contents(built) == before
    assert [path.name for path in built.parent.iterdir()] == ["html"]


def test_a_dataset_that_changes_during_the_build_is_not_published(sources, tmp_path, monkeypatch):
    data = write_data(tmp_path / "cases")
    run = engine.run

    def change_and_run(*arguments, **settings):
        run(*arguments, **settings)
        path = data / "dataset.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("Example", "Another"))

    monkeypatch.setattr(engine, "run", change_and_run)
    with pytest.raises(BuildError, match="changed while"):
        book.build(data, out=tmp_path / "html", root=sources[0], store=None)
    assert [path.name for path in tmp_path.iterdir()] == ["cases"]


@pytest.mark.parametrize("most", [20_000, 100_000])
def test_a_full_disk_is_an_error_in_a_sentence(sources, tmp_path, most):
    root, data = sources

    def limit():
        # As on a full disk, writing fails part of the way through a file: of results, or of pages.
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    done = subprocess.run(
        [sys.executable, BUILDER, root, data, tmp_path / "html"],
        preexec_fn=limit, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert re.search("could not be .*: .*File too large", done.stderr)
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_an_error_in_words(sources):
    root, data = sources
    with pytest.raises(BuildError, match="Nothing can be written"):
        book.build(data, out=Path("/proc/book/html"), root=root, store=None)


def test_two_builds_at_once_give_one_book_and_one_clear_error(sources, tmp_path):
    root, data = sources
    command = [sys.executable, str(BUILDER), str(root), str(data), str(tmp_path / "html")]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    errors = [process.communicate()[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 1], errors
    assert "Another build" in "".join(errors)
    assert (tmp_path / "html" / "chapters" / "00_counting.html").is_file()
    assert not place.beside(tmp_path / "html", "building").exists()


def test_forked_and_ordinary_kernels_give_the_same_book(sources, built, tmp_path):
    root, data = sources
    out = book.build(data, out=tmp_path / "html", root=root, store=None, kernels="ordinary")
    assert contents(out / "_sources") == contents(built / "_sources")
