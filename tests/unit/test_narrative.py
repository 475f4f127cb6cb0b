"""Do words agree with the numbers that they stand for, on any data?"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from functools import lru_cache

import pytest
from example_cases import cases
from hypothesis import given, settings
from hypothesis import strategies as st
from random_data import random_dataset

from scrlib import paths
from scrlib.auditing.known import Knowledge
from scrlib.pages.chapter import Chapter
from scrlib.report import coding_frame
from scrlib.showing import in_print, prose
from scrlib.showing.narrative import Narrator
from scrlib.showing.prose import plain
from scrlib.words import (
    compared,
    joined,
    majority,
    number_word,
    ordinal,
    phrase,
    share,
    short,
)
from tally.dataset import SYNTHETIC, Dataset
from tally.errors import InputError
from tally.interval import UNDEFINED, UNKNOWN, Known, exactly
from tally.rounding import half_up

WORDS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
PLURALS = "cases|children|submissions|incidents|girls|boys|reviews|deaths"
SINGULARS = "case|child|submission|incident|girl|boy|review|death"


def narrator(dataset: Dataset, focus: int = 2012) -> Narrator:
    return Narrator(Knowledge(dataset, focus))


def between(low: int, high: int) -> Known:
    return Known(Fraction(low), Fraction(high))


# -- phrases ----------------------------------------------------------------------------------


def test_a_number_below_ten_is_a_word_and_takes_the_noun_that_agrees() -> None:
    found = [phrase(exactly(n), "count", "case", "cases") for n in (0, 1, 2, 9, 10, 97)]
    assert found == ["no cases", "one case", "two cases", "nine cases", "10 cases", "97 cases"]


def test_zero_without_a_noun_is_none() -> None:
    assert phrase(exactly(0)) == "none"


def test_a_range_names_both_ends_and_takes_the_plural() -> None:
    assert phrase(between(3, 9), "count", "case", "cases") == "between 3 and 9 cases"
    assert phrase(Known(Fraction(0), Fraction(30)), "percent") == "at most 30%"


def test_a_range_from_nought_is_told_by_its_greatest_value() -> None:
    found = [phrase(between(0, n), "count", "case", "cases") for n in (1, 5, 23)]
    assert found == ["at most one case", "at most five cases", "at most 23 cases"]
    assert short(between(0, 5)) == "0 to 5"


def test_a_range_of_percentages_is_rounded_outwards() -> None:
    found = Known(Fraction(101, 10), Fraction(201, 10))
    assert phrase(found, "percent") == "between 10% and 21%"


def test_an_unknown_number_says_so_and_shows_no_digit() -> None:
    assert phrase(UNKNOWN, "count", "case", "cases") == "a number of cases not known from print"
    assert phrase(UNKNOWN, "percent") == "a percentage not known from print"


def test_a_mean_of_nothing_is_not_defined() -> None:
    assert phrase(UNDEFINED, "mean") == "a number that is not defined"
    assert short(UNDEFINED) == "[z]"


def test_halves_are_rounded_up_as_in_the_report() -> None:
    assert phrase(exactly(Fraction(106, 8)), "mean") == "13.3"


@given(st.fractions(0, 100))
def test_a_share_in_words_is_true_of_the_percentage(percent: Fraction) -> None:
    limits = {
        "none": 0, "all": 100, "a quarter": 25, "a third": Fraction(100, 3), "half": 50,
        "two thirds": Fraction(200, 3), "three quarters": 75,
    }  # fmt: skip
    words = share(percent)
    if words.endswith("%"):
        assert words == f"{half_up(percent)}%"
        return
    named = limits[re.sub(r"^(just over|just under|about) ", "", words)]
    if words.startswith("just over"):
        assert named < percent <= named + 5
    elif words.startswith("just under"):
        assert named - 5 <= percent < named
    elif words.startswith("about"):
        assert abs(percent - named) <= 1
    else:
        assert percent == named


@given(st.integers(0, 100), st.integers(0, 100))
def test_the_majority_is_more_than_half_and_never_said_of_a_doubtful_range(a: int, b: int) -> None:
    low, high = sorted((a, b))
    word = majority(between(low, high))
    if word == "the majority":
        assert 50 < low <= high < 100
    elif word == "a minority":
        assert 0 < low <= high < 50
    elif word:
        assert low == high
        assert {"none": 0, "half": 50, "all": 100}[word] == low


@given(*[st.integers(0, 30)] * 4)
def test_comparison_words_hold_for_every_value_of_both_ranges(
    a: int, b: int, c: int, d: int
) -> None:
    left, right = between(*sorted((a, b))), between(*sorted((c, d)))
    word = compared(left, right, "more", "fewer", "same", "unclear")
    pairs = [
        (x, y) for x in range(min(a, b), max(a, b) + 1) for y in range(min(c, d), max(c, d) + 1)
    ]
    truth = {"more": all(x > y for x, y in pairs), "fewer": all(x < y for x, y in pairs),
             "same": all(x == y for x, y in pairs)}  # fmt: skip
    assert truth.get(word, not any(truth.values()))


def test_lists_and_orders_are_written_as_in_a_sentence() -> None:
    assert joined(["one", "two", "three"]) == "one, two and three"
    assert [ordinal(n) for n in (1, 5, 10, 11, 21, 112)] == [
        "first", "fifth", "10th", "11th", "21st", "112th",
    ]  # fmt: skip


# -- texts ------------------------------------------------------------------------------------


def test_a_sentence_counts_its_cases() -> None:
    dataset = cases({}, {"law": "wafh"}, {"law": "wafh"})
    text = 'The data hold {count(case, law_group == "private") | case/cases}.'
    assert plain(narrator(dataset).write(text)) == "The data hold two cases."


def test_a_number_starts_a_sentence_with_a_capital_but_not_a_line_in_its_middle() -> None:
    text = (
        "{count(case, true) | case/cases} here.\n{count(case, true)}\nof them. {count(case, true)}."
    )
    assert plain(narrator(cases({}, {})).write(text)) == "Two cases here.\nTwo\nof them. Two."
    many = narrator(cases(*[{}] * 42)).write(
        "{count(case, true) | case/cases}. In {count(case, true)}, {percent(case, true)}.\n\n"
        "- {count(case, true)} of\n- {percent(case, true)} of"
    )
    assert plain(many) == "Forty-two cases. In 42, 100%.\n\n- Forty-two of\n- 100% of"
    middle = "There are\n{count(case, true)} cases"
    assert plain(narrator(cases({}, {})).write(middle)) == "There are\ntwo cases"


def test_a_number_carries_the_quantity_that_computes_it() -> None:
    found = narrator(cases({})).write("{count(case, study == focus)}")
    assert found == '<data value="1" title="count(case, study == 2012)">One</data>'


@pytest.mark.usefixtures("agreeing")
def test_a_condition_that_is_not_certain_leaves_its_sentence_out() -> None:
    dataset = cases({}, {"law": "wafh"}, provenance=SYNTHETIC)
    text = """{% if holds('count(case, law == "s31") > 0') %}Yes.{% endif %}"""
    assert narrator(dataset).write(text) == ""


def test_an_unknown_name_in_a_sentence_is_an_input_error_that_lists_what_is_allowed() -> None:
    with pytest.raises(InputError, match="law_group"):
        narrator(cases({})).write('{count(case, law_grup == "public")}')


def test_an_unknown_claim_is_an_input_error() -> None:
    with pytest.raises(InputError, match="No such claim"):
        in_print.printed("s99-nothing")


def test_text_from_data_cannot_become_markup() -> None:
    dataset = cases({})
    object.__setattr__(dataset.meta, "title", "<b>{term}`x` | *y*</b>")
    found = narrator(dataset).write("Data: {{ title }}")
    assert "<b>" not in found
    assert "`" not in found
    assert "*" not in found


def test_a_breakdown_counts_every_case_once() -> None:
    dataset = random_dataset(5)
    found = plain(narrator(dataset).breakdown("case", "incident"))
    words = re.findall(r"(\w+)(?= [a-z])", found)
    numbers = [WORDS.index(w) if w in WORDS else int(w) for w in words if w in WORDS or w.isdigit()]
    assert sum(numbers) == dataset.size("case")


# -- the chapters -----------------------------------------------------------------------------


@lru_cache(maxsize=1)
def texts() -> tuple[tuple[str, str], ...]:
    """Every text that the chapters say, with the name of its chapter."""
    found = []
    for path in sorted(paths.CHAPTERS.glob("0[0-5]*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code" and "c.say(" in source and "for text" not in source:
                found += [(path.stem, text) for text in re.findall(r'"""(.*?)"""', source, re.S)]
    return tuple(found)


def said(dataset: Dataset, focus: int) -> str:
    """Return all that the chapters say of a dataset."""
    names = {"points": 3, "themes": 2, "taken": "- Something"}
    parts = []
    opened: dict[str, Chapter] = {}
    for name, text in texts():
        chapter = opened.setdefault(name, Chapter(name, dataset, focus))
        parts.append(chapter.narrator.write(text, **names))
    return "\n\n".join(parts)


SIZES = st.dictionaries(st.integers(2012, 2024), st.integers(1, 8), min_size=1, max_size=4)


def changed(dataset: Dataset, **columns: object) -> Dataset:
    """Return a dataset in which every case has the given codes."""
    frames = {**dataset.frames, "case": dataset.frames["case"].assign(**columns)}
    return Dataset(dataset.codebook, frames, dataset.meta)


def alone(dataset: Dataset) -> Dataset:
    """Return a dataset without parents."""
    return Dataset(
        dataset.codebook, {**dataset.frames, "parent": dataset.frames["parent"].head(0)},
        dataset.meta,
    )  # fmt: skip


SPECIAL = {
    "one case": random_dataset(1, {2020: 1}),
    "one study": random_dataset(2, {2020: 12}),
    "no private law": changed(random_dataset(3), law="s31"),
    "no public law": changed(random_dataset(3), law="wtfh"),
    "no deaths": changed(random_dataset(4), incident="harm_neglect"),
    "deaths only": changed(random_dataset(4), incident="death_homicide"),
    "nobody known": changed(random_dataset(5), perpetrator="not_known", da_perpetrator="unknown"),
    "no domestic abuse": changed(random_dataset(6), domestic_abuse="none", da_perpetrator="none"),
    "no risk at all": changed(
        random_dataset(7), da_perpetrator="none",
        **{**dict.fromkeys(coding_frame().factors, "none"), "child_protection_plan": "no"},
    ),
    "no parents": alone(random_dataset(8)),
    "every case alike": cases(*[{"study": 2017}] * 5),
    "many cases": random_dataset(9, {2018: 900, 2021: 1100}),
}  # fmt: skip


@pytest.mark.parametrize("name", SPECIAL)
def test_the_chapters_read_as_sentences_on_extreme_data(name: str) -> None:
    dataset = SPECIAL[name]
    focus = int(dataset.frames["case"]["study"].max())
    assert_reads_well(said(dataset, focus))


@settings(max_examples=8, deadline=None)
@given(SIZES, st.integers(0, 10**6))
def test_the_chapters_read_as_sentences_on_any_data(sizes: dict[int, int], seed: int) -> None:
    assert_reads_well(said(random_dataset(seed, sizes), min(sizes)))


def assert_reads_well(found: str) -> None:
    """Check agreement of nouns, remains of templates, punctuation and capitals."""
    text = " ".join(plain(found).split())
    assert text
    assert not re.search(rf"\b[Oo]ne ({PLURALS})\b", text)
    assert not re.search(rf"\b([Tt]wo|[Tt]hree|[Ff]our|[1-9]\d+) ({SINGULARS})\b", text)
    assert not re.search(
        r"\{[%{]|%\}|\}\}|\{count|\bNone (case|child)|nan|not known from print", text
    )
    assert not re.search(r"\(\s*\)| ,| \.(?!\d)|\.\.|,,", text)
    assert not re.search(r"[a-z)%]\. (?!(?:s31|n=)\b)[a-z]", text)


@pytest.mark.slow
@pytest.mark.parametrize("focus", [2012, 2014, 2015, 2017])
def test_a_synthetic_dataset_tells_nothing_that_print_does_not_fix(focus: int) -> None:
    first, second = (random_dataset(seed, provenance=SYNTHETIC) for seed in (1, 2))
    knowledge = Knowledge(first, focus)
    for value, title in re.findall(r'<data value="([^"]*)" title="([^"]*)">', said(first, focus)):
        if title.startswith("printed") or "/" in value:
            continue
        quantity = title.replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">")
        assert knowledge.of(quantity).fixed
    # What is told of both is the same, since it comes from print and not from their cases.
    told = [
        set(re.findall(r'<data value="([^"]*)" title="([^"]*)">', said(item, focus)))
        for item in (first, second)
    ]
    common = {title for _, title in told[0]} & {title for _, title in told[1]}
    assert {pair for pair in told[0] if pair[1] in common} == {
        pair for pair in told[1] if pair[1] in common
    }


def test_small_numbers_are_words() -> None:
    assert [number_word(n) for n in (0, 1, 9, 10, 1234)] == ["no", "one", "nine", "10", "1,234"]


# -- sentences whose numbers are not known ----------------------------------------------------


def told(text: str) -> str:
    """Tell a text about cases of which print says nothing but their number in the study of 2013."""
    dataset = random_dataset(1, provenance=SYNTHETIC)
    return " ".join(plain(narrator(dataset, 2013).tell(text)).split())


# A quantity that no chapter asks for, so that no range has been worked out.
OPEN = '{count(case, study == 2013 and neglect == "high" and antagonism == "low")}'
KNOWN = "{count(case, study == 2013)}"


@pytest.mark.usefixtures("agreeing")
def test_a_sentence_whose_number_is_not_known_is_left_out_and_counted() -> None:
    assert told(f"There are {KNOWN} cases. Of these {OPEN} matter. That is all.") == (
        "There are 10 cases. That is all. "
        "*Left out here: one sentence, since its number is not known from print.*"
    )


@pytest.mark.usefixtures("agreeing")
def test_list_items_go_one_by_one_and_an_empty_list_takes_its_introduction_along() -> None:
    assert told(f"- one: {KNOWN}\n- two: {OPEN}\n- three: {KNOWN}").startswith(
        "- one: 10 - three: 10 *Left out here: one"
    )
    found = told(f"Kept. By kind:\n\n- two: {OPEN}\n- three: {OPEN}")
    assert found.startswith("Kept. *Left out here: two sentences")


@pytest.mark.usefixtures("agreeing")
def test_a_bold_lead_stays_with_what_is_left() -> None:
    assert told(f"**Neglect.** {OPEN} cases. {KNOWN} cases.").startswith("**Neglect.** Ten cases.")


@pytest.mark.usefixtures("agreeing")
def test_a_bold_phrase_goes_with_the_sentence_that_it_begins() -> None:
    found = told(f"**Neglect** was a risk in {OPEN} cases. **Suicide** was one in {KNOWN} cases.")
    assert found.startswith("**Suicide** was one in 10 cases.")


def test_nothing_is_left_out_of_what_is_known() -> None:
    assert told(f"There are {KNOWN} cases.") == "There are 10 cases."


def test_a_range_after_a_preposition_does_not_stumble() -> None:
    found = prose.fill("In {{ n }} cases. There are {{ n }}.", {"n": "between 3 and 9"})
    assert found == "In 3 to 9 cases. There are between 3 and 9."
