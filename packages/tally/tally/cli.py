"""The command `tally`: what published numbers leave of a quantity, from a shell.

Exit status: 0 done, 2 the frame, the claims or the quantity cannot be read, or the claims clash.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tally import claims, codebook, solve
from tally.errors import InputError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status."""
    given = _parser().parse_args(arguments)
    try:
        _bound(given)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tally", description="Published tables as quantities.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    bound = commands.add_parser("bound", help="least and greatest value that claims leave")
    bound.add_argument("quantity", metavar="QUANTITY", help="in the language of quantities")
    bound.add_argument("--frame", type=Path, required=True, metavar="DIR", help="coding frame")
    bound.add_argument("--claims", type=Path, required=True, metavar="FILE", help="CSV of claims")
    text = f"how long to look, in steps and not in seconds; {solve.EFFORT}"
    bound.add_argument("--effort", type=int, default=solve.EFFORT, metavar="N", help=text)
    text = "name the fewest claims found that force each end"
    bound.add_argument("--why", action="store_true", help=text)
    return parser


def _bound(given: argparse.Namespace) -> None:
    frame = codebook.load(given.frame)
    facts = solve.Facts(frame, claims.read_csv(given.claims, frame))
    found = facts.bound(given.quantity, given.effort)
    for word, side, end in (
        ("least", "at_least", found.lower), ("greatest", "at_most", found.upper),
    ):  # fmt: skip
        print(f"{word} {end}")
        if given.why and end.limit is not None:
            names = facts.why(given.quantity, **{side: end.limit})
            print(*(f"  {name}" for name in names or ("no few claims force it",)), sep="\n")
