"""Has what means the same one form, and does the form mean what was written?"""

from __future__ import annotations

import os
import random
import subprocess
import sys

import pytest
from frames import accidents, cases, rated

from tally import expression
from tally.evaluate import mask
from tally.expression import Linear, compares, inner_tests, members, variables
from tally.language import parse, parse_condition, parse_value
from tally.normal_form import aligned, key, normal, restrict, spelling
from tally.syntax import simplified

DATA = accidents()
FRAME = DATA.codebook
ATOMS = (
    'road == "street"', 'area == "rural"', 'road != "motorway"', 'severity in ("slight", "killed")',
    "age < 18", "age >= 30", "not age < 18", "true", 'age_band == "unknown"',
)  # fmt: skip
OF_ACCIDENTS = (
    "number(casualty) > 1", "number(casualty) >= 2", "fatal", "casualties == 1", 'area == "urban"',
    'road == "street"', 'number(casualty, severity == "slight") < 1', "true",
)  # fmt: skip


def written(rng: random.Random, atoms: tuple[str, ...], depth: int) -> str:
    if not depth:
        return rng.choice(atoms)
    parts = [f"({written(rng, atoms, depth - 1)})" for _ in range(rng.randint(1, 3))]
    text = rng.choice((" and ", " or ")).join(parts)
    return f"not ({text})" if rng.random() < 0.3 else text


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize(("unit", "atoms"), [("casualty", ATOMS), ("accident", OF_ACCIDENTS)])
def test_the_form_holds_of_the_rows_of_which_the_condition_holds(
    seed: int, unit: str, atoms: tuple[str, ...]
) -> None:
    text = written(random.Random(seed), atoms, 3)
    condition = parse_condition(text, FRAME, unit)
    expected = mask(condition, DATA, unit).tolist()
    assert mask(normal(condition, FRAME), DATA, unit).tolist() == expected
    assert mask(aligned(condition, FRAME), DATA, unit).tolist() == expected
    assert normal(normal(condition, FRAME), FRAME) == normal(condition, FRAME)


@pytest.mark.parametrize("seed", range(60))
def test_a_text_written_for_readers_means_what_was_written(seed: int) -> None:
    text = f"count(casualty, {written(random.Random(seed), ATOMS, 3)})"
    short = simplified(text)
    assert key(parse(short, FRAME), FRAME) == key(parse(text, FRAME), FRAME)
    assert simplified(short) == short


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('road == "street"', 'not (road in ("motorway", "country"))'),
        ('area == "rural" and fatal', 'fatal and road != "street"'),
        ("number(casualty) > 1", "casualties >= 2"),
        ("number(casualty) > 1", "not casualties < 2"),
        ("casualties - 1 == 1", "1 + casualties == 3"),
        ('number(casualty, not severity != "killed") > 0', "fatal"),
        ('road == "street" and road == "country"', "not true"),
    ],
)
def test_equal_conditions_are_spelt_alike(one: str, other: str) -> None:
    forms = {spelling(normal(parse_condition(t, FRAME, "accident"), FRAME)) for t in (one, other)}
    assert len(forms) == 1


def test_numbers_of_members_that_come_to_mean_the_same_are_added() -> None:
    text = 'number(casualty, age < 18 and road == "street") + number(casualty, age < 18) > 2'
    condition = normal(parse_condition(text, FRAME, "accident"), FRAME)
    known = restrict(condition, {"road": frozenset({"street"})}, FRAME)
    twice = "number(casualty, age < 18) + number(casualty, age < 18) > 2"
    assert known == normal(parse_condition(twice, FRAME, "accident"), FRAME)


def test_a_comparison_of_a_sum_with_an_unknown_part_is_not_the_opposite_of_its_negation() -> None:
    frame = rated(since=2017)
    data = cases(frame, [(2017, "a", "high", "low")])
    older, not_younger = (parse_condition(t, frame, "child") for t in ("age > 5", "not age <= 5"))
    # By hand: the one child's age is not known.
    assert mask(normal(older, frame), data, "child").tolist() == [False]
    assert mask(normal(not_younger, frame), data, "child").tolist() == [True]


def test_one_walk_finds_every_test_in_its_order() -> None:
    condition = parse_condition(
        'not (area == "urban" or fatal) and casualties > 1', FRAME, "accident"
    )
    assert len(list(expression.tests(condition))) == 3
    assert [item.variable for item in members(condition)] == ["road"]
    assert [item.constant for item in compares(condition)] == [0, 1]
    assert variables(condition) == {"road"}
    inside = [item for item in inner_tests(condition) if hasattr(item, "variable")]
    assert [item.variable for item in inside] == ["road", "severity"]


def test_a_sum_says_what_has_to_be_known_and_between_what_it_lies() -> None:
    frame = rated()
    score = parse_value("score(all) + 3", frame, "case")
    assert score.known(frame) == ()
    assert score.span == (3, 7)
    age = parse_value("age", frame, "child")
    assert [item.variable for item in age.known(frame)] == ["age"]
    assert age.span == (0, 17)
    assert parse_value("3 - score(noise)", frame, "case").span == (1, 3)
    assert parse_value("1 - number(child)", frame, "case").span is None
    assert Linear(constant=2).span == (2, 2)


def test_a_statistic_is_one_tally_over_another() -> None:
    share = parse('percent(casualty, severity == "killed", age < 18)', FRAME).single
    assert share is not None
    above, below, scale = share.ratio(FRAME)
    assert scale == 100
    assert below is not None
    assert [mask(t.where, DATA, t.unit).sum() for t in (above, below)] == [0, 2]
    mean = parse("mean(casualty, age, area == 'urban')", FRAME).single
    assert mean is not None
    _, known, _ = mean.ratio(FRAME)
    # By hand: of the four hurt in towns one's age is blank.
    assert known is not None
    assert mask(known.where, DATA, "casualty").sum() == 3


def test_forms_do_not_depend_on_the_order_of_sets() -> None:
    code = (
        "from frames import accidents; from tally.language import parse; "
        "from tally.normal_form import key, normal; d = accidents(); "
        "q = parse('count(accident, number(casualty, age > 3) + number(casualty, "
        'severity in ("slight", "killed")) > 2)\', d.codebook); '
        "print(key(q, d.codebook), repr(normal(q.single.where, d.codebook)))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(said) == 1
