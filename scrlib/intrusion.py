"""An attack on a finished book: what its numbers and marks give away of what is held back.

`scrlib.finished` reads the pages; `tally.solve.intruder` works out between what numbers each count
must be, by a model and a solver that the plan does not use. With the plan it shares how quantities
are written and the rules of the coding frame, which both must know. It stops a book in which a
small count is left with fewer values than promised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

from scrlib import consistency, finished
from scrlib.finished import Count, Protection
from scrlib.in_words import in_words
from scrlib.report import coding_frame
from scrlib.words import number_word
from tally.codebook import Codebook, Study
from tally.errors import BuildError
from tally.expression import TRUE, Aggregate, Condition, Not, Quantity, Tally, compares
from tally.normal_form import aligned, normal_tally, spelling
from tally.solve.intruder import KINDS, Learnt, Published, intrude

NOT_TRIED = (
    "It did not try averages, counts that it knows from elsewhere, or how the plan was made, and "
    f"joined at most as many variables at a time as make {KINDS:,} kinds of case."
)


@dataclass(frozen=True)
class Certificate:
    """What an attack on a finished book found.

    Parameters
    ----------
    shown, held, others : int
        How many counts are shown; how many have a mark that says that they are at least 1; and how
        many were tried besides: where all by the same variables are withheld, or subtraction from
        an earlier book might give them.
    zeros : int
        How many counts of none are shown.
    narrowest : float
        The fewest values that a count is left with which could be a small one.
    narrow : tuple of str
        Counts, as text, that are left with fewer values than promised.
    """

    shown: int
    held: int
    others: int
    zeros: int
    narrowest: float
    narrow: tuple[str, ...]

    @property
    def sentences(self) -> str:
        """The certificate in words."""
        if not self.held + self.others:
            return f"The book shows {self.shown} counts and marks none as held back."
        least = number_word(int(self.narrowest)) if self.narrowest < inf else "any number of"
        return (
            "An attack on the finished pages, by a model and a solver that the plan does not use, "
            f"had the {self.shown} counts that they show, of which {self.zeros} are none. It tried "
            f"{self.held + self.others} that they do not show, with two integer programs each. "
            f"Each that could be small was left with at least {least} values. {NOT_TRIED}"
        )


def attack(book: Path, earlier: Sequence[Path] = ()) -> Certificate:
    """Attack a finished book, together with earlier ones of the same cases or of some of them.

    Raises
    ------
    InputError
        If a folder is no finished book in which small numbers are held back.
    """
    protected, codebook = finished.protection(book), frame(book, *earlier)
    counted = finished.counts(book, codebook)
    told = {**_frame(codebook), **finished.shown(counted)}
    marked, wanted = finished.marked(counted)
    for other in earlier:
        before = finished.protection(other)
        restricted = tuple(_within(count, before.among, codebook)
                           for count in finished.counts(other, codebook))  # fmt: skip
        told |= finished.shown(restricted)
        held, withheld = finished.marked(restricted)
        marked, wanted = marked | held, wanted | withheld
        if set(before.studies) != set(protected.studies):
            wanted |= {_within(count, Not(before.among), codebook).tally for count in counted}
    marked -= told.keys()
    published = Published(
        codebook, told, frozenset(marked), int(not protected.zeros), _members(codebook),
        frozenset(wanted - told.keys() - marked),
    )  # fmt: skip
    ours = finished.shown(counted).values()
    return _certificate(
        intrude(published, enough=protected.width), list(ours), published, protected
    )  # fmt: skip


def frame(*books: Path) -> Codebook:
    """Return the coding frame with the studies of some books: all that is known without data."""
    years = {year for book in books for year in finished.protection(book).studies}
    return coding_frame().with_studies([Study(year, str(year), "", "") for year in sorted(years)])


def _certificate(
    learnt: Sequence[Learnt], ours: Sequence[int], published: Published, protected: Protection
) -> Certificate:  # fmt: skip
    may_be_small = [item for item in learnt if item.low < protected.limit and item.high > 0]
    narrow = [item for item in may_be_small if item.width < protected.width]
    return Certificate(
        shown=len(ours),
        held=len(published.held),
        others=len(published.wanted),
        zeros=ours.count(0),
        narrowest=min((item.width for item in may_be_small), default=inf),
        narrow=tuple(_text(item.tally, published.codebook) for item in narrow),
    )


def stop_if_narrow(found: Certificate) -> None:
    """Stop the publication of a book that an attack has narrowed too far.

    Raises
    ------
    BuildError
        With the counts, but not their numbers.
    """
    if found.narrow:
        listed = "".join(f"\n  {text}" for text in found.narrow)
        raise BuildError(
            "Numbers that are held back can be worked out from the finished pages, so that the "
            f"book was not put in place:{listed}\nLeave out the table or sentence that tells most "
            "of them, and tell us: the plan should have kept them."
        )


def _within(count: Count, among: Condition, codebook: Codebook) -> Count:
    base = None if count.base is None else normal_tally(count.base, codebook, among)
    return Count(normal_tally(count.tally, codebook, among), base, count.text)


def _frame(codebook: Codebook) -> dict[Tally, int]:
    """Return the counts that are none in any data, by the coding frame."""
    return {normal_tally(Tally(a.unit, a.where), codebook): 0 for a in _never(codebook)}


def _never(codebook: Codebook) -> list[Aggregate]:
    quantities = (rule.quantity for rule in consistency.rules(codebook, "meaning"))
    return [a for q in quantities if isinstance(q, Quantity) for _, a in q.terms]


def _members(codebook: Codebook) -> dict[str, int]:
    """Return how many members of each unit a case has at least, by the coding frame."""
    tests = (test for item in _never(codebook) for test in compares(item.where))
    return {
        number.unit: test.constant for test in tests if test.op == "<"
        for _, number in test.linear.numbers if number.condition == TRUE
    }  # fmt: skip


def _text(tally: Tally, codebook: Codebook) -> str:
    where = aligned(tally.where, codebook)
    count = Quantity(((1, Aggregate("count", tally.unit, where)),))
    return in_words(count, codebook) or f"{tally.unit} where {spelling(where)}"
