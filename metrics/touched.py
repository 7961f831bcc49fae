"""Which rules a change can touch at all: those with a charged finding that may have a site in the changed lines.

What a change is charged depends on the findings that have a site in what it adds or removes, and on nothing else. Where
such sites may lie is told by the facts of the changed files alone, and by what occurs at all in the others. A rule that
has none there is charged nothing, and need not be measured. Every answer here may be too large, and never too small.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zlib import crc32

from metrics import slots
from metrics.cache import Cache, digest
from metrics.difference import Lines
from metrics.facts import Facts
from metrics.gathering import gathered, program
from metrics.scorers import SCORERS
from metrics.scorers.reification_miss.mining import blank
from metrics.scorers.state_drift import reading as state
from metrics.scorers.state_drift.writes import CONTAINER, COPY
from metrics.slots.checks import CONVERSION, NONE_TYPE, TRUTH, TYPE
from metrics.source import SourceTree
from metrics.tested import reading as tested

_DUPLICATION = "duplication"
_REIFICATION = "reification-miss"
_TYING = (_DUPLICATION, _REIFICATION, "nil-pressure")
"""The rules whose readings `keys_of` reads."""
_LEAST_SHARED = 2
"""Runs of three rows that two functions share before they are compared."""
_CONSTRUCTOR = "__init__"
_OF_FUNCTION = ("local", "return")
"""References that stand for a place of one function, by its number."""
_PLAIN = (*_OF_FUNCTION, "key", "global")
"""References that mean no function."""


class Place(NamedTuple):
    """Lines that a finding may have a site in; `is_whole` where they are the site, not only what it lies in."""

    line: int
    end_line: int
    is_whole: bool = True


class Keys:
    """How often the keys of `keys_of` occur in a tree, some files put in place of others."""

    def __init__(self, known: Mapping[str, Any], gone: Mapping[str, Any], come: Mapping[str, Any]) -> None:
        self._all = {
            name: [(sign, _longs(side[name])) for sign, side in _signed(known, gone, come)] for name in _NUMBERS
        }
        self.names = frozenset(known[_NAMES]).union(come[_NAMES])
        """Functions that only test or convert what they are given: calls of them are checks."""
        self.meant = frozenset(known[_MEANT]).union(come[_MEANT])
        """Names by which functions may be meant."""

    def repeat(self, name: str, key: int) -> bool:
        """Whether a key occurs twice."""
        return sum(sign * (bisect_right(some, key) - bisect_left(some, key)) for sign, some in self._all[name]) > 1


_SEEDS, _SHAPES, _SHINGLES, _LITERALS, _NAMES, _MEANT = "seeds", "shapes", "shingles", "literals", "names", "meant"
_NUMBERS = (_SEEDS, _SHAPES, _SHINGLES, _LITERALS)


def _signed(known: Any, gone: Any, come: Any) -> Iterator[tuple[int, Any]]:
    return zip((1, -1, 1), (known, gone, come), strict=True)


def _longs(packed: bytes) -> array[int]:
    numbers = array("q")
    numbers.frombytes(packed)
    return numbers


def keys_of(files: Iterable[Facts]) -> dict[str, Any]:
    """What may tie a file to others, as plain values: sorted keys of copies and conditions, and names of functions."""
    numbers: dict[str, list[int]] = {name: [] for name in _NUMBERS}
    names, meant = set[str](), set[str]()
    for facts in files:
        if found := facts.readings.get(_DUPLICATION):
            numbers[_SEEDS] += found[4]
            numbers[_SHAPES] += [function[4] for function in found[1]]
            numbers[_SHINGLES] += [key for keys in found[7] for key in set(keys)]
        if conditions := facts.readings.get(_REIFICATION):
            numbers[_LITERALS] += [_literal_key(text) for *_, some in conditions[0] for _, text, *_ in some]
        if read := facts.readings.get(slots.READING):
            names.update(one[1].rpartition(".")[2] for one in read["functions"] if "predicate" in one[7])
            coercers = {number for number, _ in read["coercers"]}
            names.update(one[1].rpartition(".")[2] for one in read["functions"] if one[0] in coercers)
            meant.update(ref[-2 if ref[0] == "other" else -1] for ref in _references(read) if ref[0] not in _PLAIN)
    packed = {name: array("q", sorted(some)).tobytes() for name, some in numbers.items()}
    return {**packed, _NAMES: sorted(names), _MEANT: sorted(meant)}


def _references(read: Any) -> Iterator[Any]:
    """All places of a file that something is asked of or handed on from, and the functions that are called."""
    yield from (ref for _, ref, _, _, _ in (*read["checks"], *read["hidden"]))
    yield from (source for source, _ in read["flows"])
    for callee, _, _, passed, named in read["calls"]:
        yield callee
        yield from (one for one in (*passed, *(value for _, value in named)) if one.__class__ is tuple)


def with_files(known: Mapping[str, Any], gone: Iterable[Facts], come: Iterable[Facts]) -> dict[str, Any]:
    """The keys of a tree with some files put in place of others; names that only these had stay, which is no harm."""
    less, more = keys_of(gone), keys_of(come)
    answer: dict[str, Any] = {}
    for name in _NUMBERS:
        numbers = _longs(known[name])
        for key in _longs(less[name]):
            del numbers[bisect_left(numbers, key)]
        for key in _longs(more[name]):
            insort(numbers, key)
        answer[name] = numbers.tobytes()
    return {**answer, **{name: sorted({*known[name], *more[name]}) for name in (_NAMES, _MEANT)}}


def known_keys(tree: SourceTree, cache: Cache | None) -> Mapping[str, Any]:
    """What `keys_of` makes of the facts of a tree; it is kept between runs."""
    known: Mapping[str, Any] | None = cache.load(_place_of_keys(tree)) if cache is not None else None
    if known is None:
        known = keys_of(gathered(tree, (SCORERS[rule] for rule in _TYING), cache)[0].values())
        keep_keys(tree, cache, known)
    return known


def keep_keys(tree: SourceTree, cache: Cache | None, known: Mapping[str, Any]) -> None:
    """Let `known_keys` find what somebody else knows of a tree."""
    if cache is not None:
        cache.store(_place_of_keys(tree), dict(known))


def _place_of_keys(tree: SourceTree) -> str:
    return digest("keys", program(), *(f"{rule}={SCORERS[rule].version}" for rule in _TYING), tree.digest)


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


def touched(rules: Iterable[str], before: Side, after: Side, known: Mapping[str, Any]) -> list[str]:
    """Those of the rules that a change may be charged or credited for; `known` are the keys of the tree before it."""
    gone, come, nothing = keys_of(before.files.values()), keys_of(after.files.values()), keys_of(())
    was, now = Keys(known, nothing, nothing), Keys(known, gone, come)
    return [
        rule for rule in rules if rule not in _PLACES or before.is_touched(rule, was) or after.is_touched(rule, now)
    ]


def _clones(facts: Any, keys: Keys) -> Iterator[Place]:
    """Whole functions that others may be like, and what follows on statements that occur again."""
    for number, function in enumerate(facts[1]):
        shape, line, end_line = function[4], function[10], function[11]
        shared = sum(keys.repeat(_SHINGLES, key) for key in set(facts[7][number]))
        is_whole = function[9] - function[8] > 1 and keys.repeat(_SHAPES, shape)
        if is_whole or shared >= _LEAST_SHARED:
            yield Place(line, end_line)
    for key, (block, start) in zip(facts[4], facts[5], strict=True):
        if keys.repeat(_SEEDS, key):
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
        if any(is_telling and keys.repeat(_LITERALS, _literal_key(text)) for _, text, _, is_telling, _ in literals)
    )


def _literal_key(text: str) -> int:
    """What literals have in common that may be found to be one."""
    return crc32(blank(text).encode("utf-8", "surrogatepass"))


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
        if kind in (TYPE, CONVERSION) or detail == NONE_TYPE or (kind == TRUTH and _is_named(ref, keys.names)):
            yield Place(position[0], position[2])
    for _, _, _, position, _ in _testing_calls(facts, keys):
        yield Place(position[0], position[2])


def _called(facts: Any, keys: Keys) -> set[int]:
    """The numbers of functions that something may call or ask."""
    names = ((function[0], function[1].rpartition(".")[2]) for function in facts["functions"])
    return {number for number, name in names if name == _CONSTRUCTOR or name in keys.meant}


def _testing_calls(facts: Any, keys: Keys) -> Iterator[tuple[Any, ...]]:
    """Calls that may be what the function called is: a check."""
    for callee, number, position, _, _ in facts["calls"]:
        if _CONSTRUCTOR in keys.names or _is_named(callee, keys.names):
            yield "", callee, number, position, ""


def _is_named(ref: Any, names: Collection[str]) -> bool:
    return any(part.__class__ is str and part in names for part in ref[1:])


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
