"""Is a number told only where the report fixes it, whichever way its quantity is spelt?"""

from __future__ import annotations

from fractions import Fraction

import pytest
from example_cases import cases
from random_data import random_dataset

from scrlib.auditing.claims import claims
from scrlib.auditing.known import Knowledge, in_print, of_the_report
from scrlib.report import coding_frame
from scrlib.words import phrase, short
from tally.dataset import SYNTHETIC
from tally.evaluate import evaluate
from tally.interval import UNDEFINED, Known, certain, exactly
from tally.language import parse
from tally.normal_form import key, partitions

FRAME = coding_frame()


def spelt(text: str) -> str:
    return key(parse(text, FRAME, 2017), FRAME)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('count(case, law_group == "public")', 'count(case, law in ("s31", "public_other"))'),
        ('count(case, law == "s31" and study == focus)',
         'count(case, study == 2017 and law == "s31")'),
        ("count(case, present(neglect))", 'count(case, not neglect == "none")'),
        ("count(case, score(neglect) == 3)", 'count(case, neglect == "high")'),
        ("count(case, number(child) > 1)", "count(case, number(child) >= 2)"),
        ("count(child, age < 1)", 'count(child, age_band == "under_1")'),
        ("count(case, study < 2099)", "count(case, true)"),
        ('percent(case, law == "s31")', 'percent(case, law == "s31", true)'),
        ("count(case, not (present(neglect) or present(sexual_abuse)))",
         'count(case, sexual_abuse == "none" and neglect == "none")'),
        ('count(case, da_perpetrator == "male" and present(domestic_abuse))',
         'count(case, da_perpetrator == "male")'),
        ('percent(case, da_perpetrator == "male", present(domestic_abuse))',
         'percent(case, da_perpetrator == "male", da_perpetrator != "none")'),
    ],
)  # fmt: skip
def test_two_spellings_of_one_quantity_have_one_form(first: str, second: str) -> None:
    assert spelt(first) == spelt(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('count(case, law == "s31")', 'count(case, law == "wafh")'),
        ('count(case, law == "s31")', 'percent(case, law == "s31")'),
        ("count(case, number(child) > 1)", "count(case, number(child) > 2)"),
        ("count(child, true)", "count(case, true)"),
        ('percent(case, law == "s31")', 'percent(case, law == "s31", study == 2017)'),
        ("min(child, age, true)", "max(child, age, true)"),
    ],
)
def test_different_quantities_have_different_forms(first: str, second: str) -> None:
    assert spelt(first) != spelt(second)


@pytest.mark.parametrize("seed", range(4))
def test_counts_of_the_parts_add_up_to_the_count(seed: int) -> None:
    dataset = random_dataset(seed)
    text = 'count(case, law_group == "public" and present(neglect) and study > 2013)'
    whole = parse(text, dataset.codebook)
    found = list(partitions(whole, dataset.codebook))
    assert found
    for parts in found:
        counted = [evaluate(part, dataset) or Fraction(0) for part in parts]
        assert sum(counted) == evaluate(whole, dataset)


def test_the_form_of_random_spellings_never_joins_unequal_numbers() -> None:
    dataset = random_dataset(9)
    found: dict[str, Fraction | None] = {}
    for claim in claims(FRAME):
        for reading in claim.readings:
            if hasattr(reading.parsed, "terms"):
                form = key(reading.parsed, FRAME)  # type: ignore[arg-type]
                value = evaluate(reading.parsed, dataset)  # type: ignore[arg-type]
                assert found.setdefault(form, value) == value, reading.text
    assert len(found) > 300


def test_print_fixes_the_cells_of_the_tables_by_hand() -> None:
    # Tables 1 and 6 of the report.
    numbers = in_print(FRAME).numbers
    assert numbers[spelt("count(case, study == 2013)")].low == 10
    assert (
        numbers[spelt('count(case, incident == "death_homicide" and law_group == "private")')].low
        == 12
    )


def test_a_statement_that_can_be_read_in_two_ways_fixes_neither() -> None:
    assert spelt("percent(child, age < 1)") not in in_print(FRAME).numbers


def test_observed_data_are_counted_and_never_looked_up() -> None:
    found = Knowledge(cases({}, {}), 2012).of("count(case, true)")
    assert found == exactly(2)


def test_a_mean_of_nothing_is_undefined_on_observed_data() -> None:
    assert Knowledge(cases({}), 2012).of("mean(case, total_score, study == 2017)") == UNDEFINED


def test_synthetic_cases_that_no_longer_agree_with_the_report_are_counted_and_it_is_said() -> None:
    # The report has 97 cases.
    knowledge = Knowledge(cases({}, {}, provenance=SYNTHETIC), 2012)
    assert knowledge.of("count(case, true)") == exactly(2)
    assert knowledge.broken
    assert not knowledge.solved


def test_what_contradicts_itself_is_nought() -> None:
    knowledge = Knowledge(random_dataset(1, provenance=SYNTHETIC), 2017)
    assert knowledge.of('count(case, law == "s31" and law == "wafh")') == exactly(0)


def test_a_sum_of_known_counts_is_known() -> None:
    knowledge = Knowledge(random_dataset(1, provenance=SYNTHETIC), 2017)
    found = knowledge.of("count(case, study == 2012) + count(case, study == 2013)")
    assert found == exactly(33)
    assert knowledge.of("count(case, study <= 2013)") == exactly(33)


@pytest.mark.parametrize(
    ("left", "op", "right", "outcome"),
    [
        ((1, 3), "<", (4, 9), True), ((1, 4), "<", (4, 9), None), ((5, 9), "<", (1, 4), False),
        ((1, 4), "<=", (4, 9), True), ((2, 2), "==", (2, 2), True), ((2, 3), "==", (3, 4), None),
        ((2, 3), "==", (5, 6), False), ((2, 3), "!=", (5, 6), True), ((2, 2), "!=", (2, 2), False),
    ],
)  # fmt: skip
def test_ranges_are_compared_only_as_far_as_all_their_values_agree(
    left: tuple[int, int], op: str, right: tuple[int, int], outcome: bool | None
) -> None:
    first, second = (Known(Fraction(low), Fraction(high)) for low, high in (left, right))
    assert certain(first, op, second) is outcome


def test_a_number_that_is_held_back_is_shown_nowhere() -> None:
    def withhold(quantity: object, found: Known) -> Known:
        small = found.low is not None and 0 < found.low < 5
        return Known(None, None, marker="[c]") if small else found

    knowledge = Knowledge(cases({}, {}, {"law": "wafh"}), 2012, withhold)
    found = knowledge.of('count(case, law == "s31")')
    assert short(found) == "[c]"
    assert phrase(found, "count", "case", "cases") == "a number of cases that is held back [c]"
    assert knowledge.relation('count(case, law == "s31") > 1') is None


def test_a_printed_mean_is_told_to_the_printed_digit_and_no_further() -> None:
    # Table 5 prints 17.6 for the s31 cases of 2017; the solved cases have a mean that rounds to it.
    knowledge = of_the_report()
    found = knowledge.of('mean(case, total_score, law == "s31" and study == 2017)')
    assert found == exactly(Fraction("17.6"))


def test_a_printed_percentage_is_exact_only_where_its_counts_are_known() -> None:
    knowledge = of_the_report()
    assert knowledge.of("percent(case, present(neglect))") == exactly(Fraction(5800, 97))
    assert short(knowledge.of('percent(case, perpetrator_group == "familial")'), "percent") == "75%"


# -- rounded numbers ---------------------------------------------------------------------------


def rounded(*tens: int) -> Knowledge:
    """Return knowledge of so many public and private law cases, told to the nearest ten."""
    public, private = tens
    dataset = cases(*[{"law": "s31"}] * public, *[{"law": "wafh"}] * private)

    def told(quantity, found):
        if not quantity.terms or found.low is None:
            return found
        return exactly((found.low + 5) // 10 * 10)

    return Knowledge(dataset, 2012, told, rounded=True)


PUBLIC, PRIVATE = ('count(case, law_group == "public")', 'count(case, law_group == "private")')


@pytest.mark.parametrize("op", [">", "<", ">=", "<=", "==", "!="])
@pytest.mark.parametrize("pair", [(9, 11), (11, 9), (10, 10)])
def test_two_numbers_that_are_rounded_alike_are_not_compared(op: str, pair: tuple[int, int]):
    assert rounded(*pair).relation(f"{PUBLIC} {op} {PRIVATE}") is None


def test_numbers_that_are_rounded_apart_are_compared():
    found = rounded(9, 21)
    assert found.relation(f"{PUBLIC} < {PRIVATE}") is True
    assert found.relation(f"{PUBLIC} > {PRIVATE}") is False


def test_a_rounded_number_is_not_said_to_pass_a_limit_that_it_does_not():
    assert rounded(16, 1).relation(f"{PUBLIC} > 18") is None
    assert rounded(19, 1).relation(f"{PUBLIC} > 18") is True


def test_a_number_that_is_rounded_to_none_is_not_said_to_be_none():
    assert rounded(12, 3).relation(f"{PRIVATE} == 0") is None
    assert rounded(12, 0).relation(f"{PRIVATE} == 0") is True


@pytest.mark.parametrize("involvement", ["current", "prior", "none"])
def test_of_a_whole_of_none_every_part_is_none(involvement: str) -> None:
    """Table 3 has 12 cases in public law and 3 in private law, of 15: none has both."""
    text = f'count(case, study == 2017 and law_group == "both" and involvement == "{involvement}")'
    assert of_the_report().of(text) == exactly(Fraction(0))
