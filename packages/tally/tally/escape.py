r"""Text from data, made safe at the edges: in HTML, in Markdown and in spreadsheets.

Text is shown as text. Characters that change the reading order or cannot be seen are made visible,
because a reader could otherwise be shown something else than what is stored.

Examples
--------
>>> escape_html("<b>5 & 6</b>")
'&lt;b&gt;5 &amp; 6&lt;/b&gt;'
>>> escape_sheet("=1+1")
"'=1+1"
"""

from __future__ import annotations

import html
import re
import unicodedata

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$%^=:@\"'/])")
_LEADING = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_SHOWN = {"\n", "\t"}
_BREAKS = re.compile(r"\s*[\r\n]\s*")


def show_hidden(text: str) -> str:
    """Replace control, direction and zero-width characters by their code points: ``[U+202E]``.

    Newlines and tabs stay. Letters of every script stay, joiners do not: they are named.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"[U+{ord(item):04X}]"
        if unicodedata.category(item) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") and item not in _SHOWN
        else item
        for item in text
    )


def one_line(text: str) -> str:
    """Replace every run of white space by one space, so that text cannot open a new block."""
    return " ".join(show_hidden(text).split())


def escape_html(text: object) -> str:
    """Escape text for HTML, in elements and in quoted attributes.

    Line breaks become spaces: HTML may stand in Markdown, where a blank line would end it.
    """
    return html.escape(_BREAKS.sub(" ", show_hidden(str(text))), quote=True)


def escape_markdown(text: object) -> str:
    """Escape text for MyST Markdown: one line, in which nothing is markup, a role or a link.

    HTML's own characters become entities, which Markdown passes through; every other character
    that can be markup is preceded by a backslash or becomes an entity. Jinja's braces are escaped.
    """
    marked = _SPECIAL.sub(
        lambda found: f"&#{ord(found[1])};", one_line(str(text)).replace("&", "&amp;")
    )
    return marked.replace("<", "&lt;").replace(">", "&gt;")


def escape_sheet(text: str) -> str:
    """Escape text for a CSV file that a spreadsheet may open: it is never read as a formula.

    A text that starts with ``= + - @``, a tab or a line break (after any apostrophes) gets an
    apostrophe before it; others stay as they are. `unescape_sheet` is the exact inverse.
    """
    return f"'{text}" if _LEADING.match(text) else text


def unescape_sheet(text: str) -> str:
    """Undo `escape_sheet`."""
    return text[1:] if text.startswith("'") and _LEADING.match(text) else text
