"""Comparisons with national figures as text: the cells of tables, lists, and a file to download."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from scrlib.compare import verdicts
from scrlib.compare.benchmarks import Benchmark
from scrlib.compare.compared import Comparison, Interval
from scrlib.compare.verdicts import points, signed
from tally.rounding import half_up

HEADER = (
    "Share", "Verdict", "The report's word", "These cases", "National figure",
    "Difference (95% interval)", "p", "p adjusted",
)  # fmt: skip
ROBUST = (
    "Share", "p over the counts that print allows (how many)", "p if cases are in both samples",
    "Design effects tried", "p with the national percentage taken as exact",
)  # fmt: skip
UNTESTED = ("Figure", "National figure", "These cases", "Why it is not tested")
UNIT = "Differences are in percentage points."
_MARKERS = {
    "[sss]": "the adjusted p is below 0.001", "[ss]": "the adjusted p is below 0.01",
    "[s]": "the adjusted p is below 0.05", "[ns]": "the adjusted p is 0.05 or more",
    "[x]": "print does not fix the number",
    "[z]": "not applicable, or not tested", "[c]": "held back", "[k]": "held back",
}  # fmt: skip
NONE = "[z]"
_TOGETHER = "\u00a0"  # no line ends within "< 0.001" or "0.034 [s]"


def key(rows: Sequence[Sequence[str]]) -> str:
    """Explain the markers that stand in a table, to be read before it; empty if there are none."""
    shown = " ".join(text for row in rows for text in row)
    told = "; ".join(f"{name}: {text}" for name, text in _MARKERS.items() if name in shown)
    return f"{told}." if told else ""


def pvalue(value: float | None) -> str:
    """Write a p value for a cell."""
    if value is None:
        return NONE
    text = verdicts.pvalue_text(value).removeprefix("p ").removeprefix("= ")
    return text.replace("< ", f"<{_TOGETHER}")


def pvalue_range(low: float, high: float) -> str:
    """Write a range of p values for a cell, once where its ends print alike."""
    first, second = pvalue(low), pvalue(high)
    return first if first == second else f"{first} to {second}"


def interval_text(found: Interval) -> str:
    """Write an interval of percentage points, or of the unit of the values."""
    return f"{signed(found[0])} to {signed(found[1])}"


def ours(item: Comparison) -> str:
    """Write the share of the cases with its counts; "[x]" where print does not tell it."""
    if item.held:
        return "[c]"
    if item.estimate is None:
        return "[x]" if item.unprinted else NONE
    if item.count is None:
        return f"{half_up(item.estimate)}%"
    if len({(pair.share.count, pair.share.base) for pair in item.pairs}) > 1:
        return f"{half_up(item.estimate)}% (taken as {item.count} of {item.n})"
    return f"{points(item.estimate)}% ({item.count} of {item.n})"


def theirs(item: Comparison) -> str:
    """Write the national percentage with the count and base that the test takes."""
    if item.reference is None:
        return NONE
    percent = f"{points(item.reference).removesuffix('.0')}%"
    if item.reference_count is None or not item.N:
        return percent
    if item.inferred:
        return f"{percent} (taken as {item.reference_count} of {item.N})"
    return f"{points(100 * item.reference_count / item.N)}% ({item.reference_count} of {item.N})"


def cells(item: Comparison) -> tuple[str, ...]:
    """Return the cells of one comparison, in the order of `HEADER`."""
    difference = NONE
    if item.difference is not None and item.difference_interval is not None:
        difference = f"{signed(item.difference)} ({interval_text(item.difference_interval)})"
    found = pvalue(item.pvalue) if item.open_range is None else pvalue_range(*item.open_range)
    adjusted = NONE
    if item.adjusted_pvalue is not None:
        adjusted = f"{pvalue(item.adjusted_pvalue)}{_TOGETHER}{item.marker}"
    said = item.said or ("none" if item.own else NONE)
    return (
        item.label, item.verdict, said, ours(item), theirs(item), difference, found, adjusted
    )  # fmt: skip


def robust(item: Comparison) -> tuple[str, ...]:
    """Return the cells that say how far a result depends on what is not known."""
    spread = [pair.test.pvalue for pair in item.pairs]
    pairs = f"{pvalue_range(min(spread), max(spread))} ({len(spread)})" if spread else NONE
    shared = NONE
    if len(item.overlap) > 1:
        (_, none), (most, last) = item.overlap[0], item.overlap[-1]
        shared = f"{pvalue(none)} for none, {pvalue(last)} for {most}"
    effects = sorted({pair.share.design_effect for pair in item.pairs})
    tried = ", ".join(half_up(value, 1) for value in effects) if effects[-1:] > [1.0] else "1"
    return item.label, pairs, shared, tried if spread else NONE, pvalue(item.binomial_pvalue)


def told(item: Comparison) -> tuple[str, tuple[str, ...]]:
    """Return a comparison in sentences: what was said, what is shown, what weakens it."""
    return item.label, item.words


def untested(found: Sequence[Comparison], benchmarks: Sequence[Benchmark]) -> list[tuple[str, ...]]:
    """Return why each figure is not tested: those compared without a test, and those not compared.

    Parameters
    ----------
    found : sequence of Comparison
    benchmarks : sequence of Benchmark
        Of which those without a quantity have not been compared at all.

    Returns
    -------
    list of tuple
        Cells in the order of `UNTESTED`.
    """
    compared = {item.key: item for item in found}
    rows: list[tuple[str, ...]] = []
    for item in benchmarks:
        result = compared.get(item.key)
        if result is None:
            rows.append((item.label, _national(item), NONE, f"{item.reason} {item.note}".strip()))
        elif not result.tested and result.open_range is None:
            why = f"{result.reason} {item.note}".strip()
            rows.append((item.label, theirs(result), ours(result), why))
    return rows


def _national(item: Benchmark) -> str:
    """Write a national figure that nothing is set beside, where it is a percentage."""
    found = item.percent
    return NONE if found is None else f"{half_up(found.value, found.decimals)}%"


def frame(found: Sequence[Comparison]) -> pd.DataFrame:
    """Return every number of the comparisons under its own name, for a file; unrounded."""
    return pd.DataFrame([_record(item) for item in found], columns=list(_COLUMNS))


_COLUMNS = {
    "key": "key", "label": "label", "family": "family", "section": "section", "said": "said",
    "count": "count", "n": "n", "percent": "estimate", "percent_low": "interval.0",
    "percent_high": "interval.1", "design_effect": "design_effect",
    "percent_resampled_low": "resampled_interval.0",
    "percent_resampled_high": "resampled_interval.1",
    "national_percent": "reference", "national_count": "reference_count", "N": "N",
    "difference": "difference", "difference_low": "difference_interval.0",
    "difference_high": "difference_interval.1", "risk_ratio": "risk_ratio",
    "risk_ratio_low": "risk_ratio_interval.0", "risk_ratio_high": "risk_ratio_interval.1",
    "cohen_h": "cohen_h", "statistic": "statistic", "p": "pvalue", "p_least": "pvalue_least",
    "p_adjusted": "adjusted_pvalue", "p_fisher": "fisher_pvalue", "p_binomial": "binomial_pvalue",
    "p_open_low": "open_range.0", "p_open_high": "open_range.1", "marker": "marker",
    "method": "method", "verdict": "verdict", "like_for_like": "like_for_like",
    "confidence": "confidence", "source": "source", "reason": "reason", "caveats": "caveats",
}  # fmt: skip


def _record(item: Comparison) -> dict[str, object]:
    return {name: field_of(item, path) for name, path in _COLUMNS.items()}


def field_of(item: object, path: str) -> object:
    """Return a field of a result, or one end of it, such as ``interval.0``, for a file."""
    name, _, place = path.partition(".")
    value = getattr(item, name)
    if name == "caveats":
        return " ".join(value)
    value = value if not place or value is None else value[int(place)]
    return _rounded(value)


def _rounded(value: object) -> object:
    """Write a float to ten digits, so that the last bits of a sum do not show."""
    return f"{value:.10g}" if isinstance(value, float) else value
