"""The classes of a tree: who derives from whom, which attributes surely exist, and which run code."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from guardloop.sketches.duplication.ancestry import handed_down
from guardloop.sketches.duplication.antiunification import mangle
from guardloop.sketches.duplication.bindings import Bindings
from guardloop.sketches.duplication.names import all_arguments
from guardloop.sketches.duplication.program import FUNCTIONS, Function, Parsed, Program

_TRANSPARENT = frozenset(["staticmethod", "classmethod", "abstractmethod", "overload", "override", "final", "wraps"])
ANYTHING = "*"


@dataclass(frozen=True)
class Class:
    """A class of the tree."""

    file: Parsed
    node: ast.ClassDef

    @property
    def name(self) -> str:
        """Its name."""
        return self.node.name


class Classes:
    """The classes of a program, looked at as one hierarchy."""

    def __init__(self, program: Program, bindings: Bindings) -> None:
        self._program, self._bindings = program, bindings
        self._lineages: dict[Class, list[Class]] = {}

    @cached_property
    def _all(self) -> dict[int, Class]:
        files = self._program.files()
        return {id(n): Class(f, n) for f in files for n in f.nodes if isinstance(n, ast.ClassDef)}

    def of(self, node: ast.ClassDef) -> Class:
        """The class of a node."""
        return self._all[id(node)]

    def bases(self, owner: Class) -> Iterator[Class | None]:
        """Its direct bases in order; None for one that is not in the tree."""
        for base in owner.node.bases:
            found = self._bindings.definition(owner.file, base)
            yield self._all.get(id(found[1])) if found and isinstance(found[1], ast.ClassDef) else None

    def lineage(self, owner: Class) -> list[Class]:
        """The class and its ancestors in the tree, nearest first."""
        if owner not in self._lineages:
            self._lineages[owner] = self._line(owner)
        return self._lineages[owner]

    def _line(self, owner: Class) -> list[Class]:
        found, row = [owner], [owner]
        while row:
            row = [base for one in row for base in self.bases(one) if base and base not in found]
            found += [base for at, base in enumerate(row) if base not in row[:at]]
        return found

    def common(self, owners: Sequence[Class]) -> Class | None:
        """The nearest class that all of these are or derive from."""
        lines = [self.lineage(owner) for owner in owners]
        return next((one for one in lines[0] if all(one in line for line in lines)), None)

    def family(self, owner: Class) -> list[Class]:
        """Every class of the tree that an instance's attributes may come from, the class itself first.

        These are its ancestors, the classes that derive from it, and what else those derive from.
        """
        below = (one for derived in self._derived(owner) for one in self.lineage(derived))
        return list(dict.fromkeys([*self.lineage(owner), *below]))

    def _derived(self, owner: Class) -> list[Class]:
        """The class and those of the tree that derive from it."""
        return [one for one in self._all.values() if owner in self.lineage(one)]

    def may_be_overridden(self, owner: Class, method: Function) -> bool:
        """Whether the method's name on a receiver may mean another one than this, which the class defines.

        Anyone may derive from a class that is neither private nor final, and define its public methods anew.
        """
        if any(method.name in self.defined(one) for one in self.family(owner) if one != owner):
            return True
        if method.name.startswith("_") or _is_final(method):
            return False
        return not all(one.name.startswith("_") or _is_final(one.node) for one in self._derived(owner))

    def taken(self, owners: Iterable[Class]) -> frozenset[str]:
        """Names that mean something on an instance of any of these, as far as can be seen."""
        return frozenset().union(*(self.members(one) for owner in set(owners) for one in self.family(owner)))

    def are_seen(self, owners: Iterable[Class]) -> bool:
        """Whether all that instances of these have comes from classes of the tree or of the standard library."""
        return all(None not in self._inherited(one) for owner in set(owners) for one in self.family(owner))

    def _inherited(self, owner: Class) -> list[frozenset[str] | None]:
        """The names that each base outside of the tree hands down; None for one that cannot be looked at."""
        bases = zip(owner.node.bases, self.bases(owner), strict=True)
        return [handed_down(self._origin(owner.file, base)) for base, found in bases if found is None]

    def _origin(self, file: Parsed, base: ast.expr) -> str:
        """The dotted name of a base that is not in the tree."""
        root, *rest = ast.unparse(base.value if isinstance(base, ast.Subscript) else base).split(".")
        return ".".join([*filter(None, self._bindings.meaning(file, root)), *rest])

    def members(self, owner: Class) -> frozenset[str]:
        """Names that mean something on an instance: defined in the class, set on its receiver, or handed down to it."""
        found = set(self.defined(owner)).union(*filter(None, self._inherited(owner)))
        for method in owner.node.body:
            if isinstance(method, FUNCTIONS) and (name := receiver_name(method)):
                found |= {node.attr for node in _attributes_of([method], name)}
        return frozenset(found)

    def surely_has(self, owner: Class, attribute: str) -> bool:
        """Whether every instance has the attribute once it has been made."""
        name = mangle(attribute, owner.name)
        return any(name in {mangle(n, one.name) for n in self._made(one)} for one in self.lineage(owner))

    def _made(self, owner: Class) -> Iterator[str]:
        yield from self.defined(owner)
        for method in owner.node.body:
            if isinstance(method, FUNCTIONS) and method.name == "__init__" and (name := receiver_name(method)):
                # Only what `__init__` sets without a condition is there for sure.
                sure = [statement for statement in method.body if isinstance(statement, _PLAIN)]
                yield from (n.attr for n in _attributes_of(sure, name) if isinstance(n.ctx, ast.Store))

    @staticmethod
    def defined(owner: Class) -> Iterator[str]:
        """Names that the class's own body binds to something."""
        for node in owner.node.body:
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                yield node.name
            elif isinstance(node, ast.Assign):
                yield from (target.id for target in node.targets if isinstance(target, ast.Name))
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                yield node.target.id

    @cached_property
    def descriptors(self) -> frozenset[str]:
        """Attribute names behind which code may run: properties and what else a class body makes by a call."""
        found: set[str] = set()
        for owner in self._all.values():
            for node in owner.node.body:
                if isinstance(node, FUNCTIONS) and any(_decorator(d) not in _TRANSPARENT for d in node.decorator_list):
                    found.add(node.name)
                elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                    found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
                if isinstance(node, FUNCTIONS) and node.name == "__getattribute__":
                    found.add(ANYTHING)
        return frozenset(found)


_PLAIN = (ast.Assign, ast.AnnAssign)


def receiver_name(method: Function) -> str | None:
    """The name of a method's first parameter; None for a static method."""
    if any(_decorator(d) == "staticmethod" for d in method.decorator_list):
        return None
    positional = [*method.args.posonlyargs, *method.args.args]
    return positional[0].arg if positional else None


def is_class_method(method: Function) -> bool:
    """Whether the receiver is the class."""
    implicit = method.name in ("__new__", "__init_subclass__", "__class_getitem__")
    return implicit or any(_decorator(d) == "classmethod" for d in method.decorator_list)


def _is_final(node: Function | ast.ClassDef) -> bool:
    return any(is_final_mark(decorator) for decorator in node.decorator_list)


def is_final_mark(decorator: ast.expr) -> bool:
    """Whether the decorator is `typing.final`: it changes nothing and forbids another definition below."""
    return _decorator(decorator) == "final"


def parameters(function: Function) -> frozenset[str]:
    """The names of all parameters."""
    return frozenset(argument.arg for argument in all_arguments(function.args))


def _attributes_of(roots: Sequence[ast.AST], name: str) -> Iterator[ast.Attribute]:
    for node in (inner for root in roots for inner in ast.walk(root)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name:
            yield node


def _decorator(node: ast.expr) -> str:
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
