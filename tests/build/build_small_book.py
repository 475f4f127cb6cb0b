"""Build a book in a process of its own: sources, data, folder of the book, store if any.

Nothing is held back: the texts of a book are looked at, and what is held back is tested elsewhere.
"""

import sys
from pathlib import Path

from parabook.cli import run_command
from scrlib.building import book
from tally.errors import InputError


def command() -> None:
    root, data, out = map(Path, sys.argv[1:4])
    store = Path(sys.argv[4]) if sys.argv[4:] else None
    print(book.build(data, out=out, root=root, store=store, suppress_below=0))


if __name__ == "__main__":
    sys.exit(run_command(command, (InputError,)))
