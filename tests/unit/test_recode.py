"""Do exports of other programs become the same dataset, by a recoding file beside them?"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pandas as pd
import pytest
import sample_data
from test_storage import same

from scrlib.cli import main
from scrlib.pages import colophon
from scrlib.report import coding_frame, read_dataset
from tally.data import recode, values
from tally.errors import InputError

RECODE = """
not_known: [N/K, "99"]
tables:
  cases:
    file: export.{kind}
    columns:
      case_id: record_id
      study: {{from: study, codes: {{"1": "2015", "2": "2017"}}}}
      law: law
      involvement: involvement
      incident: incident
      perpetrator: perpetrator
      da_perpetrator: da
  children:
    - file: export.{kind}
      where: dob_1
      columns: &none
        child_id: {{text: "{{record_id}}a"}}
        case_id: record_id
        sex: {{from: sex_1, codes: {{F: female, M: male}}}}
        age: {{born: dob_1, at: incident_date}}
        harm: harm_1
    - file: export.{kind}
      where: sex_2
      columns:
        child_id: {{text: "{{record_id}}b"}}
        case_id: record_id
        sex: {{from: sex_2, codes: {{F: female, M: male}}}}
        age: {{born: dob_2, at: incident_date}}
        harm: harm_2
""".replace(" &none", "")
EXPORT = [
    ["record_id", "study", "law", "involvement", "incident", "perpetrator", "da", "incident_date",
     "sex_1", "dob_1", "harm_1", "sex_2", "dob_2", "harm_2"],
    ["A1", "1", "s31", "prior", "harm_neglect", "mother", "none", "2015-03-01",
     "F", "2014-03-02", "neglect", "M", "2012-03-01", "neglect"],
    ["A2", "1", "wafh", "current", "death_homicide", "father", "male", "2015-03-01",
     "M", "N/K", "physical", "", "", ""],
    ["B1", "2", "public_other", "none", "suicide", "young_person", "none", "2016-01-01",
     "F", "1999-12-31", "self", "", "", ""],
    ["B2", "2", "both", "prior", "harm_sexual", "extra_familial", "reciprocal", "2016-02-29",
     "F", "2003-03-01", "sexual", "", "", ""],
]  # fmt: skip


def write(folder: Path, kind: str) -> Path:
    """Write a folder in which cases and children stand in one export, a row a case."""
    tables = sample_data.tables()
    del tables["cases"], tables["children"]
    sample_data.write_folder(folder, tables)
    text = RECODE.format(kind=kind).replace("where: dob_1", "where: sex_1")
    (folder / "recode.yaml").write_text(text, encoding="utf-8")
    frame = pd.DataFrame(EXPORT[1:], columns=EXPORT[0])
    if kind == "csv":
        frame.to_csv(folder / "export.csv", index=False)
    elif kind == "dta":
        frame.to_stata(folder / "export.dta", write_index=False)
    elif kind == "xlsx":
        frame.to_excel(folder / "export.xlsx", index=False, sheet_name="Data")
    else:
        import pyreadstat

        pyreadstat.write_sav(frame, str(folder / "export.sav"))
    return folder


def expected(folder: Path):
    tables = sample_data.tables()
    ages = {"A1a": "0", "A1b": "3", "A2a": "", "B1a": "16", "B2a": "12"}
    for row in tables["children"][1:]:
        row[3] = ages[row[0]]
    return read_dataset(sample_data.write_folder(folder, tables))


@pytest.mark.parametrize(
    "kind",
    [
        "csv",
        "xlsx",
        "dta",
        pytest.param("sav", marks=pytest.mark.skipif(
            importlib.util.find_spec("pyreadstat") is None, reason="pyreadstat is not installed")),
    ],
)  # fmt: skip
def test_an_export_with_a_recoding_file_is_the_dataset(kind, tmp_path):
    same(read_dataset(write(tmp_path / "data", kind)), expected(tmp_path / "expected"))


def test_a_value_that_is_not_recoded_is_refused_where_the_export_has_it(tmp_path, capsys):
    folder = write(tmp_path / "data", "csv")
    path = folder / "export.csv"
    path.write_text(path.read_text().replace(",F,2003", ",Girl,2003"), encoding="utf-8")
    assert main(["check", str(folder)]) == 2
    assert "export.csv, row 5, sex: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("law: law", "law: lwa", "'law'"),
        ("      law: law", "      lwa: law", "no such column"),
        ("  cases:", "  case:", "'cases'"),
        ("file: export.csv", "file: ../export.csv", "no such file"),
        ("file: export.csv", "flie: export.csv", "flie"),
        ("      law: law", "      law: {codes: {a: b}}", "cases: law: Say of which column"),
        ("born: dob_1, ", "born: dob_1, ta: x, ", "children: 1: columns: age: ta: There is no"),
        ("not_known: [N/K", "not_known: [&a N/K, *a", "References"),
        ("tables:", "tables: [", "not valid YAML"),
    ],
)
def test_a_fault_of_the_recoding_file_is_named(old, new, said, tmp_path):
    folder = write(tmp_path / "data", "csv")
    text = (folder / "recode.yaml").read_text(encoding="utf-8")
    assert old in text
    (folder / "recode.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_dataset(folder)
    assert said in str(caught.value)


def test_the_recoding_file_to_fill_in_names_every_column_and_reads_back(tmp_path, capsys):
    path = tmp_path / "recode.yaml"
    assert main(["template", str(path), "--recode"]) == 0
    capsys.readouterr()
    from tally.data import layout

    plan = layout.tables(coding_frame())
    found = recode.read(path, plan)
    named = {name: tuple(found.tables[name][0].columns) for name in found.tables}
    assert named == {name: table.names for name, table in plan.items()}
    assert main(["template", str(path), "--recode"]) == 2


def test_nothing_of_a_template_but_names_of_columns_is_looked_up(tmp_path):
    folder = write(tmp_path / "data", "csv")
    text = (folder / "recode.yaml").read_text(encoding="utf-8")
    text = text.replace("{record_id}a", "{record_id.__class__}a")
    (folder / "recode.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="The file has no such column"):
        read_dataset(folder)


def test_ages_are_whole_years_on_the_day():
    frame = pd.DataFrame(
        [("2012-03-01", "2015-03-01", "3"), ("2012-03-02", "2015-03-01", "2"),
         ("2012-02-29", "2015-02-28", "2"), ("", "2015-01-01", ""), ("soon", "2015-01-01", "soon")],
        columns=["born", "at", "age"],
    )  # fmt: skip
    found = recode._ages(frame["born"], frame["at"])
    assert found.astype(object).tolist() == frame["age"].tolist()


def test_what_was_recoded_goes_with_the_data_and_is_told_on_the_last_page(tmp_path):
    dataset = read_dataset(write(tmp_path / "data", "csv"))
    rows = dict(colophon.about(dataset).itertuples(index=False))
    assert "sex from sex_1 (F: female, M: male)" in rows["Table children, recoded"] or (
        "sex from sex_2 (F: female, M: male)" in rows["Table children, recoded"]
    )
    assert "study from study (1: 2015, 2: 2017)" in rows["Table cases, recoded"]
    assert not dict(colophon.about(expected(tmp_path / "plain")).itertuples(index=False)).keys() & {
        "Table cases, recoded"
    }


LEVELS = """
  ratings:
    file: levels.csv
    codes: {H: high, M: medium, L: low, "0": none, "1": current, "2": previous}
    columns:
      case_id: id
      child_protection_plan: {from: cpp, codes: {"0": "no"}}
"""


def test_codes_beside_the_columns_are_those_of_every_column_but_identifiers_and_studies(tmp_path):
    folder = write(tmp_path / "data", "csv")
    frame = expected(tmp_path / "plain").frames["case"].rename(columns={"case_id": "id"})
    factors = [name for name in sample_data.FACTORS if name != "child_protection_plan"]
    levels = frame[["id", "child_protection_plan", *factors]].astype(str)
    levels = levels.rename(columns={"child_protection_plan": "cpp"})
    short = {"high": "H", "medium": "M", "low": "L", "none": "0",
             "no": "0", "current": "1", "previous": "2"}  # fmt: skip
    levels[["cpp", *factors]] = levels[["cpp", *factors]].replace(short)
    assert set(levels.drop(columns="id").to_numpy().ravel()) == {"0", "1", "2", "H", "M", "L"}
    levels.to_csv(folder / "levels.csv", index=False)
    (folder / "ratings.csv").unlink()
    text = (folder / "recode.yaml").read_text(encoding="utf-8") + LEVELS.lstrip("\n")
    text += "".join(f"      {name}: {name}\n" for name in factors)
    (folder / "recode.yaml").write_text(text, encoding="utf-8")
    found = read_dataset(folder).frames["case"]
    wanted = expected(tmp_path / "again").frames["case"]
    assert (
        found[list(sample_data.FACTORS)]
        .astype(str)
        .equals(wanted[list(sample_data.FACTORS)].astype(str))
    )
    assert "in all columns H: high" in dict(recode.told(text))["ratings"]


def test_a_code_of_not_known_is_what_the_frame_calls_not_known(tmp_path):
    folder = write(tmp_path / "data", "csv")
    path = folder / "export.csv"
    path.write_text(path.read_text().replace(",F,2003", ",99,2003"), encoding="utf-8")
    sexes = read_dataset(folder).frames["child"].set_index("child_id")["sex"]
    assert (sexes["B2a"], (sexes == "not_known").sum()) == ("not_known", 1)


def test_a_file_whose_columns_are_its_own_is_one_failure_that_names_the_way_out(tmp_path, capsys):
    folder = sample_data.write_folder(tmp_path / "data")
    register = [
        ["Register"],
        ["Ref", "M/F", "D.O.B."],
        *[[f"N{n}", "F", f"{n}"] for n in range(40)],
    ]
    text = "\n".join(",".join(row) for row in register)
    (folder / "children.csv").write_text(text, encoding="utf-8")
    (folder / "parents.csv").unlink()
    (folder / "studies.csv").unlink()
    assert main(["check", str(folder)]) == 2
    told = capsys.readouterr()
    first, second = told.out.splitlines()
    assert "'studies' and 'parents' are missing" in first
    assert "No column has a name of the table 'children'" in second
    assert first.count(recode.WAY) == second.count(recode.WAY) == 1
    assert "scr template FOLDER/recode.yaml --recode" in told.err


def test_dates_are_read_as_typed_and_those_that_mean_two_need_a_word(tmp_path):
    folder = write(tmp_path / "data", "csv")
    path, recoding = folder / "export.csv", folder / "recode.yaml"
    typed = path.read_text().replace("2014-03-02", "02/03/2014").replace("2012-03-01", "01/03/2012")
    typed = typed.replace("1999-12-31", "31/12/1999").replace("2003-03-01", "1 March 2003")
    path.write_text(typed, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_dataset(folder)
    failures = caught.value.failures
    found = [(failure.row, failure.column, failure.value) for failure in failures]
    assert found == [("2", "dob_1", "02/03/2014"), ("2", "dob_2", "01/03/2012")]
    assert all("'dates: day/month/year'" in failure.rule for failure in failures)
    said = "dates: day/month/year\n" + recoding.read_text(encoding="utf-8")
    recoding.write_text(said, encoding="utf-8")
    same(read_dataset(folder), expected(tmp_path / "expected"))


@pytest.mark.parametrize(
    ("text", "order", "meant"),
    [
        ("2012-03-04", "", "2012-03-04"),
        ("31/12/1999", "", "1999-12-31"),
        ("12/31/1999", "", "1999-12-31"),
        ("4 March 2012", "", "2012-03-04"),
        ("03/04/2012", "", None),
        ("03/04/2012", "day/month/year", "2012-04-03"),
        ("03/04/2012", "month/day/year", "2012-03-04"),
        ("31/12/1999", "month/day/year", None),
        ("12/31/1999", "day/month/year", None),
        ("2012-03", "", None),
        ("2012", "", None),
        ("30/02/2012", "", None),
    ],
)
def test_a_date_has_a_day_and_means_one(text, order, meant):
    found = values.date(text, order)
    assert (str(found) if found else None) == meant
