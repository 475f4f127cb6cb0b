"""The register of statements: what the report says in numbers outside its tables, as data.

One entry of a file in `data/published/statements` is one statement: where it stands, what it says
in our words, what was printed, and the quantity that settles it. `data/published/README.md`
describes the fields. Everything wrong with the files is reported at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from scrlib import paths
from scrlib.auditing.register_rules import (
    REASONS,
    TEXTS,
    Check,
    checked,
    dangling,
    raw_readings,
    repeated,
)
from tally import yamlfile
from tally.arithmetic import OPERATIONS
from tally.codebook import Codebook
from tally.errors import Failure, InputError

__all__ = ["REASONS", "Reading", "Statement", "load", "possible"]

FOLDER = paths.PUBLISHED / "statements"
STEPS = paths.PUBLISHED / "possible.yaml"


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a statement: a quantity, a relation, or arithmetic on printed numbers.

    Parameters
    ----------
    label : str
        What this reading takes the words to mean; empty if the statement has one meaning only.
    quantity, holds : str
        Texts in the language of quantities; one of them is empty.
    arithmetic : tuple
        Name of an operation and its operands: numbers, ids of statements or of table cells.
    literal : bool
        Whether this reading takes the words as they stand.
    """

    label: str = ""
    quantity: str = ""
    holds: str = ""
    arithmetic: tuple[str, ...] = ()
    literal: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
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
    readings : tuple of Reading
        One for a plain statement, several for one that can be read in several ways.
    possible : tuple of Reading
        Wrong steps that might have led to the printed number.
    reason, why : str
        Why no case-level dataset can settle it: one of `REASONS`, and a sentence.
    tolerance : str
        How far a word such as "about" reaches, in the unit of the value.
    """

    id: str
    section: str
    says: str
    printed: str
    compare: str = ""
    value: str = ""
    readings: tuple[Reading, ...] = ()
    possible: tuple[Reading, ...] = ()
    reason: str = ""
    why: str = ""
    population: str = ""
    benchmark: str = ""
    table: str = ""
    same_as: tuple[str, ...] = ()
    tolerance: str = ""
    note: str = ""

    @property
    def computable(self) -> bool:
        """Whether a case-level dataset can settle it."""
        return not self.reason


@lru_cache(maxsize=8)
def load(codebook: Codebook, focus: int | None = None, folder: Path = FOLDER) -> tuple[
    Statement, ...
]:  # fmt: skip
    """Read every statement of the report, in the order of files and of print.

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
    entries = [(path.name, raw) for path in sorted(folder.glob("*.yaml")) for raw in _read(path)]
    year = focus if focus is not None else codebook.studies[-1].study
    checks = [checked(name, raw, codebook, year) for name, raw in entries]
    failures = [item for check in checks for item in check.failures]
    failures += repeated(entries) + dangling(entries)
    if failures:
        raise InputError(failures)
    return tuple(_statement(raw) for _, raw in entries)


def possible(path: Path = STEPS) -> dict[str, tuple[Reading, ...]]:
    """Read the wrong steps that might have led to printed cells of tables, by the cell's id.

    Raises
    ------
    InputError
        If a step has an unknown field or operation.
    """
    raw = yamlfile.read(path) or {}
    checks = [Check(f"{path.name}, {name}") for name in raw]
    for check, steps in zip(checks, raw.values(), strict=True):
        for step in steps:
            check.unknown_keys(step, ("label", "arithmetic"))
            for operation in step.get("arithmetic", ()):
                check.one_of("arithmetic", operation, OPERATIONS)
    failures = [item for check in checks for item in check.failures]
    if failures:
        raise InputError(failures)
    return {name: tuple(_reading(step) for step in steps) for name, steps in raw.items()}


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        found = yamlfile.read(path) or []
    except yaml.YAMLError as error:
        raise InputError(Failure(f"The file is not valid YAML: {error}", path.name)) from error
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise InputError(Failure("The file must be a list of entries.", path.name))
    return found


def _reading(raw: dict[str, Any], label: str = "") -> Reading:
    steps = tuple(
        str(part)
        for name, operands in (raw.get("arithmetic") or {}).items()
        for part in (name, *operands)
    )
    texts = [" ".join(raw.get(key, "").split()) for key in ("quantity", "holds")]
    return Reading(raw.get("label", label), texts[0], texts[1], steps, raw.get("literal", False))


def _statement(raw: dict[str, Any]) -> Statement:
    texts = {key: str(raw[key]) for key in TEXTS if key in raw}
    return Statement(
        **texts,
        readings=tuple(_reading(item) for item in raw_readings(raw)),
        possible=tuple(_reading(item) for item in raw.get("possible", ())),
        same_as=tuple(raw.get("same_as", ())),
    )
