"""Trends and associations as text: the cells of a table, sentences, and a file to download."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from scrlib.compare import verdicts
from scrlib.compare.associations import Tested
from scrlib.compare.verdicts import points, signed
from scrlib.pages.comparison_text import NONE, field_of, interval_text, pvalue, pvalue_range

HEADER = (
    "Association", "Verdict", "The report's word", "What is compared", "Difference (95% interval)",
    "p", "p adjusted",
)  # fmt: skip


def compared(item: Tested) -> str:
    """Write the counts or means that are set beside each other."""
    if item.groups:
        return "; ".join(f"{count} of {base}" for _, count, base in item.groups)
    if item.table:
        total = sum(map(sum, item.table))
        width = len(item.table[0])
        columns = f"{width} {'column' if width == 1 else 'columns'}"
        return f"table of {len(item.table)} rows and {columns}, {total} in all"
    if item.estimates:
        return "; ".join(f"mean {points(value)}" for value in item.estimates)
    if item.reason == verdicts.HELD_BACK:
        return "[c]"
    unknown = item.open_range or not (item.tested or item.reason == verdicts.NOTHING)
    return "[x]" if unknown else NONE


def cells(item: Tested) -> tuple[str, ...]:
    """Return the cells of one association, in the order of `HEADER`."""
    most = "at most " if item.at_most else ""
    found = f"{most}{pvalue(item.pvalue)}" if item.tested else NONE
    if item.open_range is not None:
        found = pvalue_range(*item.open_range)
    adjusted = NONE
    if item.adjusted_pvalue is not None:
        adjusted = f"{most}{pvalue(item.adjusted_pvalue)}\u00a0{item.marker}"
    said = item.said or ("none" if item.own else NONE)
    return item.label, item.verdict, said, compared(item), _difference(item), found, adjusted


def _difference(item: Tested) -> str:
    """Write a difference with its interval, or for a trend the statistic, whose sign tells it."""
    if item.difference is None:
        trend = item.statistic is not None and bool(item.groups)
        return f"z = {signed(item.statistic)}" if trend and item.statistic is not None else NONE
    if item.interval is None or item.interval[0] != item.interval[0]:
        return signed(item.difference)
    return f"{signed(item.difference)} ({interval_text(item.interval)})"


def told(item: Tested) -> tuple[str, tuple[str, ...]]:
    """Return an association in sentences: what was said, what is shown, what weakens it."""
    method = f"Test: {item.method}." if item.method else ""
    said, shown, weakens = item.words
    return f"{item.label} (section {item.section})", (said, shown, weakens, method)


def frame(found: Sequence[Tested]) -> pd.DataFrame:
    """Return every number of the associations under its own name, for a file; unrounded."""
    records = [
        {name: field_of(item, path) for name, path in _COLUMNS.items()}
        | {"compared": compared(item)}
        for item in found
    ]
    return pd.DataFrame(records, columns=[*_COLUMNS, "compared"])


_COLUMNS = {
    "key": "key", "label": "label", "section": "section", "said": "said", "method": "method",
    "difference": "difference", "difference_low": "interval.0", "difference_high": "interval.1",
    "statistic": "statistic", "p": "pvalue", "p_adjusted": "adjusted_pvalue",
    "p_is_at_most": "at_most", "p_open_low": "open_range.0", "p_open_high": "open_range.1",
    "marker": "marker", "verdict": "verdict", "reason": "reason", "caveats": "caveats",
}  # fmt: skip
