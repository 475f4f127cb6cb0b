"""Run independent jobs on an executor, here or on a cluster, so that a lost worker costs nothing.

Jobs go through the standard `concurrent.futures.Executor` interface: processes by default, a Dask
scheduler if its address is given. A job that has finished is not run again: its result stands in
its own place, whole, and the job's own check of that place says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Protocol

from tally.errors import BuildError, InputError

Start = Callable[[], AbstractContextManager[Executor]]


class Job(Protocol):
    """Something to do, with a name and a way to tell that it has been done."""

    @property
    def name(self) -> str:
        """Name that no other job of the plan has."""
        ...

    def finished(self) -> bool:
        """Whether its result stands in place."""
        ...

    def run(self) -> None:
        """Do it; put the result in place whole or not at all."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: `problem` is empty if its result stands in place.

    Parameters
    ----------
    repeated : bool
        Whether an earlier run had finished it already.
    """

    name: str
    problem: str = ""
    repeated: bool = False

    @property
    def ok(self) -> bool:
        """Whether the job's result stands in place."""
        return not self.problem


def perform(job: Job) -> Outcome:
    """Run one job, on whichever worker, unless it has finished before."""
    if job.finished():
        return Outcome(job.name, repeated=True)
    try:
        job.run()
    except (InputError, BuildError, OSError) as error:
        return Outcome(job.name, str(error) or type(error).__name__)
    return Outcome(job.name)


def run(jobs: Sequence[Job], start: Start, attempts: int = 3) -> Iterator[Outcome]:
    """Run jobs and yield their outcomes as they finish.

    Parameters
    ----------
    jobs : sequence of Job
    start : callable
        Opens an executor; called again if workers were lost.
    attempts : int
        How often to open one before giving a lost job up.
    """
    pending, lost = list(jobs), ""
    for _ in range(attempts):
        if not pending:
            return
        with start() as executor:
            futures = {executor.submit(perform, job): job for job in pending}
            for future in as_completed(futures):
                # Whatever ends a worker (killed, out of memory, unreachable) arrives as an error.
                error = future.exception()
                if error is None:
                    pending.remove(futures[future])
                    yield future.result()
                else:
                    lost = f"{type(error).__name__}: {error}"
    for job in pending:
        yield Outcome(job.name, f"its worker was lost {attempts} times ({lost})")


def processes(workers: int) -> Start:
    """Return a way to open a pool of fresh processes on this machine."""
    return lambda: ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def dask(address: str) -> Start:
    """Return a way to open a Dask cluster's executor.

    Parameters
    ----------
    address : str
        Of a running scheduler, such as ``tcp://10.0.0.5:8786``. Its workers need this package, and
        a file system that shows the datasets and results under the same paths.

    Raises
    ------
    InputError
        When opened, if no scheduler answers.
    """

    @contextmanager
    def opened() -> Iterator[Executor]:
        from distributed import Client

        try:
            client = Client(address, timeout="10s", set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise InputError(f"No Dask scheduler answers at {address!r}: {error}") from error
        with client:
            executor = client.get_executor(pure=False, retries=3)  # type: ignore[no-untyped-call]
            with executor:
                yield executor

    return opened
