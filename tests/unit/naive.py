"""Random datasets, and random expressions each with a plain Python function that means the same.

The functions know nothing of `scrlib`: they read rows as dictionaries, one at a time. A test that
compares them with `tally.evaluate` checks the parser and the evaluation together.
"""

from __future__ import annotations

import operator
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from scrlib.report import coding_frame
from tally.dataset import OBSERVED, Dataset, Meta

FRAME = coding_frame()
Row = dict[str, Any]
SCORES = {"high": 3, "medium": 2, "low": 1, "none": 0, "current": 3, "previous": 2, "no": 0}
ORDERS = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq,
    "!=": operator.ne,
}  # fmt: skip
LAW_GROUPS = {
    "s31": "public", "public_other": "public", "wtfh": "private", "wafh": "private", "both": "both",
}  # fmt: skip
CATEGORIES = {
    "case": ("law", "incident", "perpetrator", "neglect", "child_protection_plan"),
    "child": ("sex", "harm", "law", "incident"),
    "parent": ("role", "law"),
}
NUMBERS = {"case": (), "child": ("age",), "parent": ("age_at_first_child",)}


@dataclass(frozen=True)
class Meaning:
    """Text of an expression and the plain function of a row that it stands for."""

    text: str
    of: Callable[[Row], Any]


# -- datasets ----------------------------------------------------------------------------------


def _row(unit: str) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries(
        {item.name: st.sampled_from(item.codes) for item in FRAME.of_unit(unit)}
    )


_FAMILY = st.tuples(
    _row("case"), st.lists(_row("child"), max_size=3), st.lists(_row("parent"), max_size=2)
)


@st.composite
def families(draw: st.DrawFn) -> list[Row]:
    """Draw cases as dictionaries, each with its members under the members' unit."""
    return [
        {**case, "child": children, "parent": parents}
        for case, children, parents in draw(st.lists(_FAMILY, max_size=7))
    ]


def units(found: list[Row], unit: str) -> list[Row]:
    """Return the rows of a unit, members with what is known of their case."""
    if unit == "case":
        return found
    return [{**case, **member} for case in found for member in case[unit]]


def dataset(found: list[Row]) -> Dataset:
    """Return the same cases as a dataset."""
    frames = {}
    for name, unit in FRAME.units.items():
        rows = [
            {"case_id": f"C{place}", "child_id": f"C{place}-{number}", **row}
            for place, case in enumerate(found)
            for number, row in enumerate([case] if unit.of is None else case[name])
        ]
        columns = ["case_id", "child_id", *(item.name for item in FRAME.of_unit(name))]
        frames[name] = pd.DataFrame(rows, columns=columns)
    return Dataset(FRAME, frames, Meta("Drawn at random", OBSERVED))


# -- expressions -------------------------------------------------------------------------------


def _category(unit: str) -> st.SearchStrategy[Meaning]:
    @st.composite
    def build(draw: st.DrawFn) -> Meaning:
        name = draw(st.sampled_from(CATEGORIES[unit]))
        codes = [item.code for item in FRAME.categories(name)]
        if draw(st.booleans()):
            code, equal = draw(st.sampled_from(codes)), draw(st.booleans())
            return Meaning(
                f'{name} {"==" if equal else "!="} "{code}"',
                lambda row: (row[name] == code) == equal,
            )
        chosen = draw(st.lists(st.sampled_from(codes), min_size=1, max_size=3))
        inside = draw(st.booleans())
        listed = "".join(f'"{code}", ' for code in chosen)
        return Meaning(
            f"{name} {'in' if inside else 'not in'} ({listed})",
            lambda row: (row[name] in chosen) == inside,
        )

    return build()


def _grouped(unit: str) -> st.SearchStrategy[Meaning]:
    del unit

    @st.composite
    def build(draw: st.DrawFn) -> Meaning:
        group = draw(st.sampled_from(["public", "private", "both"]))
        return Meaning(f'law_group == "{group}"', lambda row: LAW_GROUPS[row["law"]] == group)

    return build()


def _age(unit: str) -> st.SearchStrategy[Meaning]:
    name = NUMBERS[unit][0]

    @st.composite
    def build(draw: st.DrawFn) -> Meaning:
        op = draw(st.sampled_from(list(ORDERS)))
        limit = draw(st.integers(10, 17))
        return Meaning(
            f"{name} {op} {limit}",
            lambda row: row[name] is not None and ORDERS[op](row[name], limit),
        )

    return build()


def _number(unit: str) -> st.SearchStrategy[Meaning]:
    """Whole numbers of a unit; None where one of the values added is not known."""

    @st.composite
    def score(draw: st.DrawFn) -> Meaning:
        names = draw(st.lists(st.sampled_from(FRAME.factors), min_size=1, max_size=3))
        kind = draw(st.sampled_from(["score", "breadth"]))
        return Meaning(
            f"{kind}({', '.join(names)})",
            lambda row: sum(
                SCORES[row[name]] if kind == "score" else SCORES[row[name]] > 0 for name in names
            ),
        )

    @st.composite
    def members(draw: st.DrawFn) -> Meaning:
        member = draw(st.sampled_from(["child", "parent"]))
        inner = draw(conditions(member, depth=1))
        return Meaning(
            f"number({member}, {inner.text})",
            lambda row: sum(bool(inner.of({**row, **item})) for item in row[member]),
        )

    named = [
        st.just(Meaning(name, lambda row, name=name: row[name]))  # type: ignore[misc]
        for name in (*NUMBERS[unit], "study")
    ]
    total = Meaning("total_score", lambda row: sum(SCORES[row[name]] for name in FRAME.factors))
    single = st.one_of(score(), st.just(total), *named, *([members()] if unit == "case" else []))

    @st.composite
    def joined(draw: st.DrawFn) -> Meaning:
        first, second = draw(single), draw(single)
        minus = draw(st.booleans())

        def value(row: Row) -> int | None:
            left, right = first.of(row), second.of(row)
            if left is None or right is None:
                return None
            return int(left - right if minus else left + right)

        return Meaning(f"{first.text} {'-' if minus else '+'} {second.text}", value)

    return st.one_of(single, joined())


def _compared(unit: str) -> st.SearchStrategy[Meaning]:
    @st.composite
    def build(draw: st.DrawFn) -> Meaning:
        number = draw(_number(unit))
        op, limit = draw(st.sampled_from(list(ORDERS))), draw(st.integers(0, 12))

        def holds(row: Row) -> bool:
            value = number.of(row)
            return value is not None and ORDERS[op](value, limit)

        return Meaning(f"{number.text} + 0 {op} {limit}", holds)

    return build()


def conditions(unit: str, depth: int = 3) -> st.SearchStrategy[Meaning]:
    """Conditions on a unit, nested up to a depth."""
    kinds = [_category(unit), _grouped(unit), st.just(Meaning("true", lambda row: True))]
    kinds += [_age(unit)] if NUMBERS[unit] else []
    simple = st.one_of(*kinds, _compared(unit)) if depth > 1 else st.one_of(*kinds)
    if depth <= 1:
        return simple
    inner = st.deferred(lambda: conditions(unit, depth - 1))

    @st.composite
    def joined(draw: st.DrawFn) -> Meaning:
        parts = draw(st.lists(inner, min_size=2, max_size=3))
        word, join = draw(st.sampled_from([("and", all), ("or", any)]))
        text = f" {word} ".join(f"({part.text})" for part in parts)
        return Meaning(text, lambda row: join(part.of(row) for part in parts))

    negated = inner.map(lambda part: Meaning(f"not ({part.text})", lambda row: not part.of(row)))
    return st.one_of(simple, joined(), negated)


@st.composite
def statistics_(draw: st.DrawFn) -> Meaning:
    """Draw a statistic; its function takes all cases and returns a fraction, or None."""
    unit = draw(st.sampled_from(["case", "child", "parent"]))
    where = draw(conditions(unit))
    name = draw(st.sampled_from(["count", "percent", "mean", "sum", "min", "max", "median"]))
    if name == "count":
        return Meaning(
            f"count({unit}, {where.text})",
            lambda cases: Fraction(sum(bool(where.of(row)) for row in units(cases, unit))),
        )
    if name == "percent":
        base = draw(conditions(unit))

        def share(cases: Any) -> Fraction | None:
            rows = [row for row in units(cases, unit) if base.of(row)]
            return Fraction(100 * sum(bool(where.of(r)) for r in rows), len(rows)) if rows else None

        return Meaning(f"percent({unit}, {where.text}, {base.text})", share)
    return _moment(name, unit, draw(_number(unit)), where)


def _moment(name: str, unit: str, number: Meaning, where: Meaning) -> Meaning:
    function = {
        "mean": statistics.mean, "sum": sum, "min": min, "max": max, "median": statistics.median,
    }[name]  # fmt: skip

    def value(cases: Any) -> Fraction | None:
        found = [number.of(row) for row in units(cases, unit) if where.of(row)]
        known = [Fraction(item) for item in found if item is not None]
        return Fraction(function(known)) if known or name == "sum" else None

    return Meaning(f"{name}({unit}, {number.text}, {where.text})", value)
