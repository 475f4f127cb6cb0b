"""Are claims read from a CSV file as they are meant, and is all that is wrong said at once?"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from frames import accidents

from tally.claims import Claim, read_csv
from tally.errors import Failure, InputError

DATA = accidents()


def read(folder: Path, *lines: str, header: str = "id,quantity,printed,compare,rounding") -> dict:
    path = folder / "claims.csv"
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return {item.id: item for item in read_csv(path, DATA.codebook)}


def wrong(folder: Path, *lines: str, **options: str) -> tuple[Failure, ...]:
    with pytest.raises(InputError) as caught:
        read(folder, *lines, **options)
    return caught.value.failures


def verdict(claim: Claim) -> list[bool | None]:
    return [item.holds for item in claim.check(DATA)]


def test_a_row_is_a_claim_that_a_dataset_is_checked_against(tmp_path: Path) -> None:
    # By hand: 2 of 8 were killed; of the 7 with a known age 2 are under 18.
    found = read(
        tmp_path,
        'killed,"count(casualty, severity == ""killed"")",2,,',
        'share,"percent(casualty, severity == ""killed"")",25%,equal,half_up',
        'wrong,"count(casualty, age < 18)",3,,',
        'some,"count(casualty, age < 18)",1,at_least,',
        'order,"count(accident, fatal) < count(accident, not fatal)",,relation,',
    )
    assert {name: verdict(item) for name, item in found.items()} == {
        "killed": [True], "share": [True], "wrong": [False], "some": [True], "order": [True],
    }  # fmt: skip


def test_rows_of_one_id_are_readings_of_which_one_holds(tmp_path: Path) -> None:
    header = "id,quantity,printed,reading"
    rows = (
        'adults,"count(casualty, age >= 18)",6,age known',
        'adults,"count(casualty, not age < 18)",6,or not known',
    )
    (claim,) = read(tmp_path, *rows, header=header).values()
    assert [(item.id, item.label) for item in claim.readings] == [
        ("adults/1", "age known"), ("adults/2", "or not known"),
    ]  # fmt: skip
    # By hand: five are known to be 18 or over; one age is blank.
    assert verdict(claim) == [False, True]


def test_a_source_that_rounds_halves_to_even_is_not_accused(tmp_path: Path) -> None:
    # A published table prints 13 of 80, 16.25%, as 16.2: its halves go to the even digit.
    share = '"percent(accident, fatal)",16.2'
    found = read(tmp_path, f"even,{share},equal,half_even", f"up,{share},equal,half_up")
    exact = Fraction(100 * 13, 80)
    assert found["even"].admits(exact)
    assert not found["up"].admits(exact)


def test_all_that_is_wrong_is_said_at_once_with_row_and_column(tmp_path: Path) -> None:
    found = wrong(
        tmp_path,
        'a,"count(casualties, true)",2,,',
        'b,"count(casualty, sevrity == ""killed"")",2,,',
        'c,"count(casualty, true)",eight,,',
        'd,"count(casualty, true)",8,equals,half_odd',
        ',"count(casualty, true)",8,,',
    )
    assert [(item.row, item.column, item.nearest) for item in found] == [
        ("2", "quantity", "casualty"), ("3", "quantity", "severity"), ("4", "printed", ""),
        ("5", "compare", "equal"), ("5", "rounding", "half_down"), ("6", "id", ""),
    ]  # fmt: skip
    assert {item.place for item in found} == {"claims.csv"}


def test_the_same_claim_twice_is_refused(tmp_path: Path) -> None:
    row = 'a,"count(casualty, true)",8,,'
    (found,) = wrong(tmp_path, row, row)
    assert (found.rule, found.row, found.value) == ("The same claim stands twice.", "3", "a")


def test_readings_that_print_different_numbers_are_refused(tmp_path: Path) -> None:
    found = wrong(tmp_path, 'a,"count(casualty, true)",8,,', 'a,"count(accident, true)",6,,')
    assert [(item.row, item.column, item.value) for item in found] == [("3", "printed", "6")]


def test_a_column_that_is_missing_or_misspelt_is_named(tmp_path: Path) -> None:
    found = wrong(tmp_path, header="id,quantity,prnted")
    assert [(item.column or item.value, item.nearest) for item in found] == [
        ("printed", ""), ("prnted", "printed"),
    ]  # fmt: skip


def test_a_frame_without_studies_has_no_study_in_focus(tmp_path: Path) -> None:
    (found,) = wrong(tmp_path, 'a,"count(accident, number(casualty) == focus)",8,,')
    assert found.rule == "No study is in focus here."
