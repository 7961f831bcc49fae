"""Names for parameters and local variables, from what is passed or assigned and from how it is used."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from engine.naming.literal import literal_words
from engine.naming.nouns import annotation_words, is_generic, noun, nouns
from engine.naming.outline import Function, Outline
from engine.naming.predicate import is_condition, predicate_names
from engine.naming.roles import Proposal, holds_several, roles
from engine.naming.words import common, plural, singular, snake, split, vocabulary
from engine.protocol import Hole

_FUNCTIONS = vocabulary("fn func function callback factory")
_BUILT_IN = vocabulary("text number flag data mapping")
# Words that say how a class is built, not what its instances are.
_SCAFFOLD = vocabulary("mixin base abstract impl meta mix in")
_LAST_RESORT = (
    "value",
    "name",
    "item",
    "data",
    "key",
    "source",
    "target",
    "option",
    "other",
    "extra",
    "setting",
    "given",
)


def parameter_names(outline: Outline, hole: Hole) -> Iterator[Proposal]:
    """Words for a hole that is a parameter or a variable."""
    sites = [*_passed_in(outline, hole), *_assigned(outline, hole)]
    yield from _in_kind(outline, hole, sites, [*together(sites), *_from_hints(hole, sites)])
    if len(sites) > 1 and all(map(is_condition, sites)):
        asked = common(snake(max(predicate_names(site), default=(0.0, []))[1]) for site in sites)
        yield from ((9.0, words) for words in [asked] if len(words) > 1)
    yield from roles(outline, hole)
    for node in outline.mentions[hole.name]:
        if isinstance(node, ast.arg) and (words := annotation_words(node.annotation)):
            # What any text or number is called says less than anything else.
            told = 1.2 if words[0] in _BUILT_IN else 5.0
            yield told, words
            yield told - 0.1, words[-1:]
    if sites and all(isinstance(site, ast.Constant) for site in sites):
        yield from literal_words([site.value for site in sites if isinstance(site, ast.Constant)])
    yield from ((0.5 - at / 100, [word]) for at, word in enumerate(_LAST_RESORT))


def _in_kind(outline: Outline, hole: Hole, sites: list[ast.expr], told: list[Proposal]) -> Iterator[Proposal]:
    """The words for what is passed in, in the form that its kind asks for: a class, a function, several of it."""
    suffix = ""
    if sites and all(isinstance(site, ast.Name) and _is_class(site.id) for site in sites):
        suffix = "class"
    elif any(outline.parents.get(node) in outline.calls(hole) for node in outline.mentions[hole.name]):
        suffix = _suffix_of_functions(outline)
    if suffix:
        # Without the word, the name would stand for one of what it makes.
        yield from ((score + 0.5, [*words, suffix]) for score, words in told if words[-1] != suffix)
        yield from ((score - (0.0 if words[-1] == suffix else 3.0), words) for score, words in told)
    elif holds_several(outline, hole):
        yield from ((score + 1.0, [*words[:-1], plural(words[-1])]) for score, words in told)
    else:
        yield from told


def _suffix_of_functions(outline: Outline) -> str:
    """What the names of functions end with where they are values; `function` if the code has no habit."""
    names = (node.id for tree in outline.trees.values() for node in ast.walk(tree) if isinstance(node, ast.Name))
    ends = Counter(words[-1] for name in names if len(words := split(name)) > 1 and words[-1] in _FUNCTIONS)
    return ends.most_common(1)[0][0] if ends else "function"


def together(sites: list[ast.expr]) -> Iterator[Proposal]:
    """What the expressions that one name stands for have in common, then each one's own words."""
    names = [snake(noun(site)) for site in sites]
    told = [name for name in names if name]
    if told and len(told) == len(names):
        words = common(told)
        same = len(set(told)) == 1
        if not is_generic(words):
            # Literals may begin alike for no reason but their form.
            less = 2.5 if all(isinstance(site, ast.Constant) for site in sites) else 0.0
            yield (9.0 if same else 8.0) - less, words
            yield (5.5 if same else 7.0) - less, words[-1:]
        elif words:
            yield 3.0, words
    variable = {snake(noun(site)) for site in sites if not isinstance(site, ast.Constant)} - {""}
    for at, site in enumerate(sites):
        # Where the sites differ, each one's word names one of the values and not all of them; a literal's always does.
        fits = 0.4 if isinstance(site, ast.Constant) else 3.0 if len(variable) > 1 else 4.5
        telling = [phrase for phrase in nouns(site)[:2] if not is_generic(phrase)]
        yield from ((fits - 0.1 * at - 0.5 * rank, phrase) for rank, phrase in enumerate(telling))


def _is_class(name: str) -> bool:
    return name[:1].isupper() and not name.isupper()


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


def _from_hints(hole: Hole, sites: list[ast.expr]) -> Iterator[Proposal]:
    """Hints repeat what is passed in; what they add is where it goes, and the class behind a `self`."""
    literals = {site.value for site in sites if isinstance(site, ast.Constant) and isinstance(site.value, str)}
    parsed = [parse_hint(hint) for hint in hole.hints if hint not in literals]
    told = [expression for expression in parsed if expression is not None]
    yield from ((score - 0.5, words) for score, words in together(told))
    if any(isinstance(site, ast.Name) and site.id == "self" for site in sites):
        shared = [word for word in common(hole.hints) if word not in _SCAFFOLD]
        yield from ((8.0, phrase) for phrase in (shared, shared[-1:]) if phrase)
        yield from ((3.2 - 0.1 * at, [word]) for at, word in enumerate(("owner", "instance", "receiver")))


def parse_hint(hint: str) -> ast.expr | None:
    """A hint as an expression; None when it is not one."""
    try:
        return ast.parse(hint.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None
