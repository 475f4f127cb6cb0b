"""What a book was made of, for its last page."""

from __future__ import annotations

from datetime import datetime

from parabook import record
from scrlib import __version__
from scrlib.pages.chapter import Chapter
from tally.dataset import Dataset
from tally.escape import escape_markdown


def show(chapter: Chapter) -> None:
    """Show the record of the build, its tables with their downloads.

    A chapter that is run by itself has no record: then only what the data and the package fix is
    told, so that the page is the same wherever it is made.
    """
    made_of = record.current()
    if made_of is None:
        note = "Times, versions and fingerprints are shown in a book made by `scr build`."
        chapter.show(f"{_about(chapter.dataset)}\n\n{note}")
        return
    made = datetime.fromisoformat(made_of.made)
    when = f"{made.day} {made:%B %Y}, {made:%H:%M} UTC"
    built = f"- Built: {when}\n- Commit: `{made_of.commit or 'not known'}`"
    chapter.show(f"{_about(chapter.dataset)}\n{built}")
    inputs = list(made_of.sources.items())
    caption = "What went into this book, each part with the SHA-256 checksum of its files"
    chapter.listing(caption, ("Part", "Checksum"), inputs, "inputs")
    versions = list(made_of.versions.items())
    caption = "Versions of the software"
    chapter.listing(caption, ("Package", "Version"), versions, "versions")


def _about(dataset: Dataset) -> str:
    """Name the code and the data; a synthetic dataset's title says already what it is."""
    kind = "" if dataset.synthetic else f" ({dataset.meta.kind})"
    data = f"{escape_markdown(dataset.meta.title)}{kind}"
    return f"- Version of the code: {__version__}\n- Data: {data}"
