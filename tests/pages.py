"""The pages of the book, for whatever test looks at each."""

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent


def pages():
    """Return every page of the book, from its table of contents, and the ones Sphinx adds."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [chapter["file"] for part in contents["parts"] for chapter in part["chapters"]]
    return [f"{name}.html" for name in (contents["root"], *files, "search", "genindex")]
