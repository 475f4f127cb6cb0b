"""Helper package of the compendium: this report, and its chapters as notebooks.

Chapters call `scrlib.open`, which returns a `scrlib.book.Book`. The parts stand on floors, each
importing only from those below (`lint-imports` checks it):

================  ===============================================================================
cli               the commands of `scr`, and `commands` that carries them out
building          from a dataset to a book in place: editions, HTML, PDF, many books
pages             tables of chapters 6 to 8, the codebook and the colophon
book              the door of a chapter: cases to explore, and what may be told of them
webpage           what notebooks become as web pages
captions, notice  what stands around a table, and at the head of a page
rendering         cross-tables, tests and charts as a page shows them
crosstab          tables whose cells are quantities; their `lines`
numbers           counts, shares and averages that know where they come from
disclosure_plan   what a whole book about observed cases may tell
compare           tests against national figures, trends and associations
auditing          every printed number as a claim, set beside a dataset
protecting        disclosure control: what is held back (it may still be worked out)
coding            from coders' entries to ratings; workbooks and sheets to fill in
report            the report's coding frame, and its tables as declared and printed
================  ===============================================================================

The package is imported by every chapter, so this module imports nothing heavy.
"""

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Load what chapters call when they call it: commands that need no pandas stay quick."""
    if name in ("open", "Book"):
        from scrlib import book

        return getattr(book, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
