"""Functions whose control flow is hard to follow: cognitive complexity over a limit of 15.

Counted, as SonarSource defines it: 1 for each `if`, `elif`, `else`, conditional expression, loop, `except`, `match`,
run of like boolean operators, and direct recursion; and for those that nest (all but `elif`, `else`, operators and
recursion), 1 more for each level that they lie deep. Nested functions and lambdas are a level and count for the
function around them; a function that only wraps another one (a decorator) is no level.
The cost of a function is its complexity less 15: each point is at least one node that a flatter function lacks.
McCabe's number of paths stands beside it in the evidence, counted as radon does. Information only: never fails a check.

## Why it matters
Deep nesting makes the reader hold every open condition in mind. What causes the conditions is the subject of the other
rules; this one says where they meet.

## Known limits
Indirect recursion is not seen. Over ten decisions, the measure says little that a function's length does not.

## References
G. Ann Campbell, Cognitive Complexity, SonarSource 2018; T. J. McCabe, A Complexity Measure, 1976 (radon).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Any

from metrics.facts import Module
from metrics.index import Index
from metrics.scorer import Finding, Score, Site

LIMIT = 15

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_COUNTING = frozenset(
    {ast.If, *_LOOPS, ast.ExceptHandler, ast.Match, ast.IfExp, *_FUNCTIONS, ast.Lambda, ast.BoolOp, ast.Call}
)
_LEAVES = frozenset({ast.Name, ast.Constant, ast.Load, ast.Store, ast.Del})
_COUNTED = re.compile(r"\b(?:if|elif|else|for|while|except|match|and|or)\b")
FunctionFacts = tuple[str, int, int, int, int]
"""Qualified name, first line, last line, cognitive complexity, cyclomatic complexity."""


class Complexity:
    """One finding for each function over the limit."""

    rule = reading = "complexity"
    gated = False
    version = 1

    def facts(self, module: Module) -> list[FunctionFacts]:
        """The functions over the limit."""
        found = []
        for qualname, function in _functions(module.tree, ""):
            lines = module.lines[function.lineno - 1 : function.end_lineno]
            if _most(lines, function.name) <= LIMIT:
                continue
            cognitive = cognitive_complexity(function)
            if cognitive > LIMIT:
                first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
                found.append(
                    (qualname, first, function.end_lineno or first, cognitive, cyclomatic_complexity(function))
                )
        return found

    def score(self, index: Index) -> Score:
        """Charge every function its complexity over the limit."""
        findings: list[Finding] = []
        for path, functions in index.facts(self.rule):
            seen: dict[str, int] = {}
            for qualname, line, end_line, cognitive, cyclomatic in functions:
                symbol = index.symbol(path, qualname)
                seen[symbol] = seen.get(symbol, 0) + 1
                name = blake2b(f"{symbol}#{seen[symbol]}".encode(), digest_size=8).hexdigest()
                findings.append(
                    Finding(
                        id=f"{self.rule}:{name}",
                        rule=self.rule,
                        cost=cognitive - LIMIT,
                        message=f"cognitive complexity {cognitive}, {cyclomatic} paths",
                        sites=(Site(path, line, end_line, symbol, "function"),),
                        gated=self.gated,
                        evidence={"cognitive": cognitive, "cyclomatic": cyclomatic},
                    )
                )
        return Score(self.rule, tuple(sorted(findings, key=lambda finding: (-finding.cost, finding.id))))


def cognitive_complexity(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The points of one function, nested ones included."""
    counter = _Counter(function.name)
    counter.block(function.body, 0)
    return counter.points


def _most(lines: list[str], name: str) -> int:
    """What the complexity of a function cannot exceed, whatever its words mean: reading them is cheaper than a walk."""
    text = "\n".join(lines)
    # A name stands once in its own definition.
    words = len(_COUNTED.findall(text)) + text.count(name) - 1
    # Each point has its word, and of n that nest the last lies at most n deep.
    return words * (words + 1) // 2


class _Counter:
    def __init__(self, name: str) -> None:
        self.name = name
        self.points = 0

    def block(self, statements: list[ast.stmt], level: int) -> None:
        wraps = _is_wrapper(statements)
        for statement in statements:
            self.visit(statement, level - 1 if wraps and isinstance(statement, _FUNCTIONS) else level)

    def visit(self, node: ast.AST, level: int) -> None:
        if node.__class__ not in _COUNTING:
            self._children(node, level)
        elif isinstance(node, ast.If):
            self.points += 1 + level
            self._if(node, level)
        elif isinstance(node, _LOOPS):
            self.points += 1 + level + bool(node.orelse)
            self._header(node, level)
            self.block(node.body, level + 1)
            self.block(node.orelse, level + 1)
        elif isinstance(node, (ast.ExceptHandler, ast.Match, ast.IfExp)):
            self.points += 1 + level
            self._children(node, level + 1)
        elif isinstance(node, (*_FUNCTIONS, ast.Lambda)):
            self._nested(node, level + 1)
        elif isinstance(node, ast.BoolOp) or (isinstance(node, ast.Call) and _called(node) == self.name):
            self.points += 1
            self._children(node, level)
        else:
            self._children(node, level)

    def _if(self, node: ast.If, level: int) -> None:
        self.visit(node.test, level)
        self.block(node.body, level + 1)
        if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
            # An elif is a nested If in the tree but reads as the same level; so does an else that holds but an if,
            # which the tree does not tell from it.
            self.points += 1
            self._if(node.orelse[0], level)
        elif node.orelse:
            self.points += 1
            self.block(node.orelse, level + 1)

    def _header(self, node: ast.For | ast.AsyncFor | ast.While, level: int) -> None:
        for part in (node.test,) if isinstance(node, ast.While) else (node.target, node.iter):
            self.visit(part, level)

    def _nested(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, level: int) -> None:
        if isinstance(node, ast.Lambda):
            self.visit(node.body, level)
        else:
            self.block(node.body, level)

    def _children(self, node: ast.AST, level: int) -> None:
        for child in _parts(node):
            self.visit(child, level)


def _is_wrapper(statements: list[ast.stmt]) -> bool:
    kinds = [type(s) for s in statements if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    return len(kinds) == 2 and issubclass(kinds[0], _FUNCTIONS) and kinds[1] is ast.Return


def _called(node: ast.Call) -> str | None:
    if isinstance(node.func, ast.Name):
        return node.func.id
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    if isinstance(node.func, ast.Attribute) and isinstance(owner, ast.Name) and owner.id in ("self", "cls"):
        return node.func.attr
    return None


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Outermost functions and methods, with their qualified names."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _FUNCTIONS):
            yield prefix + child.name, child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")
        elif isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            yield from _functions(child, prefix)


def cyclomatic_complexity(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """McCabe's number of independent paths, of nested functions too, counted as radon does."""
    paths = 1
    nodes: list[ast.AST] = [*function.body]
    while nodes:
        node = nodes.pop()
        decisions = _DECISIONS.get(node.__class__)
        if decisions is not None:
            paths += decisions(node)
        nodes.extend(_parts(node))
    return paths


_DECISIONS: dict[type[ast.AST], Callable[[Any], int]] = {
    ast.If: lambda node: 1,
    ast.IfExp: lambda node: 1,
    ast.Assert: lambda node: 1,
    ast.BoolOp: lambda node: len(node.values) - 1,
    ast.comprehension: lambda node: 1 + len(node.ifs),
    ast.Try: lambda node: len(node.handlers) + bool(node.orelse),
    ast.TryStar: lambda node: len(node.handlers) + bool(node.orelse),
    ast.Match: lambda node: sum(not _is_wildcard(case.pattern) for case in node.cases),
    **dict.fromkeys(_LOOPS, lambda node: 1 + bool(node.orelse)),
}


def _is_wildcard(pattern: ast.pattern) -> bool:
    return isinstance(pattern, ast.MatchAs) and pattern.pattern is None


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes right below, but for leaves."""
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            for child in value:
                if isinstance(child, ast.AST) and child.__class__ not in _LEAVES:
                    yield child
        elif isinstance(value, ast.AST) and value.__class__ not in _LEAVES:
            yield value
