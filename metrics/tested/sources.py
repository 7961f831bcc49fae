"""All tests of a tree, sorted by the place that they ask about: the sources of its decisions over values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from metrics.index import Index
from metrics.owners import Owners
from metrics.slots.resolution import POOLED
from metrics.tested.labels import MEMBER, VALUE
from metrics.tested.places import GLOBAL, OWN, PART
from metrics.tested.reading import READING

Function = tuple[str, str]
"""Path and qualified name."""


@dataclass(frozen=True, order=True)
class Tested:
    """One function tests the place against one literal; the lines are those of the first such test."""

    path: str
    line: int
    end_line: int
    function: str
    literal: str
    collection: str = ""
    """The name of the constant that holds this literal among others."""
    decision: int = -1
    """Tests of one function with the same number are one condition; below 0, each is its own."""

    @property
    def place(self) -> Function:
        """The function that tests."""
        return self.path, self.function


@dataclass(frozen=True, order=True)
class Source:
    """A place: the class or, for a variable, the module that owns it (nothing where only the name is known); name."""

    owner: str
    name: str


class Tree:
    """The facts of all files, with what their names stand for."""

    def __init__(self, index: Index) -> None:
        self.facts: list[tuple[str, Mapping[str, Any]]] = list(index.facts(READING))
        self._index = index
        self._constants: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        self._predicates: dict[str, list[tuple[str, list[Any]]]] = defaultdict(list)
        self._askers: dict[str, list[tuple[str, Any]]] = defaultdict(list)
        for path, facts in self.facts:
            for method, place in facts["askers"]:
                self._askers[method].append((path, place))
            for name, literals in facts["constants"].items():
                self._constants[name].add(tuple(literals))
            for name, labels in facts["predicates"]:
                self._predicates[name].append((path, labels))
        self._asked = {name for _, facts in self.facts for _, _, name, *_ in facts["calls"]}
        self._owners = Owners(index, ((path, facts["classes"]) for path, facts in self.facts))

    def sources(self) -> dict[Source, list[Tested]]:
        """Every test by its source."""
        found: dict[Source, list[Tested]] = defaultdict(list)
        parts = {test[1][2] for _, facts in self.facts for test in (*facts["tests"], *facts["calls"])}
        owners = self._single_owners(parts)
        for path, facts in self.facts:
            for place, tested in (*self._compared(path, facts), *self._called(path, facts)):
                found[self._source(path, place, owners)].append(tested)
            for (at, place), tested in self._asked_of(path, facts):
                found[self._source(at, place, owners)].append(tested)
        return {source: _weighed(tests) for source, tests in found.items()}

    def definition(self, source: Source) -> Tested | None:
        """Where an attribute of a known class gets its value first, as far as its own file tells."""
        module, _, qualname = source.owner.partition(":")
        path, facts = self._modules.get(module, ("", {}))
        line = facts["definitions"].get(f"{qualname}.{source.name}") if facts and qualname else None
        return Tested(path, line, line, qualname, "") if line else None

    @cached_property
    def _modules(self) -> dict[str, tuple[str, Mapping[str, Any]]]:
        return {self._index.module(path): (path, facts) for path, facts in self.facts}

    def _compared(self, path: str, facts: Mapping[str, Any]) -> Iterator[tuple[Any, Tested]]:
        predicates = {name for name, _ in facts["predicates"]} & self._asked
        for function, place, label, line, end_line, decision in facts["tests"]:
            if function in predicates:
                continue
            literals = self._literals(facts, label)
            collection = label[1] if len(literals) > 1 else ""
            for literal in literals:
                yield place, Tested(path, line, end_line, function, literal, collection, decision)

    def _called(self, path: str, facts: Mapping[str, Any]) -> Iterator[tuple[Any, Tested]]:
        """Tests behind a function that does nothing but test: its callers decide as if they tested themselves."""
        for function, place, name, given, line, end_line in facts["calls"]:
            if labels := self._predicate(path, name):
                for label in labels[0] or ([given] if given else []):
                    for literal in self._literals(facts, label):
                        yield place, Tested(path, line, end_line, function, literal)

    def _asked_of(self, path: str, facts: Mapping[str, Any]) -> Iterator[tuple[tuple[str, Any], Tested]]:
        """Tests behind a method that does nothing but compare, with the file and place of what it compares."""
        for function, method, label, line, end_line in facts["asked"]:
            if len(self._askers.get(method, ())) == 1:
                for literal in self._literals(facts, label):
                    yield self._askers[method][0], Tested(path, line, end_line, function, literal)

    def _predicate(self, path: str, name: str) -> list[list[Any]]:
        known = self._predicates.get(name, [])
        near = [labels for at, labels in known if at == path]
        return near or ([known[0][1]] if len(known) == 1 else [])

    def _literals(self, facts: Mapping[str, Any], label: Iterable[str]) -> Sequence[str]:
        """The literals that a label stands for; a member of an enumeration stands for itself and none."""
        sort, text = label
        if sort == VALUE:
            return (text,)
        if sort != MEMBER:
            return ()
        own = facts["constants"].get(text)
        if own is not None:
            return own  # type: ignore[no-any-return]
        known = self._constants.get(text, ())
        return next(iter(known)) if len(known) == 1 else ()

    def _source(self, path: str, place: Any, owners: Mapping[str, str]) -> Source:
        kind, owner, name = place
        if kind == OWN:
            return Source(self._owners.owner(path, owner, name), name)
        if kind == GLOBAL:
            return Source(self._index.symbol(path), name)
        return Source(owners.get(name, "") if kind == PART else "", name)

    def _single_owners(self, names: set[str]) -> dict[str, str]:
        """The class that alone defines an attribute, for those of these names that have one."""
        owners: dict[str, set[str]] = defaultdict(set)
        for path, facts in self.facts:
            for qualname, _, attributes in facts["classes"]:
                for name in names.intersection(attributes) - POOLED:
                    owners[name].add(self._owners.owner(path, qualname, name))
        return {name: next(iter(found)) for name, found in owners.items() if len(found) == 1}


def _weighed(tests: list[Tested]) -> list[Tested]:
    """The tests, those against a collection that has a name as one: against the literal that most functions test."""
    if not any(test.collection for test in tests):
        return tests
    functions: dict[str, set[Function]] = defaultdict(set)
    for test in tests:
        functions[test.literal].add(test.place)
    chosen: dict[tuple[Function, str], Tested] = {}
    for test in sorted(tests, key=lambda test: (-len(functions[test.literal]), test)):
        chosen.setdefault((test.place, test.collection or test.literal), test)
    return sorted(chosen.values())
