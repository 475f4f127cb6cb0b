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


def _rows(table):
    """Return a table's rows: the header of each, and the numbers in its cells in order."""
    for row in table.select("tbody tr"):
        numbers = [NUMBER.findall(cell.get_text()) for cell in row.select("td")]
        yield _plain(row.th.get_text()), [n for cell in numbers for n in cell]


def _plain(text):
    """Leave the references to notes out of a header."""
    return re.sub(r"\s*\[note\s*\d+\]", "", text.replace("\xa0", " ")).strip()


def _downloaded(path):
    """Return a download's rows in the same form; equal ends of a range are one number."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    for row in rows:
        numbers, last = [], ""
        for name, text in zip(header[1:], row[1:], strict=True):
            if name.endswith("(highest)") and text == last:
                continue
            numbers += NUMBER.findall(text)
            last = text
        yield row[0], numbers


@every_page
def test_a_table_has_a_caption_and_headers_for_rows_and_columns(book, page):
    for table in soup(book / page).select("article .scr-table table"):
        assert re.match(r"Table \w+: \S+", table.caption.get_text()), table.caption
        heads = table.select("thead th")
        assert all(th.get("scope") == "col" and th.get_text(strip=True) for th in heads)
        for row in table.select("tbody tr"):
            assert row.find(["th", "td"]).name == "th"
            assert row.th["scope"] == "row"
            assert len(row.find_all(["th", "td"])) == len(heads)
            assert all(cell.get_text(strip=True) for cell in row.find_all(["th", "td"]))


@every_page
def test_a_table_s_download_holds_the_rows_that_are_shown(book, page):
    for box in soup(book / page).select("article .scr-table"):
        link = box.find_next("a", href=re.compile(r"\.csv$"))
        number = box["aria-label"]
        assert number.lower() in link.get_text().lower(), f"{number} has no download"
        assert re.search(r"\(\d+ kB CSV\)", link.get_text())
        path = ((book / page).parent / unquote(link["href"])).resolve()
        assert list(_downloaded(path)) == list(_rows(box)), number


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
