"""Which attributes running a piece of code may rebind, over every function of the tree that it may reach."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from guardloop.sketches.duplication.antiunification import mangle
from guardloop.sketches.duplication.bindings import BUILTINS
from guardloop.sketches.duplication.classes import ANYTHING, receiver_name
from guardloop.sketches.duplication.names import all_arguments, is_one_of
from guardloop.sketches.duplication.program import FUNCTIONS, Function, Parsed, Program

_CREATORS = frozenset(["__init__", "__new__", "__post_init__", "__init_subclass__", "__set_name__", "__setstate__"])
_ITERATION = frozenset(["__iter__", "__next__", "__aiter__", "__anext__", "__getitem__", "__len__"])
_ITEMS = frozenset(["__getitem__", "__setitem__", "__delitem__", "__missing__"])
_BLOCKS = frozenset(["__enter__", "__exit__", "__aenter__", "__aexit__"])
_ATTRIBUTES = frozenset(
    ["__getattr__", "__getattribute__", "__setattr__", "__delattr__", "__get__", "__set__", "__delete__"]
)
_TRUTH = frozenset(["__bool__", "__len__"])
_TEXT = frozenset(["__str__", "__repr__", "__format__"])
_SPECIAL = _ITEMS | _BLOCKS | _ATTRIBUTES
OTHER = "operator"
"""Stands for every special method that is none of item, attribute and block access."""
SETTER = "="
_TRIGGERS: tuple[tuple[tuple[type[ast.AST], ...], frozenset[str]], ...] = (
    ((ast.Subscript,), _ITEMS),
    ((ast.For, ast.AsyncFor, ast.comprehension, ast.Starred, ast.YieldFrom), _ITERATION),
    ((ast.With, ast.AsyncWith), _BLOCKS),
    ((ast.Attribute,), _ATTRIBUTES),
    ((ast.If, ast.While, ast.IfExp, ast.BoolOp, ast.Assert), _TRUTH),
    ((ast.JoinedStr,), _TEXT),
    ((ast.BinOp, ast.AugAssign, ast.Compare, ast.UnaryOp), frozenset([OTHER])),
)


@dataclass(frozen=True)
class Attribute:
    """An attribute as it is written in the class `owner`, if in one."""

    name: str
    owner: str | None
    is_definition: bool
    """Whether it is a method, or belongs to a module or a class: something that the program text defines."""


class Rebinding:
    """By name alone: what is called `x` anywhere may be any function called `x`."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def is_ever_rebound(self, attribute: Attribute) -> bool:
        """Whether anything in the tree rebinds the attribute on an object that it did not make."""
        return bool(self._writers_of(attribute))

    def may_rebind(self, inner: Sequence[ast.AST], wanted: Attribute, known: frozenset[str]) -> bool:
        """Whether the steps `inner` may rebind the attribute on some object.

        Only the nodes themselves are looked at, not what is in them. `known` are names of locals; a call of one of them
        may run anything.
        """
        attribute = wanted.name
        if any(isinstance(n, ast.Attribute) and n.attr == attribute and not isinstance(n.ctx, ast.Load) for n in inner):
            return True
        writers = self._writers_of(wanted)
        if not writers:
            return False
        if any(isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id in known for n in inner):
            return True
        return bool(self._reached(_touched(inner)) & writers)

    def _writers_of(self, attribute: Attribute) -> frozenset[str]:
        name = mangle(attribute.name, attribute.owner)
        # A name that is computed is never a mangled one, nor that of a method, a class or what a module holds.
        is_data = name == attribute.name and not attribute.is_definition
        computed = self._writers.get(ANYTHING, frozenset()) if is_data else frozenset()
        return self._writers.get(name, frozenset()) | computed

    def _reached(self, names: set[str]) -> set[str]:
        seen: set[str] = set()
        stack = list(names)
        while stack:
            name = stack.pop()
            if name not in seen:
                seen.add(name)
                stack.extend(self._operators if name == OTHER else self._calls.get(name, ()))
        return seen

    @cached_property
    def _operators(self) -> frozenset[str]:
        names = self._calls.keys()
        return frozenset(n for n in names if n.startswith("__") and n.endswith("__")) - _SPECIAL - _CREATORS

    @cached_property
    def _calls(self) -> dict[str, frozenset[str]]:
        return _merged(_effects(file).calls for file in self._program.files())

    @cached_property
    def _writers(self) -> dict[str, frozenset[str]]:
        """Attribute, mangled → names of the functions that rebind it on an object that they did not make."""
        return _merged(_effects(file).writers for file in self._program.files())


def _merged(tables: Iterable[Mapping[str, frozenset[str]]]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for table in tables:
        for name, names in table.items():
            found[name] = found.get(name, frozenset()) | names
    return found


@dataclass(frozen=True)
class _Effects:
    """One file's functions: what each name may run, and who rebinds which attribute."""

    calls: Mapping[str, frozenset[str]]
    writers: Mapping[str, frozenset[str]]


@lru_cache(maxsize=4096)
def _effects(file: Parsed) -> _Effects:
    calls: dict[str, set[str]] = defaultdict(set)
    writers: dict[str, set[str]] = defaultdict(set)
    for function in (node for node in file.nodes if isinstance(node, FUNCTIONS)):
        inner = [node for root in function.body for node in ast.walk(root)]
        owner, around = file.parents.get(function), file.class_around(function)
        # What is called on a new object works on that one; in a constructor `self` is one.
        new, key = _fresh_names(function), _key(function)
        for node in inner:
            for target, attribute in _writes(node):
                # What a module holds goes by the names in its text, and a computed one is no object's attribute.
                is_other = attribute == ANYTHING and ast.unparse(target) == "globals()"
                if function.name not in _CREATORS and not is_one_of(target, new) and not is_other:
                    writers[mangle(attribute, around.name if around else None)].add(key)
        if function.name in _CREATORS and isinstance(owner, ast.ClassDef):
            new, key = new | {receiver_name(function) or ""}, owner.name
        calls[key] |= _touched([node for node in inner if not _is_on(node, new)])
    return _Effects(*({name: frozenset(names) for name, names in table.items()} for table in (calls, writers)))


def _is_on(node: ast.AST, names: frozenset[str]) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names


def _key(function: Function) -> str:
    """What reaches the function: its name, or an assignment to its name for the setter of a property."""
    is_setter = any(isinstance(d, ast.Attribute) and d.attr in ("setter", "deleter") for d in function.decorator_list)
    return function.name + SETTER if is_setter else function.name


def _attribute_key(node: ast.Attribute) -> str:
    return node.attr if isinstance(node.ctx, ast.Load) else node.attr + SETTER


def _touched(inner: Sequence[ast.AST]) -> set[str]:
    """Names of the functions that the nodes may run themselves."""
    names = {_attribute_key(node) for node in inner if isinstance(node, ast.Attribute)}
    names |= {node.id for node in inner if isinstance(node, ast.Name)}
    for kinds, methods in _TRIGGERS:
        if any(isinstance(node, kinds) for node in inner):
            names |= methods
    if any(isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id in BUILTINS for n in inner):
        names |= {OTHER} | _ITERATION
    return names


def _writes(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """The objects and attributes that a node rebinds."""
    if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
        yield node.value, node.attr
    elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load) and (held := _holder(node.value)):
        yield held, _literal(node.slice)
    elif isinstance(node, ast.Call) and node.args:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in ("setattr", "delattr", "__setattr__", "__delattr__"):
            at = 1 if isinstance(node.func, ast.Name) or len(node.args) > 2 else 0
            yield node.args[0], _literal(node.args[at]) if len(node.args) > at else ANYTHING
        elif (
            name in ("update", "setdefault")
            and isinstance(node.func, ast.Attribute)
            and (held := _holder(node.func.value))
        ):
            yield held, _literal(node.args[0]) if name == "setdefault" else ANYTHING


def _literal(name: ast.expr) -> str:
    return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else ANYTHING


def _holder(node: ast.expr) -> ast.expr | None:
    """The object whose attributes a dictionary holds: `x` of `x.__dict__` and `vars(x)`, the module of `globals()`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("vars", "globals"):
        return node.args[0] if node.args else node
    return node.value if isinstance(node, ast.Attribute) and node.attr == "__dict__" else None


def _fresh_names(function: Function) -> frozenset[str]:
    """Locals that the function only ever binds to a new instance of some class."""
    made: Counter[str] = Counter()
    stores: Counter[str] = Counter(argument.arg for argument in all_arguments(function.args))
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            stores[node.id] += 1
        if isinstance(node, ast.Assign) and _makes(node.value):
            made.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return frozenset(name for name in made if made[name] == stores[name])


def _makes(value: ast.expr) -> bool:
    if not isinstance(value, ast.Call):
        return False
    name = value.func.id if isinstance(value.func, ast.Name) else getattr(value.func, "attr", "")
    return name in ("cls", "__new__") or name.lstrip("_")[:1].isupper() or ast.unparse(value.func).startswith("type(")
