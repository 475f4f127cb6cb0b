"""What each command of `scr` does: read the arguments, call one function, print its result."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from scrlib import paths
from scrlib.report import coding_frame, in_focus, read_dataset
from tally.data import check as checking
from tally.data import loading, recode, storage
from tally.dataset import OBSERVED, Dataset
from tally.errors import InputError
from tally.evaluate import evaluate
from tally.language import parse
from tally.rounding import plain

_NOTHING = "not defined: there is nothing to count it from"


def _dataset(path: Path | None) -> Dataset:
    """Read a dataset; the synthetic one where none is named, saying so."""
    found = read_dataset(path or paths.SYNTHETIC)
    if found.synthetic:
        text = "Synthetic data: solved to agree with the report, not findings about cases."
        print(text, file=sys.stderr)
    return found


def compute(given: Namespace) -> None:
    """Print one quantity, exact or to two decimals."""
    dataset = _dataset(given.data)
    quantity = parse(given.quantity, dataset.codebook, in_focus(dataset.codebook, given.study))
    value = evaluate(quantity, dataset)
    print(_NOTHING if value is None else plain(value))


def _report(path: Path) -> checking.Report:
    try:
        return checking.check(loading.load_tables(path, coding_frame()), coding_frame())
    except InputError as error:
        return checking.Report(error.failures)


def check(given: Namespace) -> int:
    """Check a dataset and print every failure and warning."""
    report = _report(given.data)
    if given.marked:
        from tally.data.marking import mark

        mark(given.data, given.marked, report.failures)
        print(f"The cells that fail are marked in {given.marked}.", file=sys.stderr)
    if given.json:
        print(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
    else:
        print("\n".join(filter(None, ["No failures." if report.ok else "", str(report)])))
    if any(recode.WAY in item.rule for item in report.failures):
        print("To write one: scr template FOLDER/recode.yaml --recode", file=sys.stderr)
    return 0 if report.ok else 2


def template(given: Namespace) -> None:
    """Write a workbook to fill in, or a recoding file."""
    from scrlib.coding import template as sheets

    if bool(given.coder) != bool(given.cases):
        raise InputError("A coder's sheet needs both: --coder NAME and --cases DATA.")
    if given.recode:
        sheets.recoding(given.file)
    elif given.coder:
        sheets.for_coder(given.file, given.cases, given.coder)
    else:
        sheets.template(given.file, coding=given.coding)
    print(given.file)


def code(given: Namespace) -> int:
    """Turn coders' entries into a dataset, or list what the coders have to settle."""
    from scrlib.coding.ratings import code as turn

    coded = turn(given.raw, given.out, given.settle, given.settled, given.entries)
    print(coded)
    return 0 if coded.dataset is not None else 1


def append(given: Namespace) -> None:
    """Merge a study into the earlier data."""
    from tally.data.merge import append as add

    merged = add(given.old, given.new, given.out, coding_frame())
    print(given.out)
    if merged.meta.provenance == OBSERVED:
        text = (
            f"A book of {given.out} beside one of {given.old} tells what {given.new} holds, small "
            "numbers too: publish one of them only, or build the second with --earlier and the "
            "folder of the first."
        )
        print(text, file=sys.stderr)


def build(given: Namespace) -> None:
    """Make the book, and print it if asked."""
    from scrlib.building import book

    made = book.build(
        given.data, study=given.study, out=(given.out or book.OUT).absolute(), pdf=given.pdf,
        suppress_below=given.suppress_below, round_to=given.round_to,
        hold_zeros=given.hold_zeros, earlier=given.earlier,
    )  # fmt: skip
    print(made / "index.html")
    if given.pdf:
        print(made / book.PDF)


def intrude(given: Namespace) -> int:
    """Try to work out what a finished book holds back."""
    from scrlib import intrusion

    found = intrusion.attack(given.book, given.earlier)
    print(found.sentences)
    for text in found.narrow:
        print(f"left with too few values: {text}")
    return int(bool(found.narrow))


def refresh(given: Namespace) -> None:
    """Run every chapter in place on the synthetic dataset."""
    from scrlib.building import book

    del given
    for path in book.refresh():
        print(path)


def stale(given: Namespace) -> int:
    """Name the committed chapters whose outputs were made from something else."""
    from scrlib.building import book

    del given
    found = book.stale_in_words()
    if found:
        print(found, file=sys.stderr)
    return int(bool(found))


def audit(given: Namespace) -> int:
    """Compare every printed number with a dataset."""
    from scrlib.auditing import audit_output, contradictions

    if given.prove:
        _prove()
    found = contradictions.audited(_dataset(given.data), given.study)
    write = {"text": audit_output.as_text, "csv": audit_output.as_csv, "json": audit_output.as_json}
    print(write[given.format](found))
    return int(given.strict and bool(found.contradicted))


def _prove() -> None:
    """Look for what the report contradicts, and put it on record."""
    from scrlib import proofs
    from scrlib.auditing import claims, contradictions

    frame = coding_frame()
    proofs.refresh(frame, claims.claims(frame), contradictions.consistent())


def bounds(given: Namespace) -> None:
    """Print the range of a quantity over all datasets that agree with the report."""
    from scrlib import determined

    if given.explore:
        _explore()
    elif given.recheck:
        print(determined.recheck())
    elif given.reasons:
        for line in determined.reasons():
            print(line, flush=True)
    elif given.refresh:
        extra = given.asked.read_text(encoding="utf-8").splitlines() if given.asked else ()
        for line in determined.refresh(extra, effort=given.effort, go_on=given.go_on):
            print(line, flush=True)
    elif given.quantity:
        _bound(given)
    else:
        raise InputError("Name a quantity, or use --refresh.")


def _explore() -> None:
    """Look up every answer of the page Explore and keep it."""
    from scrlib import explore
    from scrlib.auditing.known import of_the_report

    explore.write(of_the_report())
    print(explore.FILE)


def _bound(given: Namespace) -> None:
    """Print a range: progress as it becomes narrower on standard error, the last one on output."""
    from scrlib import determined
    from scrlib.auditing.known import of_the_report
    from scrlib.numbers import Given, Quantity

    told = of_the_report(given.study)
    known = Quantity(Given(told), given.quantity)
    if known.known.low is not None:
        print(f"on file: {known.shown}", end="\n\n", file=sys.stderr, flush=True)
    found = None
    for found in determined.improve(given.quantity, given.study, given.effort):
        print(found, end="\n\n", file=sys.stderr, flush=True)
    assert found is not None
    print(found)
    for name, end in (("least", found.lower), ("greatest", found.upper)):
        if given.examples is not None and end.dataset is not None:
            storage.write(end.dataset, given.examples / name)
            print(given.examples / name)
        if given.why and end.limit is not None:
            said = determined.why(given.quantity, end.limit, name == "greatest", given.study)
            reasons = "".join(f"\n  {item}" for item in said) or " no few statements that force it."
            print(f"{name} {plain(end.limit)}, because of:{reasons}")


def synthesise(given: Namespace) -> int:
    """Write synthetic datasets in which every claim that can hold holds."""
    if given.count == 1:
        storage.write(_first(given), given.out)
        print(given.out)
        return 0
    from parabook import many
    from scrlib import ensembles

    start = many.executor(given.scheduler, given.workers)
    solve = (lambda: _first(given)) if given.anew else None
    draws = ensembles.plan(given.out, given.seed, given.count, solve)
    failed = False
    for outcome in many.run(draws, start):
        failed = failed or not outcome.ok
        print(f"{outcome.name}: {outcome.problem or ('stands' if outcome.repeated else 'made')}")
    return int(failed)


def _first(given: Namespace) -> Dataset:
    """Return the first dataset of a seed: by a walk from the one that ships, or solved anew."""
    from scrlib import synthetic
    from scrlib.auditing import claims, proof

    found = claims.claims(coding_frame())
    ruled_out = proof.ruled_out(proof.load())
    shipped = read_dataset(paths.SYNTHETIC)
    start = None if given.anew else shipped
    made = synthetic.first(found, given.seed, start=start, ruled_out=ruled_out)
    # Learning points are the report's own: nothing is solved for them.
    return replace(made, learning=shipped.learning)


def diff(given: Namespace) -> None:
    """List what differs between two runs' results."""
    from parabook.errors import no_overwriting
    from scrlib.building.diff import diff as compare
    from scrlib.building.review import markdown

    if given.html:
        no_overwriting(given.html, force=given.force)
    differences = compare(given.first, given.second)
    if given.html:
        given.html.write_text(differences.html(), encoding="utf-8")
    print(markdown(differences) if given.markdown else differences)


def batch(given: Namespace) -> int:
    """Build the books of a plan and the page that lists them."""
    from parabook.cli import run_plan
    from parabook.many import executor
    from scrlib.building import batch

    start = executor(given.scheduler, given.workers)
    plan = batch.load(given.plan)
    return run_plan(plan, batch.jobs(plan, given.plan.absolute().parent), start)
