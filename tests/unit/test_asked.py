"""Are the numbers that print leaves open collected, and none that it fixes?"""

from __future__ import annotations

import os

import pytest

from scrlib import paths
from scrlib.auditing.known import Knowledge, in_print, recording
from scrlib.bounding.asked import asked
from scrlib.report import coding_frame, read_dataset
from tally.language import parse
from tally.normal_form import key

FRAME = coding_frame()


@pytest.mark.slow
def test_the_chapters_ask_for_numbers_that_print_leaves_open() -> None:
    before = os.environ.get("SCR_OUTPUTS")
    found = asked([2017], ["03_study_2017"])
    forms = {key(parse(text, FRAME, 2017), FRAME) for text in found}
    wanted = 'count(child, study == 2017 and age_band == "1_5" and harm == "neglect")'
    assert key(parse(wanted, FRAME), FRAME) in forms
    printed = 'count(case, study == 2017 and law_group == "public")'
    assert key(parse(printed, FRAME), FRAME) in in_print(FRAME).numbers
    assert key(parse(printed, FRAME), FRAME) not in forms
    assert os.environ.get("SCR_OUTPUTS") == before


def test_nothing_is_collected_of_what_is_known() -> None:
    knowledge = Knowledge(read_dataset(paths.SYNTHETIC), 2017)
    with recording() as found:
        knowledge.of("count(case, true)")
        knowledge.relation("count(case, true) > 5")
        assert not found
        knowledge.of("count(case, present(antagonism))")
        knowledge.relation("count(case, present(antagonism)) > count(case, present(other_risk))")
    assert found == [
        "count(case, present(antagonism))",
        "count(case, present(antagonism)) - (count(case, present(other_risk)))",
    ]
