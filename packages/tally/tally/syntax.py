"""Read text as Python's expression syntax, without running it, and say what is wrong with it.

What the parsers of `tally.conditions` and `tally.language` share: the syntax tree of a text within
limits, literals, and errors that name the expression and list what is allowed. `simplified` writes
a text for readers.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from tally.codebook import Code, Codebook
from tally.errors import Failure, InputError
from tally.expression import OPERATORS as TESTS

OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
LONGEST = 4000
DEEPEST = 100
GREATEST = 10**9


def compare(left: int | Fraction, op: str, right: int | Fraction) -> bool:
    """Say whether ``left op right`` holds, for any of the six comparison operators."""
    return bool(TESTS[op](left, right))


def one_line(text: str) -> str:
    """Return text with every run of white space as one space."""
    return " ".join(text.split())


def tree_of(text: str) -> ast.expr:
    """Return the syntax tree of an expression.

    Raises
    ------
    InputError
        If the text is no expression, is longer than `LONGEST` characters, is nested more than
        `DEEPEST` levels, or holds a whole number above `GREATEST`.
    """
    if len(text) > LONGEST:
        raise InputError(f"An expression may have {LONGEST} characters at most.")
    try:
        node = ast.parse(one_line(text), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", "") or "too deeply nested"
        raise InputError(Failure(f"The expression cannot be read: {reason}.", text)) from error
    _check_size(node, text)
    return node


@lru_cache(maxsize=8192)
def simplified(text: str) -> str:
    """Write an expression as a reader would: no needless brackets, nothing that is always true.

    Examples
    --------
    >>> simplified('count(case, (true) and (law == "s31"))')
    'count(case, law == "s31")'
    """
    return ast.unparse(_Simpler().visit(tree_of(text)))


class _Joined(str):
    """Conditions joined by a word, as text: `ast.unparse` would put brackets around the third."""

    __slots__ = ("parts", "word")
    word: str
    parts: list[ast.expr]


def _join(word: str, parts: list[ast.expr]) -> ast.Name:
    text = _Joined(f" {word} ".join(map(_bracketed, parts)))
    text.word, text.parts = word, parts
    return ast.Name(text)


def _joined(node: ast.expr) -> _Joined | None:
    return node.id if isinstance(node, ast.Name) and isinstance(node.id, _Joined) else None


def _bracketed(node: ast.expr) -> str:
    text = ast.unparse(node)
    return f"({text})" if _joined(node) else text


class _Simpler(ast.NodeTransformer):
    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        word = "and" if isinstance(node.op, ast.And) else "or"
        parts: list[ast.expr] = []
        for item in map(self.visit, node.values):
            inner = _joined(item)
            parts += inner.parts if inner and inner.word == word else [item]
        if word == "and":
            parts = [part for part in parts if not _is_true(part)] or [ast.Name("true")]
        return parts[0] if len(parts) == 1 else _join(word, parts)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        if _joined(node.operand):
            node.operand = ast.Name(_bracketed(node.operand))
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        least = 1 if name == "number" else 2
        while len(node.args) > least and _is_true(node.args[-1]):
            node.args.pop()
        if name == "count" and len(node.args) == 1:
            node.args.append(ast.Name("true"))
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        # Written as it stands, since `ast.unparse` would put codes in single quotes.
        if isinstance(node.value, str):
            return ast.Name(json.dumps(node.value, ensure_ascii=False))
        return node


def _is_true(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id == "true") or (
        isinstance(node, ast.Constant) and node.value is True
    )


def _check_size(node: ast.expr, text: str) -> None:
    """Refuse a tree that would exhaust the stack, or numbers that would not fit an integer."""
    level: list[ast.AST] = [node]
    depth = 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise InputError(Failure(f"The expression is nested more than {DEEPEST} deep.", text))
        if any(_too_great(item) for item in level):
            raise InputError(Failure(f"A number may be {GREATEST} at most.", text))
        level = [child for item in level for child in ast.iter_child_nodes(item)]


def _too_great(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int) and node.value > GREATEST


@dataclass(frozen=True)
class Expression:
    """The text of one expression and what its names may mean.

    Parameters
    ----------
    focus : int or None
        The study year for which the name `focus` stands.
    within : tuple of str
        Derived variables whose expressions lead here.
    """

    text: str
    codebook: Codebook
    focus: int | None = None
    within: tuple[str, ...] = ()

    def fail(self, rule: str, node: ast.AST | None = None) -> InputError:
        """Return the error of a part of the expression that breaks a rule."""
        source = ast.get_source_segment(self.text, node) if isinstance(node, ast.expr) else ""
        return InputError(Failure(rule, f"expression {self.text!r}", value=source or ""))

    def unknown(self, rule: str, name: object, allowed: Iterable[object]) -> InputError:
        """Return the error of a name or code that is not among those allowed."""
        place = f"expression {self.text!r}"
        return InputError(self.codebook.unknown(rule, name, allowed, place=place))

    def check_name(self, name: str, unit: str) -> None:
        """Refuse a name that cannot be used on a unit."""
        allowed = self.codebook.names(unit)
        if name not in allowed:
            raise self.unknown(f"A {unit} has no such variable.", name, allowed)

    def function(self, node: ast.Call, allowed: tuple[str, ...]) -> str:
        """Return the name of the function that is called, if it is one of those allowed."""
        name = node.func.id if isinstance(node.func, ast.Name) else "?"
        if name not in allowed:
            raise self.unknown("No such function here.", name, allowed)
        if node.keywords:
            raise self.fail("Arguments have no names.", node)
        return name

    def literal(self, node: ast.expr) -> tuple[Code, ...] | None:
        """Return the codes or whole numbers that are written out, or None if it is no literal."""
        if isinstance(node, ast.Constant):
            return (node.value,) if type(node.value) in (int, str) else None  # type: ignore[return-value]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            inner = self.literal(node.operand)
            return (-inner[0],) if inner and isinstance(inner[0], int) else None
        if isinstance(node, ast.Name) and node.id == "focus":
            return (self.study_in_focus(node),)
        if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            items = [self.literal(item) for item in node.elts]
            return tuple(item[0] for item in items if item) if all(items) else None
        return None

    def study_in_focus(self, node: ast.Name) -> int:
        """Return the study year for which `focus` stands."""
        if self.focus is None:
            raise self.fail("No study is in focus here.", node)
        return self.focus

    def codes(self, node: ast.expr) -> tuple[Code, ...]:
        """Return the codes or whole numbers that are written out."""
        found = self.literal(node)
        if found is None:
            raise self.fail("A value was expected here: a number or a code in quotes.", node)
        return found
