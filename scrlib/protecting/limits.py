"""How small a count may be before it is held back, and to what counts are rounded."""

from __future__ import annotations

from dataclasses import dataclass

from scrlib.protecting.attack import PRIMARY, SECONDARY
from tally.errors import Failure, InputError

_LEAST = 3
_ONLY_MARKS = "A limit of 2 would hold back ones only: the mark would tell the number."


@dataclass(frozen=True, slots=True)
class Settings:
    """What to hold back.

    Parameters
    ----------
    suppress_below : int
        Counts from 1 to less than this are held back; 0 holds back none, otherwise at least 3.
    round_to : int
        Counts are rounded half up to a multiple of this; 0 or 1 rounds none.

    Raises
    ------
    InputError
        If a number is not allowed.
    """

    suppress_below: int = 0
    round_to: int = 0

    def __post_init__(self) -> None:
        failures = []
        if self.suppress_below < 0 or 0 < self.suppress_below < _LEAST:
            rule = f"The limit is 0 (hold back nothing) or at least {_LEAST}. {_ONLY_MARKS}"
            failures.append(Failure(rule, "--suppress-below", value=str(self.suppress_below)))
        if self.round_to < 0:
            rule = "Counts are rounded to a multiple of a whole number, or not at all (0)."
            failures.append(Failure(rule, "--round-to", value=str(self.round_to)))
        if failures:
            raise InputError(failures)

    @property
    def active(self) -> bool:
        """Whether anything is held back or rounded."""
        return self.suppress_below > 0 or self.round_to > 1

    @property
    def meaning(self) -> dict[str, str]:
        """The markers with what they mean, to stand above a table."""
        if not self.suppress_below:
            return {}
        return {
            PRIMARY: f"held back: a number from 1 to {self.suppress_below - 1}, "
            "or one worked out from such a number",
            SECONDARY: "held back: a number from which a small one could be worked out",
        }

    @property
    def rounding(self) -> str:
        """A sentence on rounding, or an empty string."""
        if self.round_to <= 1:
            return ""
        return (
            f"Numbers are rounded to the nearest {self.round_to}; "
            "parts may not add up to their total."
        )
