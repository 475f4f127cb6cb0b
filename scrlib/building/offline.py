"""A Sphinx extension that makes the built book light, self-contained and well described.

Nothing in a built page may load from another host, and no page should weigh more than half a
megabyte without its pictures. The theme brings a 1.5 MB icon script and its fonts on every page, of
which the book needs a dozen small icons: `_static/house.css` draws those, and everything that only
serves the icon font is left out of the build, as are the rules of style that no page can use. The
search index loads on the search page alone.

Each page gets a description and a social card.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from scrlib import paths

_LOG = logging.getLogger(__name__)

CARD = "social-card.png"
HOME = "Home"
DESCRIPTION_LENGTH = 160

# Files of the theme that no page of this book asks for.
_UNUSED = ("**/*.map", "scripts/fontawesome.js*", "vendor", "webpack-macros.html",
           "sbt-webpack-macros.html", "locales")  # fmt: skip
_ICON_FONT = re.compile(r"@font-face\{[^}]*Font Awesome[^}]*\}|(?:\.fa-[\w-]+:before,?)+\{[^}]*\}")
_ICON_SCRIPT = re.compile(r'<script[^>]*src="[^"]*fontawesome\.js[^"]*"[^>]*></script>')
_SEARCH_SCRIPT = re.compile(
    r'<script[^>]*src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"[^>]*></script>'
)
_RULE = re.compile(r"(?P<selectors>[^{}@;/]+)\{[^{}]*\}")
_EMPTY_BLOCK = re.compile(r"@(?:media|supports|container)[^{};]*\{\s*\}")
_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_NAME = re.compile(r"-?[A-Za-z_][\w-]*")
_NEGATION = re.compile(r":not\([^()]*\)")
# Classes that scripts put together from parts, Bootstrap's tooltips and Sphinx's kinds of results,
# and the book's own, some of which only the printed book has.
_COMPOSED = ("bs-", "kind-", "scr-", "paper")
_MAP_LINK = re.compile(r"(?://|/\*)# sourceMappingURL=\S+(?: ?\*/)?")
_TITLE_TWICE = re.compile(
    r"<title>(.+?) (?:—|&#8212;) \1</title>"
)  # the first page's is the book's
_CITED = re.compile(r"\s*\[[A-Z]\w*\+?\d\d\]")
_CODE_TOGGLE = re.compile(r'<summary aria-label="Toggle hidden content">')


def shortened(text: str, length: int = DESCRIPTION_LENGTH) -> str:
    """Cut a text after the last whole sentence within a length, or marked, after a whole word."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    whole = text[:length].rpartition(". ")[0]
    if len(whole) >= length // 2:
        return f"{whole}."
    return f"{text[: length - 1].rsplit(' ', 1)[0].rstrip(',;:')}…"


def description(doctree: nodes.document) -> str:
    """Return a page's first paragraph of running text, shortened, without its references."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, (nodes.section, nodes.document)):
            return shortened(_CITED.sub("", paragraph.astext()))
    return ""


def meta_tags(title: str, text: str, image: str) -> str:
    """Return the tags by which search engines and social networks describe a page."""
    graph = {"og:title": title, "og:description": text, "og:type": "article", "og:image": image}
    tags = [f'<meta name="description" content="{escape(text)}">'] if text else []
    tags += [f'<meta property="{k}" content="{escape(v)}">' for k, v in graph.items() if v]
    return "\n".join([*tags, '<meta name="twitter:card" content="summary_large_image">'])


def _describe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add a page's description; say of folded code what unfolding it shows."""
    text = description(doctree) if doctree is not None else ""
    title = re.sub(r"<[^>]+>", "", context.get("title", ""))
    base = app.config.html_baseurl.rstrip("/")
    card = f"{base}/_static/{CARD}" if base else context["pathto"](f"_static/{CARD}", 1)
    context["metatags"] = context.get("metatags", "") + meta_tags(title, text, card)
    # The label would hide the words that the reader sees from those who hear the page.
    body = _CODE_TOGGLE.sub("<summary>", context.get("body", ""))
    # The role that docutils gives to references was withdrawn, and leaves their list without items.
    context["body"] = body.replace('role="doc-biblioentry"', 'role="listitem"')


def _call_home_home(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Name the first page by one word where others lead to it: the book's title stands above."""
    context["root_title"] = HOME
    leads = app.builder.get_relative_uri(page, app.config.root_doc) if doctree is not None else ""
    for side in ("prev", "next"):
        if (context.get(side) or {}).get("link") == leads:
            context[side] = {**context[side], "title": HOME}


class CodeAfterResult(SphinxPostTransform):
    """Put a cell's folded code after what it shows, so that sentences follow each other."""

    default_priority = 200  # myst-nb folds the code at 199
    formats = ("html",)

    def run(self, **_: Any) -> None:
        """Move the code of every cell that has a result."""
        for cell in self.document.findall(nodes.container):
            if cell.get("nb_element") == "cell_code" and "above-input" in _classes(cell):
                cell.children = [*cell.children[1:], cell.children[0]]


def _escape_title(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Escape the title for paper, which the theme puts into the page as it is."""
    if "pagetitle" in context:
        context["pagetitle"] = escape(str(context["pagetitle"]))


def _classes(cell: nodes.container) -> list[str]:
    """Return the classes of a cell's first part, if anything follows it."""
    return list(cell[0].get("classes", ())) if len(cell) > 1 else []


def _head_rows(app: Sphinx, doctree: nodes.document) -> None:
    """Make the first column of tables written in Markdown the headers of their rows."""
    for table in doctree.findall(nodes.tgroup):
        first = next(iter(table.findall(nodes.colspec)))
        first["stub"] = 1


def lighten(html: str, *, search: bool) -> str:
    """Leave the icon script out of a page and, unless it is for searching, the search index."""
    html = _ICON_SCRIPT.sub("", html).replace("Color mode", "Colour mode")
    html = _TITLE_TWICE.sub(r"<title>\1</title>", html)
    return html if search else _SEARCH_SCRIPT.sub("", html)


def names_in(pages: Iterable[str], scripts: Iterable[str]) -> set[str]:
    """Return every name that may be a class: those of the pages, and all words of the scripts."""
    classes = (found for page in pages for found in re.findall(r'class="([^"]*)"', page))
    words = (word for script in scripts for word in _NAME.findall(script))
    return {name for text in classes for name in text.split()} | set(words)


def used(css: str, names: set[str]) -> str:
    """Leave out of a style sheet the rules of classes that no page has and no script names."""

    def may_match(selector: str) -> bool:
        classes = _CLASS.findall(_NEGATION.sub("", selector))
        return all(name in names or name.startswith(_COMPOSED) for name in classes)

    def kept(rule: re.Match[str]) -> str:
        selectors = rule["selectors"].split(",")
        return rule[0] if any(map(may_match, selectors)) else ""

    return _EMPTY_BLOCK.sub("", _RULE.sub(kept, css))


def _rewrite(path: Path, text: str) -> None:
    if text != path.read_text(encoding="utf-8"):
        path.write_text(text, encoding="utf-8")


def prune(book: Path) -> None:
    """Leave out of a built book what no page needs.

    Parameters
    ----------
    book : Path
        Folder of the built HTML.
    """
    static = book / "_static"
    for path in {found for pattern in _UNUSED for found in static.glob(pattern)}:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    pages = {path: path.read_text(encoding="utf-8") for path in book.rglob("*.html")}
    scripts = {path: path.read_text(encoding="utf-8") for path in static.rglob("*.js")}
    names = names_in(pages.values(), scripts.values())
    for path, text in pages.items():
        _rewrite(path, lighten(text, search=path.name == "search.html"))
    for path, text in scripts.items():
        _rewrite(path, _MAP_LINK.sub("", text))
    for path in static.rglob("*.css"):
        text = _MAP_LINK.sub("", path.read_text(encoding="utf-8"))
        _rewrite(path, used(_ICON_FONT.sub("", text), names))


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        prune(Path(app.outdir))


def _warn_of_stale(app: Sphinx) -> None:
    """Warn of outputs of something else, where jupyter-book builds the chapters as committed."""
    from scrlib.building import book

    if Path(app.srcdir).resolve() == paths.ROOT.resolve() and (found := book.stale_in_words()):
        _LOG.warning(found)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    # jupyter-book sets this even where the extension that reads it, which calls out, is left out.
    app.add_config_value("comments_config", {}, "")
    app.add_post_transform(CodeAfterResult)
    app.connect("builder-inited", _warn_of_stale)
    app.connect("doctree-read", _head_rows)
    app.connect("html-page-context", _describe)
    app.connect("html-page-context", _call_home_home, priority=900)  # after the theme
    app.connect("html-page-context", _escape_title, priority=900)
    app.connect("build-finished", _finish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
