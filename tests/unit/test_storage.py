"""Is what is written read back the same, whole, and never taken for a formula?"""

from __future__ import annotations

import csv
import os
from dataclasses import replace

import numpy as np
import openpyxl
import pandas as pd
import pytest
import sample_data
from hypothesis import given, settings
from hypothesis import strategies as st
from random_data import random_dataset

from scrlib.report import coding_frame, read_dataset
from tally.data import csvfile, layout, storage, values
from tally.dataset import Meta
from tally.errors import InputError

HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "'=1", "''x", "\t=1", "=cmd|' /C calc'!A0", '"quoted"',
    "a,b", "two\nlines", "\u00e4 \ufdfd \u202e", "<b>x</b>", "{{ x }}", "NA", "null", "1e5", "007",
]  # fmt: skip


def same(one, two):
    assert one.meta == two.meta
    assert one.studies == two.studies
    for unit, frame in one.frames.items():
        assert list(frame.columns) == list(two.frames[unit].columns)
        for name in frame:
            left, right = (pd.Series(f[name]).astype(object) for f in (frame, two.frames[unit]))
            assert plain(left) == plain(right), (unit, name)
    assert (
        one.learning.astype(object).to_numpy().tolist()
        == two.learning.astype(object).to_numpy().tolist()
    )


def plain(column):
    return [None if pd.isna(item) else item for item in column]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), name=st.sampled_from(["data", "data.xlsx"]))
def test_any_dataset_reads_back_as_it_was_written(seed, name, tmp_path_factory):
    dataset = random_dataset(seed, {2012: 4, 2018: 3})
    path = tmp_path_factory.mktemp("write") / name
    storage.write(dataset, path)
    same(dataset, read_dataset(path))


def hostile(text):
    dataset = random_dataset(1, {2018: 1})
    learning = pd.DataFrame([["imr", "recording", "", text, ""]], columns=dataset.learning.columns)
    return replace(dataset, learning=learning, meta=Meta(text.strip(), "observed", text, text))


@pytest.mark.parametrize("name", ["data", "data.xlsx"])
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_reads_back_as_text(text, name, tmp_path):
    storage.write(hostile(text), tmp_path / name)
    again = read_dataset(tmp_path / name)
    assert again.learning["action"].tolist() == [text.strip()]
    assert again.meta.title == text.strip()


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_a_csv_starts_a_formula(text, tmp_path):
    storage.write(hostile(text), tmp_path / "data")
    with (tmp_path / "data" / "learning.csv").open(encoding="utf-8", newline="") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r\n") and cell]


# pandas 2 reads text as objects, pandas 3 as strings; either may come from a chapter.
TEXTS = [object, "string", pd.StringDtype(na_value=np.nan), "category"]


@pytest.mark.parametrize("dtype", TEXTS, ids=["object", "string", "str", "category"])
def test_text_of_every_kind_of_column_starts_no_formula(dtype, tmp_path):
    frame = pd.DataFrame({"a": pd.Series(["=1+1", None, "two\rlines"], dtype=dtype), "b": 1.5})
    storage.write_csv(frame, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text("utf-8") == 'a,b\n\'=1+1,1.5\n,1.5\n"two\nlines",1.5\n'


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_a_workbook_is_a_formula(text, tmp_path):
    storage.write(hostile(text), tmp_path / "data.xlsx")
    book = openpyxl.load_workbook(tmp_path / "data.xlsx")
    assert not [c for sheet in book for row in sheet for c in row if c.data_type == "f"]


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=30).filter(lambda text: "\x00" not in text))
def test_text_written_to_csv_reads_back_the_same(text, tmp_path_factory):
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    storage.write_csv(pd.DataFrame({"a": pd.Series([text], dtype=object), "b": ["x"]}), path)
    found = csvfile.read(path).frame
    assert list(found["a"].astype(object)) == [text.replace("\r\n", "\n").replace("\r", "\n")]


def test_nothing_is_written_over_something(tmp_path):
    dataset = random_dataset(1, {2018: 1})
    storage.write(dataset, tmp_path / "data")
    before = {item.name: item.read_bytes() for item in (tmp_path / "data").iterdir()}
    with pytest.raises(InputError, match="stands there already"):
        storage.write(dataset, tmp_path / "data")
    assert {item.name: item.read_bytes() for item in (tmp_path / "data").iterdir()} == before


def test_half_a_dataset_never_stands_in_its_place(tmp_path, monkeypatch):
    calls = []

    def fail(frame, path):
        calls.append(path)
        if len(calls) == 3:
            raise OSError("No space left on device")
        pd.DataFrame().to_csv(path)

    monkeypatch.setattr(storage, "write_csv", fail)
    with pytest.raises(InputError, match="No space"):
        storage.write(random_dataset(1, {2018: 1}), tmp_path / "data")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["data", "data.xlsx"])
def test_only_the_user_can_read_what_is_written(name, tmp_path):
    storage.write(random_dataset(1, {2018: 1}), tmp_path / name)
    made = [tmp_path / name, *(tmp_path / name).rglob("*")]
    assert {item.stat().st_mode & 0o077 for item in made} == {0}


@pytest.mark.parametrize("name", ["data", "data.xlsx"])
def test_what_a_killed_command_leaves_git_ignores_and_the_next_one_removes(
    name, tmp_path, monkeypatch
):
    monkeypatch.setattr(storage, "_move", lambda *_: os._exit(9))
    if (child := os.fork()) == 0:
        try:
            storage.write(random_dataset(1, {2018: 1}), tmp_path / name)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    monkeypatch.undo()
    (left,) = tmp_path.iterdir()
    assert (left / ".gitignore").read_text(encoding="utf-8").splitlines()[-1] == "*"
    storage.write(random_dataset(1, {2018: 1}), tmp_path / name)
    assert [item.name for item in tmp_path.iterdir()] == [name]


def test_temporary_files_of_a_workbook_stand_in_the_folder_that_is_removed(tmp_path, monkeypatch):
    import tempfile

    elsewhere = tmp_path / "tmp"
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    elsewhere.chmod(0o500)
    made = set()
    save = openpyxl.Workbook.save

    def saved(book, path):
        made.update(item.name[:9] for item in path.parent.iterdir())
        save(book, path)

    monkeypatch.setattr(openpyxl.Workbook, "save", saved)
    storage.write(random_dataset(1, {2018: 1}), tmp_path / "data.xlsx")
    assert "openpyxl." in made
    assert tempfile.tempdir == str(elsewhere)
    assert not list(elsewhere.iterdir())


@pytest.mark.parametrize("dtype", [object, "str", "string"])
def test_text_of_every_type_is_guarded_against_formulas(dtype, tmp_path):
    frame = pd.DataFrame({"a": pd.Series(["=1+1", "-1", None], dtype=dtype), "b": [-1, 2, 3]})
    storage.write_csv(frame, tmp_path / "t.csv")
    cells = (tmp_path / "t.csv").read_text(encoding="utf-8").split("\n")
    assert cells[1:3] == ["'=1+1,-1", "'-1,2"]


def test_the_same_dataset_is_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        storage.write(random_dataset(3, {2018: 5}), tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2016-12", "2016-12"), ("2009", "2009"), ("2016-12-01", "2016-12"),
        (" 2016-12 ", "2016-12"), ("2018-4", "2018-04"), ("2018-04-01 00:00:00", "2018-04"),
        ("2018-04-01T09:30", "2018-04"), ("12/2016", "2016-12"), ("4.2018", "2018-04"),
        ("April 2018", "2018-04"), ("apr-2018", "2018-04"), ("Sept 2018", "2018-09"),
        ("30 April 2018", "2018-04"), ("1st May, 2018", "2018-05"), ("31/03/2019", "2019-03"),
        ("03/31/2019", "2019-03"), ("05/05/2019", "2019-05"), ("2016\u201312", "2016-12"),
        ("2016\u00a0", "2016"), ("\uff12\uff10\uff11\uff16", "2016"),
        # What can mean two months, or none.
        ("03/04/2019", None), ("2016-13", None), ("2016-12-32", None), ("2018-04-31", None),
        ("2017-02-29", None), ("0000", None), ("9999-12", None), ("16-12", None), ("", None),
        ("Apr-18", None), ("Smarch 2018", None), ("32/13/2019", None),
    ],
)  # fmt: skip
def test_months_are_read_and_nothing_is_guessed(text, read):
    assert values.month(text) == read


@pytest.mark.parametrize(
    ("text", "read"), [("3", 3), ("3.0", 3), ("+3", 3), ("3.5", None), ("three", None), ("", None)]
)
def test_whole_numbers_are_read_and_nothing_is_guessed(text, read):
    assert values.whole(text) == read


def test_a_folder_and_a_workbook_of_the_same_tables_are_the_same(tmp_path):
    folder = sample_data.write_folder(tmp_path / "data")
    book = sample_data.write_workbook(tmp_path / "data.xlsx")
    same(read_dataset(folder), read_dataset(book))


def test_tables_of_codes_and_of_labels_are_the_same(tmp_path):
    tables = sample_data.tables()
    codebook = coding_frame()
    for name, plan in layout.tables(codebook).items():
        columns = {item.name: item for item in plan.columns}
        for row in tables[name][1:]:
            for place, column in enumerate(tables[name][0]):
                labels = {str(i.code): i.label for i in columns[column].categories}
                row[place] = labels.get(row[place], row[place])
    labelled = sample_data.write_folder(tmp_path / "labels", tables)
    same(read_dataset(labelled), read_dataset(sample_data.write_folder(tmp_path / "codes")))
