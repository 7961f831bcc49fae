"""The engine without a model: names and texts that the code itself suggests. Every model has to beat it."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from engine.naming.proposals import Ranked, proposals
from engine.protocol import NAMES, Fill, Hole, Sketch

# Enough for a caller who asks again and again; more would only be worse names.
_PER_HOLE = 48


class Enumerate:
    """Fills holes from the shape of the code; the seed changes nothing."""

    name = "enumerate"

    def fill(self, sketch: Sketch, *, candidates: int, seed: int) -> Iterator[Fill]:
        """Yield the fills whose texts fit best together, best first."""
        ranked = proposals(sketch, limit=_PER_HOLE)
        for texts in islice(combinations(sketch.holes, ranked), candidates):
            yield Fill(texts, 0.0, self.name, seed)


def combinations(holes: Sequence[Hole], ranked: Mapping[str, Ranked]) -> Iterator[dict[str, str]]:
    """One text for each hole, by falling sum of scores; no two names of a sketch are ever the same.

    The search walks outward from the best text of every hole, so that its cost follows what is asked for, not the
    product of all lists.
    """
    lists = [ranked[hole.name] for hole in holes]
    if not all(lists):
        return
    start = (0,) * len(lists)
    queue, seen = [(-_sum(lists, start), start)], {start}
    while queue:
        _, at = heapq.heappop(queue)
        texts = {hole.name: options[i][1] for hole, options, i in zip(holes, lists, at, strict=True)}
        if _is_distinct(holes, texts):
            yield texts
        for position, index in enumerate(at):
            following = (*at[:position], index + 1, *at[position + 1 :])
            if index + 1 < len(lists[position]) and following not in seen:
                seen.add(following)
                heapq.heappush(queue, (-_sum(lists, following), following))


def _sum(lists: list[Ranked], at: tuple[int, ...]) -> float:
    return sum(options[i][0] for options, i in zip(lists, at, strict=True))


def _is_distinct(holes: Sequence[Hole], texts: Mapping[str, str]) -> bool:
    names = [texts[hole.name] for hole in holes if hole.kind in NAMES]
    return len(names) == len(set(names))
