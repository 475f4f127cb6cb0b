"""Does every chapter run on any data, to its last table and figure, in moments?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from random_data import random_dataset
from test_narrative import SPECIAL

from scrlib import chapter, paths
from scrlib.dataset import Dataset
from scrlib.errors import InputError

CHAPTERS = ("00_summary", "01_introduction", "02_methodology", "03_study_2017", "04_learning",
            "05_all_cases", "08_bounds", "codebook", "colophon")  # fmt: skip
DATASETS = {
    "one case": SPECIAL["one case"],
    "no parents": SPECIAL["no parents"],
    "no risk at all": SPECIAL["no risk at all"],
    "two studies": random_dataset(31, {2019: 4, 2022: 9}),
}


def run(
    name: str, dataset: Dataset, study: int, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> list[str]:
    """Run a notebook's cells on a dataset in memory and return what it shows."""
    shown: list[str] = []
    monkeypatch.setattr(chapter, "_read", lambda path: dataset)
    monkeypatch.setattr(chapter, "display", lambda item: shown.append(item.data))
    monkeypatch.setenv("SCR_OUTPUTS", str(folder))
    values: dict[str, Any] = {}
    notebook = json.loads((paths.CHAPTERS / f"{name}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), values)  # noqa: S102 (a chapter, not data)
            if "parameters" in cell["metadata"]["tags"]:
                values["study"] = study
    return shown


@pytest.mark.parametrize("data", DATASETS)
@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_runs_on_any_data(
    name: str, data: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dataset = DATASETS[data]
    shown = run(name, dataset, dataset.studies[-1].study, monkeypatch, tmp_path)
    text = "\n".join(shown)
    assert shown
    assert "[x]" not in text
    assert "Synthetic data" not in text
    linked = {part.partition(")")[0] for part in text.split("](_outputs/")[1:]}
    assert {path.split("/", 1)[1] for path in linked} == {
        path.name for path in (tmp_path / name).glob("*")
    }


def test_nothing_of_one_case_is_shown_by_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dataset = DATASETS["two studies"]
    names = set(dataset.frames["case"]["case_id"]) | set(dataset.frames["child"]["child_id"])
    for name in CHAPTERS:
        text = "\n".join(run(name, dataset, 2022, monkeypatch, tmp_path))
        assert not any(item in text for item in names)
    written = "".join(path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.csv"))
    assert not any(item in written for item in names)


@pytest.mark.parametrize("study", [1999, "twenty", -1, 2017.5])
def test_an_unknown_study_is_an_error_that_lists_those_there_are(
    study: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chapter, "_read", lambda path: DATASETS["two studies"])
    with pytest.raises(InputError, match="2019, 2022"):
        chapter.open("03_study_2017", "", study)  # type: ignore[arg-type]


def test_a_dataset_that_is_not_there_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        chapter.open("03_study_2017", tmp_path / "nothing", 2017)
