"""Sphinx extension: what the notebooks of the book become as web pages.

A notebook writes no file: each table and chart holds its data as ``text/csv``. Here they become
files with links, cells about the report's own cases go from a book about others, and an output that
did not come through `scrlib.book` is a warning, which stops the build.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from scrlib import workbook
from tally.escape import escape_html

DOOR = "scrlib"
REPORT_ONLY = "report-only"
REFERENCES, GLOSSARY = "chapters/references", "chapters/glossary"
FILES = "_downloads"
_KEPT = "application/papermill.record/"  # kept by myst_nb.glue for another page
_NOTEBOOK_LINK = re.compile(r"(href=\"[\w/.-]+)\.ipynb")
_LOG = logging.getLogger(__name__)


def slug(text: str) -> str:
    """Return an anchor as JupyterLab writes it: spaces become hyphens, capitals stay."""
    return text.replace(" ", "-")


# -- notebooks -----------------------------------------------------------------------------------


def code_digest(notebook: dict[str, Any]) -> str:
    """Return a short digest of a notebook's code, by which results of other code are noticed."""
    code = [_source(cell) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    kept = [
        text for text, cell in zip(code, _code(notebook), strict=True) if not _is_settings(cell)
    ]
    return hashlib.sha256("\0".join(kept).encode()).hexdigest()[:12]


def about_report(notebook: dict[str, Any], study: int) -> bool:
    """Say whether a notebook was run on the report's own edition, by its settings."""
    values: dict[str, Any] = {"data": "", "study": study}
    for cell in filter(_is_settings, notebook["cells"]):
        for node in ast.parse(_source(cell)).body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                values[node.targets[0].id] = ast.literal_eval(node.value)
    return not values["data"] and str(values["study"]) in ("", "None", str(study))


def without_report_only(notebook: dict[str, Any]) -> dict[str, Any]:
    """Leave out the cells that are about the report's cases only."""
    kept = [cell for cell in notebook["cells"] if REPORT_ONLY not in _tags(cell)]
    return {**notebook, "cells": kept}


def without_empty(notebook: dict[str, Any]) -> dict[str, Any]:
    """Leave out the cells whose code would be folded under nothing: other data show something."""
    kept = [
        cell
        for cell in notebook["cells"]
        if "hide-input" not in _tags(cell) or cell.get("outputs") or cell["cell_type"] != "code"
    ]
    return {**notebook, "cells": kept}


def strangers(notebook: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with outputs: each names its cell by what it starts with."""
    for place, cell in enumerate(_code(notebook), 1):
        for output in cell.get("outputs", ()):
            kept = all(name.startswith(_KEPT) for name in output.get("data", {"": ""}))
            if output["output_type"] == "error" or not (kept or DOOR in output["metadata"]):
                start = _source(cell).strip().split("\n")[0]
                yield (
                    f"code cell {place} ({start!r}) shows something that did not come through "
                    "book.show, book.text or book.numbers: it could hold cases, or a picture "
                    "without words."
                )


def downloads(notebook: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, str, str]]:
    """Yield each output that offers its data: the output, file name, title and text."""
    for cell in _code(notebook):
        for output in cell.get("outputs", ()):
            text = output.get("data", {}).pop("text/csv", None)
            named = output.get("metadata", {}).get(DOOR, {})
            if text is not None and "name" in named:
                yield output, f"{named['name']}.csv", named["title"], _joined(text)


def _code(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def _tags(cell: dict[str, Any]) -> list[str]:
    return list(cell["metadata"].get("tags", ()))


def _is_settings(cell: dict[str, Any]) -> bool:
    return "parameters" in _tags(cell)


def _source(cell: dict[str, Any]) -> str:
    return _joined(cell["source"])


def _joined(text: str | Iterable[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


# -- Sphinx --------------------------------------------------------------------------------------


def _read_notebook(app: Sphinx, docname: str, source: list[str]) -> None:
    """Prepare a notebook that was written for the door, before it is read as a page."""
    if Path(app.env.doc2path(docname)).suffix != ".ipynb":
        return
    notebook = json.loads(source[0])
    if "scrlib.open(" not in "".join(map(_source, _code(notebook))):
        return
    _check(notebook, docname)
    if not about_report(notebook, app.config.scr_report_study):
        notebook = without_report_only(notebook)
    notebook = without_empty(notebook)
    _link_pages(notebook)
    folder = Path(app.outdir) / FILES / docname
    offered = list(downloads(notebook))
    workbook.keep(
        app.env, docname,
        [(Path(name).stem, title, text, _joined(output["data"]["text/markdown"]))
         for output, name, title, text in offered],
    )  # fmt: skip
    for output, name, title, text in offered:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        address = "../" * docname.count("/") + f"{FILES}/{docname}/{name}"
        link = f'<a href="{address}" download>Download {escape_html(title)} (CSV)</a>'
        shown = _joined(output["data"]["text/markdown"])
        output["data"]["text/markdown"] = f'{shown}\n\n<p class="scr-download">{link}</p>'
    notebook["cells"].append(_link_to_notebook(docname))
    source[0] = json.dumps(notebook)


def _link_to_notebook(docname: str) -> dict[str, Any]:
    """Return a last cell that offers the page as the notebook that it is made from."""
    address = "../" * docname.count("/") + f"_sources/{docname}.ipynb"
    link = f'<a href="{address}" download>This page as a notebook</a>'
    page = f'<p class="scr-download">{link}</p>'
    return {"cell_type": "markdown", "id": "as-a-notebook", "metadata": {}, "source": page}


def _link_pages(notebook: dict[str, Any]) -> None:
    """Let links inside HTML, which name notebooks for JupyterLab, name pages."""
    for cell in _code(notebook):
        for output in cell.get("outputs", ()):
            if "text/markdown" in output.get("data", {}):
                text = _joined(output["data"]["text/markdown"])
                output["data"]["text/markdown"] = _NOTEBOOK_LINK.sub(r"\1.html", text)


def _check(notebook: dict[str, Any], docname: str) -> None:
    kept = notebook["metadata"].get(DOOR, {}).get("code")
    if kept is not None and kept != code_digest(notebook):
        _LOG.warning(
            "The code was changed after the notebook was last run: run `scr refresh`.",
            location=docname,
        )
    for failure in strangers(notebook):
        _LOG.warning("%s", failure, location=docname)


def _know_references(app: Sphinx, env: BuildEnvironment) -> None:
    """Let MyST check links such as references.md#triennial2016."""
    from pybtex.database.input.bibtex import Parser

    if REFERENCES in env.metadata:
        file = Path(app.srcdir) / app.config.bibtex_bibfiles[0]
        keys = Parser().parse_file(str(file)).entries
        slugs = env.metadata[REFERENCES].setdefault("myst_slugs", {})
        slugs.update({key: (0, key, key) for key in keys})


def _define_terms(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give each link to the glossary the definition, for the pointer and the keyboard."""
    if docname == GLOSSARY or GLOSSARY not in app.env.found_docs:
        return
    for reference in doctree.findall(nodes.reference):
        page, _, anchor = reference.get("refuri", "").partition("#")
        if page.endswith("glossary.html") and anchor:
            reference["reftitle"] = _definitions(app).get(anchor, "")


def _definitions(app: Sphinx) -> dict[str, str]:
    found = getattr(app.env, "scr_definitions", None)
    if found is None:
        found = {}
        for section in app.env.get_doctree(GLOSSARY).findall(nodes.section):
            paragraph = next(iter(section.findall(nodes.paragraph)), None)
            if paragraph is not None:
                found |= dict.fromkeys(section["ids"], " ".join(paragraph.astext().split()))
        app.env.scr_definitions = found  # type: ignore[attr-defined]
    return found


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.add_config_value("scr_report_study", 2017, "env", (int,))
    app.connect("source-read", _read_notebook)
    app.connect("env-check-consistency", _know_references)
    app.connect("doctree-resolved", _define_terms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
