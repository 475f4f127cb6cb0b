"""Sphinx extension: what the search of the book finds, and the list of its tables and figures.

Code is left out of the search. Tables and figures are entries of the index under their names, and
so are words that readers type for what the book calls otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

Entry = tuple[str, Any]
Group = tuple[str, list[Entry]]

_NUMBERED = re.compile(r"(Table|Figure) (\d+)")
_CAPTION = re.compile(r"<strong>(.*?)</strong>", re.DOTALL)
_CODE = ("cell_input", "hide-input", "above-input", "below-input")
ALSO = {
    "5.2 Who was suspected": ("who harmed", "who did it", "perpetrator", "killer", "offender"),
    "5.2.2 Special guardians": ("special guardian", "SGO", "kinship carer", "relatives"),
    "5.3.2 Domestic abuse": ("domestic violence", "violent partner", "coercive control"),
    "5.3.1 Three risks together": ("toxic trio", "drugs", "alcohol", "mental illness"),
    "5.3.3 Neglect": ("starvation", "malnutrition"),
    "5.4.1 Age of the children": ("babies", "infants", "teenagers", "how old"),
    "5.4.2 Sex of the children": ("gender", "girls", "boys"),
    "5.4.3 Age of the parents": ("young mothers", "teenage parents"),
    "5.1 Index incidents": ("how many children died", "deaths", "fatal"),
    "Was Cafcass involved at the time?": ("known to Cafcass", "during proceedings"),
    "2.6 How a number is known": ("ranges", "synthetic", "invented", "made up", "uncertainty"),
    "If you are worried about a child": ("helpline", "NSPCC", "Childline", "report abuse"),
    "Cite this": ("citation", "reference", "DOI"),
}
"""For a heading, what else readers may type to find it."""


def entries(doctree: nodes.document) -> Iterator[tuple[nodes.section, str]]:
    """Yield what the index has of a page: the section that each entry leads to, and its name."""
    for section in doctree.findall(nodes.section):
        title = section[0].astext()
        if _NUMBERED.fullmatch(title):
            # With a semicolon both parts are found apart, so that "Table 9" leads to its table.
            yield section, f"{title}; {caption}" if (caption := _caption(section)) else title
        for words in ALSO.get(title, ()):
            yield section, words


def _caption(section: nodes.section) -> str:
    """Return the caption of the table or figure that a section holds."""
    for raw in section.findall(nodes.raw):
        if found := _CAPTION.search(raw.astext()):
            return found[1]
    return ""


def without_code(doctree: nodes.document) -> nodes.document:
    """Return a page without its code, as the search reads it."""
    copy = doctree.deepcopy()
    for node in list(copy.findall(nodes.container)):
        if {*node.get("classes", ())} & {*_CODE} and "cell" not in node.get("classes", ()):
            node.parent.remove(node)
    return copy


class _Index(SphinxTransform):
    default_priority = 840  # before Sphinx collects the index

    def apply(self, **_: Any) -> None:
        for section, name in list(entries(self.document)):
            entry = addnodes.index(entries=[("single", name, section["ids"][0], "main", None)])
            section.insert(1, entry)


def numbered(index: list[Group]) -> list[Group]:
    """Return of Sphinx's index the tables and figures, in the order of their numbers.

    The other entries are words to search by, and no list for readers.
    """
    found: dict[str, list[tuple[int, Entry]]] = {"Figure": [], "Table": []}
    for _, group in index:
        for entry in group:
            if name := _NUMBERED.fullmatch(entry[0]):
                found[name[1]].append((int(name[2]), entry))
    return [
        (kind, [entry for _, entry in sorted(named, key=itemgetter(0))])
        for kind, named in found.items()
        if named
    ]


def _list_tables(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    if pagename == "genindex":
        context["genindexentries"] = found = numbered(context["genindexentries"])
        context["genindexcounts"] = [len(group) for _, group in found]


def _leave_out_code(app: Sphinx) -> None:
    builder = app.builder
    if builder.format != "html":
        return
    index_page = builder.index_page  # type: ignore[attr-defined]

    def without(name: str, doctree: nodes.document, title: str) -> None:
        index_page(name, without_code(doctree), title)

    builder.index_page = without  # type: ignore[attr-defined]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.add_transform(_Index)
    app.connect("html-page-context", _list_tables)
    app.connect("builder-inited", _leave_out_code)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
