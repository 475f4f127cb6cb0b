"""Does the README say what is so: every snippet run, every file shown as it is?"""

from __future__ import annotations

import doctest
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import tally

HOME = Path(__file__).parents[1]
README = (HOME / "README.md").read_text(encoding="utf-8")
EXTRA = "<!-- needs tally[solve] -->\n\n"
BLOCK = re.compile(rf"({re.escape(EXTRA)})?```(\w*)\n(.*?)```\n", re.DOTALL)


def blocks(kind: str, extra: bool = False) -> list[str]:
    found = BLOCK.findall(README)
    return [text for mark, language, text in found if language == kind and (extra or not mark)]


def failures(snippets: list[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(HOME)
    test = doctest.DocTestParser().get_doctest("\n".join(snippets), {}, "README", None, None)
    said: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=said.append)
    return "".join(said)


def test_every_snippet_gives_what_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    snippets = blocks("python")
    assert len(snippets) >= 7
    assert failures(snippets, monkeypatch) == ""


def solver() -> Any:
    if find_spec("highspy") is None or find_spec("ortools") is None:
        return None
    from tally import solve

    return getattr(solve, "Facts", None)


@pytest.mark.skipif(solver() is None, reason="the solvers are an extra: tally[solve]")
def test_every_snippet_with_the_solvers_gives_what_it_shows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert failures(blocks("python", extra=True), monkeypatch) == ""


@pytest.mark.parametrize("name", ["frame/variables.yaml", "claims.csv"])
def test_files_are_shown_as_they_are(name: str) -> None:
    text = (HOME / "examples" / "accidents" / name).read_text(encoding="utf-8")
    assert text in README


def test_every_module_is_named_in_the_table() -> None:
    named = set(re.findall(r"`(\w+)`", README.partition("## Where things stand")[2]))
    inner = {"codebook_file", "conditions", "errors", "escape", "syntax", "yamlfile"}
    stems = {path.stem for path in Path(tally.__file__).parent.glob("*.py")} - {"__init__"}
    assert stems - named == inner
