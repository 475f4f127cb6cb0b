"""Fingerprints of files and folders: equal if, and only if, names and contents are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

_SKIPPED_FOLDERS = frozenset({"__pycache__", ".ipynb_checkpoints"})


def of_texts(texts: Iterable[str]) -> str:
    """Return the fingerprint of a sequence of texts."""
    digest = hashlib.sha256()
    for text in texts:
        raw = text.encode()
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()


def of_file(path: Path) -> str:
    """Return the fingerprint of a file's contents."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def of_path(path: Path, pattern: str = "*") -> str:
    """Return the fingerprint of a file, or of the files in a folder and the folders in it.

    Parameters
    ----------
    path : Path
        A path where nothing stands has a fingerprint too.
    pattern : str
        Which file names count, such as `*.py`.
    """
    if path.is_file():
        return of_file(path)
    return of_texts(
        text for found in files(path, pattern) for text in (found, of_file(path / found))
    )


def files(folder: Path, pattern: str = "*") -> Iterator[str]:
    """Yield the files of a folder as relative paths in order, without hidden and scratch files."""
    for path in sorted(folder.rglob(pattern)):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(_skipped(part) for part in parts):
            yield "/".join(parts)


def _skipped(name: str) -> bool:
    return name.startswith(".") or name in _SKIPPED_FOLDERS
