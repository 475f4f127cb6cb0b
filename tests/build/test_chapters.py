"""Are the committed chapters what running them gives, for any study, and does a change show?"""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import copyfile

import pytest
from compendium import Copy, nbval

from parabook import notebooks, run
from parabook.errors import BuildError
from scrlib import paths
from scrlib.building.book import compendium

CHAPTERS = notebooks.chapters(paths.ROOT)
NAMES = [path.stem for path in CHAPTERS]


def cells(path: Path, kind: str = "code") -> list[dict]:
    return [cell for cell in notebooks.load(path)["cells"] if cell["cell_type"] == kind]


def shown(path: Path) -> str:
    """Return all that a notebook shows, as text."""
    found = []
    for cell in cells(path):
        for output in cell["outputs"]:
            found += [*output.get("data", {}).values(), output.get("text", "")]
    return "\n".join(text if isinstance(text, str) else "".join(text) for text in found)


# -- the order of the book ---------------------------------------------------------------------


def test_every_entry_of_the_table_of_contents_is_a_file():
    missing = [path.name for path in notebooks.in_book(paths.ROOT) if not path.is_file()]
    assert not missing


def test_every_chapter_is_in_the_table_of_contents():
    found = {*paths.CHAPTERS.glob("*.ipynb"), *paths.CHAPTERS.glob("*.md")}
    assert {*found, paths.ROOT / "intro.md"} == set(notebooks.in_book(paths.ROOT))


def test_the_book_has_a_chapter_for_each_section_of_the_report():
    assert NAMES[:6] == [
        "00_summary", "01_introduction", "02_methodology", "03_study_2017", "04_learning",
        "05_all_cases",
    ]  # fmt: skip


# -- as committed ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", CHAPTERS, ids=NAMES)
def test_a_chapter_has_one_heading_of_the_first_level(path):
    text = "\n\n".join("".join(cell["source"]) for cell in cells(path, "markdown"))
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1


@pytest.mark.parametrize("path", CHAPTERS, ids=NAMES)
def test_a_chapter_has_one_cell_of_parameters_with_their_defaults(path):
    tagged = [cell for cell in cells(path) if "parameters" in cell["metadata"].get("tags", [])]
    assert len(tagged) == 1
    values: dict[str, object] = {}
    exec("".join(tagged[0]["source"]), values)  # noqa: S102 (the chapter itself, not data)
    assert (values["data"], values["study"]) == ("", None)


@pytest.mark.parametrize("path", CHAPTERS, ids=NAMES)
def test_a_chapter_is_committed_as_scr_refresh_writes_it(path, tmp_path):
    found = notebooks.load(path)
    notebooks.save(notebooks.settled(found), tmp_path / path.name)
    assert (tmp_path / path.name).read_bytes() == path.read_bytes()
    ran = [cell for cell in cells(path) if "".join(cell["source"]).strip()]
    assert [cell["execution_count"] for cell in ran] == list(range(1, len(ran) + 1))
    assert any(cell["outputs"] for cell in ran)


@pytest.mark.parametrize("path", CHAPTERS, ids=NAMES)
def test_a_chapter_shows_no_error_warning_or_folder_of_a_machine(path):
    outputs = [output for cell in cells(path) for output in cell["outputs"]]
    assert not [output for output in outputs if output["output_type"] == "error"]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert not re.search(r"(?<![\w<])/(?:home|root|tmp|work|Users)/|site-packages", shown(path))


# -- nbval -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_nbval_finds_every_output_as_committed():
    """Run nbval over every committed chapter, in a zone, language and hash order of its own."""
    elsewhere = {"TZ": "Pacific/Auckland", "LC_ALL": "de_DE.UTF-8", "PYTHONHASHSEED": "2017"}
    done = nbval(CHAPTERS, {**os.environ, **elsewhere})
    assert done.returncode == 0, done.stdout[-8000:]
    count = sum(bool("".join(cell["source"]).strip()) for path in CHAPTERS for cell in cells(path))
    assert f"{count} passed" in done.stdout


@pytest.fixture
def copy(tmp_path):
    """Copy chapters, data and scrlib, to change one thing."""
    return Copy(tmp_path / "copy", "scrlib", "data", "chapters")


def fails_in_part(copy: Copy, name: str) -> bool:
    """Say whether some cells of a chapter fail; were it all of them, the copy itself might."""
    done = nbval([copy.folder / "chapters" / f"{name}.ipynb"], copy.environment)
    return re.search(r"\d+ failed, \d+ passed", done.stdout) is not None


@pytest.mark.slow
def test_a_changed_score_in_the_codebook_fails_nbval(copy):
    copy.edit(
        "data/codebook/risk_factors.yaml", "label: Medium, score: 2", "label: Medium, score: 1"
    )
    assert fails_in_part(copy, "05_all_cases")


@pytest.mark.slow
def test_a_changed_case_in_the_synthetic_dataset_fails_nbval(copy):
    path = copy.folder / "data" / "synthetic" / "cases.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["law"] = "wtfh" if rows[0]["law"] != "wtfh" else "s31"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    assert fails_in_part(copy, "05_all_cases")


# -- parameters --------------------------------------------------------------------------------


@pytest.mark.slow
def test_papermill_by_itself_runs_a_chapter_about_the_study_of_2015(tmp_path):
    command = [Path(sys.executable).with_name("papermill"), "chapters/03_study_2017.ipynb"]
    command += [tmp_path / "out.ipynb", "-p", "study", "2015", "-k", "python3", "--no-progress-bar"]
    subprocess.run(
        list(map(str, command)),
        cwd=paths.ROOT, check=True, capture_output=True,
    )  # fmt: skip
    text = shown(tmp_path / "out.ipynb")
    assert "Study in focus: 2015" in text
    assert "Study in focus: 2017" not in text
    # Table 1 of the report: 23 submissions in the study of 2015, 15 in that of 2017.
    assert re.search(r"\b23\b", text)


def refusal(chapters: list[Path], study: object, folder: Path) -> str:
    """Run chapters about a study that there is not; return what is said."""
    jobs = {copyfile(path, folder / path.name): {"study": study} for path in chapters}
    with pytest.raises(BuildError) as caught:
        run.run(jobs, scratch=folder / "r", warm=compendium().warm)
    return str(caught.value)


@pytest.mark.slow
def test_an_unknown_study_stops_every_chapter_and_lists_those_allowed(tmp_path):
    said = refusal(CHAPTERS, 2016, tmp_path)
    assert said.count("2012, 2013, 2014, 2015, 2017") >= len(CHAPTERS)


@pytest.mark.slow
def test_code_for_a_study_is_not_run(tmp_path):
    assert "2012, 2013, 2014, 2015, 2017" in refusal(CHAPTERS[:1], "2017; import os", tmp_path)
