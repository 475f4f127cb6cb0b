"""Does a page take from a notebook what belongs on it, and can readers find it?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from docutils import nodes
from docutils.core import publish_doctree

from scrlib import webpage, workbook
from scrlib.building import book, searching

DOOR = {"scrlib": {"kind": "table", "name": "table_07", "title": "Table 7"}}
PAGE = (
    '<div><table><caption style=""><strong>Suspects</strong><br>Cases</caption></table></div>\n'
    '<p class="scr-foot"><sup>1</sup> A note &amp; &#x27;more&#x27;.<br>Source: the report.</p>'
)
CSV = (
    "Suspected perpetrator,Cases,Cases: %\n=Father,22,23\n[go](http://evil.invalid),3 to 9,[x]\n"
    "Total,–,\n"
)


def output(metadata: dict[str, Any], **data: str) -> dict[str, Any]:
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def notebook(*outputs: dict[str, Any]) -> dict[str, Any]:
    cells = [
        {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": 'data = ""'},
        {"cell_type": "code", "metadata": {}, "source": ["book.show(x)\n"], "outputs": [*outputs]},
    ]
    return {"cells": cells, "metadata": {}}


# -- what may stand on a page ----------------------------------------------------------------------


def test_an_output_that_came_through_the_door_is_welcome() -> None:
    assert list(webpage.strangers(notebook(output(DOOR, **{"text/markdown": "x"})))) == []


@pytest.mark.parametrize("data", [{"text/html": "<table>cases</table>"}, {"image/png": "iVBOR"}])
def test_a_raw_frame_or_picture_is_named_with_its_cell(data: dict[str, str]) -> None:
    (said,) = webpage.strangers(notebook(output({}, **data)))
    assert said.startswith("code cell 2 ('book.show(x)')")


@pytest.mark.parametrize(
    ("data", "study", "own"),
    [(None, None, True), (None, 2017, True), (None, 2015, False), (Path("mine"), 2017, False)],
)
def test_only_the_reports_own_edition_keeps_what_is_about_it(
    data: Path | None, study: int | None, own: bool
) -> None:
    dropped = book.compendium(data, study=study).drop_tags
    assert dropped == (() if own else (book.REPORT_ONLY,))


def test_code_that_shows_nothing_is_not_folded_under_nothing() -> None:
    doctree = publish_doctree("")
    for shown in ([], [nodes.paragraph("", "words")]):
        code = nodes.literal_block("", "code")
        doctree.append(nodes.container("", code, *shown, classes=["cell", "tag_hide-input"]))
    webpage.leave_out_empty(None, doctree)
    assert doctree.astext() == "code\n\nwords"


def test_a_download_travels_in_its_output_and_becomes_a_file() -> None:
    found = notebook(output(DOOR, **{"text/markdown": PAGE, "text/csv": CSV}))
    ((_, name, title, text),) = webpage.downloads(found)
    assert (name, title, text) == ("table_07.csv", "Table 7", CSV)


# -- the workbook of all tables --------------------------------------------------------------------


def write_table_7(path: Path) -> None:
    sheets = [workbook.sheet("table_07", "Table 7", CSV, PAGE)]
    workbook.write(sheets, path, title="Cases of an agency", about="About")


def test_the_workbook_has_a_cover_contents_and_the_numbers_as_numbers(tmp_path: Path) -> None:
    for name in ("one.xlsx", "two.xlsx"):
        write_table_7(tmp_path / name)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    book = openpyxl.load_workbook(tmp_path / "one.xlsx")
    assert book.sheetnames == ["Cover", "Contents", "table_07"]
    rows = [[cell for cell in row if cell is not None] for row in book["table_07"].values]
    assert ["Table 7: Suspects"] in rows
    assert ["=Father", 22, 23] in rows
    assert ["Total", "[z]", "[z]"] in rows
    assert ["1 A note & 'more'. Source: the report."] in rows
    assert next(book["Cover"].values)[0] == "Cases of an agency"


def test_text_of_a_table_is_no_formula_or_link_of_the_workbook(tmp_path: Path) -> None:
    path = tmp_path / "tables.xlsx"
    write_table_7(path)
    found = [c for row in openpyxl.load_workbook(path)["table_07"].iter_rows() for c in row]
    assert not [cell for cell in found if cell.data_type == "f" or cell.hyperlink]
    assert "[go] (http://evil.invalid)" in [cell.value for cell in found]


# -- the search ------------------------------------------------------------------------------------


def titled(title: str, *children: nodes.Node) -> nodes.document:
    doctree = publish_doctree("")
    section = nodes.section("", nodes.title("", title), *children, ids=["here"])
    doctree.append(section)
    return doctree


def test_a_table_is_found_by_its_number_and_listed_with_its_caption() -> None:
    doctree = titled("Table 9", nodes.raw("", "<strong>Domestic abuse</strong>", format="html"))
    assert [name for _, name in searching.entries(doctree)] == ["Table 9; Domestic abuse"]


@pytest.mark.parametrize(
    ("title", "typed"),
    [("5.2 Who was suspected", "who harmed"), ("5.2.2 Special guardians", "special guardian")],
)
def test_a_heading_is_found_by_the_words_that_readers_type(title: str, typed: str) -> None:
    assert typed in [name for _, name in searching.entries(titled(title))]


def test_every_heading_with_further_words_stands_in_the_book() -> None:
    root = Path(__file__).resolve().parents[2]
    pages = [root / "intro.md", *(root / "chapters").glob("*.ipynb")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    missing = [title for title in searching.ALSO if f"# {title}" not in text]
    assert missing == []


def test_the_search_reads_no_code() -> None:
    code = nodes.container("", nodes.literal_block("", "crosstab"), classes=["cell_input"])
    cell = nodes.container(
        "", code, nodes.paragraph("", "words"), classes=["cell", "tag_hide-input"]
    )
    doctree = titled("Table 9", cell)
    assert "crosstab" not in searching.without_code(doctree).astext()
    assert "words" in searching.without_code(doctree).astext()
    assert "crosstab" in doctree.astext()
