"""Build many books from one plan: each a dataset and a study, all listed on one page."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scrlib.building.jobs import Outcome
from tally.errors import Failure, InputError, not_allowed

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}")
_FIELDS = ("name", "data", "study", "title", "suppress_below", "round_to")
_MOST_BOOKS = 10_000
_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font-family: system-ui, sans-serif; max-width: 45rem; margin: 2rem auto; padding: 0 1rem }}
</style>
</head>
<body><main>
<h1>{title}</h1>
<ul>
{items}
</ul>
</main></body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Book:
    """One book of a plan.

    Parameters
    ----------
    name : str
        Name of its folder.
    data : Path or None
        The synthetic dataset if None.
    study : int or None
        Study in focus; the newest if None.
    out : Path
        Its folder.
    suppress_below, round_to : int or None
        What is held back or rounded; as `scr build` has it if None.
    """

    name: str
    title: str
    data: Path | None
    study: int | None
    out: Path
    suppress_below: int | None = None
    round_to: int | None = None

    def finished(self) -> bool:
        """Whether this book stands in place, made of these data, sources and settings."""
        from scrlib.building import book

        made_of = book.asked(self.data, self.study, self.suppress_below, self.round_to)
        return book.stands(self.out, made_of)

    def run(self) -> None:
        """Build the book."""
        from scrlib.building.book import build

        build(
            self.data, study=self.study, out=self.out,
            suppress_below=self.suppress_below, round_to=self.round_to,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """Books to build, and the folder that takes them and their index page."""

    title: str
    out: Path
    books: tuple[Book, ...]


def load_plan(path: Path) -> Plan:
    """Read a plan: a YAML file with `out`, `title` and a list of `books`.

    Parameters
    ----------
    path : Path
        Paths in the file are relative to it.

    Raises
    ------
    InputError
        With everything that is wrong: unknown fields, names that are not plain or are used twice,
        datasets that do not exist.
    """
    # Workers elsewhere stand in other folders.
    path = path.absolute()
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(Failure(f"The plan cannot be read: {error}", path.name)) from error
    books = raw.get("books") if isinstance(raw, dict) else None
    if not isinstance(books, list) or not 0 < len(books) <= _MOST_BOOKS:
        rule = f"A plan has a list of 1 to {_MOST_BOOKS:,} books."
        raise InputError(Failure(rule, path.name, column="books"))
    failures = [found for at, item in enumerate(books, 1) for found in _wrong(item, at, path)]
    failures += _repeated(books, path)
    if failures:
        raise InputError(failures)
    out = path.parent / str(raw.get("out", "books"))
    title = str(raw.get("title", "Books"))
    return Plan(title, out, tuple(_book(item, path.parent, out) for item in books))


def _book(item: dict[str, Any], folder: Path, out: Path) -> Book:
    data = folder / item["data"] if item.get("data") else None
    return Book(
        item["name"],
        str(item.get("title", item["name"])),
        data,
        item.get("study"),
        out / item["name"],
        item.get("suppress_below"),
        item.get("round_to"),
    )


def _wrong(item: Any, at: int, path: Path) -> Iterable[Failure]:
    place, row = path.name, str(at)
    if not isinstance(item, dict):
        yield Failure("A book is a mapping with a name.", place, row, "books")
        return
    for field in item:
        if field not in _FIELDS:
            yield not_allowed("No such field.", field, _FIELDS, place=place, row=row)
    if not _NAME.fullmatch(str(item.get("name", ""))):
        rule = "A name has letters, digits, - and _ only, since it names a folder."
        yield Failure(rule, place, row, "name", str(item.get("name", "")))
    if item.get("data") and not (path.parent / str(item["data"])).exists():
        yield Failure("There is no such folder or workbook.", place, row, "data", str(item["data"]))
    yield from _wrong_numbers(item, place, row)


def _wrong_numbers(item: dict[str, Any], place: str, row: str) -> Iterable[Failure]:
    rules = {
        "study": "A study is a year.", "suppress_below": "This is a whole number, 0 for none.",
        "round_to": "This is a whole number, 0 for none.",
    }  # fmt: skip
    for field, rule in rules.items():
        # A truth value is an int to Python, and no number to anybody else.
        if type(item.get(field, 0)) is not int or item.get(field, 0) < 0:
            yield Failure(rule, place, row, field, str(item[field]))


def _repeated(books: list[Any], path: Path) -> Iterable[Failure]:
    names = [str(item.get("name", "")).casefold() for item in books if isinstance(item, dict)]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Failure("Two books cannot have one name.", path.name, column="name", value=name)


def write_index(plan: Plan, outcomes: Iterable[Outcome]) -> Path:
    """Write the page that links the books and says of each that failed why."""
    problems = {item.name: item.problem for item in outcomes}
    items = "\n".join(
        _item(book, problems.get(book.name, "It was not tried.")) for book in plan.books
    )
    plan.out.mkdir(parents=True, exist_ok=True)
    path, new = plan.out / "index.html", plan.out / ".index.html"
    new.write_text(_PAGE.format(title=html.escape(plan.title), items=items), encoding="utf-8")
    new.replace(path)
    return path


def _item(book: Book, problem: str) -> str:
    title = html.escape(book.title)
    if problem:
        return f"<li>{title}: not built. {html.escape(problem)}</li>"
    return f'<li><a href="{book.name}/index.html">{title}</a></li>'
