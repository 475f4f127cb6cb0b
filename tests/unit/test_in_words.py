"""Are quantities said in words as the frame names things, and only where that can be done?"""

from __future__ import annotations

import pytest

from scrlib.frame import codebook
from scrlib.frame.language import parse
from scrlib.showing.in_words import in_words

FRAME = codebook.load()


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
    ],
)  # fmt: skip
def test_a_simple_quantity_is_said(text: str, words: str) -> None:
    assert in_words(parse(text, FRAME), FRAME) == words


@pytest.mark.parametrize(
    "text",
    [
        "mean(case, total_score)", "count(case, number(child) > 1)", "count(case, trio_count == 3)",
        'count(case, law == "s31" or present(neglect))', "count(case, true) - count(child, true)",
    ],
)  # fmt: skip
def test_anything_else_has_no_words(text: str) -> None:
    assert in_words(parse(text, FRAME), FRAME) == ""
