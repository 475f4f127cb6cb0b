"""Does the book of all chapters stand, on the synthetic dataset and on other cases?"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from random_data import random_dataset

from parabook import notebooks
from scrlib import paths
from scrlib import report as published
from scrlib.building import book
from scrlib.report import coding_frame
from tally.data import storage

pytestmark = pytest.mark.slow
SOURCES = [path.relative_to(paths.ROOT) for path in notebooks.in_book(paths.ROOT)]
PAGES = [path.with_suffix(".html") for path in SOURCES]


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory):
    """Build the book that `make book` builds."""
    out = tmp_path_factory.mktemp("synthetic") / "html"
    return book.build(out=out, store=None)


@pytest.fixture(scope="module")
def observed(tmp_path_factory):
    """Build a book about random cases passed off as observed, with the study of 2015 in focus."""
    folder = tmp_path_factory.mktemp("observed")
    storage.write(random_dataset(2015), folder / "cases.xlsx")
    return book.build(
        folder / "cases.xlsx", study=2015, out=folder / "html", store=folder / "store",
        suppress_below=0,
    )  # fmt: skip


@pytest.fixture(params=["synthetic", "observed"])
def built(request):
    """Look at either book."""
    return request.getfixturevalue(request.param)


@cache
def page(book_folder: Path, name: Path | str) -> BeautifulSoup:
    return BeautifulSoup((book_folder / name).read_text(encoding="utf-8"), "html.parser")


def article(book_folder: Path, name: Path | str) -> str:
    found = page(book_folder, name).find("article")
    assert found is not None
    return found.get_text(" ")


def test_every_page_stands_and_has_one_heading(built):
    for name in PAGES:
        assert len(page(built, name).select("article h1")) == 1, name


def test_every_table_of_the_report_stands_on_one_page(built):
    numbers = [item.number for item in published.load_tables(coding_frame()).values()]
    assert sorted(numbers) == list(range(1, 14))
    for number in numbers:
        found = [name for name in PAGES if page(built, name).find(id=f"table-{number}")]
        assert len(found) == 1, f"Table {number}: {found}"


def test_every_figure_of_the_report_stands_on_one_page_with_its_text(built):
    for number in range(1, 8):
        found = [name for name in PAGES if page(built, name).find(id=f"figure-{number}")]
        assert len(found) == 1, f"Figure {number}: {found}"
        place = page(built, found[0]).find(id=f"figure-{number}")
        for image in place.find_all("img"):
            assert len(image["alt"]) > 40
            assert not re.search(r"\.svg|_outputs", image["alt"])


def test_every_download_that_a_page_offers_is_in_the_book(built):
    missing, count = [], 0
    for name in PAGES:
        for link in page(built, name).select("article a[href], article img[src]"):
            target = link.get("href") or link["src"]
            if re.match(r"[a-z]+:|#", target):
                continue
            count += 1
            path = (built / name).parent / target.partition("#")[0].partition("?")[0]
            if not path.resolve().is_file():
                missing.append(f"{name}: {target}")
    assert count > 50
    assert not missing


def test_a_book_of_other_cases_is_about_them(observed):
    assert "23 submissions" in article(observed, "chapters/03_study_2017.html")
    for source in SOURCES:
        if source.suffix == ".ipynb":
            text = article(observed, source.with_suffix(".html"))
            assert "Study in focus: 2015" in text, source


def test_a_book_of_observed_cases_does_not_say_that_they_are_synthetic(observed, synthetic):
    claims = re.compile(r"no case here is real|case records are synthetic", re.IGNORECASE)
    for name in PAGES:
        assert not claims.search(page(observed, name).get_text(" ")), name
        if name.parent.name:
            assert claims.search(page(synthetic, name).get_text(" ")), name


def test_the_books_of_two_datasets_differ(observed, synthetic):
    # Were a dataset ignored, every test above could pass.
    name = "chapters/05_all_cases.html"
    assert article(observed, name) != article(synthetic, name)
