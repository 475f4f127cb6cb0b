"""Are ends proved by datasets that are there and agree, are they the true ends, and no others?"""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import pytest
from tiny import FRAME, QUANTITIES, claim, every, printed, tiny

from tally import language, solve
from tally.claims import Claim
from tally.dataset import Dataset
from tally.evaluate import evaluate
from tally.solve.neighbourhood import records

for _solver in ("highspy", "ortools"):
    pytest.importorskip(_solver, reason="the solvers are an extra: tally[solve]")

START = tiny([("a", "x", "high"), ("b", "x", "low"), ("b", "y", "none")],
             [(0, "f"), (1, "m"), (2, "m")])  # fmt: skip
TOLD = printed(START, "count(case, true)", "count(child, true)", "count(case, number(child) < 1)",
               'count(case, place == "x")', "sum(case, score(risk))")  # fmt: skip
EITHER = claim("either", ('count(case, kind == "a")', "1"), ('count(child, sex == "f")', "3"))


def facts(claims: list[Claim], start: Dataset = START) -> solve.Facts:
    return solve.Facts(FRAME, claims, pool=solve.Pool(FRAME, [records(start)]))


@lru_cache(maxsize=2)
def agreeing(several: bool) -> list[Dataset]:
    """Return those of all 2,912 datasets of three cases with a child each that agree, by pandas."""
    known = facts([*TOLD, EITHER] if several else TOLD)
    return [item for item in every(3) if known.agrees(item)]


def true_ends(asked: str, several: bool) -> tuple[Fraction, Fraction]:
    quantity = language.parse(asked, FRAME)
    values = [evaluate(quantity, item) for item in agreeing(several)]
    found = [value for value in values if value is not None]
    return min(found), max(found)


@pytest.mark.slow
@pytest.mark.parametrize("several", [False, True], ids=["one reading each", "a disjunction"])
@pytest.mark.parametrize("asked", QUANTITIES)
def test_the_ends_proved_are_those_of_all_datasets_tried_one_by_one(asked: str, several: bool):
    found = facts([*TOLD, EITHER] if several else TOLD).bound(asked)
    low, high = true_ends(asked, several)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= low
    assert found.high >= high
    assert found.low_proved == (found.low == low)
    assert found.high_proved == (found.high == high)
    assert (found.lower.value, found.upper.value) == (low, high)


def test_at_least_one_reading_of_a_statement_holds_at_an_end():
    """Without the statement three cases can be of kind a; with it that needs three girls."""
    plain, both = facts(TOLD), facts([*TOLD, EITHER])
    asked = 'count(case, kind == "a") - count(child, sex == "f")'
    assert plain.bound(asked).high == 3
    assert both.bound(asked).high == 1


def test_the_same_effort_gives_the_same_range_whatever_else_the_machine_does():
    asked = 'percent(child, sex == "f", kind == "a")'
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import test_solve_facts as t\nfrom tally.solve.neighbourhood import records\n"
        f"b = t.facts([*t.TOLD, t.EITHER]).bound({asked!r})\n"
        "print(b.low, b.high, [records(e.dataset) for e in (b.lower, b.upper)])"
    )
    outcomes = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                       env={"PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(outcomes) == 1


def test_a_dataset_that_disagrees_with_a_claim_proves_nothing():
    wrong = tiny([("b", "x", "low")], [])
    told = [
        claim("size", ("count(case, true)", "1")),
        claim("a", ('count(case, kind == "a")', "1")),
    ]
    found = facts(told, wrong).bound('count(case, place == "x")', effort=0)
    assert not found.low_proved
    assert found.lower.dataset is None


def test_a_count_and_its_complement_have_complementary_ranges():
    known = facts([*TOLD, EITHER])
    inside = 'kind == "a" and place == "x"'
    one = known.bound(f"count(case, {inside})")
    rest = known.bound(f"count(case, not ({inside}))")
    assert one.high is not None
    assert one.low is not None
    assert (rest.low, rest.high) == (3 - one.high, 3 - one.low)
    assert (rest.low_proved, rest.high_proved) == (one.high_proved, one.low_proved)
    assert rest.lower.dataset is not None
    asked = language.parse(f"count(case, not ({inside}))", FRAME)
    assert evaluate(asked, rest.lower.dataset) == rest.low


# -- what is not said is not taken for granted -----------------------------------------------------


def test_no_number_of_units_is_taken_for_granted():
    """Only 1,001 cases of kind a are known: from none to all of them are at x, and any of b."""
    known = solve.Facts(FRAME, [claim("a", ('count(case, kind == "a")', "1001"))])
    found = known.bound('count(case, kind == "a" and place == "x")', effort=0)
    assert (found.low, found.high) == (0, 1001)
    assert known.bound('count(case, kind == "b")', effort=0).high is None
    many = known.bound("count(case, number(child) > 2)", effort=0)
    assert (many.low, many.high) == (0, None)


def test_a_true_percentage_of_a_base_above_ten_thousand_is_within_its_range():
    """Of 20,011 cases at most 20,010 are of kind a, so 1 of 20,011 at x may be left: 0.005%."""
    told = [claim("n", ("count(case, true)", "20011")),
            claim("x", ('count(case, place == "x")', "20010")),
            claim("b", ('count(case, kind == "b")', "1"))]  # fmt: skip
    found = solve.Facts(FRAME, told).bound('percent(case, kind == "b", risk != "low")', effort=0)
    assert found.low == 0
    assert found.high == 100
    share = solve.Facts(FRAME, [*told, claim("l", ('count(case, risk == "low")', "0"))])
    asked = share.bound('percent(case, kind == "a", place == "x" and risk != "low")', effort=0)
    assert asked.low is not None
    assert asked.low <= Fraction(100 * 20009, 20010)


def test_the_last_fraction_is_the_last_of_all_tried():
    from tally.solve.lp_bounds import last_fraction

    for value in (Fraction(n, 997) for n in range(-50, 2000, 13)):
        tried = {Fraction(p, q) for q in range(1, 13) for p in range(-2 * q, 3 * q + 1)}
        assert last_fraction(value, 12) == max(f for f in tried if f <= value)


def test_claims_that_cannot_all_hold_are_said_to_clash():
    told = [*TOLD, claim("planted", ('count(case, kind == "a")', "5"))]
    with pytest.raises(solve.ContradictoryError, match="planted"):
        facts(told).bound('count(case, place == "y")', effort=0)
    (conflict,) = facts(told).conflicts()
    assert set(conflict.claims) == {"planted", "count(case, true)"}


def test_a_statement_that_no_reading_saves_is_a_conflict():
    never = claim("never", ('count(case, kind == "a")', "4"), ('count(child, sex == "f")', "7"))
    (conflict,) = facts([*TOLD, never]).conflicts()
    assert conflict.accused == ("never",)
    assert set(conflict.others) == {"count(case, true)", "count(child, true)"}


def test_what_forces_an_end_is_named_and_nothing_to_spare():
    known = facts(TOLD)
    assert known.why('count(case, place == "y")', at_most=1) == (
        "count(case, true)", 'count(case, place == "x")',
    )  # fmt: skip
    assert known.why('count(case, place == "y")', at_most=0) == ()


def test_samples_agree_in_some_reading_and_are_the_same_for_a_seed():
    known = facts([*TOLD, EITHER])
    first, again = (list(known.sample(seed=3, count=4)) for _ in range(2))
    assert all(known.agrees(item) for item in first)
    assert [records(a) for a in first] == [records(b) for b in again]
    assert len({str(records(item)) for item in first}) > 1
