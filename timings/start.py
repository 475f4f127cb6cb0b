"""Time what anybody waits for first: `import scrlib` and `scr --help`, against Python alone.

    python timings/start.py            # medians of five runs
    python timings/start.py --runs 1

Heavy libraries are imported where they are used, so neither may cost much more than starting
Python. The targets are 0.3 s and 0.5 s, shown as ratios to that.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import side_by_side

BARE, IMPORT, HELP = "python -c pass", "python -c 'import scrlib'", "scr --help"
COMMANDS = {
    BARE: [sys.executable, "-c", "pass"],
    IMPORT: [sys.executable, "-c", "import scrlib"],
    HELP: [str(Path(sys.executable).with_name("scr")), "--help"],
}


def start(name: str) -> None:
    subprocess.run(COMMANDS[name], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    given = side_by_side.arguments(__doc__ or "")
    found = side_by_side.medians({name: lambda n=name: start(n) for name in COMMANDS}, given.runs)
    seconds = [(IMPORT, BARE, 0.3), (HELP, BARE, 0.5)]
    rows = [(ours, base, limit / found[base]) for ours, base, limit in seconds]
    side_by_side.report(found, rows, given.runs)


if __name__ == "__main__":
    main()
