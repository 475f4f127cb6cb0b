"""Many books from one plan: each with a name and values of its own, all listed on one page."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from parabook import replace as place
from parabook.errors import InputError, no_such, reason
from parabook.many import Outcome

Rule = Callable[[Any, Path], str]
"""Says what is wrong with a value of a plan in a folder; an empty text if nothing is."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}")
_MOST_BOOKS = 10_000
_MOST_BYTES = 2_000_000
_LIST = f"A plan has a list of 1 to {_MOST_BOOKS:,} books."
_GENERATOR = '<meta name="generator" content="parabook">'
_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
{generator}
<title>{title}</title>
<style>
body {{ font-family: system-ui, sans-serif; max-width: 45rem; margin: 2rem auto; padding: 0 1rem }}
</style>
</head>
<body><main>
<h1>{title}</h1>
<ul>
{rows}
</ul>
</main></body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One book of a plan.

    Parameters
    ----------
    name, title : str
        Name of its folder, and what readers see.
    out : Path
        Its folder.
    values : mapping
        The fields that are this kind of book's own.
    """

    name: str
    title: str
    out: Path
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """Books to build, and the folder that takes them and their index page."""

    title: str
    out: Path
    books: tuple[Entry, ...]


class _Loader(yaml.SafeLoader):
    """Reads YAML without aliases: a few of them can stand for more text than any machine holds."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("a plan has no aliases (*name); write the value out")
        return super().compose_node(parent, index)


def text(value: Any, folder: Path) -> str:
    """Rule of a text on one line."""
    plain = isinstance(value, str) and value.strip() and "\n" not in value
    return "" if plain else "This is text on one line: put it in quotes."


def existing(value: Any, folder: Path) -> str:
    """Rule of a file or folder that is there, relative to the plan."""
    if wrong := text(value, folder):
        return wrong
    path = place.resolved(folder / value)
    return "" if path.is_file() or path.is_dir() else f"There is no such file or folder: {value}."


def whole(value: Any, folder: Path) -> str:
    """Rule of a whole number, nought or more."""
    # A truth value is an int to Python, and no number to anybody else.
    return (
        "" if type(value) is int and value >= 0 else f"This is a whole number, not {value!r:.60}."
    )


def yes_or_no(value: Any, folder: Path) -> str:
    """Rule of a choice."""
    return "" if isinstance(value, bool) else f"This is true or false, not {value!r:.60}."


def several(rule: Rule) -> Rule:
    """Return the rule of a list of values, each of which keeps a rule."""

    def each(value: Any, folder: Path) -> str:
        if not isinstance(value, list):
            return f"This is a list in square brackets, not {value!r:.60}."
        return next((wrong for item in value if (wrong := rule(item, folder))), "")

    return each


def _name(value: Any, folder: Path) -> str:
    plain = isinstance(value, str) and _NAME.fullmatch(value)
    rule = "A name has letters, digits, - and _ only, since it names a folder; 2018 needs quotes."
    return "" if plain else rule


def load(path: Path, rules: Mapping[str, Rule]) -> Plan:
    """Read a plan: a YAML file with `out`, `title` and a list of `books`.

    Parameters
    ----------
    path : Path
        Paths in the file are relative to it.
    rules : mapping of str to Rule
        The fields that a book may have besides a name and a title.

    Raises
    ------
    InputError
        With everything that is wrong: unknown fields, names that are not plain or are used twice,
        values that break their rule, a folder that holds something else.
    """
    path = place.resolved(path)  # workers elsewhere stand in other folders
    raw = _read(path)
    rules, folder = {"name": _name, "title": text, **rules}, path.parent
    books = raw.pop("books", None)
    problems = [*_wrong(raw, {"title": text, "out": text}, folder)]
    if not isinstance(books, list) or not 0 < len(books) <= _MOST_BOOKS:
        problems.append(_LIST)
        books = []
    for number, book in enumerate(books, 1):
        named = isinstance(book, dict) and "name" in book
        wrong = _wrong(book, rules, folder) if named else ["A book is a mapping: it has a name."]
        problems += [f"book {number}: {said}" for said in wrong]
    problems += _repeated(books)
    if problems:
        raise InputError(f"{path.name}, {said}" for said in problems)
    out = place.resolved(folder / raw.get("out", "books"))
    _check_out(out, path)
    return Plan(raw.get("title", "Books"), out, tuple(_entry(book, out) for book in books))


def _read(path: Path) -> dict[Any, Any]:
    try:
        if not path.is_file():
            raise InputError(f"{path}: there is no such file.")
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path.name}: a plan has at most {_MOST_BYTES:,} bytes.")
        with path.open(encoding="utf-8") as file:
            raw = yaml.load(file, _Loader)  # noqa: S506 (a SafeLoader)
    except RecursionError as error:
        raise InputError(f"{path.name} cannot be read: lists within lists, too deep.") from error
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {reason(error)}.") from error
    except (UnicodeDecodeError, ValueError, yaml.YAMLError) as error:
        raise InputError(f"{path.name} cannot be read: {error}") from error
    if not isinstance(raw, dict):
        raise InputError(f"{path.name}: {_LIST}")
    return raw


def _wrong(values: dict[Any, Any], rules: Mapping[str, Rule], folder: Path) -> Iterator[str]:
    for key, value in values.items():
        if key not in rules:
            yield no_such("field", str(key), rules)
        elif wrong := rules[key](value, folder):
            yield f"{key}: {wrong}"


def _repeated(books: list[Any]) -> Iterator[str]:
    names = Counter(str(b["name"]).casefold() for b in books if isinstance(b, dict) and "name" in b)
    return (f"Two books cannot have one name: {name}." for name, n in names.items() if n > 1)


def _check_out(out: Path, plan: Path) -> None:
    if out == plan.parent or out in plan.parents:
        raise InputError(f"{plan.name}, out: the books need a folder of their own, such as books.")
    index = out / "index.html"
    try:
        ours = not index.exists() or _GENERATOR in index.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        ours = False
    if not ours:
        raise InputError(f"{index} would be overwritten, and no plan has made it.")


def _entry(book: dict[str, Any], out: Path) -> Entry:
    own = {key: value for key, value in book.items() if key not in ("name", "title")}
    return Entry(book["name"], book.get("title", book["name"]), out / book["name"], own)


def write_index(plan: Plan, outcomes: Iterable[Outcome]) -> Path:
    """Write the page that links the books that stand.

    Why another could not be built is not told there: errors may quote data, and the page is public.
    """
    stand = {outcome.name for outcome in outcomes if outcome.ok}
    rows = "\n".join(_row(book, book.name in stand) for book in plan.books)
    page = _PAGE.format(generator=_GENERATOR, title=html.escape(plan.title), rows=rows)
    path, new = plan.out / "index.html", plan.out / ".index.html.parabook-new"
    plan.out.mkdir(parents=True, exist_ok=True)
    new.write_text(page, encoding="utf-8")
    new.replace(path)
    return path


def _row(book: Entry, stands: bool) -> str:
    title = html.escape(book.title)
    return f'<li><a href="{book.name}/index.html">{title}</a></li>' if stands else (
        f"<li>{title}: not built.</li>"
    )  # fmt: skip
