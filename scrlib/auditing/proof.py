"""Proofs that claims cannot hold together, as the search by machine leaves them on record.

`scrlib.proofs` looks for them; `scrlib.auditing.contradictions` puts them in plain words.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from scrlib import paths

FILE = paths.PUBLISHED / "proofs.json"


@dataclass(frozen=True, slots=True)
class Proof:
    """Claims that cannot hold together.

    Parameters
    ----------
    rules_out : tuple of str
        Ids of the claims or readings of which one must be wrong; most often one only.
    others : tuple of str
        Ids of the claims that show it, none of which can be left out.
    least, greatest : str
        The values that the others leave the quantity, as fractions; empty if that is no number.
    because : str
        The argument in words, with its arithmetic.
    possible : tuple of str
        Simple wrong steps that give the printed number.
    """

    rules_out: tuple[str, ...]
    others: tuple[str, ...]
    least: str = ""
    greatest: str = ""
    because: str = ""
    possible: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The first claim that is ruled out."""
        return self.rules_out[0]


def write(proofs: Iterable[Proof], path: Path = FILE) -> None:
    """Write proofs as JSON."""
    found = [asdict(item) for item in proofs]
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def load(path: Path = FILE) -> tuple[Proof, ...]:
    """Read the proofs that were found; none if there is no file."""
    if not path.exists():
        return ()
    raws = json.loads(path.read_text(encoding="utf-8"))
    return tuple(
        Proof(
            tuple(raw["rules_out"]), tuple(raw["others"]), raw["least"], raw["greatest"],
            raw["because"], tuple(raw["possible"]),
        )
        for raw in raws
    )  # fmt: skip


def ruled_out(proofs: Iterable[Proof]) -> frozenset[str]:
    """Return the ids of the claims and readings that proofs rule out."""
    return frozenset(name for item in proofs for name in item.rules_out)
