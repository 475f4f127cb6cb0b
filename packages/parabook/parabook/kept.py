"""Results of chapters, kept under the fingerprint of all that they depend on.

jupyter-book's own cache looks at a notebook's code cells only, so that changed data or a changed
module go unnoticed. Here the key is made of the notebook, its parameters, the dataset, the codebook
and the published data, scrlib's source and the environment. A chapter whose key is known is copied
from the store; its result is checked against the fingerprint taken when it was stored.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from scrlib.building import digest, notebooks
from scrlib.building.manifest import Manifest

_NOTEBOOK, _OUTPUTS, _CHECK = "notebook.ipynb", "outputs", "sha256"
# About fifty books; each chapter takes some hundred kilobytes.
_MOST_RESULTS = 700
# The record of the build is shown by this chapter, so that only it depends on the commit.
SHOWS_MANIFEST = frozenset({"colophon"})


@dataclass(frozen=True, slots=True)
class Store:
    """Kept results of chapters.

    Parameters
    ----------
    folder : Path
        One folder per result, named by its key. Deleting any of them, or all, is safe.
    """

    folder: Path

    def fetch(self, key: str, notebook: Path, outputs: Path) -> bool:
        """Put a chapter's result in its place; False if there is none or it was damaged."""
        found = self.folder / key
        try:
            if (found / _CHECK).read_text(encoding="utf-8") != _fingerprint(found):
                return False
            os.utime(found)
            shutil.copyfile(found / _NOTEBOOK, notebook)
            if (found / _OUTPUTS).is_dir():
                shutil.copytree(found / _OUTPUTS, outputs)
        except OSError:
            return False
        return True

    def keep(self, key: str, notebook: Path, outputs: Path) -> None:
        """Keep a chapter's result, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".new-") as scratch:
            new = Path(scratch) / key
            new.mkdir()
            shutil.copyfile(notebook, new / _NOTEBOOK)
            if outputs.is_dir():
                shutil.copytree(outputs, new / _OUTPUTS)
            (new / _CHECK).write_text(_fingerprint(new), encoding="utf-8")
            shutil.rmtree(self.folder / key, ignore_errors=True)
            # Another build may have kept the same result meanwhile.
            with suppress(OSError):
                new.rename(self.folder / key)

    def trim(self, most: int = _MOST_RESULTS) -> None:
        """Drop the results that have gone unused longest, and what a killed build left behind."""
        if not self.folder.is_dir():
            return
        everything = list(self.folder.iterdir())
        kept = sorted(
            (path for path in everything if not path.name.startswith(".")),
            key=lambda path: path.stat().st_mtime,
            reverse=True,
        )
        day_ago = time.time() - 24 * 3600
        left = [path for path in everything if path.name.startswith(".")]
        for path in (*kept[most:], *(path for path in left if path.stat().st_mtime < day_ago)):
            shutil.rmtree(path, ignore_errors=True)


def _fingerprint(result: Path) -> str:
    return digest.of_texts([
        digest.of_file(result / _NOTEBOOK), digest.of_path(result / _OUTPUTS),
    ])  # fmt: skip


def key(notebook: Path, manifest: Manifest) -> str:
    """Return the fingerprint of everything that a chapter's result depends on."""
    facts: dict[str, object] = {k: v for k, v in manifest.inputs.items() if k != "book"}
    # The study that was asked for is settled by now; what else was asked for stands as it is.
    facts |= {k: v for k, v in manifest.asked.items() if k != "study"} | {"study": manifest.study}
    shown = manifest.key() if notebook.stem in SHOWS_MANIFEST else ""
    return digest.of_texts([
        notebook.name, notebooks.sources(notebooks.load(notebook)), shown,
        json.dumps(facts, sort_keys=True),
    ])  # fmt: skip
