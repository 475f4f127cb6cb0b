"""Build a small book in a process of its own: sources, data, folder of the book, store if any."""

import sys
from pathlib import Path

from scrlib.building import book
from tally.errors import BuildError, InputError

if __name__ == "__main__":
    root, data, out = map(Path, sys.argv[1:4])
    store = Path(sys.argv[4]) if sys.argv[4:] else None
    try:
        print(book.build(data, out=out, root=root, store=store))
    except (BuildError, InputError) as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_status)
