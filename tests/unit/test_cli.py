"""Do the commands print what was asked, and does bad input get status 2 and leave nothing?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sample_data

from scrlib import cli


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return sample_data.write_folder(tmp_path / "data")


def test_a_quantity_is_printed_alone_on_standard_output(data, capsys):
    assert cli.main(["compute", 'count(child, sex == "female")', str(data)]) == 0
    printed = capsys.readouterr()
    assert printed.out == "3\n"
    assert "Synthetic data" in printed.err


def test_the_study_in_focus_can_be_named(data, capsys):
    cli.main(["compute", "mean(case, total_score, study == focus)", str(data), "--study", "2015"])
    # By hand: A1 scores 3 for neglect and 2 for the earlier plan, A2 2 for domestic abuse.
    assert capsys.readouterr().out == "3.50\n"


def test_a_statistic_of_nothing_is_said_not_to_be_defined(data, capsys):
    cli.main(["compute", 'mean(case, total_score, law == "wtfh")', str(data)])
    assert "not defined" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["compute", "count(cse, true)"], "Did you mean 'case'"),
        (["compute", "count(case, law == 's13')"], "s31"),
        (["compute", "count(case, study == focus)", "{data}", "--study", "2016"], "2015, 2017"),
        (["compute", "count(case, true)", "nowhere"], "no such folder"),
        (["check", "nowhere"], "no such folder"),
        (["append", "nowhere", "{data}", "--out", "all"], "no such folder"),
        (["code", "nowhere", "--out", "coded"], "no such folder"),
        (["build", "nowhere", "--out", "book"], "no such file or folder"),
        (["batch", "nowhere.yml"], "no such file"),
    ],
)
def test_bad_input_has_status_2_a_reason_and_no_output(
    data, tmp_path, monkeypatch, capsys, arguments, said
):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert cli.main([item.format(data=data) for item in arguments]) == 2
    printed = capsys.readouterr()
    assert said in printed.err + printed.out
    assert sorted(tmp_path.rglob("*")) == before


def test_sound_data_passes_its_check_with_its_warnings_apart(data, capsys):
    assert cli.main(["check", str(data)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("No failures.")
    assert "Warnings:" in printed


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_explains_itself_and_exists(name, capsys):
    from scrlib import commands

    with pytest.raises(SystemExit) as stopped:
        cli.main([name, "--help"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: scr {name}")
    assert callable(getattr(commands, name))


def test_help_does_not_wait_for_heavy_libraries():
    code = "import sys, scrlib.cli as c; c.parser(); print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_appending_observed_cases_says_that_two_books_tell_the_difference(tmp_path, capsys):
    old, new = sample_data.tables(), sample_data.tables()
    new["studies"] = [new["studies"][0], ["2019", "2019", "2018-01", "2019-06"]]
    for rows in (new["cases"], new["children"], new["parents"], new["ratings"]):
        for row in rows[1:]:
            row[:] = [f"N{text}" if text[:2] in ("A1", "A2", "B1", "B2") else text for text in row]
            row[:] = ["2019" if text in ("2015", "2017") else text for text in row]
    meta = "title: A\nprovenance: observed\n"
    one = sample_data.write_folder(tmp_path / "one", old, meta)
    two = sample_data.write_folder(tmp_path / "two", new, meta)
    assert cli.main(["append", str(one), str(two), "--out", str(tmp_path / "all")]) == 0
    assert "publish one of them only" in capsys.readouterr().err


def test_a_name_that_the_system_refuses_is_said_and_not_a_traceback(tmp_path, capsys):
    assert cli.main(["template", str(tmp_path / ("x" * 300 + ".xlsx"))]) != 0
    assert "File name too long" in capsys.readouterr().err
