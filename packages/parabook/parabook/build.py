"""Build the book from a dataset: stage, run, make pages, put in place whole or not at all.

Nothing is written before the dataset and the study in focus have been found sound, and nothing but
the finished book ever stands in its place.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from scrlib import paths
from scrlib.building import digest, engine, manifest, notebooks, place, running, staging
from scrlib.building import site as pages
from scrlib.building.kernels import Kernels
from scrlib.building.manifest import Manifest
from scrlib.report import in_focus, read_dataset
from scrlib.showing import telling
from tally.errors import BuildError

BUILD = paths.ROOT / "_build"
OUT = BUILD / "html"
STORE = BUILD / "results"
_SEAL = ".scr-seal"


def build(
    data: Path | None = None,
    *,
    study: int | None = None,
    out: Path | None = None,
    suppress_below: int | None = None,
    round_to: int | None = None,
    root: Path = paths.ROOT,
    store: Path | None = STORE,
    workers: int = engine.WORKERS,
    kernels: Kernels | None = None,
    progress: bool | None = None,
) -> Path:
    """Build the book from a dataset.

    Parameters
    ----------
    data : Path, optional
        Folder of CSV files or workbook; the synthetic dataset if left out.
    study : int, optional
        Year of the study in focus; the dataset's newest if left out.
    out : Path, optional
        Folder of the finished book; `_build/html` if left out. An earlier book there is replaced
        once the new one is finished.
    suppress_below, round_to : int, optional
        Numbers under this are held back, and counts rounded to a multiple of that; if left out, 5
        and none for observed cases, none for others. See `scrlib.showing.telling`.
    root : Path
        The book's sources.
    store : Path, optional
        Where results of chapters are kept for the next build; None to run every chapter.
    workers : int
        How many chapters run, and how many pages are made, at once.
    kernels : {"forked", "ordinary"}, optional
        See `scrlib.building.engine`.
    progress : bool, optional
        Whether to show a bar; only on a terminal if left out.

    Returns
    -------
    Path
        The folder of the book.

    Raises
    ------
    InputError
        If the dataset, the study or the folder named is not fit; nothing has been written.
    BuildError
        If a chapter fails, a page gives a warning, or nothing can be written; the earlier book
        stands as it was.
    """
    place_of_book = (out or OUT).absolute()
    data = data.absolute() if data else None
    place.check_free(place_of_book.resolve(), _sources(root, data))
    record = asked(data, study, suppress_below, round_to, root)
    if store is not None and stands(place_of_book, record):
        return place_of_book
    dataset = read_dataset(data or paths.SYNTHETIC)
    year = in_focus(dataset.codebook, study)
    record = replace(record, study=year)
    settings = telling.settled(dataset, suppress_below, round_to)
    with (
        _explained(place_of_book),
        place.workshop(place_of_book.resolve(), running.sweep) as folder,
    ):
        source = folder / "source"
        staging.stage(root, source, synthetic=dataset.synthetic)
        with _bar(source, progress) as bar:
            plan = telling.planned(dataset, settings, year, folder)
            run = running.Run(folder, record, data, store, workers, kernels, plan)
            run.chapters(on_done=_counted(bar))
            book = pages.make(source, folder, jobs=workers, on_page=_counted(bar, _pages(source)))
        _check_unchanged(data, record)
        (book / manifest.FILE).write_text(record.text(), encoding="utf-8")
        (book / _SEAL).write_text(_seal(book), encoding="utf-8")
        place.put(book, place_of_book.resolve())
    return place_of_book


def asked(
    data: Path | None, study: int | None, suppress_below: int | None = None,
    round_to: int | None = None, root: Path = paths.ROOT,
) -> Manifest:  # fmt: skip
    """Return the record of a book that is asked for, before anything is built."""
    record = manifest.record(data, study, root)
    limits = {"suppress_below": suppress_below, "round_to": round_to}
    given = {name: number for name, number in limits.items() if number is not None}
    return replace(record, asked={**record.asked, **given})


def _sources(root: Path, data: Path | None) -> tuple[Path, ...]:
    parts = ("chapters", "data", "packages", "scrlib", "tests", ".git")
    return tuple((root / part).resolve() for part in parts) + ((data.resolve(),) if data else ())


@contextmanager
def _explained(out: Path) -> Iterator[None]:
    """Turn a full disk or a read-only folder into an error in words."""
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        said = f"The book could not be written to {out}: {_reason(error)}{where}."
        raise BuildError(said) from error


def _reason(error: OSError) -> str:
    # An error of copying a folder lists source, copy and reason of each file that failed.
    if isinstance(error, shutil.Error) and isinstance(error.args[0], list):
        return str(error.args[0][0][2])
    return error.strerror or str(error)


def _check_unchanged(data: Path | None, record: Manifest) -> None:
    if digest.of_path(data or paths.SYNTHETIC) != record.inputs["dataset"]:
        raise BuildError("The dataset was changed while the book was being built. Build it again.")


# -- nothing to do -----------------------------------------------------------------------------


def _seal(book: Path) -> str:
    return digest.of_path(book)


def stands(book: Path, record: Manifest) -> bool:
    """Whether a book made of the same stands there, as it was when it was finished."""
    found = manifest.load(book / manifest.FILE)
    if found is None or found.key() != record.key():
        return False
    try:
        return (book / _SEAL).read_text(encoding="utf-8") == _seal(book)
    except OSError:
        return False


# -- progress ----------------------------------------------------------------------------------


def _hidden(progress: bool | None) -> bool | None:
    return None if progress is None else not progress


def _bar(source: Path, progress: bool | None) -> Any:
    # Each chapter is run, and each page is read and written.
    total = len(notebooks.chapters(source)) + 2 * len(notebooks.in_book(source))
    return tqdm(total=total, desc="Building the book", disable=_hidden(progress), leave=False)


def _pages(source: Path) -> frozenset[str]:
    found = notebooks.in_book(source)
    return frozenset(path.relative_to(source).with_suffix("").as_posix() for path in found)


def _counted(bar: Any, names: frozenset[str] | None = None) -> Callable[[str], None]:
    """Return a function that moves the bar on for each name, or each of those given."""

    def count(name: str) -> None:
        bar.update(names is None or name in names)

    return count


# -- in place ----------------------------------------------------------------------------------


def refresh(
    root: Path = paths.ROOT, *, kernels: Kernels | None = None, progress: bool | None = None
) -> list[Path]:
    """Run every chapter about the synthetic dataset and keep its outputs, for committing.

    Parameters
    ----------
    root : Path
        The book's sources. Its notebooks and their downloads change, once all have run.

    Returns
    -------
    list of Path
        The notebooks that are not as they were.

    Raises
    ------
    BuildError
        If any chapter fails; nothing has changed then.
    """
    with tempfile.TemporaryDirectory(prefix="scr-") as scratch:
        source = Path(scratch) / "source"
        staging.stage(root, source, synthetic=True)
        environment = {"SCR_OUTPUTS": str(source / "chapters" / staging.OUTPUTS)}
        names = [path.relative_to(source) for path in notebooks.chapters(source)]
        with tqdm(total=len(names), desc="Running the chapters", disable=_hidden(progress)) as bar:
            jobs = [running.job(source / name, {}) for name in names]
            engine.run(
                jobs,
                runtime=Path(scratch) / "run",
                env=environment,
                kernels=kernels,
                on_done=_counted(bar),
            )
        changed = [name for name in names if _update(source / name, root / name)]
        running.move_outputs(source / "chapters" / staging.OUTPUTS, root / "chapters")
    return [root / name for name in changed]


def _update(run: Path, path: Path) -> bool:
    before = path.read_bytes()
    notebooks.save(notebooks.settled(notebooks.load(run)), run)
    if run.read_bytes() == before:
        return False
    shutil.copyfile(run, path)
    return True
