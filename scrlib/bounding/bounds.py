"""The least and the greatest value of a quantity over all datasets that agree with print.

The relaxation of the counted model (`tally.solve.marginal_model`) gives limits beyond which no such
dataset lies: they are valid whether or not they are reached. An end is *proved* when a dataset that
agrees with print, checked by pandas and not by the model, reaches it.

A dataset agrees with print if every claim with one reading holds, those that print itself rules out
left aside (`scrlib.auditing.proof`). A statement that can be read in several ways limits nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from scrlib.auditing import proof
from scrlib.auditing.claims import claims
from scrlib.auditing.ranges import Bounds
from scrlib.report import coding_frame
from scrlib.solving import consistency
from tally.claims import Claim
from tally.codebook import Codebook
from tally.dataset import Dataset
from tally.evaluate import evaluate
from tally.expression import Compare, Condition, In, Not, Quantity
from tally.language import parse
from tally.normal import normal
from tally.solve import claim_constraints
from tally.solve.constraint import Constraint
from tally.solve.infeasible_subsets import Stated, state
from tally.solve.lp_bounds import Ends, Relaxed
from tally.solve.minmax_bounds import extreme

_BATCH = 200


def facts(found: Iterable[Claim], codebook: Codebook, without: Collection[str] = ()) -> Stated:
    """State what claims say that can be read in one way, and what the frame means.

    Parameters
    ----------
    without : collection of str
        Ids of claims to leave aside: those that print itself rules out.
    """
    kept = (item for item in found if item.computable and item.id not in without)
    return state((*claim_constraints.plain(kept), *_meaning(codebook)), codebook)


def _meaning(codebook: Codebook) -> tuple[Constraint, ...]:
    """Return what the report's frame means; another frame has no such rules."""
    if codebook.variables.keys() != coding_frame().variables.keys():
        return ()
    return consistency.rules(codebook, "meaning")


def agrees(dataset: Dataset, found: Iterable[Claim], without: Collection[str] = ()) -> bool:
    """Say whether a dataset agrees with claims, and with what the frame means, by pandas alone."""
    for claim in found:
        if claim.computable and claim.id not in without and len(claim.readings) == 1:
            (check,) = claim.check(dataset)
            if check.reading.parsed is not None and check.holds is not True:
                return False
    return all(
        isinstance(rule.quantity, Quantity) and evaluate(rule.quantity, dataset) == 0
        for rule in _meaning(dataset.codebook)
    )


def bounds(
    text: str, codebook: Codebook | None = None, found: Sequence[Claim] | None = None,
    *, focus: int | None = None, witnesses: Sequence[Dataset] = (),
) -> Bounds:  # fmt: skip
    """Work out the range of a quantity.

    Parameters
    ----------
    text : str
        In the language of quantities.
    codebook : Codebook, optional
        The report's own frame if None.
    found : sequence of Claim, optional
        What is taken as known; if None, the report's claims but for those that it rules out.
    focus : int, optional
        The study for which `focus` stands; the newest if None.
    witnesses : sequence of Dataset
        Datasets by which ends may be proved; those that do not agree with the claims are not used.

    Raises
    ------
    InputError
        If the text is not a quantity, or is one of a kind that cannot be bounded.
    """
    book = codebook or coding_frame()
    without = proof.ruled_out(proof.load()) if found is None else frozenset()
    known = claims(book) if found is None else found
    year = focus if focus is not None or not book.studies else book.studies[-1].study
    quantity = parse(text, book, year)
    usable = [item for item in witnesses if agrees(item, known, without)]
    (result,) = solve(facts(known, book, without), [quantity], usable)
    return result


def solve(
    known: Stated, quantities: Sequence[Quantity], witnesses: Sequence[Dataset] = ()
) -> list[Bounds]:
    """Work out ranges of quantities, in their order.

    Parameters
    ----------
    witnesses : sequence of Dataset
        Datasets that agree with what is known, by which ends are proved.
    """
    found: dict[int, Ends] = {}
    for batch in _batches(quantities, known.codebook):
        model = Relaxed(known, [quantities[place] for place in batch])
        for place in batch:
            found[place] = model.ends(quantities[place])
    for place, item in enumerate(quantities):
        if place not in found:
            found[place] = extreme(known, item)
    return [proved(item, *found[place], witnesses) for place, item in enumerate(quantities)]


def proved(
    quantity: Quantity, low: Fraction | None, high: Fraction | None, witnesses: Iterable[Dataset]
) -> Bounds:
    """Return a range with its ends proved where a dataset reaches them."""
    values = {evaluate(quantity, item) for item in witnesses} - {None}
    return Bounds(quantity.text, low, high, low in values, high in values)


def marked(quantity: Quantity, item: Bounds, made: Dataset) -> Bounds:
    """Return a range with its ends proved, if they were not, where a dataset reaches them."""
    if item.proved:
        return item
    value = evaluate(quantity, made)
    low, high = (value is not None and value == end for end in (item.low, item.high))
    return replace(item, proved_low=item.proved_low or low, proved_high=item.proved_high or high)


def averaged(quantity: Quantity) -> bool:
    """Say whether a quantity is made of counts, sums, percentages and means only."""
    return all(a.function in ("count", "sum", "percent", "mean") for _, a in quantity.terms)


def _batches(quantities: Sequence[Quantity], codebook: Codebook) -> list[list[int]]:
    """Put together quantities that split the studies alike, so that tables stay small."""
    groups: dict[frozenset[frozenset[object]], list[int]] = {}
    for place, item in enumerate(quantities):
        if averaged(item):
            key = frozenset(
                frozenset(test.codes) for _, a in item.terms for where in (a.where, a.base)
                for test in _tests(where) if codebook.variables[test.variable].kind == "study"
            )  # fmt: skip
            groups.setdefault(key, []).append(place)
    return [
        group[start : start + _BATCH]
        for group in groups.values() for start in range(0, len(group), _BATCH)
    ]  # fmt: skip


def _tests(condition: Condition | None) -> Iterable[In]:
    if isinstance(condition, In):
        yield condition
    elif isinstance(condition, Not):
        yield from _tests(condition.condition)
    elif condition is not None and not isinstance(condition, Compare):
        for item in condition.conditions:
            yield from _tests(item)


# -- kept ----------------------------------------------------------------------


def unique(texts: Iterable[str], codebook: Codebook, focus: int) -> list[Quantity]:
    """Parse quantities, leaving out those that mean the same as one before."""
    found: dict[str, Quantity] = {}
    for text in texts:
        item = parse(re.sub(r"\bfocus\b", str(focus), text), codebook, focus)
        if item.terms:
            found.setdefault(normal(item, codebook), item)
    return list(found.values())
