"""Helper package of the compendium: the coding frame, the quantities and the book built on them.

Its packages stand on floors, each importing only from those below (`lint-imports` checks it):

==========  =====================================================================================
cli         the commands of `scr`, and `commands` that carries them out
building    from a dataset to a book in place: kernels, results kept, HTML, PDF, many books
pages       what the chapters call, and the parts of the pages that add to the report
showing     numbers as readers see them: prose, tables, figures, downloads
bounding    what print determines: the least and greatest value of a quantity
disclosure  what a book about observed cases may tell: one plan of what is held back
synthetic   datasets made to agree with print
solving     claims as linear models, and proofs that claims contradict
compare     tests against national figures, trends and associations
auditing    every printed number as a claim, set beside a dataset
counting    quantities evaluated on a dataset, and the tables that are grids of them
coding      from coders' entries to ratings; workbooks and sheets to fill in
data        datasets: what they must be, read, checked, written, merged
frame       the coding frame, and the language of quantities
==========  =====================================================================================

The package is imported by every chapter, so this module imports nothing heavy.
"""

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Load what chapters call when they call it: commands that need no pandas stay quick."""
    if name in ("open", "Book"):
        from scrlib import book

        return getattr(book, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
