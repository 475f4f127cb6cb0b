"""What print leaves open of the numbers that are tested: ranges of shares and of counts.

The ranges are those of `scrlib.auditing.known`; a number of which nothing is known has none, and no
test of it is shown. Observed data leave nothing open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scrlib.auditing.known import Knowledge
from scrlib.compare.associations import Association, Bounds
from scrlib.compare.benchmarks import Benchmark
from scrlib.compare.compared import Interval
from scrlib.protecting.withheld import count, groups
from tally.interval import Known


def shares(benchmarks: Iterable[Benchmark], knowledge: Knowledge) -> Mapping[str, Interval]:
    """Return the least and greatest percent of each share that the report does not print."""
    asked = (item for item in benchmarks if item.ours and not item.printed and not item.reason)
    found = ((item.key, knowledge.of(item.ours)) for item in asked)
    return {
        key: (float(known.low), float(known.high))
        for key, known in found
        if known.low is not None and known.high is not None
    }


def counts(items: Iterable[Association], knowledge: Knowledge) -> Mapping[str, Bounds]:
    """Return what print allows for the counts of each association that it leaves open."""
    found = (
        (item.key, _bounds(item, knowledge))
        for item in items
        if item.test in ("shares", "trend") and not (item.printed and not item.focused)
    )
    return {key: bounds for key, bounds in found if bounds is not None}


def _bounds(item: Association, knowledge: Knowledge) -> Bounds | None:
    found = groups(item, knowledge)
    if not all(knowledge.of(count(item, group)).fixed for group in found):
        return None
    ends = [_ends(knowledge.of(count(item, group, item.where))) for group in found]
    known = tuple(pair for pair in ends if pair is not None)
    return Bounds(known, _total(item, knowledge)) if len(known) == len(found) else None


def _total(item: Association, knowledge: Knowledge) -> int | None:
    """Return the sum of the counts of a trend, where it is known: all studies are its groups."""
    if item.test != "trend":
        return None
    found = knowledge.of(count(item, item.where))
    return int(found.low) if found.fixed and found.low is not None else None


def _ends(known: Known) -> tuple[int, int] | None:
    if known.low is None or known.high is None:
        return None
    return int(known.low), int(known.high)
