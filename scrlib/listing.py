"""Tables of text, such as the register of printed numbers: `scrlib.book.Book.show` shows them.

Text is escaped. A cell that is HTML already says so by its type, ``markupsafe.Markup``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from scrlib.shown import LEFT, RIGHT, Shown, csv_of, foot, region, slug
from tally.escape import escape_html

_MANY = 200
"""A table of more rows than this is set in smaller type."""
_NARROW = 3
"""As many columns of text as a phone has room for."""


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
    about : str
        A sentence or two under the title.
    table : DataFrame, optional
        The download; the rows as text if None.
    download : bool
        Whether there is one.
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
    about: str = ""
    table: pd.DataFrame | None = None
    download: bool = True

    @classmethod
    def of(
        cls, frame: pd.DataFrame, title: str, *, codes: Collection[str] = (), about: str = ""
    ) -> Listing:
        """Return a DataFrame of texts as a table; `codes` names the columns that hold code."""
        texts = frame.astype(object).where(frame.notna(), "")
        rows = [[c if isinstance(c, Markup) else str(c) for c in row] for row in texts.to_numpy()]
        numbers = tuple(map(str, frame.select_dtypes("number").columns))
        header = [str(name) for name in frame.columns]
        return cls(title, header, rows, numbers, tuple(codes), about=about)

    @property
    def shown(self) -> Shown:
        """The table as it stands on a page."""
        if not self.rows:
            return Shown("text", f"*{escape_html(self.title)}: nothing is recorded.*")
        head = "".join(f'<th scope="col"{self._side(x)}>{escape_html(x)}</th>' for x in self.header)
        body = "\n".join(f"<tr>{self._cells(row)}</tr>" for row in self.rows)
        about = f"<br>{escape_html(self.about)}" if self.about else ""
        caption = f"<caption {LEFT}><strong>{escape_html(self.title)}</strong>{about}</caption>"
        kinds = {"scr-listing": True, "scr-many": self._many, "scr-cards": self._cards}
        classes = " ".join(name for name, has in kinds.items() if has)
        box = region(
            self.title, caption, head, body, classes=classes, attributes=self._choice + self._names
        )
        page = [f"<p>{self.before}</p>\n" if self.before else "", box, foot(self.after)]
        return Shown(
            "table", "\n".join(filter(None, page)), slug(self.title), self.title,
            csv_of(self.frame) if self.download else "",
            f"{self.title}: {len(self.rows)} rows" if self._many else "",
        )  # fmt: skip

    @property
    def frame(self) -> pd.DataFrame:
        """The table as text, for its download."""
        if self.table is not None:
            return self.table
        rows = [[plain(cell) for cell in row] for row in self.rows]
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
        """Return how a column is set; a table of many rows is set to the left as a whole."""
        if column in self.numbers:
            return f' class="scr-number" {RIGHT}'
        return "" if self._many else f" {LEFT}"

    @property
    def _many(self) -> bool:
        return len(self.rows) > _MANY

    @property
    def _cards(self) -> bool:
        """Whether each row is a card on a phone, where many columns or a list have no room."""
        return len(self.header) > _NARROW or any("<ul" in cell for row in self.rows for cell in row)

    @property
    def _names(self) -> str:
        """The names that cells have where each row is a card, for the stylesheet."""
        names = [name if name.endswith("?") else f"{name}:" for name in self.header[1:]]
        named = "; ".join(f'--column-{n}: "{name} "' for n, name in enumerate(names, 1))
        return f' style="{escape_html(named)}"' if self._cards else ""

    def _cells(self, row: Sequence[str]) -> str:
        texts = [
            f"<code>{_html(cell)}</code>" if column in self.codes and cell else _html(cell)
            for column, cell in zip(self.header, row, strict=True)
        ]
        cells = (
            f"<td{self._side(column)}>{text}</td>"
            for column, text in zip(self.header[1:], texts[1:], strict=True)
        )
        side = "" if self._many else f" {LEFT}"
        return f'<th scope="row"{side}>{texts[0]}</th> {" ".join(cells)}'


def _html(cell: str) -> str:
    return str(cell) if isinstance(cell, Markup) else escape_html(cell)


def plain(cell: str) -> str:
    """Return the text of a cell, without the markup that it may have."""
    return cell.striptags() if isinstance(cell, Markup) else cell
