"""Do ends of ranges hold by other code than the solver's: is no dataset beyond them possible?

`data/published/forced.csv` names, for an end of a range, printed claims that force it, as `scr
bounds --reasons` found them. Here the claims are made into inequalities anew, by `atoms`: beyond
the end, they have no solution in any of their readings. That the end itself is reached, a dataset
that is kept shows.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import atoms
import pytest

from scrlib import determined
from scrlib.auditing import ranges
from scrlib.auditing.claims import claims
from scrlib.auditing.known import of_the_report
from scrlib.report import coding_frame
from tally.claims import Reading
from tally.evaluate import evaluate
from tally.interval import Interval
from tally.language import parse

FRAME = coding_frame()
BY_ID = {item.id: item for item in claims(FRAME)}
READINGS = {reading.id: reading for item in BY_ID.values() for reading in item.readings}


FORCED = [(text, end, names) for (text, end), names in ranges.forced().items()]
TOLD = of_the_report()
each = pytest.mark.parametrize(("text", "end", "names"), FORCED)


def limit_of(text: str, end: str) -> Fraction:
    """Return an end of a range as the book tells it."""
    known = TOLD.of(text)
    limit = known.high if end == "high" else known.low
    assert limit is not None
    return limit


def readings_of(name: str) -> tuple[Reading, ...]:
    """Return the readings of a claim, of which one holds, or the one reading that is named."""
    return BY_ID[name].readings if name in BY_ID else (READINGS[name],)


def beyond(quantity: str, up: bool, limit: Fraction) -> Reading:
    """Return the statement that a count lies beyond a limit."""
    limits = Interval(low=limit + 1) if up else Interval(high=limit - 1)
    return Reading("beyond", "", "", parse(quantity, FRAME, 2017), limits)


def test_fifty_ends_are_checked() -> None:
    assert len(FORCED) >= 50


@each
def test_beyond_the_end_the_named_claims_have_no_solution(
    text: str, end: str, names: tuple[str, ...]
) -> None:
    outside = beyond(text, end == "high", limit_of(text, end))
    for readings in product(*map(readings_of, names)):
        assert not atoms.possible([outside, *readings]), [item.id for item in readings]


@each
def test_the_end_itself_is_not_refuted_by_them(text: str, end: str, names: tuple[str, ...]) -> None:
    """The refuter bites only beyond the end: on the end some readings leave a solution."""
    up = end == "high"
    on_it = beyond(text, up, limit_of(text, end) + (-1 if up else 1))
    assert any(atoms.possible([on_it, *readings]) for readings in product(*map(readings_of, names)))


@each
def test_none_of_the_named_claims_can_be_left_out(
    text: str, end: str, names: tuple[str, ...]
) -> None:
    outside = beyond(text, end == "high", limit_of(text, end))
    for name in names:
        rest = [readings_of(other) for other in names if other != name]
        assert any(atoms.possible([outside, *readings]) for readings in product(*rest)), name


def test_an_end_that_is_said_to_be_reached_is_reached_by_a_dataset_that_is_kept() -> None:
    known = determined.facts()
    kept = [known.pool.dataset(n) for n in range(len(known.pool))]
    reached = {
        (item.quantity, end)
        for item in ranges.read()
        for end, proved in (("low", item.proved_low), ("high", item.proved_high))
        if proved
    }
    checked = 0
    for text, end, _ in FORCED:
        if (text, end) in reached:
            quantity = parse(text, FRAME, 2017)
            assert any(evaluate(quantity, item) == limit_of(text, end) for item in kept), text
            checked += 1
    assert checked >= 50
