"""Are the 25 ranges of `examples/dhr` those of a model that shares no code with `tally`?

Here: `scipy.optimize.milp` over the 864 kinds of incident, each condition evaluated by Python on
its own words, percentages by bisection over the fractions that there are.
"""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
from fractions import Fraction
from functools import lru_cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from tally import cli

for _solver in ("highspy", "ortools"):
    pytest.importorskip(_solver, reason="the solvers are an extra: tally[solve]")

DHR = Path(__file__).parent.parent / "examples" / "dhr"
DOMAINS = {
    "victim_alcohol": ("yes", "no"), "perpetrator_alcohol": ("yes", "no"),
    "victim_suicide": ("yes", "no"), "perpetrator_suicide": ("yes", "no"),
    "case_type": ("ipv", "familial", "parricide", "other", "ipv_left_out", "parricide_left_out"),
    "victim_sex": ("female", "male", "unknown"), "perpetrator_sex": ("female", "male", "unknown"),
}  # fmt: skip
CELLS = [dict(zip(DOMAINS, codes, strict=True)) for codes in product(*DOMAINS.values())]


def rows(name: str) -> list[dict[str, str]]:
    with (DHR / name).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@lru_cache(maxsize=512)
def where(condition: str) -> np.ndarray:
    # The conditions of this folder's own file, which are Python as well.
    return np.array([eval(condition, {"true": True}, cell) for cell in CELLS], dtype=float)  # noqa: S307


def count(text: str) -> np.ndarray:
    found = re.fullmatch(r"count\(incident, (.*)\)", text)
    assert found is not None
    return where(found[1])


COUNTS = [row for row in rows("claims.csv") if row["quantity"].startswith("count")]
TABLE = np.array([count(row["quantity"]) for row in COUNTS])
PRINTED = np.array([int(row["printed"]) for row in COUNTS])


def greatest(goal: np.ndarray, *more: tuple[np.ndarray, float]) -> int | None:
    """Return the greatest value of a sum of counts, each of `more` being at least so much."""
    limits = [LinearConstraint(TABLE, PRINTED, PRINTED)]
    limits += [LinearConstraint(row[None, :], least, np.inf) for row, least in more]
    found = milp(-goal, constraints=limits, integrality=np.ones(len(CELLS)),
                 bounds=Bounds(0, 619))  # fmt: skip
    return None if found.x is None else round(float(goal @ found.x))


def ends(text: str) -> tuple[Fraction, Fraction]:
    if text.startswith("count"):
        goal = count(text)
        low, high = greatest(-goal), greatest(goal)
        assert low is not None
        assert high is not None
        return Fraction(-low), Fraction(high)
    found = re.fullmatch(r"percent\(incident, (.*), (victim_s.*)\)", text)
    assert found is not None
    base = where(found[2])
    top = where(found[1]) * base
    return 100 - 100 * share(base - top, base), 100 * share(top, base)


def share(top: np.ndarray, base: np.ndarray) -> Fraction:
    """Return the greatest share, one step up at a time until no solution has a greater one."""
    best = Fraction(0)
    while True:
        beyond = best.denominator * top - best.numerator * base
        if greatest(beyond, (base, 1), (beyond, 1)) is None:
            return best
        best = _ratio(beyond, top, base)


def _ratio(beyond: np.ndarray, top: np.ndarray, base: np.ndarray) -> Fraction:
    limits = [LinearConstraint(TABLE, PRINTED, PRINTED), LinearConstraint(base[None, :], 1, np.inf)]
    found = milp(-beyond, constraints=limits, integrality=np.ones(len(CELLS)),
                 bounds=Bounds(0, 619))  # fmt: skip
    return Fraction(round(float(top @ found.x)), round(float(base @ found.x)))


@pytest.mark.slow
@pytest.mark.parametrize("question", rows("questions.csv"), ids=lambda row: row["id"])
def test_the_range_on_file_is_that_of_another_solver_on_a_plain_table(question: dict[str, str]):
    (found,) = (row for row in rows("ranges.csv") if row["id"] == question["id"])
    assert (Fraction(found["low"]), Fraction(found["high"])) == ends(question["quantity"])
    assert (found["low_proved"], found["high_proved"]) == ("True", "True")


@pytest.mark.slow
def test_the_example_writes_the_ranges_on_file(tmp_path):
    shutil.copytree(DHR, tmp_path / "dhr")
    (tmp_path / "dhr" / "ranges.csv").unlink()
    subprocess.run([sys.executable, str(tmp_path / "dhr" / "run.py")], check=True)
    made, kept = tmp_path / "dhr" / "ranges.csv", DHR / "ranges.csv"
    assert made.read_text() == kept.read_text()


def command(*more: str) -> list[str]:
    frame, claims = str(DHR / "frame"), str(DHR / "claims.csv")
    return ["bound", "--frame", frame, "--claims", claims, *more]


def test_the_command_says_the_range_and_what_forces_it(capsys):
    """Of 64 homicides followed by a suicide 11 have a victim indicator, so 53 have none."""
    asked = 'count(incident, victim_suicide == "no" and victim_alcohol == "no" and perpetrator_suicide == "yes")'  # noqa: E501
    assert cli.main(command(asked, "--why")) == 0
    out = capsys.readouterr().out
    assert "least 53 (proved" in out
    assert "greatest 53 (proved" in out
    assert "by_perpetrator_suicide/homicide-followed-by-perpetrator-suicide" in out


def test_the_command_refuses_what_it_cannot_read(capsys):
    assert cli.main(command("count(incident, colour == 1)")) == 2
    assert "colour" in capsys.readouterr().err


def test_what_forces_the_end_of_a_joint_table_is_named(capsys):
    """62 is what one table over all variables leaves: a single margin alone would leave 64."""
    asked = 'count(incident, victim_suicide == "no" and case_type == "ipv" and perpetrator_suicide == "yes")'  # noqa: E501
    assert cli.main(command(asked, "--why")) == 0
    out = capsys.readouterr().out
    assert "greatest 62 (proved" in out
    assert "by_suicide_type_and_sex/homicide-followed-by-perpetrator-suicide" in out
