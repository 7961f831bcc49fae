"""Functions that are alike but for a few rows: one statement more, one moved, one changed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import combinations

from metrics.scorers.duplication.antiunification import Instance, generalise
from metrics.scorers.duplication.clones import LEAST_SAVING, TWIN_SHARE, Clone, Place, whole
from metrics.scorers.duplication.file import File, Unit
from metrics.scorers.duplication.pairs import repeated
from metrics.scorers.duplication.twins import is_twin

_LEAST_MATCH = 34
_MOST_HOLE_COST = 8
_MOST_SHARING = 25
"""A run of three rows that more functions share is an idiom."""
_At = tuple[int, int]
"""The number of a file, and that of a function in it."""
_Pair = tuple[_At, _At]


class Neighbours:
    """The functions of a tree that share runs of rows."""

    def __init__(self, files: Sequence[File]) -> None:
        self._files = files
        self._aligned: dict[_Pair, Clone | None] = {}
        known = repeated(set(keys) for file in files for keys in file.shingles)
        sharing: dict[int, list[_At]] = defaultdict(list)
        for number, file in enumerate(files):
            for function, keys in enumerate(file.shingles):
                if keys and not file.functions[function].overload:
                    for key in known.intersection(keys):
                        sharing[key].append((number, function))
        self._sharing = [some for some in sharing.values() if 2 <= len(some) <= _MOST_SHARING]

    def near_misses(self, units: Container[Unit] | None = None) -> Iterator[Clone]:
        """For every function, of these units or of all, it and all that are alike enough to be made one with it."""
        neighbours: dict[_At, list[Clone]] = defaultdict(list)
        for pair, count in self._shared(units).items():
            if pair not in self._aligned:
                self._aligned[pair] = self._clone(pair, count)
            if clone := self._aligned[pair]:
                for at in pair:
                    if units is None or self._unit(at) in units:
                        neighbours[at].append(clone)
        for (number, function), pairs in neighbours.items():
            yield _star((self._files[number].path, function), pairs)

    def _shared(self, units: Container[Unit] | None) -> Counter[_Pair]:
        """How many runs of rows two functions share; one of the two is in these units."""
        shared: Counter[_Pair] = Counter()
        for some in self._sharing:
            if units is None:
                shared.update(combinations(some, 2))
            elif near := {at for at in some if self._unit(at) in units}:
                shared.update(pair for pair in combinations(some, 2) if not near.isdisjoint(pair))
        return shared

    def _unit(self, at: _At) -> Unit:
        return self._files[at[0]].unit(at[1])

    def _clone(self, pair: _Pair, count: int) -> Clone | None:
        one, other = (whole(self._files[number], function) for number, function in pair)
        least, most = sorted((len(one.shapes), len(other.shapes)))
        if count < max(2, least / 4) or most > 3 * least or _nested(one, other):
            return None
        return _aligned(*sorted((one, other), key=_content))


def _content(place: Place) -> tuple[object, ...]:
    # What is compared with what must not depend on which file comes first.
    return place.shapes, place.owner.qualname, place.file.path, place.line


def _nested(one: Place, other: Place) -> bool:
    return one.file is other.file and one.first_row < other.last_row and other.first_row < one.last_row


def _aligned(one: Place, other: Place) -> Clone | None:
    """Match the rows of two functions; what is between the matches are gaps, which each cost a check."""
    matched, gaps, pairs = 0, 0, []
    matcher = SequenceMatcher(None, one.shapes, other.shapes, autojunk=False)
    for tag, start, end, begin, _ in matcher.get_opcodes():
        if tag != "equal":
            gaps += 1
            continue
        for offset in range(end - start):
            pairs.append((one.first_row + start + offset, other.first_row + begin + offset))
            matched += one.file.row_masses[pairs[-1][0]]
    mass = max(one.owner.mass, other.owner.mass)
    if matched < 0.6 * mass or matched < _LEAST_MATCH or gaps > max(4, len(one.shapes) // 6):
        return None
    found = generalise([_rows(one, [a for a, _ in pairs]), _rows(other, [b for _, b in pairs])])
    parameters = found.cost + one.owner.parameters
    saving = matched - 4 - parameters - 2 * (2 + parameters) - 5 * gaps
    if saving < max(LEAST_SAVING, matched / 4) or found.cost > _MOST_HOLE_COST:
        return None
    if is_twin(one.owner, other.owner):
        saving //= TWIN_SHARE
    return Clone("near-miss", saving, matched, (one, other), found.holes, one.owner.parameters, 0, gaps)


def _rows(place: Place, rows: Sequence[int]) -> Instance:
    leaves = [leaf for row in rows for leaf in place.file.row_leaves(row)]
    return Instance(place.file, place.function, leaves)


def _star(key: tuple[str, int], pairs: Sequence[Clone]) -> Clone:
    """One function with all its neighbours; pairs of the same two places never come twice."""
    places = {(place.file.path, place.function): place for clone in pairs for place in clone.places}
    rest = sorted((place for at, place in places.items() if at != key), key=_content)
    best = max(pairs, key=lambda clone: (clone.saving, clone.mass, clone.inputs))
    return replace(
        best,
        saving=sum(clone.saving for clone in pairs),
        places=(places[key], *rest),
        holes=max(clone.holes for clone in pairs),
        gaps=max(clone.gaps for clone in pairs),
    )
