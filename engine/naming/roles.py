"""What a value is for: words from the places where the code uses it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from engine.naming.nouns import callee, is_generic, noun
from engine.naming.outline import Outline
from engine.naming.words import plural, singular, split, vocabulary
from engine.protocol import Hole

Proposal = tuple[float, list[str]]
"""How well words fit, and the words; higher is better."""

_OF_CONTAINERS = vocabulary("append extend clear add items keys values update pop setdefault insert remove")
# What the position says when the callee is well known: (callee, index of the argument) -> word.
_IDIOMS = {
    ("getattr", 1): "attribute",
    ("setattr", 1): "attribute",
    ("hasattr", 1): "attribute",
    ("setattr", 2): "value",
    ("isinstance", 1): "kind",
    ("issubclass", 1): "kind",
    ("open", 0): "path",
    ("open", 1): "mode",
    ("Path", 0): "path",
    ("get", 0): "key",
    ("get", 1): "default",
    ("pop", 0): "key",
    ("setdefault", 0): "key",
    ("split", 0): "separator",
    ("join", 0): "parts",
    ("startswith", 0): "prefix",
    ("removeprefix", 0): "prefix",
    ("endswith", 0): "suffix",
    ("removesuffix", 0): "suffix",
    ("encode", 0): "encoding",
    ("decode", 0): "encoding",
    ("strftime", 0): "format",
    ("strptime", 1): "format",
    ("compile", 0): "pattern",
    ("match", 0): "pattern",
    ("search", 0): "pattern",
    ("sub", 0): "pattern",
    ("sub", 1): "replacement",
    ("range", 0): "count",
    ("range", 1): "stop",
    ("sleep", 0): "seconds",
    ("print", 0): "message",
    ("debug", 0): "message",
    ("info", 0): "message",
    ("warning", 0): "message",
    ("error", 0): "message",
    ("round", 1): "digits",
    ("append", 0): "item",
    ("add", 0): "item",
    ("extend", 0): "items",
    ("ljust", 0): "width",
    ("rjust", 0): "width",
    ("map", 0): "function",
    ("filter", 0): "predicate",
    ("reduce", 0): "function",
}


def roles(outline: Outline, hole: Hole) -> Iterator[Proposal]:
    """Words for a value from each place that reads it."""
    for node in outline.mentions[hole.name]:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            parent = outline.parents[node]
            yield from _role(outline, node, outline.parents[parent] if isinstance(parent, ast.Starred) else parent)


def holds_several(outline: Outline, hole: Hole) -> bool:
    """Whether items are put into the value or taken out of it."""
    for node in outline.mentions[hole.name]:
        match outline.parents.get(node):
            case ast.Subscript(value=value, ctx=ast.Store()) if value is node:
                return True
            case ast.Attribute(attr=attr) if attr in _OF_CONTAINERS:
                return True
    return False


def _role(outline: Outline, node: ast.expr, parent: ast.AST) -> Iterator[Proposal]:
    match parent:
        case ast.keyword(arg=str(name)) if not outline.is_hole(name):
            yield 8.5, split(name)
        case ast.Assign(targets=[ast.Attribute(attr=name), *_]) | ast.AnnAssign(target=ast.Attribute(attr=name)):
            yield 8.0, split(name)
        case ast.Assign(targets=[ast.Name(id=name), *_]) if not outline.is_hole(name):
            yield 4.0, split(name)
        case ast.Call(func=func) if func is node:
            yield from _called(outline, parent)
        case ast.Call(args=args):
            position = next((at for at, arg in enumerate(args) if arg is node), 0)
            yield from _passed(outline, callee(parent), position)
        case ast.Subscript(slice=index, value=container) if index is node:
            yield from ((6.5, [singular(word), "key"]) for word in noun(container)[-1:] if not is_generic([word]))
            yield 6.0, ["key"]
        case ast.Subscript():
            yield 2.0, ["items"]
        case ast.Compare() | ast.BinOp():
            yield from _operand(node, parent)
        case ast.For(iter=iterated, target=ast.Name(id=name)) if iterated is node and not outline.is_hole(name):
            yield 6.0, [*split(name)[:-1], plural(split(name)[-1])] if split(name) else ["items"]
        case ast.comprehension(iter=iterated, target=ast.Name(id=name)) if iterated is node:
            yield 5.5, [*split(name)[:-1], plural(split(name)[-1])] if len(name) > 1 and split(name) else ["items"]
        case ast.Raise():
            yield 7.0, ["error"]
        case ast.ExceptHandler():
            yield 7.0, ["errors"]
        case ast.FormattedValue():
            yield 1.5, ["label"]
        case ast.If() | ast.IfExp() | ast.While():
            yield 2.5, ["enabled"]
        case ast.withitem():
            yield 3.0, ["context"]
        case ast.Attribute(attr=attr):
            yield from ((3.5, [word]) for word in _OWNERS.get(attr, ()))


def _called(outline: Outline, call: ast.AST) -> Iterator[Proposal]:
    statement = outline.statement(call)
    if isinstance(statement, ast.Raise):
        yield 7.5, ["error"]
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name) and statement.value is call:
        yield 6.5, ["make", *split(statement.targets[0].id)]
    yield 6.0, ["function"]
    yield 5.0, ["convert"]
    yield 4.5, ["callback"]


def _passed(outline: Outline, name: str, position: int) -> Iterator[Proposal]:
    if (name, position) in _IDIOMS:
        yield 7.0, [_IDIOMS[name, position]]
    if name[:1].isupper() and name.endswith(("Error", "Exception", "Warning")) and position == 0:
        yield 7.0, ["message"]
    # The project's own signature says what the argument is called.
    for tree in outline.trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
                names = [arg.arg for arg in node.args.args if arg.arg not in {"self", "cls"}]
                if position < len(names) and not outline.is_hole(names[position]):
                    yield 7.5, split(names[position])


def _operand(node: ast.expr, parent: ast.Compare | ast.BinOp) -> Iterator[Proposal]:
    match parent:
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            other = right if left is node else left
            if isinstance(op, ast.In | ast.NotIn):
                yield from ((6.0, [*noun(left)[:-1], plural(word)]) for word in noun(left)[-1:] if right is node)
                return
            if isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) and right is node:
                yield 5.0, ["limit"]
                yield 4.5, ["minimum" if isinstance(op, ast.Lt | ast.GtE) else "maximum"]
            words = noun(other)
            if words and not isinstance(other, ast.Constant):
                yield 4.5, ["expected", *words]
                yield 4.0, words
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            yield 2.5, ["offset"]
        case ast.BinOp(op=ast.Mult() | ast.Div()):
            yield 3.0, ["factor"]
        case ast.BinOp(op=ast.Mod()):
            yield 2.0, ["template" if parent.left is node else "values"]


# An attribute that only one well-known sort of value has.
_OWNERS = {
    "append": ("items",),
    "items": ("mapping",),
    "keys": ("mapping",),
    "values": ("mapping",),
    "splitlines": ("text",),
    "strip": ("text",),
    "lower": ("text",),
    "startswith": ("text",),
    "exists": ("path",),
    "parent": ("path",),
    "write": ("stream",),
    "read": ("stream",),
    "execute": ("cursor", "connection"),
    "cursor": ("connection",),
    "group": ("match",),
}
