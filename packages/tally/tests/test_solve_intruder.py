"""Does the intruder learn what can be learnt, and nothing that is not so?

What is true comes from `test_solve_protect.attack`, which goes through every dataset there is.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
from test_solve_protect import (
    BY_CASE,
    BY_FAMILY,
    CASES,
    FAMILIES,
    RULES,
    alone,
    attack,
    planned,
    published,
    some_cases,
    some_families,
    split,
    statistic,
)
from tiny import FRAME

from tally.errors import BuildError
from tally.evaluate import evaluate
from tally.expression import FALSE, Tally
from tally.language import parse
from tally.solve.constraint import Constraint
from tally.solve.intruder import Published, intrude


def ends(shown, held, **more):
    """Return what the intruder makes of each count that is held back."""
    told = {statistic(text).tally: number for text, number in shown.items()}
    marks = {statistic(text).tally: text for text in held}
    given = Published(FRAME, told, frozenset(marks), members={"child": 1}, **more)
    return {marks[found.tally]: (found.low, found.high) for found in intrude(given)}


@pytest.mark.parametrize("seed", range(60))
def test_of_cases_it_finds_the_least_and_the_greatest_value_that_any_data_have(seed):
    dataset, size = some_cases(seed)
    texts = sorted({*published(seed, BY_CASE), "count(case)"})
    shown, held = split(planned(dataset, texts), texts)
    if "count(case)" not in shown:
        return
    values = attack(shown, held, CASES, BY_CASE, [size])
    assert ends(shown, held) == {text: (min(v), max(v)) for text, v in values.items()}


@pytest.mark.parametrize("seed", range(30))
def test_of_children_it_leaves_out_no_value_that_some_data_have(seed):
    dataset, size = some_families(seed)
    texts = sorted({*published(seed, BY_FAMILY), "count(case)"})
    shown, held = split(planned(dataset, texts), texts)
    if "count(case)" not in shown:
        return
    values = attack(shown, held, FAMILIES, BY_FAMILY, [size])
    found = ends(shown, held)
    assert all(found[text][0] <= min(v) <= max(v) <= found[text][1] for text, v in values.items())


def test_it_undoes_what_only_small_counts_are_held_back_of():
    """A mutant of the plan: nothing is held back to protect what is small."""
    undone = 0
    for seed in range(30):
        dataset, _ = some_cases(seed)
        texts = sorted({*published(seed, BY_CASE), "count(case)"})
        numbers = {text: int(evaluate(parse(text, FRAME), dataset)) for text in texts}
        held = [text for text, number in numbers.items() if 0 < number < 4]
        shown = {text: number for text, number in numbers.items() if text not in held}
        undone += any(low == high for low, high in ends(shown, held).values())
    assert undone > 10


def narrow(plan, texts, shown, held):
    """Return the counts that the plan left under its limit and the intruder with too few values."""
    small = {t for t in texts if 0 < evaluate(parse(t, FRAME), plan.dataset) < plan.limit}
    return [t for t, (low, high) in ends(shown, held).items() if t in small and high - low < 2]


def test_it_undoes_plans_that_one_count_was_left_out_of():
    """A mutant: a count is published that the plan has not seen, in a table that was forgotten."""
    undone, sound = 0, 0
    for seed in range(40):
        dataset, _ = some_cases(seed)
        texts = sorted({*published(seed, BY_CASE), "count(case)"})
        plan = planned(dataset, texts)
        shown, held = split(plan, texts)
        sound += not narrow(plan, texts, shown, held)
        for text in texts:
            number = int(evaluate(parse(text, FRAME), dataset))
            if text in held and number >= plan.limit:
                more = {**shown, text: number}
                rest = [item for item in held if item != text]
                undone += bool(narrow(plan, texts, more, rest))
    assert sound == 40
    assert undone > 10


def test_it_undoes_plans_that_did_not_know_a_rule_of_the_frame():
    """A mutant: everybody knows of something that never occurs, but the plan."""
    never = 'count(case, kind == "b" and risk == "none")'
    rule = Constraint("never", parse(never, FRAME), Fraction(0), Fraction(0))
    undone = 0
    for seed in range(150):
        dataset, _ = some_cases(seed)
        if evaluate(parse(never, FRAME), dataset):
            continue
        texts = sorted({*published(seed, BY_CASE), "count(case)"})
        for rules in ((*RULES, rule), RULES):
            plan = planned(dataset, texts, rules=rules)
            shown, held = split(plan, texts)
            found = narrow(plan, texts, {**shown, never: 0}, held)
            assert not found or rules == RULES
            undone += bool(found)
    assert undone > 3


def test_it_knows_that_each_case_has_a_child():
    shown = {"count(case)": 8, "count(child)": 8, 'count(child, kind == "a")': 6}
    assert ends(shown, ['count(case, kind == "b")']) == {'count(case, kind == "b")': (2, 2)}


def test_what_contradicts_itself_is_an_error():
    shown = {"count(case)": 3, 'count(case, kind == "a")': 5}
    with pytest.raises(BuildError, match="contradicts itself"):
        ends(shown, ['count(case, kind == "b")'])


def test_a_count_that_is_neither_shown_nor_marked_may_be_none():
    wanted = statistic('count(case, kind == "b")').tally
    given = Published(FRAME, {statistic("count(case)").tally: 4}, frozenset(),
                      wanted=frozenset({wanted}))  # fmt: skip
    (found,) = intrude(given)
    assert (found.low, found.high, found.width) == (0, 4, 5)


def test_it_stops_at_a_count_that_solutions_have_shown_to_be_wide_enough():
    dataset = alone(*[("a", "x", "high")] * 6, *[("b", "y", "low")] * 3)
    texts = ["count(case)", 'count(case, kind == "b")', "count(case, present(risk))"]
    told = {statistic("count(case)").tally: dataset.size("case")}
    held = frozenset(statistic(text).tally for text in texts[1:])
    exact = intrude(Published(FRAME, told, held))
    soon = intrude(Published(FRAME, told, held), enough=3)
    assert all(one.low <= two.low <= two.high <= one.high
               for one, two in zip(exact, soon, strict=True))  # fmt: skip
    assert min(found.width for found in soon) >= 3


def test_sums_are_left_out():
    value = parse("mean(case, score(risk))", FRAME).single.value
    assert not intrude(Published(FRAME, {}, frozenset({Tally("case", FALSE, value)})))
