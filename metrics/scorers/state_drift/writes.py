"""What each function of one file writes, block by block: attributes, constant keys, containers, and its own locals."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import cached_property

from metrics.outline import Scope
from metrics.scorers.state_drift.blocks import blocks
from metrics.scorers.state_drift.receivers import Receivers

COMPUTED, CONSTANT, UNPACKED = 0, 1, 2
"""Where a written value comes from: an expression, a literal, or one of the parts of a single value."""
OWN, OBJECT, KEY, LOCAL = "self", "object", "key", "local"
"""What is written: an attribute of the method's object, an attribute of another one, a constant key, a local."""
CONTAINER, COPY = "container", "copy"
"""The content of a container that is an own attribute; an attribute that takes the value of its namesake elsewhere."""

WriteFacts = tuple[str, str, str, int, int, int, int]
"""Kind, receiver, name, number of the statement in the function, source of the value, first line, last line."""
FunctionFacts = tuple[str, str, int, list[list[WriteFacts]]]
"""Qualified name, class whose object it knows (or nothing), line, the writes of each block."""

_MUTATING = frozenset(
    {"append", "appendleft", "add", "extend", "insert", "pop", "popleft", "popitem", "remove", "discard", "clear"}
    | {"setdefault", "update"}
)
_SETTING = frozenset({"update", "__setattr__"})
_BRANCHES = (ast.If, ast.For, ast.While, ast.Try, ast.Match, ast.AsyncFor)
_ASSIGNMENTS = (ast.Assign, ast.AugAssign, ast.AnnAssign)
LEAST_LOCAL_BLOCKS = 4
"""Locals count from so many blocks on; fewer assignments or branches cannot make so many."""


def read_writes(scopes: Iterable[Scope]) -> list[FunctionFacts]:
    """Every function that writes something that may drift, in the order of the text, outer functions first."""
    found = []
    functions = [scope for scope in scopes if scope.is_function]
    setters = _setters(functions)
    called: set[tuple[str, str]] = set()
    for scope in functions:
        if _may_write(scope, setters):
            read = _Reader(scope, setters, called).read()
            if read:
                node = scope.node
                assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
                found.append((scope.qualname, scope.owner, node.lineno, read))
    # What a setter writes is what its callers write.
    return [function for function in found if (function[1], function[0].rpartition(".")[2]) not in called]


def _may_write(scope: Scope, setters: Mapping[tuple[str, str], str]) -> bool:
    """Whether a look at the function's blocks can be of use; most functions write nothing but a few locals."""
    if scope.stored or ast.Delete in scope.nodes or _has_flags(scope):
        return True
    assignments = [node for kind in _ASSIGNMENTS for node in scope.nodes.get(kind, ())]
    targets = (t for node in assignments for t in (node.targets if node.__class__ is ast.Assign else (node.target,)))
    if any(target.__class__ is not ast.Name for target in targets):
        return True
    calls = (node.value for node in scope.nodes.get(ast.Expr, ()) if node.value.__class__ is ast.Call)
    return any(_may_be_write(call, scope, setters) for call in calls)


def _may_be_write(call: ast.Call, scope: Scope, setters: Mapping[tuple[str, str], str]) -> bool:
    called = call.func
    if isinstance(called, ast.Name):
        return called.id == "setattr"
    if not isinstance(called, ast.Attribute):
        return False
    name = called.attr
    return (
        name in _SETTING
        or (name in _MUTATING and isinstance(called.value, ast.Attribute))
        or (scope.owner, name) in setters
    )


def _has_flags(scope: Scope) -> bool:
    """Whether the function has enough assignments and branches for locals to move together."""
    nodes = scope.nodes
    return (
        sum(len(nodes.get(kind, ())) for kind in _ASSIGNMENTS) >= LEAST_LOCAL_BLOCKS
        and sum(len(nodes.get(kind, ())) for kind in _BRANCHES) >= LEAST_LOCAL_BLOCKS - 1
    )


def _setters(functions: Iterable[Scope]) -> dict[tuple[str, str], str]:
    """Methods that do nothing but write one attribute of their object, by class and name: calls of them are writes."""
    found = {}
    for scope in functions:
        node = scope.node
        if scope.stored and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.decorator_list:
            own = [statement for statement in node.body if not isinstance(statement, ast.Expr)]
            if len(own) == 1 and len(scope.stored) == 1 and isinstance(own[0], (ast.Assign, ast.AnnAssign)):
                receiver, attribute = scope.stored[0]
                if receiver == scope.instance:
                    found[scope.owner, node.name] = attribute
    return found


def _binds_one_local(node: ast.stmt) -> bool:
    return node.__class__ is ast.Assign and len(node.targets) == 1 and node.targets[0].__class__ is ast.Name


class _Reader:
    """Reads the writes of one function, those of nested functions left out."""

    def __init__(self, scope: Scope, setters: dict[tuple[str, str], str], called: set[tuple[str, str]]) -> None:
        self.scope = scope
        self.setters = setters
        self.called = called
        self.has_flags = _has_flags(scope)
        self.number = 0
        self.writes: list[WriteFacts] = []
        self.node: ast.stmt = ast.Pass()
        self.aliases = {scope.instance} if scope.instance else set()
        self.receivers = Receivers(scope)

    def read(self) -> list[list[WriteFacts]]:
        """The writes of each block that has any."""
        node = self.scope.node
        assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        self._find_aliases()
        found = []
        for run in blocks(node):
            self.writes = []
            for statement in run:
                self.number += 1
                if self.has_flags or not _binds_one_local(statement):
                    self.node = statement
                    self._statement(statement)
            if self.writes:
                found.append(self.writes)
        return found

    def _find_aliases(self) -> None:
        """Other names that the function gives to its object."""
        for node in self.scope.nodes.get(ast.Assign, ()):
            if node.value.__class__ is ast.Name and node.value.id == self.scope.instance:
                self.aliases.update(target.id for target in node.targets if isinstance(target, ast.Name))

    def _statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._target(target, node.value)
            self._copy(node.targets[0], node.value)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self._target(node.target, node.value)
        elif isinstance(node, ast.AugAssign):
            self._target(node.target, node.value)
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                self._target(target, None)
        elif isinstance(node, ast.Expr):
            if isinstance(node.value, ast.Call):
                self._call(node.value)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            self._target(node.target, None, is_part=isinstance(node.target, ast.Tuple))
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                if item.optional_vars is not None:
                    self._target(item.optional_vars, None)

    def _target(self, target: ast.expr, value: ast.expr | None, is_part: bool = False) -> None:
        if isinstance(target, ast.Starred):
            self._target(target.value, None, is_part)
        elif isinstance(target, (ast.Tuple, ast.List)):
            # Values that stand side by side are as many writes; only the parts of one value are written as one.
            sides = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
            paired = len(sides) == len(target.elts) and not any(isinstance(side, ast.Starred) for side in sides)
            for position, part in enumerate(target.elts):
                self._target(part, sides[position] if paired else None, is_part or not paired)
        else:
            source = UNPACKED if is_part else CONSTANT if isinstance(value, ast.Constant) else COMPUTED
            self._place(target, source)

    def _copy(self, target: ast.expr, value: ast.expr) -> None:
        """Note an attribute that takes the value of its namesake, and the own attribute that has that at hand."""
        if isinstance(target, ast.Attribute) and isinstance(value, ast.Attribute) and target.attr == value.attr:
            source = value.value
            receiver = self._kept.get(source.id, "") if isinstance(source, ast.Name) else self._own(source) or ""
            if receiver == value.attr:
                return
            self._write(COPY, receiver if self._is_own(target.value) else "", value.attr, COMPUTED)

    def _is_own(self, receiver: ast.expr) -> bool:
        return isinstance(receiver, ast.Name) and receiver.id in self.aliases

    def _own(self, node: ast.expr) -> str | None:
        """The name of an attribute of the function's own object."""
        return node.attr if isinstance(node, ast.Attribute) and self._is_own(node.value) else None

    @cached_property
    def _kept(self) -> dict[str, str]:
        """Names that the function stores as they are, and the own attribute that holds each."""
        found = {}
        for node in self.scope.nodes.get(ast.Assign, ()):
            for target in node.targets:
                name = self._own(target)
                if name is not None and isinstance(node.value, ast.Name):
                    found[node.value.id] = name
        return found

    def _place(self, target: ast.expr, source: int) -> None:
        if isinstance(target, ast.Name):
            if self.has_flags and target.id in self.scope.bound and target.id not in self.scope.foreign:
                self._write(LOCAL, "", target.id, source)
        elif isinstance(target, ast.Attribute):
            self._attribute(target.value, target.attr, source)
        elif isinstance(target, ast.Subscript):
            key = target.slice
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                self._key(target.value, key.value, source)
            else:
                self._container(target.value)

    def _attribute(self, receiver: ast.expr, name: str, source: int) -> None:
        if self._is_own(receiver):
            self._write(OWN, "", name, source)
        elif known := self.receivers.name(receiver):
            self._write(OBJECT, known, name, source)

    def _key(self, receiver: ast.expr, name: str, source: int) -> None:
        if known := self.receivers.name(receiver):
            self._write(KEY, known, name, source)

    def _container(self, receiver: ast.expr) -> None:
        name = self._own(receiver)
        if name is not None:
            self._write(CONTAINER, "", name, COMPUTED)

    def _call(self, call: ast.Call) -> None:
        called = call.func
        if isinstance(called, ast.Name):
            if called.id == "setattr" and len(call.args) == 3:
                self._named(call.args[0], call.args[1], call.args[2])
        elif isinstance(called, ast.Attribute):
            if called.attr == "__setattr__" and len(call.args) == 3:
                self._named(call.args[0], call.args[1], call.args[2])
            elif called.attr == "update" and (call.keywords or any(isinstance(a, ast.Dict) for a in call.args)):
                self._update(called.value, call)
            elif called.attr in _MUTATING:
                self._container(called.value)
            elif self._is_own(called.value):
                attribute = self.setters.get((self.scope.owner, called.attr))
                if attribute is not None:
                    self.called.add((self.scope.owner, called.attr))
                    self._write(OWN, "", attribute, COMPUTED)

    def _named(self, receiver: ast.expr, name: ast.expr, value: ast.expr) -> None:
        """`setattr` with a literal name writes as an assignment does."""
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            self._attribute(receiver, name.value, CONSTANT if isinstance(value, ast.Constant) else COMPUTED)

    def _update(self, receiver: ast.expr, call: ast.Call) -> None:
        """`update` with literal keys writes each of them; on `self.__dict__` or `vars(self)` they are attributes."""
        displays = [argument for argument in call.args if isinstance(argument, ast.Dict)]
        if len(displays) != len(call.args):
            return
        named = [(keyword.arg, keyword.value) for keyword in call.keywords]
        for display in displays:
            named += [
                (key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None, value)
                for key, value in zip(display.keys, display.values, strict=True)
            ]
        whole = _object_of_namespace(receiver)
        for name, value in named:
            source = CONSTANT if isinstance(value, ast.Constant) else COMPUTED
            if name is not None and whole is not None:
                self._attribute(whole, name, source)
            elif name is not None:
                self._key(receiver, name, source)

    def _write(self, kind: str, receiver: str, name: str, source: int) -> None:
        line, end_line = self.node.lineno, self.node.end_lineno or self.node.lineno
        if isinstance(self.node, (ast.For, ast.AsyncFor, ast.With, ast.AsyncWith)):
            end_line = line
        self.writes.append((kind, receiver, name, self.number, source, line, end_line))


def _object_of_namespace(node: ast.expr) -> ast.expr | None:
    if isinstance(node, ast.Attribute) and node.attr == "__dict__":
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "vars" and node.args:
        return node.args[0]
    return None
