"""What the expressions of one scope refer to: references are plain tuples, resolved when all files are known."""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from metrics.outline import Scope
from metrics.slots.kinds import is_none

Ref = tuple[Any, ...]
"""One of
`("local", scope number, name)`, `("own", class, attribute)`, `("pooled", attribute)`, `("global", name)`,
`("key", text)` of a constant subscript or of `.get`; or a call, which stands for what it returns:
`("call", name)`, `("method", class, name)`, `("super", class, name)`, `("other", name, whether of a module)`.
"""
_BUILTIN = frozenset(dir(builtins))
_STORING = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For, ast.AsyncFor, ast.withitem, ast.NamedExpr, ast.Delete)
COMMON = frozenset(
    """
    get items pop read close write start keys values update copy next split join match group append add remove
    index count format strip search find replace setdefault insert open run send clear put result encode decode
    sort exists startswith endswith lower upper extend discard sub findall readline load dump loads dumps
    execute rstrip lstrip debug info warning error exception log warn finditer isdigit
    """.split()  # noqa: SIM905 - a list of seventy quoted names reads worse
)
"""Names of methods that so many classes have that a call of one tells nothing about the callee."""


class Places:
    """The names that one scope sees."""

    def __init__(self, scope: Scope, number: int, outer: Places | None, known: Known) -> None:
        self.scope = scope
        self.number = number
        self.known = known
        self.is_class = isinstance(scope.node, ast.ClassDef)
        self.locals: dict[str, int] = outer.locals if outer else {}
        if scope.is_function:
            self.locals = {**self.locals, **dict.fromkeys(scope.bound - scope.foreign, number)}

    def is_none(self, node: ast.AST) -> bool:
        """Whether an expression is None, or a name that this module gives to it or to an `object()` in its place."""
        cls = node.__class__
        if cls is ast.Constant:
            return node.value is None  # type: ignore[attr-defined]
        if cls is not ast.Name:
            return False
        name = node.id  # type: ignore[attr-defined]
        return name in self.known.sentinels or (name in self.known.nones and name not in self.locals)

    def ref(self, node: ast.AST | None) -> Ref | None:
        """The place an expression names, or None."""
        kind = node.__class__
        if kind is ast.Name:
            return self.named(node.id)  # type: ignore[union-attr]
        if kind is ast.Attribute:
            return self._attribute(node)  # type: ignore[arg-type]
        if kind is ast.Call:
            return self.called(node)  # type: ignore[arg-type]
        if kind is ast.Subscript:
            key = node.slice  # type: ignore[union-attr]
            return ("key", key.value) if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
        if kind is ast.Await:
            return self.ref(node.value)  # type: ignore[union-attr]
        if kind is ast.NamedExpr:
            return self.ref(node.target)  # type: ignore[union-attr]
        return None

    def named(self, name: str) -> Ref | None:
        """What a bare name is here: the object itself is no slot, nor is a name that the file does not assign."""
        number = self.locals.get(name)
        if number is not None:
            return None if name == self.scope.instance else ("local", number, name)
        if self.is_class and name in self.scope.bound:
            return ("own", self.scope.qualname, name)
        return ("global", name) if name in self.known.globals else None

    def _attribute(self, node: ast.Attribute) -> Ref | None:
        value, attribute = node.value, node.attr
        if value.__class__ is ast.Name:
            name = value.id
            if name == self.scope.instance and self.scope.owner:
                return ("own", self.scope.owner, attribute)
            if name in self.known.modules and name not in self.locals:
                return None
        return ("pooled", attribute)

    def called(self, node: ast.Call) -> Ref | None:
        """Whose result a call is."""
        func = node.func
        if func.__class__ is ast.Name:
            name = func.id
            if name == "getattr" and len(node.args) > 1:
                attribute = node.args[1]
                is_text = isinstance(attribute, ast.Constant) and isinstance(attribute.value, str)
                return self._gotten(node.args[0], attribute.value) if is_text else None  # type: ignore[attr-defined]
            return None if name in _BUILTIN else ("call", name)
        if func.__class__ is ast.Attribute:
            return self._method(node, func)
        return None

    def _gotten(self, value: ast.expr, attribute: str) -> Ref:
        is_own = isinstance(value, ast.Name) and value.id == self.scope.instance and self.scope.owner
        return ("own", self.scope.owner, attribute) if is_own else ("pooled", attribute)

    def _method(self, node: ast.Call, func: ast.Attribute) -> Ref | None:
        name, value = func.attr, func.value
        if value.__class__ is ast.Name:
            root = value.id
            if root == self.scope.instance and self.scope.owner:
                return ("method", self.scope.owner, name)
            if root in self.known.modules and root not in self.locals:
                return ("other", name, True)
        elif value.__class__ is ast.Call and self.scope.owner and _is_super(value):
            return ("super", self.scope.owner, name)
        if name in COMMON:
            return _gotten(node) if name == "get" else None
        return ("other", name, False)


class Known:
    """What the module itself binds: names of imported modules, and names assigned to."""

    def __init__(self, scopes: Sequence[Scope]) -> None:
        module = scopes[0]
        nodes = module.nodes
        imported = [alias for node in nodes[ast.Import] for alias in node.names]
        self.modules = {(alias.asname or alias.name).partition(".")[0] for alias in imported}
        self.imports = [
            (alias.asname or alias.name, node.module or "", alias.name)
            for node in nodes[ast.ImportFrom]
            for alias in node.names
        ]
        targets = [target for node in nodes[ast.Assign] for target in node.targets]
        targets += [node.target for node in nodes[ast.AnnAssign]]
        self.assigned = {target.id for target in targets if isinstance(target, ast.Name)}
        self.sentinels = {
            target.id
            for node in nodes[ast.Assign]
            for target in node.targets
            if isinstance(target, ast.Name) and _is_bare_object(node.value)
        }
        self.nones = _nones(scopes)
        self.globals = self.assigned | {alias for alias, _, _ in self.imports}
        self.modules -= self.assigned


def _nones(scopes: Sequence[Scope]) -> set[str]:
    """The names that a module binds once, to None: whoever compares with one asks for None."""
    nodes = scopes[0].nodes
    found = {name.id for value, name in _stored(nodes, (ast.Assign, ast.AnnAssign)) if is_none(value)}
    if not found:
        return found
    stored = Counter(name.id for _, name in _stored(nodes, _STORING))
    named = {scope.node.name for scope in scopes[1:] if scope.around is scopes[0]}  # type: ignore[attr-defined]
    named |= {(alias.asname or alias.name).partition(".")[0] for alias in nodes[ast.alias]}
    named |= {handler.name for handler in nodes[ast.ExceptHandler]}
    foreign = {name for scope in scopes for name in scope.foreign}
    return {name for name in found if stored[name] == 1} - named - foreign


def _stored(nodes: Mapping[type[ast.AST], Any], kinds: Iterable[type[ast.AST]]) -> Iterator[tuple[Any, ast.Name]]:
    """The names that statements of these kinds bind, and the value that each is given whole."""
    for node in (node for kind in kinds for node in nodes.get(kind, ())):
        for target in getattr(node, "targets", None) or [getattr(node, "target", None) or node.optional_vars]:
            value = getattr(node, "value", None) if isinstance(target, ast.Name) else None
            for name in ast.walk(target) if target is not None else ():
                if isinstance(name, ast.Name):
                    yield value, name


def _is_bare_object(node: ast.expr) -> bool:
    is_named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "object"
    return is_named and not node.args  # type: ignore[attr-defined]


def _is_super(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _gotten(node: ast.Call) -> Ref | None:
    key = node.args[0] if len(node.args) == 1 and not node.keywords else None
    is_text = isinstance(key, ast.Constant) and isinstance(key.value, str)
    return ("key", key.value) if is_text else None  # type: ignore[union-attr]
