"""Links to the report's tables and figures, from any chapter: each stands with its section."""

from __future__ import annotations

from functools import lru_cache

from scrlib.report import coding_frame, load_tables
from scrlib.showing import figures
from tally.errors import InputError, not_allowed

# The chapter that retells each section of the report, by the section's first digit.
CHAPTERS = {
    "1": "01_introduction", "2": "02_methodology", "3": "03_study_2017", "4": "04_learning",
    "5": "05_all_cases",
}  # fmt: skip


def table(number: int, chapter: str) -> str:
    """Return a link to one of the report's tables, as HTML.

    Parameters
    ----------
    number : int
    chapter : str
        Name of the notebook that links to it, which may be the one that holds it.

    Raises
    ------
    InputError
        If the report has no such table.
    """
    return _link(f"Table&nbsp;{number}", _section("table", number), f"table-{number:02d}", chapter)


def figure(number: int, chapter: str) -> str:
    """Return a link to one of the report's figures, as for `table`."""
    return _link(f"Figure&nbsp;{number}", _section("figure", number), f"figure-{number}", chapter)


def _link(text: str, section: str, anchor: str, chapter: str) -> str:
    holder = CHAPTERS[section[0]]
    page = "" if holder == chapter else f"{holder}.html"
    return f'<a href="{page}#{anchor}">{text}</a>'


@lru_cache(maxsize=1)
def sections() -> dict[tuple[str, int], str]:
    """Return the section of the report in which each table and figure stands."""
    book = coding_frame()
    found = {("table", item.number): item.section for item in load_tables(book).values()}
    drawn = figures.load(book, book.studies[-1].study)
    return found | {("figure", number): item.grid.section for number, item in drawn.items()}


def _section(kind: str, number: int) -> str:
    known = sections()
    if (kind, number) not in known:
        numbers = [item for name, item in known if name == kind]
        raise InputError(not_allowed(f"No such {kind}.", number, numbers))
    return known[kind, number]
