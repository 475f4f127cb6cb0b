"""Whether committed notebooks are stale: each carries the fingerprint of what its outputs show.

A page builder shows the outputs that it finds. So a notebook whose source was edited, or that was
run on other data or by other code, would be published with outputs that are no longer its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from parabook import digest, notebooks

_OURS, _STAMP = "parabook", "made_from"


def stamped(notebook: Mapping[str, Any], code: Mapping[str, Path]) -> dict[str, Any]:
    """Return a notebook that has just been run with the fingerprint of what it was made from.

    Parameters
    ----------
    notebook : mapping
        As it will be committed.
    code : mapping of str to Path
        Name and place of the code and data that results depend on: `Book.code`.
    """
    stamp = {_STAMP: _made_from(notebook, code)}
    return {**notebook, "metadata": {**notebook["metadata"], _OURS: stamp}}


def stale(root: Path, code: Mapping[str, Path]) -> list[Path]:
    """Return the notebooks of a book whose outputs were made from something else."""
    return [path for path in notebooks.chapters(root) if not _is_current(path, code)]


def _is_current(path: Path, code: Mapping[str, Path]) -> bool:
    notebook = notebooks.load(path)
    carried = notebook["metadata"].get(_OURS, {}).get(_STAMP)
    return bool(carried == _made_from(notebook, code))


def _made_from(notebook: Mapping[str, Any], code: Mapping[str, Path]) -> str:
    # Not the notebook's metadata: JupyterLab writes there, and outputs do not depend on it.
    source = notebooks.sources({"cells": notebook["cells"], "metadata": {}})
    parts = [text for name in sorted(code) for text in (name, _contents(code[name]))]
    return digest.of_texts([source, *parts])


def _contents(path: Path) -> str:
    """Return the fingerprint of data, or of the Python source in a package."""
    is_package = (path / "__init__.py").is_file()
    return digest.of_path(path, "*.py") if is_package else digest.of_path(path)
