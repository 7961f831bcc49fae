"""The order in which a run of statements evaluates things, and which of them can neither raise nor change anything."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from guardloop.sketches.duplication.program import FUNCTIONS

_PURE_CALLS = frozenset(["isinstance", "callable", "type", "id", "issubclass"])
_QUIET = (ast.Name, ast.Constant, ast.Lambda, ast.Tuple, ast.List, ast.Starred)


@dataclass(frozen=True)
class Event:
    """One step of an evaluation; `is_certain` if it happens exactly once whenever the run starts."""

    node: ast.AST
    is_certain: bool


def events(statements: Sequence[ast.stmt], holes: Collection[ast.AST]) -> Iterator[Event]:
    """What happens when the statements run, in order. A hole is one event: what is in it is not looked at."""
    order = _Order(holes)
    for statement in statements:
        yield from order.statement(statement, True)


class _Order:
    def __init__(self, holes: Collection[ast.AST]) -> None:
        self._holes = {id(node) for node in holes}

    def statement(self, node: ast.AST, sure: bool) -> Iterator[Event]:
        if isinstance(node, (ast.If, ast.While)):
            # The test of a `while` runs more than once.
            yield from self.expression(node.test, sure and isinstance(node, ast.If))
            yield from self._block([*node.body, *node.orelse])
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            yield from self.expression(node.iter, sure)
            yield Event(node, False)
            yield from self.expression(node.target, False)
            yield from self._block([*node.body, *node.orelse])
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                yield from self.expression(item.context_expr, sure)
                yield Event(item, sure)
                yield from self.each([item.optional_vars], False)
            yield from self._block(node.body)
        elif isinstance(node, (ast.Try, ast.TryStar)):
            yield from self._try(node)
        elif isinstance(node, ast.Match):
            yield from self.expression(node.subject, sure)
            yield Event(node, False)
            for case in node.cases:
                yield from self.each([case.guard], False)
                yield from self._block(case.body)
        else:
            yield from self._simple(node, sure)

    def _block(self, block: Iterable[ast.stmt]) -> Iterator[Event]:
        for statement in block:
            yield from self.statement(statement, False)

    def _try(self, node: ast.Try | ast.TryStar) -> Iterator[Event]:
        yield from self._block(node.body)
        for handler in node.handlers:
            yield from self.each([handler.type], False)
            yield from self._block(handler.body)
        yield from self._block([*node.orelse, *node.finalbody])

    def _simple(self, node: ast.AST, sure: bool) -> Iterator[Event]:
        if isinstance(node, ast.Assign):
            yield from self.each([node.value, *node.targets], sure)
            if any(isinstance(target, (ast.Tuple, ast.List)) for target in node.targets):
                yield Event(node, sure)
        elif isinstance(node, ast.AnnAssign):
            yield from self.each([node.value, node.target], sure)
        elif isinstance(node, ast.AugAssign):
            yield from self.each([node.target, node.value], sure)
            yield Event(node, sure)
        elif isinstance(node, FUNCTIONS):
            arguments = [*node.args.defaults, *node.args.kw_defaults]
            yield from self.each([*node.decorator_list, *arguments], sure)
            yield from self._block(node.body)
        elif isinstance(node, ast.Assert):
            yield from self.each([node.test, node.msg], False)
            yield Event(node, False)
        else:
            yield from self.each(ast.iter_child_nodes(node), sure)
            if not isinstance(node, (ast.Expr, ast.Pass)):
                yield Event(node, sure)

    def each(self, nodes: Iterable[ast.AST | None], sure: bool) -> Iterator[Event]:
        for node in nodes:
            if node is not None:
                yield from self.expression(node, sure)

    def expression(self, node: ast.AST, sure: bool) -> Iterator[Event]:
        if id(node) in self._holes:
            yield Event(node, sure)
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            yield from self.expression(node.generators[0].iter, sure)
            rest = [child for child in ast.iter_child_nodes(node) if child is not node.generators[0]]
            yield from self.each([node.generators[0].target, *node.generators[0].ifs, *rest], False)
            yield Event(node, sure)
        else:
            yield from self._operands(node, sure)
            if isinstance(node, (ast.expr, ast.comprehension, ast.stmt)):
                yield Event(node, sure)

    def _operands(self, node: ast.AST, sure: bool) -> Iterator[Event]:
        if isinstance(node, ast.BoolOp):
            yield from self.expression(node.values[0], sure)
            yield from self.each(node.values[1:], False)
        elif isinstance(node, ast.IfExp):
            yield from self.expression(node.test, sure)
            yield from self.each([node.body, node.orelse], False)
        elif isinstance(node, ast.Compare):
            yield from self.each([node.left, node.comparators[0]], sure)
            yield from self.each(node.comparators[1:], False)
        elif isinstance(node, ast.Lambda):
            yield from self.each([*node.args.defaults, *node.args.kw_defaults], sure)
            yield from self.expression(node.body, False)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                yield from self.each([key, value], sure)
        else:
            yield from self.each(ast.iter_child_nodes(node), sure)


def steps_before(statements: Sequence[ast.stmt], target: ast.AST) -> list[ast.AST] | None:
    """Every node that may have been evaluated when `target` is; None if a nested function evaluates that, later."""
    found: list[ast.AST] = []
    for statement in statements:
        inner = list(ast.walk(statement))
        if not any(node is target for node in inner):
            found += inner
            continue
        within = _within(statement, target)
        return None if within is None else found + within
    return found


def _within(node: ast.stmt, target: ast.AST) -> list[ast.AST] | None:
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)) or _is_delayed(node, target):
        return None
    if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
        return list(ast.walk(node))
    parts: list[tuple[list[ast.stmt], list[ast.AST]]] = []
    if isinstance(node, ast.If):
        parts = [(node.body, [node.test]), (node.orelse, [node.test])]
    elif isinstance(node, (ast.With, ast.AsyncWith)):
        parts = [(node.body, list(node.items))]
    elif isinstance(node, (ast.Try, ast.TryStar)):
        earlier: list[ast.AST] = [*node.body, *(h.type for h in node.handlers if h.type)]
        parts = [(node.body, []), *((h.body, earlier) for h in node.handlers), (node.orelse, list(node.body))]
        parts.append((node.finalbody, [*node.body, *node.handlers, *node.orelse]))
    elif isinstance(node, ast.Match):
        headers: list[ast.AST] = [
            node.subject,
            *(part for case in node.cases for part in (case.pattern, case.guard) if part),
        ]
        parts = [(case.body, headers) for case in node.cases]
    for block, above in parts:
        if any(inner is target for statement in block for inner in ast.walk(statement)):
            below = steps_before(block, target)
            return None if below is None else [n for header in above for n in ast.walk(header)] + below
    steps = [event.node for event in events([node], [target])]
    at = next((i for i, step in enumerate(steps) if step is target), len(steps))
    return steps[:at]


def _is_delayed(statement: ast.stmt, target: ast.AST) -> bool:
    delayed = (n for n in ast.walk(statement) if isinstance(n, (*FUNCTIONS, ast.Lambda, ast.GeneratorExp)))
    return any(inner is target for node in delayed for inner in ast.walk(node))


def is_quiet(node: ast.AST, is_steady: Callable[[ast.Attribute], bool]) -> bool:
    """Whether the step can neither raise, nor run other code, nor change anything but a local name."""
    if isinstance(node, ast.Attribute):
        return isinstance(node.ctx, ast.Load) and is_steady(node)
    if isinstance(node, ast.Compare):
        return all(isinstance(operator, (ast.Is, ast.IsNot)) for operator in node.ops)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in _PURE_CALLS
    if isinstance(node, (ast.Tuple, ast.List)):
        return isinstance(node.ctx, ast.Load)
    return isinstance(node, _QUIET) and not isinstance(node, ast.Starred)
