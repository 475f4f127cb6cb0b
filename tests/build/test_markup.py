"""Does every page say in its markup what it shows: titles, tables, pictures, links?

They need no browser, only the built files.
"""

import csv
import re
from functools import cache
from urllib.parse import unquote, urldefrag

import pytest
from bs4 import BeautifulSoup
from pages import pages

pytestmark = pytest.mark.slow

every_page = pytest.mark.parametrize("page", pages())


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
    """Return the boxes of tables, but for those under a fold: where numbers come from."""
    boxes = soup(book / page).select("article .scr-table")
    return [box for box in boxes if not box.find_parent("details")]


def _plain(tag):
    """Return a cell's words without references to notes."""
    return " ".join("".join(tag.find_all(string=_no_note)).split())


def _no_note(string):
    return string.find_parent("sup") is None


def _download(box):
    """Return the link to a table's own download, which stands under it."""
    return box.find_next("a", href=re.compile(r"\.csv$"))


@every_page
def test_a_table_has_a_caption_and_headers_for_rows_and_columns(book, page):
    for box in _tables(book, page):
        name, table = box["aria-label"], box.table
        titles = [
            table.caption,
            *([box.find_previous(["h2", "h3", "h4"])] if name[:5] == "Table" else []),
        ]
        assert any(title.get_text(" ", strip=True).startswith(name) for title in titles), name
        heads = table.select("thead th")
        assert all(th.get("scope") == "col" and th.get_text(strip=True) for th in heads), name
        for row in table.select("tbody tr"):
            cells = row.find_all(["th", "td"])
            assert len(cells) == len(heads), name
            assert cells[0].name == "th", name
            assert cells[0]["scope"] == "row", name
            assert all(cell.get_text(strip=True) for cell in cells), f"{name}: {row}"


@every_page
def test_every_table_has_a_caption_row_headers_and_a_box_that_scrolls(book, page):
    for table in soup(book / page).select("article table:not(.indextable)"):
        assert table.caption.get_text(strip=True)
        assert all(row.find(["th", "td"]).name == "th" for row in table.select("tr"))
        assert table.find_parent(class_=["scr-table", "pst-scrollable-table-container"])


@every_page
def test_a_table_s_download_holds_the_rows_that_are_shown(book, page):
    for box in _tables(book, page):
        name, link = box["aria-label"], _download(box)
        if name == "What is printed":  # some rows of "Every number", which has the download
            continue
        assert link is not None, f"{name} has no download"
        assert link.get_text() in (f"Download {name} (CSV)", "Download these data (CSV)"), name
        path = ((book / page).parent / unquote(link["href"])).resolve()
        with path.open(encoding="utf-8-sig", newline="") as file:
            _, *rows = csv.reader(file)
        shown = [_plain(row.find("th")) for row in box.select("tbody tr")]
        if re.fullmatch(r"Table \d+", name):
            assert list(dict.fromkeys(row[0] for row in rows)) == list(dict.fromkeys(shown)), name


def test_each_of_the_report_s_tables_is_in_the_book_once(book):
    shown = [box["aria-label"] for page in pages() for box in _tables(book, page)]
    tables = [name for name in shown if re.fullmatch(r"Table \d+", name)]
    assert sorted(tables, key=lambda name: int(name[6:])) == [f"Table {n}" for n in range(1, 14)]


def test_the_list_of_tables_and_figures_has_each_of_the_report_s_in_order(book):
    names = [
        item.get_text(strip=True) for item in soup(book / "genindex.html").select("article li")
    ]
    found = {kind: [n for n in names if re.match(rf"{kind} \d", n)] for kind in ("Table", "Figure")}
    for kind, last in {"Table": 13, "Figure": 7}.items():
        numbers = [int(re.search(r"\d+", name)[0]) for name in found[kind]]
        assert numbers == list(range(1, last + 1))


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
            assert places.find(id=unquote(anchor)), f"{link['href']} in {page}"


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
