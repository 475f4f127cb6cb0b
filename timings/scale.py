"""How much more processor time and memory a hundred times as many cases take.

    python timings/scale.py [--cases 200000]

Invented cases, written as CSV; each command is a process of its own, and the book is built with
nothing kept. The ratio is of 200,000 cases to 2,000, for which 100 would be linear.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from scrlib import paths
from tally.data import storage

sys.path.insert(0, str(paths.ROOT / "tests" / "unit"))
from random_data import random_dataset

FEW = 2_000
SHARE = "percent(case, present(neglect))"


def cost(*command: str | Path) -> tuple[float, int]:
    """Return the processor time of a command, and the most memory of its processes, in MB."""
    with subprocess.Popen(
        [sys.executable, "-m", "scrlib.cli", *map(str, command)], stdout=subprocess.DEVNULL
    ) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"scr {command[0]} failed.")
    return used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


def costs(cases: int, folder: Path) -> dict[str, tuple[float, int]]:
    """Check, compute and build a dataset of so many cases."""
    data = folder / f"cases-{cases}"
    storage.write(random_dataset(9, {2018: cases // 2, 2021: cases - cases // 2}), data)
    return {
        "check": cost("check", data),
        "compute": cost("compute", SHARE, data),
        "build": cost("build", data, "--out", folder / f"book-{cases}"),
    }


def main() -> None:
    """Print a line for each command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200_000)
    many = parser.parse_args().cases
    with tempfile.TemporaryDirectory() as folder:
        small, large = costs(FEW, Path(folder)), costs(many, Path(folder))
    for name, (seconds, memory) in large.items():
        ratio = seconds / small[name][0]
        print(f"{name}: {seconds:.1f} s, {memory} MB; {ratio:.1f} times that of {FEW:,} cases")


if __name__ == "__main__":
    main()
