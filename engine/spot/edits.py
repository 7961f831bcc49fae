"""The closed set of small edits that a slip would be: another name in scope, another operator, one off, swapped."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.spot.functions import Function

NAME, OPERATOR, NUMBER, ARGUMENTS = SORTS = ("name", "operator", "number", "arguments")
_MOST_NAMES = 24
_LARGEST = 1000
_COMPARISONS = {
    "<": ("<=", ">", ">="),
    "<=": ("<", ">=", ">"),
    ">": (">=", "<", "<="),
    ">=": (">", "<=", "<"),
    "==": ("!=",),
    "!=": ("==",),
    "in": ("not in",),
    "not in": ("in",),
    "is": ("is not",),
    "is not": ("is",),
}
_ARITHMETIC = {
    "+": ("-",),
    "-": ("+",),
    "*": ("/", "+"),
    "/": ("*", "//"),
    "//": ("/", "%"),
    "%": ("//", "/"),
    "|": ("&",),
    "&": ("|",),
    "<<": (">>",),
    ">>": ("<<",),
}
_LOGIC = {"and": ("or",), "or": ("and",)}
_SIGNS = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.In: "in",
    ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not", ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/",
    ast.FloorDiv: "//", ast.Mod: "%", ast.BitOr: "|", ast.BitAnd: "&", ast.LShift: "<<", ast.RShift: ">>",
    ast.And: "and", ast.Or: "or",
}  # fmt: skip


@dataclass(frozen=True)
class SmallEdit:
    """Other text for the characters `start` to `end` of a function's text, and of which sort the slip would be."""

    sort: str
    start: int
    end: int
    text: str

    def applied(self, text: str) -> str:
        """The function's text with the edit in it."""
        return text[: self.start] + self.text + text[self.end :]


def small_edits(function: Function) -> list[SmallEdit]:
    """Every edit of the closed set, in the order of the text; what the body says, not the signature."""
    walk = _Walk(function)
    for statement in function.node.body:
        walk.visit(statement)
    return sorted(walk.found, key=lambda edit: (edit.start, edit.end, edit.text))


class _Walk(ast.NodeVisitor):
    """Collects edits on the way through a function; a name that a comprehension binds is in scope within it only."""

    def __init__(self, function: Function):
        self.function = function
        self.found: list[SmallEdit] = []
        everywhere = {node.arg for node in ast.walk(function.node) if isinstance(node, ast.arg)}
        inside = [target for node in ast.walk(function.node) if isinstance(node, ast.comprehension)
                  for target in ast.walk(node.target)]  # fmt: skip
        for node in ast.walk(function.node):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node not in inside:
                everywhere.add(node.id)
        self.scope = everywhere - {"self", "cls", "_"}

    def visit(self, node: ast.AST) -> None:
        """As any visitor does; the names that a comprehension binds are in scope below it."""
        before = self.scope
        for part in getattr(node, "generators", ()):
            self.scope = self.scope | {name.id for name in ast.walk(part.target) if isinstance(name, ast.Name)} - {"_"}
        super().visit(node)
        self.scope = before

    def visit_Name(self, node: ast.Name) -> None:
        """Another name in scope; a name from outside stays what it is."""
        if isinstance(node.ctx, ast.Load) and node.id in self.scope:
            others = sorted(self.scope - {node.id})[:_MOST_NAMES]
            self._replace(NAME, *self.function.span(node), others)

    def visit_Compare(self, node: ast.Compare) -> None:
        """Another comparison."""
        for left, operator, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
            self._between(left, right, operator, _COMPARISONS)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """Another arithmetic operator; `%` behind a text formats it."""
        is_text = isinstance(node.left, ast.JoinedStr | ast.Constant) and not isinstance(
            getattr(node.left, "value", ""), int | float
        )
        if not is_text:
            self._between(node.left, node.right, node.op, _ARITHMETIC)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        """`and` for `or`, where one of them stands alone."""
        if len(node.values) == 2:
            self._between(node.values[0], node.values[1], node.op, _LOGIC)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """Another operator before the equals sign."""
        self._between(node.target, node.value, node.op, _ARITHMETIC)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """`not x` as `x`."""
        if isinstance(node.op, ast.Not):
            start, end = self.function.span(node)
            inner = self.function.span(node.operand)
            self._replace(OPERATOR, start, end, [self.function.text[slice(*inner)]])
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """The next whole number or the one before, or the other truth value."""
        if isinstance(node.value, bool):
            self._replace(OPERATOR, *self.function.span(node), [str(not node.value)])
        elif isinstance(node.value, int) and node.value < _LARGEST:
            near = [value for value in (node.value - 1, node.value + 1) if value >= 0]
            self._replace(NUMBER, *self.function.span(node), [str(value) for value in near])

    def visit_Call(self, node: ast.Call) -> None:
        """Two neighbouring arguments in the other order."""
        for left, right in zip(node.args, node.args[1:], strict=False):
            if not isinstance(left, ast.Starred) and not isinstance(right, ast.Starred):
                (start, end), (start2, end2), text = *map(self.function.span, (left, right)), self.function.text
                self._replace(ARGUMENTS, start, end2, [text[start2:end2] + text[end:start2] + text[start:end]])
        self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Left alone: what stands within has no place of its own before Python 3.12."""

    def _between(
        self, left: ast.expr, right: ast.expr, operator: ast.AST, table: Mapping[str, tuple[str, ...]]
    ) -> None:
        sign = _SIGNS.get(type(operator), "")
        start, end = self.function.span(left)[1], self.function.span(right)[0]
        places = list(re.finditer(r"\s+".join(map(re.escape, sign.split())), self.function.text[start:end]))
        if sign in table and len(places) == 1:
            place = places[0]
            self._replace(OPERATOR, start + place.start(), start + place.end(), table[sign])

    def _replace(self, sort: str, start: int, end: int, texts: Sequence[str]) -> None:
        own = self.function.text[start:end]
        self.found += [SmallEdit(sort, start, end, text) for text in texts if text != own]


def by_statement(function: Function, edits: Sequence[SmallEdit]) -> Iterator[tuple[int, SmallEdit]]:
    """Each edit with the number of the statement it lies in; what lies in none is left out."""
    for edit in edits:
        inside = [n for n, one in enumerate(function.statements) if one.start <= edit.start < one.end]
        if inside:
            yield inside[-1], edit
