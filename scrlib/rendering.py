"""Cross-tables, tests and charts as a page shows them: captions, notes, marks, and downloads."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from scrlib import finished
from scrlib.crosstab import Crosstab, cell_text
from scrlib.lines import Line
from scrlib.listing import Listing
from scrlib.numbers import UNKNOWN_MARK, Share, plural_of
from scrlib.shown import LEFT, RIGHT, Shown, csv_of, foot, region, slug
from scrlib.words import lower_first
from tally.errors import InputError
from tally.escape import escape_html
from tally.grid import Declared, Note
from tally.interval import Known
from tally.rounding import parse_printed

DATA = "these data"
NUMBERS = "Where the numbers in these sentences come from"
MARKERS = {
    "[x]": "not known: the report’s text does not fix this number, and no range was worked out",
    "[z]": "not applicable: there is nothing to count or to average",
    "[c]": "held back: a small number, or one from which a small one could be worked out",
}


@dataclass(frozen=True, slots=True)
class Caption:
    """What stands around a table or chart.

    Parameters
    ----------
    title : str
        What it is; for a table of the report, its caption.
    name : str
        What it is called, such as "Table 7", or an empty string.
    notes : tuple of Note
        Notes to the caption, to rows and to columns.
    source : str
        Where the numbers come from.
    """

    title: str
    name: str = ""
    notes: tuple[Note, ...] = ()
    source: str = ""

    @property
    def file(self) -> str:
        """Name of the download, without its ending."""
        return slug(self.name or self.title)

    def refs(self, *places: str) -> str:
        """Return the numbers of the notes about a place, raised."""
        numbers = [str(n) for n, note in enumerate(self.notes, 1) if note.at in places]
        return f"&nbsp;<sup>{', '.join(numbers)}</sup>" if numbers else ""

    @property
    def foot(self) -> str:
        """The notes and the source."""
        told = [f"<sup>{n}</sup> {escape_html(note.text)}" for n, note in enumerate(self.notes, 1)]
        return "<br>".join([*told, *([self.source] if self.source else [])])


def table(crosstab: Crosstab, caption: Caption) -> Shown:
    """Return a cross-table with its caption, notes and download."""
    rows = [
        [cell_text(crosstab, row, column) for column in crosstab.columns] for row in crosstab.rows
    ]
    heads = [crosstab.names[0], *(column.label for column in crosstab.columns)]
    places = ["rows", *(column.key for column in crosstab.columns)]
    head = _head(heads, map(caption.refs, places))
    body = "\n".join(
        _row(line, cells, crosstab, caption)
        for line, cells in zip(crosstab.rows, rows, strict=True)
    )
    title = f"<strong>{escape_html(caption.title)}</strong>{caption.refs('caption')}"
    heading = f"<caption {LEFT}>{title}<br>{escape_html(unit(crosstab))}</caption>"
    box = region(caption.name or caption.title, heading, head, body, classes="scr-counts")
    page = f"{box}\n{foot(key(rows), caption.foot)}"
    return Shown("table", page, caption.file, caption.name or DATA, csv(crosstab))


def _head(labels: Iterable[str], refs: Iterable[str] = repeat("")) -> str:
    """Return the cells of a header row, each with the numbers of its notes."""
    return "".join(
        f'<th scope="col" {RIGHT if place else LEFT}>{escape_html(label)}{ref}</th>'
        for place, (label, ref) in enumerate(zip(labels, refs, strict=False))
    )


def _row(
    line: Line, cells: list[tuple[str, str]], crosstab: Crosstab, caption: Caption
) -> str:  # fmt: skip
    kind = ' class="scr-total"' if line.total else ""
    texts = " ".join(
        f'<td class="scr-number" {RIGHT}{_counts(crosstab, line, column)}>'
        f"{number}{f' <small>({rest})</small>' if rest else ''}</td>"
        for column, (number, rest) in zip(crosstab.columns, cells, strict=True)
    )
    head = f'<th scope="row" {LEFT}>{escape_html(line.label)}{caption.refs(line.key)}</th>'
    return f"<tr{kind}>{head} {texts}</tr>"


def _counts(crosstab: Crosstab, row: Line, column: Line) -> str:
    """Return, where numbers are held back, what a cell counts: for whoever takes the book apart."""
    if crosstab.given.knowledge.withhold is None:
        return ""
    return f' {finished.EXPRESSION}="{escape_html(crosstab.expression(row, column))}"'


def _tells(crosstab: Crosstab | None) -> str:
    """Return the same for all that a chart draws, with its numbers."""
    if crosstab is None or crosstab.given.knowledge.withhold is None:
        return ""
    told = {
        crosstab.expression(row, column): _bracketed(*cell_text(crosstab, row, column))
        for row, column, _ in crosstab.cells()
    }
    return f' {finished.TOLD}="{escape_html(json.dumps(told))}"'


def _bracketed(number: str, rest: str) -> str:
    return f"{number} ({rest})" if rest else number


def unit(crosstab: Crosstab) -> str:
    """Say what the cells of a table are."""
    plural = plural_of(crosstab.unit, crosstab.given.codebook).capitalize()
    if crosstab.values:
        average = lower_first(crosstab.given.codebook.label(crosstab.values))
        return f"Average of {average} (number of {plural.lower()})"
    base = {"all": "all", "columns": "the column", "index": "the row"}.get(crosstab.normalize or "")
    return f"{plural} (% of {base})" if base else plural


def key(rows: list[list[tuple[str, str]]]) -> str:
    """Explain the marks and ranges that stand in a table."""
    shown = " ".join(text for row in rows for cell in row for text in cell)
    told = [f"{mark}: {meaning}." for mark, meaning in MARKERS.items() if mark in shown]
    if " to " in shown:
        told.append("A range holds every value that the report’s text allows.")
    return " ".join(told)


def csv(crosstab: Crosstab) -> str:
    """Return the table for its download: a column for counts, and one for shares or averages."""
    columns: dict[str, list[str]] = {crosstab.names[0]: [row.label for row in crosstab.rows]}
    for column in crosstab.columns:
        cells = [cell_text(crosstab, row, column) for row in crosstab.rows]
        first = f"{column.label}: average" if crosstab.values else column.label
        second = f"{column.label}: number" if crosstab.values else f"{column.label}: %"
        columns[first] = [number for number, _ in cells]
        if any(rest for _, rest in cells):
            columns[second] = [rest.removesuffix("%") for _, rest in cells]
    return csv_of(pd.DataFrame(columns))


def agreement(crosstab: Crosstab, declared: Declared) -> tuple[int, int]:
    """Return how many of the numbers that the report prints in a table stand in this one."""
    given = crosstab.given
    here = {given.knowledge.key(item.expression): item for item in crosstab.quantities}
    printed = [cell for cell in declared.cells if cell.printed and cell.quantity]
    same = 0
    for cell in printed:
        item = here.get(given.knowledge.key(cell.quantity))
        same += item is not None and _prints(item.known, cell.printed or "")
    return same, len(printed)


def _prints(known: Known, text: str) -> bool:
    return known.fixed and known.low is not None and parse_printed(text).admits(known.low)


def published(declared: Declared, caption: Caption) -> Shown:
    """Return a table whose numbers come from outside the cases, as the report prints them."""
    heads = [declared.row_header, *(column.label for column in declared.columns)]
    texts = [
        [
            row.label,
            *(declared.printed.get((row.key, column.key), "") for column in declared.columns),
        ]
        for row in declared.rows
    ]
    body = "\n".join(
        f'<tr><th scope="row" {LEFT}>{escape_html(label)}</th> '
        + " ".join(f'<td class="scr-number" {RIGHT}>{escape_html(text)}</td>' for text in numbers)
        + "</tr>"
        for label, *numbers in texts
    )
    title = f"<caption {LEFT}><strong>{escape_html(caption.title)}</strong></caption>"
    page = f"{region(caption.name, title, _head(heads), body)}\n{foot(caption.foot)}"
    download = csv_of(pd.DataFrame(texts, columns=heads))
    return Shown("table", page, caption.file, caption.name, download)


def test(result: Any, title: str, ledger: set[float], *, strict: bool) -> Shown:
    """Return the result of a test, in the words of `scrlib.compare`.

    Parameters
    ----------
    result
        With `told()`, `method` and `pvalue`, and the counts that it was made of.
    ledger : set of float
        The numbers that the page has given out.
    strict : bool
        Whether a test that does not hold its counts, as of means, must have been given out too.

    Raises
    ------
    InputError
        If one of its counts came from no share or table of this page.
    """
    names = ("count", "nobs", "count2", "nobs2")
    given = [getattr(result, name) for name in names if hasattr(result, name)]
    if strict and not given:
        given = [result.statistic]
    counts = [float(value) for part in given for value in np.ravel(part)]
    if any(value != value for value in (*counts, *np.ravel(result.pvalue))):
        why = "not tested, since one of the numbers is not known or counts nothing."
        return Shown("test", f"**{escape_html(title)}**: {why}")
    if strangers := set(counts) - ledger:
        raise InputError(
            f"The test holds {sorted(strangers)}, which no share or table of this page gave out: "
            "take its counts from book.share(...), or the test from compare.open(book)."
        )
    heading, method = escape_html(title), escape_html(result.methods)
    page = f"<strong>{heading}</strong><br>{escape_html(result.told())}.<br><small>{method}</small>"
    return Shown("test", f'<p class="scr-test">{page}</p>')


def numbers(said: dict[str, str]) -> Shown:
    """Return, folded, every number of a page's sentences: what it counts, and how it is known."""
    if not said:
        return Shown("numbers", "")
    heads = ("In the text", "Count, base, share", "How it is known", "Expression")
    rows = [(Markup(words), *about.split("; ")[:3]) for about, words in said.items()]
    table = Listing(NUMBERS, heads, rows, codes=heads[3:], download=False).shown
    return Shown(
        "numbers",
        f'<details class="scr-how"><summary>{NUMBERS}</summary>\n{table.markdown}</details>',
    )


def key_figures(figures: Iterable[tuple[str, Share]]) -> Shown:
    """Return a panel of percentages, each with what it is of and its counts."""
    items = [_key_figure(label, share) for label, share in figures]
    known = "".join(item for item in items if UNKNOWN_MARK not in item)
    return Shown("text", f'<ul class="scr-key-figures">{known}</ul>')


def _key_figure(label: str, share: Share) -> str:
    counts = "" if share.few else f" <small>{share.ratio}</small>"
    return f"<li><strong>{share:percent}</strong> {escape_html(label)}{counts}</li>"


def chart(svg: str, crosstab: Crosstab | None, alternative: str, caption: Caption) -> Shown:
    """Return a chart with its title, its words and its download."""
    title = f"<strong>{escape_html(caption.title)}</strong>{caption.refs('caption')}"
    picture = (
        f'<img class="scr-chart" alt="{escape_html(alternative)}" src="{svg}"{_tells(crosstab)}>'
    )
    page = f'<p class="scr-title">{title}</p>\n{picture}\n{foot(caption.foot)}'
    return Shown(
        "chart", page, caption.file, caption.name or DATA,
        csv(crosstab) if crosstab else "",
    )  # fmt: skip
