"""Ranges of numbers that the report leaves open, as they are kept in `data/published/bounds.csv`.

`scrlib.determined` works them out; what readers are told, and chapter 8, come from here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from scrlib import paths

FILE = paths.PUBLISHED / "bounds.csv"
WITNESSES = paths.PUBLISHED / "witnesses.npz"
FORCED = paths.PUBLISHED / "forced.csv"
HEADER = ("quantity", "low", "high", "proved_low", "proved_high")


@dataclass(frozen=True, slots=True)
class Bounds:
    """A range that holds every value the quantity can take.

    Parameters
    ----------
    quantity : str
    low, high : Fraction or None
        None where nothing limits it.
    proved_low, proved_high : bool
        Whether a dataset that agrees with the report has that value. If not, the true end lies
        inside.
    """

    quantity: str
    low: Fraction | None
    high: Fraction | None
    proved_low: bool = False
    proved_high: bool = False

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """The least and the greatest value, of a range that has both, as every one kept has."""
        assert self.low is not None
        assert self.high is not None
        return self.low, self.high

    def end(self, up: bool) -> Fraction | None:
        """Return the greatest value if `up`, the least otherwise."""
        return self.high if up else self.low

    def reached(self, up: bool) -> bool:
        """Say whether the greatest value is proved if `up`, the least otherwise."""
        return self.proved_high if up else self.proved_low

    def closer(self, up: bool, limit: Fraction | None) -> Bounds:
        """Return the range with one end moved inwards to a limit, unless it is proved."""
        end = self.end(up)
        if limit is None or self.reached(up) or end is None:
            return self
        return replace(self, high=min(end, limit)) if up else replace(self, low=max(end, limit))


def read(path: Path = FILE) -> list[Bounds]:
    """Read a file of ranges; none if there is no file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            Bounds(
                row["quantity"], Fraction(row["low"]), Fraction(row["high"]),
                row["proved_low"] == "true", row["proved_high"] == "true",
            )
            for row in csv.DictReader(stream)
        ]  # fmt: skip


def forced(path: Path = FORCED) -> dict[tuple[str, str], tuple[str, ...]]:
    """Read, by quantity and end ("low" or "high"), the ids of what forces the end."""
    with path.open(encoding="utf-8", newline="") as stream:
        return {
            (row["quantity"], row["end"]): tuple(row["claims"].split())
            for row in csv.DictReader(stream)
        }


def write_forced(items: Mapping[tuple[str, str], Iterable[str]], path: Path = FORCED) -> None:
    """Write what forces the ends of ranges."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream, lineterminator="\n")
        out.writerow(("quantity", "end", "claims"))
        out.writerows((*place, " ".join(claims)) for place, claims in sorted(items.items()))


def write(items: Iterable[Bounds], path: Path = FILE) -> None:
    """Write ranges as CSV, in the order of the text of their quantities."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream, lineterminator="\n")
        out.writerow(HEADER)
        for item in sorted(items, key=lambda found: found.quantity):
            if item.low is not None and item.high is not None:
                ends = (str(end).lower() for end in (item.proved_low, item.proved_high))
                out.writerow((item.quantity, item.low, item.high, *ends))
