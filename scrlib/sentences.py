"""Sentences with numbers in them: each is shown whole, or left out where a number is not known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from scrlib.numbers import UNKNOWN_MARK
from scrlib.words import in_full, number_word
from tally.errors import InputError, not_allowed

_FIRST_WORD = re.compile(r"^(- )?(<[^>]*>)?(\d\d(?![\d%.,]| to | of )|[a-z])")
_NEXT = re.compile(r"([.!?](?:\*\*)? )(<data[^>]*>)(\d\d(?![\d%.,]| to | of )|[a-z])")


def told(sentences: Sequence[str], names: Mapping[str, object], why: str) -> str:
    """Fill in sentences and join them; one that starts with "- " is an item of a list.

    Parameters
    ----------
    sentences : sequence of str
        With names in braces, as `str.format` reads them: ``{fathers:share of cases}``.
    names : mapping
        The numbers and words that they use.
    why : str
        What a sentence has that is left out, for the note that stands for it.

    Raises
    ------
    InputError
        If a sentence uses a name that is not given, or a given name is not used.
    """
    _check(sentences, names)
    filled = [_capitalised(text.format_map(names)) for text in sentences]
    kept = [text for text in filled if UNKNOWN_MARK not in text]
    gone = len(filled) - len(kept)
    return _joined([*kept, *([_note(gone, why)] if gone else [])])


def _check(sentences: Sequence[str], names: Mapping[str, object]) -> None:
    used = {name for text in sentences for name in re.findall(r"\{(\w*)", text)}
    wrong = [not_allowed("No such name in this sentence.", name, names) for name in used - {*names}]
    wrong += [not_allowed("No sentence uses this name.", name, used) for name in {*names} - used]
    if wrong:
        raise InputError(sorted(wrong, key=str))


def _capitalised(text: str) -> str:
    """Start a sentence with a capital, or with a number in words."""

    def written(found: re.Match[str]) -> str:
        word = found[3]
        first = in_full(int(word)).capitalize() if len(word) == 2 else word.upper()
        return f"{found[1] or ''}{found[2] or ''}{first}"

    return _NEXT.sub(written, _FIRST_WORD.sub(written, text))


def _joined(texts: Sequence[str]) -> str:
    """Join sentences into a paragraph; items of a list stand on lines of their own."""
    page = "".join(texts[:1])
    for pair in pairwise(texts):
        listed = [text.startswith("- ") for text in pair]
        gap = "\n" if all(listed) else "\n\n" if any(listed) else " "
        page += gap + pair[1]
    return page


def _note(gone: int, why: str) -> str:
    sentences = "sentence" if gone == 1 else "sentences"
    return f"*Left out here: {number_word(gone)} {sentences} with {why}.*"
