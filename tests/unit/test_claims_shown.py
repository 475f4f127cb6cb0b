"""Does chapter 6 say what is true with none, one and thirty comparisons, and on other data?"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from example_cases import cases

from scrlib import compare, paths
from scrlib.auditing.known import Knowledge
from scrlib.book import Book
from scrlib.compare import associations, benchmarks, claims, forest, outcome
from scrlib.compare.associations import Association
from scrlib.compare.benchmarks import Benchmark
from scrlib.compare.claims import Claims
from scrlib.numbers import Given
from scrlib.report import read_dataset
from tally.codebook import Study
from tally.dataset import OBSERVED, SYNTHETIC, Dataset
from tally.errors import InputError
from tally.expression import Quantity
from tally.interval import Known

DA = {"domestic_abuse": "high", "da_perpetrator": "male"}
SHIPPED = {item.key: item for item in benchmarks.load()}
ASSERTED = associations.load()
PLAIN = replace(SHIPPED["tr16_da"], key="a", overlap=None)
PARTS = ("table", "chart", "power", "every", "depends", "years")


class Kept(Book):
    """A book that may hold numbers back."""

    def __init__(
        self, data: Dataset, focus: int, hold: Callable[[Quantity, Known], Known] | None = None
    ) -> None:
        super().__init__(data, focus)
        self.given = Given(Knowledge(data, focus, hold))


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """Return the outputs that a page shows, in place of showing them."""
    found: list[dict[str, str]] = []

    def keep(bundle: dict[str, str], **_: Any) -> None:
        found.append(bundle)

    monkeypatch.setattr("IPython.display.display", keep)
    return found


def many(provenance: str = OBSERVED, **values: object) -> Dataset:
    """Return forty cases, thirty with domestic abuse; two studies."""
    rows = [{**(DA if place % 4 else {}), "study": 2015 + 2 * (place % 2)} for place in range(40)]
    return cases(*({**row, **values} for row in rows), provenance=provenance)


def later(data: Dataset) -> Dataset:
    """Return the same cases as a study that the report does not know."""
    study = Study(2021, "2021", "2019-01", "2020-12")
    frames = {**data.frames, "case": data.frames["case"].assign(study=2021)}
    return replace(data, codebook=data.codebook.with_studies([study]), frames=frames)


def page(
    data: Dataset, figures: tuple[Benchmark, ...] = (), asserted: tuple[Association, ...] = (),
    focus: int = 2017, hold: Callable[[Quantity, Known], Known] | None = None,
) -> Claims:  # fmt: skip
    return Claims(Kept(data, focus, hold), figures, asserted)


def shown(made: Claims, outputs: list[dict[str, str]], *parts: str) -> str:
    """Return the text of parts of a page, without markup."""
    outputs.clear()
    for part in parts:
        getattr(made, part)()
    return "\n".join(bundle["text/plain"] for bundle in outputs)


@pytest.fixture(scope="module")
def report() -> Claims:
    """Return the page of the report's own edition."""
    return page(read_dataset(paths.SYNTHETIC), tuple(SHIPPED.values()), ASSERTED)


# -- none, one, thirty -----------------------------------------------------------------------------


def test_with_no_benchmark_every_part_says_that_there_is_nothing(
    outputs: list[dict[str, str]],
) -> None:
    text = shown(page(many()), outputs, *PARTS)
    assert claims.NOTHING in text
    assert "No comparison is tested" in text
    assert "<img" not in "".join(bundle["text/markdown"] for bundle in outputs)


def test_one_comparison_is_spoken_of_in_the_singular(outputs: list[dict[str, str]]) -> None:
    made = page(many(), (PLAIN,))
    assert shown(made, outputs, "table").count("Domestic abuse") == 1
    rows = forest.rows(made.numbered)[:1]
    assert re.search(r"^The difference is (un)?clear", forest.title(rows))


def test_thirty_comparisons_are_numbered_in_the_order_of_their_difference(
    outputs: list[dict[str, str]],
) -> None:
    thirty = tuple(
        replace(PLAIN, key=f"b{n}", label=f"Share {n}.", counts=(20 + 3 * n,)) for n in range(30)
    )
    made = page(many(), thirty)
    assert [number for number, _ in made.numbered] == list(range(1, 31))
    drawn = [item.shown.direction for _, item in made.numbered]
    assert drawn == sorted(drawn, reverse=True)
    text = shown(made, outputs, "table")
    assert "30. Share 29." in text
    assert "with all 30 claims allowed for" in text


# -- what is said of which cases -------------------------------------------------------------------


def test_each_claim_is_one_line_with_the_answer_to_each_question(
    report: Claims, outputs: list[dict[str, str]]
) -> None:
    text = shown(report, outputs, "table")
    assert "1. Domestic abuse: higher 71% (69 of 97) 54% of 175" in " ".join(text.split())
    claimed = [item for item in SHIPPED.values() if item.claimed]
    rows = list(csv.reader(io.StringIO(outputs[0]["text/csv"])))
    assert [len(row) for row in rows] == [5] * (len(claimed) + 1)


def test_a_claim_that_is_not_tested_says_why(report: Claims, outputs: list[dict[str, str]]) -> None:
    text = shown(report, outputs, "table")
    for item in SHIPPED.values():
        if item.claimed and item.reason:
            assert item.reason.partition(". ")[0] in text.replace("’", "'")


def test_every_benchmark_stands_on_a_page(report: Claims, outputs: list[dict[str, str]]) -> None:
    outputs.clear()
    report.table()
    report.others("quoted", "neighbouring")
    report.others("since")
    text = " ".join(bundle["text/plain"] for bundle in outputs)
    for item in SHIPPED.values():
        assert item.label in text or item.family == "notified", item.key


def test_a_series_has_a_line_a_year_with_what_was_counted(
    report: Claims, outputs: list[dict[str, str]]
) -> None:
    """Of 2025 the Department for Education counts 162 deaths, 167 of harm, 9 others: 338."""
    shown(report, outputs, "years")
    rows = list(csv.reader(io.StringIO(outputs[0]["text/csv"])))
    assert rows[0][2:] == ["All", "Deaths", "Serious harm", "Other", "Looked after children"]
    lines = {(period, counted): cells for period, counted, *cells in rows[1:]}
    found = lines["April 2024 to March 2025", "Notifications: Department for Education"]
    assert found == ["338", "162 (48%)", "167 (49%)", "9 (3%)", "93 (28%)"]
    assert lines["These cases", "–"][1:3] == ["60% (58 of 97)", "38% (37 of 97)"]
    series = {
        (item.period, item.population) for item in SHIPPED.values() if item.family == "notified"
    }
    assert set(lines) == {*series, ("These cases", "–")}


def test_the_parts_of_a_series_add_up_to_all_that_was_counted() -> None:
    parts = ("Deaths", "Serious harm", "Other")
    found: dict[tuple[str, str], list[Benchmark]] = {}
    for item in SHIPPED.values():
        if item.family == "notified" and item.definition in parts and item.counts:
            found.setdefault((item.period, item.population), []).append(item)
    assert len(found) > 10
    for name, items in found.items():
        bases = {item.bases for item in items}
        assert bases == {(sum(item.counts[0] for item in items),)}, name


def test_of_other_cases_nothing_is_said_that_the_report_said_of_its_own(
    outputs: list[dict[str, str]],
) -> None:
    made = page(later(many()), (PLAIN,), ASSERTED, 2021)
    text = shown(made, outputs, "table", "every")
    assert ": higher" not in text
    assert not any(item.said or item.own for item in made.outcomes.values())


def test_invented_cases_that_are_not_the_reports_are_never_tested(
    outputs: list[dict[str, str]],
) -> None:
    made = page(later(many(SYNTHETIC)), tuple(SHIPPED.values()), ASSERTED, 2021)
    assert not any(item.tested for item in made.outcomes.values())
    text = shown(made, outputs, "every")
    assert outcome.INVENTED in text


def test_synthetic_cases_that_were_changed_are_not_the_reports() -> None:
    made = page(many(SYNTHETIC), (PLAIN,))
    assert made.outcomes["a"].ours == ((30, 40),)
    assert not made.outcomes["a"].said


def test_every_verdict_is_explained_in_the_annex() -> None:
    annex = json.loads((paths.CHAPTERS / "06a_comparison_annex.ipynb").read_text("utf-8"))
    cells = ["".join(cell["source"]) for cell in annex["cells"] if cell["cell_type"] == "markdown"]
    bold = {text.lower() for cell in cells for text in re.findall(r"\*\*([^*]+)\*\*", cell)}
    assert {verdict.rstrip(".") for verdict in outcome.VERDICTS} <= bold


def test_an_unclear_difference_is_not_called_none(
    report: Claims, outputs: list[dict[str, str]]
) -> None:
    text = shown(report, outputs, *PARTS)
    assert "no difference shown" not in text.lower()


# -- tests of a reader's own -----------------------------------------------------------------------


def test_the_counts_of_a_line_give_the_test_of_its_row(
    report: Claims, outputs: list[dict[str, str]]
) -> None:
    law = report["homicide_by_law"]
    test = compare.two_shares(law.count, law.nobs, law.count2, law.nobs2)
    assert (law.count, law.nobs, law.count2, law.nobs2) == (12, 41, 1, 49)
    assert test.pvalue == report.outcomes["homicide_by_law"].shown.pvalue
    outputs.clear()
    report.book.show(test, title="Homicide")
    assert "12 of 41 against 1 of 49" in outputs[0]["text/plain"]


def test_a_line_of_which_several_counts_are_possible_gives_all_of_them(
    report: Claims, outputs: list[dict[str, str]]
) -> None:
    young = report["tr16_age_u1", "reviews with a child under 1"]
    test = compare.two_shares(young.count, young.nobs, young.count2, young.nobs2)
    assert len(test.pvalue) == 34 * 3
    outputs.clear()
    report.book.show(test, title="Under one")
    assert "102 sets of counts" in outputs[0]["text/plain"]


def test_a_line_that_does_not_exist_is_named_with_those_that_do(report: Claims) -> None:
    with pytest.raises(InputError, match="tr16_da"):
        report["tr16_dab"]
    with pytest.raises(InputError, match="rated high or medium"):
        report["tr16_da", "rated high"]


def test_a_line_that_is_not_tested_has_no_counts(outputs: list[dict[str, str]]) -> None:
    made = page(later(many(SYNTHETIC)), tuple(SHIPPED.values()), ASSERTED, 2021)
    line = made["tr16_da", "rated high or medium"]
    outputs.clear()
    test = compare.two_shares(line.count, line.nobs, line.count2, line.nobs2)
    made.book.show(test, title="Domestic abuse")
    assert "not tested" in outputs[0]["text/plain"]


def test_a_test_without_counts_is_shown_if_the_page_gave_it_out(
    report: Claims, outputs: list[dict[str, str]]
) -> None:
    outputs.clear()
    report.book.show(report["rating_by_law_focus"], title="Ratings")
    report.book.show(report["incident_by_law"], title="Incidents")
    assert "p from 0.046 to 0.055" in outputs[0]["text/plain"]
    assert "p = 0.006" in outputs[1]["text/plain"]


def test_means_of_cases_that_are_solved_or_protected_are_not_shown(report: Claims) -> None:
    held = page(many(), (PLAIN,), hold=lambda _, known: known)
    for made in (report, held):
        scores = made.book.cases["total_score"]
        with pytest.raises(InputError, match="gave out"):
            made.book.show(compare.means(scores[:9], scores[9:]), title="Ratings")


# -- what is held back -----------------------------------------------------------------------------


def test_a_comparison_with_a_number_that_is_held_back_shows_none_of_it(
    outputs: list[dict[str, str]],
) -> None:
    made = page(
        many(), (PLAIN, SHIPPED["tr16_neglect"]), ASSERTED,
        hold=lambda _, __: Known(None, None, marker="[c]"),
    )  # fmt: skip
    text = shown(made, outputs, *PARTS)
    assert outcome.HELD_BACK in text
    assert "held back" in text
    everything = "".join("".join(bundle.values()) for bundle in outputs)
    assert "75%" not in everything
    assert "30 of 40" not in everything
    assert "30,40" not in everything


# -- what is drawn and kept ------------------------------------------------------------------------


def test_a_forest_plot_is_the_same_bytes_twice(
    report: Claims, outputs: list[dict[str, str]]
) -> None:
    shown(report, outputs, "chart", "chart")
    first, second = (bundle["text/markdown"] for bundle in outputs)
    assert "<img" in first
    assert first == second


def test_on_a_phone_each_claim_is_a_card_with_the_names_of_its_columns(
    report: Claims, outputs: list[dict[str, str]]
) -> None:
    shown(report, outputs, "table")
    html = outputs[0]["text/markdown"]
    assert "scr-cards" in html
    assert "--column-1: &quot;These cases: &quot;" in html
    assert "--column-3: &quot;Could it be chance? &quot;" in html


def test_the_text_alternative_tells_every_difference_with_its_interval(report: Claims) -> None:
    told = forest.alternative(forest.rows(report.numbered))
    for number, item in report.numbered:
        for name in item.readings:
            assert f"{number}. {item.claim.label}{f': {name}' if name else ''}: " in told
    assert "1. Domestic abuse: +16.8 percentage points, 95% interval +4.8 to +27.8" in told


@pytest.mark.parametrize(
    ("clear", "title"),
    [
        ([True], "The difference is clear with all claims allowed for"),
        ([False], "The difference is unclear with all claims allowed for"),
        ([False, False], "No difference is clear with all claims allowed for"),
        ([True, False], "1 of 2 differences is clear with all claims allowed for"),
        ([True, True], "2 of 2 differences are clear with all claims allowed for"),
        ([True, True, False], "2 of 3 differences are clear with all claims allowed for"),
    ],
)
def test_the_title_of_a_forest_plot_counts_what_is_clear(clear: list[bool], title: str) -> None:
    row = forest.Row("A", 10, 1, 19, (0, 20), False)
    assert forest.title([replace(row, clear=item) for item in clear]) == title


def test_a_claim_that_is_contradicted_is_drawn_as_a_clear_difference() -> None:
    """Thirty of forty is more than 20 of 175 beyond doubt; the report is made to say less."""
    other = replace(PLAIN, said="lower", counts=(20,), like_for_like="yes")
    made = page(many(), (other,))
    assert made.outcomes["a"].verdict == outcome.CONTRADICTED
    assert all(row.clear for row in forest.rows(made.numbered)[:1])


def test_the_file_holds_every_number_under_its_own_name(
    report: Claims, outputs: list[dict[str, str]]
) -> None:
    shown(report, outputs, "every")
    rows = {row["key"]: row for row in csv.DictReader(io.StringIO(outputs[-1]["text/csv"]))}
    row, found = rows["homicide_by_law"], report.outcomes["homicide_by_law"]
    counts = [float(row[name]) for name in ("count", "nobs", "count2", "nobs2")]
    assert counts == [12, 41, 1, 49]
    assert any(float(found["diff"]) < 0 for found in rows.values() if found["diff"])
    assert float(row["pvalue"]) == pytest.approx(found.shown.pvalue, rel=1e-9)
    assert float(row["adjusted"]) == pytest.approx(found.adjusted, rel=1e-9)
    assert set(rows) == set(report.outcomes)


def test_text_of_a_benchmark_is_shown_as_text(outputs: list[dict[str, str]]) -> None:
    item = replace(PLAIN, label="<script>x</script>", note="a <b> & c")
    shown(page(many(), (item,)), outputs, "table", "every")
    text = "".join(bundle["text/markdown"] for bundle in outputs)
    assert "<script>" not in text
    assert "a &lt;b&gt; &amp; c" in text


# -- power -----------------------------------------------------------------------------------------


def test_power_is_stated_in_one_sentence(report: Claims, outputs: list[dict[str, str]]) -> None:
    """R: with 97 cases, 71.1% is found beside 54% of 175; see `test_against_r`."""
    text = shown(report, outputs, "power")
    assert "With 97 cases" in text
    assert "less than 17 percentage points from 54% of 175" in text


def test_one_case_can_show_no_difference() -> None:
    assert "no difference" in compare.detectable(1, 0.54, 175).summary()


def test_opening_the_page_reads_what_ships() -> None:
    found = claims.open(Kept(many(), 2017))
    assert found.benchmarks == benchmarks.load()
    assert found.asserted == ASSERTED
