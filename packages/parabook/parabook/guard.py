"""Run a program so that it, and all it started, ends when this process does.

A build killed outright (SIGKILL) cannot clean up after itself. So each long-running program is
started under a small supervisor in a process group of its own, which holds one end of a pipe: when
the other end closes, for whatever reason, the supervisor kills the whole group.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence


def run(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    on_line: Callable[[str], object],
) -> tuple[int, str]:
    """Run a command to its end and return its exit status and what it wrote to standard error.

    Parameters
    ----------
    command : sequence of str
        Program and arguments; never passed through a shell.
    env : mapping
        The whole environment of the program.
    on_line : callable
        Called with each line that the program writes to standard output, as it comes.

    Returns
    -------
    tuple of int and str
        Exit status (negative: the signal that ended it) and standard error.
    """
    errors: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "parabook.guard", *command],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=env, text=True, encoding="utf-8", errors="replace",
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        # Both are read at once: a program that fills one while we wait on the other would hang.
        reader = threading.Thread(target=errors.extend, args=(process.stderr,), daemon=True)
        reader.start()
        try:
            for line in process.stdout:
                on_line(line)
            process.wait()
        finally:
            process.stdin.close()  # ends all that still runs, and with it what the reader waits for
            reader.join()
    return process.returncode, "".join(errors)


def _kill_group_at_end_of_input() -> None:
    while os.read(0, 1024):
        pass
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def main(command: Sequence[str]) -> int:
    """Supervise one command: the child's side of `run`."""
    if hasattr(os, "setsid"):
        os.setsid()
    threading.Thread(target=_kill_group_at_end_of_input, daemon=True).start()
    return subprocess.call(command, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
