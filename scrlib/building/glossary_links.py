"""Sphinx extension: link each term of the glossary where a page first uses it.

A term that a text links by hand counts as its first use. Words of everyday speech that the glossary
gives a narrow meaning are linked by hand only, since most of their uses mean something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

ORDINARY = frozenset({"range", "claim", "quantity", "submission", "cafcass"})
_CLOSED = (
    nodes.reference, nodes.literal, nodes.literal_block, nodes.title, nodes.strong, nodes.term,
    nodes.citation, nodes.caption, nodes.raw, nodes.footnote, nodes.label,
)  # fmt: skip


def pattern(terms: list[str]) -> re.Pattern[str]:
    """Return what finds a term, or its plural, as whole words: the longest term first.

    A term in capitals is found in capitals only; any other in small letters or with a capital.
    """
    parts = []
    for term in sorted(terms, key=len, reverse=True):
        text = re.escape(term).replace(r"\ ", r"\s+")
        first = "" if term[:2].isupper() or not term[0].isalpha() else term[0]
        text = f"[{first.lower()}{first.upper()}]{text[1:]}" if first else text
        parts.append(f"{text}s?")
    return re.compile(rf"(?<![\w-])({'|'.join(parts)})(?![\w-])")


class FirstUses(SphinxPostTransform):
    """Turns the first use of each term in running text into a link to the glossary."""

    default_priority = 900

    def run(self, **kwargs: Any) -> None:
        """Link what is not linked yet."""
        known = self._terms()
        docname = self.env.docname
        homes = {target[0] for target in known.values()}
        if not known or docname in homes:
            return
        waiting = {name: target for name, target in known.items() if not self._linked(target[1])}
        finder = pattern(list(known))
        for text in self._running_text():
            self._link(text, finder, waiting)

    def _terms(self) -> dict[str, tuple[str, str]]:
        found = self.env.domaindata["std"].get("objects", {})
        return {
            name: target
            for (kind, name), target in found.items()
            if kind == "term" and name.lower() not in ORDINARY
        }

    def _linked(self, label: str) -> bool:
        return any(
            str(node.get("refuri", "")).endswith(f"#{label}")
            for node in self.document.findall(nodes.reference)
        )

    def _running_text(self) -> Iterator[nodes.Text]:
        for node in list(self.document.findall(nodes.Text)):
            parent = node.parent
            above = []
            while parent is not None:
                above.append(parent)
                parent = parent.parent
            if not any(isinstance(item, _CLOSED) for item in above):
                yield node

    def _link(
        self, text: nodes.Text, finder: re.Pattern[str], waiting: dict[str, tuple[str, str]]
    ) -> None:
        pieces: list[nodes.Node] = []
        start = 0
        plain = text.astext()
        for match in finder.finditer(plain):
            name = _name(match[1], waiting)
            if name is None:
                continue
            target, label = waiting.pop(name)
            pieces.append(nodes.Text(plain[start : match.start()]))
            inner = nodes.inline("", match[1], classes=["std", "std-term"])
            builder = self.app.builder
            pieces.append(make_refnode(builder, self.env.docname, target, label, inner))
            start = match.end()
        if pieces:
            pieces.append(nodes.Text(plain[start:]))
            text.parent.replace(text, pieces)


def _name(used: str, waiting: dict[str, tuple[str, str]]) -> str | None:
    """Return the term that was used, in the singular or the plural, if it is still waiting."""
    spelt = " ".join(used.split()).lower()
    for name in waiting:
        if spelt in (name.lower(), f"{name.lower()}s"):
            return name
    return None


def setup(app: Sphinx) -> dict[str, object]:
    """Register the extension."""
    app.add_post_transform(FirstUses)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
