"""How a set of literals is told to people: as its first occurrence writes it."""

from __future__ import annotations

import ast
import re

from metrics.outline import Scope
from metrics.scorers.reification_miss.conditions import is_comparison, render
from metrics.scorers.reification_miss.mining import Literal, Occurrence

_LINE = re.compile(r"\r\n|\r|\n")
_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


def conjunction(occurrence: Occurrence, text: str) -> str:
    """The literals in the order of the text, each as it must hold, joined by `and`, in one line."""
    lines = _LINE.split(text) if "\r" in text else text.split("\n")
    ordered = sorted(occurrence.literals, key=lambda literal: literal.position)
    return " and ".join(ast.unparse(_holding(literal, lines)) for literal in ordered)


def _holding(literal: Literal, lines: list[str]) -> ast.expr:
    first, start, last, end = literal.position
    source = lines[first - 1 : last]
    source[-1] = source[-1].encode()[:end].decode()
    source[0] = source[0].encode()[start:].decode()
    node = ast.parse("({}\n)".format("\n".join(source)), mode="eval").body
    _, is_negated = render(node, Scope(node))
    if literal.polarity != is_negated:
        return node
    if is_comparison(node) and type(node.ops[0]) in _OPPOSITE:
        return ast.Compare(node.left, [_OPPOSITE[type(node.ops[0])]()], node.comparators)
    return ast.UnaryOp(ast.Not(), node)
