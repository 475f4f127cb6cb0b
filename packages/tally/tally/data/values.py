"""How one cell is read: what can mean one thing only is read, nothing else is guessed.

Spaces, letter case, invisible characters and typographic quotes and dashes do not matter in codes,
numbers, months and names. Reading works on a column's distinct texts.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping

from tally.codebook import Codebook
from tally.data import layout
from tally.data.layout import Column
from tally.errors import Failure, nearest

MOST_KEY, MOST_TEXT, MOST_SHOWN = 100, 2000, 80
NUMBERS = ("integer", "year")
FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Years in which a month can lie: outside them it is a slip of the keyboard."""
NOT_KNOWN = frozenset({"not known", "n/k", "nk", "unknown"})
"""Words for a value that is not known: the frame's code for that, else a blank where it may be."""
_UNKNOWN_CODES = ("not_known", "unknown")
TOTALS = frozenset({"total", "totals", "grand total", "sum"})
_WHOLE = re.compile(r"([+-]?[0-9]{1,9})(?:\.0+|,00?)?")
_DECIMAL = re.compile(r"[+-]?[0-9]+[.,][0-9]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2}.*)?|[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\ud800-\udfff]|[\ufffe\uffff]")
_TYPOGRAPHIC = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"')
)
_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_NAMED = {name[:length]: n for n, name in enumerate(_NAMES, start=1) for length in (3, 4, 20)}
_MONTHS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<year>\d{4})",
        r"(?P<year>\d{4})[-/. ](?P<month>\d{1,2})",
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?:[t ][\d:.]+z?)?",
        r"(?P<month>\d{1,2})[-/. ](?P<year>\d{4})",
        r"(?P<month>\d{1,2})[-/.](?P<day>1[3-9]|2\d|3[01])[-/.](?P<year>\d{4})(?: [\d:.]+)?",
        r"(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})[-/.](?P<year>\d{4})(?: [\d:.]+)?",
        r"(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?[- ])?(?P<name>[a-z]+)[-., ]{1,2}(?P<year>\d{4})",
    )
)
_DAY_FIRST = _MONTHS[5]
_MONTH_FIRST = re.compile(
    r"(?P<month>\d{1,2})[-/.](?P<day>\d{1,2})[-/.](?P<year>\d{4})(?: [\d:.]+)?"
)
_DATES = {
    "": _MONTHS,
    "day/month/year": (_DAY_FIRST, *_MONTHS),
    "month/day/year": (_MONTH_FIRST, *_MONTHS),
}


def visible(text: str) -> str:
    """Return a text without the characters that have no width, such as marks of direction."""
    if text.isascii():
        return text
    return "".join(item for item in text if unicodedata.category(item) != "Cf")


def tidy(text: str) -> str:
    """Return a text without invisible characters and spaces around it."""
    return visible(text).strip()


def key(text: str) -> str:
    """Return what is left of a text if spaces, letter case and typography do not matter."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", visible(text)).translate(_TYPOGRAPHIC)
    return " ".join(text.split()).casefold()


def ident(text: str) -> str:
    """Return what two identifiers that look alike have in common."""
    plain = text if text.isascii() else key(text)
    return "".join(plain.split()).casefold()


def listed_names(text: str) -> frozenset[str]:
    """Return the names in a list, separated by commas or semicolons, as `key` leaves them."""
    return frozenset(filter(None, map(key, re.split("[,;\n]", text))))


def lookup(column: Column) -> Mapping[str, str]:
    """Return the code, as text, for each code, label and alias as `key` leaves them."""
    items = column.categories
    aliases = {key(text): str(item.code) for item in items for text in item.alias}
    labels = {key(item.label): str(item.code) for item in items}
    return aliases | labels | {key(str(item.code)): str(item.code) for item in items}


def headers(table: layout.Table, codebook: Codebook) -> Mapping[str, str]:
    """Return the column that each name over a table can mean: its own, a former one, a factor's."""
    former = {key(old): new for old, new in codebook.aliases.items() if new in table.names}
    wide = wide_factors(codebook) if table.name == layout.RATINGS else {}
    return {**wide, **former, **{key(name): name for name in table.names}}


def wide_factors(codebook: Codebook) -> Mapping[str, str]:
    """Return the code of each risk factor by what can stand over a column of its ratings."""
    return lookup(layout.factor_column(codebook))


def whole(text: str) -> int | None:
    """Return the whole number a text holds (``3``, ``3.0`` or ``3,0``), or None."""
    found = _WHOLE.fullmatch(key(text))
    return int(found[1]) if found else None


def month(text: str) -> str | None:
    """Return a year (``2009``) or month (``2009-04``), if the text can mean one only, or None.

    Read are also ``04/2009``, ``April 2009``, and dates, of which the month is kept: ``2009-04-30``
    and ``30/04/2009``, but not ``03/04/2009``, which is March to some and April to others.
    """
    parts = _parts(text, "")
    if set(parts) == {"year"}:
        return str(parts["year"])
    found = _date({"day": 1, **parts}) if parts else None
    return f"{found:%Y-%m}" if found else None


def date(text: str, order: str = "") -> dt.date | None:
    """Return the date that a text means, or None if it is none or can mean two.

    Parameters
    ----------
    order : {"", "day/month/year", "month/day/year"}
        What comes first in dates of numbers; as long as it is not said, they have to tell it.
    """
    parts = _parts(text, order)
    return _date(parts) if "day" in parts else None


def _parts(text: str, order: str) -> dict[str, int]:
    """Return the year, month and day that a text gives; nothing if it is no date or can mean two.

    The month is 0 where its name is none.
    """
    plain = key(text)
    if not plain.isascii() or (not order and ambiguous(plain)):
        return {}
    found = next(filter(None, (item.fullmatch(plain) for item in _DATES[order])), None)
    named = {name: part for name, part in found.groupdict().items() if part} if found else {}
    month_named = {"month": _NAMED.get(named.pop("name"), 0)} if "name" in named else {}
    parts = {name: int(part) for name, part in named.items()} | month_named
    return parts if FIRST_YEAR <= parts.get("year", 0) <= LAST_YEAR else {}


def ambiguous(text: str) -> bool:
    """Say whether a text is a date whose day and month could be either."""
    found = _DAY_FIRST.fullmatch(key(text))
    if not found or found["day"] == found["month"]:
        return False
    return max(int(found["day"]), int(found["month"])) <= len(_NAMES)


def _date(parts: Mapping[str, int]) -> dt.date | None:
    try:
        return dt.date(**parts)
    except ValueError:
        return None


def reader(column: Column) -> Callable[[str], str]:
    """Return a function that gives the stored form of an accepted text, and others unchanged."""
    if column.kind == "key":
        return tidy
    if column.kind == "text":
        return str.strip
    codes = lookup(column)
    unknown = next((code for code in _UNKNOWN_CODES if code in codes.values()), "")
    numbers = column.kind in NUMBERS or (
        column.kind == "category" and all(isinstance(c.code, int) for c in column.categories)
    )

    def read(text: str) -> str:
        plain = key(text)
        if plain in codes:
            return codes[plain]
        if plain in NOT_KNOWN and (unknown or not column.required):
            return unknown
        if column.kind == "month":
            return month(text) or text.strip()
        number = whole(text) if numbers else None
        return text.strip() if number is None else str(number)

    return read


def allowed(column: Column) -> tuple[str, ...]:
    """Return every stored form that a coded or whole-number column accepts, blank excluded."""
    numbers = range(column.minimum, column.maximum + 1) if column.kind in NUMBERS else ()
    return tuple(dict.fromkeys(map(str, [*(item.code for item in column.categories), *numbers])))


def acceptor(column: Column) -> Callable[[str], bool]:
    """Return a function that says of a stored form whether a column accepts it."""
    if column.kind in ("key", "text"):
        most, least = longest(column), int(column.required)
        nobody = TOTALS | NOT_KNOWN if column.kind == "key" else frozenset()
        return lambda text: (
            least <= len(text) <= most
            and (text.isprintable() or not _CONTROL.search(text))
            and text.casefold() not in nobody
        )
    if column.kind == "month":
        return lambda text: month(text) is not None
    known = {*allowed(column)} | (set() if column.required else {""})
    return known.__contains__


def longest(column: Column) -> int:
    """Return how many characters a key or text may have."""
    return MOST_KEY if column.kind == "key" else column.maximum or MOST_TEXT


def shown(text: str) -> str:
    """Return a value as a message shows it: not at any length."""
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def failure(text: str, column: Column, place: str) -> Failure:
    """Return the failure of a text that a column does not accept, in the reader's words."""
    if not text:
        rule = "This cell may not be blank."
        return Failure(rule, place, "", column.name, "", _listed(column))
    return Failure(
        _hint(text) or _rule(text, column), place, "", column.name, shown(text),
        _listed(column), nearest(text[:MOST_KEY], _names(column)),
    )  # fmt: skip


def _hint(text: str) -> str:
    if _CONTROL.search(text):
        return "Control characters are not accepted."
    if text.startswith("="):
        return "A formula is not read: put its value in the cell."
    if text.startswith("#") and text.endswith(("!", "?", "A")):
        return "The spreadsheet shows an error here."
    return ""


def _rule(text: str, column: Column) -> str:
    if column.kind == "key" and key(text) in TOTALS:
        return "A row of totals is no data: delete it."
    if column.kind == "key" and key(text) in NOT_KNOWN:
        return f"{column.label} tells one row from another: make one up."
    if column.kind in ("key", "text"):
        most = longest(column)
        return f"{column.label} may have at most {most:,} characters; this has {len(text):,}."
    if column.kind == "month":
        either = " Day and month could be either here." if ambiguous(text) else ""
        return f"{column.label} must be a month, as 2016-12, or a year.{either}"
    if column.kind in NUMBERS:
        return _number_rule(text, column)
    return f"{column.label}: this is none of its codes or labels."


def _number_rule(text: str, column: Column) -> str:
    unit = f" of {column.measure}" if column.measure else ""
    if whole(text) is not None:
        return f"{column.label} must lie between {column.minimum} and {column.maximum}."
    span = f"from {column.minimum} to {column.maximum}"
    span += "".join(f", or {item.label!r}" for item in column.categories)
    date = "; this is a date" if _DATE.fullmatch(text) and not _DECIMAL.fullmatch(text) else ""
    blank = "" if column.required else " Leave the cell blank if it is not known."
    return f"{column.label} must be a whole number{unit}, {span}{date}.{blank}"


def _names(column: Column) -> tuple[str, ...]:
    if column.kind in ("category", "rating"):
        # Codes come last, so that of a code and a label that differ in case the code is suggested.
        return (*dict.fromkeys(item.label for item in column.categories), *allowed(column))
    return ()


def _listed(column: Column) -> tuple[str, ...]:
    """Codes as messages list them, each with its label where that says more."""
    if column.kind not in ("category", "rating"):
        return ()
    return tuple(
        str(item.code) if key(str(item.code)) == key(item.label) else f"{item.code} ({item.label})"
        for item in column.categories
    )
