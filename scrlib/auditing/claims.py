"""The report's claims: the statements of the register and the cells of the tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from scrlib import report as published
from scrlib.auditing import register
from scrlib.report import coding_frame
from tally import language
from tally.arithmetic import carry_out
from tally.claims import Claim, Reading, limits
from tally.codebook import Codebook
from tally.expression import Quantity, Relation
from tally.grid import Cell, Declared


def _of_statement(
    item: register.Statement, codebook: Codebook, focus: int, printed: Mapping[str, str]
) -> Claim:
    number = item.value or item.printed
    several = len(item.readings) > 1

    def made(position: int, raw: register.Reading, kind: str = "") -> Reading:
        identifier = f"{item.id}/{kind}{position}" if several or kind else item.id
        parsed = _parsed(raw, codebook, focus)
        known = parsed if isinstance(parsed, Quantity) else None
        given, steps = carry_out(raw.steps, printed) if raw.arithmetic else (None, "")
        bounds = limits(item.compare, number, known, item.tolerance)
        return Reading(
            identifier,
            raw.label,
            raw.quantity or raw.holds,
            parsed,
            bounds,
            given,
            steps,
            raw.literal,
        )

    return Claim(
        item.id, item.section, item.says, item.printed, item.compare,
        readings=tuple(made(n, raw) for n, raw in enumerate(item.readings, 1)),
        possible=tuple(made(n, raw, "possible-") for n, raw in enumerate(item.possible, 1)),
        reason=item.reason, why=item.why, table=item.table, population=item.population,
        benchmark=item.benchmark, note=item.note, same_as=item.same_as,
    )  # fmt: skip


def _parsed(
    raw: register.Reading, codebook: Codebook, focus: int
) -> Quantity | Relation | None:  # fmt: skip
    if raw.quantity:
        return language.parse(raw.quantity, codebook, focus)
    return language.parse_relation(raw.holds, codebook, focus) if raw.holds else None


def _of_cell(
    cell: Cell, table: Declared, codebook: Codebook, printed: Mapping[str, str],
    steps: tuple[register.Reading, ...],
) -> Claim:  # fmt: skip
    text = printed[cell.id]
    shown = f"{text}%" if cell.measure == "percent" else text
    says = f"Table {table.number}: {cell.row_label}, {cell.column_label} ({cell.measure})"
    if not cell.quantity:
        return Claim(
            cell.id, cell.section, says, shown, reason="external", why=table.external,
            source="table", table=cell.table,
        )  # fmt: skip
    parsed = language.parse(cell.quantity, codebook)
    bounds = limits("equal", text, parsed)
    possible = tuple(
        Reading(f"{cell.id}/possible-{n}", step.label, "", None, bounds,
                *carry_out(step.steps, printed))
        for n, step in enumerate(steps, 1)
    )  # fmt: skip
    return Claim(
        cell.id, cell.section, says, shown, "equal",
        (Reading(cell.id, "", cell.quantity, parsed, bounds),), possible,
        source="table", table=cell.table,
    )  # fmt: skip


def _cells(tables: Iterable[Declared]) -> Iterator[tuple[Declared, Cell]]:
    return ((table, cell) for table in tables for cell in table.cells)


@lru_cache(maxsize=4)
def claims(codebook: Codebook, focus: int | None = None) -> tuple[Claim, ...]:
    """Return every claim of the report: its statements in the report's order, then its table cells.

    Parameters
    ----------
    codebook : Codebook
        A dataset's own frame, whose studies may be more than the report's.
    focus : int, optional
        The study that takes the place of the report's newest; the newest of the frame if None.

    Notes
    -----
    What was printed does not change with `codebook` and `focus`; what is counted does, so that a
    new study can be set beside the report.
    """
    year = published.in_focus(codebook, focus)
    own = published.load_tables(coding_frame())
    printed = {cell.id: cell.printed for _, cell in _cells(own.values()) if cell.printed}
    statements = register.load(codebook, year)
    texts = {item.id: item.printed for item in statements} | printed
    found = [_of_statement(item, codebook, year, texts) for item in statements]
    tables, steps = published.load_tables(codebook, year).values(), register.possible()
    for table, cell in _cells(tables):
        if cell.id in printed:
            found.append(_of_cell(cell, table, codebook, printed, steps.get(cell.id, ())))
    return tuple(found)
