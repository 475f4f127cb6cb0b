"""Is a book about other cases staged without what is true of the synthetic dataset only?"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from parabook import notebooks, stage
from scrlib import paths
from scrlib.building import other_cases
from scrlib.building.book import compendium
from scrlib.building.edition import Edition
from scrlib.report import read_dataset
from tally.data import storage
from tally.dataset import OBSERVED, Meta
from tally.errors import InputError

META = Meta("Northtown, a study", OBSERVED, agency="Northtown *Board*", contact="a@b.example")


@pytest.fixture(params=[True, False], ids=["synthetic", "observed"])
def staged(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[bool, Path]:
    stage.stage(paths.ROOT, tmp_path / "book", files=("_static",))
    if not request.param:
        other_cases.about_other_cases(tmp_path / "book", META, paths.SYNTHETIC)
    return request.param, tmp_path / "book"


def test_passages_about_synthetic_cases_stand_on_synthetic_pages_only(staged: tuple[bool, Path]):
    synthetic, book = staged
    assert ("% synthetic only" in (book / "intro.md").read_text(encoding="utf-8")) == synthetic


def test_chapter_7_of_a_book_about_other_cases_is_about_what_has_changed(
    staged: tuple[bool, Path],
):
    synthetic, book = staged
    notebook = notebooks.load(book / "chapters" / "07a_every_number.ipynb")
    title = "".join(notebook["cells"][0]["source"])
    assert ("# Every number" in title) == synthetic
    assert ("What has changed since the 2017 report" in title) != synthetic


def test_a_book_about_other_cases_has_their_title_agency_and_contact(staged: tuple[bool, Path]):
    synthetic, book = staged
    if not synthetic:
        config = notebooks.read_yaml(book / "_config.yml")
        assert (config["title"], config["author"]) == (META.title, META.agency)
        home = (book / "intro.md").read_text(encoding="utf-8")
        assert home.startswith("# Northtown, a study\n")
        assert "by Northtown &#42;Board&#42;" in home
        assert home.count("\n# ") == 0


def test_a_logo_is_a_picture_beside_the_data(tmp_path: Path):
    for name in ("../x.png", "x.exe", "missing.png"):
        with pytest.raises(InputError):
            other_cases.logo(replace(META, logo=name), tmp_path)
    (tmp_path / "x.png").touch()
    assert other_cases.logo(replace(META, logo="x.png"), tmp_path) == tmp_path / "x.png"


def test_staging_leaves_the_real_chapters_alone(staged: tuple[bool, Path]):
    title = "".join(notebooks.load(paths.CHAPTERS / "07a_every_number.ipynb")["cells"][0]["source"])
    assert title.startswith("# Every number")


def test_a_book_about_other_cases_does_not_say_that_cafcass_wrote_them(staged: tuple[bool, Path]):
    _, book = staged
    for path in (*book.rglob("*.md"), *notebooks.chapters(book)):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"submissions?\}? by Cafcass|This book takes these", text), path.name


# -- what came before -----------------------------------------------------------------------------


@pytest.mark.parametrize(("below", "asked"), [(None, True), (0, False)])
def test_a_book_that_holds_numbers_back_asks_for_those_that_came_before(
    below: int | None, asked: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = read_dataset(paths.DATA / "example" / "study")
    meta = replace(dataset.meta, provenance=OBSERVED)
    storage.write(replace(dataset, meta=meta), tmp_path / "cases")
    edition = Edition(tmp_path / "cases", None, below, None, hold_zeros=False, earlier=())
    edition.settle(compendium(tmp_path / "cases"))
    assert ("name it by --earlier" in capsys.readouterr().err) == asked
