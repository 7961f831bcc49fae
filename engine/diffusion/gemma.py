"""The engine behind `diffusion-gemma:PATH-OR-NAME`: any checkpoint of DiffusionGemma's class that lies on this machine.

The chat holds the code with its marked holes. The answer's form is frozen on the canvas, one line for each hole, and
only the texts are denoised, each candidate with its own seed and length:

    canvas   «helper» = ▒▒▒ ⏎ «limit» = ▒▒▒ ⏎        ▒ open, all else frozen

A text that is shorter than its place ends where its line does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.diffusion.pretrained import check_named, load_pretrained
from engine.exchange import MARK, legal_fills
from engine.protocol import NAMES, EngineError, Fill, Hole, Sketch
from engine.question import question

DEFAULT = "google/diffusiongemma-26B-A4B-it"
_LENGTHS_OF_NAMES = (3, 2, 4, 1, 6)
_LENGTHS = (8, 5, 12, 20, 3)
"""Tokens of every hole, in the order in which candidates try them: nothing decides more than length."""
_ROWS = 8
"""Candidates denoised in one batch."""
_FORM = "Answer with one line for each hole, its mark, an equals sign and its text."


@dataclass(frozen=True)
class Loaded:
    """A checkpoint and its tokenizer."""

    model: Any
    tokenizer: Any


class DiffusionGemma:
    """Denoises all holes of a sketch together; the same arguments give the same fills on one machine."""

    name = "diffusion-gemma"

    def __init__(self, checkpoint: str) -> None:
        """Raises `EngineError` without the extra; loading waits for the first hole."""
        self._checkpoint = checkpoint or DEFAULT
        check_named(self.name, self._checkpoint)

    def fill(self, sketch: Sketch, *, candidates: int, seed: int) -> Iterator[Fill]:
        """Yield at most that many distinct legal fills, in the order in which lengths are tried."""
        if candidates < 1:
            return
        answers = self._answers(sketch, candidates, seed) if sketch.holes else iter([{}])
        yield from legal_fills(sketch, answers, engine=self.name, seed=seed, candidates=candidates)

    @cached_property
    def loaded(self) -> Loaded:
        """Raises `EngineError` when the checkpoint is not there, is broken, or is of another class."""
        import torch

        model, tokenizer = load_pretrained(self.name, self._checkpoint, "DiffusionGemmaForBlockDiffusion", "the class")
        if not tokenizer.chat_template:
            raise EngineError(f"engine diffusion-gemma: {self._checkpoint}: expected a chat template, found none")
        is_placed = getattr(model, "hf_device_map", None) is not None or not torch.cuda.is_available()
        return Loaded(model if is_placed else model.to("cuda"), tokenizer)

    def _answers(self, sketch: Sketch, candidates: int, seed: int) -> Iterator[dict[str, str]]:
        from engine.diffusion.denoise import encode

        chat = [{"role": "user", "content": f"{question(sketch, 1)}\n\n{_FORM}"}]
        prompt = self.loaded.tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=False)
        encoded = encode(self.loaded.model, list(prompt))
        for start in range(0, candidates, _ROWS):
            numbers = range(start, min(start + _ROWS, candidates))
            yield from self._denoised(encoded, sketch.holes, numbers, seed)

    def _denoised(self, encoded: Any, holes: Sequence[Hole], numbers: range, seed: int) -> Iterator[dict[str, str]]:
        from engine.diffusion.canvas import Noise
        from engine.diffusion.denoise import Settings, denoise

        forms = [_Form.of(holes, number, self._tokens) for number in numbers]
        noise = Noise([seed * 1_000_003 + number for number in numbers], self._vocabulary)
        tokens = denoise(self.loaded.model, encoded, _canvas(forms), noise, Settings()).tokens
        for form, row in zip(forms, tokens.tolist(), strict=True):
            yield {name: self._text(row[start:end]) for name, (start, end) in form.places.items()}

    def _tokens(self, text: str) -> list[int]:
        return list(self.loaded.tokenizer.encode(text, add_special_tokens=False))

    def _text(self, tokens: Sequence[int]) -> str:
        text: str = self.loaded.tokenizer.decode(tokens, skip_special_tokens=True)
        return text.strip().split("\n")[0].strip()

    @property
    def _vocabulary(self) -> int:
        return int(self.loaded.model.config.text_config.vocab_size)


@dataclass(frozen=True)
class _Form:
    """One candidate's canvas: its tokens, 0 where open, and the open places by hole."""

    tokens: list[int]
    places: dict[str, tuple[int, int]]

    @classmethod
    def of(cls, holes: Sequence[Hole], number: int, tokenize: Any) -> _Form:
        tokens: list[int] = []
        places: dict[str, tuple[int, int]] = {}
        for hole in holes:
            lengths = _LENGTHS_OF_NAMES if hole.kind in NAMES else _LENGTHS
            tokens += tokenize(f"{MARK.format(hole.name)} = {hole.prefix}")
            places[hole.name] = len(tokens), len(tokens) + lengths[number % len(lengths)]
            tokens += [0] * (places[hole.name][1] - places[hole.name][0])
            tokens += tokenize("\n")
        return cls(tokens, places)


def _canvas(forms: Sequence[_Form]) -> Any:
    """Forms of different lengths as rows of one canvas, frozen behind their ends."""
    import torch

    from engine.diffusion.canvas import Canvas

    length = max(len(form.tokens) for form in forms)
    tokens = torch.zeros(len(forms), length, dtype=torch.long)
    is_frozen = torch.ones(len(forms), length, dtype=torch.bool)
    for row, form in enumerate(forms):
        tokens[row, : len(form.tokens)] = torch.tensor(form.tokens)
        for start, end in form.places.values():
            is_frozen[row, start:end] = False
    return Canvas(tokens, is_frozen)
