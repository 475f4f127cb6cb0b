"""Does a folder come into place whole or not at all, and is nothing else ever lost?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from parabook import replace as place
from parabook.errors import BuildError, InputError


def fill(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "index.html").write_text(text, encoding="utf-8")
    place.mark(folder, "key")
    return folder


def text_at(folder: Path) -> str:
    return (folder / "index.html").read_text(encoding="utf-8")


def test_a_finished_folder_takes_an_empty_place(tmp_path):
    place.put(fill(tmp_path / "new", "new"), tmp_path / "book")
    assert text_at(tmp_path / "book") == "new"


@pytest.mark.parametrize("exchange", [True, False])
def test_a_finished_folder_takes_the_place_of_an_earlier_one(tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr(place, "_exchange", lambda *_: False)
    book = fill(tmp_path / "book", "old")
    (book / "page-of-the-old-book.html").touch()
    with place.claimed(book):
        place.put(fill(tmp_path / "made" / "html", "new"), book)
    assert sorted(path.name for path in book.iterdir()) == [place.MARK, "index.html"]
    assert text_at(book) == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["book", "made"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="renameat2 is Linux's")
def test_on_linux_the_place_is_exchanged_in_one_step(tmp_path, monkeypatch):
    monkeypatch.setattr(place, "_swap", lambda *_: pytest.fail("two renames"))
    place.put(fill(tmp_path / "new", "new"), fill(tmp_path / "book", "old"))
    assert text_at(tmp_path / "book") == "new"


def test_the_earlier_folder_is_back_if_the_new_one_cannot_be_moved(tmp_path, monkeypatch):
    monkeypatch.setattr(place, "_exchange", lambda *_: False)
    book = fill(tmp_path / "book", "old")
    monkeypatch.setattr(place.shutil, "move", lambda *_: None)
    with pytest.raises(OSError, match="parabook-new"):
        place.put(tmp_path / "missing", book)
    assert text_at(book) == "old"


def test_what_a_killed_build_left_is_removed_by_the_next(tmp_path):
    book = fill(tmp_path / "book", "old")
    fill(place.beside(book, "new"), "half")
    fill(place.beside(book, "old"), "older")
    with place.claimed(book):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["book"]
    assert text_at(book) == "old"


def test_a_book_set_aside_by_a_killed_build_is_put_back(tmp_path):
    book = tmp_path / "book"
    fill(place.beside(book, "old"), "old")
    with place.claimed(book):
        assert text_at(book) == "old"


def test_a_second_build_into_the_same_place_is_refused(tmp_path):
    script = "import sys; from pathlib import Path; from parabook import replace as place\n"
    script += "with place.claimed(Path(sys.argv[1])): print('refused not')"
    with place.claimed(tmp_path / "book"):
        done = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "book")],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode
    assert "Another build" in done.stderr
    assert not list(tmp_path.iterdir())


def test_the_lock_of_a_killed_build_does_not_bind(tmp_path):
    place.beside(tmp_path / "book", "lock").touch()
    with place.claimed(tmp_path / "book"):
        pass
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(BuildError, match=r"Nothing can be written in .*file"),
        place.claimed(tmp_path / "file" / "book"),
    ):
        pass


def test_a_new_or_empty_folder_or_an_earlier_book_may_take_a_book(tmp_path):
    (tmp_path / "empty").mkdir()
    fill(tmp_path / "book", "old")
    for name in ("new", "empty", "book"):
        place.check_free(tmp_path / name)


def test_foreign_files_in_an_earlier_book_stop_the_build_by_name(tmp_path):
    book = fill(tmp_path / "book", "old")
    (book / "CNAME").touch()
    (book / ".git").mkdir()
    (book / ".git" / "config").touch()
    with pytest.raises(InputError, match=r"no build has made: .*\.git/config"):
        place.check_free(book)


def test_a_folder_that_some_other_program_has_made_is_not_replaced(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    for name in (".buildinfo", "index.html"):
        (folder / name).touch()
    with pytest.raises(InputError, match=r"no build has made"):
        place.check_free(folder)


@pytest.mark.parametrize("raw", [b"", b"[]", b"\xff\xfe", b'{"files": 1}', b"[" * 100_000])
def test_a_damaged_mark_is_none(tmp_path, raw):
    book = fill(tmp_path / "book", "old")
    (book / place.MARK).write_bytes(raw)
    with pytest.raises(InputError, match="no build has made"):
        place.check_free(book)
    assert not place.stands(book, "key")


def test_in_the_folder_of_built_things_everything_may_be_replaced(tmp_path):
    (tmp_path / "_build" / "html").mkdir(parents=True)
    (tmp_path / "_build" / "html" / "of-jupyter-book.html").touch()
    place.check_free(tmp_path / "_build" / "html", disposable=tmp_path / "_build")


def test_a_file_is_never_overwritten(tmp_path):
    (tmp_path / "book").touch()
    with pytest.raises(InputError, match="a file stands there"):
        place.check_free(tmp_path / "book")


@pytest.mark.parametrize("name", ["loop", "long" * 100, "nul\0"])
def test_a_path_that_cannot_be_followed_is_named(tmp_path, name):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(InputError, match="this path cannot be used"):
        place.check_free(tmp_path / name)


@pytest.mark.parametrize("out", ["", "data", "data/inside"])
def test_a_book_cannot_take_the_place_of_its_sources(tmp_path, out):
    (tmp_path / "data").mkdir()
    with pytest.raises(InputError, match="cannot take the place"):
        place.check_free(tmp_path / out, keep=(tmp_path / "data",))
