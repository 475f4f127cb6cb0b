"""Is each term of the glossary linked where a page first uses it, and nowhere else?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sphinx.application import Sphinx

from scrlib.building.glossary_links import ORDINARY, pattern

GLOSSARY = """# Words

```{glossary}
toxic trio
  Three risks together.

IMR
  A review.

risk factor
  A kind of concern.

range
  Of values.
```
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Build two small pages and return the HTML of the one that uses terms."""
    source = tmp_path_factory.mktemp("source")
    texts = {
        "index.md": "# The toxic trio\n\n**An IMR in bold.** A risk factors' toxic trio, a toxic "
        "trio, an IMR, an imr.\n\n"
        "Cases range widely. `IMR` again, and {term}`risk factor`.\n\n```{toctree}\nwords\n```\n",
        "words.md": GLOSSARY,
        "conf.py": "extensions = ['myst_parser', 'scrlib.building.glossary_links']\n",
    }
    for name, text in texts.items():
        (source / name).write_text(text, encoding="utf-8")
    built = source / "built"
    app = Sphinx(source, source, built, built / "trees", "html", status=None, warning=None)
    app.build()
    return (Path(built) / "index.html").read_text(encoding="utf-8")


def links(page: str) -> list[str]:
    body = page.partition("toctree-wrapper")[0]
    return re.findall(
        r'<a class="reference internal" href="words.html#term-[^"]*"[^>]*>(.*?)</a>', body
    )


def test_each_term_is_linked_once(page: str) -> None:
    names = [re.sub("<[^>]*>", "", link) for link in links(page)]
    assert sorted(names) == ["IMR", "risk factor", "toxic trio"]


def test_a_heading_is_not_linked(page: str) -> None:
    heading = re.findall(r"<h1>.*?</h1>", page, re.S)[0]
    assert "term-" not in heading


def test_a_link_by_hand_counts_as_the_first_use(page: str) -> None:
    assert "A risk factors" in re.sub(r"<[^>]*>", "", page)
    assert page.count("words.html#term-risk-factor") == 1


def test_words_of_everyday_speech_are_not_linked(page: str) -> None:
    assert "range" in ORDINARY
    assert "term-range" not in page.partition("toctree-wrapper")[0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a toxic trio of", "toxic trio"), ("Toxic trio", "Toxic trio"), ("IMRs are", "IMRs"),
        ("an imr", None), ("aIMR", None), ("the-IMR", None), ("toxic  trio", "toxic  trio"),
    ],
)  # fmt: skip
def test_terms_are_found_as_whole_words(text: str, found: str | None) -> None:
    match = pattern(["toxic trio", "IMR"]).search(text)
    assert (match[1] if match else None) == found


def test_a_bold_title_has_no_links(page: str) -> None:
    assert "<strong>An IMR in bold.</strong>" in page
