"""Run the cells of a chapter on a dataset in memory, and return what it shows."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from scrlib import book, paths
from tally.dataset import Dataset


def bundles(name: str, dataset: Dataset, study: int) -> list[dict[str, str]]:
    """Return the outputs of a chapter in their forms, such as ``text/markdown``.

    Cells about the report's own cases are left out, as of a book about other data.
    """
    shown: list[dict[str, str]] = []
    values: dict[str, Any] = {}
    notebook = json.loads((paths.CHAPTERS / f"{name}.ipynb").read_text(encoding="utf-8"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(book, "_read", lambda path: dataset)
        patch.setattr("IPython.display.display", lambda item, **_: shown.append(dict(item)))
        for cell in notebook["cells"]:
            tags = cell["metadata"].get("tags", ())
            if cell["cell_type"] == "code" and ("report-only" not in tags or dataset.synthetic):
                exec("".join(cell["source"]), values)  # noqa: S102 (a chapter, not data)
            if "parameters" in tags:
                values["study"] = study
    return [item for item in shown if "text/markdown" in item]


def run(name: str, dataset: Dataset, study: int) -> list[str]:
    """Return what a chapter shows, as Markdown."""
    return [item["text/markdown"] for item in bundles(name, dataset, study)]


def told(name: str, dataset: Dataset) -> str:
    """Return what a chapter says outside of what is folded away, without markup."""
    shown = run(name, dataset, dataset.studies[-1].study)
    prose = (re.sub(r"<details.*?</details>", "", part, flags=re.DOTALL) for part in shown)
    return " ".join(re.sub(r"<[^>]+>", "", " ".join(prose)).split())
