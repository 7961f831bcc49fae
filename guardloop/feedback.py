"""What a rejection teaches: which shapes to drop at once, and what the next fills of a sketch must not repeat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from engine.protocol import NAMES, Edit, Fill, Hole, Sketch
from guardloop.judgement import GateResult
from guardloop.sketches.protocol import Refusal

ROUNDS = 2
"""How often the reasons of a total rejection go back to the engine."""

_PATIENCE = {"ratchet": 1, "lint": 3, "types": 2, "tests": 1}


@dataclass(frozen=True)
class Rejection:
    """A fill, and the answer of the gate that did not let it pass."""

    fill: Fill
    answer: GateResult


def shape_at_fault(sketch: Sketch, rejections: Sequence[Rejection]) -> bool:
    """Whether further fills are hopeless: where only names are open, they decide neither costs, types nor results."""
    if not rejections or any(hole.kind not in NAMES for hole in sketch.holes):
        return False
    gates = Counter(rejection.answer.gate for rejection in rejections)
    return any(gates[gate] >= patience for gate, patience in _PATIENCE.items())


def fed_back(sketch: Sketch, rejections: Sequence[Rejection]) -> Sketch:
    """The sketch with the reasons, and with the rejected names taken."""
    reasons = tuple(dict.fromkeys(f"{r.answer.gate}: {r.answer.reason}" for r in rejections))
    banned = {
        hole.name: frozenset(rejection.fill.texts[hole.name] for rejection in rejections)
        for hole in sketch.holes
        if hole.kind in NAMES and not hole.choices
    }
    edits = tuple(_banning(edit, banned) for edit in sketch.edits)
    return replace(sketch, edits=edits, feedback=(*sketch.feedback, *reasons))


def explained(rejections: Iterable[Rejection], refusals: Sequence[Refusal]) -> str:
    """Why a finding stays, in one line."""
    gates = Counter(rejection.answer.gate for rejection in rejections)
    parts = []
    if gates:
        counts = ", ".join(f"{gate} {count}" for gate, count in gates.most_common())
        parts.append(f"no candidate passed: {counts}")
    if refusals:
        reasons = dict.fromkeys(f"{refusal.variant}: {refusal.reason}" for refusal in refusals)
        parts.append("refused: " + "; ".join(reasons))
    return "; ".join(parts) or "no sketch fits it"


def _banning(edit: Edit, banned: dict[str, frozenset[str]]) -> Edit:
    return replace(edit, parts=tuple(_closed(part, banned) for part in edit.parts))


def _closed(part: str | Hole, banned: dict[str, frozenset[str]]) -> str | Hole:
    if isinstance(part, str) or part.name not in banned:
        return part
    return replace(part, taken=part.taken | banned[part.name])
