"""What differs between two runs' results: their downloads, cell by cell, and their records.

Every CSV download is paired with that of the same name in the other run; rows are paired by the
first columns that name them in both, or by their order if none do. The audit's download has one
row for each statement and each printed number, so it tells which of these changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from parabook import record
from scrlib.building.differences import Diff, Difference
from tally.data import csvfile
from tally.data.loading import META_FILE
from tally.errors import Failure, InputError

_HASHED = re.compile(r"[0-9a-f]{32,64}")
_ROWS = ("sources", "versions", "asked")


def _downloads(run: Path) -> dict[str, Path]:
    """Return a run's downloads by name; folders named by a fingerprint do not count."""
    if not run.is_dir():
        raise InputError(Failure("There is no such folder.", str(run)))
    if (run / META_FILE).is_file():
        rule = (
            "This folder holds cases: a comparison would print them. Compare the books made of "
            "them, or their downloads."
        )
        raise InputError(Failure(rule, str(run)))
    found = {}
    for path in sorted(run.rglob("*.csv")):
        parts = path.relative_to(run).parts
        found["/".join(part for part in parts if not _HASHED.fullmatch(part))] = path
    if not found:
        rule = "This folder holds no results: a run has at least one CSV download."
        raise InputError(Failure(rule, str(run)))
    return found


def _read(path: Path) -> pd.DataFrame:
    frame = csvfile.read(path).frame.astype(object)
    names = pd.Series(frame.columns, dtype=str)
    again = names.groupby(names).cumcount()
    frame.columns = [f"{n} ({k + 1})" if k else n for n, k in zip(names, again, strict=True)]
    return frame.reset_index(drop=True)


# -- comparing -------------------------------------------------------------------------------------


def _keys(one: pd.DataFrame, two: pd.DataFrame) -> list[str]:
    """Return the fewest first columns that tell all rows of each table apart; none if none do."""
    both = [name for name in one.columns if name in two.columns]
    for number in range(1, len(both)):
        keys = both[:number]
        if not one.duplicated(keys).any() and not two.duplicated(keys).any():
            return keys
    return []


def _named(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    if keys:
        names = [", ".join(row) for row in frame[keys].itertuples(index=False)]
    else:
        names = [f"row {number}" for number in range(2, len(frame) + 2)]
    return frame.drop(columns=keys).set_axis(pd.Index(names, dtype=object), axis=0)


def _ordered(one: Iterable[str], two: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*one, *two]))


def _cells(file: str, one: pd.DataFrame, two: pd.DataFrame) -> tuple[list[Difference], int]:
    keys = _keys(one, two)
    one, two = _named(one, keys), _named(two, keys)
    found = [
        _only(file, "", name, name in one.columns)
        for name in _ordered(one.columns, two.columns)
        if (name in one.columns) != (name in two.columns)
    ]
    shared = [name for name in one.columns if name in two.columns]
    before, after = one[shared].to_dict("index"), two[shared].to_dict("index")
    compared = 0
    for row in _ordered(one.index, two.index):
        if row in before and row in after:
            compared += len(shared)
            pairs = ((name, before[row][name], after[row][name]) for name in shared)
            found += [Difference(file, row, name, a, b) for name, a, b in pairs if a != b]
        else:
            found.append(_only(file, row, "", row in before))
    return found, compared


def _only(file: str, row: str, column: str, in_first: bool) -> Difference:
    what = "the row" if row else "the column" if column else "the file"
    return Difference(file, row, column, *((what, "") if in_first else ("", what)))


def _records(first: Path, second: Path) -> list[Difference]:
    """Compare what the runs were made of, where both say it; the time does not count."""
    one, two = (record.load(run / record.FILE) for run in (first, second))
    if one is None or two is None:
        return []
    found = []
    for row in _ROWS:
        before: Mapping[str, object] = getattr(one, row)
        after: Mapping[str, object] = getattr(two, row)
        found += [
            Difference(record.FILE, row, name, str(before.get(name, "")), str(after.get(name, "")))
            for name in _ordered(before, after)
            if before.get(name) != after.get(name)
        ]
    if one.commit != two.commit:
        found.append(Difference(record.FILE, "commit", "", one.commit, two.commit))
    return found


def diff(run_a: Path, run_b: Path) -> Diff:
    """Compare the results of two runs (``scr diff RUN_A RUN_B``).

    Parameters
    ----------
    run_a, run_b : Path
        Folders of results: books, or the folders of downloads in them.

    Returns
    -------
    Diff
        As text by `str`, as a page by `Diff.html`.

    Raises
    ------
    InputError
        If a folder is not there or holds no results, or a download cannot be read.
    """
    one, two = _downloads(run_a), _downloads(run_b)
    found, compared = _records(run_a, run_b), 0
    for name in _ordered(one, two):
        if name in one and name in two:
            cells, number = _cells(name, _read(one[name]), _read(two[name]))
            found += cells
            compared += number
        else:
            found.append(_only(name, "", "", name in one))
    return Diff(run_a.name, run_b.name, compared, tuple(found))
