"""What must hold of every dataset of this report, whatever was printed, as hard constraints."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from scrlib import paths
from tally import yamlfile
from tally.codebook import Codebook
from tally.language import parse
from tally.solve.constraint import Constraint
from tally.solve.microdata_model import Layout
from tally.yamlfile import Entry

FILE = paths.CODEBOOK / "consistency.yaml"


class Rule(Entry):
    """What never occurs: a quantity that is nought in every dataset."""

    id: str
    says: str
    never: str


class Laid(Entry):
    """How synthetic datasets are laid out, and the readings of the report that they follow."""

    most: dict[str, int]
    each: dict[str, str]
    usual: dict[str, tuple[int, int]]
    strata: tuple[str, ...]
    bundles: tuple[tuple[str, ...], ...]
    readings: tuple[str, ...]


class Consistency(Entry):
    """What `consistency.yaml` holds.

    Parameters
    ----------
    meaning : tuple of Rule
        What follows from the meaning of the variables.
    plausible : tuple of Rule
        What synthetic data also keep to.
    """

    meaning: tuple[Rule, ...]
    plausible: tuple[Rule, ...] = ()
    layout: Laid


@lru_cache(maxsize=4)
def read(path: Path = FILE) -> Consistency:
    """Read what must hold of every dataset, and how synthetic ones are laid out."""
    return yamlfile.load(path, Consistency)


def rules(codebook: Codebook, *parts: str) -> tuple[Constraint, ...]:
    """Return rules as hard constraints: what they count never occurs.

    Parameters
    ----------
    parts : str
        "meaning", "plausible" or both.
    """
    nought, known = Fraction(0), read()
    return tuple(
        Constraint(rule.id, parse(rule.never, codebook), nought, nought, hard=True)
        for part in parts
        for rule in getattr(known, part)
    )


def layout() -> Layout:
    """Return how synthetic datasets are laid out."""
    return Layout(**read().layout.model_dump(exclude={"readings"}))
