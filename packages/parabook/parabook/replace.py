"""Put a folder in place whole or not at all, one writer at a time.

What is being made stands beside its place, so that moving it there is one rename. A writer that was
killed leaves only that folder, which the next one removes; the lock goes with the process.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from tally.errors import BuildError, Failure, InputError

_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of renameat2(2)


def beside(out: Path, what: str) -> Path:
    """Return the path of a helper folder or file that stands beside a place."""
    return out.with_name(f"{out.name}.scr-{what}")


def check_free(out: Path, keep: tuple[Path, ...] = ()) -> None:
    """Refuse a place where something other than a built book would be lost.

    Parameters
    ----------
    out : Path
        Where a book is to stand.
    keep : tuple of Path
        What must neither be that place, nor hold it, nor lie within it.

    Raises
    ------
    InputError
        If there is such a thing.
    """
    for path in keep:
        if path == out or path in out.parents or out in path.parents:
            raise InputError(Failure("A book cannot take the place of its sources.", str(out)))
    if out.exists() and not out.is_dir():
        raise InputError(Failure("A file stands there, not a folder.", str(out)))
    if out.is_dir() and any(out.iterdir()) and not (out / ".buildinfo").is_file():
        rule = "The folder holds something other than a book: choose a new or empty one."
        raise InputError(Failure(rule, str(out)))


@contextmanager
def workshop(out: Path, sweep: Callable[[Path], None]) -> Iterator[Path]:
    """Yield an empty folder beside `out`, to make its next contents in; remove it afterwards.

    Parameters
    ----------
    out : Path
        The place.
    sweep : callable
        Called with the folder that a killed process left, before that is removed.

    Raises
    ------
    BuildError
        If another process is making the contents of `out`, or nothing can be written there.
    """
    with _locked(out):
        folder, previous = beside(out, "building"), beside(out, "previous")
        if previous.exists() and not out.exists():
            previous.rename(out)
        sweep(folder)
        _remove(previous, folder)
        folder.mkdir()
        try:
            yield folder
        finally:
            _remove(folder)


def put(new: Path, out: Path) -> None:
    """Move a finished folder to its place; if this fails, what stood there stands there still."""
    if not out.exists():
        new.rename(out)
    elif not _exchange(new, out):
        _replace(new, out)


def _replace(new: Path, out: Path) -> None:
    previous = beside(out, "previous")
    out.rename(previous)
    try:
        new.rename(out)
    except OSError:
        previous.rename(out)
        raise
    _remove(previous)


def _exchange(one: Path, other: Path) -> bool:
    # One step of the file system: at no moment, killed or not, is the place empty.
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    paths = _HERE, os.fsencode(one), _HERE, os.fsencode(other)
    return rename is not None and rename(*paths, _EXCHANGE) == 0


def _remove(*folders: Path) -> None:
    for folder in folders:
        if folder.exists():
            shutil.rmtree(folder)


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    path = beside(out, "lock")
    with _open_lock(path) as file:
        if not _lock(file):
            raise BuildError(f"Another build into {out} is running: wait for it, or choose --out.")
        try:
            yield
        finally:
            # Where an open file cannot be removed, the next build finds it unlocked.
            with suppress(PermissionError):
                path.unlink(missing_ok=True)


def _open_lock(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a", encoding="utf-8")
    except OSError as error:
        raise BuildError(f"Nothing can be written in {path.parent}: {error.strerror}.") from error


def _lock(file: IO[str]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    # A lock file that its last holder has removed since it was opened locks nothing.
    path = Path(file.name)
    return path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat())
