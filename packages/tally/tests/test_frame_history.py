"""Does a frame that changed over the years read old data, and count what they say and no more?"""

from __future__ import annotations

import pytest
from frames import cases, rated

from tally.codebook import NOT_ASKED, Codebook
from tally.errors import InputError
from tally.evaluate import evaluate
from tally.language import parse
from tally.normal_form import equivalences, key


@pytest.fixture
def later() -> Codebook:
    """Return the frame in which dust is rated from the study of 2017 on."""
    return rated(since=2017)


def test_a_frame_says_which_edition_it_is(later: Codebook) -> None:
    assert later.version == 3


def test_a_factor_is_asked_for_from_its_first_study_on(later: Codebook) -> None:
    dust = later.variables["dust"]
    assert [dust.asked_in(year) for year in (2015, 2017, 2019)] == [False, True, True]
    assert later.variables["noise"].asked_in(2015)


def test_a_factor_is_asked_for_until_its_last_study() -> None:
    dust = rated(until=2017).variables["dust"]
    assert [dust.asked_in(year) for year in (2015, 2017, 2019)] == [True, True, False]


def test_a_frame_without_history_has_no_value_for_it() -> None:
    assert NOT_ASKED not in rated().variables["dust"].codes
    assert list(equivalences(rated())) == []


def test_a_case_of_an_older_study_scores_what_was_rated_then(later: Codebook) -> None:
    # By hand: 2 + nothing asked, 1 + 2, 0 + 0.
    data = cases(
        later,
        [(2015, "a", "high", NOT_ASKED), (2017, "a", "low", "high"), (2019, "b", "none", "none")],
    )
    for text, expected in {
        "sum(case, score(all))": 5,
        "mean(case, score(all), study == 2015)": 2,
        "count(case, present(dust))": 1,
        'count(case, dust == "none")': 1,
        'count(case, dust != "high")': 1,
        f'count(case, dust == "{NOT_ASKED}")': 1,
    }.items():
        assert evaluate(parse(text, later), data) == expected, text


def test_what_was_not_asked_is_a_value_only_of_variables_with_a_history(later: Codebook) -> None:
    with pytest.raises(InputError, match="noise has no such value"):
        parse(f'count(case, noise == "{NOT_ASKED}")', later)


def test_not_asked_and_an_older_study_are_one_thing_to_the_frame(later: Codebook) -> None:
    asked, year = (
        key(parse(f"count(case, {text})", later), later)
        for text in (f'dust == "{NOT_ASKED}"', "study < 2017")
    )
    assert asked == year


def test_former_codes_and_labels_mean_the_code_of_today() -> None:
    aliases = rated().variables["dust"].aliases
    assert dict(aliases) == {"severe": "high", "Very high": "high"}


def test_former_names_of_factors_mean_the_factor_of_today() -> None:
    former = {"label": "Grime", "code": "grime", "until": 2015}
    assert dict(rated(formerly=former, alias=["dirt"]).aliases) == {"dirt": "dust", "grime": "dust"}


def test_a_whole_number_that_was_not_asked_for_is_not_known() -> None:
    from tally import codebook

    frame = codebook.assemble(
        {
            "units": {"case": {"label": "case", "plural": "cases", "table": "cases"}},
            "variables": [
                {"name": "n", "unit": "case", "kind": "integer", "label": "N", "since": 2017}
            ],
        }
    )
    assert frame.variables["n"].codes == (0, None)


@pytest.mark.parametrize("text", ["count(case, dirt == 'high')", "mean(case, score(noise, grime))"])
def test_a_former_name_in_an_expression_is_told_as_it_is_now(text: str) -> None:
    former = {"label": "Grime", "code": "grime", "until": 2015}
    with pytest.raises(InputError, match="It is called 'dust' now"):
        parse(text, rated(formerly=former, alias=["dirt"]))
