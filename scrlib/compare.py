from scrlib.comparing import proportions
from types import SimpleNamespace


def two_shares(count, nobs, count2, nobs2):
    class T:
        pass

    t = T()
    t.count, t.nobs, t.count2, t.nobs2 = count, nobs, count2, nobs2
    t.method = proportions.BOSCHLOO
    if any(x != x for x in (count, nobs, count2, nobs2)) or not (nobs and nobs2):
        t.pvalue = float("nan")
        return t
    r = proportions.two_shares(count, nobs, count2, nobs2)
    t.pvalue = r.pvalue
    t.told = lambda: (
        f"{count} of {nobs} against {count2} of {nobs2}: {r.difference:+.1f} percentage points (95% interval {r.low:+.1f} to {r.high:+.1f}); p = {r.pvalue:.3f}"
    )
    return t
