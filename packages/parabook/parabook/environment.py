"""The environment in which chapters run and pages are made: the same wherever a book is built."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def fixed_environment(runtime: Path) -> dict[str, str]:
    """Return the variables that make a run independent of a user's settings, zone and language."""
    matplotlib = importlib.util.find_spec("matplotlib")
    assert matplotlib is not None
    assert matplotlib.submodule_search_locations
    return {
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "LANGUAGE": "",
        "COLUMNS": "80",
        # Two notebooks share the cores; and a fork is only safe in a process without threads.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TMPDIR": str(runtime),
        "IPYTHONDIR": str(runtime / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(runtime / "jupyter"),
        "JUPYTER_NO_CONFIG": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MATPLOTLIBRC": str(
            Path(matplotlib.submodule_search_locations[0]) / "mpl-data" / "matplotlibrc"
        ),
    }
