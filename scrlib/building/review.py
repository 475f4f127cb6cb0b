"""What a reviewer of a change wants to know of two runs: one screen of Markdown, details folded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from parabook import record
from scrlib.building.differences import Diff, Difference
from tally.escape import escape_html

MOST_LISTED = 50
"""Differences of a kind that are listed; how many more there are is said."""
VERDICTS, NARROWED, WIDENED = "Verdicts", "Ranges that narrowed", "Ranges that widened or moved"
NUMBERS, SENTENCES, PARTS, RECORD = (
    "Numbers", "Sentences and labels", "Tables, rows and columns in one run only",
    "Code, versions and settings",
)  # fmt: skip
KINDS = (VERDICTS, NARROWED, WIDENED, NUMBERS, SENTENCES, PARTS, RECORD)
_RANGE = re.compile(r"(-?[\d,]+(?:\.\d+)?)%?(?: (?:to|–) (-?[\d,]+(?:\.\d+)?)%?)?")
_DIGITS = re.compile(r"\d[\d,.]*")


def markdown(diff: Diff) -> str:
    """Return what differs as GitHub shows it: a table of kinds, each with its details folded."""
    title = f"### What changed: {_cell(diff.before)} against {_cell(diff.after)}"
    found: dict[str, list[Difference]] = {kind: [] for kind in KINDS}
    for item in diff.differences:
        found[kind_of(item)].append(item)
    found = {kind: items for kind, items in found.items() if items}
    parts = [title, diff.summary]
    if found:
        parts += [_overview(found), *(_folded(kind, items) for kind, items in found.items())]
    return "\n\n".join(parts) + "\n"


def kind_of(item: Difference) -> str:
    """Return what kind of difference it is."""
    if item.file == record.FILE:
        return RECORD
    if not item.row or not item.column:
        return PARTS
    if item.column.casefold() == "verdict":
        return VERDICTS
    before, after = _span(item.before), _span(item.after)
    if before and after:
        if before[0] == before[1] and after[0] == after[1]:
            return NUMBERS
        return NARROWED if before[0] <= after[0] <= after[1] <= before[1] else WIDENED
    same = _DIGITS.sub("", item.before) == _DIGITS.sub("", item.after)
    return NUMBERS if same else SENTENCES


def _span(text: str) -> tuple[float, float] | None:
    """Return the ends of a range, or a number twice; None if a text is neither."""
    found = _RANGE.fullmatch(text.strip())
    if not found:
        return None
    low = float(found[1].replace(",", ""))
    return low, float(found[2].replace(",", "")) if found[2] else low


def _overview(found: Mapping[str, list[Difference]]) -> str:
    rows = [f"| {kind} | {len(items):,} | {_said(items[0])} |" for kind, items in found.items()]
    return "\n".join(["| What | How many | The first |", "|---|---:|---|", *rows])


def _name(item: Difference) -> str:
    return item.file.rpartition("/")[2]


def _said(item: Difference) -> str:
    where = ", ".join(filter(None, (item.row or _name(item), item.column)))
    return _cell(f"{where}: {item.before or 'nothing'} → {item.after or 'nothing'}", 120)


def _folded(kind: str, items: Iterable[Difference]) -> str:
    every = list(items)
    rows = [
        f"| {_cell(', '.join(filter(None, (_name(i), i.row, i.column))))} "
        f"| {_cell(i.before)} | {_cell(i.after)} |"
        for i in every[:MOST_LISTED]
    ]
    more = len(every) - MOST_LISTED
    rest = [f"\n{more:,} more: `scr diff` lists them all."] if more > 0 else []
    opened = f"<details><summary>{kind}: {len(every):,}</summary>\n"
    head = ["| Where | Before | After |", "|---|---|---|"]
    return "\n".join([opened, *head, *rows, *rest, "\n</details>"])


def _cell(text: str, most: int = 200) -> str:
    """Return a text for a cell of a table: on one line, cut if long, with no markup in it."""
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    plain = escape_html(" ".join(short.split()))
    return re.sub(r"([\\|`*_\[\]~@#])", lambda found: f"&#{ord(found[1])};", plain)
