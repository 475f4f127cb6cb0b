"""A bar that moves on as notebooks are run, and as pages are read and written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tqdm import tqdm

from parabook import notebooks


def bar(root: Path) -> Any:
    """Open a bar, on a terminal: each notebook is run, and each page is read and written."""
    total = len(notebooks.chapters(root)) + 2 * len(notebooks.in_book(root))
    return tqdm(total=total, desc="Building the book", disable=None, leave=False)
