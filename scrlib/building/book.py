"""The compendium as a book with parameters: what `parabook` is told to build it.

What is this report's own: the study in focus, what is left out of a book about other cases than the
report's, the plan of what is held back, and what chapters read and import.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import parabook
import scrlib
import tally
from parabook import notebooks, scratch
from parabook.book import Value
from parabook.stale import stale as find_stale
from scrlib import paths
from scrlib.building import other_cases
from scrlib.report import in_focus, read_dataset
from tally.data import storage

if TYPE_CHECKING:
    from parabook.kernels import Kernels
    from scrlib.disclosure import Settings
    from tally.dataset import Dataset
    from tally.solve.protect import Earlier, Protected

BUILD = paths.ROOT / "_build"
OUT = BUILD / "html"
PDF = "book.pdf"
_HOME, _LINK_TO_PDF = "intro.html", '<span id="whole-book"></span>'
_ONLINE = (
    "The online edition holds the same tables and figures for download, and shows how each number "
    "is computed."
)
_CERTIFICATE = '<span id="certificate"></span>'
_SHOW_RECORD = ("colophon",)
SUBTRACTION = (
    "These data have several studies. If a book of some of these cases has been published, name it "
    "by --earlier: otherwise numbers that this book holds back may follow by subtraction."
)
_BESIDE = (
    "Beside what came before, {} of {} counts and averages can be told. A book of the new cases "
    "alone may tell more: see “Before you publish”."
)
_TELLS = (
    "it would show something else of other cases that agree with all that may be told, so that it "
    "gives away what is held back. Show numbers by book.show, book.share or book.text only."
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
    study, suppress_below, round_to, hold_zeros, earlier
        See `build`.
    staged : list of Path
        Where the sources are, once they are staged.
    twins : dict
        The chapters about other cases that nobody should be able to tell from the true ones.
    """

    data: Path | None
    study: int | None
    suppress_below: int | None
    round_to: int | None
    hold_zeros: bool
    earlier: tuple[Path, ...]
    staged: list[Path] = field(default_factory=list)
    twins: dict[str, dict[str, Any]] = field(default_factory=dict)

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

        return disclosure.settled(
            self.dataset, self.suppress_below, self.round_to, hold_zeros=self.hold_zeros
        )

    def settle(self, book: parabook.Book) -> Mapping[str, Value]:
        """Check the dataset and what was asked for; find the study in focus."""
        _ = self.limits, self.before, other_cases.logo(self.dataset.meta, self.folder)
        several = len(self.dataset.codebook.studies) > 1
        if self.limits.suppress_below and several and not self.earlier:
            print(SUBTRACTION, file=sys.stderr)
        return {"study": in_focus(self.dataset.codebook, self.study)}

    @cached_property
    def before(self) -> tuple[Earlier, ...]:
        """What earlier books have told of these cases."""
        from scrlib import disclosure

        return tuple(disclosure.before(book, self.dataset) for book in self.earlier)

    def edit(self, source: Path) -> None:
        """Leave out what is true of the synthetic dataset only."""
        self.staged.append(source)
        if not self.dataset.synthetic:
            other_cases.about_other_cases(source, self.dataset.meta, self.folder)

    def plan(self, book: parabook.Book, folder: Path) -> Mapping[str, str]:
        """Plan what the book may tell: of all that its chapters would tell of these cases."""
        from scrlib import disclosure

        if not self.limits.active:
            return {disclosure.PLAN: ""}
        found, path = disclosure.Plan(self.limits), folder / disclosure.FILE
        if not self.limits.suppress_below:
            disclosure.write(found, path)
            return {disclosure.PLAN: str(path)}
        with scratch.folder() as notes:
            parabook.rehearsed(book, self.staged[-1], {disclosure.ASKED: str(notes)})
            asked = disclosure.asked(notes)
        protected = disclosure.planned(asked, self.dataset, self.limits, self.before)
        if self.before:
            print(_BESIDE.format(len(protected.shown), protected.asked), file=sys.stderr)
        disclosure.write(disclosure.Plan.of(protected, self.limits, len(self.before)), path)
        self._run_twin(book, protected, path)
        return {disclosure.PLAN: str(path)}

    def _run_twin(self, book: parabook.Book, protected: Protected, plan: Path) -> None:
        """Run the chapters about the dataset of the proof that is least like the true one."""
        from scrlib import disclosure

        if not protected.others or self.data is None:
            return
        with scratch.folder() as folder:
            cases = folder / self.data.name
            twin = replace(
                _least_like(protected), meta=self.dataset.meta, learning=self.dataset.learning
            )  # fmt: skip
            storage.write(twin, cases)
            about_it = replace(book, inputs={**book.inputs, "data": cases})
            told = {disclosure.PLAN: str(plan)}
            self.twins.update(parabook.rehearsed(about_it, self.staged[-1], told))

    def compare(self, chapter: Path) -> None:
        """See that a chapter shows nothing else than it would show of the twin.

        Raises
        ------
        parabook.BuildError
            With the cell that does.
        """
        if chapter.name not in self.twins or chapter.stem in _SHOW_RECORD:
            return
        ours = notebooks.load(chapter)["cells"]
        for n, (one, other) in enumerate(
            zip(ours, self.twins[chapter.name]["cells"], strict=True), 1
        ):
            if one.get("outputs") != other.get("outputs"):
                raise parabook.BuildError(f"{chapter.name}, cell {n}: {_TELLS}")

    def certify(self, pages: Path) -> None:
        """Attack the finished pages, and say on one of them what came of it.

        Raises
        ------
        parabook.BuildError
            If a number that is held back can be worked out.
        """
        if not self.limits.suppress_below:
            return
        from scrlib import disclosure, finished, intrusion

        studies = tuple(item.study for item in self.dataset.codebook.studies)
        focus, limits = in_focus(self.dataset.codebook, self.study), self.limits
        held = limits.suppress_below, disclosure.WIDTH, limits.hold_zeros
        finished.write(finished.Protection(focus, studies, *held), pages)
        found = intrusion.attack(pages, self.earlier)
        intrusion.stop_if_narrow(found)
        for page in pages.rglob("*.html"):
            _put(page, _CERTIFICATE, f"<p>{found.sentences}</p>")


def _least_like(protected: Protected) -> Dataset:
    """Return the dataset of a plan's proof in which most that would be shown is otherwise."""

    def differing(other: int) -> int:
        return sum(looks[0] != looks[other + 1] for looks in protected.looks.values())

    return protected.others[max(range(len(protected.others)), key=differing)]


def compendium(
    data: Path | None = None,
    *,
    study: int | None = None,
    suppress_below: int | None = None,
    round_to: int | None = None,
    hold_zeros: bool = False,
    earlier: Sequence[Path] = (),
    root: Path = paths.ROOT,
) -> parabook.Book:
    """Return the compendium about a dataset as a book that can be built; see `build`."""
    before = tuple(path.absolute() for path in earlier)
    edition = _Edition(data, study, suppress_below, round_to, hold_zeros, before)
    limits = {
        "suppress_below": suppress_below, "round_to": round_to, "hold_zeros": hold_zeros or None
    }  # fmt: skip
    return parabook.Book(
        root,
        parameters={} if study is None else {"study": study},
        inputs={} if data is None else {"data": data.absolute()},
        settings={name: number for name, number in limits.items() if number is not None},
        code={**_CODE, **{f"earlier/{path.name}": path for path in before}},
        files=_FILES,
        drop_tags=() if data is None else (REPORT_ONLY,),
        warm=parabook.Warm((*_LIBRARIES, *_pages()), "scrlib.book:prepare"),
        packages=_PACKAGES,
        shows_record=_SHOW_RECORD,
        before_building=(edition.settle,),
        after_staging=(edition.edit,),
        before_running=(edition.plan,),
        after_running=(edition.compare,),
        before_placing=(edition.certify,),
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
    hold_zeros: bool = False,
    earlier: Sequence[Path] = (),
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
    hold_zeros : bool
        Whether counts of none are held back with those under the limit.
    earlier : sequence of Path
        Folders of finished books of the same cases, or of some of them: what they tell and hold
        back counts for this one.
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
        data, study=study, suppress_below=suppress_below, round_to=round_to,
        hold_zeros=hold_zeros, earlier=earlier, root=root,
    )  # fmt: skip
    if pdf:
        book = replace(book, before_placing=(*book.before_placing, _print_whole))
    return parabook.make(book, out, **how)


def _print_whole(pages: Path) -> None:
    """Print finished pages as one PDF among them, and link it from the first."""
    from parabook import pdf

    pdf.write(pages, pages / PDF, _ONLINE)
    link = f'; <a href="{PDF}" download>the whole book is one PDF</a>'
    _put(pages / _HOME, _LINK_TO_PDF, link)


def _put(page: Path, place: str, text: str) -> None:
    """Put text in the place that a page keeps for it, if it keeps one."""
    whole = page.read_text(encoding="utf-8")
    if place in whole:
        page.write_text(whole.replace(place, text), encoding="utf-8")


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
