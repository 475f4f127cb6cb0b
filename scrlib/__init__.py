"""Helper package of the compendium: this report, and its chapters as notebooks.

Chapters call `scrlib.open`, which returns a `scrlib.book.Book`. The parts stand on floors, each
importing only from those below (`lint-imports` checks it):

=============================  ==================================================================
cli, commands                  the commands of `scr`
building                       the compendium as a book that `parabook` builds
pages                          what chapters 6 to 8, the codebook and the colophon show
book                           the door of a chapter: what it opens, asks and shows
explore                        every number by one or two things of a reader's choice
webpage, workbook              notebooks as web pages; all tables as one workbook
captions, notice               what stands around a table, and at the head of a page
rendering, sentences, figures  tables, sentences and charts as a page shows them
frames                         cases as DataFrames to explore
crosstab, lines, numbers       tables and numbers that know their quantities
disclosure, intrusion          what a book about observed cases may tell; what it gives away
in_words                       a quantity in plain words
ensembles, synthetic           datasets that agree with the report, one or many
determined, proofs             what the report determines, and what it contradicts
consistency                    what holds of every dataset, whatever was printed
compare                        tests beside national figures
listing, shown, words          tables of text, outputs with their downloads, numbers in words
finished                       what a finished book tells, read from its pages
auditing                       every printed number as a claim, set beside a dataset
coding                         coders' entries to ratings; workbooks and sheets to fill in
report, paths                  the report's frame and tables, and where files lie
=============================  ==================================================================

The package is imported by every chapter, so this module imports nothing heavy.
"""

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Load what chapters call when they call it: commands that need no pandas stay quick."""
    if name in ("open", "Book"):
        from scrlib import book

        return getattr(book, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
