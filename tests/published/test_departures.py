"""Where the book has another number than the report, does it say so there?"""

from __future__ import annotations

import html
import json
import re

import pytest

from scrlib import paths
from scrlib.auditing.known import Knowledge
from scrlib.captions import Captions
from scrlib.pages import ranges_page
from tally.interval import exactly

BOOK = ranges_page.report()
NOTE = re.compile(r"^</data>[^.]{0,60}\(\[the report prints ")
CHAPTERS = sorted(paths.CHAPTERS.glob("0*.ipynb"))
MALE = ('da_perpetrator == "male"', "present(domestic_abuse)")


def test_a_sentence_says_what_the_report_prints_in_its_place():
    told = f"{BOOK.share(*MALE):share of cases}"
    assert told.endswith("67%</data> of cases (46 of 69) ([the report prints 66%](07_audit.ipynb))")


def test_a_table_says_what_the_report_prints_in_its_place():
    studies = {"2017": "study == 2017", "Earlier": "study < 2017"}
    table = BOOK.crosstab("law", studies, values="total_score", subtotals="law_group")
    source = Captions(BOOK.knowledge).of_table(table, 5, "").source
    assert "It prints 13.1 where this table has 13.4 to 13.5" in source


def test_a_number_that_the_report_prints_has_no_note():
    assert "the report prints" not in f"{BOOK.share('present(domestic_abuse)'):share of cases}"
    assert "the report prints" not in format(BOOK.share('law_group == "public"'), "number")


def test_numbers_of_other_data_have_no_note():
    other = Knowledge(BOOK.dataset, 2017)
    other.__dict__["broken"] = ("s31-cases",)
    percent = f"percent(case, {', '.join(MALE)})"
    assert other.departs(percent, exactly(50)) == ""
    assert BOOK.knowledge.departs(percent, exactly(50)) == "66%"


@pytest.mark.parametrize(
    "path", sorted(paths.CHAPTERS.glob("0*.ipynb")), ids=lambda path: path.stem
)
def test_every_such_number_in_the_sentences_of_a_chapter_has_its_note(path):
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", ()):
            text = "".join(output.get("data", {}).get("text/markdown", ""))
            for found in re.finditer(r'<data value="[^"]*" title="([^"]*)">[^<]*', text):
                expression = html.unescape(found[1]).split("; ")[-1]
                known = BOOK.knowledge.of(expression)
                if BOOK.knowledge.departs(expression, known):
                    assert NOTE.match(text[found.end() :]), expression
