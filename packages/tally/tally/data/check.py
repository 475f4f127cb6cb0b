"""What a dataset must be, made from the codebook: every failure at once, warnings apart.

Each table is checked by itself here, rules between tables in `tally.data.rules`. A report's
failures stop whatever wanted the data; warnings do not.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from types import MappingProxyType

import pandas as pd

from tally.codebook import Codebook, Study
from tally.data import layout, recode, rules, values, warnings
from tally.data.raw import RawTable, RawTables, grouped, having, known_in, recoded, unreadable
from tally.dataset import KINDS, Dataset, Meta
from tally.errors import Failure, nearest, not_allowed, told

PROVENANCE = tuple(KINDS)
_META_KEYS = tuple(item.name for item in fields(Meta))
_META_REQUIRED = ("title", "provenance")


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found.

    Parameters
    ----------
    failures : tuple of Failure
        Rules that are broken: the data cannot be used.
    warnings : tuple of Failure
        What a reader should know about sound data, such as a study of few cases.
    """

    failures: tuple[Failure, ...] = ()
    warnings: tuple[Failure, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing fails."""
        return not self.failures

    def as_dict(self) -> dict[str, object]:
        """Return the report as plain data, for JSON."""
        return {
            "ok": self.ok,
            "failures": [item.as_dict() for item in self.failures],
            "warnings": [item.as_dict() for item in self.warnings],
        }

    def __str__(self) -> str:
        lines = [told(self.failures)] if self.failures else []
        if self.warnings:
            lines += ["Warnings:", *(f"- {item}" for item in self.warnings)]
        return "\n".join(lines)


@dataclass(frozen=True, eq=False)
class Checked:
    """Tables of a dataset in codes, each checked by itself, and what is wrong with them.

    Parameters
    ----------
    codebook : Codebook
        The frame, with the studies of the dataset.
    tables : mapping of str to RawTable
        Those that could be read, by name.
    """

    codebook: Codebook
    meta: Meta | None
    tables: MappingProxyType[str, RawTable]
    failures: tuple[Failure, ...]
    warnings: tuple[Failure, ...]


def check(raw: RawTables, codebook: Codebook) -> Report:
    """Check tables as found against the coding frame.

    Parameters
    ----------
    raw : RawTables
        From `tally.data.loading.load_tables`.
    codebook : Codebook
        The frame; its studies give way to those of the dataset.
    """
    return examine(raw, codebook)[0]


def examine(raw: RawTables, codebook: Codebook) -> tuple[Report, Dataset | None]:
    """Check tables as found, and read them into a dataset if nothing fails."""
    report, dataset = joined(clean(raw, codebook))
    return report, replace(dataset, recoding=raw.recoding) if dataset else None


def joined(checked: Checked) -> tuple[Report, Dataset | None]:
    """Check what holds between clean tables, and make a dataset of them if nothing fails.

    There is none either while a table that it needs is missing: ratings that coders have yet to
    settle are.
    """
    relations = rules.Relations(checked.tables, checked.codebook)
    failures = (*checked.failures, *rules.between_tables(relations))
    unread = [name for name, table in layout.tables(checked.codebook).items() if table.required]
    if failures or checked.meta is None or not set(unread) <= set(checked.tables):
        return Report(failures, checked.warnings), None
    learning = _learning(checked.tables.get(layout.LEARNING), checked.codebook)
    dataset = Dataset(relations.seen, relations.frames(), checked.meta, learning)
    said = (*checked.warnings, *rules.alike(relations), *warnings.warnings(dataset))
    return Report((), said), dataset


def clean(raw: RawTables, codebook: Codebook, without: frozenset[str] = frozenset()) -> Checked:
    """Check each table by itself and read its cells into codes.

    Parameters
    ----------
    without : frozenset of str
        Tables of the frame that are made otherwise and need not be there.
    """
    meta, unsound = read_meta(raw)
    codebook = codebook.whole
    raw = _with_ratings_apart(raw, codebook)
    plan = layout.tables(codebook)
    failures = [*raw.failures, *unsound, *_absent(raw, plan, without)]
    tables = {}
    if layout.STUDIES in raw.tables:
        found = raw.tables[layout.STUDIES]
        tables[layout.STUDIES] = clean_table(found, plan[layout.STUDIES], codebook, raw.notes)
        codebook = codebook.with_studies(_studies(tables[layout.STUDIES], meta))
    for name, table in layout.tables(codebook).items():
        if name in raw.tables and name != layout.STUDIES and name not in without:
            tables[name] = clean_table(raw.tables[name], table, codebook, raw.notes)
    failures += [failure for table in tables.values() for failure in table.failures]
    said = [*raw.warnings, *(item for table in tables.values() for item in table.warnings)]
    readable = {name: table for name, table in tables.items() if not table.frame.columns.empty}
    # Two tables can be made of one sheet: what is wrong with it is said once.
    failures, said = list(dict.fromkeys(failures)), list(dict.fromkeys(said))
    return Checked(codebook, meta, MappingProxyType(readable), tuple(failures), tuple(said))


# -- one table -------------------------------------------------------------------------------------


def clean_table(
    found: RawTable, table: layout.Table, codebook: Codebook, notes: frozenset[str] = frozenset()
) -> RawTable:
    """Check one table by itself; return it with its columns in the frame's names and codes.

    Parameters
    ----------
    notes : frozenset of str
        Names of columns that are declared to hold notes.
    """
    if found.frame.columns.empty:
        return found
    if table.name == layout.RATINGS:
        found = long_ratings(found, codebook)
    if not known_in(found.frame.columns, frozenset(values.headers(table, codebook))):
        return unreadable(found.place, [_foreign(found, table)])
    found = replace(found, frame=_in_present_names(found.frame, table, codebook))
    failures, said = _headers(found, table, notes)
    frame = _named(found, table)
    example = pd.Series(False, index=frame.index)
    for column in table.columns:
        if column.name in frame:
            example |= having(frame[column.name], lambda text: text.startswith(layout.EXAMPLE))
            frame[column.name] = recoded(frame[column.name], values.reader(column))
    if example.any():
        rule = (
            f"{example.sum():,} row(s) with a cell that starts with {layout.EXAMPLE} are left out."
        )
        said.append(Failure(rule, found.place))
    totals, wrong = _totals(frame, table, found.place)
    kept = frame[~example & ~totals & (frame != "").any(axis=1)]
    clean = replace(found, frame=kept, warnings=(*found.warnings, *said))
    wrong += [failure for column in table.columns for failure in _cells(clean, column)]
    return replace(
        clean, failures=(*found.failures, *failures, *wrong, *rules.repeated(clean, table))
    )


def _in_present_names(frame: pd.DataFrame, table: layout.Table, codebook: Codebook) -> pd.DataFrame:
    """Give columns the names that they have now, and add those that older studies had not."""
    meant = values.headers(table, codebook)
    plain = [values.key(str(name)) for name in frame.columns]
    named = frame.set_axis([meant.get(name, name) for name in plain], axis=1)
    studies = [item.study for item in codebook.studies]
    for column in table.columns:
        variable = codebook.variables.get(column.name)
        if column.name in named or variable is None or not studies:
            continue
        if not any(variable.asked_in(study) for study in studies):
            named[column.name] = pd.Categorical([""] * len(named))
    return named


def _headers(
    found: RawTable, table: layout.Table, notes: frozenset[str]
) -> tuple[list[Failure], list[Failure]]:
    """Return what is wrong with the names of columns, and which are not read."""
    names = [str(name) for name in found.frame.columns]
    row = str(found.header)
    missing = [item.name for item in table.columns if item.expected and item.name not in names]
    failures = [
        Failure("The column is missing.", found.place, row, name, allowed=table.names)
        for name in missing
    ]
    said = []
    for number, name in enumerate(names):
        if name in names[:number] and name in table.names:
            rule = "A column's name may stand once only."
            failures.append(Failure(rule, found.place, row, values.shown(name)))
        elif name not in table.names and nearest(name, missing):
            rule = f"The table {table.name!r} has no such column."
            shown = values.shown(name)
            failures.append(not_allowed(rule, shown, table.names, place=found.place, row=row))
        elif name not in (*table.names, *notes):
            rule = (
                "Not read: no column of the table. If it holds notes, name it in 'dataset': notes."
            )
            said.append(Failure(rule, found.place, row, values.shown(name)))
    return failures, said


def _foreign(found: RawTable, table: layout.Table) -> Failure:
    named = ", ".join(values.tidy(str(name)) for name in found.frame.columns)
    rule = f"No column has a name of the table {table.name!r}. {recode.WAY}"
    row, shown = str(found.header), values.shown(named)
    return Failure(rule, found.place, row, value=shown, allowed=table.names)


def _totals(
    frame: pd.DataFrame, table: layout.Table, place: str
) -> tuple[pd.Series[bool], list[Failure]]:
    """Find rows of totals: each is one failure, whatever else stands in it."""
    rows, failures = pd.Series(False, index=frame.index), []
    for column in table.columns:
        if column.kind == "key" and column.name in frame:
            found = having(frame[column.name], lambda text: values.key(text) in values.TOTALS)
            wrong = frame.loc[found & ~rows, column.name]
            failures += grouped(wrong, lambda text, it=column: values.failure(text, it, place))  # type: ignore[misc]
            rows |= found
    return rows, failures


def _named(found: RawTable, table: layout.Table) -> pd.DataFrame:
    """Return the table's columns in their order, each once."""
    first = found.frame.loc[:, ~found.frame.columns.duplicated()]
    return first[[name for name in table.names if name in first]].copy(deep=False)


def long_ratings(found: RawTable, codebook: Codebook) -> RawTable:
    """Return ratings one to a row, if they stand one to a column: a row a case, a column a factor.

    A blank cell is a rating that is missing.
    """
    factors = values.wide_factors(codebook)
    _, factor, rating = layout.tables(codebook)[layout.RATINGS].names
    names = {name: values.key(str(name)) for name in found.frame.columns}
    wide = [name for name, plain in names.items() if plain in factors]
    if {factor, rating} & set(names.values()) or not wide:
        return found
    rest = [name for name in names if name not in wide]
    frame = found.frame.loc[:, ~found.frame.columns.duplicated()].astype(object)
    long = frame.melt(id_vars=rest, var_name=factor, value_name=rating, ignore_index=False)
    long[factor] = long[factor].map({name: factors[names[name]] for name in wide})
    filled = long[long[rating].str.strip() != ""].sort_index(kind="stable")
    unread = frozenset((row, rating) for row, _ in found.unread)
    return replace(found, frame=filled.astype("category"), unread=unread)


def _with_ratings_apart(raw: RawTables, codebook: Codebook) -> RawTables:
    """Take ratings out of the table of cases, if they stand there and there is no other."""
    root = raw.tables.get(codebook.root.table)
    if root is None or layout.RATINGS in raw.tables:
        return raw
    names = [values.key(str(name)) for name in root.frame.columns]
    wide = [name in values.wide_factors(codebook) for name in names]
    if not any(wide):
        return raw
    rated = [is_wide or name == codebook.root.id for name, is_wide in zip(names, wide, strict=True)]
    cases = replace(root, frame=root.frame.loc[:, [not item for item in wide]])
    ratings = replace(root, frame=root.frame.loc[:, rated], failures=(), warnings=())
    tables = {**raw.tables, codebook.root.table: cases, layout.RATINGS: ratings}
    return replace(raw, tables=MappingProxyType(tables))


def _cells(clean: RawTable, column: layout.Column) -> list[Failure]:
    """Check the cells of a column that were not reported before."""
    if column.name not in clean.frame:
        return []
    found = clean.frame[column.name]
    wrong = found[~having(found, values.acceptor(column))]
    if clean.unread and len(wrong):
        seen = [(row, column.name) in clean.unread for row in wrong.index]
        wrong = wrong[[not item for item in seen]]
    return grouped(wrong, lambda text: values.failure(text, column, clean.place))


# -- the dataset as a whole ------------------------------------------------------------------------


def read_meta(raw: RawTables) -> tuple[Meta | None, list[Failure]]:
    """Read what is said about a dataset as a whole."""
    place, found = raw.meta_place, {values.key(k): v.strip() for k, v in raw.meta.items()}
    failures = [
        not_allowed("A dataset is described by these keys only.", key, _META_KEYS, place=place)
        for key in found
        if key not in _META_KEYS
    ]
    if not any(item.place == place for item in raw.failures):
        absent = [key for key in _META_REQUIRED if not found.get(key)]
        failures += [Failure(f"A dataset must say its {key}.", place, column=key) for key in absent]
    provenance = values.key(found.get("provenance", ""))
    if provenance and provenance not in PROVENANCE:
        rule = "Provenance says whether the cases were observed, are synthetic or are invented."
        shown = values.shown(found["provenance"])
        failures.append(not_allowed(rule, shown, PROVENANCE, place=place, column="provenance"))
    failures += _unsound_meta(found, place)
    if failures or provenance not in PROVENANCE:
        return None, failures
    return Meta(**{"title": "", **found, "provenance": provenance}), []


def _unsound_meta(found: dict[str, str], place: str) -> list[Failure]:
    column = layout.Column("", "text", "Text", required=False)
    bad = [key for key, text in found.items() if not values.acceptor(column)(text)]
    return [values.failure(found[key], replace(column, name=key, label=key), place) for key in bad]


def _absent(
    raw: RawTables, plan: dict[str, layout.Table], without: frozenset[str]
) -> list[Failure]:
    names = [
        repr(name)
        for name, table in plan.items()
        if table.required and name not in raw.tables and name not in without
    ]
    if len(names) < 2:
        return [Failure(f"The table {name} is missing.", raw.place) for name in names]
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    return [Failure(f"The tables {listed} are missing. {recode.WAY}", raw.place)]


def _studies(clean: RawTable, meta: Meta | None) -> tuple[Study, ...]:
    """Return the studies whose year can be read, in the order of their years.

    The newest is called as the dataset's description says, if it does.
    """
    found = {}
    for row in clean.frame.astype(object).to_dict("records"):
        year = values.whole(str(row.get("study", "")))
        if year is not None:
            rest = (str(row.get(name, "")) for name in ("label", "first_month", "last_month"))
            found[year] = Study(year, *rest)
    if found and meta and meta.label:
        found[max(found)] = replace(found[max(found)], label=meta.label)
    return tuple(found[year] for year in sorted(found))


def _learning(clean: RawTable | None, codebook: Codebook) -> pd.DataFrame:
    if clean is None:
        return pd.DataFrame()
    names = [field.name for field in codebook.learning]
    frame: pd.DataFrame = clean.frame[names].astype(object).reset_index(drop=True)
    return frame
