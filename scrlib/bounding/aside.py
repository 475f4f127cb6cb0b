"""Pieces of work side by side, each in a process that is forked for it."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

Result = TypeVar("Result")


def each(jobs: Sequence[Callable[[], Result]]) -> Iterator[Result]:
    """Yield what jobs return, as they are done; who stops asking stops those that still run.

    Where forking is not safe (macOS) or not possible (Windows), they are done one after the other.

    Raises
    ------
    RuntimeError
        If a process ends without a result.
    """
    if len(jobs) < 2 or not sys.platform.startswith("linux"):
        yield from (job() for job in jobs)
        return
    context = multiprocessing.get_context("fork")
    pipes = [context.Pipe(duplex=False) for _ in jobs]
    processes = [
        context.Process(target=_send, args=(job, there), daemon=True)
        for job, (_, there) in zip(jobs, pipes, strict=True)
    ]
    try:
        for process, (_, there) in zip(processes, pipes, strict=True):
            process.start()
            there.close()
        yield from _received([here for here, _ in pipes])
    finally:
        for process in processes:
            process.kill()
            process.join()


def _received(pipes: list[Connection]) -> Iterator[Any]:
    left = list(pipes)
    while left:
        for pipe in wait(left):
            assert isinstance(pipe, Connection)
            left.remove(pipe)
            try:
                yield pipe.recv()
            except EOFError:
                raise RuntimeError("A process that was searching has died.") from None


def _send(job: Callable[[], Result], there: Connection) -> None:
    there.send(job())
