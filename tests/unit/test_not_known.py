"""Are answers that are not known, and children not yet born, counted as such and nothing else?"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sample_data

from scrlib.report import coding_frame, read_dataset
from tally.data import storage
from tally.data.merge import merge
from tally.errors import InputError
from tally.evaluate import evaluate
from tally.language import parse


def read(folder, edit):
    tables = sample_data.tables()
    edit(tables)
    return read_dataset(sample_data.write_folder(folder, tables))


def change(table, row, column, text):
    def edit(tables):
        tables[table][row][tables[table][0].index(column)] = text

    return edit


def value(dataset, text):
    return evaluate(parse(text, dataset.codebook), dataset)


@pytest.mark.parametrize("text", ["N/K", "Not known", "unknown", " nk ", "NOT_KNOWN"])
@pytest.mark.parametrize(("table", "column"), [("cases", "law"), ("children", "sex")])
def test_a_category_that_is_not_known_is_one_of_its_own(text, table, column, tmp_path):
    before, after = (
        read(tmp_path / "a", lambda _: None),
        read(tmp_path / "b", change(table, 1, column, text)),
    )
    assert "not_known" not in before.codebook.variables[column].codes
    unit = {"cases": "case", "children": "child"}[table]
    assert value(after, f'count({unit}, {column} == "not_known")') == 1
    codes = after.codebook.variables[column].codes
    counts = [value(after, f'count({unit}, {column} == "{code}")') for code in codes]
    assert sum(counts) == after.size(unit)


def test_a_rating_that_is_not_known_scores_nothing_and_is_not_present(tmp_path):
    def edit(tables):
        (row,) = [row for row in tables["ratings"] if row[:2] == ["A1", "neglect"]]
        assert row[2] == "high"
        row[2] = "N/K"

    before, after = read(tmp_path / "a", lambda _: None), read(tmp_path / "b", edit)
    for text, less in (("sum(case, total_score)", 3), ("count(case, present(neglect))", 1)):
        assert value(before, text) - value(after, text) == less
    assert value(after, 'count(case, neglect == "not_known")') == 1
    # One scale has one set of levels, whichever of its factors is not known.
    assert "not_known" in after.codebook.variables["physical_abuse"].codes
    assert "not_known" not in after.codebook.variables["child_protection_plan"].codes


def test_a_child_not_yet_born_has_no_age_and_is_in_a_band_of_its_own(tmp_path):
    # Ages in sample_data: 0, 3, not known, 16 and 12; the first becomes "not yet born".
    before = read(tmp_path / "a", lambda _: None)
    after = read(tmp_path / "b", change("children", 1, "age", "Not yet born"))
    assert value(after, 'count(child, age_band == "unborn")') == 1
    assert value(before, "count(child, age < 1)") - value(after, "count(child, age < 1)") == 1
    assert value(after, "mean(child, age)") == Fraction(3 + 16 + 12, 3)
    assert value(after, "min(child, age)") == 3
    assert not (after.frames["child"]["age"] == 0).any()


def test_what_is_not_known_is_written_and_read_again(tmp_path):
    def edit(tables):
        change("children", 1, "age", "unborn")(tables)
        change("children", 1, "sex", "nk")(tables)
        change("cases", 1, "law", "nk")(tables)

    first = read(tmp_path / "a", edit)
    for name in ("folder", "book.xlsx"):
        storage.write(first, tmp_path / name)
        again = read_dataset(tmp_path / name)
        assert all(again.frames[unit].equals(frame) for unit, frame in first.frames.items())


def test_a_dataset_with_and_one_without_are_merged(tmp_path):
    first = read(tmp_path / "a", change("children", 1, "age", "unborn"))
    tables = sample_data.tables()
    for rows in tables.values():
        for row in rows[1:]:
            row[:] = [f"X{cell}" if cell[:2] in ("A1", "A2", "B1", "B2") else cell for cell in row]
            row[:] = [{"2015": "2018", "2017": "2019"}.get(cell, cell) for cell in row]
    studies = tables["studies"]
    studies[1:] = [["2018", "2018", "2017-01", "2018-06"], ["2019", "2019", "2018-07", "2019-06"]]
    second = read_dataset(sample_data.write_folder(tmp_path / "b", tables))
    both = merge(first, second)
    assert value(both, 'count(child, age_band == "unborn")') == 1
    assert value(both, "sum(child, age)") == sum(
        value(part, "sum(child, age)") for part in (first, second)
    )


@pytest.mark.parametrize(("column", "text"), [("involvement", "N/K"), ("incident", "not known")])
def test_what_the_frame_wants_known_may_not_be_unknown(column, text, tmp_path):
    with pytest.raises(InputError, match="none of its codes or labels"):
        read(tmp_path / "a", change("cases", 1, column, text))


def test_a_case_may_not_be_called_unknown(tmp_path):
    with pytest.raises(InputError, match="tells one row from another"):
        read(tmp_path / "a", change("children", 1, "child_id", "N/K"))


def test_the_report_knows_sex_law_and_ratings_of_every_case():
    frame = coding_frame()
    for name in ("sex", "law", "neglect", "child_protection_plan"):
        assert "not_known" not in frame.variables[name].codes
        assert "not_known" in frame.whole.variables[name].codes
    assert frame.variables["age"].codes[0] == 0
