"""Run notebooks, several at once, each in a kernel that starts with its libraries already imported.

Nearly all the time of a short notebook goes into starting a kernel and importing what it needs. So
one process imports it once, and every kernel is forked from it: `main` forks a worker per notebook,
and the worker, before papermill starts any thread in it, forks a kernel in waiting, which a
jupyter_client kernel provisioner wakes. Where forking is not safe (macOS) or not there (Windows),
or `ordinary` kernels are asked for, kernels start in the usual way, with the same results.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from parabook import guard, notebooks
from parabook.errors import BuildError
from parabook.stopping import end_with_parent

if TYPE_CHECKING:
    from parabook.kernels import Kernels

# A notebook waits for its kernel part of the time: one more than there are cores keeps them busy.
WORKERS = min(8, (os.cpu_count() or 1) + 1)
_START_SECONDS = 120

# What every kernel needs; whatever is missing here is only slower, never wrong.
_LIBRARIES = (
    "papermill", "nbclient", "IPython.display", "ipykernel.ipkernel", "ipykernel.kernelapp",
    "parabook.kernels",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Warm:
    """What is done once, before kernels are forked, so that each need not do it.

    Parameters
    ----------
    libraries : sequence of str
        Modules to import.
    prepare : str
        A function, as ``module:name``, to call with the parameters of the notebooks, for what it
        leaves in caches.
    """

    libraries: Sequence[str] = ()
    prepare: str = ""


def run(
    jobs: Mapping[Path, Mapping[str, Any]],
    *,
    scratch: Path,
    env: Mapping[str, str] | None = None,
    warm: Warm = Warm(),
    workers: int = WORKERS,
    on_done: Callable[[], object] = lambda: None,
) -> None:
    """Run every notebook in its folder and write its outputs into it; report all that fail.

    Parameters
    ----------
    jobs : mapping of Path to mapping
        The notebooks, each with the values for its cell tagged `parameters`. Those with the most
        cells are started first, so that no worker is left with a long one at the end.
    scratch : Path
        A folder for sockets and scratch files; everything in it may be deleted afterwards.
    env : mapping, optional
        Variables added to the environment of the kernels.
    warm : Warm
        What is imported and prepared before kernels are forked.
    workers : int
        How many notebooks run at once; one more than there are cores, and eight at most, if left
        out.
    on_done : callable
        Called as each notebook finishes.

    Raises
    ------
    BuildError
        If any notebook fails; names each with the error that its cell raised.
    """
    if not jobs:
        return
    scratch.mkdir(parents=True, exist_ok=True)
    orders = scratch / "jobs.json"
    settings = {
        "jobs": {str(path): jobs[path] for path in sorted(jobs, key=_cells, reverse=True)},
        "workers": max(1, min(workers, len(jobs))),
        "kernels": _kernels(),
        "warm": asdict(warm),
    }
    orders.write_text(json.dumps(settings), encoding="utf-8")
    failures: list[str] = []

    def note(line: str) -> None:
        report = json.loads(line)
        if report["error"]:
            failures.append(f"{Path(report['source']).name}: {report['error']}")
        on_done()

    status, errors = guard.run(
        [sys.executable, "-P", "-m", "parabook.run", str(orders)],
        env={**os.environ, **fixed_environment(scratch), **(env or {})},
        on_line=note,
    )
    if failures:
        raise BuildError("\n\n".join(sorted(failures)))
    if status:
        raise BuildError(f"Running the notebooks stopped with status {status}.\n{errors.strip()}")


def _cells(notebook: Path) -> int:
    return len(notebooks.load(notebook)["cells"])


def _kernels() -> Kernels:
    """Return how kernels start: as PARABOOK_KERNELS says, or else forked on Linux."""
    # A fork that has used Apple's numerical libraries may crash, so only Linux forks by default.
    default = "forked" if sys.platform.startswith("linux") else "ordinary"
    wanted = os.environ.get("PARABOOK_KERNELS", default)
    return "forked" if wanted == "forked" and hasattr(os, "fork") else "ordinary"


def fixed_environment(scratch: Path) -> dict[str, str]:
    """Return the variables that make a run independent of a user's settings, zone and language."""
    fixed = {
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "PYTHONWARNINGS": "",
        "PYTHONIOENCODING": "",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "LANGUAGE": "",
        "COLUMNS": "80",
        # Notebooks share the cores; and a fork is only safe in a process without threads.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TMPDIR": str(scratch),
        "IPYTHONDIR": str(scratch / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(scratch / "jupyter"),
        "JUPYTER_NO_CONFIG": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
    matplotlib = importlib.util.find_spec("matplotlib")
    if matplotlib and matplotlib.submodule_search_locations:
        data = Path(matplotlib.submodule_search_locations[0]) / "mpl-data"
        fixed["MATPLOTLIBRC"] = str(data / "matplotlibrc")
    return fixed


# -- the far side ----------------------------------------------------------------------------------


def _warm(warm: Warm, parameters: Iterable[Mapping[str, Any]]) -> None:
    """Import, and look up once, what every notebook would: kernels inherit it.

    What does not work here fails in the notebook that needs it, with that notebook's name.
    """
    for name in (*_LIBRARIES, *warm.libraries):
        with suppress(Exception):
            importlib.import_module(name)
    nbformat = importlib.import_module("nbformat")
    nbformat.validate(nbformat.v4.new_notebook())  # compiles the schema, once
    module, _, function = warm.prepare.partition(":")
    for values in {json.dumps(each, sort_keys=True) for each in parameters}:
        with suppress(Exception):
            if function:
                getattr(importlib.import_module(module), function)(**json.loads(values))


def _work(
    notebook: str, parameters: Mapping[str, Any], kernels: Kernels, answer: Connection
) -> None:
    """Run one notebook in this process; answer with the error of its failing cell, if any."""
    from papermill.exceptions import PapermillExecutionError

    end_with_parent()
    try:
        _papermill(notebook, parameters, kernels)
    except PapermillExecutionError as error:
        answer.send(f"{error.ename}: {error.evalue}\nin the cell\n{error.source}")
    except Exception as error:  # a disk full, a kernel that does not start
        answer.send(f"{type(error).__name__}: {error}")
    else:
        answer.send("")


def _papermill(notebook: str, parameters: Mapping[str, Any], kernels: Kernels) -> None:
    from parabook.kernels import Forked, ForkProvisioner, manager

    if kernels == "forked":
        ForkProvisioner.waiting = Forked()
    import nbformat
    import papermill

    # The notebook is given as an object: papermill would format a path with braces in it.
    executed = papermill.execute_notebook(
        nbformat.read(notebook, as_version=4),  # type: ignore[no-untyped-call]
        None,
        parameters=parameters,
        kernel_name="python3",
        cwd=str(Path(notebook).parent),
        progress_bar=False,
        start_timeout=_START_SECONDS,
        kernel_manager_class=manager(kernels),
        shutdown_kernel="immediate",
    )
    nbformat.write(executed, notebook)  # type: ignore[no-untyped-call]


def _run_here(
    jobs: Mapping[str, Mapping[str, Any]], workers: int, kernels: Kernels, warm: Warm
) -> Iterator[dict[str, str]]:
    # One process per notebook, so that what one does cannot reach another.
    context: Any = multiprocessing.get_context("fork" if kernels == "forked" else "spawn")
    if kernels == "forked":
        _warm(warm, jobs.values())
        # A kernel that collects garbage would touch, and so copy, all that it shares with the rest.
        gc.freeze()
    waiting = deque(jobs.items())
    running: dict[Any, tuple[str, BaseProcess]] = {}
    while waiting or running:
        while waiting and len(running) < workers:
            ours, theirs = context.Pipe(duplex=False)
            notebook, parameters = waiting.popleft()
            process = context.Process(target=_work, args=(notebook, parameters, kernels, theirs))
            process.start()
            theirs.close()
            running[ours] = (notebook, process)
        for answer in wait(list(running)):
            notebook, process = running.pop(answer)
            yield {"source": notebook, "error": _error(answer)}
            process.join()


def _error(answer: Any) -> str:
    try:
        return str(answer.recv())
    except EOFError:
        return "its process was killed, perhaps for want of memory"


def main(orders: str) -> NoReturn:
    """Run jobs in this process and its children: the far side of `run`."""
    settings = json.loads(Path(orders).read_text(encoding="utf-8"))
    # Reports have standard output to themselves: what kernels print there goes to standard error.
    reports = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    failed = 0
    warm = Warm(**settings["warm"])
    for report in _run_here(settings["jobs"], settings["workers"], settings["kernels"], warm):
        failed += bool(report["error"])
        print(json.dumps(report), file=reports, flush=True)
    # Taking all those libraries down in order takes longer than running a notebook.
    os._exit(1 if failed else 0)


if __name__ == "__main__":
    # So that workers find its functions by their real name.
    from parabook.run import main as _main

    _main(sys.argv[1])
