"""Parse conditions on a unit, such as ``law_group == "public"``, and whole numbers of a unit.

Groups, bands and derived variables are expanded here, so that the result names base variables
only. A condition may compare a number (``total_score > 10``) and a number may count members that
meet a condition (``number(child, sex == "male")``), so one class reads both.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from tally.codebook import NOT_ASKED, Code
from tally.expression import TRUE, And, Compare, Condition, In, Linear, Not, Number, Or, Weights
from tally.syntax import MIRRORED, OPERATORS, Expression, compare, one_line, tree_of

_MEMBERSHIP: dict[type[ast.cmpop], str] = {ast.In: "in", ast.NotIn: "not in"}


class ConditionParser(Expression):
    """Reads conditions and whole numbers over a unit."""

    def condition(self, node: ast.expr, unit: str) -> Condition:
        """Return the condition that a part of the expression states."""
        if isinstance(node, ast.BoolOp):
            parts = tuple(self.condition(item, unit) for item in node.values)
            return And(parts) if isinstance(node.op, ast.And) else Or(parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return Not(self.condition(node.operand, unit))
        if isinstance(node, ast.Compare):
            return self._chain(node, unit)
        if isinstance(node, ast.Call):
            return self._present(node, unit)
        if isinstance(node, ast.Name):
            return self._flag(node, unit)
        if isinstance(node, ast.Constant) and node.value is True:
            return TRUE
        raise self.fail("A condition was expected here.", node)

    def _flag(self, node: ast.Name, unit: str) -> Condition:
        if node.id == "true":
            return TRUE
        self.check_name(node.id, unit)
        if node.id not in self.codebook.derived:
            raise self.fail(f"{node.id} is not true or false: compare it with a value.", node)
        inner = self._derived(node.id)
        return inner.condition(tree_of(inner.text), unit)

    def _derived(self, name: str) -> ConditionParser:
        if name in self.within:
            raise self.fail(f"{name} is defined by itself.")
        text = one_line(self.codebook.derived[name].expression)
        return replace(self, text=text, within=(*self.within, name))

    def _present(self, node: ast.Call, unit: str) -> Condition:
        self.function(node, ("present",))
        if len(node.args) != 1 or self._is_all(node):
            raise self.fail("present() takes one risk factor.", node)
        (factor,) = self._factors(node, unit)
        scored = self.codebook.variables[factor].categories
        return In(factor, frozenset(item.code for item in scored if item.score > 0))

    def _chain(self, node: ast.Compare, unit: str) -> Condition:
        sides = [node.left, *node.comparators]
        pairs = zip(sides, node.ops, sides[1:], strict=False)
        parts = tuple(self._comparison(left, op, right, unit) for left, op, right in pairs)
        return parts[0] if len(parts) == 1 else And(parts)

    def _comparison(self, left: ast.expr, op: ast.cmpop, right: ast.expr, unit: str) -> Condition:
        name = OPERATORS.get(type(op)) or _MEMBERSHIP.get(type(op))
        if name is None:
            raise self.fail("Compare with ==, !=, <, <=, >, >=, in or not in.", left)
        if self.literal(left) is None or self.literal(right) is not None:
            return self._test(left, name, self.codes(right), unit)
        if name not in MIRRORED:
            raise self.fail("Write the variable on the left of `in`.", left)
        return self._test(right, MIRRORED[name], self.codes(left), unit)

    def _test(self, node: ast.expr, op: str, codes: tuple[Code, ...], unit: str) -> Condition:
        if op not in ("in", "not in") and len(codes) != 1:
            raise self.fail(f"{op} compares with one value; use `in` for several.", node)
        if isinstance(node, ast.Name) and node.id not in self.codebook.derived:
            return self._membership(node, op, codes, unit)
        numbers = tuple(code for code in codes if isinstance(code, int))
        if len(numbers) < len(codes):
            raise self.fail("A number can be compared with whole numbers only.", node)
        linear = self.value(node, unit)
        if op == "in":
            return Or(tuple(Compare(linear, "==", number) for number in numbers))
        if op == "not in":
            return And(tuple(Compare(linear, "!=", number) for number in numbers))
        return Compare(linear, op, numbers[0])

    def _membership(self, node: ast.Name, op: str, codes: tuple[Code, ...], unit: str) -> Condition:
        """Compare a variable or group with its codes."""
        self.check_name(node.id, unit)
        grouping = self.codebook.groupings.get(node.id)
        if grouping is None:
            return In(node.id, self._chosen(node.id, op, codes))
        groups = self._chosen(node.id, op, codes)
        members = frozenset(code for group in groups for code in grouping.members[group])
        return In(grouping.variable, members)

    def _chosen(self, name: str, op: str, codes: tuple[Code, ...]) -> frozenset[Code]:
        """Return the codes of a variable or group for which a comparison holds."""
        known, codes = self._domain(name), self._current(name, codes)
        if op in ("in", "==", "not in", "!="):
            self._check_codes(name, codes)
            chosen = frozenset(codes)
            return chosen if op in ("in", "==") else frozenset(known) - chosen
        if self._kind(name) not in ("integer", "study"):
            raise self.fail(f"{name} has no order: use ==, != or in.")
        limit = codes[0]
        if not isinstance(limit, int):
            raise self.fail(f"{name} is a number: compare it with a whole number.")
        return frozenset(
            code for code in known if isinstance(code, int) and compare(code, op, limit)
        )

    def _current(self, name: str, codes: tuple[Code, ...]) -> tuple[Code, ...]:
        """Return codes as the frame has them now, former ones among them."""
        now = {text: item.code for item in self.codebook.categories(name) for text in item.alias}
        return tuple(now.get(str(code), code) for code in codes)

    def _kind(self, name: str) -> str:
        variable = self.codebook.variables.get(name)
        return variable.kind if variable else "category"

    def _domain(self, name: str) -> tuple[Code, ...]:
        grouping = self.codebook.groupings.get(name)
        codes = (
            tuple(item.code for item in grouping.categories)
            if grouping
            else self.codebook.variables[name].codes
        )
        return tuple(code for code in codes if code not in (None, NOT_ASKED))

    def _check_codes(self, name: str, codes: tuple[Code, ...]) -> None:
        # A study that a dataset does not hold is no mistake: the shipped frame names five.
        kind, known = self._kind(name), self._domain(name)
        every = self.codebook.variables[name].codes if name in self.codebook.variables else known
        for code in codes:
            if code not in every and not (kind == "study" and isinstance(code, int)):
                raise self.unknown(f"{name} has no such value.", code, known)

    # -- whole numbers ------------------------------------------------------------------------

    def value(self, node: ast.expr, unit: str) -> Linear:
        """Return the whole number of a unit that a part of the expression states."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            sign = 1 if isinstance(node.op, ast.Add) else -1
            return _add(self.value(node.left, unit), self.value(node.right, unit), sign)
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return Linear(constant=node.value)
        if isinstance(node, ast.Name):
            return self._named_value(node, unit)
        if isinstance(node, ast.Call):
            return self._called_value(node, unit)
        raise self.fail("A number was expected here.", node)

    def _named_value(self, node: ast.Name, unit: str) -> Linear:
        self.check_name(node.id, unit)
        if node.id in self.codebook.derived:
            inner = self._derived(node.id)
            return inner.value(tree_of(inner.text), unit)
        if self._kind(node.id) not in ("integer", "study"):
            raise self.fail(f"{node.id} is not a number.", node)
        codes = self.codebook.variables[node.id].codes
        return Linear((Weights(node.id, tuple((c, c) for c in codes if isinstance(c, int))),))

    def _called_value(self, node: ast.Call, unit: str) -> Linear:
        name = self.function(node, ("score", "breadth", "number"))
        if name == "number":
            return Linear(numbers=((1, self._number(node, unit)),))
        weights = []
        for factor in self._factors(node, unit):
            levels = self.codebook.variables[factor].categories
            scored = ((c.code, c.score if name == "score" else int(c.score > 0)) for c in levels)
            weights.append(Weights(factor, tuple(scored)))
        return Linear(tuple(weights))

    def _number(self, node: ast.Call, unit: str) -> Number:
        members = [name for name, item in self.codebook.units.items() if item.of == unit]
        if not 1 <= len(node.args) <= 2 or not isinstance(node.args[0], ast.Name):
            raise self.fail("number() takes a unit and, if wanted, a condition.", node)
        member = node.args[0].id
        if member not in members:
            raise self.unknown(f"A {unit} has no such members.", member, members)
        return Number(member, self.condition(node.args[1], member) if node.args[1:] else TRUE)

    def _factors(self, node: ast.Call, unit: str) -> tuple[str, ...]:
        if self._is_all(node):
            return self.codebook.factors
        names = [item.id if isinstance(item, ast.Name) else "?" for item in node.args]
        if not names:
            raise self.fail("Name the risk factors, or write all.", node)
        for name in names:
            if name not in self.codebook.factors:
                raise self.unknown("No such risk factor.", name, self.codebook.factors)
            self.check_name(name, unit)
        return tuple(names)

    @staticmethod
    def _is_all(node: ast.Call) -> bool:
        return (
            len(node.args) == 1 and isinstance(node.args[0], ast.Name) and node.args[0].id == "all"
        )


def _add(left: Linear, right: Linear, sign: int) -> Linear:
    weights = tuple(
        Weights(item.variable, tuple((code, sign * weight) for code, weight in item.weights))
        for item in right.weights
    )
    numbers = tuple((sign * weight, item) for weight, item in right.numbers)
    constant = left.constant + sign * right.constant
    return Linear(left.weights + weights, left.numbers + numbers, constant)
