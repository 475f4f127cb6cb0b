"""Claims tested on a dataset: what may be told goes in, one outcome per claim comes out.

All that is used of a dataset goes through `Knowledge`: of a synthetic one the numbers that the
report fixes, of one under disclosure control those that are shown. Where several counts agree with
what was published, every one is tested.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scrlib.auditing.known import Knowledge
from scrlib.compare import clusters, groups, outcome
from scrlib.compare.associations import Association
from scrlib.compare.benchmarks import Benchmark, Share
from scrlib.compare.outcome import Outcome, Reading
from scrlib.compare.shares import Result, one_share, paired_shares, pairings, two_shares
from tally import evaluate, language
from tally.dataset import Dataset
from tally.errors import Failure, InputError
from tally.expression import TRUE, Aggregate, Quantity
from tally.interval import Known
from tally.normal_form import parts_of_share


class UntestableError(Exception):
    """A number that a test takes may not be told, is not known, or is of nothing."""


def examine(
    knowledge: Knowledge, benchmarks: Iterable[Benchmark], associations: Iterable[Association]
) -> tuple[Outcome, ...]:
    """Test every claim on a dataset.

    Parameters
    ----------
    knowledge : Knowledge
        The dataset, the study in focus, and what may be told of its numbers.
    benchmarks : iterable of Benchmark
        Each that has a quantity to be set beside it; the others are passed over.
    associations : iterable of Association

    Returns
    -------
    tuple of Outcome
        In the order given; p values adjusted over all claims.

    Raises
    ------
    InputError
        If a quantity cannot be read or is no share; all such rows are named.
    """
    readings = _parsed(benchmarks, knowledge)
    found = [_benchmark(item, shares, knowledge) for item, shares in readings]
    return outcome.adjusted([*found, *(_association(item, knowledge) for item in associations)])


# -- what may be told ------------------------------------------------------------------------------


def _cases(dataset: Dataset) -> int:
    return dataset.size(dataset.codebook.root.name)


def _own(knowledge: Knowledge) -> bool:
    """Say whether the cases are those of the report, so that what it says is about them."""
    return knowledge.covers_print and not knowledge.broken


def _whole(known: Known) -> int:
    if known.marker:
        raise UntestableError(outcome.HELD_BACK)
    if not known.fixed or known.low is None:
        raise UntestableError(outcome.UNPRINTED)
    return int(known.low)


def _open(knowledge: Knowledge) -> None:
    """Refuse what no test may be made of at all."""
    if knowledge.dataset.synthetic and not knowledge.covers_print:
        raise UntestableError(outcome.INVENTED)
    if knowledge.rounded:
        raise UntestableError(outcome.HELD_BACK)


# -- beside national figures -----------------------------------------------------------------------


def _parsed(
    benchmarks: Iterable[Benchmark], knowledge: Knowledge
) -> list[tuple[Benchmark, list[Quantity]]]:
    found: list[tuple[Benchmark, list[Quantity]]] = []
    failures: list[Failure] = []
    for item in benchmarks:
        try:
            shares = [share_of(text, knowledge) for text in (item.ours, item.also) if text]
        except InputError as error:
            place = f"benchmark {item.key}"
            failures += [replace(part, place=place, column="ours") for part in error.failures]
        else:
            found += [(item, shares)] if item.ours else []
    if failures:
        raise InputError(failures)
    return found


def share_of(text: str, knowledge: Knowledge) -> Quantity:
    """Parse a share: one percentage.

    Raises
    ------
    InputError
        If the text cannot be read or is another quantity.
    """
    quantity = language.parse(text, knowledge.dataset.codebook, knowledge.focus)
    if quantity.single is None or quantity.single.function != "percent":
        raise InputError(Failure("Only one percentage can be compared.", value=text))
    return quantity


def _benchmark(item: Benchmark, shares: list[Quantity], knowledge: Knowledge) -> Outcome:
    own = _own(knowledge)
    here = item if own else _of_others(item, knowledge.dataset)
    found = Outcome(item, own)
    try:
        _open(knowledge)
        ours = _ours(shares[0], here.printed, knowledge)
    except UntestableError as error:
        return replace(found, reason=here.reason or str(error))
    found = replace(found, ours=tuple(ours))
    if here.reason or not here.pairs:
        return replace(found, reason=here.reason or "The base of the national figure is not known.")
    readings = {"": _reading(here, ours, shares[0], knowledge)}
    for other in shares[1:]:
        try:
            ours = _ours(other, here.also_printed, knowledge)
            readings[item.also_label] = _reading(here, ours, other, knowledge)
        except UntestableError as error:
            found = replace(found, untried=f"Not tried as “{item.also_label}”. {error}")
    return replace(found, readings=readings)


def _ours(quantity: Quantity, printed: Sequence[Share], knowledge: Knowledge) -> Sequence[Share]:
    """Return our share, or every one that agrees with the report."""
    if not (knowledge.solved and printed):
        inside, base = (_whole(knowledge.known(part)) for part in parts_of_share(quantity))
        printed = [(inside, base)]
    if not all(nobs for _, nobs in printed):
        raise UntestableError(outcome.NOTHING)
    return printed


def _of_others(item: Benchmark, dataset: Dataset) -> Benchmark:
    """Leave out what is true of the report's cases alone: what it printed, and who is in both.

    None can be in both where no study comes within a year of the benchmark's period.
    """
    apart = item.years is not None and not any(
        int(study.first_month[:4]) <= item.years[1] + 1
        and int(study.last_month[:4]) >= item.years[0] - 1
        for study in dataset.studies
    )
    return replace(item, overlap=0 if apart else None, printed=(), also_printed=())


def _reading(
    item: Benchmark, ours: Sequence[Share], quantity: Quantity, knowledge: Knowledge
) -> Reading:
    """Test one reading of our share against every count of the benchmark."""
    cases = [
        (*share, *other, deff)
        for share in ours
        for deff in _effects(quantity, share[1], knowledge)
        for other in item.pairs
    ]
    count, nobs, count2, nobs2, deff = np.transpose(cases)
    test = two_shares(count, nobs, count2, nobs2, deff=deff)
    if item.overlap == 0:
        return Reading(test)
    # The most cases possible are in both samples, in effective units.
    dataset, units = knowledge.dataset, nobs / deff
    known = item.overlap is not None
    both = item.overlap * units / max(_cases(dataset), 1) if known else units
    shared = np.minimum(both, np.minimum(units, nobs2))
    return Reading(test, clusters.overlap_test(count / deff, units, count2, nobs2, shared).pvalue)


def _effects(quantity: Quantity, nobs: int, knowledge: Knowledge) -> tuple[float, ...]:
    """Return the design effects to try for a share of members of cases."""
    share, dataset = quantity.single, knowledge.dataset
    assert share is not None
    if dataset.codebook.units[share.unit].of is None:
        return (1.0,)
    if knowledge.solved:
        # A share that may be of cases or of children has no clusters where it is of cases.
        return _possible(share.unit, dataset) if nobs == dataset.size(share.unit) else (1.0,)
    if knowledge.withhold is not None:  # how alike the children of a case are is not told
        return 1.0, max(1.0, nobs / _cases(dataset))
    return (_estimated(share, dataset),)


def _estimated(share: Aggregate, dataset: Dataset) -> float:
    inside = evaluate.mask(share.base or TRUE, dataset, share.unit)
    flags = evaluate.mask(share.where, dataset, share.unit)[inside]
    return clusters.design_effect(flags, np.asarray(dataset.views[share.unit].owner)[inside])


def _possible(unit: str, dataset: Dataset) -> tuple[float, ...]:
    """Return design effects from none to the most that the numbers of each study allow.

    Of the last study the report prints the size of each case (section 3.2), of the others how many
    cases and children there are (Tables 1 and 12).
    """
    root = dataset.codebook.root.name
    sizes = np.bincount(dataset.views[unit].owner, minlength=dataset.size(root))
    studies = dataset.frames[root]["study"].to_numpy()
    last = sizes[studies == dataset.studies[-1].study].tolist()
    others = [sizes[studies == study.study] for study in dataset.studies[:-1]]
    most = clusters.most_uneven((int(part.sum()), len(part)) for part in others)
    uneven = clusters.alike(last, dataset.size(unit), _cases(dataset))
    return tuple(sorted({1.0, uneven, clusters.alike([*most, *last])}))


# -- within the cases ------------------------------------------------------------------------------


def _association(item: Association, knowledge: Knowledge) -> Outcome:
    found = Outcome(item, _about_report(item, knowledge))
    try:
        _open(knowledge)
        test = _TESTS[item.test](item, knowledge)
    except UntestableError as error:
        return replace(found, reason=str(error))
    if np.isnan(test.pvalue).any():
        return replace(found, reason=outcome.NOTHING)
    return replace(found, readings={"": Reading(test)})


def _about_report(item: Association, knowledge: Knowledge) -> bool:
    """Say whether what the report says of an association is about these cases."""
    last = knowledge.dataset.studies[-1].study
    return _own(knowledge) and not (item.focused and knowledge.focus != last)


def _counts(item: Association, knowledge: Knowledge) -> list[int]:
    dataset = knowledge.dataset
    texts = item.quantities(dataset.studies)
    if knowledge.solved and item.printed and _about_report(item, knowledge):
        parsed = (language.parse(text, dataset.codebook, knowledge.focus) for text in texts)
        return [int(evaluate.evaluate(quantity, dataset) or 0) for quantity in parsed]
    # Each number is asked for, whatever the first says: a plan is made of all that is asked.
    return [_whole(known) for known in [knowledge.of(text) for text in texts]]


def _shares(item: Association, knowledge: Knowledge) -> Result:
    count, nobs, count2, nobs2 = _counts(item, knowledge)
    if not nobs or not nobs2:
        raise UntestableError(outcome.NOTHING)
    return two_shares(count, nobs, count2, nobs2)


def _split(item: Association, knowledge: Knowledge) -> Result:
    first, second = _counts(item, knowledge)
    if not first + second:
        raise UntestableError(outcome.NOTHING)
    return one_share(first, first + second)


def _trend(item: Association, knowledge: Knowledge) -> Result:
    counts, dates = _counts(item, knowledge), groups.study_dates(knowledge.dataset.studies)
    share = share_of(f"percent({item.unit}, {item.where}, {item.base})", knowledge)
    effects = _effects(share, sum(counts[1::2]), knowledge)
    tests = [groups.trend(counts[::2], counts[1::2], dates, deff=deff) for deff in effects]
    return Result.stacked(tests, (len(tests),))


def _table(item: Association, knowledge: Knowledge) -> Result:
    return groups.independence(np.reshape(_counts(item, knowledge), (len(item.rows), -1)))


def _means(item: Association, knowledge: Knowledge) -> Result:
    if knowledge.withhold is not None:  # a test tells the spread, which nothing else does
        raise UntestableError(outcome.HELD_BACK)
    if not knowledge.solved:
        return groups.means(*(_values(item, text, knowledge) for text in (item.first, item.second)))
    if not item.moments or not _about_report(item, knowledge):
        raise UntestableError(outcome.UNPRINTED)
    return groups.means_within(*item.moments)


def _values(item: Association, text: str, knowledge: Knowledge) -> NDArray[np.int64]:
    dataset = knowledge.dataset
    linear = language.parse_value(item.value, dataset.codebook, item.unit, knowledge.focus)
    inside = _mask(item, knowledge, text) & evaluate.known(linear, dataset, item.unit)
    return evaluate.values(linear, dataset, item.unit)[inside]


def _mask(item: Association, knowledge: Knowledge, *texts: str) -> NDArray[np.bool_]:
    dataset = knowledge.dataset
    parsed = (
        language.parse_condition(text, dataset.codebook, item.unit, knowledge.focus)
        for text in (item.base, *texts)
    )
    found = np.logical_and.reduce([evaluate.mask(part, dataset, item.unit) for part in parsed])
    return np.asarray(found)


def _pairs(item: Association, knowledge: Knowledge) -> Result:
    """Test two members of each case: over every pairing where only their totals may be told."""
    count, nobs, count2, nobs2 = _counts(item, knowledge)
    if not knowledge.solved and knowledge.withhold is None:
        return paired_shares(_paired(item, knowledge))
    if not nobs or nobs != nobs2:
        raise UntestableError(outcome.NOTHING)
    tests = [paired_shares(table) for table in pairings(count, count2, nobs)]
    return Result.stacked(tests, (len(tests),))


def _paired(item: Association, knowledge: Knowledge) -> list[list[int]]:
    """Return how many cases with both members have each of the four pairs."""
    dataset = knowledge.dataset
    owner = dataset.views[item.unit].owner

    def cases_with(*texts: str) -> NDArray[np.bool_]:
        return np.bincount(owner[_mask(item, knowledge, *texts)], minlength=_cases(dataset)) > 0

    both = cases_with(item.first) & cases_with(item.second)
    if not both.any():
        raise UntestableError(outcome.NOTHING)
    first, second = (cases_with(text, item.where)[both] for text in (item.first, item.second))
    return [[int((one & other).sum()) for other in (second, ~second)] for one in (first, ~first)]


_TESTS: dict[str, Callable[[Association, Knowledge], Result]] = {
    "shares": _shares, "split": _split, "trend": _trend, "table": _table, "means": _means,
    "pairs": _pairs,
}  # fmt: skip
