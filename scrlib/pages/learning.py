"""What was learnt from submissions: themes of practice and actions taken (report, section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from scrlib.report import coding_frame
from tally.escape import escape_markdown


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme of practice with the number of learning points about it.

    Parameters
    ----------
    strengths, shortfalls, open : int
        Points that found practice strong, found it wanting, or may be either.
    """

    label: str
    points: int
    strengths: int
    shortfalls: int
    open: int

    @property
    def row(self) -> list[str]:
        """The theme as a row of a table."""
        numbers = (self.points, self.strengths, self.shortfalls, self.open)
        return [self.label, *map(str, numbers)]


HEADER = ("Theme", "Learning points", "Strengths", "Shortfalls", "Either")


def sheet(found: Sequence[Theme]) -> tuple[Sequence[str], list[list[str]]]:
    """Return the header and rows of a table of themes.

    Strengths and shortfalls are left out where no point says which it is.
    """
    rows = [item.row for item in found]
    if any(item.strengths or item.shortfalls for item in found):
        return HEADER, rows
    return HEADER[:2], [row[:2] for row in rows]


def labels(field: str) -> dict[str, str]:
    """Return the codes of a field with their labels, in the order of the frame."""
    (column,) = (item for item in coding_frame().learning if item.name == field)
    return {str(item.code): item.label for item in column.categories}


def _is(column: pd.Series[Any], code: str) -> pd.Series[bool]:
    return column.fillna("").astype(str) == code


def themes(learning: pd.DataFrame) -> list[Theme]:
    """Return the themes that learning points are about, in the order of the frame."""
    found = []
    for code, label in labels("theme").items():
        points = learning[_is(learning["theme"], code)]
        if len(points):
            kinds = (
                int(_is(points["finding"], kind).sum()) for kind in ("strength", "shortfall", "")
            )
            found.append(Theme(label, len(points), *kinds))
    return found


def actions(learning: pd.DataFrame) -> list[str]:
    """Return the actions taken with their level, as lines of Markdown, their text escaped."""
    names = labels("level")
    taken = learning[~_is(learning["action"], "")]
    levels = taken["level"].fillna("").astype(str)
    told = names if levels.nunique() > 1 else {}  # one level for all is said once, above the list
    return [
        f"- {escape_markdown(action)}" + (f" ({told[level].lower()})" if level in told else "")
        for action, level in zip(taken["action"].astype(str), levels, strict=True)
    ]
