"""The claims of the report beside their tests, as chapter 6, its annex and *Since then* show them.

::

    claims = compare.open(book)
    claims.table()
    abuse = claims["tr16_da"]
    test = compare.two_shares(abuse.count, abuse.nobs, abuse.count2, abuse.nobs2)
    book.show(test, title="Domestic abuse beside the national review")

A part of which there is nothing to show says so in a sentence.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
from markupsafe import Markup

from scrlib.compare import associations, benchmarks, cells, comparison, forest
from scrlib.compare.associations import Association
from scrlib.compare.benchmarks import Benchmark
from scrlib.compare.outcome import Outcome
from scrlib.compare.power import detectable
from scrlib.compare.shares import two_shares
from scrlib.listing import Listing
from tally.errors import InputError, not_allowed

if TYPE_CHECKING:
    from scrlib.book import Book

NOTHING = "There is nothing to compare."


@dataclass(frozen=True, eq=False)
class Claims:
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
        return {item.claim.key: item for item in found}

    @cached_property
    def numbered(self) -> list[tuple[int, Outcome]]:
        """The claims beside national figures that are tested, numbered by their difference."""
        keys = [item.key for item in self.benchmarks if item.claimed]
        found = [self.outcomes[key] for key in keys if key in self.outcomes]
        tested = [item for item in found if item.tested]
        tested.sort(key=lambda item: -item.shown.direction)
        return list(enumerate(tested, start=1))

    def __getitem__(self, key: str | tuple[str, str]) -> Any:
        """Return the test of a claim, by its key or by its key and another reading of it.

        Its `count`, `nobs`, `count2`, `nobs2` and `deff` are there for a test of one's own: arrays
        where several agree with what is published, nan where they may not be told.

        Raises
        ------
        InputError
            If there is no such claim, or no such reading of it.
        """
        name, reading = (key, "") if isinstance(key, str) else key
        if name not in self.outcomes:
            raise InputError(not_allowed("No such claim.", name, self.outcomes))
        found = self.outcomes[name]
        readings = ["", getattr(found.claim, "also_label", "")]
        if reading not in readings:
            raise InputError(not_allowed("No such reading.", reading, readings))
        if reading not in found.readings:
            return two_shares(*[math.nan] * 4)
        test = found.readings[reading].test
        names = ("statistic", "count", "nobs", "count2", "nobs2", "deff")
        numbers = [np.ravel(getattr(test, name, 0.0)) for name in names]
        self.book.given.ledger.update(np.concatenate(numbers).tolist())
        return test

    # -- what a notebook shows ---------------------------------------------------------------------

    def table(self) -> None:
        """Show every claim beside a national figure, one line each."""
        numbers = {item.claim.key: number for number, item in self.numbered}
        quoted = [item for item in self.benchmarks if item.claimed and item.key in self.outcomes]
        quoted.sort(key=lambda item: numbers.get(item.key, math.inf))
        tested = len(self.numbered)
        rows = [cells.claim(self.outcomes[i.key], numbers.get(i.key), i, tested) for i in quoted]
        caption = "Claims beside the national review"
        self._show(Listing(caption, cells.CLAIMS, rows))

    def chart(self) -> None:
        """Draw the claims beside national figures that are tested."""
        rows = forest.rows(self.numbered)
        if not rows:
            return self.book.text(NOTHING)
        self.book.given.ledger.update(forest.marks(rows))
        title, alt = forest.title(rows), forest.alternative(rows)
        return self.book.show(forest.draw(rows), title=title, alt=alt)

    def power(self) -> None:
        """Say in one line how large a difference could have been found."""
        tests: list[Any] = [item.shown for _, item in self.numbered]
        known = [test for test in tests if test.deff == 1]
        if not known:
            return self.book.text("No comparison is tested, so there is no power to state.")
        test = min(known, key=lambda one: abs(one.count2 / one.nobs2 - 0.5))
        found = detectable(int(test.nobs), test.count2 / test.nobs2, int(test.nobs2))
        return self.book.text(found.summary())

    def every(self) -> None:
        """Show every claim with its test and verdict; the download has every number."""
        beside = {item.key for item in self.benchmarks if not item.claimed}
        rows = [cells.every(item) for key, item in self.outcomes.items() if key not in beside]
        frame = cells.frame(self.outcomes.values())
        caption, numbers = "Every claim with its test", (cells.EVERY[4],)
        self._show(Listing(caption, cells.EVERY, rows, numbers, table=frame))

    def depends(self) -> None:
        """Show how far each comparison depends on counts, definition, overlap and clustering."""
        rows = [row for _, item in self.numbered for row in cells.depends(item)]
        caption = "How far p depends on what is not known"
        self._show(Listing(caption, cells.DEPENDS, rows, (cells.DEPENDS[2],)))

    def others(self, *families: str) -> None:
        """Show national figures on which the report makes no claim, those not tested apart."""
        found = [item for item in self.benchmarks if item.family in families and not item.claimed]
        rows: dict[bool, list[cells.Cells]] = {True: [], False: []}
        for item in found:
            here = self.outcomes.get(item.key)
            rows[here is not None and here.tested].append(cells.other(item, here))
        caption = "National figures on which the report makes no claim"
        self._show(Listing(caption, cells.OTHERS, rows[True]))
        if rows[False]:
            caption = "National figures that are not tested, and why"
            self.book.show(Listing(caption, cells.OTHERS, rows[False]))

    def years(self, family: str = "notified") -> None:
        """Show a series of national figures: a line a year, a column for each definition."""
        found = [item for item in self.benchmarks if item.family == family]
        header, rows = cells.years(found, self.outcomes)
        self._show(Listing("Incidents notified, year by year", header, rows))

    def sources(self, *families: str) -> None:
        """List the sources of the national figures, with words to find each by."""
        found = [item.source.split("+") for item in self.benchmarks if item.family in families]
        used = {part for parts in found for part in parts}
        rows = [_source(row) for row in benchmarks.sources() if row["source"] in used]
        caption = "Sources of the national figures"
        self._show(Listing(caption, ("Source", "Words to look for there"), rows))

    def _show(self, table: Listing) -> None:
        self.book.show(table) if table.rows else self.book.text(NOTHING)


def _source(row: dict[str, str]) -> tuple[str, str]:
    """Return one source: where it is, and words to find the figure by."""
    address = row["address"]
    if not address:
        return "The 2017 report", row["locating"]
    link = Markup('<a href="{}">{}</a>').format(address, urlsplit(address).hostname or address)
    return link, row["locating"]


def open(book: Book) -> Claims:
    """Read the national figures and the associations, and compare when first asked."""
    return Claims(book, benchmarks.load(), associations.load())
