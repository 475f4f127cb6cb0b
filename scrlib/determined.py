"""What the report determines and what it leaves open: ranges over all datasets that agree with it.

The ranges that the book shows are read from `data/published/bounds.csv`; a solver is asked only
when somebody asks: for one range, for what forces it, or for all of them anew. An end is *proved*
when a dataset has it that agrees with the report (`tally.solve.facts`); what the report itself
rules out (`scrlib.auditing.proof`) is left aside.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import TypeAlias, TypeVar

from parabook import digest
from scrlib import consistency, paths
from scrlib.auditing import proof, ranges
from scrlib.auditing.claims import claims
from scrlib.auditing.known import Knowledge, of_the_report
from scrlib.auditing.ranges import Bounds
from scrlib.report import coding_frame, in_focus, read_dataset
from tally.codebook import Codebook
from tally.dataset import Dataset
from tally.errors import BuildError, InputError
from tally.expression import Quantity
from tally.language import parse
from tally.normal_form import key
from tally.solve import pool as kept
from tally.solve.bound import Bound
from tally.solve.claim_constraints import surviving
from tally.solve.compiled import Case
from tally.solve.end_search import EndSearch
from tally.solve.facts import EFFORT, Facts
from tally.solve.fork_pool import side_by_side
from tally.solve.markov_chain import Walk
from tally.solve.neighbourhood import as_dataset, records
from tally.solve.objective import Goal, goal
from tally.solve.pool import Pool
from tally.solve.readings import Limits

Item = TypeVar("Item")
# A walk proves what is easily reached: after so many rounds hardly anything is new.
_ROUNDS, _APART = 300, 1_500
# Ends that are looked for at once, and searches between two looks at what they found.
_TOGETHER, _BATCH = 8, 8
_NODES = 200
# Steps towards each end before a longer look at any: most that are reached are reached by two.
_STEPS = 2
SPANS = paths.PUBLISHED / "spans.json"
"""What all else leaves the readings of statements: minutes of work that every question needs."""


@lru_cache(maxsize=1)
def facts() -> Facts:
    """Return what the report says, but for what it rules out itself, and the datasets kept.

    Raises
    ------
    InputError
        If it is not known what the report rules out.
    """
    frame, without = coding_frame(), proof.ruled_out(proof.load())
    if not without:
        raise InputError("There are no proofs yet: what the report rules out must be known first.")
    pool = kept.with_dataset(kept.read(frame, ranges.WITNESSES), read_dataset(paths.SYNTHETIC))
    return Facts(
        frame, surviving(claims(frame), without), consistency.rules(frame, "meaning"),
        layout=consistency.layout(), pool=pool, spans=_spans(),
    )  # fmt: skip


def _basis() -> str:
    """Return a digest of all that a limit depends on but the quantity."""
    parts = (paths.CODEBOOK, paths.PUBLISHED / "statements", paths.PUBLISHED / "tables", proof.FILE)
    return digest.of_texts(digest.of_path(part) for part in parts)


def _spans() -> dict[str, Limits]:
    """Read what readings were found to be left by all else; nothing if that was of other claims."""
    if not SPANS.exists():
        return {}
    told = json.loads(SPANS.read_text(encoding="utf-8"))
    same = told["of"] == _basis()
    return {name: (low, high) for name, (low, high) in told["spans"].items()} if same else {}


def prepare() -> None:
    """Work out, and keep, what all else leaves the readings of statements that have several."""
    told = {"of": _basis(), "spans": facts().base.found_spans()}
    SPANS.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    facts.cache_clear()


def agreeing() -> Dataset:
    """Return cases that agree with the report: those that ship or, once changed, others on file."""
    shipped = read_dataset(paths.SYNTHETIC)
    if not Knowledge(shipped, in_focus(shipped.codebook)).broken:
        return shipped
    others = kept.read(coding_frame(), ranges.WITNESSES)
    return others.dataset(0) if len(others) else shipped


def quantity(text: str, focus: int | None = None) -> Quantity:
    """Return a quantity from its text; `focus` stands for the newest study if None."""
    frame = coding_frame()
    return parse(text, frame, in_focus(frame, focus))


def improve(text: str, focus: int | None = None, effort: int = EFFORT) -> Iterator[Bound]:
    """Yield the range of a quantity as it becomes narrower, its outer limits first."""
    return facts().improve(quantity(text, focus), effort)


def reasons(path: Path = ranges.FORCED) -> Iterator[str]:
    """Find again what forces each end of `forced.csv`; yield how far it has come.

    An end of a range that is not in `bounds.csv` is one that follows from printed counts.
    """
    told = of_the_report()
    found = dict(ranges.forced(path))
    for text, end in found:
        up, value = end == "high", told.of(text)
        limit = value.high if up else value.low
        if limit is not None:
            found[text, end] = _forcing(quantity(text), limit, up)
            ranges.write_forced(found, path)
        yield f"{text} {end}: {' '.join(found[text, end])}"


def _forcing(asked: Quantity, limit: Fraction, up: bool) -> tuple[str, ...]:
    return facts().why(asked, **{"at_most" if up else "at_least": limit})


def why(text: str, limit: Fraction, up: bool, focus: int | None = None) -> tuple[str, ...]:
    """Return, in words, the fewest statements found that force a quantity to keep to a limit."""
    names = _forcing(quantity(text, focus), limit, up)
    says = {item.id: f"{item.says}: printed {item.printed!r}" for item in facts().claims}
    rules = {item.id: item.says for item in consistency.read().meaning}
    # One sentence may stand for several rules: one for each kind of harm.
    return tuple(dict.fromkeys(says.get(name) or rules.get(name) or name for name in names))


# -- all ranges of the book, and the datasets that prove their ends -------------------------------


@dataclass
class Kept:
    """A quantity of `bounds.csv` with its range."""

    quantity: Quantity
    row: Bounds

    def unproved(self) -> Iterator[tuple[bool, Fraction]]:
        """Yield the ends that no dataset is known to reach."""
        for up in (False, True):
            end = self.row.end(up)
            if end is not None and not self.row.reached(up):
                yield up, end

    def prove(self, values: Iterable[Fraction | None]) -> bool:
        """Mark the ends that some values reach; say whether that is news."""
        found, before = set(values), self.row
        for up, end in self.unproved():
            if end in found:
                row = self.row
                self.row = replace(
                    row, proved_low=row.proved_low or not up, proved_high=row.proved_high or up
                )
        return self.row != before


def read(extra: Iterable[str] = (), path: Path = ranges.FILE) -> list[Kept]:
    """Return the ranges of the file with no end proved, and quantities that it does not hold."""
    frame = coding_frame()
    focus = in_focus(frame)
    rows = {row.quantity: replace(row, proved_low=False, proved_high=False)
            for row in ranges.read(path)}  # fmt: skip
    found = {text: Kept(parse(text, frame, focus), row) for text, row in rows.items()}
    for item in _unique(extra, frame, focus, [old.quantity for old in found.values()]):
        found[item.text] = Kept(item, Bounds(item.text, None, None))
    return list(found.values())


def _unique(
    texts: Iterable[str], frame: Codebook, focus: int, known: Iterable[Quantity]
) -> list[Quantity]:
    """Parse quantities, leaving out those that mean the same as one before."""
    seen = {key(item, frame) for item in known}
    found = []
    for text in texts:
        item = parse(re.sub(r"\bfocus\b", str(focus), text), frame, focus)
        if item.terms and key(item, frame) not in seen:
            seen.add(key(item, frame))
            found.append(item)
    return found


def recheck(path: Path = ranges.FILE, witnesses: Path = ranges.WITNESSES) -> str:
    """Keep as proved only ends that a dataset reaches which agrees with the report, by pandas.

    Limits stay, which is right as long as the report is taken to say no less than when they were
    worked out: what was left out then only makes them wider. Datasets that break a statement in
    every reading are dropped.

    Raises
    ------
    BuildError
        If a dataset that agrees lies beyond a limit: then all have to be worked out again.
    """
    known, found = facts(), read(path=path)
    _agreeing(known)
    beyond = [item.row.quantity for item in found if _beyond(known, item)]
    if beyond:
        raise BuildError(
            f"{len(beyond)} limits are out of date, such as that of {beyond[0]}: use --refresh."
        )
    _by_pool(known, found)
    _save(known, found, path, witnesses)
    return _told(known, found)


def _beyond(known: Facts, item: Kept) -> bool:
    """Say whether a dataset that agrees lies beyond a limit."""
    low, high = item.row.ends
    values = known.pool.values(item.quantity)
    return any(value is not None and not low <= value <= high for value in values)


def refresh(
    extra: Iterable[str] = (), *, effort: int = EFFORT, go_on: bool = False,
    path: Path = ranges.FILE, witnesses: Path = ranges.WITNESSES,
) -> Iterator[str]:  # fmt: skip
    """Work out again every range of the file, and those of further quantities.

    What is found is written after every step, so that a run that is broken off can be taken up. The
    same file, datasets and effort give the same ranges on any machine.

    Parameters
    ----------
    extra : iterable of str
        Further quantities, such as those that a build of the book noted as missing.
    effort : int
        How long to look for each range.
    go_on : bool
        Whether limits in the file are taken as they are.

    Yields
    ------
    str
        How far it has come.
    """
    if not _spans():
        prepare()
    known, found = facts(), read(extra, path)
    _agreeing(known)
    _by_pool(known, found)
    _ = known.base.choices, known.search
    yield _told(known, found)
    new = found if not go_on else [item for item in found if item.row.low is None]
    steps: Sequence[Iterator[None]] = (
        _limits(known, new), _by_walk(known, found), _by_groups(known, found, effort),
        _by_readings(known, new, effort), _by_search(known, found, _briefly),
        _by_search(known, found, partial(_searched, effort=effort)),
    )  # fmt: skip
    for _ in chain.from_iterable(steps):
        _save(known, found, path, witnesses)
        yield _told(known, found)


def _batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    return (items[n : n + size] for n in range(0, len(items), size))


def _told(known: Facts, found: Sequence[Kept]) -> str:
    left = sum(len(list(item.unproved())) for item in found)
    return f"{left} of {2 * len(found)} ends not proved, {len(known.pool)} datasets"


def _agreeing(known: Facts) -> None:
    """Keep the datasets that agree, the one that ships first."""
    good = [
        cases for n, cases in enumerate(known.pool.datasets) if known.agrees(known.pool.dataset(n))
    ]
    known.pool = Pool(known.codebook, good)


def _save(known: Facts, found: Sequence[Kept], path: Path, witnesses: Path) -> None:
    """Write ranges, and the datasets that prove their ends, without those that none needs."""
    used: set[int] = set()
    for item in found:
        values = known.pool.values(item.quantity)
        for up in (False, True):
            if item.row.reached(up):
                places = [n for n, value in enumerate(values) if value == item.row.end(up)]
                used.add(next((n for n in places if n in used), places[0]))
    # The first is the dataset that ships.
    kept.write(
        Pool(known.codebook, [known.pool.datasets[n] for n in sorted(used - {0})]), witnesses
    )
    ranges.write([item.row for item in found], path)


def _by_pool(known: Facts, found: Iterable[Kept]) -> None:
    for item in found:
        item.prove(known.pool.values(item.quantity))


def _limits(known: Facts, found: Sequence[Kept]) -> Iterator[None]:
    """Work out limits anew, by the LP relaxation: most of them are then reached by a dataset."""
    for part in _batches(found, _BATCH * _BATCH):
        for item, (low, high) in _limited(known, part, 0):
            item.row = Bounds(item.quantity.text, low, high)
        _by_pool(known, part)
        yield


def _by_readings(known: Facts, found: Sequence[Kept], effort: int) -> Iterator[None]:
    """Narrow the limits that no dataset reached: at least one reading of every statement holds."""
    left = [item for item in found if any(item.unproved())]
    for part in _batches(left, _BATCH * _BATCH):
        for item, ends in _limited(known, part, effort):
            for up, end in zip((False, True), ends, strict=True):
                item.row = item.row.closer(up, end)
        _by_pool(known, part)
        yield


def _limited(
    known: Facts, part: Sequence[Kept], effort: int
) -> Iterator[tuple[Kept, tuple[Fraction | None, Fraction | None]]]:
    """Yield quantities with their limits, several worked out at once."""

    def limits(item: Kept) -> Iterator[tuple[Fraction | None, Fraction | None]]:
        yield known.limits(item.quantity, effort)

    jobs = {n: partial(limits, item) for n, item in enumerate(part)}
    yield from ((part[n], ends) for n, ends in side_by_side(jobs))


def _taken(known: Facts, found: Sequence[Kept], cases: list[Case]) -> bool:
    """Keep a dataset if it agrees, and reaches ends that none reached before."""
    if not known.agrees(as_dataset(cases, known.codebook)):
        return False
    one = Pool(known.codebook, [cases])
    news = [item.prove(one.values(item.quantity)) for item in found if any(item.unproved())]
    if any(news):
        known.pool = known.pool.more(cases)
    return any(news)


def _by_walk(known: Facts, found: Sequence[Kept]) -> Iterator[None]:
    """Prove ends that a random walk comes across; it is cheap, and most of them are nought."""
    layout = replace(known.layout, strata=())
    start = known.pool.dataset(0)
    walk = Walk(start, known.known.rows, len(known.pool), layout, known.known.statements)
    for n in range(1, _ROUNDS + 1):
        walk.walk(_APART)
        _taken(known, found, records(walk.dataset()))
        if n % 30 == 0:
            yield


Wanted: TypeAlias = tuple[Kept, bool, Fraction]


def _by_groups(known: Facts, found: Sequence[Kept], effort: int) -> Iterator[None]:
    """Look for datasets that reach several ends at once, by a change of the same variables."""
    draw, groups = random.Random(len(known.pool)), _groups(known, found)
    for several in _batches(sorted(groups, key=sorted) * effort, _BATCH):
        jobs = {}
        for free in several:
            left = [item for item in groups[free] if not item[0].row.reached(item[1])]
            chosen = draw.sample(left, min(_TOGETHER, len(left)))
            if chosen:
                jobs[free] = partial(_together, known, chosen, free)
        results = dict(side_by_side(jobs))
        for cases in (results.get(free) for free in several):
            if cases is not None:
                _taken(known, found, cases)
        yield


def _groups(known: Facts, found: Sequence[Kept]) -> dict[frozenset[str], list[Wanted]]:
    groups: dict[frozenset[str], list[Wanted]] = {}
    for item in found:
        for up, end in item.unproved():
            wanted = goal(item.quantity, end, up, known.known)
            if wanted is not None and wanted.base is None:
                for free in known.search.alone(wanted):
                    groups.setdefault(free, []).append((item, up, end))
    return groups


def _together(
    known: Facts, chosen: Sequence[Wanted], free: frozenset[str]
) -> Iterator[list[Case] | None]:
    item, up, _ = chosen[0]
    start = known.nearest(item.quantity, up)
    goals = [goal(item.quantity, end, up, known.known) for item, up, end in chosen]
    wanted: list[Goal] = [found for found in goals if found is not None]
    yield None if start is None else known.search.together(wanted, free, start, _NODES)


Looked: TypeAlias = Iterator[tuple[Fraction | None, list[Case] | None]]
"""An end, once: its limit, and the dataset nearest to it that was found."""


def _by_search(
    known: Facts, found: Sequence[Kept], look: Callable[[Facts, Kept, bool], Looked]
) -> Iterator[None]:
    """Look for a dataset at every end that is not proved."""
    left = [(item, up) for item in found for up, _ in item.unproved()]
    random.Random(len(known.pool)).shuffle(left)
    for several in _batches(left, _BATCH):
        jobs = {
            n: partial(look, known, item, up)
            for n, (item, up) in enumerate(several) if not item.row.reached(up)
        }  # fmt: skip
        for n, (limit, cases) in sorted(dict(side_by_side(jobs)).items()):
            item, up = several[n]
            item.row = item.row.closer(up, limit)
            if cases is not None:
                _taken(known, found, cases)
            item.prove(known.pool.values(item.quantity))
        yield


def _briefly(known: Facts, item: Kept, up: bool) -> Looked:
    """Take a few steps towards an end, and solve it from nothing if they do not reach it."""
    limit, start = item.row.end(up), known.nearest(item.quantity, up)
    assert limit is not None
    assert start is not None
    search = EndSearch(known, item.quantity, up)
    *_, made = (start, *search.towards(limit, start, _STEPS))
    if search.value(made) != limit:
        made = search.anew(limit, known.holding(made)) or made
    yield limit, made


def _searched(known: Facts, item: Kept, up: bool, effort: int) -> Looked:
    """Bring an end and a dataset nearer to each other, as `scr bounds` does."""
    limit, made = item.row.end(up), None
    assert limit is not None
    for closer, cases in known.closer(item.quantity, up, limit, effort):
        limit, made = closer if closer is not None else limit, cases if cases is not None else made
    yield limit, made
