"""Is a study added to earlier ones whole, and is nothing mixed that should not be?"""

from __future__ import annotations

import pytest
import sample_data
from hypothesis import given, settings
from hypothesis import strategies as st
from random_data import random_dataset

from scrlib import paths
from scrlib.report import coding_frame, read_dataset
from tally.data import check, loading, merge, storage
from tally.errors import InputError

META = "title: Earlier cases\nprovenance: invented\n"
EXAMPLE = paths.DATA / "example" / "study"


def append(tmp_path, content=None, meta=META):
    old = sample_data.write_folder(tmp_path / "old", content, meta)
    return merge.append(old, EXAMPLE, tmp_path / "all", coding_frame())


def refused(tmp_path, content=None, meta=META):
    with pytest.raises(InputError) as caught:
        append(tmp_path, content, meta)
    assert not (tmp_path / "all").exists()
    return caught.value.failures


def test_all_cases_children_parents_and_learning_points_are_there(tmp_path):
    merged = append(tmp_path)
    assert [item.study for item in merged.studies] == [2015, 2017, 2018]
    assert merged.size("case") == 4 + 18
    assert len(merged.learning) == 1 + 4
    assert merged.meta.title == "Earlier cases; Example study of 18 invented cases"
    assert merged.meta.period == "2014 to 2018"


def test_what_is_written_reads_back_the_same(tmp_path):
    merged = append(tmp_path)
    again = read_dataset(tmp_path / "all")
    for unit, frame in merged.frames.items():
        assert again.frames[unit].equals(frame)


def test_invented_and_synthetic_cases_are_not_mixed(tmp_path):
    (failure,) = refused(tmp_path, meta=sample_data.META)
    assert failure.value == "old is synthetic, study is invented"


def test_a_study_or_case_or_child_that_is_there_already_is_refused(tmp_path):
    tables = sample_data.tables()
    tables["studies"][2][0] = "2018"
    for name in ("cases", "children", "parents", "ratings"):
        for row in tables[name][1:]:
            row[:] = ["INV-01" if cell == "A1" else cell for cell in row]
            row[:] = ["2018" if cell == "2017" else cell for cell in row]
    tables["children"][1][0] = "INV-02-a"
    failures = refused(tmp_path, tables)
    assert [(item.place, item.column, item.value) for item in failures] == [
        ("study, studies", "study", "2018"),
        ("study, cases", "case_id", "INV-01"),
        ("study, children", "child_id", "INV-02-a"),
    ]


def test_cases_that_are_all_there_already_are_one_failure_that_says_how_many(tmp_path):
    with pytest.raises(InputError) as caught:
        merge.append(EXAMPLE, EXAMPLE, tmp_path / "all", coding_frame())
    _, cases, children = caught.value.failures
    assert cases.value == "INV-01, INV-02, INV-03 and 15 more"
    assert "leave the row out, or give it one of its own" in cases.rule
    assert children.value.endswith(" more")


def test_studies_whose_months_overlap_are_refused(tmp_path):
    tables = sample_data.tables()
    tables["studies"][2][3] = "2017-03"
    (failure,) = refused(tmp_path, tables)
    assert "begins after the months of study 2017" in failure.rule


def test_faults_of_both_datasets_come_together(tmp_path):
    tables = sample_data.tables()
    tables["children"][1][2] = "girl"
    old = sample_data.write_folder(tmp_path / "old", tables, META)
    tables["children"][1][2], tables["children"][1][3] = "female", "40"
    new = sample_data.write_folder(tmp_path / "new", tables, META)
    with pytest.raises(InputError) as caught:
        merge.append(old, new, tmp_path / "all", coding_frame())
    assert {item.column for item in caught.value.failures} == {"sex", "age"}


def test_an_existing_dataset_is_not_overwritten(tmp_path):
    append(tmp_path)
    with pytest.raises(InputError, match="stands there already"):
        merge.append(tmp_path / "old", EXAMPLE, tmp_path / "all", coding_frame())


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_a_dataset_taken_apart_by_study_is_put_together_again(seed):
    whole = random_dataset(seed, {2012: 5, 2016: 4, 2018: 6})
    parts = [part(whole, keep) for keep in ((2012, 2016), (2018,))]
    merged = merge.merge(*parts)
    for name, table in storage.tables_of(whole).items():
        assert texts(storage.tables_of(merged)[name]).equals(texts(table))


def texts(table):
    """Return a table as text, whole numbers without a point."""
    return table.astype(str).replace({r"\.0$": "", "nan": "<NA>", "None": "<NA>"}, regex=True)


def part(whole, years):
    from dataclasses import replace

    cases = whole.frames["case"]
    cases = cases[cases["study"].isin(years)].reset_index(drop=True)
    frames = {"case": cases}
    for unit in ("child", "parent"):
        frame = whole.frames[unit]
        frames[unit] = frame[frame["case_id"].isin(cases["case_id"])].reset_index(drop=True)
    studies = [item for item in whole.studies if item.study in years]
    return replace(whole, codebook=whole.codebook.with_studies(studies), frames=frames)


def test_the_merged_dataset_passes_the_check_by_itself(tmp_path):
    merged = append(tmp_path)
    assert check.check(loading.load_tables(tmp_path / "all", coding_frame()), merged.codebook).ok
