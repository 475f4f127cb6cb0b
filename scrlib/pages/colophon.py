"""What a book was made of, for its last page: empty tables where no build has made a record."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from parabook import record
from scrlib import __version__
from tally.data import recode
from tally.dataset import Dataset

PART, CHECKSUM = "Part", "Checksum"


def about(dataset: Dataset) -> pd.DataFrame:
    """Return the version, the data, and when its results were made from which commit."""
    rows = [("Version of the code", __version__), ("Data", dataset.meta.title)]
    if not dataset.synthetic:
        rows.append(("Kind of data", dataset.meta.kind))
    rows += [
        (f"Table {name}, recoded", text)
        for name, text in (recode.told(dataset.recoding) if dataset.recoding else ())
    ]
    if made_of := record.current():
        made = datetime.fromisoformat(made_of.made)
        rows += [("Computed", f"{made.day} {made:%B %Y}, {made:%H:%M} UTC"),
                 ("Commit", made_of.commit or "not known")]  # fmt: skip
    return pd.DataFrame(rows, columns=["What", "Value"])


def parts() -> pd.DataFrame:
    """Return what went into the book, each part with the SHA-256 checksum of its files."""
    made_of = record.current()
    return pd.DataFrame(made_of.sources.items() if made_of else (), columns=[PART, CHECKSUM])


def versions() -> pd.DataFrame:
    """Return the versions of the software that decides results."""
    made_of = record.current()
    found = made_of.versions.items() if made_of else ()
    return pd.DataFrame(found, columns=["Package", "Version"])
