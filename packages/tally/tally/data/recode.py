"""A recoding file: how an export of another program becomes the tables of the frame.

`recode.yaml` stands beside the data. For each table it names the file (CSV, a sheet of a workbook,
Stata's `.dta`, SPSS's `.sav` with pyreadstat installed) and, for each column of the frame, where
its values come from. A table can be made of several parts: a child in each of three columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
import yaml
from pydantic import BeforeValidator, Field

from tally import yamlfile
from tally.codebook import Codebook
from tally.data import csvfile, layout, values, workbook
from tally.data.raw import RawTable, categorical, having, recoded, spans, unreadable
from tally.errors import Failure, InputError, not_allowed
from tally.yamlfile import Entry

FILE = "recode.yaml"
WAY = f"For an export, a file {FILE!r} beside it says which of its columns and codes are which."
"""What to do with a file that another program has written."""
_MOST_BYTES = 256 * 1024
_UNKNOWN = "not known"
_HOW = """\
# How an export becomes the tables of the frame: on the right, the columns of your file.
# A column can be recoded: {from: gender, codes: {F: female, M: male}}; an age be found:
# {born: date_of_birth, at: date_of_incident}; a text made: {text: "{record_id}-1"}.
# Of a workbook name the sheet too: sheet: Register. Rows in which a column is blank are
# left out by where: COLUMN. Ratings one to a column: a line neglect: Neglect for each,
# and beside columns, for all of them, codes: {H: high, M: medium, L: low, "0": none}.
# Take out what stands in a file of its own beside this one, such as studies.csv. The
# title and provenance stand there too, in dataset.yaml.
not_known: [N/K, Not known]
dates: ""  # day/month/year or month/day/year, if there are dates such as 03/04/2018
tables:"""
_SOURCES = "Say of which column it is made: a name, or 'from', 'text', or 'born' and 'at'."
_DIGIT = re.compile("[0-9]")
_BLANK = re.compile(r"\{([^{}]+)\}")


def _by_name(raw: object) -> object:
    """Take a column that is named alone for a source of which nothing else is said."""
    return {"from": raw} if isinstance(raw, (str, int, float)) else raw


def _in_a_list(raw: object) -> object:
    """Take a part that stands alone for a list of one."""
    return [raw] if isinstance(raw, Mapping) else raw


class Source(Entry):
    """Where the values of a column come from.

    Parameters
    ----------
    from_ : str
        Column of the export. Its values are recoded by `codes`, others stay as they are.
    text : str
        In place of a column: a text in which ``{name}`` stands for a column's value.
    born, at : str
        In place of a column: columns with a date of birth and a later date; the age in whole years.
    """

    from_: str = Field("", alias="from")
    codes: dict[str, str] = Field({})
    text: str = ""
    born: str = ""
    at: str = ""


class Part(Entry):
    """One file as rows of one table; rows in which `where` is blank are left out.

    Parameters
    ----------
    codes : dict of str to str
        How categories are written in the file, in every column that has them: those of a column
        by itself come first.
    """

    file: str
    sheet: str = ""
    where: str = ""
    codes: dict[str, str] = Field({})
    columns: dict[str, Annotated[Source, BeforeValidator(_by_name)]]


class Recoding(Entry):
    """What `recode.yaml` holds.

    Parameters
    ----------
    not_known : tuple of str
        What stands for a value that is not known, such as N/K or 99, in every column.
    dates : {"", "day/month/year", "month/day/year"}
        What comes first in dates such as 03/04/2018, which are refused if it is not said.
    """

    not_known: tuple[str, ...] = ()
    dates: Literal["", "day/month/year", "month/day/year"] = ""
    tables: dict[str, Annotated[tuple[Part, ...], BeforeValidator(_in_a_list)]]


def read(path: Path, plan: dict[str, layout.Table]) -> Recoding:
    """Read a recoding file.

    Raises
    ------
    InputError
        With all that is wrong with it.
    """
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(Failure(f"The file may hold at most {_MOST_BYTES:,} bytes.", path.name))
    found = yamlfile.load(path, Recoding)
    failures = [
        not_allowed("A dataset has no such table.", name, plan, place=path.name)
        for name in found.tables
        if name not in plan
    ]
    failures += [
        not_allowed(f"The table {name!r} has no such column.", column, plan[name].names, place=FILE)
        for name in set(found.tables) & set(plan)
        for part in found.tables[name]
        for column in part.columns
        if column not in plan[name].names and name != layout.RATINGS
    ]
    failures += [
        Failure(_SOURCES, path.name, "", f"{name}: {column}")
        for name, parts in found.tables.items()
        for part in parts
        for column, source in part.columns.items()
        if not (source.from_ or source.text or source.born) or bool(source.born) != bool(source.at)
    ]
    if failures:
        raise InputError(failures)
    return found


def told(text: str) -> list[tuple[str, str]]:
    """Say in words what a recoding file makes: a table, and what its columns are made of."""
    found = Recoding.model_validate(yaml.safe_load(text))
    return [
        (name, f"{part.file}: " + "; ".join(_told_part(part)))
        for name, parts in found.tables.items()
        for part in parts
    ]


def _told_part(part: Part) -> list[str]:
    every = [f"in all columns {_listed(part.codes)}"] if part.codes else []
    return [*(_told(*item) for item in part.columns.items()), *every]


def _listed(codes: dict[str, str]) -> str:
    return ", ".join(f"{old}: {new}" for old, new in codes.items())


def _told(column: str, source: Source) -> str:
    if source.born:
        return f"{column}: years from {source.born} to {source.at}"
    if source.text:
        return f"{column}: {source.text}"
    if source.codes:
        return f"{column} from {source.from_} ({_listed(source.codes)})"
    return column if source.from_ == column else f"{column} from {source.from_}"


def table(folder: Path, recoding: Recoding, plan: layout.Table) -> RawTable:
    """Make one table of the frame of the files that a recoding names."""
    made: list[RawTable] = []
    for part in recoding.tables[plan.name]:
        try:
            part = _with_codes(part, plan)
            made.append(_recoded(_source(folder, part, recoding), part, recoding))
        except InputError as error:
            return unreadable(FILE, error.failures)
    if len(made) == 1:
        return made[0]
    frame = pd.concat([item.frame.astype(object) for item in made]).sort_index(kind="stable")
    return replace(
        made[0], frame=frame.fillna("").astype("category"),
        unread=frozenset[tuple[int, str]]().union(*(item.unread for item in made)),
        failures=tuple(dict.fromkeys(failure for item in made for failure in item.failures)),
    )  # fmt: skip


def _with_codes(part: Part, plan: layout.Table) -> Part:
    """Give the columns that have categories the codes of all of them, before their own."""
    others = {column.name for column in plan.columns if not column.has_codes}
    coded = {
        name: source.model_copy(update={"codes": {**part.codes, **source.codes}})
        for name, source in part.columns.items()
        if name not in others
    }
    return part.model_copy(update={"columns": {**part.columns, **coded}})


def _source(folder: Path, part: Part, recoding: Recoding) -> RawTable:
    path = folder / part.file
    if Path(part.file).name != part.file or not path.is_file():
        raise InputError(Failure("There is no such file beside this one.", FILE, value=part.file))
    beside = [
        item
        for parts in recoding.tables.values()
        for item in parts
        if (item.file, item.sheet) == (part.file, part.sheet)
    ]
    known = frozenset(values.key(name) for item in beside for name in _named(item))
    kind = path.suffix.casefold()
    if kind == ".xlsx":
        wanted = values.key(part.sheet)
        sheets = workbook.read(path, {wanted: known})
        found = [item for name, item in sheets if name == wanted or not part.sheet]
        if len(found) != 1:
            rule = "Name one sheet of the workbook."
            names_of = [name for name, _ in sheets]
            raise InputError(not_allowed(rule, part.sheet, names_of, place=part.file))
        return found[0]
    return _READERS[kind](path) if kind in _READERS else csvfile.read(path, known)


def _stata(path: Path) -> RawTable:
    return _labelled(path, pd.read_stata(path, convert_categoricals=False))


def _spss(path: Path) -> RawTable:
    try:
        import pyreadstat
    except ImportError as error:
        rule = (
            "To read .sav files run 'make spss' or 'pip install pyreadstat', "
            "or save the file as CSV."
        )
        raise InputError(Failure(rule, path.name)) from error
    frame, _ = pyreadstat.read_sav(path)
    return _labelled(path, frame)


_READERS: dict[str, Callable[[Path], RawTable]] = {".dta": _stata, ".sav": _spss}


def _labelled(path: Path, frame: pd.DataFrame) -> RawTable:
    """Return the values of a statistical program's file as text, by the number of the row."""
    columns = {
        name: categorical(
            ["" if pd.isna(item) else workbook.cell_text(item) for item in frame[name]]
        ).array
        for name in frame
    }
    index = pd.RangeIndex(1, len(frame) + 1)
    return RawTable(path.name, pd.DataFrame(columns, index=index), header=0)


def _named(part: Part) -> list[str]:
    """Return the columns of the export that a part uses."""
    used = [
        name
        for item in part.columns.values()
        for name in (item.from_, item.born, item.at, *_BLANK.findall(item.text))
    ]
    return list(dict.fromkeys(filter(None, [*used, part.where])))


def _recoded(found: RawTable, part: Part, recoding: Recoding) -> RawTable:
    names = {values.key(str(name)): n for n, name in enumerate(found.frame.columns)}
    failures = [
        not_allowed("The file has no such column.", name, found.frame.columns, place=found.place)
        for name in _named(part)
        if values.key(name) not in names
    ]
    if failures:
        raise InputError(failures)
    unknown = frozenset(map(values.key, recoding.not_known))

    def column(name: str) -> pd.Series[Any]:
        texts = found.frame.iloc[:, names[values.key(name)]]
        return recoded(texts, lambda text: _UNKNOWN if values.key(text) in unknown else text)

    made = {name: _values(item, column, recoding.dates) for name, item in part.columns.items()}
    frame = pd.DataFrame(made)
    if part.where:
        frame = frame[column(part.where) != ""]
    wrong = [
        (name, failure)
        for name, dated in _dated(part)
        for failure in _no_dates(column(dated)[frame.index], dated, found.place, recoding.dates)
    ]
    told = (*found.failures, *(failure for _, failure in wrong))
    unread = frozenset((row, name) for name, failure in wrong for row in failure.rows)
    return replace(found, frame=frame, failures=told, unread=unread)


def _dated(part: Part) -> list[tuple[str, str]]:
    """Return the columns that are ages, each with the columns of dates of which it is made."""
    return [
        (name, dated)
        for name, item in part.columns.items()
        for dated in (item.born, item.at)
        if dated
    ]


def _values(source: Source, column: Callable[[str], pd.Series[Any]], dates: str) -> pd.Series[Any]:
    if source.born:
        return _ages(column(source.born), column(source.at), dates)
    if source.text:
        return _filled(source.text, column)
    codes = {values.key(old): new for old, new in source.codes.items()}
    return recoded(column(source.from_), lambda text: codes.get(values.key(text), text))


def _filled(template: str, column: Callable[[str], pd.Series[Any]]) -> pd.Series[Any]:
    """Put the values of columns into a text; nothing else in it is looked at."""
    pieces = _BLANK.split(template)
    made: Any = pieces[0]
    for name, after in zip(pieces[1::2], pieces[2::2], strict=True):
        made = made + column(name).astype(object) + after
    return made.astype("category") if isinstance(made, pd.Series) else made


def _ages(born: pd.Series[Any], at: pd.Series[Any], order: str = "") -> pd.Series[Any]:
    """Return ages in whole years; what is no date stays as it is, and is refused by the check."""
    first, last = (
        pd.to_datetime(recoded(item, lambda text: values.date(text, order)).astype(object))
        for item in (born, at)
    )
    before = (last.dt.month * 100 + last.dt.day) < (first.dt.month * 100 + first.dt.day)
    years = last.dt.year - first.dt.year - before
    known = years.map(lambda number: f"{number:.0f}", na_action="ignore")
    texts = born.astype(object).where(first.isna(), at.astype(object))
    return known.where(years.notna(), texts).astype("category")


def _no_dates(texts: pd.Series[Any], name: str, place: str, order: str) -> list[Failure]:
    """Report as one what has digits and is no date, or one whose day and month could be either."""
    wrong = texts[having(texts, lambda text: _DIGIT.search(text) and not values.date(text, order))]
    if wrong.empty:
        return []
    rule = (
        "This is no date, or its day and month could be either: write it as 2018-01-31, "
        f"or say in {FILE!r}: 'dates: day/month/year'."
    )
    shown, rows = values.shown(str(wrong.iloc[0])), tuple(map(int, wrong.index))
    return [Failure(rule, place, spans(rows), name, shown, rows=rows)]


def skeleton(codebook: Codebook) -> str:
    """Return a recoding file to fill in, which names every column of the frame and its codes."""
    lines = [_HOW]
    for table in layout.tables(codebook).values():
        lines += [f"  {table.name}:", "    file: export.csv", "    columns:"]
        for column in table.columns:
            listed = column.categories if column.has_codes else ()
            codes = ", ".join(str(item.code) for item in listed)
            lines.append(f"      {column.name}: {column.name}" + (f"  # {codes}" if codes else ""))
    return "\n".join(lines) + "\n"
