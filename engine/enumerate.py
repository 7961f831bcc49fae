"""The engine without a model: names and texts that the code itself suggests. Every model has to beat it."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from engine.naming.proposals import Ranked, proposals
from engine.protocol import NAMES, Fill, Hole, Sketch

# Enough for a caller who asks again and again; more would only be worse names.
_PER_HOLE = 48
_MOST_STATES = 20_000


class Enumerate:
    """Fills holes from the shape of the code; the seed changes nothing."""

    name = "enumerate"

    def fill(self, sketch: Sketch, *, candidates: int, seed: int) -> Iterator[Fill]:
        """Yield the fills whose texts fit best together, best first."""
        ranked = proposals(sketch, limit=_PER_HOLE)
        for texts in islice(combined(sketch, ranked), candidates):
            yield Fill(texts, 0.0, self.name, seed)


def combined(sketch: Sketch, ranked: Mapping[str, Ranked]) -> Iterator[dict[str, str]]:
    """The combinations of texts for a sketch's holes that were not rejected before."""
    return (texts for texts in combinations(sketch.holes, ranked) if not sketch.is_rejected(texts))


def combinations(holes: Sequence[Hole], ranked: Mapping[str, Ranked]) -> Iterator[dict[str, str]]:
    """One text for each hole, the best sums of scores first; no two open names of a sketch are ever the same.

    The search walks outward from the best text of every hole, so that its cost follows what is asked for, not the
    product of all lists. A name that two holes want goes to the one that it fits better.
    """
    lists = [ranked[hole.name] for hole in holes]
    if not all(lists):
        return
    start = (0,) * len(lists)
    queue, seen = [(-_score(lists, _settled(holes, lists, start)), start)], {start}
    given: set[tuple[int, ...]] = set()
    while queue and len(seen) < _MOST_STATES:
        at = heapq.heappop(queue)[1]
        chosen = _settled(holes, lists, at)
        if chosen is not None and chosen not in given:
            given.add(chosen)
            yield {hole.name: options[i][1] for hole, options, i in zip(holes, lists, chosen, strict=True)}
        for position, index in enumerate(at):
            following = (*at[:position], index + 1, *at[position + 1 :])
            if index + 1 < len(lists[position]) and following not in seen:
                seen.add(following)
                heapq.heappush(queue, (-_score(lists, _settled(holes, lists, following)), following))


def _settled(holes: Sequence[Hole], lists: Sequence[Ranked], at: tuple[int, ...]) -> tuple[int, ...] | None:
    """The first free text of each hole from `at` on, the hole with the best one served first; None if one gets none."""
    chosen, used = list(at), set()
    for position in sorted(range(len(lists)), key=lambda position: -lists[position][at[position]][0]):
        if holes[position].kind not in NAMES or holes[position].choices:
            continue
        free = (i for i in range(at[position], len(lists[position])) if lists[position][i][1] not in used)
        index = next(free, None)
        if index is None:
            return None
        used.add(lists[position][index][1])
        chosen[position] = index
    return tuple(chosen)


def _score(lists: Sequence[Ranked], chosen: tuple[int, ...] | None) -> float:
    if chosen is None:
        return float("-inf")
    return sum(options[i][0] for options, i in zip(lists, chosen, strict=True))
