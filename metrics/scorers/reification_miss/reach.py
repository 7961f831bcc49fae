"""The conditions of a tree that decide what is found in some of its functions, read as far as what they test leads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import combinations
from typing import Any

from metrics.index import Index
from metrics.keys import key_of
from metrics.outline import ClassFacts
from metrics.owners import Owners, class_key
from metrics.scorers.reification_miss.mining import (
    FEWEST_OF_PAIR,
    Condition,
    Key,
    Occurrence,
    blank,
    is_about_types,
    is_minable,
    is_telling,
    keyed,
    occurrences,
)

_CHOICE = "choice"
Reader = Callable[[str, Any, Owners], Iterable[Condition]]


def keys_of(facts: Any) -> Iterator[int]:
    """What conditions, classes and conditional expressions of a file may have in common with those of others."""
    conditions, classes, choices = facts
    yield from {literal_key(text) for *_, literals in conditions for _, text, *_ in literals}
    yield from (class_key(name) for name, _, _ in classes)
    yield from (key_of(_CHOICE, plain) for _, plain, *_ in choices)


def literal_key(text: str) -> int:
    """What literals have in common that may be found to be one."""
    return key_of("literal", blank(text))


class Reach:
    """Conditions in files that are read when something leads to them."""

    def __init__(self, index: Index, rule: str, read: Reader) -> None:
        self._index = index
        self._rule = rule
        self._read = read
        self._facts: dict[str, Any] = {}
        self._owners = Owners(index, (), self._classes)
        self._places: dict[int, set[tuple[str, int]]] = defaultdict(set)
        """The conditions of files that were read, by key of a literal."""
        self._conditions: dict[tuple[str, int], Condition] = {}
        self._keys: dict[Condition, list[int]] = {}
        self._pairs: dict[Condition, dict[Key, tuple[int, int]]] = {}
        self._holding: dict[int, list[str]] = {}
        self.near = [
            self._condition(path, number)
            for path in self._fetched(index.near_lines)
            for number, facts in enumerate(self._facts[path][0])
            if index.is_near(path, facts[3], facts[4])
        ]

    def choices(self) -> list[tuple[str, Any]]:
        """The conditional expressions of files that write one as it is written near."""
        own = self._fetched(self._index.near_lines)
        near = {one[1] for path in own for one in self._facts[path][2] if self._index.is_near(path, one[2], one[3])}
        paths = {*own, *self._index.tied(self._rule, [key_of(_CHOICE, plain) for plain in near])}
        return [(p, [one for one in self._facts[p][2] if one[1] in near]) for p in self._fetched(paths)]

    def mined(self) -> tuple[dict[Key, list[Occurrence]], list[Condition]]:
        """What is tested together where that has a part in what is found near, and whoever tests half of a pair."""
        found = occurrences(sorted(self._closed({*self.near, *self._halves()}), key=_order))
        pairs = [some[0] for some in _pairs(found)]
        held = {key for o in pairs for key in self._own_keys(o)}
        reached = {o.condition for some in found.values() for o in some}
        return found, sorted(reached.union(self.near, self._testing(held)), key=_order)

    def _halves(self) -> set[Condition]:
        """The conditions that test together what is tested alone near, often enough for that to be a near miss."""
        telling = {key for c in self.near for x, key in zip(c.literals, self._keys[c], strict=True) if x.is_telling}
        beside = (c for c in self._testing(telling) if len(c.literals) > 1)
        found = occurrences(sorted(beside, key=_order))
        return {o.condition for some in _pairs(found) for o in some if not telling.isdisjoint(self._own_keys(o))}

    def _closed(self, start: set[Condition]) -> set[Condition]:
        """These conditions, all that test two literals that one of them tests, all that stand around one, and so on."""
        reached, beside, waiting, known = {*start}, set[Condition](), [*start], set[Key]()
        while waiting:
            condition = waiting.pop()
            more = {*self._around(condition)}
            for key, held in self._pairs_of(condition).items():
                if key not in known and (not is_about_types(key) or len(condition.literals) > 2):
                    known.add(key)
                    alike = (c for c in self._holding_both(*held) if key in self._pairs_of(c))
                    # Tests of types alone are named by nothing; but a larger set may lack nothing else.
                    (beside if is_about_types(key) else more).update(alike)
            waiting += more - reached
            reached |= more
        return {condition for condition in reached | beside if len(condition.literals) > 1}

    def _pairs_of(self, condition: Condition) -> dict[Key, tuple[int, int]]:
        """The pairs of literals that say what a condition is about, and the keys of both literals."""
        if condition not in self._pairs:
            keyed_literals = zip(condition.literals, self._keys[condition], strict=True)
            found = combinations(keyed_literals, 2) if is_minable(condition) else ()
            self._pairs[condition] = {
                keyed((one, other))[0]: (key, its) for (one, key), (other, its) in found if is_telling((one, other))
            }
        return self._pairs[condition]

    def _holding_both(self, one: int, other: int) -> Iterator[Condition]:
        self._fetched({*self._files([one])}.intersection(self._files([other])))
        for at in self._places.get(one, set()) & self._places.get(other, set()):
            yield self._condition(*at)

    def _around(self, condition: Condition) -> Iterator[Condition]:
        self._fetched([condition.path])
        for number, facts in enumerate(self._facts[condition.path][0]):
            if facts[0] == condition.function and facts[3] <= condition.line and condition.end_line <= facts[4]:
                yield self._condition(condition.path, number)

    def _testing(self, keys: set[int]) -> Iterator[Condition]:
        """The conditions that have a literal with one of these keys."""
        self._fetched(self._files(keys))
        for at in {at for key in keys for at in self._places.get(key, ())}:
            yield self._condition(*at)

    def _condition(self, path: str, number: int) -> Condition:
        if (path, number) not in self._conditions:
            facts = self._facts[path][0][number]
            (condition,) = self._read(path, [facts], self._owners)
            self._conditions[path, number] = condition
            self._keys[condition] = [literal_key(text) for _, text, *_ in facts[5]]
        return self._conditions[path, number]

    def _own_keys(self, occurrence: Occurrence) -> Iterator[int]:
        condition = occurrence.condition
        for literal, key in zip(condition.literals, self._keys[condition], strict=True):
            if any(literal is one for one in occurrence.literals):
                yield key

    def _files(self, keys: Iterable[int]) -> list[str]:
        """The files that hold one of these keys."""
        found: set[str] = set()
        for key in keys:
            if key not in self._holding:
                self._holding[key] = [*self._index.tied(self._rule, [key])]
            found.update(self._holding[key])
        return sorted(found)

    def _classes(self, name: str) -> Iterator[tuple[str, list[ClassFacts]]]:
        return ((path, self._facts[path][1]) for path in self._fetched(self._index.tied(self._rule, [class_key(name)])))

    def _fetched(self, paths: Collection[str]) -> list[str]:
        """Those of these files that can be read."""
        for path, facts in self._index.facts(self._rule, [path for path in paths if path not in self._facts]):
            self._facts[path] = facts
            for number, condition in enumerate(facts[0]):
                for _, text, *_ in condition[5]:
                    self._places[literal_key(text)].add((path, number))
        return [path for path in paths if path in self._facts]


def _order(condition: Condition) -> Any:
    return condition.order


def _pairs(found: dict[Key, list[Occurrence]]) -> Iterator[list[Occurrence]]:
    """Where two literals are tested together often enough for half of them to be a near miss."""
    return (some for key, some in found.items() if len(key) == 2 and len(some) >= FEWEST_OF_PAIR)
