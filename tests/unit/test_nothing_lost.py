"""Whatever happens while a dataset is written: is nothing lost, half written or left behind?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sample_data

from scrlib.cli import main
from scrlib.coding import template
from scrlib.report import read_dataset
from tally.data import storage
from tally.errors import InputError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there are no such signals on Windows")

# Writes a dataset, and is killed at the nth time that something in it happens.
KILLED = """
import os, signal, sys
from pathlib import Path
from scrlib.report import read_dataset
from tally.data import storage

source, target, name, after = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
dataset, before, count = read_dataset(source), getattr(storage, name), 0

def killed(*arguments, **named):
    global count
    count += 1
    if count == after:
        os.kill(os.getpid(), signal.SIGKILL)
    return before(*arguments, **named)

setattr(storage, name, killed)
storage.write(dataset, target)
"""
MOMENTS = [("_hold", 1), ("write_csv", 1), ("write_csv", 4), ("refuse_existing", 2), ("_move", 1)]


@pytest.fixture
def data(tmp_path):
    return sample_data.write_folder(tmp_path / "data")


def everything(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(("name", "after"), MOMENTS)
def test_a_command_killed_at_any_moment_loses_nothing_and_the_next_one_succeeds(
    name, after, data, tmp_path
):
    work = tmp_path / "work"
    work.mkdir()
    (work / "mine.txt").write_text("mine")
    command = [sys.executable, "-c", KILLED, data, work / "new", name, str(after)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert not (work / "new").exists()
    assert (work / "mine.txt").read_text() == "mine"
    # What is left behind is what Git ignores and only the user can read.
    (left,) = [path for path in work.iterdir() if path.name != "mine.txt"]
    assert left.stat().st_mode & 0o077 == 0
    storage.write(read_dataset(data), work / "new")
    assert {path.name for path in work.iterdir()} == {"mine.txt", "new"}
    assert read_dataset(work / "new").size("case") == 4


@pytest.mark.parametrize("name", ["new", "new.xlsx"])
def test_a_folder_of_the_users_own_that_is_in_the_way_is_left_alone(name, data, tmp_path):
    own = tmp_path / f".{name}.part"
    own.mkdir()
    (own / "notes.txt").write_text("mine")
    (own / ".gitignore").write_text("*\n")
    before = everything(tmp_path)
    with pytest.raises(InputError, match="this is yours"):
        storage.write(read_dataset(data), tmp_path / name)
    assert everything(tmp_path) == before


@pytest.mark.parametrize("target", ["elsewhere", "nowhere"])
def test_a_link_in_the_way_is_not_followed(target, data, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.txt").write_text("mine")
    (tmp_path / ".new.part").symlink_to(tmp_path / target)
    with pytest.raises(InputError, match="this is yours"):
        storage.write(read_dataset(data), tmp_path / "new")
    assert (elsewhere / "mine.txt").read_text() == "mine"


def test_of_two_commands_that_write_one_place_one_is_told_to_wait(data, tmp_path):
    dataset = read_dataset(data)
    with storage.new(tmp_path / "new") as target:
        target.mkdir()
        with pytest.raises(InputError, match="Another command is writing here"):
            storage.write(dataset, tmp_path / "new")
        (target / "first.txt").touch()
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["first.txt"]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_appears_in_the_place_meanwhile_is_not_overwritten(kind, data, tmp_path):
    place = tmp_path / "new.csv"

    def write():
        with storage.new(place) as target:
            target.write_text("made")
            mine = place / "mine.txt" if kind == "folder" else place
            mine.parent.mkdir(exist_ok=True)
            mine.write_text("mine")

    with pytest.raises(InputError, match="Something stands there already"):
        write()
    assert list(everything(tmp_path).values()).count(b"mine") == 1
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["template", "{}"], ["template", "{}", "--coding"], ["template", "{}", "--recode"],
        ["template", "{}", "--coder", "AB", "--cases", "data"],
        ["append", "data", "data", "--out", "{}"], ["check", "x.xlsx", "--marked", "{}"],
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["mine.xlsx", "mine.csv", "mine"])
def test_no_command_overwrites_what_stands_there(
    arguments, name, data, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    storage.write(read_dataset(data), tmp_path / "x.xlsx")
    Path(name).write_text("mine")
    before = everything(tmp_path)
    assert main([item.format(name) for item in arguments]) == 2
    assert everything(tmp_path) == before
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("most", [10, 2000])
def test_files_cannot_grow_as_on_a_full_disk_and_nothing_is_left(most, data, tmp_path):
    import resource

    arguments = [sys.executable, "-m", "scrlib.cli", "template", str(tmp_path / "big.xlsx")]
    done = subprocess.run(
        arguments, capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )  # fmt: skip
    assert done.returncode == 2
    said = f"{tmp_path / 'big.xlsx'}: This cannot be written (File too large)"
    assert done.stderr.startswith(said)
    assert "Traceback" not in done.stderr
    assert not [path.name for path in tmp_path.iterdir() if path.name != "data"]


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_named(data, tmp_path, capsys):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    assert main(["template", str(locked / "study.xlsx")]) == 2
    said = f"{locked / 'study.xlsx'}: This cannot be written (Permission denied)"
    assert capsys.readouterr().err.startswith(said)


def test_a_recoding_file_is_for_the_user_alone(tmp_path):
    template.recoding(tmp_path / "recode.yaml")
    assert (tmp_path / "recode.yaml").stat().st_mode & 0o077 == 0
