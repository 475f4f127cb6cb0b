"""Many synthetic datasets at once, each by a walk of its own, on whichever executor.

A dataset depends on the seed and its number alone: not on how many are made, by how many workers,
in which order, or whether it took several runs. One that stands in its place is not made again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import tally
from parabook import digest
from scrlib import consistency, paths, synthetic
from scrlib.auditing import claims
from scrlib.report import coding_frame, read_dataset
from scrlib.synthetic import APART, Ensemble
from tally.data import storage
from tally.data.loading import META_FILE
from tally.dataset import Dataset
from tally.errors import Failure, InputError

RECORD = "ensemble.json"
_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Draw:
    """One dataset of an ensemble.

    Parameters
    ----------
    start : Path
        The dataset from which the walk starts.
    out : Path
        The dataset's folder.
    seed, number : int
        What the dataset depends on, besides the start.
    steps : int
        Steps of the walk.
    """

    start: Path
    out: Path
    seed: int
    number: int
    steps: int = APART

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.out.name

    def finished(self) -> bool:
        """Whether the dataset stands in its place: it is put there whole."""
        return (self.out / META_FILE).exists()

    def run(self) -> None:
        """Walk, and write what is found."""
        for left in self.out.parent.glob(f".{self.out.name}-*"):
            # A worker that was killed while it wrote has left this behind.
            shutil.rmtree(left, ignore_errors=True)
        found = _ensemble(self.start, self.seed)
        storage.write(found.apart(self.number, self.steps), self.out)


@lru_cache(maxsize=1)
def _ensemble(start: Path, seed: int) -> Ensemble:
    """Read and compile, once for all datasets that a worker makes, where the walks start."""
    return Ensemble(read_dataset(start), claims.claims(coding_frame()), seed)


def plan(
    out: Path, seed: int, count: int, solve: Callable[[], Dataset] | None = None,
    steps: int = APART,
) -> tuple[Draw, ...]:  # fmt: skip
    """Return the datasets of an ensemble as jobs, and keep a record of what they are made of.

    Parameters
    ----------
    out : Path
        Folder that takes the datasets, as `0001`, `0002` and on. Datasets that an earlier run of
        the same ensemble left there are kept; it may have been of more or fewer.
    solve : callable, optional
        Returns the first dataset, from which all walks then start; called unless it stands. The
        dataset that ships starts them if None.

    Raises
    ------
    InputError
        If the count is not possible, or the folder holds an ensemble of another seed or start, or
        of other sources.
    """
    if not 0 < count <= _MOST:
        raise InputError(Failure(f"A count is a number from 1 to {_MOST:,}.", "--count"))
    # Workers elsewhere stand in other folders.
    out = out.absolute()
    _claim(out, _record(seed, solve is not None, steps))
    draws = [
        Draw(paths.SYNTHETIC, out / f"{number:04d}", seed, number, steps)
        for number in range(1, count + 1)
    ]
    if solve is None:
        return tuple(draws)
    first, *others = draws
    if not first.finished():
        storage.write(solve(), first.out)
    return (first, *(replace(item, start=first.out) for item in others))


def made_of() -> tuple[Path, ...]:
    """Return the files and folders that decide a dataset, besides its seed and number."""
    code = (Path(str(module.__file__)) for module in (consistency, synthetic))
    claimed = (paths.PUBLISHED / name for name in ("statements", "tables", "proofs.json"))
    return (paths.CODEBOOK, paths.SYNTHETIC, *claimed, *code, Path(tally.__file__).parent)


def _record(seed: int, anew: bool, steps: int) -> dict[str, str | int]:
    return {
        "seed": seed, "steps": steps, "start": "solved anew" if anew else "the one that ships",
        "sources": digest.of_texts(digest.of_path(path) for path in made_of()),
    }  # fmt: skip


def _claim(out: Path, record: dict[str, str | int]) -> None:
    """Write the record into the folder, or see that the one there is the same."""
    path, text = out / RECORD, json.dumps(record, indent=1) + "\n"
    if path.exists():
        if path.read_text(encoding="utf-8") != text:
            rule = "Datasets of another seed, start or version stand there: choose a new folder."
            raise InputError(Failure(rule, "--out", value=str(out)))
        return
    if out.exists() and any(out.iterdir()):
        raise InputError(Failure("Something stands there already: choose a new folder.", str(out)))
    out.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{RECORD}")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
