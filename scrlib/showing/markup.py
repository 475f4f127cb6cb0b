"""Tables and lists as accessible HTML, for pages that add to the report's.

Text is escaped. A cell that is HTML already says so by its type, ``markupsafe.Markup``; there is no
other way past the escape.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from tally.escape import escape_html

_MIDDLING, _LONG = 14, 60
_MANY, _RUNS, _LIST = 6, 10, 200
_NUMBER = "scr-number"
_NAME = re.compile(r"\w{18,}")


@dataclass(frozen=True)
class Sheet:
    """A table that is not one of the report's, as it stands on a page and in its download.

    Parameters
    ----------
    caption : str
    header : sequence of str
        One entry per column; the first column holds the headers of the rows.
    rows : sequence of sequence of str
        Plain text, which is escaped, or `markupsafe.Markup`, which stands as it is.
    anchor : str
        Identifier to link to.
    numbers, codes : collection of int
        Places of the columns that are set as numbers and as code, the first being 0.
    """

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    anchor: str
    numbers: Collection[int] = ()
    codes: Collection[int] = ()

    @property
    def html(self) -> str:
        """The table as HTML."""
        kinds = [_kind(place, self.rows, self.numbers) for place in range(len(self.header))]
        head = "".join(
            f'<th scope="col"{_class(kind if kind == _NUMBER else "")}>{escape_html(text)}</th>'
            for kind, text in zip(kinds, self.header, strict=True)
        )
        body = "\n".join(f"<tr>{_cells(row, kinds, self.codes)}</tr>" for row in self.rows)
        name = escape_html(self.caption)
        title = f"<caption><strong>{name}</strong></caption>"
        dense = "scr-dense" if len(self.header) >= _MANY else ""
        runs = "scr-runs" if len(self.rows) > _RUNS else ""
        return region(self.anchor, name, title, head, body, f"{dense} {runs}")

    @property
    def frame(self) -> pd.DataFrame:
        """The table as text, for its download."""
        rows = [[plain(cell) for cell in row] for row in self.rows]
        return pd.DataFrame(rows, columns=list(self.header))


def _kind(place: int, rows: Sequence[Sequence[str]], numbers: Collection[int]) -> str:
    """Return the class of a column: of numbers, of long or middling texts, or none."""
    if place in numbers:
        return _NUMBER
    if len(rows) > _LIST:
        return ""  # the style sheet sets the columns by their places, which keeps the page light
    longest = max((len(plain(row[place])) for row in rows), default=0)
    return "scr-long" if longest > _LONG else "scr-mid" if longest > _MIDDLING else ""


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def plain(cell: str) -> str:
    """Return the text of a cell, without the markup that it may have."""
    return cell.striptags() if isinstance(cell, Markup) else cell


def _cells(row: Sequence[str], kinds: Sequence[str], codes: Collection[int]) -> str:
    first, *rest = (_cell(cell, place in codes) for place, cell in enumerate(row))
    cells = (f"<td{_class(kind)}>{html}</td>" for kind, html in zip(kinds[1:], rest, strict=True))
    return f'<th scope="row">{first}</th> {" ".join(cells)}'


def _cell(cell: str, code: bool) -> str:
    """Return a cell as HTML; in code a long name may break after each of its parts."""
    html = str(cell) if isinstance(cell, Markup) else escape_html(cell)
    if not code:
        return html
    return f"<code>{_NAME.sub(lambda name: name[0].replace('_', '_<wbr>'), html)}</code>"


def region(anchor: str, name: str, caption: str, head: str, body: str, classes: str = "") -> str:
    """Return a table in a named region, which scrolls by itself and can be reached by keyboard.

    Parameters
    ----------
    anchor, name : str
        Identifier to link to, and what a screen reader calls the region.
    caption, head, body : str
        HTML: the caption, the cells of the header row, and the rows.
    classes : str
        How it is set besides: "scr-dense" if it has many columns, "scr-runs" if it has so many rows
        that it may run over pages on paper.
    """
    kinds = " ".join(("scr-table", *classes.split()))
    return (
        f'<div class="{kinds}" id="{anchor}" tabindex="0" role="region"'
        f' aria-label="{name}">\n<table>\n{caption}\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>"
    )


def enumerated(items: Sequence[str]) -> Markup:
    """Return plain texts as a list in a cell, with semicolons for those who read its text only."""
    ends = [*[";"] * (len(items) - 1), ""]
    lines = (f"<li>{escape_html(text)}{end}</li>" for text, end in zip(items, ends, strict=True))
    return Markup(f"<ul>{' '.join(lines)}</ul>")


def listed(items: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Return a list: a name in bold and what is told of it, empty sentences left out."""
    return "<ul>\n" + "\n".join(_item(name, told) for name, told in items) + "\n</ul>"


def _item(name: str, told: Sequence[str]) -> str:
    sentences = " ".join(escape_html(text) for text in told if text)
    return f"<li><strong>{escape_html(name)}.</strong> {sentences}</li>"


def folded(summary: str, inner: str) -> str:
    """Return HTML that opens under its summary."""
    head = f"<summary>{escape_html(summary)}</summary>"
    return f'<details class="scr-values on-paper">{head}\n{inner}\n</details>'
