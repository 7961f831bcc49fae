"""The part of a function that could most cheaply be a function of its own: its block.

A candidate is a run of neighbouring statements of one body. It takes the local names that it reads and that are stored
before it, and gives those that it stores and that are read after it, or earlier in the loop around it. It may not
yield or jump out, nor return unless it ends the function. What it saves is its AST nodes, or those of the rest if these
are fewer, less 8 for the call and for each name that it takes or gives.

Not covered: a name that is stored anew before it is read again counts as read; attributes pass freely.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from operator import or_
from typing import Any, NamedTuple

from metrics.outline import FUNCTIONS, Scope
from metrics.scorers.complexity.parts import (
    COMPOUND,
    FIELDS,
    LOOPS,
    TRIES,
    WITHS,
    below,
    code,
    evaluated_outside,
    header,
    own_names,
    parts,
)

_NAME_COST = 8
_LONGEST = 60
"""Statements of a run."""
_MOST_RUNS = 120_000
"""Above that, shorter runs must do: the time for one function is bounded."""
_LEAVES = frozenset({str, int, bool, type(None)})
_YIELDS = (ast.Yield, ast.YieldFrom)
_SCOPES = frozenset({*FUNCTIONS, ast.ClassDef})
_BINDS: dict[type, Callable[[Any], str | None]] = {
    ast.alias: lambda node: node.asname or node.name.partition(".")[0],
    ast.MatchAs: lambda node: node.name,
    ast.MatchStar: lambda node: node.name,
    ast.MatchMapping: lambda node: node.rest,
}
"""What binds a name that is no node."""


class Block(NamedTuple):
    """The statements from `line` to `end_line`; `saving` is what their extraction takes out of the function."""

    line: int
    end_line: int
    nodes: int
    takes: list[str]
    gives: list[str]
    saving: int


@dataclass
class _Statement:
    """What a statement and all inside it do; names are bits."""

    node: Any
    nodes: int = 1
    reads: int = 0
    stores: int = 0
    returns: bool = False
    jumps: bool = False
    """Whether it leaves a loop that is not inside it, or goes on with it."""
    yields: bool = False
    own_reads: int = 0
    own_stores: int = 0
    end: int = 0
    """The number of the statement that follows, in the order of the text."""

    def add(self, other: _Statement) -> None:
        """Do as well what another does, but for jumps."""
        self.nodes += other.nodes
        self.reads |= other.reads
        self.stores |= other.stores
        self.returns |= other.returns
        self.yields |= other.yields


@dataclass
class _Body:
    """Statements by their numbers."""

    loop: int | None
    """The number of the innermost loop around."""
    is_last: bool
    """Whether nothing of the function follows."""
    numbers: list[int] = field(default_factory=list)


class Run(NamedTuple):
    """A candidate: its first and last line, its nodes, and the names that it takes and gives, as bits."""

    line: int
    end_line: int
    nodes: int
    takes: int
    gives: int


class Reading:
    """The statements of a function in the order of the text, and its bodies."""

    def __init__(self, scopes: Sequence[Scope]) -> None:
        scope = scopes[0]
        function: Any = scope.node
        self._inner = {inner.node: own_names(inner) for inner in scopes[1:]}
        self.names = sorted((scope.bound - scope.foreign) | scope.given)
        self.bits = {name: 1 << number for number, name in enumerate(self.names)}
        self.given = sum(self.bits[name] for name in scope.given)
        self.statements: list[_Statement] = []
        self.bodies: list[_Body] = []
        self.nodes = sum(statement.nodes for statement in self._body(code(function.body), None, is_last=True))

    def named(self, bits: int) -> list[str]:
        """The names that bits stand for."""
        return [name for name, bit in self.bits.items() if bits & bit]

    def runs(self) -> Iterator[Run]:
        """The candidates, in the order of the text."""
        statements = self.statements
        stored = list(accumulate((statement.own_stores for statement in statements), or_, initial=self.given))
        read = list(accumulate((statement.own_reads for statement in reversed(statements)), or_, initial=0))[::-1]
        longest = min(_LONGEST, _MOST_RUNS // len(statements) + 1)
        in_loops: dict[int, tuple[int, int]] = {}
        starts = ((first, body, at) for body in self.bodies for at, first in enumerate(body.numbers))
        for first, body, at in sorted(starts, key=lambda start: start[0]):
            read_before = self._read_before(first, body.loop, in_loops)
            for last, run in self._from(body, at, longest):
                used = 0 if run.returns else read[last.end] | read_before
                line, end_line = statements[first].node.lineno, last.node.end_lineno
                yield Run(line, end_line, run.nodes, run.reads & stored[first], run.stores & used)

    def _read_before(self, first: int, loop: int | None, known: dict[int, tuple[int, int]]) -> int:
        """What a loop reads before one of its statements; `known` holds how far each loop has been read, and what."""
        if loop is None:
            return 0
        number, reads = known.get(loop, (loop, 0))
        for statement in self.statements[number:first]:
            reads |= statement.own_reads
        known[loop] = first, reads
        return reads

    def _from(self, body: _Body, at: int, longest: int) -> Iterator[tuple[_Statement, _Statement]]:
        """The last statement of each run that begins at a position, and what the whole run does."""
        whole = _Statement(None, 0)
        for number in body.numbers[at : at + longest]:
            this = self.statements[number]
            if this.jumps or this.yields:
                return
            whole.add(this)
            if not whole.returns or (body.is_last and number == body.numbers[-1]):
                yield this, whole

    def _body(self, nodes: list[ast.stmt], loop: int | None, is_last: bool) -> list[_Statement]:
        found = _Body(loop, is_last)
        self.bodies.append(found)
        for node in nodes:
            found.numbers.append(len(self.statements))
            self._statement(node, loop, is_last and node is nodes[-1])
        return [self.statements[number] for number in found.numbers]

    def _statement(self, node: ast.stmt, loop: int | None, is_last: bool) -> None:
        number, this = len(self.statements), _Statement(node)
        self.statements.append(this)
        self._own(node, this)
        if node.__class__ in COMPOUND:
            # Of a `try` or a `with`, something follows that is not in the text.
            is_last &= not isinstance(node, (*LOOPS, *TRIES, *WITHS))
            for part in parts(node):
                repeats = isinstance(node, LOOPS) and part is node.body
                for inner in self._body(part, number if repeats else loop, is_last):
                    this.add(inner)
                    this.jumps |= inner.jumps and not repeats
        this.end = len(self.statements)

    def _own(self, node: Any, this: _Statement) -> None:
        """Note what a statement does, without the statements inside it."""
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            self._nested(node, this)
            this.stores = self.bits.get(node.name, 0)
        else:
            self._expressions(header(node) if node.__class__ in COMPOUND else below(node), this)
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                this.reads |= self.bits.get(node.target.id, 0)
            for handler in node.handlers if isinstance(node, TRIES) else ():
                this.nodes += 1
                this.stores |= self.bits.get(handler.name or "", 0)
            this.returns = isinstance(node, ast.Return)
            this.jumps = isinstance(node, (ast.Break, ast.Continue))
        this.own_reads, this.own_stores = this.reads, this.stores

    def _nested(self, node: Any, this: _Statement) -> None:
        """Note what a function or class inside this one does: names that are its own are not this one's."""
        inside, around = _Statement(node), _Statement(node)
        self._expressions(below(node), inside)
        self._expressions(evaluated_outside(node), around)
        own = sum(self.bits.get(name, 0) for name in self._inner[node])
        this.nodes += inside.nodes - 1
        this.reads |= around.reads | (inside.reads & ~own)

    def _expressions(self, stack: list[Any], this: _Statement) -> None:
        bits = self.bits
        reads = stores = count = 0
        while stack:
            node = stack.pop()
            kind = node.__class__
            if kind in _LEAVES:
                continue
            count += 1
            if kind in _SCOPES:
                self._nested(node, this)
                continue
            if kind is ast.Name:
                if node.ctx.__class__ is ast.Load:
                    reads |= bits.get(node.id, 0)
                else:
                    stores |= bits.get(node.id, 0)
                continue
            if kind is ast.comprehension:
                # Its target lives no longer than it does.
                stack += (node.iter, *node.ifs)
                continue
            if kind in _YIELDS:
                this.yields = True
            elif kind in _BINDS:
                stores |= bits.get(_BINDS[kind](node) or "", 0)
            for name in FIELDS[kind] if kind is not ast.Constant else ():
                value = getattr(node, name)
                if value.__class__ is list:
                    stack += value
                elif value is not None:
                    stack.append(value)
        this.nodes += count
        this.reads |= reads
        this.stores |= stores


def best_block(scopes: Sequence[Scope]) -> Block | None:
    """The candidate of a function that saves most, the first of equals; none if none saves anything.

    `scopes` are the function's and those of all that is nested in it.
    """
    reading = Reading(scopes)
    best, most = None, 0
    for run in reading.runs():
        saving = min(run.nodes, reading.nodes - run.nodes) - _NAME_COST
        if saving > most:
            saving -= _NAME_COST * (run.takes.bit_count() + run.gives.bit_count())
        if saving > most:
            best, most = run, saving
    if best is None:
        return None
    return Block(best.line, best.end_line, best.nodes, reading.named(best.takes), reading.named(best.gives), most)
