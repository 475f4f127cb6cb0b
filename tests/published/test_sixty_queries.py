"""Does the register say of sixty numbers at least what a reader finds with a pencil?

Each was worked out by hand from the tables and sentences of the report; the note says from which.
None is looked up in what the compendium itself has worked out.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from scrlib import determined, paths
from scrlib.auditing.known import Knowledge
from scrlib.report import read_dataset
from tally.evaluate import evaluate
from tally.language import parse

DATASET = read_dataset(paths.SYNTHETIC)
KNOWLEDGE = Knowledge(DATASET, 2017)
PUBLIC, PRIVATE, BOTH = (f'law_group == "{code}"' for code in ("public", "private", "both"))
ABUSE, NEGLECT, LATEST = "present(domestic_abuse)", "present(neglect)", "study == 2017"

# (unit, condition), least, greatest, how it is found.
FIXED = [
    (("case", "study < 2017"), 82, "Table 1: 97 - 15"),
    (("case", "study in (2012, 2013)"), 33, "Table 1: 23 + 10"),
    (("case", "study >= 2014"), 64, "Table 1: 26 + 23 + 15; Table 13 has 64 mothers"),
    (("case", 'involvement != "none"'), 73, "5.1: 35 + 38"),
    (("case", 'involvement == "current" and study < 2017'), 30, "5.1 less Table 3: 35 - 5"),
    (("case", 'involvement == "prior" and study < 2017'), 30, "5.1 less Table 3: 38 - 8"),
    (("case", 'involvement == "none" and study < 2017'), 22, "5.1 less Table 3: 24 - 2"),
    (("case", f'{LATEST} and {PUBLIC} and involvement != "none"'), 10, "Table 3: 7 + 3"),
    (("case", f"{PUBLIC} and study < 2017"), 37, "Table 5"),
    (("case", f"{PRIVATE} and study < 2017"), 38, "Table 5"),
    (("case", f"{BOTH} and {LATEST}"), 0, "Table 3: 12 and 3 are all 15"),
    (("case", "not (" + PUBLIC + ")"), 48, "Table 6: 41 + 7"),
    (("case", 'outcome == "death"'), 58, "Table 6: 20 + 14 + 9 + 6 + 7 + 2"),
    (("case", 'outcome == "serious_harm"'), 37, "Table 6: 12 + 10 + 15"),
    (("case", f'outcome == "death" and {PRIVATE}'), 31, "Table 6: 11 + 12 + 4 + 2 + 2"),
    (("case", f'outcome == "death" and {PUBLIC}'), 25, "Table 6: 8 + 1 + 5 + 4 + 5 + 2"),
    (("case", f'outcome == "death" and {BOTH}'), 2, "Table 6: 1 + 1"),
    (("case", f'incident_group == "serious_harm" and {PUBLIC}'), 23, "Table 6: 8 + 5 + 10"),
    (("case", f'incident_group == "serious_harm" and {PRIVATE}'), 10, "Table 6: 4 + 4 + 2"),
    (("case", 'incident in ("death_neglect", "harm_neglect")'), 19, "Table 6: 9 + 10"),
    (("case", 'incident in ("death_physical", "harm_physical")'), 32, "Table 6: 20 + 12"),
    (("case", f'incident != "death_homicide" and {PRIVATE}'), 29, "Table 6: 41 - 12"),
    (("case", f'incident_group == "other" and {PUBLIC}'), 8, "Table 6: 5 + 2 + 1"),
    (("case", 'perpetrator_group == "familial"'), 73, "Table 7: 22 + 16 + 8 + 9 + 5 + 5 + 8"),
    (("case", 'perpetrator_group == "child"'), 11, "Table 7: 10 + 1"),
    (("case", 'perpetrator_group == "extra_familial"'), 7, "Table 7: 4 + 2 + 1"),
    (("case", 'perpetrator in ("father", "mother")'), 38, "Table 7: 22 + 16"),
    (("case", 'perpetrator in ("mother_and_partner", "mothers_partner")'), 10, "Table 7: 5 + 5"),
    (("case", 'perpetrator == "mother" and incident_group == "serious_harm"'), 2, "Table 8: 1 + 1"),
    (("case", 'perpetrator == "father" and incident_group == "serious_harm"'), 9,
     "Table 8: 4 + 1 + 4"),
    (("case", 'perpetrator_group == "familial" and incident == "harm_sexual"'), 11,
     "Table 8: 4 + 4 + 3"),
    (("case", 'perpetrator_group == "extra_familial" and incident == "harm_sexual"'), 4,
     "Table 8: 3 + 1"),
    (("case", 'perpetrator_group == "familial" and incident_group == "serious_harm"'), 29,
     "Table 8: 9 + 2 + 5 + 5 + 3 + 1 + 4"),
    (("case", 'domestic_abuse == "none"'), 28, "5.3.2: 97 - 69"),
    (("case", f'domestic_abuse == "none" and {PRIVATE}'), 8, "Table 9: 41 - 33"),
    (("case", f'domestic_abuse == "none" and {BOTH}'), 0, "Table 9: 7 of 7"),
    (("case", 'domestic_abuse in ("medium", "low")'), 36, "Table 9: 29 + 7"),
    (("case", f'domestic_abuse in ("high", "medium") and {PUBLIC}'), 26, "Table 9: 16 + 10"),
    (("case", 'da_perpetrator in ("male", "reciprocal")'), 55, "Table 10: 46 + 9"),
    (("case", f'da_perpetrator != "male" and {ABUSE}'), 23, "Table 10: 69 - 46"),
    (("case", 'neglect == "none"'), 39, "Table 11: 97 - 58"),
    (("case", f'neglect == "none" and {PUBLIC}'), 10, "Table 11: 49 - 39"),
    (("case", f'neglect == "none" and {PRIVATE}'), 26, "Table 11: 41 - 15"),
    (("case", f'neglect == "none" and {BOTH}'), 3, "Table 11: 7 - 4"),
    (("case", f"{NEGLECT} and study < 2017"), 45, "Table 11 less 3.4.1: 58 - 13"),
    (("case", "trio_count >= 1"), 86, "5.3.1: 97 - 11"),
    (("child", 'sex == "female" and study < 2017'), 86, "Table 12: 98 - 12"),
    (("child", 'sex == "male" and study in (2012, 2013)'), 39, "Table 12: 27 + 12"),
    (("child", f'{LATEST} and harm != "neglect"'), 12, "3.2: 21 - 5 - 4"),
    (("parent", 'role == "mother" and parent_age_band == "under_21" and study < 2017'), 18,
     "Table 13 less Table 4: 26 - 8"),
    (("parent", 'role == "father" and parent_age_band == "over_30" and study < 2017'), 15,
     "Table 13 less Table 4: 20 - 5"),
    (("parent", 'role == "mother" and parent_age_band != "unknown"'), 61, "Table 13: 64 - 3"),
]  # fmt: skip
BETWEEN = [
    (("case", f"{ABUSE} and not same_perpetrator"), 0, 33,
     "5.3.2: it was the same person in 36 of 69, and the categories may fit in others"),
    (("case", "present(parental_mental_health)"), 28, 68,
     "27 with all three, and one of 2017 without; fewer than domestic abuse, the most common"),
    (("case", "present(substance_misuse)"), 27, 68, "27 with all three; fewer than 69"),
    (("case", f'{LATEST} and {PUBLIC} and neglect == "high"'), 10, 11,
     "3.4.1: 11 high, one of them private at most"),
    (("case", f"{LATEST} and {NEGLECT} and present(child_vulnerabilities)"), 11, 13,
     "3.4.1: 13 and 13 of 15"),
    (("case", f"{LATEST} and trio_count == 3"), 7, 15,
     "3.4.1: seven with mental health problems have both others"),
    (("case", f"{ABUSE} and {NEGLECT}"), 30, 58, "69 and 58 of 97"),
    (("case", f"{ABUSE} and {NEGLECT} and {PUBLIC}"), 19, 29, "Tables 9, 11: 29 and 39 of 49"),
    (("case", f"{ABUSE} and {NEGLECT} and {BOTH}"), 4, 4, "Tables 9, 11: 7 of 7, and 4"),
    (("case", 'perpetrator == "father" and incident == "death_homicide"'), 0, 11,
     "Table 8: 11 for physical abuse and homicide together"),
    (("case", f'{ABUSE} and {PRIVATE} and incident == "death_homicide"'), 4, 12,
     "Tables 6, 9: 33 and 12 of 41"),
]  # fmt: skip
QUERIES = [(asked, value, value, note) for asked, value, note in FIXED] + BETWEEN


def text(asked: tuple[str, str]) -> str:
    return f"count({asked[0]}, {asked[1]})"


def test_there_are_sixty():
    assert len(QUERIES) >= 60
    assert len({KNOWLEDGE.key(text(asked)) for asked, *_ in QUERIES}) == len(QUERIES)


@pytest.mark.parametrize(("asked", "low", "high", "note"), QUERIES, ids=lambda item: str(item)[:60])
def test_cases_that_agree_with_the_report_have_a_number_that_the_pencil_allows(
    asked: tuple[str, str], low: int, high: int, note: str
):
    value = evaluate(parse(text(asked), DATASET.codebook, 2017), DATASET)
    assert value is not None
    assert low <= value <= high, note


@pytest.mark.parametrize(("asked", "value", "note"), FIXED, ids=lambda item: str(item)[:60])
def test_what_the_pencil_fixes_is_known(asked: tuple[str, str], value: int, note: str):
    known = KNOWLEDGE.of(text(asked))
    assert known.fixed, note
    assert known.low == value, note


@pytest.mark.slow
@pytest.mark.parametrize(("asked", "low", "high", "note"), BETWEEN, ids=lambda item: str(item)[:60])
def test_the_solver_is_no_weaker_than_the_pencil(
    asked: tuple[str, str], low: int, high: int, note: str
):
    least, greatest = determined.facts().limits(determined.quantity(text(asked)), 0)
    assert least is not None
    assert greatest is not None
    assert Fraction(low) <= least, note
    assert greatest <= Fraction(high), note
