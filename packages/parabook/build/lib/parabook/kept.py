"""Results of notebooks, kept under the fingerprint of all that they depend on.

jupyter-book's own cache looks at a notebook's code cells only, so that changed data or a changed
module go unnoticed. A notebook whose fingerprint is known is copied from the store; its result is
checked against the fingerprint taken when it was stored.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from parabook import digest

_NOTEBOOK, _OUTPUTS, _CHECK, _SECRET = "notebook.ipynb", "outputs", "sha256", "secret"
# About fifty books; each notebook takes some hundred kilobytes.
_MOST_RESULTS = 700
_DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Store:
    """Kept results of notebooks.

    Parameters
    ----------
    folder : Path
        One folder per result, named by its key. Deleting any of them, or all, is safe.
    """

    folder: Path

    def secret(self) -> str:
        """Return a random text of this store, with which fingerprints that are published are made.

        Without it, whoever knows nearly all of the data could try out the rest on them.
        """
        path = self.folder / _SECRET
        with suppress(FileExistsError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                path.chmod(0o600)
                file.write(secrets.token_hex(32))
        return path.read_text(encoding="utf-8")

    def fetch(self, key: str, notebook: Path, outputs: Path) -> bool:
        """Put a result in its place; False if there is none or it was damaged."""
        result = self.folder / key
        try:
            if (result / _CHECK).read_text(encoding="utf-8") != _fingerprint(result):
                return False
            os.utime(result)
            shutil.copyfile(result / _NOTEBOOK, notebook)
            if (result / _OUTPUTS).is_dir():
                shutil.copytree(result / _OUTPUTS, outputs, dirs_exist_ok=True)
        except (OSError, UnicodeDecodeError):
            return False
        return True

    def keep(self, key: str, notebook: Path, outputs: Path) -> None:
        """Keep a result, whole or not at all."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
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
        folders = [path for path in self.folder.glob("*") if path.is_dir()]
        results = [path for path in folders if not path.name.startswith(".")]
        results.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        day_ago = time.time() - _DAY
        left = [
            path for path in folders if path.name.startswith(".") and path.stat().st_mtime < day_ago
        ]
        for path in (*results[most:], *left):
            shutil.rmtree(path, ignore_errors=True)


def _fingerprint(result: Path) -> str:
    return digest.of_texts([
        digest.of_file(result / _NOTEBOOK), digest.of_path(result / _OUTPUTS),
    ])  # fmt: skip
