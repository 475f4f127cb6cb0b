"""An output of a notebook: Markdown that the book and JupyterLab both render, with its download.

The download travels inside the output (``text/csv``), so that running a notebook writes no file;
the book writes the files. An output's metadata says that it came through the door of
`scrlib.book`: `scrlib.webpage` refuses any other.
"""

from __future__ import annotations

import html
import io
import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tally.data.storage import write_csv
from tally.escape import escape_html

DOOR = "scrlib"
"""Key of an output's metadata by which the build knows that it came through the door."""
LEFT, RIGHT = ('style="text-align: left"', 'style="text-align: right"')  # JupyterLab centres
_TAG, _DATA = re.compile(r"<[^>]+>"), re.compile(r'"data:[^"]*"')


@dataclass(frozen=True, slots=True)
class Shown:
    """An output: Markdown, and what is offered for download.

    Parameters
    ----------
    kind : {"notice", "text", "table", "chart", "test", "numbers"}
    name, title : str
        The name of the download without its ending, and what it is called.
    csv : str
        The download; empty if there is none.
    brief : str
        What a terminal shows in place of all of the text; empty for all.
    """

    kind: str
    markdown: str
    name: str = ""
    title: str = ""
    csv: str = ""
    brief: str = ""

    @property
    def bundle(self) -> dict[str, str]:
        """The output in its forms; the plain one is what a diff or a terminal shows."""
        text = _DATA.sub('""', self.markdown).replace("</t", " </t").replace("<br>", "\n")
        plain = self.brief or html.unescape(_TAG.sub("", text))
        csv = {"text/csv": self.csv} if self.csv else {}
        return {"text/markdown": self.markdown, "text/plain": plain, **csv}

    @property
    def metadata(self) -> dict[str, Any]:
        """What the build has to know of the output."""
        named = {"name": self.name, "title": self.title} if self.csv else {}
        return {DOOR: {"kind": self.kind, **named}}

    def display(self) -> None:
        """Show it in a notebook, unless it is empty."""
        from IPython.display import display

        if self.markdown.strip():
            display(self.bundle, metadata=self.metadata, raw=True)  # type: ignore[no-untyped-call]

    def keep(self, key: str) -> None:
        """Keep it under a name, for a ``glue`` directive of a page that is not run."""
        from IPython.display import HTML
        from markdown_it import MarkdownIt
        from myst_nb import glue

        page = MarkdownIt("commonmark", {"html": True}).render(self.markdown)
        glue(key, HTML(page), display=False)  # type: ignore[no-untyped-call]


def csv_of(frame: pd.DataFrame) -> str:
    """Return a table for download, which no spreadsheet takes for formulas."""
    write_csv(frame, stream := io.StringIO())
    return stream.getvalue()


def slug(text: str) -> str:
    """Return a name for a file: small letters, digits and underscores."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    return re.sub(r"\d+$", lambda found: found[0].zfill(2), "_".join(words)) if words else "table"


def region(
    name: str, caption: str, head: str, body: str, *, classes: str = "", attributes: str = ""
) -> str:
    """Return a table in a named box, which scrolls by itself and can be reached by keyboard.

    Parameters
    ----------
    name : str
        What a screen reader calls the box.
    caption, head, body : str
        HTML: the caption, the cells of the header row, and the rows.
    classes, attributes : str
        Further classes of the box, and further attributes as HTML.
    """
    kinds = " ".join(("scr-table", *classes.split()))
    return (
        f'<div class="{kinds}" role="region" tabindex="0"'
        f' aria-label="{escape_html(name)}"{attributes}>\n<table {LEFT}>\n{caption}\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>"
    )


def foot(*parts: str) -> str:
    """Return what stands under a table or chart: notes, marks and source, a line each."""
    told = "<br>".join(part for part in parts if part)
    return f'<p class="scr-foot">{told}</p>' if told else ""
