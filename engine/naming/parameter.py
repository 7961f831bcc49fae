"""Names for parameters and local variables, from what is passed or assigned and from how it is used."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from engine.naming.nouns import annotation_words, is_generic, noun, nouns
from engine.naming.outline import Function, Outline
from engine.naming.roles import Proposal, roles
from engine.naming.words import common, singular, snake
from engine.protocol import Hole

_BY_TYPE = {bool: "flag", str: "name", int: "number", float: "factor", bytes: "data"}
_LAST_RESORT = ("value", "option", "item", "argument", "extra", "other", "setting", "parameter", "given")


def parameter_names(outline: Outline, hole: Hole) -> Iterator[Proposal]:
    """Words for a hole that is a parameter or a variable."""
    sites = [*_passed_in(outline, hole), *_assigned(outline, hole)]
    yield from together(sites)
    yield from roles(outline, hole)
    yield from _from_hints(hole)
    for node in outline.mentions[hole.name]:
        if isinstance(node, ast.arg) and (words := annotation_words(node.annotation)):
            yield 5.0, words
            yield 4.9, words[-1:]
    yield from _from_types(sites)
    yield from ((0.5 - at / 100, [word]) for at, word in enumerate(_LAST_RESORT))


def together(sites: list[ast.expr]) -> Iterator[Proposal]:
    """What the expressions that one name stands for have in common, then each one's own words."""
    names = [snake(noun(site)) for site in sites]
    told = [name for name in names if name]
    if told and len(told) == len(names):
        words = common(told)
        same = len(set(told)) == 1
        if words and not is_generic(words):
            # Attributes of one name are mostly the name; a word that only some share is less of one.
            yield (9.0 if same else 8.0), words
            yield (5.5 if same else 7.0), words[-1:]
        elif words:
            yield 3.0, words
    seen: dict[str, float] = {}
    for at, site in enumerate(sites):
        for rank, phrase in enumerate(nouns(site)[:2]):
            # A literal is one of the values, not a name for all of them.
            weight = (2.0 if isinstance(site, ast.Constant) else 4.5) - 0.3 * at - 0.5 * rank
            key = snake(phrase)
            seen[key] = max(seen.get(key, 0.0), weight)
            if not is_generic(phrase):
                yield seen[key], phrase


def _passed_in(outline: Outline, hole: Hole) -> Iterator[ast.expr]:
    for node in outline.mentions[hole.name]:
        if isinstance(node, ast.keyword):
            yield node.value
        if isinstance(node, ast.arg) and isinstance(owner := outline.enclosing_function(node), Function):
            yield from _positional(outline, owner, node)


def _positional(outline: Outline, owner: Function, parameter: ast.arg) -> Iterator[ast.expr]:
    names = [arg.arg for arg in (*owner.args.posonlyargs, *owner.args.args)]
    if parameter.arg not in names:
        return
    position = names.index(parameter.arg)
    for tree in outline.trees.values():
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call):
                continue
            match call.func:
                case ast.Name(id=name):
                    bound = 0
                case ast.Attribute(attr=name):
                    bound = 1 if names[:1] in (["self"], ["cls"]) else 0
                case _:
                    continue
            if name == owner.name and 0 <= position - bound < len(call.args):
                yield call.args[position - bound]


def _assigned(outline: Outline, hole: Hole) -> Iterator[ast.expr]:
    for node in outline.mentions[hole.name]:
        match outline.parents.get(node):
            case ast.Assign(value=value, targets=targets) if node in targets:
                yield value
            case ast.AnnAssign(target=target, value=ast.expr() as value) if node is target:
                yield value
            case ast.NamedExpr(target=target, value=value) if node is target:
                yield value
            case ast.withitem(optional_vars=target, context_expr=value) if node is target:
                yield value
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value) if node is target:
                if words := noun(value):
                    yield ast.Name(id=snake([*words[:-1], singular(words[-1])]), ctx=ast.Load())


def _from_hints(hole: Hole) -> Iterator[Proposal]:
    parsed = [expression for hint in hole.hints if (expression := parse_hint(hint)) is not None]
    yield from ((score - 0.5, words) for score, words in together(parsed))
    for at, expression in enumerate(parsed):
        if (words := noun(expression)) and not is_generic(words) and not isinstance(expression, ast.Constant):
            yield 6.0 - 0.4 * at, words


def parse_hint(hint: str) -> ast.expr | None:
    """A hint as an expression; None when it is not one."""
    try:
        return ast.parse(hint.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _from_types(sites: list[ast.expr]) -> Iterator[Proposal]:
    for site in sites:
        if isinstance(site, ast.Constant) and type(site.value) in _BY_TYPE:
            yield 1.5, [_BY_TYPE[type(site.value)]]
        if isinstance(site, ast.Constant) and site.value is None:
            yield 1.0, ["default"]
