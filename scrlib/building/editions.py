"""What differs between a book about the report's cases and one about others."""

from __future__ import annotations

import re
from pathlib import Path

from parabook import notebooks

# Metadata of a cell of text: what stands in its place in a book about other cases.
OTHER_CASES = "scr_other_cases"
# A passage of a .md page that is true of the synthetic dataset only, between two MyST comments.
_SYNTHETIC_ONLY = re.compile(r"^% synthetic only\n.*?^% end\n", re.DOTALL | re.MULTILINE)


def about_other_cases(source: Path) -> None:
    """Leave out of a staged book what is true of the synthetic dataset only.

    Parameters
    ----------
    source : Path
        The staged book: passages of its pages, and cells of text, are changed.
    """
    for path in source.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        path.write_text(_SYNTHETIC_ONLY.sub("", text), encoding="utf-8")
    for path in notebooks.chapters(source):
        notebook = notebooks.load(path)
        others = [cell for cell in notebook["cells"] if OTHER_CASES in cell["metadata"]]
        for cell in others:
            cell["source"] = cell["metadata"][OTHER_CASES]
        if others:
            notebooks.save(notebook, path)
