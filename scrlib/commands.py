"""What each command of `scr` does: read the arguments, call one function, print its result."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path

from scrlib import codebook, paths, schema, storage
from scrlib.dataset import Dataset
from scrlib.errors import InputError
from scrlib.language import parse
from scrlib.published import in_focus
from scrlib.quantities import evaluate
from scrlib.rounding import half_up

_NOTHING = "not defined: there is nothing to count it from"


def _dataset(path: Path | None) -> Dataset:
    """Read a dataset; the synthetic one where none is named, saying so."""
    found = storage.read(path or paths.SYNTHETIC)
    if found.synthetic:
        text = "Synthetic data: solved to agree with print, not findings about cases."
        print(text, file=sys.stderr)
    return found


def compute(given: Namespace) -> None:
    """Print one quantity, exact or to two decimals."""
    dataset = _dataset(given.data)
    quantity = parse(given.quantity, dataset.codebook, in_focus(dataset.codebook, given.study))
    value = evaluate(quantity, dataset)
    decimals = 0 if value is None or value.denominator == 1 else 2
    print(_NOTHING if value is None else half_up(value, decimals))


def _report(path: Path) -> schema.Report:
    try:
        return schema.check(storage.load_tables(path), codebook.load())
    except InputError as error:
        return schema.Report(error.failures)


def check(given: Namespace) -> int:
    """Check a dataset and print every failure and warning."""
    report = _report(given.data)
    if given.json:
        print(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
    else:
        print("\n".join(filter(None, ["No failures." if report.ok else "", str(report)])))
    return 0 if report.ok else 2
