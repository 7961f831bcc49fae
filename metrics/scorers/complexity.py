"""Functions whose control flow is hard to follow: cognitive complexity over a limit of 15, and paths through long text.

Cognitive complexity is counted as SonarSource defines it: 1 for each `if`, `elif`, `else` (of a loop and a `try` too),
conditional expression, loop, `except`, `match` and run of like boolean operators, and 1 for a function that calls
itself; and for those that nest (all but `elif`, `else`, operators and recursion), 1 more for each level that they lie
deep. Nested functions and lambdas are a level and count for the function around them; a function that only wraps
another one (a decorator) is no level, and a class inside a function starts anew.
A function costs its complexity less 15, each point being at least one node that a flatter function lacks; and one more
for each 100 of the product of its paths and its statements. The paths are McCabe's number, counted as radon does, but
for what decorators and defaults hold; docstrings are no statements. Information only: never fails a check.

## Why it matters
Deep nesting makes the reader hold every open condition in mind. What causes the conditions is the subject of the other
rules; this one says where they meet.

## Known limits
Indirect recursion is not seen. An `else` that holds but an `if` counts as `elif`, since rewriting one as the other
changes nothing. Comprehensions are free, as in the definition; other programs count them as loops.
The limit of 15 alone is deaf for most of what people take apart: in the 103 commits of a development set whose authors
say that they extract something, the cost fell in .30 (.15 of 111 ordinary commits of like size; area under the curve
.61). With the product it falls in .43 (.23), rises in .05, and the area is .67; on 61 commits that simplify
something, .39 (.16) and .64. Divisors from 60 to 120 give about the same, lower limits than 15 no more. Which function
will be taken apart, none of these measures tells better than length does.

## References
G. Ann Campbell, Cognitive Complexity, SonarSource 2018; T. J. McCabe, A Complexity Measure, 1976 (radon).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from metrics.facts import Module
from metrics.index import Index
from metrics.outline import FUNCTIONS, Scope
from metrics.scorer import Finding, Score, Site, finding_id

LIMIT = 15
_AREA = 100
"""Paths times statements that cost one node."""
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
_STATEMENTS = frozenset(kind for kind in vars(ast).values() if isinstance(kind, type) and issubclass(kind, ast.stmt))

Nodes = Mapping[type[ast.AST], Sequence[Any]]
FunctionFacts = tuple[str, int, int, int, int, int]
"""Qualified name, first line, last line, cognitive complexity, paths, statements."""


class Complexity:
    """One finding for each function that costs something."""

    rule = reading = "complexity"
    gated = False
    version = 2

    def facts(self, module: Module) -> list[FunctionFacts]:
        """The functions that cost something."""
        return [found for scopes in outermost(module.scopes) if (found := _read(scopes)) is not None]

    def score(self, index: Index) -> Score:
        """Charge every function its complexity over the limit, and its paths through its statements."""
        findings: list[Finding] = []
        for path, functions in index.facts(self.reading):
            seen: dict[str, int] = {}
            for qualname, line, end_line, cognitive, paths, statements in functions:
                symbol = index.symbol(path, qualname)
                seen[symbol] = seen.get(symbol, 0) + 1
                findings.append(
                    Finding(
                        id=finding_id(self.rule, f"{symbol}#{seen[symbol]}"),
                        rule=self.rule,
                        cost=_cost(cognitive, paths, statements),
                        message=f"cognitive complexity {cognitive}, {paths} paths through {statements} statements",
                        sites=(Site(path, line, end_line, symbol, "function"),),
                        gated=self.gated,
                        evidence={"cognitive": cognitive, "cyclomatic": paths, "statements": statements},
                    )
                )
        return Score.of(self.rule, findings)


def _cost(cognitive: int, paths: int, statements: int) -> int:
    return max(0, cognitive - LIMIT) + paths * statements // _AREA


def outermost(scopes: Iterable[Scope]) -> Iterable[list[Scope]]:
    """Each function or method that lies in no other function, followed by what is nested in it."""
    groups: dict[Scope, list[Scope]] = {}
    tops: dict[Scope, Scope] = {}
    for scope in scopes:
        top = tops.get(scope.around) if scope.around else None
        if top is None and scope.is_function:
            top = scope
        if top is not None:
            tops[scope] = top
            groups.setdefault(top, []).append(scope)
    return groups.values()


def _read(scopes: Sequence[Scope]) -> FunctionFacts | None:
    nodes = _pooled(scopes)
    paths = cyclomatic_complexity(nodes)
    statements = len(scopes) - 1 + sum([len(nodes[kind]) for kind in _STATEMENTS & nodes.keys()])
    statements -= sum([node.value.__class__ is ast.Constant for node in nodes.get(ast.Expr, ())])
    if paths * statements < _AREA and _most(nodes, len(scopes)) <= LIMIT:
        return None
    cognitive = cognitive_complexity(scopes[0].node, nodes)
    if not _cost(cognitive, paths, statements):
        return None
    function: Any = scopes[0].node
    first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
    return scopes[0].qualname, first, function.end_lineno or first, cognitive, paths, statements


def _pooled(scopes: Sequence[Scope]) -> Nodes:
    if len(scopes) == 1:
        return scopes[0].nodes
    nodes: dict[type[ast.AST], list[Any]] = {}
    for scope in scopes:
        for kind, some in scope.nodes.items():
            nodes.setdefault(kind, []).extend(some)
    return nodes


def cyclomatic_complexity(nodes: Nodes) -> int:
    """McCabe's number of independent paths of the function that has these nodes."""
    paths = 1
    for kind in _DECISIONS.keys() & nodes.keys():
        count = _DECISIONS[kind]
        paths += len(nodes[kind]) if count is None else sum(map(count, nodes[kind]))
    return paths


def _is_wildcard(pattern: ast.pattern) -> bool:
    return isinstance(pattern, ast.MatchAs) and pattern.pattern is None


def _most(nodes: Nodes, levels: int) -> int:
    """What the complexity cannot exceed, however deep its parts lie: to count them is cheaper than to look."""
    count = sum([len(nodes[kind]) for kind in _NESTS & nodes.keys()])
    levels += len(nodes.get(ast.Lambda, ()))
    # Of n that nest the last lies below all others, nested functions and lambdas; each may have an `else`.
    return count * (count + 1) // 2 + count * levels + len(nodes.get(ast.BoolOp, ())) + 1


def cognitive_complexity(function: Any, nodes: Nodes) -> int:
    """The points of the function that has these nodes."""
    runs = sum(map(_runs, nodes.get(ast.BoolOp, ())))
    calls_itself = any(_called(call) == function.name for call in nodes.get(ast.Call, ()))
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


def _called(node: ast.Call) -> str | None:
    if isinstance(node.func, ast.Name):
        return node.func.id
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    if isinstance(node.func, ast.Attribute) and isinstance(owner, ast.Name) and owner.id in ("self", "cls"):
        return node.func.attr
    return None
