"""Does the machinery solve what others have published, about which it knows nothing?

The block of seven people is that of S. Garfinkel, J. Abowd and C. Martindale, *Understanding
Database Reconstruction Attacks on Public Data* (ACM Queue 16(5), 2018): its tables and the one
assignment that the paper gives for them. The mean is an example of N. Brown and J. Heathers's GRIM
test (Social Psychological and Personality Science 8(4), 2017), with the verdicts that the R package
scrutiny documents for it: 5.19 cannot come from 28 whole numbers and can from 32 or 26.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tally import codebook, language
from tally.claims import Reading, limits
from tally.rounding import parse_printed
from tally.solve.claim_constraints import demand
from tally.solve.constraint import Constraint
from tally.solve.first_dataset import strata
from tally.solve.linear import rows, sizes
from tally.solve.microdata_model import Slots
from tally.solve.solvers import cp_sat

for _solver in ("highspy", "ortools"):
    pytest.importorskip(_solver, reason="the solvers are an extra: tally[solve]")

Person = tuple[int, str, str, str]


def _of_two(name: str, first: str, second: str) -> dict[str, Any]:
    categories = [{"code": code, "label": code} for code in (first, second)]
    return {"name": name, "unit": "person", "label": name, "categories": categories}


FRAME = codebook.assemble(
    {
        "units": {"person": {"label": "person", "plural": "people", "table": "people", "id": "id"}},
        "variables": [
            {"name": "age", "unit": "person", "label": "age", "kind": "integer", "maximum": 115},
            _of_two("sex", "female", "male"),
            _of_two("race", "black", "white"),
            _of_two("status", "single", "married"),
        ],
    },
    {},
    (),
)
FEMALE, MALE, BLACK, WHITE = (
    'sex == "female"',
    'sex == "male"',
    'race == "black"',
    'race == "white"',
)
# Condition; number of people, median and mean age as the paper's table prints them.
PRINTED = [
    ("true", "7", "30", "38"),
    (FEMALE, "4", "30", "33.5"),
    (MALE, "3", "30", "44"),
    (BLACK, "4", "51", "48.5"),
    (WHITE, "3", "24", "24"),
    ('status == "married"', "4", "51", "54"),
    (f"{BLACK} and {FEMALE}", "3", "36", "36.7"),
]
# Suppressed in the paper: fewer than three people.
SUPPRESSED = [
    'status == "single" and age >= 18',
    f"{BLACK} and {MALE}",
    f"{WHITE} and {MALE}",
    f"{WHITE} and {FEMALE}",
    "age < 5",
    "age < 18",
    "age > 64",
]
ANSWER: list[Person] = [
    (8, "female", "black", "single"),
    (18, "male", "white", "single"),
    (24, "female", "white", "single"),
    (30, "male", "white", "married"),
    (36, "female", "black", "married"),
    (66, "female", "black", "married"),
    (84, "male", "black", "married"),
]


def _parsed(text: str) -> Any:
    return language.parse(text, FRAME)


def _printed(name: str, text: str, shown: str) -> Constraint:
    quantity = _parsed(text)
    found = demand(Reading(name, parsed=quantity, limits=limits("equal", shown, quantity)))
    assert found is not None
    return found


def _exact(name: str, text: str, shown: str) -> Constraint:
    """Return a printed number as a claim; without decimals it is exact, a mean too."""
    value = parse_printed(shown)
    if value.decimals:
        return _printed(name, text, shown)
    return Constraint(name, _parsed(text), value.value, value.value)


def _block() -> list[Constraint]:
    found = []
    for number, (where, count, median, mean) in enumerate(PRINTED):
        found += [
            _exact(f"{number}n", f"count(person, {where})", count),
            _exact(f"{number}m", f"mean(person, age, {where})", mean),
            _exact(f"{number}d", f"median(person, age, {where})", median),
        ]
    for number, where in enumerate(SUPPRESSED):
        few = _parsed(f"count(person, {where})")
        found.append(Constraint(f"s{number}", few, Fraction(0), Fraction(2)))
    child = _parsed('count(person, age < 15 and status == "married")')
    return [*found, Constraint("child", child, Fraction(0), Fraction(0))]


def _model(constraints: list[Constraint]) -> Slots:
    known = sizes(constraints, FRAME)
    stated = [row for item in constraints for row in rows(item, FRAME, known)]
    # The counts settle how many there are of each sex and race, which tells most people apart.
    return Slots(FRAME, stated, strata(FRAME, stated, ["sex", "race"], 0), {}, {})


def _people(model: Slots, values: list[int]) -> list[Person]:
    found = []
    for slot in model.cases:
        person = [
            next(
                code
                for codes, column in slot.columns[name]
                if model.model.value(column, values)
                for code in codes
            )
            for name in ("age", "sex", "race", "status")
        ]
        found.append(tuple(person))
    return sorted(found)  # type: ignore[return-value, type-var]


@pytest.mark.slow
def test_the_papers_seven_people_are_found():
    model = _model(_block())
    values = cp_sat(model.model, work=120).values
    assert values is not None
    assert _people(model, values) == ANSWER


@pytest.mark.slow
def test_no_other_people_agree_with_the_tables():
    there = " + ".join(
        f'count(person, age == {age} and sex == "{sex}"'
        f' and race == "{race}" and status == "{status}")'
        for age, sex, race, status in ANSWER
    )
    another = Constraint("another", _parsed(there), Fraction(0), Fraction(len(ANSWER) - 1))
    assert cp_sat(_model([*_block(), another]).model, work=240).feasible is False


@pytest.mark.slow
def test_a_planted_median_is_impossible():
    planted = [item for item in _block() if item.id != "1d"]
    wrong = _exact("1d", f"median(person, age, {FEMALE})", "8")
    assert cp_sat(_model([*planted, wrong]).model, work=120).feasible is False


def _totals(mean: str, size: str) -> tuple[Fraction | int | None, Fraction | int | None]:
    """Return the least and the greatest total that prints as a mean; none if they have crossed."""
    items = [
        _printed("n", "count(person, true)", size),
        _printed("mean", "mean(person, age, true)", mean),
    ]
    (row,) = (row for row in rows(items[1], FRAME, sizes(items, FRAME)) if len(row.terms) == 1)
    assert row.claims == {"n", "mean"}
    return row.low, row.high


def test_the_grim_example_admits_no_total():
    """145 / 28 = 5.18 and 146 / 28 = 5.21."""
    assert _totals("5.19", "28") == (146, 145)


@pytest.mark.parametrize(
    ("mean", "size", "total"),
    [("5.18", "28", 145), ("5.21", "28", 146), ("5.19", "32", 166), ("5.19", "26", 135)],
)
def test_means_beside_the_grim_example_are_possible(mean: str, size: str, total: int):
    assert _totals(mean, size) == (total, total)
