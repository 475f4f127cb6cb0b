"""Does every page say in its markup what it shows: titles, tables, pictures, links?

These need no browser, only the built files.
"""

import csv
import re
from functools import cache
from urllib.parse import unquote, urldefrag

import pytest
from bs4 import BeautifulSoup
from visits import pages

pytestmark = pytest.mark.slow

every_page = pytest.mark.parametrize("page", pages())
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@cache
def soup(path):
    """Return a parsed page."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@every_page
def test_a_page_has_one_title_of_its_own_and_a_description(book, page):
    found = soup(book / page)
    title = found.title.get_text()
    assert len(title) > 10
    assert "<no title>" not in title
    assert len(found.select("article h1")) <= 1
    if page not in ("search.html", "genindex.html"):
        described = found.select_one("meta[name=description]")["content"]
        assert 40 <= len(described) <= 160, described
        assert found.select_one("meta[property='og:title']")["content"]


def test_no_two_pages_have_the_same_title_or_description(book):
    for what in ("title", "meta[name=description]"):
        found = [soup(book / page).select_one(what) for page in pages()]
        texts = [tag.get("content") or tag.get_text() for tag in found if tag is not None]
        assert len(texts) == len(set(texts))


@every_page
def test_a_page_has_an_icon_and_says_its_language(book, page):
    found = soup(book / page)
    icon = (book / page).parent / found.select_one("link[rel=icon]")["href"]
    assert icon.resolve().is_file()
    assert found.html["lang"] == "en-GB"


@every_page
def test_what_is_shown_in_a_picture_is_said_in_prose(book, page):
    for image in soup(book / page).select("article img"):
        alt = image.get("alt", "")
        assert len(alt.split()) >= 8, f"too short to serve the same purpose: {alt!r}"
        assert not re.search(r"[/\\]|\.(svg|png|jpe?g)\b|_images", alt), f"a path: {alt!r}"


def _tables(book, page):
    return soup(book / page).select("article .scr-table")


def _plain(tag):
    """Return a cell's words without references to notes."""
    text = re.sub(r"\s*\[note\s*\d+\]", "", tag.get_text().replace("\xa0", " "))
    return " ".join(text.split())


def _download(box):
    """Return the link to a table's own download: after it or, for a figure's values, before."""
    name, file = box["aria-label"], {"href": re.compile(r"\.csv$")}
    if found := re.fullmatch(r"Figure (\w+) as a table", name):
        return box.find_previous("a", file), f"Download the data of figure {found[1]} ("
    own = re.fullmatch(r"Table (\w+)", name)
    return box.find_next("a", file), f"Download table {own[1]} (" if own else "Download"


def _numbers(texts):
    return [number for text in texts for number in NUMBER.findall(text)]


def _downloaded(header, row):
    """Return the header of a row of a download and its numbers, as the page would show them.

    A range with equal ends is one number. A mean of nothing is blank, and the page does not show
    that it was taken over none.
    """
    texts, before, last = [], "", None
    for name, text in zip(header[1:], row[1:], strict=True):
        same_end = name.endswith("(highest)") and text == last
        of_mean = before == f"{name.removesuffix(': number')}: mean"
        if not (same_end or (of_mean and last == "" and text == "0")):
            texts.append(text)
        before, last = name, text
    return row[0], _numbers(texts)


@every_page
def test_a_table_has_a_caption_and_headers_for_rows_and_columns(book, page):
    for box in _tables(book, page):
        name, table = box["aria-label"], box.table
        assert table.caption.get_text(" ", strip=True).startswith(name)
        heads = table.select("thead th")
        assert all(th.get("scope") == "col" and th.get_text(strip=True) for th in heads), name
        for row in table.select("tbody tr"):
            cells = row.find_all(["th", "td"])
            assert len(cells) == len(heads), name
            assert cells[0].name == "th", name
            assert cells[0]["scope"] == "row", name
            assert all(cell.get_text(strip=True) for cell in cells), f"{name}: {row}"


@every_page
def test_no_two_tables_of_a_page_have_one_caption(book, page):
    captions = [
        _plain(table.caption) for table in soup(book / page).select("article table:has(caption)")
    ]
    assert len(captions) == len(set(captions))


@every_page
def test_every_table_has_a_caption_row_headers_and_a_box_that_scrolls(book, page):
    for table in soup(book / page).select("article table:not(.indextable)"):
        assert table.caption.get_text(strip=True)
        assert all(row.find(["th", "td"]).name == "th" for row in table.select("tr"))
        assert table.find_parent(class_=["scr-table", "pst-scrollable-table-container"])


@every_page
def test_a_table_s_download_holds_the_rows_that_are_shown(book, page):
    for box in _tables(book, page):
        link, wording = _download(box)
        name = box["aria-label"]
        assert link is not None, f"{name} has no download"
        assert link.get_text().startswith(wording), f"{name} has no download of its own"
        assert re.search(r"\(\d+ kB CSV\)$", link.get_text()), name
        if link.get_text().startswith("Download every"):
            continue  # it holds more than the table, which sums it up
        path = ((book / page).parent / unquote(link["href"])).resolve()
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
        shown = [row.find_all(["th", "td"]) for row in box.select("tbody tr")]
        expected = [(_plain(first), _numbers(map(_plain, rest))) for first, *rest in shown]
        assert [_downloaded(header, row) for row in rows] == expected, name


def test_each_of_the_report_s_tables_and_figures_is_in_the_book_once(book):
    shown = [box["aria-label"] for page in pages() for box in _tables(book, page)]
    tables = [name for name in shown if re.fullmatch(r"Table \d+", name)]
    assert sorted(tables, key=lambda name: int(name[6:])) == [f"Table {n}" for n in range(1, 14)]
    figures = [tag["id"] for page in pages() for tag in soup(book / page).select(".scr-figure")]
    of_the_report = [name for name in figures if re.fullmatch(r"figure-\d+", name)]
    assert sorted(of_the_report) == [f"figure-{n}" for n in range(1, 8)]


@every_page
def test_every_link_within_the_book_leads_somewhere(book, page):
    for link in soup(book / page).select("a[href]"):
        address, anchor = urldefrag(link["href"])
        if re.match(r"(https?|mailto):", address):
            continue
        target = ((book / page).parent / unquote(address)).resolve() if address else book / page
        assert target.is_file(), f"{link['href']} in {page}"
        if anchor and target.suffix == ".html":
            places = soup(target)
            assert places.find(id=unquote(anchor)) or anchor == "", f"{link['href']} in {page}"


@every_page
def test_nothing_on_a_page_names_another_host_to_load_from(book, page):
    """Links may leave the book; scripts, styles, pictures and frames may not."""
    for tag in soup(book / page).select("script, link, img, iframe, source, video, audio"):
        for attribute in ("src", "href", "srcset"):
            assert not re.match(r"(https?:)?//", tag.get(attribute, "")), tag
        assert "http" not in (tag.string or "") if tag.name == "script" else True


@every_page
def test_a_page_of_a_synthetic_book_says_so_at_its_top(book, page):
    assert "Synthetic data" in soup(book / page).select_one(".bd-header-announcement").get_text()
