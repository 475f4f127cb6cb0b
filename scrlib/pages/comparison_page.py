"""Chapter 6 in parts: forest plots, tables, what weakens each result, power, associations.

::

    page = comparison_page.open(c)
    page.figure("quoted")
    page.table("quoted")

A part of which there is nothing to show says so in a sentence.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from scrlib import paths
from scrlib.compare import associating, associations, benchmarks, comparison
from scrlib.compare.associations import Association, Tested
from scrlib.compare.benchmarks import Benchmark
from scrlib.compare.compared import Comparison
from scrlib.pages import association_text, comparison_text, opened, outcomes, power_text
from scrlib.pages.chapter import Chapter
from scrlib.protecting import withheld
from scrlib.showing import forest, house, markup
from scrlib.showing.markup import Sheet
from scrlib.showing.prose import lower_first
from tally.data.storage import write_csv
from tally.escape import escape_html

CAPTIONS = {
    "quoted": "Shares that the report sets beside national figures",
    "neighbouring": "Shares beside earlier, later and neighbouring national figures",
}
_SAID = comparison_text.HEADER.index("The report's word")


@dataclass(frozen=True, eq=False)
class Page:
    """All comparisons of one chapter.

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
    def compared(self) -> tuple[Comparison, ...]:
        """The result of each comparison, p values adjusted within its family."""
        dataset, knowledge = self.chapter.dataset, self.chapter.knowledge
        ranges = opened.shares(self.benchmarks, knowledge) if dataset.synthetic else None
        held = withheld.shares(self.benchmarks, knowledge)
        return comparison.compare_all(dataset, self.benchmarks, self.chapter.focus, ranges, held)

    @cached_property
    def associated(self) -> tuple[Tested, ...]:
        """The result of each association, p values adjusted over all."""
        dataset, knowledge = self.chapter.dataset, self.chapter.knowledge
        bounds = opened.counts(self.asserted, knowledge) if dataset.synthetic else None
        held = withheld.associated(self.asserted, knowledge)
        return associating.associate_all(dataset, self.asserted, self.chapter.focus, bounds, held)

    def of(self, family: str) -> tuple[Comparison, ...]:
        """Return the comparisons of one family."""
        return tuple(item for item in self.compared if item.family == family)

    def shown(self, family: str) -> tuple[Comparison, ...]:
        """Return those of a family that have a p value or a range of p."""
        return tuple(item for item in self.of(family) if item.tested or item.open_range)

    # -- what a notebook shows ----------------------------------------------------------------

    def summary(self, family: str) -> None:
        """Say how many comparisons of a family can be tested, and what came of them."""
        found = self.of(family)
        self.chapter.show(outcomes.summary(found, "comparisons"))
        caption = f"Verdicts: {lower_first(CAPTIONS[family])}"
        name = f"comparison-{family}-verdicts"
        self._table(caption, outcomes.HEADER, outcomes.rows(found), name, (1,))

    def figure(self, family: str) -> None:
        """Draw the comparisons of a family that are tested."""
        rows = forest.rows(self.of(family))
        if not rows:
            return
        name = f"forest_{family}"
        path = self.chapter.file(f"{name}.svg")
        house.save(forest.draw(rows), path)
        self.chapter.show(
            "\n\n".join(
                (
                    f'<div class="scr-figure" id="{name.replace("_", "-")}">',
                    f"**{forest.title(rows)}**",
                    f"{CAPTIONS[family]}. Lines are 95% intervals.",
                    f"![{forest.alternative(rows)}]({self.chapter.address}/{path.name})",
                    "</div>",
                    f"Source: {self.chapter.dataset.meta.kind}; national figures from the sources "
                    "named at the end of this chapter.",
                    f"{self._numbers(family, 'Download the data of this figure')} or "
                    f"{self.chapter.link('the figure', path)}",
                )
            )
        )

    def table(self, family: str) -> None:
        """Show the comparisons of a family that are tested, and their file."""
        rows = [comparison_text.cells(item) for item in self.shown(family)]
        header: tuple[str, ...] = comparison_text.HEADER
        if all(row[_SAID] in ("none", comparison_text.NONE) for row in rows):
            header, *rows = (cells[:_SAID] + cells[_SAID + 1 :] for cells in (header, *rows))
        name = f"comparison-{family}"
        of_p = (len(header) - 2, len(header) - 1)
        self._table(CAPTIONS[family], header, rows, name, of_p, comparison_text.UNIT)
        self.chapter.show(self._numbers(family, "Download every number of these comparisons"))

    def details(self, family: str) -> None:
        """Show, folded away, what was said, what is shown and what weakens it."""
        told = [comparison_text.told(item) for item in self.shown(family)]
        if told:
            summary = "What each comparison shows, and what weakens it"
            self.chapter.show(markup.folded(summary, markup.listed(told)))

    def untested(self, family: str) -> None:
        """Show the figures that are not tested, with the reason."""
        own = [item for item in self.benchmarks if item.family == family]
        rows = comparison_text.untested(self.of(family), own)
        if not rows:
            self.chapter.show("Every figure is tested.")
        caption = f"Not tested: {lower_first(CAPTIONS[family])}"
        self._table(caption, comparison_text.UNTESTED, rows, f"comparison-{family}-untested")

    def robust(self) -> None:
        """Show how far the results depend on counts, overlap and clustering."""
        rows = [comparison_text.robust(item) for item in self.compared if item.tested]
        caption = "How far p depends on what is not known"
        self._table(caption, comparison_text.ROBUST, rows, "comparison-robust")

    def power(self) -> None:
        """Show the smallest differences that as many cases could have shown."""
        found, bases = self.of("quoted"), self.bases
        self.chapter.show(power_text.sentence(found, bases))
        rows = power_text.rows(found, bases)
        caption = "Shares that a test finds to differ four times in five, at the 5% level"
        self._table(caption, power_text.header(bases), rows, "comparison-power")

    @property
    def bases(self) -> tuple[int, ...]:
        """The number of cases, and of those of the study in focus, each once and none empty."""
        root = self.chapter.dataset.codebook.root.name
        texts = (f"count({root}, true)", f"count({root}, study == {self.chapter.focus})")
        known = [self.chapter.knowledge.of(text) for text in texts]
        return tuple(dict.fromkeys(int(item.low) for item in known if item.fixed and item.low))

    def associations(self) -> None:
        """Show the trends and associations, what weakens them, and their file."""
        found, caption = self.associated, "Trends and associations that the report describes"
        self.chapter.show(outcomes.summary(found, "associations"))
        verdicts = outcomes.rows(found)
        name = f"Verdicts: {lower_first(caption)}"
        self._table(name, outcomes.HEADER, verdicts, "association-verdicts", (1,))
        rows = [association_text.cells(item) for item in found]
        self._table(caption, association_text.HEADER, rows, "associations", (5, 6))
        path = self.chapter.file("association_tests.csv")
        write_csv(association_text.frame(found), path)
        self.chapter.show(self.chapter.link("Download every number of these tests", path))
        told = [association_text.told(item) for item in found]
        if told:
            shown = markup.listed(told)
            self.chapter.show(markup.folded("What each shows, and what weakens it", shown))

    def sources(self) -> None:
        """List the sources of the national figures, with words to find each by."""
        used = {part for item in self.benchmarks for part in item.source.split("+")}
        lines = [source_line(row) for row in _sources() if row["source"] in used]
        if lines:
            inner = "<ul>\n" + "\n".join(lines) + "\n</ul>"
            self.chapter.show(markup.folded("Sources of the national figures", inner))

    # -- parts --------------------------------------------------------------------------------

    def _numbers(self, family: str, words: str) -> str:
        """Write every number of a family of comparisons, and return a link to the file."""
        path = self.chapter.file(f"comparisons_{family}.csv")
        write_csv(comparison_text.frame(self.of(family)), path)
        return self.chapter.link(words, path)

    def _table(
        self, caption: str, header: Sequence[str], rows: Sequence[Sequence[str]], anchor: str,
        numbers: Sequence[int] = (), unit: str = "",
    ) -> None:  # fmt: skip
        """Show a table that has rows, its markers explained before it, with its download."""
        if rows:
            self.chapter.show(f"{unit} {comparison_text.key(rows)}".strip())
            self.chapter.sheet(Sheet(caption, header, rows, anchor, numbers))


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
