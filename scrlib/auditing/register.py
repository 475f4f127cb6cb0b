"""The register of statements: what the report says in numbers outside its tables, as data.

One entry of a file in `data/published/statements` is one statement: where it stands, what it says
in our words, what was printed, and the quantity that settles it. `data/published/README.md`
describes the fields. Everything wrong with the files is reported at once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from scrlib import paths
from tally import language, yamlfile
from tally.arithmetic import OPERATIONS
from tally.claims import COMPARISONS
from tally.codebook import Codebook
from tally.errors import Failure, InputError, nearest, not_allowed
from tally.rounding import parse_printed
from tally.syntax import one_line
from tally.yamlfile import Entry, Model

FOLDER = paths.PUBLISHED / "statements"
STEPS = paths.PUBLISHED / "possible.yaml"
REASONS = {
    "external": "outside the dataset",
    "process": "about how the report was made or the organisation works",
    "outside_frame": "not logged by the coding frame",
    "figure_only": "in a figure whose values are lost",
    "judgement": "states no number",
}
_ID = re.compile(r"[a-z0-9-]+")
_Text = Annotated[str, AfterValidator(one_line)]


class _Settled(Entry):
    """What settles a statement: a quantity, a relation, or arithmetic on printed numbers."""

    # A number that was printed is text: 0.50 would lose a digit.
    model_config = ConfigDict(coerce_numbers_to_str=False)

    quantity: _Text = ""
    holds: _Text = ""
    arithmetic: dict[str, tuple[str | int | float, ...]] = Field({})

    @property
    def steps(self) -> tuple[str, ...]:
        """Name of an operation and its operands: numbers, ids of statements or table cells."""
        return tuple(str(p) for name, parts in self.arithmetic.items() for p in (name, *parts))


class Reading(_Settled):
    """One way to read a statement.

    Parameters
    ----------
    label : str
        What this reading takes the words to mean; empty if the statement has one meaning only.
    literal : bool
        Whether this reading takes the words as they stand.
    """

    label: str = ""
    literal: bool = False


class Statement(_Settled):
    """One quantitative statement of the report.

    Parameters
    ----------
    id, section, says, printed : str
        Its name, its place, what it says in our words, and the number or words printed.
    compare : str
        How the printed value bounds the quantity: one of `tally.claims.COMPARISONS`; empty if
        nothing does.
    value : str
        The number that a word stands for ("both", "all but one"); empty if `printed` is one.
    several : tuple of Reading
        The readings of one that can be read in several ways.
    possible : tuple of Reading
        Wrong steps that might have led to the printed number.
    reason, why : str
        Why no case-level dataset can settle it: one of `REASONS`, and a sentence.
    tolerance : str
        How far a word such as "about" reaches, in the unit of the value.
    """

    id: str
    section: str = Field(min_length=1)
    says: str = Field(min_length=1)
    printed: str = Field(min_length=1)
    compare: str = ""
    value: str = ""
    several: tuple[Reading, ...] = Field((), alias="readings")
    possible: tuple[Reading, ...] = ()
    reason: str = ""
    why: str = ""
    population: str = ""
    benchmark: str = ""
    table: str = ""
    same_as: tuple[str, ...] = ()
    tolerance: Annotated[str, BeforeValidator(str)] = ""
    note: str = ""

    @property
    def readings(self) -> tuple[Reading, ...]:
        """One for a plain statement, several for one that can be read in several ways."""
        own = {"quantity": self.quantity, "holds": self.holds, "arithmetic": self.arithmetic}
        return ((Reading(**own),) if any(own.values()) else ()) + self.several  # type: ignore[arg-type]

    @property
    def computable(self) -> bool:
        """Whether a case-level dataset can settle it."""
        return not self.reason


@lru_cache(maxsize=8)
def load(codebook: Codebook, focus: int | None = None, folder: Path = FOLDER) -> tuple[
    Statement, ...
]:  # fmt: skip
    """Read every statement of the report, in the order of files and of the report.

    Parameters
    ----------
    codebook : Codebook
        The frame whose names the expressions use.
    focus : int, optional
        The study in focus; the last study of the frame if None.
    folder : Path
        Folder of YAML files, each a list of entries.

    Raises
    ------
    InputError
        If a field is unknown, missing or out of range, an id is used twice, or an expression
        cannot be parsed: every failure with its file and id.
    """
    year = focus if focus is not None else codebook.studies[-1].study
    found: list[tuple[str, Statement]] = []
    failures: list[Failure] = []
    for path in sorted(folder.glob("*.yaml")):
        statements, wrong_entries = entries(path, Statement)
        found += statements
        failures += wrong_entries
    known = Counter(item.id for _, item in found)
    for place, item in found:
        wrong = (
            _form(item),
            _unlike(item, known),
            _numberless(item),
            _unread(item, codebook, year),
        )
        failures += [replace(failure, place=place) for part in wrong for failure in part]
    if failures:
        raise InputError(failures)
    return tuple(item for _, item in found)


def possible(path: Path = STEPS) -> dict[str, tuple[Reading, ...]]:
    """Read the wrong steps that might have led to printed cells of tables, by the cell's id.

    Raises
    ------
    InputError
        If a step has an unknown field or operation.
    """
    found = {
        name: tuple(yamlfile.checked(step, Reading, f"{path.name}, {name}") for step in steps)
        for name, steps in yamlfile.read(path).items()
    }
    failures = [
        replace(failure, place=f"{path.name}, {name}")
        for name, steps in found.items() for step in steps for failure in _operations(step)
    ]  # fmt: skip
    if failures:
        raise InputError(failures)
    return found


def entries(path: Path, model: type[Model]) -> tuple[list[tuple[str, Model]], list[Failure]]:
    """Read a file that lists entries, each with an id: those that are sound, and what is wrong.

    Returns
    -------
    list of tuple of str and Model
        Each entry with its place: the file and the id.
    list of Failure

    Raises
    ------
    InputError
        If the file is no such list.
    """
    raws = yamlfile.read(path) or []
    if not isinstance(raws, list) or not all(isinstance(raw, dict) for raw in raws):
        raise InputError(Failure("The file must be a list of entries.", path.name))
    found: list[tuple[str, Model]] = []
    failures: list[Failure] = []
    for raw in raws:
        place = f"{path.name}, {raw.get('id', 'entry without id')}"
        try:
            found.append((place, yamlfile.checked(raw, model, place)))
        except InputError as error:
            failures += error.failures
    return found, failures


# -- what is wrong ---------------------------------------------------------------------------------


def _form(item: Statement) -> Iterator[Failure]:
    """Yield why a statement is not settled in one way, and gives no reason why it cannot be."""
    on_data = [
        bool(reading.holds) for reading in item.readings if reading.quantity or reading.holds
    ]
    # Of several readings any may say with a relation what the printed number means.
    relation = item.compare == "relation"
    mixed = any(on_data) != relation and not (all(on_data) if relation else len(on_data) > 1)
    for wrong, rule, field in (
        (bool(on_data) == bool(item.reason),
         "Give a quantity or relation, or else the reason why there is none.", ""),
        (bool(item.reason) != bool(item.why), "A reason and why go together.", "why"),
        (any(reading.quantity and reading.holds for reading in item.readings),
         "Give a quantity or a relation, not both.", "holds"),
        (item.several and len(item.readings) > len(item.several),
         "Give readings, or one quantity or relation.", "readings"),
        (len(item.several) == 1, "Give two readings or more, or none.", "readings"),
        (on_data and mixed, "A relation has `holds`, any other comparison a quantity.", "compare"),
        (on_data and item.compare in ("over", "under"),
         "Write over and under as a relation.", "compare"),
        (item.readings and not item.compare,
         "Say how the printed value is to be compared.", "compare"),
        (item.compare == "about" and not item.tolerance and not item.reason,
         "`about` needs a tolerance.", "tolerance"),
    ):  # fmt: skip
        if wrong:
            yield Failure(rule, column=field)


def _unlike(item: Statement, known: Counter[str]) -> Iterator[Failure]:
    """Yield words that are none of those allowed, and ids that clash or are not there."""
    for field, value, allowed in (
        ("compare", item.compare, COMPARISONS), ("reason", item.reason, REASONS),
    ):  # fmt: skip
        if value and value not in allowed:
            yield not_allowed("No such value.", value, allowed, column=field)
    for other in item.same_as:
        if other not in known:
            near = nearest(other, known)
            yield Failure("There is no such statement.", "", "", "same_as", other, nearest=near)
    if known[item.id] > 1:
        yield Failure("An id may be used once only.", column="id", value=item.id)
    if not _ID.fullmatch(item.id):
        rule = "An id has small letters, digits and hyphens only."
        yield Failure(rule, column="id", value=item.id)


def _numberless(item: Statement) -> Iterator[Failure]:
    """Yield what should be one number, to be compared, and is not."""
    if item.compare in ("", "relation"):
        return
    numbers = {"value" if item.value else "printed": item.value or item.printed}
    for field, text in {**numbers, "tolerance": item.tolerance or "0"}.items():
        try:
            parse_printed(text)
        except ValueError:
            yield Failure("One number was expected.", column=field, value=text)


def _unread(item: Statement, codebook: Codebook, focus: int) -> Iterator[Failure]:
    """Yield what is wrong with expressions."""
    for reading in (*item.readings, *item.possible):
        yield from _operations(reading)
        parsers: tuple[tuple[str, str, Callable[..., object]], ...] = (
            ("quantity", reading.quantity, language.parse),
            ("holds", reading.holds, language.parse_relation),
        )
        for field, text, parse in parsers:
            try:
                _ = parse(text, codebook, focus) if text else None
            except InputError as error:
                yield from (replace(failure, column=field) for failure in error.failures)


def _operations(reading: Reading) -> Iterator[Failure]:
    for name in reading.arithmetic:
        if name not in OPERATIONS:
            yield not_allowed("No such operation.", name, OPERATIONS, column="arithmetic")
