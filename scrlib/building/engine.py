"""Run notebooks, several at once, each in a kernel that starts with its libraries already imported.

Nearly all the time of a short chapter goes into starting a kernel and importing pandas, seaborn and
statsmodels. So one process imports them once, and every kernel is forked from it: `main` forks a
worker per notebook, and the worker, before papermill starts any thread in it, forks a kernel in
waiting, which a jupyter_client kernel provisioner wakes. Where forking is not safe (macOS) or not
there (Windows), or `ordinary` kernels are asked for, kernels start in the usual way, with the same
results.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import importlib.util
import json
import multiprocessing
import os
import pkgutil
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal, NoReturn

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from scrlib.building import guard, notebooks
from scrlib.errors import BuildError

Kernels = Literal["forked", "ordinary"]
WORKERS = 2
START_SECONDS = 120

# What chapters import; whatever is missing here is only slower, never wrong.
LIBRARIES = (
    "numpy", "pandas", "pandera.pandas", "scipy.stats", "seaborn", "matplotlib.pyplot",
    "matplotlib.backends.backend_svg", "statsmodels.stats.proportion",
    "statsmodels.stats.multitest", "yaml", "openpyxl", "myst_nb", "papermill", "nbclient",
    "IPython.display", "ipykernel.ipkernel", "ipykernel.kernelapp",
)  # fmt: skip
PAGES = "scrlib.pages"


@dataclass(frozen=True, slots=True)
class Job:
    """One notebook to run.

    Parameters
    ----------
    source, target : str
        The notebook, and where its executed copy is written.
    cwd : str
        Folder in which its kernel runs.
    parameters : dict
        Values for the cell tagged `parameters`.
    """

    source: str
    target: str
    cwd: str
    parameters: dict[str, Any]


def run(
    jobs: Sequence[Job],
    *,
    runtime: Path,
    env: Mapping[str, str] | None = None,
    workers: int = WORKERS,
    kernels: Kernels | None = None,
    on_done: Callable[[str], None] = lambda source: None,
) -> None:
    """Run every notebook; report all that fail.

    Parameters
    ----------
    jobs : sequence of Job
        The notebooks. Those with the most cells are started first, so that no worker is left with
        a long one at the end.
    runtime : Path
        A folder for sockets and scratch files; everything in it may be deleted afterwards.
    env : mapping, optional
        Variables added to the environment of the kernels.
    workers : int, default 2
        How many notebooks run at once.
    kernels : {"forked", "ordinary"}, optional
        How kernels start; if left out, as SCR_KERNELS says, or forked on Linux.
    on_done : callable
        Called with the path of each notebook as it finishes.

    Raises
    ------
    BuildError
        If any notebook fails; names each with the error that its cell raised.
    """
    if not jobs:
        return
    runtime.mkdir(parents=True, exist_ok=True)
    plan = runtime / "jobs.json"
    settings = {
        "jobs": [asdict(job) for job in sorted(jobs, key=_cells, reverse=True)],
        "workers": max(1, min(workers, len(jobs))),
        "kernels": kernels or _kernels(),
    }
    plan.write_text(json.dumps(settings), encoding="utf-8")
    failures: list[str] = []

    def note(line: str) -> None:
        report = json.loads(line)
        if report["error"]:
            failures.append(f"{Path(report['source']).name}: {report['error']}")
        on_done(report["source"])

    status, errors = guard.run(
        [sys.executable, "-P", "-m", "scrlib.building.engine", str(plan)],
        env={**os.environ, **fixed_environment(runtime), **(env or {})},
        on_line=note,
    )
    if failures:
        raise BuildError("\n\n".join(sorted(failures)))
    if status:
        raise BuildError(f"Running the chapters stopped with status {status}.\n{errors.strip()}")


def _cells(job: Job) -> int:
    return len(notebooks.load(Path(job.source))["cells"])


def _kernels() -> Kernels:
    # A fork that has used Apple's numerical libraries may crash, so only Linux forks by default.
    default = "forked" if sys.platform.startswith("linux") else "ordinary"
    wanted = os.environ.get("SCR_KERNELS", default)
    return "forked" if wanted == "forked" and hasattr(os, "fork") else "ordinary"


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


def _import_libraries() -> None:
    pages = importlib.import_module(PAGES)
    own = [module.name for module in pkgutil.walk_packages(pages.__path__, f"{PAGES}.")]
    for name in (*LIBRARIES, *own):
        # What cannot be imported fails in the chapter that needs it, with that chapter's name.
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    nbformat = importlib.import_module("nbformat")
    nbformat.validate(nbformat.v4.new_notebook())  # compiles the schema, once


def _prepare(jobs: Iterable[Job]) -> None:
    """Look up once what every chapter would look up again: kernels inherit it."""
    for values in {json.dumps(job.parameters, sort_keys=True) for job in jobs}:
        # A dataset or a study that is not fit is for each chapter to report, as it does by itself.
        with contextlib.suppress(Exception):
            importlib.import_module("scrlib.pages.chapter").prepare(**json.loads(values))


def _end_with_parent() -> None:
    """Let this process end at once when the one that asked for it has gone, however it went."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _serve_kernel(orders: Connection) -> None:
    """Wait for orders, then become a kernel: in place of starting a new interpreter."""
    _end_with_parent()
    arguments, cwd, env = orders.recv()
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    os.chdir(cwd)
    sys.argv = ["ipykernel_launcher.py", *arguments]
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(argv=arguments)


class _Forked:
    """A forked kernel, first in waiting; jupyter_client uses it as a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self) -> None:
        context = multiprocessing.get_context("fork")
        self._orders, theirs = context.Pipe()
        self._process = context.Process(target=_serve_kernel, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def wake(self, arguments: list[str], cwd: str, env: dict[str, str]) -> None:
        self._orders.send((arguments, cwd, env))

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode

    def send_signal(self, signum: int) -> None:
        if self._process.is_alive():
            os.kill(self.pid, signum)

    def kill(self) -> None:
        self._process.kill()

    def terminate(self) -> None:
        self._process.terminate()


class ForkProvisioner(LocalProvisioner):
    """Wakes the kernel that was forked beforehand; if there is none, starts an ordinary one."""

    waiting: _Forked | None = None
    process: Any = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start a kernel that answers at the places named in its connection file."""
        kernel, ForkProvisioner.waiting = ForkProvisioner.waiting, None
        if kernel is None:
            return await super().launch_kernel(cmd, **kwargs)
        # cmd is [python, "-m", "ipykernel_launcher", ...]: only the arguments matter to a fork.
        kernel.wake(cmd[3:], kwargs.get("cwd") or str(Path.cwd()), dict(kwargs["env"]))
        self.process, self.pid = kernel, kernel.pid
        return self.connection_info

    async def wait(self) -> int | None:
        """Wait for the kernel to end; look often, since every chapter waits for this once."""
        while self.has_process and await self.poll() is None:
            await asyncio.sleep(0.005)
        return await super().wait()


def _manager(kernels: Kernels) -> Any:
    """Return a kernel manager class that needs no installed kernel specification and no port."""
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from traitlets import default

    # A user's own kernel named python3 would otherwise win over this environment's.
    spec = KernelSpec(
        argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        display_name="Python 3 (ipykernel)",
        language="python",
        metadata={"kernel_provisioner": {"provisioner_name": "scr-fork"}}
        if kernels == "forked"
        else {},
    )

    class Manager(AsyncKernelManager):
        @property
        def kernel_spec(self) -> KernelSpec:
            return spec

        # Two kernels may be given the same free port (papermill#511); a fresh folder's files
        # cannot clash.
        @default("transport")
        def _transport(self) -> str:
            return "tcp" if os.name == "nt" else "ipc"

        @default("connection_file")
        def _connection_file(self) -> str:
            return str(Path(tempfile.mkdtemp(prefix="k")) / "k.json")

    return Manager


def _work(job: Job, kernels: Kernels, answer: Connection) -> None:
    """Run one notebook in this process; answer with the error of its failing cell, if any."""
    _end_with_parent()
    from papermill.exceptions import PapermillExecutionError

    try:
        _papermill(job, kernels)
    except PapermillExecutionError as error:
        answer.send(f"{error.ename}: {error.evalue}\nin the cell\n{error.source}")
    except Exception as error:  # a disk full, a kernel that does not start
        answer.send(f"{type(error).__name__}: {error}")
    else:
        answer.send("")


def _papermill(job: Job, kernels: Kernels) -> None:
    if kernels == "forked":
        ForkProvisioner.waiting = _Forked()
    import nbformat
    import papermill

    # The notebook is given as an object: papermill would format a path with braces in it.
    executed = papermill.execute_notebook(
        nbformat.read(job.source, as_version=4),  # type: ignore[no-untyped-call]
        None,
        parameters=job.parameters,
        kernel_name="python3",
        cwd=job.cwd,
        progress_bar=False,
        start_timeout=START_SECONDS,
        kernel_manager_class=_manager(kernels),
        shutdown_kernel="immediate",
    )
    nbformat.write(executed, job.target)  # type: ignore[no-untyped-call]


def _run_here(jobs: Iterable[Job], workers: int, kernels: Kernels) -> Iterator[dict[str, str]]:
    # One process per notebook, so that what one does cannot reach another.
    context: Any = multiprocessing.get_context("fork" if kernels == "forked" else "spawn")
    waiting = deque(jobs)
    if kernels == "forked":
        _import_libraries()
        _prepare(waiting)
        # A kernel that collects garbage would touch, and so copy, all that it shares with the rest.
        gc.freeze()
    running: dict[Any, tuple[Job, BaseProcess]] = {}
    while waiting or running:
        while waiting and len(running) < workers:
            ours, theirs = context.Pipe(duplex=False)
            job = waiting.popleft()
            process = context.Process(target=_work, args=(job, kernels, theirs))
            process.start()
            theirs.close()
            running[ours] = (job, process)
        for answer in wait(list(running)):
            job, process = running.pop(answer)
            yield {"source": job.source, "error": _error(answer)}
            process.join()


def _error(answer: Any) -> str:
    try:
        return str(answer.recv())
    except EOFError:
        return "its process was killed, perhaps for want of memory"


def main(plan: str) -> NoReturn:
    """Run the jobs of a plan in this process and its children: the far side of `run`."""
    settings = json.loads(Path(plan).read_text(encoding="utf-8"))
    jobs = [Job(**job) for job in settings["jobs"]]
    # Reports have standard output to themselves: what kernels print there goes to standard error.
    reports = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    failed = 0
    for report in _run_here(jobs, settings["workers"], settings["kernels"]):
        failed += bool(report["error"])
        print(json.dumps(report), file=reports, flush=True)
    # Taking all those libraries down in order takes longer than running a chapter.
    os._exit(1 if failed else 0)


if __name__ == "__main__":
    from scrlib.building.engine import (
        main as _main,  # so that workers find its functions by their real name
    )

    _main(sys.argv[1])
