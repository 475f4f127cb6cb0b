"""Leave out sentences whose numbers are not known, and say how many were left out.

`scrlib.showing.narrative` marks an unknown number; here the sentence or list item that holds it
goes, with the line that introduced a list of which nothing is left.
"""

from __future__ import annotations

import re

from scrlib.words import number_word

MARK = "\ue001"
_BREAK = re.compile(r"(?<=[.!?])\s+(?=(?:<[^>]*>|\*\*|\[|\{)*[A-Z\d“])")
# A bold phrase with its own full stop or colon; without one it is part of its sentence.
_LEAD = re.compile(r"(\*\*[^*]+[.:]\*\*\s+)")
_ITEM = re.compile(r"\n(?=[ \t]*- )")
_WHOLE = ("|", "<div", "<details", "<table")


def without_unknown(text: str, reason: str = "not known from print") -> str:
    """Return Markdown without the sentences that hold a mark, and a note if there were any.

    Parameters
    ----------
    reason : str
        Why the numbers are missing, to end the note.
    """
    kept: list[str] = []
    gone = 0
    for block in text.split("\n\n"):
        if MARK not in block or block.startswith(_WHOLE):
            kept.append(block.replace(MARK, ""))
            continue
        pruned, count = _list(block) if block.lstrip().startswith("- ") else _sentences(block)
        gone += count
        if pruned:
            kept.append(pruned)
        elif kept and kept[-1].endswith(":"):
            kept[-1] = _without_last(kept[-1])
    found = "\n\n".join(block for block in kept if block.strip())
    return f"{found}\n\n{_note(gone, reason)}".strip() if gone else found


def _list(block: str) -> tuple[str, int]:
    items = [_sentences(item) for item in _ITEM.split(block)]
    return "\n".join(text for text, _ in items if text), sum(count for _, count in items)


def _sentences(block: str) -> tuple[str, int]:
    """Drop marked sentences; a bold lead or a list's dash stays with what follows."""
    dash = re.match(r"[ \t]*- ", block)
    start, body = (dash[0], block[dash.end() :]) if dash else ("", block)
    lead = _LEAD.match(body)
    title, body = (lead[1], body[lead.end() :]) if lead else ("", body)
    found = _BREAK.split(body)
    kept = [sentence for sentence in found if MARK not in sentence]
    if not kept:
        return "", len(found)
    return f"{start}{title}{' '.join(kept)}", len(found) - len(kept)


def _without_last(block: str) -> str:
    """Drop the last sentence of a block: the one that introduces a list."""
    return " ".join(_BREAK.split(block)[:-1])


def _note(gone: int, reason: str) -> str:
    what = (
        "one sentence, since its number is"
        if gone == 1
        else (f"{number_word(gone)} sentences, since their numbers are")
    )
    return f"*Left out here: {what} {reason}.*"
