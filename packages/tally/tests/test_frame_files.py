"""Is all that is wrong with a frame's files said at once, with file, entry, value and nearest?"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from frames import EXAMPLE, accidents

from tally import codebook
from tally.errors import Failure, InputError


def failures(folder: Path, *edits: tuple[str, str]) -> tuple[Failure, ...]:
    """Return what is said of the example's frame with some texts replaced."""
    copy = folder / "frame"
    shutil.copytree(EXAMPLE / "frame", copy)
    text = (copy / "variables.yaml").read_text(encoding="utf-8")
    for before, after in edits:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    (copy / "variables.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        codebook.load(copy)
    return caught.value.failures


def test_a_misspelt_field_is_named_with_its_entry_and_the_nearest(tmp_path: Path) -> None:
    (found,) = failures(tmp_path, ("maximum: 110", "maximun: 110"))
    assert (found.place, found.column) == ("variables.yaml", "variables: age: maximun")
    assert (found.value, found.nearest) == ("maximun", "maximum")


def test_a_field_that_is_missing_is_named(tmp_path: Path) -> None:
    (found,) = failures(tmp_path, ("{code: killed, label: Killed}", "{code: killed}"))
    assert found.rule == "This must be given."
    assert found.column == "variables: severity: categories: killed: label"


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    edits = (("label: Age\n", "lable: Age\n"), ("minimum: 0", "minimum: none"))
    rules = {item.column: item.value for item in failures(tmp_path, *edits)}
    assert rules == {
        "variables: age: label": "", "variables: age: lable": "lable",
        "variables: age: minimum": "none",
    }  # fmt: skip


def test_a_code_that_yaml_reads_as_false_is_to_be_quoted(tmp_path: Path) -> None:
    found = failures(tmp_path, ("{code: killed, label: Killed}", "{code: no, label: Killed}"))
    assert any('Write "no" and "yes" in quotes.' in item.rule for item in found)


@pytest.mark.parametrize(
    ("before", "after", "value", "nearest"),
    [
        ("  - name: road\n    unit: accident\n", "  - name: road\n    unit: acident\n", "acident",
         "accident"),
        ("in: {area: urban}", "in: {aera: urban}", "aera", "area"),
        ("table: casualties, of: accident", "table: casualties, of: accidents", "accidents",
         "accident"),
    ],
)  # fmt: skip
def test_a_name_that_stands_nowhere_is_named_with_the_nearest(
    tmp_path: Path, before: str, after: str, value: str, nearest: str
) -> None:
    found = failures(tmp_path, (before, after))
    assert (value, nearest) in {(item.value, item.nearest) for item in found}


def test_a_frame_in_which_each_unit_belongs_to_another_is_refused(tmp_path: Path) -> None:
    found = failures(tmp_path, ("table: accidents, id", "table: accidents, of: casualty, id"))
    assert "One unit must belong to no other." in {item.rule for item in found}


def test_a_former_name_that_is_used_now_is_refused(tmp_path: Path) -> None:
    edit = "{code: killed, label: Killed, alias: [slight]}"
    (found,) = failures(tmp_path, ("{code: killed, label: Killed}", edit))
    assert (found.rule, found.value) == ("A former name may not be one that is used now.", "slight")


def test_a_frame_that_is_a_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "variables.yaml").write_text("- units\n", encoding="utf-8")
    with pytest.raises(InputError, match="Fields with names were expected here"):
        codebook.load(tmp_path)


def test_a_number_where_text_is_meant_is_read_as_text(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE / "frame", tmp_path / "frame")
    path = tmp_path / "frame" / "variables.yaml"
    text = path.read_text(encoding="utf-8").replace(
        "label: Age\n", "label: 2012\n    section: 3.1\n"
    )
    path.write_text(text, encoding="utf-8")
    age = codebook.load(tmp_path / "frame").variables["age"]
    assert (age.label, age.section) == ("2012", "3.1")


def test_frames_and_datasets_are_shown_by_their_sizes_and_never_by_their_rows() -> None:
    data = accidents()
    assert repr(data.codebook) == (
        "Codebook(accident, casualty: 3 variables, 0 studies, version 1)"
    )
    assert repr(data) == "Dataset('Six accidents', invented: 6 accidents, 8 casualties)"
    assert (
        repr(data.codebook.variables["age"]) == "Variable('age', integer of casualty, 112 values)"
    )
