"""What a finished book tells: read from its pages, numbers and marks only.

Each number of a protected book says what it counts: in sentences in its title, in tables and in
charts in `EXPRESSION` and `TOLD`. So whoever has the book, and an office that publishes another of
the same cases, can take it apart without the data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from tally.codebook import Codebook
from tally.errors import Failure, InputError
from tally.expression import Aggregate, Condition, In, Tally, variables
from tally.language import parse
from tally.normal_form import normal_tally

FILE = "protection.json"
"""How a book was protected: lies beside its pages."""
EXPRESSION, TOLD = "data-expression", "data-told"
_MARK = "[c]"
_NOTHING = ("–", "[z]")
"""Stand where there is nothing to average."""
_PARTS = re.compile(r"([^\s()]+)(?: of ([^\s()]+))?(?: ?\((.+)\))?")


@dataclass(frozen=True)
class Protection:
    """How a book was protected, and what it is about.

    Parameters
    ----------
    focus : int
        The study in focus.
    studies : tuple of int
        Every study whose cases it counts.
    limit, width : int
        What is held back, and how many values each small number may have.
    zeros : bool
        Whether counts of none are held back too.
    """

    focus: int
    studies: tuple[int, ...]
    limit: int
    width: int
    zeros: bool = False

    @property
    def among(self) -> Condition:
        """Which cases the book is about."""
        return In("study", frozenset(self.studies))


@dataclass(frozen=True)
class Count:
    """A count, or an average with what it is of, as a book tells it.

    Parameters
    ----------
    tally : Tally
    base : Tally or None
        What an average is of.
    text : str
        The number; empty if it is not shown by itself but follows, and "[c]" if it is held back.
    """

    tally: Tally
    base: Tally | None
    text: str

    @property
    def held(self) -> bool:
        """Whether it is held back."""
        return self.text == _MARK


def protection(book: Path) -> Protection:
    """Read how a finished book was protected.

    Raises
    ------
    InputError
        If it is no book about observed cases in which small numbers are held back.
    """
    try:
        record = json.loads((book / FILE).read_text(encoding="utf-8"))
        return Protection(**{**record, "studies": tuple(record["studies"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        rule = (
            f"This is no finished book in which small numbers are held back: it has no {FILE} that "
            "can be read. Where a book holds nothing back, nothing can be held back beside it."
        )
        raise InputError(Failure(rule, str(book))) from error


def write(protected: Protection, book: Path) -> None:
    """Write down how a book was protected."""
    text = json.dumps(protected.__dict__, indent=1)
    (book / FILE).write_text(text + "\n", encoding="utf-8")


def counts(book: Path, codebook: Codebook) -> tuple[Count, ...]:
    """Return every count and average that the pages of a book tell or mark, each once.

    Raises
    ------
    InputError
        If a page says two things of one number, or counts what the coding frame does not have.
    """
    focus = protection(book).focus
    found: dict[tuple[Tally, Tally | None], Count] = {}
    for page in sorted(book.rglob("*.html")):
        for expression, text in pairs(page.read_text(encoding="utf-8")):
            for count in _counts(expression, text, codebook, focus):
                _add(found, count, page)
    return tuple(found.values())


def _add(
    found: dict[tuple[Tally, Tally | None], Count], count: Count, page: Path
) -> None:  # fmt: skip
    known = found.get((count.tally, count.base))
    if known is None or not known.text or (known.held and count.text):
        # What is shown anywhere is known, whatever is marked elsewhere.
        found[count.tally, count.base] = count
    elif count.text not in ("", _MARK, known.text):
        rule = "One number of this book stands as two: it is not as it was made."
        raise InputError(Failure(rule, page.name, value=f"{known.text}, {count.text}"))


def pairs(page: str) -> Iterator[tuple[str, str]]:
    """Yield what each number of a page counts, and its text."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    yield from reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._cell: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "data" and (told := given.get("title", "").split("; "))[2:]:
            text, _, expression = told
            self.found.append((expression, text))
        if EXPRESSION in given:
            self._cell = given[EXPRESSION], []
        if TOLD in given:
            self.found += json.loads(given[TOLD]).items()

    def handle_data(self, data: str) -> None:
        if self._cell:
            self._cell[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "td" and self._cell:
            expression, texts = self._cell
            self.found.append((expression, "".join(texts).strip()))
            self._cell = None


def _counts(expression: str, text: str, codebook: Codebook, focus: int) -> Iterator[Count]:
    quantity = parse(expression, codebook, focus)
    if quantity.single is None:
        for _, aggregate in quantity.terms if _MARK not in text else ():
            yield from _told(aggregate, ("", "", ""), codebook)
    else:
        match = _PARTS.fullmatch(text)
        number, base, rest = match.groups(default="") if match else ("", "", "")
        yield from _told(quantity.single, (number, base, rest), codebook)


def _told(
    aggregate: Aggregate, texts: tuple[str, str, str], codebook: Codebook
) -> Iterator[Count]:  # fmt: skip
    """Yield what a statistic tells: of a percentage the count and what it is of."""
    parts = aggregate.ratio(codebook)
    above = normal_tally(parts.above, codebook)
    below = normal_tally(parts.below, codebook) if parts.below else None
    number, base, rest = (text.replace(",", "") for text in texts)
    if number in _NOTHING:
        return
    if aggregate.value is not None and below is not None:
        yield Count(above, below, number)
        yield Count(below, None, rest)
        return
    yield Count(above, None, number)
    if below is not None and (base or rest):
        yield Count(below, None, base)


def marked(counted: Iterable[Count]) -> tuple[set[Tally], set[Tally]]:
    """Return the counts that a book marks: those that are at least 1, and those it is mute of.

    Where a count by the same variables is shown, a mark says that there is something to hold back.
    Where none is, all of them may have been withheld, those of none too.
    """
    counts = [count for count in counted if count.base is None]
    told = {_joined(count) for count in counts if not count.held}
    held = {count.tally for count in counts if count.held and _joined(count) in told}
    return held, {count.tally for count in counts if count.held} - held


def _joined(count: Count) -> tuple[str, frozenset[str]]:
    return count.tally.unit, variables(count.tally.where)


def shown(counted: Iterable[Count]) -> Mapping[Tally, int]:
    """Return the counts that are shown as digits."""
    return {
        count.tally: int(count.text)
        for count in counted
        if count.base is None and count.text.isdigit()
    }
