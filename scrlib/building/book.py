"""The compendium as a book with parameters: what `parabook` is told to build it.

What is this report's own: the study in focus, what is left out of a book about other cases than the
report's, the plan of what is held back, and what chapters read and import.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import parabook
import scrlib
import tally
from parabook.book import Value
from parabook.stale import stale as find_stale
from scrlib import paths
from scrlib.building import editions
from scrlib.report import in_focus, read_dataset

if TYPE_CHECKING:
    from parabook.kernels import Kernels
    from scrlib.disclosure import Settings
    from tally.dataset import Dataset

BUILD = paths.ROOT / "_build"
OUT = BUILD / "html"
PDF = "book.pdf"
_HOME, _LINK_TO_PDF = "intro.html", '<span id="whole-book"></span>'
_ONLINE = (
    "The online edition holds the same tables and figures for download, and shows how each number "
    "is computed."
)
REPORT_ONLY = "report-only"
"""Tag of cells that are about the report's own cases: other data drop them."""

# What chapters import, `scrlib.pages` apart.
_LIBRARIES = (
    "numpy", "pandas", "scipy.stats", "seaborn", "matplotlib.pyplot",
    "matplotlib.backends.backend_svg", "statsmodels.stats.proportion",
    "yaml", "openpyxl", "myst_nb",
)  # fmt: skip
_PACKAGES = (
    "pandas", "numpy", "scipy", "statsmodels", "matplotlib", "seaborn", "ortools",
)  # fmt: skip
_CODE = {
    "data/codebook": paths.CODEBOOK,
    "data/published": paths.PUBLISHED,
    "data/benchmarks": paths.BENCHMARKS,
    "data/synthetic": paths.SYNTHETIC,
    "scrlib": Path(scrlib.__file__).parent,
    "tally": Path(tally.__file__).parent,
}
_FILES = ("_static", "data/codebook", "data/published", "data/benchmarks", "data/synthetic")


@dataclass(frozen=True, eq=False)
class _Edition:
    """The steps of a build that are this report's own.

    Parameters
    ----------
    data : Path or None
        The dataset; the synthetic one if None.
    study, suppress_below, round_to : int or None
        See `build`.
    staged : list of Path
        Where the sources are, once they are staged.
    """

    data: Path | None
    study: int | None
    suppress_below: int | None
    round_to: int | None
    staged: list[Path] = field(default_factory=list)

    @cached_property
    def dataset(self) -> Dataset:
        return read_dataset(self.data or paths.SYNTHETIC)

    @property
    def folder(self) -> Path:
        """Where the dataset lies."""
        data = self.data or paths.SYNTHETIC
        return data if data.is_dir() else data.parent

    @cached_property
    def limits(self) -> Settings:
        # Its statistics take seconds to import, and a book that stands needs none.
        from scrlib import disclosure

        return disclosure.settled(self.dataset, self.suppress_below, self.round_to)

    def settle(self, book: parabook.Book) -> Mapping[str, Value]:
        """Check the dataset and what was asked for; find the study in focus."""
        _ = self.limits, editions.logo(self.dataset.meta, self.folder)
        return {"study": in_focus(self.dataset.codebook, self.study)}

    def edit(self, source: Path) -> None:
        """Leave out what is true of the synthetic dataset only."""
        self.staged.append(source)
        if not self.dataset.synthetic:
            editions.about_other_cases(source, self.dataset.meta, self.folder)

    def plan(self, book: parabook.Book, folder: Path) -> Mapping[str, str]:
        """Plan what the book may tell: of all that its chapters would tell of these cases."""
        from scrlib import disclosure

        if not self.limits.active:
            return {disclosure.PLAN: ""}
        found, path = disclosure.Plan(self.limits), folder / disclosure.FILE
        if self.limits.suppress_below:
            with parabook.rehearsed(book, self.staged[-1], disclosure.ASKED) as notes:
                asked = disclosure.asked(notes)
            protected = disclosure.planned(asked, self.dataset, self.limits)
            found = disclosure.Plan.of(protected, self.limits)
        disclosure.write(found, path)
        return {disclosure.PLAN: str(path)}


def compendium(
    data: Path | None = None,
    *,
    study: int | None = None,
    suppress_below: int | None = None,
    round_to: int | None = None,
    root: Path = paths.ROOT,
) -> parabook.Book:
    """Return the compendium about a dataset as a book that can be built; see `build`."""
    edition = _Edition(data, study, suppress_below, round_to)
    limits = {"suppress_below": suppress_below, "round_to": round_to}
    return parabook.Book(
        root,
        parameters={} if study is None else {"study": study},
        inputs={} if data is None else {"data": data.absolute()},
        settings={name: number for name, number in limits.items() if number is not None},
        code=_CODE,
        files=_FILES,
        drop_tags=() if data is None else (REPORT_ONLY,),
        warm=parabook.Warm((*_LIBRARIES, *_pages()), "scrlib.book:prepare"),
        packages=_PACKAGES,
        shows_record=("colophon",),
        before_building=(edition.settle,),
        after_staging=(edition.edit,),
        before_running=(edition.plan,),
    )


def _pages() -> tuple[str, ...]:
    pages = importlib.import_module("scrlib.pages")
    return tuple(module.name for module in pkgutil.walk_packages(pages.__path__, "scrlib.pages."))


def build(
    data: Path | None = None,
    *,
    study: int | None = None,
    out: Path | None = None,
    suppress_below: int | None = None,
    round_to: int | None = None,
    pdf: bool = False,
    root: Path = paths.ROOT,
    **how: Any,
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
        and none for observed cases, none for others. See `scrlib.disclosure`.
    pdf : bool
        Whether the whole book stands among its pages as one PDF too.
    root : Path
        The book's sources.
    **how
        Where results are kept, and how chapters are run: see `parabook.make`.

    Returns
    -------
    Path
        The folder of the book.

    Raises
    ------
    tally.InputError, parabook.InputError
        If the dataset, the study or the folder named is not fit; nothing has been written.
    parabook.BuildError
        If a chapter fails, a page gives a warning, or nothing can be written; the earlier book
        stands as it was.
    """
    book = compendium(
        data, study=study, suppress_below=suppress_below, round_to=round_to, root=root
    )
    if pdf:
        book = replace(book, before_placing=(*book.before_placing, _print_whole))
    return parabook.make(book, out, **how)


def _print_whole(pages: Path) -> None:
    """Print finished pages as one PDF among them, and link it from the first."""
    from parabook import pdf

    pdf.write(pages, pages / PDF, _ONLINE)
    home = pages / _HOME
    link = f'; <a href="{PDF}" download>the whole book is one PDF</a>'
    text = home.read_text(encoding="utf-8")
    home.write_text(text.replace(_LINK_TO_PDF, link), encoding="utf-8")


def refresh(
    root: Path = paths.ROOT, *, kernels: Kernels | None = None, progress: bool | None = None
) -> list[Path]:
    """Run every chapter about the synthetic dataset and keep its outputs, for committing.

    Returns
    -------
    list of Path
        The notebooks that are not as they were.
    """
    return parabook.refresh(compendium(root=root), kernels=kernels, progress=progress)


def stale(root: Path = paths.ROOT) -> list[Path]:
    """Return the committed chapters whose outputs are of another source, other data or code."""
    return find_stale(root, _CODE)


def stale_in_words(root: Path = paths.ROOT) -> str:
    """Return a sentence that names the stale chapters; nothing where there is none."""
    names = ", ".join(path.name for path in stale(root))
    text = "made from another source, other data or other code: run `make chapters`."
    return f"The outputs of {names} were {text}" if names else ""
