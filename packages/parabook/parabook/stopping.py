"""What ends a command early: signals that would otherwise leave its work lying about."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from types import FrameType
from typing import NoReturn

_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


class Stopped(SystemExit):
    """A signal asked the process to end; whatever is under way is taken down on the way out."""

    def __init__(self, number: int) -> None:
        self.number = 128 + number
        super().__init__(self.number)


@contextmanager
def stoppable() -> Iterator[None]:
    """Let signals end what is done in order, and mean afterwards what they did before."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are for the main thread
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    stop_on_signals()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_on_signals() -> None:
    """Let SIGINT, SIGTERM and SIGHUP end this process in order, so that nothing is left.

    In a worker process, the end of its parent does the same.
    """
    for number in _SIGNALS:
        # A command that was started with nohup goes on when its terminal goes.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)
    if multiprocessing.parent_process():
        end_with_parent(lambda: os.kill(os.getpid(), signal.SIGTERM))


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    for other in _SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise Stopped(number)


def end_with_parent(end: Callable[[], object] = lambda: os._exit(1)) -> None:
    """End this process, at once unless told how, when the one that started it has gone."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        end()

    threading.Thread(target=watch, daemon=True).start()
