"""Build a book from parameters and inputs: stage, run, make pages, put it in place.

Nothing is written before all that was asked for has been found sound, and nothing but the finished
book ever stands in its place.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import KW_ONLY, dataclass, field, replace
from pathlib import Path
from typing import Any

from parabook import digest, notebooks, record, results, run, scratch, site
from parabook import replace as place
from parabook.errors import BuildError, InputError, no_such, reason
from parabook.kept import Store
from parabook.progress import bar
from parabook.record import Origin

BUILD = "_build"
Value = str | int | float | bool | None


@dataclass(frozen=True)
class Book:
    """A Jupyter Book, the values that it is built with, and what is done on the way.

    Parameters
    ----------
    root : Path
        Folder with `_config.yml` and `_toc.yml`.
    parameters : mapping
        Values for cells tagged `parameters`; each notebook is given those that it names.
    inputs : mapping of str to Path
        Parameters that are files or folders: notebooks get the path, the page shows the name, and
        results depend on the contents.
    settings : mapping
        What was asked for besides: recorded, and part of what results depend on.
    code : mapping of str to Path, optional
        Files and folders, under names for the record, that notebooks read or import besides
        installed packages; the whole folder of the book if left out.
    files : sequence of str, optional
        What is staged besides the pages: see `parabook.stage`.
    drop_tags : sequence of str
        Cells with any of these tags are left out.
    warm : Warm
        What is imported before kernels are forked.
    packages : sequence of str
        Packages whose versions are recorded.
    shows_record : sequence of str
        Notebooks, by name without ending, that show the record and so depend on all of it.
    before_building : sequence of callable
        Called with the book before anything is written, unless the book stands already; may raise,
        or return values of parameters that were not asked for.
    after_staging : sequence of callable
        Called with the staged sources, to edit them.
    before_running : sequence of callable
        Called with the book, its parameters settled, and an empty folder. Results depend on what
        it writes there; notebooks get the environment variables that it returns.
    after_running : sequence of callable
        Called with each run notebook's path, to check or edit it before it is kept.
    before_placing : sequence of callable
        Called with the finished folder, to check or edit it before anybody can see it.
    """

    root: Path
    _: KW_ONLY
    parameters: Mapping[str, Value] = field(default_factory=dict)
    inputs: Mapping[str, Path] = field(default_factory=dict)
    settings: Mapping[str, Value] = field(default_factory=dict)
    code: Mapping[str, Path] | None = None
    files: Sequence[str] | None = None
    drop_tags: Sequence[str] = ()
    warm: run.Warm = field(default_factory=run.Warm)
    packages: Sequence[str] = ()
    shows_record: Sequence[str] = ()
    before_building: Sequence[Callable[[Book], Mapping[str, Value] | None]] = ()
    after_staging: Sequence[Callable[[Path], None]] = ()
    before_running: Sequence[Callable[[Book, Path], Mapping[str, str]]] = ()
    after_running: Sequence[Callable[[Path], None]] = ()
    before_placing: Sequence[Callable[[Path], None]] = ()

    @property
    def build_folder(self) -> Path:
        """Where commands put what they make unless told otherwise, as jupyter-book does."""
        return self.root / BUILD

    @property
    def store(self) -> Path:
        """Where results are kept."""
        return self.build_folder / "results"

    @property
    def shown(self) -> dict[str, Value]:
        """The parameters as pages show them: of inputs, the file name."""
        return {**self.parameters, **{name: path.name for name, path in self.inputs.items()}}

    @property
    def values(self) -> dict[str, Value]:
        """The parameters as notebooks get them."""
        return {**self.parameters, **{name: str(path) for name, path in self.inputs.items()}}

    def origin(self) -> Origin:
        """Return what the book would be made of now.

        Raises
        ------
        InputError
            If an input cannot be read.
        """
        sources = {
            "book": _pages_digest(self.root),
            "parabook": digest.of_path(Path(__file__).parent),
            "environment": record.environment(),
        }
        if self.code is None:
            # Any folder may hold data: what is in them is not told.
            secret = {**self._beside_pages(), **self.inputs}
        else:
            sources |= _digests(self.code)
            secret = dict(self.inputs)
        made_of = record.Record(
            asked={**self.shown, **self.settings},
            sources=sources,
            versions=record.versions(self.packages),
            commit=record.commit(self.root),
            made=record.now(),
            parameters={},
        )
        return Origin(made_of, _digests(secret), (*self.drop_tags, *self._hooks()))

    def _hooks(self) -> Iterator[str]:
        """Yield the names of what is called on the way: without it the book is another."""
        for step in ("before_building", "after_staging", "before_running", "after_running",
                     "before_placing"):  # fmt: skip
            for hook in getattr(self, step):
                function = getattr(hook, "func", hook)  # of functools.partial
                name = getattr(function, "__qualname__", type(function).__qualname__)
                yield f"{step}: {function.__module__}.{name}"

    def _beside_pages(self) -> dict[str, Path]:
        """Return, by name, what lies in the book's folder besides its pages and what is built."""
        apart = {*notebooks.in_book(self.root), *self.inputs.values()}
        parts = [path for path in sorted(self.root.iterdir()) if path.name[0] not in "._"]
        inside = {
            path / name: f"{path.name}/{name}"
            for path in parts
            if path.is_dir() and not (path / place.MARK).is_file()
            for name in digest.files(path)
            if notebooks.OUTPUTS not in Path(name).parts
        }
        beside = {path: path.name for path in parts if path.is_file()} | inside
        return {f"beside/{name}": path for path, name in beside.items() if path not in apart}


def _digests(paths: Mapping[str, Path]) -> dict[str, str]:
    try:
        return {name: digest.of_path(path) for name, path in paths.items()}
    except OSError as error:
        raise InputError(f"This cannot be read: {reason(error)}.") from error


def build(
    root: str | Path,
    out: str | Path | None = None,
    *,
    parameters: Mapping[str, Value] | None = None,
    inputs: Mapping[str, str | Path] | None = None,
    store: Path | str | None = "",
    workers: int = run.WORKERS,
    **more: Any,
) -> Path:
    """Build a Jupyter Book with parameters.

    Parameters
    ----------
    root : path
        Folder with `_config.yml` and `_toc.yml`.
    out : path, optional
        Folder of the finished book; `_build/html` in the root if left out. An earlier book there is
        replaced once the new one is finished.
    parameters : mapping, optional
        Values for cells tagged `parameters`.
    inputs : mapping, optional
        Parameters that are files or folders.
    store, workers
        See `make`.
    **more
        Other fields of `Book`.

    Returns
    -------
    Path
        The folder of the book.

    Raises
    ------
    InputError
        If what is asked for is not sound; nothing has been written.
    BuildError
        If a notebook fails, a page gives a warning, or nothing can be written; the earlier book
        stands as it was.
    """
    paths = {name: Path(path).absolute() for name, path in (inputs or {}).items()}
    book = Book(Path(root).absolute(), parameters=dict(parameters or {}), inputs=paths, **more)
    return make(book, Path(out) if out is not None else None, store=store, workers=workers)


def make(
    book: Book,
    out: Path | None = None,
    *,
    store: Path | str | None = "",
    workers: int = run.WORKERS,
) -> Path:
    """Build a book, unless it stands already.

    Parameters
    ----------
    book : Book
    out : Path, optional
        Folder of the finished book; `_build/html` in the root if left out.
    store : Path or None, optional
        Where results are kept for the next build; `_build/results` if left out and it can be
        written, None to run every notebook.
    workers : int
        How many notebooks run, and how many pages are made, at once.

    Returns
    -------
    Path
        The folder of the book.
    """
    out = (out or book.build_folder / "html").absolute()
    kept_in = _store(book, store)
    check(book, out)
    origin = book.origin()
    if kept_in and stands(book, out, Store(kept_in), origin):
        return out
    book = _settled(book)
    origin = replace(origin, record=replace(origin.record, parameters=book.shown))
    with _explained(out), ExitStack() as work:
        target = place.resolved(out)
        work.enter_context(place.claimed(target))
        folder = work.enter_context(scratch.folder())
        progress = work.enter_context(bar(book.root))
        kept = Store(kept_in or folder / "results")
        results.staged(book, folder / "source", out)
        results.run_staged(book, origin, folder, kept, workers, progress)
        made = site.make(folder / "source", folder, jobs=workers, on_page=progress.update)
        _finish(book, origin, made, kept)
        place.put(made, target)
    return out


def _store(book: Book, store: Path | str | None) -> Path | None:
    """Return where results are kept for the next build; None if they are not."""
    if store == "":
        return book.store if _writable(book.store) else None
    return Path(store) if store is not None else None


def _writable(folder: Path) -> bool:
    """Whether a folder can be written, or made: the sources may be somebody else's."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return os.access(there, os.W_OK)


def check(book: Book, out: Path) -> None:
    """See that a book can be built and put in a place.

    Raises
    ------
    InputError
        With all that is wrong: unknown parameters, inputs that are not there, a place that holds
        something else.
    """
    chapters = [notebooks.load(path) for path in notebooks.chapters(book.root) if path.is_file()]
    known = frozenset[str]().union(*map(notebooks.parameters, chapters))
    problems = [no_such("parameter", name, known) for name in book.values if name not in known]
    for name, path in book.inputs.items():
        if not (place.resolved(path).is_file() or path.is_dir()):
            problems.append(f"{name}: there is no such file or folder: {path}.")
    if problems:
        raise InputError(problems)
    parts = [
        path
        for path in book.root.iterdir()
        if path.name != BUILD and path != out and not (path / place.MARK).is_file()
    ]
    place.check_free(out, (*parts, *book.inputs.values()), disposable=book.build_folder)


def stands(book: Book, out: Path, kept: Store | None = None, origin: Origin | None = None) -> bool:
    """Whether the book stands in a place, made of the same, every file as it was made."""
    kept = kept or Store(book.store)
    try:
        return (out / place.MARK).is_file() and place.stands(
            out, (origin or book.origin()).key(kept.secret())
        )
    except OSError:
        return False


def _settled(book: Book) -> Book:
    """Return the book with parameters that checks have found, and which were not asked for."""
    for hook in book.before_building:
        book = replace(book, parameters={**(hook(book) or {}), **book.parameters})
    return book


@contextmanager
def _explained(out: Path) -> Iterator[None]:
    """Turn a full disk or a read-only folder into an error in words."""
    try:
        yield
    except OSError as error:
        said = f"The book could not be written to {out}: {reason(error)}."
        raise BuildError(said) from error


def _finish(book: Book, origin: Origin, made: Path, kept: Store) -> None:
    """Check what was made, and write down what it was made of."""
    for name, path in book.inputs.items():
        if _digests({name: path})[name] != origin.inputs[name]:
            raise BuildError(f"{path.name} was changed while the book was being built: try again.")
    (made / record.FILE).write_text(origin.record.text(), encoding="utf-8")
    for hook in book.before_placing:
        hook(made)
    place.mark(made, origin.key(kept.secret()))


def _pages_digest(root: Path) -> str:
    # What is staged, notebooks without their outputs: running them makes those anew.
    pages = notebooks.in_book(root)
    texts = [path for path in pages if path.suffix != ".ipynb"]
    shared = (
        root / "_config.yml",
        root / "_toc.yml",
        *sorted(root.glob("*.bib")),
        root / "_static",
    )
    loaded = [notebooks.sources(notebooks.load(path)) for path in notebooks.chapters(root)]
    return digest.of_texts([*map(digest.of_path, (*shared, *texts)), *loaded])
