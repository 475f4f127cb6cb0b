"""Does every chapter run on any data, to its last table and figure, in moments?"""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from chapter_runs import bundles, run, told
from odd_data import ODD, changed
from random_data import random_dataset

from scrlib import book, disclosure, paths
from scrlib.report import read_dataset
from tally.dataset import Dataset
from tally.errors import InputError
from tally.evaluate import evaluate
from tally.language import parse
from tally.normal_form import parts_of_share
from tally.rounding import half_up

CHAPTERS = ("00_summary", "01_introduction", "02_methodology", "03_study_2017", "04_learning",
            "05_all_cases", "explore", "codebook", "colophon")  # fmt: skip
DATASETS = {
    "one case": ODD["one case"],
    "no parents": ODD["no parents"],
    "no risk at all": ODD["no risk at all"],
    "two studies": random_dataset(31, {2019: 4, 2022: 9}),
}


@pytest.mark.slow
@pytest.mark.parametrize("data", DATASETS)
@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_runs_on_any_data(name: str, data: str) -> None:
    dataset = DATASETS[data]
    shown = run(name, dataset, dataset.studies[-1].study)
    text = "\n".join(shown)
    assert shown
    assert "[x]" not in text
    assert "Synthetic data" not in text
    assert disclosure.NOTHING_HELD in text


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 21, 34])
@pytest.mark.parametrize(
    "name", ["06_comparison", "06a_comparison_annex", "since_then", "07a_every_number", "explore"]
)
def test_the_added_chapters_run_on_few_cases(name: str, size: int) -> None:
    text = "\n".join(run(name, random_dataset(size, {2018: size}), 2018))
    assert disclosure.NOTHING_HELD in text
    assert "nan" not in re.findall(r"\w+", text)


# What is false, or says nothing, of data of some kind, wherever it stands in a chapter.
SAYS_NOTHING = {
    # Of one case nothing is most, and there is no other to set it beside.
    "one case": (r"incident was most often", r"suspected was most often", r"Earlier studies"),
    "one study": (r"Earlier studies", r"of the studies before it – (?!not tested)"),
    "no private law": (r"In private law it (was|is)", r"among private law cases .{,35} – unclear"),
    # The study in focus has no cases.
    "nobody": (r"average rating of this study is", r"Ratings run from", r"rating was from 11",
               r"Under 21 when their first child was born: \d"),
    "no deaths": (r"Of the homicides", r"Deaths by physical abuse or homicide: fathers"),
}  # fmt: skip
EXTREME = {
    "one case": random_dataset(3, {2018: 1}),
    "one study": random_dataset(8, {2019: 23}),
    "nobody": random_dataset(5, {2018: 12, 2021: 0}),
    "no private law": changed(random_dataset(3, {2018: 5, 2021: 9}), law="s31"),
    "no deaths": changed(random_dataset(4, {2018: 5, 2021: 9}), incident="harm_neglect"),
}


THROUGH_THE_DOOR = ("00_summary", "01_introduction", "02_methodology", "03_study_2017",
                    "04_learning", "05_all_cases", "codebook", "change_a_chapter")  # fmt: skip
ABOUT_CASES = ("00_summary", "01_introduction", "03_study_2017", "05_all_cases")


@pytest.mark.slow
@pytest.mark.parametrize("data", EXTREME)
@pytest.mark.parametrize(
    "name", [*ABOUT_CASES, "06_comparison", "06a_comparison_annex", "since_then", "codebook"]
)
def test_a_chapter_says_nothing_that_is_empty_or_false_of_such_data(name: str, data: str) -> None:
    text = told(name, EXTREME[data])
    for pattern in SAYS_NOTHING[data]:
        found = re.search(pattern, text, re.IGNORECASE)
        assert not found, text[max(0, found.start() - 60) : found.end() + 60]


@pytest.mark.slow
def test_all_that_would_be_empty_or_false_is_said_of_other_data() -> None:
    """So the test above looks for sentences that there are."""
    dataset = random_dataset(0, {2012: 9, 2017: 30})
    text = " ".join(told(name, dataset) for name in (*ABOUT_CASES, "06a_comparison_annex"))
    for patterns in SAYS_NOTHING.values():
        for pattern in patterns:
            assert re.search(pattern, text, re.IGNORECASE), pattern


@pytest.mark.slow
def test_nothing_of_one_case_is_shown_by_its_name() -> None:
    dataset = DATASETS["two studies"]
    names = set(dataset.frames["case"]["case_id"]) | set(dataset.frames["child"]["child_id"])
    for name in CHAPTERS:
        text = "\n".join("".join(item.values()) for item in bundles(name, dataset, 2022))
        assert not any(item in text for item in names)


@pytest.mark.parametrize("study", [1999, "twenty", -1, 2017.5])
def test_an_unknown_study_is_an_error_that_lists_those_there_are(
    study: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "_read", lambda path: DATASETS["two studies"])
    with pytest.raises(InputError, match="2019, 2022"):
        book.open("", study)  # type: ignore[arg-type]


def test_a_dataset_that_is_not_there_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        book.open(tmp_path / "nothing", 2017)


PLURALS = "cases|children|submissions|reviews|deaths"
SINGULARS = "case|child|submission|review|death"


@pytest.mark.slow
@pytest.mark.parametrize("data", ODD)
def test_the_chapters_read_as_sentences_on_odd_data(data: str) -> None:
    text = " ".join(told(name, ODD[data]) for name in ABOUT_CASES)
    assert not re.search(rf"\b[Oo]ne ({PLURALS})\b|\b[Oo]ne ({SINGULARS}) (are|were)\b", text)
    assert "There are one" not in text
    assert not re.search(rf"\b([Tt]wo|[Tt]hree|[Ff]our|[1-9]\d+) ({SINGULARS})\b", text)
    assert not re.search(r"\{|\}|\bNone (case|child)|\bnan\b|\ue001", text)
    assert not re.search(r"\(\s*\)| ,| \.(?!\d)|\.\.|,,", text)
    assert not re.search(r"[a-z)%]\. (?!(?:s31|n=)\b)[a-z]", text)


NUMBER = re.compile(r'<data value="([^"]*)" title="([^"]*)">')


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_every_number_in_a_sentence_is_the_quantity_that_it_names(seed: int) -> None:
    dataset = random_dataset(seed)
    frame, compared = dataset.codebook, 0
    for name in ABOUT_CASES:
        for value, title in NUMBER.findall("".join(run(name, dataset, 2017))):
            counted, _, text = html.unescape(title).split("; ")
            quantity = parse(text, frame, 2017)
            share = re.fullmatch(r"(\d+) of (\d+)(?: \((\d+)%\))?", counted)
            if share is None:
                assert half_up(evaluate(quantity, dataset), 1).removesuffix(".0") == (
                    value.removesuffix(".0")
                )
            else:
                inside, base = (evaluate(part, dataset) for part in parts_of_share(quantity))
                assert (int(share[1]), int(share[2])) == (inside, base)
                assert value in (share[1], share[3])
            compared += 1
    assert compared > 60


def disturbed(dataset: Dataset) -> Dataset:
    """Return other cases that agree with the report: some values of the 2012 study exchanged.

    The report says of that study how many cases and children of each sex it has, and by law
    type what their ratings sum to. So ages of its children can change places, and so can
    involvement and, within a law type, ratings of a factor of which no level is printed.
    """
    frames = {name: frame.copy() for name, frame in dataset.frames.items()}
    case, child = frames["case"], frames["child"]
    old = case["study"] == 2012
    case.loc[old, "involvement"] = list(reversed(list(case.loc[old, "involvement"])))
    for law in case.loc[old, "law"].unique():
        same = old & (case["law"] == law)
        case.loc[same, "antagonism"] = list(reversed(list(case.loc[same, "antagonism"])))
    theirs = child["case_id"].isin(case.loc[old, "case_id"])
    child.loc[theirs, "age"] = list(reversed(list(child.loc[theirs, "age"])))
    return Dataset(dataset.codebook, frames, dataset.meta, dataset.learning)


@pytest.mark.slow
@pytest.mark.parametrize("study", [2012, 2017])
@pytest.mark.parametrize("name", THROUGH_THE_DOOR)
def test_pages_of_synthetic_data_depend_on_print_alone_and_not_on_the_cases(
    name: str, study: int
) -> None:
    first = read_dataset(paths.SYNTHETIC)
    second = disturbed(first)
    assert not first.frames["child"]["age"].equals(second.frames["child"]["age"])
    pages = [bundles(name, dataset, study) for dataset in (first, second)]
    assert pages[0]
    assert pages[0] == pages[1]
