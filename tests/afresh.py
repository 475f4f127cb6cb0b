"""A plugin for mutation testing: each mutant is tested on modules that are imported afresh.

mutmut forks a process for each mutant after it has run the tests once. What that run left in caches
and in constants of modules was made by the code as it stands, and would hide mutants of it.
"""

from __future__ import annotations

import os
import sys


def pytest_configure() -> None:
    """Forget the package and the tests, in a mutant's process only."""
    if "__mutmut_" not in os.environ.get("MUTANT_UNDER_TEST", ""):
        return
    for name, module in list(sys.modules.items()):
        ours = name.partition(".")[0] in ("scrlib", "tally")
        if ours or "/tests/unit/" in (getattr(module, "__file__", None) or ""):
            del sys.modules[name]
