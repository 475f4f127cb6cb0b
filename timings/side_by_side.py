"""Time several ways of doing the same thing in turn, so that a busy moment meets all of them."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


from parabook import notebooks, stage  # noqa: E402
from scrlib import paths  # noqa: E402
from scrlib.building import other_cases  # noqa: E402
from scrlib.report import read_dataset  # noqa: E402


def arguments(text: str) -> argparse.Namespace:
    """Read how many runs to make, and about which data."""
    parser = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5, help="runs of each; medians are shown")
    parser.add_argument("--data", type=Path, default=paths.SYNTHETIC, help="the dataset")
    return parser.parse_args()


def medians(ways: Mapping[str, Callable[[], None]], runs: int) -> dict[str, float]:
    """Return the median wall time of each way in seconds."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(runs):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            times[name].append(time.perf_counter() - started)
            print(f"  run {number + 1}: {name}: {times[name][-1]:.2f} s", file=sys.stderr)
    return {name: statistics.median(found) for name, found in times.items()}


def report(
    found: Mapping[str, float], rows: list[tuple[str, str, float | None]], runs: int
) -> None:
    """Print a line for each pair: ours, its baseline, the ratio and its target."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, ")
    print(f"medians of {runs}; load of the machine at the end: {load:.1f}\n")
    print(f"| {'ours':<34} | seconds | {'baseline':<44} | seconds | ratio | target |")
    print(f"|{'-' * 36}|--------:|{'-' * 46}|--------:|------:|-------:|")
    for ours, base, target in rows:
        ratio = found[ours] / found[base]
        print(
            f"| {ours:<34} | {found[ours]:7.2f} | {base:<44} | {found[base]:7.2f} "
            f"| {ratio:5.2f} | {'none' if target is None else f'{target:.2f}':>6} |"
        )


def staged(target: Path, data: Path, *, outputs: bool = False) -> Path:
    """Copy the book's sources, its chapters set to a dataset and without outputs.

    For jupyter-book to run them outputs stay: it leaves out code that is hidden and has none.
    """
    dataset = read_dataset(data)
    stage.stage(ROOT, target, files=("_static",))
    if not dataset.synthetic:
        other_cases.about_other_cases(target, dataset.meta, data)
    for path in notebooks.chapters(target):
        found = notebooks.settled(notebooks.load(path), {"data": str(data.resolve())})
        for cell in found["cells"]:
            if cell["cell_type"] == "code" and not outputs:
                cell["outputs"], cell["execution_count"] = [], None
        notebooks.save(found, path)
    return target


def run(*command: str | Path) -> None:
    """Run a command, which must succeed, silently."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")


def jupyter_book(source: Path, execute: str) -> None:
    """Build with jupyter-book's own command, which runs the chapters (`force`) or not (`off`)."""
    config = yaml.safe_load((source / "_config.yml").read_text(encoding="utf-8"))
    config["execute"] |= {"execute_notebooks": execute, "timeout": 600}
    here = source / f"_config_{execute}.yml"
    here.write_text(yaml.safe_dump(config), encoding="utf-8")
    out = source.with_name(f"{source.name}-{execute}")
    command = Path(sys.executable).with_name("jupyter-book")
    run(command, "build", source, "--all", "--config", here, "--path-output", out)
