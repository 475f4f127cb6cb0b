"""Tables that hold no numbers of cases: the coding frame, sources, claims, learning points.

Text is escaped. A cell that is HTML already says so by its type, ``markupsafe.Markup``; there is no
other way past the escape.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from scrlib.shown import LEFT, RIGHT, Shown, csv_of, region, slug
from tally.escape import escape_html

_MIDDLING, _LONG = 14, 60
_MANY, _RUNS, _LIST = 6, 10, 200
_NUMBER = "scr-number"
_NAME = re.compile(r"\w{18,}")


@dataclass(frozen=True)
class Listing:
    """A table of texts, as it stands on a page and in its download.

    Parameters
    ----------
    caption : str
    header : sequence of str
        One entry per column; the first column holds the headers of the rows.
    rows : sequence of sequence of str
        Plain text, which is escaped, or `markupsafe.Markup`, which stands as it is.
    anchor : str
        Identifier to link to; made of the caption if empty.
    numbers, codes : collection of int
        Places of the columns that are set as numbers and as code, the first being 0.
    about : str
        A sentence or two under the caption.
    """

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    anchor: str = ""
    numbers: Collection[int] = ()
    codes: Collection[int] = ()
    about: str = ""

    @classmethod
    def of(
        cls, frame: pd.DataFrame, caption: str, *, codes: Collection[str] = (), about: str = ""
    ) -> Listing:
        """Return a DataFrame as a table; `codes` names the columns that hold code."""
        places = {name: place for place, name in enumerate(frame.columns)}
        numbers = [places[name] for name in frame.select_dtypes("number").columns]
        texts = frame.astype(object).where(frame.notna(), "")
        rows = [[c if isinstance(c, Markup) else str(c) for c in row] for row in texts.to_numpy()]
        header = [str(name) for name in frame.columns]
        return cls(caption, header, rows, "", numbers, [places[name] for name in codes], about)

    @property
    def html(self) -> str:
        """The table as HTML."""
        kinds = [_kind(place, self.rows, self.numbers) for place in range(len(self.header))]
        head = "".join(
            f'<th scope="col" {_set(kind if kind == _NUMBER else "")}>{escape_html(text)}</th>'
            for kind, text in zip(kinds, self.header, strict=True)
        )
        plain = len(self.rows) > _LIST  # a page of hundreds of rows stays light
        body = "\n".join(f"<tr>{_cells(row, kinds, self.codes, plain)}</tr>" for row in self.rows)
        about = f"<br>{escape_html(self.about)}" if self.about else ""
        title = f"<caption {LEFT}><strong>{escape_html(self.caption)}</strong>{about}</caption>"
        dense = "scr-dense" if len(self.header) >= _MANY else ""
        runs = "scr-runs" if len(self.rows) > _RUNS else ""
        anchor = self.anchor or f"table-{slug(self.caption).replace('_', '-')}"
        return region(self.caption, title, head, body, anchor=anchor, classes=f"{dense} {runs}")

    @property
    def frame(self) -> pd.DataFrame:
        """The table as text, for its download."""
        rows = [[plain(cell) for cell in row] for row in self.rows]
        return pd.DataFrame(rows, columns=list(self.header))

    @property
    def shown(self) -> Shown:
        """The table as an output with its download; a sentence if it has no rows."""
        if not self.rows:
            return Shown("text", f"*{escape_html(self.caption)}: nothing is recorded.*")
        return Shown("table", self.html, slug(self.caption), self.caption, csv_of(self.frame))


def _kind(place: int, rows: Sequence[Sequence[str]], numbers: Collection[int]) -> str:
    """Return the class of a column: of numbers, of long or middling texts, or none."""
    if place in numbers:
        return _NUMBER
    if len(rows) > _LIST:
        return ""  # the style sheet sets the columns by their places, which keeps the page light
    longest = max((len(plain(row[place])) for row in rows), default=0)
    return "scr-long" if longest > _LONG else "scr-mid" if longest > _MIDDLING else ""


def _set(kind: str, light: bool = False) -> str:
    """Return the attributes of a cell: its class, and the side on which its text stands."""
    side = RIGHT if kind == _NUMBER else LEFT
    return " ".join(filter(None, (f'class="{kind}"' if kind else "", "" if light else side)))


def plain(cell: str) -> str:
    """Return the text of a cell, without the markup that it may have."""
    return cell.striptags() if isinstance(cell, Markup) else cell


def _cells(row: Sequence[str], kinds: Sequence[str], codes: Collection[int], light: bool) -> str:
    first, *rest = (_cell(cell, place in codes) for place, cell in enumerate(row))
    cells = (
        f"<td {_set(kind, light)}>".replace(" >", ">") + f"{html}</td>"
        for kind, html in zip(kinds[1:], rest, strict=True)
    )
    return f'<th scope="row" {LEFT}>{first}</th> {" ".join(cells)}'


def _cell(cell: str, code: bool) -> str:
    """Return a cell as HTML; in code a long name may break after each of its parts."""
    html = str(cell) if isinstance(cell, Markup) else escape_html(cell)
    if not code or not cell:
        return html
    return f"<code>{_NAME.sub(lambda name: name[0].replace('_', '_<wbr>'), html)}</code>"


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
    return f'<details class="scr-values">{head}\n{inner}\n</details>'
