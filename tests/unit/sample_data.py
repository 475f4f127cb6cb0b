"""A small valid dataset in files, which tests break in one place at a time."""

from __future__ import annotations

import csv
from pathlib import Path

from scrlib.report import coding_frame

Rows = list[list[str]]
FACTORS = coding_frame().factors


def ratings(cases: dict[str, dict[str, str]]) -> Rows:
    """Return long ratings: none of everything, but for what is said of a case."""
    rows: Rows = [["case_id", "risk_factor", "rating"]]
    for case, given in cases.items():
        for factor in FACTORS:
            usual = "no" if factor == "child_protection_plan" else "none"
            rows.append([case, factor, given.get(factor, usual)])
    return rows


def tables() -> dict[str, Rows]:
    """Return four cases in two studies, of each kind of proceedings, as rows of text."""
    return {
        "studies": [
            ["study", "label", "first_month", "last_month"],
            ["2015", "2015", "2014-10", "2015-11"],
            ["2017", "2017", "2015-12", "2016-12"],
        ],
        "cases": [
            ["case_id", "study", "law", "involvement", "incident", "perpetrator", "da_perpetrator"],
            ["A1", "2015", "s31", "prior", "harm_neglect", "mother", "none"],
            ["A2", "2015", "wafh", "current", "death_homicide", "father", "male"],
            ["B1", "2017", "public_other", "none", "suicide", "young_person", "none"],
            ["B2", "2017", "both", "prior", "harm_sexual", "extra_familial", "reciprocal"],
        ],
        "children": [
            ["child_id", "case_id", "sex", "age", "harm"],
            ["A1a", "A1", "female", "0", "neglect"],
            ["A1b", "A1", "male", "3", "neglect"],
            ["A2a", "A2", "male", "", "physical"],
            ["B1a", "B1", "female", "16", "self"],
            ["B2a", "B2", "female", "12", "sexual"],
        ],
        "parents": [
            ["case_id", "role", "age_at_first_child"],
            ["A1", "mother", "19"],
            ["A1", "father", ""],
            ["B2", "mother", "31"],
        ],
        "ratings": ratings(
            {
                "A1": {"neglect": "high", "child_protection_plan": "previous"},
                "A2": {"domestic_abuse": "medium"},
                "B1": {"child_vulnerabilities": "low"},
                "B2": {"domestic_abuse": "low", "child_protection_plan": "current"},
            }
        ),
        "learning": [
            ["mechanism", "theme", "finding", "action", "level"],
            ["imr", "recording", "shortfall", "Workshops on recording", "national"],
        ],
    }


META = "title: Four invented cases\nprovenance: synthetic\nperiod: 2014 to 2016\ncontact: nobody\n"


def write_folder(folder: Path, content: dict[str, Rows] | None = None, meta: str = META) -> Path:
    """Write a dataset as CSV files and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (tables() if content is None else content).items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows(rows)
    (folder / "dataset.yaml").write_text(meta, encoding="utf-8")
    return folder


def write_workbook(path: Path, content: dict[str, Rows] | None = None) -> Path:
    """Write a dataset as a workbook and return its path."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    described = [line.split(": ") for line in META.strip().split("\n")]
    for name, rows in {"dataset": [["key", "value"], *described], **(content or tables())}.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path
