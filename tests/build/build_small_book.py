"""Build a small book in a process of its own: sources, data, folder of the book."""

import sys
from pathlib import Path

from scrlib import book
from scrlib.errors import BuildError, InputError

if __name__ == "__main__":
    root, data, out = map(Path, sys.argv[1:4])
    try:
        print(book.build(data, out=out, root=root, store=None))
    except (BuildError, InputError) as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_status)
