"""Copies of the compendium in which tests change one thing, and nbval run over its chapters."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns

from scrlib import paths

IGNORED = ignore_patterns("__pycache__", ".ipynb_checkpoints")


class Copy:
    """A copy of some folders of the compendium, imported by the processes it starts."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.folder = folder
        for name in names:
            copytree(paths.ROOT / name, folder / name, ignore=IGNORED)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace the first place where a text stands in a file."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which Python imports the copy."""
        houses = (
            self.folder,
            self.folder / "packages" / "tally",
            self.folder / "packages" / "parabook",
        )
        return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, houses))}


def nbval(chapters: list[Path], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run nbval over chapters as committed: every cell's output must be the same again.

    Nothing is sanitised: what a chapter shows depends on the dataset and the code alone.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2"]
    command += ["--dist", "loadscope", "--nbval", "--nbval-current-env", *map(str, chapters)]
    return subprocess.run(
        command,
        cwd=chapters[0].parent.parent,
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
