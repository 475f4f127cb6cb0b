"""A forest plot: how shares differ from national figures, each with its interval, numbered.

Shape and position carry the meaning, never colour: a difference that remains once all claims are
allowed for is a filled diamond, one that is unclear an open one.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scrlib.compare import outcome, text
from scrlib.compare.outcome import Outcome
from scrlib.compare.shares import TwoShares
from scrlib.showing import house
from scrlib.showing.words import number_word

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REMAINS, UNCLEAR = "Remains with all claims allowed for", "Unclear"
_RC: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"], "font.size": 10, "axes.edgecolor": house.INK,
    "text.color": house.INK, "axes.labelcolor": house.INK, "xtick.color": house.INK,
    "ytick.color": house.INK, "figure.facecolor": "white", "axes.facecolor": "white",
    "svg.hashsalt": "scr",
}  # fmt: skip
_WIDTH, _ROW, _ROOM, _WRAP = 6.4, 0.5, 1.4, 34


@dataclass(frozen=True, slots=True)
class Row:
    """One reading of one claim as it is drawn; in percentage points."""

    label: str
    difference: float
    low: float
    upp: float
    remains: bool


def rows(found: Sequence[tuple[int, Outcome]]) -> tuple[Row, ...]:
    """Return a row for each reading: of all its runs the one with the greatest p.

    Parameters
    ----------
    found : sequence of (int, Outcome)
        Outcomes of shares with their numbers, in the order in which they are drawn.
    """
    return tuple(row for number, item in found for row in _rows(number, item))


def _rows(number: int, item: Outcome) -> list[Row]:
    remains = item.verdict in (outcome.SUPPORTED, outcome.DIFFERENT, outcome.NOT_ALIKE)
    drawn = []
    for name, runs in item.readings.items():
        test = outcome.greatest(runs).test
        if isinstance(test, TwoShares):
            label = f"{number}. {item.label}" + (f": {name}" if name else "")
            drawn.append(Row(label, 100 * test.diff, 100 * test.low, 100 * test.upp, remains))
    return drawn


def draw(found: Sequence[Row]) -> Figure:
    """Draw a forest plot.

    Parameters
    ----------
    found : sequence of Row
        At least one; drawn from the top.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_RC):
        figure = Figure(figsize=(_WIDTH, _ROOM + _ROW * len(found)), layout="constrained")
        axes = figure.subplots()
        axes.axvline(0, color=house.INK, linewidth=1)
        for place, row in enumerate(found):
            axes.plot((row.low, row.upp), (place, place), color=house.SOLID, linewidth=1.4)
            axes.plot(row.difference, place, **_mark(row.remains))
            axes.annotate(
                text.signed(row.difference, 1), (row.difference, place), xytext=(0, 7),
                ha="center", fontsize=9, textcoords="offset points",
            )  # fmt: skip
        labels = [textwrap.fill(row.label, _WRAP) for row in found]
        axes.set_yticks(range(len(found)), labels)
        axes.set_ylim(len(found) - 0.4, -0.7)
        axes.set_xlabel("Cases less the national figure, percentage points")
        axes.grid(axis="x", color=house.GRID, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.tick_params(axis="y", length=0)
        axes.spines[["top", "right", "left"]].set_visible(False)
        _legend(figure)
    return figure


def _mark(remains: bool) -> dict[str, Any]:
    face = house.SOLID if remains else "white"
    return {
        "marker": "D", "linestyle": "none", "markersize": 7, "markerfacecolor": face,
        "markeredgecolor": house.SOLID, "markeredgewidth": 1.4,
    }  # fmt: skip


def _legend(figure: Figure) -> None:
    from matplotlib.lines import Line2D

    marks = ((REMAINS, True), (UNCLEAR, False))
    handles = [Line2D([], [], label=label, **_mark(remains)) for label, remains in marks]
    figure.legend(handles=handles, loc="outside lower left", ncols=2, frameon=False, fontsize=9)


def title(found: Sequence[Row]) -> str:
    """Return the message of the figure: how many differences remain."""
    remain = sum(row.remains for row in found)
    verb = "remains" if remain == 1 else "remain"
    if remain == len(found):
        every = {1: "The difference", 2: "Both differences"}
        return f"{every.get(remain, 'All differences')} {verb} with all claims allowed for"
    if not remain:
        return "No difference remains with all claims allowed for"
    some = f"{number_word(remain).capitalize()} of {number_word(len(found))} differences"
    return f"{some} {verb} with all claims allowed for"


def alternative(found: Sequence[Row]) -> str:
    """Return the text alternative: every difference with its interval."""
    told = "; ".join(
        f"{row.label}: {text.signed(row.difference, 1)} percentage points, 95% interval "
        f"{text.interval((row.low, row.upp), 1)}, {'remains' if row.remains else 'unclear'}"
        for row in found
    )
    return f"Forest plot. {title(found)}. {told}."
