"""Explore: numbers of the data by one or two things and by study, each with how it is known.

The answers about the report are worked out beforehand (`write`), since each is asked of
`scrlib.auditing.known.Knowledge`; those about other data are counted when they are asked for.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

from markupsafe import Markup

from scrlib import paths
from scrlib.auditing.known import Knowledge
from scrlib.lines import Line, lines_of
from scrlib.listing import Listing
from scrlib.numbers import ALL, both
from scrlib.shown import Shown
from tally.codebook import Codebook
from tally.interval import UNKNOWN, Known

FILE = paths.PUBLISHED / "explore.csv"
LEFT_OUT = (
    "This page is left out of a book in which small numbers are held back: tables of any two "
    "things could tell what is held back elsewhere."
)
PRINTED, FOLLOWS, COUNTED, OPEN = "r", "f", "c", "x"
STATUS = {
    PRINTED: "the report’s own number", FOLLOWS: "follows from the report",
    "": "every number between these agrees with the report", COUNTED: "counted in these data",
    OPEN: "the report’s text does not say, as far as was worked out",
}  # fmt: skip
_VARIABLES = ("study", "law_group", "incident", "outcome", "perpetrator", "involvement")
_OF_CHILDREN = ("sex", "age_band")
_INSIDE = {
    'outcome == "death"': [f'incident_group == "death_{kind}"' for kind in ("direct", "other")]
}
"""What the report counts apart (Table 8) of something that can be asked for: a cell has these."""


@dataclass(frozen=True, slots=True)
class Variable:
    """Something to ask by."""

    name: str
    label: str
    unit: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One or two variables, and the year of one study if any.

    `where` is what is counted in each cell, the last row and the last column being totals.
    """

    rows: Variable
    columns: Variable | None = None
    study: int | None = None

    @property
    def key(self) -> str:
        """What names it in the file and on the page."""
        columns = self.columns.name if self.columns else ""
        return f"{self.rows.name}|{columns}|{self.study or ''}"

    @property
    def unit(self) -> str:
        """What is counted."""
        return self.columns.unit if self.columns and self.columns.unit != "case" else self.rows.unit

    @property
    def sides(self) -> tuple[list[str], list[str]]:
        """The conditions of rows and of columns."""
        down = [*(line.where for line in self.rows.lines), ALL]
        return down, [*(line.where for line in self.columns.lines), ALL] if self.columns else [ALL]

    def expressions(self) -> list[list[str]]:
        """Return what each cell counts."""
        of_study = f"study == {self.study}" if self.study else ALL
        down, across = self.sides
        return [[f"count({self.unit}, {both(of_study, a, b)})" for b in across] for a in down]


def variables(codebook: Codebook) -> tuple[Variable, ...]:
    """Return what can be asked by: those of cases first."""
    named = [
        Variable(name, codebook.label(name), "case", tuple(lines_of(name, codebook)))
        for name in _VARIABLES
    ]
    risks = [
        Variable(name, codebook.label(name), "case", (
            Line("indicated", "Indicated", f"present({name})"),
            Line("not", "Not indicated", f"not present({name})"),
        )) for name in codebook.factors
    ]  # fmt: skip
    trio = Variable("trio", "All three of the toxic trio", "case", (
        Line("all", "All three", "trio_count == 3"), Line("fewer", "Fewer", "trio_count < 3"),
    ))  # fmt: skip
    children = [
        Variable(name, codebook.label(name), "child", tuple(lines_of(name, codebook)))
        for name in _OF_CHILDREN
    ]
    return (*named, *risks, trio, *children)


def questions(codebook: Codebook) -> Iterator[Question]:
    """Yield everything that can be asked."""
    known = variables(codebook)
    for study in (None, *(item.study for item in codebook.studies)):
        asked = [item for item in known if study is None or item.name != "study"]
        yield from (Question(item, None, study) for item in asked)
        yield from (Question(a, b, study) for a, b in combinations(asked, 2))


# -- answers ---------------------------------------------------------------------------------------

Grid = list[list[str]]


def answer(question: Question, knowledge: Knowledge) -> Grid:
    """Return each cell as text: "12r" for a number and how it is known, "3-7" for a range."""
    texts = question.expressions()
    known = [[_known(text, knowledge) for text in row] for row in texts]
    limits = without_trivial(narrowed(known)) if knowledge.solved else known
    return [
        [_told(text, cell, limit, knowledge) for text, cell, limit in zip(*three, strict=True)]
        for three in zip(texts, known, limits, strict=True)
    ]


def _known(text: str, knowledge: Knowledge) -> Known:
    """Return what is known of a count: at the least, what it is of the parts that are known."""
    known = knowledge.of(text)
    whole = next((name for name in _INSIDE if name in text), None)
    if known.low is not None or whole is None:
        return known
    parts = [knowledge.of(text.replace(whole, part)).low for part in _INSIDE[whole]]
    return Known(sum((part for part in parts if part is not None), Fraction(0)), None)


def _told(text: str, known: Known, limits: Known, knowledge: Knowledge) -> str:
    if limits.low is None or limits.high is None:
        return OPEN
    if not limits.fixed:
        return f"{limits.low}-{limits.high}"
    how = PRINTED if known.fixed and knowledge.printed(text) else FOLLOWS
    return f"{limits.low}{how if knowledge.solved else COUNTED}"


def narrowed(known: list[list[Known]]) -> list[list[Known]]:
    """Narrow the cells of a table by its totals, the last row and the last column being these.

    A cell is no more than its total less the least of the others, and no less than its total less
    the most of the others. A cell of which only nought is known to be the least stays open if its
    totals are.
    """
    grid = [[_counted(cell) for cell in row] for row in known]
    changed = True
    while changed:
        before = [row.copy() for row in grid]
        grid = [_split(row) for row in grid]
        columns = [_split(list(column)) for column in zip(*grid, strict=True)]
        grid = [list(row) for row in zip(*columns, strict=True)]
        changed = grid != before
    return grid


def without_trivial(grid: list[list[Known]]) -> list[list[Known]]:
    """Leave open the cells of which no more is said than that their totals are not exceeded."""
    return [
        [cell if _says(cell, [row[-1], grid[-1][n], grid[-1][-1]]) else UNKNOWN
         for n, cell in enumerate(row)]
        for row in grid
    ]  # fmt: skip


def _says(cell: Known, totals: list[Known]) -> bool:
    highs = [total.high for total in totals if total.high is not None and total is not cell]
    return cell.fixed or bool(cell.low) or (cell.high is not None and cell.high < min(highs))


def _counted(cell: Known) -> Known:
    return cell if cell.low is not None else Known(Fraction(0), None)


def _split(line: list[Known]) -> list[Known]:
    """Narrow the parts of a total, which comes last, and the total by its parts."""
    *parts, total = line
    if not parts:
        return line
    least = sum((part.low or Fraction(0) for part in parts), Fraction(0))
    highs = [part.high for part in parts]
    unlimited = highs.count(None)
    most = sum((high for high in highs if high is not None), Fraction(0))
    high = min(
        (x for x in (total.high, None if unlimited else most) if x is not None), default=None
    )
    total = replace(total, low=max(total.low or Fraction(0), least), high=high)
    return [*(_part(part, total, least, most, unlimited) for part in parts), total]


def _part(part: Known, total: Known, least: Fraction, most: Fraction, unlimited: int) -> Known:
    low, high = part.low or Fraction(0), part.high
    if total.high is not None:
        rest = total.high - (least - low)
        high = rest if high is None else min(high, rest)
    if total.low is not None and unlimited - (part.high is None) == 0:
        low = max(low, total.low - (most - (part.high or Fraction(0))))
    return replace(part, low=low, high=high)


def write(knowledge: Knowledge, path: Path = FILE) -> None:
    """Work out every answer about the report and keep it."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream, lineterminator="\n")
        out.writerow(("rows", "columns", "study", "answers"))
        for question in questions(knowledge.dataset.codebook):
            cells = answer(question, knowledge)
            out.writerow((*question.key.split("|"), "/".join(" ".join(row) for row in cells)))


def read(path: Path = FILE) -> dict[str, str]:
    """Return the answers about the report, by the key of their question."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        return {f"{r['rows']}|{r['columns']}|{r['study']}": r["answers"] for r in rows}


def answers(knowledge: Knowledge) -> dict[str, str]:
    """Return every answer: about the report as kept, about other data as counted."""
    if knowledge.solved:
        return read()
    return {
        question.key: "/".join(" ".join(row) for row in answer(question, knowledge))
        for question in questions(knowledge.dataset.codebook)
    }


# -- on the page -----------------------------------------------------------------------------------


def page(knowledge: Knowledge) -> Shown:
    """Return what `_static/explore.js` makes the page of; without it, a table by one thing each."""
    if knowledge.withhold is not None:
        return Shown("text", LEFT_OUT)
    codebook, told = knowledge.dataset.codebook, answers(knowledge)
    data = {
        "variables": [_described(item) for item in variables(codebook)],
        "studies": [item.study for item in codebook.studies],
        "units": {name: unit.plural for name, unit in codebook.units.items()} | {"case": "cases"},
        "status": STATUS, "answers": told,
    }  # fmt: skip
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    table = _by_one(variables(codebook), told)
    script = f'<script type="application/json" id="explore-data">{text}</script>'
    return replace(
        table, markdown=f'<div id="explore-answers">\n{table.markdown}\n</div>\n{script}'
    )


def _described(item: Variable) -> dict[str, Any]:
    lines = [[line.label, line.where] for line in item.lines]
    return {"name": item.name, "label": item.label, "unit": item.unit, "lines": lines}


def _by_one(asked: Sequence[Variable], told: dict[str, str]) -> Shown:
    rows = []
    for item in asked:
        cells = told[Question(item).key].split("/")
        for line, cell in zip(item.lines, cells, strict=False):
            label = Markup("{}: {}").format(item.label, line.label)
            rows.append([label, *in_words(cell)])
    header = ("Cases or children", "Number", "How it is known")
    return Listing("All studies, by one thing", header, rows, numbers=("Number",)).shown


def in_words(cell: str) -> tuple[str, str]:
    """Return an answer as a reader sees it: the number or range, and how it is known."""
    if cell == OPEN:
        return "?", STATUS[OPEN]
    if "-" in cell:
        return cell.replace("-", " to "), STATUS[""]
    return cell[:-1], STATUS[cell[-1]]
