"""Are the ranges on file, and those worked out when asked for, what the report's words allow?"""

from __future__ import annotations

from fractions import Fraction

import pytest
import yaml

from scrlib import cli, determined, paths
from scrlib.auditing import ranges
from scrlib.auditing.known import of_the_report
from scrlib.report import coding_frame, read_dataset
from tally.errors import BuildError
from tally.evaluate import evaluate
from tally.language import parse
from tally.solve import lp_bounds, pool
from tally.solve.end_search import EndSearch
from tally.solve.facts import Facts
from tally.solve.lp_bounds import Base, Relaxed
from tally.solve.model import total
from tally.solve.readings import named_rows

FRAME = coding_frame()


def test_every_dataset_kept_agrees_with_every_statement_in_some_reading():
    known = determined.facts()
    for n in range(len(known.pool)):
        assert known.broken(known.pool.dataset(n)) == (), n


def test_every_end_that_is_said_to_be_proved_is_reached_by_a_dataset_kept():
    known = determined.facts()
    for item in ranges.read():
        values = set(known.pool.values(parse(item.quantity, FRAME, 2017)))
        assert not item.proved_low or item.low in values, item.quantity
        assert not item.proved_high or item.high in values, item.quantity
        inside = {value for value in values if value is not None}
        assert all(item.low <= value <= item.high for value in inside), item.quantity


# Of the same statements, each with one reading or another, as another program found them: ours may
# be narrower, since the register has been read again since.
@pytest.mark.parametrize(("text", "low", "high"), [
    ("count(child, 1 <= age <= 5)", 22, 109),
    ("count(child, age < 1)", 9, 81),
    ("count(case, study == 2017 and score(physical_abuse) == 3)", 1, 9),
    ('count(case, study == 2017 and law_group == "private" and da_perpetrator == "reciprocal")',
     0, 1),
])  # fmt: skip
def test_a_range_lies_within_the_one_that_another_program_found(text: str, low: int, high: int):
    found = of_the_report().of(text)
    assert found.low is not None
    assert found.high is not None
    assert low <= found.low <= found.high <= high


QUERIES = yaml.safe_load((paths.ROOT / "timings/queries.yaml").read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("text", [text for texts in QUERIES.values() for text in texts[::3]])
def test_the_first_limits_hold_every_dataset_and_wait_for_no_model_of_all_that_is_known(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = determined.facts()
    asked = parse(text, FRAME, 2017)
    monkeypatch.setattr(Facts, "base", property(lambda _: pytest.fail("It was built.")))
    first = next(known.improve(asked))
    values = [value for value in known.pool.values(asked) if value is not None]
    assert first.low is not None
    assert first.high is not None
    assert first.low <= min(values) <= max(values) <= first.high


@pytest.mark.slow
def test_what_all_else_leaves_a_reading_is_on_file_for_these_very_claims():
    base = determined.facts().base
    rows = {row.terms: (name, row) for name, row in named_rows(base.facts.statements)}
    assert base.spans.keys() == {name for name, _ in rows.values()}
    single = [(name, row) for name, row in rows.values() if len(row.terms) == 1]
    for name, row in single[:5]:
        ((weight, tally),) = row.terms
        value = total([(weight, base.counted.count(tally))])
        assert base.spans[name] == tuple(lp_bounds.end(base.solver, value, up) for up in (0, 1))


@pytest.mark.slow
@pytest.mark.parametrize("text", [
    "count(case, present(parental_mental_health) and study == 2012)",
    'count(case, involvement == "none" and perpetrator == "extended_family")',
    "count(parent, age_at_first_child < 18)",
])  # fmt: skip
def test_a_model_to_which_a_query_is_added_gives_the_ends_of_one_made_for_it(text: str):
    known = determined.facts().known
    quantity = determined.quantity(text)
    apart = Relaxed(known, [quantity]).ends(quantity)
    assert Relaxed(known, [quantity], Base(known)).ends(quantity) == apart


@pytest.mark.slow
def test_large_steps_bring_the_datasets_of_the_report_nearer():
    """Study and law have to move together in many of the 97 cases; the 2014 study has 26 cases."""
    known = determined.facts()
    quantity = determined.quantity('count(case, law_group == "public" and study == 2014)')
    before, limit = evaluate(quantity, known.pool.dataset(0)), Fraction(26)
    assert before is not None
    assert before < limit
    start = known.pool.datasets[0]
    cases = next(EndSearch(known, quantity, True).towards(limit, start, 6, broad=True))
    (after,) = pool.Pool(FRAME, [cases]).values(quantity)
    assert after is not None
    assert before < after <= limit


@pytest.mark.slow
def test_what_no_step_from_a_dataset_on_file_reaches_is_solved_from_nothing():
    """Table 5 has 37 cases of public law before 2017, and the other studies of then have 56."""
    known = determined.facts()
    quantity = determined.quantity('count(case, law_group == "public" and study == 2014)')
    readings = known.holding(known.pool.datasets[0])
    cases = EndSearch(known, quantity, False).anew(Fraction(0), readings)
    assert cases is not None
    assert pool.Pool(FRAME, [cases]).values(quantity) == [0]


@pytest.mark.slow
def test_the_command_says_which_ends_are_proved_and_why_and_writes_a_dataset_at_each(
    tmp_path, capsys
):
    """Table 6 has two overdoses in all, so the 2014 study has two at most."""
    text = 'count(case, incident == "overdose" and study == 2014)'
    assert cli.main(["bounds", text, "--examples", str(tmp_path), "--why"]) == 0
    out = capsys.readouterr().out
    assert "greatest 2 (proved" in out
    assert "greatest 2, because of:" in out
    assert "Table 6" in out
    greatest = read_dataset(tmp_path / "greatest")
    assert evaluate(determined.quantity(text), greatest) == 2
    assert greatest.synthetic
    assert determined.facts().agrees(greatest)


@pytest.mark.slow
def test_proofs_are_kept_only_for_ends_that_an_agreeing_dataset_reaches(tmp_path):
    path, witnesses = tmp_path / "b.csv", tmp_path / "w.npz"
    text = "count(case, present(parental_mental_health))"
    # No dataset that agrees has none, and none has all.
    ranges.write([ranges.Bounds(text, Fraction(0), Fraction(97), True, True)], path)
    determined.recheck(path, witnesses)
    assert ranges.read(path) == [ranges.Bounds(text, Fraction(0), Fraction(97), False, False)]


def test_limits_beyond_which_a_dataset_lies_are_refused(tmp_path):
    path, witnesses = tmp_path / "b.csv", tmp_path / "w.npz"
    ranges.write([ranges.Bounds("count(case, true)", Fraction(0), Fraction(96))], path)
    with pytest.raises(BuildError, match="--refresh"):
        determined.recheck(path, witnesses)
    assert not witnesses.exists()


@pytest.mark.slow
def test_ranges_are_worked_out_again_and_their_datasets_kept(tmp_path, monkeypatch):
    """With the statements of one reading alone: those of several take minutes to prepare."""
    whole = determined.facts()
    plain = [item for item in whole.claims if len(item.readings) == 1]
    known = Facts(FRAME, plain, whole.rules, layout=whole.layout, pool=whole.pool)
    monkeypatch.setattr(determined, "facts", lambda: known)
    monkeypatch.setattr(determined, "_ROUNDS", 30)
    path, witnesses = tmp_path / "b.csv", tmp_path / "w.npz"
    text = "count(case, present(parental_mental_health))"
    list(determined.refresh([text], effort=1, path=path, witnesses=witnesses))
    (item,) = ranges.read(path)
    start = evaluate(determined.quantity(text), read_dataset(paths.SYNTHETIC))
    assert start is not None
    assert item.low is not None
    assert item.low < start < item.high
    kept = pool.read(FRAME, witnesses).values(determined.quantity(text))
    values = {start, *kept}
    assert item.proved_low == (item.low in values)
    assert item.proved_high == (item.high in values)


@pytest.mark.slow
def test_a_run_that_is_taken_up_knows_what_datasets_on_file_prove(tmp_path, monkeypatch):
    whole, path = determined.facts(), tmp_path / "b.csv"
    text = "count(case, present(parental_mental_health))"
    values = whole.pool.values(determined.quantity(text))
    low, high = min(values), max(values)
    two = pool.Pool(FRAME, [whole.pool.datasets[values.index(end)] for end in (low, high)])
    known = Facts(FRAME, whole.claims, whole.rules, pool=two, spans=whole.spans)
    monkeypatch.setattr(determined, "facts", lambda: known)
    ranges.write([ranges.Bounds(text, low, high)], path)
    steps = determined.refresh(effort=1, go_on=True, path=path, witnesses=tmp_path / "w.npz")
    assert next(steps) == "0 of 2 ends not proved, 2 datasets"


def test_a_sentence_that_stands_for_several_rules_is_said_once(monkeypatch):
    rules = ("harm-physical", "harm-neglect")
    monkeypatch.setattr(determined, "_forcing", lambda *_: rules)
    said = determined.why("count(case, true)", Fraction(97), True)
    assert said == ("A child's harm is that of the incident",)
