"""The record of a build: what the book was made of, when and with what.

It stands as `manifest.json` in the book, and notebooks can show it. Inputs are recorded by name
only: the fingerprint of confidential data would let whoever knows nearly all of it try out the
rest. What is secret has its part in `Origin.key`, which is not published as it is.
"""

from __future__ import annotations

import hmac
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from parabook import digest

FILE = "manifest.json"
VARIABLE = "PARABOOK_RECORD"
_PACKAGES = ("jupyter-book", "sphinx", "myst-nb", "papermill")


@dataclass(frozen=True, slots=True)
class Record:
    """What a book was made of.

    Parameters
    ----------
    asked : mapping
        The parameters and settings asked for, and the file names of inputs.
    sources : mapping of str to str
        Part of the book's sources and code, and its SHA-256 fingerprint.
    versions : mapping of str to str
        Python and the packages that decide results.
    commit : str
        Git commit; ends in "with changes" if files differ from it; empty if there is none.
    made : str
        Time in UTC, in whole seconds; SOURCE_DATE_EPOCH if that is set.
    parameters : mapping
        The parameters in effect, inputs among them by file name, once they are settled.
    """

    asked: Mapping[str, str | int | float | bool | None]
    sources: Mapping[str, str]
    versions: Mapping[str, str]
    commit: str
    made: str
    parameters: Mapping[str, str | int | float | bool | None]

    def text(self) -> str:
        """Return the record as JSON."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class Origin:
    """A record, and what a book depends on besides but does not tell.

    Parameters
    ----------
    record : Record
    inputs : mapping of str to str
        SHA-256 fingerprints of the inputs.
    extras : sequence of str
        Texts on which results depend besides.
    """

    record: Record
    inputs: Mapping[str, str]
    extras: tuple[str, ...] = ()

    def key(self, secret: str) -> str:
        """Return the fingerprint of all that is known beforehand but the time, made with a secret.

        Books with equal keys are equal.
        """
        record = self.record
        facts = [
            dict(part) for part in (record.asked, record.sources, record.versions, self.inputs)
        ]
        text = json.dumps([*facts, record.commit, *self.extras], sort_keys=True)
        return hmac.digest(secret.encode(), text.encode(), "sha256").hex()


@lru_cache(maxsize=1)
def environment() -> str:
    """Return the fingerprint of the interpreter and of every installed package's version."""
    installed = {f"{package.name} {package.version}" for package in metadata.distributions()}
    return digest.of_texts([platform.python_version(), platform.system(), *sorted(installed)])


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions of what builds any book, and of some packages, if installed."""
    versions = {"Python": platform.python_version()}
    for name in dict.fromkeys((*_PACKAGES, *packages)):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def commit(root: Path) -> str:
    """Return the commit of the sources; empty where there is no git or no repository."""
    head = _git(root, "rev-parse", "HEAD")
    return f"{head} with changes" if head and _git(root, "status", "--porcelain") else head


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return done.stdout.strip()


def now() -> str:
    """Return the time as `Record.made` has it."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    time = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def load(path: Path) -> Record | None:
    """Read a record; None if there is none or it cannot be read."""
    try:
        found = Record(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    parts = (found.asked, found.sources, found.versions, found.parameters)
    return found if all(isinstance(part, dict) for part in parts) else None


def current() -> Record | None:
    """Return the record of the build that runs this notebook, if one does."""
    path = os.environ.get(VARIABLE)
    return load(Path(path)) if path else None
