"""The results of notebooks: run with their values, or taken from those kept of the same.

A result depends on all that its notebook reads: sources, the values that it names, inputs by their
contents, code and environment.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parabook import digest, notebooks, record, run, scratch, stage
from parabook.kept import Store
from parabook.record import Origin

if TYPE_CHECKING:
    from parabook.book import Book, Value


def staged(book: Book, source: Path, out: Path) -> None:
    """Put what a book is made of into a folder: its pages, and what they show."""
    leave = {path.resolve() for path in (*book.inputs.values(), out)}
    stage.stage(book.root, source, files=book.files, leave=leave, drop_tags=book.drop_tags)
    for hook in book.after_staging:
        hook(source)


def run_staged(
    book: Book, origin: Origin, folder: Path, kept: Store, workers: int, bar: Any
) -> None:
    """Run every notebook of a staged book, or take its result from the store."""
    prepared, told = folder / "prepared", folder / record.FILE
    prepared.mkdir()
    told.write_text(origin.record.text(), encoding="utf-8")
    env = {record.VARIABLE: str(told)}
    for hook in book.before_running:
        env |= hook(book, prepared)
    base = _base(book, origin, prepared)
    secret = kept.secret()
    waiting = {}
    for path in notebooks.chapters(folder / "source"):
        key = _key(path, book, origin, base, secret)
        if kept.fetch(key, path, notebooks.outputs(path)):
            bar.update()
        else:
            waiting[path] = key
    run.run(
        {path: _named(path, book.values) for path in waiting}, scratch=folder / "run", env=env,
        warm=book.warm, workers=workers, on_done=bar.update,
    )  # fmt: skip
    for path, key in waiting.items():
        notebooks.save(notebooks.settled(notebooks.load(path), book.shown), path)
        for check_result in book.after_running:
            check_result(path)
        kept.keep(key, path, notebooks.outputs(path))
    kept.trim()


def rehearsed(book: Book, source: Path, env: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Run every staged notebook and return the results, which are kept nowhere.

    Parameters
    ----------
    source : Path
        The staged sources; nothing changes there.
    env : mapping of str to str
        Environment variables of the kernels.

    Returns
    -------
    dict
        The run notebooks, by their file name, without traces of the run.

    Raises
    ------
    BuildError
        If a notebook fails.
    """
    with scratch.folder() as folder:
        copy = shutil.copytree(source, folder / "source", symlinks=True)
        jobs = {path: _named(path, book.values) for path in notebooks.chapters(copy)}
        run.run(jobs, scratch=folder / "run", env=env, warm=book.warm)
        return {path.name: notebooks.settled(notebooks.load(path), book.shown) for path in jobs}


def _named(notebook: Path, values: Mapping[str, Value]) -> dict[str, Value]:
    """Return the values of those parameters that a notebook names."""
    names = notebooks.parameters(notebooks.load(notebook))
    return {name: value for name, value in values.items() if name in names}


def _base(book: Book, origin: Origin, prepared: Path) -> str:
    """Return the fingerprint of what every notebook's result depends on."""
    shared = {**origin.record.sources, **origin.inputs}
    sources = {k: text for k, text in shared.items() if k != "book" and k not in book.inputs}
    return digest.of_texts([
        json.dumps(sources, sort_keys=True), *origin.extras, digest.of_path(prepared),
    ])  # fmt: skip


def _key(notebook: Path, book: Book, origin: Origin, base: str, secret: str) -> str:
    """Return the fingerprint of everything that a notebook's result depends on."""
    loaded = notebooks.load(notebook)
    names = notebooks.parameters(loaded)
    facts = {name: value for name, value in (book.shown | dict(book.settings)).items()
             if name in names or name in book.settings}  # fmt: skip
    inputs = {name: text for name, text in origin.inputs.items() if name in names}
    told = origin.key(secret) if notebook.stem in book.shows_record else ""
    return digest.of_texts([
        notebook.name, notebooks.sources(loaded), base, told, secret,
        json.dumps([facts, inputs], sort_keys=True),
    ])  # fmt: skip
