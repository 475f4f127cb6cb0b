"""A random walk over datasets that keeps every row: the steps that it takes.

A step changes a few values: it swaps some between two cases, moves a rating, redraws a child's age.
It is kept if every row still holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from tally.codebook import Code
from tally.solve.chain_state import State


class Walk(State):
    """A walk over the datasets in which some rows hold; see `State` for where it starts."""

    def walk(self, steps: int) -> int:
        """Take steps; return how many were kept."""
        moves = (self._swap, self._redraw, self._shift, self._member, self._move, self._swap)
        choose = self.draw.randrange
        return sum(moves[choose(len(moves))]() for _ in range(steps))

    @cached_property
    def _free(self) -> list[str]:
        fixed = self.layout["strata"]
        assert isinstance(fixed, Sequence)
        names = self.codebook.of_unit(self.codebook.root.name)
        return [item.name for item in names if item.name not in fixed]

    @cached_property
    def _bundles(self) -> list[tuple[str, ...]]:
        named = self.layout.get("bundles", ())
        assert isinstance(named, Sequence)
        return [*((name,) for name in self._free), *(tuple(item) for item in named)]

    @cached_property
    def _own(self) -> list[tuple[int, str, tuple[int, ...]]]:
        """Variables of members that can be redrawn: unit, name and positions to draw from."""
        usual, each = self.layout["usual"], self.layout["each"]
        assert isinstance(usual, Mapping)
        assert isinstance(each, Mapping)
        found = []
        for n, unit in enumerate(self.compiler.units):
            for variable in self.codebook.of_unit(unit):
                if variable.name != each.get(unit):
                    low, high = usual.get(variable.name, (None, None))
                    at = tuple(
                        k for k, code in enumerate(variable.codes) if _usual(code, low, high)
                    )
                    found.append((n, variable.name, at))
        return found

    def _two(self) -> tuple[int, int]:
        a, b = self.draw.sample(range(len(self.cases)), 2)
        return a, b

    def _swap(self) -> bool:
        """Swap a bundle of variables, or all members of a unit, between two cases."""
        names = self.draw.choice(self._bundles)
        a, b = self._two()

        def exchange() -> None:
            (first, mine), (second, theirs) = self.cases[a], self.cases[b]
            for name in names:
                if name in self.compiler.units:
                    n = self.compiler.units.index(name)
                    mine[n], theirs[n] = theirs[n], mine[n]
                else:
                    n = self.compiler.place[name]
                    first[n], second[n] = second[n], first[n]

        def change() -> Callable[[], None]:
            exchange()
            return exchange

        return self.attempt(names, (a, b), change)

    def _set(self, targets: Sequence[tuple[list[int], int, int]]) -> Callable[[], None]:
        old = [(values, n, values[n]) for values, n, _ in targets]
        for values, n, value in targets:
            values[n] = value

        def undo() -> None:
            for values, n, value in reversed(old):
                values[n] = value

        return undo

    def _redraw(self) -> bool:
        """Draw one variable of a case anew."""
        name, a = self.draw.choice(self._free), self.draw.randrange(len(self.cases))
        value = self.draw.randrange(len(self.codebook.variables[name].codes))
        place = self.compiler.place[name]
        return self.attempt((name,), (a,), lambda: self._set([(self.cases[a][0], place, value)]))

    def _shift(self) -> bool:
        """Move a rating up in one place and another down elsewhere."""
        first, second = (self.draw.choice(self.codebook.factors) for _ in range(2))
        a, b = (
            self._two() if self.draw.random() < 0.5 else (self.draw.randrange(len(self.cases)),) * 2
        )
        targets = []
        for name, n, step in ((first, a, 1), (second, b, -1)):
            place, values = self.compiler.place[name], self.cases[n][0]
            value = values[place] + step
            if not 0 <= value < len(self.codebook.variables[name].codes):
                return False
            targets.append((values, place, value))
        if first == second and a == b:
            return False
        return self.attempt((first, second), sorted({a, b}), lambda: self._set(targets))

    def _member(self) -> bool:
        """Draw one variable of a member anew, or swap it with that of another case's member."""
        unit, name, allowed = self.draw.choice(self._own)
        a, b = self._two()
        mine, theirs = self.cases[a][1][unit], self.cases[b][1][unit]
        place = self.compiler.place[name]
        if not mine or not allowed:
            return False
        x = self.draw.choice(mine)
        if theirs and self.draw.random() < 0.5:
            y = self.draw.choice(theirs)
            targets = [(x, place, y[place]), (y, place, x[place])]
        else:
            targets, b = [(x, place, self.draw.choice(allowed))], a
        names = (name, self.compiler.units[unit])
        return self.attempt(names, sorted({a, b}), lambda: self._set(targets))

    def _move(self) -> bool:
        """Give a member to another case that may have one more."""
        most, each = self.layout["most"], self.layout["each"]
        assert isinstance(most, Mapping)
        assert isinstance(each, Mapping)
        unit = self.draw.choice([n for n, u in enumerate(self.compiler.units) if u not in each])
        name = self.compiler.units[unit]
        a, b = self._two()
        mine, theirs = self.cases[a][1][unit], self.cases[b][1][unit]
        if not mine or len(theirs) >= most[name]:
            return False
        place = self.draw.randrange(len(mine))

        def change() -> Callable[[], None]:
            theirs.append(mine.pop(place))
            return lambda: mine.insert(place, theirs.pop())

        return self.attempt((name, *(v.name for v in self.codebook.of_unit(name))), (a, b), change)


def _usual(code: Code, low: int | None, high: int | None) -> bool:
    return low is None or high is None or code is None or low <= int(code) <= high
