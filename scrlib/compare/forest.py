"""A forest plot: how shares differ from national figures, each with its interval, numbered.

Shape and position carry the meaning, never colour: a difference that is clear once all claims are
allowed for is a filled diamond, one that is unclear an open one.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scrlib.compare import outcome, text
from scrlib.compare.outcome import Outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CLEAR, UNCLEAR = "Clear with all claims allowed for", "Unclear"
_INK = "#12436D"
_WIDTH, _ROW, _ROOM, _WRAP = 4.8, 0.62, 1.1, 24
"""Inches and letters: as wide as can be read on a phone."""


@dataclass(frozen=True, slots=True)
class Row:
    """One reading of one claim as it is drawn; in percentage points.

    Parameters
    ----------
    difference, low, upp : float
        Of the test that favours the claim least, with its interval.
    ends : tuple of float
        The least and the greatest end of the intervals of all tests.
    """

    label: str
    difference: float
    low: float
    upp: float
    ends: tuple[float, float]
    clear: bool


def rows(found: Sequence[tuple[int, Outcome]]) -> tuple[Row, ...]:
    """Return a row for each reading: of all its tests the one that favours the claim least.

    Parameters
    ----------
    found : sequence of (int, Outcome)
        Outcomes of shares with their numbers, in the order in which they are drawn.
    """
    drawn = []
    for number, item in found:
        clear = item.verdict in outcome.CLEAR
        for name, reading in item.readings.items():
            label = f"{number}. {item.claim.label}" + (f": {name}" if name else "")
            every: Any = reading.test
            test: Any = item.least_favourable(name)
            ends = 100 * np.min(every.low), 100 * np.max(every.upp)
            diff, low, upp = 100 * test.diff, 100 * test.low, 100 * test.upp
            drawn.append(Row(label, diff, low, upp, ends, clear))
    return tuple(drawn)


def marks(found: Sequence[Row]) -> set[float]:
    """Return every number that the plot holds, for the ledger of its page."""
    numbers = {number for row in found for number in (row.difference, row.low, row.upp, *row.ends)}
    return {0.0, 1.0, *numbers, *map(float, range(len(found)))}


def draw(found: Sequence[Row]) -> Axes:
    """Draw a forest plot.

    Parameters
    ----------
    found : sequence of Row
        At least one; drawn from the top.
    """
    from matplotlib import pyplot

    _, axes = pyplot.subplots(figsize=(_WIDTH, _ROOM + _ROW * len(found)))
    axes.axvline(0, color=_INK, linewidth=1)
    for place, row in enumerate(found):
        axes.plot(row.ends, (place, place), color=_INK, linewidth=0.8, linestyle=(0, (2, 3)))
        axes.plot((row.low, row.upp), (place, place), color=_INK, linewidth=1.6)
        axes.plot(row.difference, place, **_mark(row.clear))
        axes.annotate(
            text.signed(row.difference, 1), (row.difference, place), xytext=(0, 7), ha="center",
            fontsize=10, textcoords="offset points",
        )  # fmt: skip
    axes.set_yticks(range(len(found)), [textwrap.fill(row.label, _WRAP) for row in found])
    axes.set_ylim(len(found) - 0.4, -0.7)
    axes.set_xlabel("Difference, percentage points")
    for label, clear in ((CLEAR, True), (UNCLEAR, False)):
        if any(row.clear == clear for row in found):
            axes.plot([], [], label=label, **_mark(clear))
    axes.legend(ncols=1, frameon=False)
    return axes


def _mark(clear: bool) -> dict[str, Any]:
    face = _INK if clear else "white"
    return {
        "marker": "D", "linestyle": "none", "markersize": 7, "markerfacecolor": face,
        "markeredgecolor": _INK, "markeredgewidth": 1.4,
    }  # fmt: skip


def title(found: Sequence[Row]) -> str:
    """Return the message of the figure: how many differences are clear."""
    clear = sum(row.clear for row in found)
    which = f"{clear} of {len(found)} differences {'is' if clear == 1 else 'are'} clear"
    if len(found) == 1:
        which = f"The difference is {'clear' if clear else 'unclear'}"
    elif not clear:
        which = "No difference is clear"
    return f"{which} with all claims allowed for"


def alternative(found: Sequence[Row]) -> str:
    """Return the text alternative: every difference with its interval."""
    told = "; ".join(
        f"{row.label}: {text.signed(row.difference, 1)} percentage points, 95% interval "
        f"{text.interval((row.low, row.upp), 1)}, {'clear' if row.clear else 'unclear'}"
        for row in found
    )
    return f"Forest plot. {title(found)}. {told}."
