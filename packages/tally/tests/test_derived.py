"""Are groups and derived variables columns, with the values that a plain count by hand gives?"""

from __future__ import annotations

import pandas as pd
import pytest
from frames import accidents, cases, rated

from tally.dataset import Dataset
from tally.evaluate import derived


@pytest.fixture(scope="module")
def data() -> Dataset:
    return accidents()


def test_a_group_is_a_column_of_labels_in_the_frames_order(data: Dataset) -> None:
    area = derived(data, "accident")["area"]
    rural, urban = "Outside towns", "In towns"
    assert area.tolist() == [rural, rural, urban, urban, urban, rural]
    assert area.cat.categories.tolist() == [rural, urban]
    assert area.cat.ordered


def test_a_group_may_be_given_by_its_codes(data: Dataset) -> None:
    area = derived(data, "accident", labels=False)["area"]
    assert area.tolist() == ["rural", "rural", "urban", "urban", "urban", "rural"]


def test_numbers_and_conditions_are_columns(data: Dataset) -> None:
    found = derived(data, "accident")
    assert found["casualties"].tolist() == [2, 1, 1, 1, 2, 1]
    assert found["fatal"].tolist() == [True, False, False, False, False, True]
    assert found["fatal"].dtype == bool


def test_a_member_has_the_groups_of_its_case_and_a_blank_its_own_group(data: Dataset) -> None:
    found = derived(data, "casualty")
    assert found["age_band"].tolist() == [
        "18 and over", "Under 18", "18 and over", "Under 18", "Not known", "18 and over",
        "18 and over", "18 and over",
    ]  # fmt: skip
    assert found["fatal"].sum() == 3


def test_rows_and_index_are_those_of_the_unit(data: Dataset) -> None:
    later = Dataset(
        data.codebook,
        {
            unit: table.set_index(table.columns[0], drop=False)
            for unit, table in data.frames.items()
        },
        data.meta,
    )
    assert derived(later, "accident").loc["A6", "fatal"]


def test_a_table_of_derived_columns_is_pandas_own(data: Dataset) -> None:
    found = derived(data, "accident")
    table = pd.crosstab(found["area"], found["fatal"])
    assert table.to_numpy().tolist() == [[1, 2], [3, 0]]


def test_a_sum_with_an_unknown_part_is_missing() -> None:
    from tally import codebook
    from tally.dataset import OBSERVED, Meta

    frame = codebook.assemble(
        {
            "units": {"case": {"label": "case", "plural": "cases", "table": "cases", "id": "id"}},
            "variables": [
                {"name": name, "unit": "case", "kind": "integer", "label": name, "maximum": 9,
                 "optional": True} for name in "xy"
            ],
            "derived": [{"name": "both", "unit": "case", "label": "B", "expression": "x + y"}],
        }
    )  # fmt: skip
    rows = pd.DataFrame({"id": ["1", "2"], "x": [1, None], "y": [2, 3]})
    found = derived(Dataset(frame, {"case": rows}, Meta("Two", OBSERVED)), "case")["both"]
    assert found.tolist() == [3, pd.NA]


def test_a_frame_that_derives_nothing_has_no_columns() -> None:
    data = cases(rated(), [(2015, "a", "high", "low")])
    assert derived(data, "case").shape == (1, 0)
