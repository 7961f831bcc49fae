"""Places of a file that hold more, or less, than a name: literals, single lines, and a few lines together."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator

from engine.protocol import HoleKind
from engine.training.sites import FUNCTION, Page, Site, is_worth_naming

_SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr, ast.Raise, ast.Assert, ast.Delete)
_LONGEST_LINE, _LONGEST_LITERAL = 100, 40
_FEWEST_LINES, _MOST_LINES = 2, 4


def statement_sites(page: Page, rng: random.Random) -> Iterator[Site]:
    """A literal, a line and a few lines of each function that has them."""
    for node in ast.walk(page.tree):
        if isinstance(node, FUNCTION) and is_worth_naming(node):
            for kind, spans in (
                (HoleKind.LITERAL, list(_literals(page, node))),
                (HoleKind.LINE, list(_runs(page, node, 1, 1))),
                (HoleKind.LINES, list(_runs(page, node, _FEWEST_LINES, _MOST_LINES))),
            ):
                if spans:
                    start, end = rng.choice(spans)
                    yield Site(kind, (page.source[start:end].decode(),), ((start, end, 0),))


def _literals(page: Page, function: ast.AST) -> Iterator[tuple[int, int]]:
    inside_texts = {part for node in ast.walk(function) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(function):
        if isinstance(node, ast.Constant) and node not in inside_texts and isinstance(node.value, (str, int, float)):
            start, end = page.span(node)
            if not isinstance(node.value, bool) and end - start <= _LONGEST_LITERAL and node.lineno == node.end_lineno:
                yield start, end


def _runs(page: Page, function: ast.AST, least: int, most: int) -> Iterator[tuple[int, int]]:
    """From the first column of the first statement to the end of the last, for runs of so many one-line statements."""
    for node in ast.walk(function):
        for body in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
            if not isinstance(body, list):
                continue
            for count in range(least, most + 1):
                for at in range(len(body) - count + 1):
                    run = body[at : at + count]
                    if all(map(_is_one_line, run)) and run[-1].lineno - run[0].lineno == count - 1:
                        last = run[-1]
                        yield page.at(run[0].lineno, run[0].col_offset), page.at(last.lineno, last.end_col_offset)


def _is_one_line(node: ast.stmt) -> bool:
    is_short = node.lineno == node.end_lineno and (node.end_col_offset or 0) <= _LONGEST_LINE
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_short and not is_text and isinstance(node, _SIMPLE)
