"""Which locals are read later, and which are surely bound, at one place of a function."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from guardloop.sketches.duplication.flow import LOOPS, TRIES, WITHS, never_swallows
from guardloop.sketches.duplication.names import loaded, stored

Names = frozenset[str]
NONE: Names = frozenset()


@dataclass(frozen=True)
class _Exits:
    """What is live where control goes when it leaves a block otherwise than at its end."""

    raised: Names = NONE
    returned: Names = NONE
    broken: Names = NONE
    continued: Names = NONE


class Liveness:
    """Backward liveness over the statements of a function: what is live after one of its statements.

    In a `try` any point may jump to the handlers, so what they read is live at every point of its body.
    """

    def __init__(self, block: Sequence[ast.stmt] = (), index: int = -1) -> None:
        self._block, self._index = block, index
        self.after: Names = NONE
        """Live when the statement at `index` of `block` has completed."""
        self.raised: Names = NONE
        """Live where an exception from that statement would be caught."""

    def live_in(self, block: Sequence[ast.stmt], out: Names, exits: _Exits = _Exits()) -> Names:
        """What is live before the block, when `out` is live after it."""
        for index in range(len(block) - 1, -1, -1):
            if block is self._block and index == self._index:
                self.after |= out
                self.raised |= exits.raised
            out = self._statement(block[index], out, exits) | exits.raised
        return out

    def _statement(self, node: ast.stmt, out: Names, exits: _Exits) -> Names:
        if isinstance(node, ast.If):
            return loaded([node.test]) | self.live_in(node.body, out, exits) | self.live_in(node.orelse, out, exits)
        if isinstance(node, LOOPS):
            return self._loop(node, out, exits)
        if isinstance(node, TRIES):
            return self._try(node, out, exits)
        if isinstance(node, WITHS):
            return self._with(node, out, exits)
        if isinstance(node, ast.Match):
            return self._match(node, out, exits)
        jumps = ((ast.Return, exits.returned), (ast.Raise, exits.raised))
        for kind, live in (*jumps, (ast.Break, exits.broken), (ast.Continue, exits.continued)):
            if isinstance(node, kind):
                return live | loaded([node])
        return (out - stored([node])) | loaded([node])

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, out: Names, exits: _Exits) -> Names:
        after = self.live_in(node.orelse, out, exits)
        head = after if not isinstance(node, ast.While) else after | loaded([node.test])
        while True:
            inner = replace(exits, broken=out, continued=head)
            body = self.live_in(node.body, head, inner)
            if not isinstance(node, ast.While):
                body = (body - stored([node.target])) | loaded([node.target])
            if body <= head:
                break
            head |= body
        return head if isinstance(node, ast.While) else head | loaded([node.iter])

    def _try(self, node: ast.Try | ast.TryStar, out: Names, exits: _Exits) -> Names:
        if node.finalbody:
            leave = {
                way: self.live_in(node.finalbody, live, exits)
                for way, live in vars(exits).items()
            }  # fmt: skip
            out, exits = self.live_in(node.finalbody, out, exits), _Exits(**leave)
            exits = replace(exits, raised=exits.raised | loaded(node.finalbody))
        caught = exits.raised
        for handler in node.handlers:
            body = self.live_in(handler.body, out, exits)
            caught |= (body - {handler.name}) | (loaded([handler.type]) if handler.type else NONE)
        normal = self.live_in(node.orelse, out, exits)
        return self.live_in(node.body, normal, replace(exits, raised=caught))

    def _with(self, node: ast.With | ast.AsyncWith, out: Names, exits: _Exits) -> Names:
        swallows = not all(map(never_swallows, node.items))
        live = self.live_in(node.body, out, replace(exits, raised=exits.raised | out) if swallows else exits)
        for item in reversed(node.items):
            targets = [item.optional_vars] if item.optional_vars else []
            live = (live - stored(targets)) | loaded(targets) | loaded([item.context_expr])
        return live

    def _match(self, node: ast.Match, out: Names, exits: _Exits) -> Names:
        live = out
        for case in node.cases:
            guard = loaded([case.guard]) if case.guard else NONE
            live |= ((self.live_in(case.body, out, exits) | guard) - stored([case.pattern])) | loaded([case.pattern])
        return live | loaded([node.subject])


class Assignment:
    """Forward analysis: the names that are bound on every way to one statement of a function."""

    def __init__(self, block: Sequence[ast.stmt], index: int) -> None:
        self._block, self._index = block, index
        self._breaks: list[list[Names | None]] = []
        self.before: Names | None = None
        """Surely bound before the statement at `index` of `block`; nothing if it can't be reached."""

    def run(self, block: Sequence[ast.stmt], bound: Names | None) -> Names | None:
        """What is bound after the block; None if its end can't be reached."""
        for index, node in enumerate(block):
            if block is self._block and index == self._index:
                self.before = bound
            bound = self._statement(node, bound)
        return bound

    def _statement(self, node: ast.stmt, bound: Names | None) -> Names | None:
        if isinstance(node, ast.If):
            bound = _add(bound, _surely_stored(node.test))
            return _meet(self.run(node.body, bound), self.run(node.orelse, bound))
        if isinstance(node, LOOPS):
            return self._loop(node, bound)
        if isinstance(node, TRIES):
            return self._try(node, bound)
        if isinstance(node, WITHS):
            targets = [item.optional_vars for item in node.items if item.optional_vars]
            return self.run(node.body, _add(bound, stored(targets)))
        if isinstance(node, ast.Match):
            ways = [self.run(case.body, _add(bound, stored([case.pattern]))) for case in node.cases]
            return _meet(bound, *ways)
        if isinstance(node, ast.Break) and self._breaks:
            self._breaks[-1].append(bound)
        if isinstance(node, (ast.Return, ast.Raise, ast.Break, ast.Continue)):
            return None
        if isinstance(node, ast.Delete):
            return None if bound is None else bound - stored([node])
        return _add(bound, stored([node]))

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, bound: Names | None) -> Names | None:
        self._breaks.append([])
        if isinstance(node, ast.While):
            bound = _add(bound, _surely_stored(node.test))
            self.run(node.body, bound)
            endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
            normal = None if endless else self.run(node.orelse, bound)
        else:
            self.run(node.body, _add(bound, stored([node.target])))
            normal = self.run(node.orelse, bound)
        return _meet(normal, *self._breaks.pop())

    def _try(self, node: ast.Try | ast.TryStar, bound: Names | None) -> Names | None:
        ways = [self.run(node.orelse, self.run(node.body, bound))]
        for handler in node.handlers:
            name = frozenset([handler.name]) if handler.name else NONE
            way = self.run(handler.body, _add(bound, name))
            ways.append(None if way is None else way - name)
        after = _meet(*ways)
        if node.finalbody:
            self.run(node.finalbody, bound)
            after = _add(after, stored(node.finalbody))
        return after


def _add(bound: Names | None, names: Names) -> Names | None:
    return None if bound is None else bound | names


def _meet(*ways: Names | None) -> Names | None:
    reached = [way for way in ways if way is not None]
    return frozenset.intersection(*reached) if reached else None


def _surely_stored(test: ast.expr) -> Names:
    conditional = any(isinstance(node, (ast.BoolOp, ast.IfExp)) for node in ast.walk(test))
    return NONE if conditional else stored([test])
