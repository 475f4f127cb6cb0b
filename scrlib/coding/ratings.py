"""From coders' entries to ratings: the rule applied, two coders compared, disagreements settled.

Raw data is a dataset in which the table `coding` stands in place of `ratings`: one row per case,
risk factor and coder. Where two coders come to different levels, the case and factor go on a sheet
to settle; its `rating` column is read back, and only then is there a dataset.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from scrlib.coding import agreement, sheets
from scrlib.coding.agreement import Agreement
from scrlib.coding.entries import (
    CASE,
    CODER,
    CODING,
    FACTOR,
    RATING,
    SETTLED,
    TABLES,
    in_this_edition,
    scores,
    settled_table,
    studies_of,
)
from scrlib.coding.entries import read as entries_of
from scrlib.report import coding_frame
from tally.codebook import Codebook
from tally.data import layout, loading, schema, storage, values
from tally.data.joined import capped
from tally.data.raw import RawTable, RawTables, table, unreadable
from tally.data.tidy import tidy_table
from tally.dataset import Dataset
from tally.errors import Failure, InputError


@dataclass(frozen=True, eq=False)
class Coded:
    """What came of coders' entries.

    Parameters
    ----------
    dataset : Dataset or None
        None while disagreements are left to settle.
    agreement : tuple of Agreement
        For each pair of coders, by factor and in all; empty if every case has one coder.
    to_settle : DataFrame
        Columns case_id, risk_factor, ratings (who came to which level) and rating (blank).
    warnings : tuple of Failure
    sheet : Path or None
        Where the sheet to settle was written, if one was.
    """

    dataset: Dataset | None
    agreement: tuple[Agreement, ...]
    to_settle: pd.DataFrame
    warnings: tuple[Failure, ...] = ()
    sheet: Path | None = None

    def __str__(self) -> str:
        lines = [str(item) for item in self.agreement]
        if len(self.to_settle):
            where = f" They are listed in {self.sheet}." if self.sheet else ""
            number = f"{len(self.to_settle):,}"
            lines.append(f"Ratings on which coders differ, to be settled: {number}.{where}")
        lines += [f"Warning: {item}" for item in self.warnings]
        return "\n".join(lines)


# -- settling -------------------------------------------------------------------------------------


def _apart(entries: pd.DataFrame) -> pd.DataFrame:
    """Return the cases and factors on which coders came to different levels, rating blank."""
    pair = [CASE, FACTOR]
    several = entries.groupby(pair, observed=True, sort=False)[RATING].transform("nunique") > 1
    rows = [
        {CASE: case, FACTOR: factor, "ratings": _who(part), RATING: ""}
        for (case, factor), part in entries[several].groupby(pair, observed=True, sort=False)
    ]
    return pd.DataFrame(rows, columns=[*pair, "ratings", RATING])


def _who(part: pd.DataFrame) -> str:
    ordered = part.sort_values(CODER)
    return "; ".join(f"{c}: {r}" for c, r in zip(ordered[CODER], ordered[RATING], strict=True))


def _settled(
    raw: RawTables, apart: pd.DataFrame, codebook: Codebook
) -> tuple[dict[tuple[str, str], str], list[Failure]]:
    """Read back the settled ratings; a blank one is still to settle."""
    failures: list[Failure] = []
    plan = settled_table(codebook)
    *rest, rating = plan.columns
    plan = replace(plan, columns=(*rest, replace(rating, required=False)))
    tidy = tidy_table(raw, plan, failures, [])
    if tidy is None or failures:
        return {}, failures
    frame, failures = in_this_edition(tidy, studies_of(raw, codebook), codebook)
    open_pairs = set(zip(apart[CASE], apart[FACTOR].astype(str), strict=True))
    found: dict[tuple[str, str], str] = {}
    for row, case, factor, level in frame[[CASE, FACTOR, RATING]].itertuples():
        text, column, allowed = _unsettling((case, factor), level, open_pairs, found, codebook)
        if text:
            value = level if column == RATING else f"{case}, {factor}"
            failures.append(
                Failure(text, tidy.place, str(row), column, values.shown(value), allowed)
            )
        elif level:
            found[case, factor] = level
    return found, capped(failures, len(failures), tidy.place)


def _unsettling(
    pair: tuple[str, str], level: str, open_pairs: set[tuple[str, str]],
    found: Mapping[tuple[str, str], str], codebook: Codebook,
) -> tuple[str, str, tuple[str, ...]]:  # fmt: skip
    """Say why a settled rating cannot be used: rule, column and allowed values."""
    if pair not in open_pairs:
        return "The coders do not differ on this case and risk factor.", FACTOR, ()
    if pair in found:
        return "A case and risk factor is settled once: this repeats an earlier row.", FACTOR, ()
    levels = tuple(scores(codebook, pair[1]))
    if level and level not in levels:
        return f"The scale of {pair[1]} has no such level.", RATING, levels
    return "", "", ()


# -- all together ---------------------------------------------------------------------------------


def examine(raw: RawTables, codebook: Codebook) -> Coded:
    """Turn raw data into a dataset, or into a list of disagreements to settle.

    Raises
    ------
    InputError
        With every failure of the entries, the settled ratings and all other tables.
    """
    failures = _both_given(raw)
    entries, wrong, place = entries_of(raw, codebook)
    failures += wrong
    apart = _apart(entries) if len(entries) else pd.DataFrame()
    answers, wrong = _settled(raw, apart, codebook) if len(entries) else ({}, [])
    failures += wrong
    if len(apart):
        pairs = zip(apart[CASE], apart[FACTOR].astype(str), strict=True)
        apart = apart[[pair not in answers for pair in pairs]]
    rest = {name: item for name, item in raw.tables.items() if name not in TABLES}
    ratings = unreadable(place, failures)
    if not failures and not len(apart):
        ratings = _ratings(entries, answers, place)
    tables = MappingProxyType({**rest, layout.RATINGS: ratings})
    report, dataset = schema.examine(replace(raw, tables=tables), codebook)
    if report.failures:
        raise InputError(report.failures)
    found = tuple(agreement.compare(entries))
    return Coded(None if len(apart) else dataset, found, apart, report.warnings)


def _both_given(raw: RawTables) -> list[Failure]:
    if CODING not in raw.tables:
        return [
            Failure(f"The table {CODING!r} is missing: it holds the coders' entries.", raw.place)
        ]
    if not len(raw.tables[CODING].frame) and not raw.tables[CODING].failures:
        return [Failure("There are no entries here.", raw.tables[CODING].place)]
    if layout.RATINGS in raw.tables:
        place = raw.tables[layout.RATINGS].place
        return [Failure(f"Ratings are made of {CODING!r} here: leave this table out.", place)]
    return []


def _ratings(entries: pd.DataFrame, answers: Mapping[tuple[str, str], str], place: str) -> RawTable:
    once = entries.drop_duplicates([CASE, FACTOR])
    pairs = zip(once[CASE], once[FACTOR].astype(str), once[RATING], strict=True)
    rows = [(case, factor, answers.get((case, factor), level)) for case, factor, level in pairs]
    columns = [list(column) for column in zip(*rows, strict=True)]
    found = table(place, [CASE, FACTOR, RATING], columns)
    frame = found.frame.set_index(pd.Index(once.index, name="row"))
    return RawTable(place, frame)


def code(raw: Path, out: Path, settle: Path | None = None, settled: Path | None = None) -> Coded:
    """Make a dataset of coders' entries (``scr code RAW --out DATA``).

    Parameters
    ----------
    raw : Path
        Folder or workbook with the tables of a dataset, `coding` in place of `ratings` and, once
        there is one, `settled`.
    out : Path
        Where the dataset is written, if nothing is left to settle.
    settle : Path, optional
        Where the sheet to settle is written otherwise: `.csv` or `.xlsx`. Beside `out` if not
        given: `<out>-to-settle.csv`.
    settled : Path, optional
        A sheet with settled ratings, if it is not among the tables of `raw`.

    Raises
    ------
    InputError
        With every failure; nothing is written.
    """
    codebook = coding_frame()
    tables = loading.load_tables(raw, codebook, TABLES)
    if settled is not None:
        given = MappingProxyType({**tables.tables, SETTLED: loading.load_table(settled, SETTLED)})
        tables = replace(tables, tables=given)
    found = examine(tables, codebook)
    if found.dataset is not None:
        storage.write(found.dataset, out)
        return found
    path = settle or out.with_name(f"{out.stem}-to-settle.csv")
    sheets.write_sheet(settled_table(codebook), found.to_settle, path)
    return replace(found, sheet=path)
