"""The answer's form as a canvas for `gemma`: one line for each hole, its mark frozen, its text open.

    canvas   «helper» = ▒▒▒ ⏎ «limit» = ▒▒▒ ⏎        ▒ open, all else frozen

A text that is shorter than its place ends where its line does. Names take only tokens that names are made of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from engine.diffusion.canvas import Canvas, Noise
from engine.exchange import MARK
from engine.naming.legal import is_legal
from engine.protocol import NAMES, Hole, HoleKind

if TYPE_CHECKING:
    from engine.diffusion.classed import Prompt

_LENGTHS_OF_NAMES = (3, 2, 4, 1, 6)
_LENGTHS = (8, 5, 12, 20, 3)
"""Tokens of every hole, in the order in which candidates try them: nothing decides more than length."""
_SPARE = (0, 1, 2, 4)
"""Tokens that a revision has beyond those of the text that it starts from."""
# A byte-level tokenizer writes a space and a line's end so, a sentence-piece one the space as a low line.
_SPACES, _LINE_END = "\u0120\u2581 ", re.compile("(\u010a|\n|<0x0A>)+")
_BEGINNING = re.compile(f"[{_SPACES}]?[A-Za-z_][A-Za-z0-9_]*")
_MORE = re.compile("[A-Za-z0-9_]+")


class Lexicon:
    """What the tokens of a tokenizer may be part of; masks are bool, `[vocab]`."""

    def __init__(self, tokenizer: Any, vocabulary: int) -> None:
        self.tokenizer, self.vocabulary = tokenizer, vocabulary
        special = {at for at, token in tokenizer.added_tokens_decoder.items() if token.special}
        self._texts: dict[int, str] = {
            at: text for text, at in tokenizer.get_vocab().items() if at < vocabulary and at not in special
        }

    def ids(self, text: str) -> list[int]:
        """The tokens of a text."""
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    @cached_property
    def anything(self) -> Tensor:
        """Every token that is text."""
        return self._mask(re.compile("", re.DOTALL), whole=False)

    @cached_property
    def beginning(self) -> Tensor:
        """What a name may begin with, a space before it included."""
        return self._mask(_BEGINNING)

    @cached_property
    def more(self) -> Tensor:
        """What a name may go on with, or end with: a line's end."""
        return self._mask(_MORE) | self._mask(_LINE_END)

    def _mask(self, pattern: re.Pattern[str], *, whole: bool = True) -> Tensor:
        match = pattern.fullmatch if whole else pattern.match
        mask = torch.zeros(self.vocabulary, dtype=torch.bool)
        mask[[at for at, text in self._texts.items() if match(text)]] = True
        return mask


@dataclass(frozen=True)
class Form:
    """One candidate's canvas: its tokens, in open places what a revision starts from or 0, and these places by hole."""

    tokens: list[int]
    places: dict[str, tuple[int, int]]
    holes: tuple[Hole, ...]

    @classmethod
    def of(cls, holes: Sequence[Hole], number: int, lexicon: Lexicon, known: Mapping[str, str]) -> Form:
        """The form of candidate `number`, which decides the lengths; holes with a `known` text are frozen."""
        written = {hole.name: lexicon.ids(f" {known[hole.name]}") for hole in holes if hole.name in known}
        starts = {hole.name: _start(hole, number, lexicon) for hole in holes if hole.name not in known}
        return cls._laid(holes, starts, written, lexicon)

    @classmethod
    def sized(cls, hole: Hole, length: int, lexicon: Lexicon) -> Form:
        """One hole alone, open for exactly so many tokens."""
        return cls._laid([hole], {hole.name: [0] * length}, {}, lexicon)

    @classmethod
    def _laid(
        cls, holes: Sequence[Hole], starts: Mapping[str, list[int]], written: Mapping[str, list[int]], lexicon: Lexicon
    ) -> Form:
        tokens: list[int] = []
        places: dict[str, tuple[int, int]] = {}
        for hole in holes:
            mark = MARK.format(hole.name)
            if hole.name in written:
                tokens += lexicon.ids(f"{mark} =") + written[hole.name]
            else:
                # Without a prefix the first token brings its own space, as tokenizers have it in running text.
                tokens += lexicon.ids(f"{mark} = {hole.prefix}" if _is_begun(hole) else f"{mark} =")
                places[hole.name] = len(tokens), len(tokens) + len(starts[hole.name])
                tokens += starts[hole.name]
            tokens += lexicon.ids("\n")
        return cls(tokens, places, tuple(holes))

    def texts(self, lexicon: Lexicon, tokens: Sequence[int]) -> dict[str, str]:
        """What stands in all open places, by hole name."""
        return {hole.name: self.text(hole, tokens, lexicon) for hole in self.holes if hole.name in self.places}

    def text(self, hole: Hole, tokens: Sequence[int], lexicon: Lexicon) -> str:
        """What stands in a hole's place on a canvas, up to the end of its line."""
        start, end = self.places[hole.name]
        said: str = lexicon.tokenizer.decode(tokens[start:end], skip_special_tokens=True)
        return (hole.prefix if _is_begun(hole) else "") + said.strip("\n").split("\n")[0].strip()


def canvas(forms: Sequence[Form], lexicon: Lexicon, noise: Noise | None = None) -> Canvas:
    """Forms of different lengths as rows of one canvas, each ending where it does.

    With `noise`, which has one generator per row, it is warm: revisions start from their texts, the first row as they
    are and each later one with more noise in them, and all other open places from noise.
    """
    lengths = torch.tensor([len(form.tokens) for form in forms])
    length = int(lengths.max())
    tokens = torch.zeros(len(forms), length, dtype=torch.long)
    is_frozen = torch.ones(len(forms), length, dtype=torch.bool)
    allowed = torch.ones(len(forms), length, lexicon.vocabulary, dtype=torch.bool)
    for row, form in enumerate(forms):
        tokens[row, : len(form.tokens)] = torch.tensor(form.tokens)
        for hole in form.holes:
            if hole.name in form.places:
                start, end = form.places[hole.name]
                is_frozen[row, start:end] = False
                allowed[row, start:end] = lexicon.more if _is_spelt(hole) else lexicon.anything
                if _is_spelt(hole) and not hole.prefix:
                    allowed[row, start] = lexicon.beginning
    if noise is None:
        return Canvas(tokens, is_frozen, allowed, lengths=lengths)
    warm = noise.over(tokens, is_noise=(tokens == 0) & ~is_frozen)
    return Canvas(torch.where(is_frozen, tokens, warm), is_frozen, allowed, is_warm=True, lengths=lengths)


@torch.inference_mode()
def ranked_choices(prompt: Prompt, hole: Hole, lexicon: Lexicon, noise: Noise) -> dict[str, float]:
    """The mean log-probability of each legal text of a closed set.

    A text is read off a canvas of noise that is open for exactly its tokens; `noise` has one generator per pass, over
    which is averaged.
    """
    texts = {text: lexicon.ids(f" {text}") for text in hole.choices if is_legal(hole, text)}
    passes = range(len(noise.generators))
    # All lengths in one batch, each in as many rows as there are passes.
    forms = {length: Form.sized(hole, length, lexicon) for length in sorted({len(ids) for ids in texts.values()})}
    if not forms:
        return {}
    blank = canvas([form for form in forms.values() for _ in passes], lexicon)
    draws = torch.cat([noise.canvas(passes, blank.tokens.shape[1]) for _ in forms])  # [rows, length]
    canvases = prompt.canvases(blank.rows, blank.tokens.shape[1], blank.lengths)
    canvases.read(blank.tokens.where(blank.is_frozen, draws).to(prompt.device))
    found = {}
    for at, length in enumerate(forms):
        rows = slice(at * len(passes), (at + 1) * len(passes))
        logits = canvases.logits(rows, ~blank.is_frozen[rows].to(prompt.device)).float()  # [passes * length, vocab]
        said = logits.log_softmax(-1).view(len(passes), length, -1).mean(0).cpu()  # [length, vocab]
        for text in (text for text, ids in texts.items() if len(ids) == length):
            found[text] = float(said[range(length), texts[text]].mean())
    return found


def _start(hole: Hole, number: int, lexicon: Lexicon) -> list[int]:
    """What the place of candidate `number` holds before denoising; its length is what matters, but for revisions."""
    if is_revised(hole):
        return [*lexicon.ids(f" {hole.before}"), *[0] * _SPARE[number % len(_SPARE)]]
    lengths = _LENGTHS_OF_NAMES if hole.kind in NAMES else _LENGTHS
    return [0] * lengths[number % len(lengths)]


def is_revised(hole: Hole) -> bool:
    """Whether a text starts from the one that stands there."""
    return hole.kind is HoleKind.REVISION and bool(hole.before) and not hole.choices


def _is_begun(hole: Hole) -> bool:
    return bool(hole.prefix) and not hole.choices


def _is_spelt(hole: Hole) -> bool:
    return hole.kind in NAMES and not hole.choices
