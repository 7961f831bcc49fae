"""Names for constants and classes, from the value, from how it is used and from what the hints share."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from engine.naming.nouns import callee, is_generic, noun
from engine.naming.outline import Outline
from engine.naming.roles import Proposal, roles
from engine.naming.words import common, plural, split
from engine.protocol import Hole

_LAST_RESORT = ("default", "value", "setting", "constant", "shared")


def constant_value(outline: Outline, hole: Hole) -> ast.expr | None:
    """What a module or a class assigns to the hole; None when it is no constant."""
    for node in outline.mentions[hole.name]:
        match outline.parents.get(node):
            case ast.Assign(value=value, targets=targets) as statement if node in targets:
                pass
            case ast.AnnAssign(target=target, value=ast.expr() as value) as statement if node is target:
                pass
            case _:
                continue
        if isinstance(outline.parents[statement], ast.Module | ast.ClassDef):
            return value
    return None


def constant_names(outline: Outline, hole: Hole, value: ast.expr) -> Iterator[Proposal]:
    """Words for a constant; the caller writes them in capitals."""
    for score, words in roles(outline, hole):
        yield score - 0.5, words
        yield score - 0.6, ["default", *words]
    for node in outline.mentions[hole.name]:
        yield from _around(outline, node)
    yield from _value_words(value)
    shared = common(hole.hints)
    if not is_generic(shared):
        yield 8.0, shared
    hinted = [words for hint in hole.hints if 0 < len(words := split(hint)) < 5]
    yield from ((6.0 - 0.4 * at, words) for at, words in enumerate(hinted))
    yield from ((0.5 - at / 100, [word]) for at, word in enumerate(_LAST_RESORT))


def class_names(outline: Outline, hole: Hole) -> Iterator[Proposal]:
    """Words for a class: what the classes that derive from it share, then their parents' names."""
    users = [outline.parents.get(node) for node in outline.mentions[hole.name]]
    derived = [user.name for user in users if isinstance(user, ast.ClassDef)]
    shared = common([*hole.hints, *derived])
    if not is_generic(shared):
        yield 8.0, ["base", *shared]
        yield 7.5, [*shared, "mixin"]
        yield 7.0, ["shared", *shared]
    yield from ((5.0 - 0.4 * at, [*split(name), "mixin"]) for at, name in enumerate([*hole.hints, *derived]))
    yield 0.5, ["shared", "mixin"]
    yield 0.4, ["common", "behaviour"]


def _around(outline: Outline, node: ast.AST) -> Iterator[Proposal]:
    parent = outline.parents.get(node)
    if isinstance(parent, ast.arguments) and isinstance(node, ast.expr) and node in parent.defaults:
        named = [*parent.posonlyargs, *parent.args][-len(parent.defaults) :]
        words = split(named[parent.defaults.index(node)].arg)
        yield 9.0, ["default", *words]
        yield 7.0, words
    if isinstance(parent, ast.Compare) and len(parent.ops) == 1:
        other = noun(parent.left if parent.left is not node else parent.comparators[0])
        if isinstance(parent.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE) and other:
            yield 8.0, ["max", *other]
            yield 7.0, ["min", *other]
        if isinstance(parent.ops[0], ast.In | ast.NotIn) and other and parent.left is not node:
            yield 7.5, ["known", *other[:-1], plural(other[-1])]


def _value_words(value: ast.expr) -> Iterator[Proposal]:
    match value:
        case ast.Constant(value=str(text)):
            words = split(text)
            if 0 < len(words) <= 4:
                yield 5.5, words
                yield 4.0, ["default", *words]
            if "%" in text or "{" in text:
                yield 6.0, ["template"]
                yield 5.8, ["format"]
            elif words:
                yield 3.0, [*words[:3], "message"] if len(words) > 4 else [*words, "text"]
            elif text:
                yield 3.0, ["separator"]
        case ast.Constant(value=int() | float()):
            yield 2.0, ["default", "size"]
            yield 1.9, ["limit"]
        case ast.Tuple(elts=items) | ast.Set(elts=items) | ast.List(elts=items) if items:
            several = [[*words[:-1], plural(words[-1])] for item in items[:2] if (words := noun(item))]
            yield from ((4.0 - at, words) for at, words in enumerate(several))
        case ast.Call() if callee(value) == "compile":
            yield 6.0, ["pattern"]
        case ast.Call() if callee(value) == "object":
            yield 6.5, ["missing"]
            yield 6.0, ["unset"]
        case _:
            yield from ((5.0, words) for words in [noun(value)] if words)
