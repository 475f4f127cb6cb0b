"""Sphinx extension: what the notebooks of the book become as web pages.

A notebook writes no file: each table and chart holds its data as ``text/csv``. Here they become
files with links, cells that show nothing go, and an output that did not come through `scrlib.book`
is a warning, which stops the build.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from parabook.notebooks import joined
from scrlib import workbook
from tally.escape import escape_html

DOOR = "scrlib"
REFERENCES, GLOSSARY = "chapters/references", "chapters/glossary"
FILES = "_downloads"
_KEPT = "application/papermill.record/"  # kept by myst_nb.glue for another page
_NOTEBOOK_LINK = re.compile(r"(href=\"[\w/.-]+)\.ipynb")
_LOG = logging.getLogger(__name__)


def slug(text: str) -> str:
    """Return an anchor as JupyterLab writes it: spaces become hyphens, capitals stay."""
    return text.replace(" ", "-")


# -- notebooks -----------------------------------------------------------------------------------


def strangers(notebook: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with outputs: each names its cell by what it starts with."""
    for place, cell in enumerate(_code(notebook), 1):
        for output in cell.get("outputs", ()):
            kept = all(name.startswith(_KEPT) for name in output.get("data", {"": ""}))
            if output["output_type"] == "error" or not (kept or DOOR in output["metadata"]):
                start = joined(cell["source"]).strip().split("\n")[0]
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
                yield output, f"{named['name']}.csv", named["title"], joined(text)


def _code(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


# -- Sphinx --------------------------------------------------------------------------------------


def _read_notebook(app: Sphinx, docname: str, source: list[str]) -> None:
    """Prepare a notebook that was written for the door, before it is read as a page."""
    if Path(app.env.doc2path(docname)).suffix != ".ipynb":
        return
    notebook = json.loads(source[0])
    if not any("scrlib.open(" in joined(cell["source"]) for cell in _code(notebook)):
        return
    for failure in strangers(notebook):
        _LOG.warning("%s", failure, location=docname)
    _link_pages(notebook)
    folder = Path(app.outdir) / FILES / docname
    offered = list(downloads(notebook))
    workbook.keep(
        app.env, docname,
        [(Path(name).stem, title, text, joined(output["data"]["text/markdown"]))
         for output, name, title, text in offered],
    )  # fmt: skip
    for output, name, title, text in offered:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        address = "../" * docname.count("/") + f"{FILES}/{docname}/{name}"
        link = f'<a href="{address}" download>Download {escape_html(title)} (CSV)</a>'
        shown = joined(output["data"]["text/markdown"])
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
                text = joined(output["data"]["text/markdown"])
                output["data"]["text/markdown"] = _NOTEBOOK_LINK.sub(r"\1.html", text)


def leave_out_empty(app: Sphinx, doctree: nodes.document) -> None:
    """Leave out the cells whose code would be folded under nothing: other data show something."""
    for cell in list(doctree.findall(nodes.container)):
        if "tag_hide-input" in cell["classes"] and len(cell) == 1:
            cell.parent.remove(cell)


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
    app.connect("source-read", _read_notebook)
    app.connect("doctree-read", leave_out_empty)
    app.connect("env-check-consistency", _know_references)
    app.connect("doctree-resolved", _define_terms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
