"""Small faults put into one line: what a reviser starts from when the authors' line is what it should come to."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from engine.training.sites import Page

SECOND_FAULT = 0.15
"""Share of mutated lines that get two faults."""
_OPERATORS = {
    "==": ("!=", "is", ">="),
    "!=": ("==", "is not"),
    "<": ("<=", ">"),
    "<=": ("<", ">="),
    ">": (">=", "<"),
    ">=": (">", "<="),
    "is": ("is not", "=="),
    "is not": ("is",),
    "in": ("not in",),
    "not in": ("in",),
    "and": ("or",),
    "or": ("and",),
    "+": ("-",),
    "-": ("+",),
    "*": ("/", "+"),
    "/": ("*", "//"),
    "//": ("/",),
    "%": ("//",),
    "&": ("|",),
    "|": ("&",),
}
_OPERATOR = re.compile("|".join(re.escape(text) for text in sorted(_OPERATORS, key=len, reverse=True)))
Change = tuple[int, int, str]
"""The bytes from start to end, and what takes their place."""


def mutated(page: Page, node: ast.stmt | ast.expr, function: ast.AST, rng: random.Random) -> str | None:
    """A faulty text for a statement or expression, of words that its function has; None when nothing can be changed."""
    start, end = page.span(node)
    faults = 2 if rng.random() < SECOND_FAULT else 1
    # The rarer sort of change is as likely as the commoner one.
    sorts = [list(sort(page, node, function)) for sort in (_operators, _names, _literals, _arguments)]
    rng.shuffle(sorts)
    chosen = sorted({rng.choice(changes) for changes in [*filter(None, sorts)][:faults]}, reverse=True)
    if any(earlier[1] > later[0] for later, earlier in pairwise(chosen)):
        chosen = chosen[:1]
    text = page.source[start:end]
    for first, last, replacement in chosen:
        text = text[: first - start] + replacement.encode() + text[last - start :]
    mutant = text.decode()
    return mutant if mutant != page.source[start:end].decode() and _parses(mutant) else None


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        # A `return` is no statement of a module, but parses.
        return False
    return True


def _operators(page: Page, node: ast.AST, function: ast.AST) -> Iterator[Change]:
    for child in ast.walk(node):
        pairs: Sequence[tuple[ast.expr, ast.expr]] = ()
        if isinstance(child, ast.Compare):
            pairs = list(pairwise([child.left, *child.comparators]))
        elif isinstance(child, ast.BoolOp):
            pairs = list(pairwise(child.values))
        elif isinstance(child, ast.BinOp):
            pairs = [(child.left, child.right)]
        elif isinstance(child, ast.UnaryOp) and isinstance(child.op, ast.Not):
            yield page.span(child)[0], page.span(child.operand)[0], ""
        for left, right in pairs:
            start, end = page.span(left)[1], page.span(right)[0]
            found = _OPERATOR.search(page.source[start:end].decode())
            if found:
                yield from ((start + found.start(), start + found.end(), other) for other in _OPERATORS[found[0]])


def _names(page: Page, node: ast.AST, function: ast.AST) -> Iterator[Change]:
    names = {child.id for child in ast.walk(function) if isinstance(child, ast.Name)}
    names |= {child.arg for child in ast.walk(function) if isinstance(child, ast.arg)}
    attributes = {child.attr for child in ast.walk(function) if isinstance(child, ast.Attribute)}
    for child in ast.walk(node):
        if isinstance(child, ast.Name):
            yield from ((*page.span(child), other) for other in sorted(names - {child.id}))
        elif isinstance(child, ast.Attribute):
            end = page.span(child)[1]
            start = end - len(child.attr.encode())
            yield from ((start, end, other) for other in sorted(attributes - {child.attr}))


def _literals(page: Page, node: ast.AST, function: ast.AST) -> Iterator[Change]:
    joined = {part for child in ast.walk(node) if isinstance(child, ast.JoinedStr) for part in ast.walk(child)}
    texts = {child.value for child in ast.walk(function) if isinstance(child, ast.Constant)}
    strings = sorted(text for text in texts if isinstance(text, str) and len(text) < 30 and text.isprintable())
    for child in ast.walk(node):
        if not isinstance(child, ast.Constant) or child in joined:
            continue
        match child.value:
            case bool() as value:
                yield (*page.span(child), repr(not value))
            case int() as value:
                yield from ((*page.span(child), str(other)) for other in (value + 1, value - 1) if other >= 0)
            case None:
                yield (*page.span(child), "False")
            case str() as value:
                yield from (
                    (*page.span(child), f'"{other}"') for other in strings if other != value and '"' not in other
                )


def _arguments(page: Page, node: ast.AST, function: ast.AST) -> Iterator[Change]:
    for child in ast.walk(node):
        if isinstance(child, ast.Return) and child.value is not None:
            yield (*page.span(child.value), "None")
        if not isinstance(child, ast.Call) or len(child.args) < 2:
            continue
        for first, second in pairwise(child.args):
            (start, middle), (after, end) = page.span(first), page.span(second)
            between = page.source[middle:after].decode()
            yield start, end, page.source[after:end].decode() + between + page.source[start:middle].decode()
            yield middle, end, ""
