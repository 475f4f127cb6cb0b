"""Charts in the house style: what they may hold, how they are labelled, how a page carries them.

An analyst draws with seaborn or pandas on the numbers of a cross-table. `finish` refuses a chart
that holds any other number, labels its bars directly, and returns it as SVG inside an address, so
that a notebook writes no file. Text stays text, and the ground is clear: the book's dark theme
inverts the picture's lightness instead of showing it on a white panel.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tally.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

PALETTE = ("#12436D", "#F46A25", "#28A197", "#801650", "#3D3D3D", "#A285D1")
"""The Government Analysis Function's categorical colours, the first two with most contrast."""
LEVELS = ("#12436D", "#2073BC", "#6BACE6")
"""The same office's sequential colours, for what has an order such as high, medium and low."""
INK, RULE = "#1b1f24", "#7b858f"
WIDTH = 4.8
"""Inches: with text of eleven points, still legible where a phone shows it 350 pixels wide."""
LEAST_FIXED = 0.5
"""A chart of which fewer marks than this are numbers says too little to be drawn."""
NARROW = 0.06
"""A part of a bar below this share of the axis has no room for its number."""
_EDGES = {f"axes.spines.{side}": False for side in ("bottom", "right", "top")}
STYLE: dict[Any, Any] = {
    "axes.edgecolor": RULE, "axes.labelcolor": INK, "text.color": INK, "xtick.color": INK,
    "ytick.color": INK, "font.family": ["DejaVu Sans"], "font.size": 11, "axes.titlesize": 11,
    "axes.labelsize": 11, "xtick.labelsize": 11, "ytick.labelsize": 11, "legend.fontsize": 11,
    "figure.figsize": (WIDTH, 2.6), "ytick.left": False, "svg.fonttype": "none",
    "svg.hashsalt": "scr", "text.parse_math": False, "patch.linewidth": 0, **_EDGES,
}  # fmt: skip


def use_style() -> None:
    """Let seaborn and pandas draw in the house style from here on."""
    import seaborn as sns

    sns.set_theme(style="white", palette=list(PALETTE), rc=STYLE)


def finish(axes: Axes, ledger: set[float]) -> str:
    """Check and label a chart, and return it as an address for the `src` of a picture.

    Parameters
    ----------
    axes : Axes
        As seaborn and pandas return them. The figure is closed, so that it is not shown twice.
    ledger : set of float
        The numbers that the page has given out.

    Raises
    ------
    InputError
        If the chart holds any other number.
    """
    strangers = sorted({value for value in _values(axes) if not _known(value, ledger)})
    if strangers:
        close(axes)
        raise InputError(
            f"The chart holds {', '.join(f'{value:g}' for value in strangers[:5])}, which no table "
            "or share of this page gave out. Draw from book.crosstab(...).long or .wide."
        )
    _label(axes)
    return _address(axes)


def close(axes: Axes) -> None:
    """Close the figure of a chart that is not shown."""
    import matplotlib.pyplot as plt

    plt.close(axes.figure)  # type: ignore[arg-type]


def _known(value: float, ledger: set[float]) -> bool:
    return value in ledger or any(abs(value - known) < 1e-9 for known in ledger)


def _values(axes: Axes) -> Iterator[float]:
    """Yield the numbers that the marks of a chart stand for."""
    for bars in axes.containers:
        yield from _numbers(getattr(bars, "datavalues", ()))
    bar_ids = {id(bar) for bars in axes.containers for bar in bars}
    for patch in axes.patches:
        if id(patch) not in bar_ids and _drawn(patch):
            raise InputError(
                "A chart of shapes other than bars cannot be checked: use bars, dots or lines."
            )
    for across, values in ((True, axes.xaxis), (False, axes.yaxis)):
        if not _categorical(values):
            yield from _marks(axes, across)


def _drawn(patch: Any) -> bool:
    """Say whether a shape is more than the empty one that seaborn makes a legend of."""
    box = patch.get_extents()
    return bool(box.width > 0 and box.height > 0)


def _categorical(axis: Axis) -> bool:
    return axis.units is not None and hasattr(axis.units, "_mapping")


def _marks(axes: Axes, across: bool) -> Iterator[float]:
    """Yield where dots and lines stand on one axis, unless bars show that it holds categories."""
    if axes.containers and _upright(axes.containers[0]) == across:
        return
    place = 0 if across else 1
    for collection in axes.collections:
        points: Any = collection.get_offsets() if hasattr(collection, "get_sizes") else ()
        yield from _numbers(point[place] for point in points)
        for segment in getattr(collection, "get_segments", tuple)():
            yield from _numbers(point[place] for point in segment)
    for line in axes.lines:
        yield from _numbers(line.get_xdata() if across else line.get_ydata())


def _numbers(values: Any) -> Iterator[float]:
    yield from (float(value) for value in values if value == value)


def _label(axes: Axes) -> None:
    """Write the number on each bar, and leave out the scale that it makes needless."""
    every: list[Any] = list(axes.containers)
    stacked = any(_start(bar, bars) > 0 for bars in every for bar in bars)
    for bars in every:
        if stacked:
            _label_parts(axes, bars, last=bars is every[-1])
        else:
            axes.bar_label(bars, [_digits(value) for value in bars.datavalues], padding=3)
    if every:
        upright = _upright(every[0])
        if not upright and not axes.yaxis_inverted():
            axes.invert_yaxis()  # pandas draws the first row at the bottom
        (axes.set_yticks if upright else axes.set_xticks)([])
        axes.set(**{"ylabel" if upright else "xlabel": ""})
    axes.set_ylabel("")
    _place_legend(axes)


def _label_parts(axes: Axes, bars: Any, *, last: bool) -> None:
    """Write numbers on the parts of stacked bars; beside the last part, where it is narrow."""
    widest = max(abs(end) for end in axes.get_xlim())
    for bar, value in zip(bars, bars.datavalues, strict=True):
        if not value or value != value:
            continue
        beside = last and value < NARROW * widest
        across, up = bar.get_x() + bar.get_width() / 2, bar.get_y() + bar.get_height() / 2
        axes.annotate(
            _digits(value), (bar.get_x() + bar.get_width() if beside else across, up),
            xytext=(3, 0) if beside else (0, 0), textcoords="offset points", va="center",
            ha="left" if beside else "center",
            color="white" if _dark(bar.get_facecolor()) and not beside else INK,
        )  # fmt: skip


def _place_legend(axes: Axes) -> None:
    """Put the legend above the chart, without a frame or a title."""
    import seaborn as sns

    if axes.get_legend() is not None:
        sns.move_legend(
            axes, "lower left", bbox_to_anchor=(-0.02, 1), title=None, frameon=False,
            borderaxespad=0, handlelength=1.2,
        )  # fmt: skip


def _start(bar: Any, bars: Any) -> float:
    return float(bar.get_y() if _upright(bars) else bar.get_x())


def _upright(bars: Any) -> bool:
    return getattr(bars, "orientation", "") == "vertical"


def _digits(value: float) -> str:
    return "" if value != value else f"{value:.0f}"


def _dark(colour: tuple[float, ...]) -> bool:
    """Say whether white text is read better on a colour than dark text (relative luminance)."""
    red, green, blue = colour[:3]
    return bool(0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2 < 0.18)


def _address(axes: Axes) -> str:
    import matplotlib.pyplot as plt

    stream = io.StringIO()
    with plt.rc_context(STYLE):
        axes.figure.savefig(  # type: ignore[union-attr]
            stream, format="svg", bbox_inches="tight", transparent=True, pad_inches=0.05,
            metadata={"Date": None, "Creator": None},
        )  # fmt: skip
    close(axes)
    text = stream.getvalue()
    picture = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    return "data:image/svg+xml," + quote(" ".join(picture.split()), safe=" =:/,;'()!*-._~@+?")
