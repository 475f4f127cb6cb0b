"""Is a plan of many books read with all its mistakes at once, and its index page true?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from weather import text, write_book, write_data

from parabook import plan
from parabook.errors import InputError
from parabook.many import Outcome

RULES = {"data": plan.existing, "year": plan.whole}


def written(folder: Path, text: str) -> Path:
    path = folder / "plan.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_plan_lists_books_and_their_values(tmp_path):
    (tmp_path / "west").mkdir()
    source = "out: made\nbooks:\n- {name: west, data: west, year: 2018}\n- {name: east}\n"
    west, east = plan.load(written(tmp_path, source), RULES).books
    assert (west.name, west.out, dict(west.values)) == (
        "west", tmp_path / "made" / "west", {"data": "west", "year": 2018},
    )  # fmt: skip
    assert (east.title, dict(east.values)) == ("east", {})


DEEP = "books: " + "[" * 5000 + "]" * 5000
BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nbooks: [*b, *b]\n"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "list of 1 to"),
        ("books: []\n", "list of 1 to"),
        ("- a\n", "list of 1 to"),
        ("books: {a: b}\n", "list of 1 to"),
        ("books: [a]\n", "mapping"),
        ("books: [[a]]\n", "mapping"),
        ("books: [{}]\n", "has a name"),
        ("suppress_below: 10\nbooks: [{name: a}]\n", "no field 'suppress_below'"),
        ("titel: A\nbooks: [{name: a}]\n", "Did you mean 'title'"),
        ("books: [{name: a, yaer: 2017}]\n", "Did you mean 'year'"),
        ("books: [{data: nowhere, name: a}]\n", "no such file or folder"),
        ("books: [{name: ../a}]\n", "letters, digits"),
        ("books: [{name: 2018}]\n", "2018 needs quotes"),
        ("books: [{name: [a]}]\n", "letters, digits"),
        ("books: [{name: a, data: 2018}]\n", "put it in quotes"),
        ("books: [{name: a, data: [x]}]\n", "put it in quotes"),
        ("books: [{name: a, data: {x: 1}}]\n", "put it in quotes"),
        ("books: [{name: a, title: 5}]\n", "put it in quotes"),
        ("title: [a]\nbooks: [{name: a}]\n", "title: This is text"),
        ("out: 5\nbooks: [{name: a}]\n", "out: This is text"),
        ("out: .\nbooks: [{name: a}]\n", "a folder of their own"),
        ("out: ..\nbooks: [{name: a}]\n", "a folder of their own"),
        ("books: [{name: a}, {name: A}]\n", "one name"),
        ("books: [{name: a, year: first}]\n", "whole number"),
        ("books: [{name: a, year: true}]\n", "whole number"),
        ("books: [{name: a, year: -5}]\n", "whole number"),
        ("books: [}\n", "cannot be read"),
        ("books: !!python/object/apply:os.getcwd []\n", "cannot be read"),
        (DEEP, "too deep"),
        (BOMB, "no aliases"),
        ("x: 2018-99-99\nbooks: [{name: a}]\n", "cannot be read"),
    ],
)
def test_a_wrong_plan_says_what_is_wrong(tmp_path, source, said):
    with pytest.raises(InputError, match=said):
        plan.load(written(tmp_path, source), RULES)


def test_a_plan_that_is_no_plain_file_is_bad_input(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "latin.yml").write_bytes(b"title: caf\xe9\n")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "huge.yml").write_text("#" * 2_000_001)
    for name in ("none", "pipe", "latin.yml", "loop", "huge.yml", ".", "x" * 300):
        with pytest.raises(InputError):
            plan.load(tmp_path / name, RULES)


def test_every_mistake_of_a_plan_is_reported_at_once(tmp_path):
    with pytest.raises(InputError) as raised:
        plan.load(written(tmp_path, "books: [{name: a b}, {name: c, data: nowhere}]\n"), RULES)
    assert len(raised.value.problems) == 2


def test_an_index_page_that_no_plan_has_made_is_not_overwritten(tmp_path):
    (tmp_path / "books").mkdir()
    page = tmp_path / "books" / "index.html"
    page.write_text("somebody's page")
    path = written(tmp_path, "books: [{name: a}]\n")
    with pytest.raises(InputError, match="would be overwritten"):
        plan.load(path, RULES)
    page.unlink()
    plan.write_index(plan.load(path, RULES), [])
    assert plan.load(path, RULES)


def test_the_index_links_books_that_stand_and_tells_nothing_of_why_others_do_not(tmp_path):
    source = "title: 'Boards <2018>'\nbooks: [{name: a, title: 'A & B'}, {name: b}, {name: c}]\n"
    books = plan.load(written(tmp_path, source), RULES)
    path = plan.write_index(books, [Outcome("a"), Outcome("b", "case INV-01 is wrong")])
    page = path.read_text(encoding="utf-8")
    assert '<a href="a/index.html">A &amp; B</a>' in page
    assert page.count("not built") == 2
    assert "INV-01" not in page
    assert "<2018>" not in page


@pytest.mark.slow
def test_the_command_builds_three_books_of_one_plan_and_a_second_time_none(tmp_path):
    root = write_book(tmp_path / "root")
    lines = []
    for number, (days, year) in enumerate(((3, 2017), (4, 2018), (6, 2018))):
        write_data(tmp_path / f"{number}.csv", days=days, year=year)
        values = f"inputs: {{data: {number}.csv}}, parameters: {{year: {year}}}"
        lines.append(f"- {{name: book{number}, {values}}}\n")
    path = written(tmp_path, "books:\n" + "".join(lines))
    command = [Path(sys.executable).with_name("parabook"), "batch", root, path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("built") == 3
    assert "6 days with rain in 2018" in text(tmp_path / "books" / "book2")
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert again.stdout.count("stands") == 3
