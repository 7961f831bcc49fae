"""How values flow through one scope: assignments, returned values, arguments of calls; and where None comes from."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from metrics.outline import Scope
from metrics.slots.kinds import NIL, annotated_kinds, excluding_type, literal_kind
from metrics.slots.places import Places, Ref
from metrics.slots.predicates import is_predicate

Argument = Ref | str | None
"""What is passed: a place, the kind of a literal, or something that tells nothing."""
CallFacts = tuple[Ref, int, tuple[int, int, int, int], tuple[Argument, ...], tuple[tuple[str, Argument], ...]]
"""The callee as a reference, scope number, position, positional arguments up to a starred one, keyword arguments."""
FunctionFacts = tuple[int, str, str, int, int, tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Scope number, qualified name, class, first and last line, positional and other parameters, marks.

Marks: `method`, `property`, `stub`, `overload`, `setter`, `generator`, and `predicate` for a body that is one test."""
UNDECLARED = "undeclared default"
_PASSED = frozenset({ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Await})


@dataclass
class Flows:
    """What the scopes of one file contribute."""

    flows: list[tuple[Ref, Ref]] = field(default_factory=list)
    """Source and destination."""
    nils: list[tuple[Ref, int, int, str, str]] = field(default_factory=list)
    """A place that holds None by this file's own text, scope number, line, how, and for a value that its annotation
    rules out the name of that type (see `metrics.slots.model.Nil`)."""
    evidence: list[tuple[Ref, str]] = field(default_factory=list)
    """A place and the kind of a literal, or of an annotation, that it holds."""
    calls: list[CallFacts] = field(default_factory=list)
    functions: list[FunctionFacts] = field(default_factory=list)

    def read(self, places: Places) -> None:
        """Add one scope."""
        nodes = places.scope.nodes
        for node in nodes.get(ast.Assign, ()):
            for target in node.targets:
                self._assigned(target, node.value, places)
        for node in nodes.get(ast.AnnAssign, ()):
            self._annotated(node, places)
        for node in nodes.get(ast.NamedExpr, ()):
            self._flow(node.value, places.ref(node.target), places)
        self.calls += read_calls(places)
        if places.scope.is_function:
            self._function(places)

    def _assigned(self, target: ast.expr, value: ast.expr, places: Places) -> None:
        cls = target.__class__
        if cls is ast.Name or cls is ast.Attribute:
            self._flow(value, places.ref(target), places)
        elif cls is ast.Tuple and value.__class__ is ast.Tuple:
            inner, parts = target.elts, value.elts  # type: ignore[attr-defined]
            for at in range(len(inner) if len(inner) == len(parts) else 0):
                self._assigned(inner[at], parts[at], places)

    def _annotated(self, node: ast.AnnAssign, places: Places) -> None:
        place = places.ref(node.target)
        if place is None:
            return
        kinds = annotated_kinds(node.annotation)
        if node.value is not None and places.is_none(node.value):
            excluded = excluding_type(node.annotation)
            self.nils.append((place, places.number, node.lineno, UNDECLARED if excluded else "assigned", excluded))
            kinds.discard(NIL)
        elif node.value is not None:
            self._flow(node.value, place, places)
        self._kinds(place, kinds, places.number, node.lineno)

    def _kinds(self, place: Ref, kinds: set[str], number: int, line: int) -> None:
        for kind in sorted(kinds):
            if kind == NIL:
                self.nils.append((place, number, line, "annotation", ""))
            else:
                self.evidence.append((place, kind))

    def _flow(self, value: ast.expr, place: Ref | None, places: Places) -> None:
        if place is None:
            return
        cls = value.__class__
        if cls is ast.IfExp:
            self._flow(value.body, place, places)  # type: ignore[attr-defined]
            self._flow(value.orelse, place, places)  # type: ignore[attr-defined]
        elif cls is ast.BoolOp:
            # What stands before the last operand of an `or` reaches the place only where it is not None.
            self._flow(value.values[-1], place, places)  # type: ignore[attr-defined]
        elif kind := NIL if places.is_none(value) else literal_kind(value):
            if kind != NIL:
                self.evidence.append((place, kind))
            elif place[0] != "local" or place[2] in places.scope.parameters:
                # That a variable of one function may be None by its own text is no concern of others.
                how = "returned" if place[0] == "return" else "assigned"
                self.nils.append((place, places.number, value.lineno, how, ""))
        else:
            if place[0] == "own" and _may_find_nothing(value):
                self.nils.append((place, places.number, value.lineno, "assigned", ""))
            source = places.ref(value)
            if source is not None and source != place:
                self.flows.append((source, place))

    def _function(self, places: Places) -> None:
        scope, number = places.scope, places.number
        node: Any = scope.node
        given = node.args
        positional = given.posonlyargs + given.args
        defaults = [None] * (len(positional) - len(given.defaults)) + given.defaults
        for parameter, default in zip(positional + given.kwonlyargs, defaults + given.kw_defaults, strict=True):
            self._parameter(parameter, default, places)
        marks = _marks(scope)
        last = tuple(parameter.arg for parameter in given.kwonlyargs)
        names = tuple(parameter.arg for parameter in positional)
        self.functions.append((number, scope.qualname, scope.owner, node.lineno, node.end_lineno, names, last, marks))
        place = ("return", number)
        if "stub" not in marks and "overload" not in marks and "generator" not in marks:
            self._returned(places, place)
        if not _is_none_annotation(node.returns) and NIL in annotated_kinds(node.returns):
            self.nils.append((place, number, node.lineno, "annotation", ""))

    def _parameter(self, parameter: ast.arg, default: ast.expr | None, places: Places) -> None:
        number = places.number
        place = ("local", number, parameter.arg)
        kinds = annotated_kinds(parameter.annotation)
        if default is not None and places.is_none(default):
            excluded = excluding_type(parameter.annotation)
            self.nils.append((place, number, parameter.lineno, UNDECLARED if excluded else "default", excluded))
            kinds.discard(NIL)
        elif default is not None and (kind := literal_kind(default)):
            self.evidence.append((place, kind))
        self._kinds(place, kinds, number, parameter.lineno)

    def _returned(self, places: Places, place: Ref) -> None:
        returns = places.scope.nodes.get(ast.Return, ())
        values = [node for node in returns if node.value is not None and not places.is_none(node.value)]
        if not values:
            return
        for node in returns:
            if node.value is None or places.is_none(node.value):
                self.nils.append((place, places.number, node.lineno, "returned", ""))
            else:
                self._flow(node.value, place, places)


def read_calls(places: Places) -> Iterator[CallFacts]:
    """The calls of functions that may be this program's own, with the places that they pass on."""
    number, ref = places.number, places.ref
    for node in places.scope.nodes.get(ast.Call, ()):
        if not node.args and not node.keywords:
            continue
        callee = places.called(node)
        if callee is None or callee[0] in ("pooled", "key"):
            continue
        passed = [_argument(value, ref) for value in _unstarred(node.args)]
        named = [(one.arg, _argument(one.value, ref)) for one in node.keywords if one.arg]
        if any(one.__class__ is tuple for one in passed) or any(value for _, value in named):
            at = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
            yield callee, number, at, tuple(passed), tuple(named)


def _argument(value: ast.expr, ref: Any) -> Argument:
    return ref(value) if value.__class__ in _PASSED else literal_kind(value)


def _may_find_nothing(value: ast.expr) -> bool:
    """`.get("key")` or `.get("key", None)`."""
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute) or value.func.attr != "get":
        return False
    arguments = [argument.value if isinstance(argument, ast.Constant) else ... for argument in value.args]
    is_text = bool(arguments) and isinstance(arguments[0], str) and "/" not in arguments[0]
    return is_text and arguments[1:] in ([], [None]) and not value.keywords


def _unstarred(values: list[ast.expr]) -> list[ast.expr]:
    for at, value in enumerate(values):
        if value.__class__ is ast.Starred:
            return values[:at]
    return values


def _marks(scope: Scope) -> tuple[str, ...]:
    node: Any = scope.node
    names = {_decorator_name(decorator) for decorator in node.decorator_list}
    is_direct = scope.around is not None and isinstance(scope.around.node, ast.ClassDef)
    found = ["method"] if is_direct and scope.instance else []
    if names & {"property", "cached_property", "reify", "abstractproperty"}:
        found.append("property")
    found += [name for name in ("overload", "setter") if name in names]
    if is_predicate(node.body):
        found.append("predicate")
    if all(map(_is_stub_statement, node.body)):
        found.append("stub")
    if scope.nodes.get(ast.Yield, ()) or scope.nodes.get(ast.YieldFrom, ()):
        found.append("generator")
    return tuple(found)


def _is_none_annotation(annotation: ast.expr | None) -> bool:
    return isinstance(annotation, ast.Constant) and annotation.value in (None, "None")


def _decorator_name(decorator: ast.expr) -> str:
    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    return decorator.attr if isinstance(decorator, ast.Attribute) else getattr(decorator, "id", "")


def _is_stub_statement(node: ast.stmt) -> bool:
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or isinstance(node, (ast.Pass, ast.Raise))
