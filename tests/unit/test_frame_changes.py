"""After an edit of the coding frame, are older data read, and new data as the edit says?"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sample_data

from scrlib import paths
from scrlib.lines import lines_of
from scrlib.report import lines
from tally import codebook
from tally.data import storage
from tally.errors import InputError

FOURTEENTH = (
    '  - {code: online_harm, label: Online harm, scale: rating, section: "2", since: 2017}\n'
)


def edited(folder: Path, name: str, old: str, new: str) -> codebook.Codebook:
    """Return the frame after one edit of one of its files."""
    shutil.copytree(paths.CODEBOOK, folder)
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return codebook.load(folder)


@pytest.fixture
def fourteen(tmp_path):
    last = "  - {code: other_risk,"
    return edited(tmp_path / "frame", "risk_factors.yaml", last, FOURTEENTH + last)


def test_a_factor_that_came_later_is_not_missing_in_earlier_studies(fourteen, tmp_path):
    tables = sample_data.tables()
    tables["ratings"] += [["B1", "online_harm", "low"], ["B2", "Online harm", "High"]]
    dataset = storage.read(sample_data.write_folder(tmp_path / "data", tables), fourteen)
    cases = dataset.frames["case"]
    assert cases["online_harm"].tolist() == ["not_asked", "not_asked", "low", "high"]
    storage.write(dataset, tmp_path / "again")
    again = storage.read(tmp_path / "again", fourteen)
    assert again.frames["case"].equals(cases)


def test_a_factor_that_came_later_may_not_be_missing_from_then_on(fourteen, tmp_path):
    with pytest.raises(InputError) as caught:
        storage.read(sample_data.write_folder(tmp_path / "data"), fourteen)
    (failure,) = caught.value.failures
    assert "missing: online_harm" in failure.rule
    assert (failure.place, failure.row, failure.value) == ("cases.csv", "4 to 5", "B1, B2")


def test_a_code_that_was_renamed_is_read_by_its_former_name(tmp_path):
    frame = edited(
        tmp_path / "frame", "variables.yaml", "{code: s31,", "{code: care, alias: [s31, Sec. 31],"
    )
    tables = sample_data.tables()
    tables["cases"][2][2] = "sec. 31"
    dataset = storage.read(sample_data.write_folder(tmp_path / "data", tables), frame)
    assert dataset.frames["case"]["law"].tolist()[:2] == ["care", "care"]


def test_a_column_that_was_renamed_is_read_by_its_former_name(tmp_path):
    frame = edited(
        tmp_path / "frame", "variables.yaml", "name: perpetrator\n",
        "name: perpetrator\n    alias: [suspect, suspected perpetrator]\n",
    )  # fmt: skip
    tables = sample_data.tables()
    tables["cases"][0][5] = "Suspected Perpetrator"
    dataset = storage.read(sample_data.write_folder(tmp_path / "data", tables), frame)
    assert dataset.frames["case"]["perpetrator"].tolist()[:2] == ["mother", "father"]


def test_a_variable_that_came_later_needs_no_column_in_earlier_data(tmp_path):
    frame = edited(
        tmp_path / "frame",
        "variables.yaml",
        "name: involvement\n",
        "name: involvement\n    since: 2018\n",
    )
    tables = sample_data.tables()
    for row in tables["cases"]:
        del row[3]
    dataset = storage.read(sample_data.write_folder(tmp_path / "data", tables), frame)
    assert set(dataset.frames["case"]["involvement"]) == {"not_asked"}


def test_a_variable_that_came_later_may_not_be_blank_from_then_on(tmp_path):
    frame = edited(
        tmp_path / "frame",
        "variables.yaml",
        "name: involvement\n",
        "name: involvement\n    since: 2017\n",
    )
    tables = sample_data.tables()
    for row in tables["cases"][1:]:
        row[3] = ""
    with pytest.raises(InputError) as caught:
        storage.read(sample_data.write_folder(tmp_path / "data", tables), frame)
    (failure,) = caught.value.failures
    assert (failure.row, failure.column) == ("4 to 5", "involvement")


def test_an_answer_that_its_study_did_not_ask_for_is_refused(fourteen, tmp_path):
    tables = sample_data.tables()
    tables["ratings"] += [[case, "online_harm", "low"] for case in ("A1", "B1", "B2")]
    with pytest.raises(InputError) as caught:
        storage.read(sample_data.write_folder(tmp_path / "data", tables), fourteen)
    (failure,) = caught.value.failures
    assert failure.rule == "Studies from 2017 on ask for 'Online harm', and no others."


def test_a_category_that_came_later_is_refused_in_earlier_studies(tmp_path):
    frame = edited(
        tmp_path / "frame", "variables.yaml", "{code: overdose,",
        "{code: online, label: Online, since: 2017, in: {incident_group: other, outcome: other, "
        "incident_harm: other}}\n      - {code: overdose,",
    )  # fmt: skip
    tables = sample_data.tables()
    column = tables["cases"][0].index("incident")
    tables["cases"][1][column] = tables["cases"][3][column] = "online"
    with pytest.raises(InputError) as caught:
        storage.read(sample_data.write_folder(tmp_path / "data", tables), frame)
    (failure,) = caught.value.failures
    assert (failure.row, failure.column, failure.value) == ("2", "incident", "online")


def test_the_report_sees_nothing_of_its_frame_that_came_later(tmp_path):
    last = "  - {code: other_risk,"
    later = FOURTEENTH.replace("2017", "2019")
    frame = edited(tmp_path / "frame", "risk_factors.yaml", last, later + last)
    assert "online_harm" not in frame.factors
    assert "online_harm" in frame.whole.factors


def test_a_variable_that_was_renamed_is_told_by_its_new_name_in_tables_too(tmp_path):
    frame = edited(
        tmp_path / "frame", "variables.yaml", "name: perpetrator\n",
        "name: suspect\n    alias: [perpetrator]\n",
    )  # fmt: skip
    for read in (lambda: lines_of("perpetrator", frame),
                 lambda: list(lines([{"each": "perpetrator"}], frame, 2017))):  # fmt: skip
        with pytest.raises(InputError, match="It is called 'suspect' now"):
            read()
