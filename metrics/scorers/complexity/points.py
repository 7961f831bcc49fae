"""The two numbers of a function's control flow: cognitive complexity as SonarSource counts it, paths as McCabe does."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from metrics.outline import FUNCTIONS

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_NESTS = {*_LOOPS, ast.If, ast.IfExp, ast.ExceptHandler, ast.Match}
_DECISIONS: dict[type[ast.AST], Callable[[Any], int] | None] = {
    ast.If: None,
    ast.IfExp: None,
    ast.Assert: None,
    ast.BoolOp: lambda node: len(node.values) - 1,
    ast.comprehension: lambda node: 1 + len(node.ifs),
    ast.Try: lambda node: len(node.handlers) + bool(node.orelse),
    ast.TryStar: lambda node: len(node.handlers) + bool(node.orelse),
    ast.Match: lambda node: sum(not _is_wildcard(case.pattern) for case in node.cases),
    **dict.fromkeys(_LOOPS, lambda node: 1 + bool(node.orelse)),
}
"""How many paths a node adds, where that is not always one."""

Nodes = Mapping[type[ast.AST], Sequence[Any]]
"""The nodes of a function and of what is nested in it, by class."""


def cyclomatic_complexity(nodes: Nodes) -> int:
    """McCabe's number of independent paths of the function that has these nodes."""
    paths = 1
    for kind in _DECISIONS.keys() & nodes.keys():
        count = _DECISIONS[kind]
        paths += len(nodes[kind]) if count is None else sum(map(count, nodes[kind]))
    return paths


def _is_wildcard(pattern: ast.pattern) -> bool:
    return isinstance(pattern, ast.MatchAs) and pattern.pattern is None


def most_points(nodes: Nodes, levels: int) -> int:
    """What the complexity cannot exceed, however deep its parts lie: to count them is cheaper than to look."""
    count = sum([len(nodes[kind]) for kind in _NESTS & nodes.keys()])
    levels += len(nodes.get(ast.Lambda, ()))
    # Of n that nest the last lies below all others, nested functions and lambdas; each may have an `else`.
    return count * (count + 1) // 2 + count * levels + len(nodes.get(ast.BoolOp, ())) + 1


def cognitive_complexity(function: Any, nodes: Nodes, owners: Collection[str] = ()) -> int:
    """The points of the function that has these nodes; `owners` are the names by which a method knows its class."""
    runs = sum(map(_runs, nodes.get(ast.BoolOp, ())))
    calls_itself = any(_calls(call, function.name, owners) for call in nodes.get(ast.Call, ()))
    choices = [choice.lineno for choice in nodes.get(ast.IfExp, ())]
    return _Nesting(choices).function(function) + runs + calls_itself


def _runs(node: ast.BoolOp) -> int:
    """The runs of like operators that begin here, in the order of the text: an `and` between two `or` parts them."""
    kinds = [value.op.__class__ if isinstance(value, ast.BoolOp) else None for value in node.values]
    parted = kinds[1:-1].count(ast.And) if isinstance(node.op, ast.Or) else 0
    return 1 + parted - kinds.count(node.op.__class__)


class _Nesting:
    """Adds up the points of what nests: statements, and conditional expressions, which begin on the lines `choices`."""

    def __init__(self, choices: Sequence[int]) -> None:
        self.choices = choices

    def function(self, node: Any) -> int:
        return self._choices([*node.decorator_list, node.args], 0) + self._block(node.body, 0)

    def _block(self, statements: Sequence[ast.stmt], level: int) -> int:
        inner = level if _is_wrapper(statements) else level + 1
        points = 0
        for node in statements:
            if isinstance(node, ast.If):
                points += 1 + level + self._if(node, level)
            elif isinstance(node, _LOOPS):
                points += 1 + level
                header = (node.test,) if isinstance(node, ast.While) else (node.target, node.iter)
                points += self._choices(header, level)
                points += self._block(node.body, level + 1) + self._else(node.orelse, level)
            elif isinstance(node, (ast.With, ast.AsyncWith)):
                points += self._choices(node.items, level) + self._block(node.body, level)
            elif isinstance(node, (ast.Try, ast.TryStar)):
                points += self._try(node, level)
            elif isinstance(node, ast.Match):
                points += 1 + level + self._choices([node.subject], level)
                points += sum(self._choices([case.guard], level + 1) if case.guard else 0 for case in node.cases)
                points += sum(self._block(case.body, level + 1) for case in node.cases)
            elif isinstance(node, FUNCTIONS):
                points += self._choices([*node.decorator_list, node.args], level) + self._block(node.body, inner)
            elif isinstance(node, ast.ClassDef):
                points += self._choices([*node.decorator_list, *node.bases], level) + self._block(node.body, -1)
            elif self.choices:
                points += self._choices([node], level)
        return points

    def _if(self, node: ast.If, level: int) -> int:
        points = self._choices([node.test], level) + self._block(node.body, level + 1)
        if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
            # An elif is a nested If in the tree but reads as the same level. So does an `else` that holds but an `if`:
            # it says the same, and form must not move the cost.
            return points + 1 + self._if(node.orelse[0], level)
        return points + self._else(node.orelse, level)

    def _else(self, statements: Sequence[ast.stmt], level: int) -> int:
        return 1 + self._block(statements, level + 1) if statements else 0

    def _try(self, node: ast.Try | ast.TryStar, level: int) -> int:
        points = self._block(node.body, level) + self._else(node.orelse, level) + self._block(node.finalbody, level)
        return points + sum(1 + level + self._block(handler.body, level + 1) for handler in node.handlers)

    def _choices(self, nodes: Iterable[ast.AST], level: int) -> int:
        """The conditional expressions below nodes that hold no statements."""
        points = 0
        for node in nodes if self.choices else ():
            first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", None)
            if last is not None and not any(first <= line <= last for line in self.choices):
                continue
            if isinstance(node, ast.IfExp):
                points += 1 + level
            nests = isinstance(node, (ast.IfExp, ast.Lambda))
            points += self._choices(ast.iter_child_nodes(node), level + nests)
        return points


def _is_wrapper(statements: Sequence[ast.stmt]) -> bool:
    kinds = [type(s) for s in statements if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    last = statements[-1] if statements else None
    returns_name = isinstance(last, ast.Return) and isinstance(last.value, ast.Name)
    return len(kinds) == 2 and issubclass(kinds[0], FUNCTIONS) and returns_name


def _calls(node: ast.Call, name: str, owners: Collection[str]) -> bool:
    if not owners:
        return isinstance(node.func, ast.Name) and node.func.id == name
    # A method that calls a function of its own name does not call itself.
    owner = node.func.value if isinstance(node.func, ast.Attribute) and node.func.attr == name else None
    return isinstance(owner, ast.Name) and owner.id in owners
