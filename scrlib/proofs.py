"""What the report contradicts, found by machine over the whole register, with the sums behind it.

A claim is accused only if it clashes with others and is the one claim whose absence settles the
clash. Where several claims would settle it, all of them are named and none is preferred. A reading
is ruled out if it clashes with the claims that can hold together. Every set named is as small as it
can be (`tally.solve.infeasible_subsets`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from scrlib import consistency
from scrlib.auditing.audit import slips
from scrlib.auditing.proof import FILE, Proof, write
from tally.claims import Claim, Reading
from tally.codebook import Codebook
from tally.errors import InputError
from tally.expression import Quantity
from tally.rounding import half_up
from tally.solve import claim_constraints
from tally.solve.claim_constraints import Stated
from tally.solve.constraint import Constraint
from tally.solve.infeasible_subsets import Refuter, clashes, shown_by, smallest, together
from tally.solve.linear import ratio
from tally.solve.lp_bounds import Relaxed

_PRINTS_ALONE = "It follows from printed numbers alone."


def find(
    claims: Sequence[Claim], codebook: Codebook, rules: Sequence[Constraint] = (),
    possible: Collection[str] = (),
) -> tuple[Proof, ...]:  # fmt: skip
    """Look for every contradiction between claims.

    Parameters
    ----------
    claims : sequence of Claim
    codebook : Codebook
    rules : sequence of Constraint
        What holds of every dataset whatever was printed.
    possible : collection of str
        Ids of readings that hold on some dataset with all the rest: they are not looked at twice.
    """
    # Cells come first, so that a set is thinned out to cells where it can be.
    ordered = sorted((c for c in claims if c.computable), key=lambda c: c.source != "table")
    plain = [*rules, *claim_constraints.plain(ordered)]
    each = (item for _, own in claim_constraints.several(ordered) for item in own)
    stated = claim_constraints.state(plain, codebook, each)
    names = {item.id for item in plain}
    readings = [item for item in stated.constraints if item.id not in names]
    by_id = {reading.id: (claim, reading) for claim in ordered for reading in claim.readings}
    model = Refuter(stated, [item.id for item in plain])
    found = [_proof(accused, others, stated, by_id) for accused, others in clashes(model)]
    base, left = model.active, []
    for item in readings:
        model.switch(base | {item.id})
        clash = model.clash()
        if clash:
            others = shown_by(model, clash, [item.id])
            found.append(_proof([item.id], others, stated, by_id))
        elif item.id not in possible:
            left.append(item.id)
    for name in left:
        found.extend(_closely(stated, [*base, name], name, by_id))
    return (*found, *_on_print(claims))


def _closely(
    stated: Stated, active: Sequence[str], name: str,
    by_id: Mapping[str, tuple[Claim, Reading]],
) -> Iterator[Proof]:  # fmt: skip
    """Look again at a reading, with one table for all variables that come together in it."""
    joined = [together(stated, name)]
    clash = Refuter(stated, active, joined).clash()
    if clash:
        core = smallest(stated, clash, [name], joined)
        yield _proof([name], [item for item in core if item != name], stated, by_id)


def _on_print(claims: Iterable[Claim]) -> Iterator[Proof]:
    for claim in claims:
        checks = [item for item in claim.check() if item.reading.given is not None]
        for item in checks:
            if not item.holds:
                steps = f"{_says(claim)} {_PRINTS_ALONE} The sum is {item.reading.steps}."
                yield Proof((item.reading.id,), (), str(item.value), str(item.value), steps)


# -- in words ----------------------------------------------------------------------


def _proof(
    accused: Sequence[str], others: Sequence[str], stated: Stated,
    by_id: Mapping[str, tuple[Claim, Reading]],
) -> Proof:  # fmt: skip
    claim, reading = by_id[accused[0]]
    low, high = _left(reading, others, stated) if len(accused) == 1 else (None, None)
    if low is not None and high is not None and _overlap(reading, low, high):
        low = high = None
    shown = [_step(*by_id[name], stated) for name in others if name in by_id]
    parts = [_says(by_id[name][0]) for name in accused]
    argument = " ".join([*parts, "But:", *shown, _result(low, high)])
    least, greatest = ("" if end is None else str(end) for end in (low, high))
    return Proof(tuple(accused), tuple(others), least, greatest, argument, slips(claim))


def _left(
    reading: Reading, others: Sequence[str], stated: Stated
) -> tuple[Fraction | None, Fraction | None]:
    """Return the values that the other claims leave a quantity."""
    if not isinstance(reading.parsed, Quantity):
        return None, None
    names = frozenset(others)
    kept = tuple(row for row in stated.rows if row.claims <= names)
    part = Stated(stated.codebook, stated.constraints, kept, stated.sizes)
    try:
        return Relaxed(part, [reading.parsed]).ends(reading.parsed)
    except InputError:
        return None, None


def _says(claim: Claim) -> str:
    return f"{claim.says}: printed {claim.printed!r}."


def _step(claim: Claim, reading: Reading, stated: Stated) -> str:
    totals = _totals(reading, stated)
    return f"{_says(claim)[:-1]}{f', so {totals}' if totals else ''}."


def _totals(reading: Reading, stated: Stated) -> str:
    """Say which whole totals print as a mean or percentage of a known number of units."""
    single = reading.parsed.single if isinstance(reading.parsed, Quantity) else None
    limits = reading.limits
    if single is None or single.function not in ("mean", "percent"):
        return ""
    _, below, scale = ratio(single, stated.codebook)
    if below is None or below not in stated.sizes or limits.low is None or limits.high is None:
        return ""
    size = stated.sizes[below][0]
    fitting = limits.counts(size, scale)
    if not fitting:
        return f"no whole number out of {size}"
    spread = f"{fitting[0]}" if len(fitting) == 1 else f"{fitting[0]} to {fitting[-1]}"
    return f"a total of {spread} for {size} {stated.codebook.units[single.unit].plural}"


def _result(low: Fraction | None, high: Fraction | None) -> str:
    if low is None or high is None:
        return "These cannot all hold."
    if low > high:
        return "The others alone cannot hold together."
    same = "" if low == high else f" to {_plain(high)}"
    return f"Together they leave {_plain(low)}{same}, which is not what is printed."


def _overlap(reading: Reading, low: Fraction, high: Fraction) -> bool:
    """Say whether a range, valid but wider than it need be, reaches what is printed."""
    limits = reading.limits
    return (limits.low is None or limits.low <= high) and (
        limits.high is None or limits.high >= low
    )


def _plain(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value)
    return f"{half_up(value, 2)} ({value})"


def refresh(
    codebook: Codebook, claims: Sequence[Claim], possible: Collection[str] = (), path: Path = FILE
) -> tuple[Proof, ...]:
    """Look for every contradiction of the report and write them."""
    found = find(claims, codebook, consistency.rules(codebook, "meaning"), possible)
    write(found, path)
    return found
