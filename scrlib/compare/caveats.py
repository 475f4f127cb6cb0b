"""What weakens a comparison with a national figure, in sentences made of its numbers."""

from __future__ import annotations

from scrlib.compare import verdicts
from scrlib.compare.benchmarks import Benchmark
from scrlib.compare.compared import Comparison


def of(found: Comparison, benchmark: Benchmark) -> tuple[str, ...]:
    """Return what weakens a comparison, from its numbers and what is known of the benchmark."""
    items = []
    if len(found.pairs) > 1 and found.pvalue is not None and found.pvalue_least is not None:
        spread = verdicts.span(found.pvalue_least, found.pvalue)
        items.append(f"{len(found.pairs)} sets of counts fit what is printed: {spread}.")
    if benchmark.base_status in ("probable", "assumed"):
        items.append(f"The base of the national figure is {benchmark.base_status}, not stated.")
    if not found.pairs:
        items.append("The base of the national figure is unknown and it is taken as exact.")
    if len(found.overlap) > 1:
        most, pvalue = found.overlap[-1]
        cases = "case" if most == 1 else "cases"
        text = f"Up to {most} {cases} may be in both samples: {verdicts.pvalue_text(pvalue)} then"
        items.append(
            f"{text}, by a z test that gives {verdicts.pvalue_text(found.overlap[0][1])} for none."
        )
    items += _of_clusters(found)
    if benchmark.like_for_like == "partly":
        items.append("The two are alike in part only.")
    if benchmark.confidence in ("low", "low-medium"):
        items.append(f"Confidence in the national figure is {benchmark.confidence}.")
    return tuple(items)


def _of_clusters(found: Comparison) -> list[str]:
    """Say what is allowed for members who share a case."""
    items = []
    if found.design_effect > 1:
        effect = verdicts.points(found.design_effect)
        items.append(
            f"Children of one case are not independent: a design effect of {effect} is allowed for."
        )
    if found.resampled_interval is not None:
        low, high = (verdicts.points(value) for value in found.resampled_interval)
        items.append(f"Drawing whole cases anew puts the share between {low}% and {high}%.")
    return items
