"""The compendium as a book with parameters: what `parabook` is told to build it.

What is this report's own: what chapters read and import, and the steps of `Edition`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import parabook
import scrlib
import tally
from parabook.stale import stale as find_stale
from scrlib import paths
from scrlib.building.edition import SHOW_RECORD, Edition, put
from scrlib.report import NEWEST

BUILD = paths.ROOT / "_build"
OUT = BUILD / "html"
PDF = "book.pdf"
_HOME, _LINK_TO_PDF = "intro.html", '<span id="whole-book"></span>'
_ONLINE = (
    "The online edition holds the same tables and figures for download, and shows how each number "
    "is computed."
)
REPORT_ONLY = "report-only"
"""Tag of cells that are about the report's own edition: a book about others drops them."""

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


def compendium(
    data: Path | None = None,
    *,
    study: int | None = None,
    suppress_below: int | None = None,
    round_to: int | None = None,
    hold_zeros: bool = False,
    earlier: Sequence[Path] = (),
    pdf: bool = False,
    root: Path = paths.ROOT,
) -> parabook.Book:
    """Return the compendium about a dataset as a book that can be built.

    Parameters
    ----------
    data : Path, optional
        Folder of CSV files or workbook; the synthetic dataset if left out.
    study : int, optional
        Year of the study in focus; the dataset's newest if left out.
    suppress_below, round_to : int, optional
        Numbers under this are held back, and counts rounded to a multiple of that; if left out, 5
        and none for observed cases, none for others. See `scrlib.disclosure`.
    hold_zeros : bool
        Whether counts of none are held back with those under the limit.
    earlier : sequence of Path
        Folders of finished books of the same cases, or of some of them: what they tell and hold
        back counts for this one.
    pdf : bool
        Whether the whole book stands among its pages as one PDF too.
    root : Path
        The book's sources.
    """
    of_the_report = data is None and study in (None, NEWEST)
    before = tuple(path.absolute() for path in earlier)
    edition = Edition(data, study, suppress_below, round_to, hold_zeros, before)
    limits = {
        "suppress_below": suppress_below, "round_to": round_to, "hold_zeros": hold_zeros or None
    }  # fmt: skip
    return parabook.Book(
        root,
        parameters={} if study is None else {"study": study},
        inputs={} if data is None else {"data": data.absolute()},
        settings={name: number for name, number in limits.items() if number is not None},
        code={**_CODE, **{f"earlier/{n}": path for n, path in enumerate(before)}},
        files=_FILES,
        drop_tags=() if of_the_report else (REPORT_ONLY,),
        warm=parabook.Warm((*_LIBRARIES, *_pages()), "scrlib.book:prepare"),
        packages=_PACKAGES,
        shows_record=SHOW_RECORD,
        before_building=(edition.settle,),
        after_staging=(edition.edit,),
        before_running=(edition.plan,),
        after_running=(edition.compare,),
        before_placing=(edition.certify, _print_whole) if pdf else (edition.certify,),
    )


def _pages() -> tuple[str, ...]:
    pages = importlib.import_module("scrlib.pages")
    return tuple(module.name for module in pkgutil.walk_packages(pages.__path__, "scrlib.pages."))


def build(
    data: Path | None = None,
    *,
    out: Path | None = None,
    store: Path | str | None = "",
    **asked: Any,
) -> Path:
    """Build the book from a dataset.

    Parameters
    ----------
    data, **asked
        See `compendium`.
    out, store
        See `parabook.make`.

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
    return parabook.make(compendium(data, **asked), out, store=store)


def _print_whole(pages: Path) -> None:
    """Print finished pages as one PDF among them, and link it from the first."""
    from parabook import pdf

    pdf.write(pages, pages / PDF, _ONLINE)
    link = f'; <a href="{PDF}" download>the whole book is one PDF</a>'
    put(pages / _HOME, _LINK_TO_PDF, link)


def refresh(root: Path = paths.ROOT) -> list[Path]:
    """Run every chapter about the synthetic dataset and keep its outputs, for committing.

    Returns
    -------
    list of Path
        The notebooks that are not as they were.
    """
    return parabook.refresh(compendium(root=root))


def stale(root: Path = paths.ROOT) -> list[Path]:
    """Return the committed chapters whose outputs are of another source, other data or code."""
    return find_stale(root, _CODE)


def stale_in_words(root: Path = paths.ROOT) -> str:
    """Return a sentence that names the stale chapters; nothing where there is none."""
    names = ", ".join(path.name for path in stale(root))
    text = "made from another source, other data or other code: run `make chapters`."
    return f"The outputs of {names} were {text}" if names else ""
