"""Is everything counted? Each number and quantifier of the report against the register.

The report's text is not part of the compendium. `data/published/coverage.csv` holds, in order of
print, every number and every word of number or comparison in it, with what became of it: the
statements or the table that hold it, or why it claims nothing. With the text at hand,
`python -m scrlib.auditing.coverage FILE` reads it again and names every difference.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from scrlib import paths

FILE = paths.PUBLISHED / "coverage.csv"
DISPOSITIONS = {
    "statement": "a statement of the register",
    "table": "a number in a cell of a table",
    "label": "a number in the label of a row or column",
    "position": "the number of a section, table, figure or list item",
    "name": "part of the name or date of a study, act, publication or category",
    "grammar": "a word that joins or points and counts nothing",
    "rating": "part of how the scale of risk ratings is explained",
    "remark": "a general remark on practice, policy or research, without a number of its own",
}
_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty third fifth half both single twice double"
)
_QUANTIFIERS = (
    "majority minority mostly most many few fewer some several numerous all none no each every any "
    "more lesser less least higher lower highest lowest larger largest smaller small often "
    "frequently frequent commonly common rarely rare generally usually sometimes typically similar "
    "equally equal increased increase reversed stable low substantially substantial slightly "
    "proportions proportion numbers number prevalent prevalence tiny vast exceptions except nearly "
    "almost approximately extremely mainly outnumber older only varied"
)
_PHRASES = "in line|a day|a year|a working day"
_DIGITS = r"(?<![A-Za-z\d.])\d+(?:,\d{3})*(?:\.\d+)*(?:[-–]\d+)?%?"
_WORDS = "|".join(f"{_NUMBERS} {_QUANTIFIERS}".split())
_TOKEN = re.compile(rf"{_DIGITS}|\b(?:{_PHRASES}|{_WORDS})\b", re.IGNORECASE)
_FIGURES = re.compile(_DIGITS)
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_HEADING = re.compile(r"(Section \d+:|Table (\d+):|Figure \d+:|(\d(?:\.\d)+) )")
_PAGE = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+ Triennial Review, p")
_START = "Executive summary"


@dataclass(frozen=True, slots=True)
class Token:
    """A number or quantifier, and the section, footnote or table in which it stands."""

    section: str
    token: str


@dataclass(frozen=True, slots=True)
class Covered:
    """A token with what became of it.

    Parameters
    ----------
    disposition : str
        One of `DISPOSITIONS`.
    ids : tuple of str
        Statements that hold it, or the table.
    """

    section: str
    token: str
    disposition: str
    ids: tuple[str, ...] = ()


def tokens(text: str) -> Iterator[Token]:
    """Yield every token of the report from its executive summary on.

    Headings, captions, contents and page references are passed over; of a table's rows only digits
    are read.
    """
    section, table, begun = _START, "", False
    for line in text.splitlines():
        begun = begun or line.strip() == _START
        heading = _HEADING.match(line)
        if heading and begun:
            section, table = heading[3] or section, heading[2] or table
        if not begun or heading or _PAGE.match(line):
            continue
        where = f"Table {table}" if "\t" in line else _footnote(line) or section
        pattern = _FIGURES if "\t" in line else _TOKEN
        yield from (Token(where, found[0]) for found in pattern.finditer(line))


def _footnote(line: str) -> str:
    number = re.match(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+", line)
    return f"footnote {number[0].translate(_SUPERSCRIPT)}" if number else ""


def read(path: Path = FILE) -> tuple[Covered, ...]:
    """Read the table of coverage, in the report's order."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Covered(row["section"], row["token"], row["disposition"], tuple(row["ids"].split()))
            for row in csv.DictReader(file)
        )


def differences(text: str, rows: tuple[Covered, ...]) -> list[str]:
    """Compare a text of the report with the table of coverage.

    Returns
    -------
    list of str
        One line per token that is in one of them only, with its section.
    """
    found = list(tokens(text))
    listed = [Token(row.section, row.token) for row in rows]
    matcher = SequenceMatcher(None, found, listed, autojunk=False)
    lines = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            lines += [f"{t.section}: {t.token!r} is not covered" for t in found[a:b]]
            lines += [f"{t.section}: {t.token!r} is not in the text" for t in listed[c:d]]
    return lines


if __name__ == "__main__":
    missing = differences(Path(sys.argv[1]).read_text(encoding="utf-8"), read())
    print("\n".join(missing) or "Every number and quantifier of the text is covered.")
    sys.exit(bool(missing))
