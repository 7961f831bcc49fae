"""The engine that copies: it writes what the file says elsewhere, where the words before and behind are the same.

A model of no weights but the file itself, and the second baseline beside `enumerate`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from engine.enumerate import combined
from engine.infilling import around
from engine.naming.legal import is_legal, repaired
from engine.naming.proposals import Ranked, proposals
from engine.protocol import NAMES, Fill, Hole, HoleKind, Sketch

_LONGEST_CONTEXT = 6
"""Lexemes that are compared on each side."""
_MOST_LEXEMES = 40
_PER_HOLE = 24
_LEXEME = re.compile(r"\w+|\n\s*|[^\w\s]")
_SEVERAL = 3


class Copy:
    """Copies from the file; the seed changes nothing."""

    name = "copy"

    def fill(self, sketch: Sketch, *, candidates: int, seed: int) -> Iterator[Fill]:
        """Yield the fills whose texts stand in the most similar places, best first."""
        ranked = {hole.name: _falling(copies(sketch, hole)) for hole in sketch.holes}
        found = list(islice(combined(sketch, ranked), candidates))
        if not found:
            # A file with fewer words than holes has not enough to copy.
            more = proposals(sketch, limit=_PER_HOLE)
            longer = {name: [*ranked[name], *_without(more[name], ranked[name])] for name in more}
            found = list(islice(combined(sketch, longer), candidates))
        yield from (Fill(texts, 0.0, self.name, seed) for texts in found)


def _without(more: Ranked, known: Ranked) -> Ranked:
    texts = {text for _, text in known}
    return [(score, text) for score, text in more if text not in texts]


def copies(sketch: Sketch, hole: Hole) -> Ranked:
    """Legal texts for a hole that the file has elsewhere, those of the most similar places first.

    Each has the share of what was compared around the hole that is the same there, never quite 0.
    """
    before, after = around(sketch, hole, {})
    text = _Text(before, after)
    # What stands for the sketch's holes is no word of the file.
    marks = {other.name for other in sketch.holes} | {hole.before}
    places = text.copies(hole.kind)
    shares: dict[str, float] = {}
    for found in hole.choices or (*places, *(text.words() if hole.kind in NAMES else ())):
        said = repaired(hole, found)
        if is_legal(hole, said) and not marks & {found, said, *re.findall(r"\w+", said)}:
            shares.setdefault(said, (1 + places.get(found, 0)) / (1 + 2 * _LONGEST_CONTEXT))
        if len(shares) == _PER_HOLE:
            break
    return [(share, said) for said, share in shares.items()]


def _falling(ranked: Ranked) -> Ranked:
    return [(-float(at), text) for at, (_, text) in enumerate(ranked)]


@dataclass(frozen=True)
class _Lexeme:
    text: str
    start: int
    end: int


class _Text:
    """A file with one place taken out."""

    def __init__(self, before: str, after: str) -> None:
        self.text = before + after
        self.lexemes = [*_lexemes(before, 0), *_lexemes(after, len(before))]
        self.at = sum(lexeme.end <= len(before) for lexeme in self.lexemes)
        """How many lexemes stand before the hole."""

    def words(self) -> list[str]:
        """The words of the file, most often said first, nearest among equals."""
        far = {lexeme.text: abs(at - self.at) for at, lexeme in enumerate(self.lexemes)}
        for at, lexeme in enumerate(self.lexemes):
            far[lexeme.text] = min(far[lexeme.text], abs(at - self.at))
        counts = Counter(lexeme.text for lexeme in self.lexemes if re.fullmatch(r"[^\W\d]\w{2,}", lexeme.text))
        return sorted(counts, key=lambda word: (-counts[word], far[word], word))

    def copies(self, kind: HoleKind) -> dict[str, int]:
        """What stands behind the same lexemes as the hole does, and how many are the same before and behind it.

        Those with most on both sides first.
        """
        found: dict[str, tuple[int, int, int]] = {}
        for at in range(1, len(self.lexemes)):
            alike = self._alike(at, self.at, -1)
            # Any line can be copied, whatever the line before it says.
            if not alike or at == self.at:
                continue
            for end in self._ends(at, kind):
                text = self.text[self.lexemes[at].start : self.lexemes[end - 1].end]
                score = (alike + self._alike(end, self.at, 1), alike, -abs(at - self.at))
                found[text] = max(found.get(text, score), score)
        ranked = sorted(found, key=lambda text: (*(-part for part in found[text]), text))
        return {text: found[text][0] for text in ranked}

    def _alike(self, at: int, other: int, step: int) -> int:
        """How many lexemes from two places on are equal, backwards for a step of -1."""
        at, other = (at - 1, other - 1) if step < 0 else (at, other)
        for count in range(_LONGEST_CONTEXT):
            if min(at, other) < 0 or max(at, other) >= len(self.lexemes):
                return count
            if _squeezed(self.lexemes[at]) != _squeezed(self.lexemes[other]):
                return count
            at, other = at + step, other + step
        return _LONGEST_CONTEXT

    def _ends(self, start: int, kind: HoleKind) -> Iterator[int]:
        """Behind which lexemes a copy from `start` on may end."""
        if kind in NAMES:
            yield start + 1
            return
        stop = _squeezed(self.lexemes[self.at]) if self.at < len(self.lexemes) else "\n"
        lines = 0
        for end in range(start + 1, min(start + _MOST_LEXEMES, len(self.lexemes))):
            said = _squeezed(self.lexemes[end])
            lines += said == "\n"
            if kind is HoleKind.LINES:
                if said == "\n" and lines > 1:
                    yield end
            elif said == stop or said == "\n":
                yield end
            if lines > (_SEVERAL if kind is HoleKind.LINES else 0):
                return


def _squeezed(lexeme: _Lexeme) -> str:
    return "\n" if lexeme.text[0] == "\n" else lexeme.text


def _lexemes(text: str, offset: int) -> Sequence[_Lexeme]:
    return [_Lexeme(found[0], offset + found.start(), offset + found.end()) for found in _LEXEME.finditer(text)]
