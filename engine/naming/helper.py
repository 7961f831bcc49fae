"""Names for a function that was pulled out of several places: from the places, from its body, from its callers."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from engine.naming.nouns import is_generic, noun
from engine.naming.outline import Function, Outline
from engine.naming.parameter import parse_hint
from engine.naming.predicate import asked, condition_of, is_condition, predicate_names
from engine.naming.roles import Proposal
from engine.naming.verbs import deed
from engine.naming.words import common, split, vocabulary
from engine.protocol import Hole

# A verb that needs an object to tell anything.
_BARE = vocabulary(
    "get set do run handle process visit make build create on load read write parse format compute update add check "
    "test apply call to from init new find convert render validate main encode decode save execute"
)
_LAST_RESORT = ("shared", "part", "step", "inner", "rest", "body", "impl", "shared_part", "common_part", "shared_step")


def helper_names(outline: Outline, hole: Hole) -> Iterator[Proposal]:
    """Words for a hole that names a function, a method or a property."""
    definition = outline.definition(hole)
    copies = _copies(outline, hole)
    objects = list(_objects(outline, hole, definition))
    condition = condition_of(definition) if definition else None
    if condition is not None:
        yield from predicate_names(condition)
    elif any(_is_tested(outline, use) for use in outline.uses(hole)):
        yield from ((5.0, asked(words)) for words in objects)
    yield from _from_copies(copies, objects)
    if definition is not None and condition is None:
        yield from _from_body(outline, definition, objects)
    yield from ((3.0 - 0.2 * at, split(copy)) for at, copy in enumerate(copies))
    yield from ((0.5 - at / 100, split(word)) for at, word in enumerate(_LAST_RESORT))


def _copies(outline: Outline, hole: Hole) -> list[str]:
    """The hints that are names, then the functions that call the hole, each once."""
    hinted = [name for hint in hole.hints if (name := _last_name(hint))]
    around = [outline.enclosing_function(use) for use in outline.uses(hole)]
    callers = [function.name for function in around if function is not None and not outline.is_hole(function.name)]
    names = hinted or callers
    return list(dict.fromkeys(name for name in names if not name.startswith("__") or len(names) == 1))


def _last_name(hint: str) -> str:
    match parse_hint(hint):
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _objects(outline: Outline, hole: Hole, definition: Function | None) -> Iterator[list[str]]:
    """What the function gives or works on, the most telling first: what its callers call it, what it returns, takes."""
    for use in outline.uses(hole):
        match outline.parents.get(use):
            case ast.Assign(targets=[target]) | ast.AnnAssign(target=target) if not is_generic(noun(target)):
                yield noun(target)
            case ast.keyword(arg=str(name)) if not outline.is_hole(name):
                yield split(name)
    if definition is None:
        return
    for node in ast.walk(definition):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Name | ast.Attribute):
            words = noun(node.value)
            if not is_generic(words) and not (isinstance(node.value, ast.Name) and outline.is_hole(node.value.id)):
                yield words
    arguments = [arg.arg for arg in definition.args.args if not outline.is_hole(arg.arg)]
    named = [noun(ast.Name(id=name, ctx=ast.Load())) for name in arguments if name not in {"self", "cls"}]
    yield from (words for words in named if not is_generic(words))


def _from_copies(copies: list[str], objects: list[list[str]]) -> Iterator[Proposal]:
    shared = common(copies)
    if not shared or is_generic(shared):
        return
    longest = max(len(split(copy)) for copy in copies)
    # One caller tells where the code was, not what it does: its name is the whole function's.
    told = 4.0 if len(copies) == 1 else 8.5 if len(shared) > 1 else 7.0
    bare = shared[-1] in _BARE
    yield told - (2.0 if bare else 0.0) + len(shared) / longest, shared
    for at, words in enumerate(objects[:3]):
        extended = [*shared, *(word for word in words if word not in shared)]
        if len(extended) > len(shared) and len(extended) <= 4:
            yield told - 0.3 - 0.5 * at + (1.0 if bare else 0.0), extended


def _from_body(outline: Outline, definition: Function, objects: list[list[str]]) -> Iterator[Proposal]:
    style = _verbs_in_use(outline)
    for score, verb, own in deed(outline, definition):
        for at, words in enumerate([own] if own else objects[:3] or [[]]):
            if not words and verb in _BARE:
                continue
            named = [verb, *(word for word in words if word != verb)][:4]
            yield score - 0.6 * at + min(style[verb], 3) / 10, named


def _verbs_in_use(outline: Outline) -> Counter[str]:
    names = (node.name for tree in outline.trees.values() for node in ast.walk(tree) if isinstance(node, Function))
    return Counter(words[0] for name in names if (words := split(name)))


def _is_tested(outline: Outline, use: ast.expr) -> bool:
    parent = outline.parents.get(use)
    tested = getattr(parent, "test", None) is use
    return tested or isinstance(parent, ast.BoolOp) or (isinstance(parent, ast.expr) and is_condition(parent))
