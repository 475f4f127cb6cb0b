"""What was learnt from submissions: themes of practice and actions taken (report, section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from scrlib.data.layout import learning_columns
from scrlib.escape import escape_markdown


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


def labels(field: str) -> dict[str, str]:
    """Return the codes of a field with their labels, in the order of the frame."""
    (column,) = (item for item in learning_columns() if item.name == field)
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
    pairs = zip(taken["action"].astype(str), taken["level"].fillna("").astype(str), strict=True)
    return [
        f"- {escape_markdown(action)}" + (f" ({names[level].lower()})" if level in names else "")
        for action, level in pairs
    ]
