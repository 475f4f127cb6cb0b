"""Are files read as offices write them: as the same data, with a word of warning, or refused?"""

from __future__ import annotations

import office_files
import openpyxl
import pytest
import sample_data
from office_files import KINDS, REFUSED, SAME

from scrlib.cli import main
from scrlib.report import coding_frame, read_dataset
from tally.errors import InputError


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", KINDS)
def test_a_kind_of_file_gets_what_it_should(name, seed, tmp_path):
    what, said, dataset = office_files.outcome(name, seed, tmp_path)
    assert (what, KINDS[name].said in said) == (KINDS[name].outcome, True), said
    if what != REFUSED:
        expected = read_dataset(sample_data.write_folder(tmp_path / "expected"))
        for unit, frame in expected.frames.items():
            assert dataset.frames[unit].equals(frame), unit
        assert dataset.studies == expected.studies
        assert len(dataset.learning) == len(expected.learning)
    assert what != SAME or not said


@pytest.mark.parametrize("suffix", ["ods", "xls", "xlsb", "xlsm"])
def test_another_kind_of_workbook_is_named_with_the_way_out(suffix, tmp_path):
    path = tmp_path / f"study.{suffix}"
    path.write_bytes(b"anything")
    with pytest.raises(InputError, match=rf"Open this \.{suffix} file and save it as \.xlsx"):
        read_dataset(path)


def test_a_pipe_in_place_of_a_file_is_refused_and_not_waited_for(tmp_path):
    import os

    os.mkfifo(tmp_path / "data.xlsx")
    with pytest.raises(InputError, match="no ordinary file"):
        read_dataset(tmp_path / "data.xlsx")
    folder = sample_data.write_folder(tmp_path / "data")
    (folder / "cases.csv").unlink()
    os.mkfifo(folder / "cases.csv")
    with pytest.raises(InputError, match="'cases' is missing"):
        read_dataset(folder)


def messy(path):
    """Write a workbook as an office would: titles, notes, wide ratings, labels, months in words."""
    frame, tables = coding_frame(), sample_data.tables()

    def label(variable, code):
        return next((c.label for c in frame.categories(variable) if c.code == code), code)

    levels = {(case, name): label(name, level) for case, name, level in tables["ratings"][1:]}
    book = openpyxl.Workbook()
    about = book.worksheets[0]
    about.title = "Dataset "
    for row in (
        ["Key", "Value"],
        ["title", "Northtown study"],
        ["provenance", "invented"],
        ["agency", "Northtown Safeguarding Board"],
        ["notes", "Remarks"],
    ):
        about.append(row)  # fmt: skip
    studies = book.create_sheet("Studies")
    studies.append(["study", "label", "FIRST_MONTH", "Last_month"])
    studies.append([2015, "2014/15", "October 2014", "30/11/2015"])
    studies.append([2017, "2016/17", "Dec 2015", "12/2016"])
    cases = book.create_sheet("cases")
    cases.append(["Northtown: cases (confidential)"])
    cases.append([])
    cases.append([*tables["cases"][0], "Remarks"])
    for row in tables["cases"][1:]:
        typed = [
            label(name, text).replace("-", "–")
            for name, text in zip(tables["cases"][0][2:], row[2:], strict=True)
        ]
        cases.append([f" {row[0]}", int(row[1]), *typed, "see file"])
    children = book.create_sheet("CHILDREN")
    children.append([name.upper() for name in tables["children"][0]])
    for row in tables["children"][1:]:
        age = float(row[3]) if row[3] else "N/K"
        sex, harm = label("sex", row[2]).upper(), label("harm", row[4])
        children.append([row[0], row[1].lower(), sex, age, harm])
    parents = book.create_sheet("parents")
    for row in tables["parents"]:
        parents.append(row)
    ratings = book.create_sheet("Ratings")
    ratings.append(["case_id", *(frame.variables[name].label for name in frame.factors)])
    for case in ("A1", "A2", "B1", "B2"):
        ratings.append([case, *(levels[case, name] for name in frame.factors)])
    book.create_sheet("Sheet7").sheet_state = "hidden"
    book.create_sheet("To do").append(["ask AB about A2"])
    book.save(path)
    return path


def test_a_messy_workbook_goes_from_the_office_to_a_check_that_passes(tmp_path, capsys):
    path = messy(tmp_path / "study.xlsx")
    assert main(["check", str(path)]) == 0
    told = capsys.readouterr().out
    for said in ("row 1: Not read: this stands above the header", "Taken for the case in 'cases'",
                 "Found 'To do'"):  # fmt: skip
        assert said in told
    assert "Remarks" not in told
    dataset = read_dataset(path)
    expected = read_dataset(sample_data.write_folder(tmp_path / "expected"))
    for unit, frame in expected.frames.items():
        assert dataset.frames[unit].equals(frame), unit
    assert dataset.meta.agency == "Northtown Safeguarding Board"
    assert [item.first_month for item in dataset.studies] == ["2014-10", "2015-12"]


def test_a_row_of_totals_and_merged_cells_are_where_the_office_has_to_stop(tmp_path, capsys):
    path = messy(tmp_path / "study.xlsx")
    book = openpyxl.load_workbook(path)
    book["cases"].append(["Total", 4, None, "see below"])
    book["CHILDREN"].merge_cells("B2:B3")
    book.save(path)
    assert main(["check", str(path)]) == 2
    told = capsys.readouterr().out
    (line,) = [text for text in told.splitlines() if "sheet cases, row 8" in text]
    assert "case_id: A row of totals is no data: delete it." in line
    assert "sheet CHILDREN: Cells may not be merged" in told


def test_a_title_in_merged_cells_is_no_part_of_the_table(tmp_path, capsys):
    path = messy(tmp_path / "study.xlsx")
    book = openpyxl.load_workbook(path)
    book["cases"].merge_cells("A1:G2")
    book.save(path)
    assert main(["check", str(path)]) == 0
    assert "sheet cases, row 1: Not read: this stands above the header" in capsys.readouterr().out
    book["cases"].merge_cells("A1:G3")
    book.save(path)
    assert main(["check", str(path)]) == 2


def test_the_cells_that_fail_are_marked_in_a_copy_and_the_workbook_is_as_it_was(tmp_path, capsys):
    path, copy = messy(tmp_path / "study.xlsx"), tmp_path / "marked.xlsx"
    book = openpyxl.load_workbook(path)
    header = [cell.value for cell in book["cases"][3]]
    column = header.index("incident") + 1
    for row in (4, 6):
        book["cases"].cell(row, column).value = "fall"
    book["cases"].cell(5, 1).value = "Total"
    book.save(path)
    before = path.read_bytes()
    assert main(["check", str(path), "--marked", str(copy)]) == 2
    assert path.read_bytes() == before
    assert copy.stat().st_mode & 0o077 == 0
    sheet = openpyxl.load_workbook(copy)["cases"]
    marked = {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment}
    assert {sheet.cell(4, column).coordinate, sheet.cell(6, column).coordinate, "A5"} <= marked
    assert "none of its codes" in sheet.cell(4, column).comment.text
    assert main(["check", str(path), "--marked", str(copy)]) == 2
    assert "stands there already" in capsys.readouterr().err


def test_forty_equal_mistakes_are_one_line_that_names_the_rows(tmp_path, capsys):
    tables = sample_data.tables()
    for row in tables["ratings"][1:41]:
        row[2] = "severe"
    path = sample_data.write_folder(tmp_path / "data", tables)
    assert main(["check", str(path)]) == 2
    (line,) = [text for text in capsys.readouterr().out.splitlines() if "severe" in text]
    assert "rows 2 to 41, rating" in line
