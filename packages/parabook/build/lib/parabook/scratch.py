"""Folders for work in progress: removed when the work ends, or by the next that starts.

All of a user's lie in one folder that nobody else can read, each beside a lock that its process
holds. A process that is killed cannot tidy up, but its lock goes with it, so the next one knows
what to remove.
"""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from parabook.errors import BuildError

# The path of a socket has at most 103 bytes on macOS, and kernels need 45 of them below this.
_LONGEST = 50


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file, which goes with it.

    Raises
    ------
    filelock.Timeout
        If another process holds it.
    """
    lock = FileLock(path, timeout=0)
    with lock:
        try:
            yield
        finally:
            # Windows removes no open file: the next process finds it unlocked.
            with suppress(PermissionError):
                path.unlink(missing_ok=True)


@contextmanager
def folder() -> Iterator[Path]:
    """Yield a new folder that only this user can read, and remove it afterwards."""
    sweep()
    path = _home() / secrets.token_hex(4)
    with locked(path.with_suffix(".lock")):
        path.mkdir(mode=0o700)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)


def sweep() -> None:
    """Remove the folders of processes that have ended without doing so."""
    for lock in list(_home().glob("*.lock")):
        with suppress(Timeout, OSError), locked(lock):
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)


def _home() -> Path:
    home = _temporary() / f"parabook-{_user()}"
    home.mkdir(mode=0o700, exist_ok=True)
    if home.is_symlink() or (hasattr(os, "getuid") and home.stat().st_uid != os.getuid()):
        raise BuildError(f"{home} belongs to somebody else: set TMPDIR to a folder of your own.")
    return home


def _temporary() -> Path:
    usual, short = Path(tempfile.gettempdir()), Path("/tmp")
    fits = len(os.fsencode(usual)) <= _LONGEST or not os.access(short, os.W_OK)
    return usual if fits else short


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else getpass.getuser()
