"""Candidates, what gates say of them, and the pure rule that turns answers into a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from engine.protocol import Fill, Sketch
from metrics.source import SourceTree


class Outcome(StrEnum):
    """A gate's answer. `ERRORED` is "could not tell" and never counts as a pass."""

    PASSED = "pass"
    FAILED = "fail"
    ERRORED = "unknown"


class Verdict(StrEnum):
    """What becomes of a candidate."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Candidate:
    """A change held in memory: `before` and `after` differ in the files of `changed` only.

    `sketch` and `fill` are absent when the change was given, as to `guardloop verify`, and not proposed.
    """

    before: SourceTree
    after: SourceTree
    sketch: Sketch | None = None
    fill: Fill | None = None

    @property
    def changed(self) -> tuple[str, ...]:
        """Paths whose text differs, sorted."""
        a, b = self.before.texts, self.after.texts
        return tuple(sorted(path for path in {*a, *b} if a.get(path) != b.get(path)))


@dataclass(frozen=True)
class GateResult:
    """One gate's answer; `reason` is one line, empty when passed, and is fed back to the engine."""

    gate: str
    outcome: Outcome
    reason: str = ""
    seconds: float = 0.0
    details: dict[str, Any] = field(default_factory=dict)


class Gate(Protocol):
    """One check of a candidate. Gates never raise for what a candidate holds, only answer `ERRORED`."""

    name: str

    def check(self, candidate: Candidate) -> GateResult:
        """Judge the candidate."""


def decide(results: Sequence[GateResult]) -> Verdict:
    """Any fail rejects, any "could not tell" leaves it open, and no gates at all is not a pass."""
    outcomes = [result.outcome for result in results]
    if Outcome.FAILED in outcomes:
        return Verdict.REJECTED
    if not outcomes or Outcome.ERRORED in outcomes:
        return Verdict.INCONCLUSIVE
    return Verdict.ACCEPTED
