"""The `parabook` command, and how any command that builds books meets its end.

Exit status: 0 done, 1 the book could not be built, 2 bad input or arguments, 128 and more: stopped
by a signal.
"""

from __future__ import annotations

import os
import sys
import warnings
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from parabook import scratch
from parabook.errors import BuildError, InputError, no_overwriting, reason
from parabook.stopping import Stopped, stoppable


def executor_arguments(parser: ArgumentParser) -> None:
    """Add the arguments that say where many jobs run."""
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes; 2")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="Dask scheduler to use instead")


# -- commands --------------------------------------------------------------------------------------


def _build(given: Namespace) -> None:
    from parabook import book

    root = given.book.absolute()
    built = root / book.BUILD
    out = (given.out or built / "html").absolute()
    pdf_out = out.with_name(f"{out.name}.pdf")
    if given.pdf:
        no_overwriting(pdf_out, force=given.force or built in pdf_out.parents)
    made = book.build(
        root, out, parameters={name: _value(text) for name, text in given.parameter},
        inputs=_pairs(given.input), drop_tags=tuple(given.drop_tag), workers=given.workers,
    )  # fmt: skip
    print(made / "index.html")
    if given.pdf:
        from parabook import pdf

        print(pdf.write(made, pdf_out))


def _value(text: str) -> Any:
    """Read the value of a parameter as YAML does: numbers and truth values, otherwise text."""
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return text
    return value if isinstance(value, (bool, int, float)) else text


def _pairs(inputs: Sequence[str]) -> dict[str, str]:
    if wrong := [value for value in inputs if "=" not in value]:
        raise InputError(f"--input {value}: write it as NAME=VALUE." for value in wrong)
    return dict(value.split("=", 1) for value in inputs)


def _batch(given: Namespace) -> int:
    from parabook import many, plan
    from parabook.book import Book, check

    rules = {"parameters": _mapping, "inputs": _mapping}
    books = plan.load(given.plan, rules)
    folder = given.plan.absolute().parent
    jobs = [
        many.Build(
            entry.name,
            Book(
                given.book.absolute(), parameters=entry.values.get("parameters", {}),
                inputs={k: folder / v for k, v in entry.values.get("inputs", {}).items()},
                drop_tags=tuple(given.drop_tag),
            ),
            entry.out,
        )
        for entry in books.books
    ]  # fmt: skip
    for job in jobs:
        check(job.book, job.out)
    return run_plan(books, jobs, many.executor(given.scheduler, given.workers))


def _mapping(value: Any, folder: Path) -> str:
    plain = isinstance(value, dict) and all(isinstance(name, str) for name in value)
    return "" if plain else "This is a mapping of names to values."


def run_plan(books: Any, jobs: Sequence[Any], start: Any) -> int:
    """Build the books of a plan, say what becomes of each, and write their index."""
    from parabook import many, plan

    outcomes = []
    for outcome in many.run(jobs, start):
        outcomes.append(outcome)
        print(f"{outcome.name}: {outcome.problem or ('stands' if outcome.repeated else 'built')}")
    print(plan.write_index(books, outcomes))
    return int(not all(outcome.ok for outcome in outcomes))


def _refresh(given: Namespace) -> None:
    from parabook.book import Book
    from parabook.in_place import refresh

    for path in refresh(Book(given.book.absolute())):
        print(path)


def parser() -> ArgumentParser:
    """Return the parser of the whole command line."""
    top = ArgumentParser(prog="parabook", description="A Jupyter Book with parameters.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text, function in (
        ("build", "build a book from parameters and inputs", _build),
        ("batch", "build many books from one plan", _batch),
        ("refresh", "run the notebooks in place and keep their outputs, for committing", _refresh),
    ):
        command = commands.add_parser(name, help=text, description=f"{text.capitalize()}.")
        command.add_argument("book", type=Path, metavar="PATH", help="folder with _config.yml")
        command.set_defaults(function=function)
        if name != "refresh":
            text = "leave out cells with this tag"
            command.add_argument(
                "--drop-tag", action="append", default=[], metavar="TAG", help=text
            )
        if name == "build":
            _build_arguments(command)
        if name == "batch":
            command.add_argument("plan", type=Path, metavar="PLAN.yml", help="books to build")
            executor_arguments(command)
    return top


def _build_arguments(command: ArgumentParser) -> None:
    text = "value of a parameter"
    command.add_argument(
        "-p", "--parameter", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"),
        help=text,
    )  # fmt: skip
    text = "file or folder for a parameter: results depend on what is in it"
    command.add_argument("--input", action="append", default=[], metavar="NAME=FILE", help=text)
    text = "folder of the finished book; _build/html in PATH if left out"
    command.add_argument("--out", type=Path, metavar="DIR", help=text)
    command.add_argument("--pdf", action="store_true", help="print the book as DIR.pdf too")
    command.add_argument("--force", action="store_true", help="overwrite that PDF")
    command.add_argument("--workers", type=int, default=2, metavar="N", help="notebooks at once; 2")


# -- the end ---------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    given = parser().parse_args(arguments)
    return run_command(lambda: given.function(given))


def run_command(
    command: Callable[[], int | None],
    expected: tuple[type[Exception], ...] = (),
) -> int:
    """Run a command and return its exit status; errors are told in words, and nothing is left.

    Parameters
    ----------
    command : callable
        Returns its exit status; None is 0.
    expected : tuple of type
        Exceptions with an `exit_status` besides those of this package.
    """
    # What only a developer can mend, or what a terminal cannot show, stops no command.
    if not sys.warnoptions or "error" in sys.warnoptions:
        warnings.simplefilter("ignore")
    sys.unraisablehook = lambda _: None
    for stream in (sys.stdout, sys.stderr):
        _forgive(stream)
    try:
        with stoppable():
            scratch.sweep()
            status = int(command() or 0)
            sys.stdout.flush()
    except (Stopped, KeyboardInterrupt) as error:
        print("Stopped before it was done.", file=sys.stderr)
        return int(getattr(error, "code", 130))
    except BrokenPipeError:
        return _silent(0)
    except OSError as error:
        print(f"This could not be read or written: {reason(error)}.", file=sys.stderr)
        return _silent(InputError.exit_status)
    except Exception as error:
        if not isinstance(error, (InputError, BuildError, *expected)):
            raise
        print(error, file=sys.stderr)
        return int(getattr(error, "exit_status", 1))
    return status


def _forgive(stream: Any) -> None:
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")


def _silent(status: int) -> int:
    """Let Python not complain again, at its end, of an output that cannot be written."""
    with suppress(OSError, ValueError), Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())
    return status


if __name__ == "__main__":
    sys.exit(main())
