"""Operands that `and` or `or` joins, with the characters that each takes, its brackets included."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from guardloop.sketches.duplication.program import Parsed
from guardloop.sketches.duplication.region import Refused
from metrics.scorers.reification_miss.conditions import is_comparison, joined_tests

_CODE = re.compile(r"#[^\r\n]*|(?P<code>and\b|or\b|[()])")
_POSITIVE: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.IsNot: ast.Is, ast.NotIn: ast.In, ast.NotEq: ast.Eq}
_MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.Eq,
    ast.NotEq: ast.NotEq,
    ast.Lt: ast.Gt,
    ast.Gt: ast.Lt,
    ast.LtE: ast.GtE,
    ast.GtE: ast.LtE,
}


@dataclass(frozen=True, eq=False)
class Operand:
    """One operand: the node that stands there, what is left of it without `not`, and whether that must hold."""

    node: ast.expr
    core: ast.expr
    holds: bool
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Chain:
    """The operands of one operator, or of tests that must all hold; `node` is what they make together."""

    file: Parsed
    is_or: bool
    operands: tuple[Operand, ...]
    node: ast.expr | ast.If | ast.comprehension

    @property
    def start(self) -> int:
        """The offset of the first character."""
        return self.operands[0].start

    @property
    def end(self) -> int:
        """The offset after the last character."""
        return self.operands[-1].end


def chain_of(file: Parsed, literals: Sequence[ast.expr]) -> Chain:
    """The chain whose operands the literals are; raises `Refused` if they are not the operands of one."""
    tops = [_with_negations(file, literal) for literal in literals]
    parents = {id(parent): parent for top in tops if (parent := file.parents.get(top))}
    if len(parents) == 1 and isinstance(parent := next(iter(parents.values())), ast.BoolOp):
        return Chain(file, isinstance(parent.op, ast.Or), tuple(_operands(file, parent)), parent)
    return _joined(file, tops)


def _with_negations(file: Parsed, node: ast.expr) -> ast.expr:
    while isinstance(parent := file.parents.get(node), ast.UnaryOp) and isinstance(parent.op, ast.Not):
        node = parent
    if isinstance(parent, ast.NamedExpr):
        raise Refused(f"{file.path}:{node.lineno}: `{ast.unparse(node)}` is bound to a name where it is tested")
    return node


def _operands(file: Parsed, node: ast.BoolOp) -> list[Operand]:
    """The operands of an operator, each with its brackets."""
    word = "or" if isinstance(node.op, ast.Or) else "and"
    start, found = file.offset(node.lineno, node.col_offset), []
    for value, following in pairwise(node.values):
        end, start_of_next = _between(file, value, following, word)
        found.append(_operand(value, start, end))
        start = start_of_next
    return [*found, _operand(node.values[-1], start, file.end(node))]


def _between(file: Parsed, value: ast.expr, following: ast.expr, word: str) -> tuple[int, int]:
    """Where an operand's brackets end, and where those of the following one begin."""
    start, stop = file.end(value), file.offset(following.lineno, following.col_offset)
    code = [match for match in _CODE.finditer(file.text, start, stop) if match.lastgroup == "code"]
    at = next((n for n, match in enumerate(code) if match.group() == word), None)
    if at is None:
        raise Refused(f"{file.path}:{value.lineno}: the operator was not found between its operands")
    after = code[at + 1].start() if at + 1 < len(code) else stop
    return code[at - 1].end() if at else start, after


def _operand(node: ast.expr, start: int, end: int) -> Operand:
    core, holds = core_of(node)
    return Operand(node, core, holds, start, end)


def core_of(node: ast.expr) -> tuple[ast.expr, bool]:
    """The expression without `not` and with a positive operator, and whether that must hold: of the same truth."""
    holds = True
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        node, holds = node.operand, not holds
    if is_comparison(node):
        left, right, kind = node.left, node.comparators[0], type(node.ops[0])
        if _is_literal(left) and not _is_literal(right) and kind in _MIRRORED:
            left, right, kind = right, left, _MIRRORED[kind]
        positive = _POSITIVE.get(kind, kind)
        return ast.Compare(left, [positive()], [right]), holds == (positive is kind)
    return node, holds


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes, int, type(None)))


def _joined(file: Parsed, tops: Sequence[ast.expr]) -> Chain:
    """Literals of several ifs, or of several conditions of a comprehension, all of which must hold."""
    first = min(tops, key=lambda top: (top.lineno, top.col_offset))
    holder = file.parents.get(first)
    if isinstance(holder, ast.BoolOp):
        holder = file.parents.get(holder)
    tests = joined_tests(holder) if isinstance(holder, (ast.If, ast.comprehension)) else []
    operands = [operand for test in tests for operand in _conjuncts(file, test)]
    nodes = {id(operand.node) for operand in operands}
    if isinstance(holder, (ast.If, ast.comprehension)) and all(id(top) in nodes for top in tops):
        return Chain(file, False, tuple(operands), holder)
    raise Refused(f"{file.path}:{first.lineno}: what is tested together is spread over several expressions")


def _conjuncts(file: Parsed, test: ast.expr) -> list[Operand]:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return _operands(file, test)
    return [_operand(test, file.offset(test.lineno, test.col_offset), file.end(test))]
