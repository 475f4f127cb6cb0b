"""The door of a chapter: a dataset, and what may be told of it.

::

    import scrlib

    book = scrlib.open(data, study)
    suspects = book.crosstab("perpetrator", "law_group", normalize="columns")
    book.show(suspects, number=7)
    private = book.share("present(domestic_abuse)", among='law_group == "private"')
    book.text("Domestic abuse was indicated in {private:share of cases}.", private=private)

`book.cases`, `children`, `parents` and `ratings` are DataFrames to explore. What reaches a page
goes through `crosstab`, `share`, `quantity`, `text` and `show`: a number that the report fixes, a
range, or a mark; on real data, what the disclosure plan allows.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from scrlib import disclosure, figures, frames, paths, rendering, sentences
from scrlib.auditing.known import Knowledge, report
from scrlib.crosstab import (
    FACTOR,
    LEVEL,
    NORMALIZE,
    TOTAL,
    Crosstab,
    Line,
    Spec,
    lines_of,
)
from scrlib.numbers import ALL, UNKNOWN_MARK, Given, Quantity, Share, both, unit_of
from scrlib.rendering import Caption, Shown
from scrlib.report import coding_frame, in_focus, load_tables, read_dataset
from scrlib.showing.prose import lower_first
from scrlib.showing.words import joined
from tally.codebook import Codebook
from tally.dataset import INVENTED, Dataset
from tally.errors import InputError, not_allowed
from tally.escape import escape_html
from tally.grid import Declared, month
from tally.interval import exactly
from tally.language import parse_condition
from tally.rounding import parse_printed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SYNTHETIC = (
    "<strong>The case records are synthetic; the numbers are the report’s.</strong> A number is "
    "shown where the report’s text fixes it. Where it does not, the page gives the range that the "
    "text allows, or nothing. The report’s charts were printed; we had its text alone."
)
TEXT_ALONE = (
    "The report printed this chart. We had its text alone, so what the text leaves open is not "
    "drawn."
)
NOT_DRAWN = (
    "*No chart is drawn: fewer than half of its numbers are known, or there is nothing to draw.*"
)


class Book:
    """A dataset, and what may be told of it.

    Parameters
    ----------
    dataset : Dataset
    focus : int
        Year of the study that the conditions call ``focus``.
    """

    def __init__(self, dataset: Dataset, focus: int) -> None:
        self.dataset, self.focus = dataset, focus
        self.given = Given(disclosure.knowledge(dataset, focus))

    def __repr__(self) -> str:
        sizes = ", ".join(
            f"{self.dataset.size(name)} {unit.plural}" for name, unit in self.codebook.units.items()
        )
        return f"<Book of {self.dataset.meta.title}: {sizes}; study in focus {self.focus}>"

    # -- to explore ------------------------------------------------------------------------------

    @property
    def codebook(self) -> Codebook:
        """The coding frame, with the studies of these data."""
        return self.dataset.codebook

    @property
    def knowledge(self) -> Knowledge:
        """What may be told of a quantity."""
        return self.given.knowledge

    @cached_property
    def cases(self) -> pd.DataFrame:
        """One row for each case, with groups, scores and ratings."""
        return frames.frame(self.dataset, "case")

    @cached_property
    def children(self) -> pd.DataFrame:
        """One row for each child, with what is logged about their case."""
        return frames.frame(self.dataset, "child")

    @cached_property
    def parents(self) -> pd.DataFrame:
        """One row for each parent, with what is logged about their case."""
        return frames.frame(self.dataset, "parent")

    @cached_property
    def ratings(self) -> pd.DataFrame:
        """One row for each case and risk factor."""
        return frames.ratings(self.dataset)

    @property
    def studies(self) -> list[int]:
        """The years that name the studies, in their order."""
        return [item.study for item in self.dataset.studies]

    @property
    def periods(self) -> dict[str, str]:
        """The studies with the months that they cover, each with its condition, as rows."""
        return {
            f"{item.study}: {month(item.first_month)} to {month(item.last_month)}":
                f"study == {item.study}"
            for item in self.dataset.studies
        }  # fmt: skip

    # -- numbers ---------------------------------------------------------------------------------

    def share(self, where: str, among: str = ALL, unit: str = "") -> Share:
        """Count the units of a base that meet a condition.

        Parameters
        ----------
        where : str
            The condition, such as ``present(neglect) and law_group == "public"``.
        among : str
            The condition of the base; every unit by default.
        unit : str
            "case", "child" or "parent", if the conditions do not show which.

        Raises
        ------
        InputError
            If a name or a code is unknown; the error has the nearest match.
        """
        unit = unit or unit_of([where, among], self.codebook)
        for text in (where, among):
            parse_condition(text, self.codebook, unit, self.focus)
        return Share(self.given, unit, where, among)

    def quantity(self, expression: str) -> Quantity:
        """Return any quantity, such as ``mean(case, total_score, study == focus)``."""
        found = Quantity(self.given, expression)
        _ = found.function
        return found

    def printed(self, *claims: str) -> list[float]:
        """Return numbers as the report prints them, by the ids of its claims, for a chart of them.

        Raises
        ------
        InputError
            If there is no such claim.
        """
        known = {claim.id: claim.printed for claim in report(coding_frame())}
        if wrong := [
            not_allowed("No such claim.", name, known) for name in claims if name not in known
        ]:
            raise InputError(wrong)
        return [self.given.give(exactly(parse_printed(known[name]).value)) for name in claims]

    def crosstab(
        self,
        rows: Spec,
        columns: Spec | None = None,
        *,
        where: str = ALL,
        normalize: str | None = None,
        subtotals: str | dict[str, str] | None = None,
        margins: bool | str = True,
        observed: bool = False,
        values: str = "",
        names: tuple[str, str] = ("", ""),
        unit: str = "",
    ) -> Crosstab:
        """Count cases, children or parents by one or two things, as `pandas.crosstab` does.

        Parameters
        ----------
        rows, columns : str, dict or list of str
            A variable or group; labels, each with its condition; or names of risk factors, which
            can be set against their "level".
        where : str
            The condition of the whole table.
        normalize : {"all", "index", "columns"}, optional
            What percentages are of; without it none are shown.
        subtotals : str or dict, optional
            A group of the rows' variable, or labels with their conditions.
        margins : bool, "rows" or "columns"
            Whether to add totals: both, or one row or one column only.
        observed : bool
            Whether to leave out rows and columns that nothing is counted in.
        values : str
            A number to average in each cell, such as ``total_score``.
        names : tuple of str
            What rows and columns are, where no variable says so.

        Raises
        ------
        InputError
            If a name is unknown; the error has the nearest match.
        """
        if normalize not in (None, *NORMALIZE):
            raise InputError(not_allowed("No such way to normalize.", normalize, NORMALIZE))
        if rows == FACTOR or (columns == LEVEL and not isinstance(rows, dict)):
            margins = False
        down = lines_of(rows, self.codebook)
        across = lines_of(columns, self.codebook) if columns else []
        conditions = [
            line.where.format(row=down[0].key) if line.where != ALL else ALL
            for line in (*down, *across)
        ]
        unit = unit or unit_of([*conditions, where], self.codebook)
        parse_condition(where, self.codebook, unit, self.focus)
        down = self._with_subtotals(down, subtotals, unit)
        total = [Line("total", TOTAL, total=True)] if margins else []
        alone = rendering.plural_of(unit, self.codebook).capitalize()
        across = [*across, *(total if margins != "rows" else [])] if columns else [Line("n", alone)]
        label = (self._name(rows, names[0]), self._name(columns or "", names[1] or "Column"))
        lines = ([*down, *(total if margins != "columns" else [])], across)
        kept = [
            tuple(line for line in side if self._counts(line, where, unit, observed))
            for side in lines
        ]
        return Crosstab(self.given, unit, kept[0], kept[1], where, label, normalize, values)

    def _name(self, spec: Spec, given: str) -> str:
        if not isinstance(spec, str) or spec in (FACTOR, LEVEL, ""):
            return given if isinstance(spec, (dict, str)) and given else "Risk factor"
        return self.codebook.label(spec) if given in ("", "Column") else given

    def _with_subtotals(
        self, rows: list[Line], subtotals: str | dict[str, str] | None, unit: str
    ) -> list[Line]:
        """Add a line under each group of rows, or at the end."""
        if subtotals is None:
            return rows
        if isinstance(subtotals, dict):
            return rows + [Line(label, label, where, True) for label, where in subtotals.items()]
        found: list[Line] = []
        for group in lines_of(subtotals, self.codebook):
            within = [
                row for row in rows if self.knowledge.possible(both(row.where, group.where), unit)
            ]
            label = f"All: {lower_first(group.label)}"
            found += within
            found += [Line(group.key, label, group.where, True)] if len(within) > 1 else []
        return found

    def _counts(self, line: Line, where: str, unit: str, observed: bool) -> bool:
        """Say whether a line stands in a table: the frame allows it and, if asked, it has cases."""
        if line.where == ALL or "{row}" in line.where:
            return True
        if not self.knowledge.possible(both(line.where, where), unit):
            return False
        return not observed or Share(self.given, unit, line.where, where).known[0].high != 0

    def largest(self, name: str, where: str = ALL) -> str:
        """Return the category with the most cases, or those that share first place, in words."""
        unit = unit_of([where, f"{name} == {name}"], self.codebook)
        found = [
            (line, Share(self.given, unit, line.where, where))
            for line in lines_of(name, self.codebook)
        ]
        if any(not share.known[0].fixed for _, share in found):
            return f"{UNKNOWN_MARK}not known"
        most = max(share.count for _, share in found)
        top = [
            (f"“{lower_first(line.label)}”", share) for line, share in found if share.count == most
        ]
        each = " each" if len(top) > 1 else ""
        return f"{joined([label for label, _ in top])} ({top[0][1]:of}{each})"

    # -- to show ---------------------------------------------------------------------------------

    def text(self, *sentences_: str, **names: object) -> None:
        """Show sentences; one whose number is not known is left out, with a note.

        Parameters
        ----------
        *sentences_ : str
            Each with the names of its numbers in braces; one that starts with "- " is an item.
        **names
            Shares, quantities and words.
        """
        markdown = sentences.told(sentences_, names, self._why)
        self._show(Shown("text", markdown))

    @property
    def _why(self) -> str:
        if self.knowledge.solved:
            return "the report’s text does not fix, or which counts nothing"
        return f"{'is held back, or which ' if self.knowledge.withhold else ''}counts nothing"

    def show(
        self,
        thing: Any,
        *,
        number: int | None = None,
        title: str = "",
        of: Crosstab | None = None,
        alt: str = "",
    ) -> None:
        """Show a cross-table, a chart or a test on the page.

        Parameters
        ----------
        thing : Crosstab, Axes, or the result of a test
        number : int, optional
            The number of the table or figure in the report.
        title : str
            What a table, chart or test shows; a table of the report has its own caption.
        of : Crosstab, optional
            For a chart: what it draws. Its text alternative is written from that.
        alt : str
            For a chart: a text alternative of your own.

        Raises
        ------
        InputError
            If a DataFrame of cases is passed, if a chart has no words, or if a chart or test holds
            a number that no table or share of this page gave out.
        """
        if isinstance(thing, Crosstab):
            self._show(rendering.table(thing, self._caption(thing, number, title)))
        elif hasattr(thing, "figure"):
            self._show(self._chart(thing, number, title, of, alt))
        elif hasattr(thing, "pvalue"):
            self._show(rendering.test(thing, title, self.given.ledger))
        else:
            raise InputError(
                f"A {type(thing).__name__} is not shown on a page: it could hold cases. "
                "Make a table of it by book.crosstab(...)."
            )

    def published(self, number: int) -> None:
        """Show a table whose numbers come from outside the cases, as the report prints them."""
        declared = self._declared(number)
        source = f"Source: the report, section {declared.section}. {escape_html(declared.external)}"
        caption = Caption(declared.caption, f"Table {number}", declared.notes, source, declared)
        self._show(rendering.published(declared, caption))

    def key_figures(self, **figures_: tuple[str, Share]) -> None:
        """Show a panel of key figures with their bases, and keep it for the home page.

        Parameters
        ----------
        **figures_
            For each, what it is and its share; one that is not known is left out.
        """
        from IPython.display import HTML
        from markdown_it import MarkdownIt
        from myst_nb import glue

        items = [
            f"<li><strong>{share:percent}</strong> {escape_html(label)} "
            f"<small>{share.ratio}</small></li>"
            for label, share in figures_.values()
        ]
        panel = "".join(item for item in items if UNKNOWN_MARK not in item)
        page = f'<ul class="scr-key-figures">{panel}</ul>'
        self._show(Shown("text", page))
        html = MarkdownIt("commonmark", {"html": True}).render(page)
        glue("home", HTML(html), display=False)  # type: ignore[no-untyped-call]

    def numbers(self) -> None:
        """Show, folded, where every number of this page's sentences comes from."""
        self._show(rendering.numbers(self.given.said))

    def notice(self) -> None:
        """Show what the data of this page are."""
        self._show(
            Shown("notice", f'<aside class="scr-notice" role="note"><p>{self._about}</p></aside>')
        )

    @property
    def _about(self) -> str:
        meta = self.dataset.meta
        about = f"Data: {escape_html(meta.title)}. Study in focus: {self.focus}."
        if self.knowledge.solved:
            return f"{SYNTHETIC} {about}"
        if self.knowledge.broken:
            number = len(self.knowledge.broken)
            return (
                f"<strong>These synthetic cases no longer agree with the report:</strong> {number} "
                f"of its printed numbers differ. Every number here is counted from them. {about}"
            )
        kind = f"<strong>{meta.kind.capitalize()}.</strong> "
        if meta.provenance == INVENTED:
            kind = f"<strong>{meta.kind.capitalize()}. Nothing here is a finding.</strong> "
        return f"{kind}{about} {disclosure.notice()}"

    def _show(self, shown: Shown) -> None:
        from IPython.display import display

        if shown.markdown.strip():
            display(shown.bundle, metadata=shown.metadata, raw=True)  # type: ignore[no-untyped-call]

    # -- captions and sources --------------------------------------------------------------------

    @cached_property
    def _tables(self) -> dict[int, Declared]:
        found = load_tables(self.codebook, self.focus).values()
        return {item.number: item for item in found}

    def _declared(self, number: int) -> Declared:
        if number not in self._tables:
            raise InputError(not_allowed("The report has no such table.", number, self._tables))
        return self._tables[number]

    def _caption(self, table: Crosstab, number: int | None, title: str) -> Caption:
        if number is None:
            return Caption(
                title or f"{table.names[0]} by {lower_first(table.names[1])}", source=self._source()
            )
        declared = self._declared(number)
        places = {"caption", "rows", *(line.key for line in (*table.rows, *table.columns))}
        notes = tuple(note for note in declared.notes if note.at in places)
        source = self._source(declared, table)
        return Caption(title or declared.caption, f"Table {number}", notes, source, declared)

    def _source(self, declared: Declared | None = None, table: Crosstab | None = None) -> str:
        """Say where the numbers of a table come from, and how many agree with the report."""
        if not (self.knowledge.covers_print and self.dataset.synthetic):
            place = f", laid out as in section {declared.section} of the report" if declared else ""
            return f"Source: {self.dataset.meta.kind}{place}."
        if declared is None or table is None:
            return (
                "Source: the report’s text."
                if self.knowledge.solved
                else "Source: altered synthetic cases."
            )
        same, printed = rendering.agreement(table, declared)
        source = f"Source: the report, section {declared.section}."
        if not printed:
            return f"{source} It does not print this table for this study."
        if same == printed:
            return f"{source} All {printed} numbers that it prints agree; others follow from them."
        agree = f"{same} of the {printed} numbers that it prints agree"
        return f"{source} {agree}: see [chapter 7](07_audit.ipynb)."

    def _chart(
        self, axes: Axes, number: int | None, title: str, of: Crosstab | None, alt: str
    ) -> Shown:
        if of is None and not alt:
            figures.close(axes)
            raise InputError(
                "This chart has no words for those who cannot see it: pass of=, the table that it "
                "draws, or alt=, words of your own."
            )
        if of is not None and (of.fixed < figures.LEAST_FIXED or not of.long["n"].any()):
            figures.close(axes)
            return Shown("text", NOT_DRAWN)
        picture = figures.finish(axes, self.given.ledger)
        source = TEXT_ALONE if number and self.knowledge.solved else self._source()
        caption = Caption(title, f"Figure {number}" if number else "", (), source)
        words = alt or f"{title}. {of.words if of else ''}."
        return rendering.chart(picture, of, words, caption)


_READ: dict[Path, Dataset] = {}


def _read(path: Path) -> Dataset:
    if path not in _READ:
        _READ.clear()
        _READ[path] = read_dataset(path)
    return _READ[path]


def open(data: str | Path = "", study: int | str | None = None) -> Book:
    """Open a dataset, and show what it is.

    Parameters
    ----------
    data : str or Path
        A folder of CSV files or a workbook; the report's own edition, whose cases are synthetic, if
        empty.
    study : int, optional
        Year of the study in focus; the newest of the dataset by default.

    Raises
    ------
    InputError
        If the dataset cannot be read, or has no such study: the error lists those that it has.
    """
    dataset = _read(Path(data) if data else paths.SYNTHETIC)
    book = Book(dataset, _year(dataset, study))
    figures.use_style()
    book.notice()
    return book


def prepare(data: str | Path = "", study: int | str | None = None) -> None:
    """Read what all chapters look up, once, for the kernels forked afterwards."""
    dataset = _read(Path(data) if data else paths.SYNTHETIC)
    knowledge = disclosure.knowledge(dataset, _year(dataset, study))
    _ = knowledge.print, knowledge.ranges, knowledge.broken


def _year(dataset: Dataset, study: int | str | None) -> int:
    text = "" if study is None else str(study).strip()
    years: Iterable[int] = (item.study for item in dataset.studies)
    if text and not text.isdecimal():
        raise InputError(not_allowed("No such study.", text, years, column="study"))
    return in_focus(dataset.codebook, int(text) if text else None)
