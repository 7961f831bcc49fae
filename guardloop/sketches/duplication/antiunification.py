"""What copies share and where they differ: a parallel walk whose differences become parameters."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from guardloop.sketches.duplication.bindings import Bindings
from guardloop.sketches.duplication.names import bound_anywhere, is_one_of, loaded, scope_names
from guardloop.sketches.duplication.region import Copy, Refused, is_bare_constant

_UNPASSABLE = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
_INCOMPLETE = (ast.Starred, ast.Slice)


class _Different(Exception):  # noqa: N818 - control flow of the walk
    """The nodes do not unify; an enclosing expression may still become a parameter."""


@dataclass(eq=False)
class Parameter:
    """One value that the copies hand in: an expression in each of them, and everywhere it is used."""

    expressions: tuple[ast.expr, ...]
    occurrences: list[tuple[ast.expr, ...]] = field(default_factory=list)

    @property
    def names(self) -> tuple[str, ...] | None:
        """The copies' names for it, if it is a plain name in all of them."""
        names = [e.id for e in self.expressions if isinstance(e, ast.Name)]
        return tuple(names) if len(names) == len(self.expressions) else None


@dataclass(eq=False)
class Unification:
    """The common shape of some copies. Its text is that of the first one, with parameters in it."""

    copies: tuple[Copy, ...]
    parameters: list[Parameter]
    renaming: tuple[dict[str, str], ...]
    """For each copy, its name for each name that the first one binds."""
    globals: frozenset[str]
    """Names that are read and are local to none of the copies' functions."""
    unannotated: frozenset[ast.AST]
    """Assignments of the first copy whose annotations differ between the copies."""


def unify(copies: Sequence[Copy], home: str | None, bindings: Bindings) -> Unification:
    """Unify copies; `home` is the class that the shared code will be in, after which private names are mangled.

    Raises `Refused` when the copies differ where no parameter can stand.
    """
    return _Walk(copies, home, bindings).result()


def visible_locals(copy: Copy) -> frozenset[str]:
    """The names that are local to the functions around a copy."""
    return frozenset().union(*map(scope_names, copy.functions))


class _Walk:
    def __init__(self, copies: Sequence[Copy], home: str | None, bindings: Bindings) -> None:
        self._copies = tuple(copies)
        self._bindings = bindings
        self._bound = [bound_anywhere(copy.statements) for copy in copies]
        self._locals = [visible_locals(copy) for copy in copies]
        classes = [copy.file.class_around(copy.function) for copy in copies]
        self._classes = [node.name if node else None for node in classes]
        self._home = home
        self._forth: list[dict[str, str]] = [{} for _ in copies]
        self._back: list[dict[str, str]] = [{} for _ in copies]
        self._parameters: dict[tuple[str, ...], Parameter] = {}
        self._globals: set[str] = set()
        self._unannotated: set[ast.AST] = set()

    def result(self) -> Unification:
        try:
            self._blocks([copy.statements for copy in self._copies])
        except _Different as difference:
            raise Refused(f"{self._copies[0]}: {difference}") from None
        found = sorted(self._parameters.values(), key=lambda p: _position(p.occurrences[0][0]))
        plain = frozenset(self._unannotated)
        return Unification(self._copies, found, tuple(self._forth), frozenset(self._globals), plain)

    def _blocks(self, blocks: Sequence[Sequence[ast.AST]]) -> None:
        rows = [[n for n in block if not (isinstance(n, ast.stmt) and is_bare_constant(n))] for block in blocks]
        if len(set(map(len, rows))) != 1:
            raise _Different("blocks differ in their number of statements")
        for column in zip(*rows, strict=True):
            self._node(column)

    def _node(self, nodes: tuple[ast.AST, ...]) -> None:
        if not isinstance(nodes[0], ast.expr):
            self._same_shape(nodes)
            return
        saved = self._snapshot()
        try:
            if isinstance(nodes[0], ast.Name):
                self._name(nodes)
            elif isinstance(nodes[0], ast.Constant):
                self._constant(nodes)
            else:
                self._same_shape(nodes)
        except _Different as difference:
            self._restore(saved)
            self._differ(nodes, difference)

    def _snapshot(self) -> tuple[object, ...]:
        return (
            [dict(names) for names in self._forth],
            [dict(names) for names in self._back],
            {key: list(p.occurrences) for key, p in self._parameters.items()},
            set(self._globals),
        )

    def _restore(self, saved: tuple[object, ...]) -> None:
        forth, back, occurrences, self._globals = saved  # type: ignore[assignment]
        self._forth, self._back = forth, back  # type: ignore[assignment]
        kept = {key: p for key, p in self._parameters.items() if key in occurrences}  # type: ignore[operator]
        for key, parameter in kept.items():
            parameter.occurrences = occurrences[key]  # type: ignore[index]
        self._parameters = kept

    def _same_shape(self, nodes: tuple[ast.AST, ...]) -> None:
        if len(set(map(type, nodes))) != 1:
            raise _Different(f"a {type(nodes[0]).__name__} differs in kind")
        if isinstance(nodes[0], ast.ImportFrom) and not self._bindings.is_one_import(self._copies, nodes):
            raise _Different("an import differs in what it means")
        for name in nodes[0]._fields:
            if name not in ("ctx", "type_comment", "kind"):
                self._field(name, nodes, [getattr(node, name, None) for node in nodes])

    def _field(self, name: str, nodes: tuple[ast.AST, ...], values: list[object]) -> None:
        first = values[0]
        if name in ("annotation", "returns"):
            self._annotation(nodes, values)
            return
        if len({type(value) for value in values}) != 1 and not all(isinstance(v, ast.AST) for v in values):
            raise _Different(f"a {type(nodes[0]).__name__} has its {name} in some copies only")
        if isinstance(first, list):
            self._list(name, nodes, values)  # type: ignore[arg-type]
        elif isinstance(first, ast.AST):
            self._node(tuple(values))  # type: ignore[arg-type]
        elif isinstance(first, str) and self._binds(nodes[0], name):
            self._bind([str(value) for value in values])
        elif isinstance(nodes[0], ast.Attribute):
            self._attribute(nodes, [str(value) for value in values])
        elif len(set(map(repr, values))) != 1:
            raise _Different(f"a {type(nodes[0]).__name__} differs in its {name}")

    def _annotation(self, nodes: tuple[ast.AST, ...], values: list[object]) -> None:
        texts = {ast.dump(value) if isinstance(value, ast.AST) else "" for value in values}
        if len(texts) != 1:
            if any(not isinstance(n, ast.AnnAssign) or n.value is None or not n.simple for n in nodes):
                raise _Different(f"a {type(nodes[0]).__name__} differs in its annotation")
            self._unannotated.add(nodes[0])
        elif isinstance(values[0], ast.AST):
            self._globals |= loaded([values[0]])

    def _list(self, name: str, nodes: tuple[ast.AST, ...], values: list[list[ast.AST]]) -> None:
        if name in ("body", "orelse", "finalbody") and any(isinstance(v, ast.stmt) for v in values[0]):
            self._docstrings(nodes)
            self._blocks(values)
            return
        if len({len(value) for value in values}) != 1:
            raise _Different(f"a {type(nodes[0]).__name__} differs in the number of its {name}")
        for column in zip(*values, strict=True):
            if all(isinstance(node, ast.AST) for node in column):
                self._node(column)
            elif isinstance(nodes[0], (ast.Global, ast.Nonlocal)) or len(set(map(repr, column))) != 1:
                raise _Different(f"a {type(nodes[0]).__name__} differs in its {name}")

    def _docstrings(self, nodes: tuple[ast.AST, ...]) -> None:
        if isinstance(nodes[0], (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            texts = {ast.get_docstring(node, clean=False) for node in nodes}  # type: ignore[arg-type]
            if len(texts) != 1:
                raise _Different("a nested definition differs in its docstring")

    @staticmethod
    def _binds(node: ast.AST, name: str) -> bool:
        if isinstance(node, ast.alias):
            return False
        return name in ("name", "rest") or (name == "arg" and isinstance(node, ast.arg))

    def _bind(self, names: Sequence[str]) -> None:
        for forth, back, name in zip(self._forth, self._back, names, strict=True):
            if forth.setdefault(names[0], name) != name or back.setdefault(name, names[0]) != names[0]:
                raise _Different(f"{names[0]} is not one and the same name everywhere")

    def _name(self, nodes: tuple[ast.AST, ...]) -> None:
        if not all(isinstance(node, ast.Name) for node in nodes):
            raise _Different("a name differs in kind")
        names = [node.id for node in nodes if isinstance(node, ast.Name)]
        bound = [name in known for name, known in zip(names, self._bound, strict=True)]
        if all(bound):
            self._bind(names)
        elif any(bound):
            raise _Different(f"{names[0]} is bound by some copies only")
        else:
            local = [name in known for name, known in zip(names, self._locals, strict=True)]
            if not any(local) and len(set(names)) == 1 and self._bindings.is_one(self._copies, names[0]):
                self._globals.add(names[0])
            else:
                self._parameter(nodes)  # type: ignore[arg-type]

    def _constant(self, nodes: tuple[ast.AST, ...]) -> None:
        values = [(type(n.value), repr(n.value)) if isinstance(n, ast.Constant) else None for n in nodes]
        if any(value != values[0] for value in values):
            raise _Different("a literal differs")

    def _attribute(self, nodes: tuple[ast.AST, ...], names: Sequence[str]) -> None:
        mangled = {mangle(name, owner) for name, owner in zip(names, self._classes, strict=True)}
        if mangled != {mangle(names[0], self._home)}:
            raise _Different(f"the attribute {names[0]} differs")

    def _differ(self, nodes: tuple[ast.AST, ...], difference: _Different) -> None:
        """Make the expressions one parameter, or hand the difference on to the expression around them."""
        for node, bound in zip(nodes, self._bound, strict=True):
            if not isinstance(node, ast.expr) or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
                raise difference
            for inner in ast.walk(node):
                if isinstance(inner, _UNPASSABLE) or (inner is node and isinstance(inner, _INCOMPLETE)):
                    raise difference
                if is_one_of(inner, bound):
                    raise difference
        self._parameter(nodes)  # type: ignore[arg-type]

    def _parameter(self, nodes: tuple[ast.expr, ...]) -> None:
        key = tuple(map(ast.dump, nodes))
        self._parameters.setdefault(key, Parameter(nodes)).occurrences.append(nodes)


def mangle(name: str, owner: str | None) -> str:
    """What an attribute's name becomes inside a class."""
    if owner is None or not name.startswith("__") or name.endswith("__") or not owner.strip("_"):
        return name
    return f"_{owner.lstrip('_')}{name}"


def _position(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset
