"""Numbers that a page gives out: counts, shares and averages that know where they come from.

Each is asked of `Knowledge`, so it is a number that the report fixes, a range, or a mark; on real
data, what the disclosure plan allows. `Given` remembers what a page has given out: a chart or a
test may hold nothing else.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cached_property

from scrlib.auditing.known import Knowledge
from scrlib.words import alone, phrase, short
from tally.codebook import Codebook
from tally.errors import InputError, not_allowed
from tally.escape import escape_html
from tally.interval import Known
from tally.language import parse
from tally.syntax import tree_of

NAN = float("nan")
_LONG = re.compile(r"\d{4,}")
SMALL_BASE = 20
"""Of fewer units than this a share is told as a count: percentages of ten cases say too much."""
UNKNOWN_MARK = "\ue001"
"""Stands in a sentence for a number that is not known: the sentence is left out."""
ALL = "true"
AUDIT = "07_audit.ipynb"
"""The page on printed numbers that cannot all be right."""
FORMATS = "of, of cases, percent, number, share of cases, case/cases"


def both(*conditions: str | None) -> str:
    """Join conditions of which all must hold; nothing stands for all."""
    parts = dict.fromkeys(part for part in conditions if part and part != ALL)
    if len(parts) < 2:
        return next(iter(parts), ALL)
    return " and ".join(f"({part})" if " or " in part else part for part in parts)


def unit_of(conditions: list[str], codebook: Codebook) -> str:
    """Return what conditions are about: children or parents if they name something of theirs."""
    root = codebook.root.name
    named = {name for text in conditions for name in _names(text)} - {*codebook.names(root)}
    return next((unit for unit in codebook.units if named & {*codebook.names(unit)}), root)


def _names(text: str) -> list[str]:
    """Return the names in a condition, but not those of members that are only counted."""
    found = []
    waiting: list[ast.AST] = [tree_of(text)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "number":
            continue
        if isinstance(node, ast.Name):
            found.append(node.id)
        waiting.extend(ast.iter_child_nodes(node))
    return found


def plural_of(unit: str, codebook: Codebook) -> str:
    """Return what a table counts: a submission to a review is called a case for short."""
    return "cases" if unit == codebook.root.name else codebook.units[unit].plural


@dataclass(frozen=True, eq=False)
class Given:
    """What a page may tell, and what it has told so far.

    Parameters
    ----------
    knowledge : Knowledge
    ledger : set of float
        Every number that charts and tests may hold.
    said : dict
        For each number in a sentence, how it is known and what stands in the text.
    """

    knowledge: Knowledge
    ledger: set[float] = field(default_factory=lambda: {0.0})
    said: dict[str, str] = field(default_factory=dict)

    @property
    def codebook(self) -> Codebook:
        """The coding frame of the data."""
        return self.knowledge.dataset.codebook

    def give(self, known: Known) -> float:
        """Return a number that is fixed, for charts and tests; not a number if it is open."""
        if not known.fixed or known.low is None:
            return NAN
        value = int(known.low) if known.low.denominator == 1 else float(known.low)
        self.ledger.add(float(value))
        return value

    def departure(self, *told: tuple[str, Known]) -> str:
        """Return a note where a number is not the one that the report prints; else nothing."""
        printed = [self.knowledge.departs(text, known) for text, known in told]
        noted = next(filter(None, printed), "")
        return f" ([the report prints {noted}]({AUDIT}))" if noted else ""

    def status(self, text: str, known: Known) -> str:
        """Say how a number is known."""
        if known.marker:
            return "held back"
        if not self.knowledge.solved:
            return "counted in these data"
        if known.low is None:
            return "not fixed by the report’s text"
        if known.fixed and self.knowledge.printed(text):
            return "printed in the report"
        return "follows from its numbers" if known.fixed else "range that the report’s text allows"


@dataclass(frozen=True, eq=False)
class Quantity:
    """Any quantity of the frame's language, such as ``mean(case, total_score)``."""

    given: Given
    expression: str

    @cached_property
    def known(self) -> Known:
        """What is known of it."""
        return self.given.knowledge.of(self.expression)

    @cached_property
    def function(self) -> str:
        """The statistic that it is: "count", "percent", "mean" and so on."""
        quantity = parse(self.expression, self.given.codebook, self.given.knowledge.focus)
        return quantity.single.function if quantity.single else "count"

    @property
    def value(self) -> float:
        """The number, or not a number where it is open."""
        return self.given.give(self.known)

    @property
    def shown(self) -> str:
        """The number as text: digits, a range, or a mark."""
        return short(self.known, self.function)

    @property
    def status(self) -> str:
        """How it is known: "printed in the report", "counted in these data" and so on."""
        return self.given.status(self.expression, self.known)

    @property
    def about(self) -> str:
        """The number, how it is known, and its expression."""
        return f"{self.shown}; {self.status}; {self.expression}"

    def __repr__(self) -> str:
        return self.about

    def __format__(self, form: str) -> str:
        if self.known.low is None or not self.known.defined:
            return f"{UNKNOWN_MARK}not known"
        if "/" in form:
            words = phrase(self.known, self.function, *form.split("/"))
        else:
            words = alone(int(self.value)) if form == "number" else self.shown
        told = marked(self.given, words, self.about, self.shown)
        return told + self.given.departure((self.expression, self.known))


@dataclass(frozen=True, eq=False)
class Share:
    """How many units of a base meet a condition: `count` of `nobs`, in statsmodels' words.

    Parameters
    ----------
    where : str
        The condition that is counted.
    among : str
        The condition of the base; all units if "true".
    """

    given: Given
    unit: str
    where: str
    among: str = ALL

    @cached_property
    def texts(self) -> tuple[str, str, str]:
        """The expressions of the count, the base and the percentage."""
        inside, unit = both(self.among, self.where), self.unit
        base = f", {self.among}" if self.among != ALL else ""
        return (
            f"count({unit}, {inside})",
            f"count({unit}, {self.among})",
            f"percent({unit}, {self.where}{base})",
        )

    @cached_property
    def known(self) -> tuple[Known, Known, Known]:
        """What is known of the count, the base and the percentage."""
        count, base, percent = (self.given.knowledge.of(text) for text in self.texts)
        return count, base, percent

    @property
    def count(self) -> float:
        """The count; not a number where it is open."""
        return self.given.give(self.known[0])

    @property
    def nobs(self) -> float:
        """The base; not a number where it is open, or nothing is in it."""
        return self.given.give(self.known[1]) or NAN

    @property
    def percent(self) -> float:
        """The percentage; not a number where it is open."""
        return self.given.give(self.known[2])

    @property
    def few(self) -> bool:
        """Whether it is told as a count of its base in place of a percentage."""
        base = self.known[1].high
        return base is not None and base < SMALL_BASE

    @property
    def ratio(self) -> str:
        """The count and the base as text: "73 of 97", "1,645 of 2,700"."""
        count, base = (_LONG.sub(lambda n: f"{int(n[0]):,}", short(x)) for x in self.known[:2])
        return f"{count} of {base}"

    @property
    def about(self) -> str:
        """Numerator, denominator and percentage, how they are known, and the expression."""
        percent = f" ({short(self.known[2], 'percent')})" if self.known[2].defined else ""
        how = self.given.status(self.texts[0], self.known[0])
        if how.startswith("follows"):
            how = self.given.status(self.texts[2], self.known[2])
        return f"{self.ratio}{percent}; {how}; {self.texts[2]}"

    def __repr__(self) -> str:
        return self.about

    def __format__(self, form: str) -> str:
        told = zip(self.texts, self.known, strict=True)
        return self._worded(form) + self.given.departure(*told)

    def _worded(self, form: str) -> str:
        count, base, percent = self.known
        if count.low is None or base.high in (0, None):
            return f"{UNKNOWN_MARK}not known"
        kind, _, noun = form.partition("of ")
        kind = kind.strip() or ("of" if noun else "")
        noun = re.sub(r"\bcases\b", "case", noun) if base.high == 1 else noun
        if form in ("", "number"):
            low, fixed = int(count.low), count.fixed
            words = alone(low) if form and fixed else short(count)
            return marked(self.given, words, self.about, short(count))
        if kind == "of" or (self.few and kind in ("share", "percent")):
            found = marked(self.given, self.ratio, self.about, short(count))
            return f"{found} {noun}" if noun else found
        if kind in ("percent", "share"):
            words = short(percent, "percent")
            found = marked(self.given, words, self.about, words.replace("%", ""))
            return f"{found} of {noun} ({self.ratio})" if noun else found
        if "/" in form:
            return marked(
                self.given, phrase(count, "count", *form.split("/")), self.about, short(count)
            )
        raise InputError(not_allowed("No such format of a share.", form, FORMATS.split(", ")))


def marked(given: Given, words: str, about: str, value: str) -> str:
    """Mark up a number with where it comes from, and remember that it was told."""
    given.said.setdefault(about, words)
    number = value.replace(" to ", "/").replace("%", "")
    return f'<data value="{escape_html(number)}" title="{escape_html(about)}">{words}</data>'
