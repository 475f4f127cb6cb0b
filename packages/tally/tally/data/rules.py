"""Rules within and between tables: keys, orphans, complete ratings, linked answers, months.

All work on whole columns; rows are looked at singly only to word a failure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tally.codebook import NOT_ASKED, Codebook, Linked, Variable
from tally.data import layout, values
from tally.data.raw import RawTable, categorical, each_value, few, grouped, having, recoded, spans
from tally.errors import Failure, nearest

_MOST_COMPARED = 2000
"""Above so many cases no nearest identifier is looked for: it would take longer than the check."""
_ALIKE = "they differ in letter case, spaces or invisible characters only"


@dataclass(frozen=True, eq=False)
class Relations:
    """Clean tables and how their rows belong to cases.

    Identifiers that differ in letter case, spaces or invisible characters only are one.

    Parameters
    ----------
    tables : mapping of str to RawTable
        By name, columns in stored form; some may be missing.
    """

    tables: Mapping[str, RawTable]
    codebook: Codebook

    def has(self, name: str, *columns: str) -> bool:
        """Say whether a table was found with some columns."""
        return name in self.tables and set(columns) <= set(self.tables[name].frame)

    @property
    def id(self) -> str:
        """Name of the column that says to which case a row belongs."""
        return self.codebook.root.id or ""

    @property
    def cases_known(self) -> bool:
        """Whether there is a table of cases with their identifiers."""
        return self.has(self.codebook.root.table, self.id)

    @cached_property
    def cases(self) -> pd.DataFrame:
        """The first row of each case that has an identifier, by row number."""
        frame = self.tables[self.codebook.root.table].frame
        alike = recoded(frame[self.id], values.ident)
        return frame[~alike.duplicated() & (alike != "")]

    @cached_property
    def owners(self) -> dict[str, pd.Series[int]]:
        """For each row of each table, the position of its case in `cases`; -1 if there is none."""
        ids = pd.Index(self.cases[self.id].astype(object))
        tables = {name: table for name, table in self.tables.items() if self.id in table.frame}
        return {name: _places(table.frame[self.id], ids) for name, table in tables.items()}

    @cached_property
    def rated(self) -> pd.DataFrame:
        """Ratings of known cases and factors: position of the case and factor, and the rating."""
        frame = self.tables[layout.RATINGS].frame
        factors = pd.Index(list(self.codebook.factors))
        factor = factors.get_indexer(pd.Index(frame["risk_factor"]))
        found = pd.DataFrame({
            "case": self.owners[layout.RATINGS], "factor": factor, "rating": frame["rating"],
        })  # fmt: skip
        return found[(found["case"] >= 0) & (found["factor"] >= 0)]

    @cached_property
    def levels(self) -> NDArray[np.object_]:
        """Rating of each case and factor as text; None where there is no row."""
        wide = np.full((len(self.cases), len(self.codebook.factors)), None, dtype=object)
        wide[self.rated["case"], self.rated["factor"]] = self.rated["rating"].astype(object)
        for number, name in enumerate(self.codebook.factors):
            unasked = ~self.asked(self.codebook.variables[name]) & pd.isna(wide[:, number])
            wide[unasked, number] = NOT_ASKED
        return wide

    def asked(self, variable: Variable) -> NDArray[np.bool_]:
        """Say of each case whether its study asked for a variable."""
        return self.in_studies(variable.asked_in)

    def in_studies(self, test: Callable[[int], bool]) -> NDArray[np.bool_]:
        """Say of each case whether its study passes a test; one that names no study does."""
        if "study" not in self.cases:
            return np.ones(len(self.cases), dtype=bool)
        years = self.cases["study"].map(values.whole).astype(object)
        return np.array([pd.isna(year) or test(year) for year in years], dtype=bool)

    def answers(self, variable: Variable) -> pd.Series[Any]:
        """Return a unit's answers as text, marked where the study of the case did not ask."""
        if variable.kind == "rating":
            return categorical(self.levels[:, self.codebook.factors.index(variable.name)])
        name = self.codebook.units[variable.unit].table
        column = self.tables[name].frame[variable.name]
        asked = self.asked(variable)[self.owners[name]]
        if asked.all() or variable.kind == "integer":
            return column
        return column.astype(object).mask((column == "") & ~asked, NOT_ASKED).astype("category")

    def answered(self, variable: Variable) -> bool:
        """Say whether there is a table with answers of a variable, or ratings of a factor."""
        if variable.kind == "rating":
            return self.has(layout.RATINGS, self.id, "risk_factor", "rating")
        table = self.codebook.units[variable.unit].table
        return self.has(table, variable.name, self.id)

    def rows(self, variable: Variable) -> tuple[str, pd.Series[Any], NDArray[np.int_]]:
        """Return where answers of known cases stand, the answers as text, and whose they are."""
        if variable.kind == "rating":
            number = self.codebook.factors.index(variable.name)
            rated = self.rated[self.rated["factor"] == number]
            place, column, cases = layout.RATINGS, rated["rating"], rated["case"]
        else:
            place = self.codebook.units[variable.unit].table
            column, cases = self.tables[place].frame[variable.name], self.owners[place]
            column, cases = column[cases >= 0], cases[cases >= 0]
        return self.tables[place].place, column, cases.to_numpy()

    @cached_property
    def seen(self) -> Codebook:
        """What the data see of the frame: a category that is `if_used` only if a row has it."""
        used = {
            (variable.scale, item.code)
            for variable in self.codebook.variables.values()
            for item in variable.categories
            if item.if_used and (self.rows(variable)[1] == str(item.code)).any()
        }
        return self.codebook.seen_by(self.codebook.studies, used)

    def frames(self) -> dict[str, pd.DataFrame]:
        """Turn sound tables into one frame per unit, the ratings as columns of the cases.

        Returns
        -------
        dict of str to DataFrame
            By unit, with the columns that `seen` has. Identifiers are text, coded columns
            categoricals in the frame's order, whole numbers `Int64`, studies plain integers.
        """
        ids = self.cases[self.id].astype(object).to_numpy()
        found = {}
        for unit in self.codebook.units.values():
            frame = self.tables[unit.table].frame
            columns = {
                str(name): frame[name].astype(object).to_numpy()
                for name in frame
                if name not in self.codebook.variables
            }
            columns |= {
                variable.name: _coded(self.answers(variable), variable)
                for variable in self.seen.of_unit(unit.name)
            }
            if unit.of:
                columns[self.id] = ids[self.owners[unit.table]]
            found[unit.name] = pd.DataFrame(columns)
        return found


def _places(column: pd.Series[Any], ids: pd.Index[Any]) -> pd.Series[int]:
    """Return where each identifier of a column stands among those of the cases, or is alike one."""
    texts = column.cat.categories
    found = ids.get_indexer(texts)
    if (found < 0).any():
        alike = pd.Index(ids.map(values.ident))
        found = np.where(found < 0, alike.get_indexer(texts.map(values.ident)), found)
    return pd.Series(found[column.cat.codes.to_numpy()], index=column.index)


def _coded(column: pd.Series[Any], variable: Variable) -> Any:
    """Return the values that the texts of a sound column stand for."""
    return typed(column.map({str(code): code for code in variable.codes}), variable)


def typed(column: pd.Series[Any], variable: Variable) -> Any:
    """Return a column of codes with the type that it has in a dataset."""
    if variable.numeric:
        return pd.array(column.astype(object).tolist(), dtype="Int64")
    if variable.kind == "study":
        return column.astype("int64").to_numpy()
    codes = [code for code in variable.codes if code is not None]
    return pd.Categorical(column.astype(object), categories=pd.Index(codes, dtype=object))


# -- within one table ------------------------------------------------------------------------------


def repeated(clean: RawTable, table: layout.Table) -> list[Failure]:
    """Report rows whose key stands in an earlier row already.

    The key of the ratings is counted with their completeness, see `between_tables`.
    """
    if table.name == layout.RATINGS or not set(table.key) <= set(clean.frame) or not table.key:
        return []
    named = " and ".join(table.key)
    texts = clean.frame[list(table.key)]
    kinds = {column.name: column.kind for column in table.columns}
    alike = pd.DataFrame({
        name: recoded(texts[name], values.ident) if kinds[name] == "key" else texts[name]
        for name in table.key
    })  # fmt: skip
    blank = (alike == "").any(axis=1)
    again, same = alike.duplicated() & ~blank, texts.duplicated()
    once = f"{named} may stand in one row only: this"
    rules = (
        (f"{once} repeats an earlier row.", again & same),
        (f"{once} and an earlier row's are taken for the same, for {_ALIKE}.", again & ~same),
    )  # fmt: skip
    return [
        failure
        for rule, rows in rules
        for failure in each_value(_joined_texts(texts[rows]), rule, clean.place, named)
    ]


def _joined_texts(frame: pd.DataFrame) -> pd.Series[str]:
    return frame.astype(object).agg(", ".join, axis=1) if len(frame) else pd.Series(dtype=object)


# -- between tables --------------------------------------------------------------------------------


def between_tables(relations: Relations) -> list[Failure]:
    """Check every rule that takes more than one cell."""
    codebook = relations.codebook
    failures = [*_months(relations), *_labels(relations), *_pointless_learning(relations)]
    if not relations.cases_known:
        return failures
    failures += _no_rows(relations)
    for unit in codebook.units.values():
        if unit.of:
            failures += _orphans(relations, unit.table)
            failures += _childless(relations, unit.table, unit.label) if unit.id else []
    for variable in codebook.variables.values():
        if relations.answered(variable):
            failures += [*_unasked(relations, variable), *_untimely(relations, variable)]
    if relations.has(layout.RATINGS, relations.id, "risk_factor", "rating"):
        failures += _orphans(relations, layout.RATINGS)
        failures += [*_wrong_scale(relations), *_rated_once(relations)]
        for linked in codebook.linked:
            failures += _unlinked(relations, linked)
    return failures


def alike(relations: Relations) -> list[Failure]:
    """Say which rows are taken to belong to a case whose identifier is written otherwise."""
    said = []
    for name, table in relations.tables.items():
        if relations.id in table.frame and name != relations.codebook.root.table:
            column = table.frame[relations.id]
            of = relations.cases[relations.id].astype(object).to_numpy()[relations.owners[name]]
            rule = f"Taken for the case in {relations.codebook.root.table!r}: {_ALIKE}."
            written_otherwise = column[column.astype(object) != of]
            said += each_value(written_otherwise, rule, table.place, relations.id)
    return said


def _unasked(relations: Relations, variable: Variable) -> list[Failure]:
    """Report blanks where the case's study asked for a variable, and answers where it did not."""
    if not variable.has_history:
        return []
    place, column, cases = relations.rows(variable)
    asked = relations.in_studies(variable.asked_in)[cases]
    none = column.isin(["", NOT_ASKED])
    wrong = asked & none & (not variable.optional) | ~asked & ~none
    name = variable.name if variable.kind != "rating" else "rating"
    rule = f"Studies {variable.span} ask for {variable.label!r}, and no others."
    return each_value(column[wrong], rule, place, name)


def _untimely(relations: Relations, variable: Variable) -> list[Failure]:
    """Report categories that the study of the case did not use."""
    dated = [item for item in variable.categories if item.since or item.until]
    if not dated:
        return []
    place, column, cases = relations.rows(variable)
    name = variable.name if variable.kind != "rating" else "rating"
    failures = []
    for item in dated:
        rows = column[(column == str(item.code)) & ~relations.in_studies(item.used_in)[cases]]
        rule = f"Studies {item.span} use {item.label!r}, and no others."
        failures += each_value(rows, rule, place, name)
    return failures


def _no_rows(relations: Relations) -> list[Failure]:
    root = relations.codebook.root
    rule = f"There must be at least one {root.label}."
    place = relations.tables[root.table].place
    return [] if len(relations.cases) else [Failure(rule, place)]


def _months(relations: Relations) -> list[Failure]:
    """Check that a study ends after it begins and follows the one before."""
    if not relations.has(layout.STUDIES, "study", "first_month", "last_month"):
        return []
    found = relations.tables[layout.STUDIES]
    failures, runs = [], []
    for row, record in found.frame.astype(str).iterrows():
        first, last = record["first_month"], record["last_month"]
        year = values.whole(record["study"])
        if year is None or not values.month(first) or not values.month(last):
            continue
        start, end = first if "-" in first else f"{first}-01", last if "-" in last else f"{last}-12"
        runs.append((year, start, end, str(row)))
        if start > end:
            rule = "A study's last month may not come before its first."
            failures.append(
                Failure(rule, found.place, str(row), "last_month", f"{first} to {last}")
            )
        if year < int(start[:4]):
            rule = f"A study may not be named by a year before its first month, {first}."
            failures.append(Failure(rule, found.place, str(row), "study", str(year)))
    for earlier, later in pairwise(sorted(runs)):
        if later[1] <= earlier[2] and earlier[0] != later[0]:
            rule = f"A study begins after the months of study {earlier[0]}, which end {earlier[2]}."
            failures.append(Failure(rule, found.place, later[3], "first_month", later[1]))
    return failures


def _labels(relations: Relations) -> list[Failure]:
    """Check that tables, figures and alternative texts can tell studies apart by their labels."""
    if not relations.has(layout.STUDIES, "label"):
        return []
    found = relations.tables[layout.STUDIES]
    plan = replace(layout.tables(relations.codebook)[layout.STUDIES], key=("label",))
    label = found.frame["label"]
    wordless = label[(label != "") & ~having(label, re.compile("[A-Za-z0-9]").search)]
    rule = "A study's label needs a letter from A to Z or a digit, by which figures can name it."
    return repeated(found, plan) + each_value(wordless, rule, found.place, "label")


def _pointless_learning(relations: Relations) -> list[Failure]:
    if not relations.has(layout.LEARNING, "theme", "action"):
        return []
    found = relations.tables[layout.LEARNING]
    empty = found.frame["theme"][(found.frame[["theme", "action"]] == "").all(axis=1)]
    rule = "A learning point needs a theme or an action."
    return each_value(empty, rule, found.place, "theme")


def _orphans(relations: Relations, name: str) -> list[Failure]:
    if not relations.has(name, relations.id):
        return []
    found = relations.tables[name]
    column = found.frame[relations.id]
    ids = relations.cases[relations.id]
    few = list(map(str, ids)) if len(ids) <= _MOST_COMPARED else []
    rule = f"No row of {relations.codebook.root.table!r} has this {relations.id}."

    def word(text: str) -> Failure:
        value = values.shown(text)
        return Failure(rule, found.place, "", relations.id, value, (), nearest(value, few))

    return grouped(column[(relations.owners[name] < 0) & (column != "")], word)


def _childless(relations: Relations, name: str, label: str) -> list[Failure]:
    if not relations.has(name, relations.id):
        return []
    without = ~np.isin(np.arange(len(relations.cases)), relations.owners[name])
    return _of_cases(
        relations, without, f"No {label} belongs to this {relations.codebook.root.name}."
    )


def _of_cases(
    relations: Relations, wrong: NDArray[np.bool_], rules: Any, column: str = ""
) -> list[Failure]:
    """Word failures of cases: one for each rule, with the rows and the first few identifiers.

    Parameters
    ----------
    wrong : array of bool
        Which cases fail.
    rules : str or list of str
        The rule that each of them breaks.
    """
    ids = relations.cases[relations.id][wrong].astype(object)
    place = relations.tables[relations.codebook.root.table].place
    return [
        Failure(str(rule), place, spans(part.index), column or relations.id, few([*part]))
        for rule, part in ids.groupby(pd.Series(rules, index=ids.index, dtype=object), sort=False)
    ]


def _wrong_scale(relations: Relations) -> list[Failure]:
    """Check that a level is one of its own factor's scale."""
    found, failures = relations.tables[layout.RATINGS], []
    rated, codebook = relations.rated, relations.codebook
    known = rated["rating"].isin(values.allowed(layout.rating_column(codebook)))
    for number, name in enumerate(codebook.factors):
        levels = tuple(str(item.code) for item in codebook.variables[name].categories)
        rows = rated["rating"][(rated["factor"] == number) & known & ~rated["rating"].isin(levels)]
        rule = f"The scale of {name} has no such level."
        failures += each_value(rows, rule, found.place, "rating", levels)
    return failures


def _rated_once(relations: Relations) -> list[Failure]:
    """Every case has each factor once: none missing, none twice."""
    rated, factors = relations.rated, np.asarray(relations.codebook.factors)
    found, failures = relations.tables[layout.RATINGS], []
    again = rated[(rated["case"] * len(factors) + rated["factor"]).duplicated()]
    if len(again):
        ids = found.frame[relations.id].loc[again.index]
        rule = "A case may have one rating for each risk factor: this repeats an earlier row."
        failures = each_value(ids, rule, found.place, "risk_factor")
    missing = np.asarray(pd.isna(relations.levels))
    wrong = np.asarray(missing.any(axis=1))
    lacking = f"A case needs a rating for each of the {len(factors)} risk factors; missing: "
    rules = [f"{lacking}{', '.join(factors[row])}." for row in missing[wrong]]
    return failures + _of_cases(relations, wrong, rules)


def _unlinked(relations: Relations, linked: Linked) -> list[Failure]:
    """Check that a variable is 'absent' if, and only if, its risk factor is not present."""
    codebook = relations.codebook
    if linked.variable not in relations.cases:
        return []
    score = {str(item.code): item.score for item in codebook.variables[linked.factor].categories}
    level = relations.levels[:, codebook.factors.index(linked.factor)]
    scores = pd.Series(level).map(score).to_numpy(dtype=float)
    column = relations.cases[linked.variable]
    codes = values.allowed(layout.column_of(codebook.variables[linked.variable]))
    sound = column.isin(codes).to_numpy() & ~np.isnan(scores)
    absent, present = (column == linked.absent).to_numpy(), scores > 0
    label, factor = codebook.label(linked.variable), codebook.label(linked.factor)
    named = f"{label} is named, but {factor} is not rated as present in this case."
    lacking = f"{factor} is rated as present, so {linked.variable} may not be {linked.absent!r}."
    return [
        *_of_cases(relations, sound & ~absent & ~present, named, linked.variable),
        *_of_cases(relations, sound & absent & present, lacking, linked.variable),
    ]
