"""Build a book in a process of its own: sources, data, folder of the book, store if any.

With a fifth argument, `results`, no pages are made, which takes longer than all else. Nothing is
held back: the texts of a book are looked at, and what is held back is tested elsewhere.
"""

import sys
from pathlib import Path
from shutil import copytree

from parabook import site
from parabook.cli import run_command
from scrlib.building import book
from tally.errors import InputError


def sources_alone(source: Path, folder: Path, **_: object) -> Path:
    """Stand in for making pages: put the notebooks that were run where a book has its sources."""
    copytree(source, folder / "html" / "_sources")
    return folder / "html"


def command() -> None:
    root, data, out = map(Path, sys.argv[1:4])
    store = Path(sys.argv[4]) if sys.argv[4:] else None
    if sys.argv[5:] == ["results"]:
        site.make = sources_alone
    print(book.build(data, out=out, root=root, store=store, suppress_below=0))


if __name__ == "__main__":
    sys.exit(run_command(command, (InputError,)))
