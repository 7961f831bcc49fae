"""The embedded engine: a small model of DiffusionGemma's class, shipped with the package and run offline on the CPU.

For each hole it draws candidates from the model, adds the texts that the code itself suggests and what the file says in
similar places, and ranks all by who proposes them and by what the model says of them; a closed set is only ranked.
Texts that are not legal never leave this file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.copying import copies
from engine.deadline import Deadline
from engine.diffusion.checkpoint import SHIPPED, Checkpoint, missing_extra
from engine.diffusion.prior import prior
from engine.enumerate import combinations, combined
from engine.naming.legal import is_legal, repaired
from engine.naming.misfit import misfit
from engine.naming.outline import Outline
from engine.naming.proposals import Ranked, proposals
from engine.naming.words import split
from engine.protocol import NAMES, EngineError, Fill, Hole, HoleKind, OnDraft, Sketch

if TYPE_CHECKING:
    from engine.diffusion.reader import Reader, View

SAMPLES = 12
"""Candidates drawn from the model for each group of holes, in one batch."""
_PROPOSALS = 24
"""Texts of the code's own that are ranked beside them, per hole."""
_MOST_THREADS = 4


@dataclass(frozen=True)
class Option:
    """A text for one hole: how well it fits, what the model says of its tokens, and who proposed it."""

    text: str
    score: float
    logprob: float
    tokens: int
    engine: str


class Nano:
    """Fills names, expressions and lines; the same sketch, number and seed give the same fills on one machine."""

    name = "nano"

    def __init__(self, folder: Path = SHIPPED, clock: Callable[[], float] = time.monotonic):
        """Raises `EngineError` when the extra is not installed or the folder holds no whole checkpoint."""
        if why := missing_extra("nano"):
            raise EngineError(f"engine nano: {why}")
        try:
            self.checkpoint = Checkpoint.read(folder)
        except EngineError as error:
            raise EngineError(f"engine nano: {error}") from error
        self._on_draft: OnDraft | None = None
        self._deadline = Deadline(self.name, clock)

    def end_by(self, deadline: float) -> None:
        """Begin no pass of the model beyond that; drafts that are whole by then are ranked and given."""
        self._deadline.at = deadline

    def watch(self, on_draft: OnDraft | None) -> None:
        """Show the first row of each batch as it is spelt."""
        self._on_draft = on_draft

    @cached_property
    def reader(self) -> Reader:
        """The loaded model; loading costs seconds, so that it waits for the first hole."""
        from engine.diffusion.reader import Reader

        return Reader.load(self.checkpoint, threads=threads())

    def fill(self, sketch: Sketch, *, candidates: int, seed: int) -> Iterator[Fill]:
        """Yield the fills that the model thinks likeliest, the whole sketch taken together."""
        if candidates < 1:
            return
        self._deadline.left()
        options = self._options(sketch, seed) if sketch.holes else {}
        ranked: dict[str, Ranked] = {name: [(o.score, o.text) for o in found] for name, found in options.items()}
        known = {name: {option.text: option for option in found} for name, found in options.items()}
        for texts in islice(combined(sketch, ranked), candidates):
            yield self._fill(texts, [known[name][text] for name, text in texts.items()], seed)

    def rank(self, sketch: Sketch, texts: Mapping[str, Sequence[str]], *, seed: int = 0) -> dict[str, list[float]]:
        """The mean log-probability per token of given texts, by hole name and in the given order."""
        found: dict[str, list[float]] = {}
        for view in self.reader.views(
            sketch, seed, lambda _: {hole.name: _first(texts, hole) for hole in sketch.holes}
        ):
            for at, hole in enumerate(view.slots.holes):
                said = view.logprobs(at, list(texts.get(hole.name, ())))
                found[hole.name] = [logprob / tokens for logprob, tokens in said]
        return found

    def _options(self, sketch: Sketch, seed: int) -> dict[str, list[Option]]:
        own, outline = proposals(sketch, limit=_PROPOSALS), Outline.of(sketch)
        words = frozenset(split(" ".join([*sketch.context, *_frozen_text(sketch)])))
        options: dict[str, list[Option]] = {}
        for view in self.reader.views(sketch, seed, lambda holes: _best(holes, options)):
            self._deadline.left()
            sampled = view.sampled(SAMPLES, self._on_draft, self._deadline.is_over)
            for at, (hole, texts) in enumerate(zip(view.slots.holes, sampled, strict=True)):
                drawn = [] if hole.choices else _legal(hole, texts)
                if hole.kind in NAMES:
                    drawn = [text for text in drawn if _is_spelt(text, words | self.reader.grammar.whole_words)]
                proposed = {"nano": _sure(drawn), "enumerate": _sure(text for _, text in own[hole.name])}
                if _is_new(sketch, hole):
                    trust = self.reader.trust_in_names
                    fits = {text: -misfit(outline, hole, text) for text in drawn}
                    fits |= {text: fit for fit, text in own[hole.name]}
                else:
                    trust = self.reader.trust
                    proposed["copy"] = copies(sketch, hole)
                    fits = prior(proposed)
                # Whoever closed a set did not rank it by how its texts fit.
                told = {text: 0.0 if hole.choices else trust * fit for text, fit in fits.items()}
                options[hole.name] = self._ranked(view, at, proposed, told)
        return options

    def _ranked(self, view: View, at: int, proposed: dict[str, Ranked], told: Mapping[str, float]) -> list[Option]:
        """What was proposed, by whom, as options, best first; what is `told` for a text is in nats per token."""
        hole, texts = view.slots.holes[at], list(told)
        proposers = {text: name for name in reversed(proposed) for _, text in proposed[name]}
        found = []
        for text, (logprob, tokens) in zip(texts, view.logprobs(at, texts), strict=True):
            score = logprob / tokens + told[text]
            # In a closed set nobody proposes; the model chooses.
            proposer = self.name if hole.choices else proposers[text]
            found.append(Option(text, score, logprob, tokens, proposer))
        return sorted(found, key=lambda option: (-option.score, option.text))

    def _fill(self, texts: dict[str, str], chosen: list[Option], seed: int) -> Fill:
        tokens = sum(option.tokens for option in chosen) or 1
        engines = sorted({option.engine for option in chosen}, reverse=True) or [self.name]
        return Fill(texts, sum(option.logprob for option in chosen) / tokens, "+".join(engines), seed)


def threads() -> int:
    """How many a local model computes with."""
    # Half of the cores: the tests of candidates run beside the engine, and threads that wait for a core cost time.
    return max(1, min(_MOST_THREADS, (os.cpu_count() or 1) // 2))


def _sure(texts: Iterable[str]) -> Ranked:
    return [(1.0, text) for text in texts]


def _is_new(sketch: Sketch, hole: Hole) -> bool:
    """Whether the hole names what has no name yet, so that there is nothing to copy: hints come with new code."""
    is_hinted = any(other.hints for other in sketch.holes)
    return hole.kind is HoleKind.HELPER_NAME or (hole.kind in NAMES and is_hinted)


def _legal(hole: Hole, texts: Sequence[str]) -> list[str]:
    return [text for text in dict.fromkeys(repaired(hole, text.strip()) for text in texts) if is_legal(hole, text)]


def _is_spelt(name: str, words: frozenset[str]) -> bool:
    """Whether a name is made of words: a small model also joins parts of words, and says one twice."""
    said = split(name)
    return bool(said) and len(said) == len(set(said)) and all(word in words for word in said) and len("".join(said)) > 1


def _frozen_text(sketch: Sketch) -> Iterator[str]:
    for path in sketch.sources:
        yield from (part for part in sketch.parts(path) if isinstance(part, str))
    for hole in sketch.holes:
        yield from hole.hints


def _best(holes: Sequence[Hole], options: Mapping[str, list[Option]]) -> dict[str, str]:
    """The best texts so far that go together, for the holes of later passes to see."""
    done = [hole for hole in holes if options.get(hole.name)]
    ranked: dict[str, Ranked] = {hole.name: [(o.score, o.text) for o in options[hole.name]] for hole in done}
    return next(combinations(done, ranked), {})


def _first(texts: Mapping[str, Sequence[str]], hole: Hole) -> Any:
    return next(iter(texts.get(hole.name, ())), hole.name)
