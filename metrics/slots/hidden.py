"""Nil that no check shows: lookups with a default, `or {}`, excepts that swallow everything or stand for a lookup."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Sequence
from typing import Any

from metrics.slots.attempts import BROAD as BROAD_ERRORS
from metrics.slots.attempts import Capture
from metrics.slots.checks import Position, position
from metrics.slots.defaults import is_same
from metrics.slots.kinds import last_name
from metrics.slots.places import Places, Ref

HiddenFacts = tuple[str, Ref, int, tuple[int, int, int, int], str]
"""Kind, receiver, scope number, position, the key or attribute looked up if it is a constant.

Kinds: `get`, `pop`, `getattr`, `or`, `broad except`, `narrow except`. A receiver is `("own", class, attribute)`,
`("name", text)`, `("variable", scope number, name)` of one function, or `("function",)` where there is none."""
GET, POP, GETATTR, OR, BROAD, NARROW = "get", "pop", "getattr", "or", "broad except", "narrow except"

_NO_MAPPING = re.compile(r"(?i)(session|client|http|requests?|queue|contextvar|_var)$")
"""Objects whose `get` does not look a key up."""
_NARROW = frozenset({"KeyError", "AttributeError", "IndexError", "TypeError", "LookupError"})


def read_hidden(places: Places, caught: Sequence[Capture]) -> Iterator[HiddenFacts]:
    """The hidden nil of one scope, but for what fills an attribute or a new record."""
    found = list(_lookups(places))
    if found:
        filled = _filled(places)
        yield from (one for one in found if not any(_holds(value, one[3]) for value in filled))
    yield from _excepts(places, caught)


def _holds(outer: Position, inner: Position) -> bool:
    return outer[:2] <= inner[:2] and inner[2:] <= outer[2:]


def _filled(places: Places) -> list[Position]:
    """The values that are put into an object, once and for all who use it."""
    nodes = places.scope.nodes
    values = [node.value for node in nodes.get(ast.Assign, ()) if isinstance(node.targets[0], ast.Attribute)]
    for node in nodes.get(ast.Call, ()):
        name = last_name(node.func) or ""
        if name[:1].isupper() or name == "cls":
            values += [*node.args, *(keyword.value for keyword in node.keywords)]
    return [position(value) for value in values]


def _lookups(places: Places) -> Iterator[HiddenFacts]:
    nodes, number = places.scope.nodes, places.number
    for node in nodes.get(ast.Call, ()):
        func = node.func
        if func.__class__ is ast.Attribute and func.attr in (GET, POP):
            if _is_lookup(node, func.attr, places) and (receiver := _receiver(func.value, places)):
                yield func.attr, receiver, number, position(node), _text(node.args[0])
        elif _is_getattr(node) and (receiver := _holder(node, places)):
            yield GETATTR, receiver, number, position(node), _text(node.args[1])
    for node in nodes.get(ast.BoolOp, ()):
        is_default = isinstance(node.op, ast.Or) and _is_empty(node.values[-1])
        if is_default and (receiver := _defaulted(node.values[0], places)):
            yield OR, receiver, number, position(node), ""
    for node in nodes.get(ast.IfExp, ()):
        yield from _choices(node, places)


def _choices(node: ast.IfExp, places: Places) -> Iterator[HiddenFacts]:
    """`d[k] if k in d else …` looks up with a default, and `x if x else {}` is an `or`."""
    test, body = node.test, node.body
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.In) and isinstance(body, ast.Subscript):
        is_lookup = is_same(test.comparators[0], body.value) and ast.dump(test.left) == ast.dump(body.slice)
        if is_lookup and _is_plain(node.orelse, places) and (receiver := _receiver(body.value, places)):
            yield GET, receiver, places.number, position(node), _text(body.slice)
    elif is_same(test, body) and _is_empty(node.orelse) and (receiver := _defaulted(body, places)):
        yield OR, receiver, places.number, position(node), ""


def _is_getattr(node: ast.Call) -> bool:
    """Names with two underscores are asked for to look at unknown objects, not to read fields."""
    if not isinstance(node.func, ast.Name) or node.func.id != GETATTR or len(node.args) != 3:
        return False
    return not _text(node.args[1]).startswith("'__")


def _is_lookup(node: ast.Call, name: str, places: Places) -> bool:
    arguments = node.args
    if node.keywords or not 1 <= len(arguments) <= 2 or "/" in _text(arguments[0]) or _is_number(arguments[0]):
        # A text with a slash is an address: what is asked is a client. A number is a place in a row or a time to wait.
        return False
    if name == POP:
        is_used = not any(statement.value is node for statement in places.scope.nodes.get(ast.Expr, ()))
        return is_used and len(arguments) == 2 and places.is_none(arguments[1])
    return len(arguments) == 1 or _is_plain(arguments[1], places)


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool)


def _is_plain(node: ast.expr, places: Places) -> bool:
    """A literal, or a name that stands for one."""
    is_named = isinstance(node, ast.Name) and node.id.isupper()
    return is_named or isinstance(node, ast.Constant) or _is_empty(node) or places.is_none(node)


def _is_empty(node: ast.expr) -> bool:
    """`{}`, `[]`, `()`, `""`, `0`."""
    if isinstance(node, ast.Dict):
        return not node.keys
    if isinstance(node, (ast.List, ast.Tuple)):
        return not node.elts
    return isinstance(node, ast.Constant) and node.value in ("", b"", 0) and not isinstance(node.value, bool)


def _receiver(node: ast.expr, places: Places, hops: int = 3) -> Ref | None:
    """What is looked into: behind subscripts, lookups and variables that are set once, the object they start from."""
    while not isinstance(node, ast.Name) and not _is_plain_attribute(node):
        if isinstance(node, (ast.Subscript, ast.Attribute)):
            node = node.value
        elif isinstance(node, ast.BoolOp):
            node = node.values[0]
        elif not isinstance(node, ast.Call):
            return None
        elif isinstance(node.func, ast.Attribute) and node.func.attr in (GET, POP):
            node = node.func.value
        else:
            return _result(node)
    origin = _origin(node.id, places) if isinstance(node, ast.Name) and hops else None
    if isinstance(origin, ast.Call) and _NO_MAPPING.search(last_name(origin.func) or ""):
        return None
    return (_receiver(origin, places, hops - 1) if origin is not None else None) or _named(node, places)


def _result(node: ast.Call) -> Ref | None:
    name = last_name(node.func)
    return ("name", f"{name}()") if name and not hasattr(builtins, name) else None


def _origin(name: str, places: Places) -> ast.expr | None:
    """What a variable of this function is set to, or taken from one by one, if that is in one place."""
    if places.locals.get(name) != places.number or name in places.scope.given:
        return None
    nodes = places.scope.nodes
    found = [node.value for node in nodes.get(ast.Assign, ()) for target in node.targets if _is_name(target, name)]
    for kind in (ast.For, ast.AsyncFor, ast.comprehension):
        found += [node.iter for node in nodes.get(kind, ()) if _is_name(node.target, name)]
    return found[0] if len(found) == 1 else None


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _holder(node: ast.Call, places: Places) -> Ref | None:
    """The object whose attribute may be missing; of the method's own object, that attribute."""
    held, scope = node.args[0], places.scope
    if not isinstance(held, ast.Name) or held.id != scope.instance or not scope.owner:
        return _receiver(held, places)
    attribute = node.args[1]
    return ("own", scope.owner, attribute.value) if isinstance(attribute, ast.Constant) else None


def _is_plain_attribute(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)


def _named(node: ast.expr, places: Places) -> Ref | None:
    """A name, or an attribute of one; not modules, what they hold, nor clients and the like."""
    root: Any = node.value if isinstance(node, ast.Attribute) else node
    name, attribute = root.id, node.attr if isinstance(node, ast.Attribute) else ""
    scope, number = places.scope, places.locals.get(root.id)
    is_module = number is None and name in places.known.modules
    is_itself = name == scope.instance and not attribute
    # A variable's name is free to choose: it must not change what is counted.
    is_variable = number is not None and name not in scope.parameters
    is_client = _NO_MAPPING.search(attribute or name) and (attribute or not is_variable)
    if is_module or is_itself or is_client:
        return None
    if name == scope.instance and scope.owner:
        return ("own", scope.owner, attribute)
    text = f"{name}.{attribute}" if attribute else name
    # The name of a parameter is part of an interface; that of a variable is its function's own matter.
    return ("variable", number, text) if is_variable else ("name", text)


def _defaulted(node: ast.expr, places: Places) -> Ref | None:
    """What is given an empty default: for a parameter this is its function's own matter, too."""
    receiver = _receiver(node, places)
    is_local = isinstance(node, ast.Name) and node.id in places.locals
    return ("variable", places.number, node.id) if receiver and is_local else receiver  # type: ignore[attr-defined]


def _excepts(places: Places, caught: Sequence[Capture]) -> Iterator[HiddenFacts]:
    for capture in caught:
        at = _head(capture.node)
        if capture.names & BROAD_ERRORS:
            if not capture.is_told:
                yield BROAD, ("function",), places.number, at, ""
        elif capture.names <= _NARROW and len(capture.body) == 1 and _is_access(capture.body[0], capture.names):
            yield NARROW, ("function",), places.number, at, ""


def _head(node: ast.ExceptHandler | ast.expr) -> tuple[int, int, int, int]:
    line, column = node.lineno, node.col_offset
    return (line, column, line, column + len("except")) if isinstance(node, ast.ExceptHandler) else position(node)


def _is_access(statement: ast.stmt, names: frozenset[str]) -> bool:
    """Whether a statement only takes one thing out of another: `x = d[k]`, `return o.name`."""
    value = statement.value if isinstance(statement, (ast.Assign, ast.Return, ast.Expr, ast.AnnAssign)) else None
    if isinstance(value, ast.Attribute):
        return bool(names & {"AttributeError", "TypeError"})
    return isinstance(value, ast.Subscript) and bool(names & {"KeyError", "IndexError", "LookupError", "TypeError"})


def _text(node: ast.expr) -> str:
    """A constant key: a text, or a name in capitals that stands for one."""
    if isinstance(node, ast.Constant):
        return repr(node.value)
    name = last_name(node) if isinstance(node, (ast.Name, ast.Attribute)) else None
    return name if name and name.isupper() else ""
