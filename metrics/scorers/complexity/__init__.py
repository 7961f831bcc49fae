"""Functions whose control flow is hard to follow: cognitive complexity over a limit of 15, and blocks that could leave.

Cognitive complexity is counted as SonarSource defines it: 1 for each `if`, `elif`, `else` (of a loop and a `try` too),
conditional expression, loop, `except`, `match` and run of like boolean operators, and 1 for a function that calls
itself; and for those that nest (all but `elif`, `else`, operators and recursion), 1 more for each level that they lie
deep. Nested functions and lambdas are a level and count for the function around them; a function that only wraps
another one (a decorator) is no level, and a class inside a function starts anew.
A function costs its complexity less 15, each point being at least one node that a flatter function lacks. It costs more
for what could leave it: the run of neighbouring statements whose extraction would save most, in nodes, at most half of
the function, less 8 for the call and for each name that goes in or out. That saving counts by what is entangled here,
paths times names and calls, per 4,000, if these are at least 160. The paths are McCabe's number, as radon counts them,
but for what decorators and defaults hold; the names are all that the function binds. Information only: never fails a
check.

## Why it matters
Deep nesting makes the reader hold every open condition in mind, and each name with it. What causes the conditions is
the subject of the other rules; this one says where they meet, and which part of the function could be read alone.

## Known limits
Indirect recursion is not seen. An `else` that holds but an `if` counts as `elif`, since rewriting one as the other
changes nothing. Comprehensions are free, as in the definition; other programs count them as loops.
A block is proposed, not proved: a name that is stored anew before it is read again counts as read, attributes pass
freely, and whether the block has a name in the language of the problem nobody can count. In a function of more than
some thousand lines none is looked for. The cost grows faster than length, so that one giant outweighs dozens of others.
Points over 15 alone say little. In the 103 commits of a development set whose authors say that they extract something
they fell in .30 (.15 of 111 ordinary commits of like size; area under the curve .62); with the block the cost falls in
.43 (.15), rises in .05, and the area is .71; on 61 commits that simplify something, .26 (.17) and .62. Of the first ten
functions that it names, one was then taken apart in .42 of the extracting commits (.41 for the ten longest: a fitted
model of 24 measures is no better, so length is most of what can be known). In 12 agent-written against 25 maintained
repositories the points per line differ as by chance (area .49), the cost by .71, without generated and vendored files
by .75; in 9 against 29 others by .51 and .88, all files read. Some 300 formulas were compared, and all projects were
seen while choosing, so all of this is optimistic; on a third of the projects alone the cost fell in .50 (.20), rose in
.07, the area is .69, and .43 were named (.46 by length). Counting returns over three separates the first repositories
by .91, but the others by .69, and follows no extraction: left out.

## References
G. Ann Campbell, Cognitive Complexity, SonarSource 2018; T. J. McCabe, A Complexity Measure, 1976 (radon); N. Tsantalis
and A. Chatzigeorgiou, Identification of Extract Method Refactoring Opportunities, 2009, for blocks by what they read
and store.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Any

from metrics.facts import Module
from metrics.index import Index
from metrics.outline import Scope
from metrics.scorer import Finding, Score, Site, finding_id
from metrics.scorers.complexity.blocks import Block, best_block
from metrics.scorers.complexity.examples import EXAMPLES as EXAMPLES
from metrics.scorers.complexity.points import Nodes, cognitive_complexity, cyclomatic_complexity, most_points

LIMIT = 15
_ENTANGLED = 160
"""Paths, times names and calls, from which on a block is looked for."""
_SHARE = 4000
"""Paths, times names and calls, times saved nodes, that cost one node."""

_LARGEST = 10_000
"""Nodes, without names and constants, up to which a block is looked for: time and memory grow by their square."""

BlockFacts = tuple[int, int, int, list[str], list[str], int]
"""First line, last line, nodes, names that it takes and gives, saving; zeros if there is no block."""
FunctionFacts = tuple[str, int, int, int, int, int, int, BlockFacts]
"""Qualified name, first line, last line, cognitive complexity, paths, names, calls, block."""


class Complexity:
    """One finding for each function that costs something."""

    rule = reading = "complexity"
    gated = False
    version = 4

    def facts(self, module: Module) -> list[FunctionFacts]:
        """The functions that cost something."""
        return [found for scopes in outermost(module.scopes) if (found := _read(scopes)) is not None]

    def score(self, index: Index) -> Score:
        """Charge every function its complexity over the limit, and what its best block saves."""
        findings: list[Finding] = []
        for path, functions in index.facts(self.reading):
            seen: dict[str, int] = {}
            for function in functions:
                symbol = index.symbol(path, function[0])
                seen[symbol] = seen.get(symbol, 0) + 1
                findings.append(_finding(f"{symbol}#{seen[symbol]}", path, symbol, function))
        return Score.of(self.rule, findings)


def _finding(key: str, path: str, symbol: str, function: FunctionFacts) -> Finding:
    _, line, end_line, cognitive, paths, names, calls, block = function
    evidence: dict[str, Any] = {"cognitive": cognitive, "cyclomatic": paths, "names": names, "calls": calls}
    message = f"cognitive complexity {cognitive}, {paths} paths, {names} names, {calls} calls"
    first, last, nodes, takes, gives, saving = block
    if saving:
        evidence["block"] = {"line": first, "end_line": last, "nodes": nodes, "takes": takes, "gives": gives}
        where = f"line {first}" if first == last else f"lines {first} to {last}"
        message += f"; {where} could best stand alone, with {len(takes)} names in and {len(gives)} out"
    return Finding(
        id=finding_id(Complexity.rule, key),
        rule=Complexity.rule,
        cost=_cost(cognitive, paths * (names + calls), saving),
        message=message,
        sites=(Site(path, line, end_line, symbol, "function"),),
        gated=Complexity.gated,
        evidence=evidence,
    )


def _cost(cognitive: int, entanglement: int, saving: int) -> int:
    return max(0, cognitive - LIMIT) + entanglement * saving // _SHARE


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
    top, nodes = scopes[0], _pooled(scopes)
    paths = cyclomatic_complexity(nodes)
    names, calls = len(top.bound), len(nodes.get(ast.Call, ()))
    entanglement = paths * (names + calls)
    is_searched = entanglement >= _ENTANGLED and sum(map(len, nodes.values())) <= _LARGEST
    block = best_block(scopes) if is_searched else None
    saving = block.saving if block else 0
    if entanglement * saving < _SHARE and most_points(nodes, len(scopes)) <= LIMIT:
        return None
    function: Any = top.node
    owners = {top.instance, top.owner.rpartition(".")[2]} if top.owner else ()
    cognitive = cognitive_complexity(function, nodes, owners)
    if not _cost(cognitive, entanglement, saving):
        return None
    first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
    last = function.end_lineno or first
    return top.qualname, first, last, cognitive, paths, names, calls, _plain(block) if block else (0, 0, 0, [], [], 0)


def _plain(block: Block) -> BlockFacts:
    return block.line, block.end_line, block.nodes, block.takes, block.gives, block.saving


def _pooled(scopes: Sequence[Scope]) -> Nodes:
    if len(scopes) == 1:
        return scopes[0].nodes
    nodes: dict[type[ast.AST], list[Any]] = {}
    for scope in scopes:
        for kind, some in scope.nodes.items():
            nodes.setdefault(kind, []).extend(some)
    return nodes
