"""What differs between a book about the report's cases and one about others."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import yaml

from parabook import notebooks
from tally.dataset import Meta
from tally.errors import Failure, InputError
from tally.escape import escape_html, escape_markdown

# Metadata of a cell of text: what stands in its place in a book about other cases.
OTHER_CASES = "scr_other_cases"
HOME = "intro.md"
_HEADING = re.compile(r"^# .*\n", re.MULTILINE)
_LOGOS = (".png", ".jpg", ".jpeg", ".svg")
ABOUT_TABLES = (
    "Numbers counted from the data of this book, in tables laid out as in the report that Cafcass "
    "published in 2017. A table that repeats what that report printed says so as its source."
)
# A passage of a .md page that is true of the synthetic dataset only, between two MyST comments.
_SYNTHETIC_ONLY = re.compile(r"^% synthetic only\n.*?^% end\n", re.DOTALL | re.MULTILINE)


def about_other_cases(source: Path, meta: Meta, folder: Path) -> None:
    """Make a staged book about other cases than the report's whoever's it is.

    What is true of the synthetic dataset only is left out; title, agency, contact and logo are
    those of the dataset.

    Parameters
    ----------
    source : Path
        The staged book: its settings, passages of its pages, and cells of text, are changed.
    folder : Path
        Where the dataset lies, and its logo.
    """
    _sign(source, meta, folder)
    for path in source.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        path.write_text(_SYNTHETIC_ONLY.sub("", text), encoding="utf-8")
    for path in notebooks.chapters(source):
        notebook = notebooks.load(path)
        others = [cell for cell in notebook["cells"] if OTHER_CASES in cell["metadata"]]
        for cell in others:
            cell["source"] = cell["metadata"][OTHER_CASES]
        if others:
            notebooks.save(notebook, path)


def logo(meta: Meta, folder: Path) -> Path | None:
    """Return the picture that a dataset names.

    Raises
    ------
    InputError
        If there is none beside the dataset, or it is no picture for pages.
    """
    if not meta.logo:
        return None
    path = folder / meta.logo
    if Path(meta.logo).name != meta.logo or path.suffix.casefold() not in _LOGOS:
        rule = f"A logo is a picture beside the data, its name ending in {', '.join(_LOGOS)}."
        raise InputError(Failure(rule, column="logo", value=meta.logo))
    if not path.is_file():
        raise InputError(Failure("There is no such picture.", column="logo", value=str(path)))
    return path


def _sign(source: Path, meta: Meta, folder: Path) -> None:
    """Put whose book it is into its settings and on its first page."""
    path = source / "_config.yml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    config["title"] = escape_html(meta.title)
    config["sphinx"]["config"]["scr_about_tables"] = ABOUT_TABLES
    config.get("html", {}).pop("announcement", None)
    if meta.agency:
        config["author"] = config["copyright"] = escape_html(meta.agency)
    if picture := logo(meta, folder):
        copy = source / "_static" / f"logo{picture.suffix.casefold()}"
        shutil.copyfile(picture, copy)
        config["logo"] = copy.relative_to(source).as_posix()
    path.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), encoding="utf-8")
    home = source / HOME
    text = _HEADING.sub("", home.read_text(encoding="utf-8"), count=1)
    home.write_text(f"# {escape_markdown(meta.title)}\n\n{_about(meta)}\n{text}", encoding="utf-8")


def _about(meta: Meta) -> str:
    by = f", by {escape_markdown(meta.agency)}" if meta.agency else ""
    period = f", {escape_markdown(meta.period)}" if meta.period else ""
    contact = f" Questions: {escape_markdown(meta.contact)}." if meta.contact else ""
    return (
        f"A book about {meta.kind}{period}{by}, laid out as the report that Cafcass published in "
        f"2017.{contact}\n"
    )
