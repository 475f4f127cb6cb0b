"""A copy of a book's sources in which notebooks are run, so that no run touches the real ones."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from parabook import notebooks
from parabook.errors import InputError

_CONFIG, _TOC = "_config.yml", "_toc.yml"
_LEFT_OUT = ("_build", "__pycache__", notebooks.OUTPUTS)


def stage(
    root: Path,
    target: Path,
    *,
    files: Sequence[str] | None = None,
    leave: Collection[Path] = (),
    drop_tags: Collection[str] = (),
) -> None:
    """Copy what a book is made of, without any notebook's outputs on disk.

    Parameters
    ----------
    root : Path
        Folder with `_config.yml` and `_toc.yml`.
    target : Path
        A folder that does not exist yet.
    files : sequence of str, optional
        Files and folders, relative to the root, that pages and notebooks need besides the pages and
        the bibliography; if left out, everything but what is hidden or built.
    leave : collection of Path
        What is not copied with a folder that holds it: the data of this book, and of others.
    drop_tags : collection of str
        Cells with any of these tags are left out of the notebooks.
    """
    config = notebooks.read_yaml(root / _CONFIG)
    if not isinstance(config, dict):
        raise InputError(f"{_CONFIG}: settings are names with values.")
    pages = notebooks.in_book(root)
    if files is None:
        shutil.copytree(root, target, symlinks=True, ignore=_ignored({*leave}))
    else:
        target.mkdir()
        bibliography = [root / name for name in config.get("bibtex_bibfiles") or ()]
        wanted = (root / _CONFIG, root / _TOC, *bibliography, *(root / name for name in files))
        _copy((*pages, *wanted), root, target)
    for path in notebooks.chapters(target):
        notebooks.save(notebooks.without(notebooks.load(path), drop_tags), path)
    _check_text(pages)


def _ignored(leave: Collection[Path]) -> Any:
    def names(folder: str, inside: list[str]) -> list[str]:
        return [
            name
            for name in inside
            if name.startswith(".") or name in _LEFT_OUT or Path(folder, name).resolve() in leave
        ]

    return names


def _copy(paths: Iterable[Path], root: Path, target: Path) -> None:
    for path in paths:
        copy = target / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        # What is missing is for the page builder to say: it knows who asks for it.
        if path.is_dir():
            shutil.copytree(path, copy, dirs_exist_ok=True)
        elif path.exists():
            shutil.copyfile(path, copy)


def _check_text(pages: Iterable[Path]) -> None:
    for path in pages:
        if path.suffix == ".md" and path.is_file() and _is_notebook(path):
            raise InputError(
                f"{path.name} is a notebook written as text, which is not run here: turn it into "
                f"an .ipynb file (jupytext --to ipynb {path.name})."
            )


def _is_notebook(path: Path) -> bool:
    head, end, _ = path.read_text(encoding="utf-8").removeprefix("---\n").partition("\n---\n")
    return bool(end) and "\nkernelspec:" in f"\n{head}"
