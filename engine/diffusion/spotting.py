"""How likely a diffusion model finds what a function says, and small edits of it, given both sides and the left alone.

    both sides   prompt   function with the passage as a hole
                 canvas   what the passage says before a position │ noise from there on     one row per position
    left         prompt   the function up to each position: one pass of the causal layers

The rest of a passage is noise and not its own text: a denoiser repeats what it sees nearby and finds it likely. On 267
mutants of held-out functions one checkpoint of 4 million parameters preferred the author's text in 60 % with noise from
the position on, in 49 % with noise there alone, in 57 % with noise everywhere, and given the left alone in 70 %.

Odds compare the first token in which an edit differs. So a rare name loses against `not` behind `is`, and names that
begin alike have equal odds. Weighing what is only added against all other tokens placed mutants no higher.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from engine.diffusion.canvas import Noise
from engine.diffusion.prompt import BOS, EOS, PAD, SNIP, render, slot_width, task_token
from engine.diffusion.snippet import HoleMarker, Part, snippets
from engine.protocol import HoleKind
from engine.spot.edits import SmallEdit
from engine.spot.functions import Function, Passage

if TYPE_CHECKING:
    from engine.diffusion.reader import Reader

_BUDGET, _LONGEST = 512, 512
_CONTEXT = 60
"""Characters on either side of an edit that are tokenised again; the next seam between tokens is nearer than that."""


@dataclass(frozen=True)
class Odds:
    """How much likelier, in nats, a model finds an edit than what stands there; `both` is None outside of passages."""

    left: float
    both: float | None


@dataclass(frozen=True)
class Token:
    """One token of a function: its offset and its log-probabilities."""

    start: int
    left: float
    both: float | None


@dataclass(frozen=True)
class _Text:
    """A text in tokens, with the offset at which each begins."""

    ids: list[int]
    starts: list[int]


class Spotting:
    """Reads functions with one checkpoint; equal functions and seeds give equal numbers on one machine."""

    def __init__(self, reader: Reader, seed: int = 0):
        self.reader, self.seed = reader, seed
        self.tokens = 0
        """Tokens read so far, prompts and canvases alike."""

    def odds(self, function: Function, edits: Sequence[SmallEdit]) -> list[Odds]:
        """For each edit, from the first token in which it differs."""
        whole, left = self._left(function)
        found = []
        both = self._both(function, edits)
        for number, edit in enumerate(edits):
            at, own, other = _difference(self._near(function, whole, edit), whole)
            found.append(Odds(float(left[at, other] - left[at, own]), both.get(number)))
        return found

    def surprise(self, function: Function) -> list[Token]:
        """The log-probability of each token; dearer than `odds`, as every position of every passage is read."""
        whole, left = self._left(function)
        both: dict[int, float] = {}
        for passage in self._passages(function):
            text = self._text(function.text[passage.start : passage.end])
            said = self._rows(function, passage, text, range(len(text.ids)))
            for at, token in enumerate(text.ids):
                both[passage.start + text.starts[at]] = float(said[at][token])
        return [
            Token(start, float(left[at, token]), both.get(start))
            for at, (token, start) in enumerate(zip(whole.ids, whole.starts, strict=True))
        ]

    def _both(self, function: Function, edits: Sequence[SmallEdit]) -> dict[int, float]:
        """The odds given both sides, by the edit's number."""
        found: dict[int, float] = {}
        for passage in self._passages(function):
            inside = [n for n, edit in enumerate(edits) if passage.start <= edit.start and edit.end <= passage.end]
            if not inside:
                continue
            own = function.text[passage.start : passage.end]
            text = self._text(own)
            differences = {}
            for number in inside:
                edit = edits[number]
                after = own[: edit.start - passage.start] + edit.text + own[edit.end - passage.start :]
                differences[number] = _difference(self._text(after), text)
            said = self._rows(function, passage, text, sorted({at for at, _, _ in differences.values()}))
            found |= {n: float(said[at][other] - said[at][before]) for n, (at, before, other) in differences.items()}
        return found

    def _passages(self, function: Function) -> Iterator[Passage]:
        # One place of the slot is left for the end of its text.
        room = slot_width(HoleKind.EXPRESSION) - 1
        return function.passages(lambda text: len(self._text(text).ids) <= room)

    def _text(self, text: str) -> _Text:
        encoding = self.reader.tokenizer.encode(text, add_special_tokens=False)
        return _Text(list(encoding.ids), [start for start, _ in encoding.offsets])

    @torch.inference_mode()
    def _rows(self, function: Function, passage: Passage, text: _Text, positions: Sequence[int]) -> dict[int, Tensor]:
        """Log-probabilities at each position, all that is before it known: `[vocab]` each."""
        parts: list[Part] = [function.text[: passage.start], HoleMarker(0), function.text[passage.end :]]
        prompt = render(passage.kind, snippets([parts]), self.reader.tokenizer, self._budget)
        width, rows = slot_width(passage.kind), len(positions)
        noise = Noise(range(self.seed, self.seed + rows), self.reader.model.vocabulary, self.reader.mask_token)
        canvas = noise.canvas(range(rows), width)  # [rows, width]
        slot = torch.tensor([*text.ids, EOS, *[PAD] * width][:width])
        wanted = torch.zeros(rows, width, dtype=torch.bool)
        for row, at in enumerate(positions):
            canvas[row, :at] = slot[:at]
            wanted[row, at] = True
        canvases = self.reader.model.encode(prompt).canvases(rows, width)
        canvases.read(canvas)
        said = canvases.logits(slice(0, rows), wanted).log_softmax(-1)  # [rows, vocab]
        self.tokens += len(prompt) + rows * width
        return dict(zip(positions, said, strict=True))

    def _left(self, function: Function) -> tuple[_Text, Tensor]:
        """The function in tokens, and log-probabilities at each given those before: `[tokens, vocab]`."""
        whole = self._text(function.text)
        head = [BOS, task_token(HoleKind.EXPRESSION), SNIP]
        room = min(self._budget, _LONGEST) - len(head)
        found: list[Tensor] = []
        for start in range(0, max(1, len(whole.ids) - room // 2), room // 2):
            window = whole.ids[start : start + room]
            said = self.reader.model.next_tokens([*head, *window])[len(head) - 1 : -1]  # [window, vocab]
            # The first half of a later window has less to its left than the window before saw.
            found.append(said[room // 2 :] if start else said)
            self.tokens += len(head) + len(window)
        return whole, torch.cat(found)

    def _near(self, function: Function, whole: _Text, edit: SmallEdit) -> _Text:
        """The tokens of the function with an edit in it, up to some way behind the edit."""
        first = max((n for n, start in enumerate(whole.starts) if start <= max(0, edit.start - _CONTEXT)), default=0)
        begin = whole.starts[first] if whole.starts else 0
        after = function.text[begin : edit.start] + edit.text + function.text[edit.end : edit.end + _CONTEXT]
        near = self._text(after)
        return _Text(whole.ids[:first] + near.ids, whole.starts[:first] + [begin + start for start in near.starts])

    @property
    def _budget(self) -> int:
        return int(self.reader.card.get("budget", _BUDGET))


def _difference(after: _Text, before: _Text) -> tuple[int, int, int]:
    """The first position in which two texts differ, and the token of `before` and of `after` there."""
    pairs = zip([*before.ids, EOS], [*after.ids, EOS], strict=False)
    return next(((at, own, other) for at, (own, other) in enumerate(pairs) if own != other), (0, EOS, EOS))
