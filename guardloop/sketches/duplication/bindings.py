"""What the names of a module mean: what binds them, and whether two modules mean the same."""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from guardloop.sketches.duplication.names import binders
from guardloop.sketches.duplication.program import Parsed, Program
from guardloop.sketches.duplication.region import Copy
from guardloop.sketches.modules import Modules

BUILTINS = frozenset(dir(builtins))
_OF_MODULE = frozenset(
    [
        "__annotations__", "__builtins__", "__cached__", "__dict__", "__doc__", "__file__",
        "__loader__", "__name__", "__package__", "__path__", "__spec__",
    ]
)  # fmt: skip
"""What the import system binds in every module, to another object in each."""
_STAR = "*"
_DEPTH = 8
Meaning = tuple[str, str]


@lru_cache(maxsize=4096)
def _table(file: Parsed) -> dict[str, list[ast.AST]]:
    table: dict[str, list[ast.AST]] = defaultdict(list)
    for name, node in binders(file.tree.body):
        table[name].append(node)
    for node in file.nodes:
        if isinstance(node, ast.Global):
            for name in node.names:
                table[name].append(node)
    return dict(table)


class Bindings:
    """The module-level names of a program."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._binders: dict[tuple[str, str, int], list[ast.AST]] = {}

    @cached_property
    def modules(self) -> Modules:
        """What the modules are called, and which may import which."""
        return Modules(self._program.tree)

    def table(self, file: Parsed) -> dict[str, list[ast.AST]]:
        """Each name bound at the top level of a module, or as a global in a function, and the nodes that bind it."""
        return _table(file)

    def binders(self, file: Parsed, name: str, depth: int = _DEPTH) -> list[ast.AST]:
        """The nodes that may bind a module-level name, in the order of the text: star imports are among them.

        What a later statement binds again is not what a star import carried in.
        """
        key = file.path, name, depth
        if key not in self._binders:
            table = self.table(file)
            own = table.get(name, [])
            last = max((_line(node) for node in own), default=0)
            stars = [node for node in table.get(_STAR, ()) if isinstance(node, ast.ImportFrom) and _line(node) > last]
            carried = [node for node in stars if name != _STAR and self._carries(file, node, name, depth)]
            self._binders[key] = [*own, *carried]
        return self._binders[key]

    def _carries(self, file: Parsed, star: ast.ImportFrom, name: str, depth: int) -> bool:
        """Whether a star import may bind the name; what is imported from outside the tree may hold any public one."""
        source = self._source(file, star)
        if source and (offered := _offered(source)).are_listed:
            return name in offered.names
        if name.startswith("_"):
            return False
        return source is None or not depth or bool(self.binders(source, name, depth - 1))

    def _source(self, file: Parsed, node: ast.ImportFrom) -> Parsed | None:
        """The file of the tree that a `from` import takes names from."""
        path = self.modules.path(self.origin(file, node), file.path)
        return self._program.file(path) if path else None

    def origin(self, file: Parsed, node: ast.ImportFrom) -> str:
        """The dotted name of what a `from` import takes names from: dots resolved."""
        return self.modules.absolute(file.path, node.level, node.module or "")

    def is_settled(self, file: Parsed, name: str) -> bool:
        """Whether a module-level name is bound once, or is there from the start: its meaning never changes."""
        bound = self.binders(file, name)
        is_given = name in BUILTINS or name in _OF_MODULE
        return is_given if not self.table(file).get(name) and is_given else _is_one_binding(bound)

    def is_known(self, file: Parsed, name: str) -> bool:
        """Whether a name that is no local is bound at all."""
        return name in BUILTINS or name in _OF_MODULE or bool(self.binders(file, name))

    def meaning(self, file: Parsed, name: str, depth: int = _DEPTH) -> Meaning:
        """The module and name that a module-level name comes from: equal meanings are the same object.

        The module is a path for what the tree defines, a dotted name for what it imports, empty for a builtin. What
        nothing binds that the text shows is each module's own.
        """
        bound = self.binders(file, name)
        if not bound and name in BUILTINS - _OF_MODULE:
            return "", name
        node = bound[0] if len(bound) == 1 and depth else None
        if isinstance(node, ast.Import):
            alias = next(a for a in node.names if (a.asname or a.name.split(".")[0]) == name)
            return (alias.name if alias.asname else alias.name.split(".")[0]), ""
        if isinstance(node, ast.ImportFrom):
            inner = next((a.name for a in node.names if (a.asname or a.name) == name), name)
            source = self._source(file, node)
            if source and self.binders(source, inner):
                return self.meaning(source, inner, depth - 1)
            return self.origin(file, node), inner
        return file.path, name

    def names(self, file: Parsed) -> frozenset[str]:
        """Every name that is known to mean something at the top level of a module, star imports included."""
        own = self.table(file).keys() - {_STAR}
        sources = (source for star in self._stars(file) for source in _followed(star, self._passed_on))
        return frozenset(own).union(*(_offered(source).names for source in sources))

    def taken(self, files: Iterable[Parsed]) -> frozenset[str]:
        """Names that a new one of these modules must not be: they mean something there, or where stars carry it."""
        everywhere = (self.names(one) for file in files for one in self._audience(file))
        return BUILTINS.union(*everywhere)

    def is_free(self, file: Parsed, name: str, meant: Meaning) -> bool:
        """Whether nothing but what is `meant` is called so in the module, or where stars carry the name."""
        others = (one for one in self._audience(file) if name in self.names(one))
        return name not in BUILTINS and all(self.meaning(one, name) == meant for one in others)

    def _audience(self, file: Parsed) -> list[Parsed]:
        """The module itself, and those that a star import carries a new public name of it to."""
        return _followed(file, lambda one: [] if _offered(one).are_listed else self._star_importers.get(one.path, []))

    def _stars(self, file: Parsed) -> list[Parsed]:
        """The modules of the tree that a module star-imports."""
        nodes = (node for node in self.table(file).get(_STAR, ()) if isinstance(node, ast.ImportFrom))
        return [source for node in nodes if (source := self._source(file, node))]

    def _passed_on(self, file: Parsed) -> list[Parsed]:
        """The modules whose names a star import of this one brings as well."""
        return [] if _offered(file).are_listed else self._stars(file)

    @cached_property
    def _star_importers(self) -> dict[str, list[Parsed]]:
        found: dict[str, list[Parsed]] = defaultdict(list)
        for file in self._program.files():
            for source in self._stars(file):
                found[source.path].append(file)
        return found

    def definition(self, file: Parsed, expression: ast.expr) -> tuple[Parsed, ast.AST] | None:
        """The node of the tree that an expression (a name, `module.name`, a subscript of one) refers to."""
        if isinstance(expression, ast.Subscript):
            return self.definition(file, expression.value)
        if isinstance(expression, ast.Name):
            path, name = self.meaning(file, expression.id)
        elif isinstance(expression, ast.Attribute) and isinstance(expression.value, ast.Name):
            dotted, inner = self.meaning(file, expression.value.id)
            path = self.modules.path(f"{dotted}.{inner}" if inner else dotted, file.path) or ""
            name = expression.attr
        else:
            return None
        source = self._program.file(path)
        bound = self.table(source).get(name, []) if source else []
        return (source, bound[0]) if source and len(bound) == 1 else None

    def is_one(self, copies: Sequence[Copy], name: str) -> bool:
        """Whether a name that is no local means the same object in the modules of all copies."""
        return len({self.meaning(copy.file, name) for copy in copies}) == 1

    def is_one_import(self, copies: Sequence[Copy], nodes: Sequence[ast.AST | None]) -> bool:
        """Whether import statements, one of each copy, are written alike and mean the same module."""
        texts = {ast.dump(node) if node else "" for node in nodes}
        found = zip(copies, nodes, strict=True)
        origins = {self.origin(copy.file, node) for copy, node in found if isinstance(node, ast.ImportFrom)}
        return len(texts) == 1 and len(origins) < 2


def _followed(file: Parsed, onward: Callable[[Parsed], Iterable[Parsed]]) -> list[Parsed]:
    """The file and all that are reached from it."""
    found = [file]
    for one in found:
        found += [other for other in dict.fromkeys(onward(one)) if other not in found]
    return found


def _is_one_binding(bound: Sequence[ast.AST]) -> bool:
    return len(bound) == 1 and not isinstance(bound[0], ast.Global)


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)


@dataclass(frozen=True)
class _Offered:
    """The names that a star import takes from a module, but for those that its own star imports bring."""

    names: frozenset[str]
    are_listed: bool
    """Whether one literal `__all__` says so, and so that there are no others."""


@lru_cache(maxsize=4096)
def _offered(file: Parsed) -> _Offered:
    table = _table(file)
    bound = table.get("__all__", [])
    statement = file.parents.get(bound[0]) if len(bound) == 1 else None
    if isinstance(statement, ast.Assign) and isinstance(statement.value, (ast.List, ast.Tuple)):
        said = [item.value for item in statement.value.elts if isinstance(item, ast.Constant)]
        if len(said) == len(statement.value.elts):
            return _Offered(frozenset(name for name in said if isinstance(name, str)), are_listed=True)
    return _Offered(frozenset(name for name in table if name[0] not in "_*"), are_listed=False)
