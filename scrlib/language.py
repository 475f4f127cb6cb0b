"""The language in which conditions and quantities are written: a safe subset of Python's syntax.

Examples
--------
``count(case, law_group == "public" and incident == "death_homicide")``,
``percent(child, sex == "female")``, ``mean(case, total_score, study == 2017)``,
``count(case, number(child) > 1) < count(case, number(child) == 1)``.

Text is parsed with `ast` and never evaluated. An unknown name, code or function is an
`InputError` that lists what is allowed. Chapter 2 of the book documents the language.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from scrlib.codebook import Code, Codebook
from scrlib.errors import Failure, InputError, not_allowed
from scrlib.tree import (
    TRUE,
    Aggregate,
    And,
    Compare,
    Condition,
    In,
    Linear,
    Not,
    Number,
    Or,
    Quantity,
    Relation,
    Weights,
)

AGGREGATES = ("count", "percent", "mean", "sum", "min", "max", "median")
_OPS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_MIRROR = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_LONGEST = 4000


def compare(left: int | Fraction, op: str, right: int | Fraction) -> bool:
    """Say whether ``left op right`` holds, for any of the six comparison operators."""
    return {
        "==": left == right, "!=": left != right, "<": left < right,
        "<=": left <= right, ">": left > right, ">=": left >= right,
    }[op]  # fmt: skip


@dataclass(frozen=True)
class _Parser:
    """Turns the syntax tree of one expression into the normal form."""

    text: str
    codebook: Codebook
    focus: int | None = None

    def fail(self, rule: str, node: ast.AST | None = None) -> InputError:
        source = ast.get_source_segment(self.text, node) if isinstance(node, ast.expr) else ""
        return InputError(Failure(rule, f"expression {self.text!r}", value=source or ""))

    def unknown(self, rule: str, name: object, allowed: Iterable[object]) -> InputError:
        return InputError(not_allowed(rule, name, allowed, place=f"expression {self.text!r}"))

    # -- conditions ---------------------------------------------------------------------------

    def condition(self, node: ast.expr, unit: str) -> Condition:
        if isinstance(node, ast.BoolOp):
            parts = tuple(self.condition(item, unit) for item in node.values)
            return And(parts) if isinstance(node.op, ast.And) else Or(parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return Not(self.condition(node.operand, unit))
        if isinstance(node, ast.Compare):
            return self.chain(node, unit)
        if isinstance(node, ast.Call):
            return self.present(node, unit)
        if isinstance(node, ast.Name):
            return self.flag(node, unit)
        if isinstance(node, ast.Constant) and node.value is True:
            return TRUE
        raise self.fail("A condition was expected here.", node)

    def flag(self, node: ast.Name, unit: str) -> Condition:
        if node.id == "true":
            return TRUE
        self.known(node.id, unit)
        derived = self.codebook.derived.get(node.id)
        if derived is None:
            raise self.fail(f"{node.id} is not true or false: compare it with a value.", node)
        return _Parser(derived.expression, self.codebook, self.focus).whole_condition(unit)

    def whole_condition(self, unit: str) -> Condition:
        return self.condition(_syntax(self.text), unit)

    def present(self, node: ast.Call, unit: str) -> Condition:
        if self.function(node, ("present",)) != "present" or len(node.args) != 1:
            raise self.fail("present() takes one risk factor.", node)
        (factor,) = self.factors(node, unit)
        scored = self.codebook.variables[factor].categories
        return In(factor, frozenset(item.code for item in scored if item.score > 0))

    def chain(self, node: ast.Compare, unit: str) -> Condition:
        sides = [node.left, *node.comparators]
        pairs = zip(sides, node.ops, sides[1:], strict=False)
        parts = tuple(self.comparison(left, op, right, unit) for left, op, right in pairs)
        return parts[0] if len(parts) == 1 else And(parts)

    def comparison(self, left: ast.expr, op: ast.cmpop, right: ast.expr, unit: str) -> Condition:
        if self.literal(left) is not None and self.literal(right) is None:
            if type(op) not in _OPS:
                raise self.fail("Write the variable on the left of `in`.", left)
            mirrored = _MIRROR[_OPS[type(op)]]
            return self.test(right, mirrored, self.values(left), unit)
        name = "in" if isinstance(op, ast.In) else "not in" if isinstance(op, ast.NotIn) else ""
        return self.test(left, name or _OPS[type(op)], self.values(right), unit)

    def test(self, node: ast.expr, op: str, values: tuple[Code, ...], unit: str) -> Condition:
        if op not in ("in", "not in") and len(values) != 1:
            raise self.fail(f"{op} compares with one value; use `in` for several.", node)
        if isinstance(node, ast.Name) and node.id not in self.codebook.derived:
            return self.membership(node, op, values, unit)
        if not all(isinstance(value, int) for value in values):
            raise self.fail("A number can be compared with whole numbers only.", node)
        linear = self.value(node, unit)
        if op in ("in", "not in"):
            found = Or(tuple(Compare(linear, "==", v) for v in values if isinstance(v, int)))
            return found if op == "in" else Not(found)
        constant = values[0]
        assert isinstance(constant, int)
        return Compare(linear, op, constant)

    def membership(self, node: ast.Name, op: str, values: tuple[Code, ...], unit: str) -> Condition:
        """Compare a variable or group with its codes."""
        self.known(node.id, unit)
        variable, codes = node.id, self.resolve(node.id, op, values)
        grouping = self.codebook.groupings.get(node.id)
        if grouping:
            variable = grouping.variable
            codes = frozenset(code for group in codes for code in grouping.members[group])
        return In(variable, codes)

    def resolve(self, name: str, op: str, values: tuple[Code, ...]) -> frozenset[Code]:
        grouping = self.codebook.groupings.get(name)
        kind = "category" if grouping else self.codebook.variables[name].kind
        domain = (
            tuple(item.code for item in grouping.categories)
            if grouping
            else self.codebook.variables[name].codes
        )
        known = frozenset(code for code in domain if code is not None)
        if kind not in ("integer", "study") or (kind == "study" and op in ("==", "in")):
            for value in values:
                if value not in known and not (kind == "study" and isinstance(value, int)):
                    raise self.unknown(f"{name} has no such value.", value, sorted(map(str, known)))
        if op in ("in", "not in", "==", "!="):
            inside = frozenset(values)
            return inside if op in ("in", "==") else known - inside
        if kind not in ("integer", "study") or not isinstance(values[0], int):
            raise self.fail(f"{name} has no order: use ==, != or in.")
        limit = values[0]
        return frozenset(c for c in known if isinstance(c, int) and compare(c, op, limit))

    # -- values -------------------------------------------------------------------------------

    def literal(self, node: ast.expr) -> tuple[Code, ...] | None:
        if isinstance(node, ast.Constant) and type(node.value) in (int, str):
            return (node.value,)  # type: ignore[return-value]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            inner = self.literal(node.operand)
            return (-inner[0],) if inner and isinstance(inner[0], int) else None
        if isinstance(node, ast.Name) and node.id == "focus":
            if self.focus is None:
                raise self.fail("No study is in focus here.", node)
            return (self.focus,)
        if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            items = [self.literal(item) for item in node.elts]
            return tuple(item[0] for item in items if item) if all(items) else None
        return None

    def values(self, node: ast.expr) -> tuple[Code, ...]:
        found = self.literal(node)
        if found is None:
            raise self.fail("A value was expected here: a number or a code in quotes.", node)
        return found

    def value(self, node: ast.expr, unit: str) -> Linear:
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            sign = 1 if isinstance(node.op, ast.Add) else -1
            return _add(self.value(node.left, unit), self.value(node.right, unit), sign)
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return Linear(constant=node.value)
        if isinstance(node, ast.Name):
            return self.named_value(node, unit)
        if isinstance(node, ast.Call):
            return self.called_value(node, unit)
        raise self.fail("A number was expected here.", node)

    def named_value(self, node: ast.Name, unit: str) -> Linear:
        self.known(node.id, unit)
        derived = self.codebook.derived.get(node.id)
        if derived:
            inner = _Parser(derived.expression, self.codebook, self.focus)
            return inner.value(_syntax(derived.expression), unit)
        variable = self.codebook.variables.get(node.id)
        if variable is None or variable.kind not in ("integer", "study"):
            raise self.fail(f"{node.id} is not a number.", node)
        known = tuple((code, code) for code in variable.codes if isinstance(code, int))
        return Linear((Weights(node.id, known),))

    def called_value(self, node: ast.Call, unit: str) -> Linear:
        name = self.function(node, ("score", "breadth", "number"))
        if name == "number":
            return Linear(numbers=((1, self.number(node, unit)),))
        weights = []
        for factor in self.factors(node, unit):
            levels = self.codebook.variables[factor].categories
            scored = ((c.code, c.score if name == "score" else int(c.score > 0)) for c in levels)
            weights.append(Weights(factor, tuple(scored)))
        return Linear(tuple(weights))

    def number(self, node: ast.Call, unit: str) -> Number:
        members = [name for name, item in self.codebook.units.items() if item.of == unit]
        if not 1 <= len(node.args) <= 2 or not isinstance(node.args[0], ast.Name):
            raise self.fail("number() takes a unit and, if wanted, a condition.", node)
        member = node.args[0].id
        if member not in members:
            raise self.unknown(f"A {unit} has no such members.", member, members)
        return Number(member, self.condition(node.args[1], member) if node.args[1:] else TRUE)

    def factors(self, node: ast.Call, unit: str) -> tuple[str, ...]:
        names = [item.id if isinstance(item, ast.Name) else "" for item in node.args]
        if names == ["all"]:
            return self.codebook.factors
        for name in names:
            if name not in self.codebook.factors:
                raise self.unknown("No such risk factor.", name, self.codebook.factors)
            self.known(name, unit)
        return tuple(names)

    # -- names --------------------------------------------------------------------------------

    def known(self, name: str, unit: str) -> None:
        allowed = self.codebook.names(unit)
        if name not in allowed:
            raise self.unknown(f"A {unit} has no such variable.", name, allowed)

    def function(self, node: ast.Call, allowed: tuple[str, ...]) -> str:
        name = node.func.id if isinstance(node.func, ast.Name) else "?"
        if name not in allowed:
            raise self.unknown("No such function here.", name, allowed)
        if node.keywords:
            raise self.fail("Arguments have no names.", node)
        return name

    # -- quantities ---------------------------------------------------------------------------

    def quantity(self, node: ast.expr) -> Quantity:
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            sign = 1 if isinstance(node.op, ast.Add) else -1
            left, right = self.quantity(node.left), self.quantity(node.right)
            terms = tuple((sign * weight, item) for weight, item in right.terms)
            return Quantity(left.terms + terms, left.constant + sign * right.constant)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            return self.multiple(node)
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return Quantity((), node.value)
        if isinstance(node, ast.Call):
            return Quantity(((1, self.aggregate(node)),))
        raise self.fail("A quantity was expected here, such as count(case, ...).", node)

    def multiple(self, node: ast.BinOp) -> Quantity:
        if not isinstance(node.left, ast.Constant) or type(node.left.value) is not int:
            raise self.fail("Write the whole number first: 2 * count(...).", node)
        factor, inner = node.left.value, self.quantity(node.right)
        terms = tuple((factor * weight, item) for weight, item in inner.terms)
        return Quantity(terms, factor * inner.constant)

    def aggregate(self, node: ast.Call) -> Aggregate:
        name = self.function(node, AGGREGATES)
        if not node.args or not isinstance(node.args[0], ast.Name):
            raise self.fail(f"{name}() starts with a unit.", node)
        unit = node.args[0].id
        if unit not in self.codebook.units:
            raise self.unknown("No such unit.", unit, self.codebook.units)
        most = {"count": 2}.get(name, 3)
        if len(node.args) > most:
            raise self.fail(f"{name}() takes at most {most} arguments.", node)
        return (
            self.shares(name, unit, node)
            if name in ("count", "percent")
            else self.moments(name, unit, node)
        )

    def shares(self, name: str, unit: str, node: ast.Call) -> Aggregate:
        if name == "percent" and len(node.args) < 2:
            raise self.fail("percent() needs a condition.", node)
        where = self.condition(node.args[1], unit) if node.args[1:] else TRUE
        base = self.condition(node.args[2], unit) if node.args[2:] else None
        return Aggregate(name, unit, where, base=base)

    def moments(self, name: str, unit: str, node: ast.Call) -> Aggregate:
        if len(node.args) < 2:
            raise self.fail(f"{name}() needs something to take the {name} of.", node)
        where = self.condition(node.args[2], unit) if node.args[2:] else TRUE
        return Aggregate(name, unit, where, value=self.value(node.args[1], unit))

    def relation(self, node: ast.expr) -> tuple[tuple[Quantity, str, Quantity], ...]:
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            return tuple(item for part in node.values for item in self.relation(part))
        if not isinstance(node, ast.Compare) or any(type(op) not in _OPS for op in node.ops):
            raise self.fail("A comparison of quantities was expected here.", node)
        sides = [self.quantity(item) for item in (node.left, *node.comparators)]
        ops = [_OPS[type(op)] for op in node.ops]
        return tuple(zip(sides, ops, sides[1:], strict=False))


def _add(left: Linear, right: Linear, sign: int) -> Linear:
    weights = tuple(
        Weights(item.variable, tuple((code, sign * weight) for code, weight in item.weights))
        for item in right.weights
    )
    numbers = tuple((sign * weight, item) for weight, item in right.numbers)
    constant = left.constant + sign * right.constant
    return Linear(left.weights + weights, left.numbers + numbers, constant)


def _syntax(text: str) -> ast.expr:
    if len(text) > _LONGEST:
        raise InputError(f"An expression may have {_LONGEST} characters at most.")
    try:
        return ast.parse(" ".join(text.split()), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", "") or "too deeply nested"
        raise InputError(Failure(f"The expression cannot be read: {reason}.", text)) from error


def _parser(text: str, codebook: Codebook, focus: int | None) -> _Parser:
    return _Parser(" ".join(text.split()), codebook, focus)


def parse_condition(
    text: str, codebook: Codebook, unit: str, focus: int | None = None
) -> Condition:
    """Parse a condition over a unit, such as ``law_group == "public"``.

    Raises
    ------
    InputError
        If a name, code or function is unknown, or the text is not a condition.
    """
    return _parser(text, codebook, focus).whole_condition(unit)


def parse_value(text: str, codebook: Codebook, unit: str, focus: int | None = None) -> Linear:
    """Parse an integer over a unit, such as ``total_score`` or ``number(child)``."""
    parser = _parser(text, codebook, focus)
    return parser.value(_syntax(parser.text), unit)


def parse(text: str, codebook: Codebook, focus: int | None = None) -> Quantity:
    """Parse a quantity.

    Parameters
    ----------
    text : str
        For example ``count(case, incident == "suicide")``.
    codebook : Codebook
    focus : int, optional
        The study year for which the name `focus` stands.

    Raises
    ------
    InputError
        If a name, code or function is unknown, or the text is not a quantity.
    """
    parser = _parser(text, codebook, focus)
    return replace(parser.quantity(_syntax(parser.text)), text=parser.text)


def parse_relation(text: str, codebook: Codebook, focus: int | None = None) -> Relation:
    """Parse comparisons of quantities, such as ``count(case, a) > count(case, b)``.

    Raises
    ------
    InputError
        As for `parse`.
    """
    parser = _parser(text, codebook, focus)
    return Relation(parser.relation(_syntax(parser.text)), parser.text)
