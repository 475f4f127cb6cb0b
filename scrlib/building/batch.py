"""Many books of the compendium from one plan: each a dataset and a study."""

from __future__ import annotations

from pathlib import Path

from parabook import plan
from parabook.many import Build
from parabook.plan import Entry, Plan
from scrlib.building import book

_RULES = {
    "data": plan.existing, "study": plan.whole,
    "suppress_below": plan.whole, "round_to": plan.whole,
    "hold_zeros": plan.yes_or_no, "earlier": plan.several(plan.existing),
}  # fmt: skip


def load(path: Path) -> Plan:
    """Read a plan whose books have values for the parameters of `book.compendium`.

    Raises
    ------
    parabook.InputError
        With everything that is wrong.
    """
    return plan.load(path, _RULES)


def jobs(found: Plan, folder: Path) -> list[Build]:
    """Return the job of building each book of a plan that lies in a folder."""
    return [_job(entry, folder) for entry in found.books]


def _job(entry: Entry, folder: Path) -> Build:
    values = dict(entry.values)
    data = folder / values.pop("data") if "data" in values else None
    earlier = [folder / name for name in values.pop("earlier", ())]
    made = book.compendium(data, earlier=earlier, **values)
    return Build(entry.name, made, entry.out)
