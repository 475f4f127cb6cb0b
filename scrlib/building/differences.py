"""Differences between two runs' results as data, as text and as a page that stands alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from tally.escape import escape_html, one_line


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same in both runs.

    Parameters
    ----------
    file : str
        The download, or "manifest.json".
    row, column : str
        Where in it; empty if a whole file, row or column is in one run only.
    before, after : str
        What each run has.
    """

    file: str
    row: str
    column: str
    before: str
    after: str

    @property
    def change(self) -> str:
        """By how much a number grew, as "+3"; empty if these are no numbers."""
        one, two = _number(self.before), _number(self.after)
        return "" if one is None or two is None else f"{two - one:+}"

    def __str__(self) -> str:
        where = ", ".join(filter(None, (self.file, self.row, self.column)))
        change = f" ({self.change})" if self.change else ""
        return one_line(f"{where}: {_said(self.before)} became {_said(self.after)}{change}")


@dataclass(frozen=True, slots=True)
class Diff:
    """All that differs between two runs.

    Parameters
    ----------
    before, after : str
        What the runs are called.
    compared : int
        Cells of downloads that both runs have.
    """

    before: str
    after: str
    compared: int
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    @property
    def summary(self) -> str:
        """How much differs, in a sentence."""
        if self.same:
            return f"No differences in {self.compared:,} cells."
        number = len(self.differences)
        return (
            f"{number:,} difference{'' if number == 1 else 's'}; {self.compared:,} cells compared."
        )

    def __str__(self) -> str:
        head = one_line(f"{self.before} against {self.after}. {self.summary}")
        return "\n".join([head, *map(str, self.differences)])

    def html(self) -> str:
        """Return the differences as a page that stands alone; all text is escaped."""
        title = escape_html(f"What differs: {self.before} against {self.after}")
        return (
            f'<!doctype html>\n<html lang="en-GB">\n<head><meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width">\n<title>{title}</title>\n'
            f"<style>{_STYLE}</style></head>\n<body><main>\n<h1>{title}</h1>\n"
            f"<p>{escape_html(self.summary)}</p>\n{self._tables()}</main></body>\n</html>\n"
        )

    def _tables(self) -> str:
        files = dict.fromkeys(item.file for item in self.differences)
        return "".join(
            _table(name, [item for item in self.differences if item.file == name]) for name in files
        )


_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;margin:1rem;color:#222;background:#fff}"
    "table{border-collapse:collapse;margin:1rem 0}caption{text-align:left;font-weight:bold}"
    "th,td{border:1px solid #777;padding:.25rem .5rem;text-align:left;vertical-align:top}"
)
_HEADER = ("Row", "Column", "Before", "After", "Change")


def _table(name: str, items: Iterable[Difference]) -> str:
    header = "".join(f'<th scope="col">{text}</th>' for text in _HEADER)
    rows = "".join(
        f'<tr><th scope="row">{escape_html(item.row)}</th>'
        + "".join(
            f"<td>{escape_html(text)}</td>"
            for text in (item.column, item.before, item.after, item.change)
        )
        + "</tr>\n"
        for item in items
    )
    return (
        f"<table><caption>{escape_html(name)}</caption>\n<thead><tr>{header}</tr></thead>\n"
        f"<tbody>{rows}</tbody></table>\n"
    )


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text.removesuffix("%"))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _said(text: str) -> str:
    return repr(text) if text else "nothing"
