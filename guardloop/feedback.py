"""What a rejection teaches: which shapes to drop at once, and what the next fills of a sketch must not repeat.

The reasons go back as text, for models that read English. For those that do not, the refused texts are banned, which
also makes an engine of fixed lengths go on to others, and in the last round the hole is opened wider.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
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


def asked_for(left: int, attempt: int) -> int:
    """How many of the candidates that are left one round may use: half, so that what it teaches is of use; or all."""
    return left if attempt >= ROUNDS else (left + 1) // 2


def fed_back(sketch: Sketch, rejections: Sequence[Rejection]) -> Sketch:
    """The sketch with the reasons, without the fills that were refused, and with the names at fault taken."""
    refused = [dict(rejection.fill.texts) for rejection in rejections]
    rejected = (*sketch.rejected, *(texts for texts in refused if texts not in sketch.rejected))
    banned: defaultdict[str, set[str]] = defaultdict(set)
    if all(hole.kind in NAMES for hole in sketch.holes):
        for rejection in rejections:
            for name, text in _at_fault(rejection).items():
                banned[name].add(text)
    edits = tuple(_banning(edit, banned) for edit in sketch.edits)
    feedback = (*sketch.feedback, *_reasons(rejections))
    return replace(sketch, edits=edits, feedback=feedback, rejected=rejected)


def _reasons(rejections: Sequence[Rejection]) -> Iterable[str]:
    """Each answer once, with the texts that got it."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for rejection in rejections:
        said = ", ".join(f"{name} = {text}" for name, text in rejection.fill.texts.items())
        texts[f"{rejection.answer.gate}: {rejection.answer.reason}"].append(said)
    return (f"{answer} (of {'; '.join(dict.fromkeys(said))})" for answer, said in texts.items())


def _at_fault(rejection: Rejection) -> Mapping[str, str]:
    """The texts that the answer speaks of; all of them if it names none."""
    words = set(re.findall(r"\w+", rejection.answer.reason))
    named = {name: text for name, text in rejection.fill.texts.items() if text in words}
    return named or rejection.fill.texts


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


def _banning(edit: Edit, banned: Mapping[str, set[str]]) -> Edit:
    return replace(edit, parts=tuple(_closed(part, banned) for part in edit.parts))


def _closed(part: str | Hole, banned: Mapping[str, set[str]]) -> str | Hole:
    if isinstance(part, str) or part.choices or part.name not in banned:
        # Of a closed set only whole fills are refused: its texts may be right with others beside them.
        return part
    return replace(part, taken=part.taken | banned[part.name])
