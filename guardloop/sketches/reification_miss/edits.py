"""What becomes of a place that asks the predicate: the call in the place of its literals."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from engine.protocol import Edit
from guardloop.sketches.duplication.program import Parsed, indentation
from guardloop.sketches.duplication.region import Refused
from guardloop.sketches.duplication.text import Part, Text
from guardloop.sketches.reification_miss.chain import Chain
from guardloop.sketches.reification_miss.predicate import Use
from guardloop.sketches.reification_miss.site import topmost

_GROUPING = re.compile(r"^$|[^\w)\]}'\"]$|\b(?:if|elif|while|return|and|or|not|in|is|assert|else|yield|case)$")
_LOOSE = (ast.stmt, ast.BoolOp, ast.IfExp, ast.comprehension, ast.keyword, ast.match_case, ast.withitem)


def use_edits(use: Use, call: Text) -> Iterator[Edit]:
    """The edits of one place; raises `Refused` where its text can't be edited safely."""
    chain, picked = use.site.chain, set(use.site.picked)
    if len(picked) == len(chain.operands):
        yield from _whole(use, call)
        return
    if not isinstance(chain.node, ast.BoolOp):
        raise Refused(f"{use.site}: only some of several ifs are tested together")
    text = _answer(use, call)
    file, operands = chain.file, chain.operands
    run = _run(sorted(picked), use.at)
    yield Edit(file.path, operands[run[0]].start, operands[run[-1]].end, text)
    for at in sorted(picked - set(run)):
        start, end = (
            (operands[at].start, operands[at + 1].start) if at < run[0] else (operands[at - 1].end, operands[at].end)
        )
        yield _deletion(use, file, start, end)
    _check_comments(use, file, operands[run[0]].start, operands[run[-1]].end)


def _answer(use: Use, call: Text) -> Text:
    """What a place wants to know, where it needs no brackets."""
    return ("not ", *call) if use.is_negated else call


def _run(picked: list[int], at: int) -> list[int]:
    """The literals that stand side by side with the one at `at`."""
    run = [at]
    while run[-1] + 1 in picked:
        run.append(run[-1] + 1)
    while run[0] - 1 in picked:
        run.insert(0, run[0] - 1)
    return run


def _deletion(use: Use, file: Parsed, start: int, end: int) -> Edit:
    _check_comments(use, file, start, end)
    return Edit(file.path, start, end, ())


def _check_comments(use: Use, file: Parsed, start: int, end: int) -> None:
    first, last = file.text.count("\n", 0, start) + 1, file.text.count("\n", 0, end) + 1
    inside = [text for line, text in file.comments if first <= line < last]
    if any("noqa" in text or "type:" in text or "pragma" in text for text in inside):
        raise Refused(f"{use.site}: a comment inside the condition tells a tool something")


def _whole(use: Use, call: Text) -> Iterator[Edit]:
    chain = use.site.chain
    file = chain.file
    if isinstance(chain.node, ast.If):
        yield from _merged(use, chain, call)
        return
    start, end = chain.start, chain.end
    _check_comments(use, file, start, end)
    if isinstance(chain.node, ast.comprehension):
        yield Edit(file.path, start, end, _answer(use, call))
        return
    node, is_negated = topmost(use.site, use.is_negated)
    parent = file.parents.get(node)
    if isinstance(node, ast.UnaryOp):
        start, end = file.offset(node.lineno, node.col_offset), file.end(node)
    is_loose = isinstance(parent, _LOOSE) or _is_argument(node, parent)
    if is_loose or not is_negated:
        start, end = _without_brackets(file.text, start, end)
    negated: Text = ("not ", *call)
    if is_negated and not is_loose and not _is_bracketed(file.text, start, end):
        negated = ("(not ", *call, ")")
    text = negated if is_negated else call
    gap: tuple[Part, ...] = (" ",) if start and (file.text[start - 1].isalnum() or file.text[start - 1] == "_") else ()
    yield Edit(file.path, start, end, (*gap, *text))


def innermost(chain: Chain) -> ast.If:
    """The last of several ifs that become one."""
    inner = chain.node
    while isinstance(inner, ast.If) and not any(chain.operands[-1].node is node for node in ast.walk(inner.test)):
        inner = inner.body[0]  # type: ignore[assignment]  # `joined_tests` found ifs only
    assert isinstance(inner, ast.If)
    return inner


def _is_argument(node: ast.AST, parent: ast.AST | None) -> bool:
    return isinstance(parent, ast.Call) and any(argument is node for argument in parent.args)


def _without_brackets(text: str, start: int, end: int) -> tuple[int, int]:
    """The span with the brackets that do nothing but group it."""
    while True:
        opening, closing = len(text[:start].rstrip()) - 1, end + len(text[end:]) - len(text[end:].lstrip())
        if opening < 0 or text[opening] != "(" or text[closing : closing + 1] != ")":
            return start, end
        if not _GROUPING.search(text[:opening].rstrip()[-12:]):
            return start, end
        start, end = opening, closing + 1


def _is_bracketed(text: str, start: int, end: int) -> bool:
    return text[:start].rstrip().endswith("(") and text[end:].lstrip().startswith(")")


def _merged(use: Use, chain: Chain, call: Text) -> Iterator[Edit]:
    """Several ifs become one: its test, and the innermost body with fewer indentation."""
    file, outer = chain.file, chain.node
    assert isinstance(outer, ast.If)
    inner = innermost(chain)
    first, last = inner.body[0].lineno, inner.body[-1].end_lineno or 0
    header_end = file.text.index(":", file.end(inner.test))
    if inner.orelse or first <= inner.lineno or any(outer.lineno <= line < first for line, _ in file.comments):
        raise Refused(f"{use.site}: the ifs can't be written as one")
    start, end = file.offset(outer.test.lineno, outer.test.col_offset), header_end
    start, _ = _without_brackets(file.text, start, file.end(outer.test))
    gap: tuple[Part, ...] = (" ",) if file.text[start - 1].isalnum() else ()
    yield Edit(file.path, start, end, (*gap, *_answer(use, call)))
    surplus = len(indentation(file.line(inner.lineno))) - len(indentation(file.line(outer.lineno)))
    for line in range(first, last + 1):
        if line not in file.string_lines and len(indentation(file.line(line))) >= surplus:
            at = file.line_starts[line - 1]
            yield Edit(file.path, at, at + surplus, ())
