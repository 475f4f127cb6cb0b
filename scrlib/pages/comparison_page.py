"""Chapter 6, its annex and *Since then*: tables of outcomes, the forest plot, counts for tests.

::

    page = comparison_page.open(c)
    page.claims()
    abuse = page.line("tr16_da")
    compare.two_shares(abuse.count, abuse.nobs, abuse.count2, abuse.nobs2)

A part of which there is nothing to show says so in a sentence.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from scrlib import paths
from scrlib.compare import associations, benchmarks, comparison, outcome
from scrlib.compare.associations import Association
from scrlib.compare.benchmarks import Benchmark
from scrlib.compare.outcome import Outcome
from scrlib.compare.shares import TwoShares
from scrlib.pages import comparison_text as cells
from scrlib.pages.chapter import Chapter
from scrlib.showing import forest, house, markup
from scrlib.showing.markup import Sheet
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
    chapter : Chapter
    benchmarks : tuple of Benchmark
        National figures; may be none.
    asserted : tuple of Association
        Trends and associations; may be none.
    """

    chapter: Chapter
    benchmarks: tuple[Benchmark, ...]
    asserted: tuple[Association, ...]

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """What came of each figure with a share to set beside it, and of each association."""
        found = comparison.examine(self.chapter.knowledge, self.benchmarks, self.asserted)
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
            If there is no such claim, or no such reading of one that is tested.
        """
        if key not in self.outcomes:
            raise InputError(not_allowed("No such claim.", key, self.outcomes))
        readings = self.outcomes[key].readings
        if readings and reading not in readings:
            raise InputError(not_allowed("No such reading.", reading, readings))
        tests = [run.test for run in readings.get(reading, ())]
        shares = [test for test in tests if isinstance(test, TwoShares)]
        names = ("count", "nobs", "count2", "nobs2", "deff")
        return Line(*(_together([getattr(test, name) for test in shares]) for name in names))

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
            return
        path = self.chapter.file("forest.svg")
        house.save(forest.draw(rows), path)
        self.chapter.show(
            "\n\n".join(
                (
                    '<div class="scr-figure" id="forest">',
                    f"**{forest.title(rows)}**",
                    "Each line is a 95% interval; where several counts agree with the report, of "
                    "those that make a difference hardest to show.",
                    f"![{forest.alternative(rows)}]({self.chapter.address}/{path.name})",
                    "</div>",
                    self.chapter.link("Download the figure", path),
                )
            )
        )

    def power(self) -> None:
        """Say in one sentence how large a difference could have been found."""
        root = self.chapter.dataset.codebook.root.name
        known = self.chapter.knowledge.of(f"count({root}, true)")
        cases = int(known.low) if known.fixed and known.low is not None else 0
        keys = {item.key for _, item in self.numbered}
        self.chapter.show(cells.power(cases, [i for i in self.benchmarks if i.key in keys]))

    def every(self) -> None:
        """Show every claim with its test and verdict, and offer every number as a file."""
        families = {item.key: item.family for item in self.benchmarks}
        keys = [key for key in self.outcomes if families.get(key, "quoted") == "quoted"]
        found = [self.outcomes[key] for key in keys]
        rows = [cells.every(item) for item in found]
        self._table("Every claim with its test", cells.EVERY, rows, "comparison-every", (4,))
        path = self.chapter.file("tests.csv")
        write_csv(cells.frame(self.outcomes.values()), path)
        self.chapter.show(self.chapter.link("Download every number of every test", path))

    def verdicts(self) -> None:
        """Explain the verdicts that are given."""
        given = {item.verdict for item in self.outcomes.values()}
        told = [(name.capitalize(), (text,)) for name, text in outcome.MEANING.items()]
        shown = [item for item in told if item[0].lower() in given]
        self.chapter.show(markup.listed(shown) if shown else NOTHING)

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
            self.chapter.show(markup.folded("Sources of the national figures", inner))

    # -- parts --------------------------------------------------------------------------------

    def _table(
        self, caption: str, header: Sequence[str], rows: Sequence[Sequence[str]], anchor: str,
        numbers: Sequence[int] = (),
    ) -> None:  # fmt: skip
        if not rows:
            return self.chapter.show(NOTHING)
        return self.chapter.sheet(Sheet(caption, header, rows, anchor, numbers))


def _together(values: list[float]) -> Any:
    """Return one number if all are alike, nan if there are none, else all of them."""
    found = np.array(values or [math.nan])
    return found[0] if (found == found[0]).all() or len(found) == 1 else found


def open(chapter: Chapter) -> Page:
    """Read the national figures and the associations, and compare when first asked."""
    return Page(chapter, benchmarks.load(), associations.load())


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
