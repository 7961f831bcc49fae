"""The classes of a tree: who derives from whom, which attributes surely exist, and who may rebind them."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from guardloop.sketches.duplication.antiunification import mangle
from guardloop.sketches.duplication.bindings import Bindings
from guardloop.sketches.duplication.names import all_arguments
from guardloop.sketches.duplication.program import FUNCTIONS, Function, Parsed, Program

_CREATORS = frozenset(["__init__", "__new__", "__post_init__", "__init_subclass__", "__set_name__", "__setstate__"])
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

    @cached_property
    def _all(self) -> dict[int, Class]:
        files = self._program.files()
        return {id(n): Class(f, n) for f in files for n in ast.walk(f.tree) if isinstance(n, ast.ClassDef)}

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
        """The class, its ancestors, and every class of the tree that derives from it."""
        below = [one for one in self._all.values() if owner in self.lineage(one)]
        return list(dict.fromkeys([*self.lineage(owner), *below]))

    def members(self, owner: Class) -> frozenset[str]:
        """Names that mean something on an instance: defined in the class or set on its receiver."""
        found = set(self._defined(owner))
        for method in owner.node.body:
            if isinstance(method, FUNCTIONS) and (name := receiver_name(method)):
                found |= {n.attr for n in ast.walk(method) if _is_attribute_of(n, name)}
        return frozenset(found)

    def surely_has(self, owner: Class, attribute: str) -> bool:
        """Whether every instance has the attribute once it has been made."""
        name = mangle(attribute, owner.name)
        return any(name in {mangle(n, one.name) for n in self._made(one)} for one in self.lineage(owner))

    def _made(self, owner: Class) -> Iterator[str]:
        yield from self._defined(owner)
        for method in owner.node.body:
            if isinstance(method, FUNCTIONS) and method.name == "__init__" and (name := receiver_name(method)):
                # Only what `__init__` sets without a condition is there for sure.
                for node in (n for statement in method.body if isinstance(statement, _PLAIN) for n in ast.walk(statement)):
                    if _is_attribute_of(node, name) and isinstance(node.ctx, ast.Store):  # type: ignore[attr-defined]
                        yield node.attr  # type: ignore[attr-defined]

    @staticmethod
    def _defined(owner: Class) -> Iterator[str]:
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

    @cached_property
    def _writers(self) -> dict[str, frozenset[str]]:
        """Attribute name → names of the functions that rebind it."""
        found: dict[str, set[str]] = defaultdict(set)
        for name, function in self._functions:
            for node in ast.walk(function):
                if isinstance(node, ast.Attribute):
                    if not isinstance(node.ctx, ast.Load):
                        found[node.attr].add(name)
                    elif node.attr == "__dict__":
                        found[ANYTHING].add(name)
                elif isinstance(node, ast.Call) and _decorator(node) in ("setattr", "delattr", "__setattr__"):
                    literal = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                    found[literal[0] if literal else ANYTHING].add(name)
        return {attribute: frozenset(names) - _CREATORS for attribute, names in found.items()}

    @cached_property
    def _functions(self) -> list[tuple[str, Function]]:
        files = self._program.files()
        return [(n.name, n) for f in files for n in ast.walk(f.tree) if isinstance(n, FUNCTIONS)]

    @cached_property
    def _calls(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for name, function in self._functions:
            found[name] |= self._touched(function.body)
        return {name: frozenset(names) for name, names in found.items()}

    @staticmethod
    def _touched(nodes: Sequence[ast.AST]) -> set[str]:
        """Names through which the nodes may run functions of the tree: all they mention."""
        inner = [node for root in nodes for node in ast.walk(root)]
        attributes = {node.attr for node in inner if isinstance(node, ast.Attribute)}
        return attributes | {node.id for node in inner if isinstance(node, ast.Name)}

    def may_rebind(self, nodes: Sequence[ast.AST], attribute: str, known: frozenset[str]) -> bool:
        """Whether running the nodes may rebind the attribute on some object.

        `known` are names of locals; a call of one of them may run any code that others can reach.
        """
        inner = [node for root in nodes for node in ast.walk(root)]
        if any(isinstance(n, ast.Attribute) and n.attr == attribute and not isinstance(n.ctx, ast.Load) for n in inner):
            return True
        writers = self._writers.get(attribute, frozenset()) | self._writers.get(ANYTHING, frozenset())
        if not writers or not any(isinstance(n, _RUNS_CODE) for n in inner):
            return False
        if any(isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id in known for n in inner):
            return True
        seen, stack = set(), list(self._touched(nodes) | {name for name in self._calls if name.startswith("__")} - _CREATORS)
        while stack:
            name = stack.pop()
            if name not in seen:
                seen.add(name)
                stack.extend(self._calls.get(name, ()))
        return bool(seen & writers)


_PLAIN = (ast.Assign, ast.AnnAssign)
_RUNS_CODE = (ast.Call, ast.BinOp, ast.Compare, ast.Subscript, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith, ast.Await)


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


def parameters(function: Function) -> frozenset[str]:
    """The names of all parameters."""
    return frozenset(argument.arg for argument in all_arguments(function.args))


def _is_attribute_of(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name


def _decorator(node: ast.expr) -> str:
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
