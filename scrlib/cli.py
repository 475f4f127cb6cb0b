"""The `scr` command: one function in `scrlib.commands` for each of its commands.

Exit status: 0 done, 1 the book could not be built (or, with `--strict`, the report is
contradicted), 2 bad input or arguments, 128 and more: stopped by a signal. Bad input is reported in
full on standard error, and nothing is written.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module, metadata
from pathlib import Path

from parabook.cli import executor_arguments, run_command
from tally.errors import BuildError, InputError

DATA_HELP = "folder of CSV files or .xlsx workbook; the synthetic dataset if left out"


def _data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", nargs="?", type=Path, metavar="DATA", help=DATA_HELP)


def _study(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--study", type=int, metavar="YEAR", help="study in focus; the newest one")


def _out(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--out", type=Path, metavar="PATH", help=text)


def _force(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--force", action="store_true", help=f"overwrite {what}")


def _compute(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("quantity", metavar="EXPR", help="such as 'count(case, law == \"s31\")'")
    _data(parser)
    _study(parser)


def _check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", type=Path, metavar="DATA", help=DATA_HELP.partition(";")[0])
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    text = "write a copy of the workbook in which the cells that fail are marked"
    parser.add_argument("--marked", type=Path, metavar="COPY.xlsx", help=text)


def _code(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("raw", type=Path, metavar="RAW", help="tables with coders' entries")
    parser.add_argument("--out", type=Path, required=True, metavar="DATA", help="dataset to write")
    parser.add_argument("--settle", type=Path, metavar="FILE", help="sheet of ratings to settle")
    text = "sheets filled in: that one, or several"
    parser.add_argument("--settled", type=Path, nargs="+", default=(), metavar="FILE", help=text)
    text = "files with the entries of further coders: a sheet or CSV file `coding` each"
    parser.add_argument("--entries", type=Path, nargs="+", default=(), metavar="FILE", help=text)


def _template(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="workbook (.xlsx) to write")
    parser.add_argument("--coding", action="store_true", help="for coders' entries, not ratings")
    text = "a coder's sheet: a row for each case of --cases and each risk factor"
    parser.add_argument("--coder", metavar="NAME", help=text)
    parser.add_argument("--cases", type=Path, metavar="DATA", help="where the cases stand")
    text = "write the file by which an export becomes tables: recode.yaml"
    parser.add_argument("--recode", action="store_true", help=text)


def _append(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", type=Path, metavar="OLD", help="earlier dataset")
    parser.add_argument("new", type=Path, metavar="NEW", help="dataset of the new study")
    parser.add_argument("--out", type=Path, required=True, metavar="ALL", help="dataset to write")


def _earlier(parser: argparse.ArgumentParser) -> None:
    text = "folder of a finished book of the same cases, or of some of them; may be repeated"
    parser.add_argument(
        "--earlier", type=Path, action="append", default=[], metavar="BOOK", help=text
    )


def _intrude(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("book", type=Path, metavar="BOOK", help="folder of a finished book")
    _earlier(parser)


def _build(parser: argparse.ArgumentParser) -> None:
    _data(parser)
    _study(parser)
    _out(parser, "folder of the finished book; _build/html if left out")
    text = "hold back numbers from 1 to N - 1; 5 for observed cases, 0 (none) for others"
    parser.add_argument("--suppress-below", type=int, metavar="N", help=text)
    parser.add_argument("--round-to", type=int, metavar="B", help="round counts; 0 (not)")
    text = "hold back counts of none too: they may say that all of a group are alike"
    parser.add_argument("--hold-zeros", action="store_true", help=text)
    _earlier(parser)
    text = "print the whole book as one PDF too, with Chromium or Chrome, and link it from its home"
    parser.add_argument("--pdf", action="store_true", help=text)


def _audit(parser: argparse.ArgumentParser) -> None:
    _data(parser)
    _study(parser)
    parser.add_argument("--format", choices=("text", "csv", "json"), default="text")
    parser.add_argument("--strict", action="store_true", help="status 1 if a claim fails")
    text = "look for every contradiction again, for some minutes, and keep the proofs"
    parser.add_argument("--prove", action="store_true", help=text)


def _batch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("plan", type=Path, metavar="PLAN.yml", help="books to build")
    executor_arguments(parser)


def _bounds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("quantity", nargs="?", metavar="QUANTITY", help="what to bound")
    _study(parser)
    text = "write a synthetic dataset at, or nearest to, each end: DIR/least and DIR/greatest"
    parser.add_argument("--examples", type=Path, metavar="DIR", help=text)
    text = "how long to look, in steps of the search and not in seconds; 2, more proves more"
    parser.add_argument("--effort", type=int, default=2, metavar="N", help=text)
    text = "say which printed statements force each end"
    parser.add_argument("--why", action="store_true", help=text)
    text = "work out again every range that the book shows"
    parser.add_argument("--refresh", action="store_true", help=text)
    text = "with --refresh: take up a run that was broken off; limits stay as they are"
    parser.add_argument("--go-on", action="store_true", help=text)
    text = "with --refresh: more quantities, one a line, as a build with SCR_ASKED=FILE notes"
    parser.add_argument("--asked", type=Path, metavar="FILE", help=text)
    text = "keep as proved only the ends that a kept dataset reaches which agrees with the report"
    parser.add_argument("--recheck", action="store_true", help=text)
    text = "find again which printed statements force the ends of forced.csv, for some minutes"
    parser.add_argument("--reasons", action="store_true", help=text)
    text = "look up again every answer of the page Explore, from the ranges as they are"
    parser.add_argument("--explore", action="store_true", help=text)


def _synthesise(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=2017, metavar="N", help="2017 if left out")
    parser.add_argument("--count", type=int, default=1, metavar="N", help="how many datasets; 1")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for them")
    text = "solve from the claims alone, not from the dataset that ships"
    parser.add_argument("--anew", action="store_true", help=text)
    executor_arguments(parser)


def _diff(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("first", type=Path, metavar="RUN_A", help="folder of a built book")
    parser.add_argument("second", type=Path, metavar="RUN_B", help="folder of another")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page too")
    _force(parser, "FILE")
    text = "print Markdown for a reviewer: one screen, details folded"
    parser.add_argument("--markdown", action="store_true", help=text)


def _nothing(parser: argparse.ArgumentParser) -> None:
    del parser


# Command to what it is for and the function that adds its arguments.
COMMANDS = {
    "compute": ("print one quantity of a dataset", _compute),
    "check": ("check a dataset: every failure at once", _check),
    "template": ("write a workbook to fill in", _template),
    "code": ("turn coders' entries into a dataset", _code),
    "append": ("add a new study to earlier data", _append),
    "build": ("make the book", _build),
    "intrude": ("try to work out what a finished book holds back", _intrude),
    "batch": ("make many books from one plan", _batch),
    "audit": ("compare every printed number with a dataset", _audit),
    "bounds": ("least and greatest value over all data that agree with the report", _bounds),
    "synthesise": ("make synthetic data that agree with the report", _synthesise),
    "diff": ("list what differs between two runs' results", _diff),
    "refresh": ("run the chapters in place and keep their outputs, for committing", _nothing),
    "stale": ("name committed chapters that have to be run again", _nothing),
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
    return run_command(partial(_command, given), (InputError, BuildError))


def _command(given: argparse.Namespace) -> int:
    # Imported here so that `scr --help` does not wait for pandas.
    function = getattr(import_module("scrlib.commands"), given.command.replace("-", "_"))
    return int(function(given) or 0)


if __name__ == "__main__":
    sys.exit(main())
