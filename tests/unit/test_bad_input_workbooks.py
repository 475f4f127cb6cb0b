"""What does a bad workbook get, and can any input end in a traceback?"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zipfile

import openpyxl
import pytest
import sample_data
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scrlib.cli import main
from tally.data import workbook


@pytest.fixture
def sample(tmp_path):
    return sample_data.write_workbook(tmp_path / "data.xlsx")


def failures(path, capsys):
    assert main(["check", str(path), "--json"]) == 2
    return json.loads(capsys.readouterr().out)["failures"]


def edited(path, change):
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


def repacked(path, change):
    """Change the parts of the zip archive that a workbook is."""
    with zipfile.ZipFile(path) as archive:
        parts = {item.filename: archive.read(item) for item in archive.infolist()}
    change(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


KINDS = {
    "a formula": (
        lambda book: book["children"].__setitem__("D3", "=1+2"),
        {"place": "data.xlsx, sheet children", "row": "3", "column": "age", "value": "=1+2"}),
    "an error": (
        lambda book: setattr(book["children"]["D3"], "value", "#N/A"),
        {"place": "data.xlsx, sheet children", "row": "3", "column": "age"}),
    "merged cells": (
        lambda book: book["cases"].merge_cells("C2:C3"),
        {"place": "data.xlsx, sheet cases", "value": "C2:C3"}),
    "a sheet of an unknown name": (
        lambda book: book.create_sheet("case").append(["case_id"]),
        {"place": "data.xlsx", "value": "case", "nearest": "cases"}),
    "a missing sheet": (
        lambda book: book.remove(book["parents"]),
        {"place": "data.xlsx", "rule": "The table 'parents' is missing."}),
    "no description": (
        lambda book: book.remove(book["dataset"]), {"place": "data.xlsx, sheet dataset"}),
    "an empty sheet": (
        lambda book: book["parents"].delete_rows(1, 9), {"place": "data.xlsx, sheet parents"}),
    "a value outside the table": (
        lambda book: book["cases"].__setitem__("J3", "note"),
        {"place": "data.xlsx, sheet cases", "row": "3", "column": "J", "value": "note"}),
    "a value a hundred columns to the right": (
        lambda book: book["cases"].__setitem__("CX3", "note"),
        {"place": "data.xlsx, sheet cases", "value": "CX3"}),
    "two sheets of one name but for a space": (
        lambda book: setattr(book.copy_worksheet(book["cases"]), "title", "cases "),
        {"place": "data.xlsx", "rule": "'cases' and 'cases ' have one name, and only one can be "
         "the table 'cases': remove one."}),
    "an age that is a date": (
        lambda book: setattr(book["children"]["D3"], "value", dt.date(2015, 3, 1)),
        {"row": "3", "column": "age", "value": "2015-03-01"}),
    "an age with a fraction": (
        lambda book: setattr(book["children"]["D3"], "value", 3.5),
        {"row": "3", "column": "age", "value": "3.5"}),
    "a truth value": (
        lambda book: setattr(book["children"]["D3"], "value", True),
        {"row": "3", "column": "age", "value": "TRUE"}),
    "a misspelt key of the description": (
        lambda book: book["dataset"].__setitem__("A2", "titel"),
        {"place": "data.xlsx, sheet dataset", "value": "titel", "nearest": "title"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_workbook_is_refused_with_sheet_row_and_column(kind, sample, capsys):
    change, expected = KINDS[kind]
    found = failures(edited(sample, change), capsys)
    assert any(expected.items() <= item.items() for item in found), found


def test_a_text_file_named_as_a_workbook_is_refused(tmp_path, capsys):
    path = tmp_path / "data.xlsx"
    path.write_text("case_id\n")
    assert "not a sound XLSX workbook" in failures(path, capsys)[0]["rule"]


def test_a_zip_that_is_no_workbook_is_refused(tmp_path, capsys):
    path = tmp_path / "data.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "a")
    assert "cannot be read" in failures(path, capsys)[0]["rule"]


def test_half_a_workbook_is_refused(sample, capsys):
    sample.write_bytes(sample.read_bytes()[: sample.stat().st_size // 2])
    assert "not a sound XLSX workbook" in failures(sample, capsys)[0]["rule"]


def no_parsing(monkeypatch):
    def parse(*args, **keywords):
        raise AssertionError("a bomb was parsed")

    monkeypatch.setattr(openpyxl, "load_workbook", parse)


def test_a_part_that_unpacks_to_a_gigabyte_is_refused_unparsed(sample, capsys, monkeypatch):
    no_parsing(monkeypatch)
    blank = b" " * 2**20
    with (
        zipfile.ZipFile(sample, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet99.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(600):
            part.write(blank)
    assert "unpack to at most" in failures(sample, capsys)[0]["rule"]


def test_a_part_that_unpacks_to_a_hundred_times_its_size_is_refused(sample, capsys, monkeypatch):
    no_parsing(monkeypatch)
    repacked(sample, lambda parts: parts.update({"xl/media/a.bin": b" " * 30 * 2**20}))
    assert "more than 100 times" in failures(sample, capsys)[0]["rule"]


def test_thousands_of_parts_are_refused(sample, capsys, monkeypatch):
    no_parsing(monkeypatch)
    repacked(sample, lambda parts: parts.update({f"xl/media/{n}": b"" for n in range(1001)}))
    assert "at most 1,000 parts" in failures(sample, capsys)[0]["rule"]


def test_a_file_that_is_too_large_is_refused(sample, capsys, monkeypatch):
    no_parsing(monkeypatch)
    monkeypatch.setattr(workbook, "MOST_PACKED", 1000)
    assert "at most 1,000 bytes" in failures(sample, capsys)[0]["rule"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_that_expand_are_refused_unparsed(encoding, sample, capsys, monkeypatch):
    no_parsing(monkeypatch)
    lol = (
        '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><a/>'
    )
    repacked(sample, lambda parts: parts.update({"xl/sharedStrings.xml": lol.encode(encoding)}))
    assert "declares XML entities" in failures(sample, capsys)[0]["rule"]


def test_a_declared_size_that_is_false_does_not_matter(sample, capsys):
    def lie(parts):
        name = next(n for n in parts if n.endswith("sheet3.xml"))
        parts[name] = re.sub(rb'ref="[A-Z0-9:]+"', b'ref="A1:XFD1048576"', parts[name], count=1)

    repacked(sample, lie)
    assert main(["check", str(sample), "--json"]) == 0
    capsys.readouterr()


# -- no traceback, ever ---------------------------------------------------------------------------

ANYTHING = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["", "A1", "2015", "s31", "none", "=1", "#N/A", "\x00", "\ufeff", "1e9", "NaN",
                     "-0", "007", "\u202e", "EXAMPLE", "2015-00", "99999999999999999999"]),
)  # fmt: skip
QUIET = settings(
    max_examples=60, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


def checked(path):
    """Check a dataset; any exception but the one that users are told of would escape."""
    assert main(["check", str(path), "--json"]) in (0, 2)


@pytest.mark.slow
@QUIET
@given(data=st.data())
def test_no_cells_end_in_a_traceback(data, tmp_path_factory, capsys):
    tables = sample_data.tables()
    for _ in range(data.draw(st.integers(1, 4))):
        name = data.draw(st.sampled_from(sorted(tables)))
        rows = tables[name]
        row = data.draw(st.integers(0, len(rows) - 1))
        if rows[row]:
            rows[row][data.draw(st.integers(0, len(rows[row]) - 1))] = data.draw(ANYTHING)
    checked(sample_data.write_folder(tmp_path_factory.mktemp("any") / "data", tables))
    capsys.readouterr()


@pytest.mark.slow
@QUIET
@given(
    name=st.sampled_from(["cases", "ratings", "children", "studies", "learning", "other"]),
    rows=st.lists(st.lists(ANYTHING, max_size=8), max_size=5),
)
def test_no_table_ends_in_a_traceback(name, rows, tmp_path_factory, capsys):
    folder = sample_data.write_folder(tmp_path_factory.mktemp("any") / "data")
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    (folder / f"{name}.csv").write_bytes(text.getvalue().encode("utf-8", "surrogatepass"))
    checked(folder)
    capsys.readouterr()


@pytest.mark.slow
@QUIET
@given(data=st.binary(max_size=60), name=st.sampled_from(["cases.csv", "dataset.yaml"]))
@example(data=b"0", name="cases.csv")
def test_no_bytes_end_in_a_traceback(data, name, tmp_path_factory, capsys):
    folder = sample_data.write_folder(tmp_path_factory.mktemp("any") / "data")
    (folder / name).write_bytes(data)
    checked(folder)
    capsys.readouterr()


@pytest.mark.slow
@QUIET
@given(
    text=st.text(
        alphabet=st.sampled_from("title: provenancbsrvd[]{}&*!|>-#'\"\n%@`,?"), max_size=60
    )
)
def test_no_description_ends_in_a_traceback(text, tmp_path_factory, capsys):
    checked(sample_data.write_folder(tmp_path_factory.mktemp("any") / "data", meta=text))
    capsys.readouterr()


@pytest.mark.slow
@settings(parent=QUIET, max_examples=40)
@given(data=st.data())
def test_no_damaged_workbook_ends_in_a_traceback(data, tmp_path_factory, capsys):
    path = sample_data.write_workbook(tmp_path_factory.mktemp("any") / "data.xlsx")

    def damage(parts):
        name = data.draw(st.sampled_from(sorted(parts)))
        content = bytearray(parts[name])
        start = data.draw(st.integers(0, max(len(content) - 1, 0)))
        content[start : start + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=8))
        parts[name] = bytes(content)

    checked(repacked(path, damage))
    capsys.readouterr()
