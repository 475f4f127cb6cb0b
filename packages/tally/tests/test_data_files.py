"""Are data of any frame read, checked, written and merged, also without studies or ratings?"""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
from frames import EXAMPLE, accidents

from tally.data import storage
from tally.data.check import check
from tally.data.loading import load_tables
from tally.data.merge import merge
from tally.dataset import Dataset
from tally.errors import InputError

FRAME = accidents().codebook


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE / "data", tmp_path / "data"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def refused(folder: Path) -> str:
    with pytest.raises(InputError) as error:
        storage.read(folder, FRAME)
    return str(error.value)


@pytest.mark.parametrize("name", ["again", "again.xlsx"])
def test_what_is_written_reads_as_it_was(name: str, tmp_path: Path) -> None:
    before = accidents()
    storage.write(before, tmp_path / name)
    after = storage.read(tmp_path / name, FRAME)
    assert after.meta == before.meta
    for unit in FRAME.units:
        assert after.frames[unit].astype(object).equals(before.frames[unit].astype(object))


def test_only_tables_of_the_frame_are_asked_for(folder: Path) -> None:
    assert check(load_tables(folder, FRAME), FRAME).ok
    (folder / "casualties.csv").unlink()
    assert "The table 'casualties' is missing." in refused(folder)


def test_every_failure_is_told_at_once_with_its_row(folder: Path) -> None:
    change(folder / "casualties.csv", "killed", "kiled")
    change(folder / "casualties.csv", "A2", "A7")
    said = refused(folder)
    assert "casualties.csv, rows 2, 9, severity" in said
    assert "Did you mean 'killed'?" in said
    assert "casualties.csv, row 4, accident_id: No row of 'accidents' has this accident_id." in said
    assert "accidents.csv, row 3, accident_id: No casualty belongs to this accident." in said


def renamed(dataset: Dataset) -> Dataset:
    frames = {
        unit: rows.assign(**{
            name: "n" + rows[name].astype(str) for name in rows if str(name).endswith("_id")
        })
        for unit, rows in dataset.frames.items()
    }  # fmt: skip
    return Dataset(dataset.codebook, frames, dataset.meta)


def test_two_datasets_are_one_if_no_case_is_in_both() -> None:
    both = merge(accidents(), renamed(accidents()))
    assert both.size("accident") == 12
    assert both.frames["casualty"]["age"].sum() == 2 * 224
    with pytest.raises(InputError, match="OLD has this accident_id already"):
        merge(accidents(), accidents())


def test_nobody_is_warned_of_studies_that_a_frame_does_not_have(folder: Path) -> None:
    rows = pd.read_csv(folder / "accidents.csv")
    assert len(rows) < 10
    assert not any(
        "Study" in item.rule for item in check(load_tables(folder, FRAME), FRAME).warnings
    )
