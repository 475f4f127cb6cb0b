"""After edits of the coding frame, each a line, do the report's own edition and new data build?"""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from compendium import Copy

from scrlib import paths

pytestmark = pytest.mark.slow
FOLDERS = ("chapters", "data", "packages", "scrlib", "_static")
FILES = ("_config.yml", "_toc.yml", "intro.md", "references.bib", "pyproject.toml")
FACTOR = "  - {code: online_harm, label: Online harm, scale: rating, since: 2019}\n"
CATEGORY = (
    "      - {code: online, label: Serious harm online, since: 2019, "
    "in: {incident_group: other, outcome: serious_harm, incident_harm: other}}\n"
)
STUDY = '  - {study: 2019, label: "2019", first_month: 2018-07, last_month: 2019-06}\n'
EDITS = {
    "a fourteenth factor": ("risk_factors.yaml", "  - {code: other_risk,", FACTOR, ""),
    "a new incident": ("variables.yaml", "      - {code: suicide,", CATEGORY, ""),
    "a code and its label renamed": (
        "variables.yaml", '{code: s31, label: "Public law: s31 only",', "",
        '{code: care, label: "Public law: care only", alias: [s31, "Public law: s31 only"],',
    ),
    "a factor's label renamed": (
        "risk_factors.yaml", "label: Neglect,", "", "label: Neglect of the child, alias: [Neglect],"
    ),
    "a study added": ("studies.yaml", "  - {study: 2017,", STUDY, ""),
}  # fmt: skip
"""For each edit: file, text that stands there, what is put before it, what takes its place."""


@pytest.fixture(scope="module")
def edited(tmp_path_factory) -> Copy:
    copy = Copy(tmp_path_factory.mktemp("edited") / "book", *FOLDERS)
    for name in FILES:
        shutil.copyfile(paths.ROOT / name, copy.folder / name)
    for name, old, before, instead in EDITS.values():
        copy.edit(f"data/codebook/{name}", old, before + (instead or old))
    return copy


def run(copy: Copy, *arguments: object) -> None:
    command = [sys.executable, "-m", "scrlib.cli", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=copy.folder, env=copy.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def text(book: Path, page: str) -> str:
    found = BeautifulSoup((book / page).read_text(encoding="utf-8"), "html.parser")
    article = found.find("article")
    words = [article.get_text(" "), *(image.get("alt", "") for image in article.find_all("img"))]
    return " ".join(" ".join(words).split())


def later_study(folder: Path, copy: Copy) -> Path:
    """Write the example's cases as if they were of 2019, rated on fourteen factors."""
    folder.mkdir()
    source = copy.folder / "data" / "example" / "study"
    shutil.copyfile(source / "dataset.yaml", folder / "dataset.yaml")
    for path in source.glob("*.csv"):
        changed = path.read_text(encoding="utf-8").replace("INV-", "NEW-").replace("2018", "2019")
        rows = list(csv.reader(changed.splitlines()))
        if path.stem == "studies":
            rows[1][2:] = ["2018-07", "2019-06"]
        if path.stem == "cases":
            rows[1][rows[0].index("incident")] = "online"
        if path.stem == "ratings":
            rows += [[case, "Online harm", "High"] for case in sorted({r[0] for r in rows[1:]})]
        with (folder / path.name).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows)
    return folder


def test_the_reports_own_edition_builds_and_sees_nothing_that_came_later(edited, tmp_path):
    run(edited, "build", "--out", tmp_path / "html")
    pages = ["chapters/03_study_2017.html", "chapters/05_all_cases.html"]
    shown = " ".join(text(tmp_path / "html", page) for page in pages)
    assert "Public law: care only" in shown
    assert "Neglect of the child" in shown
    assert "Online harm" not in shown
    assert "Serious harm online" not in shown


def test_older_and_newer_data_are_joined_and_their_book_follows(edited, tmp_path):
    older, newer = edited.folder / "data" / "example" / "study", tmp_path / "newer"
    run(edited, "append", older, later_study(newer, edited), "--out", tmp_path / "both")
    run(edited, "build", tmp_path / "both", "--out", tmp_path / "html")
    methodology = text(tmp_path / "html", "chapters/02_methodology.html")
    assert "Online harm" in methodology
    assert not re.search("13 risk factors|thirteen risk|0 to 39", methodology)
    cases = text(tmp_path / "html", "chapters/05_all_cases.html")
    assert "Online harm" in cases
    assert "Serious harm online" in cases
    assert "Public law: care only" in text(tmp_path / "html", "chapters/03_study_2017.html")
