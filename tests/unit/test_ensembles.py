"""Is each dataset of an ensemble the same, whoever makes it, with whom, and in how many runs?"""

from __future__ import annotations

from pathlib import Path

import pytest
from killed_job import Killed

from parabook import many
from scrlib import cli, ensembles, paths
from scrlib.auditing import contradictions
from scrlib.auditing.claims import claims
from scrlib.ensembles import Draw
from scrlib.report import coding_frame, read_dataset
from tally.errors import InputError

STEPS = 400


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def made(draws: tuple[Draw, ...]) -> dict[str, dict[str, bytes]]:
    """Make datasets here, one after the other, and return their files."""
    for draw in draws:
        assert many.perform(draw).ok
    return {draw.name: content(draw.out) for draw in draws}


@pytest.mark.slow
def test_a_dataset_depends_on_the_seed_and_its_number_alone(tmp_path: Path) -> None:
    many = made(ensembles.plan(tmp_path / "a", 3, 3, steps=STEPS))
    alone = made(ensembles.plan(tmp_path / "b", 3, 3, steps=STEPS)[2:])
    assert alone["0003"] == many["0003"]
    assert len({frozenset(files.items()) for files in many.values()}) == 3
    other = made(ensembles.plan(tmp_path / "c", 4, 1, steps=STEPS))
    assert other["0001"] != many["0001"]


@pytest.mark.slow
def test_every_claim_that_can_hold_holds_on_each(tmp_path: Path) -> None:
    (draw,) = ensembles.plan(tmp_path / "a", 5, 1, steps=STEPS)
    draw.run()
    dataset, every = read_dataset(draw.out), claims(coding_frame())
    aside = {name for item in contradictions.load(every) for name in item.rules_out}
    checked = [c for c in every if any(r.parsed for r in c.readings) and not c.on_print]
    assert len(checked) > 400
    assert all(
        any(item.holds for item in claim.check(dataset))
        for claim in checked
        if claim.id not in aside
    )
    assert not dataset.frames["case"].equals(read_dataset(paths.SYNTHETIC).frames["case"])


@pytest.mark.slow
def test_a_dataset_that_stands_is_not_made_again(tmp_path: Path) -> None:
    first = ensembles.plan(tmp_path / "a", 3, 2, steps=STEPS)
    before = made(first)
    (first[0].out / "cases.csv").write_text("kept as it is")
    more = ensembles.plan(tmp_path / "a", 3, 3, steps=STEPS)
    outcomes = [many.perform(draw) for draw in more]
    assert [item.repeated for item in outcomes] == [True, True, False]
    assert content(first[0].out)["cases.csv"] == b"kept as it is"
    assert content(first[1].out) == before["0002"]


def test_what_a_killed_worker_left_is_cleared_away(tmp_path: Path) -> None:
    (draw,) = ensembles.plan(tmp_path / "a", 3, 1, steps=STEPS)
    (tmp_path / "a" / ".0001-rest").mkdir()
    draw.run()
    names = {path.name for path in (tmp_path / "a").iterdir()}
    assert names == {"0001", ensembles.RECORD}


def test_datasets_of_another_seed_are_never_mixed_in(tmp_path: Path) -> None:
    ensembles.plan(tmp_path / "a", 3, 1, steps=STEPS)
    with pytest.raises(InputError, match="another seed"):
        ensembles.plan(tmp_path / "a", 4, 1, steps=STEPS)
    with pytest.raises(InputError, match="another seed"):
        ensembles.plan(tmp_path / "a", 3, 1, lambda: read_dataset(paths.SYNTHETIC), steps=STEPS)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="Something stands there"):
        ensembles.plan(tmp_path, 3, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("count", [0, -1, 10**9])
def test_a_count_that_cannot_be_is_bad_input(tmp_path: Path, count: int) -> None:
    arguments = ["synthesise", "--count", str(count), "--out", str(tmp_path / "a")]
    assert cli.main(arguments) == 2
    assert not (tmp_path / "a").exists()


@pytest.mark.slow
def test_a_first_dataset_that_is_solved_starts_the_others(tmp_path: Path) -> None:
    shipped, asked = read_dataset(paths.SYNTHETIC), []

    def solve():
        asked.append(1)
        return shipped

    draws = ensembles.plan(tmp_path / "a", 3, 2, solve, steps=STEPS)
    assert draws[1].start == draws[0].out
    assert made(draws)["0001"] == content(paths.SYNTHETIC)
    ensembles.plan(tmp_path / "a", 3, 2, solve, steps=STEPS)
    assert asked == [1]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_worker_loses_no_dataset_and_changes_none(tmp_path: Path, workers: int) -> None:
    expected = made(ensembles.plan(tmp_path / "here", 3, 3, steps=STEPS))
    draws = ensembles.plan(tmp_path / "there", 3, 3, steps=STEPS)
    found = [draws[0], Killed(draws[1], tmp_path / "killed"), draws[2]]
    outcomes = list(many.run(found, many.processes(workers)))
    assert sorted(item.name for item in outcomes) == ["0001", "0002", "0003"]
    assert all(item.ok for item in outcomes)
    assert {draw.name: content(draw.out) for draw in draws} == expected
