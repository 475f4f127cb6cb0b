"""Chapter 6, its annex and *Since then*: tables of outcomes, the forest plot, counts for tests.

::

    page = comparison_page.open(book)
    page.claims()
    abuse = page.line("tr16_da")
    test = compare.two_shares(abuse.count, abuse.nobs, abuse.count2, abuse.nobs2)
    book.show(test, title="Domestic abuse beside the national review")

A part of which there is nothing to show says so in a sentence.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from scrlib import paths
from scrlib.book import Book
from scrlib.compare import associations, benchmarks, comparison, outcome
from scrlib.compare.associations import Association
from scrlib.compare.benchmarks import Benchmark
from scrlib.compare.outcome import Outcome
from scrlib.compare.shares import TwoShares
from scrlib.pages import comparison_text as cells
from scrlib.showing import forest, markup
from scrlib.showing.markup import Sheet
from scrlib.shown import Shown
from tally.data.storage import write_csv
from tally.errors import InputError, not_allowed
from tally.escape import escape_html

NOTHING = "There is nothing to compare."


@dataclass(frozen=True, slots=True)
class Line:
    """The counts of one claim, for a test of one's own; nan where they may not be told.

    Parameters
    ----------
    count, nobs, count2, nobs2, deff : float or array
        As `scrlib.compare.two_shares` takes them: arrays where several agree with what is
        published.
    """

    count: Any
    nobs: Any
    count2: Any
    nobs2: Any
    deff: Any = 1.0


@dataclass(frozen=True, eq=False)
class Page:
    """All claims of the report, and the national figures beside which they stand.

    Parameters
    ----------
    book : Book
    benchmarks : tuple of Benchmark
        National figures; may be none.
    asserted : tuple of Association
        Trends and associations; may be none.
    """

    book: Book
    benchmarks: tuple[Benchmark, ...]
    asserted: tuple[Association, ...]

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """What came of each figure with a share to set beside it, and of each association."""
        found = comparison.examine(self.book.knowledge, self.benchmarks, self.asserted)
        return {item.key: item for item in found}

    @cached_property
    def numbered(self) -> list[tuple[int, Outcome]]:
        """The claims beside national figures that are tested, numbered by their difference."""
        found = [
            self.outcomes[item.key]
            for item in self.benchmarks
            if item.claimed and self.outcomes.get(item.key) and self.outcomes[item.key].tested
        ]
        found.sort(key=lambda item: -item.shown.test.direction)
        return list(enumerate(found, start=1))

    @property
    def tested(self) -> int:
        """How many claims are tested, over which p values are adjusted."""
        return sum(item.claimed and item.tested for item in self.outcomes.values())

    def line(self, key: str, reading: str = "") -> Line:
        """Return the counts of one claim.

        Parameters
        ----------
        key : str
            Of a benchmark or an association of two shares.
        reading : str
            Which reading of our share: the report's own, or another by its label.

        Raises
        ------
        InputError
            If there is no such claim, or no such reading of it.
        """
        if key not in self.outcomes:
            raise InputError(not_allowed("No such claim.", key, self.outcomes))
        readings = self.outcomes[key].readings
        labels = {"": "", **{item.also_label: "" for item in self.benchmarks if item.key == key}}
        if reading not in labels:
            raise InputError(not_allowed("No such reading.", reading, labels))
        tests = [run.test for run in readings.get(reading, ())]
        shares = [test for test in tests if isinstance(test, TwoShares)]
        names = ("count", "nobs", "count2", "nobs2", "deff")
        numbers = [[float(getattr(test, name)) for test in shares] for name in names]
        self.book.given.ledger.update(value for part in numbers for value in part)
        return Line(*map(_together, numbers))

    # -- what a notebook shows ----------------------------------------------------------------

    def claims(self) -> None:
        """Show every claim beside a national figure, one line each."""
        figures = {item.key: item for item in self.benchmarks}
        quoted = [item for item in self.benchmarks if item.claimed and item.key in self.outcomes]
        numbers = {item.key: number for number, item in self.numbered}
        quoted.sort(key=lambda item: numbers.get(item.key, math.inf))
        rows = [
            cells.claim(self.outcomes[i.key], numbers.get(i.key), figures[i.key], self.tested)
            for i in quoted
        ]
        self._table("Claims beside the national review", cells.CLAIMS, rows, "comparison-claims")

    def figure(self) -> None:
        """Draw the claims beside national figures that are tested."""
        rows = forest.rows(self.numbered)
        if not rows:
            return show(NOTHING)
        self.book.given.ledger.update(forest.marks(rows))
        title = forest.title(rows)
        return self.book.show(forest.draw(rows), title=title, alt=forest.alternative(rows))

    def power(self) -> None:
        """Say in one sentence how large a difference could have been found."""
        root = self.book.dataset.codebook.root.name
        known = self.book.knowledge.of(f"count({root}, true)")
        cases = int(known.low) if known.fixed and known.low is not None else 0
        keys = {item.key for _, item in self.numbered}
        show(cells.power(cases, [i for i in self.benchmarks if i.key in keys]))

    def every(self) -> None:
        """Show every claim with its test and verdict, and offer every number as a file."""
        beside = {item.key for item in self.benchmarks if not item.claimed}
        rows = [cells.every(item) for key, item in self.outcomes.items() if key not in beside]
        self._table("Every claim with its test", cells.EVERY, rows, "comparison-every", (4,))
        frame = cells.frame(self.outcomes.values())
        show(
            f"The download has every number of the {len(frame)} tests and of what is not tested.",
            Sheet("Every number of every test", (), (), "comparison-tests"), frame,
        )  # fmt: skip

    def verdicts(self) -> None:
        """Explain the verdicts that are given."""
        given = {item.verdict for item in self.outcomes.values()}
        told = [(name.capitalize(), (text,)) for name, text in outcome.MEANING.items()]
        shown = [item for item in told if item[0].lower() in given]
        show(markup.listed(shown) if shown else NOTHING)

    def depends(self) -> None:
        """Show how far each comparison depends on counts, definition, overlap and clustering."""
        rows = [row for _, item in self.numbered for row in cells.depends(item)]
        caption = "How far p depends on what is not known"
        self._table(caption, cells.DEPENDS, rows, "comparison-depends", (2,))

    def others(self, *families: str) -> None:
        """Show the national figures of some families on which the report makes no claim."""
        rows = [
            cells.other(item, self.outcomes.get(item.key))
            for item in self.benchmarks
            if item.family in families and not item.claimed
        ]
        caption = "National figures on which the report makes no claim"
        self._table(caption, cells.OTHERS, rows, f"comparison-{families[-1]}")

    def sources(self, *families: str) -> None:
        """List the sources of the national figures, with words to find each by."""
        used = {
            part
            for item in self.benchmarks
            if item.family in families
            for part in item.source.split("+")
        }
        lines = [source_line(row) for row in _sources() if row["source"] in used]
        if lines:
            inner = "<ul>\n" + "\n".join(lines) + "\n</ul>"
            show(markup.folded("Sources of the national figures", inner))

    def _table(
        self, caption: str, header: Sequence[str], rows: Sequence[Sequence[str]], anchor: str,
        numbers: Sequence[int] = (),
    ) -> None:  # fmt: skip
        if not rows:
            return show(NOTHING)
        sheet = Sheet(caption, header, rows, anchor, numbers)
        return show(sheet.html, sheet, sheet.frame)


def show(markdown: str, sheet: Sheet | None = None, frame: pd.DataFrame | None = None) -> None:
    """Show Markdown, with a frame to download if there is one."""
    from IPython.display import display

    shown = Shown("text", markdown)
    if sheet is not None and frame is not None:
        write_csv(frame, stream := io.StringIO())
        name = sheet.anchor.replace("-", "_")
        shown = Shown("table", markdown, name, sheet.caption, stream.getvalue())
    display(shown.bundle, metadata=shown.metadata, raw=True)  # type: ignore[no-untyped-call]


def _together(values: list[float]) -> Any:
    """Return one number if all are alike, nan if there are none, else all of them."""
    found = np.array(values or [math.nan])
    return found[0] if (found == found[0]).all() or len(found) == 1 else found


def open(book: Book) -> Page:
    """Read the national figures and the associations, and compare when first asked."""
    return Page(book, benchmarks.load(), associations.load())


def _sources() -> list[dict[str, str]]:
    with (paths.BENCHMARKS / "sources.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def source_line(row: dict[str, str]) -> str:
    """Return one source as an item of a list: where it is, and words to find the figure by."""
    words, address = escape_html(row["locating"]), row["address"]
    if address:
        host = escape_html(urlsplit(address).hostname or address)
        words = f'<a href="{escape_html(address)}">{host}</a>, at the words “…{words}…”'
    return f"<li><strong>{escape_html(row['source'])}</strong>: {words}</li>"
