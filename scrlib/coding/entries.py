"""Coders' entries: their tables, and each entry read, in this edition's names, with its level."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from scrlib.coding.coding_rule import Rule
from tally.codebook import Category, Codebook
from tally.data import check, layout, values
from tally.data.raw import RawTable, grouped
from tally.errors import Failure

CODING, SETTLED = "coding", "settled"
CASE, FACTOR, CODER, RATING = "case_id", "risk_factor", "coder", "rating"
PLACE, ROW = "place", "row"
PAIR = [CASE, FACTOR]


# -- the tables -----------------------------------------------------------------------------------


def coding_table(codebook: Codebook, rule: Rule) -> layout.Table:
    """Return the table of coders' entries, which takes the factors' names of every edition."""
    coder = layout.Column("coder", "key", "Coder", "Who made the entry: initials or a number.")
    columns = (layout.key_column(codebook), _factors(codebook), coder, *rule.columns)
    return layout.Table(CODING, "case, risk factor and coder", columns, ())


def settled_table(codebook: Codebook) -> layout.Table:
    """Return the table of settled ratings, which goes with the data: what, by whom and when."""
    coders = "The levels to which the coders came; not read back."
    noted = layout.Column("", "text", "", required=False, expected=False)
    agreed = "The level agreed upon. Left blank, the rating is still to settle."
    columns = (
        layout.key_column(codebook), _factors(codebook),
        layout.Column("ratings", "text", "Coders' ratings", coders, required=False),
        replace(layout.rating_column(codebook), definition=agreed, required=False),
        replace(noted, name="settled_by", label="Settled by", definition="Who agreed on it."),
        replace(noted, name="settled_on", label="Settled on", definition="When, as 2018-06-30."),
    )  # fmt: skip
    return layout.Table(SETTLED, "case and risk factor", columns, ())


def _factors(codebook: Codebook) -> layout.Column:
    column = layout.factor_column(codebook)
    former = tuple(
        Category(str(item["code"]), str(item["label"]))
        for item in (codebook.variables[name].formerly for name in codebook.factors)
        if item
    )
    return replace(column, categories=(*column.categories, *former))


# -- reading --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Entries:
    """Rows of coders' entries or settled ratings, by row number, and what is wrong with them.

    Parameters
    ----------
    frame : DataFrame
        The columns of its table in codes, and `place` and `row`: where each stands.
    """

    frame: pd.DataFrame
    failures: tuple[Failure, ...] = ()
    warnings: tuple[Failure, ...] = ()


def said(
    frame: pd.DataFrame, rule: str, column: str, shown: pd.Series[str],
    allowed: Sequence[str] = (), nearest: str = "",
) -> list[Failure]:  # fmt: skip
    """Word the failures of rows of entries, those of each file or sheet by themselves."""

    def word(place: str) -> Callable[[str], Failure]:
        return lambda text: Failure(
            rule, place, "", column, values.shown(text), tuple(allowed), nearest
        )

    return [
        failure
        for place, rows in frame.groupby(PLACE, sort=False)
        for failure in grouped(shown[rows.index].set_axis(rows[ROW]), word(str(place)))
    ]


def _read(
    tables: Sequence[RawTable], plan: layout.Table, checked: check.Checked, notes: frozenset[str]
) -> Entries:
    """Read tables of one plan, with this edition's names of factors and the identifiers of cases.

    Parameters
    ----------
    tables : sequence of RawTable
        None, one, or one for each coder.
    checked : Checked
        The other tables, among them the cases.
    notes : frozenset of str
        Names of columns that hold notes.
    """
    clean = [check.clean_table(table, plan, checked.codebook, notes) for table in tables]
    failures = [failure for table in clean for failure in table.failures]
    warnings = tuple(warning for table in clean for warning in table.warnings)
    if failures or not clean:
        nothing = pd.DataFrame(columns=[*plan.names, PLACE, ROW], dtype=object)
        return Entries(nothing, tuple(failures), warnings)
    frame = pd.concat(
        [
            table.frame.astype(object).assign(place=table.place, row=table.frame.index)
            for table in clean
        ],
        ignore_index=True,
    ).reindex(columns=[*plan.names, PLACE, ROW])
    frame, failures = _in_this_edition(frame, checked)
    return Entries(frame, tuple(failures), warnings)


def _in_this_edition(
    frame: pd.DataFrame, checked: check.Checked
) -> tuple[pd.DataFrame, list[Failure]]:
    """Give factors their names in this edition, where the case's study used the former ones."""
    codebook, failures = checked.codebook, []
    cases = _cases(checked)
    alike = frame[CASE].map(values.ident)
    years = alike.map(cases["study"]).map(values.whole, na_action="ignore")
    frame = frame.assign(**{CASE: alike.map(cases[CASE]).fillna(frame[CASE])})
    for name in codebook.factors:
        former = codebook.variables[name].formerly
        if not former:
            continue
        used, until = frame[FACTOR] == str(former["code"]), int(former["until"])
        for year, late in frame[used].groupby(years[used & (years > until)]):
            rule = f"Studies until {until} used this name; the case belongs to study {year:.0f}."
            failures += said(late, rule, FACTOR, late[FACTOR], nearest=name)
        frame[FACTOR] = frame[FACTOR].mask(used, name)
    return frame, failures


def _cases(checked: check.Checked) -> pd.DataFrame:
    """Return identifier and study of each case that says both, by what its identifier is alike."""
    table = checked.tables.get(checked.codebook.root.table)
    if table is None or not {CASE, "study"} <= set(table.frame):
        return pd.DataFrame({CASE: [], "study": []}, dtype=object)
    cases = table.frame[[CASE, "study"]].astype(object)
    cases.index = pd.Index(cases[CASE].map(values.ident))
    return cases[~cases.index.duplicated()]


def settled(tables: Sequence[RawTable], checked: check.Checked, notes: frozenset[str]) -> Entries:
    """Read settled ratings; a blank one is still to settle."""
    return _read(tables, settled_table(checked.codebook), checked, notes)


def rated(
    tables: Sequence[RawTable], rule: Rule, checked: check.Checked, notes: frozenset[str]
) -> Entries:
    """Read entries and give each the level to which it leads, and the level's score."""
    found = _read(tables, coding_table(checked.codebook, rule), checked, notes)
    frame, warnings = _coders(found.frame)
    failures = [*found.failures, *_repeated(frame)]
    told, levels = _told(frame, rule, checked.codebook), {}
    for entry, rows in frame.groupby(told, sort=False):
        scale, criteria = entry[0], dict(zip(rule.criteria, entry[1:], strict=True))
        wrong = rule.wrong(scale, criteria)
        failures += [
            item for name, text in wrong.items() for item in said(rows, text, name, rows[name])
        ]
        if not wrong:
            levels[entry] = rule.level(scale, criteria)
    frame = frame.assign(rating=told.map(levels).astype(object))
    frame["score"] = _scores(frame, checked.codebook)
    return Entries(frame, tuple(failures), (*found.warnings, *warnings))


def _told(frame: pd.DataFrame, rule: Rule, codebook: Codebook) -> pd.Series[Any]:
    """Return for each entry its scale and its criteria, which decide on the level."""
    scales = frame[FACTOR].map(
        {name: codebook.variables[name].measure for name in codebook.factors}
    )
    parts = zip(scales, *(frame[name] for name in rule.criteria), strict=True)
    return pd.Series(list(parts), frame.index, dtype=object)


def _scores(frame: pd.DataFrame, codebook: Codebook) -> pd.Series[int]:
    points = {
        (name, str(item.code)): item.score
        for name in codebook.factors
        for item in codebook.variables[name].categories
    }
    pairs = pd.Series(
        list(zip(frame[FACTOR], frame[RATING], strict=True)), frame.index, dtype=object
    )
    return pairs.map(points)


def _coders(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Failure]]:
    """Give a coder whose name is written in several ways the most usual one, and say so."""
    alike = frame[CODER].map(values.ident)
    one = alike.map(frame.groupby(alike)[CODER].agg(lambda names: names.mode()[0]))
    other = frame[one != frame[CODER]]
    warnings = [
        failure
        for name, rows in other.groupby(one)
        for failure in said(
            rows,
            f"Taken for coder {name!r}: letter case and spaces do not matter.",
            CODER,
            rows[CODER],
        )
    ]
    return frame.assign(coder=one), warnings


def _repeated(frame: pd.DataFrame) -> list[Failure]:
    """Report a coder's second entry of a case and factor."""
    again = frame[frame.duplicated([*PAIR, CODER])]
    rule = "A coder may enter a case and risk factor once: this repeats an earlier row."
    shown = again[[*PAIR, CODER]].agg(", ".join, axis=1) if len(again) else again[CODER]
    return said(again, rule, CODER, shown)
