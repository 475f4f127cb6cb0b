"""What a notebook of the book calls: open a chapter, then say, tabulate and draw.

::

    from scrlib.pages import chapter
    c = chapter.open("03_study_2017", data, study)
    c.say("The study covers {count(case, study == focus) | submission/submissions}.")
    c.table(5)
    c.figure(3)

`data` is a folder of CSV files or a workbook, "" for the synthetic dataset; `study` is the year of
the study in focus. Downloads are written to `_outputs/<chapter>/` beside the notebook, or to the
folder that the environment variable SCR_OUTPUTS names.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.display import HTML, Markdown, display

from scrlib import paths
from scrlib.auditing.known import Knowledge
from scrlib.counting.published import in_focus, load_tables
from scrlib.counting.tables import Declared
from scrlib.data import storage
from scrlib.data.dataset import INVENTED, Dataset
from scrlib.errors import InputError, not_allowed
from scrlib.frame import codebook as frame
from scrlib.showing import display as tables
from scrlib.showing import figures, telling
from scrlib.showing.narrative import Narrator
from scrlib.showing.view import told, view

AUDIT = "07_audit"
# The chapter that retells each section of the report, by the section's first digit.
CHAPTERS = {
    "1": "01_introduction", "2": "02_methodology", "3": "03_study_2017", "4": "04_learning",
    "5": "05_all_cases",
}  # fmt: skip
NOTICE = (
    "The cases behind this page are not real. They were solved so that they agree with the printed "
    "report. A number shown alone is fixed by what the report prints; a range, such as “between 3 "
    "and 9”, holds every value that agrees with print. Neither is a record of a real child."
)


@dataclass(frozen=True, eq=False)
class Chapter:
    """One chapter about one dataset, with one study in focus.

    Parameters
    ----------
    name : str
        Name of the notebook without its ending.
    dataset : Dataset
    focus : int
        Year of the study in focus.
    """

    name: str
    dataset: Dataset
    focus: int

    @cached_property
    def knowledge(self) -> Knowledge:
        """What may be told of the numbers of the dataset."""
        return telling.knowledge(self.dataset, self.focus)

    @cached_property
    def narrator(self) -> Narrator:
        """Writes the prose."""
        links = {"table": self.table_link, "figure": self.figure_link}
        return Narrator(self.knowledge, links)

    @cached_property
    def declared(self) -> dict[int, Declared]:
        """The report's tables by number."""
        found = load_tables(self.dataset.codebook, self.focus).values()
        return {item.number: item for item in found}

    @cached_property
    def figures(self) -> dict[int, figures.Figure]:
        """The report's figures by number."""
        return figures.load(self.dataset.codebook, self.focus)

    @property
    def folder(self) -> Path:
        """Where the chapter's downloads are written."""
        return Path(os.environ.get("SCR_OUTPUTS") or "_outputs") / self.name

    @property
    def address(self) -> str:
        """The folder of downloads as the page links to it."""
        return f"_outputs/{self.name}"

    # -- what a notebook shows ----------------------------------------------------------------

    def say(self, text: str, **names: Any) -> None:
        """Show prose with its numbers filled in: see `scrlib.showing.narrative`.

        Parameters
        ----------
        text : str
            Markdown with quantities in braces.
        **names
            Further names that the text uses.
        """
        self.show(self.narrator.tell(text, **names))

    def keep(self, key: str, text: str) -> None:
        """Keep prose under a name, for a page that is not run, such as the home page.

        Parameters
        ----------
        key : str
            The name by which a ``glue`` directive shows it.
        text : str
            As for `say`, but in plain Markdown: roles of MyST mean nothing here.
        """
        from markdown_it import MarkdownIt
        from myst_nb import glue

        html = MarkdownIt("commonmark", {"html": True}).render(self.narrator.tell(text))
        glue(key, HTML(html), display=False)  # type: ignore[no-untyped-call]

    def table(self, number: int) -> None:
        """Show one of the report's tables, with its notes, source and download."""
        if number not in self.declared:
            raise InputError(not_allowed("No such table.", number, self.declared))
        seen = view(self.declared[number], self.knowledge)
        audit = f"{AUDIT}.ipynb"
        self.show(tables.markdown(seen, self.folder, self.address, audit))

    def figure(self, number: int) -> None:
        """Show one of the report's figures, with its values as a table, and downloads."""
        if number not in self.figures:
            raise InputError(not_allowed("No such figure.", number, self.figures))
        found, narrator = self.figures[number], self.narrator
        self.show(figures.markdown(found, self.knowledge, narrator, self.folder, self.address))

    def listing(
        self, caption: str, header: Sequence[str], rows: Sequence[Sequence[str]],
        name: str = "", numbers: Sequence[int] = (),
    ) -> None:  # fmt: skip
        """Show a table that is not one of the report's and, if it is named, offer it as CSV.

        Parameters
        ----------
        caption, header, rows
            Plain text; the first cell of each row is its header.
        name : str
            Name of the file without its ending; none is written if empty.
        numbers : sequence of int
            Places of the columns that hold numbers, the first being 0.
        """
        anchor = f"table-{(name or caption).lower().replace(' ', '-').replace('_', '-')}"
        found = tables.listing(caption, header, rows, anchor=anchor, numbers=numbers)
        if name:
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / f"{name}.csv"
            storage.write_csv(pd.DataFrame(rows, columns=list(header)), path)
            size = tables.file_size(path)
            found += f"\n\n[Download this table ({size} CSV)]({self.address}/{path.name})"
        self.show(found)

    def downloads(self) -> None:
        """Offer every table in one workbook, and in one zip of CSV files."""
        from scrlib.showing.downloads import write_workbook, write_zip

        every = [told(view(item, self.knowledge)) for item in self.declared.values()]
        self.folder.mkdir(parents=True, exist_ok=True)
        parts = []
        for name, kind, write in (
            ("tables.xlsx", "workbook", write_workbook),
            ("tables.zip", "CSV files, zipped", write_zip),
        ):
            write(every, self.dataset, self.folder / name)
            size = tables.file_size(self.folder / name)
            parts.append(f"- [Every table ({size}, {kind})]({self.address}/{name})")
        self.show("\n".join(parts))

    def notice(self) -> None:
        """Say at the head of a page what its data are."""
        about = self.narrator.write(
            "Data: {{ title }}, {{ period() }}. Study in focus: {{ focus }}."
        )
        text = f"<strong>Synthetic data.</strong> {NOTICE} " if self.dataset.synthetic else ""
        if self.dataset.meta.provenance == INVENTED:
            kind = self.dataset.meta.kind.capitalize()
            text = f"<strong>{kind}. Nothing here is a finding.</strong> "
        if plan := telling.current(self.dataset):
            about += f" {telling.notice(plan.settings)}"
        self.show(f'<aside class="scr-notice" role="note"><p>{text}{about}</p></aside>')

    def show(self, markdown: str) -> None:
        """Show Markdown, which becomes part of the page."""
        if markdown.strip():
            display(Markdown(markdown))  # type: ignore[no-untyped-call]

    # -- links --------------------------------------------------------------------------------

    def table_link(self, number: int) -> str:
        """Return a link to one of the report's tables, in this chapter or another."""
        return self._link(f"Table {number}", _section("table", number), f"table-{number:02d}")

    def figure_link(self, number: int) -> str:
        """Return a link to one of the report's figures, in this chapter or another."""
        return self._link(f"Figure {number}", _section("figure", number), f"figure-{number}")

    def _link(self, text: str, section: str, anchor: str) -> str:
        chapter = CHAPTERS[section[0]]
        page = "" if chapter == self.name else f"{chapter}.html"
        return f'<a href="{page}#{anchor}">{text}</a>'


@lru_cache(maxsize=1)
def _sections() -> dict[tuple[str, int], str]:
    """Return the section of the report in which each table and figure stands."""
    book = frame.load()
    found = {("table", item.number): item.section for item in load_tables(book).values()}
    drawn = figures.load(book, book.studies[-1].study)
    return found | {("figure", number): item.grid.section for number, item in drawn.items()}


def _section(kind: str, number: int) -> str:
    known = _sections()
    if (kind, number) not in known:
        numbers = [item for name, item in known if name == kind]
        raise InputError(not_allowed(f"No such {kind}.", number, numbers))
    return known[kind, number]


@lru_cache(maxsize=2)
def _read(path: Path) -> Dataset:
    return storage.read(path)


def prepare(data: str | Path = "", study: int | str | None = None) -> None:
    """Read what all chapters about a dataset look up, once, for the kernels forked afterwards."""
    dataset = _read(Path(data) if data else paths.SYNTHETIC)
    knowledge = telling.knowledge(dataset, _year(dataset, study))
    _ = knowledge.print, knowledge.ranges, _sections()


def open(name: str, data: str | Path = "", study: int | str | None = None) -> Chapter:
    """Open a chapter and show what its data are.

    Parameters
    ----------
    name : str
        Name of the notebook without its ending, such as "03_study_2017".
    data : str or Path
        A dataset: folder of CSV files or workbook. The synthetic one if empty.
    study : int, optional
        Year of the study in focus; the newest of the dataset if None.

    Raises
    ------
    InputError
        If the dataset cannot be read, or has no such study: the error lists those that it has.
    """
    dataset = _read(Path(data) if data else paths.SYNTHETIC)
    found = Chapter(name, dataset, _year(dataset, study))
    found.notice()
    return found


def _year(dataset: Dataset, study: int | str | None) -> int:
    text = "" if study is None else str(study).strip()
    if text and not text.isdecimal():
        years = [item.study for item in dataset.studies]
        raise InputError(not_allowed("No such study.", text, years, column="study"))
    return in_focus(dataset.codebook, int(text) if text else None)
