"""The steps of a build that are this report's own: before, between and after those of any book.

A dataset is checked and its study in focus found; what is true of other cases only is changed; what
would be told is planned; the chapters are compared with those about other cases that agree with all
that is told; the finished pages are attacked, and say what came of it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import parabook
from parabook import notebooks, scratch
from parabook.book import Value
from scrlib import paths
from scrlib.building import other_cases
from scrlib.report import in_focus, read_dataset
from tally.data import storage

if TYPE_CHECKING:
    from scrlib.disclosure import Settings
    from tally.dataset import Dataset
    from tally.solve.protect import Earlier, Protected

SHOW_RECORD = ("colophon",)
"""Chapters that show how the book was built."""
_CERTIFICATE = '<span id="certificate"></span>'
SUBTRACTION = (
    "If a book of these cases, or of some of them, has been published before (about another study, "
    "with another limit, before cases were added), name it by --earlier: otherwise numbers that "
    "this book holds back may follow by subtraction."
)
_BESIDE = (
    "Beside what came before, {} of {} counts and averages can be told. Where cases were added, a "
    "book of those alone may tell more: see “Before you publish”."
)
_TELLS = (
    "it would show something else of other cases that agree with all that may be told, so that it "
    "gives away what is held back. Show numbers by book.show, book.share or book.text only."
)


@dataclass(frozen=True, eq=False)
class Edition:
    """The steps of a build that are this report's own.

    Parameters
    ----------
    data : Path or None
        The dataset; the synthetic one if None.
    study, suppress_below, round_to, hold_zeros, earlier
        See `scrlib.building.book.compendium`.
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
        """The dataset that the book is about."""
        return read_dataset(self.data or paths.SYNTHETIC)

    @property
    def folder(self) -> Path:
        """Where the dataset lies."""
        data = self.data or paths.SYNTHETIC
        return data if data.is_dir() else data.parent

    @cached_property
    def limits(self) -> Settings:
        """What is held back of it."""
        # Its statistics take seconds to import, and a book that stands needs none.
        from scrlib import disclosure

        return disclosure.settled(
            self.dataset, self.suppress_below, self.round_to, hold_zeros=self.hold_zeros
        )

    def settle(self, book: parabook.Book) -> Mapping[str, Value]:
        """Check the dataset and what was asked for; find the study in focus."""
        _ = self.limits, self.before, other_cases.logo(self.dataset.meta, self.folder)
        if self.limits.suppress_below and not self.earlier:
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
        if chapter.name not in self.twins or chapter.stem in SHOW_RECORD:
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
            put(page, _CERTIFICATE, f"<p>{found.sentences}</p>")


def _least_like(protected: Protected) -> Dataset:
    """Return the dataset of a plan's proof in which most that would be shown is otherwise."""

    def differing(other: int) -> int:
        return sum(looks[0] != looks[other + 1] for looks in protected.looks.values())

    return protected.others[max(range(len(protected.others)), key=differing)]


def put(page: Path, place: str, text: str) -> None:
    """Put text in the place that a page keeps for it, if it keeps one."""
    whole = page.read_text(encoding="utf-8")
    if place in whole:
        page.write_text(whole.replace(place, text), encoding="utf-8")
