"""What is said of single slots and flows between them, worked out when it is asked for.

References are found by the names that they may be meant by, and resolved only then; the answers are those that
resolving all of them gives, in the same order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from metrics.owners import base_name
from metrics.slots.keys import BASE, CALLED, NAMED, called_name
from metrics.slots.resolution import Finder, Function, Resolution, Slot

_CONSTRUCTOR = "__init__"
_LOCAL = ("local", "return")
"""Kinds of references that stand for a place of one function of their file."""


class _Flow(NamedTuple):
    """A value that is handed on: to a place, or to the parameter at a position or of a name."""

    order: tuple[str, int, int, int]
    """Path, flows before calls, number, and place among the arguments."""
    path: str
    source: Any
    destination: Any = None
    callee: Any = None
    at: int | str = 0


class _Found:
    """What is said of slots, by what they can be found by."""

    def __init__(self) -> None:
        self.leaving: dict[Hashable, list[_Flow]] = defaultdict(list)
        self.entering: dict[Hashable, list[_Flow]] = defaultdict(list)
        self.passed: dict[str, list[tuple[str, int, Any]]] = defaultdict(list)
        """The path, number and facts of calls, by the name that is called."""
        self.nils: dict[Hashable, list[tuple[str, int, Any]]] = defaultdict(list)
        self.kinds: dict[Hashable, list[tuple[str, Any, str]]] = defaultdict(list)


class Links:
    """The flows, literals and sources of None of a tree, by the slots that they are about."""

    def __init__(self, files: Mapping[str, dict[str, Any]], resolution: Resolution, find: Finder) -> None:
        self._files = files
        self._resolution = resolution
        self._find = find
        self._local: dict[str, _Found] = {}
        self._named = _Found()
        self._passing: set[str] = set()
        self._read_names: set[str] = set()
        self._asked: set[str] = set()
        self._targets: dict[Slot, set[Slot]] = {}

    def _names(self, name: str) -> _Found:
        """What is said of places of a name, whatever files say it."""
        if name not in self._asked:
            self._asked.add(name)
            for path in self._find(NAMED, name):
                if path not in self._read_names:
                    self._read_names.add(path)
                    self._read(path, self._named, is_local=False)
        return self._named

    def _calls(self, name: str) -> list[tuple[str, int, Any]]:
        """The calls of a name."""
        for path in self._find(CALLED, name):
            if path not in self._passing:
                self._passing.add(path)
                for number, call in enumerate(self._files[path]["calls"]):
                    self._named.passed[called_name(call[0])].append((path, number, call))
        return self._named.passed.get(name, [])

    def _read(self, path: str, found: _Found, *, is_local: bool) -> None:
        """Note what one file says of places of its functions, or of all others."""
        facts, handle = self._files[path], self.handle
        for number, (source, destination) in enumerate(facts["flows"]):
            is_from, is_to = (source[0] in _LOCAL) is is_local, (destination[0] in _LOCAL) is is_local
            if is_from or is_to:
                flow = _Flow((path, 0, number, 0), path, source, destination)
                if is_from:
                    found.leaving[handle(path, source)].append(flow)
                if is_to:
                    found.entering[handle(path, destination)].append(flow)
        for number, call in enumerate(facts["calls"]):
            if any(one.__class__ is tuple and (one[0] in _LOCAL) is is_local for one in _values(call)):
                for flow in _arguments(path, number, call):
                    if flow.source.__class__ is tuple and (flow.source[0] in _LOCAL) is is_local:
                        found.leaving[handle(path, flow.source)].append(flow)
        for number, nil in enumerate(facts["nils"]):
            if (nil[0][0] in _LOCAL) is is_local:
                found.nils[handle(path, nil[0])].append((path, number, nil))
        for ref, kind in facts["evidence"]:
            if (ref[0] in _LOCAL) is is_local:
                found.kinds[handle(path, ref)].append((path, ref, kind))

    def _found(self, handle: Hashable) -> _Found:
        """Where a handle is looked up: what is said of functions' places is read when one of the file is asked for."""
        if not isinstance(handle, tuple):
            return self._names(str(handle))
        path = handle[0]
        if path not in self._local:
            self._local[path] = _Found()
            self._read(path, self._local[path], is_local=True)
        return self._local[path]

    def handle(self, path: str, ref: Any) -> Hashable:
        """What a reference can be found by: the place of a function, or a name."""
        kind = ref[0]
        if kind in _LOCAL:
            return (path, *ref[1:])
        if kind == "global":
            return self._resolution.original(path, ref[1])
        return called_name(ref)

    def handles(self, slot: Slot) -> list[Hashable]:
        """What the references are found by that may mean a slot."""
        if slot.kind not in ("local", "return"):
            return [slot.name]
        path, _, number = slot.owner.rpartition("#")
        if slot.kind == "local":
            return [(path, int(number), slot.name)]
        return [(path, int(number)), self._resolution.functions[slot.owner].name]

    def nils(self, slot: Slot) -> Iterator[tuple[str, Any]]:
        """The path and facts of each place where a slot gets None."""
        meant = self._resolution.slot
        found = (one for handle in self.handles(slot) for one in self._found(handle).nils.get(handle, ()))
        for path, _, nil in sorted(found, key=lambda one: one[:2]):
            if meant(path, nil[0]) == slot:
                yield path, nil

    def evidence(self, slot: Slot) -> set[str]:
        """The kinds of literals and annotations of a slot."""
        meant = self._resolution.slot
        found = (one for handle in self.handles(slot) for one in self._found(handle).kinds.get(handle, ()))
        kinds = {kind for path, ref, kind in found if meant(path, ref) == slot}
        passed = (flow.source for flow in self._into_parameter(slot) if flow.source.__class__ is str)
        return kinds.union(kind for kind in passed if kind != "nil")

    def sources(self, slot: Slot) -> list[Slot]:
        """The slots whose value reaches this one directly."""
        meant = self._resolution.slot
        flows = (flow for handle in self.handles(slot) for flow in self._found(handle).entering.get(handle, ()))
        into = [flow for flow in flows if meant(flow.path, flow.destination) == slot]
        into += [flow for flow in self._into_parameter(slot) if flow.source.__class__ is tuple]
        found = (meant(flow.path, flow.source) for flow in sorted(into, key=lambda flow: flow.order))
        return [of for of in found if of and of != slot]

    def passing(self, slot: Slot) -> Iterator[tuple[str, int]]:
        """The path and number of each call that is handed the value of a slot."""
        for handle in self.handles(slot):
            for flow in self._found(handle).leaving.get(handle, ()):
                if flow.callee is not None and self._resolution.slot(flow.path, flow.source) == slot:
                    yield flow.path, flow.order[2]

    def targets(self, slot: Slot) -> set[Slot]:
        """The slots that the value of this one reaches directly."""
        if slot not in self._targets:
            meant = self._resolution.slot
            flows = (flow for handle in self.handles(slot) for flow in self._found(handle).leaving.get(handle, ()))
            found = {self._target(flow) for flow in flows if meant(flow.path, flow.source) == slot}
            self._targets[slot] = {to for to in found if to and to != slot}
        return self._targets[slot]

    def _target(self, flow: _Flow) -> Slot | None:
        if flow.callee is None:
            return self._resolution.slot(flow.path, flow.destination)
        function = self._resolution.callee(flow.path, flow.callee)
        return self._resolution.parameter(function, flow.at, is_bound(flow.callee)) if function else None

    def _into_parameter(self, slot: Slot) -> Iterator[_Flow]:
        function = self._resolution.functions.get(slot.owner) if slot.kind == "local" else None
        if function is not None and (slot.name in function.positional or slot.name in function.named):
            calls = (one for name in self._called(function) for one in self._calls(name))
            for path, number, call in calls:
                if self._resolution.callee(path, call[0]) is function:
                    yield from (flow for flow in _arguments(path, number, call) if self._target(flow) == slot)

    def _derived(self, name: str) -> set[str]:
        """The names of the classes that have a base of this name."""
        classes = (one for path in self._find(BASE, name) for one in self._files[path]["classes"])
        return {own.rpartition(".")[2] for own, bases, _ in classes if name in map(base_name, bases)}

    def _called(self, function: Function) -> set[str]:
        """The names by which calls may mean a function: for a constructor, its class and all that derive from that."""
        if function.name != _CONSTRUCTOR:
            return {function.name}
        reached, waiting = {_CONSTRUCTOR}, {function.class_name.rpartition(".")[2]}
        while waiting:
            reached |= waiting
            waiting = {name for above in waiting for name in self._derived(above)} - reached
        return reached


def _values(call: Any) -> Sequence[Any]:
    return [*call[3], *(value for _, value in call[4])] if call[4] else call[3]


def _arguments(path: str, number: int, call: Any) -> Iterator[_Flow]:
    """What a call hands on."""
    callee, _, _, passed, named = call
    for place, (at, value) in enumerate((*enumerate(passed), *named)):
        if value is not None:
            yield _Flow((path, 1, number, place), path, value, None, callee, at)


def is_bound(callee: Any) -> bool:
    """Whether the callee of a call gets its object without an argument: not if it is called through its class."""
    return not (callee[0] == "other" and callee[2])
