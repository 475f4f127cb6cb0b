"""Do the numbers in the book's sentences equal what the report prints of the same quantity?"""

from collections import defaultdict
from fractions import Fraction

import pytest
from bs4 import BeautifulSoup
from visits import pages

from scrlib.auditing import claims, contradictions
from scrlib.report import coding_frame
from tally.language import parse

pytestmark = pytest.mark.slow

FOCUS = 2017


@pytest.fixture(scope="module")
def printed():
    """Map each quantity to the claims about it, where its words can be read in one way only."""
    found = defaultdict(list)
    for claim in claims.claims(coding_frame(), FOCUS):
        if len(claim.readings) == 1 and claim.readings[0].limits != claims.Limits():
            found[claim.readings[0].parsed].append(claim)
    return found


@pytest.fixture(scope="module")
def said(book):
    """List the numbers of every page's sentences: page, quantity, value as shown."""
    found = []
    for page in pages():
        text = (book / page).read_text(encoding="utf-8")
        tags = BeautifulSoup(text, "html.parser").select("article data[title]")
        found += [(page, tag["title"], tag["value"]) for tag in tags]
    return [item for item in found if not item[1].startswith("printed")]


def test_every_number_that_a_claim_covers_equals_the_claim(printed, said):
    """But for the claims that the rest of print rules out, each of which has its proof."""
    frame, differing, compared = coding_frame(), set(), set()
    for page, quantity, value in said:
        for claim in printed.get(parse(quantity, frame, FOCUS), ()):
            compared.add(quantity)
            if not claim.readings[0].limits.admits(Fraction(value)):
                differing.add((claim.id, claim.printed, value, page))
    impossible = {name for item in contradictions.report() for name in item.rules_out}
    assert [item for item in sorted(differing) if item[0] not in impossible] == []
    assert len(compared) > 50
