"""How one cell is read: stray spaces and letter case are forgiven, nothing else is guessed.

Reading works on a column's distinct texts, so a million rows cost no more than their few values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from tally.data.layout import Column
from tally.errors import Failure, nearest

MOST_KEY, MOST_TEXT, MOST_SHOWN = 100, 2000, 80
_WHOLE = re.compile(r"([+-]?[0-9]{1,9})(?:\.0+)?")
_DECIMAL = re.compile(r"[+-]?[0-9]+[.,][0-9]+")
_MONTH = re.compile(r"([0-9]{4})(?:-(0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2}.*)?|[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{2,4}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\ud800-\udfff]|[\ufffe\uffff]")


def key(text: str) -> str:
    """Return what is left of a text if spaces and letter case do not matter."""
    return " ".join(text.split()).casefold()


def lookup(column: Column) -> Mapping[str, str]:
    """Return the code, as text, for each code and label of a column as `key` leaves them."""
    labels = {key(item.label): str(item.code) for item in column.categories}
    return labels | {key(str(item.code)): str(item.code) for item in column.categories}


def whole(text: str) -> int | None:
    """Return the whole number a text holds (``3`` or ``3.0``), or None."""
    found = _WHOLE.fullmatch(text.strip())
    return int(found[1]) if found else None


def month(text: str) -> str | None:
    """Return a year (``2009``) or month (``2009-04``; of a date, its month), or None."""
    found = _MONTH.fullmatch(text.strip())
    if not found:
        return None
    return f"{found[1]}-{found[2]}" if found[2] else found[1]


def reader(column: Column) -> Callable[[str], str]:
    """Return a function that gives the stored form of an accepted text, and others unchanged."""
    codes = lookup(column)
    numbers = column.kind in ("integer", "year") or (
        column.kind == "category" and all(isinstance(c.code, int) for c in column.categories)
    )

    if column.kind in ("key", "text"):
        return str.strip

    def read(text: str) -> str:
        if column.kind == "month":
            return month(text) or text.strip()
        number = whole(text) if numbers else None
        plain = text.strip() if number is None else str(number)
        return codes.get(key(plain), plain)

    return read


def allowed(column: Column) -> tuple[str, ...]:
    """Return every stored form that a coded or whole-number column accepts, blank excluded."""
    if column.kind in ("integer", "year"):
        return tuple(str(number) for number in range(column.minimum, column.maximum + 1))
    return tuple(dict.fromkeys(str(item.code) for item in column.categories))


def accepted(texts: Sequence[str], column: Column) -> list[bool]:
    """Say of each stored form whether a column accepts it.

    Parameters
    ----------
    texts : sequence of str
        Distinct texts as `reader` leaves them; an empty one is a blank cell.
    """
    if column.kind in ("key", "text"):
        return _sound(texts, column)
    if column.kind == "month":
        return [month(text) is not None for text in texts]
    known = {*allowed(column)} | (set() if column.required else {""})
    return [text in known for text in texts]


def longest(column: Column) -> int:
    """Return how many characters a key or text may have."""
    return MOST_KEY if column.kind == "key" else column.maximum or MOST_TEXT


def _sound(texts: Sequence[str], column: Column) -> list[bool]:
    most = longest(column)
    # One search in all texts at once: a million identifiers are nearly always all sound.
    if any(
        _CONTROL.search("\n".join(texts[i : i + 100_000])) for i in range(0, len(texts), 100_000)
    ):
        clean = [not _CONTROL.search(text) for text in texts]
    else:
        clean = [True] * len(texts)
    least, lengths = int(column.required), list(map(len, texts))
    if all(clean) and least <= min(lengths, default=1) and max(lengths, default=1) <= most:
        return clean
    return [ok and least <= len(text) <= most for ok, text in zip(clean, texts, strict=True)]


def shown(text: str) -> str:
    """Return a value as a message shows it: not at any length."""
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def failure(text: str, column: Column, place: str, row: str) -> Failure:
    """Return the failure of a text that a column does not accept, in the reader's words."""
    if not text:
        rule = "This cell may not be blank."
        return Failure(rule, place, row, column.name, "", _listed(column))
    return Failure(
        _hint(text) or _rule(text, column), place, row, column.name, shown(text),
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
    if column.kind in ("key", "text"):
        most = longest(column)
        return f"{column.label} may have at most {most:,} characters; this has {len(text):,}."
    if column.kind == "month":
        return f"{column.label} must be a month, as 2016-12, or a year."
    if column.kind in ("integer", "year"):
        return _number_rule(text, column)
    return f"{column.label}: this is none of its codes or labels."


def _number_rule(text: str, column: Column) -> str:
    span = f"from {column.minimum} to {column.maximum}"
    unit = f" of {column.measure}" if column.measure else ""
    blank = "" if column.required else " Leave the cell blank if it is not known."
    if whole(text) is not None:
        return (
            f"{column.label} must lie {span.replace('from', 'between').replace(' to ', ' and ')}."
        )
    if _DECIMAL.fullmatch(text):
        return f"{column.label} must be a whole number{unit}, {span}.{blank}"
    if _DATE.fullmatch(text):
        return f"{column.label} must be a whole number{unit}, {span}; this is a date.{blank}"
    return f"{column.label} must be a whole number{unit}, {span}.{blank}"


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
