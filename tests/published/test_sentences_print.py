"""Do the numbers in the book's sentences equal what the report prints of the same quantity?"""

from __future__ import annotations

import html
import json
import re
from collections import defaultdict
from fractions import Fraction

import pytest

from scrlib import paths
from scrlib.auditing import claims, proof
from scrlib.report import coding_frame
from tally.expression import Quantity
from tally.language import parse
from tally.normal_form import key, parts_of_share

FRAME, FOCUS = coding_frame(), 2017
NUMBER = re.compile(r'<data value="([^"]*)" title="([^"]*)">')
COUNTED = re.compile(r"(\d+) of (\d+)(?: \((\d+)%\))?")


@pytest.fixture(scope="module")
def printed():
    """Map each quantity to the claims about it, where its words can be read in one way only."""
    found = defaultdict(list)
    for claim in claims.claims(FRAME, FOCUS):
        if len(claim.readings) == 1 and isinstance(claim.readings[0].parsed, Quantity):
            found[key(claim.readings[0].parsed, FRAME)].append(claim)
    return found


def said():
    """Yield the numbers of the committed chapters: chapter, quantity and value, fixed ones only."""
    for path in sorted(paths.CHAPTERS.glob("0*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", ()):
                text = "".join(output.get("data", {}).get("text/markdown", ""))
                for value, title in NUMBER.findall(text):
                    yield from quantities(path.stem, value, html.unescape(title))


def quantities(chapter, value, title):
    """Yield what a number tells: a share tells its count, its base and its percentage."""
    counted, _, expression = title.split("; ")
    quantity, share = parse(expression, FRAME, FOCUS), COUNTED.fullmatch(counted)
    if share is None:
        if re.fullmatch(r"[\d.]+", value):
            yield chapter, quantity, Fraction(value)
        return
    count, base = Fraction(share[1]), Fraction(share[2])
    inside, among = parts_of_share(quantity)
    yield chapter, inside, count
    yield chapter, among, base
    if base:
        yield chapter, quantity, 100 * count / base


def test_every_number_that_a_claim_covers_equals_the_claim(printed):
    """But for the claims that the rest of the report rules out, each of which has its proof."""
    differing, compared = set(), set()
    for chapter, quantity, value in said():
        for claim in printed.get(key(quantity, FRAME), ()):
            compared.add(key(quantity, FRAME))
            if not claim.readings[0].limits.admits(value):
                differing.add((claim.id, claim.printed, str(value), chapter))
    impossible = proof.ruled_out(proof.load())
    assert [item for item in sorted(differing) if item[0] not in impossible] == []
    assert len(compared) > 40
