"""The house style of figures: horizontal bars with direct labels, in SVG, the same bytes each time.

Colour never carries meaning: a known number is a solid bar with its digits, a range is an open,
hatched bar with dashed edges from its least to its greatest value. The ground is white, so that
figures read the same on a light and on a dark page. The blue is the first colour of the Government
Analysis Function's palette, with more than 3:1 contrast to white.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrlib.words import mark_in_words
from tally.interval import Known

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SOLID, EDGE, INK, GRID = "#12436D", "#12436D", "#0b0c0c", "#d9d9d9"
FIXED, OPEN = "Known from print", "Range of all values that agree with print"
_RC: dict[Any, Any] = {
    "svg.hashsalt": "scr", "svg.fonttype": "path", "font.family": "DejaVu Sans", "font.size": 11,
    "axes.edgecolor": INK, "text.color": INK, "axes.labelcolor": INK, "xtick.color": INK,
    "ytick.color": INK, "hatch.linewidth": 0.8, "text.parse_math": False,
    "figure.facecolor": "white",
}  # fmt: skip
_WIDTH, _ROW, _HEAD, _WRAP, _WRAP_ALONE = 7.0, 0.36, 0.75, 31, 36
_FOOT = 0.4


@dataclass(frozen=True, slots=True)
class Panel:
    """One of the small charts that make up a figure: a bar for each row.

    Parameters
    ----------
    title : str
        Heading; empty if the figure has one panel only.
    values : tuple of Known
        One for each row.
    """

    title: str
    values: tuple[Known, ...]


def _bar(axes: Axes, place: int, known: Known, room: float) -> None:
    """Draw one row: a solid bar, an open range, or the words that say nothing is known."""
    end = 0.0 if known.high is None else float(known.high)
    if known.fixed:
        axes.barh(place, end, height=0.62, color=SOLID)
    elif known.low is not None:
        low = float(known.low)
        axes.barh(
            place, end - low, left=low, height=0.62, facecolor="white", edgecolor=EDGE,
            hatch="////", linestyle=(0, (3, 2)), linewidth=1,
        )  # fmt: skip
    axes.text(end + room * 0.02, place, mark_in_words(known), va="center", ha="left", fontsize=10)


def _axes(axes: Axes, panel: Panel, rows: Sequence[str], longest: float) -> None:
    room = max(longest, 1.0)
    for place, known in enumerate(panel.values):
        _bar(axes, place, known, room)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0, room * 1.3)
    labels = [textwrap.fill(row, _WRAP if panel.title else _WRAP_ALONE) for row in rows]
    axes.set_yticks(range(len(rows)), labels, fontsize=10, linespacing=1.05)
    axes.set_title(panel.title, loc="left", fontsize=11, fontweight="bold")
    axes.tick_params(length=0)
    axes.set_xticks([])
    axes.spines["left"].set_visible(True)


def _legend(figure: Figure, panels: Sequence[Panel]) -> None:
    """Explain the kinds of bar that are drawn."""
    from matplotlib.patches import Patch

    handles = [Patch(facecolor="white", edgecolor=EDGE, hatch="////", linestyle="--", label=OPEN)]
    if any(known.fixed and known.high for panel in panels for known in panel.values):
        handles.insert(0, Patch(facecolor=SOLID, label=FIXED))
    figure.legend(
        handles=handles, loc="lower left", ncols=2, frameon=False, fontsize=10,
        bbox_to_anchor=(0.01, 0.0), borderaxespad=0.2,
    )  # fmt: skip


def draw(panels: Sequence[Panel], rows: Sequence[str]) -> Figure:
    """Draw panels of bars that share their rows and their scale.

    Parameters
    ----------
    panels : sequence of Panel
        Drawn two beside each other.
    rows : sequence of str
        Labels of the rows, from the top.
    """
    import matplotlib
    import seaborn as sns
    from matplotlib.figure import Figure

    across = min(2, len(panels))
    down = -(-len(panels) // across)
    ranged = any(known.ranged for panel in panels for known in panel.values)
    foot = _FOOT if ranged else 0.0  # bars that are all solid explain themselves
    height = down * (_HEAD + _ROW * len(rows)) + foot
    ends = [float(known.high) for panel in panels for known in panel.values if known.high]
    with matplotlib.rc_context({**_RC, **sns.axes_style("white", _rc_axes())}):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        rect = (0, foot / height, 1, 1 - foot / height)
        figure.get_layout_engine().set(rect=rect, hspace=0.05)  # type: ignore[union-attr, call-arg]
        grid = figure.subplots(down, across, squeeze=False, sharey=True)
        for axes, panel in zip(grid.flat, panels, strict=False):
            _axes(axes, panel, rows, max(ends, default=1.0))
            sns.despine(ax=axes, bottom=True)
        for axes in grid.flat[len(panels) :]:
            axes.set_visible(False)
        if ranged:
            _legend(figure, panels)
    return figure


def _rc_axes() -> dict[str, Any]:
    return {"axes.edgecolor": INK, "font.family": ["DejaVu Sans"]}


def save(figure: Figure, path: Path) -> None:
    """Write a figure as SVG: the same bytes whenever its numbers are the same."""
    import matplotlib

    with matplotlib.rc_context(_RC):
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
