"""Places of a file that hold more, or less, than a name: literals, lines, a few lines together, and faulty lines."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator

from engine.protocol import HoleKind
from engine.training.mutation import mutated
from engine.training.sites import FUNCTION, Page, Rates, Site, is_worth_naming, sites

_SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr, ast.Raise, ast.Assert, ast.Delete)
_LONGEST_LINE, _LONGEST_LITERAL = 100, 40
_SEVERAL = (2, 3, 4)


def statement_sites(page: Page, rates: Rates, rng: random.Random) -> Iterator[Site]:
    """A sample of the literals, lines, few lines together and revisions of each function that has them."""
    for node in ast.walk(page.tree):
        if isinstance(node, FUNCTION) and is_worth_naming(node):
            if rng.random() < rates.literal:
                yield from _one(page, HoleKind.LITERAL, list(_literals(page, node)), rng)
            if rng.random() < rates.line:
                yield from _one(page, HoleKind.LINE, list(_runs(page, node, 1)), rng)
            if rng.random() < rates.lines:
                # Drawn by length first: there are more places for two lines than for four.
                spans = [found for count in _SEVERAL if (found := list(_runs(page, node, count)))]
                yield from _one(page, HoleKind.LINES, rng.choice(spans) if spans else [], rng)
            if rng.random() < rates.revision and (site := _revision(page, node, rng)):
                yield site


def everything(page: Page, rng: random.Random) -> Iterator[Site]:
    """One site of each task wherever the file has one."""
    yield from sites(page, Rates.full(), rng)
    yield from statement_sites(page, Rates.full(), rng)


def _one(page: Page, kind: HoleKind, spans: list[tuple[int, int]], rng: random.Random) -> Iterator[Site]:
    if spans:
        start, end = rng.choice(spans)
        yield Site(kind, (page.source[start:end].decode(),), ((start, end, 0),))


def _revision(page: Page, function: ast.FunctionDef | ast.AsyncFunctionDef, rng: random.Random) -> Site | None:
    """A statement of one line, or a condition, with a small fault in it."""
    conditions = [node.test for node in ast.walk(function) if isinstance(node, ast.If | ast.While)]
    choices: list[ast.stmt | ast.expr] = [test for test in conditions if test.lineno == test.end_lineno]
    choices += [node for node in ast.walk(function) if isinstance(node, _SIMPLE) and _is_one_line(node)]
    if not choices:
        return None
    node = rng.choice(choices)
    mutant = mutated(page, node, function, rng)
    start, end = page.span(node)
    text = page.source[start:end].decode()
    return None if mutant is None else Site(HoleKind.REVISION, (text,), ((start, end, 0),), mutated=mutant)


def _literals(page: Page, function: ast.AST) -> Iterator[tuple[int, int]]:
    inside_texts = {part for node in ast.walk(function) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(function):
        if isinstance(node, ast.Constant) and node not in inside_texts and isinstance(node.value, (str, int, float)):
            start, end = page.span(node)
            if not isinstance(node.value, bool) and end - start <= _LONGEST_LITERAL and node.lineno == node.end_lineno:
                yield start, end


def _runs(page: Page, function: ast.AST, count: int) -> Iterator[tuple[int, int]]:
    """From the first column of the first statement to the end of the last, for runs of so many one-line statements."""
    for node in ast.walk(function):
        for body in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
            if not isinstance(body, list):
                continue
            for at in range(len(body) - count + 1):
                run = body[at : at + count]
                if all(map(_is_one_line, run)) and run[-1].lineno - run[0].lineno == count - 1:
                    yield page.span(run[0])[0], page.span(run[-1])[1]


def _is_one_line(node: ast.stmt) -> bool:
    is_short = node.lineno == node.end_lineno and (node.end_col_offset or 0) <= _LONGEST_LINE
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_short and not is_text and isinstance(node, _SIMPLE)
