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
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

from IPython.display import HTML, Markdown, display

from scrlib import disclosure, paths
from scrlib.auditing.known import Knowledge
from scrlib.pages import links
from scrlib.report import in_focus, load_tables, read_dataset
from scrlib.showing import display as tables
from scrlib.showing import figures
from scrlib.showing.markup import Sheet
from scrlib.showing.narrative import Narrator
from scrlib.showing.view import told, view
from tally.data import storage
from tally.dataset import INVENTED, Dataset
from tally.errors import InputError, not_allowed
from tally.grid import Declared

AUDIT = "07_audit.ipynb"
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
        return disclosure.knowledge(self.dataset, self.focus)

    @cached_property
    def narrator(self) -> Narrator:
        """Writes the prose."""
        names = {
            "table": partial(links.table, chapter=self.name),
            "figure": partial(links.figure, chapter=self.name),
        }
        return Narrator(self.knowledge, names)

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
        self.show(tables.markdown(seen, self.folder, self.address, AUDIT))

    def figure(self, number: int) -> None:
        """Show one of the report's figures, with its values as a table, and downloads."""
        if number not in self.figures:
            raise InputError(not_allowed("No such figure.", number, self.figures))
        found, narrator = self.figures[number], self.narrator
        self.show(figures.markdown(found, self.knowledge, narrator, self.folder, self.address))

    def listing(
        self, caption: str, header: Sequence[str], rows: Sequence[Sequence[str]], name: str,
        numbers: Sequence[int] = (), codes: Sequence[int] = (),
    ) -> None:  # fmt: skip
        """Show a table that is not one of the report's, and offer it as CSV.

        Parameters
        ----------
        caption, header, rows, numbers, codes
            As for `scrlib.showing.markup.Sheet`.
        name : str
            Name of the file without its ending; the page links to the table by it.
        """
        anchor = f"table-{name.lower().replace('_', '-')}"
        self.sheet(Sheet(caption, header, rows, anchor, numbers, codes), name)

    def sheet(self, sheet: Sheet, name: str = "") -> None:
        """Show a table with its download, which is named as its anchor unless otherwise told."""
        path = self.file(f"{name or sheet.anchor.replace('-', '_')}.csv")
        storage.write_csv(sheet.frame, path)
        self.show(f"{sheet.html}\n\n{self.link('Download this table', path)}")

    def file(self, name: str) -> Path:
        """Return where a download of the chapter is to be written."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / name

    def link(self, words: str, path: Path) -> str:
        """Return a link to a download that has been written, with its size and kind."""
        kind = path.suffix[1:].upper()
        return f"[{words} ({tables.file_size(path)} {kind})]({self.address}/{path.name})"

    def downloads(self) -> None:
        """Offer every table in one workbook, and in one zip of CSV files."""
        from scrlib.showing.downloads import write_workbook, write_zip

        every = [told(view(item, self.knowledge)) for item in self.declared.values()]
        workbook, archive = self.file("tables.xlsx"), self.file("tables.zip")
        write_workbook(every, self.dataset, workbook)
        write_zip(every, self.dataset, archive)
        first = self.link("Download every table as a workbook", workbook)
        self.show(f"- {first}\n- {self.link('Download every table as CSV files', archive)}")

    def notice(self) -> None:
        """Say at the head of a page what its data are."""
        about = self.narrator.write(
            "Data: {{ title }}, {{ period() }}. Study in focus: {{ study }}."
        )
        text = f"<strong>Synthetic data.</strong> {NOTICE} " if self.dataset.synthetic else ""
        if self.dataset.meta.provenance == INVENTED:
            kind = self.dataset.meta.kind.capitalize()
            text = f"<strong>{kind}. Nothing here is a finding.</strong> "
        if not self.dataset.synthetic:
            about += f" {disclosure.notice()}"
        self.show(f'<aside class="scr-notice" role="note"><p>{text}{about}</p></aside>')

    def show(self, markdown: str) -> None:
        """Show Markdown, which becomes part of the page."""
        if markdown.strip():
            display(Markdown(markdown))  # type: ignore[no-untyped-call]


@lru_cache(maxsize=2)
def _read(path: Path) -> Dataset:
    return read_dataset(path)


def prepare(data: str | Path = "", study: int | str | None = None) -> None:
    """Read what all chapters about a dataset look up, once, for the kernels forked afterwards."""
    dataset = _read(Path(data) if data else paths.SYNTHETIC)
    knowledge = disclosure.knowledge(dataset, _year(dataset, study))
    _ = knowledge.print, knowledge.ranges, links.sections()


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
