"""Tables of text, such as the register of printed numbers: `scrlib.book.Book.show` shows them.

Text is escaped. A cell that is HTML already says so by its type, ``markupsafe.Markup``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from scrlib.rendering import LEFT, RIGHT, Shown, slug
from tally.escape import escape_html, escape_sheet

_MANY = 200
"""A table of more rows than this is set in smaller type, by the places of its columns."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of text, of which the first cell is the header of the row.

    Parameters
    ----------
    title : str
    header : sequence of str
    rows : sequence of sequence of str
        Plain text, or `markupsafe.Markup`.
    numbers, codes : tuple of str
        Headers of the columns that hold numbers, and of those that hold expressions.
    choose : str
        Header of a column by which readers can choose rows; none if empty.
    first : tuple of str
        The values of that column that are shown at first; all if there are none.
    first_label : str
        What these are called.
    before, after : str
        What stands before the table and under it, as HTML.
    table : DataFrame, optional
        The download; the rows as text if None.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    choose: str = ""
    first: tuple[str, ...] = ()
    first_label: str = ""
    before: str = ""
    after: str = ""
    table: pd.DataFrame | None = None

    @property
    def shown(self) -> Shown:
        """The table as it stands on a page."""
        name = escape_html(self.title)
        head = "".join(f'<th scope="col" {self._side(x)}>{escape_html(x)}</th>' for x in self.header)
        body = "\n".join(f"<tr>{self._cells(row)}</tr>" for row in self.rows)
        kinds = "scr-table scr-listing" + (" scr-many" if len(self.rows) > _MANY else "")
        page = (
            f'<div class="{kinds}" role="region" tabindex="0" aria-label="{name}"{self._choice}>\n'
            f"<table>\n<caption {LEFT}><strong>{name}</strong></caption>\n"
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>"
        )
        foot = f'<p class="scr-foot">{self.after}</p>' if self.after else ""
        parts = [f"<p>{self.before}</p>\n" if self.before else "", page, foot]
        return Shown(
            "table", "\n".join(filter(None, parts)), slug(self.title), name,
            self.frame.to_csv(index=False, lineterminator="\n"),
            f"{self.title}: {len(self.rows)} rows" if len(self.rows) > _MANY else "",
        )  # fmt: skip

    @property
    def frame(self) -> pd.DataFrame:
        """The table as text, for its download."""
        if self.table is not None:
            return self.table.map(escape_sheet)
        rows = [[escape_sheet(plain(cell)) for cell in row] for row in self.rows]
        return pd.DataFrame(rows, columns=list(self.header))

    @property
    def _choice(self) -> str:
        """What the script that filters rows has to know; without it all of them are shown."""
        if not self.choose:
            return ""
        first = escape_html("|".join(self.first))
        told = f' data-first="{first}" data-label="{escape_html(self.first_label)}"'
        return f' data-choose="{escape_html(self.choose)}"{told if self.first else ""}'

    def _side(self, column: str) -> str:
        return f'class="scr-number" {RIGHT}' if column in self.numbers else LEFT

    def _cells(self, row: Sequence[str]) -> str:
        texts = [
            f"<code>{_html(cell)}</code>" if column in self.codes and cell else _html(cell)
            for column, cell in zip(self.header, row, strict=True)
        ]
        cells = (
            f"<td {self._side(column)}>{text}</td>"
            for column, text in zip(self.header[1:], texts[1:], strict=True)
        )
        return f'<th scope="row" {LEFT}>{texts[0]}</th> {" ".join(cells)}'


def _html(cell: str) -> str:
    return str(cell) if isinstance(cell, Markup) else escape_html(cell)


def plain(cell: str) -> str:
    """Return the text of a cell, without the markup that it may have."""
    return cell.striptags() if isinstance(cell, Markup) else cell
