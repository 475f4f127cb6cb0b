"""The language in which conditions and quantities are written: a safe subset of Python's syntax.

Examples
--------
``count(case, law_group == "public" and incident == "death_homicide")``,
``percent(child, sex == "female")``, ``mean(case, total_score, study == 2017)``,
``count(case, number(child) > 1) < count(case, number(child) == 1)``.

Text is parsed and never run. An unknown name, code or function is an `InputError` that lists what
is allowed.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import lru_cache

from tally.codebook import Codebook
from tally.conditions import ConditionParser
from tally.errors import InputError
from tally.expression import TRUE, Aggregate, Condition, Linear, Quantity, Relation
from tally.syntax import OPERATORS, compare, one_line, tree_of

__all__ = [
    "AGGREGATES", "compare", "parse", "parse_condition", "parse_derived", "parse_relation",
    "parse_value",
]  # fmt: skip

AGGREGATES = ("count", "percent", "mean", "sum", "min", "max", "median")


class _QuantityParser(ConditionParser):
    """Reads quantities and comparisons of them."""

    def quantity(self, node: ast.expr) -> Quantity:
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            sign = 1 if isinstance(node.op, ast.Add) else -1
            left, right = self.quantity(node.left), self.quantity(node.right)
            terms = tuple((sign * weight, item) for weight, item in right.terms)
            return Quantity(left.terms + terms, left.constant + sign * right.constant)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            return self._multiple(node)
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return Quantity((), node.value)
        if isinstance(node, ast.Call):
            return Quantity(((1, self._aggregate(node)),))
        raise self.fail("A quantity was expected here, such as count(case, ...).", node)

    def _multiple(self, node: ast.BinOp) -> Quantity:
        if not isinstance(node.left, ast.Constant) or type(node.left.value) is not int:
            raise self.fail("Write the whole number first: 2 * count(...).", node)
        factor, inner = node.left.value, self.quantity(node.right)
        terms = tuple((factor * weight, item) for weight, item in inner.terms)
        return Quantity(terms, factor * inner.constant)

    def _aggregate(self, node: ast.Call) -> Aggregate:
        name = self.function(node, AGGREGATES)
        if not node.args or not isinstance(node.args[0], ast.Name):
            raise self.fail(f"{name}() starts with a unit.", node)
        unit = node.args[0].id
        if unit not in self.codebook.units:
            raise self.unknown("No such unit.", unit, self.codebook.units)
        most = 2 if name == "count" else 3
        if len(node.args) > most:
            raise self.fail(f"{name}() takes at most {most} arguments.", node)
        read = self._share if name in ("count", "percent") else self._moment
        return read(name, unit, node)

    def _share(self, name: str, unit: str, node: ast.Call) -> Aggregate:
        if name == "percent" and len(node.args) < 2:
            raise self.fail("percent() needs a condition.", node)
        where = self.condition(node.args[1], unit) if node.args[1:] else TRUE
        base = self.condition(node.args[2], unit) if node.args[2:] else None
        return Aggregate(name, unit, where, base=base)

    def _moment(self, name: str, unit: str, node: ast.Call) -> Aggregate:
        if len(node.args) < 2:
            raise self.fail(f"{name}() needs something to take the {name} of.", node)
        where = self.condition(node.args[2], unit) if node.args[2:] else TRUE
        return Aggregate(name, unit, where, value=self.value(node.args[1], unit))

    def relation(self, node: ast.expr) -> tuple[tuple[Quantity, str, Quantity], ...]:
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            return tuple(item for part in node.values for item in self.relation(part))
        if not isinstance(node, ast.Compare) or any(type(op) not in OPERATORS for op in node.ops):
            raise self.fail("A comparison of quantities was expected here.", node)
        sides = [self.quantity(item) for item in (node.left, *node.comparators)]
        ops = [OPERATORS[type(op)] for op in node.ops]
        return tuple(zip(sides, ops, sides[1:], strict=False))


def parse_condition(
    text: str, codebook: Codebook, unit: str, focus: int | None = None
) -> Condition:
    """Parse a condition over a unit, such as ``law_group == "public"``.

    Raises
    ------
    InputError
        If a name, code or function is unknown, or the text is not a condition.
    """
    return ConditionParser(one_line(text), codebook, focus).condition(tree_of(text), unit)


def parse_value(text: str, codebook: Codebook, unit: str, focus: int | None = None) -> Linear:
    """Parse an integer over a unit, such as ``total_score`` or ``number(child)``.

    Raises
    ------
    InputError
        As for `parse_condition`.
    """
    return ConditionParser(one_line(text), codebook, focus).value(tree_of(text), unit)


def parse_derived(name: str, codebook: Codebook) -> Condition | Linear:
    """Parse a derived variable of the frame: a condition, or a whole number.

    Raises
    ------
    InputError
        If its expression is neither.
    """
    item = codebook.derived[name]
    try:
        return parse_condition(item.expression, codebook, item.unit)
    except InputError as error:
        try:
            return parse_value(item.expression, codebook, item.unit)
        except InputError:
            raise error from None


@lru_cache(maxsize=8192)  # tables and claims ask for the same quantities again and again
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
    parser = _QuantityParser(one_line(text), codebook, focus)
    return replace(parser.quantity(tree_of(text)), text=parser.text)


def parse_relation(text: str, codebook: Codebook, focus: int | None = None) -> Relation:
    """Parse comparisons of quantities, such as ``count(case, a) > count(case, b)``.

    Raises
    ------
    InputError
        As for `parse`.
    """
    parser = _QuantityParser(one_line(text), codebook, focus)
    return Relation(parser.relation(tree_of(text)), parser.text)
