"""What stops a build, in sentences, and the exit status of each kind."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

_NUMBER = re.compile(r"^\[Errno \d+\] ")
"""Under what number the system lists an error: a copy of a folder has it in its texts."""


class BuildError(Exception):
    """What was asked for is sound, but the book could not be made; an earlier one stands."""

    exit_status = 1


class InputError(Exception):
    """What was asked for is not sound: nothing was run and nothing written.

    Parameters
    ----------
    problems : str or iterable of str
        All that is wrong, not only the first thing.
    """

    exit_status = 2

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


def no_such(what: str, name: str, known: Iterable[str]) -> str:
    """Say that a name is not known, which one is nearest, and which there are.

    >>> no_such("parameter", "yaer", ["year"])
    "There is no parameter 'yaer'. Did you mean 'year'? There are: year."
    """
    names = sorted(known)
    nearest = difflib.get_close_matches(name, names, n=1)
    meant = f" Did you mean {nearest[0]!r}?" if nearest else ""
    return f"There is no {what} {name!r}.{meant} There are: {', '.join(names) or 'none'}."


def reason(error: OSError) -> str:
    """Return why the system refused something, with the file that it was about.

    >>> reason(OSError(28, "No space left on device", "pages"))
    'No space left on device (pages)'
    >>> reason(OSError([("a", "b", "[Errno 28] No space left on device: 'b'")]))
    "No space left on device: 'b'"
    """
    # An error of copying a folder lists source, copy and reason of each file that failed.
    if error.args and isinstance(error.args[0], list):
        return _NUMBER.sub("", str(error.args[0][0][2]))
    where = f" ({error.filename})" if error.filename else ""
    return f"{error.strerror or error}{where}"


def no_overwriting(path: Path, *, force: bool) -> None:
    """Refuse a file that stands already, unless told otherwise.

    Raises
    ------
    InputError
        If it is not to be overwritten.
    """
    if path.is_dir():
        raise InputError(f"{path}: a folder stands there, not a file.")
    if path.exists() and not force:
        raise InputError(f"{path}: something stands there already; --force overwrites it.")
