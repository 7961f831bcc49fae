"""What a function does: a verb, and where the body says it an object, from its statements."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from engine.naming.nouns import callee, is_generic, noun, nouns
from engine.naming.outline import Function, Outline, given
from engine.naming.words import VERBS, plural, split, vocabulary

Deed = tuple[float, str, list[str]]
"""How well it fits, the verb, and the object; no object when only the callers can tell."""

_VERBS = {
    "dumps": ("dump", "json"), "dump": ("dump",), "loads": ("load", "json"), "load": ("load",), "open": ("open",),
    "read": ("read",), "read_text": ("read", "text"), "readlines": ("read", "lines"), "write": ("write",),
    "write_text": ("write", "text"), "writerow": ("write", "row"), "sum": ("sum",), "max": ("max",), "min": ("min",),
    "append": ("add",), "extend": ("extend",), "insert": ("insert",), "add": ("add",), "remove": ("remove",),
    "pop": ("pop",), "update": ("update",), "sub": ("replace",), "replace": ("replace",), "strip": ("strip",),
    "match": ("match",), "search": ("search",), "split": ("split",), "join": ("join",), "format": ("format",),
    "sorted": ("sort",), "sort": ("sort",), "print": ("print",), "warn": ("warn",), "warning": ("warn",),
    "debug": ("log",), "info": ("log",), "error": ("report", "error"), "exception": ("report", "error"),
    "echo": ("print",), "isinstance": ("check", "type"), "setattr": ("set", "attribute"), "connect": ("connect",),
    "execute": ("execute",), "fetchall": ("fetch",), "fetchone": ("fetch",), "mkdir": ("make", "directory"),
    "urlopen": ("fetch",), "request": ("request",), "post": ("post",), "send": ("send",), "reduce": ("reduce",),
}  # fmt: skip
_SILENT = vocabulary(
    "len str int float bool list tuple set dict range enumerate zip isinstance getattr hasattr super type iter next "
    "map filter reversed get items keys values any all repr id hash vars callable cast object bytes"
)


def deed(outline: Outline, function: Function) -> Iterator[Deed]:
    """What the body does, as verbs; the best first only after sorting."""
    body = [node for statement in function.body for node in _walk(statement)]
    values = given(body)
    yields = [node.value for node in values if isinstance(node, ast.Yield | ast.YieldFrom) and node.value is not None]
    returns = [value for value in values if not isinstance(value, ast.Yield | ast.YieldFrom)]
    for value in yields[:2]:
        yield 6.0, "iter", _several(noun(value))
    if returns and not yields:
        yield from _given(outline, function, returns[-1])
        yield 3.2, "get", []
    if not returns and not yields:
        yield from _done(outline, body)
    yield from _dominant(outline, body)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """A node and what is below it, but not what a raised error is made of: that is not what a function is for."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.Raise) and isinstance(child, ast.Call)):
            yield from _walk(child)


def _given(outline: Outline, function: Function, value: ast.expr) -> Iterator[Deed]:
    match value:
        case ast.Call():
            yield from _of_call(outline, value, 5.5)
        case ast.Name(id=name):
            yield from _grown(function, name)
        case ast.JoinedStr():
            yield 6.5, "format", []
        case ast.BinOp(left=ast.Constant(value=str()) | ast.JoinedStr()):
            yield 6.5, "format", []
        case ast.BinOp():
            yield 6.0, "compute", []
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            yield 6.0, "collect", noun(value)
        case ast.DictComp():
            yield 6.5, "map", noun(value)
        case ast.Dict() | ast.Tuple() | ast.List():
            yield 5.0, "build", []
        case ast.Attribute() | ast.Subscript():
            yield 6.0, "get", noun(value)


def _grown(function: Function, name: str) -> Iterator[Deed]:
    """How a variable that is returned came about."""
    words = [] if is_generic(split(name)) else noun(ast.Name(id=name, ctx=ast.Load()))
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=grown), attr=("append" | "extend" | "add"))) if (
                grown == name
            ):
                item = next((noun(arg) for arg in node.args), [])
                yield 6.0, "collect", words or _several(item)
            case ast.AugAssign(target=ast.Name(id=grown)) if grown == name:
                yield 6.5, "compute", words
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=grown))]) if grown == name:
                yield 6.5, "build", words
            case ast.Assign(targets=[ast.Name(id=grown)], value=ast.Call() as call) if grown == name:
                verb = _VERBS.get(callee(call)) or tuple(split(callee(call))[:1])
                if verb and callee(call) not in _SILENT:
                    yield 5.5, verb[0], words
            case ast.Assign(targets=[ast.Name(id=grown)], value=ast.Dict() | ast.List()) if grown == name:
                yield 5.0, "build", words
    if words:
        yield 4.5, "get", words


def _done(outline: Outline, body: list[ast.AST]) -> Iterator[Deed]:
    """What a function that returns nothing leaves behind."""
    raising = [node for node in body if isinstance(node, ast.If) and _raises(node)]
    if raising and 2 * len(raising) >= sum(
        isinstance(node, ast.stmt) and not isinstance(node, ast.Raise) for node in body
    ):
        conditions = [noun(node.test) for node in raising]
        about = next((words[-2:] for words in conditions if words), [])
        yield 7.5, "check", about
        yield 7.0, "require", about
        yield 6.8, "validate", about
    targets = [node.targets[0] for node in body if isinstance(node, ast.Assign)]
    kept = [target for target in targets if isinstance(target, ast.Attribute | ast.Subscript)]
    for target in kept[:2]:
        words = noun(target)
        yield (6.5 if len(kept) == 1 else 5.5), "set", words
        yield (6.0 if len(kept) > 1 else 5.5), "update", words


def _raises(node: ast.If) -> bool:
    return any(isinstance(statement, ast.Raise) for statement in node.body)


def _dominant(outline: Outline, body: list[ast.AST]) -> Iterator[Deed]:
    calls = [node for node in body if isinstance(node, ast.Call)]
    told = [call for call in calls if callee(call) and callee(call) not in _SILENT]
    named = [call for call in told if not outline.is_hole(callee(call))]
    often = Counter(callee(call) for call in named)
    for at, name in enumerate(sorted(often, key=lambda name: (-often[name], name))[:4]):
        call = next(call for call in named if callee(call) == name)
        yield from ((score - 0.4 * at, verb, words) for score, verb, words in _of_call(outline, call, 5.0))


def _of_call(outline: Outline, call: ast.Call, score: float) -> Iterator[Deed]:
    name, words = callee(call), split(callee(call))
    if not words or outline.is_hole(name) or name.startswith("__"):
        return
    subject = call.args[0] if call.args else call.func.value if isinstance(call.func, ast.Attribute) else None
    about = noun(subject) if subject is not None and not _mentions_hole(outline, subject) else []
    if name in _VERBS:
        verb, *more = _VERBS[name]
        yield score + (0.5 if about and not more else 0.0), verb, more or about[-1:]
        if more and about:
            yield score - 0.3, verb, about[-2:]
    elif name[:1].isupper():
        # A constructor: the function makes one of these.
        yield score, "build", words[-2:]
        yield score - 0.3, "make", words[-2:]
    elif name not in _SILENT:
        # What is called need not be called by what it does, as `basename` is not.
        yield score - (0.0 if words[0] in VERBS else 2.5), words[0], words[1:3] or about[-2:]
    elif name in {"list", "tuple", "set", "sorted"} and call.args:
        yield from ((score - 1, "collect", phrase) for phrase in nouns(call.args[0])[:1])
    elif name in {"int", "float"}:
        yield score, "parse", about


def _mentions_hole(outline: Outline, expression: ast.expr) -> bool:
    return any(outline.is_hole(getattr(node, "id", getattr(node, "attr", ""))) for node in ast.walk(expression))


def _several(words: list[str]) -> list[str]:
    return [*words[:-1], plural(words[-1])] if words else []
