"""Does a comparison of two runs name what differs, all of it and nothing else?"""

from __future__ import annotations

import csv
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrlib.building import diff, review
from scrlib.building.differences import Diff, Difference
from tally.errors import InputError

TABLE = [["Law type", "Death", "Serious harm"], ["Public", "23", "24"], ["Private", "31", "10"]]


def run(folder: Path, files=None, record=None) -> Path:
    for name, rows in (files or {"05/table_06.csv": TABLE}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows)
    if record:
        (folder / "manifest.json").write_text(json.dumps(record))
    return folder


def compared(tmp_path, one=None, two=None, records=(None, None)):
    return diff.diff(run(tmp_path / "one", one, records[0]), run(tmp_path / "two", two, records[1]))


@pytest.mark.parametrize(
    ("column", "before", "after", "kind"),
    [
        ("verdict", "agrees", "contradicts", review.VERDICTS),
        ("Value", "3 to 9", "4 to 9", review.NARROWED),
        ("Value", "3% to 9%", "5%", review.NARROWED),
        ("Value", "4 to 9", "3 to 9", review.WIDENED),
        ("Value", "5", "3 to 9", review.WIDENED),
        ("Value", "1,204", "1,205", review.NUMBERS),
        ("now", "now 18, was 12", "now 16, was 12", review.NUMBERS),
        ("says", "more girls than boys", "more boys than girls", review.SENTENCES),
        ("", "the row", "", review.PARTS),
    ],
)
def test_a_reviewer_is_told_what_kind_of_difference_it_is(column, before, after, kind):
    item = Difference("05/table_06.csv", "Public", column, before, after)
    assert review.kind_of(item) == kind


def test_what_a_reviewer_reads_is_one_screen_with_details_folded():
    items = [Difference("a.csv", f"row {n}", "Value", str(n), str(n + 1)) for n in range(500)]
    items.append(Difference("a.csv", "x | y", "says", "<b>*bold*</b>", "`code`"))
    text = review.markdown(Diff("before", "after", 9000, tuple(items)))
    shown, *folded = text.split("<details>")
    assert len(shown.splitlines()) < 20
    assert [part.count("</details>") for part in folded] == [1, 1]
    assert "450 more" in text
    assert "<b>" not in text
    assert "x | y" not in text


def test_a_reviewer_is_told_that_nothing_changed():
    text = review.markdown(Diff("before", "after", 9000, ()))
    assert text == "### What changed: before against after\n\nNo differences in 9,000 cells.\n"


def changed(row, column, value, table=TABLE):
    rows = [list(item) for item in table]
    rows[row][column] = value
    return rows


def test_two_equal_runs_do_not_differ(tmp_path):
    found = compared(tmp_path)
    assert found.same
    assert str(found) == "one against two. No differences in 4 cells."


def test_a_changed_cell_is_named_by_its_row_and_column(tmp_path):
    found = compared(tmp_path, None, {"05/table_06.csv": changed(2, 1, "28")})
    assert found.differences == (Difference("05/table_06.csv", "Private", "Death", "31", "28"),)
    assert "table_06.csv, Private, Death: '31' became '28' (-3)" in str(found)


def test_rows_in_another_order_do_not_differ(tmp_path):
    assert compared(tmp_path, None, {"05/table_06.csv": [TABLE[0], TABLE[2], TABLE[1]]}).same


def test_a_row_a_column_and_a_file_of_one_run_only_are_named(tmp_path):
    more = [[*TABLE[0], "All"], [*TABLE[1], "47"], ["Both", "2", "4", "6"]]
    found = compared(tmp_path, None, {"05/table_06.csv": more, "new.csv": TABLE})
    assert [(d.file, d.row, d.column, d.before, d.after) for d in found.differences] == [
        ("05/table_06.csv", "", "All", "", "the column"),
        ("05/table_06.csv", "Private", "", "the row", ""),
        ("05/table_06.csv", "Both", "", "", "the row"),
        ("new.csv", "", "", "", "the file"),
    ]


def test_rows_are_named_by_as_many_columns_as_it_takes(tmp_path):
    table = [["id", "part", "value"], ["s1", "a", "1"], ["s1", "b", "2"]]
    found = compared(tmp_path, {"audit.csv": table}, {"audit.csv": changed(2, 2, "3", table)})
    assert [item.row for item in found.differences] == ["s1, b"]


def test_rows_that_nothing_names_are_paired_by_their_order(tmp_path):
    table = [["a", "b"], ["1", "2"], ["1", "2"]]
    found = compared(tmp_path, {"x.csv": table}, {"x.csv": changed(2, 1, "3", table)})
    assert [(item.row, item.column) for item in found.differences] == [("row 3", "b")]


def test_folders_named_by_a_fingerprint_do_not_matter(tmp_path):
    one, two = (f"_downloads/{letter * 32}/table_06.csv" for letter in "ab")
    assert compared(tmp_path, {one: TABLE}, {two: TABLE}).same


def test_records_are_compared_but_for_the_time(tmp_path):
    record = {
        "asked": {"data": "", "study": ""}, "sources": {"dataset": "1", "scrlib": "2"},
        "versions": {"Python": "3.11"}, "commit": "c",
        "made": "2026-01-01T00:00:00Z", "parameters": {},
    }  # fmt: skip
    other = {**record, "sources": {"dataset": "3", "scrlib": "2"}, "made": "2026-02-01T00:00:00Z"}
    found = compared(tmp_path, records=(record, other))
    assert found.differences == (Difference("manifest.json", "sources", "dataset", "1", "3"),)


@pytest.mark.parametrize(("before", "after", "change"), [
    ("9.0", "9.5", "+0.5"), ("71%", "70%", "-1"), ("3 to 9", "4", ""), ("NaN", "1", ""),
    ("[c]", "6", ""),
])  # fmt: skip
def test_the_change_of_numbers_is_told(before, after, change):
    assert Difference("f", "r", "c", before, after).change == change


@pytest.mark.parametrize("make", [lambda p: None, lambda p: p.mkdir()])
def test_a_folder_without_results_is_refused(make, tmp_path):
    make(tmp_path / "two")
    with pytest.raises(InputError, match="two"):
        diff.diff(run(tmp_path / "one"), tmp_path / "two")


def test_a_download_that_cannot_be_read_is_refused(tmp_path):
    one, two = run(tmp_path / "one"), run(tmp_path / "two")
    (two / "05/table_06.csv").write_bytes(b"cell\n\xff\n")
    with pytest.raises(InputError, match="UTF-8"):
        diff.diff(one, two)


class Texts(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.texts = [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)

    def handle_data(self, data):
        self.texts.append(data)


def test_the_page_has_a_table_with_a_caption_and_headers_for_each_file(tmp_path):
    found = compared(tmp_path, None, {"05/table_06.csv": changed(2, 1, "28")})
    page = Texts()
    page.feed(found.html())
    assert page.tags.count("caption") == 1
    assert 'scope="row">Private' in found.html()
    assert {"Death", "31", "28", "-3"} <= set(page.texts)


def test_text_from_data_is_text_on_the_page_and_one_line_in_the_terminal(tmp_path):
    evil = "<script>alert(1)</script>\n\u202e"
    found = compared(tmp_path, None, {"05/table_06.csv": changed(2, 1, evil)})
    page = Texts()
    page.feed(found.html())
    assert "script" not in page.tags
    assert len(str(found).splitlines()) == 2
    assert "\u202e" not in found.html() + str(found)


@settings(max_examples=50, deadline=None)
@given(st.sets(st.tuples(st.integers(1, 4), st.integers(1, 3))))
def test_as_many_differences_are_found_as_were_made(tmp_path_factory, cells):
    table = [["key", "a", "b", "c"], *([f"r{n}", "1", "2", "3"] for n in range(4))]
    other = [list(row) for row in table]
    for row, column in cells:
        other[row][column] = "x"
    folder = tmp_path_factory.mktemp("runs")
    found = compared(folder, {"t.csv": table}, {"t.csv": other})
    made = {(table[row][0], table[0][column]) for row, column in cells}
    assert {(item.row, item.column) for item in found.differences} == made


def test_folders_of_cases_are_refused_since_their_cells_would_be_printed(tmp_path):
    cases = run(tmp_path / "cases", {"cases.csv": [["case_id", "law"], ["A-1", "s31"]]})
    (cases / "dataset.yaml").write_text("title: T\n", encoding="utf-8")
    with pytest.raises(InputError, match="This folder holds cases") as caught:
        diff.diff(run(tmp_path / "book"), cases)
    assert "A-1" not in str(caught.value)
