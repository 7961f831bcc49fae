"""What became of a run of `fix`, in values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from guardloop.judging import GATE_NAMES


@dataclass(frozen=True)
class Accepted:
    """One patch that passed every gate in force."""

    id: str
    finding: str
    rule: str
    variant: str
    message: str
    cost_before: int
    cost_after: int
    files: tuple[str, ...]
    diff: str
    names: Mapping[str, str]
    """The texts that the engine chose, by hole."""
    candidates_tried: int
    seconds: float
    lost_comments: tuple[str, ...] = ()
    """Comments that went with the code: what stays in its place does not have them."""


@dataclass(frozen=True)
class Remaining:
    """One finding that stays, and why."""

    finding: str
    cost: int
    message: str
    place: str
    why: str


@dataclass
class Tally:
    """How many candidates were judged, and which gates refused them."""

    candidates: int = 0
    reused: int = 0
    """Judged by an earlier run on the same tree, and not again."""
    rejected_by: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(GATE_NAMES, 0)))
    unanswered_by: Counter[str] = field(default_factory=Counter)
    """Gates that could not tell: such a candidate is not accepted either."""


@dataclass(frozen=True)
class Summary:
    """A finished run. `stopped` says what ended it early, empty when nothing did."""

    accepted: tuple[Accepted, ...]
    remaining: tuple[Remaining, ...]
    tally: Tally
    costs_before: Mapping[str, int]
    costs_after: Mapping[str, int]
    stopped: str = ""

    @property
    def verdict(self) -> str:
        """`done` when nothing that was asked for remains, else `partial`."""
        return "partial" if self.remaining or self.stopped else "done"
