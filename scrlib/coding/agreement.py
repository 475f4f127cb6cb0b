"""How far two coders agree: weighted kappa with an interval, and percent agreement.

The point estimate is statsmodels' `cohens_kappa` with quadratic weights on the scores 0 to 3. Its
Wald interval can pass 1 and takes the 13 factors of a case for independent, so the interval here
comes from drawing whole cases again (percentile bootstrap, Efron and Tibshirani 1993, chapter 13).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

HIGHEST = 3
DRAWS = 2000
_SEED = 2017
Scores = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of two coders on one risk factor, or on all of them.

    Parameters
    ----------
    factor : str
        Empty for all factors together.
    ratings : int
        Pairs of ratings compared.
    kappa, low, high : float or None
        Weighted kappa (at most 1) and its 95 % interval; None where it is not defined, because both
        coders give one and the same level throughout, or where an interval would have no width.
    percent : float
        Percent of pairs that are equal.
    """

    coders: tuple[str, str]
    factor: str
    ratings: int
    percent: float
    kappa: float | None
    low: float | None
    high: float | None

    def __str__(self) -> str:
        name = self.factor or "all risk factors"
        text = f"{' and '.join(self.coders)}, {name}: {self.percent:.0f}% of {self.ratings} equal"
        if self.kappa is None:
            return f"{text}; weighted kappa is not defined: each coder used one level only"
        span = " (no interval can be estimated)"
        if self.low is not None:
            span = f" (95% interval {self.low:.2f} to {self.high:.2f})"
        return f"{text}; weighted kappa {self.kappa:.2f}{span}"


def kappa(first: Scores, second: Scores) -> float | None:
    """Return Cohen's kappa with quadratic weights of two coders' scores, 0 to 3.

    A scale that lacks a score, as that of child protection plans lacks 1, keeps its distances.
    """
    from statsmodels.stats.inter_rater import cohens_kappa, to_table

    if not len(first) or ((first == first[0]).all() and (second == first[0]).all()):
        return None
    bins = np.arange(HIGHEST + 2) - 0.5
    table, _ = to_table(np.column_stack([first, second]), bins=bins)
    found: float = cohens_kappa(table, wt="quadratic", return_results=False)
    return found


def _sums(case: Scores, first: Scores, second: Scores) -> NDArray[np.float64]:
    """Return, for each case, the sums of which weighted kappa is made."""
    parts = (np.ones(len(case)), first, second, first**2, second**2, (first - second) ** 2)
    _, place = np.unique(case, return_inverse=True)
    return np.column_stack([np.bincount(place, weights=part) for part in parts])


def interval(case: Scores, first: Scores, second: Scores) -> tuple[float, float] | None:
    """Return the 95 % interval of weighted kappa over cases drawn again.

    None if it is not defined, or has no width: coders who agree on every one of a few cases do not
    thereby agree for certain, and drawing the same cases again cannot tell.

    Parameters
    ----------
    case : array of int
        To which case each pair of scores belongs.
    """
    sums = _sums(case, first, second)
    chosen = np.random.default_rng(_SEED).integers(len(sums), size=(DRAWS, len(sums)))
    number, one, two, one_squared, two_squared, apart = sums[chosen].sum(axis=1).T
    # With quadratic weights chance disagreement is the mean squared distance of unrelated pairs.
    by_chance = (one_squared + two_squared) / number - 2 * one * two / number**2
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = 1 - (apart / number) / by_chance
    drawn = drawn[by_chance > 1e-12]
    if len(sums) < 2 or not len(drawn):
        return None
    # Rounding can carry a coefficient of -1 or 1 past it.
    low, high = np.clip(np.percentile(drawn, [2.5, 97.5]), -1, 1)
    return (float(low), float(high)) if high - low > 1e-9 else None


def compare(entries: pd.DataFrame, factors: Sequence[str]) -> list[Agreement]:
    """Compare every two coders who rated the same cases: each factor, then all together.

    Parameters
    ----------
    entries : DataFrame
        Columns case_id, risk_factor, coder and score (0 to 3), one row per entry.
    factors : sequence of str
        The risk factors in their order.
    """
    entries = entries.assign(risk_factor=pd.Categorical(entries["risk_factor"], list(factors)))
    wide = entries.pivot(index=["case_id", "risk_factor"], columns="coder", values="score")
    found = []
    for pair in combinations(map(str, sorted(wide.columns)), 2):
        both = wide[list(pair)].dropna().astype(int).reset_index()
        if len(both):
            found += [_agreement(pair, name, part) for name, part in _parts(both)]
    return found


def _parts(both: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for name, part in both.groupby("risk_factor", sort=False, observed=True):
        yield str(name), part
    yield "", both


def _agreement(pair: tuple[str, ...], factor: str, part: pd.DataFrame) -> Agreement:
    first, second = (part[name].to_numpy() for name in pair)
    case, _ = pd.factorize(part["case_id"])
    value = kappa(first, second)
    span = interval(case, first, second) if value is not None else None
    low, high = span or (None, None)
    percent = 100 * float((first == second).mean())
    return Agreement((pair[0], pair[1]), factor, len(part), percent, value, low, high)
