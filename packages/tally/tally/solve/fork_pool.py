"""Pieces of work side by side, each in a process that is forked for it."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from math import inf
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Self, TypeAlias

Job: TypeAlias = Callable[[], Iterable[Any]]


class Aside:
    """Jobs that run side by side; leaving the block stops those that still do.

    Where forking is not safe (macOS) or not possible (Windows), they are done one after the other.

    Parameters
    ----------
    over : callable
        Whether nothing more is wanted for what a job is for: such jobs are stopped.
    """

    def __init__(self, over: Callable[[Any], bool]) -> None:
        self._over, self._forks = over, sys.platform.startswith("linux")
        self._waiting: list[tuple[Any, Job]] = []
        self._running: dict[Connection, tuple[Any, BaseProcess]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop(lambda key: True)

    def add(self, key: object, job: Job) -> None:
        """Let a job run from now on, or in its turn.

        Parameters
        ----------
        key
            What it is for.
        job : callable
            It yields results; what it sets out from is as it is now.
        """
        if not self._forks:
            self._waiting.append((key, job))
            return
        context = multiprocessing.get_context("fork")
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_send, args=(job, there), daemon=True)
        process.start()
        there.close()
        self._running[here] = key, process

    def results(self, until: float = inf) -> Iterator[tuple[Any, Any]]:
        """Yield what jobs are for with what they yield, as they do, until a time has come.

        Parameters
        ----------
        until : float
            By the clock that only runs forward. Jobs done one after the other are trusted to keep
            to a time of their own.

        Raises
        ------
        RuntimeError
            If a process ends before its job does.
        """
        while self._waiting:
            yield from self._in_turn(*self._waiting.pop(0))
        while self._stop(self._over):
            left = None if until == inf else max(0, until - time.monotonic())
            ready = wait(list(self._running), left)
            for pipe in ready:
                assert isinstance(pipe, Connection)
                yield from self._received(pipe)
            if not ready:
                return

    def _in_turn(self, key: object, job: Job) -> Iterator[tuple[Any, Any]]:
        for result in job() if not self._over(key) else ():
            yield key, result
            if self._over(key):
                return

    def _received(self, pipe: Connection) -> list[tuple[Any, Any]]:
        """Return the next result in a list; an empty one if the job is done."""
        key, _ = self._running[pipe]
        try:
            found = [(key, result) for result in pipe.recv()]
        except EOFError:
            raise RuntimeError("A process that was searching has died.") from None
        if not found:
            del self._running[pipe]
        return found

    def _stop(self, wanted: Callable[[Any], bool]) -> int:
        """Stop jobs by what they are for; return how many are left."""
        for pipe, (key, process) in list(self._running.items()):
            if wanted(key):
                process.kill()
                process.join()
                del self._running[pipe]
        return len(self._running)


def _send(job: Job, there: Connection) -> None:
    for result in job():
        there.send([result])
    there.send([])
