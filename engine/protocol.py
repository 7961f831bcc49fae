"""The engine's seam: a sketch goes in, fills for its holes come out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable


class EngineError(Exception):
    """The engine could not run: no checkpoint, no server, a missing extra."""


class HoleKind(StrEnum):
    """What belongs into a hole; the values are also the task names of training and `bench`."""

    IDENTIFIER = "identifier"
    HELPER_NAME = "helper-name"
    PARAMETER = "parameter"
    EXPRESSION = "expression"
    ARGUMENT = "argument"
    CONDITION = "condition"
    LITERAL = "literal"
    LINE = "line"
    LINES = "lines"
    REVISION = "revision"


NAMES = frozenset({HoleKind.IDENTIFIER, HoleKind.HELPER_NAME, HoleKind.PARAMETER})


@dataclass(frozen=True)
class Hole:
    """An open place. Holes of one sketch that bear the same `name` are the same hole and get the same text."""

    name: str
    kind: HoleKind
    taken: frozenset[str] = frozenset()
    """Names that a fill must not use, because they already mean something at one of the hole's places."""
    choices: tuple[str, ...] = ()
    """The closed set of legal texts; empty means open."""
    hints: tuple[str, ...] = ()
    """Words that the shape of the code suggests (names of the copies, of what is passed in), best first."""
    prefix: str = ""
    """What the text must begin with: `_` for a name that stays private."""
    before: str = ""
    """The text that stands there now, for a revision to start from."""
    words: int = 1
    """How many words a name has at least: of two, it hardly hides one that only a base out of sight knows."""


@dataclass(frozen=True)
class Edit:
    """Replaces the characters `start` to `end` of one file by frozen text with holes in it."""

    path: str
    start: int
    end: int
    parts: tuple[str | Hole, ...]


@dataclass(frozen=True)
class Fill:
    """Text for each hole of a sketch, by hole name."""

    texts: Mapping[str, str]
    logprob: float
    """Mean natural-log probability per open token; 0.0 from engines without one."""
    engine: str
    seed: int


@dataclass(frozen=True)
class Sketch:
    """A partial program. All text of `sources` outside the edits, and all of their string parts, is frozen."""

    rule: str
    finding: str
    variant: str
    """Which shape of the refactoring this is, for example `method` or `module function, trimmed front`."""
    instruction: str
    sources: Mapping[str, str]
    """The text of every file that an edit touches, as the edits count its characters; `""` for a file to be created."""
    edits: tuple[Edit, ...]
    """Sorted by path and start; they never overlap."""
    predicted: int = 0
    """Removable AST nodes that this shape is expected to remove."""
    feedback: tuple[str, ...] = ()
    """What the gates said of earlier fills, newest last."""
    context: tuple[str, ...] = ()
    """Further text that may help to fill the holes and is not edited: comments of the other copies, for example."""
    rejected: tuple[Mapping[str, str], ...] = ()
    """Texts that the gates refused when taken together, by hole name; no fill holds them again."""

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The distinct holes in order of first appearance."""
        seen = {part.name: part for edit in self.edits for part in edit.parts if isinstance(part, Hole)}
        return tuple(seen.values())

    @property
    def id(self) -> str:
        """A digest of the frozen text and the holes; equal sketches have equal ids on every machine."""
        edits = [
            [e.path, e.start, e.end, [p if isinstance(p, str) else [p.name, p.kind] for p in e.parts]]
            for e in self.edits
        ]
        text = json.dumps([self.rule, self.finding, self.variant, edits, sorted(self.sources.items())])
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    def is_rejected(self, texts: Mapping[str, str]) -> bool:
        """Whether the gates have refused exactly these texts."""
        return any(texts == refused for refused in self.rejected)

    def after(self, fill: Fill) -> dict[str, str]:
        """The new text of every touched file.

        Raises `KeyError` when the fill lacks one of the holes.
        """
        return {
            path: "".join(part if isinstance(part, str) else fill.texts[part.name] for part in self.parts(path))
            for path in self.sources
        }

    def parts(self, path: str) -> Iterator[str | Hole]:
        """The whole new text of one file as frozen strings and holes."""
        text, at = self.sources[path], 0
        for edit in self.edits:
            if edit.path == path:
                yield text[at : edit.start]
                yield from edit.parts
                at = edit.end
        yield text[at:]


def readable(text: str) -> str:
    """A text that models and servers take: what was no text in its file is a question mark in it."""
    return text.encode("utf-8", "replace").decode("utf-8")


class Engine(Protocol):
    """Proposes texts for the holes of a sketch; it never sees or decides what is accepted."""

    @property
    def name(self) -> str:
        """The name under which the registry, the audit log and the tables know it."""

    def fill(self, sketch: Sketch, *, candidates: int, seed: int) -> Iterator[Fill]:
        """Yield at most `candidates` distinct fills, best first; the same arguments give the same fills.

        Each fill has a text for every hole, none of them in the hole's `taken`, each beginning with its `prefix`, and
        in `choices` where there are any; none is in the sketch's `rejected`. A caller may stop at any fill. Raises
        `EngineError` when the engine cannot run at all, and nothing else.
        """


@runtime_checkable
class Learner(Protocol):
    """An engine that wants to know what became of its fills."""

    def learn(self, fill: Fill, *, accepted: bool) -> None:
        """Take note of what the gates said of a fill."""


@dataclass(frozen=True)
class Draft:
    """What an engine has so far for the holes that it fills together, at one step of at most `steps`."""

    engine: str
    texts: Mapping[str, str]
    step: int
    steps: int
    is_settled: bool = False
    """Whether this is the last draft of its canvas."""


OnDraft = Callable[[Draft], None]
"""Hears drafts; what it raises ends the fill that is being made."""


@runtime_checkable
class Streamer(Protocol):
    """An engine that can show how its fills come about."""

    def watch(self, on_draft: OnDraft | None) -> None:
        """From now on show drafts; None, as at first, makes none."""


@runtime_checkable
class Timed(Protocol):
    """An engine that can take long, and heeds the end of a run."""

    def end_by(self, deadline: float) -> None:
        """Raise `EngineError` rather than begin anything past this time of `time.monotonic()`.

        What was begun may be cut short and still be given, as far as it is whole.
        """


@dataclass(frozen=True)
class Member:
    """How one of several engines fared."""

    engine: str
    share: float
    """Its part of the next candidates, of 1 for all members together; 0 once it is lost."""
    judged: int
    accepted: int
    lost: str = ""
    """Why it goes on no more; empty while it does."""


@dataclass(frozen=True)
class Account:
    """What a run has come to on the engine's side."""

    members: tuple[Member, ...] = ()
    requests: int = 0
    tokens: int = 0
    usd: float = 0.0


@runtime_checkable
class Accountant(Protocol):
    """An engine that keeps count of its members or of what it spends."""

    def account(self) -> Account:
        """All that so far."""
