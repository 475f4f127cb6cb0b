"""Can a small number be recovered from a book in which small numbers are held back?"""

from __future__ import annotations

import io
import re
import zipfile

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from ortools.sat.python import cp_model
from random_data import random_dataset

from scrlib import paths
from scrlib.building import book
from scrlib.report import coding_frame
from tally.evaluate import mask
from tally.language import parse

pytestmark = pytest.mark.slow
LEAST = 5
WITNESS = random_dataset(99, {2016: 400, 2018: 400})
"""Many cases of every kind, on which counts that differ are seen to differ."""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build the book about the 18 invented cases as if they were observed."""
    out = tmp_path_factory.mktemp("held") / "html"
    example = paths.DATA / "example" / "study"
    return book.build(example, study=2018, out=out, suppress_below=LEAST, store=None)


@pytest.fixture(scope="module")
def published(built):
    """Read the counts of all tables from the book's own download."""
    (path,) = built.glob("_downloads/*/tables.zip")
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if re.fullmatch(r"table_\d\d\.csv", name)]
        frames = [
            pd.read_csv(io.BytesIO(archive.read(name)), dtype=str, keep_default_na=False)
            for name in names
        ]
    found = pd.concat(frames)
    return found[(found["measure"] == "count") & (found["quantity"] != "")]


def test_no_count_under_the_limit_stands_in_a_download(published):
    numbers = pd.to_numeric(published["shown"], errors="coerce")
    assert not ((numbers > 0) & (numbers < LEAST)).any()
    assert published["shown"].str.startswith("[").sum() > 30
    assert (published.loc[published["shown"].str.startswith("["), "value"] == "").all()


def test_no_held_back_count_of_a_table_follows_from_those_that_the_book_shows(published):
    for _, table in published.groupby("table"):
        for place in np.flatnonzero(table["shown"].str.startswith("[")):
            first = values(table, int(place), set())
            assert first
            assert values(table, int(place), first), table.iloc[place]["quantity"]


def values(table, place, but):
    """Return a value that a count can have, from the shown table alone, other than those given."""
    counted = [
        mask(parse(text, WITNESS.codebook, 2018).single.where, WITNESS, unit_of(text))
        for text in table["quantity"]
    ]
    kinds = np.unique(np.array(counted).T, axis=0)
    model = cp_model.CpModel()
    numbers = [model.new_int_var(0, 200, "") for _ in kinds]
    for number, shown in enumerate(table["shown"]):
        total = sum(n for n, kind in zip(numbers, kinds, strict=True) if kind[number])
        if number == place:
            for value in but:
                model.add(total != value)
            wanted = total
        if shown == "[c]":
            model.add_linear_constraint(total, 1, LEAST - 1)
        elif not shown.startswith("["):
            model.add(total == int(shown))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    status = solver.solve(model)
    return {solver.value(wanted)} if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else set()


def unit_of(text):
    return re.match(r"count\((\w+)", text)[1]


@pytest.mark.parametrize("name", ["03_study_2017", "05_all_cases"])
def test_pages_say_what_is_held_back_and_show_no_small_number_in_a_table(built, name):
    text = (built / "chapters" / f"{name}.html").read_text(encoding="utf-8")
    page = BeautifulSoup(text, "html.parser")
    assert "Numbers from 1 to 4 are held back" in page.get_text(" ")
    cells = [cell.get_text().strip() for cell in page.select("article table.scr-table td")]
    cells = cells or [cell.get_text().strip() for cell in page.select("article table td")]
    assert any(cell.startswith("[") for cell in cells)
    assert not [cell for cell in cells if re.match(r"[1-4]\b(?!\.)", cell)]


def test_the_frame_of_the_witness_is_that_of_the_book():
    assert set(coding_frame().variables) == set(WITNESS.codebook.variables)
