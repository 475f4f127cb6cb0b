"""Outcomes of tests as text: the cells of the tables, and every number for a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from scrlib.compare import outcome, text
from scrlib.compare.benchmarks import Benchmark
from scrlib.compare.outcome import Outcome, Reading
from scrlib.compare.shares import ALPHA, METHODS
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
    return f"{item.percent}%{bases and f' of {bases}'}"


def _adjusted(adjusted: float | None) -> str:
    return _NONE if adjusted is None else text.bare_pvalue(adjusted)


def _chance(item: Outcome, claims: int) -> str:
    """Answer, in words and with p, whether what is claimed could be chance."""
    if not item.tested:
        return f"Not tested. {item.reason.partition('. ')[0].rstrip('.')}."
    p, allowed = text.pvalues(item.pvalues), _allowed(item.adjusted, claims)
    answers = {
        outcome.DEFINITION: f"It depends on the definition. {_by_definition(item, claims)}",
        outcome.UNCLEAR: f"It could: {p}",
        outcome.DEPENDS: f"Cannot be told, it hangs on unpublished numbers: {p}",
        outcome.ALONE: f"Perhaps: {p}, but {allowed}",
        outcome.CONTRADICTED: f"Unlikely, and it contradicts the report: {p}, {allowed}",
        outcome.NO_CLAIM: p,
    }
    return answers.get(item.verdict, f"Unlikely: {p}, {allowed}")


def _allowed(adjusted: float | None, claims: int) -> str:
    number = f"all {claims} claims" if claims > 1 else "the one claim"
    return f"{_adjusted(adjusted)} with {number} allowed for"


def _by_definition(item: Outcome, claims: int) -> str:
    """Answer for each reading, of which some are below the limit and others are not."""
    return " ".join(
        f"{(name or 'as reported').capitalize()}: "
        + (
            f"unlikely, {text.pvalues(reading.pvalues)}, {_allowed(reading.adjusted, claims)}."
            if (reading.pvalues < ALPHA).all()
            else f"it could, {text.pvalues(reading.pvalues)}."
        )
        for name, reading in item.readings.items()
    )


def claim(item: Outcome, number: int | None, benchmark: Benchmark, claims: int) -> Cells:
    """Return the cells of one claim beside a national figure, in the order of `CLAIMS`."""
    name = f"{number}. {benchmark.label}" if number else benchmark.label
    return (
        f"{name}: {item.said}" if item.said else name, _ours(item), _theirs(benchmark),
        _chance(item, claims), _ALIKE[benchmark.like_for_like],
    )  # fmt: skip


def _told(item: Outcome) -> str:
    """Tell the test that is shown, and its method if it is not the usual one."""
    test = item.shown
    return f"{test.told()}." if test.methods == METHODS["boschloo"] else test.summary()


def _all(item: Outcome) -> str:
    """Tell how far p runs where several sets of numbers agree with what is published."""
    many = item.tested and len(item.pvalues) > 1
    return f"Over all that is possible, {text.pvalues(item.pvalues)}." if many else ""


def every(item: Outcome) -> Cells:
    """Return the cells of one claim with its test, in the order of `EVERY`."""
    words = f"{_told(item) if item.tested else item.reason} {_all(item)} {item.note}"
    return (
        item.claim.label,
        item.said or _NONE,
        item.verdict,
        " ".join(words.split()),
        _adjusted(item.adjusted),
    )


def depends(item: Outcome) -> list[Cells]:
    """Return, for each reading of our share, how far p depends on what is not known."""
    return [
        (
            item.claim.label, name or "as reported", str(len(reading.pvalues)),
            text.pvalues(reading.pvalues), _by_effect(reading), _shared(reading),
        )
        for name, reading in item.readings.items()
    ]  # fmt: skip


def _by_effect(reading: Reading) -> str:
    effects = np.ravel(getattr(reading.test, "deff", 1.0))
    if set(effects.tolist()) == {1.0}:
        return _NONE
    return "; ".join(
        f"{half_up(effect, 1)}: {text.pvalues(reading.pvalues[effects == effect])}"
        for effect in np.unique(effects).tolist()
    )


def _shared(reading: Reading) -> str:
    if reading.shared is None or np.isnan(reading.shared).all():
        return _NONE
    return text.pvalues(reading.shared[~np.isnan(reading.shared)])


def other(item: Benchmark, found: Outcome | None) -> Cells:
    """Return the cells of a figure on which the report makes no claim, in the order of `OTHERS`."""
    told = _told(found) if found and found.tested else (found or item).reason
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
    rows += [("These cases", _NONE, _NONE, *ours)] if set(ours) - {_NONE} else []
    return ("Period", "Counted", "All", *kinds), rows


def _short(item: Benchmark | None) -> str:
    """Write a figure of which the base stands beside it."""
    if item is None:
        return _NONE
    if not item.counts and item.percent is not None:
        return f"{item.percent}%"
    count, base = item.pairs[0]
    return f"{count:,} ({half_up(100 * count / base)}%)"


# -- for a file ------------------------------------------------------------------------------------

_CLAIM = ("key", "label", "section", "like_for_like")
_TEST = ("count", "nobs", "count2", "nobs2", "deff", "diff", "low", "upp", "statistic", "pvalue",
         "method")  # fmt: skip
_OUTCOME = ("said", "verdict", "adjusted", "reason", "note")
_ALL = ("pvalue_least", "pvalue_greatest", "tests")


def frame(found: Iterable[Outcome]) -> pd.DataFrame:
    """Return every number of the outcomes under its own name, for a file; to ten digits."""
    columns = [*_CLAIM, *_OUTCOME, *_TEST, *_ALL]
    made = pd.DataFrame([_record(item) for item in found], columns=columns)
    # As numbers: a text that starts with a minus is guarded in the file, as a formula would be.
    numbers = [name for name in (*_TEST, *_ALL, "adjusted") if name != "method"]
    return made.astype(dict.fromkeys(numbers, float))


def _record(item: Outcome) -> dict[str, object]:
    """Return one outcome; a float is written to ten digits, so that its last bits do not show."""
    values: dict[str, object] = {name: getattr(item.claim, name) for name in _CLAIM}
    values |= {name: getattr(item, name) for name in _OUTCOME}
    if item.tested:
        values |= {name: getattr(item.shown, name, None) for name in _TEST}
        all_ = item.pvalues
        values |= dict(zip(_ALL, (float(all_.min()), float(all_.max()), len(all_)), strict=True))
    return {k: f"{v:.10g}" if isinstance(v, float) else v for k, v in values.items()}
