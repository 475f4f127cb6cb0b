"""Are quantities said in words as the frame names things, and only where that can be done?"""

from __future__ import annotations

import pytest

from scrlib.in_words import in_words
from scrlib.report import coding_frame
from tally.language import parse

FRAME = coding_frame()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('count(child, study == 2017 and sex == "female" and age_band == "1_5")',
         "Children (Study: 2017; Sex: female; Age at the incident: 1 to 5)"),
        ("count(case, present(neglect))", "SCR submissions (Neglect: indicated)"),
        ('count(case, neglect == "high")', "SCR submissions (Neglect: high)"),
        ('count(case, law_group == "public" and incident == "suicide")',
         "SCR submissions (Type of proceedings: public law; Index incident: suicide)"),
        ("count(case, present(child_protection_plan))",
         "SCR submissions (Child protection plan: now or before)"),
        ("count(case, true)", "SCR submissions, all"),
        ("count(case, study <= 2013)", "SCR submissions (Study: 2012 or 2013)"),
        ('percent(child, sex == "male")', "Children (Sex: male), as a percentage of all"),
        ('percent(case, incident == "suicide", law == "s31")',
         "SCR submissions (Index incident: suicide), as a percentage of those with Type of "
         "proceedings: public law: s31 only"),
        ('count(case, perpetrator != "mother")',
         "SCR submissions (Suspected perpetrator: any but mother)"),
        ('count(case, perpetrator not in ("mother", "father"))',
         "SCR submissions (Suspected perpetrator: any but father or mother)"),
        ("count(case, score(neglect) == 2)", "SCR submissions (Neglect: medium)"),
        ("count(case, not present(neglect))", "SCR submissions (Neglect: not indicated)"),
        ("count(case, not (study == 2017 or present(neglect)))",
         "SCR submissions (Study: 2012 to 2015; Neglect: not indicated)"),
        ("count(case, trio_count == 3)",
         "SCR submissions (Number of toxic trio factors present: 3)"),
        ("count(case, 11 <= total_score <= 20 and study == 2013)",
         "SCR submissions (Study: 2013; Overall risk rating: 11 to 20)"),
        ("count(case, risk_count < 2)",
         "SCR submissions (Number of risk factors present: 1 or fewer)"),
        ("count(case, same_perpetrator)",
         "SCR submissions (Suspected perpetrator can be the alleged domestic abuser: yes)"),
        ("count(case, not same_perpetrator and study == 2017)",
         "SCR submissions (Study: 2017; Suspected perpetrator can be the alleged domestic abuser: "
         "no)"),
        ("count(case, number(child) > 1)", "SCR submissions (Number of children: 2 or more)"),
        ('count(case, number(child, sex == "male") == 1)',
         "SCR submissions (Number of children (Sex: male): 1)"),
        ("mean(case, total_score)", "Mean overall risk rating of all SCR submissions"),
        ('max(case, total_score, law == "s31")',
         "Greatest overall risk rating of SCR submissions (Type of proceedings: public law: s31 "
         "only)"),
        ("sum(case, score(neglect))", "Total score of Neglect of all SCR submissions"),
    ],
)  # fmt: skip
def test_a_simple_quantity_is_said(text: str, words: str) -> None:
    assert in_words(parse(text, FRAME), FRAME) == words


@pytest.mark.parametrize(
    "text",
    [
        'count(case, law == "s31" or present(neglect))', "count(case, true) - count(child, true)",
        "count(case, not (present(neglect) and present(antagonism)))",
        "count(case, total_score != 3)", "count(case, score(neglect) + number(child) > 2)",
        "count(case, present(neglect) and not present(neglect))",
    ],
)  # fmt: skip
def test_anything_else_has_no_words(text: str) -> None:
    assert in_words(parse(text, FRAME), FRAME) == ""
