"""What must hold of every dataset of this report, whatever was printed, as hard constraints."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from scrlib import paths
from tally.codebook import Codebook
from tally.language import parse
from tally.solve.constraint import Constraint
from tally.solve.microdata_model import Layout

FILE = paths.CODEBOOK / "consistency.yaml"


@lru_cache(maxsize=4)
def read(path: Path = FILE) -> dict[str, Any]:
    """Read what must hold of every dataset, and how synthetic ones are laid out."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def rules(codebook: Codebook, *parts: str, path: Path = FILE) -> tuple[Constraint, ...]:
    """Return rules as hard constraints: what they count never occurs.

    Parameters
    ----------
    parts : str
        "meaning", "plausible" or both.
    """
    return tuple(
        Constraint(
            raw["id"], parse(raw["never"], codebook), Fraction(0), Fraction(0), hard=True
        )
        for part in parts
        for raw in read(path).get(part, ())
    )  # fmt: skip


def layout(path: Path = FILE) -> Layout:
    """Return how synthetic datasets are laid out."""
    raw = read(path)["layout"]
    return Layout(
        raw["most"], raw["each"], raw["usual"], tuple(raw["strata"]),
        tuple(tuple(item) for item in raw["bundles"]),
    )  # fmt: skip
