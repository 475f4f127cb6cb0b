"""Rules within and between tables: keys, orphans, complete ratings, linked answers, months.

All work on whole columns of codes; rows are looked at singly only to word a failure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from tally.codebook import Linked
from tally.data import layout, values
from tally.data.joined import Ints, Joined, listed
from tally.data.raw import RawTable, texts
from tally.errors import Failure, nearest

_MOST_COMPARED = 2000
"""Above so many cases no nearest identifier is looked for: it would take longer than the check."""


def repeated(tidy: RawTable, table: layout.Table) -> list[Failure]:
    """Report rows whose key stands in an earlier row already.

    The key of the ratings is counted with their completeness, see `between_tables`.
    """
    if table.name == layout.RATINGS or not set(table.key) <= set(tidy.frame) or not table.key:
        return []
    keys = tidy.frame[list(table.key)]
    blank = (keys == "").any(axis=1).to_numpy()
    again = np.flatnonzero(keys.duplicated().to_numpy() & ~blank)
    named = " and ".join(table.key)
    rule = f"{named} may stand in one row only: this repeats an earlier row."

    def word(row: int) -> Failure:
        value = ", ".join(str(item) for item in keys.iloc[row])
        return Failure(rule, tidy.place, str(keys.index[row]), named, values.shown(value))

    return listed(again, tidy.place, named, word)


def between_tables(joined: Joined) -> list[Failure]:
    """Check every rule that takes more than one cell."""
    codebook = joined.codebook
    failures = _months(joined) + _same_labels(joined) + _pointless_learning(joined)
    if joined.cases is None:
        return failures
    failures += _no_rows(joined)
    for unit in codebook.units.values():
        if unit.of:
            failures += _orphans(joined, unit.table)
            failures += _childless(joined, unit.table, unit.label) if unit.id else []
    if joined.can_rate:
        failures += _orphans(joined, layout.RATINGS)
        failures += _wrong_scale(joined) + _rated_once(joined)
        for linked in codebook.linked:
            failures += _unlinked(joined, linked)
    return failures


def _no_rows(joined: Joined) -> list[Failure]:
    assert joined.cases is not None
    root = joined.codebook.root
    rule = f"There must be at least one {root.label}."
    return [] if len(joined.index) else [Failure(rule, joined.cases.place)]


def _months(joined: Joined) -> list[Failure]:
    """Check that a study ends after it begins and follows the one before."""
    if not joined.has(layout.STUDIES, "study", "first_month", "last_month"):
        return []
    found = joined.tables[layout.STUDIES]
    failures, spans = [], []
    for row, record in zip(
        found.frame.index, found.frame.astype(object).to_dict("records"), strict=True
    ):
        first, last = str(record["first_month"]), str(record["last_month"])
        year = values.whole(str(record["study"]))
        if year is None or not values.month(first) or not values.month(last):
            continue
        start, end = first if "-" in first else f"{first}-01", last if "-" in last else f"{last}-12"
        spans.append((year, start, end, str(row)))
        if start > end:
            rule = "A study's last month may not come before its first."
            failures.append(
                Failure(rule, found.place, str(row), "last_month", f"{first} to {last}")
            )
        if year < int(start[:4]):
            rule = f"A study may not be named by a year before its first month, {first}."
            failures.append(Failure(rule, found.place, str(row), "study", str(year)))
    for earlier, later in pairwise(sorted(spans)):
        if later[1] <= earlier[2] and earlier[0] != later[0]:
            rule = f"A study begins after the months of study {earlier[0]}, which end {earlier[2]}."
            failures.append(Failure(rule, found.place, later[3], "first_month", later[1]))
    return failures


def _same_labels(joined: Joined) -> list[Failure]:
    """Check that tables and figures can tell studies apart by their labels."""
    if not joined.has(layout.STUDIES, "label"):
        return []
    plan = layout.tables(joined.codebook)[layout.STUDIES]
    return repeated(joined.tables[layout.STUDIES], replace(plan, key=("label",)))


def _pointless_learning(joined: Joined) -> list[Failure]:
    if not joined.has(layout.LEARNING, "theme", "action"):
        return []
    found = joined.tables[layout.LEARNING]
    empty = np.flatnonzero(
        ((found.frame["theme"] == "") & (found.frame["action"] == "")).to_numpy()
    )
    rule = "A learning point needs a theme or an action."
    return listed(
        empty, found.place, "theme",
        lambda row: Failure(rule, found.place, str(found.frame.index[row]), "theme"),
    )  # fmt: skip


def _orphans(joined: Joined, name: str) -> list[Failure]:
    ids = joined.codebook.root.id or ""
    if not joined.has(name, ids):
        return []
    found = joined.tables[name]
    column = found.frame[ids]
    lost = np.flatnonzero((joined.owner(name) < 0) & (column != "").to_numpy())
    few = [str(item) for item in joined.index] if len(joined.index) <= _MOST_COMPARED else []
    assert joined.cases is not None
    rule = f"No row of {joined.codebook.root.table!r} has this {ids}."

    def word(row: int) -> Failure:
        value = values.shown(str(column.iloc[row]))
        return Failure(
            rule, found.place, str(column.index[row]), ids, value, (), nearest(value, few)
        )

    return listed(lost, found.place, ids, word)


def _childless(joined: Joined, name: str, label: str) -> list[Failure]:
    if not joined.has(name, joined.codebook.root.id or ""):
        return []
    owner = joined.owner(name)
    number = np.bincount(owner[owner >= 0], minlength=len(joined.index))
    return _of_cases(joined, np.flatnonzero(number == 0), f"No {label} belongs to this case.")


def _of_cases(
    joined: Joined, positions: Ints, rule: str | Callable[[int], str], column: str = ""
) -> list[Failure]:
    """Word failures of cases at some positions of `Joined.index`."""
    found = joined.cases
    assert found is not None
    positions = positions[np.asarray(joined.index != "")[positions]]

    def word(position: int) -> Failure:
        row = str(found.frame.index[joined.first_rows[position]])
        text = rule if isinstance(rule, str) else rule(position)
        value = values.shown(str(joined.index[position]))
        return Failure(text, found.place, row, column or joined.codebook.root.id or "", value)

    return listed(positions, found.place, column, word)


def _wrong_scale(joined: Joined) -> list[Failure]:
    """Check that a level is one of its own factor's scale."""
    found = joined.tables[layout.RATINGS]
    _, factor, level = joined.rated
    all_levels = set(values.allowed(layout.rating_column(joined.codebook)))
    known = np.array([text in all_levels for text in texts(found.frame["rating"])], dtype=bool)
    rows = np.flatnonzero((level < 0) & (factor >= 0) & known[found.frame["rating"].cat.codes])

    def word(row: int) -> Failure:
        variable = joined.codebook.variables[joined.codebook.factors[factor[row]]]
        level_names = tuple(str(item.code) for item in variable.categories)
        rule = f"The scale of {variable.name} has no such level."
        value = str(found.frame["rating"].iloc[row])
        return Failure(rule, found.place, str(found.frame.index[row]), "rating", value, level_names)

    return listed(rows, found.place, "rating", word)


def _rated_once(joined: Joined) -> list[Failure]:
    """Every case has each factor once: none missing, none twice."""
    case, factor, _ = joined.rated
    factors, found = joined.codebook.factors, joined.tables[layout.RATINGS]
    sound = np.flatnonzero((case >= 0) & (factor >= 0))
    cells = case[sound] * len(factors) + factor[sound]
    number = np.bincount(cells, minlength=len(joined.index) * len(factors))
    failures: list[Failure] = []
    if (number > 1).any():
        again = sound[pd.Series(cells).duplicated().to_numpy()]
        rule = "A case may have one rating for each risk factor: this repeats an earlier row."
        ids = found.frame[joined.codebook.root.id]
        failures = listed(again, found.place, "risk_factor", lambda row: Failure(
            rule, found.place, str(found.frame.index[row]), "risk_factor",
            values.shown(f"{ids.iloc[row]}, {factors[factor[row]]}"),
        ))  # fmt: skip
    missing = number.reshape(-1, len(factors)) == 0

    def rule_of(position: int) -> str:
        names = ", ".join(np.asarray(factors)[missing[position]])
        return (
            f"A case needs a rating for each of the {len(factors)} risk factors; missing: {names}."
        )

    return failures + _of_cases(joined, np.flatnonzero(missing.any(axis=1)), rule_of)


def _unlinked(joined: Joined, linked: Linked) -> list[Failure]:
    """Check that a variable is 'absent' if, and only if, its risk factor is not present."""
    cases, codebook = joined.cases, joined.codebook
    if cases is None or linked.variable not in cases.frame:
        return []
    scores = np.array([item.score for item in codebook.variables[linked.factor].categories])
    level = joined.wide[:, codebook.factors.index(linked.factor)]
    column = cases.frame[linked.variable].iloc[joined.first_rows]
    known = column.isin(values.allowed(layout.column_of(codebook.variables[linked.variable])))
    sound = known.to_numpy() & (level >= 0)
    absent = (column == linked.absent).to_numpy()
    present = scores[level] > 0
    label, factor = codebook.label(linked.variable), codebook.label(linked.factor)
    named = f"{label} is named, but {factor} is not rated as present in this case."
    lacking = f"{factor} is rated as present, so {linked.variable} may not be {linked.absent!r}."
    return [
        *_of_cases(joined, np.flatnonzero(sound & ~absent & ~present), named, linked.variable),
        *_of_cases(joined, np.flatnonzero(sound & absent & present), lacking, linked.variable),
    ]
