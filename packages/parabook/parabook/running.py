"""Run the chapters of a staged book, taking those that would give the same again from the store."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scrlib.building import cache, engine, manifest, notebooks, staging
from scrlib.building.engine import Job
from scrlib.building.kernels import Kernels
from scrlib.building.manifest import Manifest
from scrlib.showing import telling

_RUNTIME = "runtime"
_PREFIX = "scr-run-"


@dataclass(frozen=True, slots=True)
class Run:
    """How the chapters of one book are run.

    Parameters
    ----------
    folder : Path
        Workshop whose folder `source` holds the staged book.
    record : Manifest
        What the book is made of.
    data : Path or None
        The dataset; the synthetic one if None.
    store : Path or None
        Where results are kept; None to run everything and keep nothing.
    plan : Path or None
        The plan of what is held back (`scrlib.showing.telling`); None to tell everything.
    """

    folder: Path
    record: Manifest
    data: Path | None
    store: Path | None
    workers: int
    kernels: Kernels | None
    plan: Path | None = None

    def chapters(self, on_done: Callable[[str], None]) -> None:
        """Run every chapter, or take its result from the store.

        Parameters
        ----------
        on_done : callable
            Called with each chapter's path as it is done.
        """
        source = self.folder / "source"
        store = cache.Store(self.store) if self.store is not None else None
        keys = {path: cache.key(path, self.record) for path in notebooks.chapters(source)}
        waiting = []
        for path, key in keys.items():
            if store is not None and store.fetch(key, path, staging.outputs(source, path)):
                on_done(str(path))
            else:
                waiting.append(path)
        self._execute(waiting, on_done)
        if store is not None:
            for path in waiting:
                store.keep(keys[path], path, staging.outputs(source, path))
            store.trim()

    def _execute(self, chapters: Sequence[Path], on_done: Callable[[str], None]) -> None:
        record = self.folder / manifest.FILE
        record.write_text(self.record.text(), encoding="utf-8")
        outputs = self.folder / "source" / "chapters" / staging.OUTPUTS
        values = {"data": str(self.data or ""), "study": self.record.study}
        with _runtime(self.folder) as runtime:
            engine.run(
                [job(path, values) for path in chapters],
                runtime=runtime,
                env={
                    "SCR_OUTPUTS": str(outputs),
                    manifest.VARIABLE: str(record),
                    telling.VARIABLE: str(self.plan or ""),
                },
                workers=self.workers,
                kernels=self.kernels,
                on_done=on_done,
            )
        # The page shows the dataset's name, never where it lies.
        shown = {**values, "data": self.record.asked["data"]}
        for path in chapters:
            notebooks.save(notebooks.settled(notebooks.load(path), shown), path)


def job(notebook: Path, values: Mapping[str, Any]) -> Job:
    """Return the job of running a staged notebook, its result taking its place."""
    return Job(str(notebook), str(notebook), str(notebook.parent), dict(values))


@contextmanager
def _runtime(folder: Path) -> Iterator[Path]:
    """Yield a scratch folder with a short path, since that of a socket is limited to 107 bytes.

    Its name is noted in the workshop first, so that the next build finds what a killed one left.
    """
    path = Path(tempfile.gettempdir()) / f"{_PREFIX}{secrets.token_hex(6)}"
    (folder / _RUNTIME).write_text(str(path), encoding="utf-8")
    path.mkdir(mode=0o700)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove the scratch folder that a killed build noted in its workshop."""
    note = folder / _RUNTIME
    if note.is_file():
        path = Path(note.read_text(encoding="utf-8"))
        if path.parent == Path(tempfile.gettempdir()) and path.name.startswith(_PREFIX):
            shutil.rmtree(path, ignore_errors=True)


def move_outputs(new: Path, chapters: Path) -> None:
    """Let the downloads that chapters have just written take the place of all earlier ones."""
    target = chapters / staging.OUTPUTS
    if target.exists():
        shutil.rmtree(target)
    if new.is_dir():
        shutil.copytree(new, target)
