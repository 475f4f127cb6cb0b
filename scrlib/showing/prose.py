"""Templates of sentences: quantities in braces, conditions by Jinja, capitals where they belong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, StrictUndefined

from scrlib.showing.pruned import MARK
from scrlib.words import in_full
from tally.language import AGGREGATES

_QUANTITY = re.compile(r"\{((?:" + "|".join(AGGREGATES) + r")\([^{}]+)\}")
START = "\ue000"
_CAPITAL = re.compile(
    # The start of the text, of a sentence, of a paragraph or of a list's item, bold lead or not.
    r"(\A\s*|[.!?]\s+|\n\s*\n\s*|^[ \t]*[-*] |^[ \t]*[-*] \*\*[^*]*\*\* |[.!?]\*\*\s+)"
    rf"(<[^>]*>)?{START}(<[^>]*>|{MARK})?(\d\d(?![\d%.,/-])|\w)",
    re.MULTILINE,
)


_AFTER_PREPOSITION = re.compile(rf"\b([Ii]n|[Oo]f)(\s+){START}?(<[^>]*>)?between (\S+) and (\S+)")


def plain(text: str) -> str:
    """Return text without its markup, for titles, captions and alternative texts."""
    return re.sub(r"</?data[^>]*>", "", text)


_ENVIRONMENT = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _call(found: re.Match[str]) -> str:
    quantity, _, form = found[1].partition("|")
    return "{{ n(" + repr(quantity.strip()) + ", " + repr(form.strip()) + ") }}"


def _capitalised(found: re.Match[str]) -> str:
    """Write the first letter large; a number of two digits in words, as a sentence begins."""
    word = found[4]
    first = in_full(int(word)).capitalize() if len(word) == 2 else word.upper()
    return found[1] + (found[2] or "") + (found[3] or "") + first


def _tidy(text: str) -> str:
    """Remove what conditional sentences leave behind: blank lines and doubled spaces."""
    lines = [re.sub(r"(?<=\S) {2,}", " ", line).rstrip() for line in text.strip().split("\n")]
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    # "In between 3 and 9 cases" stumbles: "in 3 to 9 cases".
    return _AFTER_PREPOSITION.sub(
        lambda found: f"{found[1]}{found[2]}{found[3] or ''}{found[4]} to {found[5]}", joined
    )


def fill(text: str, names: Mapping[str, Any]) -> str:
    """Fill in a template; unknown numbers in the result still carry their mark.

    Raises
    ------
    jinja2.TemplateError
        If it uses a name that is not there.
    """
    template = _ENVIRONMENT.from_string(_QUANTITY.sub(_call, text))
    return _CAPITAL.sub(_capitalised, _tidy(template.render(names))).replace(START, "")
