"""Time `make book` from nothing, environment included, against the same in an earlier tree.

    python timings/baseline.py                     # one run of each, in turn
    python timings/baseline.py --base v0.1.0 --runs 3

Each run is a clone of a commit in a folder of its own, with nothing installed. The earlier tree,
which had one list of 143 packages and pip, is made as it was; the present one with pip and, where
uv is found, with uv. Wall time is what a newcomer waits; processor time is shown too, since other
work on the machine hardly changes it. What pip and uv have downloaded before stays in their caches
for all: clear them, or make one run to fill them, before runs are compared.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
BASE = "f679d11"
"""The last tree in which everything was installed for everyone."""
TARGET = 0.6


@dataclass(frozen=True)
class Made:
    """What one `make book` took and left."""

    seconds: float
    processor: float
    megabytes: float
    packages: int


def path_with(uv: Path | None) -> str:
    """Return the search path with uv's folder first, or without any folder that holds uv."""
    folders = os.environ["PATH"].split(os.pathsep)
    others = [folder for folder in folders if not (Path(folder) / "uv").exists()]
    return os.pathsep.join([str(uv.parent), *folders] if uv else others)


def size(folder: Path) -> float:
    """Return what a folder takes in MB as `du -sm` counts them: blocks, each file once."""
    found = {status.st_ino: status.st_blocks for status in map(Path.lstat, folder.rglob("*"))}
    return sum(found.values()) * 512 / 2**20


def processor_time() -> float:
    """Return the processor time of all that was started and has ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def made(commit: str, path: str, python: str) -> Made:
    """Clone a commit, make its book, and measure."""
    with tempfile.TemporaryDirectory(prefix="scr-") as name:
        folder = Path(name) / "book"
        subprocess.run(["git", "clone", "--quiet", "--no-checkout", ROOT, folder], check=True)
        subprocess.run(["git", "-C", folder, "checkout", "--quiet", commit], check=True)
        env = {**os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": ""}
        started, spent = time.perf_counter(), processor_time()
        done = subprocess.run(
            ["make", "book", f"PYTHON={python}"],
            cwd=folder, env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        seconds, spent = time.perf_counter() - started, processor_time() - spent
        if done.returncode:
            sys.exit(f"make book failed at {commit}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
        packages = len(list((folder / ".venv").glob("lib/python*/site-packages/*.dist-info")))
        return Made(seconds, spent, size(folder / ".venv"), packages)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base", default=BASE, help=f"the earlier commit; {BASE}")
    parser.add_argument("--ours", default="HEAD", help="the present one; HEAD")
    parser.add_argument("--runs", type=int, default=1, help="runs of each, in turn; 1")
    parser.add_argument("--python", default="python3", help="the Python of all environments")
    given = parser.parse_args()
    uv = shutil.which("uv")
    ways = {"before": (given.base, path_with(None)), "now, pip": (given.ours, path_with(None))}
    if uv:
        ways["now, uv"] = (given.ours, path_with(Path(uv)))
    runs: dict[str, list[Made]] = {name: [] for name in ways}
    for _ in range(given.runs):
        for name, (commit, path) in ways.items():
            runs[name].append(made(commit, path, given.python))
            print(f"  {name}: {runs[name][-1].seconds:.0f} s", file=sys.stderr)
    report(runs)


def report(runs: Mapping[str, list[Made]]) -> None:
    """Print a line for each way: times as medians and against the tree before, and what it left."""
    print("| make book, from nothing | seconds | ratio | processor | ratio | MB | packages |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    before = [median(figures) for figures in _times(runs["before"])]
    for name, found in runs.items():
        told = [median(figures) for figures in _times(found)]
        pairs = " | ".join(f"{t:.0f} | {t / b:.2f}" for t, b in zip(told, before, strict=True))
        print(f"| {name} | {pairs} | {found[-1].megabytes:.0f} | {found[-1].packages} |")
    print(f"\nThe target is a ratio of {TARGET}.")


def _times(found: list[Made]) -> tuple[list[float], list[float]]:
    return [run.seconds for run in found], [run.processor for run in found]


if __name__ == "__main__":
    main()
