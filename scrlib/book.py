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

import re
from collections.abc import Collection, Iterable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from scrlib import crosstab, disclosure, figures, frames, paths, rendering, sentences
from scrlib.auditing.known import Knowledge, report
from scrlib.captions import Captions
from scrlib.crosstab import Crosstab
from scrlib.lines import Spec, lines_of
from scrlib.listing import Listing
from scrlib.notice import notice
from scrlib.numbers import ALL, UNKNOWN_MARK, Given, Quantity, Share, unit_of
from scrlib.report import coding_frame, in_focus, read_dataset
from scrlib.shown import Shown
from scrlib.words import joined, lower_first
from tally.codebook import Codebook
from tally.dataset import Dataset
from tally.errors import InputError, not_allowed
from tally.grid import month
from tally.interval import exactly
from tally.language import parse_condition
from tally.rounding import parse_printed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from scrlib.auditing.audit_results import Audit

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

    @cached_property
    def learning(self) -> pd.DataFrame:
        """One row for each learning point: theme, strength or shortfall, action and its level."""
        return frames.learning(self.dataset)

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
        return crosstab.build(
            self.given, rows, columns, where=where, normalize=normalize, subtotals=subtotals,
            margins=margins, observed=observed, values=values, names=names, unit=unit,
        )  # fmt: skip

    def audit(self) -> Audit:
        """Set every number that the report prints beside these cases, or against each other."""
        from scrlib.auditing import contradictions

        return contradictions.audited(self.dataset, self.focus, self.knowledge)

    def largest(self, name: str, where: str = ALL) -> str:
        """Return the category with the most cases, or those that share first place, joined by "or".

        Of one case there is no category with the most: the sentence is left out.
        """
        unit = unit_of([where, f"{name} == {name}"], self.codebook)
        found = [
            (line, Share(self.given, unit, line.where, where))
            for line in lines_of(name, self.codebook)
        ]
        if any(not share.known[0].fixed for _, share in found) or not found[0][1].nobs > 1:
            return f"{UNKNOWN_MARK}not known"
        most = max(share.count for _, share in found)
        top = [
            (f"“{lower_first(line.label)}”", share) for line, share in found if share.count == most
        ]
        each = " each" if len(top) > 1 else ""
        return f"{joined([label for label, _ in top], 'or')} ({top[0][1]:of}{each})"

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
        Shown("text", markdown).display()

    @property
    def _why(self) -> str:
        if self.knowledge.solved:
            return "a number that the report’s text does not fix, or with nothing to count"
        held = "a number that is held back, or with " if self.knowledge.withhold else ""
        return f"{held}nothing to count"

    def show(
        self,
        thing: Any,
        *,
        number: int | None = None,
        title: str = "",
        of: Crosstab | None = None,
        alt: str = "",
    ) -> None:
        """Show a table, a chart or a test on the page.

        Parameters
        ----------
        thing : Crosstab, Table, Axes, or the result of a test
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
            rendering.table(thing, self._captions.of_table(thing, number, title)).display()
        elif isinstance(thing, Listing):
            thing.shown.display()
        elif hasattr(thing, "figure"):
            self._chart(thing, number, title, of, alt).display()
        elif hasattr(thing, "pvalue"):
            strict = bool(self.knowledge.solved or self.knowledge.withhold)
            rendering.test(thing, title, self.given.ledger, strict=strict).display()
        else:
            raise InputError(
                f"A {type(thing).__name__} is not shown on a page: it could hold cases. "
                "Make a table of it by book.crosstab(...)."
            )

    def listing(
        self, frame: pd.DataFrame, title: str, *, codes: Collection[str] = (), about: str = ""
    ) -> None:
        """Show a table that is not of cases: the coding frame, themes of learning, sources.

        Parameters
        ----------
        frame : DataFrame
            Of texts; the first column names the rows.
        title : str
        codes : collection of str
            Columns that are set as code.
        about : str
            A sentence or two under the title.

        Raises
        ------
        InputError
            If it holds a variable of the cases, or the name of one: it is no table for a page.
            Where numbers are held back, also if the page has looked at cases and the table holds
            numbers that it has not given out.
        """
        if held := {*frame.columns} & {*self.codebook.variables, *self._ids}:
            names = ", ".join(sorted(held))
            raise InputError(f"A table of cases is not shown on a page: it has the column {names}.")
        if self.knowledge.withhold and (strange := self._strange(frame)):
            raise InputError(
                f"{title}: the table holds {', '.join(map(str, strange))}, which no share or table "
                "of this page gave out. Numbers of cases are shown by book.crosstab(...)."
            )
        self.show(Listing.of(frame, title, codes=codes, about=about))

    def _strange(self, frame: pd.DataFrame) -> list[float]:
        """Return numbers of a table that were not given out, on a page that has looked at cases."""
        if not self.__dict__.keys() & {"cases", "children", "parents", "ratings"}:
            return []
        found = frame.select_dtypes("number").to_numpy(dtype=float).ravel()
        return sorted({value for value in found.tolist() if value == value} - self.given.ledger)

    @property
    def _ids(self) -> set[str]:
        return {unit.id for unit in self.codebook.units.values() if unit.id}

    def published(self, number: int) -> None:
        """Show a table whose numbers come from outside the cases, as the report prints them."""
        declared = self._captions.table(number)
        rendering.published(declared, self._captions.of_published(number)).display()

    def key_figures(self, **figures_: tuple[str, Share]) -> None:
        """Show a panel of key figures with their bases, and keep it for the home page.

        Parameters
        ----------
        **figures_
            For each, what it is and its share; one that is not known is left out.
        """
        panel = rendering.key_figures(figures_.values())
        panel.display()
        panel.keep("home")

    def explore(self) -> None:
        """Show numbers by one or two things that a reader chooses, each with how it is known."""
        from scrlib import explore

        explore.page(self.knowledge).display()

    def numbers(self) -> None:
        """Show, folded, where every number of this page's sentences comes from."""
        rendering.numbers(self.given.said).display()

    @cached_property
    def _captions(self) -> Captions:
        return Captions(self.knowledge)

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
        words = alt or f"{title}. {of.words if of else ''}."
        return rendering.chart(picture, of, words, self._captions.of_chart(number, title))


PARAMETERS = ("data", "study")
_ASSIGNED = re.compile(r"^(\w+) = ", re.MULTILINE)

_read = lru_cache(maxsize=1)(read_dataset)
"""A dataset is read once, however many chapters open it."""


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
        If the dataset cannot be read, or has no such study: the error lists those that it has. If
        papermill was told a parameter that no chapter has, which it would pass over.
    """
    _check_parameters()
    dataset = _read(Path(data) if data else paths.SYNTHETIC)
    book = Book(dataset, _year(dataset, study))
    figures.use_style()
    notice(book.knowledge).display()
    return book


def prepare(data: str | Path = "", study: int | str | None = None) -> None:
    """Read what all chapters look up, once, for the kernels forked afterwards."""
    dataset = _read(Path(data) if data else paths.SYNTHETIC)
    knowledge = disclosure.knowledge(dataset, _year(dataset, study))
    _ = knowledge.print, knowledge.ranges, knowledge.broken


def _check_parameters() -> None:
    from IPython import get_ipython

    shell = get_ipython()
    cells = shell.user_ns.get("In", ()) if shell else ()
    injected = next((cell for cell in cells if cell.startswith("# Parameters\n")), "")
    wrong = set(_ASSIGNED.findall(injected)).difference(PARAMETERS)
    if wrong:
        rule = "Chapters have no such parameter."
        raise InputError([not_allowed(rule, name, PARAMETERS) for name in sorted(wrong)])


def _year(dataset: Dataset, study: int | str | None) -> int:
    text = "" if study is None else str(study).strip()
    years: Iterable[int] = (item.study for item in dataset.studies)
    if text and not text.isdecimal():
        raise InputError(not_allowed("No such study.", text, years, column="study"))
    return in_focus(dataset.codebook, int(text) if text else None)
