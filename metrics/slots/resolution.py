"""What references mean once all files are known: which function a call reaches, which slot an expression names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from metrics.index import Index
from metrics.owners import Class, Owners
from metrics.slots.flows import FunctionFacts
from metrics.slots.keys import CLASS, DEFINED, FUNCTION, GLOBAL
from metrics.slots.places import COMMON, Ref

_MOST_OVERRIDES = 12
POOLED = frozenset(
    """
    name value type data id key args kwargs text url path parent children obj node options config kind status
    state stats method stream target func code message msg context settings width height size length body left
    right op elements attrs fields default label tag tags mode version host port user source module environment
    env line lineno file filename token prefix model field table column query
    """.split()  # noqa: SIM905 - a list of seventy quoted names reads worse
)
"""Attributes that so many classes have that one class which defines them tells nothing about an unknown receiver."""


Finder = Callable[[str, str], Sequence[str]]
"""Reads all files that may hold a name of a kind; the answer is their paths, in order."""


class Slot(NamedTuple):
    """A place where values live.

    `local`: owner is the key of a function, name the variable's; `return`: owner is that key; `attribute`: owner is the
    symbol of the topmost class that defines it; `global`: owner is a path; `key` of any dictionary, and `pooled`
    attribute of unknown objects: no owner.
    """

    kind: str
    owner: str
    name: str


class Function(NamedTuple):
    """One function of the tree."""

    key: str
    path: str
    qualname: str
    class_name: str
    """Qualified name of the class around it, or nothing."""
    line: int
    end_line: int
    positional: tuple[str, ...]
    named: tuple[str, ...]
    marks: frozenset[str]

    @property
    def name(self) -> str:
        """The last part of the qualified name."""
        return self.qualname.rpartition(".")[2]

    @property
    def parameters(self) -> tuple[str, ...]:
        """All parameters but the object itself."""
        return self.positional["method" in self.marks :] + self.named


class Resolution:
    """Functions, classes and slots of a tree by name; calls of names that many classes have reach nothing."""

    def __init__(self, index: Index, files: Mapping[str, dict[str, Any]], find: Finder | None = None) -> None:
        """If somebody can `find` files, these are not all: those that hold a name are asked for before it is."""
        self.index = index
        self._files = files
        self._find: Finder = find or (lambda kind, name: ())
        self.functions: dict[str, Function] = {}
        self._marks: dict[tuple[str, ...], frozenset[str]] = {}
        self.overloaded: set[tuple[str, str]] = set()
        """Path and qualified name of functions whose result depends on how they are called."""
        self._plain: dict[str, list[Function]] = defaultdict(list)
        self._methods: dict[str, list[Function]] = defaultdict(list)
        self._members: dict[tuple[str, str], Function] = {}
        self._classes: dict[str, list[Class]] = defaultdict(list)
        self._having: dict[str, list[Class]] = defaultdict(list)
        self._globals: set[tuple[str, str]] = set()
        self._assigned: set[str] = set()
        self._imports: dict[tuple[str, str], tuple[str, str]] = {}
        self._paths = files if find is None else index.tree.prints
        self.owners = Owners(index, (), self._classes_named if find else None)
        self._known: dict[str, dict[Ref, Slot | None]] = defaultdict(dict)
        self._callees: dict[str, dict[Ref, Function | None]] = defaultdict(dict)
        for path, facts in files.items():
            self.read(path, facts)

    @cached_property
    def _modules(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for path in self._paths:
            found[self.index.module(path).rpartition(".")[2]].append(path)
        return found

    def read(self, path: str, facts: dict[str, Any]) -> None:
        """Take in what a file defines."""
        self._globals.update((path, name) for name in facts["globals"])
        self._assigned.update(facts["globals"])
        for alias, module, name in facts["imports"]:
            self._imports[path, alias] = module.rpartition(".")[2], name
        for function in facts["functions"]:
            self._add(path, function)
        for qualname, _, attributes in facts["classes"]:
            self._classes[qualname.rpartition(".")[2]].append((path, qualname))
            for attribute in attributes:
                self._having[attribute].append((path, qualname))
        if not self.owners.is_lazy:
            self.owners.add([(path, facts["classes"])])

    def _classes_named(self, name: str) -> Iterator[tuple[str, Any]]:
        return ((path, self._files[path]["classes"]) for path in self._find(CLASS, name))

    def _functions(self, name: str, kind: dict[str, list[Function]]) -> list[Function]:
        """The functions of a name, in the order of paths."""
        if self._find(FUNCTION, name):
            kind[name].sort(key=lambda function: function.path)
        return kind.get(name, [])

    def _named_classes(self, name: str) -> list[Class]:
        self._find(CLASS, name)
        return self._classes.get(name, [])

    def _add(self, path: str, facts: FunctionFacts) -> None:
        number, qualname, class_name, line, end_line, positional, named, marks = facts
        known = self._marks.get(marks) or self._marks.setdefault(marks, frozenset(marks))
        function = Function(f"{path}#{number}", path, qualname, class_name, line, end_line, positional, named, known)
        self.functions[function.key] = function
        if "overload" in marks:
            self.overloaded.add((path, qualname))
        if function.marks & {"overload", "setter"}:
            return
        name = function.name
        if "method" in marks or qualname == f"{class_name}.{name}":
            self._methods[name].append(function)
            self._members[path, qualname] = function
        else:
            self._plain[name].append(function)

    def method(self, path: str, class_name: str, name: str, skipped: int = 0) -> Function | None:
        """The method that an object of this class has under a name, the first `skipped` of its ancestry left out."""
        for at, known in self.owners.ancestry((path, class_name))[skipped:]:
            if (at, f"{known}.{name}") in self._members:
                return self._members[at, f"{known}.{name}"]
        return None

    def callee(self, path: str, ref: Ref) -> Function | None:
        """The function that a call reaches, if exactly one in the tree can be meant; a class stands for `__init__`."""
        known = self._callees[path]
        if ref not in known:
            known[ref] = self._callee(path, ref)
        return known[ref]

    def _callee(self, path: str, ref: Ref) -> Function | None:
        kind = ref[0]
        if kind == "call":
            return self._function(path, ref[1]) or self._constructor(path, ref[1])
        if kind == "method":
            return self.method(path, ref[1], ref[2])
        if kind == "super":
            return self.method(path, ref[1], ref[2], skipped=1)
        if kind != "other":
            return None
        name, is_module = ref[1:]
        if is_module:
            found = self._functions(name, self._plain)
            return found[0] if len(found) == 1 else self._constructor(path, name)
        return None if name in COMMON else self._one_method(name)

    def _function(self, path: str, name: str) -> Function | None:
        found = self._functions(name, self._plain)
        near = [function for function in found if function.path == path]
        if len(near) == 1:
            return near[0]
        return found[0] if len(found) == 1 and not near else None

    def is_class(self, name: str) -> bool:
        """Whether the tree has a class of this name."""
        return bool(self._named_classes(name))

    def constructed(self, path: str, name: str) -> Class | None:
        """The class that a name means: in the same file, else the only one of the tree."""
        found = self._named_classes(name)
        near = [known for known in found if known[0] == path]
        if len(near) == 1:
            return near[0]
        return found[0] if len(found) == 1 and not near else None

    def _constructor(self, path: str, name: str) -> Function | None:
        found = self.constructed(path, name)
        return self.method(*found, "__init__") if found else None

    def _one_method(self, name: str) -> Function | None:
        found = self._functions(name, self._methods)
        if len(found) == 1:
            return found[0]
        if not 1 < len(found) <= _MOST_OVERRIDES:
            return None
        tops = {self.owners.owner(function.path, function.class_name, name) for function in found}
        if len(tops) > 1:
            return None
        top = tops.pop()
        return next((f for f in found if self.index.symbol(f.path, f.class_name) == top), found[0])

    def slot(self, path: str, ref: Ref) -> Slot | None:
        """The slot that a reference of this file names."""
        known = self._known[path]
        if ref not in known:
            known[ref] = self._slot(path, ref)
        return known[ref]

    def _slot(self, path: str, ref: Ref) -> Slot | None:
        kind = ref[0]
        if kind == "local":
            return Slot("local", f"{path}#{ref[1]}", ref[2])
        if kind == "own":
            return self._attribute(path, ref[1], ref[2])
        if kind == "return":
            return Slot("return", f"{path}#{ref[1]}", "")
        if kind == "pooled":
            return self._pooled(ref[1])
        if kind == "key":
            return Slot("key", "", ref[1])
        if kind == "global":
            return self._global(path, ref[1])
        function = self.callee(path, ref)
        return Slot("return", function.key, "") if function and function.name != "__init__" else None

    def _attribute(self, path: str, class_name: str, name: str) -> Slot | None:
        method = self.method(path, class_name, name)
        if method is not None:
            return Slot("return", method.key, "") if "property" in method.marks else None
        return Slot("attribute", self.owners.owner(path, class_name, name), name)

    def _pooled(self, name: str) -> Slot | None:
        """The attribute of the only class family that has one of this name; else what all such attributes share."""
        having = self._having.get(name, [])
        if self._find(DEFINED, name):
            having = sorted(self._having.get(name, ()), key=lambda known: known[0])
        if not having:
            return None
        if name not in POOLED and name not in COMMON:
            owners = {self.owners.owner(*known, name) for known in having[: _MOST_OVERRIDES + 1]}
            if len(owners) == 1 and len(having) <= _MOST_OVERRIDES:
                return self._attribute(*having[0], name)
        return Slot("pooled", "", name)

    def _global(self, path: str, name: str) -> Slot | None:
        if (path, name) in self._globals:
            return Slot("global", path, name)
        module, own = self._imports.get((path, name), ("", ""))
        self._find(GLOBAL, own)
        found = [other for other in self._modules.get(module, ()) if (other, own) in self._globals]
        return Slot("global", found[0], own) if len(found) == 1 else None

    def original(self, path: str, name: str) -> str:
        """The name of a global where it is assigned: that of the file itself, or what it imports under the name."""
        return name if (path, name) in self._globals else self._imports.get((path, name), ("", ""))[1]

    def parameter(self, function: Function, at: int | str, is_bound: bool) -> Slot | None:
        """The slot of an argument's parameter, by name or by place; a bound method's object is not passed."""
        if isinstance(at, str):
            return Slot("local", function.key, at) if at in function.positional or at in function.named else None
        at += is_bound and "method" in function.marks
        return Slot("local", function.key, function.positional[at]) if at < len(function.positional) else None

    def is_interface(self, slot: Slot) -> bool:
        """Whether a slot is more than a function's own variable."""
        if slot.kind != "local":
            return True
        function = self.functions.get(slot.owner)
        return function is not None and (slot.name in function.positional or slot.name in function.named)

    def is_assigned(self, name: str) -> bool:
        """Whether any module assigns this name."""
        self._find(GLOBAL, name)
        return name in self._assigned

    def every(self, name: str) -> Iterator[Function]:
        """All functions and methods of a name."""
        yield from self._functions(name, self._plain)
        yield from self._functions(name, self._methods)
