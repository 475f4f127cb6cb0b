"""What stands around a table or chart: its caption, its notes, and where its numbers come from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from scrlib import rendering
from scrlib.auditing.known import Knowledge
from scrlib.crosstab import Crosstab
from scrlib.numbers import AUDIT
from scrlib.rendering import Caption
from scrlib.report import load_tables
from scrlib.words import lower_first
from tally.errors import InputError, not_allowed
from tally.escape import escape_html
from tally.grid import Declared

TEXT_ALONE = (
    "The report printed this chart. We had only its text, so what the text leaves open is not "
    "drawn."
)


@dataclass(frozen=True, eq=False)
class Captions:
    """The captions of a book about one dataset.

    Parameters
    ----------
    knowledge : Knowledge
    """

    knowledge: Knowledge

    @cached_property
    def declared(self) -> dict[int, Declared]:
        """The report's tables by number."""
        found = load_tables(self.knowledge.dataset.codebook, self.knowledge.focus).values()
        return {table.number: table for table in found}

    def table(self, number: int) -> Declared:
        """Return one of the report's tables as declared.

        Raises
        ------
        InputError
            If the report has no such table.
        """
        if number not in self.declared:
            raise InputError(not_allowed("The report has no such table.", number, self.declared))
        return self.declared[number]

    def of_table(self, table: Crosstab, number: int | None, title: str) -> Caption:
        """Return the caption of a cross-table, which may be one of the report's."""
        if number is None:
            title = title or f"{table.names[0]} by {lower_first(table.names[1])}"
            return Caption(title, source=self.source())
        declared = self.table(number)
        places = {"caption", "rows", *(line.key for line in (*table.rows, *table.columns))}
        notes = tuple(note for note in declared.notes if note.at in places)
        source = self._compared(declared, table)
        return Caption(title or declared.caption, f"Table {number}", notes, source)

    def of_published(self, number: int) -> Caption:
        """Return the caption of a table whose numbers come from outside the cases."""
        declared = self.table(number)
        source = f"Source: the report, section {declared.section}. {escape_html(declared.external)}"
        return Caption(declared.caption, f"Table {number}", declared.notes, source)

    def of_chart(self, number: int | None, title: str) -> Caption:
        """Return the caption of a chart, which may be one of the report's."""
        source = TEXT_ALONE if number and self.knowledge.solved else self.source()
        return Caption(title, f"Figure {number}" if number else "", (), source)

    @property
    def of_report(self) -> bool:
        """Whether the data stand for the report's own cases, altered or not."""
        return self.knowledge.covers_print and self.knowledge.dataset.synthetic

    def source(self) -> str:
        """Say where numbers come from that are in no table of the report."""
        if not self.of_report:
            return f"Source: {self.knowledge.dataset.meta.kind}."
        kind = "the report’s text" if self.knowledge.solved else "altered synthetic cases"
        return f"Source: {kind}."

    def _compared(self, declared: Declared, table: Crosstab) -> str:
        """Say where the numbers of a table of the report come from, and how many agree with it."""
        if not self.of_report:
            place = f"laid out as in section {declared.section} of the report"
            return f"Source: {self.knowledge.dataset.meta.kind}, {place}."
        same, printed = rendering.agreement(table, declared)
        source = f"Source: the report, section {declared.section}."
        if not printed:
            return f"{source} It does not print this table for this study."
        if same == printed:
            return f"{source} All {printed} numbers that it prints agree; others follow from them."
        agree = f"{same} of the {printed} numbers that it prints agree."
        return f"{source} {agree} {self._departures(table)}".strip()

    def _departures(self, table: Crosstab) -> str:
        """Say what the report prints where a table has another number."""
        departs = ((item, self.knowledge.departs(item.expression, item.known))
                   for item in table.quantities)  # fmt: skip
        told = [f"It prints {printed} where this table has {item.shown}"
                for item, printed in departs if printed]  # fmt: skip
        return f'{"; ".join(told)}: see <a href="{AUDIT}">chapter 7</a>.' if told else ""
