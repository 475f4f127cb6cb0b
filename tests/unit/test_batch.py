"""Does a plan say of each book its dataset, its study and what is held back?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import parabook
from parabook.errors import InputError
from scrlib import paths
from scrlib.building import batch


def plan(folder: Path, text: str) -> Path:
    path = folder / "plan.yml"
    path.write_text(text, encoding="utf-8")
    return path


def jobs(folder: Path, text: str):
    return batch.jobs(batch.load(plan(folder, text)), folder)


def test_a_book_has_the_dataset_study_and_settings_of_its_plan(tmp_path):
    (tmp_path / "west").mkdir()
    text = "books: [{name: west, data: west, study: 2018, suppress_below: 10}, {name: other}]\n"
    west, other = jobs(tmp_path, text)
    assert west.book.inputs == {"data": tmp_path / "west"}
    assert (west.book.parameters, west.book.settings) == ({"study": 2018}, {"suppress_below": 10})
    assert (other.book.inputs, other.book.parameters, other.book.settings) == ({}, {}, {})
    assert west.out == tmp_path / "books" / "west"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("books: [{name: a, stduy: 2017}]\n", "Did you mean 'study'"),
        ("books: [{name: a, data: nowhere}]\n", "no such file or folder"),
        ("books: [{name: a, suppress_below: few}]\n", "whole number"),
        ("books: [{name: a, hold_zeros: 1}]\n", "true or false"),
        ("books: [{name: a, earlier: book_of_2018}]\n", "a list in square brackets"),
        ("books: [{name: a, earlier: [nowhere]}]\n", "no such file or folder"),
        ("suppress_below: 10\nbooks: [{name: a}]\n", "no field 'suppress_below'"),
    ],
)
def test_a_wrong_plan_says_what_is_wrong(tmp_path, text, said):
    with pytest.raises(InputError, match=said):
        batch.load(plan(tmp_path, text))


def test_a_book_of_a_plan_is_protected_together_with_earlier_ones(tmp_path):
    (tmp_path / "west").mkdir()
    books = [tmp_path / name / "html" for name in ("2017", "2018")]
    for folder in books:
        folder.mkdir(parents=True)
    earlier = "earlier: [2017/html, 2018/html]"
    text = f"books: [{{name: west, data: west, hold_zeros: true, {earlier}}}]\n"
    (west,) = jobs(tmp_path, text)
    assert west.book.settings == {"hold_zeros": True}
    assert [path for name, path in west.book.code.items() if name.startswith("earlier")] == books


def test_books_of_other_data_or_settings_have_other_keys(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "cases.csv").write_text("one")

    def key(text: str) -> str:
        (job,) = jobs(tmp_path, f"books: [{{name: a, data: data, {text}}}]\n")
        return job.book.origin().key("secret")

    plain = key("study: 2018")
    assert key("study: 2018") == plain
    assert key("study: 2018, suppress_below: 10") != plain
    assert key("study: 2017") != plain
    (data / "cases.csv").write_text("two")
    assert key("study: 2018") != plain


def test_a_book_that_was_never_built_is_not_finished(tmp_path):
    (job,) = jobs(tmp_path, "books: [{name: a}]\n")
    assert not job.finished()


def test_the_plan_that_the_readme_shows_is_one(tmp_path):
    (text,) = re.findall(r"```yaml\n(.*?)```", (paths.ROOT / "README.md").read_text(), re.DOTALL)
    (tmp_path / "my_west.xlsx").touch()
    (tmp_path / "my_east").mkdir()
    found = batch.load(plan(tmp_path, text))
    assert (found.title, found.out) == ("Two boards", tmp_path / "books")
    west, east = batch.jobs(found, tmp_path)
    assert isinstance(west.book, parabook.Book)
    assert [(job.name, job.book.parameters["study"]) for job in (west, east)] == [
        ("west", 2018), ("east", 2018),
    ]  # fmt: skip
    assert east.book.settings == {"suppress_below": 10, "round_to": 5}
