"""Is a book of the compendium about the dataset and the study asked for, or a clear error?"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from small_book import write_book, write_data, write_notebook

import parabook
from parabook.errors import BuildError
from scrlib.building import book
from tally.errors import InputError

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


def test_the_manifest_says_what_the_book_was_made_of(built):
    found = json.loads((built / "manifest.json").read_text(encoding="utf-8"))
    assert found["asked"] == {"data": "cases"}
    assert found["parameters"] == {"data": "cases", "study": 2017}
    assert set(found["sources"]) >= {"data/codebook", "data/published", "scrlib", "tally"}
    assert "dataset" not in found["sources"]
    assert found["made"].endswith("Z")


def test_only_a_book_of_synthetic_cases_says_that_they_are(sources, built, tmp_path):
    data = write_data(tmp_path / "cases", provenance="synthetic")
    out = book.build(data, out=tmp_path / "html", root=sources[0], store=None)
    for folder, said in ((out, True), (built, False)):
        home = (folder / "intro.html").read_text(encoding="utf-8")
        assert ("Its cases are not real." in home) == said
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
    with pytest.raises(parabook.InputError, match="no such file or folder"):
        book.build(tmp_path / "none", out=tmp_path / "html", root=sources[0])
    assert not list(tmp_path.iterdir())


def test_a_warning_in_a_chapter_is_an_error_and_stays_off_the_page(sources, tmp_path):
    root = write_book(tmp_path / "root")
    write_notebook(root, "00_counting", "import warnings; warnings.warn('the chapter warns')")
    with pytest.raises(BuildError, match=r"00_counting\.ipynb.*stderr"):
        book.build(sources[1], out=tmp_path / "html", root=root, store=None)
    assert not (tmp_path / "html").exists()
