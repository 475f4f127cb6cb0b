"""What a book about observed cases may tell: planned once, written, read by each chapter.

All chapters run once to say what they would tell (`Asked`). Of that `tally.solve.protect` plans
what is held back; then they run again and tell what the plan allows. What the first run did not ask
for, and what joins too many variables to be protected, is held back whatever it is.
"""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import lru_cache, partial
from pathlib import Path

from scrlib import consistency, finished
from scrlib.auditing.known import Knowledge
from scrlib.words import number_word
from tally.codebook import Code, Codebook
from tally.dataset import OBSERVED, Dataset
from tally.errors import Failure, InputError
from tally.evaluate import evaluate, tally
from tally.expression import TRUE, Aggregate, Quantity, variables
from tally.interval import Known, exactly
from tally.language import parse
from tally.rounding import half_up
from tally.solve import protect
from tally.solve.constraint import Constraint
from tally.solve.protect import Earlier, Protected, Statistic

FILE = "disclosure.json"
PLAN, ASKED = "SCR_DISCLOSURE", "SCR_DISCLOSURE_ASKED"
"""Variables that name the plan a chapter has to keep, and where it says what it would tell."""
HELD_BACK = "[c]"
WIDTH = protect.WIDTH
FEW_CASES = 30
"""With fewer cases only counts by one variable are told: tables of two would cost more of them."""
_LEAST = 3
_ONLY_MARKS = "A limit of 2 would hold back ones only: the mark would tell the number."
_MOST_JOINED = 3
ALONE = "That holds for this book alone: a second one of the same cases would tell more."
TOGETHER = (
    "That holds for this book together with {} that came before; another of the same cases would "
    "tell more."
)
ROUNDING_ONLY = (
    "What is rounded may still be worked out from percentages and from parts that do not add up."
)
NOTHING_HELD = "No number is held back or rounded."


@dataclass(frozen=True, slots=True)
class Settings:
    """What to hold back.

    Parameters
    ----------
    suppress_below : int
        Counts from 1 to less than this are held back; 0 holds back none, otherwise at least 3.
    round_to : int
        Counts are rounded half up to a multiple of this; 0 or 1 rounds none.
    hold_zeros : bool
        Whether counts of none are held back with the small ones.

    Raises
    ------
    InputError
        If a number is not allowed.
    """

    suppress_below: int = 0
    round_to: int = 0
    hold_zeros: bool = False

    def __post_init__(self) -> None:
        failures = []
        if self.suppress_below < 0 or 0 < self.suppress_below < _LEAST:
            rule = f"The limit is 0 (hold back nothing) or at least {_LEAST}. {_ONLY_MARKS}"
            failures.append(Failure(rule, "--suppress-below", value=str(self.suppress_below)))
        if self.round_to < 0:
            rule = "Counts are rounded to a multiple of a whole number, or not at all (0)."
            failures.append(Failure(rule, "--round-to", value=str(self.round_to)))
        if self.hold_zeros and not self.suppress_below:
            rule = "Counts of none are held back only where small ones are."
            failures.append(Failure(rule, "--hold-zeros"))
        if failures:
            raise InputError(failures)

    @property
    def active(self) -> bool:
        """Whether anything is held back or rounded."""
        return self.suppress_below > 0 or self.round_to > 1

    @property
    def rounding(self) -> str:
        """A sentence on rounding, or an empty string."""
        if self.round_to <= 1:
            return ""
        rounded = f"Numbers are rounded to the nearest {self.round_to}"
        return f"{rounded}; parts may not add up to their total."


DEFAULT = Settings(suppress_below=5)
"""For observed data, unless asked otherwise: counts under five are held back, none rounded."""


def settled(
    dataset: Dataset, suppress_below: int | None = None, round_to: int | None = None,
    *, hold_zeros: bool = False,
) -> Settings:  # fmt: skip
    """Return what is held back of a dataset if so much, or nothing, is asked for.

    Raises
    ------
    InputError
        If a number is not allowed, or if synthetic data would be treated as if observed.
    """
    observed = dataset.meta.provenance == OBSERVED
    below = DEFAULT.suppress_below if suppress_below is None and observed else suppress_below or 0
    settings = Settings(below, round_to or 0, hold_zeros)
    if settings.active and dataset.synthetic:
        rule = "Synthetic cases are nobody's: what the report printed is not held back."
        raise InputError(Failure(rule, "--suppress-below, --round-to"))
    return settings


# -- what chapters would tell ----------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """Writes down, in a file of this process, each quantity that a chapter would tell.

    Parameters
    ----------
    folder : Path
    """

    folder: Path

    def __call__(self, quantity: Quantity, known: Known) -> Known:
        """Note a quantity and tell it."""
        with (self.folder / f"{os.getpid()}.asked").open("ab") as stream:
            pickle.dump(quantity, stream)
        return known


def asked(folder: Path) -> list[Quantity]:
    """Return what all chapters have asked for."""
    return list(dict.fromkeys(q for path in sorted(folder.glob("*.asked")) for q in _noted(path)))


def _noted(path: Path) -> Iterator[Quantity]:
    with path.open("rb") as stream:
        while stream.peek(1):
            # Written by `Asked` a moment ago, in a folder that is this build's own.
            yield pickle.load(stream)  # noqa: S301


def candidates(quantities: Iterable[Quantity], dataset: Dataset) -> list[Quantity]:
    """Return those of some quantities that may be told at all, as far as the plan allows."""
    codebook = dataset.codebook
    few = dataset.size(codebook.root.name) < FEW_CASES
    most = 1 if few else _MOST_JOINED
    tied = _tied(codebook)
    return [
        quantity for quantity in quantities
        if all(_fits(aggregate, codebook, most, tied) for _, aggregate in quantity.terms)
    ]  # fmt: skip


def _tied(codebook: Codebook) -> frozenset[str]:
    """Return the variables of cases by which members may be counted.

    They are the study, and what the frame ties to members' own variables: for more, there would
    have to be a table of all kinds of cases at once.
    """
    rules = consistency.rules(codebook, "meaning")
    quantities = (rule.quantity for rule in rules if isinstance(rule.quantity, Quantity))
    wheres = (a.where for q in quantities for _, a in q.terms if a.unit != codebook.root.name)
    studies = (name for name, item in codebook.variables.items() if item.kind == "study")
    return frozenset(studies).union(*map(variables, wheres))


def _fits(aggregate: Aggregate, codebook: Codebook, most: int, tied: frozenset[str]) -> bool:
    if not protect.publishable(aggregate, codebook):
        return False
    for item in protect.statistics(aggregate, codebook):
        names = variables(item.tally.where)
        above = {name for name in names if codebook.variables[name].unit != item.tally.unit}
        if len(names) > most or not above <= tied:
            return False
    return True


# -- the plan --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """What a chapter has to know of the plan: nothing in it is a count under the limit.

    Parameters
    ----------
    shown : frozenset of str
        Keys of what may be told: see `tally.solve.protect.key`.
    held, datasets, narrowest : int
        How many counts are held back, by how many other datasets that is proved, and the fewest
        values that one from 1 to under the limit may have.
    earlier : int
        Together with how many earlier books of the same cases.
    """

    settings: Settings
    shown: frozenset[str] = frozenset()
    held: int = 0
    datasets: int = 0
    narrowest: int = 0
    earlier: int = 0

    @classmethod
    def of(cls, found: Protected, settings: Settings, earlier: int = 0) -> Plan:
        """Return what chapters have to know of a plan."""
        return cls(
            settings, found.shown, len(found.widths), len(found.others), found.narrowest, earlier
        )  # fmt: skip

    def notice(self) -> str:
        """Return what a page says of numbers that are held back or rounded; empty if none are."""
        if not self.settings.active:
            return ""
        least = self.settings.suppress_below
        if not least:
            return f"{self.settings.rounding} {ROUNDING_ONLY}"
        if not self.shown:
            return (
                f"There are too few cases to tell anything of them: all is held back ({HELD_BACK})."
            )
        small = f"from {int(not self.settings.hold_zeros)} to {least - 1}"
        scope = TOGETHER.format(number_word(self.earlier)) if self.earlier else ALONE
        held = (
            f"Numbers {small} are held back, and others from which they could be worked out "
            f"({HELD_BACK}). {self._proof(small)}{scope}"
        )
        return f"{held} {self.settings.rounding}".strip()

    def _proof(self, small: str) -> str:
        """Say how it is proved; with no other dataset, all beside a small number is held back."""
        if not self.datasets:
            return f"Where numbers by the same variables include one {small}, none is told. "
        return (
            f"For all that this book shows, each number {small} could be any of at least "
            f"{number_word(self.narrowest)}: {self.datasets} other datasets, in which all that is "
            "shown is the same, prove it. "
        )

    def tell(self, quantity: Quantity, known: Known, dataset: Dataset) -> Known:
        """Return a quantity as it may be told: itself, rounded, or held back."""
        tells = protect.tells(self.shown, quantity, dataset.codebook)
        if self.settings.suppress_below and not tells:
            return Known(None, None, marker=HELD_BACK)
        if self.settings.round_to > 1:
            known = exactly(self._rounded(quantity, dataset))
        if any(aggregate.value is not None for _, aggregate in quantity.terms):
            # More decimals than are protected would tell a sum.
            return known if known.low is None else exactly(Fraction(half_up(known.low, 1)))
        return known

    def _rounded(self, quantity: Quantity, dataset: Dataset) -> Fraction | None:
        total = Fraction(quantity.constant)
        for weight, aggregate in quantity.terms:
            found = self._rounded_one(aggregate, dataset)
            if found is None:
                return None
            total += weight * found
        return total

    def _rounded_one(self, aggregate: Aggregate, dataset: Dataset) -> Fraction | None:
        if aggregate.value is not None:
            return evaluate(Quantity(((1, aggregate),)), dataset)
        above, below, scale = aggregate.ratio(dataset.codebook)
        count = _nearest(tally(above, dataset), self.settings.round_to)
        base = 1 if below is None else _nearest(tally(below, dataset), self.settings.round_to)
        return Fraction(scale * count, base) if base else None


def _nearest(count: int, base: int) -> int:
    return (2 * count + base) // (2 * base) * base


def planned(
    quantities: Iterable[Quantity], dataset: Dataset, settings: Settings,
    earlier: Sequence[Earlier] = (),
) -> Protected:  # fmt: skip
    """Plan what may be told of quantities that are all published together.

    Parameters
    ----------
    earlier : sequence of Earlier
        What books of the same cases, or of some of them, have told: see `before`.

    Raises
    ------
    BuildError
        If the plan does not keep what it promises.
    """
    limit = settings.suppress_below
    # Which numbers are none would tell all there is of fewer cases than the limit.
    enough = dataset.size(dataset.codebook.root.name) >= limit
    return protect.protect(
        candidates(quantities, dataset) if enough else (), dataset, limit=limit, width=WIDTH,
        zeros=settings.hold_zeros, earlier=earlier,
        rules=(*consistency.rules(dataset.codebook, "meaning"), *_in_use(dataset.codebook)),
    )  # fmt: skip


def before(book: Path, dataset: Dataset) -> Earlier:
    """Return what a finished book has told of a dataset's cases, or of those of some studies.

    Raises
    ------
    InputError
        If it is no such book, or tells other numbers than these data have.
    """
    protected, codebook = finished.protection(book), dataset.codebook
    have = {item.study for item in codebook.studies}
    if strange := sorted(set(protected.studies) - have):
        rule = f"It is about studies that these data do not have: {', '.join(map(str, strange))}."
        raise InputError(Failure(rule, f"--earlier {book}"))
    counted = finished.counts(book, codebook)
    among = TRUE if set(protected.studies) == have else protected.among
    told = tuple(Statistic(c.tally, c.base) for c in counted if not c.held)
    held, withheld = (tuple(map(Statistic, tallies)) for tallies in finished.marked(counted))
    earlier = Earlier(among, told, held, withheld)
    wrong = sum(
        c.text != protect.look(earlier.of(Statistic(c.tally, c.base), codebook), dataset)
        for c in counted if c.text and not c.held
    )  # fmt: skip
    if wrong:
        rule = (
            f"It tells {wrong} of {len(told)} numbers otherwise than these data have them: its "
            "cases were others, or have been corrected since. What the two tell together is not "
            "known: publish one of them only."
        )
        raise InputError(Failure(rule, f"--earlier {book}"))
    return earlier


def _in_use(codebook: Codebook) -> Iterator[Constraint]:
    """Yield what the frame of a book tells: what is in it only if used is an answer somewhere."""
    rare: dict[tuple[str, Code], list[str]] = {}
    for name, item in codebook.variables.items():
        for code in (category.code for category in item.categories if category.if_used):
            counted = f'count({item.unit}, {name} == "{code}")'
            rare.setdefault((item.scale, code), []).append(counted)
    for (scale, code), counts in rare.items():
        quantity = parse(" + ".join(counts), codebook)
        yield Constraint(f"{scale}: {code}", quantity, low=Fraction(1), hard=True)


def write(plan: Plan, path: Path) -> None:
    """Write a plan down for the chapters: which numbers may be told, but none of the numbers."""
    record = {**asdict(plan), "shown": sorted(plan.shown)}
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


@lru_cache(maxsize=2)
def read(path: Path) -> Plan:
    """Read a plan that `write` wrote.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        settings, shown = Settings(**record.pop("settings")), frozenset(record.pop("shown"))
        return Plan(settings, shown, **record)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        failure = Failure("The plan of what is held back cannot be read.", path.name)
        raise InputError(failure) from error


# -- in a chapter ----------------------------------------------------------------------------------


def current() -> Plan | None:
    """Return the plan of the build that runs this chapter; None if there is none."""
    path = os.environ.get(PLAN)
    return read(Path(path)) if path else None


def notice() -> str:
    """Return what a page about cases says of what is held back of them."""
    plan = current()
    return NOTHING_HELD if plan is None else plan.notice()


def knowledge(dataset: Dataset, focus: int) -> Knowledge:
    """Return what a chapter may tell: all that is known, or what the plan of the build allows."""
    folder, plan = os.environ.get(ASKED), current()
    if folder:
        return Knowledge(dataset, focus, Asked(Path(folder)))
    if plan is None:
        return Knowledge(dataset, focus)
    tell = partial(plan.tell, dataset=dataset)
    return Knowledge(dataset, focus, tell, plan.settings.round_to > 1)
