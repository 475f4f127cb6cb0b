"""Which tests would give away a number that is held back, or that is shown rounded only.

A test shows its counts, and its p value and interval tell them even where they are not shown. So
a test is shown only if every number that goes into it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrlib.auditing.known import Knowledge
from scrlib.compare import associations
from scrlib.compare.associations import Association
from scrlib.compare.benchmarks import Benchmark
from tally.evaluate import evaluate
from tally.language import parse


def shares(benchmarks: Iterable[Benchmark], knowledge: Knowledge) -> frozenset[str]:
    """Return the keys of the benchmarks whose share may not be shown as it is."""
    if knowledge.withhold is None:
        return frozenset()
    asked = (item for item in benchmarks if item.ours)
    return frozenset(item.key for item in asked if not _shown(item.ours, knowledge))


def associated(items: Iterable[Association], knowledge: Knowledge) -> frozenset[str]:
    """Return the keys of the associations with a number that may not be shown as it is."""
    if knowledge.withhold is None:
        return frozenset()
    # Each number is asked for, whatever the first says: a plan is made of all that is asked.
    shown = {
        item.key: [_shown(text, knowledge) for text in quantities(item, knowledge)]
        for item in items
    }
    return frozenset(key for key, found in shown.items() if not all(found))


def _shown(text: str, knowledge: Knowledge) -> bool:
    exact = evaluate(parse(text, knowledge.dataset.codebook, knowledge.focus), knowledge.dataset)
    known = knowledge.of(text)
    return not known.marker and known.low == known.high == exact


def quantities(item: Association, knowledge: Knowledge) -> Iterator[str]:
    """Yield every number that goes into the test of an association."""
    for group in groups(item, knowledge):
        if item.test == "means":
            yield f"mean({item.unit}, {item.value}, {joined(item.base, group)})"
        elif item.test == "table":
            columns = associations.columns(item, knowledge.dataset.studies)
            yield from (count(item, group, column) for column in columns)
        else:
            yield count(item, group)
            yield count(item, group, item.where)


def groups(item: Association, knowledge: Knowledge) -> tuple[str, ...]:
    """Return the conditions of the groups that a test sets beside each other."""
    if item.test == "trend":
        return tuple(f"study == {study.study}" for study in knowledge.dataset.studies)
    return item.rows or (item.first, item.second)


def count(item: Association, *conditions: str) -> str:
    """Return the quantity that counts the units of an association that meet conditions."""
    return f"count({item.unit}, {joined(item.base, *conditions)})"


def joined(*conditions: str) -> str:
    """Return the condition that all of some conditions hold."""
    return " and ".join(f"({text})" for text in conditions if text != "true") or "true"
