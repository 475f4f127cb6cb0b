"""Does chapter 6 say what is true with none, one and thirty comparisons, and on other data?"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pytest
from example_cases import cases

from scrlib.auditing.known import Knowledge
from scrlib.comparing import associating, associations, benchmarks, comparison, verdicts
from scrlib.comparing.associations import Association
from scrlib.comparing.benchmarks import Benchmark
from scrlib.comparing.clusters import Share
from scrlib.comparing.compared import Comparison
from scrlib.pages import association_text, comparison_page, comparison_text
from scrlib.pages.chapter import Chapter
from scrlib.pages.comparison_page import Page
from scrlib.protecting import withheld
from scrlib.showing import forest, house
from scrlib.showing.prose import lower_first
from tally.codebook import Study
from tally.dataset import OBSERVED, SYNTHETIC, Dataset, Meta
from tally.expression import Quantity
from tally.interval import Known
from tally.language import parse
from tally.normal_form import key, parts_of_share

DA = {"domestic_abuse": "high", "da_perpetrator": "male"}
SHIPPED = {item.key: item for item in benchmarks.load()}
PLAIN = replace(SHIPPED["tr16_da"], key="a", overlap=None)


@dataclass(frozen=True, eq=False)
class Kept(Chapter):
    """A chapter that keeps what it shows in place of showing it, and may hold numbers back."""

    parts: list[str] = field(default_factory=list)
    hold: Callable[[Quantity, Known], Known] | None = None

    @cached_property
    def knowledge(self) -> Knowledge:
        return Knowledge(self.dataset, self.focus, self.hold)

    def show(self, markdown: str) -> None:
        self.parts.append(markdown)


@pytest.fixture(autouse=True)
def outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCR_OUTPUTS", str(tmp_path))
    return tmp_path / "06_comparison"


def many(provenance: str = OBSERVED, **values: object) -> Dataset:
    """Return forty cases, thirty with domestic abuse; two studies."""
    rows = [{**(DA if place % 4 else {}), "study": 2015 + 2 * (place % 2)} for place in range(40)]
    return cases(*({**row, **values} for row in rows), provenance=provenance)


def page(
    data: Dataset,
    figures: tuple[Benchmark, ...] = (),
    asserted: tuple[Association, ...] = (),
    focus: int = 2017,
) -> Page:
    return Page(Kept("06_comparison", data, focus), figures, asserted)


def shown(made: Page, *parts: str, family: str = "quoted") -> str:
    """Return the text of parts of a page, without markup."""
    assert isinstance(made.chapter, Kept)
    made.chapter.parts.clear()
    for part in parts:
        function = getattr(made, part)
        function(family) if part in OF_FAMILY else function()
    return re.sub(r"<[^>]+>", " ", "\n".join(made.chapter.parts))


OF_FAMILY = ("summary", "figure", "table", "details", "untested")
ALL = (*OF_FAMILY, "robust", "power", "associations", "sources")


# -- none, one, thirty -------------------------------------------------------------------------


def test_with_no_benchmark_the_page_says_that_there_is_none(outputs: Path) -> None:
    text = shown(page(many()), *ALL)
    assert "There are no comparisons." in text
    assert "There are no associations." in text
    assert "No comparison is tested" in text
    assert not list(outputs.glob("*.svg"))


def test_one_comparison_is_spoken_of_in_the_singular() -> None:
    text = shown(page(many(), (PLAIN,)), "summary", "figure")
    assert "The one result is that of a test." in text
    assert re.search(r"The difference (remains|does not remain) after adjustment", text)


def test_thirty_comparisons_are_counted_and_drawn(outputs: Path) -> None:
    thirty = tuple(replace(PLAIN, key=f"b{n}", label=f"Share {n}") for n in range(30))
    made = page(many(), thirty)
    text = shown(made, "summary", "figure", "table")
    assert "All of 30 comparisons can be tested." in text
    assert text.count("Share 29") >= 3
    assert len(list(csv.DictReader((outputs / "comparisons_quoted.csv").open()))) == 30


def test_a_family_without_a_test_has_no_figure_and_says_why() -> None:
    item = replace(PLAIN, reason="The two are not alike.")
    text = shown(page(many(), (item,)), "summary", "figure", "table", "untested")
    assert "The one result is not that of a test." in text
    assert "The two are not alike." in text
    assert "differences" not in text


def test_every_benchmark_is_either_tested_or_listed_with_its_reason() -> None:
    made = page(many(), tuple(SHIPPED.values()))
    for family in ("quoted", "neighbouring"):
        tested = {item.label for item in made.shown(family)}
        text = shown(made, "untested", family=family)
        for item in SHIPPED.values():
            if item.family == family and item.label not in tested:
                assert item.label in text.replace("&#x27;", "'"), item.key


# -- what is said of which cases ---------------------------------------------------------------


def later(data: Dataset) -> Dataset:
    """Return the same cases as a study that the report does not know."""
    study = Study(2021, "2021", "2019-01", "2020-12")
    frames = {**data.frames, "case": data.frames["case"].assign(study=2021)}
    return replace(data, codebook=data.codebook.with_studies([study]), frames=frames)


def test_of_other_cases_nothing_is_said_that_the_report_said_of_its_own() -> None:
    made = page(later(many()), (PLAIN,), associations.load()[:2], 2021)
    (found,) = made.compared
    assert (found.said, found.own, found.tested) == ("", False, True)
    text = shown(made, "details", "associations")
    assert "The report calls" not in text
    assert "The report says that" not in text
    assert verdicts.OTHERS in text


def test_other_cases_may_all_be_among_the_national_ones_of_the_same_years() -> None:
    item = replace(PLAIN, overlap=0, period="April 2019 to March 2020")
    assert len(page(many(), (item,)).compared[0].overlap) == 1
    assert len(page(later(many()), (item,), focus=2021).compared[0].overlap) > 1
    unknown = replace(item, period="Not stated")
    assert len(page(later(many()), (unknown,), focus=2021).compared[0].overlap) > 1


def test_no_case_is_among_national_ones_of_other_years() -> None:
    made = page(later(many()), (PLAIN,), focus=2021)
    assert len(made.compared[0].overlap) == 1
    assert "in both samples" not in shown(made, "details")


def test_invented_cases_that_are_not_the_reports_are_never_tested() -> None:
    made = page(later(many(SYNTHETIC)), tuple(SHIPPED.values()), associations.load(), 2021)
    assert not any(item.tested for item in (*made.compared, *made.associated))
    assert {item.reason for item in made.associated} == {verdicts.INVENTED}
    assert {item.reason for item in made.compared if not SHIPPED[item.key].reason} == {
        verdicts.INVENTED
    }


def test_what_print_fixes_of_one_study_is_not_taken_for_another() -> None:
    """Table 5 has columns for the report's newest study and those before it, and no other."""
    item = next(item for item in associations.load() if item.key == "public_by_study")
    rows = [{"study": study, "law": law} for study in (2013, 2015, 2017) for law in ("s31", "both")]
    data = cases(*rows * 3, provenance=SYNTHETIC)
    newest = page(data, (), (item,), 2017).associated[0]
    older = page(data, (), (item,), 2015).associated[0]
    assert page(replace(data, meta=Meta("t", OBSERVED)), (), (item,), 2015).associated[0].tested
    assert newest.tested
    assert not older.tested
    assert not older.own


def test_the_shares_of_invented_cases_are_those_that_the_report_printed() -> None:
    text = shown(page(many(SYNTHETIC), (PLAIN,)), "table")
    assert "71.1% (69 of 97)" in text


def test_a_national_count_that_is_inferred_is_shown_as_taken_and_a_stated_one_as_it_is() -> None:
    made = page(many(SYNTHETIC), (PLAIN, replace(SHIPPED["tr16_fatal"], family="quoted")))
    text = shown(made, "table")
    assert "54% (taken as 95 of 175)" in text
    assert "66.9% (196 of 293)" in text


def test_a_share_known_within_a_range_is_shown_as_taken_and_not_as_counted() -> None:
    item = replace(PLAIN, printed=(Share(19, 97), Share(20, 97)))
    assert "(taken as 20 of 97)" in shown(page(many(SYNTHETIC), (item,)), "table")
    forbidden = replace(item, reason="Not alike.")
    text = shown(page(many(SYNTHETIC), (forbidden,)), "untested")
    assert re.search(r"54%\s+20%\s+Not alike\.", text)


def test_what_the_report_says_stands_beside_what_it_compares_and_nowhere_else() -> None:
    made = page(many(SYNTHETIC), tuple(SHIPPED.values()))
    assert "s word" in shown(made, "table")
    assert "s word" not in shown(made, "table", family="neighbouring")


def test_an_association_of_no_case_says_that_there_is_nothing_to_test() -> None:
    made = page(cases({}), (), associations.load())
    assert not any(item.tested for item in made.associated)
    assert "nothing to test" in shown(made, "associations")


def test_a_verdict_on_the_page_is_explained_on_the_page() -> None:
    made = page(many(), tuple(SHIPPED.values()), associations.load())
    text = shown(made, "summary", "associations")
    for item in (*made.of("quoted"), *made.associated):
        assert verdicts.MEANING[item.verdict] in text


def test_the_numbers_of_the_summary_are_those_of_the_table() -> None:
    made = page(many(), tuple(SHIPPED.values()))
    remain = [i for i in made.of("quoted") if i.adjusted_pvalue and i.adjusted_pvalue < 0.05]
    text = shown(made, "summary")
    assert all(lower_first(item.label) in text.partition("Verdict")[0] for item in remain)
    assert len(re.findall(r"\d\s\[s+\]", shown(made, "table"))) == len(remain)


# -- what is held back -------------------------------------------------------------------------


def holding(data: Dataset, *texts: str) -> Page:
    """Return a page whose plan holds back what some texts say, and any share made of them."""
    frame = data.codebook
    forms = {key(parse(text, frame, 2017), frame) for text in texts}

    def withhold(quantity: Quantity, found: Known) -> Known:
        single = quantity.single
        parts = parts_of_share(quantity) if single and single.function == "percent" else (quantity,)
        held = any(key(part, frame) in forms for part in parts)
        return Known(None, None, marker="[c]") if held else found

    made = Kept("06_comparison", data, 2017, hold=withhold)
    return Page(made, (PLAIN, SHIPPED["tr16_neglect"]), associations.load())


def test_a_comparison_with_a_number_that_is_held_back_shows_none_of_it(outputs: Path) -> None:
    made = holding(many(), "count(case, present(domestic_abuse))")
    held, other = made.compared
    assert (held.reason, held.estimate, held.count, held.pairs) == (
        verdicts.HELD_BACK, None, None, (),
    )  # fmt: skip
    assert other.tested
    text = shown(made, *OF_FAMILY, "robust", "power")
    assert verdicts.HELD_BACK in text
    assert "75.0%" not in text
    assert "30 of 40" not in text
    assert all("30,40" not in path.read_text() for path in outputs.glob("comparisons*"))


def test_an_association_with_a_number_that_is_held_back_is_not_tested() -> None:
    made = holding(many(), 'count(case, present(domestic_abuse) and law_group == "public")')
    reasons = {item.key: item.reason for item in made.associated}
    assert reasons["da_by_law"] == verdicts.HELD_BACK
    assert reasons["homicide_by_law"] != verdicts.HELD_BACK


def test_the_number_of_cases_of_a_study_is_held_back_from_power_too() -> None:
    assert holding(many(), "count(case, study == 2017)").bases == (40,)


def test_nothing_is_held_back_without_a_plan() -> None:
    knowledge = page(many(), tuple(SHIPPED.values()), associations.load()).chapter.knowledge
    assert withheld.shares(SHIPPED.values(), knowledge) == frozenset()
    assert withheld.associated(associations.load(), knowledge) == frozenset()


def test_every_number_of_a_test_is_asked_for() -> None:
    data = many()
    knowledge = page(data).chapter.knowledge
    for item in associations.load():
        for text in withheld.quantities(item, knowledge):
            parse(text, data.codebook, 2017)
    trend = next(item for item in associations.load() if item.test == "trend")
    assert len(list(withheld.quantities(trend, knowledge))) == 2 * len(data.studies)


# -- what is drawn and kept --------------------------------------------------------------------


def test_a_forest_plot_is_the_same_bytes_twice(tmp_path: Path) -> None:
    rows = forest.rows(page(many(), tuple(SHIPPED.values())).of("quoted"))
    for name in ("a", "b"):
        house.save(forest.draw(rows), tmp_path / f"{name}.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_the_text_alternative_tells_every_share_and_difference() -> None:
    found = page(many(SYNTHETIC), (PLAIN,)).compared
    (row,) = forest.rows(found)
    told = forest.alternative([row])
    for part in ("71.1%", "54.3%", "+16.8", "+4.8 to +27.8", "remains after adjustment"):
        assert part in told


def test_the_difference_that_is_drawn_is_that_of_the_shares_that_are_drawn() -> None:
    rows = forest.rows(page(many(), tuple(SHIPPED.values())).compared)
    assert rows
    assert all(row.difference == pytest.approx(row.ours - row.theirs) for row in rows)


def test_a_comparison_without_an_interval_is_not_drawn() -> None:
    bare = Comparison("a", "A", "quoted", "5", "", 50.0, "yes", "high", "S", estimate=40.0)
    assert forest.rows([bare]) == ()


@pytest.mark.parametrize(
    ("remains", "title"),
    [
        ([True], "The difference remains after adjustment"),
        ([False], "The difference does not remain after adjustment"),
        ([False, False], "None of two differences remains after adjustment"),
        ([True, False], "One of two differences remains after adjustment"),
        ([True, True], "Both differences remain after adjustment"),
        ([True, True, False], "Two of three differences remain after adjustment"),
    ],
)
def test_the_title_of_a_forest_plot_counts_what_remains(remains: list[bool], title: str) -> None:
    row = forest.Row("A", 50, (40, 60), 40, (35, 45), 10, (1, 19), False)
    assert forest.title([replace(row, remains=item) for item in remains]) == title


def test_the_file_holds_every_number_under_its_own_name(outputs: Path) -> None:
    made = page(many(SYNTHETIC), (PLAIN,))
    made.table("quoted")
    with (outputs / "comparisons_quoted.csv").open(encoding="utf-8") as stream:
        (row,) = csv.DictReader(stream)
    (found,) = made.compared
    assert (row["count"], row["n"], row["N"], row["marker"]) == ("69", "97", "175", found.marker)
    names = {"p": "pvalue", "p_adjusted": "adjusted_pvalue", "cohen_h": "cohen_h"}
    for column, name in names.items():
        assert float(row[column]) == pytest.approx(getattr(found, name), rel=1e-9)


def test_text_of_a_benchmark_is_shown_as_text() -> None:
    item = replace(PLAIN, label="<script>x</script>", note="a <b> & c")
    made = page(many(), (item,))
    made.table("quoted")
    made.details("quoted")
    assert isinstance(made.chapter, Kept)
    assert "<script>" not in "".join(made.chapter.parts)
    assert "a &lt;b&gt; &amp; c" in "".join(made.chapter.parts)


def test_the_power_of_all_cases_and_of_the_study_in_focus_is_stated() -> None:
    text = shown(page(many(), (PLAIN,)), "power")
    assert "with 40 cases" in text
    assert "with 20 cases" in text


def test_a_study_in_focus_without_cases_has_no_power_to_state() -> None:
    assert page(many(study=2015), focus=2017).bases == (40,)


def test_opening_the_page_reads_what_ships() -> None:
    found = comparison_page.open(Kept("06_comparison", many(), 2017))
    assert found.benchmarks == benchmarks.load()
    assert found.asserted == associations.load()


def test_what_is_held_back_is_marked_so_and_not_called_unknown() -> None:
    data, items = later(many()), associations.load()[:2]
    tested = associating.associate_all(data, items, 2021, held=[item.key for item in items])
    (compared,) = comparison.compare_all(data, (PLAIN,), 2021, held=[PLAIN.key])
    assert comparison_text.ours(compared) == "[c]"
    assert (compared.said, compared.own) == ("", False)
    for item in tested:
        assert association_text.compared(item) == "[c]"
        assert (item.said, item.own, item.tested) == ("", False, False)
        assert verdicts.OTHERS in item.words


def test_a_share_of_nobody_does_not_apply_even_where_no_test_may_be_run() -> None:
    item = replace(PLAIN, ours='percent(case, neglect == "high", incident == "suicide")')
    for reason in ("", "The definitions differ."):
        (found,) = comparison.compare_all(later(many()), (replace(item, reason=reason),), 2021)
        assert comparison_text.ours(found) == "[z]"
        (open_,) = comparison.compare_all(
            many(SYNTHETIC), (replace(item, reason=reason, printed=()),), 2017
        )
        assert comparison_text.ours(open_) == "[x]"
