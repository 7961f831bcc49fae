"""The sets of literals that one source is compared with: what would be one enumeration."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from metrics.tested.sources import Source, Tested

_SHARED = 2
"""Functions that must test a literal before it counts."""


@dataclass(frozen=True)
class Group:
    """A source and the tests of those literals that several functions know, in the order of the text."""

    source: Source
    tests: tuple[Tested, ...]

    @property
    def literals(self) -> list[str]:
        """The literals, most used first."""
        uses: dict[str, int] = defaultdict(int)
        for test in self.tests:
            uses[test.literal] += 1
        return sorted(uses, key=lambda literal: (-uses[literal], literal))

    @property
    def functions(self) -> int:
        """How many functions test."""
        return len({test.place for test in self.tests})

    @property
    def conditions(self) -> list[Tested]:
        """The first test of each condition, which may name several literals."""
        found: dict[tuple[object, int], Tested] = {}
        for n, test in enumerate(self.tests):
            found.setdefault((test.place, test.decision if test.decision >= 0 else ~n), test)
        return list(found.values())

    @property
    def is_numeric(self) -> bool:
        """Whether no literal says what it means."""
        return all(literal.lstrip("-").isdigit() for literal in self.literals)


def groups(sources: Mapping[Source, Iterable[Tested]]) -> Iterator[Group]:
    """The groups of all sources. Where only a name is known, literals belong together that one function tests."""
    pooled: dict[str, list[Tested]] = {}
    owned: dict[str, list[Source]] = defaultdict(list)
    found: dict[Source, list[list[Tested]]] = {}
    for source in sorted(sources):
        tests = sorted(sources[source])
        if source.owner:
            owned[source.name].append(source)
            found[source] = [tests]
        else:
            pooled[source.name] = tests
    for name, tests in pooled.items():
        for part in connected(tests):
            home = _home(part, owned[name], found)
            found.setdefault(home or Source("", name), []).append(part)
    for source, parts in found.items():
        joined = [list(chain.from_iterable(parts))] if source.owner else parts
        for tests in joined:
            if shared := _shared(tests):
                yield Group(source, tuple(sorted(shared)))


def _home(part: list[Tested], owned: list[Source], found: Mapping[Source, list[list[Tested]]]) -> Source | None:
    """The one source with this name, of those whose class is known, that is compared with one of the literals."""
    literals = {test.literal for test in part}
    homes = [source for source in owned if literals & {test.literal for test in found[source][0]}]
    return homes[0] if len(homes) == 1 else None


def connected(tests: list[Tested]) -> list[list[Tested]]:
    """The tests, split so that no function and no literal is in two parts."""
    parent: dict[str, str] = {}

    def root(literal: str) -> str:
        while (above := parent.get(literal, literal)) != literal:
            literal = above
        return literal

    first: dict[tuple[str, str], str] = {}
    for test in tests:
        one, other = root(first.setdefault(test.place, test.literal)), root(test.literal)
        parent[max(one, other)] = min(one, other)
    parts: dict[str, list[Tested]] = defaultdict(list)
    for test in tests:
        parts[root(test.literal)].append(test)
    return [parts[name] for name in sorted(parts)]


def _shared(tests: list[Tested]) -> list[Tested]:
    functions: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for test in tests:
        functions[test.literal].add(test.place)
    return [test for test in tests if len(functions[test.literal]) >= _SHARED]
