"""Pieces of work side by side, each in a process that is forked for it."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeAlias, TypeVar, cast

Key = TypeVar("Key", bound=Hashable)
Job: TypeAlias = Callable[[], Iterable[Any]]


def side_by_side(jobs: Mapping[Key, Job], at_once: int = 2) -> Iterator[tuple[Key, Any]]:
    """Yield what jobs yield, as they do, each with its key.

    A job sets out from what is in memory when it begins. The results of one job come in their
    order; in what order those of several come is left to chance, so nothing should depend on it.
    Where forking is not safe (macOS) or not possible (Windows), jobs are done one after the other.

    Parameters
    ----------
    at_once : int
        How many run at a time; those that still run are stopped when the caller goes no further.

    Raises
    ------
    RuntimeError
        If a process ends before its job does.
    """
    if not sys.platform.startswith("linux"):
        for key, job in jobs.items():
            yield from ((key, result) for result in job())
        return
    waiting, running = list(jobs.items()), dict[Connection, tuple[Key, BaseProcess]]()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                key, job = waiting.pop(0)
                pipe, process = _begun(job)
                running[pipe] = key, process
            for ready in wait(list(running)):
                pipe = cast(Connection, ready)
                received = _received(pipe)
                if not received:
                    running.pop(pipe)[1].join()
                yield from ((running[pipe][0], result) for result in received)
    finally:
        for _, process in running.values():
            process.kill()
            process.join()


def _begun(job: Job) -> tuple[Connection, BaseProcess]:
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(job, there), daemon=True)
    process.start()
    there.close()
    return here, process


def _received(pipe: Connection) -> list[Any]:
    """Return the next result in a list; an empty one if the job is done."""
    try:
        found = pipe.recv()
    except EOFError:
        raise RuntimeError("A process that was searching has died.") from None
    assert isinstance(found, list)
    return found


def _send(job: Job, there: Connection) -> None:
    for result in job():
        there.send([result])
    there.send([])
