"""Sphinx extension: every table of the book in one accessible workbook, beside the pages.

It follows the Government Analysis Function's guidance on spreadsheets through gptables
(https://gptables.readthedocs.io): a cover, contents, and one table on each sheet. Its numbers are
those of the tables on the pages, so what a page may not tell is not in it either.
"""

from __future__ import annotations

import html
import io
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from tally.escape import show_hidden

FILE = "_downloads/tables.xlsx"
NUMBERED = re.compile(r"table_\d+")
MARKS = (
    "[x]: not known from the report’s text. [z]: not applicable. [c]: held back. A range "
    "holds every value that the report’s text allows."
)
ABOUT = (
    "Numbers that the report printed, or that follow from what it printed, and numbers counted "
    "from other data: the head of each page of the book says which data these are."
)
ONE_TABLE = "This worksheet contains one table."  # gptables' own words speak of a sheet of notes
_MADE = datetime(2017, 6, 1)
_FOOT = re.compile(r'<p class="scr-foot">(.*?)</p>', re.DOTALL)
_CAPTION = re.compile(r"<caption[^>]*><strong>(.*?)</strong>.*?</caption>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of the report as it stands on a page."""

    name: str
    title: str
    csv: str
    notes: tuple[str, ...]

    @property
    def frame(self) -> pd.DataFrame:
        """The table: numbers as numbers, ranges and marks as text."""
        frame = pd.read_csv(io.StringIO(self.csv), dtype=str, keep_default_na=False)
        return frame.rename(columns=plain).map(_cell)


def plain(text: str) -> str:
    """Return text in which gptables sees no link (``[text](address)``) and no note (``$$note$$``).

    A space parts the two characters by which it tells them; hidden characters are made visible.
    """
    return re.sub(r"](?=\()|\$(?=\$)", r"\g<0> ", show_hidden(text))


def _cell(text: str) -> float | int | str:
    if re.fullmatch(r"\d+", text):
        return int(text)
    if re.fullmatch(r"\d+\.\d+", text):
        return float(text)
    return plain(text) if re.search(r"\w", text) else "[z]"  # gptables takes no dash for a value


def _text(page: str) -> str:
    return html.unescape(_TAG.sub("", page))


def sheet(name: str, title: str, csv: str, page: str) -> Sheet:
    """Return a table from its download and what stands on its page."""
    caption = _CAPTION.search(page)
    foot = _FOOT.search(page)
    notes = _text(foot[1].replace("<br>", "\n")).split("\n") if foot else ()
    full = f"{title}: {_text(caption[1])}" if caption else title
    return Sheet(name, plain(full), csv, tuple(plain(note) for note in notes if note))


def write(sheets: Sequence[Sheet], path: Path, *, title: str, about: str) -> None:
    """Write tables into one workbook, the same bytes for the same tables.

    Parameters
    ----------
    sheets : sequence of Sheet
    path : Path
        An `.xlsx` file, replaced if it exists.
    title, about : str
        Title of the book whose tables they are, and what the data are.
    """
    import gptables
    from gptables.core.api import produce_workbook

    tables = {
        item.name: gptables.GPTable(
            table=item.frame, table_name=item.name, index_columns={2: 0}, title=item.title,
            subtitles=[plain(about)], legend=[MARKS], instructions=ONE_TABLE, scope="", units=None,
            source=" ".join(item.notes) or "The report",
        )
        for item in sheets
    }  # fmt: skip
    cover = gptables.Cover(
        cover_label="Cover", title=plain(title), intro=[plain(about)],
        about=[f"The {len(sheets)} numbered tables that the pages of the book show."],
        contact=["See the book's home page."],
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "No note text provided")  # notes stand with their tables
        workbook = produce_workbook(
            str(path), sheets=tables, cover=cover,
            workbook_options={"strings_to_formulas": False, "strings_to_urls": False},
        )  # fmt: skip
    workbook.set_properties({"created": _MADE})
    workbook.close()


def collected(env: BuildEnvironment) -> Iterator[Sheet]:
    """Yield the report's tables that the pages show, in the order of their numbers."""
    found: dict[str, dict[str, Sheet]] = getattr(env, "scr_tables", {})
    every = {name: item for page in found.values() for name, item in page.items()}
    yield from (every[name] for name in sorted(every))


def keep(env: BuildEnvironment, docname: str, tables: Iterable[tuple[str, str, str, str]]) -> None:
    """Keep the numbered tables of a page: their names, titles, downloads and what is shown."""
    found = {name: sheet(name, *rest) for name, *rest in tables if NUMBERED.fullmatch(name)}
    kept = getattr(env, "scr_tables", {})
    env.scr_tables = {**kept, docname: found}  # type: ignore[attr-defined]


def _merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    """Take up the tables of pages that another process has read."""
    kept = getattr(env, "scr_tables", {})
    env.scr_tables = {**kept, **getattr(other, "scr_tables", {})}  # type: ignore[attr-defined]


def _write(app: Sphinx, exception: Exception | None) -> None:
    sheets = list(collected(app.env)) if exception is None else []
    if sheets and app.builder.format == "html":
        path = Path(app.outdir) / FILE
        path.parent.mkdir(exist_ok=True)
        title = html.unescape(app.config.html_title)
        write(sheets, path, title=title, about=app.config.scr_about_tables)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.add_config_value("scr_about_tables", ABOUT, "env", (str,))
    app.connect("env-merge-info", _merge)
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
