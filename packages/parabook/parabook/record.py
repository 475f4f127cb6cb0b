"""The record of a build: what the book was made of, when and with what.

`scr build` writes it to `manifest.json` in the book, and the colophon shows it. A chapter that is
run by itself has no such record; the colophon then shows only what its own inputs fix.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import scrlib
import tally
from scrlib import paths
from scrlib.building import digest

FILE = "manifest.json"
VARIABLE = "SCR_MANIFEST"
SHOWN_PACKAGES = (
    "jupyter-book", "sphinx", "myst-nb", "papermill", "pandas", "numpy", "scipy", "statsmodels",
    "matplotlib", "seaborn", "pandera", "ortools",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a book was made of.

    Parameters
    ----------
    asked : mapping
        The dataset's file name ("" for the synthetic one) and the study asked for ("" for the
        newest).
    inputs : mapping of str to str
        Part of the sources or the data, and its SHA-256 fingerprint.
    versions : mapping of str to str
        Python and the packages that decide results.
    commit : str
        Git commit; ends in "with changes" if files differ from it; empty if there is none.
    made : str
        Time in UTC, in whole seconds; SOURCE_DATE_EPOCH if that is set.
    study : int or None
        Year of the study in focus, once the dataset has been read.
    """

    asked: Mapping[str, str | int]
    inputs: Mapping[str, str]
    versions: Mapping[str, str]
    commit: str
    made: str
    study: int | None = None

    def key(self) -> str:
        """Return the fingerprint of all that is known beforehand but the time.

        Books with equal keys are equal.
        """
        facts = {name: getattr(self, name) for name in ("asked", "inputs", "versions", "commit")}
        return digest.of_texts([json.dumps(facts, sort_keys=True)])

    def text(self) -> str:
        """Return the record as JSON."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def record(data: Path | None, study: int | None, root: Path = paths.ROOT) -> Manifest:
    """Return the record of a build that starts now.

    Parameters
    ----------
    data : Path or None
        The dataset; the synthetic one if None.
    study : int or None
        The study in focus as asked for.
    root : Path
        Folder of the book's sources.
    """
    return Manifest(
        {"data": data.name if data else "", "study": study or ""},
        inputs(data or paths.SYNTHETIC, root),
        versions(),
        commit(root),
        _now(),
    )


def inputs(data: Path, root: Path = paths.ROOT) -> dict[str, str]:
    """Return the fingerprint of each part of what a book is made of."""
    return {
        "dataset": digest.of_path(data),
        "data/codebook": digest.of_path(paths.CODEBOOK),
        "data/published": digest.of_path(paths.PUBLISHED),
        "data/benchmarks": digest.of_path(paths.BENCHMARKS),
        "scrlib": digest.of_path(Path(scrlib.__file__).parent, "*.py"),
        "tally": digest.of_path(Path(tally.__file__).parent, "*.py"),
        "environment": environment(),
        "book": _book(root),
    }


def _book(root: Path) -> str:
    # What is staged, notebooks without their outputs: running them makes those anew.
    from scrlib.building import notebooks

    found = [root / "_config.yml", root / "_toc.yml", *root.glob("*.bib")]
    for path in notebooks.in_book(root):
        found += [] if path.suffix == ".ipynb" else [path]
    texts = [digest.of_path(path) for path in (*found, root / "_static")]
    loaded = [notebooks.load(path) for path in notebooks.chapters(root)]
    return digest.of_texts([*texts, *(notebooks.sources(item) for item in loaded)])


@lru_cache(maxsize=1)
def environment() -> str:
    """Return the fingerprint of the interpreter and of every installed package's version."""
    found = {f"{item.name} {item.version}" for item in metadata.distributions()}
    return digest.of_texts([platform.python_version(), platform.system(), *sorted(found)])


def versions() -> dict[str, str]:
    """Return the versions that a reader may want to know."""
    installed = {name: metadata.version(name) for name in SHOWN_PACKAGES}
    return {"Python": platform.python_version(), **installed}


def commit(root: Path = paths.ROOT) -> str:
    """Return the commit of the sources; empty where there is no git or no repository."""
    head = _git(root, "rev-parse", "HEAD")
    return f"{head} with changes" if head and _git(root, "status", "--porcelain") else head


def _git(root: Path, *arguments: str) -> str:
    try:
        found = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip()


def _now() -> str:
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    time = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def load(path: Path) -> Manifest | None:
    """Read a record; None if there is none or it cannot be read."""
    try:
        return Manifest(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def current() -> Manifest | None:
    """Return the record of the build that runs this chapter, if one does."""
    path = os.environ.get(VARIABLE)
    return load(Path(path)) if path else None
