"""The conditions of one file, as sets of literals: what is tested, and whether it must hold or must not.

A condition that is an `or` is kept as the conjunction of its negated literals, so that a test and its negation, in
whatever form De Morgan's laws give it, hold the same literals. Comparisons keep one form (`!=` is a negated `==`,
constants stand on the right), and local names are marked, so that conditions of different functions can be compared.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeGuard

from metrics.outline import CHILDREN, Scope

# Marks around names in a rendered atom. Control characters never appear in what `repr` or an identifier gives.
# RECEIVER: something of it is read; GIVEN and BARE: a parameter, and another local, that is read as it is; OWN and
# OWN_CLASS: attributes of the method's object and class.
RECEIVER, BARE, GIVEN, OWN, OWN_CLASS, END = "\x01", "\x02", "\x06", "\x04", "\x05", "\x03"
NEGATED = {ast.NotEq: "==", ast.IsNot: "is", ast.NotIn: "in"}
OPERATORS = {ast.Eq: "==", ast.Is: "is", ast.In: "in", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
MIRRORED = {"==": "==", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

_REMOVABLE = (ast.expr, ast.keyword, ast.comprehension)
_TELLING = frozenset({ast.Attribute, ast.Call, ast.Subscript, ast.JoinedStr})
TRUTH_FUNCTIONS = frozenset({"isinstance", "issubclass", "callable", "hasattr", "bool", "all", "any"})

Position = tuple[int, int, int, int]
"""First line, column in UTF-8 bytes, last line, column behind the last byte."""
LiteralFacts = tuple[bool, str, int, bool, Position]
"""Polarity, marked text, mass, whether it is more than a bare name, place."""
ConditionFacts = tuple[str, str, bool, int, int, list[LiteralFacts]]
"""Function, its class (or nothing), whether it is an `or`, first line, last line, literals (at least one)."""


def read_conditions(scopes: Iterable[Scope]) -> list[ConditionFacts]:
    """Every condition inside the functions, in the order of the text."""
    found = [condition for scope in scopes if scope.is_function for condition in _Reader(scope).conditions()]
    return sorted(found, key=lambda condition: condition[5][0][4])


class _Reader:
    """Reads the conditions of one function, those of nested functions left out."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.tested: set[ast.AST] = set()
        self.joined: set[ast.AST] = set()
        self.nested: set[ast.AST] = set()
        """Operators of the other kind below what was joined: their value is tested too."""

    def conditions(self) -> Iterator[ConditionFacts]:
        for node in self.scope.tests:
            tests = joined_tests(node)
            if tests and tests[0] not in self.tested:
                yield self.condition(tests)
            if isinstance(node, ast.UnaryOp) and node.operand not in self.joined:
                yield self.condition([node])
            if isinstance(node, ast.BoolOp) and node not in self.joined and not self._is_default(node):
                yield self.condition([node])

    def _is_default(self, node: ast.BoolOp) -> bool:
        """Whether an `or` whose value is used picks the first usable value: none of its operands is a truth value."""
        is_value = isinstance(node.op, ast.Or) and node not in self.nested
        return is_value and not any(map(is_truth_value, node.values))

    def condition(self, tests: Sequence[ast.expr]) -> ConditionFacts:
        found: list[tuple[bool, ast.expr]] = []
        is_or = self._flatten(tests[0], len(tests) > 1, found)
        for test in tests[1:]:
            self._flatten(test, True, found)
        self.nested.update(node for _, node in found if isinstance(node, ast.BoolOp))
        literals = [self.literal(is_true, is_or, node) for is_true, node in found]
        first, last = tests[0], tests[-1]
        scope = self.scope
        return (scope.qualname, scope.owner, is_or, first.lineno, last.end_lineno or last.lineno, literals)

    def _flatten(self, test: ast.expr, is_conjunct: bool, found: list[tuple[bool, ast.expr]]) -> bool:
        """Add the literals of a test; whether it is an `or`. A conjunct that is an `or` stays one literal."""
        self.tested.add(test)
        operator = "and" if is_conjunct else None
        return flatten(test, False, operator, found, self.joined) == "or"

    def literal(self, is_true: bool, is_or: bool, node: ast.expr) -> LiteralFacts:
        node = bare(node)
        text, is_negated = render(node, self.scope)
        polarity = (is_true != is_or) != is_negated
        position = (node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or 0)
        mass, is_telling = weighed(node)
        return polarity, text, mass + (not is_true and not isinstance(node, ast.Compare)), is_telling, position


def is_truth_value(node: ast.expr) -> bool:
    """Whether an expression can only be true or false, as far as its form tells."""
    if isinstance(node, ast.BoolOp):
        return all(map(is_truth_value, node.values))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in TRUTH_FUNCTIONS
    is_not = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    return is_not or isinstance(node, ast.Compare) or (isinstance(node, ast.Constant) and isinstance(node.value, bool))


def bare(node: ast.expr) -> ast.expr:
    """The expression that is tested: without the name it is bound to on the way."""
    return node.value if isinstance(node, ast.NamedExpr) else node


def joined_tests(node: ast.AST) -> list[ast.expr]:
    """The tests that must all hold for what a statement or clause guards: several for ifs that only hold another if."""
    if isinstance(node, ast.If):
        tests, inner = [node.test], node
        while not inner.orelse and len(inner.body) == 1 and isinstance(inner.body[0], ast.If):
            inner = inner.body[0]
            if inner.orelse:
                break
            tests.append(inner.test)
        return tests
    if isinstance(node, (ast.While, ast.IfExp, ast.Assert)):
        return [node.test]
    if isinstance(node, ast.comprehension):
        return node.ifs
    if isinstance(node, ast.match_case):
        return [node.guard] if node.guard else []
    return []


def flatten(
    node: ast.expr,
    is_negated: bool,
    operator: str | None,
    found: list[tuple[bool, ast.expr]],
    joined: set[ast.AST] | None = None,
) -> str | None:
    """Add the operands that `and` (or else `or`) joins, whether each must hold; the operator that joined them."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return flatten(node.operand, not is_negated, operator, found, joined)
    if isinstance(node, ast.BoolOp):
        own = "and" if isinstance(node.op, ast.And) != is_negated else "or"
        if operator in (None, own):
            if joined is not None:
                joined.add(node)
            for value in node.values:
                flatten(value, is_negated, own, found, joined)
            return own
    found.append((not is_negated, node))
    return operator


def render(node: ast.expr, scope: Scope) -> tuple[str, bool]:
    """An atom as marked text in one form, and whether that form is the negation of what stands there."""
    node = bare(node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        text, is_negated = render(node.operand, scope)
        return text, not is_negated
    if is_comparison(node):
        return _comparison(node, scope)
    if isinstance(node, ast.BoolOp):
        found: list[tuple[bool, ast.expr]] = []
        is_or = flatten(node, False, None, found) == "or"
        rendered = [(*render(part, scope), is_true) for is_true, part in found]
        signs = sorted(f"{'+' if (is_true != flips) != is_or else '-'}{text}" for text, flips, is_true in rendered)
        return f"({' '.join(signs)})", is_or
    return marked_text(node, scope), False


def is_comparison(node: ast.AST) -> TypeGuard[ast.Compare]:
    """Whether an expression compares two things, and not more in a row."""
    return isinstance(node, ast.Compare) and len(node.ops) == 1


def _comparison(node: ast.Compare, scope: Scope) -> tuple[str, bool]:
    left, right, kind = node.left, node.comparators[0], type(node.ops[0])
    is_negated = kind in NEGATED
    operator = NEGATED.get(kind) or OPERATORS[kind]
    if isinstance(left, ast.Constant) and not isinstance(right, ast.Constant) and operator in MIRRORED:
        left, right, operator = right, left, MIRRORED[operator]
    return f"{marked_text(left, scope)} {operator} {marked_text(right, scope)}", is_negated


def marked_text(node: ast.AST, scope: Scope) -> str:
    """Any node as text, local names marked; only compared, never shown."""
    if isinstance(node, ast.Name):
        return _marked_name(node.id, scope)
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        return _marked_part(node, scope)
    if isinstance(node, ast.Constant):
        return repr(node.value)
    if isinstance(node, ast.Call):
        given = [marked_text(argument, scope) for argument in node.args]
        given += [f"{keyword.arg or '**'}={marked_text(keyword.value, scope)}" for keyword in node.keywords]
        return f"{marked_text(node.func, scope)}({', '.join(given)})"
    if isinstance(node, ast.BoolOp) or is_comparison(node):
        text, is_negated = render(node, scope)
        return f"!{text}" if is_negated else f"?{text}"
    fields = (value if isinstance(value, list) else [value] for _, value in ast.iter_fields(node))
    parts = [marked_text(item, scope) if isinstance(item, ast.AST) else repr(item) for row in fields for item in row]
    return f"{type(node).__name__}({', '.join(parts)})"


def _marked_name(name: str, scope: Scope) -> str:
    if name not in scope.names:
        return name
    return f"{GIVEN if name in scope.parameters else BARE}{name}{END}"


def _marked_part(node: ast.Attribute | ast.Subscript, scope: Scope) -> str:
    part = f".{node.attr}" if isinstance(node, ast.Attribute) else f"[{marked_text(node.slice, scope)}]"
    root = node.value
    if not isinstance(root, ast.Name) or root.id not in scope.names:
        return marked_text(root, scope) + part
    if root.id == scope.instance and isinstance(node, ast.Attribute):
        return f"{OWN_CLASS if scope.is_classmethod else OWN}{node.attr}{END}"
    return f"{RECEIVER}{root.id}{END}{part}"


def node_mass(node: ast.AST) -> int:
    """Removable nodes of an expression: expressions, keywords and comprehension clauses."""
    return weighed(node)[0]


def weighed(node: ast.AST) -> tuple[int, bool]:
    """The removable nodes of an expression, and whether it says what it is about.

    It does if it has an attribute, a call, a subscript or a text in it.
    """
    mass, is_telling = 0, False
    nodes: list[Any] = [node]
    while nodes:
        part = nodes.pop()
        kind = part.__class__
        if kind is ast.Name:
            mass += 1
        elif kind is ast.Constant:
            mass += 1
            is_telling = is_telling or (isinstance(part.value, (str, bytes)) and bool(part.value))
        elif part is not None:
            mass += issubclass(kind, _REMOVABLE)
            is_telling = is_telling or kind in _TELLING
            for name in CHILDREN[kind]:
                value = getattr(part, name)
                if value.__class__ is list:
                    nodes += value
                elif value is not None:
                    nodes.append(value)
    return mass, is_telling
