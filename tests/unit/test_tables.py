"""Does a declared table compute what its rows and columns say, on any dataset?"""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
import sample_data

from scrlib import paths
from scrlib import report as published
from scrlib.report import coding_frame, read_dataset
from tally import codebook
from tally import grid as tables
from tally.errors import InputError


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory):
    """Return the four invented cases of `sample_data`, whose numbers are counted by hand below."""
    return read_dataset(sample_data.write_folder(tmp_path_factory.mktemp("small")))


def computed(dataset, number: int, focus: int | None = None) -> tables.Table:
    return tables.compute(
        published.load_tables(dataset.codebook, focus)[f"table_{number:02d}"], dataset
    )


def test_a_table_has_the_rows_of_the_datasets_own_studies(small):
    assert list(computed(small, 1).grid["submissions"]) == ["2", "2", "4"]


@pytest.mark.parametrize(("text", "words"), [("2012-03", "March 2012"), ("2009", "2009")])
def test_a_month_is_written_in_words_and_a_year_as_it_is(text, words):
    assert tables.month(text) == words


OWN = tables.Declared(
    number=7, section="5.2", caption="Cases", unit="cases", row_header="Kind",
    rows=(tables.Line("new", "New", "study == 2017", group="Study"),
          tables.Line("total", "All", total=True)),
    columns=(tables.Line("n", "Number"), tables.Line("some", "Some", rows=("new",))),
    measures={"count": "count(case, {row} and {column})"},
)  # fmt: skip


def test_each_cell_says_where_it_stands_and_what_it_counts():
    new = "count(case, study == 2017)"
    assert OWN.cells == (
        tables.Cell("table_07", "new", "Study: New", "n", "Number", "count", new, None, "5.2"),
        tables.Cell("table_07", "new", "Study: New", "some", "Some", "count", new, None, "5.2"),
        tables.Cell(
            "table_07", "total", "All", "n", "Number", "count", "count(case, true)", None, "5.2"
        ),
    )


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ('count(case, (true) and (law == "s31"))', 'count(case, law == "s31")'),
        ('count(case, (law == "s31") and (true))', 'count(case, law == "s31")'),
        ('percent(child, (sex == "male") and (true), (true))', 'percent(child, sex == "male")'),
        ("count(case, (true) and (true))", "count(case, true)"),
        (
            "count(case, (present(neglect)) and (study == 2017))",
            "count(case, present(neglect) and study == 2017)",
        ),
        (
            'count(case, (law == "s31" or law == "both") and (true))',
            'count(case, law == "s31" or law == "both")',
        ),
        ("mean(case, total_score, (study < 2017))", "mean(case, total_score, study < 2017)"),
        ("mean(case, total_score, (true))", "mean(case, total_score)"),
        ("percent(case, (true), (study == 2017))", "percent(case, true, study == 2017)"),
        (
            'count(case, (law == "s31" or law == "both") and (study == 2017 and (true)))',
            'count(case, (law == "s31" or law == "both") and study == 2017)',
        ),
        ('count(case, law in ("s31", "both"))', 'count(case, law in ("s31", "both"))'),
        (
            "count(case, not ((study == 2017) and ((law == 'both') and present(neglect))))",
            'count(case, not (study == 2017 and law == "both" and present(neglect)))',
        ),
    ],
)
def test_a_condition_that_is_always_true_is_left_out_of_a_quantity(text: str, short: str):
    assert tables.simplified(text) == short


def test_a_printed_cell_that_is_not_of_its_form_is_named():
    wrong = replace(OWN, printed={("new", "n"): "many"})
    with pytest.raises(ValueError, match=r"^table_07: 'many' is not of the form '\{count\}'$"):
        _ = wrong.cells


def test_a_cell_that_a_column_leaves_out_is_blank(small):
    grid = tables.compute(OWN, small).grid
    assert grid.to_dict("index") == {
        "new": {"n": "2", "some": "2"}, "total": {"n": "4", "some": ""},
    }  # fmt: skip


def test_a_table_that_no_dataset_computes_has_the_values_that_were_printed(small):
    given = replace(OWN, external="From elsewhere.", printed={("new", "n"): "1,234"})
    found = {(v.cell.row, v.cell.column): v for v in tables.compute(given, small).values}
    printed, blank = found["new", "n"], found["total", "n"]
    assert (printed.value, printed.shown, printed.cell.quantity) == (Fraction(1234), "1,234", "")
    assert (blank.value, blank.shown) == (None, "")


def test_a_line_that_is_left_out_leaves_no_number_behind(small):
    table = computed(small, 3, 2015)
    assert {value.cell.column for value in table.values} == set(table.grid.columns)


def test_counts_stand_in_the_cell_where_row_and_column_meet(small):
    grid = computed(small, 3, 2015).grid
    assert grid.loc["prior", "public"] == "1"
    assert grid.loc["current", "private"] == "1"
    assert grid.loc["total", "total"] == "2"


def test_an_optional_column_is_left_out_only_where_it_counts_nothing(small):
    assert "both" not in computed(small, 3, 2015).grid.columns
    assert computed(small, 3, 2017).grid.loc["prior", "both"] == "1"


def test_percentages_are_of_the_column(small):
    grid = computed(small, 12).grid
    assert grid.loc["female", "2015"] == "1 (33%)"
    assert grid.loc["male", "total"] == "2 (40%)"
    assert grid.loc["total", "total"] == "5"


def test_percentages_of_a_subset_are_of_the_subset(small):
    assert computed(small, 10).grid.loc["male", "total"] == "1 (50%)"


def test_scores_are_averaged_and_rounded_half_up(small):
    grid = computed(small, 5, 2017).grid
    # By hand: A1 scores 3 for neglect and 2 for the earlier plan, A2 2; B1 1; B2 1 and 3.
    assert grid.loc["all", "focus"] == "2.5 (2)"
    assert grid.loc["all", "earlier"] == "3.5 (2)"
    assert grid.loc["all", "overall"] == "3.0 (4)"


def test_a_mean_of_nothing_is_a_dash(small):
    assert computed(small, 5, 2015).grid.loc["all", "earlier"] == "-"


def test_a_percentage_of_nothing_is_a_dash(small):
    assert computed(small, 13).grid.loc["under_21", "father"] == "0 (0%)"
    assert computed(small, 4, 2017).grid.loc["under_21", "father"] == "-"


def test_a_total_is_of_all_cases_even_where_columns_leave_some_out(small):
    assert computed(small, 8).grid.loc["total", "harm_sexual"] == "1"


def test_an_external_table_shows_what_was_printed_and_computes_nothing(small):
    table = computed(small, 2)
    assert table.grid.loc["2013-14", "convened"] == "189"
    assert not any(value.cell.quantity for value in table.values)


def test_printed_cells_about_the_reports_study_stand_for_that_study_only(small):
    assert any(cell.printed for cell in computed(small, 3, 2017).declared.cells)
    assert not any(cell.printed for cell in computed(small, 3, 2015).declared.cells)


def test_a_printed_cell_is_split_into_its_numbers():
    cells = {
        cell.id: cell.printed for cell in published.load_tables(coding_frame())["table_05"].cells
    }
    assert cells["table_05:s31:focus:mean"] == "17.6"
    assert cells["table_05:s31:focus:count"] == "12"


def test_a_printed_dash_says_that_there_are_no_such_cases():
    cells = {
        cell.id: cell.printed for cell in published.load_tables(coding_frame())["table_05"].cells
    }
    assert cells["table_05:both:focus:count"] == "0"
    assert cells["table_05:both:focus:mean"] is None


def test_every_cell_has_an_identifier_of_its_own():
    found = [cell.id for t in published.load_tables(coding_frame()).values() for cell in t.cells]
    assert len(found) == len(set(found))


def test_a_category_added_to_the_codebook_is_a_row_of_the_tables(tmp_path: Path):
    frame = tmp_path / "codebook"
    shutil.copytree(paths.CODEBOOK, frame)
    text = (frame / "variables.yaml").read_text(encoding="utf-8")
    line = "      - {code: prior, label: Prior to incident only}\n"
    (frame / "variables.yaml").write_text(
        text.replace(line, f"{line}      - {{code: abroad, label: Living abroad}}\n"),
        encoding="utf-8",
    )
    table = published.load_tables(codebook.load(frame))["table_03"]
    assert [row.label for row in table.rows][:2] == ["Prior to incident only", "Living abroad"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("caption:", "captoin:", "captoin"),
        ("involvement", "involvment", "involvment"),
        ("count(case", "cuont(case", "cuont"),
    ],
)
def test_a_wrong_declaration_names_what_is_wrong(tmp_path: Path, old: str, new: str, said: str):
    folder = tmp_path / "tables"
    folder.mkdir()
    text = (paths.PUBLISHED / "tables" / "table_03.yaml").read_text(encoding="utf-8")
    (folder / "table_03.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=said):
        published.load_tables(coding_frame(), folder=tmp_path)


def test_an_unknown_study_lists_those_that_there_are():
    with pytest.raises(InputError, match="2012, 2013, 2014, 2015, 2017"):
        published.load_tables(coding_frame(), 2016)
