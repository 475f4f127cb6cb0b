"""Does a figure show what is known, keep quiet about what is not, and say the same in words?"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import matplotlib.colors
import pytest
from example_cases import cases
from random_data import random_dataset

from scrlib.auditing import known
from scrlib.pages.chapter import Chapter
from scrlib.showing import display, figures, house
from scrlib.showing.house import Panel
from scrlib.showing.view import view
from tally.dataset import SYNTHETIC, Dataset
from tally.interval import UNKNOWN, Known, exactly


def page(dataset: Dataset, number: int, folder: Path, focus: int = 2017) -> str:
    """Return what stands on the page for a figure, its files being written to a folder."""
    chapter = Chapter("03_study_2017", dataset, focus)
    return figures.markdown(
        chapter.figures[number], chapter.knowledge, chapter.narrator, folder, "_outputs/x"
    )


def alt_of(text: str) -> str:
    return re.findall(r"!\[([^\]]*)\]", text)[0]


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return random_dataset(21)


@pytest.mark.parametrize("number", range(1, 8))
def test_every_figure_has_a_picture_a_text_alternative_in_words_and_its_data(
    dataset: Dataset, number: int, tmp_path: Path
) -> None:
    text = page(dataset, number, tmp_path)
    alt = alt_of(text)
    assert (tmp_path / f"figure_{number}.svg").stat().st_size > 1000
    assert len(alt.split()) > 20
    assert "/" not in alt
    assert "<" not in alt
    assert f"(_outputs/x/figure_{number}.csv)" in text


@pytest.mark.parametrize("number", range(1, 8))
def test_the_same_numbers_make_the_same_bytes(
    dataset: Dataset, number: int, tmp_path: Path
) -> None:
    page(dataset, number, tmp_path / "first")
    page(random_dataset(21), number, tmp_path / "second")
    for ending in ("svg", "csv"):
        name = f"figure_{number}.{ending}"
        first = (tmp_path / "first" / name).read_bytes()
        assert first == (tmp_path / "second" / name).read_bytes()
        assert b"<dc:date>" not in first


def test_the_title_and_the_alternative_follow_the_data(tmp_path: Path) -> None:
    girls = cases({"study": 2017}, {"study": 2017}, children=2)
    boys = cases({"study": 2017, "law": "wafh"}, children=3)
    both = cases({"study": 2017}, {"study": 2017, "law": "wafh"})
    titles = [
        re.findall(r"\*\*Figure 1: (.*)\*\*", page(d, 1, tmp_path))[0] for d in (girls, boys, both)
    ]
    assert titles == [
        "More girls than boys were concerned: four against none",
        "More boys than girls were concerned: three against none",
        "As many girls as boys were concerned: one of each",
    ]


def test_the_alternative_tells_the_hand_counted_numbers(tmp_path: Path) -> None:
    alt = alt_of(page(cases({"study": 2017}, {"study": 2017}, children=2), 1, tmp_path))
    assert "Girls. Under 1: 4; 1 to 5: 0;" in alt
    assert "Boys. Under 1: 0;" in alt


def test_the_overlaps_of_the_trio_hold_every_case_once(dataset: Dataset, tmp_path: Path) -> None:
    page(dataset, 6, tmp_path)
    with (tmp_path / "figure_6.csv").open(encoding="utf-8", newline="") as stream:
        numbers = [int(line[1]) for line in list(csv.reader(stream))[1:]]
    assert len(numbers) == 8
    assert sum(numbers) == dataset.size("case")


def test_a_factor_at_any_level_is_the_sum_of_its_levels(dataset: Dataset, tmp_path: Path) -> None:
    page(dataset, 5, tmp_path)
    with (tmp_path / "figure_5.csv").open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream))[1:]
    assert len(lines) == 13
    assert all(int(line[1]) == sum(map(int, line[2:])) for line in lines)


def test_children_by_age_are_all_the_children(dataset: Dataset, tmp_path: Path) -> None:
    page(dataset, 7, tmp_path)
    with (tmp_path / "figure_7.csv").open(encoding="utf-8", newline="") as stream:
        assert sum(int(line[1]) for line in list(csv.reader(stream))[1:]) == dataset.size("child")


def test_a_figure_about_nobody_says_so(tmp_path: Path) -> None:
    text = page(random_dataset(1, {2017: 1, 2021: 3}), 4, tmp_path, 2021)
    assert "not known from print" not in text


# -- what is not known ------------------------------------------------------------------------


@pytest.mark.usefixtures("agreeing")
def test_a_figure_of_which_nothing_is_known_draws_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "BOUNDS", tmp_path / "none.csv")
    text = page(random_dataset(1, provenance=SYNTHETIC), 1, tmp_path, 2015)
    assert figures.NOTHING in text
    assert not (tmp_path / "figure_1.svg").exists()


def bars(*values: Known) -> list[tuple[float, float, str, bool]]:
    """Return, for each bar drawn, its start, its end, its hatch and whether it is filled."""
    rows = [f"row {place}" for place in range(len(values))]
    axes = house.draw([Panel("", values)], rows).axes[0]
    white = matplotlib.colors.to_rgba("white")
    return [
        (p.get_x(), p.get_x() + p.get_width(), p.get_hatch() or "", p.get_facecolor() != white)
        for p in axes.patches
    ]


def test_a_known_number_is_a_solid_bar_from_nought() -> None:
    assert bars(exactly(7)) == [(0, 7, "", True)]


def test_a_range_is_an_open_hatched_bar_between_its_ends() -> None:
    ((start, end, hatch, filled),) = bars(Known(Fraction(3), Fraction(9)))
    assert (start, end) == (3, 9)
    assert hatch
    assert not filled


def test_an_unknown_number_has_no_bar_but_words() -> None:
    figure = house.draw([Panel("", (UNKNOWN, exactly(1)))], ["a", "b"])
    assert len(figure.axes[0].patches) == 1
    assert "not known" in [text.get_text() for text in figure.axes[0].texts]


def test_every_bar_has_its_number_beside_it() -> None:
    values = (exactly(4), Known(Fraction(3), Fraction(9)), exactly(0))
    figure = house.draw([Panel("", values)], ["a", "b", "c"])
    assert [text.get_text() for text in figure.axes[0].texts] == ["4", "3 to 9", "0"]


def test_ranges_are_explained_where_they_are_drawn_and_only_there() -> None:
    with_range = house.draw([Panel("", (Known(Fraction(1), Fraction(2)),))], ["a"])
    both = house.draw([Panel("", (Known(Fraction(1), Fraction(2)), exactly(1)))], ["a", "b"])
    without = house.draw([Panel("", (exactly(1),))], ["a"])

    def explained(figure):
        return [text.get_text() for text in figure.legends[0].get_texts()]

    assert explained(with_range) == [house.OPEN]
    assert explained(both) == [house.FIXED, house.OPEN]
    assert not without.legends


def test_bars_stand_out_from_the_ground() -> None:
    # WCAG 2.2, relative luminance and contrast ratio: 3:1 for graphics.
    def luminance(colour: str) -> float:
        parts = matplotlib.colors.to_rgb(colour)
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    assert (luminance("white") + 0.05) / (luminance(house.SOLID) + 0.05) >= 3


def test_dollar_signs_in_labels_are_not_read_as_formulas() -> None:
    figure = house.draw([Panel("$x^2$", (exactly(1),))], ["$y_1$"])
    axes = figure.axes[0]
    assert not axes.title.get_parse_math()
    assert not axes.get_yticklabels()[0].get_parse_math()


@pytest.fixture
def open_ages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    path = tmp_path / "bounds.csv"
    text = "quantity,low,high\n" + "".join(
        f'"count(child, age_band == ""{band}"")",{low},{high}\n'
        for band, low, high in (("under_1", 30, 36), ("1_5", 50, 60), ("6_10", 10, 40))
    )
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(known, "BOUNDS", path)
    known.ranges.cache_clear()
    yield
    known.ranges.cache_clear()


@pytest.mark.usefixtures("open_ages", "agreeing")
def test_ranges_stand_in_the_alternative_and_in_the_data(tmp_path: Path) -> None:
    text = page(random_dataset(1, provenance=SYNTHETIC), 7, tmp_path)
    assert "Under 1: 30 to 36; 1 to 5: 50 to 60; 6 to 10: 10 to 40; 11 to 15: not known" in alt_of(
        text
    )
    with (tmp_path / "figure_7.csv").open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream))
    assert lines[0] == ["Age in years", "Children (lowest)", "Children (highest)"]
    assert lines[1] == ["Under 1", "30", "36"]
    assert lines[4] == ["11 to 15", "", ""]
    assert display.key(view(
        Chapter("05_all_cases", random_dataset(1, provenance=SYNTHETIC), 2017).figures[7].grid,
        Chapter("05_all_cases", random_dataset(1, provenance=SYNTHETIC), 2017).knowledge,
    )).count("range") == 2  # fmt: skip
