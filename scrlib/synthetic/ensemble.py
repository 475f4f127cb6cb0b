"""Many datasets that agree with print, by a random walk that keeps every claim.

A step changes a few values: it swaps some between two cases, moves a rating, redraws a child's age.
It is kept if every row still holds. What the walk visits is not a probability distribution over
what might be true, and the spread it shows is not a bound (`scrlib.bounding.bounds`): it only shows
that the printed numbers leave room.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from scrlib.auditing.claims import Claim
from scrlib.data.dataset import Dataset, positions
from scrlib.errors import BuildError
from scrlib.frame import codebook as frame
from scrlib.frame.codebook import Code, Codebook
from scrlib.solving import demands
from scrlib.solving.constraint import Row
from scrlib.synthetic.compiled import Case, Compiler, Fixed
from scrlib.synthetic.synthesis import framed, synthesise

STEPS = 15_000
_LOOSEN = 6


@dataclass
class Walk:
    """A walk over the datasets in which some rows hold.

    Parameters
    ----------
    start : Dataset
        Must meet every row.
    rows : sequence of Row
    seed : int
    layout : mapping
        `layout` of `consistency.yaml`: what stays, what is swapped together, usual values.
    """

    start: Dataset
    rows: Sequence[Row]
    seed: int
    layout: Mapping[str, object] = field(default_factory=lambda: demands.read()["layout"])

    def __post_init__(self) -> None:
        self.codebook: Codebook = self.start.codebook
        self.compiler = Compiler(self.codebook, self.rows)
        self.draw = random.Random(self.seed)
        self.cases = list(self._cases())
        self.low = [-(10**9) if row.low is None else row.low for row in self.rows]
        self.high = [10**9 if row.high is None else row.high for row in self.rows]
        self.fixed = [self._fixed(values) for values, _ in self.cases]
        every = tuple(range(len(self.rows)))
        self.totals = [0] * len(self.rows)
        for n, case in enumerate(self.cases):
            rows, adds = self.compiler.adds(every, self.fixed[n])
            for row, value in zip(rows, adds(*case), strict=True):
                self.totals[row] += value
        wrong = [n for n in every if not self.low[n] <= self.totals[n] <= self.high[n]]
        if wrong:
            names = sorted({name for n in wrong for name in self.rows[n].claims})
            raise BuildError(f"The walk starts where claims do not hold: {', '.join(names)}.")

    def _cases(self) -> Iterator[Case]:
        codebook, root = self.codebook, self.codebook.root
        tables = {
            unit: list(zip(*(
                positions(self.start.frames[unit][variable.name], variable).tolist()
                for variable in codebook.of_unit(unit)
            ), strict=True))
            for unit in codebook.units
        }  # fmt: skip
        owners = {unit: self.start.views[unit].owner.tolist() for unit in self.compiler.units}
        for n, values in enumerate(tables[root.name]):
            yield (
                list(values),
                [
                    [
                        list(row)
                        for row, owner in zip(tables[u], owners[u], strict=True)
                        if owner == n
                    ]
                    for u in self.compiler.units
                ],
            )

    # -- what can change ------------------------------------------------------------------------

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

    # -- steps ----------------------------------------------------------------------------------

    def walk(self, steps: int) -> int:
        """Take steps; return how many were kept."""
        moves = (self._swap, self._redraw, self._shift, self._member, self._move, self._swap)
        choose = self.draw.randrange
        return sum(moves[choose(len(moves))]() for _ in range(steps))

    def _try(
        self, names: tuple[str, ...], at: Sequence[int], change: Callable[[], Callable[[], None]]
    ) -> bool:
        """Make a change of some variables of some cases; undo it if a row no longer holds."""
        rows = self._rows(names)
        found = [(*self.compiler.adds(rows, self.fixed[n]), self.cases[n]) for n in at]
        before = [adds(*case) for _, adds, case in found]
        undo = change()
        moved: dict[int, int] = {}
        for (kept, adds, case), old in zip(found, before, strict=True):
            new = adds(*case)
            if new != old:
                for row, x, y in zip(kept, old, new, strict=True):
                    if x != y:
                        moved[row] = moved.get(row, 0) + y - x
        totals = self.totals
        for row, step in moved.items():
            if not self.low[row] <= totals[row] + step <= self.high[row]:
                undo()
                return False
        for row, step in moved.items():
            totals[row] += step
        return True

    def _fixed(self, values: Sequence[int]) -> Fixed:
        names = self.layout["strata"]
        assert isinstance(names, Sequence)
        codes = self.codebook.variables
        return tuple((n, codes[n].codes[values[self.compiler.place[n]]]) for n in names)

    @cached_property
    def _known_rows(self) -> dict[tuple[str, ...], tuple[int, ...]]:
        return {}

    def _rows(self, names: tuple[str, ...]) -> tuple[int, ...]:
        key = tuple(sorted(set(names)))
        if key not in self._known_rows:
            self._known_rows[key] = self.compiler.touched(key)
        return self._known_rows[key]

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

        return self._try(names, (a, b), change)

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
        return self._try((name,), (a,), lambda: self._set([(self.cases[a][0], place, value)]))

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
        return self._try((first, second), sorted({a, b}), lambda: self._set(targets))

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
        return self._try(names, sorted({a, b}), lambda: self._set(targets))

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

        return self._try((name, *(v.name for v in self.codebook.of_unit(name))), (a, b), change)

    # -- result ---------------------------------------------------------------------------------

    def dataset(self) -> Dataset:
        """Return the dataset where the walk stands."""
        codebook, root = self.codebook, self.codebook.root
        tables: dict[str, list[dict[str, Code]]] = {name: [] for name in codebook.units}
        for number, (values, members) in enumerate(self.cases, 1):
            ids: dict[str, Code] = {root.id or "": f"S{number:03d}"}
            tables[root.name].append({**ids, **self._codes(root.name, values)})
            for unit, rows in zip(self.compiler.units, members, strict=True):
                own = codebook.units[unit].id
                for place, row in enumerate(rows, 1):
                    named: dict[str, Code] = {own: f"S{number:03d}-{place}"} if own else {}
                    tables[unit].append({**named, **ids, **self._codes(unit, row)})
        # What was learnt is no number of the walk: it stays as it was.
        return replace(framed(codebook, tables), learning=self.start.learning)

    def _codes(self, unit: str, values: Sequence[int]) -> dict[str, Code]:
        found = zip(self.codebook.of_unit(unit), values, strict=True)
        return {variable.name: variable.codes[n] for variable, n in found}


def _usual(code: Code, low: int | None, high: int | None) -> bool:
    return low is None or high is None or code is None or low <= int(code) <= high


def rows_of(claims: Sequence[Claim], dataset: Dataset) -> list[Row]:
    """Return rows for every claim, by readings that hold on a dataset, and for the rules."""
    wanted = demands.read()["layout"]["readings"]
    found = []
    for claim in claims:
        holding = [item.reading for item in claim.check(dataset) if item.holds]
        named = [item for item in holding if item.id in wanted]
        found += [demands.demand(item) for item in named or holding[:1]]
    codebook = dataset.codebook
    every = [item for item in found if item is not None]
    return list(
        demands.stated([*every, *demands.rules(codebook, "meaning", "plausible")], codebook).rows
    )


def draw(
    start: Dataset, claims: Sequence[Claim], number: int, seed: int, steps: int = STEPS
) -> Iterator[Dataset]:
    """Yield datasets in which every claim holds that holds on the first.

    Parameters
    ----------
    start : Dataset
    number : int
        How many.
    seed : int
        The same seed gives the same datasets.
    steps : int
        Steps of the walk between two of them.
    """
    walk = Walk(start, rows_of(claims, start), seed)
    holding = [c for c in claims if any(item.holds for item in c.check(start))]
    for _ in range(number):
        yield _next(walk, holding, steps)


def _next(walk: Walk, claims: Sequence[Claim], steps: int) -> Dataset:
    """Walk on until claims that no row can state hold as well."""
    for _ in range(20):
        walk.walk(steps)
        made = walk.dataset()
        if all(any(item.holds for item in claim.check(made)) for claim in claims):
            return made
    raise BuildError("The walk found no further dataset in which every claim holds.")


def make(
    claims: Sequence[Claim], seed: int, number: int = 1, *, start: Dataset | None = None,
    aside: Collection[str] = (), steps: int = STEPS,
) -> Iterator[Dataset]:  # fmt: skip
    """Yield synthetic datasets: what `scr synthesise` writes.

    Parameters
    ----------
    start : Dataset, optional
        Where the walk starts, most often the dataset that ships: then the same seed gives the same
        datasets. Without it a first one is solved and loosened by a long walk.
    aside : collection of str
        Ids of claims and readings that print itself rules out.
    """
    if start is not None:
        yield from draw(start, claims, number, seed, steps)
        return
    solved, _ = synthesise(frame.load(), claims, seed, aside)
    first = next(draw(solved, claims, 1, seed, _LOOSEN * steps))
    yield first
    if number > 1:
        yield from draw(first, claims, number - 1, seed, steps)
