"""What an ensemble shows of quantities that print leaves open, to be set beside their bounds.

The spread is what some datasets happened to show. It is not a probability distribution, and the
values beyond it are no less possible: only the bounds say what print rules out.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from scrlib import paths
from scrlib.auditing.claims import claims
from scrlib.report import coding_frame, read_dataset
from scrlib.synthetic.ensemble import make
from tally.dataset import Dataset
from tally.evaluate import evaluate
from tally.expression import Quantity
from tally.language import parse

FILE = paths.PUBLISHED / "spread.csv"
HEADER = ("quantity", "least", "greatest", "datasets")
SEED, NUMBER = 2017, 100


@dataclass(frozen=True, slots=True)
class Spread:
    """The least and the greatest value that a quantity had in some datasets.

    Parameters
    ----------
    least, greatest : Fraction or None
        None where it was not defined in any, as a percentage of nothing.
    """

    quantity: str
    least: Fraction | None
    greatest: Fraction | None


def spread(quantities: Sequence[Quantity], datasets: Iterable[Dataset]) -> list[Spread]:
    """Evaluate quantities on datasets, one dataset at a time."""
    seen: list[list[Fraction]] = [[] for _ in quantities]
    for dataset in datasets:
        for values, quantity in zip(seen, quantities, strict=True):
            value = evaluate(quantity, dataset)
            if value is not None:
                values.append(value)
    return [
        Spread(quantity.text, min(values, default=None), max(values, default=None))
        for values, quantity in zip(seen, quantities, strict=True)
    ]


def refresh(texts: Iterable[str], number: int = NUMBER, path: Path = FILE) -> list[Spread]:
    """Make the ensemble that ships again, and write what it shows of some quantities.

    Parameters
    ----------
    texts : iterable of str
        Quantities, such as those of `bounds.csv`.
    number : int
        How many datasets.
    """
    book = coding_frame()
    quantities = [parse(text, book, book.studies[-1].study) for text in texts]
    start = read_dataset(paths.SYNTHETIC)
    found = spread(quantities, make(claims(book), SEED, number, start=start))
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream, lineterminator="\n")
        out.writerow(HEADER)
        for item in sorted(found, key=lambda item: item.quantity):
            if item.least is not None:
                out.writerow((item.quantity, item.least, item.greatest, number))
    return found
