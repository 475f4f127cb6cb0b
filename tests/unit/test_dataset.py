"""Does a dataset in memory say whose rows are whose, and refuse values outside the frame?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sample_data

from scrlib.report import coding_frame, read_dataset
from tally.dataset import OBSERVED, SYNTHETIC, Dataset, Meta, positions

FRAME = coding_frame()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return read_dataset(sample_data.write_folder(tmp_path_factory.mktemp("small")))


def test_a_dataset_counts_the_rows_of_each_unit(small: Dataset) -> None:
    assert {unit: small.size(unit) for unit in FRAME.units} == {"case": 4, "child": 5, "parent": 3}


def test_a_dataset_has_the_studies_of_its_own_table(small: Dataset) -> None:
    assert [item.study for item in small.studies] == [2015, 2017]


def test_provenance_says_whether_the_cases_are_invented(small: Dataset) -> None:
    assert small.synthetic
    assert not Dataset(FRAME, small.frames, Meta("t", OBSERVED)).synthetic
    assert Dataset(FRAME, small.frames, Meta("t", SYNTHETIC)).synthetic


def test_a_dataset_without_learning_points_has_an_empty_table_of_them(small: Dataset) -> None:
    bare = Dataset(FRAME, small.frames, Meta("t", OBSERVED))
    assert list(bare.learning.columns) == ["mechanism", "theme", "finding", "action", "level"]
    assert len(bare.learning) == 0


def test_each_member_belongs_to_the_case_of_its_id(small: Dataset) -> None:
    assert small.views["child"].owner.tolist() == [0, 0, 1, 2, 3]
    assert small.views["parent"].owner.tolist() == [0, 0, 3]


def test_a_member_has_the_values_of_its_case(small: Dataset) -> None:
    laws = [small.codebook.variables["law"].codes[i] for i in small.views["child"].positions("law")]
    assert laws == ["s31", "s31", "wafh", "public_other", "both"]


def test_the_root_has_as_many_positions_as_cases(small: Dataset) -> None:
    assert len(small.views["case"]) == 4
    assert len(small.views["case"].positions("law")) == 4


def test_a_position_is_the_place_of_a_code_in_the_order_of_the_frame() -> None:
    variable = FRAME.variables["sex"]
    assert positions(pd.Series(["male", "female"]), variable).tolist() == [1, 0]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([0, 17, None], dtype="Int64"),
        pd.Series([0.0, 17.0, np.nan]),
        pd.Series([0, 17, None], dtype=object),
    ],
    ids=["Int64", "float", "object"],
)
def test_an_age_that_is_not_known_has_the_last_position(column: pd.Series) -> None:
    assert positions(column, FRAME.variables["age"]).tolist() == [0, 17, 18]


def test_the_positions_of_a_number_begin_at_its_minimum() -> None:
    found = positions(pd.Series([10, 79]), FRAME.variables["age_at_first_child"])
    assert found.tolist() == [0, 69]


@pytest.mark.parametrize(
    ("name", "values", "outside"),
    [
        ("age", [-1, 3, 18], 2),
        ("age", [25], 1),
        ("age", [3.5], 1),
        ("role", [None], 1),
        ("sex", ["female", "other", None], 2),
        ("law", ["S31"], 1),
        ("neglect", ["current"], 1),
    ],
)
def test_values_outside_the_frame_are_counted_and_not_told(
    name: str, values: list[object], outside: int
) -> None:
    with pytest.raises(ValueError, match=f"{name} holds {outside} values outside") as caught:
        positions(pd.Series(values), FRAME.variables[name])
    assert not any(str(value) in str(caught.value) for value in values if value == "other")


def test_categories_as_pandas_holds_them_are_read(small: Dataset) -> None:
    column = pd.Series(["wafh", "s31"]).astype("category")
    assert positions(column, FRAME.variables["law"]).tolist() == [3, 0]
