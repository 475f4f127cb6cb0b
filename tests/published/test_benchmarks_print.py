"""Do the benchmarks hold what the report printed, of its own cases and of the national ones?"""

from __future__ import annotations

from fractions import Fraction

import pytest

from scrlib.auditing.claims import claims
from scrlib.compare import benchmarks
from scrlib.compare.benchmarks import Benchmark
from scrlib.report import coding_frame
from tally import language
from tally.claims import Claim
from tally.expression import Quantity
from tally.normal_form import key, parts_of_share
from tally.rounding import parse_printed

FRAME = coding_frame()
CLAIMS = claims(FRAME)
PRINTED = {item.id: item.printed for item in CLAIMS}
ALL = {item.key: item for item in benchmarks.load()}
OURS = [item for item in ALL.values() if item.printed]
NATIONAL = [item for item in CLAIMS if item.benchmark]

DEATHS = ("death_physical", "death_homicide", "death_neglect", "death_cosleeping", "suicide",
          "overdose")  # fmt: skip
PARENTS = ("father", "mother", "both_parents", "parents_and_others", "mother_and_partner",
           "mothers_partner")  # fmt: skip


def of_deaths(*incidents: str) -> list[str]:
    return [f"table_06:{name}:total:count" for name in incidents]


IN_FAMILY = [f"table_08:{name}:death_violent:count" for name in PARENTS]
HARM = of_deaths("harm_physical", "harm_neglect", "harm_sexual")
# Counts and bases that the report prints in parts: the cells whose sum they are.
SUMS = {
    "tr16_fatal": (of_deaths(*DEATHS), None),
    "tr16_direct_family_deaths": (IN_FAMILY, of_deaths(*DEATHS)),
    "tr16_mother_perp": (["table_08:mother:death_violent:count"], IN_FAMILY),
    "f0509_overt": (of_deaths("death_homicide"), of_deaths(*DEATHS)),
    "f0509_assault": (of_deaths("death_physical"), of_deaths(*DEATHS)),
    "f0509_neglect": (of_deaths("death_neglect"), of_deaths(*DEATHS)),
    "f0509_suicide": (of_deaths("suicide"), of_deaths(*DEATHS)),
    **{
        name: (cells, None)
        for like, cells in (("tr16_fatal", of_deaths(*DEATHS)), ("cs20_harm", HARM))
        for name, item in ALL.items()
        if item.ours == ALL[like].ours
    },
}


def about(quantity: Quantity) -> list[Claim]:
    """Return the claims that print a number for a quantity, however they write it."""
    form = key(quantity, FRAME)
    return [
        item
        for item in CLAIMS
        for reading in item.readings
        if isinstance(reading.parsed, Quantity) and key(reading.parsed, FRAME) == form
    ]


def added(cells: list[str]) -> int:
    return sum(int(PRINTED[cell]) for cell in cells)


@pytest.mark.parametrize("item", OURS, ids=lambda item: item.key)
def test_our_share_is_what_the_report_printed(item: Benchmark) -> None:
    share = language.parse(item.ours, FRAME, 2017)
    inside, base = (about(part) for part in parts_of_share(share))
    percents = about(share)
    for count, nobs in item.printed:
        share_of = Fraction(100 * count, nobs)
        assert all(parse_printed(claim.printed).admits(share_of) for claim in percents)
    if len(item.printed) == 1:
        ((count, nobs),) = item.printed
        assert {claim.printed for claim in inside} <= {str(count)}
        assert {claim.printed for claim in base} <= {str(nobs)}
    assert percents or item.key in SUMS


@pytest.mark.parametrize("key", SUMS)
def test_a_share_that_is_printed_in_parts_is_their_sum(key: str) -> None:
    ((count, nobs),) = ALL[key].printed
    cells, base = SUMS[key]
    assert count == added(cells)
    assert nobs == (added(base) if base else int(PRINTED["table_06:total:total:count"]))


def test_high_or_medium_is_the_sum_of_two_rows_of_the_reports_table() -> None:
    for name, table in (("tr16_da", "table_09"), ("tr16_neglect", "table_11")):
        cells = [f"{table}:{level}:total:count" for level in ("high", "medium")]
        assert ALL[name].also_printed == ((added(cells), 97),)


def test_a_percentage_without_its_base_is_taken_of_children_and_of_cases() -> None:
    """Section 5.4.1 prints 20%, 33% and 9% and does not say of what."""
    for name in ("tr16_age_u1", "tr16_age_1_5", "tr16_age_11_17"):
        assert {nobs for _, nobs in ALL[name].printed} == {97, 174}


@pytest.mark.parametrize("claim", NATIONAL, ids=lambda claim: claim.id)
def test_a_national_figure_is_what_the_report_quotes(claim: Claim) -> None:
    item = ALL[claim.benchmark]
    assert item.family == "quoted"
    if claim.printed.endswith("%"):
        assert item.percent == parse_printed(claim.printed)
    else:
        assert claim.printed in (*map(str, item.counts), item.definition.rpartition(" ")[2])


def test_every_figure_that_the_report_quotes_is_a_benchmark_and_the_other_way_round() -> None:
    quoted = {key for key, item in ALL.items() if item.family == "quoted"}
    assert {claim.benchmark for claim in NATIONAL} == quoted


def test_the_section_of_a_quoted_figure_is_where_the_report_quotes_it() -> None:
    for claim in NATIONAL:
        assert claim.section.partition(",")[0] == ALL[claim.benchmark].section, claim.id
