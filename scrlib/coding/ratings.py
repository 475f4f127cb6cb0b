"""From coders' entries to ratings: read, checked, the rule applied, coders compared, settled.

Raw data is a dataset in which the table `coding` stands in place of `ratings`: one row per case,
risk factor and coder. Where coders come to different levels, the case and factor go on a sheet to
settle; its `rating` column is read back, and only then is there a dataset.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from scrlib.coding import agreement, coding_rule, entries
from scrlib.coding.agreement import Agreement
from scrlib.coding.entries import CASE, CODER, CODING, FACTOR, PAIR, PLACE, RATING, ROW, SETTLED
from scrlib.coding.sheets import write_sheet
from scrlib.report import coding_frame
from tally.codebook import Codebook
from tally.data import check, layout, loading, storage
from tally.data.raw import RawTable, RawTables, categorical
from tally.dataset import Dataset
from tally.errors import Failure, InputError

_OPEN = "Coders differ here and the rating is still blank: settle it."


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
        The columns of the sheet to settle: who came to which level, `rating` blank.
    settled : DataFrame
        The same of what was settled: who agreed on which level, and when.
    warnings : tuple of Failure
    sheet : Path or None
        Where the sheet to settle was written, if one was.
    """

    dataset: Dataset | None
    agreement: tuple[Agreement, ...]
    to_settle: pd.DataFrame
    settled: pd.DataFrame
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


def differing(rated: pd.DataFrame) -> pd.DataFrame:
    """Return the cases and factors on which coders came to different levels, and who to which."""
    several = rated.groupby(PAIR, sort=False)[RATING].transform("nunique") > 1
    apart = rated[several].sort_values(CODER, kind="stable")
    apart = apart.assign(ratings=apart[CODER] + ": " + apart[RATING])
    order = rated[several].drop_duplicates(PAIR)[PAIR]
    return order.merge(apart.groupby(PAIR, sort=False)["ratings"].agg("; ".join).reset_index())


def settle(rated: pd.DataFrame, answers: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one rating per case and factor, and the pairs still in dispute.

    Parameters
    ----------
    rated : DataFrame
        Entries with their level.
    answers : DataFrame
        Settled ratings, each pair once; a blank one is still to settle.
    """
    pairs = rated.groupby(PAIR, sort=False).agg(
        rating=(RATING, "first"), levels=(RATING, "nunique"), row=(ROW, "first")
    )
    settled = answers[answers[RATING] != ""].set_index(PAIR)[RATING]
    agreed = pairs[RATING].where(pairs["levels"] == 1).fillna(settled)
    found = pairs.assign(rating=agreed).reset_index()
    return found[found[RATING].notna()], found.loc[found[RATING].isna(), PAIR]


def _unsettling(answers: pd.DataFrame, apart: pd.DataFrame, codebook: Codebook) -> list[Failure]:
    """Report settled ratings that cannot be used."""
    pair = answers[CASE] + ", " + answers[FACTOR]
    needless = ~pair.isin(apart[CASE] + ", " + apart[FACTOR])
    filled = answers[RATING] != ""
    again = answers[filled].duplicated(PAIR).reindex(answers.index, fill_value=False) & ~needless
    rules = (
        ("The coders do not differ on this case and risk factor.", needless),
        ("A case and risk factor is settled once: this repeats an earlier row.", again),
    )
    failures = [
        item for rule, rows in rules for item in entries.said(answers[rows], rule, FACTOR, pair)
    ]
    for name, rows in answers[~needless].groupby(FACTOR):
        levels = [str(item.code) for item in codebook.variables[str(name)].categories]
        wrong = rows[~rows[RATING].isin([*levels, ""])]
        rule = f"The scale of {name} has no such level."
        failures += entries.said(wrong, rule, RATING, wrong[RATING], levels)
    return failures


# -- all together ---------------------------------------------------------------------------------


def examine(
    raw: RawTables, codebook: Codebook, more: Sequence[RawTable] = (),
    sheets: Sequence[RawTable] = (),
) -> Coded:  # fmt: skip
    """Turn raw data into a dataset, or into a list of disagreements to settle.

    Parameters
    ----------
    more : sequence of RawTable
        Entries beside those of `raw`, such as those of other coders.
    sheets : sequence of RawTable
        Settled ratings beside those of `raw`.

    Raises
    ------
    InputError
        With every failure of the entries, the settled ratings and all other tables.
    """
    checked = check.clean(raw, codebook, without=frozenset({layout.RATINGS}))
    codebook = checked.codebook
    found = [*([raw.tables[CODING]] if CODING in raw.tables else []), *more]
    rated = entries.rated(found, coding_rule.load(codebook), checked, raw.notes)
    given = [*([raw.tables[SETTLED]] if SETTLED in raw.tables else []), *sheets]
    answered = entries.settled(given, checked, raw.notes)
    failures = [*_both_given(raw, found), *rated.failures, *answered.failures]
    said = (*checked.warnings, *rated.warnings, *answered.warnings)
    checked = replace(checked, failures=(*checked.failures, *failures), warnings=said)
    if failures:
        raise InputError(check.joined(checked)[0].failures)
    apart, answers = differing(rated.frame), answered.frame
    failures = _unsettling(answers, apart, codebook)
    # A row left blank on one sheet and filled in on another is settled.
    answers = answers.sort_values(RATING, ascending=False, kind="stable").drop_duplicates(PAIR)
    ratings, still = settle(rated.frame, answers)
    tables = dict(checked.tables)
    if not failures and still.empty:
        tables[layout.RATINGS] = _as_table(ratings, ", ".join(table.place for table in found))
    report, dataset = check.joined(replace(
        checked, tables=MappingProxyType(tables), failures=(*checked.failures, *failures),
    ))  # fmt: skip
    if report.failures:
        raise InputError(report.failures)
    blank = answers[answers[RATING] == ""]
    left = entries.said(blank, _OPEN, RATING, blank[CASE] + ", " + blank[FACTOR])
    columns = list(entries.settled_table(codebook).names)
    told = apart.merge(answers.drop(columns=["ratings", PLACE, ROW]), how="left", on=PAIR)
    told = told.reindex(columns=columns).astype(object).fillna("")
    return Coded(
        dataset, tuple(agreement.compare(rated.frame, codebook.factors)),
        told[told[RATING] == ""], told[told[RATING] != ""], (*left, *report.warnings),
    )  # fmt: skip


def _both_given(raw: RawTables, found: Sequence[RawTable]) -> list[Failure]:
    if layout.RATINGS in raw.tables:
        place = raw.tables[layout.RATINGS].place
        return [Failure(f"Ratings are made of {CODING!r} here: leave this table out.", place)]
    if not found:
        rule = f"The table {CODING!r} is missing: it holds the coders' entries."
        return [Failure(rule, raw.place)]
    return [
        Failure("There are no entries here.", table.place)
        for table in found
        if not len(table.frame) and not table.failures
    ]


def _as_table(ratings: pd.DataFrame, place: str) -> RawTable:
    """Return ratings as a clean table, each in the row of its first entry."""
    frame = pd.DataFrame({name: categorical(ratings[name]) for name in (*PAIR, RATING)})
    return RawTable(place, frame.set_axis(ratings[ROW].to_numpy()))


def code(
    raw: Path, out: Path, settle: Path | None = None, settled: Sequence[Path] = (),
    more: Sequence[Path] = (),
) -> Coded:  # fmt: skip
    """Make a dataset of coders' entries (``scr code RAW --out DATA``).

    Parameters
    ----------
    raw : Path
        Folder or workbook with the tables of a dataset, `coding` in place of `ratings` and, once
        there is one, `settled`.
    out : Path
        Where the dataset is written, if nothing is left to settle; what was settled goes with it.
    settle : Path, optional
        Where the sheet to settle is written otherwise: `.csv` or `.xlsx`. Beside `out` if not
        given: `<out>-to-settle.csv`, or the next free name.
    settled : sequence of Path
        Sheets with settled ratings, if they are not among the tables of `raw`.
    more : sequence of Path
        Files with the entries of further coders.

    Raises
    ------
    InputError
        With every failure; nothing is written.
    """
    codebook = coding_frame().whole
    coding = entries.coding_table(codebook, coding_rule.load(codebook))
    sheet = entries.settled_table(codebook)
    tables = loading.load_tables(raw, codebook, (coding, sheet))
    answers = [loading.load_table(path, sheet, codebook) for path in settled]
    others = [loading.load_table(path, coding, codebook) for path in more]
    found = examine(tables, codebook, others, answers)
    if found.dataset is not None:
        beside = {SETTLED: found.settled} if len(found.settled) else {}
        storage.write(found.dataset, out, beside)
        return found
    path = settle or _free(out.with_name(f"{out.stem}-to-settle.csv"))
    write_sheet(sheet, found.to_settle, path)
    return replace(found, sheet=path)


def _free(path: Path) -> Path:
    """Return the first of a name, the name with 2, and so on, at which nothing stands."""
    names = (path if n == 1 else path.with_stem(f"{path.stem}-{n}") for n in count(1))
    return next(name for name in names if not name.exists())
