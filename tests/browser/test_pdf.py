"""Is the PDF a book that can be read on paper, and by a screen reader?"""

import re
import unicodedata

import pytest
from bs4 import BeautifulSoup
from pages import pages

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def whole(book):
    """Put the book together as one page of HTML, from which the PDF is printed."""
    from parabook import pdf

    return BeautifulSoup(pdf.combined(book), "html.parser")


@pytest.fixture(scope="module")
def printed(chromium, book, tmp_path_factory):
    """Print the PDF."""
    from pypdf import PdfReader

    from parabook import pdf

    return PdfReader(pdf.write(book, tmp_path_factory.mktemp("pdf") / "book.pdf"))


@pytest.fixture(scope="module")
def texts(printed):
    """Read the words of each page, without the white space, which the layout may change."""
    return [_bare(page.extract_text()) for page in printed.pages]


def _headings(outline, level=0):
    for item in outline:
        if isinstance(item, list):
            yield from _headings(item, level + 1)
        else:
            yield level, _bare(item.title)


def test_every_page_of_the_book_is_in_it_in_order(whole):
    chapters = [article["id"] for article in whole.select("main > article")]
    expected = [page.removesuffix(".html").replace("/", "-") for page in pages()[:-2]]
    assert chapters == expected


def test_places_have_names_of_their_own_and_every_link_within_leads_to_one(whole):
    names = [tag["id"] for tag in whole.select("[id]")]
    assert len(names) == len(set(names))
    links = [link["href"][1:] for link in whole.select("a[href^='#']")]
    assert links
    assert set(links) <= set(names)


def test_nothing_that_only_works_on_a_screen_is_left(whole):
    assert whole.select("details, button, script, a.headerlink") == []
    assert not whole.find("p", string=re.compile("^Download"))
    elsewhere = [a["href"] for a in whole.select("a[href]") if a["href"].startswith("file:")]
    assert elsewhere == []


@pytest.mark.browser
def test_it_is_tagged_and_says_its_language_and_title(printed):
    root = printed.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "en-GB"
    assert "serious case reviews" in printed.metadata.title


@pytest.mark.browser
def test_its_bookmarks_are_the_headings_of_the_book(printed, whole):
    levels = list(_headings(printed.outline))
    chapters = [text for level, text in levels if level == 0]
    assert chapters == [_bare(h.get_text()) for h in whole.select("main h1")]
    assert len(levels) > 2 * len(chapters)


@pytest.mark.browser
def test_the_cover_stands_alone_and_each_chapter_begins_on_a_page_of_its_own(printed, texts, whole):
    headings = [_bare(h.get_text()) for h in whole.select("main h1")]
    begun = [
        printed.get_destination_page_number(item)
        for item in printed.outline
        if not isinstance(item, list)
    ]
    assert 0 not in begun
    for number, heading in zip(begun, headings, strict=True):
        bare = re.sub(rf"\d+of{len(texts)}", "", texts[number])  # without the page's number
        assert bare.startswith(heading)


@pytest.mark.browser
def test_its_pages_are_a4_and_numbered(printed, texts):
    for number, (page, text) in enumerate(zip(printed.pages, texts, strict=True), 1):
        width, height = sorted(map(float, page.mediabox[2:]))
        assert (width, height) == pytest.approx((595, 842), abs=1)
        assert f"{number}of{len(texts)}" in text


@pytest.mark.browser
def test_its_first_page_has_the_title_and_says_what_is_synthetic(texts):
    assert "LearningfromCafcasssubmissions" in texts[0]
    assert "Syntheticdata" in texts[0]


@pytest.mark.browser
@pytest.mark.parametrize("number", range(1, 14))
def test_a_table_of_the_report_is_whole_on_one_page(whole, texts, number):
    box = whole.select_one(f".scr-table[aria-label='Table {number}']")
    title = _bare(box.caption.strong.get_text())
    unit = _bare(box.caption.br.next_sibling) if box.caption.br else ""
    # Between the two stand the numbers of notes.
    caption, last = re.compile(rf"{re.escape(title)}[\d,]*{re.escape(unit)}"), box.select("tr")[-1]
    found = [text for text in texts if caption.search(text)]
    assert len(found) == 1, title
    assert _bare(last.get_text()) in found[0]


def _bare(text):
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))  # "fi" may be one letter
