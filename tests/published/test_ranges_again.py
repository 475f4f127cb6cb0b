"""Do ends of ranges hold by other code than the solver's: is no dataset beyond them possible?

`forced.csv` names, for an end of a range, printed claims that force it (`scr bounds --why` found
them). Here the claims are made into inequalities anew, by `atoms`: beyond the end, they have no
solution in any of their readings. That the end itself is reached, a dataset that is kept shows.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from pathlib import Path

import atoms
import pytest

from scrlib import determined, paths
from scrlib.auditing import ranges
from scrlib.auditing.claims import claims
from scrlib.report import coding_frame, read_dataset
from tally.claims import Reading
from tally.evaluate import evaluate
from tally.interval import Interval
from tally.language import parse

FRAME = coding_frame()
BY_ID = {item.id: item for item in claims(FRAME)}
ROWS = {item.quantity: item for item in ranges.read()}


def forced() -> Iterator[dict[str, str]]:
    with Path(__file__).with_name("forced.csv").open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def beyond(quantity: str, up: bool, limit: Fraction) -> Reading:
    """Return the statement that a count lies beyond a limit."""
    limits = Interval(low=limit + 1) if up else Interval(high=limit - 1)
    return Reading("beyond", "", "", parse(quantity, FRAME, 2017), limits)


def test_fifty_ends_are_checked() -> None:
    assert len(list(forced())) >= 50


@pytest.mark.parametrize("row", forced(), ids=lambda row: f"{row['quantity']} {row['end']}")
def test_beyond_the_end_the_named_claims_have_no_solution(row: dict[str, str]) -> None:
    up = row["end"] == "high"
    limit = ROWS[row["quantity"]].end(up)
    assert limit is not None
    outside = beyond(row["quantity"], up, limit)
    for readings in product(*(BY_ID[name].readings for name in row["claims"].split())):
        assert not atoms.possible([outside, *readings]), [item.id for item in readings]


@pytest.mark.parametrize("row", forced(), ids=lambda row: f"{row['quantity']} {row['end']}")
def test_the_end_itself_is_not_refuted_by_them(row: dict[str, str]) -> None:
    """The refuter bites only beyond the end: on the end some readings leave a solution."""
    up = row["end"] == "high"
    limit = ROWS[row["quantity"]].end(up)
    assert limit is not None
    on_it = beyond(row["quantity"], up, limit + (-1 if up else 1))
    choices = product(*(BY_ID[name].readings for name in row["claims"].split()))
    assert any(atoms.possible([on_it, *readings]) for readings in choices)


def test_each_of_these_ends_is_reached_by_a_dataset_that_is_kept() -> None:
    known = determined.facts()
    kept = [read_dataset(paths.SYNTHETIC), *map(known.pool.dataset, range(len(known.pool)))]
    for row in forced():
        up = row["end"] == "high"
        quantity = parse(row["quantity"], FRAME, 2017)
        end = ROWS[row["quantity"]].end(up)
        assert any(evaluate(quantity, dataset) == end for dataset in kept), row["quantity"]
