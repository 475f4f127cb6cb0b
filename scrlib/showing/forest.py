"""A forest plot: shares beside national figures, and how they differ, each with its interval.

Shape and position carry the meaning, never colour: the share of the cases is a filled circle, the
national figure an open square; a difference that remains after adjustment is a filled diamond, any
other an open one.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scrlib.compare.compared import Comparison, Interval
from scrlib.compare.proportions import ALPHA
from scrlib.compare.verdicts import points, signed
from scrlib.showing import house
from scrlib.showing.words import number_word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OURS, THEIRS = "These cases", "National figure"
REMAINS, OTHER = "Differs after adjustment", "No difference shown after adjustment"
_RC: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"], "font.size": 10, "axes.edgecolor": house.INK,
    "text.color": house.INK, "axes.labelcolor": house.INK, "xtick.color": house.INK,
    "ytick.color": house.INK, "figure.facecolor": "white", "axes.facecolor": "white",
}  # fmt: skip
_WIDTH, _ROW, _ROOM, _WRAP = 7.2, 0.52, 1.7, 24


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison as it is drawn; all in percent, differences in percentage points."""

    label: str
    ours: float
    ours_interval: Interval
    theirs: float
    theirs_interval: Interval | None
    difference: float
    interval: Interval
    remains: bool


def rows(found: Sequence[Comparison]) -> tuple[Row, ...]:
    """Return the comparisons that can be drawn: those with a test and an interval."""
    return tuple(row for item in found if (row := _row(item)) is not None)


def _row(item: Comparison) -> Row | None:
    if item.estimate is None or item.interval is None or item.reference is None:
        return None
    if item.difference is None or item.difference_interval is None:
        return None
    remains = item.adjusted_pvalue is not None and item.adjusted_pvalue < ALPHA
    return Row(
        item.label, item.estimate, item.interval, item.estimate - item.difference,
        item.reference_interval, item.difference, item.difference_interval, remains,
    )  # fmt: skip


def draw(found: Sequence[Row]) -> Figure:
    """Draw a forest plot.

    Parameters
    ----------
    found : sequence of Row
        At least one; drawn from the top.
    """
    import matplotlib
    from matplotlib.figure import Figure

    height = _ROOM + _ROW * len(found)
    with matplotlib.rc_context(_RC):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        figure.get_layout_engine().set(rect=(0, 0.62 / height, 1, 1 - 0.62 / height))  # type: ignore[union-attr, call-arg]
        shares, differences = figure.subplots(1, 2, sharey=True)
        for place, row in enumerate(found):
            _shares(shares, place, row)
            _difference(differences, place, row)
        _frame(shares, [row.label for row in found], "Share of cases or children", "percent")
        _frame(differences, (), "Cases less the national figure", "percentage points")
        shares.set_xlim(0, 100)
        differences.axvline(0, color=house.INK, linewidth=1)
        _legend(figure)
    return figure


def _line(axes: Axes, place: float, interval: Interval, dashed: bool = False) -> None:
    style: Any = (0, (3, 2)) if dashed else "solid"
    axes.plot(interval, (place, place), color=house.SOLID, linewidth=1.4, linestyle=style)


def _shares(axes: Axes, place: int, row: Row) -> None:
    _line(axes, place - 0.14, row.ours_interval)
    axes.plot(row.ours, place - 0.14, "o", color=house.SOLID, markersize=7)
    if row.theirs_interval is not None:
        _line(axes, place + 0.16, row.theirs_interval, dashed=True)
    axes.plot(row.theirs, place + 0.16, "s", **_open(), markersize=6)


def _difference(axes: Axes, place: int, row: Row) -> None:
    _line(axes, place, row.interval)
    face = {"color": house.SOLID} if row.remains else _open()
    axes.plot(row.difference, place, "D", **face, markersize=7)
    axes.annotate(
        signed(row.difference), (row.difference, place), xytext=(0, 7), ha="center", fontsize=9,
        textcoords="offset points", bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
    )  # fmt: skip


def _open() -> dict[str, Any]:
    return {
        "markerfacecolor": "white", "markeredgecolor": house.SOLID, "markeredgewidth": 1.4,
        "linestyle": "none",
    }  # fmt: skip


def _frame(axes: Axes, labels: Sequence[str], title: str, unit: str) -> None:
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold")
    axes.set_xlabel(unit)
    axes.grid(axis="x", color=house.GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    if labels:
        axes.set_yticks(range(len(labels)), [textwrap.fill(text, _WRAP) for text in labels])
        axes.set_ylim(len(labels) - 0.4, -0.6)


def _legend(figure: Figure) -> None:
    from matplotlib.lines import Line2D

    marks = ((OURS, "o", False), (THEIRS, "s", True), (REMAINS, "D", False), (OTHER, "D", True))
    handles = [
        Line2D([], [], marker=mark, label=text, linestyle="none", markersize=7)
        if not hollow
        else Line2D([], [], marker=mark, label=text, **_open(), markersize=7)
        for text, mark, hollow in marks
    ]
    for handle, (_, _, hollow) in zip(handles, marks, strict=True):
        if not hollow:
            handle.set_color(house.SOLID)
    figure.legend(handles=handles, loc="lower left", ncols=2, frameon=False, fontsize=9)


def title(found: Sequence[Row]) -> str:
    """Return the message of the figure: how many differences remain."""
    remain = sum(row.remains for row in found)
    if len(found) == 1:
        return f"The difference {'remains' if remain else 'does not remain'} after adjustment"
    if remain == len(found):
        every = "Both" if remain == 2 else f"All {number_word(remain)}"
        return f"{every} differences remain after adjustment"
    word = number_word(remain).capitalize() if remain else "None"
    verb = "remains" if remain < 2 else "remain"
    return f"{word} of {number_word(len(found))} differences {verb} after adjustment"


def alternative(found: Sequence[Row]) -> str:
    """Return the text alternative: every share and difference with its interval."""
    told = "; ".join(_told(row) for row in found)
    return f"Forest plot. {title(found)}. {told}."


def _told(row: Row) -> str:
    low, high = (signed(value) for value in row.interval)
    outcome = "remains after adjustment" if row.remains else "not shown after adjustment"
    return (
        f"{row.label}: these cases {points(row.ours)}%, national figure {points(row.theirs)}%, "
        f"difference {signed(row.difference)} percentage points, "
        f"95% interval {low} to {high}, {outcome}"
    )
