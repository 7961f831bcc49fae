"""The canvas of a prompt: what its slots may hold, what they came to hold, and how likely given texts are there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from engine.diffusion.canvas import Canvas, Noise
from engine.diffusion.prompt import EOS, PAD, SPECIAL_TOKENS
from engine.naming.words import split
from engine.protocol import NAMES, Hole, HoleKind

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from engine.diffusion.denoise import Prompt

# A byte-level tokenizer writes a space so.
_BEFORE_WORDS = ("\u0120", "_")
_WORD = re.compile(r"[A-Za-z0-9_]+")


class Grammar:
    """Which tokens may stand where in a slot, worked out once for a vocabulary."""

    def __init__(self, tokenizer: Tokenizer, vocabulary: int):
        self.tokenizer, self.vocabulary = tokenizer, vocabulary
        items: dict[str, int] = tokenizer.get_vocab()
        self._known = {text: at for text, at in items.items() if at >= len(SPECIAL_TOKENS)}
        self._words = {text: at for text, at in self._known.items() if _WORD.fullmatch(text)}
        self._firsts: dict[str, Tensor] = {}

    def allowed(self, hole: Hole, width: int) -> Tensor:
        """Which token each position of a hole's slot may take, `[width, vocab]`."""
        allowed = torch.zeros(width, self.vocabulary, dtype=torch.bool)
        allowed[1:, [EOS, PAD]] = True
        if hole.choices:
            for text in hole.choices:
                for at, token in enumerate(self.tokens(text, width)):
                    allowed[at, token] = True
        elif hole.kind in NAMES:
            allowed[1:, list(self._words.values())] = True
            # A parameter is no more private than its function's other ones.
            is_bare = hole.kind is HoleKind.PARAMETER and not hole.prefix
            allowed[0] = self._first(hole.prefix) & ~self._first("_") if is_bare else self._first(hole.prefix)
        else:
            allowed[:, len(SPECIAL_TOKENS) :] = True
        return allowed

    def tokens(self, text: str, width: int) -> list[int]:
        """The text as a slot would hold it, cut off where the slot ends."""
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return [*ids, EOS][:width]

    @cached_property
    def whole(self) -> Tensor:
        """Which tokens are text by themselves, and not a part of a character or a mark of the canvas: `[vocab]`."""
        found = torch.zeros(self.vocabulary, dtype=torch.bool)
        found[[at for at in self._known.values() if "\ufffd" not in self.tokenizer.decode([at])]] = True
        return found

    @cached_property
    def whole_words(self) -> frozenset[str]:
        """The words that are one token with the space or underscore before them: any other token may be a mere part."""
        begun = (text[1:] for text in self._known if text[0] in _BEFORE_WORDS)
        return frozenset(word for text in begun for word in split(text) if len(word) > 2)

    def _first(self, prefix: str) -> Tensor:
        """What a name with this prefix may begin with, `[vocab]`."""
        if prefix not in self._firsts:
            words = [text for text in self._words if text.startswith(prefix) or prefix.startswith(text)]
            allowed = torch.zeros(self.vocabulary, dtype=torch.bool)
            allowed[[self._words[text] for text in words if not text[0].isdigit()]] = True
            self._firsts[prefix] = allowed
        return self._firsts[prefix]


@dataclass(frozen=True)
class Slots:
    """One slot of equal width for each hole, side by side."""

    holes: tuple[Hole, ...]
    width: int
    grammar: Grammar

    @property
    def length(self) -> int:
        """Tokens of the whole canvas."""
        return len(self.holes) * self.width

    @property
    def allowed(self) -> Tensor:
        """Which tokens the holes' grammar allows, `[length, vocab]`."""
        return torch.cat([self.grammar.allowed(hole, self.width) for hole in self.holes])

    def holding(self, text: str) -> Tensor:
        """The tokens of one slot with this text, padded: `[width]`."""
        ids = self.grammar.tokens(text, self.width)
        return torch.tensor([*ids, *[PAD] * (self.width - len(ids))])

    def canvas(self, rows: int) -> Canvas:
        """Open everywhere, for texts that the grammar allows."""
        blank = Canvas.blank(rows, self.length)
        return Canvas(blank.tokens, blank.is_frozen, self.allowed[None])


@torch.inference_mode()
def marginals(prompt: Prompt, slots: Slots, noise: Noise, tokens: Tensor | None = None) -> Tensor:
    """Log-probability of each token at each position before anything is settled: `[length, vocab]`.

    The mean over several canvases of what one pass says, so that a whole closed set is ranked by one batch: canvases of
    noise, or those given as `tokens`, one per generator of `noise`.
    """
    rows = range(len(noise.generators))
    tokens = noise.canvas(rows, slots.length) if tokens is None else tokens
    canvases = prompt.canvases(len(rows), slots.length)
    canvases.read(tokens.to(prompt.device))
    everywhere = torch.ones(1, slots.length, dtype=torch.bool, device=prompt.device)
    said = torch.zeros(slots.length, noise.vocabulary, device=prompt.device)
    for row in rows:
        said += canvases.logits(slice(row, row + 1), everywhere).log_softmax(-1)
    return said.div_(len(rows)).cpu()


def logprobs(distribution: Tensor, slots: Slots, at: int, texts: Sequence[str]) -> list[tuple[float, int]]:
    """For each text in the slot number `at`: the summed log-probability of its tokens, and how many there are."""
    start = at * slots.width
    found = []
    for text in texts:
        ids = slots.grammar.tokens(text, slots.width)
        said = distribution[range(start, start + len(ids)), ids]
        found.append((float(said.sum()), len(ids)))
    return found
