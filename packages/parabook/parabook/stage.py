"""A copy of the book's sources in which chapters are run, so that no run touches the real ones."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import yaml

from scrlib.building import notebooks
from tally import yamlfile

OUTPUTS = "_outputs"
# Metadata of a cell of text: what stands in its place in a book about other cases.
OTHER_CASES = "scr_other_cases"
# A passage of a .md page that is true of the synthetic dataset only, between two MyST comments.
_SYNTHETIC_ONLY = re.compile(r"^% synthetic only\n.*?^% end\n", re.DOTALL | re.MULTILINE)
_SHARED = ("_toc.yml", "_static")


def stage(root: Path, target: Path, *, synthetic: bool) -> None:
    """Copy what a book is made of, without any chapter's outputs on disk.

    Parameters
    ----------
    root : Path
        Folder with `_config.yml` and `_toc.yml`.
    target : Path
        A folder that does not exist yet.
    synthetic : bool
        Whether to keep the banner, and the passages of pages, that say so.
    """
    target.mkdir()
    config = load_config(root)
    for path in (*notebooks.in_book(root), *(root / name for name in _bibliography(config))):
        _copy(path, target / path.relative_to(root))
    for name in _SHARED:
        _copy(root / name, target / name)
    if not synthetic:
        _drop_synthetic(config, target)
    text = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    (target / "_config.yml").write_text(text, encoding="utf-8")


def _drop_synthetic(config: dict[str, Any], target: Path) -> None:
    """Leave out what is true of the synthetic dataset only, and put in what is of other cases."""
    config.get("html", {}).pop("announcement", None)
    for path in target.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        path.write_text(_SYNTHETIC_ONLY.sub("", text), encoding="utf-8")
    for path in notebooks.chapters(target):
        found = notebooks.load(path)
        others = [cell for cell in found["cells"] if OTHER_CASES in cell["metadata"]]
        for cell in others:
            cell["source"] = cell["metadata"][OTHER_CASES]
        if others:
            notebooks.save(found, path)


def load_config(root: Path) -> dict[str, Any]:
    """Read the settings of the book."""
    return dict(yamlfile.read(root / "_config.yml"))


def _bibliography(config: dict[str, Any]) -> list[str]:
    return list(config.get("bibtex_bibfiles") or ())


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # What is missing is for the page builder to say: it knows who asks for it.
    if path.is_dir():
        shutil.copytree(path, target)
    elif path.exists():
        shutil.copyfile(path, target)


def outputs(root: Path, notebook: Path) -> Path:
    """Return the folder of the files that a notebook offers for download."""
    return root / "chapters" / OUTPUTS / notebook.stem
