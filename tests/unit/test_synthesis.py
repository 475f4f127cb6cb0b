"""Do the synthetic cases agree with the report, by pandas and not by the model that found them?"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from scrlib import cli, consistency, paths
from scrlib.auditing import contradictions
from scrlib.auditing.claims import claims
from scrlib.report import coding_frame, read_dataset
from scrlib.synthetic import draw
from tally.claims import Claim
from tally.errors import BuildError
from tally.evaluate import evaluate
from tally.expression import Quantity
from tally.language import parse
from tally.solve import claim_constraints
from tally.solve.compiled import Compiler
from tally.solve.constraint import Constraint
from tally.solve.first_dataset import strata
from tally.solve.markov_chain import Walk
from tally.solve.microdata_model import Slots
from tally.solve.solvers import cp_sat

FRAME = coding_frame()
CLAIMS = claims(FRAME)
ASIDE = {name for item in contradictions.load(CLAIMS) for name in item.rules_out}
DATA = read_dataset(paths.SYNTHETIC)
LAYOUT = consistency.layout()
ON_CASES = [c for c in CLAIMS if any(r.parsed for r in c.readings) and not c.on_print]


def _holds(claim: Claim, dataset: object = DATA) -> bool:
    return any(item.holds for item in claim.check(dataset))  # type: ignore[arg-type]


def test_every_claim_that_can_hold_holds():
    assert [c.id for c in ON_CASES if c.id not in ASIDE and not _holds(c)] == []


def test_what_fails_is_ruled_out_by_print():
    assert {c.id for c in ON_CASES if not _holds(c)} <= ASIDE


@pytest.mark.parametrize("part", ["meaning", "plausible"])
def test_nothing_occurs_that_the_frame_excludes(part: str):
    for item in consistency.rules(FRAME, part):
        assert isinstance(item.quantity, Quantity)
        assert evaluate(item.quantity, DATA) == 0, item.id


def test_printed_numbers_counted_by_pandas_from_the_files():
    """Some printed numbers counted from the files alone, without this package."""
    cases = pd.read_csv(paths.SYNTHETIC / "cases.csv")
    children = pd.read_csv(paths.SYNTHETIC / "children.csv")
    ratings = pd.read_csv(paths.SYNTHETIC / "ratings.csv", keep_default_na=False)
    assert len(cases) == 97
    assert len(children) == 174
    assert (children["sex"] == "female").sum() == 98
    assert (cases["incident"] == "death_homicide").sum() == 14
    assert (cases["perpetrator"] == "extended_family").sum() == 8
    neglect = ratings[ratings["risk_factor"] == "neglect"]["rating"].value_counts()
    assert neglect[["high", "medium", "low"]].tolist() == [30, 18, 10]
    score = ratings["rating"].map({"high": 3, "current": 3, "medium": 2, "previous": 2, "low": 1})
    total = score.fillna(0).groupby(ratings["case_id"]).sum()
    newest = cases[cases["study"] == 2017]["case_id"]
    assert round(total[newest].mean(), 1) == 16.3
    assert (total[newest].min(), total[newest].max()) == (9, 24)


def test_cases_are_not_all_alike():
    """Ratings, ages and studies spread: none is one value wherever the report leaves it open."""
    cases, children = DATA.frames["case"], DATA.frames["child"]
    for factor in FRAME.factors:
        assert cases[factor].nunique() >= 3, factor
    assert children["age"].nunique() >= 12
    assert cases.groupby("study")["law"].nunique().min() >= 2


def test_compiled_rows_add_up_to_what_pandas_counts():
    """Two readers of the language: Python made of rows, and pandas on the parsed tree."""
    counted = [
        c.readings[0].parsed
        for c in ON_CASES
        if len(c.readings) == 1
        and isinstance(c.readings[0].parsed, Quantity)
        and c.readings[0].parsed.single
        and c.readings[0].parsed.single.function in ("count", "sum")
    ]
    items = [Constraint(str(n), quantity) for n, quantity in enumerate(counted)]
    rows = claim_constraints.state(items, FRAME).rows
    totals = Walk(DATA, rows, 0, LAYOUT).totals
    for row, total in zip(rows, totals, strict=True):
        (name,) = row.claims
        assert total == evaluate(counted[int(name)], DATA), counted[int(name)].text


def test_rows_depend_on_what_they_test():
    text = 'count(case, law == "s31" and number(child, age < 1) >= 1)'
    rows = claim_constraints.state([Constraint("a", parse(text, FRAME))], FRAME).rows
    compiler = Compiler(FRAME, rows)
    assert [compiler.touched([name]) for name in ("law", "age", "child", "sex")] == [
        (0,), (0,), (0,), (),
    ]  # fmt: skip


@pytest.mark.slow
def test_a_walk_keeps_every_claim_and_repeats():
    first = list(draw(DATA, CLAIMS, 2, seed=5, steps=1500))
    again = list(draw(DATA, CLAIMS, 2, seed=5, steps=1500))
    for made, same in zip(first, again, strict=True):
        for unit, table in made.frames.items():
            assert table.equals(same.frames[unit])
        assert all(_holds(c, made) for c in ON_CASES if c.id not in ASIDE)
        assert made.learning.equals(DATA.learning)
    assert not first[0].frames["case"].equals(first[1].frames["case"])


def test_a_walk_from_where_a_claim_fails_is_refused():
    wrong = Constraint("planted", parse("count(case, true)", FRAME), 96, 96)  # type: ignore[arg-type]
    with pytest.raises(BuildError, match="planted"):
        Walk(DATA, claim_constraints.state([wrong], FRAME).rows, 0, LAYOUT)


def test_strata_are_as_print_says():
    told = claim_constraints.plain(c for c in CLAIMS if c.table in ("table_01", "table_05"))
    holding = [item for item in told if item.id not in ASIDE]
    rows = claim_constraints.state(holding, FRAME).rows
    found = strata(FRAME, rows, ["law", "study"], 3)
    newest = [item["law"] for item in found if item["study"] == {2017}]
    assert len(found) == 97
    assert sorted(next(iter(law)) for law in newest) == ["s31"] * 12 + ["wafh"] * 3


@pytest.mark.parametrize(
    ("plant", "possible"),
    [
        ("count(case, trio_count == 3 and not present(domestic_abuse))", False),
        ("count(case, trio_count == 2 and not present(domestic_abuse))", True),
        ("count(case, number(child) == 2 and number(child, age < 3) == 3)", False),
        ("count(case, number(child, age < 3) == 2 and number(child) == 2)", True),
        ('count(child, sex == "female" and total_score == 39)', True),
    ],
)
def test_one_case_can_be_as_a_condition_says(plant: str, possible: bool):
    item = Constraint("plant", parse(plant, FRAME), 1, 1)  # type: ignore[arg-type]
    rows = claim_constraints.state([item], FRAME).rows
    model = Slots(FRAME, rows, [{}], {"child": 3, "parent": 2}, {"parent": "role"})
    assert cp_sat(model.model, work=20).feasible is possible


@pytest.mark.slow
def test_the_dataset_that_ships_is_solved_again_from_print_to_the_byte(tmp_path: Path):
    out = tmp_path / "again"
    assert cli.main(["synthesise", "--anew", "--seed", "2017", "--out", str(out)]) == 0
    made = {path.name: path.read_bytes() for path in out.iterdir()}
    assert made == {path.name: path.read_bytes() for path in paths.SYNTHETIC.iterdir()}
