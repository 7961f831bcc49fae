"""From a duplication finding to sketches, best first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from engine.protocol import Sketch
from guardloop.sketches.duplication.forecast import nodes_removed
from guardloop.sketches.duplication.region import copies_of
from guardloop.sketches.duplication.variants import Proposal, proposals
from guardloop.sketches.protocol import Refusal
from guardloop.sketches.style import Style
from guardloop.sketches.worlds import Worlds
from metrics.scorer import Finding
from metrics.source import SourceTree

_LEAST_FALL = 5
_MOST_SKETCHES = 8


class DuplicationSketcher:
    """Moves what copies share into one function or method, or lets them call the copy that is one already."""

    rule = "duplication"

    def __init__(self, forecast: Callable[[Sketch, SourceTree], int] | None = None) -> None:
        self._forecast = forecast
        self._worlds = Worlds()

    def sketches(self, finding: Finding, tree: SourceTree, style: Style) -> Iterator[Sketch | Refusal]:
        """Yield what the finding's copies could share, and then what parts of them could; refusals if that is nothing.

        With a forecast, a sketch predicts what that says, and one that gains too little is refused.
        """
        world = self._worlds.of(tree)
        columns = copies_of(finding, world.program)
        if not columns:
            yield Refusal("extraction", "the finding's statements were not found")
        found: dict[str, Proposal] = {}
        refusals: dict[str, Refusal] = {}
        for column in columns:
            for answer in proposals(column, world, style, finding.id):
                if isinstance(answer, Refusal):
                    refusals.setdefault(answer.reason, answer)
                else:
                    found.setdefault(answer.sketch.id, answer)
        best = sorted(found.values(), key=_worth, reverse=True)[:_MOST_SKETCHES]
        worthy = self._foreseen(best, tree)
        for proposal in worthy:
            finished = proposal.finished(world, style)
            yield finished
            if finished.id != proposal.sketch.id:
                # A type that is spelled out lets a linter say more of the code.
                yield replace(proposal.sketch, variant=f"{proposal.sketch.variant}, without inferred types")
        if not worthy:
            yield from refusals.values()
            yield from (Refusal(one.sketch.variant, "the rule's cost would hardly fall") for one in best)

    def _foreseen(self, best: Sequence[Proposal], tree: SourceTree) -> list[Proposal]:
        """The proposals that gain enough, lightest code first."""
        if self._forecast is None:
            return list(best)
        gains = [(one, self._forecast(one.sketch, tree)) for one in best]
        foreseen = [replace(one, sketch=replace(one.sketch, predicted=gain)) for one, gain in gains]
        return sorted((one for one in foreseen if one.sketch.predicted >= _LEAST_FALL), key=_lightness, reverse=True)


def _worth(proposal: Proposal) -> int:
    """What a shape gains, less what a reader pays for each name it needs."""
    return proposal.sketch.predicted - 2 * len(proposal.sketch.holes)


def _lightness(proposal: Proposal) -> int:
    """The same in all nodes of the code: of two shapes that end the same repeats, the one that needs less is better."""
    return nodes_removed(proposal.sketch) - 2 * len(proposal.sketch.holes)
