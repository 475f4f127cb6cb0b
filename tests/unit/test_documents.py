"""Do README, CONTRIBUTING and ARCHITECTURE name what is there? Do a release's records agree?"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from scrlib import paths
from scrlib.cli import COMMANDS

ROOT = paths.ROOT
PAGES = ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md")
PROJECTS = ("pyproject.toml", "packages/tally/pyproject.toml", "packages/parabook/pyproject.toml")
FOLDERS = "chapters|data|scrlib|packages|tests|timings|requirements|_static|parabook"


def told(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def _here(name: str) -> bool:
    found = [ROOT / name, ROOT / "packages" / "parabook" / name]
    return any(path.exists() for path in found) or any(ROOT.glob(name.replace("NN", "*")))


@pytest.mark.parametrize("page", PAGES)
def test_every_file_and_folder_that_is_named_is_there(page: str):
    named = re.findall(rf"(?<![\w/.-])(?:{FOLDERS})/[\w*./-]*[\w*/]", told(page))
    named += re.findall(r"\]\((?!http|\.\./\.\./actions)([^)#]+)", told(page))
    assert named
    assert [name for name in named if not _here(name)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_is_named_can_be_given(page: str):
    targets = set(re.findall(r"^([a-z-]+):", told("Makefile"), re.MULTILINE))
    makes = re.findall(r"(?m)(?:`|^)make ((?:[a-z-]+ ?)+)", told(page))
    assert {target for line in makes for target in line.split()[:2]} & targets
    assert {line.split()[0] for line in makes} - targets == set()
    assert set(re.findall(r"(?m)(?:`|^|/)scr ([a-z]+)", told(page))) - set(COMMANDS) == set()


@pytest.mark.parametrize(
    "module", re.findall(r"`(?:scrlib|tally)\.[\w.]+`", told("ARCHITECTURE.md"))
)
def test_every_module_of_the_walks_is_there(module: str):
    name = module.strip("`")
    house = ROOT if name.startswith("scrlib") else ROOT / "packages" / "tally"
    parts = name.split(".")
    stems = [house.joinpath(*parts), house.joinpath(*parts[:-1])]  # a module, or a name in one
    assert any(stem.with_suffix(".py").exists() or stem.is_dir() for stem in stems), name


FLOORS = {
    "ARCHITECTURE.md": r"(?m)^\| (`\w+`.*?) \| .* \|$",
    "scrlib/__init__.py": r"(?m)^([a-z][a-z_, ]+?) {2,}\S",
}


@pytest.mark.parametrize("page", FLOORS)
def test_the_floors_of_the_package_are_told_from_the_top_down(page: str):
    contracts = tomllib.loads(told("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    (layers,) = (found["layers"] for found in contracts if found.get("containers") == ["scrlib"])
    floors = {name: n for n, layer in enumerate(layers) for name in re.findall(r"\w+", layer)}
    text = told(page)[told(page).index("floors") :]
    lines = " ".join(re.findall(FLOORS[page], text))
    named = [name for name in re.findall(r"\w+", lines) if name != "then"]
    assert sorted(named) == sorted(floors)
    assert [floors[name] for name in named] == sorted(floors.values())


def test_one_version_and_one_title_stand_in_every_record_of_a_release():
    citation = yaml.safe_load(told("CITATION.cff"))
    zenodo, codemeta = json.loads(told(".zenodo.json")), json.loads(told("codemeta.json"))
    versions = [tomllib.loads(told(name))["project"]["version"] for name in PROJECTS]
    versions += [citation["version"], zenodo["version"], codemeta["version"]]
    assert len(set(versions)) == 1, versions
    assert citation["title"] == zenodo["title"] == codemeta["name"]
    assert citation["license"] == zenodo["license"] == Path(codemeta["license"]).name


def test_the_changelog_has_a_heading_for_the_next_release_or_for_this_version():
    version = yaml.safe_load(told("CITATION.cff"))["version"]
    first = re.search(r"^## (.+)$", told("CHANGELOG.md"), re.MULTILINE)
    assert first is not None
    assert first.group(1).startswith(("Next release", version))
