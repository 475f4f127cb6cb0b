"""Coders' entries read: their table, the factors' names of every edition, each entry's level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from scrlib.coding import coding_rule
from tally.codebook import Category, Codebook
from tally.data import layout, values
from tally.data.joined import MOST_LISTED, capped
from tally.data.raw import RawTable, RawTables
from tally.data.tidy import tidy_table
from tally.errors import Failure

CODING, SETTLED = "coding", "settled"
TABLES = (CODING, SETTLED)
MOST_CODERS = 2
CASE, FACTOR, CODER, RATING = "case_id", "risk_factor", "coder", "rating"


# -- the tables -----------------------------------------------------------------------------------


def coding_table(codebook: Codebook) -> layout.Table:
    """Return the table of coders' entries, which takes the factors' names of every edition."""
    rule = coding_rule.load(codebook)
    coder = layout.Column("coder", "key", "Coder", "Who made the entry: initials or a number.")
    columns = (layout.key_column(codebook), _factors(codebook), coder, *rule.columns)
    return layout.Table(CODING, "case, risk factor and coder", columns, ())


def settled_table(codebook: Codebook) -> layout.Table:
    """Return the table of settled ratings."""
    coders = "The levels to which the coders came; not read back."
    columns = (
        layout.key_column(codebook), _factors(codebook),
        layout.Column("ratings", "text", "Coders' ratings", coders, required=False),
        replace(layout.rating_column(codebook), definition="The level agreed upon."),
    )  # fmt: skip
    return layout.Table(SETTLED, "case and risk factor", columns, ())


def _factors(codebook: Codebook) -> layout.Column:
    column = layout.factor_column(codebook)
    former = tuple(
        Category(str(item["code"]), str(item["label"]))
        for item in _formerly(codebook).values()
        if item
    )
    return replace(column, categories=(*column.categories, *former))


def _formerly(codebook: Codebook) -> dict[str, Mapping[str, object]]:
    found = {name: codebook.variables[name].formerly for name in codebook.factors}
    return {name: item for name, item in found.items() if item}


# -- names of earlier editions --------------------------------------------------------------------


def in_this_edition(
    found: RawTable, studies: Mapping[str, int], codebook: Codebook
) -> tuple[pd.DataFrame, list[Failure]]:
    """Give factors their names in this edition, where the case's study used the former ones."""
    former = {str(item["code"]): (name, item) for name, item in _formerly(codebook).items()}
    frame = found.frame.astype(object).copy()
    failures = []
    for row, case, factor in zip(frame.index, frame[CASE], frame[FACTOR], strict=True):
        if factor in former:
            name, item = former[factor]
            study, until = studies.get(case), int(str(item["until"]))
            if study is not None and study > until:
                rule = f"Studies until {until} used this name; the case belongs to study {study}."
                failures.append(Failure(rule, found.place, str(row), FACTOR, str(factor), (), name))
    frame[FACTOR] = [former[item][0] if item in former else item for item in frame[FACTOR]]
    return frame, capped(failures, len(failures), found.place, FACTOR)


def studies_of(raw: RawTables, codebook: Codebook) -> dict[str, int]:
    """Return the study of each case that says it, however wrong the rest may be."""
    plan = layout.tables(codebook)[codebook.root.table]
    cases = tidy_table(raw, plan, [], [])
    if cases is None or not {CASE, "study"} <= set(cases.frame):
        return {}
    pairs = cases.frame[[CASE, "study"]].astype(object).itertuples(index=False)
    years = ((str(case), values.whole(str(study))) for case, study in pairs)
    return {case: year for case, year in years if year is not None}


# -- entries --------------------------------------------------------------------------------------


def read(raw: RawTables, codebook: Codebook) -> tuple[pd.DataFrame, list[Failure], str]:
    """Read coders' entries as ratings: columns case_id, risk_factor, coder, rating and score."""
    failures: list[Failure] = []
    tidy = tidy_table(raw, coding_table(codebook), failures, [])
    if tidy is None:
        return pd.DataFrame(), failures, raw.place
    if failures:
        return pd.DataFrame(), failures, tidy.place
    frame, failures = in_this_edition(tidy, studies_of(raw, codebook), codebook)
    rule = coding_rule.load(codebook)
    failures += _incomplete(frame, rule, codebook, tidy.place) + _repeated(frame, tidy.place)
    if failures:
        return pd.DataFrame(), failures, tidy.place
    records = [{str(k): str(v) for k, v in item.items()} for item in frame.to_dict("records")]
    frame[RATING] = [rule.level(_scale(codebook, item[FACTOR]), item) for item in records]
    points = {name: scores(codebook, name) for name in codebook.factors}
    frame["score"] = [
        points[factor][level] for factor, level in zip(frame[FACTOR], frame[RATING], strict=True)
    ]
    frame[FACTOR] = pd.Categorical(frame[FACTOR], categories=list(codebook.factors))
    return frame, [], tidy.place


def _scale(codebook: Codebook, factor: object) -> str:
    return codebook.variables[str(factor)].measure


def scores(codebook: Codebook, factor: str) -> dict[str, int]:
    """Return the score of each level of a factor's scale."""
    return {str(item.code): item.score for item in codebook.variables[factor].categories}


def _incomplete(
    frame: pd.DataFrame, rule: coding_rule.Rule, codebook: Codebook, place: str
) -> list[Failure]:
    failures = []
    for row, entry in zip(frame.index, frame.to_dict("records"), strict=True):
        wrong = rule.wrong(_scale(codebook, entry[FACTOR]), {str(k): v for k, v in entry.items()})
        failures += [
            Failure(text, place, str(row), name, str(entry[name])) for name, text in wrong.items()
        ]
    return capped(failures, len(failures), place)


def _repeated(frame: pd.DataFrame, place: str) -> list[Failure]:
    """Report a coder's second entry of a case and factor, and a third coder's."""
    pair = [CASE, FACTOR]
    again = frame.duplicated([*pair, CODER])
    third = ~again & (frame[~again].groupby(pair).cumcount().reindex(frame.index) >= MOST_CODERS)
    rules = (
        ("A coder may enter a case and risk factor once: this repeats an earlier row.", again),
        (f"A case and risk factor may have at most {MOST_CODERS} coders.", third),
    )
    failures = []
    for rule, found in rules:
        rows = frame[found].head(MOST_LISTED)
        listed = [
            Failure(rule, place, str(row), CODER, values.shown(", ".join(map(str, item))))
            for row, *item in rows[[*pair, CODER]].itertuples()
        ]
        failures += capped(listed, int(found.sum()), place, CODER)
    return failures
