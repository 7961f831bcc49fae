"""Which rules a change can touch at all: those with a charged finding that may have a site in the changed lines.

What a change is charged depends on the findings that have a site in what it adds or removes, and on nothing else. Where
such sites may lie is told by the facts of the changed files alone, and by what occurs at all in the others. A rule that
has none there is charged nothing, and need not be measured. Every answer here may be too large, and never too small.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from metrics import slots
from metrics.difference import Lines
from metrics.facts import Facts
from metrics.keys import key_of
from metrics.scorers.reification_miss.reach import literal_key
from metrics.scorers.state_drift import reading as state
from metrics.scorers.state_drift.writes import CONTAINER, COPY
from metrics.slots.checks import CONVERSION, NONE_TYPE, TRUTH, TYPE
from metrics.slots.keys import CALLED, NAMED, TESTER
from metrics.tested import reading as tested
from metrics.ties import Ties

_DUPLICATION = "duplication"
_REIFICATION = "reification-miss"
_LEAST_SHARED = 2
"""Runs of three rows that two functions share before they are compared."""
_CONSTRUCTOR = "__init__"
_OF_FUNCTION = ("local", "return")
"""References that stand for a place of one function, by its number."""


class Place(NamedTuple):
    """Lines that a finding may have a site in; `is_whole` where they are the site, not only what it lies in."""

    line: int
    end_line: int
    is_whole: bool = True


class Keys:
    """What some files of a tree have in common with its other files, and among each other."""

    def __init__(self, ties: Ties, own: Mapping[str, Facts]) -> None:
        self._ties = ties
        self._own = own
        self._known: dict[tuple[str, str], bool] = {}
        self._counts = {reading: Counter(_numbers(own.values(), reading)) for reading in (_DUPLICATION, _REIFICATION)}

    def repeat(self, reading: str, key: int) -> bool:
        """Whether a key of one of these files occurs twice."""
        return self._counts[reading][key] > 1 or not self._own.keys() >= {*self._ties.files(reading, [key])}

    def is_tester(self, name: str) -> bool:
        """Whether a function may have this name that only tests or converts what it is given: calling it is a check."""
        return self._is_known(TESTER, name)

    def is_meant(self, name: str) -> bool:
        """Whether somebody may mean a function by this name."""
        return self._is_known(CALLED, name) or self._is_known(NAMED, name)

    def _is_known(self, kind: str, name: str) -> bool:
        if (kind, name) not in self._known:
            self._known[kind, name] = bool(self._ties.files(slots.READING, [key_of(kind, name)]))
        return self._known[kind, name]


def _numbers(files: Iterable[Facts], reading: str) -> Iterator[int]:
    """The keys of copies or conditions, as often as they occur."""
    for facts in files:
        found = facts.readings.get(reading)
        if found and reading == _DUPLICATION:
            yield from chain(found[4], (function[4] for function in found[1]), *map(set, found[7]))
        elif found:
            yield from (literal_key(text) for *_, some in found[0] for _, text, *_ in some)


def _references(read: Any) -> Iterator[Any]:
    """All places of a file that something is asked of or handed on from."""
    yield from (ref for _, ref, _, _, _ in (*read["checks"], *read["hidden"]))
    yield from (source for source, _ in read["flows"])
    for _, _, _, passed, named in read["calls"]:
        yield from (one for one in (*passed, *(value for _, value in named)) if one.__class__ is tuple)


@dataclass(frozen=True)
class Side:
    """The changed files of one side: the lines that only it has, and the facts of the files."""

    own: Mapping[str, Lines]
    files: Mapping[str, Facts] = field(default_factory=dict)

    def is_touched(self, rule: str, keys: Keys) -> bool:
        """Whether a finding of the rule may have a site in the side's own lines."""
        places, reading = _PLACES[rule]
        return any(
            _is_own(place, lines)
            for path, lines in self.own.items()
            if lines.own and path in self.files
            if reading in self.files[path].readings
            for place in places(self.files[path].readings[reading], keys)
        )


def _is_own(place: Place, lines: Lines) -> bool:
    if place.is_whole:
        return lines.hold_most_of(place.line, place.end_line)
    return not lines.own.isdisjoint(range(place.line, place.end_line + 1))


def touched(rules: Iterable[str], before: Side, after: Side, was: Ties, now: Ties) -> list[str]:
    """Those of the rules that a change may be charged or credited for."""
    gone, come = Keys(was, before.files), Keys(now, after.files)
    return [
        rule for rule in rules if rule not in _PLACES or before.is_touched(rule, gone) or after.is_touched(rule, come)
    ]


def _clones(facts: Any, keys: Keys) -> Iterator[Place]:
    """Whole functions that others may be like, and what follows on statements that occur again."""
    for number, function in enumerate(facts[1]):
        shape, line, end_line = function[4], function[10], function[11]
        shared = sum(keys.repeat(_DUPLICATION, key) for key in set(facts[7][number]))
        is_whole = function[9] - function[8] > 1 and keys.repeat(_DUPLICATION, shape)
        if is_whole or shared >= _LEAST_SHARED:
            yield Place(line, end_line)
    for key, (block, start) in zip(facts[4], facts[5], strict=True):
        if keys.repeat(_DUPLICATION, key):
            statements = facts[6][block][2]
            last = start
            while last + 1 < len(statements) and statements[last + 1]:
                last += 1
            yield Place(statements[start][6], statements[last][7], is_whole=False)


def _conditions(facts: Any, keys: Keys) -> Iterator[Place]:
    # A set of literals is told by one that is more than a bare name; one alone may be half of a pair.
    return (
        Place(line, end_line)
        for _, _, _, line, end_line, literals in facts[0]
        if any(is_telling and keys.repeat(_REIFICATION, literal_key(text)) for _, text, _, is_telling, _ in literals)
    )


def _nils(facts: Any, keys: Keys) -> Iterator[Place]:
    used, called = set(_references(facts)), _called(facts, keys)
    for ref, _, line, _, _ in facts["nils"]:
        # Nobody asks for None of a place that only its function knows, and that it hands to nobody.
        if ref[0] not in _OF_FUNCTION or ref in used or ref[1] in called:
            yield Place(line, line)
    given = {ref for ref, *_ in facts["nils"]} | {destination for _, destination in facts["flows"]}
    for _, ref, _, position, _ in facts["checks"]:
        # What is asked has no source that may hold None, if nothing is said of it and nobody calls its function.
        if ref[0] != "local" or ref in given or ref[1] in called:
            yield Place(position[0], position[2])
    for _, _, _, position, _ in (*facts["hidden"], *_testing_calls(facts, keys)):
        yield Place(position[0], position[2])


def _types(facts: Any, keys: Keys) -> Iterator[Place]:
    used, called = {ref[1] for ref in _references(facts) if ref[0] == "local"}, _called(facts, keys)
    for function in facts["functions"]:
        # The value of a function that nobody calls is checked where the function itself asks or hands it on.
        if function[0] in used or function[0] in called:
            yield Place(function[3], function[3])
    for kind, ref, _, position, detail in facts["checks"]:
        if kind in (TYPE, CONVERSION) or detail == NONE_TYPE or (kind == TRUTH and _is_tester(ref, keys)):
            yield Place(position[0], position[2])
    for _, _, _, position, _ in _testing_calls(facts, keys):
        yield Place(position[0], position[2])


def _called(facts: Any, keys: Keys) -> set[int]:
    """The numbers of functions that something may call or ask."""
    names = ((function[0], function[1].rpartition(".")[2]) for function in facts["functions"])
    return {number for number, name in names if name == _CONSTRUCTOR or keys.is_meant(name)}


def _testing_calls(facts: Any, keys: Keys) -> Iterator[tuple[Any, ...]]:
    """Calls that may be what the function called is: a check."""
    for callee, number, position, _, _ in facts["calls"]:
        if keys.is_tester(_CONSTRUCTOR) or _is_tester(callee, keys):
            yield "", callee, number, position, ""


def _is_tester(ref: Any, keys: Keys) -> bool:
    return any(part.__class__ is str and keys.is_tester(part) for part in ref[1:])


def _writes(facts: Any, keys: Keys) -> Iterator[Place]:
    for _, _, _, runs in facts["functions"]:
        for run in runs:
            lines = [(write[5], write[6]) for write in run if write[0] not in (CONTAINER, COPY)]
            if lines:
                yield Place(min(lines)[0], max(end for _, end in lines), is_whole=False)
    for _, _, together, missing, _ in facts["flags"]:
        yield from (Place(line, end_line) for line, end_line in (*together, *missing))


def _tests(facts: Any, keys: Keys) -> Iterator[Place]:
    for name, at in (("tests", 3), ("calls", 4), ("asked", 3)):
        yield from (Place(one[at], one[at + 1]) for one in facts[name])
    yield from (Place(line, line) for line in facts["definitions"].values())


_PLACES: Mapping[str, tuple[Callable[[Any, Keys], Iterator[Place]], str]] = {
    _DUPLICATION: (_clones, _DUPLICATION),
    _REIFICATION: (_conditions, _REIFICATION),
    "nil-pressure": (_nils, slots.READING),
    "type-pressure": (_types, slots.READING),
    "state-drift": (_writes, state.READING),
    "value-pressure": (_tests, tested.READING),
}
"""Where the charged findings of a rule may have sites, and in which reading that stands."""
