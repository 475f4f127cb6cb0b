"""Do the workbook and the zip hold what the book shows, and say what kind of data it is?"""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
import sample_data

from scrlib import report as published
from scrlib.report import read_dataset
from scrlib.showing import downloads
from tally import grid as tables
from tally.dataset import Meta


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory):
    return read_dataset(sample_data.write_folder(tmp_path_factory.mktemp("small")))


@pytest.fixture(scope="module")
def computed(small):
    return [tables.compute(t, small) for t in published.load_tables(small.codebook).values()]


@pytest.fixture(scope="module")
def workbook(small, computed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("out") / "tables.xlsx"
    downloads.write_workbook(computed, small, path)
    return path


def cells(sheet) -> list[object]:
    return [cell for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]


def test_there_is_a_cover_a_contents_sheet_notes_and_a_sheet_for_each_table(workbook, computed):
    names = openpyxl.load_workbook(workbook).sheetnames
    assert names[:3] == ["Cover", "Contents", "Notes"]
    assert names[3:] == [table.declared.key for table in computed]


def test_numbers_are_numbers_and_their_columns_say_what_they_measure(workbook):
    sheet = openpyxl.load_workbook(workbook)["table_12"]
    rows = {row[0]: row for row in sheet.iter_rows(values_only=True)}
    header = rows["Sex"]
    assert header[1:3] == ("2015: number", "2015: percentage")
    assert rows["Female"][1:3] == (1, 33)


def test_a_number_that_is_not_defined_is_a_marker_that_the_sheet_explains(workbook):
    found = cells(openpyxl.load_workbook(workbook)["table_04"])
    assert "[z]" in found
    assert "[z]: not applicable" in found


def test_every_sheet_of_a_synthetic_dataset_says_that_it_is_synthetic(workbook, computed):
    book = openpyxl.load_workbook(workbook)
    for name in ("Cover", *(table.declared.key for table in computed)):
        assert downloads.SYNTHETIC_NOTE in cells(book[name])


def test_every_note_is_on_the_notes_sheet_and_referred_to_from_a_table(workbook, computed):
    book = openpyxl.load_workbook(workbook)
    wanted = sum(len(table.declared.notes) for table in computed)
    everything = " ".join(str(c) for t in computed for c in cells(book[t.declared.key]))
    assert wanted > 10
    assert all(f"[note {number}]" in everything for number in range(1, wanted + 1))
    assert len(list(book["Notes"].iter_rows(min_row=4, values_only=True))) == wanted


def test_the_same_tables_give_the_same_bytes(workbook, small, computed, tmp_path):
    downloads.write_workbook(computed, small, tmp_path / "again.xlsx")
    downloads.write_zip(computed, small, tmp_path / "one.zip")
    downloads.write_zip(computed, small, tmp_path / "two.zip")
    assert workbook.read_bytes() == (tmp_path / "again.xlsx").read_bytes()
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_the_zip_holds_every_table_and_a_dictionary_of_its_columns(small, computed, tmp_path):
    downloads.write_zip(computed, small, tmp_path / "tables.zip")
    with zipfile.ZipFile(tmp_path / "tables.zip") as archive:
        names = archive.namelist()
        text = archive.read("table_12.csv").decode()
        described = archive.read("data_dictionary.csv").decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {f"{table.declared.key}.csv" for table in computed} < set(names)
    assert [line["column"] for line in csv.DictReader(io.StringIO(described))] == list(rows[0])
    assert {"female", "male", "total"} == {row["row_key"] for row in rows}


# -- text of a dataset -----------------------------------------------------------------------------

HOSTILE = "=1 [go](http://evil.invalid) $$note 1$$ \u202eeno\u202c"
"""What a spreadsheet takes for a formula, and gptables for a link and a note."""


@pytest.fixture(scope="module")
def hostile(small):
    """Name the dataset, its contact and its studies by hostile text."""
    studies = [replace(item, label=f"{HOSTILE} {item.study}") for item in small.studies]
    return replace(
        small, codebook=small.codebook.with_studies(studies),
        meta=Meta(f"{HOSTILE} title", "observed", HOSTILE, f"{HOSTILE} contact"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def of_hostile(hostile):
    return [tables.compute(t, hostile) for t in published.load_tables(hostile.codebook).values()]


def test_text_of_a_dataset_is_no_formula_link_or_note_of_the_workbook(
    hostile, of_hostile, tmp_path
):
    downloads.write_workbook(of_hostile, hostile, tmp_path / "tables.xlsx")
    book = openpyxl.load_workbook(tmp_path / "tables.xlsx")
    found = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert not [cell for cell in found if cell.data_type == "f"]
    linked = {cell.hyperlink.location for cell in found if cell.hyperlink}
    assert linked == {f"'{table.declared.key}'!A1" for table in of_hostile}
    shown = "=1 [go] (http://evil.invalid) $ $note 1$ $ [U+202E]eno[U+202C]"
    texts = [str(cell.value) for cell in found]
    for text in ("title", "contact", "2015", "2017: percentage"):
        assert any(item.startswith(f"{shown} {text}") for item in texts), text


def test_text_of_a_dataset_is_no_formula_in_a_csv_of_the_zip(hostile, of_hostile, tmp_path):
    downloads.write_zip(of_hostile, hostile, tmp_path / "tables.zip")
    with zipfile.ZipFile(tmp_path / "tables.zip") as archive:
        names = [name for name in archive.namelist() if name.endswith(".csv")]
        rows = [
            row for name in names for row in csv.reader(io.StringIO(archive.read(name).decode()))
        ]
    assert any(cell.startswith(f"'{HOSTILE}") for row in rows for cell in row)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
