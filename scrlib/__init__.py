"""Helper package of the compendium: this report, and its chapters as notebooks.

Chapters call `scrlib.open`, which returns a `scrlib.book.Book`. The parts stand on floors, each
importing only from those below (`lint-imports` checks it):

================  ========================================================================
The package is imported by every chapter, so this module imports nothing heavy.
"""

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Load what chapters call when they call it: commands that need no pandas stay quick."""
    if name in ("open", "Book"):
        from scrlib import book

        return getattr(book, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
