"""The rules that cost more after a change, by what the change itself adds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from metrics.charge import charge
from metrics.difference import difference
from metrics.measure import Measurement
from metrics.scorers import SCORERS
from metrics.source import SourceTree

NOISE: Mapping[str, int] = {"duplication": 5}
"""Falls and rises below this say nothing: repeated pairs come and go with any edit."""


def rises(
    before: SourceTree, after: SourceTree, was: Mapping[str, int], measured: tuple[Measurement, Measurement]
) -> Iterator[tuple[str, int]]:
    """The gated rules of `was`, which are the costs before, that rise, and by how much.

    A total also rises where nothing is added: two functions that now call a third one share its values, and checks
    that were too few to count in each of them are counted together. What was there before, and has only moved, is
    charged to nobody.
    """
    now = measured[1].costs
    higher = {rule: now.get(rule, 0) - cost for rule, cost in sorted(was.items()) if SCORERS[rule].gated}
    higher = {rule: rise for rule, rise in higher.items() if rise >= max(1, NOISE.get(rule, 0))}
    if higher:
        added = charge(*measured, difference(before, after), higher).charges
        yield from ((rule, min(rise, added[rule])) for rule, rise in higher.items() if added[rule] > 0)
