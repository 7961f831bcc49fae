"""The engine behind `causal:PATH-OR-NAME`: any causal language model of transformers, run on this machine.

A model that knows fill-in-the-middle tokens is asked for one hole after the other; any other one for JSON, by its chat
template. Nothing is downloaded: the weights have to lie in a folder or in the local cache of the hub.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.deadline import Deadline
from engine.diffusion.pretrained import check_named, computing, load_pretrained
from engine.exchange import legal_fills
from engine.infilling import fills
from engine.protocol import EngineError, Fill, Sketch
from engine.question import answers, messages

_TEMPERATURE = 0.7
_ANSWER_TOKENS = 800
_SHORTEST_ANSWER = 32
_SHORTEST_CONTEXT = 512
_FIM = (
    ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
    ("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
    ("<fim-prefix>", "<fim-suffix>", "<fim-middle>"),
    ("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),  # noqa: RUF001 - as DeepSeek spells them
    ("<PRE>", "<SUF>", "<MID>"),
)
"""Marks of the families: prefix, suffix, and what the model continues."""


@dataclass(frozen=True)
class Loaded:
    """A model, its tokenizer, and the marks of fill-in-the-middle that it knows."""

    model: Any
    tokenizer: Any
    marks: tuple[str, str, str] | None


class Causal:
    """Samples from a causal model; the first candidate is what it thinks likeliest."""

    name = "causal"

    def __init__(self, checkpoint: str) -> None:
        """Raises `EngineError` without a checkpoint or the extra; loading waits for the first hole."""
        check_named(self.name, checkpoint)
        self._checkpoint, self._deadline = checkpoint, Deadline(self.name)

    def end_by(self, deadline: float) -> None:
        """Write no token beyond that."""
        self._deadline.at = deadline

    def fill(self, sketch: Sketch, *, candidates: int, seed: int) -> Iterator[Fill]:
        """Yield at most that many distinct legal fills."""
        if candidates < 1:
            return
        if not sketch.holes:
            yield Fill({}, 0.0, self.name, seed)
        elif self.loaded.marks:
            yield from fills(sketch, self._completions, engine=self.name, candidates=candidates, seed=seed)
        else:
            said = answers(self._answer(sketch, candidates, seed))
            yield from legal_fills(sketch, said, engine=self.name, seed=seed, candidates=candidates)

    @cached_property
    def loaded(self) -> Loaded:
        """Raises `EngineError` when the checkpoint is not there, is broken, or can neither infill nor chat."""
        model, tokenizer = load_pretrained(self.name, self._checkpoint, "AutoModelForCausalLM", "a causal model")
        known = tokenizer.get_vocab()
        marks = next((marks for marks in _FIM if all(mark in known for mark in marks)), None)
        if marks is None and not tokenizer.chat_template:
            raise EngineError(
                f"engine causal: {self._checkpoint}: expected fill-in-the-middle tokens or a chat template, "
                "found neither"
            )
        return Loaded(model, tokenizer, marks)

    def _completions(self, prefix: str, suffix: str, number: int, tokens: int, seed: int) -> Sequence[str]:
        before, behind, middle = self.loaded.marks or ("", "", "")
        tokenizer = self.loaded.tokenizer
        room = max(_SHORTEST_CONTEXT, self._context - tokens) - 3
        # What stands nearest to the hole says most of it: of the prefix the end, of the suffix the beginning.
        first = tokenizer.encode(prefix, add_special_tokens=False)[-(room * 2 // 3) :]
        last = tokenizer.encode(suffix, add_special_tokens=False)[: room // 3]
        marks = [tokenizer.convert_tokens_to_ids(mark) for mark in (before, behind, middle)]
        return self._generated([marks[0], *first, marks[1], *last, marks[2]], number, tokens, seed)

    def _answer(self, sketch: Sketch, candidates: int, seed: int) -> str:
        ids = self.loaded.tokenizer.apply_chat_template(
            messages(sketch, candidates), add_generation_prompt=True, return_dict=False
        )
        # A question that fills the context leaves no room for an answer.
        room = min(_ANSWER_TOKENS, self._context - len(ids))
        return self._generated(list(ids), 1, room, seed)[0] if room >= _SHORTEST_ANSWER else ""

    @property
    def _context(self) -> int:
        return int(getattr(self.loaded.model.config, "max_position_embeddings", 0) or 4096)

    def _generated(self, prompt: list[int], number: int, tokens: int, seed: int) -> list[str]:
        """The likeliest continuation, then `number - 1` samples."""
        import torch

        model, tokenizer = self.loaded.model, self.loaded.tokenizer
        ids = torch.tensor([prompt], device=model.device)  # [1, prompt]
        given = {"attention_mask": torch.ones_like(ids), "max_new_tokens": tokens, "pad_token_id": _padding(tokenizer)}
        given["max_time"] = self._deadline.left()
        with torch.inference_mode(), torch.random.fork_rng(devices=[]), computing(self.name):
            torch.manual_seed(seed)
            rows = list(model.generate(ids, do_sample=False, **given))
            if number > 1:
                sampling = {"do_sample": True, "temperature": _TEMPERATURE, "num_return_sequences": number - 1}
                rows += model.generate(ids, **sampling, **given)
        return [tokenizer.decode(row[len(prompt) :], skip_special_tokens=True) for row in rows]


def _padding(tokenizer: Any) -> int:
    known = (tokenizer.pad_token_id, tokenizer.eos_token_id)
    return next((token for token in known if token is not None), 0)
