"""How small a difference could have been seen, as a table and in a sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence

from scrlib.compare import power
from scrlib.compare.compared import Comparison
from scrlib.compare.power import Detectable
from scrlib.compare.verdicts import points

REFERENCE = "National figure"
NONE_FOUND = "larger than any that there can be"


def references(found: Sequence[Comparison]) -> tuple[tuple[float, int], ...]:
    """Return the national percentages that are tested, with their bases, each once, ascending."""
    known = {(i.reference, i.N) for i in found if i.tested and i.reference is not None and i.N}
    return tuple(sorted((percent, base) for percent, base in known if base))


def header(bases: Sequence[int]) -> tuple[str, ...]:
    """Return the heads of the columns, for the numbers of cases asked about."""
    exact = (f"{_cases(base)}, national figure taken as exact" for base in bases)
    return REFERENCE, *exact, *(f"{_cases(base)}, national base" for base in bases[:1])


def _cases(base: int) -> str:
    return f"{base:,} {'case' if base == 1 else 'cases'}"


def rows(found: Sequence[Comparison], bases: Sequence[int]) -> list[tuple[str, ...]]:
    """Return, for each national percentage, the shares that would have been found to differ.

    Parameters
    ----------
    found : sequence of Comparison
    bases : sequence of int
        Numbers of cases, at least one each; the first is also set beside the national base.
    """
    return [
        (
            f"{points(percent).removesuffix('.0')}% of {base}",
            *(_range(power.against_fixed(cases, percent)) for cases in bases),
            *(_range(power.against_sample(cases, percent, base)) for cases in bases[:1]),
        )
        for percent, base in references(found)
    ]


def _range(found: Detectable) -> str:
    """Write the nearest shares that would be found: "39.6% or less, 68.4% or more"."""
    parts = []
    if not math.isnan(found.below):
        parts.append(f"{points(found.below)}% or less")
    if not math.isnan(found.above):
        parts.append(f"{points(found.above)}% or more")
    return ", ".join(parts) or "none"


def nearest(base: int, percent: float) -> str:
    """Return the smaller of the two differences that would be found, in percentage points."""
    found = power.against_fixed(base, percent)
    gaps = [abs(end - percent) for end in (found.below, found.above) if not math.isnan(end)]
    return f"{points(min(gaps))} percentage points" if gaps else NONE_FOUND


def sentence(found: Sequence[Comparison], bases: Sequence[int]) -> str:
    """Say how far from the middlemost national percentage a share must lie to be found."""
    known = references(found)
    if not known or not bases:
        return "No comparison is tested, so there is no power to state."
    percent = min((item[0] for item in known), key=lambda value: abs(value - 50))
    told = [f"with {_cases(base)}, {nearest(base, percent)}" for base in bases]
    return (
        f"Beside a national figure of {points(percent).removesuffix('.0')}%, the smallest true "
        f"difference that a test finds four times in five is, {'; '.join(told)}."
    )
