"""What speaks against a name, whoever proposed it: it promises what the code does not do, or is hard to tell apart."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from engine.naming.outline import Function, Outline
from engine.naming.predicate import ASKS, conditions_of
from engine.naming.roles import holds_several
from engine.naming.words import GIVERS, VERBS, plural, singular, split, vocabulary
from engine.protocol import Hole, HoleKind

_CALLED = vocabulary("fn func function callback factory class cls type kind key predicate hook handler method call")
_DOERS = vocabulary("set clear reset remove delete register ensure require")
_MUCH, _SOME, _LITTLE = 5.0, 3.0, 1.5
_LEAST_LETTERS = 3


def misfit(outline: Outline, hole: Hole, name: str) -> float:
    """How many points of fit the name loses; 0.0 where nothing speaks against it."""
    words = split(name)
    if not words:
        return 0.0
    definition = outline.definition(hole)
    if hole.kind is HoleKind.HELPER_NAME and definition is not None:
        others = outline.functions
        clash = _SOME if name in others or name.strip("_") in _asked(definition) else 0.0
        return clash + _as_deed(hole, words, others) + _as_answer(outline.gives(hole), definition, words)
    return _as_value(outline, hole, name)


def _as_answer(gives: bool, definition: Function, words: list[str]) -> float:
    """A name that promises a value where there is none, or hides that there is one, or that more is done than told."""
    if not gives:
        return _MUCH if words[0] in GIVERS | ASKS else 0.0 if _is_deed(words) else _SOME
    hides = words[0] in _DOERS or (words[0] in ASKS and not conditions_of(definition))
    return _SOME if hides or (words[0] in ASKS | {"get"} and _stores(definition)) else 0.0


def _stores(definition: Function) -> bool:
    """Whether the function changes what it was given."""
    given = {
        argument.arg for argument in (*definition.args.posonlyargs, *definition.args.args, *definition.args.kwonlyargs)
    }
    places = (node for node in ast.walk(definition) if isinstance(node, ast.Attribute | ast.Subscript))
    return any(isinstance(place.ctx, ast.Store | ast.Del) and _owner(place) in given for place in places)


def _owner(place: ast.expr) -> str:
    """The name that a chain of attributes and subscripts begins with; empty if it begins with none."""
    while isinstance(place, ast.Attribute | ast.Subscript):
        place = place.value
    return place.id if isinstance(place, ast.Name) else ""


def _asked(definition: Function) -> set[str]:
    """The attributes that the function itself reads: its answer is more than any of theirs."""
    nodes = [node for statement in definition.body for node in ast.walk(statement)]
    called = {node.func for node in nodes if isinstance(node, ast.Call)}
    return {node.attr.strip("_") for node in nodes if isinstance(node, ast.Attribute) and node not in called}


def _as_deed(hole: Hole, words: list[str], others: Iterable[str]) -> float:
    """A verb without an object, or no verb where the other functions have one."""
    if len(words) == 1 and words[0] in VERBS:
        return _SOME
    if _is_deed(words) or (hole.hints and all({*words} <= {*split(hint)} for hint in hole.hints)):
        return 0.0
    said = [_is_deed(name) for name in map(split, others) if name]
    return _LITTLE if 2 * sum(said) > len(said) else 0.0


def _is_deed(words: list[str]) -> bool:
    # Some write two words as one: `popitem`.
    return words[0] in ASKS or any(words[0].startswith(words[0][:at]) for at in range(3, 9) if words[0][:at] in VERBS)


def _as_value(outline: Outline, hole: Hole, name: str) -> float:
    if any(_is_short_for(name, other) for other in _beside(outline, hole) if other != name):
        return _SOME
    first, last = split(name)[0], split(name)[-1]
    if outline.calls(hole) and first not in VERBS and last not in _CALLED:
        return _SOME
    return _LITTLE if holds_several(outline, hole) and singular(last) == last == plural(last)[:-1] else 0.0


def _beside(outline: Outline, hole: Hole) -> set[str]:
    """The other parameters of the function that the hole is a parameter of."""
    owners = (outline.enclosing_function(node) for node in outline.mentions[hole.name] if isinstance(node, ast.arg))
    arguments = (argument.arg for owner in owners if owner for argument in [*owner.args.args, *owner.args.kwonlyargs])
    return {argument for argument in arguments if not outline.is_hole(argument)}


def _is_short_for(one: str, other: str) -> bool:
    """Whether one is the beginning of the other, as `val` is of `value`; several and one of them are told apart."""
    short, long = sorted((one.strip("_"), other.strip("_")), key=len)
    if short == long:
        return True
    is_beginning = long.startswith(short) and long[len(short)] != "_"
    return len(short) >= _LEAST_LETTERS and is_beginning and singular(long) != short
