"""What does bad input get? A folder of CSV files, broken in one way at a time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sample_data

from scrlib.cli import main
from scrlib.report import coding_frame

FRAME = coding_frame()


def put(table, row, column, value):
    """Change one cell; rows are numbered as a spreadsheet numbers them."""

    def change(tables):
        rows = tables[table]
        rows[row - 1][rows[0].index(column)] = value

    return change


def rename(table, column, name):
    def change(tables):
        header = tables[table][0]
        header[header.index(column)] = name

    return change


def drop_column(table, column):
    def change(tables):
        place = tables[table][0].index(column)
        for row in tables[table]:
            del row[place]

    return change


def add_column(table, name, value="x"):
    def change(tables):
        for number, row in enumerate(tables[table]):
            row.append(value if number else name)

    return change


def add_row(table, *cells):
    return lambda tables: tables[table].append(list(cells))


def drop_row(table, row):
    def change(tables):
        del tables[table][row - 1]

    return change


def drop_table(name):
    def change(tables):
        del tables[name]

    return change


def several(*changes):
    def change(tables):
        for item in changes:
            item(tables)

    return change


def drop_rows_of(case):
    def change(tables):
        tables["ratings"] = [row for row in tables["ratings"] if row[0] != case]

    return change


LONG = "x" * 101
HARM = [item.code for item in FRAME.variables["harm"].categories]

# What is wrong: how to break the sample, and what the one failure about it must say.
KINDS = {
    # a code that is none
    "a misspelt type of proceedings": (
        put("cases", 2, "law", "s32"),
        {"place": "cases.csv", "row": "2", "column": "law", "value": "s32", "nearest": "s31"}),
    "an unknown type of proceedings": (
        put("cases", 3, "law", "criminal"), {"row": "3", "column": "law", "value": "criminal"}),
    "an unknown involvement": (
        put("cases", 2, "involvement", "priorr"),
        {"row": "2", "column": "involvement", "nearest": "prior"}),
    "an unknown incident": (
        put("cases", 3, "incident", "homicide"), {"row": "3", "column": "incident"}),
    "an unknown suspected perpetrator": (
        put("cases", 4, "perpetrator", "uncle"), {"row": "4", "column": "perpetrator"}),
    "an unknown alleged domestic abuser": (
        put("cases", 3, "da_perpetrator", "men"), {"row": "3", "column": "da_perpetrator"}),
    "an unknown sex": (
        put("children", 2, "sex", "girl"),
        {"place": "children.csv", "row": "2", "column": "sex", "value": "girl"}),
    "an unknown kind of harm": (
        put("children", 2, "harm", "physica"), {"column": "harm", "nearest": "physical"}),
    "an unknown role of a parent": (
        put("parents", 2, "role", "mothr"),
        {"place": "parents.csv", "row": "2", "column": "role", "nearest": "mother"}),
    "an unknown risk factor": (
        put("ratings", 2, "risk_factor", "neglekt"),
        {"place": "ratings.csv", "row": "2", "column": "risk_factor", "nearest": "neglect"}),
    "an unknown rating": (
        put("ratings", 3, "rating", "hihg"), {"row": "3", "column": "rating", "nearest": "high"}),
    "a score in place of a rating": (
        put("ratings", 3, "rating", "3"), {"row": "3", "column": "rating", "value": "3"}),
    "a rating on the scale of another factor": (
        put("ratings", 2, "rating", "high"),
        {"row": "2", "column": "rating", "rule": "scale of child_protection_plan"}),
    "a plan's level given to another factor": (
        put("ratings", 3, "rating", "current"), {"row": "3", "rule": "scale of physical_abuse"}),
    "an unknown mechanism of learning": (
        put("learning", 2, "mechanism", "audit"), {"place": "learning.csv", "column": "mechanism"}),
    "an unknown theme of learning": (
        put("learning", 2, "theme", "recordng"), {"column": "theme", "nearest": "recording"}),
    "a finding that is neither strength nor shortfall": (
        put("learning", 2, "finding", "mixed"), {"column": "finding", "value": "mixed"}),
    "an unknown level of action": (
        put("learning", 2, "level", "local"), {"column": "level", "value": "local"}),
    # numbers
    "a child of eighteen": (
        put("children", 3, "age", "18"), {"row": "3", "column": "age", "rule": "between 0 and 17"}),
    "a negative age": (put("children", 3, "age", "-1"), {"column": "age", "value": "-1"}),
    "half a year of age": (
        put("children", 3, "age", "3.5"), {"column": "age", "rule": "whole number"}),
    "an age in words": (put("children", 3, "age", "three"), {"column": "age", "value": "three"}),
    "an age with its unit": (put("children", 3, "age", "3 years"), {"column": "age"}),
    "a date of birth in place of an age": (
        put("children", 3, "age", "2012-05-01"), {"column": "age", "rule": "this is a date"}),
    "a number in the digits of another script": (
        put("children", 3, "age", "٣"), {"column": "age", "value": "٣"}),
    "an age not known said in words": (
        put("children", 4, "age", "n/a"), {"column": "age", "rule": "Leave the cell blank"}),
    "a parent who was nine": (
        put("parents", 2, "age_at_first_child", "9"),
        {"column": "age_at_first_child", "rule": "between 10 and 79"}),
    "a parent who was ninety": (
        put("parents", 2, "age_at_first_child", "90"), {"column": "age_at_first_child"}),
    "a study that is no year": (
        put("studies", 2, "study", "first"), {"place": "studies.csv", "column": "study"}),
    "a study of the year 1066": (
        put("studies", 2, "study", "1066"), {"column": "study", "rule": "between 1990 and 2100"}),
    "a month that is none": (
        put("studies", 2, "first_month", "2014-13"),
        {"column": "first_month", "rule": "must be a month"}),
    "a month in words": (
        put("studies", 2, "first_month", "autumn 2014"), {"column": "first_month"}),
    "a date whose day and month could be either": (
        put("studies", 2, "first_month", "03/04/2014"),
        {"column": "first_month", "rule": "Day and month could be either here"}),
    "a month of no year that is near": (
        put("studies", 2, "first_month", "0000"), {"column": "first_month", "value": "0000"}),
    "a day that no month has": (
        put("studies", 2, "first_month", "2014-02-30"), {"column": "first_month"}),
    "a label that no alternative text could say": (
        put("studies", 2, "label", "\u2014"), {"column": "label", "rule": "letter from A to Z"}),
    "a row of totals": (
        add_row("cases", "Total", "4", "", "", "", "", ""),
        {"row": "6", "column": "case_id", "rule": "row of totals"}),
    # blanks
    "no type of proceedings": (
        put("cases", 2, "law", ""), {"row": "2", "column": "law", "rule": "may not be blank"}),
    "no sex": (put("children", 2, "sex", ""), {"column": "sex", "rule": "may not be blank"}),
    "no rating": (put("ratings", 3, "rating", " "), {"column": "rating", "rule": "blank"}),
    "a case without an identifier": (
        put("cases", 2, "case_id", ""), {"row": "2", "column": "case_id", "rule": "blank"}),
    "a study without a label": (put("studies", 2, "label", ""), {"column": "label"}),
    "a learning point about nothing": (
        several(put("learning", 2, "theme", ""), put("learning", 2, "action", "")),
        {"row": "2", "rule": "needs a theme or an action"}),
    # text
    "an identifier that is too long": (
        put("cases", 2, "case_id", LONG), {"column": "case_id", "rule": "at most 100 characters"}),
    "a control character": (
        put("learning", 2, "action", "bell\x07"), {"column": "action", "rule": "Control"}),
    "a formula": (
        put("children", 3, "age", "=2+1"), {"column": "age", "rule": "formula is not read"}),
    "a spreadsheet's error": (
        put("children", 3, "age", "#REF!"), {"column": "age", "rule": "shows an error"}),
    "an action that is too long": (
        put("learning", 2, "action", "x" * 2001), {"column": "action", "rule": "at most 2,000"}),
    "two studies of one label": (
        put("studies", 3, "label", "2015"), {"row": "3", "column": "label", "value": "2015"}),
    "a study's label that would not fit into a figure": (
        put("studies", 2, "label", "x" * 61), {"column": "label", "rule": "at most 60"}),
    # columns and tables
    "a missing column": (
        drop_column("cases", "law"), {"place": "cases.csv", "column": "law", "rule": "missing"}),
    "a misspelt column": (
        rename("cases", "law", "lwa"), {"value": "lwa", "rule": "no such column"}),
    "a column twice": (
        add_column("children", "sex", "female"), {"rule": "once only", "column": "sex"}),
    "a column with values and no name": (
        add_column("children", ""),
        {"place": "children.csv", "row": "2 to 6", "column": "F", "value": "x"}),
    "no table of cases": (drop_table("cases"), {"rule": "'cases' is missing"}),
    "no table of children": (drop_table("children"), {"rule": "'children' is missing"}),
    "no table of parents": (drop_table("parents"), {"rule": "'parents' is missing"}),
    "no table of ratings": (drop_table("ratings"), {"rule": "'ratings' is missing"}),
    "no table of studies": (drop_table("studies"), {"rule": "'studies' is missing"}),
    "a table with an unknown name": (
        lambda tables: tables.update(case=[["case_id"]]), {"value": "case", "nearest": "cases"}),
    "a row longer than the header": (
        lambda tables: tables["children"][1].append("7"),
        {"place": "children.csv", "row": "2", "column": "F", "value": "7", "rule": "no name"}),
    "two tables of one name but for letter case": (
        lambda tables: tables.update(CASES=tables["cases"]), {"rule": "'CASES' and 'cases'"}),
    "two tables of one name but for a space": (
        lambda tables: tables.update({"cases ": tables["cases"]}), {"rule": "'cases '"}),
    "an empty file": (lambda tables: tables["cases"].clear(), {"rule": "empty"}),
    # between rows and tables
    "a case twice but for letter case": (
        add_row("cases", "a1", "2015", "s31", "prior", "harm_neglect", "mother", "none"),
        {"row": "6", "column": "case_id", "value": "a1", "rule": "taken for the same"}),
    "a case twice but for a character that nobody sees": (
        add_row("cases", "A\u200b1", "2015", "s31", "prior", "harm_neglect", "mother", "none"),
        {"row": "6", "column": "case_id", "value": "A1", "rule": "repeats an earlier row"}),
    "a child twice but for a space": (
        add_row("children", "A1 a", "A1", "male", "2", "neglect"),
        {"row": "7", "column": "child_id", "value": "A1 a"}),
    "a case twice": (
        add_row("cases", "A1", "2015", "s31", "prior", "harm_neglect", "mother", "none"),
        {"row": "6", "column": "case_id", "value": "A1", "rule": "repeats an earlier row"}),
    "a child twice": (
        add_row("children", "A1a", "A1", "male", "2", "neglect"),
        {"row": "7", "column": "child_id", "value": "A1a"}),
    "two mothers of one case": (
        add_row("parents", "A1", "mother", "20"),
        {"row": "5", "column": "case_id and role", "value": "A1, mother"}),
    "two ratings of one factor": (
        add_row("ratings", "A1", "neglect", "low"),
        {"row": "54", "rule": "one rating for each risk factor", "column": "risk_factor"}),
    "a study twice": (
        add_row("studies", "2015", "Again", "2014-10", "2015-11"), {"row": "4", "column": "study"}),
    "a child of no case": (
        put("children", 3, "case_id", "A11"),
        {"row": "3", "column": "case_id", "value": "A11", "nearest": "A1"}),
    "a parent of no case": (
        put("parents", 4, "case_id", "C9"), {"place": "parents.csv", "row": "4", "value": "C9"}),
    "a rating of no case": (
        add_row("ratings", "C9", "neglect", "low"), {"place": "ratings.csv", "value": "C9"}),
    "a case of no study": (
        put("cases", 2, "study", "2016"),
        {"row": "2", "column": "study", "value": "2016", "allowed": "2015"}),
    "a case without a child": (
        drop_row("children", 4), {"place": "cases.csv", "row": "3", "rule": "No child"}),
    "a case without one rating": (
        drop_row("ratings", 3), {"place": "cases.csv", "row": "2", "rule": "missing: physical"}),
    "a case without any rating": (
        drop_rows_of("B1"), {"place": "cases.csv", "row": "4", "rule": "each of the 13"}),
    "an abuser without domestic abuse": (
        put("cases", 2, "da_perpetrator", "male"),
        {"row": "2", "column": "da_perpetrator", "rule": "not rated as present"}),
    "domestic abuse without an abuser": (
        put("cases", 3, "da_perpetrator", "none"),
        {"row": "3", "column": "da_perpetrator", "rule": "rated as present"}),
    "a study that ends before it begins": (
        put("studies", 2, "last_month", "2013-01"), {"row": "2", "rule": "may not come before"}),
    "studies whose months overlap": (
        put("studies", 3, "first_month", "2015-06"), {"row": "3", "rule": "begins after"}),
    "a study named by a year before it begins": (
        put("studies", 3, "study", "2014"), {"rule": "year before its first month"}),
    "no cases at all": (
        lambda tables: tables["cases"].__delitem__(slice(1, None)), {"rule": "at least one"}),
}  # fmt: skip

# What is wrong with dataset.yaml, and what must be said.
META_KINDS = {
    "no title": ("provenance: observed\n", {"column": "title", "rule": "must say its title"}),
    "no provenance": ("title: A\n", {"column": "provenance"}),
    "an unknown provenance": (
        "title: A\nprovenance: observd\n", {"value": "observd", "nearest": "observed"}),
    "an unknown key": (
        "title: A\nprovenance: observed\nauthr: me\n", {"value": "authr", "rule": "these keys"}),
    "a key twice": (
        "title: A\ntitle: B\nprovenance: observed\n", {"row": "2", "rule": "once only"}),
    "a list in place of keys": ("- title\n", {"rule": "keys and values"}),
    "a list as a value": ("title: [A]\nprovenance: observed\n", {"row": "1", "rule": "one text"}),
    "broken YAML": ("title: 'A\n", {"rule": "not valid YAML"}),
    "YAML that would run code": (
        "title: !!python/object/apply:os.system ['true']\nprovenance: observed\n",
        {"rule": "one text"}),
    "a file too large to be a description": ("#" * 70_000, {"rule": "at most 65,536 bytes"}),
    "a control character in the title": (
        'title: "A\\x07"\nprovenance: observed\n', {"column": "title", "rule": "Control"}),
}  # fmt: skip

# Bytes that are no CSV, and what must be said of the file.
BYTE_KINDS = {
    "half of a UTF-16 file": ("case_id".encode("utf-16")[:-1], {"rule": "UTF-8"}),
    "Windows-1252": ("case_id\nZoë\n".encode("cp1252"), {"row": "2", "rule": "UTF-8"}),
    "a workbook named as CSV": (b"PK\x03\x04", {"rule": "an Excel workbook"}),
    "NUL bytes": (b"case_id\na\x00b\n", {"row": "2", "rule": "NUL"}),
    "a quotation mark that is not closed": (b'case_id,study\n"A,2015\n', {"rule": "never closed"}),
    "a hundred and one columns": (b",".join([b"x"] * 101) + b"\n", {"rule": "at most 100"}),
}  # fmt: skip


def matches(failure, expected):
    return all(
        str(text) in (", ".join(failure[key]) if key == "allowed" else failure[key])
        if key in ("rule", "allowed")
        else failure[key] == text
        for key, text in expected.items()
    )


def refused(path: Path, expected, capsys):
    """Check a dataset as a user does: the failure in JSON and in text, exit 2, nothing written."""
    around = sorted(str(item) for item in path.parent.rglob("*"))
    assert main(["check", str(path), "--json"]) == 2
    report = json.loads(capsys.readouterr().out)
    assert not report["ok"]
    found = [item for item in report["failures"] if matches(item, expected)]
    assert found, report["failures"]
    assert main(["check", str(path)]) == 2
    text = capsys.readouterr().out
    assert found[0]["rule"] in text
    assert all(str(found[0][key]) in text for key in ("place", "row", "column"))
    assert sorted(str(item) for item in path.parent.rglob("*")) == around
    return report["failures"], found[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_table_is_refused_with_its_place_and_rule(kind, tmp_path, capsys):
    change, expected = KINDS[kind]
    tables = sample_data.tables()
    change(tables)
    refused(sample_data.write_folder(tmp_path / "data", tables), expected, capsys)


@pytest.mark.parametrize("kind", META_KINDS)
def test_a_broken_description_is_refused(kind, tmp_path, capsys):
    meta, expected = META_KINDS[kind]
    folder = sample_data.write_folder(tmp_path / "data", meta=meta)
    refused(folder, {"place": "dataset.yaml", **expected}, capsys)


@pytest.mark.parametrize("kind", BYTE_KINDS)
def test_a_file_that_is_no_csv_is_refused(kind, tmp_path, capsys):
    data, expected = BYTE_KINDS[kind]
    folder = sample_data.write_folder(tmp_path / "data")
    (folder / "cases.csv").write_bytes(data)
    refused(folder, {"place": "cases.csv", **expected}, capsys)


def test_a_missing_description_is_refused(tmp_path, capsys):
    folder = sample_data.write_folder(tmp_path / "data")
    (folder / "dataset.yaml").unlink()
    refused(folder, {"place": "dataset.yaml", "rule": "file is missing"}, capsys)


def test_a_dataset_that_is_not_there_is_refused(tmp_path, capsys):
    refused(tmp_path / "nowhere", {"rule": "no such folder"}, capsys)


def test_a_file_of_another_kind_is_refused(tmp_path, capsys):
    (tmp_path / "data.ods").write_bytes(b"x")
    refused(tmp_path / "data.ods", {"place": "data.ods", "rule": "folder of CSV files"}, capsys)


def test_a_coded_value_lists_what_is_allowed_with_labels(tmp_path, capsys):
    tables = sample_data.tables()
    put("children", 2, "sex", "girl")(tables)
    folder = sample_data.write_folder(tmp_path / "data", tables)
    _, found = refused(folder, {"column": "sex"}, capsys)
    assert found["allowed"] == ["female", "male", "not_known (Not known)"]


def test_one_fault_is_reported_once(tmp_path, capsys):
    tables = sample_data.tables()
    put("cases", 2, "law", "criminal")(tables)
    failures, _ = refused(sample_data.write_folder(tmp_path / "d", tables), {"row": "2"}, capsys)
    assert len(failures) == 1


def test_all_faults_are_reported_at_once(tmp_path, capsys):
    tables = sample_data.tables()
    for change, _ in (KINDS["a child of eighteen"], KINDS["no sex"], KINDS["an unknown incident"]):
        change(tables)
    meta = META_KINDS["no title"][0]
    folder = sample_data.write_folder(tmp_path / "data", tables, meta)
    failures, _ = refused(folder, {"column": "title"}, capsys)
    assert {item["column"] for item in failures} == {"age", "sex", "incident", "title"}


def test_a_thousand_equal_faults_are_one_failure_with_their_rows(tmp_path, capsys):
    tables = sample_data.tables()
    tables["children"] += [[f"X{n}", "A1", "girl", "1", "neglect"] for n in range(1000)]
    folder = sample_data.write_folder(tmp_path / "data", tables)
    failures, _ = refused(folder, {"row": "7 to 1006", "column": "sex"}, capsys)
    assert len(failures) == 1


def test_forty_cases_that_lack_the_same_rating_are_one_failure(tmp_path, capsys):
    tables = sample_data.tables()
    for n in range(40):
        tables["cases"].append([f"X{n}", *tables["cases"][1][1:]])
        tables["children"].append([f"X{n}a", f"X{n}", "male", "1", "neglect"])
        lines = [[f"X{n}", *row[1:]] for row in tables["ratings"][1:14]]
        tables["ratings"] += [row for row in lines if row[1] != "other_risk"]
    folder = sample_data.write_folder(tmp_path / "data", tables)
    failures, found = refused(folder, {"row": "6 to 45", "rule": "missing: other_risk"}, capsys)
    assert len(failures) == 1
    assert found["value"] == "X0, X1, X2 and 37 more"


def test_a_thousand_different_faults_are_counted_not_listed(tmp_path, capsys):
    tables = sample_data.tables()
    tables["children"] += [[f"X{n}", "A1", f"girl {n}", "1", "neglect"] for n in range(1000)]
    folder = sample_data.write_folder(tmp_path / "data", tables)
    failures, _ = refused(folder, {"rule": "800 more rows fail likewise", "column": "sex"}, capsys)
    assert len(failures) == 201


def test_what_a_column_allows_is_listed_once(tmp_path, capsys):
    tables = sample_data.tables()
    for row, value in ((2, "s32"), (3, "s33"), (4, "s34")):
        put("cases", row, "law", value)(tables)
    folder = sample_data.write_folder(tmp_path / "data", tables)
    assert main(["check", str(folder)]) == 2
    assert capsys.readouterr().out.count("Allowed: ") == 1


def test_sound_data_pass_with_warnings_apart(tmp_path, capsys):
    folder = sample_data.write_folder(tmp_path / "data")
    assert main(["check", str(folder), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"]
    assert not report["failures"]
    rules = " ".join(item["rule"] for item in report["warnings"])
    assert "fewer than 10" in rules
    assert "under 20" in rules
    assert "no SCR submission has" in rules


def test_there_are_at_least_sixty_kinds():
    assert len(KINDS) + len(META_KINDS) + len(BYTE_KINDS) >= 60
