"""Does the workbook to fill in offer what the frame allows, and does it read back?"""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
import sample_data

from scrlib import paths
from scrlib.cli import main
from scrlib.coding import ratings as coding
from scrlib.coding import template
from scrlib.report import coding_frame, read_dataset
from tally import codebook
from tally.data import layout, loading
from tally.errors import InputError

FRAME = coding_frame().whole
TABLES = layout.tables(FRAME)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "study.xlsx"
    template.template(path)
    return path


@pytest.fixture
def book(path):
    return openpyxl.load_workbook(path)


def validations(sheet):
    return {str(item.sqref)[0]: item for item in sheet.data_validations.dataValidation}


def offered(book, formula):
    name, span = formula.replace("$", "").replace("'", "").split("!")
    return [row[0].value for row in book[name][span]]


def label(column, code):
    return next((item.label for item in column.categories if str(item.code) == code), code)


def filled(path, to, change=str):
    """Type the sample dataset into a copy of the workbook, in labels."""
    shutil.copy(path, to)
    book = openpyxl.load_workbook(to)
    for name, rows in sample_data.tables().items():
        columns = {item.name: item for item in TABLES[name].columns}
        for row, cells in enumerate(rows[1:], start=3):
            for place, (column, text) in enumerate(zip(rows[0], cells, strict=True), start=1):
                kind = columns[column].kind
                value = change(label(columns[column], text)) if text else None
                if text and kind in ("integer", "year"):
                    value = int(text)
                if text and kind == "month":
                    value = dt.date(int(text[:4]), int(text[5:]), 1)
                book[name].cell(row, place, value)
    for row, value in enumerate(("Four invented cases", "invented", "2014 to 2016", "nobody"), 2):
        book["dataset"].cell(row, 2, value)
    book.save(to)
    return to


def test_there_is_a_sheet_for_each_table_and_three_about_them(book):
    assert book.sheetnames == ["read me", "dataset", *TABLES, "coding frame", "lists"]
    assert book["lists"].sheet_state == "hidden"


def test_each_sheet_has_the_columns_of_its_table(book):
    for name, table in TABLES.items():
        assert tuple(cell.value for cell in book[name][1]) == table.names


def test_each_coded_column_offers_its_labels(book):
    for name, table in TABLES.items():
        found = validations(book[name])
        for letter, column in zip("ABCDEFGH", table.columns, strict=False):
            if column.categories and column.name != "study" and column.kind != "integer":
                labels = list(dict.fromkeys(item.label for item in column.categories))
                assert found[letter].type == "list"
                assert offered(book, found[letter].formula1) == labels


def test_the_studies_offered_are_those_of_the_workbook(book):
    assert validations(book["cases"])["B"].formula1.startswith("studies!")


def test_excel_itself_checks_numbers_and_months(book):
    age, first = validations(book["parents"])["C"], validations(book["studies"])["C"]
    assert (age.type, age.formula1, age.formula2) == ("whole", "10", "79")
    assert first.type == "date"
    assert dt.date(1899, 12, 30) + dt.timedelta(int(first.formula1)) == dt.date(1990, 1, 1)


def test_excel_itself_takes_a_whole_number_or_a_word_that_stands_for_none(book):
    rule = validations(book["children"])["D"]
    assert rule.type == "custom"
    assert "AND(D2>=0,D2<=17,INT(D2)=D2)" in rule.formula1
    listed = rule.formula1.partition("COUNTIF(")[2].partition(",D2")[0]
    assert offered(book, listed) == ["Not yet born"]


def test_excel_itself_refuses_an_identifier_twice(book):
    rule = validations(book["cases"])["A"]
    assert rule.type == "custom"
    assert "COUNTIF($A$2:$A$100000,A2)=1" in rule.formula1


def test_every_column_has_a_note(book):
    for name, table in TABLES.items():
        for cell, column in zip(book[name][1], table.columns, strict=True):
            assert cell.comment.text.startswith(column.label)


def test_the_coding_frame_lists_every_code(book):
    rows = list(book["coding frame"].iter_rows(values_only=True))
    found = {(row[1], row[3]) for row in rows}
    for variable in FRAME.variables.values():
        if variable.kind == "category":
            assert {(variable.name, item.code) for item in variable.categories} <= found
    assert {("risk_factor", name) for name in FRAME.factors} <= found


def test_the_example_row_is_left_out(path):
    raw = loading.load_tables(path, coding_frame())
    with pytest.raises(InputError, match="at least one SCR submission"):
        read_dataset(path)
    assert all(len(table.frame) == 1 for table in raw.tables.values())


def test_a_filled_workbook_reads_back_with_labels(path, tmp_path):
    dataset = read_dataset(filled(path, tmp_path / "filled.xlsx"))
    again = read_dataset(sample_data.write_folder(tmp_path / "folder"))
    for unit in FRAME.units:
        assert dataset.frames[unit].equals(again.frames[unit])
    assert dataset.learning.equals(again.learning)
    assert dataset.studies == again.studies


def test_stray_spaces_and_letter_case_are_forgiven(path, tmp_path):
    change = lambda text: f"  {text.replace(' ', '  ').upper()} "  # noqa: E731
    dataset = read_dataset(filled(path, tmp_path / "filled.xlsx", change))
    assert list(dataset.frames["case"]["law"]) == ["s31", "wafh", "public_other", "both"]


def test_an_existing_file_is_not_overwritten(path):
    before = path.read_bytes()
    with pytest.raises(InputError, match="stands there already"):
        template.template(path)
    assert path.read_bytes() == before
    assert [item.name for item in path.parent.iterdir()] == [path.name]


def test_a_name_of_another_kind_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"ends in \.xlsx"):
        template.template(tmp_path / "study.csv")
    assert not list(tmp_path.iterdir())


def test_a_workbook_for_coders_takes_their_entries(path, tmp_path):
    template.template(tmp_path / "raw.xlsx", coding=True)
    book = openpyxl.load_workbook(filled_by_coder(tmp_path / "raw.xlsx"))
    assert "ratings" not in book.sheetnames
    found = coding.code(tmp_path / "raw.xlsx", tmp_path / "out")
    assert found.dataset.size("case") == 1
    assert found.dataset.frames["case"]["neglect"].iloc[0] == "high"


def filled_by_coder(path: Path) -> Path:
    book = openpyxl.load_workbook(path)
    book["studies"].append([2018, "2018", dt.date(2017, 1, 1), dt.date(2018, 6, 1)])
    book["cases"].append(["C1", 2018, "s31", "prior", "harm_neglect", "mother",
                          "No domestic abuse indicated"])  # fmt: skip
    book["children"].append(["C1a", "C1", "Female", 3, "Neglect"])
    for name in FRAME.factors:
        entry = ["At the incident or within the 12 months before", "Throughout", "Severe"]
        entry = entry if name == "neglect" else ["Not indicated"]
        book["coding"].append(["C1", FRAME.variables[name].label, "A", *entry])
    book["dataset"]["B2"], book["dataset"]["B3"] = "One case", "invented"
    book.save(path)
    return path


def test_a_coders_sheet_has_a_row_for_each_case_and_factor_and_reads_back(tmp_path):
    tables = sample_data.tables()
    del tables["ratings"]
    folder = sample_data.write_folder(tmp_path / "raw", tables)
    for coder in ("A", "B"):
        file = tmp_path / f"{coder}.xlsx"
        assert main(["template", str(file), "--coder", coder, "--cases", str(folder)]) == 0
        book = openpyxl.load_workbook(file)
        sheet = book["coding"]
        assert sheet.max_row == 1 + 4 * len(FRAME.factors)
        for row in range(2, sheet.max_row + 1):
            case, factor = sheet.cell(row, 1).value, sheet.cell(row, 2).value
            abuse = factor == "Domestic abuse" and case in ("A2", "B2")
            entry = ("Longer ago", "Once", "Mild") if abuse else ("Not indicated",)
            for place, text in enumerate(entry, start=4):
                sheet.cell(row, place, text)
        book.save(file)
    more = [tmp_path / "A.xlsx", tmp_path / "B.xlsx"]
    found = coding.code(folder, tmp_path / "out", more=more)
    assert found.dataset.size("case") == 4
    assert {item.coders for item in found.agreement} == {("A", "B")}


def test_factors_that_a_study_does_not_ask_for_are_not_on_its_coders_sheet(tmp_path):
    shutil.copytree(paths.CODEBOOK, tmp_path / "frame")
    file = tmp_path / "frame" / "risk_factors.yaml"
    later = "  - {code: online_harm, label: Online harm, scale: rating, since: 2017}\n"
    last = "  - {code: other_risk,"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(last, later + last, 1), encoding="utf-8")
    frame = codebook.load(tmp_path / "frame")
    folder = sample_data.write_folder(tmp_path / "raw")
    template.for_coder(tmp_path / "A.xlsx", folder, "A", frame)
    sheet = openpyxl.load_workbook(tmp_path / "A.xlsx")["coding"]
    rows = [(row[0].value, row[1].value) for row in sheet.iter_rows(min_row=2)]
    assert [case for case, factor in rows if factor == "Online harm"] == ["B1", "B2"]
    assert len(rows) == 4 * len(FRAME.factors) + 2
    template.template(tmp_path / "blank.xlsx", frame)
    explained = openpyxl.load_workbook(tmp_path / "blank.xlsx")["coding frame"]
    (said,) = [row[5].value for row in explained.iter_rows() if row[3].value == "online_harm"]
    assert said.endswith("Only in studies from 2017 on.")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_and_saves_the_workbook_without_loss(path, tmp_path):
    source = filled(path, tmp_path / "filled.xlsx")
    command = [
        "soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
        "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "out"),
        str(source),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    saved = tmp_path / "out" / "filled.xlsx"
    again, before = openpyxl.load_workbook(saved), openpyxl.load_workbook(source)
    for name in TABLES:
        kinds = [
            {k: v.type for k, v in validations(book[name]).items()} for book in (again, before)
        ]
        assert kinds[0] == kinds[1]
    assert read_dataset(saved).frames["case"].equals(read_dataset(source).frames["case"])
