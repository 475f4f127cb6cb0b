"""Is text of a dataset shown as text, and is nothing told that is about one case?"""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import unicodedata
import zipfile
from functools import cache
from pathlib import Path

import hostile
import openpyxl
import pytest
from bs4 import BeautifulSoup

from parabook import notebooks, pdf
from scrlib import paths

pytestmark = pytest.mark.slow
PAGES = [p.relative_to(paths.ROOT).with_suffix(".html") for p in notebooks.in_book(paths.ROOT)]
SHOWN = {
    "\u202e": "[U+202E]", "\u202c": "[U+202C]", "\u200b": "[U+200B]", "\u00ad": "[U+00AD]",
    "\ufeff": "[U+FEFF]", "\u2028": "[U+2028]",
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Make a dataset of coders' entries and a book of it, every text in them hostile."""
    return hostile.make(tmp_path_factory.mktemp("hostile"))


def contents(path: Path) -> bytes:
    """Return what a file holds; of a workbook or archive, what its parts hold."""
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return b"".join(name.encode() + archive.read(name) for name in archive.namelist())


# -- nothing leaks ---------------------------------------------------------------------------------


def test_the_marks_are_in_the_entries_and_those_of_cases_and_children_in_the_dataset(made):
    # Were they not, the tests below could not fail.
    raw, data = contents(made.data.with_name("raw.xlsx")), contents(made.data)
    for mark in (hostile.CASE, hostile.CHILD, hostile.CODER, hostile.ASIDE):
        assert mark.encode() in raw, mark
        assert (mark.encode() in data) == (mark in (hostile.CASE, hostile.CHILD)), mark


def test_no_mark_is_in_the_book_in_what_is_kept_or_in_what_is_left_elsewhere(made):
    files = [
        path
        for folder in (made.book, made.store, made.home)
        for path in folder.rglob("*")
        if path.is_file()
    ]
    assert len(files) > 150
    # parabook's own folder stays, empty.
    assert not [path for path in (made.home / "tmp").rglob("*") if path.is_file()]
    for path in files:
        assert hostile.CANARY.encode() not in contents(path).lower(), path
        assert hostile.CANARY not in path.name.lower()


def test_no_mark_is_in_what_the_commands_say(made):
    assert "No failures." in made.said
    assert "claims that can be checked hold" in made.said
    assert hostile.CANARY not in made.said.lower()


@pytest.fixture(scope="module")
def printed(made, chromium, tmp_path_factory):
    """Print the book as a PDF."""
    return pdf.write(made.book, tmp_path_factory.mktemp("pdf") / "book.pdf")


@pytest.mark.browser
def test_no_mark_is_in_the_pdf_and_nothing_in_it_runs_or_leads_astray(printed):
    from pypdf import PdfReader

    read = PdfReader(printed)
    text = "".join(page.extract_text() for page in read.pages)
    assert "=HYPERLINK" in text
    assert hostile.CANARY not in text.lower()
    assert hostile.CANARY not in str(read.metadata).lower()
    assert hostile.CANARY.encode() not in printed.read_bytes()
    links = [a.get_object() for page in read.pages for a in page.get("/Annots") or ()]
    targets = [str(link["/A"].get_object()) for link in links if "/A" in link]
    assert targets
    assert not [target for target in targets if re.search("evil|javascript", target, re.I)]


# -- nothing is markup -----------------------------------------------------------------------------


@cache
def page(book: Path, name: Path) -> BeautifulSoup:
    return BeautifulSoup((book / name).read_text(encoding="utf-8"), "html.parser")


def shown(text: str) -> str:
    """Return text as a page shows it: on one line, with what cannot be seen named."""
    return " ".join("".join(SHOWN.get(letter, letter) for letter in text).split())


def straight(text: str) -> str:
    """Undo typographic quotes and dashes, which prose gives to all text."""
    plain = unicodedata.normalize("NFC", text).translate(
        str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")
    )
    return shown(plain.replace("\u2014", "---").replace("\u2013", "--"))


def test_the_title_stands_on_every_chapter_as_it_is(made):
    found = [page(made.book, name).select_one(".scr-notice") for name in PAGES]
    notices = [tag.get_text() for tag in found if tag]
    assert len(notices) >= 9
    for notice in notices:
        assert f"Data: {shown(hostile.TITLE)}. " in notice


def test_the_title_stands_on_the_cover_of_the_workbook_as_it_is(made):
    cover = openpyxl.load_workbook(made.book / "_downloads/tables.xlsx")["Cover"]
    assert shown(next(cover.values)[0]) == shown(hostile.TITLE)


def test_actions_are_cells_of_a_table_without_any_markup(made):
    cells = page(made.book, Path("chapters/04_learning.html")).select("article td")
    found = {straight(cell.get_text()): cell for cell in cells}
    for action, _ in hostile.leveled():
        assert not found[straight(action)].find_all(True), action


def test_labels_of_studies_are_shown_as_they_are_in_tables_and_alternative_texts(made):
    found = page(made.book, Path("chapters/05_all_cases.html"))
    texts = [" ".join(cell.get_text().split()) for cell in found.select("article th")]
    alternatives = shown(" ".join(image["alt"] for image in found.select("article img")))
    for label in hostile.LABELS:
        assert any(text.startswith(shown(label)) for text in texts), label
        assert f"{shown(label)}, " in alternatives, label


@pytest.mark.parametrize("name", PAGES)
def test_no_element_or_attribute_of_a_page_comes_of_text(made, name):
    for tag in page(made.book, name).select("article, article *"):
        assert tag.name not in ("svg", "iframe", "object", "textarea"), tag
        # The page Explore has its answers as data, which no browser runs.
        assert tag.name != "script" or tag.get("type") == "application/json", tag
        for attribute, value in tag.attrs.items():
            assert not attribute.startswith("on"), tag
            # An anchor is made of the words of a heading, a picture has the words of its labels.
            inert = str(value).startswith(("#", "data:image/svg+xml,"))
            if attribute in ("href", "src", "action", "style") and not inert:
                assert not re.search(r"javascript:|evil|^x$", str(value)), tag
    headings = page(made.book, name).select("article h1, article h2, article h3, article h4")
    assert not [heading for heading in headings if heading.get_text().startswith("A heading")]


def test_the_name_of_the_file_is_one_string_of_the_notebooks_shown(made):
    sources = sorted((made.book / "_sources" / "chapters").glob("*.ipynb"))
    assert len(sources) > 10
    for path in sources:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        (cell,) = (c for c in cells if "parameters" in c["metadata"].get("tags", ()))
        first, *_ = ast.parse("".join(cell["source"])).body
        assert isinstance(first, ast.Assign), path
        assert ast.literal_eval(first.value) == made.data.name, path


# -- spreadsheets ----------------------------------------------------------------------------------


def sheets(book: Path) -> list[tuple[str, list[list[str]]]]:
    """Return every CSV file that a book offers, also those in archives, as rows of text."""
    found = [(path.name, path.read_bytes()) for path in book.glob("_downloads/**/*.csv")]
    for path in book.glob("_downloads/**/*.zip"):
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".csv")]
            found += [(name, archive.read(name)) for name in names]
    return [(name, list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))) for name, text in found]


def test_no_cell_of_a_download_is_a_formula_but_each_label_is_in_one(made):
    found = sheets(made.book)
    assert len(found) > 30
    cells = {cell for _, rows in found for row in rows for cell in row}
    for cell in cells:
        number = re.fullmatch(r"-\d+(\.\d+)?(e-\d+)?", cell)
        assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
    for label in hostile.LABELS:
        assert f"'{label}" in cells, label


def test_no_cell_of_a_workbook_is_a_formula_or_leads_out_of_it(made):
    paths = list(made.book.glob("_downloads/**/*.xlsx"))
    assert paths
    for path in paths:
        cells = [
            c for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for c in row
        ]
        assert any(hostile.LABELS[0] in str(cell.value) for cell in cells)
        assert not [cell for cell in cells if cell.data_type == "f"]
        assert not [cell for cell in cells if cell.hyperlink and cell.hyperlink.target]


# -- nothing runs ----------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_in_a_browser_nothing_runs_or_is_fetched_and_a_phone_need_not_scroll(made, chromium, name):
    tab = chromium.new_page(viewport={"width": 390, "height": 900})
    dialogues, errors, foreign = [], [], []
    tab.on("dialog", lambda found: (dialogues.append(found.message), found.dismiss()))
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("request", lambda asked: foreign.append(asked.url))
    tab.goto((made.book / name).as_uri(), wait_until="load")
    tab.evaluate("() => new Promise(requestAnimationFrame)")
    ran, width = tab.evaluate("[window.ran, document.documentElement.scrollWidth]")
    # What would run when a reader points at it or opens it.
    tab.evaluate("document.querySelectorAll('details').forEach(item => item.open = true)")
    tab.evaluate("""document.querySelectorAll('article *').forEach(
        item => ['mouseover', 'focus'].forEach(name => item.dispatchEvent(new Event(name))))""")
    opened = tab.evaluate("document.documentElement.scrollWidth")
    tab.close()
    assert (ran, dialogues, errors) == (None, [], [])
    assert not [url for url in foreign if not url.startswith(("file:", "data:", "blob:"))]
    assert max(width, opened) <= 390
