"""Do the commands of the chapter "Run it on your own data" do what it says?"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from scrlib import paths
from scrlib.cli import main
from scrlib.report import read_dataset

PAGE = (paths.CHAPTERS / "own_data.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line)
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.S)
    for line in re.findall(r"^\$ (.*)$", block, re.M)
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder in which the repository's `data` can be named as on the page."""
    (tmp_path / "data").symlink_to(paths.DATA)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_commands_run_one_after_the_other(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = []
    for name, *arguments in COMMANDS:
        # Building a book and running a notebook are tested in tests/build.
        if name == "scr" and arguments[0] != "build":
            assert main(arguments) == 0, arguments
            done.append(arguments[0])
    assert done == ["template", "template", "template", "code", "check", "compute"]
    assert (place / "my_study.xlsx").exists()
    dataset = read_dataset(place / "my_study")
    assert dataset.size("case") == 18
    assert not dataset.synthetic
    assert re.search(r"\d", capsys.readouterr().out)


def test_every_kind_of_command_on_the_page_is_known() -> None:
    assert {name for name, *_ in COMMANDS} == {"scr", "papermill"}


def test_the_error_about_a_study_reads_as_on_the_page(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example = str(paths.DATA / "example" / "study")
    assert main(["compute", "count(case, study == focus)", example, "--study", "2019"]) == 2
    assert capsys.readouterr().err.strip().splitlines()[-1] in PAGE


def test_the_error_about_a_cell_reads_as_on_the_page(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = place / "bad"
    folder.mkdir()
    for path in (paths.DATA / "example" / "study").iterdir():
        text = path.read_text(encoding="utf-8")
        if path.name == "cases.csv":
            lines = text.split("\n")
            columns = lines[2].split(",")
            columns[lines[0].split(",").index("perpetrator")] = "stepfather"
            lines[2] = ",".join(columns)
            text = "\n".join(lines)
        (folder / path.name).write_text(text, encoding="utf-8")
    assert main(["check", str(folder)]) == 2
    (shown,) = re.findall(r"^cases.csv, row 3, perpetrator.*$", capsys.readouterr().out, re.M)
    (printed,) = re.findall(r"^(cases.csv, row 3, perpetrator.*), \.\.\.$", PAGE, re.M)
    assert shown.startswith(printed)
