"""Write LICENCES.md: under which licence each pinned package says it comes (``make licences``).

A package that is pinned for another system or version of Python cannot be asked here: what the file
says of it stays. Of two versions that are pinned, the one of the older Python is asked.
"""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "LICENCES.md"
LOCKS = ("book", "solve", "cluster", "spss")
_HEAD = """# Licences of the packages that the book is built with

Of every package that `make book`, `make solve`, `make cluster` and `make spss` install, what its
own metadata says. None is copied into this repository or into a built book, but for the style
sheets, scripts and fonts that the theme and the extensions of Sphinx put beside the pages, with
their own notices.

Made by `make licences`; `tests/unit/test_licences.py` compares it with the packages installed.

| Package | Version | Licence |
| --- | --- | --- |
"""


def pinned() -> dict[str, str]:
    """Return the version of each package in the locks; two where two Pythons have their own."""
    found: dict[str, list[str]] = {}
    for name in LOCKS:
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        for package, version in re.findall(r"^([\w.-]+)==([^ ;\\]+)", text, re.MULTILINE):
            found.setdefault(package, []).append(version)
    return {package: " and ".join(dict.fromkeys(found[package])) for package in found}


def licence(name: str, version: str) -> str | None:
    """Return what an installed package says of its licence; None if this version is not there."""
    try:
        found = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    if found["Version"] != version.partition(" and ")[0]:
        return None
    listed = [
        text.rpartition(" :: ")[2]
        for text in found.get_all("Classifier", [])
        if text.startswith("License :: ") and text != "License :: OSI Approved"
    ]
    first = (found.get("License") or "").strip().partition("\n")[0]
    return found.get("License-Expression") or "; ".join(listed) or first


def written() -> dict[str, tuple[str, str]]:
    """Return version and licence of each package as the file has them."""
    if not FILE.exists():
        return {}
    row = r"^\| ([\w.-]+) \| ([^|]+) \| (.+) \|$"
    rows = re.findall(row, FILE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: (version, text) for name, version, text in rows if name not in ("Package", "---")}


def text() -> str:
    """Return the file as it should be."""
    before = {name: text for name, (_, text) in written().items()}
    rows = [
        f"| {name} | {version} | {licence(name, version) or before.get(name, 'not known')} |"
        for name, version in sorted(pinned().items(), key=lambda item: item[0].casefold())
    ]
    return _HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
