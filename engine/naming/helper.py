"""Names for a function that was pulled out of several places: from the places, from its body, from its callers."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from engine.naming.nouns import is_generic, noun
from engine.naming.outline import Function, Outline
from engine.naming.parameter import parse_hint
from engine.naming.predicate import asked, conditions_of, is_condition, is_docstring, predicate_names
from engine.naming.roles import Proposal
from engine.naming.verbs import Deed, deed
from engine.naming.words import GIVERS, VERBS, common, snake, split, vocabulary
from engine.protocol import Hole

_STATES = vocabulary("exists contains equals matches")
_AGREEMENT = 2.5
_LAST_RESORT = ("shared", "part", "step", "inner", "rest", "body", "impl", "shared_part", "common_part", "shared_step")


def helper_names(outline: Outline, hole: Hole) -> Iterator[Proposal]:
    """Words for a hole that names a function, a method or a property.

    A name gains by each word that another reading of the code arrives at too.
    """
    found = list(_readings(outline, hole))
    votes: dict[str, float] = {}
    for score, words in found:
        for word in {*words}:
            votes[word] = votes.get(word, 0.0) + score / 10
    for score, words in found:
        agreed = sum(votes[word] - score / 10 for word in words) / len(words)
        yield score + _AGREEMENT * min(agreed, 3.0), words
    # One copy's name is a name for all of them only where nothing better is at hand.
    yield from ((1.5 - 0.2 * at, split(copy)) for at, copy in enumerate(_copies(outline, hole)))
    yield from ((0.5 - at / 100, split(word)) for at, word in enumerate(_LAST_RESORT))


def _readings(outline: Outline, hole: Hole) -> Iterator[Proposal]:
    definition = outline.definition(hole)
    copies = _copies(outline, hole)
    given, taken_in = list(_given(outline, hole)), list(_taken_in(outline, definition))
    objects = given + taken_in + ([] if given or taken_in else list(_dwelt_on(outline, definition)))
    conditions = conditions_of(definition) if definition else []
    if conditions:
        for at, condition in enumerate(conditions):
            yield from ((score + 1.5 - at, words) for score, words in predicate_names(condition))
    elif any(_is_tested(outline, use) for use in outline.uses(hole)):
        yield from ((5.0, asked(words)) for words in objects)
    deeds = sorted(deed(outline, definition), key=lambda deed: -deed[0]) if definition and not conditions else []
    verbs = list(dict.fromkeys(verb for _, verb, _ in deeds if verb in VERBS))
    if not outline.gives(hole) and (promised := common(copies))[:1] and promised[0] in GIVERS and len(promised) > 1:
        yield from ((6.0 - 0.5 * at, [verb, *promised[1:]]) for at, verb in enumerate(verbs[:2]))
    yield from _from_copies(copies, objects, verbs, _replaces_bodies(outline, hole), _ends_bodies(outline, hole))
    yield from _from_body(deeds, _verbs_in_use(outline), objects)
    # A function is a deed; what it gives names it only where nothing says how.
    yield from ((3.5 - 0.4 * at, words) for at, words in enumerate(given[:3]))


def _copies(outline: Outline, hole: Hole) -> list[str]:
    """The hints that are names, then the functions that call the hole, each once."""
    hinted = [name for hint in hole.hints if (name := _last_name(hint))]
    around = [outline.enclosing_function(use) for use in outline.uses(hole)]
    callers = [function.name for function in around if function is not None and not outline.is_hole(function.name)]
    names = dict.fromkeys(hinted or callers)
    return [name.strip("_") if name.startswith("__") else name for name in names]


def _replaces_bodies(outline: Outline, hole: Hole) -> bool:
    """Whether some function has nothing left to do but to call the hole."""
    for use in outline.uses(hole):
        function = outline.enclosing_function(use)
        if function is not None and not outline.is_hole(function.name):
            body = [statement for statement in function.body if not is_docstring(statement)]
            if len(body) == 1 and getattr(body[0], "value", None) is use:
                return True
    return False


def _last_name(hint: str) -> str:
    match parse_hint(hint):
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _ends_bodies(outline: Outline, hole: Hole) -> bool:
    """Whether each function gives back just what the hole gives: its name then tells what both are for."""
    uses = [use for use in outline.uses(hole) if outline.enclosing_function(use) is not None]
    return bool(uses) and all(isinstance(outline.parents.get(use), ast.Return) for use in uses)


def _given(outline: Outline, hole: Hole) -> Iterator[list[str]]:
    """What the callers call that which the function gives: first what their words for it have in common."""
    found = list(_told_by_callers(outline, hole))
    if len({tuple(words) for words in found}) > 1:
        shared = common(map(snake, found))
        last = Counter(words[-1] for words in found).most_common(1)
        several = [last[0][0]] if last and last[0][1] > 1 else []
        yield from (words for words in [shared or several] if not is_generic(words))
    yield from found


def _told_by_callers(outline: Outline, hole: Hole) -> Iterator[list[str]]:
    for use in outline.uses(hole):
        match outline.parents.get(use):
            case ast.Assign(targets=[ast.Tuple(elts=targets)]):
                yield from (words for words in map(noun, targets) if not is_generic(words))
            case ast.Assign(targets=[target]) | ast.AnnAssign(target=target) if not is_generic(noun(target)):
                yield noun(target)
            case ast.keyword(arg=str(name)) if not outline.is_hole(name):
                yield split(name)


def _taken_in(outline: Outline, definition: Function | None) -> Iterator[list[str]]:
    """What the function returns by name, and what it works on."""
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


def _dwelt_on(outline: Outline, definition: Function | None) -> Iterator[list[str]]:
    """What the attributes have in common that the body reads more than once."""
    nodes = (node for statement in definition.body for node in ast.walk(statement)) if definition else iter(())
    read = [node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)]
    often = [name for name, times in Counter(read).most_common(3) if times > 1 and not outline.is_hole(name)]
    words = common(often)
    if not is_generic(words):
        yield words


def _from_copies(
    copies: list[str], objects: list[list[str]], verbs: list[str], is_whole: bool, is_last: bool
) -> Iterator[Proposal]:
    """What the names of the functions share that the code came from.

    Where it was all that they do, their names were names for it; where it was a part, they tell its occasion only.
    """
    shared = common(copies)
    if is_generic(shared):
        return
    longest = max(len(split(copy)) for copy in copies)
    told = 8.0 if is_whole else 6.5 if is_last and len(shared) > 1 else 5.0 if len(copies) > 1 else 3.5
    # A verb needs its object, and an object its verb; a name that all copies have needs neither.
    bare = len(shared) < longest and (len(shared) == 1 or shared[-1] in VERBS or shared[0] not in VERBS)
    yield told - (1.5 if bare else 0.0) + len(shared) / longest, shared
    completed: list[list[str]] = []
    # A verb stands first: the `cache` of `lru_cache` is a thing.
    begins = all(split(copy)[:1] == shared[:1] for copy in copies)
    if shared[0] in VERBS and (begins or len(shared) > 1):
        completed = [[*shared, *(word for word in words if word not in shared)] for words in objects[:3]]
    elif not shared[-1].endswith("ly") and shared[-1] not in _STATES:
        completed = [[verb, *(word for word in shared if word != verb)] for verb in verbs[:3]]
    for at, words in enumerate(words for words in completed if len(shared) < len(words) <= 4):
        yield told - 0.3 - 0.5 * at + (0.5 if bare else -1.0), words


def _from_body(deeds: list[Deed], style: Counter[str], objects: list[list[str]]) -> Iterator[Proposal]:
    for score, verb, own in deeds:
        for at, words in enumerate([own] if own else objects[:3] or [[]]):
            if not words and verb in VERBS:
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
