"""Does printing the book say what it lacks, and leave an earlier PDF alone?"""

import pytest

from parabook import pdf
from parabook.errors import BuildError

PAGE = """<html lang="en-GB"><head><link rel="stylesheet" href="_static/a.css?v=1"></head><body>
<a class="navbar-brand"><p class="logo__title">A book</p></a>
<div class="bd-header-announcement">Synthetic data.</div>
<nav class="bd-docs-nav"><a href="#">Home</a><a href="chapters/one.html">One</a></nav>
<article class="bd-article">{}</article></body></html>"""


@pytest.fixture
def book(tmp_path):
    """Write a book of two pages."""
    (tmp_path / "chapters").mkdir()
    leads = '<meta http-equiv="Refresh" content="0; url=home.html" />'
    (tmp_path / "index.html").write_text(leads, encoding="utf-8")
    home = '<h1 id="top">Home</h1><a href="chapters/one.html#place">to one</a>'
    (tmp_path / "home.html").write_text(PAGE.format(home), encoding="utf-8")
    one = (
        '<h1 id="top">One<a class="headerlink" href="#top">#</a></h1><p id="place">here</p>'
        '<a href="../home.html">back</a><a href="../_downloads/x.csv">a file</a>'
        '<details>folded</details><ul><li><a class="download" href="y.csv">Download y</a></li></ul>'
        '<details class="on-paper"><summary>Sources</summary><p>A source</p></details>'
        '<details class="on-paper"><summary>Values</summary><table>'
        "<caption>Values of it</caption></table></details>"
        '<p>Download <a class="download" href="x.csv">x</a></p>'
    )
    (tmp_path / "chapters" / "one.html").write_text(PAGE.format(one), encoding="utf-8")
    return tmp_path


def test_without_a_browser_it_says_which_is_needed_and_writes_nothing(book, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    out = tmp_path / "book.pdf"
    out.write_bytes(b"earlier")
    with pytest.raises(BuildError, match="Chromium"):
        pdf.write(book, out)
    assert out.read_bytes() == b"earlier"


def test_a_browser_that_fails_leaves_the_earlier_file(book, tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "_browser", lambda: "false")
    out = tmp_path / "book.pdf"
    out.write_bytes(b"earlier")
    with pytest.raises(BuildError, match="could not print"):
        pdf.write(book, out)
    assert out.read_bytes() == b"earlier"
    assert not list(tmp_path.glob("parabook-pdf-*"))


def test_places_of_the_same_name_on_two_pages_stay_apart(book):
    html = pdf.combined(book)
    assert 'id="home--top"' in html
    assert 'id="chapters-one--top"' in html


def test_links_between_pages_lead_within_the_whole(book):
    html = pdf.combined(book)
    assert '<a href="#chapters-one--place">to one</a>' in html
    assert '<a href="#home">back</a>' in html


def test_what_only_works_on_a_screen_is_left_out(book):
    html = pdf.combined(book)
    assert "folded" not in html
    assert "Download" not in html
    assert "<li>" not in html.partition("<main>")[2]
    assert "headerlink" not in html
    assert "<a>a file</a>" in html


def test_what_is_folded_to_spare_the_screen_stands_open_under_its_title(book):
    html = pdf.combined(book)
    assert '<p class="paper-opened">Sources</p><p>A source</p>' in html
    assert html.count("Values") == 1


def test_the_cover_names_the_chapters(book):
    assert "<li>Home</li><li>One</li>" in pdf.combined(book).partition("<main>")[0]


def test_the_whole_has_the_language_of_the_book_and_what_is_said_about_it(book):
    cover = pdf.combined(book, "Online at <example.org>.").partition("<main>")[0]
    assert '<html lang="en-GB"' in cover
    assert "<p>Online at &lt;example.org&gt;.</p>" in cover


def test_the_cover_has_the_title_and_the_banner_if_there_is_one(book):
    assert "Synthetic data." in pdf.combined(book).partition("<main>")[0]
    text = PAGE.replace("Synthetic data.", "")
    (book / "home.html").write_text(text.format("<h1>Home</h1>"), encoding="utf-8")
    assert "paper-banner" not in pdf.combined(book)
