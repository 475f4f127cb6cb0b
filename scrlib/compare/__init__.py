"""Simple significance tests, in the grammar of `statsmodels.stats.proportion`.

::

    from scrlib import compare
    compare.two_shares(count=69, nobs=97, count2=95, nobs2=175)

Counts go in, a named result comes out, which says itself in a sentence (`summary`) and on a page.
`compare.open(book)` runs the claims of `data/benchmarks` on the cases of a book.
"""

from scrlib.compare.claims import open
from scrlib.compare.clusters import design_effect, overlap_test
from scrlib.compare.groups import independence, means, means_within, trend
from scrlib.compare.power import detectable
from scrlib.compare.shares import (
    holm,
    one_share,
    paired_shares,
    pairings,
    two_shares,
    wilson,
)

__all__ = [
    "design_effect", "detectable", "holm", "independence", "means", "means_within", "one_share",
    "open", "overlap_test", "paired_shares", "pairings", "trend", "two_shares", "wilson",
]  # fmt: skip
