"""Run independent jobs on an executor, here or on a cluster, so that a lost worker costs nothing.

Jobs go through the standard `concurrent.futures.Executor` interface: processes by default, a Dask
scheduler if its address is given. A job that has finished is not run again: its result stands in
its own place, whole, and the job's own check of that place says so.
"""

from __future__ import annotations

import multiprocessing
import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from parabook import book as books
from parabook.book import Book
from parabook.errors import InputError
from parabook.stopping import Stopped, stop_on_signals

Start = Callable[[], AbstractContextManager[Executor]]

_ADDRESS = re.compile(
    r"(tcp|tls)://[^/\s:]+(\.[^/\s:]+)*:\d{1,5}/?|(tcp|tls)://\[[0-9a-fA-F:]+\]:\d{1,5}/?"
)
_HERE = ("localhost", "127.0.0.1", "::1")
_PATIENCE = 10


class Job(Protocol):
    """Something to do, with a name and a way to tell that it has been done."""

    @property
    def name(self) -> str:
        """Name that no other job has."""
        ...

    def finished(self) -> bool:
        """Whether its result stands in place."""
        ...

    def run(self) -> None:
        """Do it; put the result in place whole or not at all."""
        ...


@dataclass(frozen=True)
class Build:
    """The job of building one book.

    Parameters
    ----------
    name : str
        What it is called by commands.
    book : Book
    out : Path
        Folder of the finished book.
    """

    name: str
    book: Book
    out: Path

    def finished(self) -> bool:
        """Whether this book stands in place, made of these inputs, sources and settings."""
        return books.stands(self.book, self.out)

    def run(self) -> None:
        """Build the book."""
        books.make(self.book, self.out)


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
    try:
        if job.finished():
            return Outcome(job.name, repeated=True)
        job.run()
    except Stopped as stopped:
        if multiprocessing.parent_process() is None:
            raise
        # The pool would take it for what the job came to, and this worker would wait for another
        # job, deaf to signals, while the pool waits for its end.
        os._exit(stopped.number)
    except Exception as error:
        # An exception itself may not survive the way back from another process: its text does.
        expected = hasattr(error, "exit_status") and str(error)
        return Outcome(job.name, str(error) if expected else f"{type(error).__name__}: {error}")
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
            # A pool of processes begins to watch the last one it has started at its next event.
            executor.submit(abs, 0)
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


def executor(scheduler: str | None, workers: int) -> Start:
    """Return a way to open an executor: a Dask scheduler's if its address is given."""
    return dask(scheduler) if scheduler else processes(workers)


def processes(workers: int) -> Start:
    """Return a way to open a pool of fresh processes on this machine.

    Whatever stops this process, an interrupt among it, stops them too.

    Raises
    ------
    InputError
        If there is to be no worker.
    """
    if workers < 1:
        raise InputError(f"--workers: at least one process is needed, not {workers}.")

    @contextmanager
    def opened() -> Iterator[Executor]:
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=stop_on_signals)
        before = {*multiprocessing.active_children()}
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            _stop({*multiprocessing.active_children()} - before)
            raise
        pool.shutdown()

    return opened


def _stop(workers: set[multiprocessing.process.BaseProcess]) -> None:
    """End workers: first so that they tidy up, then in any case."""
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join(_PATIENCE)
        worker.kill()


def dask(address: str) -> Start:
    """Return a way to open a Dask cluster's executor.

    Parameters
    ----------
    address : str
        Of a running scheduler, such as ``tls://10.0.0.5:8786``. Its workers need this package, and
        a file system that shows inputs and results under the same paths. Jobs and error texts
        travel to it, so that a scheduler elsewhere is only used with TLS: the certificates are
        those that Dask's configuration names (``distributed.comm.tls``).

    Raises
    ------
    InputError
        If this is no address, or one elsewhere without TLS; when opened, if no scheduler answers.
    """
    secure = _is_secure(address)

    @contextmanager
    def opened() -> Iterator[Executor]:
        try:
            from distributed import Client
            from distributed.security import Security
        except ImportError as error:
            wanted = "--scheduler needs Dask: run 'make cluster', or 'pip install distributed'."
            raise InputError(wanted) from error
        try:
            security = Security(require_encryption=True) if secure else None  # type: ignore[no-untyped-call]
            client = Client(address, security=security, timeout="10s", set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError, TypeError) as error:
            raise InputError(f"No Dask scheduler answers at {address!r}: {error}") from error
        with client:
            pool = client.get_executor(pure=False, retries=3)  # type: ignore[no-untyped-call]
            try:
                yield pool
            finally:
                pool.shutdown(wait=False)  # what has not begun is cancelled

    return opened


def _is_secure(address: str) -> bool:
    """Say whether what a scheduler is sent is encrypted; refuse one elsewhere if it is not."""
    if not _ADDRESS.fullmatch(address):
        said = "this is no address of a scheduler, such as tls://10.0.0.5:8786."
        raise InputError(f"--scheduler {address}: {said}")
    secure = address.startswith("tls://")
    if not secure and urlsplit(address).hostname not in _HERE:
        raise InputError(
            f"--scheduler {address}: a scheduler on another machine is only used with TLS "
            "(tls://...), since what is sent to it may be confidential. Name the certificates in "
            "Dask's configuration: DASK_DISTRIBUTED__COMM__TLS__CA_FILE, "
            "..._TLS__CLIENT__CERT and ..._TLS__CLIENT__KEY."
        )
    return secure
