"""What an expression is called: the words that its own text offers for a name of its value."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from engine.naming.words import plural, singular, split, vocabulary

# The result is the receiver or first argument again, in another form.
_KEEPS = vocabulary(
    "int str float bool bytes list tuple set dict sorted reversed iter next abs round repr strip "
    "lstrip rstrip lower upper title casefold copy deepcopy encode decode cast replace absolute resolve expanduser "
    "removeprefix removesuffix normalize"
)
_PLURALS = frozenset({"values", "items", "split", "splitlines", "findall", "filter", "map", "list", "all"})
# A callee that begins so is named after what it gives.
_GIVES = vocabulary(
    "get fetch load read make build create compute calculate find parse to as from extract collect new iter is has "
    "resolve determine lookup"
)
_LOOKUPS = frozenset({"get", "pop", "setdefault", "getattr", "getenv", "getoption", "get_option", "attrgetter"})
_EMPTY = frozenset({"self", "cls", "_", "x", "y", "i", "j", "k", "n", "s", "t", "v", "e", "a", "b", "c", "d", "f", "p"})
_GENERIC = vocabulary("result results value values ret res out output tmp temp obj data")
_TYPES = {"str": "text", "int": "number", "float": "number", "bool": "flag", "bytes": "data", "dict": "mapping"}


def nouns(expression: ast.expr) -> list[list[str]]:
    """Phrases for the value of an expression, the most telling first; empty when the text tells nothing."""
    match expression:
        case ast.Name(id=name):
            return _phrases(split(name)) if name not in _EMPTY else []
        case ast.Attribute(value=owner, attr=attr):
            own = split(attr)
            return [phrase for phrase in (own, _last(owner) + own) if phrase] if own else []
        case ast.Call():
            return _of_call(expression)
        case ast.Subscript(value=container, slice=ast.Constant(value=str(key))):
            return _phrases(split(key)) + [_one(phrase) for phrase in nouns(container)]
        case ast.Subscript(value=container):
            return [_one(phrase) for phrase in nouns(container)]
        case ast.Constant(value=value):
            return _of_constant(value)
        case ast.Await(value=inner) | ast.Starred(value=inner) | ast.NamedExpr(value=inner):
            return nouns(inner)
        case ast.UnaryOp(operand=inner) | ast.IfExp(body=inner):
            return nouns(inner)
        case ast.BoolOp(values=values):
            return [phrase for value in values for phrase in nouns(value)][:2]
        case ast.BinOp(left=left, right=right):
            return [*nouns(left)[:1], *nouns(right)[:1]]
        case ast.JoinedStr():
            return [["text"]]
        case ast.ListComp(elt=item) | ast.SetComp(elt=item) | ast.GeneratorExp(elt=item):
            return [_many(phrase) for phrase in nouns(item)] or [["items"]]
        case ast.DictComp(key=key, value=value):
            by = [[*_many(phrase), "by", *_last(key)] for phrase in nouns(value)[:1] if _last(key)]
            return [*by, ["mapping"]]
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return [_many(phrase) for phrase in nouns(items[0])] if items else [["items"]]
        case ast.Dict():
            return [["mapping"]]
        case ast.Lambda():
            return [["function"]]
        case _:
            return []


def noun(expression: ast.expr) -> list[str]:
    """The best phrase, or no words."""
    return next(iter(nouns(expression)), [])


def is_generic(words: Sequence[str]) -> bool:
    """Whether words say nothing about what they name."""
    return not words or all(word in _GENERIC or len(word) == 1 for word in words)


def annotation_words(annotation: ast.expr | None) -> list[str]:
    """What a value of this annotation may be called: `UserConfig | None` is a `user config`, `list[Row]` is `rows`."""
    match annotation:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return [_TYPES[name]] if name in _TYPES else [] if name in {"Any", "object", "None", "T"} else split(name)
        case ast.Constant(value=str(text)):
            try:
                return annotation_words(ast.parse(text, mode="eval").body)
            except SyntaxError:
                return []
        case ast.BinOp(left=left):
            return annotation_words(left)
        case ast.Subscript(value=ast.Name(id=outer) | ast.Attribute(attr=outer), slice=inner):
            if outer in {"Optional", "Annotated", "Final", "type", "Type"}:
                return annotation_words(inner.elts[0] if isinstance(inner, ast.Tuple) else inner)
            if outer == "Callable":
                return ["function"]
            if outer.lower() in {"list", "sequence", "iterable", "set", "tuple", "collection", "iterator", "frozenset"}:
                words = annotation_words(inner.elts[0] if isinstance(inner, ast.Tuple) else inner)
                return _many(words) if words and words[0] not in _TYPES.values() else []
            return ["mapping"] if outer.lower() in {"dict", "mapping"} else split(outer)
        case _:
            return []


def callee(call: ast.Call) -> str:
    """The last name of what is called; empty when it has none."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _of_call(call: ast.Call) -> list[list[str]]:
    name, words = callee(call), split(callee(call))
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    if name in _LOOKUPS:
        keys = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        return [_words for key in keys[:1] if (_words := split(key))]
    if name == "len" and call.args:
        return [[*_one(phrase), "count"] for phrase in nouns(call.args[0])] or [["length"]]
    if name in _KEEPS:
        subject = call.args[0] if call.args and receiver is None else receiver
        return nouns(subject) if subject is not None else []
    if name in _PLURALS:
        subject = receiver or (call.args[-1] if call.args else None)
        return [_many(phrase) for phrase in nouns(subject)] if subject is not None else []
    if name == "join":
        is_path = receiver is not None and _last(receiver)[-1:] == ["path"]
        return [["path"]] if is_path else [["text"]]
    if len(words) > 1 and words[0] in _GIVES:
        return [words[1:]]
    # A constructor gives one of what it names; of another call the receiver tells more than the verb.
    if name[:1].isupper():
        return _phrases(words)
    spelt = [words] if len(words) > 1 else []
    return [*spelt, *(nouns(receiver)[:1] if receiver is not None else [])] or _phrases(words)


def _of_constant(value: object) -> list[list[str]]:
    words = split(value) if isinstance(value, str) else []
    if isinstance(value, str) and 0 < len(words) <= 3 and len(value) <= 24:
        return [words]
    return []


def _phrases(words: list[str]) -> list[list[str]]:
    return [phrase for phrase in (words, words[-1:]) if phrase][: 2 if len(words) > 2 else 1]


def _last(expression: ast.expr) -> list[str]:
    match expression:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return split(name) if name not in _EMPTY else []
        case _:
            return noun(expression)


def _one(phrase: Sequence[str]) -> list[str]:
    return [*phrase[:-1], singular(phrase[-1])] if phrase else []


def _many(phrase: Sequence[str]) -> list[str]:
    return [*phrase[:-1], plural(phrase[-1])] if phrase else []
