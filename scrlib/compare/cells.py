"""Outcomes of tests as text: the cells of the tables, and every number for a file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from scrlib.compare import outcome, text
from scrlib.compare.benchmarks import Benchmark
from scrlib.compare.outcome import Outcome, Run
from scrlib.compare.shares import TwoShares
from tally.rounding import half_up

Cells = tuple[str, ...]
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
_NONE = "–"


def _percent(count: float, nobs: float) -> str:
    return f"{half_up(100 * count / nobs)}% ({count:,.0f} of {nobs:,.0f})"


def _ours(item: Outcome | None) -> str:
    """Write the share of the cases; without counts where several would print as it."""
    if item is None or not item.ours:
        words = {outcome.HELD_BACK: "held back", outcome.UNPRINTED: "not in the report"}
        return words.get(item.reason, _NONE) if item else _NONE
    count, nobs = item.ours[0]
    return _percent(count, nobs) if len(item.ours) == 1 else f"{half_up(100 * count / nobs)}%"


def _theirs(item: Benchmark) -> str:
    """Write the national figure: with its count if that is stated, else with its bases."""
    if len(item.counts) == 1 and item.pairs:
        return _percent(*item.pairs[0])
    if item.counts:
        bases = f" of {item.bases[0]:,}" if item.bases else ""
        return f"{' to '.join(map(str, sorted({item.counts[0], item.counts[-1]})))}{bases}"
    if item.percent is None:
        return _NONE
    bases = " or ".join(f"{base:,}" for base in item.bases)
    return f"{half_up(item.percent.value, item.percent.decimals)}%{bases and f' of {bases}'}"


def _pvalues(runs: Iterable[Run]) -> str:
    return text.pvalues(run.pvalue for run in runs)


def _adjusted(item: Outcome) -> str:
    """Write the adjusted p without its letter; "below 0.001" where it is."""
    if item.adjusted is None:
        return _NONE
    return text.pvalue(item.adjusted).removeprefix("p ").removeprefix("= ").replace("<", "below")


def _chance(item: Outcome, claims: int) -> str:
    """Answer, in words and with p, whether what is claimed could be chance."""
    if not item.runs:
        return f"Not tested. {item.reason.partition('. ')[0].rstrip('.')}."
    p, allowed = _pvalues(item.runs), f"{_adjusted(item)} with all {claims} claims allowed for"
    by_reading = "; ".join(
        f"{_pvalues(runs)} {f'if {name}' if name else 'as reported'}"
        for name, runs in item.readings.items()
    )
    answers = {
        outcome.DEFINITION: f"It depends on the definition: {by_reading}",
        outcome.UNCLEAR: f"It could: {p}",
        outcome.DEPENDS: f"Cannot be told: {p}",
        outcome.ALONE: f"Perhaps: {p}, but {allowed}",
        outcome.NO_CLAIM: p,
    }
    return answers.get(item.verdict, f"Unlikely: {p}, {allowed}")


def claim(item: Outcome, number: int | None, benchmark: Benchmark, claims: int) -> Cells:
    """Return the cells of one claim beside a national figure, in the order of `CLAIMS`."""
    name = f"{number}. {item.label}" if number else item.label
    return (
        f"{name}: {item.said}" if item.said else name, _ours(item), _theirs(benchmark),
        _chance(item, claims), _ALIKE[item.like_for_like],
    )  # fmt: skip


def every(item: Outcome) -> Cells:
    """Return the cells of one claim with its test, in the order of `EVERY`."""
    told = item.shown.test.summary() if item.runs else item.reason
    words = f"{told} {item.note}".strip()
    return item.label, item.said or _NONE, item.verdict, words, _adjusted(item)


def depends(item: Outcome) -> list[Cells]:
    """Return, for each reading of our share, how far p depends on what is not known."""
    return [
        (
            item.label, name or "as reported", str(len(runs)), _pvalues(runs), _by_effect(runs),
            _shared(runs),
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


def _shared(runs: Sequence[Run]) -> str:
    found = [run.shared for run in runs if run.shared is not None and not math.isnan(run.shared)]
    return text.pvalues(found) if found else _NONE


def other(item: Benchmark, found: Outcome | None) -> Cells:
    """Return the cells of a figure on which the report makes no claim, in the order of `OTHERS`."""
    told = found.shown.test.summary() if found and found.runs else (found or item).reason
    return item.label, item.period, _theirs(item), _ours(found), told


def years(found: Sequence[Benchmark], outcomes: Mapping[str, Outcome]) -> tuple[Cells, list[Cells]]:
    """Return the header and rows of a series: a line a year, a column for each definition."""
    kinds = dict.fromkeys(item.definition for item in found if item.counts != item.bases)
    lines: dict[tuple[str, str], dict[str, Benchmark]] = {}
    for item in found:
        lines.setdefault((item.period, item.population), {})[item.definition] = item
    rows = [
        (*name, f"{next(iter(line.values())).bases[0]:,}", *(_short(line.get(k)) for k in kinds))
        for name, line in lines.items()
    ]
    shares = {item.definition: outcomes[item.key] for item in found if item.key in outcomes}
    ours = [_ours(shares.get(kind)) for kind in kinds]
    rows += [("These cases", "", "", *ours)] if set(ours) - {_NONE} else []
    return ("Period", "Counted", "All", *kinds), rows


def _short(item: Benchmark | None) -> str:
    """Write a figure of which the base stands beside it."""
    if item is None:
        return _NONE
    if not item.counts and item.percent is not None:
        return f"{half_up(item.percent.value, item.percent.decimals)}%"
    count, base = item.pairs[0]
    return f"{count:,} ({half_up(100 * count / base)}%)"


# -- for a file ------------------------------------------------------------------------------------

_NUMBERS = ("count", "nobs", "count2", "nobs2", "deff", "diff", "low", "upp", "statistic")
_COLUMNS = (
    "key", "label", "section", "said", "verdict", *_NUMBERS, "pvalue", "pvalue_least",
    "pvalue_greatest", "adjusted", "runs", "method", "like_for_like", "reason", "note",
)  # fmt: skip


def frame(found: Iterable[Outcome]) -> pd.DataFrame:
    """Return every number of the outcomes under its own name, for a file; to ten digits."""
    return pd.DataFrame([_record(item) for item in found], columns=list(_COLUMNS))


def _record(item: Outcome) -> dict[str, object]:
    """Return one outcome; a float is written to ten digits, so that its last bits do not show."""
    values: dict[str, object] = {name: getattr(item, name, None) for name in _COLUMNS}
    if item.runs:
        test, (least, most) = item.shown.test, item.pvalues
        parts = (*_NUMBERS, "pvalue", "method")
        values |= {name: getattr(test, name, None) for name in parts}
        values |= {"pvalue_least": least, "pvalue_greatest": most, "runs": len(item.runs)}
    else:
        values["runs"] = 0
    return {k: f"{v:.10g}" if isinstance(v, float) else v for k, v in values.items()}
