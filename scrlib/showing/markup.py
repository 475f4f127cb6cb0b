"""Small tables and lists of plain text as accessible HTML, for pages that add to the report's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from scrlib.escape import escape_html


def table(
    caption: str,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    anchor: str,
    numbers: Collection[int] = (),
) -> str:
    """Return a table whose first column holds the headers of its rows.

    Parameters
    ----------
    caption : str
    header : sequence of str
        One entry per column.
    rows : iterable of sequence of str
        Plain text, which is escaped.
    anchor : str
        Identifier to link to.
    numbers : collection of int
        Places of the columns that are set as numbers.
    """
    head = "".join(f'<th scope="col">{escape_html(text)}</th>' for text in header)
    body = "\n".join(f"<tr>{_cells(row, numbers)}</tr>" for row in rows)
    return titled(anchor, caption, head, body)


def titled(anchor: str, caption: str, head: str, body: str) -> str:
    """Return a table under a plain caption; `head` and `body` are HTML."""
    text = escape_html(caption)
    return region(anchor, text, f"<caption><strong>{text}</strong></caption>", head, body)


def region(anchor: str, name: str, caption: str, head: str, body: str) -> str:
    """Return a table in a named region, which scrolls by itself and can be reached by keyboard.

    Parameters
    ----------
    anchor, name : str
        Identifier to link to, and what a screen reader calls the region.
    caption, head, body : str
        HTML: the caption, the cells of the header row, and the rows.
    """
    return (
        f'<div class="scr-table" id="{anchor}" tabindex="0" role="region"'
        f' aria-label="{name}">\n<table>\n{caption}\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>"
    )


def _cells(row: Sequence[str], numbers: Collection[int]) -> str:
    first, *rest = (escape_html(text) for text in row)
    cells = (
        f'<td class="scr-number">{text}</td>' if place in numbers else f"<td>{text}</td>"
        for place, text in enumerate(rest, start=1)
    )
    return f'<th scope="row">{first}</th>{"".join(cells)}'


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
