"""A bar that moves on as notebooks are run, and as pages are read and written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tqdm import tqdm

from parabook import notebooks


def bar(root: Path, progress: bool | None) -> Any:
    """Open a bar for a book: each notebook is run, and each page is read and written."""
    total = len(notebooks.chapters(root)) + 2 * len(notebooks.in_book(root))
    hidden = None if progress is None else not progress
    return tqdm(total=total, desc="Building the book", disable=hidden, leave=False)


def pages(root: Path) -> frozenset[str]:
    """Return the pages of a book by the names under which they are told to be done."""
    paths = notebooks.in_book(root)
    return frozenset(path.relative_to(root).with_suffix("").as_posix() for path in paths)


def counted(bar: Any, names: frozenset[str] | None = None) -> Callable[[str], None]:
    """Return a function that moves the bar on for each name, or each of those given."""

    def count(name: str) -> None:
        bar.update(names is None or name in names)

    return count
