"""From the odds of small edits to a score of each statement: how much there is that could be, and reads, better."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.spot.edits import SmallEdit, by_statement, small_edits
from engine.spot.functions import Function


class Odds(Protocol):
    """How much likelier, in nats, an edit is than what stands there: given the left, and given both sides."""

    @property
    def left(self) -> float:
        """Given what stands before."""

    @property
    def both(self) -> float | None:
        """Given what stands before and after; None where the model could not be asked."""


class Asked(Protocol):
    """Whoever knows the odds of edits."""

    def odds(self, function: Function, edits: Sequence[SmallEdit]) -> Sequence[Odds]:
        """One for each edit, in their order."""


@dataclass(frozen=True)
class Weights:
    """What a nat is worth: little, as a small model is surer than it should be.

    Chosen among 0.1 to 0.5 for either on mutants of three held-out packages, and no other data.
    """

    left: float = 0.1
    both: float = 0.1


@dataclass(frozen=True)
class Weighed:
    """A statement by its number in the function, its score, and the edit that adds most to it."""

    statement: int
    score: float
    edit: SmallEdit
    evidence: float
    """Of that edit: weighted nats."""


@dataclass(frozen=True)
class Suspect:
    """A statement of a file, how suspect it is, and the edit of it that the model would make first."""

    symbol: str
    line: int
    end_line: int
    text: str
    score: float
    edit: SmallEdit
    replaced: str
    """What stands where the edit would be."""
    edit_line: int
    odds: Odds


def suspects(function: Function, asked: Asked) -> list[Suspect]:
    """Every statement of a function that some small edit would change, in the order of the text."""
    edits = small_edits(function)
    if not edits:
        return []
    odds = asked.odds(function, edits)
    known = dict(zip(edits, odds, strict=True))
    found = []
    for one in weigh(function, edits, odds):
        statement, edit = function.statements[one.statement], one.edit
        text = " ".join(function.text[statement.start : statement.end].split())
        replaced, line = function.text[edit.start : edit.end], function.line(edit.start)
        place = function.symbol, statement.line, statement.end_line
        found.append(Suspect(*place, text, one.score, edit, replaced, line, known[edit]))
    return found


def weigh(
    function: Function, edits: Sequence[SmallEdit], odds: Iterable[Odds], weights: Weights | None = None
) -> list[Weighed]:
    """Every statement that has an edit, in the order of the text.

    The score is the logarithm of the summed likelihood ratios, each edit's shared among those of the same place: a
    place counts once, however many names are in scope there.
    """
    weights = weights or Weights()
    evidence = {edit: _evidence(one, weights) for edit, one in zip(edits, odds, strict=True)}
    alike: dict[tuple[str, int, int], int] = {}
    for edit in edits:
        alike[edit.sort, edit.start, edit.end] = alike.get((edit.sort, edit.start, edit.end), 0) + 1
    groups: dict[int, list[tuple[float, SmallEdit]]] = {}
    for statement, edit in by_statement(function, edits):
        share = math.log(alike[edit.sort, edit.start, edit.end])
        groups.setdefault(statement, []).append((evidence[edit] - share, edit))
    return [_weighed(at, group, evidence) for at, group in sorted(groups.items())]


def _weighed(at: int, group: Sequence[tuple[float, SmallEdit]], evidence: dict[SmallEdit, float]) -> Weighed:
    most = max(share for share, _ in group)
    score = most + math.log(sum(math.exp(share - most) for share, _ in group))
    _, edit = max(group, key=lambda pair: (evidence[pair[1]], -pair[1].start))
    return Weighed(at, score, edit, evidence[edit])


def _evidence(odds: Odds, weights: Weights) -> float:
    # Where the model could not be asked for both sides, the left stands for them.
    both = odds.left if odds.both is None else odds.both
    return weights.left * odds.left + weights.both * both
