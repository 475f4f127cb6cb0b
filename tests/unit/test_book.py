"""Does a chapter's door give out what may be told, and nothing else?"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import seaborn as sns
from example_cases import cases
from random_data import random_dataset

from scrlib import compare, figures, paths
from scrlib.auditing import known
from scrlib.book import Book
from scrlib.report import read_dataset
from tally.dataset import SYNTHETIC, Dataset
from tally.errors import InputError
from tally.evaluate import evaluate
from tally.language import parse

OBSERVED = random_dataset(21)
REPORT = read_dataset(paths.SYNTHETIC)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Collect what is shown."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "IPython.display.display", lambda item, metadata, **_: found.append({**item, **metadata})
    )
    return found


@pytest.fixture
def axes() -> Iterator[None]:
    yield
    assert plt.get_fignums() == []


class Tables(HTMLParser):
    """Collects the cells of a table as a screen reader meets them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scopes: list[str] = []
        self.rows: list[list[str]] = []
        self.captions = self.spans = 0
        self._open = False
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.spans += "colspan" in found or "rowspan" in found
        self.captions += tag == "caption"
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self._open = True
            self.rows[-1].append("")
            self.scopes += [found.get("scope") or ""] if tag == "th" else []

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag not in ("th", "td")

    def handle_data(self, data: str) -> None:
        if self._open:
            self.rows[-1][-1] += data


# -- cases to explore ------------------------------------------------------------------------------


def test_cases_have_their_groups_and_scores_as_columns() -> None:
    book = Book(OBSERVED, 2017)
    for condition, chosen in (
        ('law_group == "public"', book.cases["law_group"] == "public"),
        ("trio_count == 2", book.cases["trio_count"] == 2),
        ("total_score > 15", book.cases["total_score"] > 15),
    ):
        expected = evaluate(parse(f"count(case, {condition})", book.codebook, 2017), OBSERVED)
        assert chosen.sum() == expected
    assert len(book.ratings) == len(book.cases) * len(book.codebook.factors)
    assert book.ratings.groupby("case_id")["score"].sum().tolist() == (
        book.cases.set_index("case_id")["total_score"].sort_index().tolist()
    )


def test_a_book_says_in_a_line_what_it_is() -> None:
    assert len(repr(Book(OBSERVED, 2017))) < 200
    assert len(repr(Book(OBSERVED, 2017).crosstab("sex"))) < 200


# -- cross-tables ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "columns", "frame"),
    [("incident", "law_group", "cases"), ("sex", "age_band", "children"),
     ("parent_age_band", "role", "parents"), ("involvement", "outcome", "cases")],
)  # fmt: skip
def test_counts_are_those_of_pandas(rows: str, columns: str, frame: str) -> None:
    book = Book(OBSERVED, 2017)
    data = getattr(book, frame)
    expected = pd.crosstab(data[rows], data[columns], dropna=False)
    labels = [book.codebook.label(rows, code) for code in expected.index]
    found = book.crosstab(rows, columns).wide
    assert found.reindex(labels).to_numpy().tolist() == expected.to_numpy().tolist()


@pytest.mark.parametrize("normalize", ["all", "index", "columns"])
def test_percentages_are_those_of_pandas(normalize: Any) -> None:
    book = Book(OBSERVED, 2017)
    expected = 100 * pd.crosstab(
        book.cases["outcome"], book.cases["law_group"], normalize=normalize, dropna=False
    )
    table = book.crosstab("outcome", "law_group", normalize=normalize)
    found = table.long.set_index(list(table.names))["percent"].unstack()
    assert found.to_numpy() == pytest.approx(expected.to_numpy())


def test_subtotals_add_their_rows_up() -> None:
    book = Book(OBSERVED, 2017)
    table = book.crosstab("perpetrator", subtotals="perpetrator_group")
    column = table.columns[0]
    counts = {row.label: table.share(row, column).count for row in table.rows}
    parts = [table.share(row, column).count for row in table.rows if not row.total]
    assert counts["Total"] == sum(parts) == 97
    assert (
        counts["All: child"]
        == counts["Young person him or herself"] + (counts["Subject child was perpetrator"])
    )


def test_rows_that_count_nothing_are_left_out_if_asked() -> None:
    book = Book(cases({}, {"law": "wafh"}), 2012)
    table = book.crosstab("law", "involvement", observed=True)
    assert [row.label for row in table.rows if not row.total] == [
        "Public law: s31 only", "Private law: WTFH & WAFH",
    ]  # fmt: skip
    assert [column.key for column in table.columns] == ["prior", "total"]


def test_what_the_report_leaves_open_is_a_range_in_a_table_and_no_number_for_pandas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: list[dict[str, Any]]
) -> None:
    text = (
        "quantity,low,high,proved_low,proved_high\n"
        '"count(case, involvement == ""prior"" and law_group == ""public"" and study == 2015)",'
        "3,9,yes,yes\n"
    )
    (tmp_path / "bounds.csv").write_text(text, encoding="utf-8")
    monkeypatch.setattr(known, "BOUNDS", tmp_path / "bounds.csv")
    known.ranges.cache_clear()
    book = Book(REPORT, 2015)
    table = book.crosstab("involvement", "law_group", where="study == focus")
    book.show(table, number=3)
    known.ranges.cache_clear()
    rows = {row[0].strip(): row for row in Tables(shown[0]["text/markdown"]).rows}
    assert rows["Prior to incident only"][1] == "3 to 9"
    assert rows["At the time of the incident"][1] == "[x]"
    assert "[x]: not known" in shown[0]["text/markdown"]
    assert "A range holds every value" in shown[0]["text/markdown"]
    first = table.long.iloc[0]
    assert (first["low"], first["high"]) == (3, 9)
    assert pd.isna(first["n"])


def test_observed_data_show_every_number(shown: list[dict[str, Any]]) -> None:
    book = Book(OBSERVED, 2017)
    book.show(book.crosstab("involvement", "law_group"), number=3)
    assert "[x]" not in shown[0]["text/markdown"]
    assert book.crosstab("involvement", "law_group").fixed == 1


@pytest.mark.parametrize(
    ("call", "said"),
    [(lambda b: b.crosstab("law_grup"), "law_group"),
     (lambda b: b.crosstab("sex", normalize="rows"), "index"),
     (lambda b: b.share('law_group == "publik"'), "public"),
     (lambda b: b.quantity("count(case, present(negelct))"), "neglect"),
     (lambda b: b.show(b.crosstab("sex"), number=14), "13"),
     (lambda b: b.printed("s541-under-2"), "s541-under-1"),
     (lambda b: b.text("{a}", b=b.share("true")), "'a'"),
     (lambda b: b.text("Words.", b=b.share("true")), "'b'")],
)  # fmt: skip
def test_a_mistake_is_answered_with_the_nearest_name(call: Any, said: str) -> None:
    with pytest.raises(InputError) as caught:
        call(Book(OBSERVED, 2017))
    assert said in str(caught.value)


# -- tables on a page ------------------------------------------------------------------------------


def test_a_table_has_a_caption_and_headers_with_scope_and_no_merged_cell(
    shown: list[dict[str, Any]],
) -> None:
    book = Book(REPORT, 2017)
    book.show(book.crosstab("incident", "law_group", normalize="columns"), number=6)
    found = Tables(shown[0]["text/markdown"])
    assert (found.captions, found.spans) == (1, 0)
    assert set(found.scopes) == {"col", "row"}
    assert len({len(row) for row in found.rows}) == 1


def test_a_download_has_counts_and_percentages_apart(shown: list[dict[str, Any]]) -> None:
    book = Book(cases({}, {}, {"law": "wafh"}), 2012)
    book.show(book.crosstab("law_group", normalize="all"), title="Law type")
    rows = list(csv.DictReader(io.StringIO(shown[0]["text/csv"])))
    assert [tuple(row.values()) for row in rows] == [
        ("Public law", "2", "67"), ("Private law", "1", "33"),
        ("Public and private law", "0", "0"), ("Total", "3", "100"),
    ]  # fmt: skip
    assert shown[0]["scrlib"] == {"kind": "table", "name": "law_type", "title": "these data"}


def test_notes_are_referred_to_where_they_belong(shown: list[dict[str, Any]]) -> None:
    book = Book(REPORT, 2017)
    book.show(book.crosstab("parent_age_band", "role", where="study == focus"), number=4)
    page = shown[0]["text/markdown"]
    assert "Father&nbsp;<sup>1</sup>" in page
    assert "<sup>1</sup> Fathers" in page


def test_agreement_with_the_report_is_counted_and_claimed_of_its_own_studies_only(
    shown: list[dict[str, Any]],
) -> None:
    for dataset in (REPORT, random_dataset(1, {2020: 9})):
        book = Book(dataset, dataset.studies[-1].study)
        book.show(
            book.crosstab("perpetrator", subtotals="perpetrator_group", normalize="all"), number=7
        )
    assert "All 18 numbers that it prints agree" in shown[0]["text/markdown"]  # 14 counts, 4 shares
    assert "agree" not in shown[1]["text/markdown"]


def test_an_average_of_no_cases_is_a_dash(shown: list[dict[str, Any]]) -> None:
    book = Book(cases({}), 2012)
    book.show(book.crosstab("law_group", {"2012": "study == 2012"}, values="total_score"))
    rows = {row[0]: row for row in Tables(shown[0]["text/markdown"]).rows}
    assert rows["Private law"][1] == "–"


@pytest.mark.parametrize("frame", ["cases", "children", "ratings"])
def test_a_table_of_cases_is_not_shown(frame: str) -> None:
    book = Book(OBSERVED, 2017)
    data = getattr(book, frame)
    with pytest.raises(InputError, match="could hold cases"):
        book.show(data)
    for part in (data, data.iloc[:, 1:]):
        with pytest.raises(InputError, match="table of cases"):
            book.listing(part, "Cases")


def test_text_of_a_listing_is_no_markup_and_no_formula(shown: list[dict[str, Any]]) -> None:
    rows = pd.DataFrame({"Theme": ["<b>5 & 6</b>"], "Action": ["=1+1"]})
    Book(OBSERVED, 2017).listing(rows, "Themes")
    assert "<b>" not in shown[0]["text/markdown"]
    assert "'=1+1" in shown[0]["text/csv"]


def test_an_empty_listing_says_so(shown: list[dict[str, Any]]) -> None:
    Book(OBSERVED, 2017).listing(pd.DataFrame(columns=["Theme"]), "Themes")
    assert shown[0]["text/markdown"] == "*Themes: nothing is recorded.*"


# -- charts ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("axes")
def test_a_chart_says_its_numbers_in_words_and_is_the_same_each_time(
    shown: list[dict[str, Any]],
) -> None:
    book = Book(REPORT, 2017)
    for _ in range(2):
        table = book.crosstab("outcome", margins=False)
        book.show(
            sns.barplot(table.long, y="Death or serious harm", x="n"), of=table, title="Outcome"
        )
    page = shown[0]["text/markdown"]
    assert 'alt="Outcome. Death: 58; Serious harm: 37; Other: 2."' in page
    assert shown[0] == shown[1]
    assert "data:image/svg+xml," in page


@pytest.mark.usefixtures("axes")
def test_a_chart_without_words_or_of_other_numbers_is_refused() -> None:
    book = Book(REPORT, 2017)
    table = book.crosstab("outcome", margins=False)
    with pytest.raises(InputError, match="no words"):
        book.show(sns.barplot(table.long, y="Death or serious harm", x="n"))
    for axes in (
        sns.barplot(x=[3, 41.5], y=["a", "b"]),
        sns.scatterplot(x=[41.5], y=[58]),
        plt.figure().subplots().pie([58, 37]) and plt.gca(),
    ):
        with pytest.raises(InputError, match=r"41\.5|cannot be checked"):
            book.show(axes, of=table, title="Outcome")
        plt.close("all")


@pytest.mark.usefixtures("axes")
def test_a_chart_of_which_less_than_half_is_known_is_not_drawn(shown: list[dict[str, Any]]) -> None:
    book = Book(REPORT, 2017)
    table = book.crosstab("factor", "level")
    assert table.fixed < figures.LEAST_FIXED
    book.show(sns.barplot(table.long, y="Risk factor", x="n"), of=table, title="Risks")
    assert "No chart is drawn" in shown[0]["text/markdown"]
    assert "<img" not in shown[0]["text/markdown"]


@pytest.mark.usefixtures("axes")
def test_dollar_signs_in_labels_are_not_read_as_formulas(shown: list[dict[str, Any]]) -> None:
    book = Book(cases({}, {}), 2012)
    figures.use_style()
    table = book.crosstab({"5$ and $6": "true"}, margins=False, names=("Cost", ""))
    book.show(sns.barplot(table.long, y="Cost", x="n"), of=table, title="Cost")
    assert "5%24 and %246" in shown[0]["text/markdown"]


# -- sentences and tests ---------------------------------------------------------------------------


def said(shown: list[dict[str, Any]]) -> str:
    return str(shown[-1]["text/plain"])


@pytest.mark.parametrize(
    ("form", "words"),
    [("share of cases", "A child died in 60% of cases (58 of 97)."),
     ("percent", "A child died in 60%."), ("of", "A child died in 58 of 97."),
     ("of cases", "A child died in 58 of 97 cases."), ("case/cases", "A child died in 58 cases."),
     ("number", "A child died in 58.")],
)  # fmt: skip
def test_a_share_is_written_as_asked(form: str, words: str, shown: list[dict[str, Any]]) -> None:
    book = Book(REPORT, 2017)
    book.text(f"A child died in {{d:{form}}}.", d=book.share('outcome == "death"'))
    assert said(shown) == words


def test_a_number_says_count_base_share_how_it_is_known_and_its_expression(
    shown: list[dict[str, Any]],
) -> None:
    book = Book(REPORT, 2017)
    book.text("{d:percent} died.", d=book.share('outcome == "death"'))
    expression = "percent(case, outcome == &quot;death&quot;)"
    title = f'title="58 of 97 (60%); follows from its numbers; {expression}"'
    assert title in shown[0]["text/markdown"]
    book.numbers()
    assert Tables(shown[1]["text/markdown"]).rows[1][:2] == ["60%", "58 of 97 (60%)"]


def test_large_counts_have_commas_in_sentences(shown: list[dict[str, Any]]) -> None:
    book = Book(random_dataset(9, {2018: 1200}), 2018)
    book.text("{c:case/cases}; {s:of cases}.", c=book.share("true"), s=book.share("true"))
    assert said(shown) == "1,200 cases; 1,200 of 1,200 cases."


def test_of_few_cases_no_percentage_is_told(shown: list[dict[str, Any]]) -> None:
    book = Book(cases({}, {}, {"law": "wafh"}), 2012)
    book.text("In public law: {p:share of cases}.", p=book.share('law_group == "public"'))
    assert said(shown) == "In public law: 2 of 3 cases."
    one = Book(cases({}), 2012)
    one.text("In public law: {p:share of cases}.", p=one.share('law_group == "public"'))
    assert said(shown) == "In public law: 1 of 1 case."


def test_a_sentence_whose_number_is_not_known_is_left_out_and_counted(
    shown: list[dict[str, Any]],
) -> None:
    book = Book(REPORT, 2017)
    asked = book.share('neglect == "high" and antagonism == "low" and study == 2013')
    book.text("Known: {k:number}.", "Open: {o:number}.", k=book.share("true"), o=asked)
    assert "Known: 97." in said(shown)
    assert "Left out here: one sentence" in said(shown)
    assert "Open" not in said(shown)


def test_a_number_that_begins_a_sentence_has_a_capital(shown: list[dict[str, Any]]) -> None:
    book = Book(cases({}, {}), 2012)
    two, none = book.share("true"), book.share('law == "wafh"')
    book.text(
        "{a:case/cases} were read.",
        "- **Read.** {a:case/cases}. {b:case/cases} not.",
        a=two,
        b=none,
    )
    assert "Two cases were read." in said(shown)
    assert "Two cases. No cases not." in said(shown)


def test_of_one_case_there_is_no_largest_category(shown: list[dict[str, Any]]) -> None:
    book = Book(cases({}), 2012)
    book.text("The largest is {l}.", l=book.largest("law"))
    assert "largest" not in said(shown)


def test_categories_that_share_the_first_place_are_all_named() -> None:
    book = Book(cases({}, {"law": "wafh"}), 2012)
    assert "public law: s31 only” or “private law" in book.largest("law")
    assert " each)" in book.largest("law")


def test_a_test_takes_numbers_of_the_page_and_is_left_where_one_is_not_known(
    shown: list[dict[str, Any]],
) -> None:
    book = Book(REPORT, 2017)
    private, public = (
        book.share("present(domestic_abuse)", f'law_group == "{law}"')
        for law in ("private", "public")
    )
    test = compare.two_shares(private.count, private.nobs, public.count, public.nobs)
    book.show(test, title="Domestic abuse")
    assert "33 of 41 against 29 of 49" in said(shown)
    with pytest.raises(InputError, match=r"book\.share"):
        book.show(compare.two_shares(41, 96, 29, 49), title="Domestic abuse")
    nobody = book.share("true", 'law == "s31" and law == "wafh"')
    test = compare.two_shares(nobody.count, nobody.nobs, public.count, public.nobs)
    book.show(test, title="Nobody")
    assert "not tested" in said(shown)


# -- what the data are -----------------------------------------------------------------------------


def altered() -> Dataset:
    frames = {**REPORT.frames, "case": REPORT.frames["case"].assign(involvement="prior")}
    return Dataset(REPORT.codebook, frames, REPORT.meta, REPORT.learning)


@pytest.mark.parametrize(
    ("dataset", "words"),
    [(REPORT, "The case records are synthetic; the numbers are the report’s."),
     (OBSERVED, "Observed data."), (cases({}, provenance="invented"), "Nothing here is a finding."),
     (altered(), "These synthetic cases no longer agree with the report:")],
)  # fmt: skip
def test_a_page_says_what_its_data_are(dataset: Dataset, words: str) -> None:
    from scrlib.notice import notice

    assert words in notice(Book(dataset, 2017).knowledge).markdown


def test_altered_synthetic_cases_show_their_own_value(shown: list[dict[str, Any]]) -> None:
    book = Book(altered(), 2017)
    book.text("{p:percent}", p=book.share('involvement == "prior"'))
    assert said(shown) == "100%"
    assert "counted in these data" in shown[0]["text/markdown"]


def test_synthetic_datasets_give_one_page_whatever_is_not_printed(
    shown: list[dict[str, Any]],
) -> None:
    case = REPORT.frames["case"]
    old = case["study"] == 2012
    moved = case["involvement"].where(~old, list(reversed(list(case["involvement"]))))
    moved.loc[old] = list(reversed(list(case.loc[old, "involvement"])))
    other = Dataset(
        REPORT.codebook, {**REPORT.frames, "case": case.assign(involvement=moved)}, REPORT.meta,
        REPORT.learning,
    )  # fmt: skip
    assert other.meta.provenance == SYNTHETIC
    for dataset in (REPORT, other):
        book = Book(dataset, 2012)
        book.show(book.crosstab("involvement", "law_group", where="study == focus"))
    assert not other.frames["case"]["involvement"].equals(case["involvement"])
    assert shown[0] == shown[1]
