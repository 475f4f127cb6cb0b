"""Outcomes of tests as text: the cells of tables, a sentence on power, and a file to download."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import pandas as pd

from scrlib.compare import outcome, text
from scrlib.compare.benchmarks import Benchmark
from scrlib.compare.groups import Means
from scrlib.compare.outcome import Outcome, Run
from scrlib.compare.power import detectable
from scrlib.compare.shares import OneShare, TwoShares
from tally.rounding import half_up

CLAIMS = (
    "The report says", "These cases", "The other review", "Could it be chance?", "Like with like?",
)  # fmt: skip
EVERY = ("Claim", "The report's word", "Verdict", "Test", "p, all claims allowed for")
DEPENDS = (
    "Claim", "Reading of our share", "Sets of counts", "p", "p by design effect",
    "p if as many cases as possible are in both",
)  # fmt: skip
OTHERS = ("National figure", "Years", "There", "These cases", "Test, or why there is none")
_ALIKE = {"yes": "yes", "partly": "in part", "no": "no", "": ""}
_HELD, _UNKNOWN, _NONE = "held back", "not in the report", "–"


def percent(count: float, nobs: float) -> str:
    """Write a share with its counts: "71% (69 of 97)"."""
    return f"{half_up(100 * count / nobs)}% ({count:,.0f} of {nobs:,.0f})"


def ours(item: Outcome | None) -> str:
    """Write the share of the cases; without counts where several would print as it."""
    if item is None or not item.ours:
        words = {outcome.HELD_BACK: _HELD, outcome.UNPRINTED: _UNKNOWN}
        return words.get(item.reason, _NONE) if item else _NONE
    count, nobs = item.ours[0]
    return percent(count, nobs) if len(item.ours) == 1 else f"{half_up(100 * count / nobs)}%"


def theirs(item: Benchmark) -> str:
    """Write the national figure: with its count if that is stated, else with its bases."""
    pairs = item.pairs
    if len(item.counts) == 1 and pairs:
        return percent(*pairs[0])
    if item.counts:
        bases = f" of {item.bases[0]:,}" if item.bases else ""
        ends = dict.fromkeys((item.counts[0], item.counts[-1]))
        return f"{' to '.join(map(str, ends))}{bases}"
    if item.percent is None:
        return _NONE
    bases = " or ".join(f"{base:,}" for base in item.bases)
    return f"{half_up(item.percent.value, item.percent.decimals)}%{bases and f' of {bases}'}"


def chance(item: Outcome, claims: int) -> str:
    """Answer, in words and with p, whether what is claimed could be chance."""
    if not item.runs:
        return f"Not tested. {item.reason.partition('. ')[0].rstrip('.')}."
    p = text.pvalues(run.pvalue for run in item.runs)
    allowed = ""
    if item.adjusted is not None:
        value = text.pvalue(item.adjusted).removeprefix("p ").removeprefix("= ")
        allowed = f"{value.replace('<', 'below')} with all {claims} claims allowed for"
    if item.verdict == outcome.DEFINITION:
        said = "; ".join(
            f"{text.pvalues(run.pvalue for run in runs)} {f'if {name}' if name else 'as reported'}"
            for name, runs in item.readings.items()
        )
        return f"It depends on the definition: {said}"
    answers = {
        outcome.UNCLEAR: f"It could: {p}",
        outcome.DEPENDS: f"Cannot be told: {p}",
        outcome.ALONE: f"Perhaps: {p}, but {allowed}",
        outcome.NO_CLAIM: p,
    }
    return answers.get(item.verdict, f"Unlikely: {p}, {allowed}")


def claim(item: Outcome, number: int | None, benchmark: Benchmark, claims: int) -> tuple[str, ...]:
    """Return the cells of one claim beside a national figure, in the order of `CLAIMS`."""
    said = f"{number}. {item.label}" if number else item.label
    return (
        f"{said}: {item.said}" if item.said else said, ours(item), theirs(benchmark),
        chance(item, claims), _ALIKE[item.like_for_like],
    )  # fmt: skip


def every(item: Outcome) -> tuple[str, ...]:
    """Return the cells of one claim with its test, in the order of `EVERY`."""
    test = item.shown.test.summary() if item.runs else item.reason
    adjusted = _NONE if item.adjusted is None else text.pvalue(item.adjusted).removeprefix("p ")
    note = f" {item.note}" if item.note else ""
    return (
        item.label, item.said or _NONE, item.verdict, f"{test}{note}", adjusted.removeprefix("= ")
    )  # fmt: skip


def depends(item: Outcome) -> list[tuple[str, ...]]:
    """Return, for each reading of our share, how far p depends on what is not known."""
    return [
        (
            item.label, name or "as reported", str(len(runs)),
            text.pvalues(run.pvalue for run in runs), _by_effect(runs), _by_overlap(runs),
        )
        for name, runs in item.readings.items()
    ]  # fmt: skip


def _by_effect(runs: Sequence[Run]) -> str:
    tests = [run.test for run in runs if isinstance(run.test, TwoShares)]
    effects = sorted({test.deff for test in tests})
    if effects == [1.0]:
        return _NONE
    return "; ".join(
        f"{half_up(effect, 1)}: {text.pvalues(t.pvalue for t in tests if t.deff == effect)}"
        for effect in effects
    )


def _by_overlap(runs: Sequence[Run]) -> str:
    shared = [run.shared[1] for run in runs if run.shared and not math.isnan(run.shared[1])]
    return text.pvalues(shared) if shared else _NONE


def other(item: Benchmark, found: Outcome | None) -> tuple[str, ...]:
    """Return the cells of a figure on which the report makes no claim, in the order of `OTHERS`."""
    told = found.shown.test.summary() if found and found.runs else (found or item).reason
    return item.label, item.period, theirs(item), ours(found), told


def power(cases: int, found: Iterable[Benchmark]) -> str:
    """Say in one sentence how large a difference a test of as many cases could have found."""
    known = [(item.share or 0.0, item.pairs[0][1]) for item in found if item.pairs]
    if not known or not cases:
        return "No comparison is tested, so there is no power to state."
    share, base = min(known, key=lambda item: abs(item[0] - 50))
    gaps = [
        100 * abs(end - share / 100)
        for end in detectable(cases, share / 100, base)
        if not math.isnan(end)
    ]
    number = f"{cases:,} {'case' if cases == 1 else 'cases'}"
    if not gaps:
        return f"With {number} no difference from {half_up(share)}% could have been shown."
    return (
        f"With {number}, a true difference of less than {half_up(min(gaps))} percentage "
        f"points from a national {half_up(share)}% (of {base:,}) is missed more than one time in "
        "five."
    )


def frame(found: Iterable[Outcome]) -> pd.DataFrame:
    """Return every number of the outcomes under its own name, for a file; to ten digits."""
    return pd.DataFrame([_record(item) for item in found], columns=list(_COLUMNS))


_COLUMNS = (
    "key", "claim", "section", "said", "verdict", "count", "nobs", "count2", "nobs2", "deff",
    "diff", "low", "upp", "statistic", "pvalue", "pvalue_least", "pvalue_greatest",
    "pvalue_adjusted", "runs", "method", "like_for_like", "reason", "note",
)  # fmt: skip


def _record(item: Outcome) -> dict[str, object]:
    test = item.shown.test if item.runs else None
    names: tuple[str, ...] = ("statistic", "pvalue", "method")
    if isinstance(test, TwoShares):
        names += ("count", "nobs", "diff", "low", "upp", "deff")
        names += () if isinstance(test, OneShare) else ("count2", "nobs2")
    elif isinstance(test, Means):
        names += ("diff", "low", "upp")
    values: dict[str, object] = {name: getattr(test, name) for name in names} if test else {}
    if item.runs:
        least, most = item.pvalues
        values |= {"pvalue_least": least, "pvalue_greatest": most, "runs": len(item.runs)}
    values |= {"pvalue_adjusted": item.adjusted, "claim": item.label, "verdict": item.verdict}
    for name in ("key", "section", "said", "like_for_like", "reason", "note"):
        values[name] = getattr(item, name)
    return {name: _rounded(values.get(name)) for name in _COLUMNS}


def _rounded(value: object) -> object:
    """Write a float to ten digits, so that the last bits of a sum do not show."""
    return f"{value:.10g}" if isinstance(value, float) else value
