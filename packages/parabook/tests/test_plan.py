"""Is a plan of many books read with all its mistakes at once, and its index page true?"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from scrlib import paths
from scrlib.building import batch, manifest
from scrlib.building.book import asked
from scrlib.building.jobs import Outcome
from tally.errors import InputError


def plan(folder: Path, text: str) -> Path:
    path = folder / "plan.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_plan_lists_books_by_dataset_and_study(tmp_path):
    (tmp_path / "west").mkdir()
    found = batch.load_plan(
        plan(
            tmp_path,
            "out: made\nbooks:\n- {name: west, data: west, study: 2018}\n- {name: print}\n",
        )
    )
    west, shipped = found.books
    assert (west.data, west.study, west.out) == (
        tmp_path / "west",
        2018,
        tmp_path / "made" / "west",
    )
    assert (shipped.data, shipped.study) == (None, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "list of 1 to"),
        ("books: []\n", "list of 1 to"),
        ("- a\n", "list of 1 to"),
        ("books: [a]\n", "mapping"),
        ("books: [{name: a, stduy: 2017}]\n", "stduy"),
        ("books: [{data: nowhere, name: a}]\n", "no such folder"),
        ("books: [{name: ../a}]\n", "letters, digits"),
        ("books: [{name: a}, {name: A}]\n", "one name"),
        ("books: [{name: a, study: first}]\n", "year"),
        ("books: [{name: a, study: true}]\n", "year"),
        ("books: [{name: a, suppress_below: few}]\n", "0 for none"),
        ("books: [{name: a, round_to: -5}]\n", "0 for none"),
        ("books: [}\n", "cannot be read"),
        ("books: !!python/object/apply:os.getcwd []\n", "cannot be read"),
    ],
)
def test_a_wrong_plan_says_what_is_wrong(tmp_path, text, said):
    with pytest.raises(InputError, match=said):
        batch.load_plan(plan(tmp_path, text))


def test_every_mistake_of_a_plan_is_reported_at_once(tmp_path):
    with pytest.raises(InputError) as raised:
        batch.load_plan(plan(tmp_path, "books: [{name: a b}, {name: c, data: nowhere}]\n"))
    assert len(raised.value.failures) == 2


def test_a_book_is_finished_only_if_it_was_built_from_the_data_as_they_are(tmp_path, monkeypatch):
    data = tmp_path / "data"
    data.mkdir()
    (data / "cases.csv").write_text("one")
    book = batch.Book("a", "A", data, 2018, tmp_path / "a")
    built = manifest.record(data, 2018)
    monkeypatch.setattr("scrlib.building.book.stands", lambda out, new: new.key() == built.key())
    assert book.finished()
    (data / "cases.csv").write_text("two")
    assert not book.finished()


def test_a_book_is_built_with_the_settings_of_its_plan(tmp_path, monkeypatch):
    text = "books: [{name: a, suppress_below: 10, round_to: 5}, {name: b}]\n"
    first, second = batch.load_plan(plan(tmp_path, text)).books
    given = []
    monkeypatch.setattr("scrlib.building.book.build", lambda data, **more: given.append(more))
    first.run()
    second.run()
    assert [(item["suppress_below"], item["round_to"]) for item in given] == [(10, 5), (None, None)]


def test_a_book_with_other_settings_is_not_finished(tmp_path, monkeypatch):
    text = "books: [{name: a, suppress_below: 10}]\n"
    (book,) = batch.load_plan(plan(tmp_path, text)).books
    built = asked(None, None)
    monkeypatch.setattr("scrlib.building.book.stands", lambda out, new: new.key() == built.key())
    assert not book.finished()
    assert replace(book, suppress_below=None).finished()


def test_the_paths_of_a_plan_hold_wherever_a_worker_stands(tmp_path, monkeypatch):
    (tmp_path / "west").mkdir()
    plan(tmp_path, "books: [{name: west, data: west}]\n")
    monkeypatch.chdir(tmp_path)
    (book,) = batch.load_plan(Path("plan.yml")).books
    assert (book.data, book.out) == (tmp_path / "west", tmp_path / "books" / "west")


def test_a_book_that_was_never_built_is_not_finished(tmp_path):
    assert not batch.Book("a", "A", None, None, tmp_path / "a").finished()


def test_the_index_links_books_that_stand_and_says_why_others_do_not(tmp_path):
    text = "title: 'Boards <2018>'\nbooks: [{name: a, title: 'A & B'}, {name: b}, {name: c}]\n"
    found = batch.load_plan(plan(tmp_path, text))
    path = batch.write_index(found, [Outcome("a"), Outcome("b", "row <3> is wrong")])
    page = path.read_text(encoding="utf-8")
    assert '<a href="a/index.html">A &amp; B</a>' in page
    assert "b: not built. row &lt;3&gt; is wrong" in page
    assert "c: not built" in page
    assert "<2018>" not in page


def test_the_plan_that_the_readme_shows_is_one(tmp_path):
    (text,) = re.findall(r"```yaml\n(.*?)```", (paths.ROOT / "README.md").read_text(), re.DOTALL)
    (tmp_path / "west.xlsx").touch()
    (tmp_path / "east").mkdir()
    found = batch.load_plan(plan(tmp_path, text))
    assert (found.title, found.out) == ("Two boards", tmp_path / "books")
    assert [(book.name, book.study) for book in found.books] == [("west", 2018), ("east", 2018)]
    assert (found.books[1].suppress_below, found.books[1].round_to) == (10, 5)
