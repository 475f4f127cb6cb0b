"""Which numbers the book shows that print does not fix: what `bounds.csv` has to hold.

The chapters themselves say so: they are run here on the synthetic dataset, once for each study in
focus, and every quantity that they look up and print does not give is collected.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scrlib import paths
from scrlib.auditing.known import recording

# The chapters that show numbers of the dataset.
CHAPTERS = ("00_summary", "01_introduction", "02_methodology", "03_study_2017", "05_all_cases")


def asked(studies: Iterable[int], names: Iterable[str] = CHAPTERS) -> list[str]:
    """Return the quantities that chapters ask for and print does not fix, without repetition.

    Parameters
    ----------
    studies : iterable of int
        The studies that are in focus, in turn.
    names : iterable of str
        Names of notebooks without their ending.
    """
    paths_of = [paths.CHAPTERS / f"{name}.ipynb" for name in names]
    with recording() as found:
        for study in studies:
            for path in paths_of:
                _run(path, study)
    return sorted(set(found))


def _run(path: Path, study: int) -> None:
    """Run a notebook's code in this process; what it shows and writes is thrown away."""
    values: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        kept = os.environ.get("SCR_OUTPUTS")
        os.environ["SCR_OUTPUTS"] = folder
        try:
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
                if cell["cell_type"] == "code":
                    # The notebooks of this repository, never anything from data.
                    exec("".join(cell["source"]), values)  # noqa: S102
                    if "parameters" in cell["metadata"].get("tags", ()):
                        values["study"] = study
        finally:
            if kept is None:
                del os.environ["SCR_OUTPUTS"]
            else:
                os.environ["SCR_OUTPUTS"] = kept
