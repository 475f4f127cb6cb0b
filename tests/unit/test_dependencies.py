"""Does each of the three packages declare what it imports, and nothing that it does not?

An import that another package happens to bring works until that package drops it: then a fresh
environment has no book, and the one that tests run in, which has more, does not tell.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from scrlib import paths

HOUSES = {
    "scrlib": (paths.ROOT / "scrlib", paths.ROOT / "pyproject.toml"),
    **{
        name: (folder / name, folder / "pyproject.toml")
        for name in ("tally", "parabook")
        for folder in [paths.ROOT / "packages" / name]
    },
}
# Declared for what they do where nothing imports them by name.
UNIMPORTED = {
    "scrlib": {
        "jupyter-book": "the command, and the extension that _config.yml names",
        "papermill": "the command, for one chapter with parameters",
        "setuptools": "builds the packages",
        "sphinxcontrib-bibtex": "an extension that _config.yml names",
    },
    "tally": {"defusedxml": "openpyxl takes it up where it is installed"},
    "parabook": {},
}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _names(lines: list[str]) -> set[str]:
    found = (re.match(r"[\w.-]+", line.strip()) for line in lines)
    return {_normal(match.group()) for match in found if match}


def declared(project: Path) -> set[str]:
    """Return the distributions that a package names; of a library, those of its extras too."""
    text = tomllib.loads(project.read_text(encoding="utf-8"))
    if "dependencies" not in text["project"]:
        return _names((paths.ROOT / "requirements.txt").read_text(encoding="utf-8").split("\n"))
    extras = text["project"].get("optional-dependencies", {})
    extra = [line for name, lines in extras.items() if name != "test" for line in lines]
    return _names([*text["project"]["dependencies"], *extra])


def imported(folder: Path) -> set[str]:
    """Return the top-level modules that a package imports, by name or by `import_module`."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module)
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
                ("import_module", "needed")
            ):
                first = node.args[0]
                found |= {first.value} if isinstance(first, ast.Constant) else set()
    names = {name.partition(".")[0] for name in found}
    return names - sys.stdlib_module_names - set(HOUSES) - {"__main__"}


def brought(modules: set[str]) -> set[str]:
    """Return the distributions that modules come from."""
    installed = metadata.packages_distributions()
    return {_normal(name) for module in modules for name in installed.get(module, [module])}


@pytest.mark.parametrize("house", HOUSES)
def test_what_is_imported_is_declared(house: str):
    folder, project = HOUSES[house]
    assert brought(imported(folder)) - declared(project) == set()


@pytest.mark.parametrize("house", HOUSES)
def test_what_is_declared_is_imported_or_has_its_reason(house: str):
    folder, project = HOUSES[house]
    assert declared(project) - brought(imported(folder)) == set(UNIMPORTED[house])
