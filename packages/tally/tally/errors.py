"""What a user sees when input is wrong: every failure at once, each with its place and its rule."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that is wrong with an input.

    Parameters
    ----------
    rule : str
        What should be true, in a sentence.
    place : str
        File, sheet, parameter or expression in which the failure stands.
    row, column : str
        Row (as a spreadsheet numbers it, the header being row 1) and column; empty if none.
    value : str
        The value found; empty if none.
    allowed : tuple of str
        The values that would have been accepted, if they can be listed.
    nearest : str
        The allowed value most like the one found; empty if none is close.
    rows : tuple of int
        Every row, where `row` names the first of many only.
    """

    rule: str
    place: str = ""
    row: str = ""
    column: str = ""
    value: str = ""
    allowed: tuple[str, ...] = ()
    nearest: str = ""
    rows: tuple[int, ...] = field(default=(), repr=False, compare=False)

    def __str__(self) -> str:
        rows = "row" if self.row.isdigit() else "rows"
        where = [self.place, f"{rows} {self.row}" if self.row else "", self.column]
        text = ", ".join(part for part in where if part)
        text = f"{text}: {self.rule}" if text else self.rule
        if self.value:
            text += f" Found {self.value!r}."
        if self.nearest:
            text += f" Did you mean {self.nearest!r}?"
        if self.allowed:
            text += f" Allowed: {', '.join(self.allowed)}."
        return text

    def as_dict(self) -> dict[str, object]:
        """Return the failure as plain data, for JSON."""
        return {name: text for name, text in asdict(self).items() if name != "rows"}


def told(failures: Iterable[Failure]) -> str:
    """Return failures as lines of text; what a column allows is listed with the first of them."""
    lines, listed = [], set()
    for failure in failures:
        known = (failure.place, failure.column, failure.allowed)
        lines.append(str(replace(failure, allowed=()) if known in listed else failure))
        listed.add(known)
    return "\n".join(lines)


class InputError(Exception):
    """Bad input: the command stops with exit status 2 and nothing is written.

    Parameters
    ----------
    failures : Failure, str, or iterable of either
        All that is wrong, not the first thing only.
    """

    exit_status = 2

    def __init__(self, failures: Failure | str | Iterable[Failure | str]) -> None:
        items = [failures] if isinstance(failures, (Failure, str)) else list(failures)
        self.failures = tuple(Failure(item) if isinstance(item, str) else item for item in items)
        super().__init__(told(self.failures))


class BuildError(Exception):
    """The input was sound, but what was asked for could not be made; nothing has been written."""

    exit_status = 1


def nearest(value: object, allowed: Iterable[object]) -> str:
    """Return the allowed value most like `value`, or an empty string if none is close."""
    known = {str(item).casefold(): str(item) for item in allowed}
    found = difflib.get_close_matches(str(value).casefold(), list(known), n=1, cutoff=0.6)
    return known[found[0]] if found else ""


def not_allowed(
    rule: str,
    value: object,
    allowed: Iterable[object],
    *,
    place: str = "",
    row: str = "",
    column: str = "",
) -> Failure:
    """Return the failure of a value that is not among those allowed, with its nearest match."""
    names = tuple(str(item) for item in allowed)
    return Failure(rule, place, row, column, str(value), names, nearest(value, names))
