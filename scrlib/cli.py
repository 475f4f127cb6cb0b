"""The `scr` command: one function in `scrlib.commands` for each of its commands.

Exit status: 0 done, 1 the book could not be built (or, with `--strict`, print is contradicted),
2 bad input or arguments. Bad input is reported in full on standard error, and nothing is written.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module, metadata
from pathlib import Path

from scrlib.errors import BuildError, InputError

DATA_HELP = "folder of CSV files or .xlsx workbook; the synthetic dataset if left out"


def _data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", nargs="?", type=Path, metavar="DATA", help=DATA_HELP)


def _study(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--study", type=int, metavar="YEAR", help="study in focus; the newest one")


def _out(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--out", type=Path, metavar="PATH", help=text)


def _compute(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("quantity", metavar="EXPR", help="such as 'count(case, law == \"s31\")'")
    _data(parser)
    _study(parser)


def _check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", type=Path, metavar="DATA", help=DATA_HELP.partition(";")[0])
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


# Command to what it is for and the function that adds its arguments.
COMMANDS = {
    "compute": ("print one quantity of a dataset", _compute),
    "check": ("check a dataset: every failure at once", _check),
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = argparse.ArgumentParser(prog="scr", description=metadata.metadata("scrlib")["Summary"])
    top.add_argument("--version", action="version", version=metadata.version("scrlib"))
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (text, arguments) in COMMANDS.items():
        arguments(commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}."))
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    given = parser().parse_args(arguments)
    try:
        # Imported here so that `scr --help` does not wait for pandas.
        command = getattr(import_module("scrlib.commands"), given.command.replace("-", "_"))
        return int(command(given) or 0)
    except (InputError, BuildError) as error:
        print(error, file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("Stopped. Nothing was written.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
