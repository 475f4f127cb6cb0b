"""Is a book about other cases staged without what is true of the synthetic dataset only?"""

from __future__ import annotations

from pathlib import Path

import pytest

from parabook import notebooks, stage
from scrlib import paths
from scrlib.building import editions


@pytest.fixture(params=[True, False], ids=["synthetic", "observed"])
def staged(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[bool, Path]:
    stage.stage(paths.ROOT, tmp_path / "book", files=("_static",))
    if not request.param:
        editions.about_other_cases(tmp_path / "book")
    return request.param, tmp_path / "book"


def test_passages_about_synthetic_cases_stand_on_synthetic_pages_only(staged: tuple[bool, Path]):
    synthetic, book = staged
    assert ("% synthetic only" in (book / "intro.md").read_text(encoding="utf-8")) == synthetic


def test_chapter_7_of_a_book_about_other_cases_is_about_what_has_changed(
    staged: tuple[bool, Path],
):
    synthetic, book = staged
    title = "".join(notebooks.load(book / "chapters" / "07_audit.ipynb")["cells"][0]["source"])
    assert ("Published against recomputed" in title) == synthetic
    assert ("What has changed since the 2017 report" in title) != synthetic


def test_staging_leaves_the_real_chapters_alone(staged: tuple[bool, Path]):
    title = "".join(notebooks.load(paths.CHAPTERS / "07_audit.ipynb")["cells"][0]["source"])
    assert title == "# 7. Published against recomputed"
