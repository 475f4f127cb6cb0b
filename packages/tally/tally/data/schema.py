"""What a dataset must be, made from the codebook: every failure at once, warnings apart.

Each table is checked by itself in `tally.data.tidy`, rules between tables in `tally.data.rules`.
A report's failures stop whatever wanted the data; warnings do not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from tally.codebook import Codebook, Study
from tally.data import layout, remarks, rules, typed, values
from tally.data.joined import Joined
from tally.data.raw import RawTable, RawTables
from tally.data.tidy import tidy_table
from tally.dataset import KINDS, Dataset, Meta
from tally.errors import Failure, not_allowed

PROVENANCE = tuple(KINDS)
_META_REQUIRED, _META_OPTIONAL = ("title", "provenance"), ("period", "contact")


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
        lines = [str(item) for item in self.failures]
        if self.warnings:
            lines += ["Warnings:", *(f"- {item}" for item in self.warnings)]
        return "\n".join(lines)


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
    """Check tables as found, and read them into a dataset if nothing fails.

    There is no dataset either while a table that it needs is empty of columns: ratings that coders
    have yet to settle are given so.
    """
    meta, failures = read_meta(raw)
    plan = layout.tables(codebook)
    failures = [*raw.failures, *failures, *_absent(raw, plan)]
    warnings: list[Failure] = []
    studies = tidy_table(raw, plan[layout.STUDIES], failures, warnings)
    codebook = codebook.with_studies(_studies(studies)) if studies else codebook
    tidied = {layout.STUDIES: studies} if studies else {}
    for name, table in layout.tables(codebook).items():
        found = None if name == layout.STUDIES else tidy_table(raw, table, failures, warnings)
        if found:
            tidied[name] = found
    joined = Joined(tidied, codebook)
    failures += rules.between_tables(joined)
    unread = [name for name, table in plan.items() if table.required and name not in tidied]
    if failures or meta is None or unread:
        return Report(tuple(failures), tuple(warnings)), None
    dataset = Dataset(
        codebook, typed.frames(joined), meta, _learning(tidied.get(layout.LEARNING), codebook)
    )
    return Report((), (*warnings, *remarks.warnings(dataset))), dataset


def read_meta(raw: RawTables) -> tuple[Meta | None, list[Failure]]:
    """Read what is said about a dataset as a whole."""
    known = (*_META_REQUIRED, *_META_OPTIONAL)
    place, found = raw.meta_place, {values.key(k): v.strip() for k, v in raw.meta.items()}
    failures = [
        not_allowed("A dataset is described by these keys only.", key, known, place=place)
        for key in found
        if key not in known
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
    rest = {key: found.get(key, "") for key in ("title", *_META_OPTIONAL)}
    return Meta(provenance=provenance, **rest), []


def _unsound_meta(found: dict[str, str], place: str) -> list[Failure]:
    column = layout.Column("", "text", "Text", required=False)
    bad = [key for key, text in found.items() if not values.accepted([text], column)[0]]
    return [
        values.failure(found[key], replace(column, name=key, label=key), place, "") for key in bad
    ]


def _absent(raw: RawTables, plan: dict[str, layout.Table]) -> list[Failure]:
    required = [name for name, table in plan.items() if table.required and name not in raw.tables]
    return [Failure(f"The table {name!r} is missing.", raw.place) for name in required]


# -- from text to values ---------------------------------------------------------------------------


def _studies(tidy: RawTable) -> tuple[Study, ...]:
    """Return the studies whose year can be read, in the order of their years."""
    frame = tidy.frame.astype(object)
    found = {}
    for row in frame.to_dict("records"):
        year = values.whole(str(row.get("study", "")))
        if year is not None:
            rest = (str(row.get(name, "")) for name in ("label", "first_month", "last_month"))
            found[year] = Study(year, *rest)
    return tuple(found[year] for year in sorted(found))


def _learning(tidy: RawTable | None, codebook: Codebook) -> pd.DataFrame:
    names = [field.name for field in codebook.learning]
    if tidy is None:
        return pd.DataFrame(columns=names, dtype=object)
    return tidy.frame[names].astype(object).reset_index(drop=True)
