"""Which literals are tested together, where, and which of those sets are worth a name of their own."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, groupby, permutations, product
from typing import NamedTuple

from metrics.scorers.reification_miss.conditions import BARE, END, GIVEN, OWN, OWN_CLASS, RECEIVER, Position

Atom = tuple[bool, str]
"""Polarity and text; in a key the receivers in the text are numbered."""
Key = tuple[Atom, ...]
_MOST_LITERALS = 8
_LARGEST_SET = 4
FEWEST_OF_PAIR = 4
"""Places that test both of two literals before one that tests a single one of them is a near miss."""
_NAME = re.compile(f"[{RECEIVER}{BARE}{GIVEN}](\\w+){END}")
_PLAIN_LOCAL = re.compile(f"{BARE}(\\w+){END}")
_BLANK = "\x07"
_MARKS = re.compile(f"[{RECEIVER}{BARE}{GIVEN}{OWN}{OWN_CLASS}{END}]")
_PATH = re.compile(r"[\w.:]+")
_IS_NONE = " is None"
_TYPE_TESTS = ("isinstance(", "hasattr(")


class Literal(NamedTuple):
    """One operand: its marked text (attributes of `self` owned by their class), and where it stands."""

    polarity: bool
    text: str
    mass: int
    is_telling: bool
    position: Position


@dataclass(eq=False, slots=True)
class Condition:
    """One condition of one function. Never changed, but not frozen: a tree has tens of thousands."""

    path: str
    function: str
    owner: str
    is_or: bool
    line: int
    end_line: int
    literals: tuple[Literal, ...]

    @property
    def place(self) -> tuple[str, str]:
        """The function that it stands in."""
        return self.path, self.function

    @property
    def order(self) -> tuple[str, Position]:
        """Sorts conditions as they stand in the files."""
        return self.path, self.literals[0].position


@dataclass(frozen=True, eq=False)
class Occurrence:
    """A set of literals of one condition, in the order of its key, and the names of its receivers there."""

    condition: Condition
    literals: tuple[Literal, ...]
    receivers: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Everywhere that one set of literals is tested, and where all of it but one literal is."""

    key: Key
    occurrences: tuple[Occurrence, ...]
    near: tuple[Condition, ...] = ()

    @property
    def functions(self) -> int:
        """How many functions test the set."""
        return len({occurrence.condition.place for occurrence in self.occurrences})

    @property
    def mass(self) -> int:
        """Nodes of the smallest occurrence as one conjunction, without what only makes the rest safe to ask."""
        return 1 + min(sum(x.mass for x in o.literals if not is_guard(x, o.literals)) for o in self.occurrences)


def is_guard(literal: Literal, among: Sequence[Literal]) -> bool:
    """Whether a literal only says that there is something, of this type, that another one may be asked about."""
    text, is_there = literal.text, literal.polarity
    if text.endswith(_IS_NONE):
        text, is_there = text.removesuffix(_IS_NONE), not is_there
    elif text.startswith(_TYPE_TESTS):
        text = text.partition("(")[2].partition(", ")[0]
    subject = _MARKS.sub("", text)
    if not is_there or not _PATH.fullmatch(subject):
        return False
    asked = re.compile(rf"(?<![\w.:]){re.escape(subject)}(?!\w)")
    others = (_MARKS.sub("", other.text) for other in among if other is not literal)
    return any(other != subject and asked.search(other) for other in others)


def keyed(literals: Sequence[Literal]) -> tuple[Key, tuple[Literal, ...], tuple[str, ...]]:
    """The key of a set of literals, the literals in its order, and the local names that its numbers stand for.

    Names of which no telling literal reads anything stay: only parameters are left there, which functions name alike
    for a reason.
    """
    renamed = {name for literal in literals if literal.is_telling for name in _NAME.findall(literal.text)}
    if not renamed:
        ordered = tuple(sorted(literals, key=lambda literal: (literal.text, literal.polarity)))
        return tuple((literal.polarity, _NAME.sub(r"\1", literal.text)) for literal in ordered), ordered, ()

    def blanked(literal: Literal) -> tuple[str, bool]:
        text = _NAME.sub(lambda found: _BLANK if found[1] in renamed else found[1], literal.text)
        return text, literal.polarity

    ranked = sorted(literals, key=lambda literal: (blanked(literal), literal.text))
    ties = [list(group) for _, group in groupby(ranked, blanked)]
    orders = product(*(permutations(tie) if len(tie) > 1 else [tuple(tie)] for tie in ties))
    return min((_numbered([x for tie in order for x in tie], renamed) for order in orders), key=lambda it: it[0])


def _numbered(literals: Sequence[Literal], receivers: set[str]) -> tuple[Key, tuple[Literal, ...], tuple[str, ...]]:
    numbers: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name = found[1]
        return f"<{numbers.setdefault(name, len(numbers))}>" if name in receivers else name

    key = tuple((literal.polarity, _NAME.sub(number, literal.text)) for literal in literals)
    return key, tuple(literals), tuple(numbers)


def unnamed(text: str) -> str:
    """A marked text with numbers in the place of local names, in the order in which they appear."""
    numbers: dict[str, int] = {}
    return _NAME.sub(lambda name: f"<{numbers.setdefault(name[1], len(numbers))}>", text)


def occurrences(conditions: Sequence[Condition]) -> dict[Key, list[Occurrence]]:
    """Every set of two to four literals of the conditions that says what it is about, and where it is tested."""
    found: dict[Key, list[Occurrence]] = defaultdict(list)
    tests = by_literal(conditions)
    for condition in conditions:
        distinct = _distinct(condition)
        if not is_minable(condition):
            continue
        # What only one condition tests is in no set that is tested twice.
        known = [literal for literal in distinct.values() if len(tests[_unnamed(literal)]) > 1]
        literals = sorted(known, key=lambda literal: literal.position)
        for size in range(2, min(len(literals), _LARGEST_SET) + 1):
            for subset in combinations(literals, size):
                if is_telling(subset):
                    key, ordered, receivers = keyed(subset)
                    if not found[key] or found[key][-1].condition is not condition:
                        found[key].append(Occurrence(condition, ordered, receivers))
    return found


def is_minable(condition: Condition) -> bool:
    """Whether the sets of a condition's literals are looked at."""
    return 2 <= len(_distinct(condition)) <= _MOST_LITERALS


def _distinct(condition: Condition) -> dict[Atom, Literal]:
    return {(literal.polarity, literal.text): literal for literal in reversed(condition.literals)}


def is_telling(literals: Sequence[Literal]) -> bool:
    """Whether a set says what it is about: a local that nothing else in it is about could be anything."""
    known = {name for literal in literals if literal.is_telling for name in _NAME.findall(literal.text)}
    plain = {name for x in literals if not x.is_telling for name in _PLAIN_LOCAL.findall(x.text)}
    return any(literal.is_telling for literal in literals) and plain <= known


def groups(found: dict[Key, list[Occurrence]], singles: dict[Atom, list[Condition]]) -> Iterator[Group]:
    """The sets that are tested often enough, heaviest first; a literal of a condition belongs to one set only."""
    taken: set[tuple[Condition, Position]] = set()
    for key in sorted((key for key in found if _is_repeated(key, found[key])), key=lambda key: _weight(key, found)):
        free = [o for o in found[key] if not any((o.condition, x.position) in taken for x in o.literals)]
        if _is_repeated(key, free):
            taken.update((o.condition, literal.position) for o in free for literal in o.literals)
            yield Group(key, tuple(free), tuple(near_misses(key, free, found, singles)))


def outermost(named: Sequence[Group]) -> Iterator[Group]:
    """The sets without what lies inside a literal of another set, where that is still enough.

    `a or (b and c)` is one condition to name; who names it has named what is in it.
    """
    spans: dict[tuple[str, str], set[Position]] = defaultdict(set)
    for group in named:
        for occurrence in group.occurrences:
            spans[occurrence.condition.place].update(literal.position for literal in occurrence.literals)
    for group in named:
        outer = [o for o in group.occurrences if not any(_is_inside(o, span) for span in spans[o.condition.place])]
        if len(outer) == len(group.occurrences):
            yield group
        elif _is_repeated(group.key, outer):
            yield Group(group.key, tuple(outer), group.near)


def _is_inside(occurrence: Occurrence, span: Position) -> bool:
    """Whether all literals of an occurrence lie in this span, and none of them is all of it."""
    start, end = span[:2], span[2:]
    return all(start <= x.position[:2] and x.position[2:] <= end and x.position != span for x in occurrence.literals)


def _is_repeated(key: Key, where: Sequence[Occurrence]) -> bool:
    if is_about_types(key):
        return False
    needed = 3 if len(key) == 2 else 2
    return len(where) >= needed and len({o.condition.place for o in where}) >= 2


def is_about_types(key: Key) -> bool:
    """Whether a set asks for several types of one value, which is the subject of type-pressure."""
    return all(text.startswith(("isinstance(", "issubclass(")) for _, text in key)


def _weight(key: Key, found: dict[Key, list[Occurrence]]) -> tuple[int, int, int, Key]:
    return -(len(found[key]) - 1) * (len(key) - 1), -len(key), -len(found[key]), key


def near_misses(
    key: Key, where: Sequence[Occurrence], found: dict[Key, list[Occurrence]], singles: dict[Atom, list[Condition]]
) -> list[Condition]:
    """Conditions that test all but one of three or more literals, or one of a pair that goes together elsewhere."""
    near = _forgotten_of_pair(key, where, singles) if len(key) == 2 else _forgotten_of_many(key, where, found)
    return sorted(set(near), key=lambda condition: condition.order)[:5]


def _forgotten_of_many(
    key: Key, where: Sequence[Occurrence], found: dict[Key, list[Occurrence]]
) -> Iterator[Condition]:
    if len(where) < 3:
        return
    whole = {o.condition for o in found[key]}
    sample = where[0].literals
    for subset in combinations(sample, len(key) - 1):
        for occurrence in found.get(keyed(subset)[0], ()):
            if occurrence.condition not in whole:
                yield occurrence.condition


def _forgotten_of_pair(key: Key, where: Sequence[Occurrence], singles: dict[Atom, list[Condition]]) -> list[Condition]:
    """Functions that test one literal of a pair and never the other, if four in four or more test both, by far most."""
    near: list[Condition] = []
    places = {o.condition.place for o in where}
    first, second = where[0].literals
    if len(where) < FEWEST_OF_PAIR or not (first.is_telling and second.is_telling):
        return near
    if _unnamed(first) == _unnamed(second):
        return near
    for one, other in ((first, second), (second, first)):
        also = {condition.place for condition in singles.get(_unnamed(other), ())}
        alone = [c for c in singles.get(_unnamed(one), ()) if c.place not in places | also]
        if alone and len(places) / (len(places) + len({c.place for c in alone})) >= 0.75:
            near += alone
    return near


def _unnamed(literal: Literal) -> Atom:
    """A literal's text without receivers, whatever its polarity."""
    return True, blank(literal.text)


@lru_cache(maxsize=50_000)
def blank(text: str) -> str:
    """A literal's text without receivers."""
    return _NAME.sub(_BLANK, text)


def by_literal(conditions: Iterable[Condition]) -> dict[Atom, list[Condition]]:
    """The conditions that test each literal, whatever the receiver and the polarity."""
    found: dict[Atom, list[Condition]] = defaultdict(list)
    for condition in conditions:
        for literal in condition.literals:
            found[_unnamed(literal)].append(condition)
    return found
