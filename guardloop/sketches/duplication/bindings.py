"""What the names of a module mean: what binds them, and whether two modules mean the same."""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property, lru_cache

from guardloop.sketches.duplication.names import binders
from guardloop.sketches.duplication.program import Parsed, Program
from guardloop.sketches.duplication.region import Copy
from guardloop.sketches.modules import Modules

BUILTINS = frozenset(dir(builtins))
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

    @cached_property
    def modules(self) -> Modules:
        """What the modules are called, and which may import which."""
        return Modules(self._program.tree)

    def table(self, file: Parsed) -> dict[str, list[ast.AST]]:
        """Each name bound at the top level of a module, or as a global in a function, and the nodes that bind it."""
        return _table(file)

    def is_settled(self, file: Parsed, name: str) -> bool:
        """Whether a module-level name is bound once, or is a builtin: its meaning never changes."""
        bound = self.table(file).get(name)
        return len(bound) == 1 and not isinstance(bound[0], ast.Global) if bound else name in BUILTINS

    def is_known(self, file: Parsed, name: str) -> bool:
        """Whether a name that is no local is bound at all."""
        return name in BUILTINS or name in self.table(file)

    def meaning(self, file: Parsed, name: str, depth: int = _DEPTH) -> Meaning:
        """The module and name that a module-level name comes from: equal meanings are the same object.

        The module is a path for what the tree defines, a dotted name for what it imports, empty for a builtin.
        """
        bound = self.table(file).get(name)
        if not bound:
            return "", name
        node = bound[0]
        if len(bound) > 1 or not depth:
            return file.path, name
        if isinstance(node, ast.Import):
            alias = next(a for a in node.names if (a.asname or a.name.split(".")[0]) == name)
            return (alias.name if alias.asname else alias.name.split(".")[0]), ""
        if isinstance(node, ast.ImportFrom):
            alias = next(a for a in node.names if (a.asname or a.name) == name)
            dotted = self.modules.absolute(file.path, node.level, node.module or "")
            origin = self.modules.path(dotted, file.path)
            source = self._program.file(origin) if origin else None
            if source and alias.name in self.table(source):
                return self.meaning(source, alias.name, depth - 1)
            return dotted, alias.name
        return file.path, name

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
