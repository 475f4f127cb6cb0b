"""Put a finished folder in its place whole or not at all, and never in place of anything else.

A folder made here holds a mark: which files it was made with, and a fingerprint of what it was made
from. Only a folder with its mark, and nothing else in it, is replaced.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import Timeout

from parabook import digest, scratch
from parabook.errors import BuildError, InputError, reason

MARK = ".parabook"
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of renameat2(2)
_MOST_NAMED = 5


def resolved(path: Path) -> Path:
    """Return a path without links and dots.

    Raises
    ------
    InputError
        If the system cannot follow it: a loop of links, too long a name.
    """
    try:
        found = path.resolve()
        with suppress(FileNotFoundError, NotADirectoryError):
            found.stat()  # `exists` hides a loop, and from Python 3.14 too long a name
    except (OSError, RuntimeError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"{str(path)[:80]}: this path cannot be used ({said}).") from error
    return found


def check_free(out: Path, keep: Sequence[Path] = (), disposable: Path | None = None) -> None:
    """Refuse a place where something other than a finished book would be lost.

    Parameters
    ----------
    out : Path
        Where a book is to stand.
    keep : sequence of Path
        What must neither be that place, nor hold it, nor lie within it.
    disposable : Path, optional
        A folder whose contents only commands make: everything in it may be replaced.

    Raises
    ------
    InputError
        If there is such a thing; the first few are named.
    """
    out = resolved(out)
    for path in map(resolved, keep):
        if path == out or path in out.parents or out in path.parents:
            raise InputError(
                f"{out}: a book cannot take the place of {path}, or lie in it: "
                "choose another folder."
            )
    try:
        if out.exists() and not out.is_dir():
            raise InputError(f"{out}: a file stands there, not a folder.")
        if not out.is_dir() or (disposable and resolved(disposable) in out.parents):
            return
        foreign = [name for name in _everything(out) if name not in _made(out)]
    except OSError as error:
        raise InputError(f"{out}: this folder cannot be read: {reason(error)}.") from error
    if foreign:
        named = ", ".join(foreign[:_MOST_NAMED])
        more = f" and {len(foreign) - _MOST_NAMED} more" if len(foreign) > _MOST_NAMED else ""
        raise InputError(
            f"{out}: the folder holds files that no build has made: {named}{more}. "
            "Move them, or choose another folder."
        )


def mark(book: Path, key: str) -> None:
    """Write into a finished book what it was made with, and the fingerprint of what from."""
    files = {name: digest.of_file(book / name) for name in sorted(_everything(book))}
    text = json.dumps({"made_by": "parabook", "key": key, "files": files}, indent=1) + "\n"
    (book / MARK).write_text(text, encoding="utf-8")


def stands(book: Path, key: str) -> bool:
    """Whether a book of that fingerprint stands there, every file as it was made."""
    found = _read(book)
    try:
        return found.get("key") == key and found["files"] == {
            name: digest.of_file(book / name) for name in _everything(book) if name != MARK
        }
    except (OSError, KeyError):
        return False


def _read(book: Path) -> dict[str, object]:
    try:
        found = json.loads((book / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _made(book: Path) -> frozenset[str]:
    files = _read(book).get("files")
    return frozenset([MARK, *files]) if isinstance(files, dict) else frozenset()


def _everything(folder: Path) -> Iterator[str]:
    """Yield all that is in a folder but folders, hidden or not."""
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_dir():
            yield path.relative_to(folder).as_posix()


# -- putting ---------------------------------------------------------------------------------------


def beside(out: Path, what: str) -> Path:
    """Return the path of a helper folder or file that stands beside a place."""
    return out.with_name(f".{out.name}.parabook-{what}")


@contextmanager
def claimed(out: Path) -> Iterator[None]:
    """Let no other process put anything in a place; tidy up after one that was killed.

    Raises
    ------
    BuildError
        If another process has claimed it, or nothing can be written there.
    """
    with ExitStack() as held:
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            held.enter_context(scratch.locked(beside(out, "lock")))
            _recover(out)
        except Timeout as error:
            said = f"Another build into {out} is running: wait for it, or choose another folder."
            raise BuildError(said) from error
        except OSError as error:
            said = f"Nothing can be written in {out.parent}: {reason(error)}."
            raise BuildError(said) from error
        yield


def _recover(out: Path) -> None:
    new, old = beside(out, "new"), beside(out, "old")
    if old.exists() and not out.exists():
        old.rename(out)
    _remove(new, old)


def put(new: Path, out: Path) -> None:
    """Move a finished folder to its claimed place; if that fails, what stood there stands still."""
    near = beside(out, "new")
    try:
        shutil.move(new, near)  # copies it if the place is on another file system
        if not out.exists():
            near.rename(out)
        elif not _exchange(near, out):
            _swap(near, out)
    finally:
        _remove(near)


def _swap(new: Path, out: Path) -> None:
    old = beside(out, "old")
    out.rename(old)
    try:
        new.rename(out)
    except OSError:
        old.rename(out)
        raise
    _remove(old)


def _exchange(one: Path, other: Path) -> bool:
    # One step of the file system: at no moment, killed or not, is the place empty.
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    paths = _HERE, os.fsencode(one), _HERE, os.fsencode(other)
    return rename is not None and rename(*paths, _EXCHANGE) == 0


def _remove(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
