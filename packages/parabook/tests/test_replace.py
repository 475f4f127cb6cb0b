"""Does a folder come into place whole or not at all, and is nothing else ever lost?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scrlib.building import place
from tally.errors import BuildError, InputError


def fill(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True)
    (folder / ".buildinfo").touch()
    (folder / "index.html").write_text(text, encoding="utf-8")
    return folder


def text_at(folder: Path) -> str:
    return (folder / "index.html").read_text(encoding="utf-8")


def nothing(folder: Path) -> None:
    pass


def test_a_finished_folder_takes_an_empty_place(tmp_path):
    place.put(fill(tmp_path / "new", "new"), tmp_path / "book")
    assert text_at(tmp_path / "book") == "new"


@pytest.mark.parametrize("exchange", [True, False])
def test_a_finished_folder_takes_the_place_of_an_earlier_one(tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr(place, "_exchange", lambda *_: False)
    book = fill(tmp_path / "book", "old")
    (book / "page-of-the-old-book.html").touch()
    with place.workshop(book, nothing) as folder:
        place.put(fill(folder / "html", "new"), book)
    assert sorted(path.name for path in book.iterdir()) == [".buildinfo", "index.html"]
    assert text_at(book) == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["book"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="renameat2 is Linux's")
def test_on_linux_the_place_is_exchanged_in_one_step(tmp_path, monkeypatch):
    monkeypatch.setattr(place, "_replace", lambda *_: pytest.fail("two renames"))
    place.put(fill(tmp_path / "new", "new"), fill(tmp_path / "book", "old"))
    assert text_at(tmp_path / "book") == "new"


def test_the_earlier_folder_is_back_if_the_new_one_cannot_be_moved(tmp_path, monkeypatch):
    monkeypatch.setattr(place, "_exchange", lambda *_: False)
    book = fill(tmp_path / "book", "old")
    with pytest.raises(OSError, match="missing"):
        place.put(tmp_path / "missing", book)
    assert text_at(book) == "old"


def test_what_a_killed_build_left_is_removed_by_the_next(tmp_path):
    book = fill(tmp_path / "book", "old")
    fill(place.beside(book, "building") / "html", "half")
    fill(place.beside(book, "previous"), "older")
    swept = []
    with place.workshop(book, swept.append) as folder:
        assert not list(folder.iterdir())
    assert swept == [place.beside(book, "building")]
    assert [path.name for path in tmp_path.iterdir()] == ["book"]


def test_a_book_set_aside_by_a_killed_build_is_put_back(tmp_path):
    book = tmp_path / "book"
    fill(place.beside(book, "previous"), "old")
    with place.workshop(book, nothing):
        assert text_at(book) == "old"


def test_a_workshop_goes_when_the_work_in_it_fails(tmp_path):
    with pytest.raises(FileExistsError), place.workshop(tmp_path / "book", nothing) as folder:
        fill(fill(folder / "html", "half"), "again")
    assert not list(tmp_path.iterdir())


def test_a_second_build_into_the_same_place_is_refused(tmp_path):
    script = "import sys; from pathlib import Path; from scrlib.building import place\n"
    script += "with place.workshop(Path(sys.argv[1]), print): print('refused not')"
    with place.workshop(tmp_path / "book", nothing):
        done = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "book")],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode
    assert "Another build" in done.stderr
    assert not list(tmp_path.iterdir())


def test_the_lock_of_a_killed_build_does_not_bind(tmp_path):
    place.beside(tmp_path / "book", "lock").touch()
    with place.workshop(tmp_path / "book", nothing):
        pass
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(BuildError, match=r"Nothing can be written in .*file"),
        place.workshop(tmp_path / "file" / "book", nothing),
    ):
        pass


def test_a_new_or_empty_folder_or_an_earlier_book_may_take_a_book(tmp_path):
    (tmp_path / "empty").mkdir()
    fill(tmp_path / "book", "old")
    for name in ("new", "empty", "book"):
        place.check_free(tmp_path / name)


def test_a_folder_of_something_else_is_never_overwritten(tmp_path):
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(InputError, match="something other than a book"):
        place.check_free(tmp_path)


def test_a_file_is_never_overwritten(tmp_path):
    (tmp_path / "book").touch()
    with pytest.raises(InputError, match="A file stands there"):
        place.check_free(tmp_path / "book")


@pytest.mark.parametrize("out", ["", "data", "data/inside"])
def test_a_book_cannot_take_the_place_of_its_sources(tmp_path, out):
    (tmp_path / "data").mkdir()
    with pytest.raises(InputError, match="sources"):
        place.check_free(tmp_path / out, keep=(tmp_path / "data",))


def test_an_open_lock_file_that_was_removed_locks_nothing(tmp_path):
    path = tmp_path / "lock"
    with place._open_lock(path) as file:
        path.unlink()
        assert not place._lock(file)
