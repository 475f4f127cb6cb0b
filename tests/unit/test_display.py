"""Does a reader, or a screen reader, find in a table what the data say and nothing else?"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from example_cases import cases
from markupsafe import Markup
from random_data import random_dataset

from scrlib.auditing import known
from scrlib.auditing.known import Knowledge
from scrlib.pages.chapter import Chapter
from scrlib.report import load_tables
from scrlib.showing import display
from scrlib.showing.markup import Sheet
from scrlib.showing.view import View, frame
from scrlib.showing.view import view as seen
from tally.data.storage import write_csv
from tally.dataset import SYNTHETIC, Dataset
from tally.errors import InputError
from tally.interval import Known


class Tables(HTMLParser):
    """Collects the cells of a table as a screen reader meets them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headers: list[tuple[str, str]] = []
        self.rows: list[list[str]] = []
        self.captions = 0
        self.spans = 0
        self._in = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.spans += "colspan" in found or "rowspan" in found
        self.captions += tag == "caption"
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self._in = tag
            self.rows[-1].append("")
            if tag == "th":
                self.headers.append((found.get("scope") or "", ""))

    def handle_endtag(self, tag: str) -> None:
        self._in = "" if tag in ("th", "td") else self._in

    def handle_data(self, data: str) -> None:
        if self._in:
            self.rows[-1][-1] += data


def view(dataset: Dataset, number: int, focus: int = 2017) -> View:
    declared = load_tables(dataset.codebook, focus)[f"table_{number:02d}"]
    return seen(declared, Knowledge(dataset, focus))


@pytest.fixture
def dataset() -> Dataset:
    return random_dataset(11)


@pytest.mark.parametrize("number", range(1, 14))
def test_every_table_has_a_caption_and_headers_with_scope_and_no_merged_cell(
    dataset: Dataset, number: int
) -> None:
    found = Tables(display.html(view(dataset, number)))
    assert found.captions == 1
    assert found.spans == 0
    assert {scope for scope, _ in found.headers} == {"col", "row"}
    assert len({len(row) for row in found.rows}) == 1
    assert all(cell.strip() for row in found.rows for cell in row)


def test_a_cell_shows_the_hand_counted_number() -> None:
    found = view(cases({"study": 2017}, {"study": 2017}, {}), 1)
    rows = {row[0].split(" [")[0]: row for row in Tables(display.html(found)).rows}
    assert rows["2017"][-1] == "2"
    assert rows["2012"][-1] == "1"
    assert rows["Total"][-1] == "3"


@pytest.mark.parametrize("number", range(1, 14))
def test_the_download_has_the_rows_and_the_numbers_of_the_table(
    dataset: Dataset, number: int, tmp_path: Path
) -> None:
    found = view(dataset, number)
    path = tmp_path / "table.csv"
    write_csv(frame(found), path)
    with path.open(encoding="utf-8", newline="") as stream:
        head, *lines = csv.reader(stream)
    shown = Tables(display.html(found)).rows
    assert len(lines) == len(shown) - 1
    for line, row in zip(lines, shown[1:], strict=True):
        cells = re.findall(r"[\d.]+", " ".join(row[1:]))
        assert re.findall(r"[\d.]+", " ".join(line[1:])) == cells, (head, line, row)


def test_a_note_is_referred_to_where_it_belongs_and_listed_below(dataset: Dataset) -> None:
    found = view(dataset, 5)
    assert "Private law: WTFH only [note&nbsp;1]" in display.html(found)
    assert "[note&nbsp;1] WTFH is work to first hearing" in display.notes(found)


def test_a_mean_of_no_cases_is_marked_not_applicable_and_the_marker_is_explained() -> None:
    dataset = cases({"study": 2017})
    page = display.key(view(dataset, 5))
    assert "[z]: not applicable" in page


def test_agreement_with_print_is_counted_cell_by_cell() -> None:
    dataset = random_dataset(2)
    found = display.agreement(view(dataset, 1), "07_audit.ipynb")
    # The random dataset has the report's number of cases in each study, and so all six numbers.
    assert found.startswith("[6 of 6 numbers agree with print]")


def test_agreement_is_not_claimed_for_studies_that_the_report_does_not_cover() -> None:
    dataset = random_dataset(2, {2019: 3, 2021: 4})
    assert display.agreement(view(dataset, 1, 2021), "x") == ""


# -- synthetic data ---------------------------------------------------------------------------


@pytest.fixture
def bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put a file of ranges with one entry, for a cell of Table 3, in place of the real one."""
    path = tmp_path / "bounds.csv"
    text = (
        "quantity,low,high,proved_low,proved_high\n"
        '"count(case, law_group == ""public"" and involvement == ""prior"" and study == 2015)",'
        "3,9,yes,yes\n"
    )
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(known, "BOUNDS", path)
    known.ranges.cache_clear()
    yield path
    known.ranges.cache_clear()


@pytest.mark.usefixtures("agreeing")
def test_a_number_that_print_leaves_open_is_shown_as_its_range(bounds: Path) -> None:
    found = view(random_dataset(3, provenance=SYNTHETIC), 3, 2015)
    rows = {row[0]: row for row in Tables(display.html(found)).rows}
    assert rows["Prior to incident only"][1] == "3 to 9"
    assert "A range such as 3 to 9" in display.key(found)
    first = frame(found).iloc[0]
    assert (first["Public law (lowest)"], first["Public law (highest)"]) == ("3", "9")


@pytest.mark.usefixtures("agreeing")
def test_a_number_that_print_leaves_open_without_a_range_is_not_shown(bounds: Path) -> None:
    found = view(random_dataset(3, provenance=SYNTHETIC), 3, 2015)
    rows = {row[0]: row for row in Tables(display.html(found)).rows}
    assert rows["At the time of the incident"][1] == "[x]"
    assert "[x]: not known" in display.key(found)


@pytest.mark.usefixtures("agreeing")
def test_two_synthetic_datasets_that_differ_in_what_is_not_printed_give_the_same_page() -> None:
    pages = [
        display.html(view(random_dataset(seed, provenance=SYNTHETIC), 3, 2015)) for seed in (1, 2)
    ]
    assert pages[0] == pages[1]


def test_observed_data_show_every_number() -> None:
    found = view(random_dataset(3), 3, 2015)
    assert "[x]" not in display.html(found)


# -- what else stands on a page ---------------------------------------------------------------


def test_a_listing_escapes_what_it_shows() -> None:
    page = Sheet("A <b>", ("x", "y"), [("<i>", "&")], "a").html
    assert "<b>" not in page
    assert "<i>" not in page
    assert Tables(page).rows == [["x", "y"], ["<i>", "&"]]


def test_only_a_cell_that_says_so_is_html_and_its_download_is_text() -> None:
    sheet = Sheet("A", ("x", "y"), [("1", Markup("<a href='#b'>5 &lt; 6</a>"))], "a")
    assert "<a href='#b'>5 &lt; 6</a></td>" in sheet.html
    assert sheet.frame.iloc[0].tolist() == ["1", "5 < 6"]


def test_a_long_name_in_code_may_break_after_its_parts() -> None:
    page = Sheet(
        "A", ("x", "y"), [("a_b", "<c_d>"), ("e", "a_name_of_many_parts")], "a", codes=(1,)
    )
    assert ">a_b</th>" in page.html
    assert "<code>&lt;c_d&gt;</code>" in page.html
    assert "<code>a_<wbr>name_<wbr>of_<wbr>many_<wbr>parts</code>" in page.html


def test_a_table_of_many_columns_is_set_dense_and_long_texts_get_room() -> None:
    wide = Sheet("A", "abcdef", [list("123456")], "a").html
    long = Sheet("A", "ab", [("1", "word " * 20)], "a").html
    many = Sheet("A", "ab", [("1", "2")] * 11, "a").html
    assert 'class="scr-table scr-dense"' in wide
    assert 'class="scr-table scr-runs"' in many
    assert "scr-dense" not in long
    assert '<td class="scr-long">' in long


def test_a_table_that_does_not_exist_is_an_input_error_that_lists_the_others() -> None:
    with pytest.raises(InputError, match="13"):
        Chapter("03_study_2017", random_dataset(1), 2017).table(14)


def test_the_size_of_a_file_is_at_least_one_kilobyte(tmp_path: Path) -> None:
    path = tmp_path / "small"
    path.write_text("x", encoding="utf-8")
    assert display.file_size(path) == "1 kB"


@pytest.mark.usefixtures("agreeing")
def test_a_percentage_of_a_known_base_is_worked_out_from_its_count(bounds: Path) -> None:
    knowledge = Knowledge(random_dataset(3, provenance=SYNTHETIC), 2015)
    found = knowledge.of(
        'percent(case, law_group == "public" and involvement == "prior", study == 2015)'
    )
    # Table 1 prints 23 cases for 2015.
    assert found == Known(Fraction(300, 23), Fraction(900, 23))


@pytest.mark.usefixtures("agreeing")
def test_a_relation_holds_only_where_every_value_of_the_range_agrees(bounds: Path) -> None:
    knowledge = Knowledge(random_dataset(3, provenance=SYNTHETIC), 2015)
    open_count = 'count(case, involvement == "prior" and law_group == "public" and study == 2015)'
    assert knowledge.relation(f"{open_count} > 2") is True
    assert knowledge.relation(f"{open_count} > 9") is False
    assert knowledge.relation(f"{open_count} > 5") is None


def test_tables_of_text_are_read_back_as_written(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    write_csv(pd.DataFrame({"a": ["=1+1"]}), path)
    assert "'=1+1" in path.read_text(encoding="utf-8")
