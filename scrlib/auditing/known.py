"""What a reader may be told about a number: the number itself, a range, or that it is not known.

The cases of a synthetic dataset were solved to agree with the report, so one of their numbers is a
finding only where the report fixes it. `Knowledge` answers for each quantity: printed by the
report, or else the range over all datasets that agree with it (`data/published/bounds.csv`), or
else not known. On observed data every number is known.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from pathlib import Path

from scrlib import paths
from scrlib.auditing import implied, proof
from scrlib.auditing import ranges as kept
from scrlib.auditing.claims import claims
from scrlib.report import coding_frame, in_focus, read_dataset
from tally.claims import Claim
from tally.codebook import Codebook
from tally.dataset import Dataset
from tally.evaluate import evaluate, holds
from tally.expression import Quantity, Relation
from tally.interval import UNKNOWN, Interval, Known, certain, exactly
from tally.language import parse, parse_condition, parse_relation
from tally.normal_form import comparison_key, key, partitions, parts_of_share

BOUNDS = kept.FILE
# How often a count may be made of others: twice finds a total less a subtotal of printed cells.
_DEPTH = 2


@dataclass(frozen=True, eq=False)
class Print:
    """What the 2017 report says in numbers, by the normal form of its quantities."""

    numbers: dict[str, Interval]
    comparisons: frozenset[str]


@lru_cache(maxsize=2)
def in_print(codebook: Codebook) -> Print:
    """Collect the quantities that tables and statements print, for the report's own study in focus.

    A statement that can be read in several ways fixes none of the quantities it may mean.
    """
    numbers: dict[str, Interval] = {}
    comparisons = set()
    for claim in claims(codebook):
        if len(claim.readings) != 1:
            continue
        found = claim.readings[0].parsed
        if isinstance(found, Relation):
            comparisons |= {comparison_key(item, codebook) for item in found.comparisons}
        elif isinstance(found, Quantity) and claim.compare == "equal":
            numbers[_key(found, codebook)] = claim.readings[0].limits
    return Print(numbers, frozenset(comparisons))


@lru_cache(maxsize=4)
def ranges(codebook: Codebook, path: Path) -> dict[str, Known]:
    """Read the ranges that the report leaves open, by the normal form of the quantity."""
    year = codebook.studies[-1].study
    return {
        _key(parse(item.quantity, codebook, year), codebook): Known(item.low, item.high)
        for item in kept.read(path)
    }


@dataclass(frozen=True, eq=False)
class Knowledge:
    """Answers what may be told about quantities of a dataset.

    Parameters
    ----------
    dataset : Dataset
    focus : int
        The study for which the name `focus` stands.
    withhold : function, optional
        Given a quantity and its number, returns the number as it may be told: itself, rounded, or
        held back. Every table, figure, sentence and comparison goes through it.
    rounded : bool
        Whether numbers that are told are rounded, so that two of one look may differ.
    """

    dataset: Dataset
    focus: int
    withhold: Callable[[Quantity, Known], Known] | None = None
    rounded: bool = False

    @cached_property
    def print(self) -> Print:
        """What the report prints about the studies that it covers."""
        return in_print(coding_frame())

    @cached_property
    def ranges(self) -> dict[str, Known]:
        """The ranges that the report leaves open."""
        return ranges(coding_frame(), BOUNDS)

    @property
    def covers_print(self) -> bool:
        """Whether the dataset has the studies of the report, so that the report is about it."""
        return self.dataset.studies == coding_frame().studies

    @cached_property
    def broken(self) -> tuple[str, ...]:
        """The printed numbers that synthetic cases should meet and, once changed, do not."""
        if not (self.dataset.synthetic and self.covers_print):
            return ()
        ruled_out = proof.ruled_out(proof.load())
        return tuple(
            claim.id
            for claim in claims(coding_frame())
            if claim.compare == "equal" and len(claim.readings) == 1 and claim.id not in ruled_out
            and isinstance(claim.readings[0].parsed, Quantity)
            and claim.readings[0].check(self.dataset).holds is False
        )  # fmt: skip

    @property
    def solved(self) -> bool:
        """Whether the cases stand for the report, so that only what it fixes may be told."""
        return self.dataset.synthetic and not self.broken

    def of(self, text: str) -> Known:
        """Return what is known of a quantity.

        Raises
        ------
        InputError
            If the text is not a quantity of the frame.
        """
        return self.known(parse(text, self.dataset.codebook, self.focus))

    def key(self, text: str) -> str:
        """Return the form of a quantity that all of its spellings share."""
        return _key(parse(text, self.dataset.codebook, self.focus), self.dataset.codebook)

    def printed(self, text: str) -> bool:
        """Say whether the report prints this very number."""
        return self.key(text) in self.print.numbers

    @cached_property
    def contradicted(self) -> dict[str, Claim]:
        """What the report prints though the rest of it rules that out, by the quantity's form."""
        ruled_out = proof.ruled_out(proof.load())
        return {
            _key(reading.parsed, coding_frame()): claim
            for claim in claims(coding_frame())
            for reading in claim.readings
            if reading.id in ruled_out and isinstance(reading.parsed, Quantity)
            and (reading.literal or len(claim.readings) == 1)
        }  # fmt: skip

    def departs(self, text: str, known: Known) -> str:
        """Return what the report prints in place of a number that is told; empty if the same."""
        claim = self.contradicted.get(self.key(text)) if self.solved else None
        if claim is None or known.low is None or claim.admits(known.low):
            return ""
        return claim.printed

    def possible(self, text: str, unit: str) -> bool:
        """Say whether the coding frame lets a unit meet a condition."""
        found = parse_condition(text, self.dataset.codebook, unit, self.focus)
        return not implied.never(found, self.dataset.codebook)

    def known(self, quantity: Quantity) -> Known:
        """Return what is known of a parsed quantity."""
        if not self.solved:
            found = exactly(evaluate(quantity, self.dataset))
            return self.withhold(quantity, found) if self.withhold else found
        told = self._looked_up(quantity)
        if told is not None and told.low == 0 and told.high == 100 and _percentage(quantity):
            return UNKNOWN
        if told is None:
            _note(quantity.text, self.focus)
        return told or UNKNOWN

    def _looked_up(self, quantity: Quantity, depth: int = _DEPTH) -> Known | None:
        form = _key(quantity, self.dataset.codebook)
        if form in self.ranges:
            return self.ranges[form]
        value = evaluate(quantity, self.dataset)
        printed = self.print.numbers.get(form)
        if printed and value is not None and printed.admits(value):
            return self._printed(quantity, printed)
        if value is None or not quantity.terms:
            return exactly(value)
        single = quantity.single
        if single is None:
            return self._summed(quantity)
        if single.function == "percent":
            return self._share(quantity)
        if single.function == "count" and implied.never(single.where, self.dataset.codebook):
            return exactly(value)
        if not depth:
            return None
        return self._added(quantity, depth - 1) or self._remaining(quantity, depth - 1)

    def _printed(self, quantity: Quantity, printed: Interval) -> Known:
        """Return a printed number: as many digits as printed, unless its counts are known."""
        single = quantity.single
        if single is not None and single.function == "percent":
            shared = self._share(quantity)
            if shared is not None and shared.fixed:
                return shared
        assert printed.low is not None
        assert printed.high is not None
        return exactly((printed.low + printed.high) / 2)

    def _added(self, quantity: Quantity, depth: int) -> Known | None:
        """Add counts that are known, one for each code of a variable that is restricted."""
        for parts in partitions(quantity, self.dataset.codebook):
            found = [self._looked_up(part, depth) for part in parts]
            if all(known is not None and known.fixed for known in found):
                return exactly(
                    sum((known.low or Fraction(0) for known in found if known), Fraction(0))
                )
        return None

    def _remaining(self, quantity: Quantity, depth: int) -> Known | None:
        """Take what does not meet a part of the condition from the whole, both being known.

        Of a whole of none, every part is none.
        """
        for whole, rest in implied.complements(implied.settled(quantity)):
            all_of_it = self._looked_up(whole, depth)
            if all_of_it is None or not all_of_it.fixed or all_of_it.low is None:
                continue
            if all_of_it.low == 0:
                return all_of_it
            others = self._looked_up(rest, depth)
            if others is not None and others.fixed and others.low is not None:
                return exactly(all_of_it.low - others.low)
        return None

    def _summed(self, quantity: Quantity) -> Known | None:
        """Add what is known of the terms."""
        low = high = Fraction(quantity.constant)
        for weight, aggregate in quantity.terms:
            found = self._looked_up(Quantity(((1, aggregate),)))
            if found is None or found.low is None or found.high is None:
                return None
            ends = sorted((weight * found.low, weight * found.high))
            low, high = low + ends[0], high + ends[1]
        return Known(low, high)

    def _share(self, quantity: Quantity) -> Known | None:
        """Work out a percentage whose count and base are known, or whose base alone is."""
        inside, base = (self._looked_up(item) for item in parts_of_share(quantity))
        if inside is None or base is None or not base.low or not base.fixed:
            return None
        if inside.low is None or inside.high is None:
            return None
        return Known(100 * inside.low / base.low, 100 * inside.high / base.low)

    def relation(self, text: str) -> bool | None:
        """Say whether comparisons hold: None where the report or the data leave it open."""
        found = parse_relation(text, self.dataset.codebook, self.focus).comparisons
        outcomes = [self._compared(item) for item in found]
        if self.solved and None in outcomes:
            self._note_differences(text, outcomes)
        if False in outcomes:
            return False
        return None if None in outcomes else True

    def _note_differences(self, text: str, outcomes: list[bool | None]) -> None:
        """Ask for the ranges of the differences that would settle what is open."""
        plain = " ".join(text.split())
        sides = [
            (ast.get_source_segment(plain, left) or "", ast.get_source_segment(plain, right))
            for node in ast.walk(ast.parse(plain, mode="eval"))
            if isinstance(node, ast.Compare) and isinstance(node.left, ast.Call | ast.BinOp)
            for left, right in zip([node.left, *node.comparators], node.comparators, strict=False)
        ]
        if len(sides) == len(outcomes):
            for (left, right), outcome in zip(sides, outcomes, strict=True):
                if outcome is None and right:
                    _note(left if right.isdigit() else f"{left} - ({right})", self.focus)

    def _compared(self, comparison: tuple[Quantity, str, Quantity]) -> bool | None:
        left, op, right = comparison
        sides = self._quietly(left), self._quietly(right)
        outcome = certain(sides[0], op, sides[1])
        if not self.solved:
            return None if self.rounded and self._hidden(comparison, *sides) else outcome
        if outcome is not None:
            return outcome
        if comparison_key(comparison, self.dataset.codebook) in self.print.comparisons:
            return holds(Relation((comparison,)), self.dataset)
        terms = tuple((-weight, item) for weight, item in right.terms)
        difference = Quantity(left.terms + terms, left.constant - right.constant)
        found = self.ranges.get(_key(difference, self.dataset.codebook))
        if found is None:
            return None
        return certain(found, op, exactly(0))

    def _hidden(
        self, comparison: tuple[Quantity, str, Quantity], left: Known, right: Known
    ) -> bool:
        """Whether numbers as rounded say of a comparison other than, or more than, they should.

        Two that are rounded to one look do not tell which is greater, nor that neither is.
        """
        told = certain(left, comparison[1], right)
        alike = left.fixed and left.low == right.low
        whole = comparison[2].constant == 0 and not comparison[2].terms
        return (alike and not whole) or told != holds(Relation((comparison,)), self.dataset)

    def _quietly(self, quantity: Quantity) -> Known:
        if not self.solved:
            return self.known(quantity)
        return self._looked_up(quantity) or UNKNOWN


def of_the_report(study: int | None = None) -> Knowledge:
    """Return what is known of the report's cases, a study in focus: the newest if none is named."""
    return Knowledge(read_dataset(paths.SYNTHETIC), in_focus(coding_frame(), study))


def _key(quantity: Quantity, codebook: Codebook) -> str:
    """Return the form by which a quantity is looked up."""
    return key(implied.settled(quantity), codebook)


def _percentage(quantity: Quantity) -> bool:
    return quantity.single is not None and quantity.single.function == "percent"


def _note(text: str, focus: int) -> None:
    """Keep a quantity without a range in the file that SCR_ASKED names, if any."""
    path = os.environ.get("SCR_ASKED")
    if path and text:
        named = re.sub(r"\bfocus\b", str(focus), text)
        with Path(path).open("a", encoding="utf-8") as stream:
            stream.write(" ".join(named.split()) + "\n")
